"""Derived numbers: hand-made cells, and values from textbooks or worked out on paper."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctip_analysis.base import reference
from ctip_analysis.base.errors import CountingRuleError, DataError, ParameterError
from ctip_analysis.edition import rates
from ctip_analysis.edition.read import CELL_COLUMNS, Internal


def cell(indicator, period, value, status="shown", adm1_code="", partner="", unit="performances"):
    basis = "to_date" if "/" in period else "calendar"
    return (
        indicator,
        "t",
        period,
        basis,
        adm1_code,
        "",
        "",
        partner,
        value,
        status,
        unit,
        "",
        "synthetic",
        "made by hand",
    )


def source(*cells):
    frame = pd.DataFrame(cells, columns=CELL_COLUMNS)
    people = pd.DataFrame(
        [("", "2004", "1000"), ("KH12", "2004", "250")], columns=["adm1_code", "year", "residents"]
    )
    rules = reference.table("indicators").set_index("id", drop=False)
    return Internal(frame, indicators=rules, population=people)


def derived(cells, derivation, place=0):
    made = source(*cells)
    row = rates.derive(made, made.frame.iloc[[place]], derivation).iloc[0]
    return row["value"], row["status"]


HELD = cell("performances_held", "2004", 20.0)
BEFORE = cell("performances_held", "2003", 16.0)
HIDDEN = cell("performances_held", "2003", math.nan, "withheld")


def test_a_rate_is_per_1000_residents_of_the_place_and_year():
    assert derived([HELD], "per_1000_residents") == (20.0, "shown")  # 20 for 1,000 residents
    assert derived([cell("performances_held", "2004", 5.0, adm1_code="KH12")], "per_1000_residents") == (
        20.0,
        "shown",
    )


def test_no_residents_no_rate():
    value, status = derived([cell("performances_held", "2001", 5.0)], "per_1000_residents")
    assert math.isnan(value) and status == "no_data"


def test_a_ratio_divides_by_the_other_indicator_of_the_same_place_and_period():
    attendance = cell("performance_attendance", "2004", 60_000.0, unit="attendances")
    assert derived([attendance, cell("performances_counted", "2004", 20.0)], "per=performances_counted") == (
        3000.0,
        "shown",
    )


def test_nothing_is_divided_by_zero():
    attendance = cell("performance_attendance", "2004", 0.0, unit="attendances")
    _, status = derived([attendance, cell("performances_counted", "2004", 0.0)], "per=performances_counted")
    assert status == "not_applicable"


def test_a_change_is_signed_and_in_percent_of_the_earlier_value():
    assert derived([HELD, BEFORE], "change=2003") == (4.0, "shown")
    assert derived([HELD, BEFORE], "pct_change=2003") == (25.0, "shown")


@pytest.mark.parametrize("derivation", ["change=2003", "pct_change=2003"])
def test_what_is_made_from_a_withheld_cell_is_withheld(derivation):
    value, status = derived([HELD, HIDDEN], derivation)
    assert math.isnan(value) and status == "withheld"


def test_a_share_is_of_the_national_cell_and_withheld_with_it():
    part = cell("performances_held", "2004", 5.0, adm1_code="KH12")
    assert derived([part, HELD], "share") == (25.0, "shown")
    assert derived([part, cell("performances_held", "2004", math.nan, "withheld")], "share")[1] == "withheld"


def test_nothing_is_set_beside_a_cell_that_stands_twice():
    with pytest.raises(DataError, match="stands twice"):
        derived([HELD, BEFORE, BEFORE], "change=2003")


def test_no_rows_stay_no_rows():
    made = source(HELD)
    assert rates.derive(made, made.frame.iloc[:0], "share").empty


def test_periods_of_unequal_length_or_basis_are_not_compared():
    with pytest.raises(CountingRuleError, match="2004 and 2003Q4 are periods of unequal length or basis"):
        derived([HELD], "change=2003Q4")
    with pytest.raises(CountingRuleError, match="2004 and FY2003"):
        derived([HELD], "change=FY2003")


def test_an_unknown_derivation_names_those_there_are():
    with pytest.raises(ParameterError, match="no derivation 'per_capita'; there are per_1000_residents"):
        derived([HELD], "per_capita")


def test_attendances_get_no_poisson_interval_because_they_come_in_crowds():
    attendance = cell("performance_attendance", "2004", 60_000.0, unit="attendances")
    with pytest.raises(CountingRuleError, match="they do not happen one by one"):
        derived([attendance], "per_1000_residents_low")


def test_interval_of_a_rate_holds_the_rate():
    low, _ = derived([HELD], "per_1000_residents_low")
    high, _ = derived([HELD], "per_1000_residents_high")
    assert (round(low, 2), round(high, 2)) == (12.22, 30.89)  # Garwood's table for a count of 20


def test_a_count_of_events_has_an_interval_of_its_own():
    assert derived([HELD], "interval_low") == (12.2, "shown") and derived([HELD], "interval_high") == (
        30.9,
        "shown",
    )


def test_zero_has_an_interval_up_to_three_point_seven():
    low, high = rates.poisson_interval(0)
    assert low == 0 and high == pytest.approx(-math.log(0.025))


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_stays_inside_zero_and_one_and_holds_the_share(part, more):
    whole = part + more
    low, high = rates.wilson_interval(part, whole)
    assert 0 <= low <= part / whole <= high <= 1


def test_a_doubling_of_many_is_beyond_chance_and_of_few_is_not():
    assert rates.change_beyond_chance(100, 200) < 0.001
    assert rates.change_beyond_chance(2, 4) > 0.05
    assert rates.change_beyond_chance(0, 0) == 1


def test_open_cases_leave_the_life_table_half_way():
    # 10 cases; in the first band 2 judged and 4 still open: 2 / (10 - 2) judged, so 0.75 open
    assert rates.survival([2, 4], [4, 0], [6, 12]) == [0.75, 0.0]


def test_partners_that_reported_once_stay_out_of_the_comparison():
    rows = [("2003", "IJM", 10.0), ("2004", "IJM", 15.0), ("2004", "CDP", 50.0)]
    made = source(
        *(cell("teachers_trained", period, value, partner=partner) for period, partner, value in rows)
    )
    assert rates.same_partners(made, "teachers_trained", "2003", "2004") == (10.0, 15.0, ["IJM"])
    whole = [
        cell("teachers_trained", "2004", 65.0),
        *(cell("teachers_trained", *row[::2], partner=row[1]) for row in rows),
    ]
    assert derived(whole, "same_partners=2003") == (15.0, "shown")


def test_a_withheld_partner_withholds_the_comparison_of_partners():
    rows = [
        cell("teachers_trained", "2004", 65.0),
        cell("teachers_trained", "2003", math.nan, "withheld", partner="IJM"),
    ]
    assert derived(rows, "same_partners=2003")[1] == "withheld"


def test_the_share_still_open_is_withheld_with_any_cell_of_its_life_table():
    period = "2003-01-01/2004-12-31"
    shown = [
        cell(f"cases_{state}_{band}", period, 2.0, unit="cases")
        for state in ("judged", "open")
        for band in rates.BANDS
    ]
    # 20 cases; 2 judged and 2 censored in the first six months: 1 - 2 / 19
    value, status = derived(shown, "still_open")
    assert status == "shown" and value == pytest.approx(100 * (1 - 2 / 19))
    assert (
        derived([*shown[:-1], cell("cases_open_24m_plus", period, math.nan, "withheld")], "still_open")[1]
        == "withheld"
    )
