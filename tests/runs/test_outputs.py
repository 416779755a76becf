"""Files of reports appear whole, and a hand-over has what is on its list and nothing else."""

from __future__ import annotations

import os

import pytest

from ctip_analysis.base import files
from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.base.reference import sha256
from ctip_analysis.runs import outputs, run_record
from ctip_analysis.runs.run_record import DataRecord

NAME = "cambodia_ctip_small_2004_en"


def page(folder, content, draft=""):
    """A page with its facts in a private folder."""
    folder.mkdir(exist_ok=True)
    made = folder / f"{NAME}{draft}.html"
    made.write_text(f'{content}<a href="data/2004{draft}/cells.csv">data</a>')
    made.with_suffix(outputs.FACTS).write_text(f"facts of {content}")
    return made


def test_a_draft_is_beside_the_good_report_until_the_next_good_one(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    outputs.put_page(page(tmp_path / "a", "good"), out, "2004")
    outputs.put_page(page(tmp_path / "b", "draft", outputs.DRAFT), out, "2004")
    outputs.data_folder(out, "2004", is_draft=True).mkdir(parents=True)
    assert (out / f"{NAME}.html").read_text().startswith("good")
    assert (out / f"{NAME}_DRAFT.html").read_text().startswith("draft")
    outputs.put_page(page(tmp_path / "c", "better"), out, "2004")
    assert (out / f"{NAME}.html").read_text().startswith("better") and not list(out.rglob("*DRAFT*"))


def test_a_page_that_can_not_be_put_there_leaves_the_last_one_with_its_facts(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    outputs.put_page(page(tmp_path / "a", "good"), out, "2004")
    replace = os.replace

    def full(made, there):
        if str(there).endswith(".html"):
            raise OSError(28, "No space left on device")
        replace(made, there)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        outputs.put_page(page(tmp_path / "b", "worse"), out, "2004")
    assert (out / f"{NAME}{outputs.FACTS}").read_text() == "facts of good"


@pytest.fixture
def reports(tmp_path):
    out = tmp_path / "out"
    outputs.data_folder(out, "2004").mkdir(parents=True)
    outputs.put_page(page(tmp_path / "a", "good"), out, "2004")
    for name in ("cells.csv", "edition.json", ".hidden.csv", "notes.txt"):
        (outputs.data_folder(out, "2004") / name).write_text("x")
    (out / f"{NAME}.run-record.json").write_text("{}")
    return out


def test_only_pages_facts_and_data_are_gathered(reports, tmp_path):
    outputs.gather(reports, [NAME], tmp_path / "parcel")
    found = {path.relative_to(tmp_path / "parcel").as_posix() for path in (tmp_path / "parcel").rglob("*.*")}
    assert found == {f"{NAME}.html", f"{NAME}.facts.json", "data/2004/cells.csv", "data/2004/edition.json"}


def test_what_is_missing_is_named_and_a_link_is_not_handed_over(reports, tmp_path):
    reports.joinpath("early.html").write_text('<a href="data/2003/cells.csv">data</a>')
    with pytest.raises(MissingFileError, match=r"early.facts.json, other.html, other.facts.json, data/2003: not"):
        outputs.gather(reports, ["early", "other"], tmp_path / "parcel")
    (outputs.data_folder(reports, "2004") / "link.csv").symlink_to(reports / f"{NAME}.html")
    with pytest.raises(NotShareableError, match=r"link.csv is a link"):
        outputs.gather(reports, [NAME], tmp_path / "parcel")


def hand_over(tmp_path, content, period="2004"):
    with files.private_folder(tmp_path, ".made-") as private:
        (private / "parcel" / "data").mkdir(parents=True)
        (private / "parcel" / "data" / "a.csv").write_text(content)
        return outputs.hand_over(private / "parcel", tmp_path / "hand-over", period).name


def test_each_content_gets_the_next_number_and_the_same_content_none(tmp_path):
    (tmp_path / "hand-over").mkdir()
    contents = ["a", "a", "b", *map(str, range(8)), "7", "a"]
    made = [hand_over(tmp_path, content) for content in contents]
    assert made == [
        "2004.r1",
        "2004.r1",
        "2004.r2",
        *(f"2004.r{n}" for n in range(3, 11)),
        "2004.r10",
        "2004.r11",
    ]
    assert hand_over(tmp_path, "a", "FY2004") == "FY2004.r1"
    assert [path.name for path in outputs.numbered(tmp_path / "hand-over")][-2:] == ["2004.r11", "FY2004.r1"]


def test_old_hand_overs_are_removed_and_the_newest_of_each_period_stay(tmp_path):
    (tmp_path / "hand-over").mkdir()
    for content in "abc":
        hand_over(tmp_path, content)
    hand_over(tmp_path, "a", "2003")
    assert outputs.remove_old(tmp_path / "hand-over", 2) == ["2004.r1"]
    left = sorted(path.name for path in (tmp_path / "hand-over").iterdir())
    assert left == ["2003.r1", "2004.r2", "2004.r3"]


def test_editions_are_never_removed(tmp_path):
    (tmp_path / "2004").mkdir()
    (tmp_path / "2004" / "edition.json").write_text("{}")
    with pytest.raises(NotShareableError, match="has editions, which are never removed"):
        outputs.remove_old(tmp_path, 1)


def test_a_page_of_another_edition_is_named(reports):
    assert outputs.of_other_editions(reports, "2004", "good") == []
    assert outputs.of_other_editions(reports, "2004", "abc") == [f"{NAME}.html"]


def test_a_page_goes_with_the_data_of_its_own_edition_or_not_at_all(reports, tmp_path):
    record = DataRecord(edition="good", outputs={})
    run_record.write(reports / "data-2004.run-record.json", record)
    outputs.gather(reports, [NAME], tmp_path / "parcel")
    run_record.write(reports / "data-2004.run-record.json", record.model_copy(update={"edition": "newer"}))
    with pytest.raises(MissingFileError, match=f"data of the edition of {NAME}.html"):
        outputs.gather(reports, [NAME], tmp_path / "parcel")


@pytest.mark.parametrize(
    ("named", "changed", "is_left"), [("good", False, True), ("old", True, True), ("old", False, False)],
    ids=["a page names it", "somebody changed it", "no page names it"],
)  # fmt: skip
def test_old_data_go_when_no_page_names_their_edition(named, changed, is_left, reports):
    folder = outputs.data_folder(reports, "2004")
    hashes = {path.name: sha256(path) for path in folder.iterdir()} | ({"x.csv": "0" * 64} if changed else {})
    record = DataRecord(edition=named, outputs=hashes)
    run_record.write(reports / "data-2004.run-record.json", record)
    outputs.remove_old_data(reports)
    assert folder.is_dir() == is_left == (reports / "data-2004.run-record.json").is_file()
