"""The highest number of a frame names whose it is; a change is put into words that fit a heading."""

from __future__ import annotations

import pandas as pd
import pytest
from small_edition import cell, edition_of, small_edition

from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import beyond_chance, direction, highest


def by_province(**values):
    edition = edition_of(
        *(cell("performance_attendance", "2004", value, adm1_code=code) for code, value in values.items())
    )
    return edition, edition.cells("performance_attendance", by="province", period="2004")


def test_the_highest_is_the_fact_of_its_cell_with_its_province():
    edition, frame = by_province(KH12=900, KH23=400, KH24=0)
    top = highest(frame)
    assert top.province == "Phnom Penh" and top.id == "performance_attendance:2004:KH12:::"
    assert f"{top:unit}" == f"{edition.fact(top.id):unit}" and str(top) == "about 900"


@pytest.mark.parametrize("values, words", [
    pytest.param({"KH12": 3, "KH23": 3, "KH24": 1}, "Phnom Penh and Kep", id="two of a tie are named"),
    pytest.param({"KH01": 1, "KH02": 1, "KH03": 1, "KH04": 1}, "four provinces alike", id="four are counted"),
    pytest.param({f"KH{n:02d}": 1 for n in range(1, 15)}, "more than a dozen provinces alike", id="fourteen"),
    pytest.param({"KH12": 900, "KH23": None}, "Phnom Penh (of those shown)", id="one is withheld"),
    pytest.param({"KH12": None, "KH23": 0}, "no province", id="nothing above zero is shown"),
    pytest.param({"KH12": 0, "KH23": 0}, "no province", id="all are zero"),
    pytest.param({"KH12": 10, "unknown": 99}, "Phnom Penh", id="the category unknown never wins"),
])  # fmt: skip
def test_whose_it_is(values, words):
    assert highest(by_province(**values)[1]).province == words


def test_where_nothing_is_shown_the_fact_says_why():
    top = highest(by_province(KH12=None, KH23=0)[1])
    assert str(top) == "a number withheld to protect people" and not top


def test_a_derived_number_is_found_again_by_its_id():
    edition, _ = by_province(KH12=900, KH23=400)
    frame = edition.cells("performance_attendance", by="province", period="2004", derive="per_1000_residents")
    top = highest(frame)
    assert top.province == "Kep" and f"{top:unit}" == f"{edition.fact(top.id):unit}"


def test_the_busiest_months_are_put_into_words():
    months = [
        cell("performances_held", code, value)
        for code, value in (("2003-12", 9), ("2004-01", 2), ("2004-03", 5), ("2004-04", 5))
    ]
    top = highest(edition_of(*months).cells("performances_held", by="month", period="2004"))
    labels = [f"{Period(code):label}" for code in ("2004-03", "2004-04")]
    assert f"{top.period:label}" == " and ".join(labels)
    alone = highest(edition_of(*months).cells("performances_held", by="month"))
    assert alone.period == "2003-12"


def test_a_name_with_a_digit_is_marked_as_quoted():
    trained = [cell("teachers_trained", "2004", value, partner=name) for name, value in (("NGO01", 8), ("TAF", 5))]
    top = highest(edition_of(*trained).cells("teachers_trained", by="partner", period="2004"))
    assert top.partner == '<span class="quoted">NGO01</span>' and top.province == ""


def test_a_group_is_named_in_words():
    clients = [
        cell("clients_assisted", "2004", value, sex="female", age_band=age)
        for age, value in (("15_17", 60), ("unknown", 90))
    ]
    top = highest(edition_of(*clients).cells("clients_assisted", by=["sex", "age"], period="2004"))
    assert (top.sex, top.age) == ("female", '<span class="quoted">15 to 17</span>')


def test_a_frame_without_rows_or_columns_is_refused():
    _, frame = by_province(unknown=3)
    with pytest.raises(ParameterError, match="at least one row that is not of the category unknown"):
        highest(frame)
    with pytest.raises(ParameterError, match="it has no column status"):
        highest(frame.drop(columns="status"))


@pytest.mark.parametrize("others, words", [
    ({"by": "province", "indicator": "performances_held"}, "of one indicator"),
    ({"by": (), "period": "2004"}, "totals and parts of province"),
    ({"by": ["province", "quarter"]}, "periods of one length"),
])  # fmt: skip
def test_what_can_not_be_compared_has_no_highest(others, words):
    edition = small_edition(2004)
    frame = edition.cells("performance_attendance", by="province", period="2004")
    mixed = pd.concat([frame, edition.cells(**{"indicator": "performance_attendance", **others})])
    with pytest.raises(CountingRuleError, match=words):
        highest(mixed)


HELD, ATTENDED = "performances_held", "performance_attendance"


def pair(indicator, before, after):
    edition = edition_of(cell(indicator, "2003", before), cell(indicator, "2004", after))
    return edition.fact(f"{indicator}:2003"), edition.fact(f"{indicator}:2004")


@pytest.mark.parametrize("indicator, before, after, words", [
    pytest.param(HELD, 10, 40, "rose since the year before", id="forty after ten is clear"),
    pytest.param(HELD, 40, 10, "fell since the year before", id="ten after forty is clear"),
    pytest.param(HELD, 10, 12, "did not clearly change since the year before", id="it may be chance"),
    pytest.param(HELD, 10, 10, "did not change since the year before", id="the same is no change"),
    pytest.param(ATTENDED, 10, 12, "rose since the year before", id="attendances are not tested"),
    pytest.param(HELD, None, 12, "can't be compared: a number is withheld to protect people", id="withheld before"),
    pytest.param(HELD, 12, None, "can't be compared: a number is withheld to protect people", id="withheld after"),
])  # fmt: skip
def test_direction(indicator, before, after, words):
    assert direction(*pair(indicator, before, after)) == words


def test_without_an_earlier_year_nothing_is_compared():
    edition = edition_of(cell(HELD, "2004", 5))
    now = edition.fact(f"{HELD}:2004")
    assert direction(None, now) == "can't be compared with an earlier period: there is none"
    assert direction(edition.fact(f"{HELD}:2003"), now) == "can't be compared: for one of the two there is no data"
    assert beyond_chance(None, now) == beyond_chance(edition.fact(f"{HELD}:2003"), now) == ""


def test_a_province_that_was_split_in_between_has_no_direction():
    edition = edition_of(*(cell("performances_held", year, 9, adm1_code="KH25") for year in ("2013", "2014")))
    pair = [edition.fact(f"performances_held:{year}:KH25") for year in ("2013", "2014")]
    assert direction(*pair) == "can't be compared: the province was split in between"
    assert beyond_chance(*pair) == ""


def test_other_lengths_of_time_are_named():
    edition = edition_of(
        *(cell(ATTENDED, code, value) for code, value in (("2003Q4", 5), ("2004Q1", 9), ("2004Q3", 2)))
    )
    fact = {code: edition.fact(f"{ATTENDED}:{code}") for code in edition.periods}
    assert direction(fact["2003Q4"], fact["2004Q1"]) == "rose since the quarter before"
    assert (
        direction(fact["2004Q1"], fact["2004Q3"])
        == 'fell since <data class="period" value="2004Q1">January–March 2004</data>'
    )


@pytest.mark.parametrize("indicator, before, after, said", [
    (HELD, 10, 40, "By chance alone two such counts would differ as much less than once in twenty times."),
    (HELD, 10, 12, "Two such counts would often differ as much by chance alone."),
    (HELD, 10, 10, "The two numbers are the same."),
    (ATTENDED, 10, 40, "Whether that is more than chance can't be said: attendances do not come one by one."),
    (HELD, None, 10, ""),
])  # fmt: skip
def test_beyond_chance(indicator, before, after, said):
    assert beyond_chance(*pair(indicator, before, after)) == said


def test_two_indicators_or_unequal_periods_are_refused():
    edition = edition_of(cell(HELD, "2004", 5), cell(HELD, "2004Q1", 2), cell(ATTENDED, "2004", 9))
    with pytest.raises(CountingRuleError, match="are two indicators"):
        direction(edition.fact(f"{ATTENDED}:2004"), edition.fact(f"{HELD}:2004"))
    with pytest.raises(CountingRuleError, match="2004Q1 and 2004 are periods of unequal length or basis"):
        direction(edition.fact(f"{HELD}:2004Q1"), edition.fact(f"{HELD}:2004"))
