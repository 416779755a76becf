"""A report appears whole, the last good one stays whole, and a dead run's leavings go."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ctip_analysis.base import placing
from ctip_analysis.base.placing import lay_down, of_other_editions
from ctip_analysis.base.workspace import private_folder

NAME = "cambodia_ctip_annual_2004_en_SYNTHETIC"


def made(out: Path, text: str, stem: str = NAME) -> Path:
    """Lay down a report that says *text* in its page, its facts and its data."""
    with private_folder(out, ".report-") as private:
        page = private / f"{stem}.html"
        page.write_text(text)
        (private / f"{stem}.facts.json").write_text(text)
        (private / "data").mkdir()
        (private / "data" / "cells.csv").write_text(text)
        return lay_down(page, private / "data", out, "2004")


def files(out: Path) -> dict[str, str]:
    return {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*") if path.is_file()}


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path):
    made(tmp_path, "old")
    (tmp_path / "data" / "2004" / "gone.csv").write_text("of an earlier edition")
    assert made(tmp_path, "new") == tmp_path / f"{NAME}.html"
    assert files(tmp_path) == dict.fromkeys(
        [f"{NAME}.html", f"{NAME}.facts.json", "data/2004/cells.csv"], "new"
    )


def test_a_report_reaches_the_disk_before_it_gets_its_name(tmp_path, renamed_to):
    made(tmp_path, "old")
    made(tmp_path, "new")
    assert renamed_to == [
        "2004", f"{NAME}.facts.json", f"{NAME}.html", "superseded", f"{NAME}.facts.json", f"{NAME}.html",
    ]  # fmt: skip


def test_where_folders_can_not_change_names_the_old_data_step_aside(tmp_path, monkeypatch, renamed_to):
    monkeypatch.setattr(placing, "swap", lambda made, there: False)
    made(tmp_path, "old")
    made(tmp_path, "new")
    assert renamed_to[3:5] == ["superseded", "2004"]
    assert files(tmp_path)["data/2004/cells.csv"] == "new"


@pytest.mark.parametrize("can_swap", [True, False])
def test_data_laid_down_once_can_not_be_taken_for_new_ones_again(tmp_path, monkeypatch, can_swap):
    """What they replaced lies where nobody looks for it."""
    if not can_swap:
        monkeypatch.setattr(placing, "swap", lambda made, there: False)
    made(tmp_path, "old")
    newer = tmp_path / "private" / "data"
    newer.mkdir(parents=True)
    (newer / "cells.csv").write_text("new")
    assert (placing.lay_data(newer, tmp_path, "2004") / "cells.csv").read_text() == "new"
    assert not newer.exists()


def test_data_that_did_not_change_are_left_alone(tmp_path):
    made(tmp_path, "same")
    before = (tmp_path / "data" / "2004").stat().st_ino
    made(tmp_path, "same", "cambodia_ctip_campaign_reach_2004_en_SYNTHETIC")
    assert (tmp_path / "data" / "2004").stat().st_ino == before


def test_a_draft_lies_beside_the_last_good_report_with_data_of_its_own(tmp_path):
    made(tmp_path, "good")
    good = files(tmp_path)
    made(tmp_path, "draft", f"{NAME}_DRAFT")
    both = files(tmp_path)
    assert {name: both[name] for name in good} == good
    assert set(both) - set(good) == {
        f"{NAME}_DRAFT.html", f"{NAME}_DRAFT.facts.json", "data/2004_DRAFT/cells.csv",
    }  # fmt: skip


def test_a_good_report_takes_the_place_of_its_draft(tmp_path):
    made(tmp_path, "draft", f"{NAME}_DRAFT")
    made(tmp_path, "good")
    assert not [name for name in files(tmp_path) if "DRAFT" in name]


def test_data_come_back_if_their_successor_can_not_be_put_in_place(tmp_path, monkeypatch):
    made(tmp_path, "old")
    before = files(tmp_path)

    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(placing, "swap", lambda made, there: False)
    monkeypatch.setattr(placing.os, "replace", full)
    with pytest.raises(OSError):
        made(tmp_path, "new")
    assert files(tmp_path) == before


def test_pages_of_another_edition_than_the_data_are_named(tmp_path):
    made(tmp_path, "edition aaaa")
    made(tmp_path, "edition bbbb", "cambodia_ctip_trends_2004_en_SYNTHETIC")
    made(tmp_path, "edition cccc", "cambodia_ctip_trends_2005_en_SYNTHETIC")
    assert of_other_editions(tmp_path, "2004", "bbbb") == [f"{NAME}.html"]
