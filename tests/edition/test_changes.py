"""Which way a number went, in words that fit a heading."""

from __future__ import annotations

import pytest
from small_edition import cell, edition_of

from ctip_analysis.base.errors import CountingRuleError
from ctip_analysis.edition import beyond_chance, direction

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
