"""Typical mistakes of an analyst: each ends in a sentence that names the nearest word, or what to do."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely import Point
from small_edition import cell, edition_of, small_edition

import ctip_analysis as ctip
from ctip_analysis.base.errors import CtipError
from ctip_analysis.base.reference import ROOT

EDITION = small_edition(2004)
ATTENDANCE = EDITION.cells("performance_attendance", by="province", period="2004")
SHAPES = EDITION.provinces("2004").merge(ATTENDANCE, on="adm1_code", validate="one_to_one")
WITH_MORE = ATTENDANCE.merge(pd.DataFrame({"adm1_code": ["KH12", "KH99"]}), on="adm1_code", how="right")
PAGE = ctip.open_page(EDITION, year=2004)
MISTAKES = {
    "a misspelt indicator": (lambda: EDITION.cells("performance_atendance"), "did you mean performance_attendance"),
    "a plural breakdown": (lambda: EDITION.cells("performances_held", by="provinces"), "did you mean province"),
    "a misspelt grain": (lambda: EDITION.cells("performances_held", by="quater"), "did you mean quarter"),
    "an unknown breakdown": (lambda: EDITION.cells("performances_held", by="district"), "there are province, zone"),
    "a period that is none": (lambda: EDITION.cells("performances_held", period="Q1 2004"), "write it like 2004"),
    "a period outside": (lambda: EDITION.cells("performances_held", period="2007"), "did you mean 2004"),
    "a misspelt province": (
        lambda: EDITION.cells("performances_held", by="quarter", province="Phnom Pen"), "did you mean Phnom Penh"
    ),
    "a misspelt derivation": (lambda: EDITION.cells("performances_held", derive="per_1000"), "per_1000_residents"),
    "a fact without a period": (lambda: EDITION.fact("performances_held"), "write the period after the indicator"),
    "a year in words": (lambda: ctip.open_page(EDITION, year="two"), "year is a whole number, as 2004"),
    "a year outside": (lambda: ctip.open_page(EDITION, year=2007), "nearest is 2004"),
    "a province of a page": (lambda: ctip.open_page(EDITION, province="Kampott"), "did you mean Kampot"),
    "a map without shapes": (lambda: ctip.province_map(ATTENDANCE), "edition.provinces"),
    "a line of provinces": (lambda: ctip.trend(ATTENDANCE), 'give hue="province"'),
    "a comparison of numbers": (lambda: ctip.direction(1, 2), "two facts of edition.fact"),
    "a table of coordinates": (lambda: ctip.locate(pd.DataFrame({"lat": [11.5], "lon": [104.9]})), "points_from_xy"),
    "a total of a wide frame": (lambda: ctip.total(ATTENDANCE[["province", "value"]]), "as edition.cells gives it"),
    "an indicator by its name": (lambda: EDITION.cells("Attendance at performances"), "did you mean performance_att"),
    "no indicator": (lambda: EDITION.cells([]), "which indicator?"),
    "a column as breakdown": (lambda: EDITION.cells("performances_held", by="adm1_code"), "did you mean province"),
    "several derivations": (lambda: EDITION.cells("performances_held", derive=["share"]), "no derivation"),
    "several provinces": (lambda: EDITION.cells("performances_held", province=["Kep"]), 'split several by="province"'),
    "a province before it was": (lambda: EDITION.cells("performances_held", province="KH25"), "no province KH25"),
    "a fact of it": (lambda: EDITION.fact("performances_held:2004:KH25"), "no province KH25 in 2004"),
    "a fact by a number": (lambda: EDITION.fact(2004), "a fact has an id"),
    "provinces after the edition": (lambda: EDITION.provinces("2014"), "ctip.load_provinces(2014)"),
    "a merge with suffixes": (lambda: ctip.highest(ATTENDANCE.merge(ATTENDANCE, on="adm1_code")), "suffixes="),
    "a bar of a merge": (lambda: ctip.bars(ATTENDANCE.merge(ATTENDANCE, on="adm1_code")), "suffixes="),
    "rows of a right join": (lambda: ctip.total(WITH_MORE), "dropna"),
    "a number of such rows": (lambda: ctip.calculated(1, "offices", of=WITH_MORE), "dropna"),
    "a text as a number": (lambda: ctip.calculated("1", "offices", of=ATTENDANCE), "one number; found str"),
    "a folder of editions": (lambda: ctip.open_edition(ROOT / "tests"), "make report"),
    "latitude first": (lambda: ctip.locate([(11.56, 104.92)]), "longitude first"),
    "rows of three numbers": (lambda: ctip.locate([(1, 104.92, 11.56)] * 2), "points_from_xy"),
    "areas": (lambda: ctip.locate(ctip.load_provinces(2004)), "representative_point()"),
    "a chart of nothing": (lambda: ctip.trend(ATTENDANCE.iloc[:0]), "what was filtered or merged"),
    "two units on an axis": (
        lambda: ctip.trend(EDITION.cells(["performance_attendance", "performances_held"], by="year"), hue="indicator"),
        "have attendances and performances: draw each",
    ),
    "several axes": (lambda: ctip.bars(ATTENDANCE, ax=[1, 2]), "ax=axes[0]"),
    "a grid": (lambda: ctip.mark_gaps("grid", ATTENDANCE), "grid.axes.flat"),
    "breaks in words": (lambda: ctip.province_map(SHAPES, breaks="quantiles"), "breaks are numbers"),
    "infinity": (lambda: ctip.province_map(SHAPES.assign(value=float("inf"))), "as after a division by zero"),
    "two years on a map": (lambda: ctip.province_map(pd.concat([SHAPES, SHAPES])), "take one period"),
    "a fact for a sentence": (lambda: PAGE.say(EDITION.fact("performances_held:2004")), "a page takes text"),
    "a table in a sentence": (lambda: PAGE.say("| a | b |\n|---|---|\n| c | d |"), "page.table(frame, caption)"),
    "a styled table": (lambda: PAGE.table(ATTENDANCE.style, "Attendance"), "give the frame itself"),
    "several frames": (lambda: PAGE.table([ATTENDANCE], "Attendance"), "concat several"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_what_to_write(name):
    make, words = MISTAKES[name]
    with pytest.raises(CtipError) as refused:
        make()
    assert words in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("province", ["Phnom Penh", "kh12", "KH12", "ភ្នំពេញ", "phnom  penh"])
def test_a_province_may_be_spelt_as_people_spell_it(province):
    rows = EDITION.cells("performances_held", by="quarter", province=province)
    assert set(rows["adm1_code"]) == {"KH12"}
    assert float(EDITION.fact(f"performances_held:2004:{province}")) == rows.query("period > '2004'")["value"].sum()
    assert ctip.open_page(EDITION, year=2004, province=province).province == "KH12"


@pytest.mark.parametrize("points", [
    [Point(104.92, 11.56)], Point(104.92, 11.56), (104.92, 11.56), zip([104.92], [11.56], strict=True),
    pd.Series([(104.92, 11.56)]), pd.Series([Point(104.92, 11.56)]),
])  # fmt: skip
def test_a_point_may_be_written_as_people_write_it(points):
    assert ctip.locate(points).tolist() == ["KH12"]


def test_a_zone_may_be_written_in_small_letters():
    edition = edition_of(cell("clients_assisted", "2004", 60, zone="Tonle Sap"))
    assert edition.cells("clients_assisted", province="tonle sap", period="2004")["zone"].tolist() == ["Tonle Sap"]


def test_a_row_that_a_left_join_added_has_no_data_in_a_table(capsys):
    PAGE.table(WITH_MORE, "Attendance.")
    assert "Attendance" in capsys.readouterr().out


def test_definitions_go_on_the_page_as_they_are(capsys):
    PAGE.table(EDITION.indicators[["name_en", "counts", "counts_not"]], "Definitions.")
    assert "Definitions" in capsys.readouterr().out


def test_an_edition_says_in_a_line_what_it_is():
    assert repr(EDITION) == f"<Edition 2004: {len(EDITION.indicators)} indicators, 2003 to 2004, calendar, synthetic>"


def test_tab_completion_offers_the_public_names_only():
    assert set(dir(ctip)) == set(ctip.__all__)
