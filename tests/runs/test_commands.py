"""What `ctip report`, `batch`, `yearly` and `status` say, with which exit code, and before what they say it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from small_batch import handed, lay_data, states
from small_edition import write_small_edition
from small_notebook import write_notebook
from small_year import write_year

from ctip_analysis import cli
from ctip_analysis.base import lock
from ctip_analysis.base.reference import ROOT
from ctip_analysis.edition import open_edition
from ctip_analysis.runs import run_record
from ctip_analysis.runs.run_record import STEPS, BatchRecord, State, Step, YearlyRecord

GOOD, BAD = (f"cambodia_ctip_{name}_2004_en_SYNTHETIC" for name in ("good", "bad"))
INCOMPLETE = "  - {partner: TAF, tables: [clients]}\n"  # what the minimal records don't have: the run stops


@pytest.fixture
def ctip(monkeypatch, capfd, tmp_path) -> Callable[..., tuple[int, str, str]]:
    """Run the command with its log in a folder of the test; exit code, what it printed, its errors."""
    monkeypatch.setattr(run_record, "LOG", tmp_path / "logs" / "report.log")
    before = signal.getsignal(signal.SIGTERM)

    def ctip(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ctip", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    yield ctip
    signal.signal(signal.SIGTERM, before)


def notebook(folder: Path, name: str, code: str) -> None:
    path = write_notebook(folder / f"90_{name}.ipynb", code, more='code: str = "03"  # code of a district')
    content = json.loads(path.read_text())
    content["metadata"]["report_name"] = name
    path.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """Two notebooks, of which one fails, and the small edition."""
    folder = tmp_path_factory.mktemp("work")
    notebook(folder / "nb", "good", "1")
    notebook(folder / "nb", "bad", "1 / 0")
    lay_data(folder / "out", open_edition(write_small_edition(folder / "2004")))
    (folder / "reports.yml").write_text("reports:\n  - notebook: good\n  - notebook: bad\n")
    return folder


@pytest.fixture
def batch(ctip, work):
    """Run ``ctip batch`` on the two reports with options."""

    def batch(*options: object, file: Path = work / "reports.yml") -> tuple[int, str, str]:
        given = ["--edition", work / "2004", "--notebooks", work / "nb", "--out", work / "out"]
        return ctip("batch", file, *given, *options)

    return batch


def test_a_dry_run_shows_the_plan_and_makes_nothing(batch, work):
    before = sorted(work.rglob("*"))
    code, out, _ = batch("--dry-run")
    assert code == 0 and out.splitlines()[-1] == "2 reports: 2 to make, 0 as they are"
    found = json.loads(batch("--dry-run", "--json")[1])["reports"]
    assert [one["report"] for one in found] == [GOOD, BAD] and found[0]["parameters"]["year"] == 2004
    assert sorted(work.rglob("*")) == before


def test_a_batch_in_which_one_fails_exits_with_1_and_says_which(batch, work):
    code, out, err = batch()
    assert (code, out) == (1, "") and states(work / "out") == {GOOD: State.DONE, BAD: State.FAILED}
    assert f"failed: {BAD}: 90_bad, cell 3, line 1: ended with ZeroDivisionError" in err
    assert "2 reports in " in err and err.splitlines()[-1] == "log: report.log"
    code, out, _ = batch("--json", "--retry-failed")
    found = {one["report"]: one["state"] for one in json.loads(out)["reports"]}
    assert code == 1 and found == {GOOD: "unchanged", BAD: State.FAILED}


def test_when_nothing_is_stale_all_is_good(batch, work):
    (work / "good.yml").write_text("reports:\n  - notebook: good\n")
    assert batch(file=work / "good.yml")[0] == 0
    code, _, err = batch("--only-stale", file=work / "good.yml")
    assert code == 0 and "1 reports in 0.0 s: 1 unchanged" in err


def test_a_second_batch_into_the_same_folder_is_refused(batch, work):
    with lock.hold(work / "out" / lock.BATCH, "another batch", datetime.now().astimezone()):
        code, _, err = batch()
    assert code == 1 and "another batch is already at work on out since 20" in err


def test_every_page_is_a_draft_if_the_operator_says_why(ctip, work, tmp_path):
    lay_data(tmp_path / "out", open_edition(work / "2004"))
    given = ["--edition", work / "2004", "--notebooks", work / "nb", "--out", tmp_path / "out"]
    (work / "good.yml").write_text("reports:\n  - notebook: good\n")
    assert ctip("batch", work / "good.yml", *given)[0] == 0
    before = handed(tmp_path / "out")
    # the small edition has no dictionary, so the data of a draft can't be made, and no draft appears without them
    code, _, err = ctip("batch", work / "good.yml", *given, "--draft", "Not all is in.")
    assert code == 1 and "No such file or directory" in err and handed(tmp_path / "out") == before


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        ("--year two", 2, "a year is four digits such as 2004; found 'two'"),
        ("--year 2004 --provnce KH12", 2, "No such option: --provnce"),
        ("--year 2004 --basis lunar", 2, "'lunar' is not one of"),
        ("", 2, "Missing option '--year'"),
        ("--year 2004 --language km --edition EDITION", 2, "Khmer is not available yet"),
        ("--year 2004 --province KH99", 2, "there was no province 'KH99' in 2004"),
        ("--year 2004 --notebook 21", 2, "there is no notebook '21'; there are 00_"),
        ("--year 2004 --data a --edition b", 2, "not both"),
        ("--year 2004 --edition none", 1, "there is no edition in none"),
        ("--year 2004 --notebook 70", 1, "70_explore_records is internal"),
        ("--year 2004 -p yaer=2004", 2, "90_annual_report has no parameter yaer; did you mean year?"),
        ("--year 2004 -p year", 2, "--parameter is written NAME=VALUE; found year"),
        ("--year 2004 -p year=2003", 2, "year has an option of its own: write --year 2003"),
        ("--year 2010 --edition EDITION", 2, "year 2010 is not in this edition"),
    ],
)
def test_a_report_that_can_not_be_made_is_refused_in_a_sentence(ctip, work, tmp_path, arguments, code, said):
    given = [str(work / "2004") if one == "EDITION" else one for one in arguments.split()]
    found, out, err = ctip("report", *given, "--out", tmp_path / "out")
    assert (found, out) == (code, "") and said in err and "Traceback" not in err and "in order" not in err
    assert not (tmp_path / "out").exists()


def test_a_report_says_its_steps_and_ends_with_its_path(ctip, work, tmp_path):
    lay_data(tmp_path / "out", open_edition(work / "2004"))
    given = ["--edition", work / "2004", "--notebook", work / "nb" / "90_good.ipynb", "-p", "code=007"]
    code, out, err = ctip("report", "--year", 2004, *given, "--out", tmp_path / "out")
    assert (code, out) == (0, f"{tmp_path / 'out' / GOOD}.html\n"), err
    first, second, last = err.splitlines()
    assert first == "90_good: parameters are in order; running, rendering, auditing"
    assert second.startswith("run ") and last == "log: report.log"
    record = run_record.read(run_record.path_of(tmp_path / "out", GOOD), run_record.ReportRecord)
    assert record.parameters["code"] == "007"
    log_line = (tmp_path / "logs" / "report.log").read_text()
    assert "report " in log_line and log_line.count("\n") == 1 and ": done (" in log_line


def test_a_report_says_what_it_does_not_keep(ctip, work, tmp_path):
    lay_data(tmp_path / "out", open_edition(work / "2004"))
    notebook = write_notebook(tmp_path / "90_files.ipynb", "page.edition.changes.to_csv('changes.csv')")
    code, _, err = ctip(
        "report", "--year", 2004, "--edition", work / "2004", "--notebook", notebook, "--out", tmp_path / "out"
    )
    assert code == 0, err
    assert "a report keeps no files of its notebook (changes.csv): run it in JupyterLab" in err


def test_a_log_that_can_not_be_written_is_said_and_hides_nothing(ctip, tmp_path):
    (tmp_path / "logs").write_text("a file where the folder would be")
    code, _, err = ctip("report", "--year", "2004", "--notebook", "21")
    assert code == 2 and "there is no notebook '21'" in err
    assert err.splitlines()[-1] == "log: report.log (can not be written)"


def test_the_parameters_of_a_notebook_are_shown_as_it_declares_them(ctip):
    code, out, _ = ctip("report", "--help-notebook", "60_province_profile")
    assert code == 0 and out.splitlines()[0] == "Parameters of 60_province_profile"
    assert any(line.startswith("  province: str (default 'KH12')") for line in out.splitlines())
    code, _, err = ctip("report", "--help-notebook", "60_provnce")
    assert code == 2 and "did you mean 60_province_profile" in err


COMMAND = """
import pathlib
from ctip_analysis import cli
from ctip_analysis.runs import run_record
if __name__ == "__main__":
    run_record.LOG = pathlib.Path(__file__).parent / "report.log"
    cli.main()
"""


@pytest.mark.long
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_that_is_ended_at_half_leaves_whole_reports_and_the_next_one_resumes(ctip, tmp_path, ended_by):
    """Three reports one after the other, of which the second waits."""
    (tmp_path / "command.py").write_text(COMMAND)
    names = ["first", "second", "third"]
    pages = [f"cambodia_ctip_{name}_2004_en_SYNTHETIC" for name in names]
    for name in names:
        notebook(tmp_path / "nb", name, "1")
    waits = "import os, pathlib, time; pathlib.Path('at').write_text(str(os.getpid()))\ntime.sleep(600)"
    notebook(tmp_path / "nb", "second", waits)
    out = tmp_path / "out"
    lay_data(out, open_edition(write_small_edition(tmp_path / "2004")))
    (out / f"{pages[1]}.html").write_text("the last good one")
    (tmp_path / "reports.yml").write_text("reports:\n" + "".join(f"  - notebook: {name}\n" for name in names))
    asked = ["batch", tmp_path / "reports.yml", "--workers", "1", "--edition", tmp_path / "2004"]
    asked += ["--notebooks", tmp_path / "nb", "--out", out]
    running = subprocess.Popen([sys.executable, tmp_path / "command.py", *asked], stderr=subprocess.PIPE, text=True)
    at = until(lambda: next(out.glob(f".batch-*/{pages[1]}/at"), None))
    process = int(until(at.read_text))
    running.send_signal(ended_by)
    said = running.communicate()[1]
    until(lambda: not is_running(process))
    assert running.returncode == (130 if ended_by == signal.SIGTERM else -9)
    assert (out / f"{pages[1]}.html").read_text() == "the last good one"
    stopped = {signal.SIGKILL: ["running", None], signal.SIGTERM: ["crashed", "not run"]}[ended_by]
    assert [states(out).get(page) for page in pages] == [State.DONE, *stopped], said
    record = run_record.read(out / run_record.BATCH, BatchRecord)
    assert record.state == ("not run" if ended_by == signal.SIGTERM else "running")
    notebook(tmp_path / "nb", "second", "2")
    code, _, err = ctip(*asked)
    assert code == 0 and "resuming the batch begun " in err and "1 unchanged, 2 done" in err
    assert states(out) == {page: State.DONE for page in sorted(pages)} and not list(out.glob(".batch-*"))


def until(found: Callable[[], object], seconds: float = 60) -> object:
    """What is found at last."""
    end = time.monotonic() + seconds
    while not (one := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return one


def is_running(process: int) -> bool:
    listed = subprocess.run(["ps", "-p", str(process), "-o", "stat="], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1] not in ("", "Z")


def test_faults_of_a_yearly_file_exit_with_2_and_start_nothing(ctip, tmp_path):
    code, out, err = ctip("yearly", write_year(tmp_path, "yaer: 2004\n"))
    assert (code, out) == (2, "") and "yaer: there is no such key; did you mean year?" in err
    assert not (tmp_path / "out").exists() and ctip("yearly", tmp_path / "none.yml")[0] == 2
    code, _, err = ctip("yearly", write_year(tmp_path / "other"), "--due")
    assert code == 2 and "such as `due: 03-15`" in err


@pytest.mark.long
def test_a_yearly_run_that_stops_exits_with_1_says_why_and_runs_the_operators_command(ctip, tmp_path, operator_notes):
    tell = tmp_path / "tell"
    tell.write_text(f'#!/bin/sh\ncp "$1" "{tmp_path}/told.json"\nexit 3\n')
    tell.chmod(0o755)
    code, out, err = ctip("yearly", write_year(tmp_path, f"{INCOMPLETE}on_failure: {tell}\n"))
    assert code == 1 and "TAF has not sent clients of 2004 yet" in err
    assert out.splitlines()[0].split()[:2] == ["check", "failed"]
    assert out.splitlines()[-1] == "2004: failed; nothing was handed over, and nothing was before"
    assert "the command of --on-failure ended with exit code 3" in err
    assert (tmp_path / "told.json").read_bytes() == (tmp_path / "out" / run_record.YEARLY).read_bytes()
    assert "could not be run" in ctip("yearly", tmp_path / "year.yml", "--on-failure", "no-such-program")[2]


def test_a_second_yearly_run_is_refused_and_runs_no_command(ctip, tmp_path):
    file = write_year(tmp_path, f"on_failure: touch {tmp_path}/told\n")
    with lock.hold(tmp_path / "out" / lock.YEARLY, "ctip yearly", datetime.now().astimezone()):
        code, _, err = ctip("yearly", file)
    assert code == 1 and "ctip yearly is already at work on out since 20" in err and not list(tmp_path.glob("told*"))


def done_on(folder: Path, day: object) -> None:
    """The record of a yearly run that was done on *day*."""
    good = {"ended": f"{day}T12:00:00Z", "period": "2004", "edition": "ab", "hand_over": "2004.r1"}
    steps = [Step(step=name, state=State.DONE) for name in STEPS]
    record = YearlyRecord(run="y", period="2004", state=State.DONE, ended=good["ended"], steps=steps, last_good=good)
    run_record.write(folder / "out" / run_record.YEARLY, record)


def test_a_run_that_is_not_due_is_not_run(ctip, tmp_path, operator_notes):
    file = write_year(tmp_path, f"{INCOMPLETE}due: 03-15\n")
    done_on(tmp_path, "2001-03-16")
    assert ctip("yearly", file, "--due")[0] == 1  # it was missed: it runs, and stops at what is missing
    done_on(tmp_path, "2999-01-01")
    code, out, err = ctip("yearly", file, "--due")
    assert (code, err) == (0, "") and out.startswith("not due: the last good run ended on 2999-01-01")


def test_status_exits_with_1_where_something_is_wrong_and_with_0_where_nothing_is(ctip, tmp_path):
    code, out, _ = ctip("status", tmp_path / "out")
    assert code == 1 and "never ran" in out
    done_on(tmp_path, datetime.now().date())
    assert ctip("status", tmp_path / "out")[0] == 0
    done_on(tmp_path, "2001-03-16")
    assert ctip("status", tmp_path / "out")[0] == 1
    code, out, _ = ctip("status", "--json", tmp_path / "out", "--max-age", 99_999)
    assert code == 0 and json.loads(out)[0]["last_good"] == "2001-03-16T12:00:00Z"


@pytest.mark.long
def test_a_yearly_run_that_is_asked_to_stop_records_that_it_was(tmp_path):
    """As a service manager does: SIGTERM to the run, here while its first step loads the records."""
    command = [sys.executable, "-m", "ctip_analysis", "yearly", str(write_year(tmp_path))]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    path = tmp_path / "out" / run_record.YEARLY

    def step() -> str:
        record = run_record.read(path, YearlyRecord)
        return record.steps[0].state if record else ""

    until(lambda: step() == "running")
    os.kill(running.pid, signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    record = run_record.read(path, YearlyRecord)
    assert running.returncode == 1 and record.state == State.FAILED and record.ended
    assert "stopped; nothing was put in place" in record.sentence
    assert err.splitlines()[-1] == "log: build/logs/report.log"
