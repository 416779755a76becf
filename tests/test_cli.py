"""What each command says when something is wrong, with which exit code, and where it says so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SAMPLE
from record_folder import MINIMAL, write_minimal

from ctip_analysis import cli
from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import report as reports


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, operator_notes):
    """Run the command with its log in a folder of the test; exit code, what it printed, its errors."""
    monkeypatch.setattr(reports, "LOG", tmp_path / "logs" / "report.log")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ctip", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def broken(tmp_path) -> Path:
    """A copy of the sample to break."""
    return shutil.copytree(SAMPLE, tmp_path / "broken")


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        pytest.param("--year two", 2, "a year is four digits such as 2004; found 'two'", id="wrong type"),
        pytest.param("--year 2004 --provnce KH12", 2, "No such option: --provnce", id="misspelt option"),
        pytest.param("--year 2004 --basis lunar", 2, "'lunar' is not one of", id="basis"),
        pytest.param("", 2, "Missing option '--year'", id="no year"),
        pytest.param("--year 2004 --language km", 2, "not available yet", id="Khmer"),
        pytest.param("--year 2004 --province KH99", 2, "no province 'KH99' in 2004", id="province"),
        pytest.param("--year 2004 --province KH25", 2, "no province 'KH25' in 2004", id="later province"),
        pytest.param("--year 2004 --notebook 21", 2, "no notebook '21'; there are 00_", id="notebook"),
        pytest.param("--year 2004 --data a --edition b", 2, "not both", id="records and edition"),
        pytest.param("--year 2011", 2, "records run from 2003 to 2005", id="year"),
        pytest.param("--year 2004 --data none", 1, "none: there is no such folder", id="no data"),
        pytest.param("--year 2004 --edition none", 1, "there is no edition in none", id="no edition"),
        pytest.param("--year 2004 --edition data", 1, "there is no edition in data", id="not an edition"),
        pytest.param("--year 2004 --notebook 70", 1, "70_explore_records is internal", id="internal"),
    ],
)
def test_report_says_what_is_wrong_in_a_sentence(run, tmp_path, arguments, code, said):
    found, out, err = run("report", *arguments.split(), "--out", tmp_path / "out")
    assert (found, out) == (code, "")
    assert said in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_the_path_of_the_log_is_the_last_line_and_the_log_names_the_run(run, tmp_path):
    _, _, err = run("report", "--year", "2011")
    assert err.splitlines()[-1] == "log: report.log"
    log = (tmp_path / "logs" / "report.log").read_text()
    assert re.fullmatch(r"[\dT:-]{19} report 90_annual_report 2011 calendar: exit 2, no record .*\n", log)


def test_a_log_that_can_not_be_written_is_said_and_hides_nothing(run, tmp_path):
    (tmp_path / "logs").write_text("a file where the folder would be")
    code, _, err = run("report", "--year", "2011")
    assert code == 2 and "no record is dated in 2011" in err
    assert err.splitlines()[-1] == "log: report.log (can not be written)"


@pytest.mark.parametrize(
    "content, said",
    [("header", "campaign_events.csv: the table has a header and no rows"), ("", "the file is empty (0 b")],
    ids=["no rows", "no bytes"],
)
def test_an_empty_table_is_named(run, broken, content, said):
    table = broken / "campaign_events.csv"
    table.write_text(table.read_text().splitlines()[0] + "\n" if content else "")
    code, _, err = run("report", "--year", "2004", "--data", broken)
    assert code == 1 and said in err


def test_the_log_never_holds_what_was_found_in_a_record(run, broken, tmp_path):
    table = broken / "campaign_events.csv"
    table.write_text(table.read_text().replace(",performance,", ",village of Sok,", 1))
    code, _, err = run("report", "--year", "2004", "--data", broken)
    assert code == 1 and "event_type" in err
    assert "Sok" not in (tmp_path / "logs" / "report.log").read_text()


def test_real_records_are_released_when_asked_for_and_made_into_an_unmarked_report(run, tmp_path):
    data, editions = write_minimal(tmp_path / "field"), tmp_path / "editions"
    for table in MINIMAL:
        path = data / f"{table}.csv"
        path.write_text(path.read_text().replace(",true\n", ",false\n"))
    code, _, err = run("release", data, "--year", "2004", "--out", editions)
    assert code == 1 and "--first" in err
    code, out, _ = run("release", data, "--year", "2004", "--out", editions, "--first")
    assert (code, out) == (0, f"{editions / '2004'}\n")
    code, page, _ = run("report", "--year", "2004", "--edition", editions / "2004", "--out", tmp_path / "out")
    assert code == 0 and page.rstrip().endswith("cambodia_ctip_annual_2004_en.html")
    assert "SYNTHETIC" not in Path(page.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "error, code, said",
    [
        (OSError(28, "No space left on device"), 1, "the disk is full: free some space and run again"),
        (OSError(27, "File too large"), 1, "the disk is full"),
        (PermissionError(13, "denied", "reports/.report-x"), 1, "no permission to write reports:"),
        (KeyboardInterrupt(), 130, "stopped; nothing was put in place"),
        (DataError("x.csv: 1 fault", [Fault("x.csv", "must be a date")]), 1, "x.csv: 1 fault\n  - x.csv: "),
        (KeyError("CL-000123"), 1, "a mistake in ctip itself, KeyError at"),
    ],
    ids=["disk", "quota", "permission", "interrupt", "data", "our own mistake"],
)
def test_every_error_has_a_sentence_and_a_code(error, code, said):
    sentence, found = cli.worded(error)
    assert found == code and sentence.startswith(said) and "CL-" not in sentence


def test_who_stops_the_command_while_libraries_are_read_gets_a_sentence(tmp_path):
    (tmp_path / "pandas.py").write_text("raise KeyboardInterrupt")  # as if it came just then
    ended = subprocess.run(
        [sys.executable, "-m", "ctip_analysis", "check"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped; nothing was done\n")


def cron_line() -> str:
    """The command of the README's cron line, as cron hands it to the shell."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+ (.+)$", readme, re.MULTILINE)
    assert not re.search(r"(?<!\\)%", line), "cron ends the command at a bare %"
    return line.replace(r"\%", "%")


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock")
@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_cron_line_passes_the_exit_code_on_and_ends_with_the_log(tmp_path, code):
    stub = tmp_path / ".venv" / "bin" / "ctip"
    stub.parent.mkdir(parents=True)
    (tmp_path / "build").mkdir()
    stub.write_text(f'#!/bin/sh\necho "$@" >asked\necho page.html\necho log: report.log >&2\nexit {code}\n')
    stub.chmod(0o755)
    command = cron_line().replace("/srv/ctip", str(tmp_path))
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert (done.stdout + done.stderr).splitlines()[-1] == "log: report.log"
    assert (tmp_path / "asked").read_text().startswith("report --year ")
