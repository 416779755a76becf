"""One run at a time: the second one is told since when the first is at work, and a dead one has no lock."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ctip_analysis.base import lock
from ctip_analysis.base.errors import LockedError

NOON = datetime(2005, 3, 15, 12, tzinfo=UTC)


def test_a_second_run_is_refused_with_the_time_of_the_first(tmp_path):
    path = tmp_path / "reports" / lock.YEARLY
    with lock.hold(path, "ctip yearly", NOON):
        assert lock.is_held(path)
        with (
            pytest.raises(LockedError, match=r"ctip yearly is already at work on reports since 2005-03-15T12"),
            lock.hold(path, "ctip yearly", NOON),
        ):
            pass
    assert not lock.is_held(path)


def test_a_lock_that_nobody_took_is_not_held(tmp_path):
    assert not lock.is_held(tmp_path / lock.BATCH)
    assert lock.since(tmp_path / lock.BATCH) == ""


def test_a_killed_run_lets_go_of_its_lock(tmp_path):
    path = tmp_path / lock.YEARLY
    code = (
        "import os, sys, pathlib, datetime\nfrom ctip_analysis.base import lock\n"
        "with lock.hold(pathlib.Path(sys.argv[1]), 'a run', datetime.datetime.now().astimezone()):\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -9 and path.is_file()
    assert not lock.is_held(path)
    with lock.hold(path, "the next run", NOON):
        assert lock.since(path).startswith("2005-03-15T12")


def test_looking_whether_a_run_is_at_work_leaves_its_time(tmp_path):
    path = tmp_path / lock.BATCH
    with lock.hold(path, "a batch", NOON):
        assert lock.is_held(path) and lock.is_held(path)
        assert lock.since(path) == "2005-03-15T12:00:00+00:00"
