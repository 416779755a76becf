"""What `ctip batch` and `ctip report` say, with which exit code, and what they say before anything starts."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from small_batch import edition_in, lay_data, states
from small_edition import write_small_edition
from small_notebook import PARAMETERS, write_notebook

from ctip_analysis import cli
from ctip_analysis.base import lock
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs import batch_command, run_record, stale
from ctip_analysis.runs import report as reports
from ctip_analysis.runs.task import DONE, FAILED

GOOD, BAD = "cambodia_ctip_good_2004_en_SYNTHETIC", "cambodia_ctip_bad_2004_en_SYNTHETIC"


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Two reports of the small edition, of which one fails, made by the command."""
    folder = tmp_path_factory.mktemp("night")
    for name, code in (("good", "1"), ("bad", "1 / 0")):
        path = write_notebook(folder / "nb" / f"90_{name}.ipynb", code)
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["report_name"] = name
        notebook.cells[0].source = PARAMETERS + '\ncode: str = "03"  # code of a district'
        nbformat.write(notebook, path)
    write_small_edition(folder / "2004")
    lay_data(folder / "out", edition_in(folder / "2004"))
    (folder / "reports.yml").write_text("reports:\n  - notebook: good\n  - notebook: bad\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "LOG", folder / "report.log")
        patch.setattr(stale, "KEPT", folder / "kept")
        yield folder


@pytest.fixture
def run(night, monkeypatch, capsys):
    """Run ``ctip batch`` on the two reports with options; exit code, what it printed, its errors."""

    def run(*options: str, file: Path = night / "reports.yml") -> tuple[int, str, str]:
        given = ["--edition", night / "2004", "--notebooks", night / "nb", "--out", night / "out", *options]
        return ctip(monkeypatch, capsys, "batch", file, *given)

    return run


def ctip(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["ctip", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_every_folder_may_be_named_from_where_one_stands(night, monkeypatch, capsys):
    monkeypatch.chdir(night)
    lay_data(Path("here"), edition_in(Path("2004")))
    Path("good.yml").write_text("reports:\n  - notebook: good\n")
    given = ["good.yml", "--edition", "2004", "--notebooks", "nb", "--out", "here"]
    code, _, err = ctip(monkeypatch, capsys, "batch", *given)
    assert code == 0, err
    assert (night / "here" / f"{GOOD}.html").is_file() and states(Path("here")) == {GOOD: DONE}


def test_a_dry_run_shows_the_plan_and_makes_nothing(run, night):
    before = sorted(night.rglob("*"))
    code, out, _ = run("--dry-run")
    assert code == 0 and out.splitlines()[-3:] == [
        f"run      {GOOD}: asked for", f"run      {BAD}: asked for", "2 reports: 2 to run",
    ]  # fmt: skip
    assert [path for path in sorted(night.rglob("*")) if path not in before] in ([], [night / "report.log"])


def test_a_plan_can_be_read_by_programs(run):
    code, out, _ = run("--dry-run", "--json", "--only-stale")
    (good, _) = json.loads(out)["reports"]
    assert code == 0 and good == {
        "report": GOOD, "notebook": "90_good", "work": good["work"], "why": good["why"],
        "parameters": {"basis": "calendar", "language": "en", "year": 2004},
    }  # fmt: skip


def test_a_batch_in_which_one_fails_ends_with_1_and_says_which(run, night):
    code, out, err = run("--workers", "2")
    assert code == 1 and out == ""
    assert f"failed: {BAD}: 90_bad, cell 3: ended with ZeroDivisionError" in err.splitlines()
    assert "2 reports in " in err and "1 done" in err and "1 failed" in err
    assert err.splitlines()[-1] == "log: report.log"
    assert states(night / "out") == {BAD: FAILED, GOOD: DONE}
    whole = run_record.read(night / "out" / run_record.BATCH)
    assert (whole["state"], whole["reports"]) == (FAILED, {GOOD: DONE, BAD: FAILED}) and whole["ended"]


def test_the_outcome_can_be_read_by_programs(run, night):
    run()
    code, out, err = run("--json", "--retry-failed")
    told = json.loads(out)
    assert code == 1 and told["is_good"] is False
    assert {one["report"]: (one["work"], one["state"]) for one in told["reports"]} == {
        GOOD: ("nothing", "unchanged"), BAD: ("run", FAILED),
    }  # fmt: skip
    assert (night / "out" / told["reports"][1]["record"]).is_file() and err == "log: report.log\n"


def test_when_nothing_has_to_be_made_all_is_good(run, night):
    only = night / "good.yml"
    only.write_text("reports: [{notebook: good}]")
    run(file=only)
    code, _, err = run("--only-stale", file=only)
    assert code == 0 and "1 reports in 0." in err and "1 unchanged" in err


def test_a_second_batch_into_the_same_folder_is_refused(run, night):
    with lock.hold(night / "out" / lock.BATCH, "another batch", datetime(2005, 1, 31, 2)):
        code, _, err = run()
    assert code == 1
    assert err.startswith("another batch is already at work on out since 2005-01-31T02:00:00: nothing was st")


@pytest.mark.parametrize(
    "entry, said",
    [
        ("notebook: god", "there is no notebook 'god'; there are 90_bad, 90_good; nearest is 90_good"),
        ("notebook: good, matrix: {yaer: 2004}", "90_good has no parameter yaer; "),
        (
            "notebook: good, matrix: {year: 2005}",
            "year 2005 is not in this edition, which holds 2003 to 2004",
        ),
        ("notebok: good", "report 1: notebook: NAME is missing"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(run, night, tmp_path, entry, said):
    (tmp_path / "reports.yml").write_text(f"reports: [{{{entry}}}]")
    before = sorted((night / "out").rglob("*"))
    code, _, err = run(file=tmp_path / "reports.yml")
    assert code == 2 and said in err and "Traceback" not in err
    assert sorted((night / "out").rglob("*")) == before


@pytest.mark.parametrize(
    "options, code, said",
    [
        (["--notebooks", "none"], 1, "none: there is no such folder of notebooks; give one with --notebooks"),
        (["--edition", "none"], 1, "there is no edition in none"),
        (["--data", "a"], 2, "give --data or --edition, not both"),
        (["--workers", "0"], 2, "Invalid value for '--workers'"),
    ],
)
def test_wrong_options_are_refused(run, options, code, said):
    found, _, err = run(*options)
    assert found == code and said in err


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    code, _, err = run(file=tmp_path / "reports.yml")
    assert code == 1 and err.startswith("reports.yml: there is no such file")


def test_every_page_is_a_draft_if_the_operator_says_why(run):
    code, out, _ = run("--dry-run", "--draft", "a partner is late")
    assert code == 0 and f"{GOOD}_DRAFT: asked for" in out


@pytest.mark.parametrize(
    "entries, last",
    [
        (
            "{notebook: a, matrix: {year: [2003, 2005]}}, {notebook: b, matrix: {year: 2004}}",
            (2005, "calendar"),
        ),
        ("{notebook: a, matrix: {year: 2004, basis: fiscal}}", (2004, "fiscal")),
    ],
)
def test_without_an_edition_it_is_that_of_the_last_year_named(tmp_path, entries, last):
    (tmp_path / "reports.yml").write_text(f"reports: [{entries}]")
    assert batch_command.last_year(tmp_path / "reports.yml") == last


def test_without_an_edition_and_a_year_it_is_refused(tmp_path):
    (tmp_path / "reports.yml").write_text("reports: [{notebook: a}]")
    with pytest.raises(ParameterError, match="no report names a year: give --edition"):
        batch_command.last_year(tmp_path / "reports.yml")


def test_the_parameters_of_a_notebook_are_shown_as_it_declares_them(monkeypatch, capsys):
    code, out, _ = ctip(monkeypatch, capsys, "report", "--help-notebook", "province_profile")
    assert code == 0 and out.splitlines()[0] == "Parameters of 60_province_profile"
    assert any(line.startswith("  province: str (default 'KH") for line in out.splitlines())


def test_the_parameters_of_an_unknown_notebook_end_with_2_and_the_nearest(monkeypatch, capsys):
    code, _, err = ctip(monkeypatch, capsys, "report", "--help-notebook", "province_profil")
    assert code == 2 and "nearest is 60_province_profile" in err


@pytest.mark.parametrize(
    "given, said",
    [
        ("provnce=KH12", "60_province_profile has no parameter provnce; "),
        ("province=12", "no province '12' in 2004"),
        ("province", "--parameter is written NAME=VALUE; found province"),
        ("year=03", "year must be a whole number; found '03'"),
    ],
)
def test_a_parameter_of_the_command_is_checked_as_any_other(
    night, monkeypatch, capsys, tmp_path, given, said
):
    arguments = [
        "report",
        "--year",
        2004,
        "--notebook",
        60,
        "--edition",
        night / "2004",
        "--out",
        tmp_path / "out",
    ]
    code, out, err = ctip(monkeypatch, capsys, *arguments, "-p", given)
    assert (code, out) == (2, "") and said in err and not (tmp_path / "out").exists()


def test_a_parameter_of_the_command_reaches_the_notebook_as_it_was_written(night, monkeypatch, capsys):
    path = night / "nb" / "90_coded.ipynb"
    notebook = nbformat.read(night / "nb" / "90_good.ipynb", as_version=4)
    notebook.metadata["report_name"] = "coded"
    notebook.cells.append(nbformat.v4.new_code_cell("assert code == '007', code"))
    nbformat.write(notebook, path)
    monkeypatch.setattr(reports, "find_notebook", lambda name, folder: path)
    arguments = [
        "report",
        "--year",
        2004,
        "--notebook",
        "coded",
        "--edition",
        night / "2004",
        "--out",
        night / "out",
    ]
    code, out, err = ctip(monkeypatch, capsys, *arguments, "-p", "code=007")
    assert code == 0 and out.endswith("cambodia_ctip_coded_2004_en_SYNTHETIC.html\n"), err
