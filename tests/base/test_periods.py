"""Period codes mean spans of days; each span here is worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.periods import Period


@pytest.mark.parametrize("code, grain, basis, first, last", [
    ("2004", "year", "calendar", "2004-01-01", "2004-12-31"),
    ("2004Q1", "quarter", "calendar", "2004-01-01", "2004-03-31"),
    ("2004-02", "month", "calendar", "2004-02-01", "2004-02-29"),
    ("FY2004", "year", "fiscal", "2003-10-01", "2004-09-30"),
    ("FY2004Q1", "quarter", "fiscal", "2003-10-01", "2003-12-31"),
    ("FY2004Q2", "quarter", "fiscal", "2004-01-01", "2004-03-31"),
    ("2004H2", "half_year", "half_year", "2004-07-01", "2004-12-31"),
    ("2003-01-01/2004-12-31", "to_date", "to_date", "2003-01-01", "2004-12-31"),
])  # fmt: skip
def test_a_code_says_its_grain_basis_and_days(code, grain, basis, first, last):
    assert (periods.grain(code), periods.basis(code)) == (grain, basis)
    assert periods.span(code) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("code", ["", "04", "2004Q5", "2004-13", "FY04", "year 2"])
def test_what_is_no_code_is_refused_with_examples(code):
    with pytest.raises(ParameterError, match="not a period; write it like"):
        Period(code)


def test_a_span_of_days_that_do_not_exist_is_refused():
    with pytest.raises(ParameterError, match="2003-02-30 is no day of the calendar"):
        periods.span("2003-02-30/2004-12-31")


def test_a_campaign_year_has_a_grain_and_no_days():
    assert periods.grain("PY1") == "programme_year" and periods.label("PY1") == "campaign year 1"
    with pytest.raises(ParameterError, match="which days it covers is not recorded"):
        periods.span("PY1")


@pytest.mark.parametrize("code, words", [
    ("2004", "2004"), ("FY2004", "fiscal year 2004"), ("2004-03", "March 2004"), ("2004Q1", "January–March 2004"),
    ("2003-01-01/2004-12-31", "1 January 2003 to 31 December 2004"),
])  # fmt: skip
def test_labels_are_words(code, words):
    assert periods.label(code) == words


@given(st.integers(1999, 2030), st.sampled_from(periods.BASES), st.sampled_from(["quarter", "month"]))
def test_parts_of_a_year_follow_each_other_and_fill_it(year, basis, grain):
    spans = [periods.span(code) for code in periods.inside(range(year, year + 1), grain, basis)]
    whole = periods.span(periods.year_code(year, basis))
    assert (spans[0][0], spans[-1][1]) == whole
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(spans))


def test_to_date_spans_start_at_the_first_year_and_end_with_each():
    assert periods.inside(range(2003, 2005), "to_date", "fiscal") == ["2002-10-01/2003-09-30", "2002-10-01/2004-09-30"]


def test_maps_take_the_units_of_the_first_of_july():
    assert periods.midyear(2013) == date(2013, 7, 1)
    assert periods.midyear("FY2014") == date(2014, 7, 1)
    assert periods.midyear("2013-12") == date(2013, 12, 31)


def test_a_period_is_its_code_in_an_id_and_words_in_a_sentence():
    period = Period("2004Q1")
    assert f"performances_held:{period}" == "performances_held:2004Q1" and period == "2004Q1"
    assert f"{period:label}" == '<data class="period" value="2004Q1">January–March 2004</data>'
    assert (period.label, period.start, period.end) == ("January–March 2004", date(2004, 1, 1), date(2004, 3, 31))


def test_a_misspelt_form_of_a_period_is_refused():
    with pytest.raises(ParameterError, match=r"written as \{period\} or \{period:label\}, not :lable"):
        f"{Period('2004'):lable}"


@pytest.mark.parametrize("code, before", [
    ("2004", "2003"), ("FY2004", "FY2003"), ("2004Q1", "2003Q4"), ("FY2004Q3", "FY2004Q2"), ("2004-01", "2003-12"),
    ("2004-11", "2004-10"), ("2004H1", "2003H2"),
])  # fmt: skip
def test_the_period_before_has_the_same_length(code, before):
    assert periods.previous(code) == before


@given(st.integers(1999, 2030), st.sampled_from(periods.BASES), st.sampled_from(["year", "quarter", "month"]))
def test_the_period_before_ends_the_day_before(year, basis, grain):
    for code in periods.inside(range(year, year + 1), grain, basis):
        assert periods.span(periods.previous(code))[1] + timedelta(days=1) == periods.span(code)[0]


def test_a_span_has_no_period_before_it():
    with pytest.raises(ParameterError, match="has no period before it"):
        periods.previous("2003-01-01/2004-12-31")


@pytest.mark.parametrize("outer, inner, inside", [
    ("2004", "2004Q4", True), ("2004", "FY2004Q1", False), ("FY2004", "2003-10", True),
    ("2003-01-01/2004-12-31", "2003", True),
    ("2004", "PY1", False), ("2004", "unstated", False),
])  # fmt: skip
def test_a_period_contains_those_of_which_it_has_every_day(outer, inner, inside):
    assert periods.contains(outer, inner) is inside


def test_periods_are_ordered_by_their_days_and_undated_ones_come_last():
    codes = ["unstated", "2004-10", "2004", "FY2004", "2004Q4"]
    assert periods.in_order(codes) == ["FY2004", "2004", "2004-10", "2004Q4", "unstated"]
