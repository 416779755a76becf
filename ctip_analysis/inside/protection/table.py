"""All cells about persons of an edition as arrays over one system of relations, and what each of them needs.

The primary rules look at one cell and the cases behind it: what it could disclose about a person by itself. What
withholding a cell would cost a reader depends on its place in the table and its priority, never on its number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.cells import PLACES
from ctip_analysis.inside.protection import relations
from ctip_analysis.inside.protection.earlier import Earlier, any_table, unplanned
from ctip_analysis.inside.protection.relations import NEW, REST, Key, System

THRESHOLD = 11  # CTDC's k: counts of 1 to 10 are withheld
FEWEST_CASES = 3
LARGEST_TWO = 0.90  # share of the two largest cases in a sum
LARGEST_PARTNER = 0.75
IMPLIED_CONSENT = "clients_without_consent"

# What a reader loses with a cell, by its priority or how it is broken down: never by its number, which would reveal it.
_NATIONAL = {1: 400.0, 2: 100.0, 3: 25.0, 4: 0.3}
_GROUP = {"sex": 6.0, "age_band": 6.0, "zone": 4.0, "partner": 4.0, "adm1_code": 2.0}
_TWO_GROUPS = 1.5
_UNKNOWN = 0.4
_TO_DATE = 1.5
_PRINTED = 1000.0  # withholding what a source prints protects nobody
_OTHERS = 3  # priority of counts that are never printed


@dataclass(frozen=True)
class Needs:
    """Cells readers know already (``is_fixed``), those to protect, and the interval each of these needs."""

    is_fixed: np.ndarray
    is_required: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Table:
    """All cells about persons: the planned ones, those only earlier editions have, the implied ones.

    ``values`` that are not ``is_true`` are some that fit: of cells that are no longer counted.
    ``near_print`` is the printed figure a cell is just below, else missing. Cells that are ``is_known`` have
    no data, or are shown by an earlier edition and no longer planned.
    """

    made: System
    planned: list[Key]
    values: np.ndarray
    is_true: np.ndarray
    is_small: np.ndarray
    is_implied: np.ndarray
    is_unplanned: np.ndarray
    is_known: np.ndarray
    is_printed: np.ndarray
    near_print: np.ndarray
    floor: np.ndarray
    rules: pd.DataFrame
    threshold: int

    @classmethod
    def of(cls, persons: pd.DataFrame, earlier: list[Earlier], rules: pd.DataFrame, threshold: int) -> Table:
        """Arrays over the cells *persons*, in their order, and over what the *earlier* editions add."""
        keys = list(persons[["indicator", "period", *PLACES]].itertuples(index=False, name=None))
        is_counted = persons["status"].eq("shown").to_numpy(bool)
        known = dict(zip(keys, persons["value"].where(is_counted, 0.0), strict=True))
        made, values, is_true, old = _valued(known, unplanned(earlier, keys), rules)
        at, size = np.arange(len(values)), len(values)
        is_unplanned = (at >= len(keys)) & (at < len(keys) + len(old))
        is_known = np.zeros(size, dtype=bool)
        is_known[: len(keys)] = ~is_counted
        is_known[is_unplanned] = [not np.isnan(value) for value in old.values()]
        printed, near = _near_print(made.keys, values, rules, threshold)
        is_small = _says_all_of_a_group(made, np.where(is_true, values, np.nan)) & ~is_known
        is_small[: len(keys)] |= is_small_by_itself(persons, rules, threshold).to_numpy(bool) & is_counted
        for cell in range(len(keys) + len(old), size):
            is_small[cell] |= _must_be_hidden(made.keys[cell], values[cell], threshold)
        is_small |= is_unplanned & ~is_known
        zero_is_safe = rules["zero_is_safe"].astype(bool).to_dict()
        floor = [float(zero_is_safe.get(key[0], False)) for key in made.keys]
        return cls(
            made, keys, values, is_true, is_small, at >= len(keys) + len(old), is_unplanned, is_known, printed, near,
            np.array(floor), rules, threshold,
        )  # fmt: skip

    def costs(self) -> np.ndarray:
        """What withholding each cell costs a reader."""
        priority = self.rules["priority"].dropna().astype(int).to_dict()
        printed = zip(self.made.keys, self.is_printed, strict=True)
        return np.array([_worth(key, priority.get(key[0], _OTHERS), bool(also)) for key, also in printed], dtype=float)

    def against(self, earlier: list[Earlier]) -> Needs:
        """What each cell needs, given what *earlier* editions show.

        A corrected number 1 to 10 off one that readers hold would reveal the few between: it is withheld, and
        the difference needs the interval of a small count.
        """
        values, threshold = self.values, self.threshold
        is_low = values < threshold
        low = np.where(is_low, np.minimum(self.floor, values), values)
        high = np.where(is_low, float(threshold), values)
        low[~self.is_true] = values[~self.is_true]  # only some number that fits is known
        is_near = ~np.isnan(self.near_print)
        required = self.is_small | is_near
        low = np.where(is_near, self.near_print - threshold, low)
        high = np.where(is_near, self.near_print, high)
        is_fixed = np.zeros(len(values), dtype=bool)
        for cell, key in enumerate(self.made.keys):
            held = {edition.shown[key] for edition in earlier if key in edition.shown}
            is_fixed[cell] = values[cell] in held
            near = [old for old in held if 0 < abs(values[cell] - old) < threshold]
            if near:
                required[cell], is_fixed[cell] = True, False
                ends = [old + threshold * np.sign(values[cell] - old) for old in near]
                low[cell], high[cell] = min(*near, *ends, values[cell]), max(*near, *ends, values[cell])
        return Needs(is_fixed, required, np.maximum(low, np.minimum(self.floor, values)), high)


def _valued(
    known: dict[Key, float], old: dict[Key, float], rules: pd.DataFrame
) -> tuple[System, np.ndarray, np.ndarray, dict[Key, float]]:
    """The system over *known* and *old* cells, a value for each of its cells and whether that is the true one.

    Withheld cells of earlier editions that are no longer counted get some number that fits. Where none does,
    the old cells are left to the attacker: those in the system are returned last.
    """
    made = relations.system([*known, *old], rules, reference.table("relations"))
    values = relations.implied_values(made, known)
    is_true = ~np.isnan(values)
    if not is_true.all():
        printed = {key: value for key, value in old.items() if not np.isnan(value)}
        given = {
            cell: value if true else printed.get(key, np.nan)
            for cell, (key, value, true) in enumerate(zip(made.keys, values, is_true, strict=True))
        }
        found = any_table(made, {cell: value for cell, value in given.items() if not np.isnan(value)})
        if found is None:
            return _valued(known, {}, rules)
        values = found
    return made, values, is_true, old


def _near_print(
    keys: list[Key], values: np.ndarray, rules: pd.DataFrame, threshold: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cells that equal a figure the fact sheet prints, and consenting ones that are just below one of all.

    A figure without a stated period is compared with the span to the end of 2004 (assumption A0).
    """
    sheet = reference.table("published_results").set_index("id")
    numbers = rules["published_id"].str.split().to_dict()
    consenting = rules["consenting_only"].astype(bool).to_dict()
    printed, near = np.zeros(len(keys), dtype=bool), np.full(len(keys), np.nan)
    for cell, (name, period, *places) in enumerate(keys):
        for number in numbers.get(name, ()) if not any(places) else ():
            figure = float(sheet.loc[number, "value"])
            is_stated = sheet.loc[number, "period_as_stated"] == "In 2004"
            same = period == "2004" if is_stated else period.endswith("/2004-12-31")
            printed[cell] |= same and figure == values[cell]
            if consenting[name] and 0 < figure - values[cell] < threshold:
                near[cell] = figure
    return printed, near


def is_small_by_itself(cells: pd.DataFrame, rules: pd.DataFrame, threshold: int = THRESHOLD) -> pd.Series:
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
    reveals = value.lt(threshold) | few.fillna(True) | dominated.fillna(False)
    return (reveals & value.gt(0)) | (value.eq(0) & ~zero_is_safe)


def _says_all_of_a_group(made: System, values: np.ndarray) -> np.ndarray:
    """Whether a cell is the only part of its total that is not zero: it reveals something about each person in it."""
    found = np.zeros(len(values), dtype=bool)
    for row in made.equal:
        total, parts = row.indices[row.data > 0], row.indices[row.data < 0]
        is_over_time = len({made.keys[part][1] for part in parts}) > 1
        if len(total) == 1 and len(parts) > 1 and not is_over_time:
            found[parts[(values[parts] == values[total[0]]) & (values[parts] > 0)]] = True
    return found


def _worth(key: Key, priority: int, printed: bool) -> float:
    """What withholding the cell *key* of an indicator costs; the same for every number that could be in it."""
    broken_down = [(name, value) for name, value in zip(PLACES, key[2:], strict=True) if value]
    if priority == 4:  # printed or not: else those who consented would have to give way
        return _NATIONAL[priority]
    cost = _TWO_GROUPS if broken_down else _NATIONAL[priority]
    if len(broken_down) == 1:
        cost = _GROUP[broken_down[0][0]]
    if any(value == "unknown" for _, value in broken_down):
        cost *= _UNKNOWN
    if periods.grain(key[1]) == "to_date":
        cost *= _TO_DATE
    return cost * _PRINTED if printed else cost


def _must_be_hidden(key: Key, value: float, threshold: int) -> bool:
    """Whether a count that follows from printed ones has to stay unknown: few people, and whoever did not consent."""
    return key[0] == IMPLIED_CONSENT or (key[0].startswith((NEW, REST)) and 0 < value < threshold)
