"""Seeded draws for the synthetic records: integers only, so that every platform draws the same rows.

No logarithm, no exponential and no float enters a draw: those differ in the last digit between
machines, and one digit is enough to change a sample's bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ctip_analysis.base import reference

AS_OF = 2004  # the fact sheet's "as of" is taken as the end of this year (assumption A0)
LAUNCH = 2003  # first campaign year

_DRY_MONTHS = (11, 12, 1, 2, 3, 4)  # roads are passable and people are not planting
_NEW_MOON = np.datetime64("2000-01-06T18:14:00", "s")
_LUNATION = 2_551_443  # seconds between two mean new moons
_KH25_PERCENT = 46  # Tboung Khmum's share of old Kampong Cham: 776,841 of 1,676,632 in the 2019 census

Draw = np.random.Generator


@dataclass(frozen=True)
class Cohort:
    """Years whose rows are drawn together.

    The fitted cohort runs to the end of 2004 and meets the published totals (times *scale*); every
    other cohort is one year of plain volumes.
    """

    first: int
    last: int
    is_fitted: bool
    scale: int

    @property
    def first_day(self) -> np.datetime64:
        return np.datetime64(f"{self.first}-01-01")

    @property
    def last_day(self) -> np.datetime64:
        return np.datetime64(f"{self.last}-12-31")

    def size(self, rng: Draw, *, fitted: int, yearly: int) -> int:
        """Number of rows: *fitted*, or *yearly* with a slow rise and some noise; both times the scale."""
        if self.is_fitted:
            return fitted * self.scale
        percent = 100 + 3 * (self.first - AS_OF - 1) + int(rng.integers(-8, 9))
        return (yearly * self.scale * percent + 50) // 100


@dataclass(frozen=True)
class Frame:
    """What is asked for: which years, which seed, how many times the rows."""

    seed: int
    first: int
    last: int
    scale: int

    @property
    def is_fitted(self) -> bool:
        """Whether rows to the end of 2004 meet the published totals: both campaign years are there."""
        return self.first <= LAUNCH and self.last >= AS_OF

    @property
    def last_day(self) -> np.datetime64:
        return np.datetime64(f"{self.last}-12-31")

    def cohorts(self) -> list[Cohort]:
        """The fitted cohort, if there is one, then one cohort a year."""
        fitted = [Cohort(self.first, AS_OF, True, self.scale)] if self.is_fitted else []
        start = AS_OF + 1 if self.is_fitted else self.first
        return fitted + [Cohort(year, year, False, self.scale) for year in range(start, self.last + 1)]

    def rng(self, name: str, cohort: Cohort | None = None) -> Draw:
        """A stream of its own for each table and cohort: more years leave the earlier rows as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode()), cohort.last if cohort else 0])


def choose(rng: Draw, weights: Mapping[Any, int], n: int) -> np.ndarray:
    """*n* names drawn by integer weight; the name None is a blank."""
    names = np.array(list(weights), dtype=object)
    edges = np.cumsum(list(weights.values()))
    return names[np.searchsorted(edges, rng.integers(edges[-1], size=n), side="right")]


def mix(rng: Draw, weights: Mapping[Any, int], n: int) -> np.ndarray:
    """*n* names in exact proportion to their weights, in random order: none can fail to appear by chance."""
    edges = np.cumsum(list(weights.values()))
    names = np.array(list(weights), dtype=object)
    even = (2 * np.arange(n) + 1) * int(edges[-1]) // (2 * max(n, 1))
    return rng.permutation(names[np.searchsorted(edges, even, side="right")])


def percent(rng: Draw, chance: int, n: int) -> np.ndarray:
    """*n* truth values, true with *chance* in a hundred."""
    return rng.integers(100, size=n) < chance


def pick(rng: Draw, pool: np.ndarray, n: int) -> np.ndarray:
    """*n* different members of *pool*."""
    return rng.choice(pool, size=n, replace=False)


def skewed(rng: Draw, low: int, high: int | np.ndarray, n: int) -> np.ndarray:
    """*n* integers from *low* to *high*, a quarter of the way up on average: many small, few large."""
    return low + (high - low) * rng.integers(0, 1001, size=n) * rng.integers(0, 1001, size=n) // 1_000_000


def parts(total: int, shares: np.ndarray, low: int, high: int) -> np.ndarray:
    """Integers from *low* to *high*, roughly as *shares*, that add up to exactly *total*.

    >>> parts(10, np.array([1, 1, 8]), 1, 5).tolist()
    [3, 2, 5]
    """
    n = len(shares)
    if not low * n <= total <= high * n:
        raise ValueError(f"{n} parts from {low} to {high} cannot add up to {total}")
    shares = shares + 1
    uncapped = low + shares * (total - low * n) // int(shares.sum())
    found = np.minimum(uncapped, high)
    room = high - found
    found += room * int((uncapped - found).sum()) // max(int(room.sum()), 1)
    left = total - int(found.sum())
    while left:
        open_ = np.flatnonzero(found < high)[:left]
        found[open_] += 1
        left -= len(open_)
    return found


def days(rng: Draw, first: np.datetime64, last: np.datetime64, n: int, *, dry: int = 1) -> np.ndarray:
    """*n* days from *first* to *last*, none in a festival week, dry-season days *dry* times as likely."""
    calendar = np.arange(first, last + 1)
    month = calendar.astype("M8[M]").astype(int) % 12 + 1
    weight = np.where(np.isin(month, _DRY_MONTHS), dry, 1)
    edges = np.cumsum(np.where(is_festival(calendar), 0, weight))
    return calendar[np.searchsorted(edges, rng.integers(edges[-1], size=n), side="right")]


def is_festival(calendar: np.ndarray) -> np.ndarray:
    """Whether a day lies in the week of Khmer New Year (13–19 April) or of Pchum Ben."""
    year_day = calendar - calendar.astype("M8[Y]").astype("M8[D]")
    leap = (calendar.astype("M8[Y]") + 1).astype("M8[D]") - calendar.astype("M8[Y]").astype("M8[D]") == 366
    new_year = 102 + leap.astype(int)
    found = (year_day.astype(int) >= new_year) & (year_day.astype(int) < new_year + 7)
    for year in np.unique(calendar.astype("M8[Y]").astype(int)) + 1970:
        found |= np.abs((calendar - pchum_ben(int(year))).astype(int)) <= 3
    return found


def pchum_ben(year: int) -> np.datetime64:
    """Last day of Pchum Ben, within a day: the mean new moon from 16 September to 15 October.

    >>> str(pchum_ben(2004))
    '2004-10-14'
    """
    waited = int((np.datetime64(f"{year}-09-16T00:00:00") - _NEW_MOON).astype(int))
    return (_NEW_MOON + -(-waited // _LUNATION) * _LUNATION).astype("M8[D]")


def year_of(dates: np.ndarray) -> np.ndarray:
    """Calendar year of each day."""
    return dates.astype("M8[Y]").astype(int) + 1970


@cache
def residents() -> dict[str, int]:
    """Residents by province in the census of 1998: the 24 units of the programme's first years."""
    census = reference.table("population").query("census_year == 1998")
    return dict(zip(census["adm1_code"], census["residents"].astype(int), strict=True))


@cache
def split_day() -> np.datetime64:
    """First day of Tboung Khmum (KH25), until then a part of Kampong Cham (KH03)."""
    units = reference.table("provinces")
    return np.datetime64(units.loc[units["adm1_code"].eq("KH25"), "valid_from"].iloc[0])


def places(rng: Draw, codes: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """*codes* as a partner writes them on each date: part of KH03 is KH25 once that exists."""
    moved = (codes == "KH03") & (dates >= split_day()) & percent(rng, _KH25_PERCENT, len(codes))
    return np.where(moved, "KH25", codes)


def anywhere(rng: Draw, dates: np.ndarray, *, blank_percent: int = 0) -> np.ndarray:
    """A province for each date, drawn by residents; some blank."""
    codes = choose(rng, residents(), len(dates))
    codes[percent(rng, blank_percent, len(dates))] = None
    return places(rng, codes, dates)


def whole(is_known: np.ndarray, values: np.ndarray) -> pd.Series:
    """*values* as whole numbers, blank where not known."""
    return pd.Series(values, dtype="Int64").where(pd.Series(is_known))


def numbered(prefix: str, n: int) -> pd.Series:
    """Identifiers such as CL-0000001, in order."""
    return prefix + "-" + pd.Series(np.arange(1, n + 1)).astype("str").str.zfill(7)
