"""Cells come as one tidy frame, whatever they are split by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_edition import NOT_SHOWN, cell, edition_of, small_edition

from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.edition.cells import TIDY_COLUMNS

TO_DATE = "2003-01-01/2004-12-31"


@pytest.fixture
def small():
    return small_edition(2004)


def test_a_plain_call_gives_the_country_by_year(small):
    frame = small.cells("performances_held")
    assert list(frame.columns) == TIDY_COLUMNS
    assert list(frame["period"]) == ["2003", "2004"] and (frame[["adm1_code", "zone", "sex"]] == "").all(axis=None)
    assert list(frame["start"]) == [pd.Timestamp("2003-01-01"), pd.Timestamp("2004-01-01")]
    assert list(frame["end"]) == [pd.Timestamp("2003-12-31"), pd.Timestamp("2004-12-31")]


def test_provinces_of_a_period_come_in_the_order_of_codes_without_the_total(small):
    frame = small.cells("performance_attendance", by="province", period="2004")
    assert list(frame["adm1_code"]) == [f"KH{n:02d}" for n in range(1, 25)]
    assert frame["province"].iloc[11] == "Phnom Penh" and frame["id"].iloc[11] == "performance_attendance:2004:KH12:::"
    statuses = frame.set_index("adm1_code")["status"]
    assert statuses[statuses.ne("shown")].to_dict() == NOT_SHOWN
    assert frame["value"].isna().eq(frame["status"].ne("shown")).all()


@pytest.mark.parametrize(
    "asked", [{"by": "province"}, {"by": "year", "derive": "change"}, {"by": "quarter", "interval": True}]
)
def test_values_and_ends_of_intervals_are_floats_whether_an_interval_was_asked_for_or_not(small, asked):
    frame = small.cells("performances_held", **asked)
    assert all(frame[column].dtype == float for column in ("value", "low", "high"))


@pytest.mark.parametrize("by, period, periods", [
    pytest.param("quarter", "2004", ["2004Q1", "2004Q2", "2004Q3", "2004Q4"], id="quarters of a year"),
    pytest.param("year", TO_DATE, ["2003", "2004"], id="years to date"),
    pytest.param("month", "2004Q1", ["2004-01", "2004-02", "2004-03"], id="months of a quarter"),
    pytest.param((), TO_DATE, [TO_DATE], id="the span itself"),
    pytest.param((), "2004Q3", ["2004Q3"], id="a quarter itself"),
])  # fmt: skip
def test_a_period_is_itself_or_holds_the_shorter_ones_asked_for(small, by, period, periods):
    assert list(small.cells("performances_held", by=by, period=period)["period"]) == periods


def test_two_breakdowns_multiply(small):
    assert len(small.cells("performances_held", by=["province", "quarter"])) == 24 * 8
    groups = small.cells("clients_assisted", by=["sex", "age"], period="2004")
    assert len(groups) == 3 * 4 and groups["id"].iloc[0] == "clients_assisted:2004::female:15_17:"


def test_zones_are_a_breakdown(small):
    frame = small.cells("performances_held", by="zone", period="2004")
    assert frame["value"].sum() == small.fact("performances_held:2004").value
    assert list(frame["zone"]) == ["Coastal", "Phnom Penh", "Plain", "Plateau and Mountain", "Tonle Sap"]


def test_several_indicators_follow_each_other(small):
    frame = small.cells(["performance_attendance_registered", "performance_attendance_estimated"], by="year")
    assert list(frame["indicator"].unique()) == [
        "performance_attendance_registered",
        "performance_attendance_estimated",
    ]


@pytest.mark.parametrize("province", ["KH12", "Phnom Penh", "kh-12", "ភ្នំពេញ"])
def test_one_province_may_be_asked_for_in_any_spelling(small, province):
    frame = small.cells("performances_held", by="quarter", period="2004", province=province)
    assert set(frame["adm1_code"]) == {"KH12"} and len(frame) == 4
    assert len(small.cells("performances_held", by="year", province="Coastal")) == 2


def test_the_rate_of_a_cell_has_an_id_of_its_own(small):
    frame = small.cells("performances_held", by="province", period="2004", derive="per_1000_residents", interval=True)
    capital = frame.set_index("adm1_code").loc["KH12"]
    assert capital["id"] == "performances_held:2004:KH12::::per_1000_residents"
    assert capital["low"] < capital["value"] < capital["high"]
    assert small.fact(capital["id"]).value == capital["value"]


def test_a_change_is_from_the_period_before_and_its_id_says_which(small):
    frame = small.cells("performances_held", by="quarter", period="2004", derive="change").set_index("period")
    assert frame.loc["2004Q1", "id"] == "performances_held:2004Q1:::::change=2003Q4"
    counts = small.cells("performances_held", by="quarter").set_index("period")["value"]
    assert frame.loc["2004Q3", "value"] == counts["2004Q3"] - counts["2004Q2"]


def test_ends_of_intervals_are_empty_unless_asked_for(small):
    assert small.cells("performances_held")[["low", "high"]].isna().all(axis=None)
    asked = small.cells("performances_held", interval=True)
    assert (asked["low"] < asked["value"]).all() and (asked["high"] > asked["value"]).all()
    assert small.fact("performances_held:2004:::::interval_low").value == asked["low"].iloc[1]


def test_no_interval_is_given_for_what_does_not_happen_one_by_one(small):
    with pytest.raises(CountingRuleError, match="no interval for attendances: they do not happen one by one"):
        small.cells("performance_attendance", by="quarter", interval=True)
    with pytest.raises(CountingRuleError, match="no interval is given for change"):
        small.cells("performances_held", by="quarter", derive="change", interval=True)


@pytest.mark.parametrize("asked, said", [
    pytest.param({"indicator": "performance_held"}, "did you mean performances_held", id="indicator"),
    pytest.param({"by": "mnth"}, "cells are not split by 'mnth'; did you mean month?", id="breakdown"),
    pytest.param({"derive": "per_1000_resident"}, "no derivation 'per_1000_resident'; did you mean per_1000_residents",
                 id="derivation"),
    pytest.param({"derive": "per"}, "needs a name behind the =, such as per=performances_held",
                 id="derivation without a name"),
    pytest.param({"derive": "per=performance_held"}, "did you mean performances_held", id="indicator of a derivation"),
    pytest.param({"period": "204"}, "'204' is not a period; write it like", id="no period"),
    pytest.param({"period": "2009"}, "no cells of performances_held for 2009; .* to 2004-12; did you mean 2004",
                 id="period"),
    pytest.param({"by": "sex"}, "does not split performances_held by sex; it has it by province, by zone",
                 id="no such split"),
    pytest.param({"by": ["month", "year"]}, "by one length of time, not by month and year", id="two lengths of time"),
    pytest.param({"province": "Kapmot"}, "did you mean Kampot", id="province"),
])  # fmt: skip
def test_a_misspelt_name_is_answered_with_the_nearest(small, asked, said):
    from ctip_analysis.base.errors import CtipError

    with pytest.raises(CtipError, match=said):
        small.cells(**{"indicator": "performances_held", **asked})


def test_a_split_that_an_edition_does_not_have_names_those_it_has(small):
    with pytest.raises(ParameterError, match="police_training_completions by province; it has it by partner"):
        small.cells("police_training_completions", by="province")
    with pytest.raises(ParameterError, match="cases_judged by province; it has it for the whole country only"):
        small.cells("cases_judged", by="province")


def test_before_the_first_year_there_are_no_rows(small):
    assert small.cells("performances_held", by="province", period="2002").empty
    assert list(small.cells("performances_held", by="quarter", period="2002").columns) == TIDY_COLUMNS


def test_fiscal_years_of_another_basis_are_given_only_where_there_are_no_others():
    mixed = edition_of(
        cell("performances_held", "2004", 29),
        cell("performances_held", "FY2004", 27),
        cell("obligations_usd", "FY2004", 5),
    )
    assert list(mixed.cells("performances_held")["period"]) == ["2004"]
    assert list(mixed.cells("obligations_usd")["period"]) == ["FY2004"]


def test_the_category_unknown_is_a_row_with_a_name():
    frame = edition_of(cell("performances_held", "2004", 3, adm1_code="unknown")).cells(
        "performances_held", by="province"
    )
    assert list(frame["province"]) == ["place unknown"]


def test_a_frame_works_with_plain_pandas_and_geopandas(small):
    attendance = small.cells("performance_attendance", by="province", period="2004")
    merged = small.provinces("2004").merge(attendance, on="adm1_code", validate="one_to_one")
    assert len(merged) == 24 and merged.crs.to_epsg() == 4326 and {"name_en", "value", "status"} <= set(merged.columns)
    wide = small.cells("performances_held", by=["province", "quarter"]).pivot(
        index="province", columns="start", values="value"
    )
    assert wide.shape == (24, 8) and np.issubdtype(wide.columns.dtype, np.datetime64)
