"""The hand-over folder: only what is on the list, audited before it appears, numbered, never changed afterwards."""

from __future__ import annotations

import pytest

from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.runs import delivery

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"
PAGE = '<!doctype html><html lang="en"><title>Small</title><p>SYNTHETIC</p><footer></footer></html>'


@pytest.fixture
def reports(tmp_path):
    """A folder of reports as a batch leaves it: a page, its facts, its data, and the operator's own files."""
    out = tmp_path / "out"
    (out / "data" / "2004").mkdir(parents=True)
    (out / f"{NAME}.html").write_text(PAGE)
    for name in (f"{NAME}.facts.json", f"{NAME}_DRAFT.html", f"{NAME}.run-record.json", "batch.run-record.json",
                 ".batch.lock", "executed.ipynb", "notes.txt", "clients.csv", "data/2004/cells_SYNTHETIC.csv",
                 "data/2004/edition_2004_SYNTHETIC.xlsx", "data/2004/provinces_SYNTHETIC.geojson",
                 "data/2004/.hidden.csv", "data/2004/clients.parquet", "data/2004/run.log"):  # fmt: skip
        (out / name).write_text("{}")
    return out


def test_only_pages_facts_and_data_are_taken(reports, tmp_path):
    delivery.gather(reports, [NAME], "2004", tmp_path / "2004")
    there = tmp_path / "2004"
    assert {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()} == {
        f"{NAME}.html", f"{NAME}.facts.json", "data/2004/cells_SYNTHETIC.csv",
        "data/2004/edition_2004_SYNTHETIC.xlsx", "data/2004/provinces_SYNTHETIC.geojson",
    }  # fmt: skip


def test_what_should_lie_there_and_does_not_is_named(reports, tmp_path):
    with pytest.raises(
        MissingFileError, match=r"another.html, another.facts.json, data/2005: should lie in out"
    ):
        delivery.gather(reports, ["another"], "2005", tmp_path / "2005")
    assert not (tmp_path / "2005").exists()


def test_a_link_is_not_handed_over(reports, tmp_path):
    (reports / "data" / "2004" / "more.csv").symlink_to(reports / "clients.csv")
    with pytest.raises(NotShareableError, match=r"more\.csv is a link"):
        delivery.gather(reports, [NAME], "2004", tmp_path / "2004")


def test_a_finding_of_the_audit_stops_it_and_is_not_quoted(tmp_path):
    folder = tmp_path / "2004"
    folder.mkdir()
    (folder / f"{NAME}.html").write_text(PAGE.replace("<footer", "<p>The case CA-0000012.</p><footer"))
    with pytest.raises(NotShareableError, match="of the audit: not to be shared\n") as raised:
        delivery.refuse_findings(folder)
    assert f"  - 2004/{NAME}.html, line" in str(raised.value) and "record id" in str(raised.value)
    assert "0000012" not in str(raised.value)


def made(folder, text):
    folder.mkdir()
    (folder / "page.html").write_text(text)
    return folder


def test_each_content_gets_the_next_number_and_the_same_content_none(tmp_path):
    there = tmp_path / "hand-over"
    there.mkdir()
    places = [
        delivery.put_in_place(made(tmp_path / f"made{n}", text), there, period)
        for n, (text, period) in enumerate([("a", "2004"), ("a", "2004"), ("b", "2004"), ("a", "FY2004")])
    ]
    assert [place.name for place in places] == ["2004.r1", "2004.r1", "2004.r2", "FY2004.r1"]
    assert (there / "2004.r1" / "page.html").read_text() == "a"


def test_what_is_handed_over_reaches_the_disk_before_it_gets_its_name(tmp_path, renamed_to):
    delivery.put_in_place(made(tmp_path / "made", "text"), tmp_path, "2004")
    assert renamed_to == ["2004.r1"]


def test_folders_are_in_the_order_of_their_numbers(tmp_path):
    for name in ("2004.r10", "2004.r9", "2003.r1", "notes", "2004", "2004.rx"):
        (tmp_path / name).mkdir()
    assert [path.name for path in delivery.numbered(tmp_path)] == ["2003.r1", "2004.r9", "2004.r10"]
    assert delivery.numbered(tmp_path / "none") == []
