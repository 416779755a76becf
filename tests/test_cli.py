"""What each command says when something is wrong, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from record_folder import edit, write_minimal

from ctip_analysis import cli
from ctip_analysis.base.errors import DataError, Fault, worded


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; exit code, what it printed, its errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ctip", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_every_command_has_help_and_the_help_is_there_at_once(run):
    names = [
        command.name or command.callback.__name__.replace("_", "-") for command in cli.app.registered_commands
    ]
    assert names == [
        "check", "release", "report", "batch", "audit", "explain", "new-notebook", "yearly", "status", "site",
        "import", "export",
    ]  # fmt: skip
    for name in names:
        code, out, _ = run(name, "--help")
        assert code == 0 and "Usage" in out
    begun = time.perf_counter()
    listed = subprocess.run([sys.executable, "-X", "importtime", "-m", "ctip_analysis", "--help"],
                            capture_output=True, text=True, check=True)  # fmt: skip
    assert time.perf_counter() - begun < 3  # half a second on a quiet machine
    assert not [
        name for name in ("pandas", "matplotlib", "nbformat", "pydantic") if f" {name}\n" in listed.stderr
    ]


@pytest.mark.parametrize(
    "error, code, said",
    [
        (OSError(28, "No space left on device"), 1, "the disk is full: free some space and run again"),
        (OSError(27, "File too large"), 1, "the disk is full"),
        (PermissionError(13, "denied", "reports/.report-x"), 1, "no permission to write reports:"),
        (NotADirectoryError(20, "not", "reports/x"), 1, "x can't be made, because a file is where a folder"),
        (KeyboardInterrupt(), 130, "stopped; nothing was put in place"),
        (DataError("x.csv: 1 fault", [Fault("x.csv", "must be a date")]), 1, "x.csv: 1 fault\n  - x.csv: "),
        (KeyError("CL-000123"), 1, "a mistake in ctip itself, KeyError at"),
    ],
    ids=["disk", "quota", "permission", "file", "interrupt", "data", "our own mistake"],
)
def test_every_error_has_a_sentence_and_a_code(error, code, said):
    sentence, found = worded(error)
    assert found == code and sentence.startswith(said) and "CL-" not in sentence


def test_who_stops_the_command_while_libraries_are_imported_gets_a_sentence(tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")  # as if it came just then
    ended = subprocess.run(
        [sys.executable, "-m", "ctip_analysis", "check"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped; nothing was done\n")


def test_check_shows_each_fault_under_its_file_and_ends_with_one(run, tmp_path):
    records = write_minimal(tmp_path / "records")
    assert run("check", records)[0] == 0
    table = records / "campaign_events.csv"
    table.write_text(table.read_text().replace(",performance,", ",village of Sok,", 1))
    code, out, _ = run("check", records)
    assert code == 1
    assert out.splitlines()[:3] == [
        "To mend (1)", "  campaign_events.csv",
        "    event_type cell H2: must be one of performance, village_activity, school_session, broadcast; "
        "found “village of Sok”",
    ]  # fmt: skip
    assert "there is no such folder" in run("check", tmp_path / "none")[1]


def test_check_gives_programs_cells_and_warnings_apart(run, tmp_path):
    records = write_minimal(tmp_path / "records")
    edit(records, "campaign_events", "3000,1600,1300,900", "12000,1600,1300,9o0")
    edit(records, "trainings", ",20,5,18,", ",2000,5,18,")
    code, out, _ = run("check", records, "--json")
    found = json.loads(out)
    assert code == 1 and [fault["cells"] for fault in found["faults"]] == [["L2"]]
    assert [(fault["column"], fault["cells"]) for fault in found["warnings"]] == [("n_participants", ["H2"])]


def test_audit_of_nothing_is_refused(run, tmp_path):
    code, _, err = run("audit", tmp_path / "none")
    assert code == 2 and "there is no such file or folder" in err
