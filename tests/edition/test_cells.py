"""Totals add up only what adds up, and have no value where a part has none."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from small_edition import cell, edition_of, small_edition

from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.edition import total
from ctip_analysis.edition.cells import TIDY_COLUMNS


def test_provinces_add_up_to_the_country_of_each_year():
    edition = small_edition()
    made = total(edition.cells("performances_held", by=["year", "province"]), by="year")
    assert list(made.columns) == TIDY_COLUMNS and list(made["period"]) == ["2003", "2004"]
    assert list(made["value"]) == list(edition.cells("performances_held")["value"])


def test_a_total_over_time_has_the_span_of_its_parts():
    made = total(small_edition().cells("performances_held", by="quarter"))
    assert made["period"].tolist() == ["2003-01-01/2004-12-31"]
    assert made["value"].iloc[0] == small_edition().fact("performances_held:2003-01-01/2004-12-31").value


def test_a_total_with_a_withheld_part_has_no_value_and_says_so():
    made = total(small_edition().cells("performance_attendance", by="province", period="2004"))
    assert made["status"].tolist() == ["withheld"] and math.isnan(made["value"].iloc[0])


def test_a_total_is_no_cell_of_the_edition():
    made = total(small_edition().cells("performances_held", by="province", period="2004"))
    assert made["id"].tolist() == [""] and made["kind"].tolist() == ["synthetic"]


def test_people_of_two_years_are_not_added():
    served = edition_of(*(cell("clients_served", year, 40) for year in ("2003", "2004")))
    with pytest.raises(CountingRuleError, match="clients_served does not add up over period: its rule is distinct"):
        total(served.cells("clients_served"))


def test_a_frame_that_mixes_totals_and_parts_is_refused():
    edition = small_edition()
    mixed = pd.concat([edition.cells("performances_held", by=by, period="2004") for by in ("province", ())])
    with pytest.raises(CountingRuleError, match="mix totals and parts of adm1_code"):
        total(mixed)


def test_what_is_asked_for_must_be_in_the_frame():
    frame = small_edition().cells("performances_held", by="quarter")
    with pytest.raises(ParameterError, match="these rows are by quarter, not by year"):
        total(frame, by="year")
    with pytest.raises(ParameterError, match="not split by 'provnce'; did you mean province"):
        total(frame, by="provnce")
    with pytest.raises(ParameterError, match="it has no column status"):
        total(frame.drop(columns="status"))


def test_provinces_add_up_to_their_zones():
    rows = small_edition().cells("performances_held", by="province", period="2004")
    sums = total(rows, by="zone").set_index("zone")
    assert set(sums.index) == {"Plain", "Tonle Sap", "Coastal", "Plateau and Mountain", "Phnom Penh"}
    coast = rows[rows["adm1_code"].isin(["KH07", "KH09", "KH18", "KH23"])]["value"].sum()
    assert sums.loc["Coastal", "value"] == coast
    assert set(sums["adm1_code"]) == {""}


def test_a_row_that_occurs_twice_is_not_added_twice():
    frame = small_edition().cells("performances_held", by="province", period="2004")
    with pytest.raises(CountingRuleError, match=r"occur twice.*drop_duplicates"):
        total(pd.concat([frame, frame]))


@pytest.mark.parametrize("grains", [("quarter", "month"), ("year", "quarter")])
def test_periods_that_overlap_are_not_added(grains):
    edition = small_edition()
    mixed = pd.concat([edition.cells("performances_held", by=grain) for grain in grains])
    with pytest.raises(CountingRuleError, match="overlap"):
        total(mixed)


@pytest.mark.parametrize("derive", ["per_1000_residents", "share", "pct_change"])
def test_rates_and_shares_do_not_add_up(derive):
    frame = small_edition().cells("performances_held", by="province", period="2004", derive=derive)
    with pytest.raises(CountingRuleError, match=f"{derive} does not add up.*ctip.calculated"):
        total(frame)


def test_a_value_that_was_lost_leaves_no_total():
    frame = small_edition().cells("performances_held", by="province", period="2004")
    lost = total(frame.assign(value=frame["value"].mask(frame.index == 0)))
    assert lost["status"].tolist() == ["no_data"] and math.isnan(lost["value"].iloc[0])
