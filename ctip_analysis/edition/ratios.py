"""Rates, ratios, shares and the life table of shown cells, with exact intervals where these mean something.

A number is made of two cells only where both are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError
from ctip_analysis.edition.cells import KEYS, Rows, keys, places
from ctip_analysis.edition.fact import WORST_FIRST

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

# Units of which one event says nothing about the next, so that a Poisson interval means something.
# Attendances, completions of a course, persons of one rescue and convictions of one case come together.
ONE_BY_ONE = {
    *("performances", "village activities", "school sessions", "broadcasts"),
    *("networks", "clubs", "centres", "cases", "awards"),
}
LEVEL = 0.95
CLEAR = 0.05  # p-value below which a change is called clear
BANDS = ("0_6m", "6_12m", "12_18m", "18_24m", "24m_plus")  # months from referral to judgment


def itself(_: Edition, rows: Rows, __: str) -> Rows:
    """The cells as they are, with the interval of a count of independent events."""
    if not is_one_by_one(rows):
        return rows
    low, high = poisson_interval(rows["value"])
    return {**rows, "low": low.round(1), "high": high.round(1)}


def per_1000_residents(edition: Edition, rows: Rows, _: str) -> Rows:
    """Value per 1,000 residents of the place in the last year of the period."""
    at = zip(places(rows), (periods.span(code)[1].year for code in rows["period"]), strict=True)
    people = np.array([edition.residents.get(key, np.nan) for key in at], dtype=float)
    known = {"status": np.where(np.isnan(people), "no_data", "shown").astype(object)}
    rate, unit = 1000 / people, rows["unit"] + " per 1,000 residents"
    ends = poisson_interval(rows["value"]) if is_one_by_one(rows) else (np.nan, np.nan)
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
    low, high = wilson_interval(rows["value"], whole["value"])
    return combined(rows, whole, divided(rows, whole, 100), unit=unit, low=100 * low, high=100 * high)


def of_target(edition: Edition, rows: Rows, _: str) -> Rows:
    """Share of the target of the same period, in percent; a target is one of the whole country."""
    known = edition.targets[edition.targets["target"].ne("")]
    aims = dict(zip(zip(known["indicator"], known["period"], strict=True), known["target"].astype(float), strict=True))
    aim = np.array([np.nan if any(key[2:]) else aims.get(key[:2], np.nan) for key in keys(rows)])
    other = {"value": aim, "status": np.where(np.isnan(aim), "no_data", "shown").astype(object)}
    return combined(rows, other, divided(rows, other, 100), unit="percent of the target")


def is_one_by_one(rows: Rows) -> bool:
    """Whether all *rows* count events that are independent of each other."""
    return set(rows["unit"]) <= ONE_BY_ONE


def still_open(edition: Edition, rows: Rows, _: str) -> Rows:
    """Actuarial share not yet judged by the end of each row's band; withheld if any cell of the table is."""
    bands = [name.removeprefix("cases_judged_") for name in rows["indicator"]]
    if not set(bands) <= set(BANDS):
        raise CountingRuleError(
            "still_open is the share of cases not yet judged: it is made from cases_judged_0_6m and so on"
        )
    states = [f"cases_{state}_{band}" for state in ("judged", "open") for band in BANDS]
    parts = [beside(edition, rows, indicator=name) for name in states]
    made = rows
    for part in parts:
        made = combined(made, part, made["value"])
    counts = np.column_stack([part["value"] for part in parts])
    judged, open_ones = counts[:, : len(BANDS)], counts[:, len(BANDS) :]
    shares = [
        100 * survival(list(done), list(left))[BANDS.index(band)] if status == "shown" else np.nan
        for done, left, band, status in zip(judged, open_ones, bands, made["status"], strict=True)
    ]
    return {**made, "value": np.array(shares), "unit": filled(rows, "percent of trafficking cases")}


def survival(judged: list[float], still_open: list[float]) -> list[float]:
    """Share of cases still open at the end of each interval, with open cases censored in theirs.

    Actuarial life table: a case that is still open leaves the risk set half way through its
    interval (Cutler and Ederer 1958). *judged* and *still_open* count cases by interval, in order.

    >>> survival([0, 0], [6, 4])
    [1.0, 1.0]
    >>> survival([5, 5], [0, 0])
    [0.5, 0.0]
    """
    at_risk, open_share, shares = float(sum(judged) + sum(still_open)), 1.0, []
    if not sum(judged):
        return [1.0] * len(judged)
    for done, censored in zip(judged, still_open, strict=True):
        exposed = at_risk - censored / 2
        open_share *= 1 - done / exposed if exposed else 1.0
        shares.append(open_share)
        at_risk -= done + censored
    return shares


def combined(rows: Rows, other: Rows, value: np.ndarray, **changed: np.ndarray | str) -> Rows:
    """*rows* with *value* where both parts are shown; else the status that says least."""
    status = np.array(
        [min(pair, key=WORST_FIRST.index) for pair in zip(rows["status"], other["status"], strict=True)], dtype=object
    )
    status[(status == "shown") & ~np.isfinite(value)] = "not_applicable"
    shown = status == "shown"
    return {
        **rows,
        "value": np.where(shown, value, np.nan),
        "status": status,
        "qualifier": filled(rows, ""),
        **{name: filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()},
        **{name: np.where(shown, changed[name], np.nan) for name in ("low", "high") if name in changed},
    }


def beside(edition: Edition, rows: Rows, **changed: np.ndarray | str) -> Rows:
    """The cells at the keys of *rows* with some keys *changed*; absent ones have no data."""
    texts = {name: filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()}
    wanted = {name: rows[name] for name in KEYS} | texts
    at = [edition.index.at(key) for key in keys(wanted)]  # -1 is the one without data
    columns = edition.index.columns
    return {
        **wanted,
        "value": np.append(columns["value"], np.nan)[at],
        "status": np.append(columns["status"], "no_data")[at],
    }


def divided(rows: Rows, other: Rows, factor: float = 1) -> np.ndarray:
    """*factor* times the value of *rows* for each of *other*; missing where that is zero."""
    below = np.where(other["value"] == 0, np.nan, other["value"])
    return factor * rows["value"] / below


def filled(rows: Rows, text: str) -> np.ndarray:
    """*text* once for each row."""
    return np.full(len(rows["value"]), text, dtype=object)


def poisson_interval(counts: np.ndarray | float, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Exact interval of the mean of each Poisson count (Garwood 1936); missing where the count is.

    Right for events that happen independently; attendances at one performance do not, so an
    attendance gets no interval.

    >>> [round(float(end), 2) for end in poisson_interval(10)]
    [4.8, 18.39]
    """
    from scipy import special  # a third of a second, which only an interval is worth

    counts = np.asarray(counts, dtype=float)
    tail = (1 - level) / 2
    low = np.where(counts == 0, 0.0, special.gammaincinv(np.where(counts == 0, 1, counts), tail))
    return low, special.gammaincinv(counts + 1, 1 - tail)


def wilson_interval(
    part: np.ndarray | float, whole: np.ndarray | float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of the share *part* of *whole*, as fractions; missing where that is no share.

    >>> [round(float(end), 3) for end in wilson_interval(13, 18)]
    [0.491, 0.875]
    """
    from scipy import special

    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    is_share = (whole > 0) & (part <= whole)
    part, whole = np.where(is_share, part, np.nan), np.where(is_share, whole, np.nan)
    z = special.ndtri((1 + level) / 2)
    share, weight = part / whole, z**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(share * (1 - share) / whole + weight / (4 * whole))
    # exactly 0 and 1 at the ends, whatever the rounding
    low = np.where(part == 0, 0.0, np.maximum(middle - half, 0))
    return low, np.where(part == whole, 1.0, np.minimum(middle + half, 1))


def change_beyond_chance(before: float, after: float) -> float:
    """Two-sided exact p-value that two Poisson counts over equal spans have one mean.

    For counts of independent events (performances, courses). It says nothing about why they changed.

    >>> round(change_beyond_chance(10, 10), 2)
    1.0
    """
    from scipy import special

    fewer, both = min(before, after), before + after
    return float(min(1.0, 2 * special.bdtr(fewer, int(both), 0.5))) if both else 1.0


def is_clear(before: float, after: float) -> bool:
    """Whether two counts of independent events differ by more than chance once in twenty times would give."""
    return change_beyond_chance(before, after) < CLEAR
