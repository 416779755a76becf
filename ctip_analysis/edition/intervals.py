"""Exact intervals of counts and shares, and a test of change."""

from __future__ import annotations

import numpy as np
from scipy import special

# Units of which one event says nothing about the next, so that a Poisson interval means something.
# Attendances, completions of a course, persons of one rescue and convictions of one case come together.
ONE_BY_ONE = {
    *("performances", "village activities", "school sessions", "broadcasts"),
    *("networks", "clubs", "centres", "cases", "awards"),
}
LEVEL = 0.95
CLEAR = 0.05  # p-value below which a change is called clear


def poisson_interval(counts: np.ndarray | float, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Exact interval of the mean of each Poisson count (Garwood 1936); missing where the count is.

    Right for events that happen independently; attendances at one performance do not, so an
    attendance gets no interval.

    >>> [round(float(end), 2) for end in poisson_interval(10)]
    [4.8, 18.39]
    """
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
    fewer, both = min(before, after), before + after
    return float(min(1.0, 2 * special.bdtr(fewer, int(both), 0.5))) if both else 1.0


def is_clear(before: float, after: float) -> bool:
    """Whether two counts of independent events differ by more than chance once in twenty times would give."""
    return change_beyond_chance(before, after) < CLEAR
