"""Changes between two periods of equal length, as numbers and in words, and what an earlier edition said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition.cells import KEYS, Rows
from ctip_analysis.edition.fact import WITHHELD, Fact, FactId
from ctip_analysis.edition.ratios import ONE_BY_ONE, beside, combined, divided, filled, is_clear

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

INCOMPARABLE = "can't be compared"
NO_EARLIER = f"{INCOMPARABLE} with an earlier period: there is none"
HIDDEN = {
    "withheld": f"{INCOMPARABLE}: a number is {WITHHELD}",
    "no_data": f"{INCOMPARABLE}: for one of the two there is no data",
    "not_applicable": f"{INCOMPARABLE}: a number is not applicable",
}


def change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Value less the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    made = combined(rows, before, rows["value"] - before["value"])
    return {**made, "qualifier": rows["qualifier"]}  # that of estimates is an estimate


def pct_change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Change in percent of the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    unit = np.array([f"percent of {periods.label(code)}" for code in before["period"]], dtype=object)
    return combined(rows, before, divided(rows, before, 100) - 100, unit=unit)


def earlier(edition: Edition, rows: Rows, _: str) -> Rows:
    """What an earlier edition showed: withheld if it was withdrawn, no data where nothing was changed."""
    changes = edition.changes
    keys = [] if changes.empty else zip(*(changes[name] for name in KEYS), strict=True)
    old = dict(zip(keys, changes.get("old", ()), strict=True))
    found = [old.get(key) for key in zip(*(rows[name] for name in KEYS), strict=True)]
    value = np.array([np.nan if number is None else number for number in found], dtype=float)
    status = ["no_data" if number is None else "withheld" if np.isnan(number) else "shown" for number in found]
    return {**rows, "value": value, "status": np.array(status, dtype=object), "qualifier": filled(rows, "")}


def _before(edition: Edition, rows: Rows, period: str) -> Rows:
    """The cells of *period* beside *rows*, or of the period before each row's own."""
    codes = [_comparable(code, period or periods.previous(code)) for code in rows["period"]]
    return beside(edition, rows, period=np.array(codes, dtype=object))


def _comparable(code: str, other: str) -> str:
    """*other*, unless its grain or basis differs from that of *code*."""
    if (periods.grain(code), periods.basis(code)) != (periods.grain(other), periods.basis(other)):
        raise CountingRuleError(f"{code} and {other} are periods of unequal length or basis: no change is given")
    return other


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
        raise CountingRuleError(f"{one.indicator} and {other.indicator} are two indicators: no change is given")
    _comparable(one.period, other.period)


def _hidden(before: Fact, now: Fact) -> str:
    """The status that keeps two facts from being compared, "" if both are shown."""
    return next((status for status in HIDDEN if status in (before.status, now.status)), "")


def _way(before: Fact, now: Fact) -> str:
    one, other = float(before), float(now)
    if one == other:
        return "did not change"
    if now.unit in ONE_BY_ONE and not is_clear(one, other):
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
    if now.unit not in ONE_BY_ONE:
        return f"Whether that is more than chance can't be said: {now.unit} do not come one by one."
    if float(before) == float(now):
        return "The two numbers are the same."
    if not is_clear(float(before), float(now)):
        return "Two such counts would often differ as much by chance alone."
    return "By chance alone two such counts would differ as much less than once in twenty times."
