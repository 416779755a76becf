"""Tables for readers: the cells of an edition arranged anew, with words where there is no number."""

import csv
import io

import pandas as pd
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.edition.takeaway import tables, tagged, write_tagged

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
