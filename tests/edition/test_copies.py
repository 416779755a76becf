"""The data beside a report: readable in a spreadsheet, described, marked, and the same bytes each time."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import zipfile

import openpyxl
import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.edition import Issue, open_edition
from ctip_analysis.edition.copies import tables, tagged, write_copy, write_tagged
from ctip_analysis.edition.workbook import FOR_READERS, SYNTHETIC_NOTE, made


@pytest.fixture(scope="module")
def handed(edition_2004, tmp_path_factory):
    out = tmp_path_factory.mktemp("handed")
    write_copy(edition_2004, open_edition(edition_2004), out)
    return out


def test_every_file_of_a_synthetic_edition_says_so_in_its_name(handed):
    assert [path.name for path in handed.iterdir() if "_SYNTHETIC." not in path.name] == []


def test_the_tables_are_the_editions_own_with_the_mark_that_excel_needs_for_khmer(handed, edition_2004):
    for path in handed.glob("*.csv"):
        content, name = path.read_bytes(), path.name.replace("_SYNTHETIC", "")
        assert content.startswith(b"\xef\xbb\xbf")
        if path.stem.removesuffix("_SYNTHETIC") not in FOR_READERS:
            assert content[3:] == (edition_2004 / name).read_bytes()


def test_the_description_names_the_files_that_lie_beside_it(handed):
    package = json.loads((handed / "datapackage_SYNTHETIC.json").read_text())
    named = {resource["path"] for resource in package["resources"]}
    assert named == {path.name for path in handed.glob("*.csv")}


def test_the_workbook_begins_with_what_a_reader_wants_and_has_every_row_of_every_table(handed):
    book = openpyxl.load_workbook(handed / "edition_2004_SYNTHETIC.xlsx")
    assert book.sheetnames[:4] == ["Read me", "Key figures", "By province", "cells"]
    assert book.sheetnames[-1] == "dictionary"
    for title in book.sheetnames[1:-1]:
        name = f"{title.lower().replace(' ', '_')}_SYNTHETIC.csv"
        with (handed / name).open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.reader(table))
        sheet = list(book[title].iter_rows(values_only=True))
        assert sheet[0][0].startswith(SYNTHETIC_NOTE)
        assert list(sheet[1][: len(rows[0])]) == rows[0]
        assert len(sheet) == len(rows) + 1


def test_tables_for_readers_have_filters_frozen_names_and_thousands(handed):
    sheet = openpyxl.load_workbook(handed / "edition_2004_SYNTHETIC.xlsx")["By province"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref.partition(":")[0]) == ("C3", "A2")
    assert [cell.value for cell in sheet[3][:2]] == ["KH01", "Banteay Meanchey"]
    assert sheet["D3"].number_format == "#,##0"
    assert sheet.column_dimensions["B"].width > sheet.column_dimensions["D"].width


def test_a_row_of_tags_is_below_the_names_of_the_columns_and_names_are_beside_codes(handed):
    with (handed / "results_hxl_SYNTHETIC.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    assert rows[0]["adm1_code"] == "#adm1+code+v_pcode" and rows[0]["value"] == "#indicator+value+num"
    assert all(tag.startswith("#") for tag in rows[0].values())
    named = {row["adm1_code"]: row["adm1_name"] for row in rows[1:]}
    assert (named["KH12"], named["KH18"], named[""]) == ("Phnom Penh", "Sihanoukville", "")  # as it was called in 2004


def test_the_package_says_how_to_cite_and_under_which_licence(handed):
    package = json.loads((handed / "datapackage_SYNTHETIC.json").read_text())
    assert package["citation"].startswith("SYNTHETIC: made-up records.")
    assert package["id"][:12] in package["citation"]
    assert [one["name"] for one in package["licenses"]] == ["other", "ODbL-1.0"]


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
    content = made({"table": text}, package, is_synthetic=False)
    return openpyxl.load_workbook(io.BytesIO(content))["table"]


def test_two_copies_are_the_same_bytes_and_the_workbook_has_no_time_of_day(handed, edition_2004, tmp_path):
    again = write_copy(edition_2004, open_edition(edition_2004), tmp_path)
    assert {path.name: path.read_bytes() for path in again} == {
        path.name: path.read_bytes() for path in handed.iterdir()
    }
    with zipfile.ZipFile(io.BytesIO((handed / "edition_2004_SYNTHETIC.xlsx").read_bytes())) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


ROW = {
    "edition_id": "0000",
    "state": "final",
    "issued_on": "2005-03-15",
    "approved_by": "the director",
    "contact": "somebody",
}


@pytest.fixture
def issued(monkeypatch):
    """Add a row to the table of issues."""

    def add(**changed):
        table = reference.table("issues")
        table.loc[len(table)] = {**dict.fromkeys(table.columns, ""), **ROW, **changed}
        monkeypatch.setattr(reference, "table", lambda name: table)

    return add


def test_an_edition_is_a_draft_until_a_person_says_otherwise():
    assert Issue.of(small_edition()).state == "Draft, not approved for circulation; not issued yet"


def test_a_final_edition_names_the_day_and_who_approved_it(issued):
    issued()
    assert Issue.of(small_edition()).state == "Final, issued 15 March 2005, approved by the director"
    other = dataclasses.replace(small_edition(), info={**small_edition().info, "id": "f" * 64})
    assert Issue.of(other).state.startswith("Draft")


def test_a_final_edition_without_a_day_is_refused(issued):
    issued(issued_on="")
    with pytest.raises(DataError, match="needs the day of issue and who approved it"):
        Issue.of(small_edition())


HEAD = "indicator,table,period,period_basis,adm1_code,zone,sex,age_band,partner,value,status,unit,qualifier,kind,source"
ROWS = """held,t,2003,calendar,,,,,,21,shown,performances,,counted,s
held,t,2004,calendar,,,,,,29,shown,performances,,counted,s
held,t,FY2004,fiscal,,,,,,30,shown,performances,,counted,s
held,t,2004-05,calendar,,,,,,3,shown,performances,,counted,s
held,t,2004,calendar,KH12,,,,,9,shown,performances,,counted,s
held,t,2003,calendar,KH12,,,,,8,shown,performances,,counted,s
helped,t,2004,calendar,,,,,,900,shown,people,,counted,s
helped,t,2004,calendar,,,female,,,600,shown,people,,counted,s
helped,t,2004,calendar,KH12,,,,,,withheld,people,,counted,s"""
GIVEN = {"cells": f"{HEAD}\n{ROWS}\n", "indicators": "id,name_en\nheld,Performances held\nhelped,People helped\n"}


def rows(name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(tables(GIVEN)[name])))


def test_key_figures_are_national_results_with_a_column_for_each_year():
    assert rows("key_figures") == [
        ["indicator", "name", "unit", "kind", "2003", "2004"],
        ["held", "Performances held", "performances", "counted", "21", "29"],
        ["helped", "People helped", "people", "counted", "", "900"],
    ]


def test_provinces_of_the_last_year_have_their_numbers_side_by_side_or_words():
    assert rows("by_province") == [
        ["adm1_code", "province", "kind", "People helped, 2004 (people)", "Performances held, 2004 (performances)"],
        ["KH12", "Phnom Penh", "counted", "withheld to protect people", "9"],
    ]


def test_tagged_results_are_the_cells_of_years_and_no_others():
    tagged = rows("results_hxl")
    assert len(tagged) == 2 + 7  # names, tags, and all rows but the month and the fiscal year
    assert tagged[-1][:5] == ["helped", "People helped", "2004", "2004-01-01", "2004-12-31"]
    assert tagged[-1][6:8] == ["KH12", "Phnom Penh"]


NAMES = {"performances_held": "Performances held"}


def test_the_first_row_has_the_tags_and_every_cell_follows():
    edition = small_edition()
    made = tagged(edition.frame, NAMES)
    tags = reference.table("hxl_tags").set_index("column")["tag"]
    assert made.iloc[0].to_dict() == tags.to_dict()
    assert len(made) == len(edition.frame) + 1


def test_a_withheld_number_is_blank_and_says_so():
    made = tagged(small_edition().frame, NAMES).iloc[1:]
    withheld = made[made["status"].eq("withheld")]
    assert len(withheld) and withheld["value"].eq("").all()
    assert made.loc[made["status"].eq("shown"), "value"].ne("").all()


def test_provinces_have_the_name_they_had_in_the_span():
    made = tagged(small_edition().frame, NAMES)
    row = made[made["adm1_code"].eq("KH12") & made["period"].eq("2004")].iloc[0]
    assert row[["adm1_name", "country", "start", "end"]].tolist() == ["Phnom Penh", "KHM", "2004-01-01", "2004-12-31"]


def test_the_file_is_named_synthetic_and_reads_back(tmp_path):
    path = write_tagged(small_edition(), tmp_path)
    assert path.name == "cambodia_ctip_2004_HXL_SYNTHETIC.csv"
    read = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    made = tagged(small_edition().frame, small_edition().indicators["name_en"])
    pd.testing.assert_frame_equal(read, made, check_dtype=False)
