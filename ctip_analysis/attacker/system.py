"""What editions show, as the outsider's system: each cell not shown an unknown, each relation a row over unknowns.

Built from editions and figures as printed, with no knowledge of records or of how cells were chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from ctip_analysis.attacker.relations import Key, Relation, relations, usable
from ctip_analysis.edition.cells import KEYS, PLACES
from ctip_analysis.edition.look_up import PUBLISHED_TO

_Row = tuple[tuple[tuple[int, float], ...], float, float]  # columns with signs, low, high

_PUBLISHED_YEAR = "In 2004"
_PUBLISHED_TO = f"/{PUBLISHED_TO}"  # where the source gives no period


@dataclass(frozen=True)
class Knowledge:
    """What the editions show, one mapping per edition, and what their definitions say.

    ``shown``: values by key, 0 where there is no data. ``withheld``, ``no_data``: keys. ``published``:
    figures printed elsewhere, by the key they would be a cell of.
    """

    names: list[str]
    shown: list[dict[Key, float]]
    withheld: list[set[Key]]
    no_data: set[Key]
    indicators: pd.DataFrame
    between: pd.DataFrame
    published: dict[Key, float] = field(default_factory=dict)

    def printed(self, edition: int) -> set[Key]:
        """Keys that are in an edition, with or without a value."""
        return set(self.shown[edition]) | self.withheld[edition]

    def everywhere(self) -> set[Key]:
        """Keys that are in any edition."""
        return set().union(*(self.printed(each) for each in range(len(self.names))))

    def restated(self) -> set[Key]:
        """Keys shown with unequal values, or shown and in a later edition withheld."""
        values: dict[Key, set[float]] = defaultdict(set)
        taken_back = set()
        for shown, withheld in zip(self.shown, self.withheld, strict=True):
            taken_back |= {key for key in withheld if values.get(key)}
            for key, value in shown.items():
                values[key].add(value)
        return taken_back | {key for key, found in values.items() if len(found) > 1}


def knowledge(
    editions: Sequence[tuple[str, pd.DataFrame]],
    indicators: pd.DataFrame,
    between: pd.DataFrame,
    published: pd.DataFrame | None = None,
) -> Knowledge:
    """What *editions*, named frames of cells in the order they came out, say about persons."""
    about = indicators[indicators["concerns_persons"].fillna(False).astype(bool)]
    known = Knowledge([], [], [], set(), about, usable(between, about))
    for name, frame in editions:
        cells = frame[frame["indicator"].isin(about.index)]
        keys = pd.Series(list(zip(*(cells[key] for key in KEYS), strict=True)), index=cells.index, dtype=object)
        empty = cells["status"].isin(["no_data", "not_applicable"])
        values = cells["value"].astype(float).mask(empty, 0.0)
        seen = empty | cells["status"].eq("shown")
        known.names.append(name)
        known.shown.append(dict(zip(keys[seen], values[seen], strict=True)))
        known.withheld.append(set(keys[cells["status"].eq("withheld")]))
        known.no_data.update(keys[empty])
    if published is not None:
        known.published.update(_published(known, published))
    return known


def _published(known: Knowledge, published: pd.DataFrame) -> dict[Key, float]:
    """Exact printed figures by the withheld national cell they would be."""
    exact = published[published["qualifier"].eq("exact")].set_index("id")
    found = {}
    for key in sorted(set().union(*known.withheld)):
        figure = known.indicators.loc[key[0], "published_id"]
        if figure in exact.index and not any(key[-len(PLACES) :]):
            in_year = exact.loc[figure, "period_as_stated"] == _PUBLISHED_YEAR
            if key[1] == "2004" if in_year else key[1].endswith(_PUBLISHED_TO):
                found[key] = float(exact.loc[figure, "value"])
    return found


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
        for relation in (each for found in [joint, *own] for each in found)
        if not restated.isdisjoint(relation.wholes + relation.parts)
        for key in relation.wholes + relation.parts
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
        """Write a relation; one whose whole was not counted, or that has no unknowns, is left out."""
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
                key in implied or key in (hidden if owner is None else self._known.withheld[owner])
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
