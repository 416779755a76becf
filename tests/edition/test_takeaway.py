"""Tables for readers: the cells of an edition arranged anew, with words where there is no number."""

import csv
import io

from ctip_analysis.edition.takeaway import tables

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
GIVEN = {
    "cells": f"{HEAD}\n{ROWS}\n",
    "indicators": "id,name_en\nheld,Performances held\nhelped,People helped\n",
}


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
        [
            "adm1_code",
            "province",
            "kind",
            "People helped, 2004 (people)",
            "Performances held, 2004 (performances)",
        ],
        ["KH12", "Phnom Penh", "counted", "withheld to protect people", "9"],
    ]


def test_tagged_results_are_the_cells_of_years_and_no_others():
    tagged = rows("results_hxl")
    assert len(tagged) == 2 + 7  # names, tags, and all rows but the month and the fiscal year
    assert tagged[-1][:5] == ["helped", "People helped", "2004", "2004-01-01", "2004-12-31"]
    assert tagged[-1][6:8] == ["KH12", "Phnom Penh"]
