"""Earlier editions as part of the system: what readers of all editions can put together.

A cell that reads the same in every edition is one unknown or one known number. Cells that are no longer
planned join the system with what readers know of them. An edition that says something else of a cell than
this one brings its own rows, with its own numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ctip_analysis.edition.cells import PLACES
from ctip_analysis.inside.protection.relations import Key, System, system

_NODES = 10_000


@dataclass(frozen=True)
class Earlier:
    """What readers of one earlier edition know about persons: shown numbers, and cells withheld."""

    shown: Mapping[Key, float] = field(repr=False)
    withheld: frozenset[Key] = field(repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame, persons: pd.Index) -> Earlier:
        """Read from the cells of an edition; *persons* are the indicators about persons."""
        rows = frame[frame["indicator"].isin(persons)]
        keys = list(rows[["indicator", "period", *PLACES]].itertuples(index=False, name=None))
        shown = {
            key: float(value)
            for key, value, status in zip(keys, rows["value"], rows["status"], strict=True)
            if status == "shown"
        }
        withheld = (key for key, status in zip(keys, rows["status"], strict=True) if status == "withheld")
        return cls(shown, frozenset(withheld))


def unplanned(earlier: Iterable[Earlier], planned: Iterable[Key]) -> dict[Key, float]:
    """Cells of earlier editions that are not *planned* now: the number last shown, missing where withheld."""
    found: dict[Key, float] = {}
    for edition in earlier:
        found |= {key: found.get(key, np.nan) for key in sorted(edition.withheld)}
        found |= edition.shown
    for key in planned:
        found.pop(key, None)
    return found


@dataclass(frozen=True)
class Extended:
    """A system with further cells, those of earlier editions, after its own; known ones are ``is_fixed``."""

    values: np.ndarray
    equal: sparse.csr_array = field(repr=False)
    at_least: sparse.csr_array = field(repr=False)
    is_fixed: np.ndarray


def with_earlier(
    made: System, values: np.ndarray, earlier: list[Earlier], rules: pd.DataFrame, between: pd.DataFrame
) -> Extended:
    """The system *made* over *values*, and the rows of each earlier edition that said something else."""
    at = {key: place for place, key in enumerate(made.keys)}
    found = Extended(values, made.equal, made.at_least, np.zeros(len(values), dtype=bool))
    for edition in earlier:
        restated = {key for key, old in edition.shown.items() if key in at and values[at[key]] != old}
        if restated:
            keys = [key for key in [*edition.shown, *sorted(edition.withheld)] if key in at]
            found = _joined(found, at, edition, restated, system(keys, rules, between))
    return found


def _joined(found: Extended, at: dict[Key, int], edition: Earlier, restated: set[Key], old: System) -> Extended:
    """*found* with the rows of an *edition*.

    A withheld cell is the same unknown in both unless a corrected one is in a row with it.
    """
    known = {place: edition.shown[key] for place, key in enumerate(old.keys) if key in restated}
    beside = _beside(old, known)
    shared = {
        place: at[key]
        for place, key in enumerate(old.keys)
        if key in at and place not in known and (key in edition.shown or place not in beside)
    }
    for same in (shared, {place: at for place, at in shared.items() if old.keys[place] in edition.shown}):
        given = known | {place: found.values[column] for place, column in same.items()}
        own = any_table(old, given)
        if own is not None:
            return _appended(found, old, same, own, known)
    return found  # no table fits what that edition said; nothing follows from it


def _beside(old: System, known: dict[int, float]) -> set[int]:
    """Cells that share a row with one of the *known* ones."""
    rows = sparse.vstack([old.equal, old.at_least]).tocsr()
    touched = np.zeros(rows.shape[1])
    touched[list(known)] = 1
    return set(np.flatnonzero(abs(rows).T @ ((abs(rows) @ touched) > 0)))


def any_table(made: System, given: Mapping[int, float]) -> np.ndarray | None:
    """Some table in whole numbers that obeys the rows of *made* with the cells *given*; None if none is found."""
    low, high = np.zeros(len(made.keys)), np.full(len(made.keys), np.inf)
    low[list(given)] = high[list(given)] = list(given.values())
    rows = [LinearConstraint(made.equal, 0, 0)] if made.equal.shape[0] else []
    rows += [LinearConstraint(made.at_least, 0, np.inf)] if made.at_least.shape[0] else []
    found = milp(
        np.zeros(len(low)),
        constraints=rows,
        bounds=Bounds(low, high),
        integrality=np.ones(len(low)),
        options={"node_limit": _NODES},
    )
    return np.round(found.x) if found.status == 0 else None


def _appended(
    found: Extended, old: System, shared: dict[int, int], table: np.ndarray, known: dict[int, float]
) -> Extended:
    """*found* with the rows of *old*; cells that are not *shared* become further columns."""
    own = [place for place in range(len(old.keys)) if place not in shared]
    columns = np.empty(len(old.keys), dtype=int)
    columns[list(shared)] = list(shared.values())
    columns[own] = np.arange(len(own)) + len(found.values)
    width = len(found.values) + len(own)
    return Extended(
        np.concatenate([found.values, table[own]]),
        _stacked(found.equal, old.equal, columns, width),
        _stacked(found.at_least, old.at_least, columns, width),
        np.concatenate([found.is_fixed, np.array([place in known for place in own], dtype=bool)]),
    )


def _stacked(first: sparse.csr_array, second: sparse.csr_array, columns: np.ndarray, width: int) -> sparse.csr_array:
    moved = second.tocoo()
    shape = (second.shape[0], width)
    placed = sparse.csr_array((moved.data, (moved.row, columns[moved.col])), shape=shape)
    widened = sparse.csr_array((first.data, first.indices, first.indptr), shape=(first.shape[0], width))
    return sparse.vstack([widened, placed]).tocsr()
