"""Private folders: gone after a run, and after a dead one with the next."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctip_analysis.workspace import TemporaryFolder, private_folder


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
