"""Private folders: gone after a run, and after a dead one with the next."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctip_analysis.base.workspace import TemporaryFolder, private_folder, swap


def test_a_run_that_fails_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError), private_folder(tmp_path, ".report-"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_beside_a_place_named_from_here_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with private_folder(Path("build/reports"), ".batch-") as folder:
        assert folder.is_absolute() and folder.parent == tmp_path / "build" / "reports"


def test_the_folder_of_a_dead_run_goes_and_that_of_a_running_one_stays(tmp_path):
    dead = tmp_path / ".report-dead"
    with private_folder(tmp_path, ".report-") as running:
        (running / "executed.ipynb").write_text("at work")
        dead.mkdir()
        for folder in (dead, running):
            os.utime(folder, (time.time() - 60,) * 2)
        with private_folder(tmp_path, ".report-"):
            assert running.is_dir()
            assert not dead.exists()


def test_what_only_looks_like_a_folder_of_ours_stays(tmp_path):
    """A link in a temporary folder that everyone may write to leads to a folder of somebody else."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    there = tmp_path / "there"
    there.mkdir()
    (there / "ctip-link").symlink_to(elsewhere)
    with private_folder(there, "ctip-"):
        pass
    assert (elsewhere / "kept").exists()


def test_a_temporary_folder_is_its_owners_alone_and_goes_with_its_object(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = TemporaryFolder("ctip-")
    (made.path / "spilled").write_text("a row")
    assert made.path.parent == tmp_path and stat.S_IMODE(made.path.stat().st_mode) == 0o700
    del made
    assert list(tmp_path.iterdir()) == []


def test_runs_that_begin_at_once_do_not_take_each_other_for_dead(tmp_path):
    def at_work(_: int) -> bool:
        with private_folder(tmp_path, ".run-") as folder:
            time.sleep(0.002)
            return folder.is_dir()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(at_work, range(200)))
    assert list(tmp_path.iterdir()) == []


def two_folders(place: Path) -> tuple[Path, Path]:
    """A new folder, and the one that lies in its place."""
    made, there = place / "made", place / "there"
    for folder, text in ((made, "new"), (there, "old")):
        folder.mkdir()
        (folder / "cells.csv").write_text(text)
    return made, there


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can")
def test_a_folder_that_is_replaced_is_never_gone(tmp_path):
    made, there = two_folders(tmp_path)
    done = threading.Event()

    def missed() -> int:
        times = 0
        while not done.is_set():
            times += not (there / "cells.csv").exists()
        return times

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(missed)
        swapped = [swap(made, there) for _ in range(501)]
        done.set()
        assert all(swapped) and looking.result() == 0
    assert (there / "cells.csv").read_text() == "new" and (made / "cells.csv").read_text() == "old"


def test_all_that_takes_a_place_reaches_the_disk_before_it_gets_the_name(tmp_path, monkeypatch):
    made, there = two_folders(tmp_path)
    safe, fsync = [], os.fsync

    def noted(handle: int) -> None:
        fsync(handle)
        assert (there / "cells.csv").read_text() == "old"
        safe.append(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    expected = [path.stat().st_ino for path in (made / "cells.csv", made)]
    swap(made, there)
    assert safe == expected
