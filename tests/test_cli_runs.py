"""The operator's commands: exit codes, what they print, and that the log is named last."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

import pytest
from small_year import write_year

from ctip_analysis import cli, cli_runs
from ctip_analysis.base import lock
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import report as reports
from ctip_analysis.runs import run_record, yearly_record

INCOMPLETE = "  - {partner: TAF, tables: [clients]}\n"  # what the minimal records don't hold: the run stops


@pytest.fixture
def run(monkeypatch, capfd, tmp_path, operator_notes):
    """Run the command with its log and its operator's files in a folder of the test; exit code, output, errors."""
    monkeypatch.setattr(reports, "LOG", tmp_path / "logs" / "report.log")
    monkeypatch.setattr(cli_runs, "BUILD", tmp_path / "build")
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ctip", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    yield run
    signal.signal(signal.SIGTERM, before)


def test_faults_of_the_yaml_file_exit_with_2_and_start_nothing(run, tmp_path):
    file = write_year(tmp_path, "yaer: 2004\n")
    code, out, err = run("yearly", file)
    assert (code, out) == (2, "") and "yaer: there is no such key; nearest is year" in err
    assert not (tmp_path / "out").exists()
    assert run("yearly", tmp_path / "none.yml")[0] == 2


def test_a_run_that_stops_exits_with_1_says_why_and_names_the_log_last(run, tmp_path):
    code, out, err = run("yearly", write_year(tmp_path, INCOMPLETE))
    assert code == 1 and "TAF has not sent clients of 2004 yet" in err
    assert err.splitlines()[-1] == "log: report.log"
    assert out.splitlines()[0].split()[:2] == ["check", "failed"]
    assert out.splitlines()[-1] == "2004: failed; nothing was handed over, and nothing was before"
    (line,) = (tmp_path / "logs" / "report.log").read_text().splitlines()
    assert "yearly year.yml 2004 calendar: failed. check: 1 expected input(s) missing" in line


def test_the_command_of_a_failure_gets_a_record_without_data_and_hides_nothing(run, tmp_path):
    tell = tmp_path / "tell"
    tell.write_text(f'#!/bin/sh\ncp "$1" "{tmp_path}/told.json"\nexit 3\n')
    tell.chmod(0o755)
    code, _, err = run("yearly", write_year(tmp_path, f"{INCOMPLETE}on_failure: {tell}\n"))
    told = json.loads((tmp_path / "told.json").read_text())
    assert code == 1 and told == run_record.read(tmp_path / "out" / yearly_record.NAME)
    assert "TAF has not sent" in err and "the command of --on-failure ended with exit code 3" in err
    assert err.splitlines()[-1] == "log: report.log"
    assert "could not be run" in run("yearly", tmp_path / "year.yml", "--on-failure", "no-such-program")[2]


def test_a_second_run_exits_with_1_and_says_since_when_the_first_is_at_work(run, tmp_path):
    file = write_year(tmp_path, f"on_failure: touch {tmp_path}/told\n")
    with lock.hold(tmp_path / "out" / lock.YEARLY, "ctip yearly", datetime.now().astimezone()):
        code, _, err = run("yearly", file)
    assert code == 1 and "ctip yearly is already at work on out since 20" in err
    assert not list(tmp_path.glob("told*"))


def done_on(tmp_path, day):
    """The record of a run that was done on *day*."""
    good = {"ended": f"{day}T12:00:00Z", "period": "2004", "edition": "ab", "hand_over": "2004.r1"}
    record = yearly_record.begin("year.yml", "2004", "", {"last_good": good}) | {
        "state": "done",
        "ended": good["ended"],
    }
    run_record.write(tmp_path / "out" / yearly_record.NAME, record)


def test_a_slot_that_was_missed_is_caught_up_and_one_that_was_kept_is_not_run_again(run, tmp_path):
    file = write_year(tmp_path, f"{INCOMPLETE}due: 03-15\n")
    assert run("yearly", file, "--due")[0] == 1  # it never ran: it runs, and stops at what is missing
    done_on(tmp_path, "2001-03-16")
    assert run("yearly", file, "--due")[0] == 1
    done_on(tmp_path, "2999-01-01")
    code, out, err = run("yearly", file, "--due")
    assert (code, err) == (0, "") and out.startswith("not due: the last good run ended on 2999-01-01")


def test_due_without_a_day_is_a_wrong_argument(run, tmp_path):
    code, _, err = run("yearly", write_year(tmp_path), "--due")
    assert code == 2 and "such as `due: 03-15`" in err


def test_a_run_that_is_asked_to_stop_writes_down_that_it_was(tmp_path):
    """As a service manager does: SIGTERM to the run, here while its first step loads the records."""
    file = write_year(tmp_path)
    run = subprocess.Popen(
        [sys.executable, "-m", "ctip_analysis", "yearly", str(file)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    path = tmp_path / "out" / yearly_record.NAME
    for _ in range(1200):
        if run_record.read(path).get("steps", [{}])[0].get("state") == "running":
            break
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGTERM)
    _, err = run.communicate(timeout=60)
    record = run_record.read(path)
    assert run.returncode == 1 and record["state"] == "failed" and record["ended"]
    assert "stopped; nothing was put in place" in record["sentence"]
    assert err.splitlines()[-1] == "log: build/logs/report.log"


def test_status_exits_with_1_where_something_is_wrong_and_with_0_where_nothing_is(run, tmp_path):
    code, out, _ = run("status", tmp_path / "out")
    assert code == 1 and "never ran" in out
    done_on(tmp_path, datetime.now().date())
    assert run("status", tmp_path / "out")[0] == 0
    done_on(tmp_path, "2001-03-16")
    assert run("status", tmp_path / "out")[0] == 1
    code, out, _ = run("status", "--json", tmp_path / "out", "--max-age", 99_999)
    assert code == 0 and json.loads(out)[0]["last_good"] == "2001-03-16T12:00:00Z"


def test_doctor_prints_a_line_a_check_and_refuses_a_wrong_file(run, tmp_path):
    code, out, _ = run("doctor", "--json")
    found = json.loads(out)
    assert code == (0 if all(one["is_ok"] for one in found) else 1)
    assert {"disk", "fonts", "hashes", "lock"} <= {one["name"] for one in found}
    assert run("doctor", tmp_path / "none.yml")[0] == 2


def test_prune_says_what_it_removes_and_a_dry_run_removes_nothing(run, tmp_path):
    build = tmp_path / "build"
    for name in ("2004.r1", "2004.r2"):
        (build / "hand-over" / name).mkdir(parents=True)
    (build / "kept").mkdir()
    for number in range(3):
        (build / "kept" / f"{number}.ipynb").write_text("")
    code, out, _ = run("prune", "--keep", 1, build / "hand-over", "--dry-run")
    assert code == 0 and out.splitlines() == [
        "would remove 2004.r1",
        "would remove 0.ipynb",
        "would remove 1.ipynb",
    ]
    code, out, _ = run("prune", "--keep", 1, build / "hand-over", "--notebooks", 2)
    assert out.splitlines() == ["removed 2004.r1", "removed 0.ipynb"]
    assert [path.name for path in (build / "hand-over").iterdir()] == ["2004.r2"]
    assert run("prune", "--keep", 0)[0] == 2
    assert run("prune", "--keep", 1, "--notebooks", 2, build / "hand-over")[2] == "nothing to remove\n"
