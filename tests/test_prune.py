"""What may go and what may not: never the newest hand-over of a year, never an edition."""

from __future__ import annotations

import os

import pytest

from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.runs import prune


@pytest.fixture
def handed(tmp_path):
    for name in ("2003.r1", "2004.r1", "2004.r2", "2004.r10", "FY2004.r1", "2004", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(name)
    return tmp_path


@pytest.mark.parametrize("keep, gone", [(1, ["2004.r1", "2004.r2"]), (2, ["2004.r1"]), (3, [])])
def test_the_newest_of_each_year_stay(handed, keep, gone):
    old = prune.old_hand_overs(handed, keep)
    assert [path.name for path in old] == gone
    prune.remove(old)
    left = {path.name for path in handed.iterdir()}
    assert left == {"2003.r1", "2004.r1", "2004.r2", "2004.r10", "FY2004.r1", "2004", "notes"} - set(gone)


@pytest.mark.parametrize("place", ["2004", "2004.r1", "history/2004.r1"])
def test_editions_are_never_taken_away(handed, place):
    (handed / place).mkdir(parents=True, exist_ok=True)
    (handed / place / "edition.json").write_text("{}")
    with pytest.raises(NotShareableError, match="holds editions"):
        prune.old_hand_overs(handed, 1)
    if place.startswith("history"):
        with pytest.raises(NotShareableError, match="nothing was removed"):
            prune.old_hand_overs(handed / "history", 1)


def test_the_files_written_last_stay(tmp_path):
    for age, name in enumerate(("new.ipynb", "old.ipynb", "oldest.ipynb")):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1_000_000 - age,) * 2)
    (tmp_path / "notes.txt").write_text("")
    assert prune.old_files(tmp_path, "*.ipynb", 4) == []
    assert [path.name for path in prune.old_files(tmp_path, "*.ipynb", 2)] == ["oldest.ipynb"]
    prune.remove(prune.old_files(tmp_path, "*.ipynb", 0))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert prune.old_files(tmp_path / "none", "*.ipynb", 1) == []
