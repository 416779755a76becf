"""Private folders: gone after a run, and after a dead one with the next."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctip_analysis.base import files
from ctip_analysis.base.files import TemporaryFolder, is_same, private_folder, put_folder, write


def test_a_run_that_fails_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError), private_folder(tmp_path, ".report-"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_beside_a_place_named_from_here_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with private_folder(Path("build/reports"), ".batch-") as folder:
        assert folder.is_absolute() and folder.parent == tmp_path / "build" / "reports"


def test_the_folder_of_a_killed_run_is_removed_and_that_of_a_running_one_is_not(tmp_path):
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


def test_runs_that_begin_at_once_do_not_remove_each_others_folder(tmp_path):
    def at_work(_: int) -> bool:
        with private_folder(tmp_path, ".run-") as folder:
            time.sleep(0.002)
            return folder.is_dir()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(at_work, range(200)))
    assert list(tmp_path.iterdir()) == []


def two_folders(place: Path) -> tuple[Path, Path]:
    """A new folder, and the one at its place."""
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
        swapped = [files._swap(made, there) for _ in range(501)]
        done.set()
        assert all(swapped) and looking.result() == 0
    assert (there / "cells.csv").read_text() == "new" and (made / "cells.csv").read_text() == "old"


@pytest.mark.parametrize("can_swap", [True, False])
def test_a_folder_takes_the_place_of_the_one_before_and_leaves_nothing_else(tmp_path, monkeypatch, can_swap):
    if not can_swap:
        monkeypatch.setattr(files, "_swap", lambda made, there: False)
    made, there = two_folders(tmp_path)
    (there / "gone.csv").write_text("of an earlier edition")
    put_folder(made, there)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert [path.name for path in there.iterdir()] == ["cells.csv"] and (there / "cells.csv").read_text() == "new"


def test_a_first_folder_gets_its_name_after_its_bytes_reached_the_disk(tmp_path, renamed_to):
    made, there = two_folders(tmp_path)
    put_folder(made, tmp_path / "data" / "2004")
    assert renamed_to == ["2004"] and (there / "cells.csv").read_text() == "old"


def test_a_folder_comes_back_if_its_successor_can_not_be_put_in_place(tmp_path, monkeypatch):
    made, there = two_folders(tmp_path)

    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_swap", lambda made, there: False)
    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        put_folder(made, there)
    assert (there / "cells.csv").read_text() == "old"


def test_a_folder_with_the_same_files_is_left_alone(tmp_path):
    made, there = two_folders(tmp_path)
    (made / "cells.csv").write_text("old")
    before = there.stat().st_ino
    assert is_same(made, there)
    put_folder(made, there)
    assert there.stat().st_ino == before


def test_a_file_is_written_whole_and_reaches_the_disk_before_it_gets_its_name(tmp_path, renamed_to):
    write(tmp_path / "reports" / "index.html", "old")
    write(tmp_path / "reports" / "index.html", "new")
    assert renamed_to == ["index.html", "index.html"]
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["index.html"]
    assert (tmp_path / "reports" / "index.html").read_text() == "new"


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    write(tmp_path / "index.html", "old")

    def broken(made, there):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "put", broken)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "index.html", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "old"
