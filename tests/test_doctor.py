"""Each thing a run needs: well where it is there, and a sentence that says what to do where it is not."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest
from small_year import write_year

from ctip_analysis.base import lock
from ctip_analysis.base.reference import ROOT
from ctip_analysis.base.files import private_folder
from ctip_analysis.runs import doctor
from ctip_analysis.runs.yearly_config import read_config

NOON = datetime(2005, 3, 15, 12, tzinfo=UTC)
CHECKS = [
    "python", "packages", "cores", "memory", "disk", "permissions", "hashes", "fonts", "fork server", "clock",
    "leftovers", "lock",
]  # fmt: skip


def test_everything_is_looked_at_and_a_line_is_said_of_each(tmp_path):
    """Not that all is well: another run may be at work on the machine of this test."""
    asked = read_config(write_year(tmp_path))
    found = doctor.examine(asked, datetime.now().astimezone())
    assert [one.name for one in found] == CHECKS
    assert all(
        one.is_ok for one in found if one.name in ("python", "hashes", "fonts", "permissions", "clock")
    )
    assert not [one for one in found if "could not be looked at" in one.said]
    assert all(len(str(one).splitlines()) == 1 for one in found)


def test_a_check_that_breaks_is_a_finding_itself():
    found = doctor._looked("disk", lambda: (1 / 0, ""))  # type: ignore[arg-type, return-value]
    assert (found.is_ok, found.said) == (False, "could not be looked at: ZeroDivisionError")


def test_an_old_python_is_named():
    assert doctor.python((3, 10, 4)) == (False, "3.10.4: install Python 3.11 or newer, then make report")


def test_a_package_of_another_version_and_one_that_is_missing_are_named():
    locked = (
        "pandas==1.0 \\\n    --hash=sha256:ab\nno-such-package==2.0\nnumpy==1.0 ; python_version < '3.12'\n"
        "only-on-windows==1.0 ; sys_platform == 'win32'\n"
    )
    is_ok, said = doctor.packages(locked)
    assert not is_ok
    assert "pandas is 3." in said and "must be 1.0" in said and "no-such-package is not installed" in said
    assert "numpy is" in said and "only-on-windows" not in said and "sh environment.sh report" in said


def test_the_lock_of_this_copy_is_what_is_installed():
    is_ok, said = doctor.packages((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert is_ok, said


@pytest.mark.parametrize("free, is_ok", [(None, True), (1499.0, False), (1500.0, True)])
def test_too_little_memory_is_said(free, is_ok):
    assert doctor.memory(free)[0] is is_ok


def test_room_is_looked_for_where_a_folder_will_be(tmp_path):
    assert doctor.disk([tmp_path / "not" / "there" / "yet"])[0] is (
        shutil.disk_usage(tmp_path).free >= doctor.DISK_MB * 2**20
    )


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="needs a folder that nobody can write to: /proc")
def test_a_folder_that_can_not_be_written_and_records_that_can_not_be_read_are_named(tmp_path):
    from pathlib import Path

    is_ok, said = doctor.permissions([tmp_path, Path("/proc/self/fd")], None)
    assert not is_ok and said.startswith("fd can't be written")
    assert doctor.permissions([tmp_path], tmp_path / "none")[1].startswith("none can't be read")
    assert doctor.permissions([tmp_path], tmp_path) == (True, "")


def test_a_clock_behind_the_programs_own_files_is_told():
    assert doctor.clock(datetime(1970, 1, 1, 1, tzinfo=UTC), ROOT / "ctip_analysis")[0] is False


def test_the_folder_of_a_dead_run_is_told_and_that_of_a_living_one_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.tempfile, "gettempdir", lambda: str(tmp_path))
    with private_folder(tmp_path, ".report-"):
        assert doctor.leftovers([tmp_path]) == (True, "none")
    (tmp_path / ".batch-dead").mkdir()
    (tmp_path / "ctip-records-dead").mkdir()
    is_ok, said = doctor.leftovers([tmp_path])
    assert not is_ok and said.startswith("2 left by a run that died") and ".batch-dead" in said


def test_a_lock_is_told_and_only_one_of_more_than_a_day_is_a_fault(tmp_path):
    assert doctor.locks([tmp_path], NOON) == (True, "nobody holds one")
    with lock.hold(tmp_path / lock.YEARLY, "ctip yearly", NOON):
        assert doctor.locks([tmp_path], NOON)[0]
        assert "since 2005-03-15T12:00:00" in doctor.locks([tmp_path], NOON)[1]
        assert not doctor.locks([tmp_path], datetime(2005, 3, 16, 12, 1, tzinfo=UTC))[0]
