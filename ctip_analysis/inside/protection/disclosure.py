"""Primary rules: what a single cell could disclose about a person, and what withholding each cell would cost.

The rules look at one cell and the cases behind it; ``protect`` looks at all cells together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.edition.cells import PLACES
from ctip_analysis.inside.protection.relations import NEW, REST, Key, System

THRESHOLD = 11  # CTDC's k: counts of 1 to 10 are withheld
FEWEST_CASES = 3
LARGEST_TWO = 0.90  # share of the two largest cases in a sum
LARGEST_PARTNER = 0.75
IMPLIED_CONSENT = "clients_without_consent"

# What a reader loses with a cell, by its priority or how it is broken down: never by its number, which would tell.
_NATIONAL = {1: 400.0, 2: 100.0, 3: 25.0, 4: 0.3}
_GROUP = {"sex": 6.0, "age_band": 6.0, "zone": 4.0, "partner": 4.0, "adm1_code": 2.0}
_TWO_GROUPS = 1.5
_UNKNOWN = 0.4
_TO_DATE = 1.5
_PRINTED = 1000.0  # withholding what a source prints protects nobody


def is_small(cells: pd.DataFrame, rules: pd.DataFrame, threshold: int = THRESHOLD) -> pd.Series:
    """Whether each cell about persons must be withheld for what it says by itself.

    Counts below *threshold*, zeros unless one harms nobody, fewer than three cases behind it, most of it
    from two cases or one partner. An indicator that is one partner's by definition has no second one to
    tell apart, so the last doesn't apply.
    """
    value = cells["value"]
    by_one = cells["indicator"].map(rules["by_one_partner"]).astype(bool)
    zero_is_safe = cells["indicator"].map(rules["zero_is_safe"]).astype(bool)
    few = cells["contributors"].lt(FEWEST_CASES)
    dominated = cells["top2_share"].gt(LARGEST_TWO) | (cells["top_partner_share"].gt(LARGEST_PARTNER) & ~by_one)
    told = value.lt(threshold) | few.fillna(True) | dominated.fillna(False)
    return (told & value.gt(0)) | (value.eq(0) & ~zero_is_safe)


def says_all_of_a_group(made: System, values: np.ndarray) -> np.ndarray:
    """Whether a cell is the only part of its total that is not zero: it tells something of each person in it."""
    found = np.zeros(len(values), dtype=bool)
    for row in made.equal:
        total, parts = row.indices[row.data > 0], row.indices[row.data < 0]
        if len(total) != 1 or len(parts) < 2 or _is_over_time(made, parts):
            continue
        whole = parts[(values[parts] == values[total[0]]) & (values[parts] > 0)]
        found[whole] = True
    return found


def _is_over_time(made: System, parts: np.ndarray) -> bool:
    return len({made.keys[part][1] for part in parts}) > 1


def worth(key: Key, priority: int, printed: bool = False) -> float:
    """What withholding the cell *key* of an indicator costs; the same for every number that could be in it."""
    broken_down = [(name, value) for name, value in zip(PLACES, key[2:], strict=True) if value]
    if priority == 4:  # printed or not: else those who consented would have to give way
        return _NATIONAL[priority]
    if not broken_down:
        cost = _NATIONAL[priority]
    else:
        cost = _GROUP[broken_down[0][0]] if len(broken_down) == 1 else _TWO_GROUPS
    if any(value == "unknown" for _, value in broken_down):
        cost *= _UNKNOWN
    if periods.grain(key[1]) == "to_date":
        cost *= _TO_DATE
    return cost * _PRINTED if printed else cost


def is_implied(key: Key) -> bool:
    """Whether *key* is a count that is never printed but follows from printed ones."""
    return key[0].startswith((NEW, REST)) or key[0] == IMPLIED_CONSENT


def is_rest(key: Key) -> bool:
    """Whether *key* counts those of a group who are in none of the parts planned."""
    return key[0].startswith(REST)


def must_be_hidden(key: Key, value: float, threshold: int = THRESHOLD) -> bool:
    """Whether an implied count has to stay unknown: few people, and whoever did not consent."""
    return key[0] == IMPLIED_CONSENT or (is_implied(key) and 0 < value < threshold)
