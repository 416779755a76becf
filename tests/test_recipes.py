"""The recipes for schedules: units that systemd accepts, cron lines that a shell runs, a workflow that refuses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs.configuration import read_config

pytestmark = pytest.mark.long

RECIPES = ROOT / "recipes"
UNITS = sorted(path.name for path in RECIPES.glob("ctip-*.*"))
WORKFLOW = yaml.safe_load((RECIPES / "sample-reports.github.yml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["reports"]["steps"]


def give_ctip(project: Path, code: int = 0) -> None:
    """A stand-in for the command in *project*: notes its arguments, says a line, ends with *code*."""
    ctip = project / ".venv" / "bin" / "ctip"
    ctip.parent.mkdir(parents=True, exist_ok=True)
    ctip.write_text(f'#!/bin/sh\necho "$@" >>asked\necho a summary\necho log: report.log >&2\nexit {code}\n')
    ctip.chmod(0o755)
    (project / "build" / "logs").mkdir(parents=True, exist_ok=True)


def test_the_example_is_a_run_that_can_be_started():
    asked = read_config(RECIPES / "sample.yml")
    assert asked.data == ROOT / "data" / "sample" and asked.editions == ROOT / "build" / "editions"
    assert (asked.year, asked.due, asked.keep, len(asked.expect)) == (2004, (3, 15), 5, 3)
    text = (RECIPES / "sample.yml").read_text(encoding="utf-8")
    commented = re.sub(r"^# (\w+:)", r"\1", text, flags=re.MULTILINE)
    assert {"first", "workers", "on_failure"} <= set(yaml.safe_load(commented))


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs systemd-analyze (Debian: apt install systemd)"
)
def test_systemd_accepts_the_units(tmp_path):
    give_ctip(tmp_path)
    for name in UNITS:
        text = (RECIPES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/srv/ctip/.venv", f"{tmp_path}/.venv"))
    done = verified(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "ctip-yearly.service").write_text("[Service]\nExecStart=no/path\nTimeoutStartSec=soon\n")
    assert verified(tmp_path).returncode != 0


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", *(str(folder / name) for name in UNITS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_units_are_hardened_catch_up_and_hold_no_secret():
    yearly, timer = ((RECIPES / f"ctip-yearly.{kind}").read_text() for kind in ("service", "timer"))
    assert "Persistent=true" in timer and "OnCalendar=" in timer
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateNetwork=yes", "TimeoutStartSec=6h"):
        assert line in yearly.splitlines()
    assert "EnvironmentFile" not in yearly and not re.search("(?i)password|token=|secret=", yearly)


def cron_lines() -> list[str]:
    """The commands of the cron recipe, as cron hands them to the shell."""
    text = (RECIPES / "ctip.cron").read_text(encoding="utf-8")
    lines = re.findall(r"^[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+ (.+)$", text, re.MULTILINE)
    assert len(lines) == 2 and not [line for line in lines if "%" in line], "cron ends the command at a %"
    return lines


def cron(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("/srv/ctip", str(project))], env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock (Debian: apt install util-linux)")
@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_nightly_line_passes_the_exit_code_on_and_mails_errors_only(tmp_path, code):
    give_ctip(tmp_path, code)
    done = cron(cron_lines()[0], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "log: report.log\n")
    assert (tmp_path / "asked").read_text() == "yearly yearly.yml --due\n"
    assert (tmp_path / "build" / "logs" / "yearly.out").read_text() == "a summary\n"


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock (Debian: apt install util-linux)")
def test_the_nightly_line_starts_nothing_while_the_run_before_is_going(tmp_path):
    give_ctip(tmp_path)
    held = [
        "flock",
        str(tmp_path / "build" / ".cron.lock"),
        "/bin/sh",
        "-c",
        cron_lines()[0].replace("/srv/ctip", str(tmp_path)),
    ]
    assert subprocess.run(held, capture_output=True, check=False).returncode == 1
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("code", [0, 1])
def test_the_weekly_line_mails_the_table_only_when_something_is_wrong(tmp_path, code):
    give_ctip(tmp_path, code)
    done = cron(cron_lines()[1], tmp_path)
    assert done.stdout == "" and ("a summary" in done.stderr) is bool(code)


def step(word: str) -> str:
    (found,) = [one["run"] for one in STEPS if one.get("name", "").startswith(word)]
    return found


def bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does: bash, stopping at the first error."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=folder,
        env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    """What the first step looks at."""
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    for name in ("reference", "published"):
        (tmp_path / "data" / name).mkdir()
    (tmp_path / "recipes").mkdir()
    shutil.copy(RECIPES / "sample.yml", tmp_path / "recipes")
    return tmp_path


def test_the_workflow_reads_only_and_refuses_before_it_installs_or_keeps_anything():
    names = [one.get("name") or one["uses"].partition("@")[0] for one in STEPS]
    assert names == [
        "actions/checkout", "Refuse a folder of real records", "actions/setup-python", "Install",
        "Make, audit and hand over the reports", "Refuse an edition or a page that is not marked as synthetic",
        "actions/upload-artifact",
    ]  # fmt: skip
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets" not in (RECIPES / "sample-reports.github.yml").read_text()
    assert step("Make") == ".venv/bin/ctip yearly recipes/sample.yml"
    for script in (one["run"] for one in STEPS if "run" in one):
        assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0


def test_the_sample_is_let_through(checkout):
    done = bash(step("Refuse a folder"), checkout, CTIP_DATA="")
    assert (done.returncode, done.stderr) == (0, "")


def real_folder(at):
    (at / "data" / "records").mkdir()


def real_row(at):
    path = at / "data" / "sample" / "clients.csv"
    path.write_text(path.read_text().replace(",true\n", ",false\n", 1))


def no_mark(at):
    (at / "data" / "sample" / "rescues.csv").write_text("operation_id\nOP-1\n")


def a_workbook(at):
    (at / "data" / "sample" / "clients.xlsx").write_bytes(b"")


def a_link(at):
    (at / "data" / "sample" / "services.csv").unlink()
    (at / "data" / "sample" / "services.csv").symlink_to("elsewhere.csv")


def other_data(at):
    path = at / "recipes" / "sample.yml"
    path.write_text(path.read_text().replace("data: ../data/sample", "data: ../../records"))


def second_data(at):
    with (at / "recipes" / "sample.yml").open("a") as file:
        file.write("data: ../../records\n")


@pytest.mark.parametrize(
    "spoil",
    [real_folder, real_row, no_mark, a_workbook, a_link, other_data, second_data],
    ids=lambda one: one.__name__,
)
def test_what_may_be_real_is_refused_before_anything_runs(checkout, spoil):
    spoil(checkout)
    done = bash(step("Refuse a folder"), checkout)
    assert done.returncode == 1 and done.stderr.startswith("refused: ")


def test_a_configured_folder_of_records_is_refused(checkout):
    done = bash(step("Refuse a folder"), checkout, CTIP_DATA="/srv/records")
    assert done.returncode == 1 and "CTIP_DATA names a folder of records" in done.stderr


@pytest.mark.parametrize(
    "edition, page, code",
    [
        ("true", "report_SYNTHETIC", 0),
        ("false", "report_SYNTHETIC", 1),
        ("true", "report", 1),
        ("", "x_SYNTHETIC", 1),
    ],
)
def test_an_edition_or_page_without_the_mark_is_not_kept(tmp_path, edition, page, code):
    (tmp_path / "build" / "editions" / "2004").mkdir(parents=True)
    (tmp_path / "build" / "hand-over" / "2004.r1").mkdir(parents=True)
    (tmp_path / "build" / "hand-over" / "2004.r1" / f"{page}.html").touch()
    if edition:
        (tmp_path / "build" / "editions" / "2004" / "edition.json").write_text(
            f'{{"is_synthetic": {edition}}}'
        )
    done = bash(step("Refuse an edition"), tmp_path)
    assert done.returncode == code and done.stderr.startswith("refused: ") is bool(code)
