"""The data beside a report: readable in a spreadsheet, described, marked, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from ctip_analysis.edition import open_edition
from ctip_analysis.edition.copies import write_copy
from ctip_analysis.edition.workbook import SYNTHETIC_NOTE, parts, written


@pytest.fixture(scope="module")
def handed(edition_2004, tmp_path_factory):
    out = tmp_path_factory.mktemp("handed")
    write_copy(edition_2004, open_edition(edition_2004), out)
    return out


def test_every_file_of_a_synthetic_edition_says_so_in_its_name(handed):
    assert [path.name for path in handed.iterdir() if "_SYNTHETIC." not in path.name] == []


def test_the_tables_are_the_editions_own_with_the_mark_that_excel_needs_for_khmer(handed, edition_2004):
    for path in handed.glob("*.csv"):
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content[3:] == (edition_2004 / path.name.replace("_SYNTHETIC", "")).read_bytes()


def test_the_description_names_the_files_that_lie_beside_it(handed):
    package = json.loads((handed / "datapackage_SYNTHETIC.json").read_text())
    named = {resource["path"] for resource in package["resources"]}
    assert named == {path.name for path in handed.glob("*.csv")}


def test_the_workbook_has_a_dictionary_and_every_row_of_every_table(handed):
    book = openpyxl.load_workbook(handed / "edition_2004_SYNTHETIC.xlsx", read_only=True)
    assert book.sheetnames[0] == "dictionary"
    for name in book.sheetnames[1:]:
        with (handed / f"{name}_SYNTHETIC.csv").open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.reader(table))
        sheet = list(book[name].iter_rows(values_only=True))
        assert sheet[0][0].startswith(SYNTHETIC_NOTE)
        assert list(sheet[1][: len(rows[0])]) == rows[0]
        assert len(sheet) == len(rows) + 1


def test_text_that_looks_like_a_formula_stays_text_and_markup_is_no_markup():
    made = workbook_of("a,b\n=1+1,+855\n12,0.5\n,<b>&\n")
    assert list(made.iter_rows(values_only=True)) == [("a", "b"), ("'=1+1", 855), (12, 0.5), (None, "<b>&")]


def test_a_withheld_value_is_hatched_wherever_its_row_begins():
    made = workbook_of("place,value,status\nKH23,,withheld\n,7,shown\n,,withheld\n")
    assert [made[f"B{row}"].fill.patternType for row in (2, 3, 4)] == ["lightUp", None, "lightUp"]
    assert [made[f"B{row}"].value for row in (2, 3, 4)] == [None, 7, None]


def workbook_of(text: str):
    """The sheet that is made from the CSV *text*."""
    package = {"id": "x", "resources": []}
    content = written(parts({"table": text}, package, is_synthetic=False))
    return openpyxl.load_workbook(io.BytesIO(content))["table"]


def test_two_copies_are_the_same_bytes_and_no_clock_stands_in_the_workbook(handed, edition_2004, tmp_path):
    again = write_copy(edition_2004, open_edition(edition_2004), tmp_path)
    assert {path.name: path.read_bytes() for path in again} == {
        path.name: path.read_bytes() for path in handed.iterdir()
    }
    with zipfile.ZipFile(io.BytesIO((handed / "edition_2004_SYNTHETIC.xlsx").read_bytes())) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
