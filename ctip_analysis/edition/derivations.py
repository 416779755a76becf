"""Numbers made from shown cells: rates, shares, changes. A number made from a withheld one is withheld.

A derivation is the last part of a fact id, and the ``derive`` of ``edition.cells``:

====================  ====================================================================
per_1000_residents    value per 1,000 residents of the place in the last year of the period
per=INDICATOR         value divided by another indicator of the same period and place
share                 share of the national value of the same period, in percent
share_of=INDICATOR    share of another indicator of the same period and place, in percent
change=PERIOD         value less the value of PERIOD; ``change`` alone means the period before
pct_change=PERIOD     the same in percent of the value of PERIOD
same_partners=PERIOD  value of the partners with a positive shown value in both periods
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
from ctip_analysis.edition import intervals
from ctip_analysis.edition.columns import KEYS
from ctip_analysis.edition.fact import WORST_FIRST
from ctip_analysis.edition.index import Rows, keys

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

BANDS = ("0_6m", "6_12m", "12_18m", "18_24m", "24m_plus")
WITH_INTERVAL = ("", "per_1000_residents", "share_of")
_WITH_PERIOD = ("change", "pct_change", "same_partners")
_ENDS = {"low": ", lower end of the 95% interval", "high": ", upper end of the 95% interval"}


def derive(edition: Edition, rows: Rows, derivation: str) -> Rows:
    """*rows* of cells with value, status and unit replaced by those of *derivation*, and columns low and high.

    Missing where a part is withheld, has no data, or where nothing can be divided (status says which). low and
    high are the ends of the 95% interval, missing where none can be given.

    Raises
    ------
    ParameterError
        The derivation is none of those above.
    CountingRuleError
        An interval was asked for where none can be given, or two periods can't be compared.
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
        raise ParameterError(
            f"derivation {derivation!r} needs a name behind the =, such as {name}=performances_held"
        )
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
        raise CountingRuleError(
            f"no interval is given for {name}: only a count, a rate or a share of a whole has one"
        )
    if name != "share_of" and not _one_by_one(rows):
        units = ", ".join(sorted(set(rows["unit"]) - intervals.ONE_BY_ONE))
        raise CountingRuleError(f"no interval for {units}: they do not happen one by one")


def _one_by_one(rows: Rows) -> bool:
    return set(rows["unit"]) <= intervals.ONE_BY_ONE


def _combined(rows: Rows, other: Rows, value: np.ndarray, **changed: np.ndarray | str) -> Rows:
    """*rows* with *value* where both parts are shown; else the status that says least."""
    status = np.array(
        [min(pair, key=WORST_FIRST.index) for pair in zip(rows["status"], other["status"], strict=True)],
        dtype=object,
    )
    status[(status == "shown") & ~np.isfinite(value)] = "not_applicable"
    shown = status == "shown"
    return {
        **rows,
        "value": np.where(shown, value, np.nan),
        "status": status,
        "qualifier": _filled(rows, ""),
        **{name: _filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()},
        **{name: np.where(shown, changed[name], np.nan) for name in ("low", "high") if name in changed},
    }


def _filled(rows: Rows, text: str) -> np.ndarray:
    return np.full(len(rows["value"]), text, dtype=object)


def _beside(edition: Edition, rows: Rows, **changed: np.ndarray | str) -> Rows:
    """The cells at the keys of *rows* with some keys *changed*; absent ones have no data."""
    texts = {name: _filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()}
    wanted = {name: rows[name] for name in KEYS} | texts
    at = [edition.index.at(key) for key in keys(wanted)]  # -1 is the one without data
    columns = edition.index.columns
    return {
        **wanted,
        "value": np.append(columns["value"], np.nan)[at],
        "status": np.append(columns["status"], "no_data")[at],
    }


def _itself(_: Edition, rows: Rows, __: str) -> Rows:
    if not _one_by_one(rows):
        return rows
    low, high = intervals.poisson_interval(rows["value"])
    return {**rows, "low": low.round(1), "high": high.round(1)}


def _per_1000(edition: Edition, rows: Rows, _: str) -> Rows:
    people = edition.residents_of(rows)
    known = {"status": np.where(np.isnan(people), "no_data", "shown").astype(object)}
    rate, unit = 1000 / people, rows["unit"] + " per 1,000 residents"
    ends = intervals.poisson_interval(rows["value"]) if _one_by_one(rows) else (np.nan, np.nan)
    return _combined(rows, known, rate * rows["value"], unit=unit, low=rate * ends[0], high=rate * ends[1])


def _divided(rows: Rows, other: Rows, factor: float = 1) -> np.ndarray:
    below = np.where(other["value"] == 0, np.nan, other["value"])
    return factor * rows["value"] / below


def _per(edition: Edition, rows: Rows, indicator: str) -> Rows:
    one = edition.definition(indicator)["unit"].rstrip("s")
    other = _beside(edition, rows, indicator=indicator)
    return _combined(rows, other, _divided(rows, other), unit=rows["unit"] + f" per {one}")


def _share(edition: Edition, rows: Rows, _: str) -> Rows:
    whole = _beside(edition, rows, adm1_code="", zone="")
    return _combined(rows, whole, _divided(rows, whole, 100), unit="percent of the national figure")


def _share_of(edition: Edition, rows: Rows, indicator: str) -> Rows:
    unit = f"percent of {edition.definition(indicator)['name_en'].lower()}"
    whole = _beside(edition, rows, indicator=indicator)
    low, high = intervals.wilson_interval(rows["value"], whole["value"])
    return _combined(rows, whole, _divided(rows, whole, 100), unit=unit, low=100 * low, high=100 * high)


def _before(edition: Edition, rows: Rows, period: str) -> Rows:
    """The cells of *period* beside *rows*, or of the period before each row's own."""
    codes = [_comparable(code, period or periods.previous(code)) for code in rows["period"]]
    return _beside(edition, rows, period=np.array(codes, dtype=object))


def _comparable(code: str, other: str) -> str:
    """*other*, unless its grain or basis differs from that of *code*."""
    if (periods.grain(code), periods.basis(code)) != (periods.grain(other), periods.basis(other)):
        raise CountingRuleError(
            f"{code} and {other} are periods of unequal length or basis: no change is given"
        )
    return other


def _change(edition: Edition, rows: Rows, period: str) -> Rows:
    before = _before(edition, rows, period)
    return _combined(rows, before, rows["value"] - before["value"])


def _pct_change(edition: Edition, rows: Rows, period: str) -> Rows:
    before = _before(edition, rows, period)
    unit = np.array([f"percent of {periods.label(code)}" for code in before["period"]], dtype=object)
    return _combined(rows, before, _divided(rows, before, 100) - 100, unit=unit)


def _earlier(edition: Edition, rows: Rows, _: str) -> Rows:
    """What an earlier edition showed: withheld if it was withdrawn, no data where nothing was changed."""
    changes = edition.changes
    old = (
        {}
        if changes.empty
        else dict(zip(zip(*(changes[name] for name in KEYS), strict=True), changes["old"], strict=True))
    )
    found = [old.get(key) for key in zip(*(rows[name] for name in KEYS), strict=True)]
    value = np.array([np.nan if number is None else number for number in found], dtype=float)
    status = [
        "no_data" if number is None else "withheld" if np.isnan(number) else "shown" for number in found
    ]
    return {**rows, "value": value, "status": np.array(status, dtype=object), "qualifier": _filled(rows, "")}


def _same_partners(edition: Edition, rows: Rows, period: str) -> Rows:
    """Sum over the partners with a positive shown value in both periods; withheld with any partner's cell."""
    sums = []
    for indicator, code, adm1_code, zone in zip(
        *(rows[name] for name in ("indicator", "period", "adm1_code", "zone")), strict=True
    ):
        places = {"adm1_code": adm1_code, "zone": zone, "sex": "", "age_band": "", "partner": None}
        parts = edition.index.take(edition.index.find(indicator, places))
        sums.append(_of_both(parts, _comparable(code, period or periods.previous(code)), code))
    value = np.array(sums, dtype=float)
    status = np.where(np.isnan(value), "withheld", "shown").astype(object)
    return {**rows, "value": value, "status": status, "qualifier": _filled(rows, "")}


def _of_both(parts: Rows, before: str, now: str) -> float:
    values: dict[str, dict[str, float]] = {before: {}, now: {}}
    for code, partner, status, value in zip(
        parts["period"], parts["partner"], parts["status"], parts["value"], strict=True
    ):
        if code in values and status == "withheld":
            return np.nan
        if code in values and value > 0:
            values[code][partner] = value
    return float(sum(value for partner, value in values[now].items() if partner in values[before]))


def _still_open(edition: Edition, rows: Rows, _: str) -> Rows:
    """Actuarial share not yet judged by the end of each row's band; withheld if any cell of the table is."""
    bands = [name.removeprefix("cases_judged_") for name in rows["indicator"]]
    if not set(bands) <= set(BANDS):
        raise CountingRuleError(
            "still_open is the share of cases not yet judged: it is made from cases_judged_0_6m and so on"
        )
    parts = [
        _beside(edition, rows, indicator=f"cases_{state}_{band}")
        for state in ("judged", "open")
        for band in BANDS
    ]
    made = rows
    for part in parts:
        made = _combined(made, part, made["value"])
    counts = np.column_stack([part["value"] for part in parts])
    judged, still_open = counts[:, : len(BANDS)], counts[:, len(BANDS) :]
    shares = [
        100 * intervals.survival(list(done), list(left))[BANDS.index(band)] if status == "shown" else np.nan
        for done, left, band, status in zip(judged, still_open, bands, made["status"], strict=True)
    ]
    return {**made, "value": np.array(shares), "unit": _filled(rows, "percent of trafficking cases")}


_MAKERS: dict[str, Callable[[Edition, Rows, str], Rows]] = {
    "": _itself,
    "per_1000_residents": _per_1000,
    "per": _per,
    "share": _share,
    "share_of": _share_of,
    "change": _change,
    "pct_change": _pct_change,
    "same_partners": _same_partners,
    "earlier": _earlier,
    "still_open": _still_open,
}
