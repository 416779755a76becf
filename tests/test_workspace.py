"""Private folders: gone after a run, and after a dead one with the next."""

from __future__ import annotations

import os
import time

import pytest

from ctip_analysis.workspace import private_folder


def test_a_run_that_fails_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError), private_folder(tmp_path, ".report-"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


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
