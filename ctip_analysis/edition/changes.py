"""Changes between two periods of equal length, and what an earlier edition said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError
from ctip_analysis.edition.columns import KEYS
from ctip_analysis.edition.index import Rows
from ctip_analysis.edition.ratios import beside, combined, divided, filled

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


def change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Value less the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    return combined(rows, before, rows["value"] - before["value"])


def pct_change(edition: Edition, rows: Rows, period: str) -> Rows:
    """Change in percent of the value of *period*, or of the period before each row."""
    before = _before(edition, rows, period)
    unit = np.array([f"percent of {periods.label(code)}" for code in before["period"]], dtype=object)
    return combined(rows, before, divided(rows, before, 100) - 100, unit=unit)


def earlier(edition: Edition, rows: Rows, _: str) -> Rows:
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
    return {**rows, "value": value, "status": np.array(status, dtype=object), "qualifier": filled(rows, "")}


def same_partners(edition: Edition, rows: Rows, period: str) -> Rows:
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
    return {**rows, "value": value, "status": status, "qualifier": filled(rows, "")}


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


def _before(edition: Edition, rows: Rows, period: str) -> Rows:
    """The cells of *period* beside *rows*, or of the period before each row's own."""
    codes = [_comparable(code, period or periods.previous(code)) for code in rows["period"]]
    return beside(edition, rows, period=np.array(codes, dtype=object))


def _comparable(code: str, other: str) -> str:
    """*other*, unless its grain or basis differs from that of *code*."""
    if (periods.grain(code), periods.basis(code)) != (periods.grain(other), periods.basis(other)):
        raise CountingRuleError(
            f"{code} and {other} are periods of unequal length or basis: no change is given"
        )
    return other
