"""Numbers made from shown cells: rates, shares, changes. A number made from a withheld one is withheld.

A derivation is the last part of a fact id, and the ``derive`` of ``edition.cells``:

====================  ====================================================================
per_1000_residents    value per 1,000 residents of the place in the last year of the period
per=INDICATOR         value divided by another indicator of the same period and place
share                 share of the national value of the same period, in percent
share_of=INDICATOR    share of another indicator of the same period and place, in percent
of_target             share of the target of the same period, in percent; national only
rank=DERIVATION       place of a province among all by that derivation, 1 the highest; ``rank`` is by value
change=PERIOD         value less the value of PERIOD; ``change`` alone means the period before
pct_change=PERIOD     the same in percent of the value of PERIOD
earlier               number an earlier edition showed for the cell, where it was corrected
still_open            of ``cases_judged_BAND``: cases not yet judged by the end of the band, in percent
interval_low, _high   ends of the exact Poisson interval of a count itself
====================  ====================================================================

``_low`` or ``_high`` behind the first word gives an end of the 95% interval: exact Poisson for a
rate per 1,000 residents, Wilson for a share of another indicator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, ParameterError, suggestion
from ctip_analysis.edition import ratios
from ctip_analysis.edition.cells import KEYS, Rows
from ctip_analysis.edition.fact import WORST_FIRST
from ctip_analysis.edition.ratios import ONE_BY_ONE
from ctip_analysis.places import names

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

WITH_INTERVAL = ("", "per_1000_residents", "share_of")
_WITH_PERIOD = ("change", "pct_change")
_ENDS = {"low": ", lower end of the 95% interval", "high": ", upper end of the 95% interval"}


def derive(edition: Edition, rows: Rows, derivation: str) -> Rows:
    """*rows* of cells with value, status and unit replaced by those of *derivation*, and columns low and high.

    Missing where a part is withheld, has no data, or where nothing can be divided (status says which). low and
    high are the ends of the 95% interval, missing where none can be given.

    ParameterError: the derivation is none of those above.
    CountingRuleError: an interval was asked for where none can be given, or two periods can't be compared.
    """
    name, end, argument = split(derivation)
    missing = np.full(len(rows["value"]), np.nan)
    made = {"low": missing, "high": missing, **_MAKERS[name](edition, rows, argument)}
    if end:
        check_interval(rows, derivation)
        made |= {"value": made[end], "unit": made["unit"] + _ENDS[end]}
    return made


def split(derivation: str) -> tuple[str, str, str]:
    """Name, end of the interval ("low", "high" or "") and argument of a derivation.

    >>> split("share_of_low=performance_attendance")
    ('share_of', 'low', 'performance_attendance')
    """
    name, equals, argument = derivation.partition("=")
    end = next((end for end in _ENDS if name.endswith(f"_{end}")), "")
    name = name.removesuffix(f"_{end}") if end else name
    name = "" if name == "interval" and end else name
    if name not in _MAKERS:
        known = [one for one in _MAKERS if one]
        raise ParameterError(f"no derivation {derivation!r}" + suggestion(name, known))
    if bool(argument) != bool(equals) or (name in ("per", "share_of") and not argument):
        raise ParameterError(f"derivation {derivation!r} needs a name behind the =, such as {name}=performances_held")
    return name, end, argument


def completed(derivation: str, period: str) -> str:
    """*derivation* as it appears in the id of a cell of *period*: ``change`` names the period before.

    >>> completed("change", "2004"), completed("share", "2004")
    ('change=2003', 'share')
    """
    return f"{derivation}={periods.previous(period)}" if derivation in _WITH_PERIOD else derivation


def end_of_interval(derivation: str, end: str) -> str:
    """The derivation that gives one *end*, "low" or "high", of the interval of *derivation*.

    >>> end_of_interval("", "low"), end_of_interval("share_of=performance_attendance", "high")
    ('interval_low', 'share_of_high=performance_attendance')
    """
    name, equals, argument = (derivation or "interval").partition("=")
    return f"{name}_{end}{equals}{argument}"


def check_interval(rows: Rows, derivation: str) -> None:
    """Stop with a CountingRuleError unless *derivation* of *rows* has an interval."""
    name, _, _ = split(derivation)
    if name not in WITH_INTERVAL:
        raise CountingRuleError(f"no interval is given for {name}: only a count, a rate or a share of a whole has one")
    if name != "share_of" and not ratios.is_one_by_one(rows):
        units = ", ".join(sorted(set(rows["unit"]) - ONE_BY_ONE))
        raise CountingRuleError(f"no interval for {units}: they do not happen one by one")


def _rank(edition: Edition, rows: Rows, derivation: str) -> Rows:
    """Place of a province among all of its period, 1 the highest, by the value or its *derivation*."""
    among = {"adm1_code": None, "zone": "", "sex": "", "age_band": "", "partner": ""}
    own = derive(edition, rows, derivation)["value"]
    places, units, status = [], [], []
    keys = zip(rows["indicator"], rows["period"], rows["adm1_code"], own, strict=True)
    for name, period, code, value in keys:
        cells = edition.index.take(edition.index.find(name, among))
        cells = {one: column[cells["period"] == period] for one, column in cells.items()}
        others = derive(edition, cells, derivation)
        status.append(min(others["status"], key=WORST_FIRST.index) if code else "not_applicable")
        places.append(1.0 + (others["value"] > value).sum())
        units.append(f"of {len(others['value'])} provinces")
    known = {"status": np.array(status, dtype=object)}
    return ratios.combined(rows, known, np.array(places), unit=np.array(units, dtype=object))


def _change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Value less the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    made = ratios.combined(rows, before, rows["value"] - before["value"])
    return {**made, "qualifier": rows["qualifier"]}  # that of estimates is an estimate


def _pct_change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Change in percent of the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    unit = np.array([f"percent of {periods.label(code)}" for code in before["period"]], dtype=object)
    return ratios.combined(rows, before, ratios.divided(rows, before, 100) - 100, unit=unit)


def _earlier(edition: Edition, rows: Rows, _: str) -> Rows:
    """What an earlier edition showed: withheld if it was withdrawn, no data where nothing was changed."""
    changes = edition.changes
    keys = [] if changes.empty else zip(*(changes[name] for name in KEYS), strict=True)
    old = dict(zip(keys, changes.get("old", ()), strict=True))
    found = [old.get(key) for key in zip(*(rows[name] for name in KEYS), strict=True)]
    value = np.array([np.nan if number is None else number for number in found], dtype=float)
    status = ["no_data" if number is None else "withheld" if np.isnan(number) else "shown" for number in found]
    return {**rows, "value": value, "status": np.array(status, dtype=object), "qualifier": ratios.filled(rows, "")}


def _before(edition: Edition, rows: Rows, period: str) -> Rows:
    """The cells of *period* beside *rows*, or of the period before each row's own; not applicable of another area."""
    codes = [comparable(code, period or periods.previous(code)) for code in rows["period"]]
    before = ratios.beside(edition, rows, period=np.array(codes, dtype=object))
    places = zip(rows["adm1_code"], rows["period"], codes, strict=True)
    same = [names.is_same_area(*place) for place in places]
    return {**before, "status": np.where(same, before["status"], "not_applicable")}


def comparable(code: str, other: str) -> str:
    """*other*, unless its grain or basis differs from that of *code*."""
    if (periods.grain(code), periods.basis(code)) != (periods.grain(other), periods.basis(other)):
        raise CountingRuleError(f"{code} and {other} are periods of unequal length or basis: no change is given")
    return other


_MAKERS: dict[str, Callable[[Edition, Rows, str], Rows]] = {
    "": ratios.itself,
    "per_1000_residents": ratios.per_1000_residents,
    "per": ratios.per,
    "share": ratios.share,
    "share_of": ratios.share_of,
    "of_target": ratios.of_target,
    "rank": _rank,
    "change": _change,
    "pct_change": _pct_change,
    "earlier": _earlier,
    "still_open": ratios.still_open,
}
