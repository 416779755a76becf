"""Numbers made from shown cells: hand-made cells, and values from textbooks or worked out on paper."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_edition import cell, cells, edition_of

from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.edition import ratios
from ctip_analysis.edition.ratios import BANDS, survival

PEOPLE = pd.DataFrame([("", "2004", "1000"), ("KH12", "2004", "250")], columns=["adm1_code", "year", "residents"])
HELD, BEFORE = cell("performances_held", "2004", 20), cell("performances_held", "2003", 16)
HIDDEN = cell("performances_held", "2003", None)


def derived(cells, derivation):
    """Value and status of *derivation* of the first of *cells*."""
    row, place = cells[0], cells[0].get("adm1_code", "")
    made = edition_of(*cells, population=PEOPLE)
    fact = made.fact(f"{row['indicator']}:{row['period']}:{place}::::{derivation}")
    return fact.value, fact.status


def test_a_rate_is_per_1000_residents_of_the_place_and_year():
    """20 for 1,000 residents, and 5 for 250."""
    assert derived([HELD], "per_1000_residents") == (20.0, "shown")
    assert derived([cell("performances_held", "2004", 5, adm1_code="KH12")], "per_1000_residents") == (20.0, "shown")


@pytest.mark.parametrize("values, place", [
    ([20, 9, 5], (1.0, "shown")), ([9, 20, 9], (2.0, "shown")), ([5, 20, 9], (3.0, "shown")),
    ([20, 9, None], (None, "withheld")),
], ids=["first", "tied", "last", "one is withheld"])  # fmt: skip
def test_a_rank_is_the_place_among_all_provinces_and_withheld_with_any(values, place):
    held = [cell("performances_held", "2004", value, adm1_code=f"KH0{at}") for at, value in enumerate(values, 1)]
    other_year = cell("performances_held", "2003", 99, adm1_code="KH04")
    assert derived([*held, other_year], "rank") == place


def test_a_rank_by_rate_says_of_how_many():
    held = [cell("performances_held", "2004", value, adm1_code=code) for code, value in (("KH12", 5), ("KH01", 9))]
    people = pd.DataFrame([("KH12", "2004", "250"), ("KH01", "2004", "9000")], columns=list(PEOPLE))
    rank = edition_of(*held, population=people).fact("performances_held:2004:KH12::::rank=per_1000_residents")
    assert rank.words == "1 of 2 provinces"  # 20 and 1 for 1,000 residents


def test_no_residents_no_rate():
    assert derived([cell("performances_held", "2001", 5)], "per_1000_residents") == (None, "no_data")


def test_a_ratio_divides_by_the_other_indicator_of_the_same_place_and_period():
    attendance = cell("performance_attendance", "2004", 60_000)
    counted = cell("performances_counted", "2004", 20)
    assert derived([attendance, counted], "per=performances_counted") == (3000.0, "shown")
    unit = edition_of(attendance, counted).fact("performance_attendance:2004:::::per=performances_counted").unit
    assert unit == "attendances per performance"


def test_nothing_is_divided_by_zero():
    attendance, counted = cell("performance_attendance", "2004", 0), cell("performances_counted", "2004", 0)
    assert derived([attendance, counted], "per=performances_counted") == (None, "not_applicable")


def test_a_change_is_signed_and_in_percent_of_the_earlier_value():
    assert derived([HELD, BEFORE], "change=2003") == derived([HELD, BEFORE], "change") == (4.0, "shown")
    assert derived([HELD, BEFORE], "pct_change=2003") == (25.0, "shown")


@pytest.mark.parametrize("derivation", ["change=2003", "pct_change=2003"])
def test_what_is_made_from_a_withheld_cell_is_withheld(derivation):
    assert derived([HELD, HIDDEN], derivation) == (None, "withheld")


@pytest.mark.parametrize("year, expected", [("2014", (None, "not_applicable")), ("2015", (3.0, "shown"))])
def test_a_change_of_a_province_that_was_split_in_between_is_not_applicable(year, expected):
    before = cell("performances_held", str(int(year) - 1), 5, adm1_code="KH03")
    assert derived([cell("performances_held", year, 8, adm1_code="KH03"), before], "change") == expected


def test_a_change_from_a_cell_that_is_not_there_has_no_data():
    assert derived([HELD], "change") == (None, "no_data")


def test_a_share_is_of_the_national_cell_and_withheld_with_it():
    part = cell("performances_held", "2004", 5, adm1_code="KH12")
    assert derived([part, HELD], "share") == (25.0, "shown")
    assert derived([part, cell("performances_held", "2004", None)], "share") == (None, "withheld")


def test_a_share_of_another_indicator_has_the_interval_of_wilson():
    part, whole = (cell("performance_attendance_registered", "2004", 13), cell("performance_attendance", "2004", 18))
    ends = [derived([part, whole], f"share_of{end}=performance_attendance")[0] for end in ("_low", "", "_high")]
    assert [round(end, 1) for end in ends] == [49.1, 72.2, 87.5]  # 13 of 18 in any table of Wilson's interval


@pytest.mark.parametrize("other", ["2003Q4", "FY2003"])
def test_periods_of_unequal_length_or_basis_are_not_compared(other):
    with pytest.raises(CountingRuleError, match=f"2004 and {other} are periods of unequal length or basis"):
        derived([HELD], f"change={other}")


def test_attendances_get_no_poisson_interval_because_they_come_in_crowds():
    with pytest.raises(CountingRuleError, match="they do not happen one by one"):
        derived([cell("performance_attendance", "2004", 60_000)], "per_1000_residents_low")


def test_the_interval_of_a_count_and_of_its_rate_are_those_of_garwoods_table():
    """For a count of 20: 12.22 to 30.89; here 1,000 residents make the rate the same number."""
    low, high = (derived([HELD], f"per_1000_residents_{end}")[0] for end in ("low", "high"))
    assert (round(low, 2), round(high, 2)) == (12.22, 30.89)
    assert derived([HELD], "interval_low") == (12.2, "shown") and derived([HELD], "interval_high") == (30.9, "shown")


def test_zero_has_an_interval_up_to_three_point_seven():
    low, high = ratios.poisson_interval(0)
    assert low == 0 and high == pytest.approx(-math.log(0.025))


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_stays_inside_zero_and_one_and_contains_the_share(part, more):
    whole = part + more
    low, high = ratios.wilson_interval(part, whole)
    assert 0 <= low <= part / whole <= high <= 1


def test_a_part_that_is_larger_than_its_whole_has_no_interval():
    assert all(math.isnan(end) for end in ratios.wilson_interval(5, 3))


def test_a_doubling_of_many_is_beyond_chance_and_of_few_is_not():
    assert ratios.change_beyond_chance(100, 200) < 0.001
    assert ratios.change_beyond_chance(2, 4) > 0.05
    assert ratios.change_beyond_chance(0, 0) == 1


@pytest.mark.parametrize("before, after, p", [(0, 5, 2 / 2**5), (1, 4, 2 * 6 / 2**5), (3, 3, 1.0)])
def test_the_chance_of_a_change_is_that_of_heads_and_tails(before, after, p):
    """Of 5 coins none or one shows heads in 1 or 6 of 32 throws; twice that for both sides."""
    assert ratios.change_beyond_chance(before, after) == pytest.approx(p)


def test_open_cases_leave_the_life_table_half_way():
    """10 cases; in the first band 2 judged and 4 still open: 2 / (10 - 2) judged, so 0.75 open."""
    assert survival([2, 4], [4, 0]) == [0.75, 0.0]


def test_the_share_still_open_is_withheld_with_any_cell_of_its_life_table():
    """20 cases; 2 judged and 2 censored in the first six months: 1 - 2 / 19."""
    period = "2003-01-01/2004-12-31"
    shown = [cell(f"cases_{state}_{band}", period, 2) for state in ("judged", "open") for band in BANDS]
    value, status = derived(shown, "still_open")
    assert status == "shown" and value == pytest.approx(100 * (1 - 2 / 19))
    assert derived([*shown[:-1], cell("cases_open_24m_plus", period, None)], "still_open") == (None, "withheld")


def test_still_open_is_of_cases_judged_only():
    with pytest.raises(CountingRuleError, match="it is made from cases_judged_0_6m"):
        derived([HELD], "still_open")


@pytest.mark.parametrize("old, expected", [(16.0, (16.0, "shown")), (math.nan, (None, "withheld"))])
def test_what_an_earlier_edition_showed_is_found_or_was_withdrawn(old, expected):
    changes = cells([HELD]).assign(old=old, new=20.0, reason="records_corrected")
    corrected = edition_of(HELD, changes=changes).fact("performances_held:2004:::::earlier")
    assert (corrected.value, corrected.status) == expected
    assert derived([HELD], "earlier") == (None, "no_data")


def test_a_derivation_that_needs_a_name_says_so():
    with pytest.raises(ParameterError, match="such as share_of=performances_held"):
        derived([HELD], "share_of")
