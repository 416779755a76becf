"""Words for a change between two facts: which way it went, and whether it is more than chance."""

from __future__ import annotations

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import intervals
from ctip_analysis.edition.fact import WITHHELD, Fact
from ctip_analysis.edition.fact_ids import FactId

INCOMPARABLE = "can't be compared"
NO_EARLIER = f"{INCOMPARABLE} with an earlier period: there is none"
HIDDEN = {
    "withheld": f"{INCOMPARABLE}: a number is {WITHHELD}",
    "no_data": f"{INCOMPARABLE}: for one of the two there is no data",
    "not_applicable": f"{INCOMPARABLE}: a number is not applicable",
}


def direction(before: Fact | str | None, now: Fact) -> str:
    """Which way a number went: "rose since the year before", "did not clearly change …", or why nobody can say.

    Of independent events a change is clear where two Poisson counts would differ as much less than once in twenty
    times; of the rest the words give the direction only (see :func:`beyond_chance`). *before* is None or "" where
    there is no earlier period, as in ``page.previous and edition.fact(...)``.

    Raises CountingRuleError where the two are not one indicator at two equal periods.

    >>> direction(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'did not clearly change since the year before'
    """
    if not isinstance(now, Fact) or (before and not isinstance(before, Fact)):
        raise ParameterError("direction compares two facts of edition.fact, such as that of the year before and now")
    if not isinstance(before, Fact):
        return NO_EARLIER
    _check_pair(before, now)
    if hidden := _hidden(before, now):
        return HIDDEN[hidden]
    return f"{_way(before, now)} since {_since(before, now)}"


def _check_pair(before: Fact, now: Fact) -> None:
    one, other = FactId.parse(before.id), FactId.parse(now.id)
    if one.indicator != other.indicator:
        raise CountingRuleError(
            f"{one.indicator} and {other.indicator} are two indicators: no change is given"
        )
    if (periods.grain(one.period), periods.basis(one.period)) != (
        periods.grain(other.period),
        periods.basis(other.period),
    ):
        raise CountingRuleError(
            f"{one.period} and {other.period} are periods of unequal length or basis: no change is given"
        )


def _hidden(before: Fact, now: Fact) -> str:
    """The status that keeps two facts from being compared, "" if both are shown."""
    return next((status for status in HIDDEN if status in (before.status, now.status)), "")


def _way(before: Fact, now: Fact) -> str:
    one, other = float(before), float(now)
    if one == other:
        return "did not change"
    if now.unit in intervals.ONE_BY_ONE and not intervals.is_clear(one, other):
        return "did not clearly change"
    return "rose" if other > one else "fell"


def _since(before: Fact, now: Fact) -> str:
    grain = periods.grain(now.period)
    if grain in ("year", "quarter", "month") and periods.previous(now.period) == before.period:
        return f"the {grain} before"
    return f"{Period(before.period):label}"


def beyond_chance(before: Fact | str | None, now: Fact) -> str:
    """A sentence: whether a change is more than chance, or that nobody can say. Empty where nothing is compared.

    >>> beyond_chance(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'Two such counts would often differ as much by chance alone.'
    """
    if not isinstance(before, Fact) or _hidden(before, now):
        return ""
    _check_pair(before, now)
    if now.unit not in intervals.ONE_BY_ONE:
        return f"Whether that is more than chance can't be said: {now.unit} do not come one by one."
    if float(before) == float(now):
        return "The two numbers are the same."
    if not intervals.is_clear(float(before), float(now)):
        return "Two such counts would often differ as much by chance alone."
    return "By chance alone two such counts would differ as much less than once in twenty times."
