"""Typical mistakes of an analyst: each ends in a sentence that names the nearest word, or what to do."""

from __future__ import annotations

import pandas as pd
import pytest
from small_edition import small_edition

import ctip_analysis as ctip
from ctip_analysis.base.errors import CtipError

EDITION = small_edition(2004)
ATTENDANCE = EDITION.cells("performance_attendance", by="province", period="2004")
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


def test_tab_completion_offers_the_public_names_only():
    assert set(dir(ctip)) == set(ctip.__all__)
