"""The outsider's system: every cell that is not shown as an unknown, every relation as a row over unknowns.

Built from editions as printed, with no knowledge of records or of how cells were chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ctip_analysis.attacker.knowledge import Knowledge
from ctip_analysis.attacker.relations import Key, Relation, relations
from ctip_analysis.edition.cells import KEYS

_Row = tuple[tuple[tuple[int, float], ...], float, float]  # columns with signs, low, high


@dataclass
class System:
    """``low <= matrix @ x <= high`` over whole numbers x >= floor.

    ``unknowns``: KEYS, edition ("" for all), ``is_asked`` (withheld or implied, not merely in the way)
    and ``is_implied``. ``keys``: the keys behind each row, constants too. ``is_published``: rows that
    only say a figure printed elsewhere is the cell.
    """

    unknowns: pd.DataFrame
    floor: np.ndarray
    matrix: sparse.csr_array
    low: np.ndarray
    high: np.ndarray
    keys: list[tuple[Key, ...]]
    is_published: np.ndarray

    def without(self, rows: np.ndarray) -> System:
        """The same system less the rows marked."""
        left = np.flatnonzero(~rows)
        return System(
            self.unknowns, self.floor, self.matrix[left], self.low[left], self.high[left],
            [self.keys[row] for row in left], self.is_published[left],
        )  # fmt: skip


def build(known: Knowledge, apart: set[Key]) -> System:
    """The system in which each key *apart*, and each unknown bound to a restated key, has a value per edition."""
    everywhere = known.everywhere()
    joint, implied, nowhere = relations(everywhere, known.indicators, known.between)
    restated = known.restated() | apart
    own, implied_in = [], []
    if restated:
        for edition in range(len(known.names)):
            found, hidden, zero = relations(known.printed(edition), known.indicators, known.between)
            own.append(found)
            implied_in.append(hidden)
            nowhere |= zero
    settled = set().union(*known.shown) - set().union(*known.withheld) | nowhere
    split = restated | {
        key
        for each in (relation for found in [joint, *own] for relation in found)
        for key in _bound_to(each, restated)
        if key not in settled
    }
    writer = _Writer(known, split, nowhere)
    for each in joint:
        if split.isdisjoint(each.wholes + each.parts):
            writer.add(each, None)
    for edition, found in enumerate(own):
        for each in found:
            if not split.isdisjoint(each.wholes + each.parts):
                writer.add(each, edition)
    for key, value in known.published.items():
        writer.publish(key, value)
    for key in set().union(*known.withheld):
        writer.ask(key)
    return writer.system(implied.union(*implied_in))


def _bound_to(relation: Relation, restated: set[Key]) -> Iterable[Key]:
    members = relation.wholes + relation.parts
    return () if restated.isdisjoint(members) else members


class _Writer:
    """Writes relations as rows, giving every unknown a column the first time it is met."""

    def __init__(self, known: Knowledge, split: set[Key], zero: set[Key]) -> None:
        self._known, self._split = known, split
        self._shared = dict.fromkeys(zero, 0.0) | {k: v for shown in known.shown for k, v in shown.items()}
        self._columns: dict[tuple[Key, int | None], int] = {}
        self._rows: dict[_Row, tuple[Key, ...]] = {}
        self._published: list[tuple[int, float, Key]] = []

    def _value(self, key: Key, edition: int | None) -> float | None:
        if edition is None or key not in self._split:
            return self._shared.get(key)
        return self._known.shown[edition].get(key)

    def _column(self, key: Key, edition: int | None) -> int:
        owner = edition if key in self._split else None
        return self._columns.setdefault((key, owner), len(self._columns))

    def add(self, relation: Relation, edition: int | None) -> None:
        """Write a relation; one with a whole nobody counted, or without unknowns, says nothing."""
        if any(key in self._known.no_data for key in relation.wholes):
            return
        constant, terms = 0.0, []
        for sign, keys in ((1.0, relation.wholes), (-1.0, relation.parts)):
            for key in keys:
                value = self._value(key, edition)
                if value is None:
                    terms.append((self._column(key, edition), sign))
                else:
                    constant += sign * value
        if terms:
            row = (tuple(sorted(terms)), relation.low - constant, relation.high - constant)
            self._rows.setdefault(row, relation.wholes + relation.parts)

    def publish(self, key: Key, value: float) -> None:
        """Say that a withheld cell is a figure printed elsewhere."""
        for edition in self._editions(key):
            self._published.append((self._column(key, edition), value, key))

    def ask(self, key: Key) -> None:
        """Give a withheld cell its columns, even where no relation names it."""
        for edition in self._editions(key):
            self._column(key, edition)

    def _editions(self, key: Key) -> list[int | None]:
        if key in self._split:
            return [each for each, withheld in enumerate(self._known.withheld) if key in withheld]
        return [] if key in self._shared else [None]

    def system(self, implied: set[Key]) -> System:
        """The rows written so far as one sparse system."""
        rows = list(self._rows)
        terms = [(row, column, sign) for row, each in enumerate(rows) for column, sign in each[0]]
        terms += [(len(rows) + at, column, 1.0) for at, (column, _, _) in enumerate(self._published)]
        down, across, signs = np.array(terms, dtype=float).reshape(-1, 3).T
        printed = [value for _, value, _ in self._published]
        height = len(rows) + len(printed)
        matrix = sparse.csr_array((signs, (down.astype(int), across.astype(int))), shape=(height, len(self._columns)))
        return System(
            unknowns=self._unknowns(implied),
            floor=self._floor(),
            matrix=matrix,
            low=np.array([row[1] for row in rows] + printed, dtype=float),
            high=np.array([row[2] for row in rows] + printed, dtype=float),
            keys=[*self._rows.values(), *((key,) for _, _, key in self._published)],
            is_published=np.arange(height) >= len(rows),
        )

    def _unknowns(self, implied: set[Key]) -> pd.DataFrame:
        frame = pd.DataFrame([key for key, _ in self._columns], columns=KEYS, dtype=object)
        hidden = set().union(*self._known.withheld)
        return frame.assign(
            edition=["" if owner is None else self._known.names[owner] for _, owner in self._columns],
            is_asked=[
                key not in self._known.skip
                and (key in implied or key in (hidden if owner is None else self._known.withheld[owner]))
                for key, owner in self._columns
            ],
            is_implied=[key in implied for key, _ in self._columns],
        )

    def _floor(self) -> np.ndarray:
        zero_shown = self._known.indicators["zero_is_safe"].fillna(False).astype(bool).to_dict()
        hidden = set().union(*self._known.withheld)
        return np.array(
            [float(key in hidden and zero_shown.get(key[0], False)) for key, _ in self._columns], dtype=float
        )
