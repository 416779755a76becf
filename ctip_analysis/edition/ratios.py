"""Rates per resident, ratios and shares of shown cells, with exact intervals where these mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.edition import intervals
from ctip_analysis.edition.index import Rows
from ctip_analysis.edition.parts import beside, combined, divided

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


def itself(_: Edition, rows: Rows, __: str) -> Rows:
    """The cells as they are, with the interval of a count of independent events."""
    if not is_one_by_one(rows):
        return rows
    low, high = intervals.poisson_interval(rows["value"])
    return {**rows, "low": low.round(1), "high": high.round(1)}


def per_1000_residents(edition: Edition, rows: Rows, _: str) -> Rows:
    """Value per 1,000 residents of the place in the last year of the period."""
    people = edition.residents_of(rows)
    known = {"status": np.where(np.isnan(people), "no_data", "shown").astype(object)}
    rate, unit = 1000 / people, rows["unit"] + " per 1,000 residents"
    ends = intervals.poisson_interval(rows["value"]) if is_one_by_one(rows) else (np.nan, np.nan)
    return combined(rows, known, rate * rows["value"], unit=unit, low=rate * ends[0], high=rate * ends[1])


def per(edition: Edition, rows: Rows, indicator: str) -> Rows:
    """Value divided by another *indicator* of the same period and place."""
    one = edition.definition(indicator)["unit"].rstrip("s")
    other = beside(edition, rows, indicator=indicator)
    return combined(rows, other, divided(rows, other), unit=rows["unit"] + f" per {one}")


def share(edition: Edition, rows: Rows, _: str) -> Rows:
    """Share of the national value of the same period, in percent."""
    whole = beside(edition, rows, adm1_code="", zone="")
    return combined(rows, whole, divided(rows, whole, 100), unit="percent of the national figure")


def share_of(edition: Edition, rows: Rows, indicator: str) -> Rows:
    """Share of another *indicator* of the same period and place, in percent."""
    unit = f"percent of {edition.definition(indicator)['name_en'].lower()}"
    whole = beside(edition, rows, indicator=indicator)
    low, high = intervals.wilson_interval(rows["value"], whole["value"])
    return combined(rows, whole, divided(rows, whole, 100), unit=unit, low=100 * low, high=100 * high)


def is_one_by_one(rows: Rows) -> bool:
    """Whether all *rows* count events that are independent of each other."""
    return set(rows["unit"]) <= intervals.ONE_BY_ONE
