"""Programs that a run starts: their own exit code, ended with the run; the operator's command with one argument."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ctip_analysis.runs import programs


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_exit_code_is_the_programs_own(tmp_path, code):
    assert programs.exit_code([sys.executable, "-c", f"raise SystemExit({code})"], tmp_path) == code


def test_a_program_that_was_killed_has_its_signal(tmp_path):
    command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    assert programs.exit_code(command, tmp_path) == -signal.SIGKILL


def test_a_run_that_is_stopped_asks_its_program_to_end(tmp_path):
    """Also where the tests were begun in the background, and so ignore Ctrl-C."""
    inner = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('ended').touch(), sys.exit(0)))\n"
        "pathlib.Path('begun').touch()\ntime.sleep(60)"
    )
    outer = f"import signal, sys, pathlib\nfrom ctip_analysis import programs\n" \
            f"signal.signal(signal.SIGINT, signal.default_int_handler)\n" \
            f"programs.exit_code([sys.executable, '-c', {inner!r}], pathlib.Path('.'))"  # fmt: skip
    run = subprocess.Popen([sys.executable, "-c", outer], cwd=tmp_path, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (tmp_path / "begun").exists():
            break
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGINT)
    run.wait(20)
    assert (tmp_path / "ended").exists()


def test_the_operators_command_gets_the_record_and_nothing_else(tmp_path):
    command = Path(tmp_path / "tell me")
    command.write_text(f'#!/bin/sh\necho "$# $1" >"{tmp_path}/told"\n')
    command.chmod(0o755)
    assert programs.tell(f"'{command}'", tmp_path / "a record.json") == ""
    assert (tmp_path / "told").read_text() == f"1 {tmp_path}/a record.json\n"


@pytest.mark.parametrize(
    "command, said",
    [
        ("false", "ended with exit code 1"),
        ("no-such-program", "No such file or directory"),
        ("'", "No closing quot"),
    ],
)
def test_what_goes_wrong_with_it_is_said(tmp_path, command, said):
    assert said in programs.tell(command, tmp_path / "record.json")
