"""How low and how high each unknown of a system of whole numbers can be.

Points that satisfy every row are looked for in bulk: one point that lifts or lowers many unknowns at
once proves something about each of them. What is left is settled one unknown at a time, from a point
nearby. Limits are numbers of nodes, never seconds, so that the same system always gives the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from ctip_analysis.attacker.solvers import INFEASIBLE, OPTIMAL, TIGHT, Block, Nearby

COVER = 11.0  # the least count that is not small

_SWEEP_NODES, _PROOF_NODES = 100, 10_000
_WORTH_A_SWEEP = 100  # ends; where a sweep settles fewer, none follows
_ROUNDS = 100
_AROUND = (2, 3)  # steps from unknown to unknown within which rows are looked at alone
_WIDER = 2  # how often more unknowns around those in fractions are let go, before all are


@dataclass
class Ends:
    """What is known of each unknown: ``low``/``high`` cannot be passed, ``least``/``most`` were reached.

    ``point`` is some point of each part that was reached. ``is_cut_short`` where the solver stopped before an
    end was settled; ``is_contradicted`` in a part of the system that no whole numbers satisfy.
    """

    low: np.ndarray
    high: np.ndarray
    least: np.ndarray = field(init=False)
    most: np.ndarray = field(init=False)
    point: np.ndarray = field(init=False)
    is_cut_short: np.ndarray = field(init=False)
    is_contradicted: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.low)
        self.least, self.most = np.full(size, np.inf), np.full(size, -np.inf)
        self.point = np.full(size, np.nan)
        self.is_cut_short, self.is_contradicted = np.zeros(size, bool), np.zeros(size, bool)

    def reached(self, columns: np.ndarray, point: np.ndarray) -> None:
        """Take in a point, over the unknowns in *columns*, that satisfies every row they stand in."""
        self.least[columns] = np.minimum(self.least[columns], point)
        self.most[columns] = np.maximum(self.most[columns], point)
        self.point[columns] = point


def bounds(
    matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, floor: np.ndarray, asked: np.ndarray,
    begun: Ends | None = None,
) -> Ends:  # fmt: skip
    """Ends of the unknowns *asked* under ``low <= matrix @ x <= high``, x whole and at least *floor*.

    There is a point of each part in them, or the part is contradicted, also where nothing is *asked*. *begun* are
    ends that were found before of the same system: the search goes on from there.

    Of an unknown seen at two numbers, an end that is COVER or above is followed no further: ``most`` may then
    be less than it can be, and so may ``low`` and ``least`` lie apart where ``low`` is COVER or above. Every
    other end is exact unless ``is_cut_short`` or ``is_contradicted``.
    """
    matrix = matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    ends = begun or Ends(floor.astype(float), np.full(len(floor), np.inf))
    part = _parts(matrix)[1]
    _tighten(matrix, low, high, ends)
    ends.is_contradicted |= np.isin(part, part[ends.low > ends.high])
    _Search(matrix, low, high, floor, ends).run(asked)
    ends.is_contradicted |= np.isin(part, part[ends.is_contradicted])
    return ends


def _parts(matrix: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Number of the separate part each row and each column belongs to."""
    rows, columns = matrix.shape
    entries = matrix.tocoo()
    links = sparse.coo_array(
        (np.ones(entries.nnz), (entries.row, rows + entries.col)), shape=(rows + columns,) * 2
    )
    label = csgraph.connected_components(links, directed=False)[1]
    return label[:rows], label[rows:]


def _tighten(matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, ends: Ends) -> None:
    """Narrow the ends by each row alone, until no row says more (or for a limited number of rounds)."""
    entries = matrix.tocoo()
    row, column, sign = entries.row, entries.col, entries.data
    for _ in range(_ROUNDS):
        before = ends.low.copy(), ends.high.copy()
        small, large = _extremes(sign, ends.low[column], ends.high[column])
        one = (high[row] - _rest(row, small, len(low), -np.inf)) / sign
        other = (low[row] - _rest(row, large, len(low), np.inf)) / sign
        np.minimum.at(ends.high, column, np.floor(np.where(sign > 0, one, other) + TIGHT))
        np.maximum.at(ends.low, column, np.ceil(np.where(sign > 0, other, one) - TIGHT))
        if np.array_equal(before[0], ends.low) and np.array_equal(before[1], ends.high):
            return


def _extremes(sign: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and most each entry can add to its row."""
    up = sign > 0
    return sign * np.where(up, low, high), sign * np.where(up, high, low)


def _rest(row: np.ndarray, value: np.ndarray, height: int, endless: float) -> np.ndarray:
    """For each entry, the sum of the others in its row; *endless* if one of them has no limit."""
    infinite = np.isinf(value)
    finite = np.where(infinite, 0.0, value)
    total = np.bincount(row, finite, height)[row] - finite
    others = np.bincount(row, infinite, height)[row] - infinite
    return np.where(others > 0, endless, total)


class _Search:
    """Points and proofs over what is left when fixed unknowns and rows that always hold are taken out."""

    def __init__(
        self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, floor: np.ndarray, ends: Ends
    ) -> None:
        self.ends, self.floor = ends, floor
        fixed = ends.low == ends.high
        value = np.where(fixed, ends.low, 0.0)
        entries = matrix.tocoo()
        small, large = _extremes(entries.data, ends.low[entries.col], ends.high[entries.col])
        height = matrix.shape[0]
        speaks = np.bincount(entries.row, small, height) < low - TIGHT
        speaks |= np.bincount(entries.row, large, height) > high + TIGHT
        lost = np.zeros(height, bool)
        lost[entries.row[ends.is_contradicted[entries.col]]] = True
        kept = np.flatnonzero(speaks & ~lost)
        free = matrix[kept][:, np.flatnonzero(~fixed)]
        met = np.zeros(len(fixed), bool)
        met[np.flatnonzero(~fixed)[free.indices]] = True
        self.columns = np.flatnonzero(met)
        self.matrix = matrix[kept][:, self.columns]
        shift = matrix[kept] @ value
        self.low, self.high = low[kept] - shift, high[kept] - shift
        self.row_part, self.part = _parts(self.matrix)
        self.nearby: dict[int, Nearby | None] = {}
        alone = np.flatnonzero(~met)
        ends.reached(alone, ends.low[alone])
        ends.reached(alone, ends.high[alone])

    def run(self, asked: np.ndarray) -> None:
        """Settle the ends of the unknowns *asked*."""
        asked = asked[self.columns]
        if self._unseen().any():
            self._points(np.ones(len(asked)))
        self._unlimited(asked)
        self._sweep(asked)
        ways = (self._prove_around, self._reach_near, self._prove_near, self._reach_near, self._settle_whole)
        for sign in (1.0, -1.0):
            for settle in ways:
                for one in np.flatnonzero(self._open(asked, sign < 0)).tolist():
                    if self._is_open(one, sign):  # a point near another may have settled it
                        settle(one, sign)

    def _sweep(self, asked: np.ndarray) -> None:
        """Points that lift or lower many unknowns at once, as long as that settles many."""
        for is_above in (True, False):
            left = self._open(asked, is_above)
            while left.any():
                self._points(-left.astype(float) if is_above else left.astype(float))
                before, left = left, self._open(asked, is_above)
                if before.sum() - left.sum() < _WORTH_A_SWEEP:
                    break

    def _unseen(self) -> np.ndarray:
        """Unknowns of parts for which no point was looked for."""
        ends, at = self.ends, self.columns
        return (ends.least[at] > ends.most[at]) & ~ends.is_contradicted[at] & ~ends.is_cut_short[at]

    def _open(self, asked: np.ndarray, is_above: bool) -> np.ndarray:
        """Unknowns whose end on one side is not settled, and matters."""
        ends, at = self.ends, self.columns
        reached, limit = (ends.most[at], ends.high[at]) if is_above else (ends.least[at], ends.low[at])
        is_large = (reached if is_above else limit) >= COVER
        matters = ~(is_large & (ends.least[at] < ends.most[at]))
        return asked & (reached != limit) & matters & ~ends.is_contradicted[at] & ~ends.is_cut_short[at]

    def _is_open(self, one: int, sign: float) -> bool:
        asked = np.zeros(len(self.columns), bool)
        asked[one] = True
        return bool(self._open(asked, sign < 0)[one])

    def _block(self, columns: np.ndarray) -> Block:
        """All of the parts that *columns* stand in."""
        parts = np.unique(self.part[columns])
        inside = np.flatnonzero(np.isin(self.part, parts))
        rows = np.flatnonzero(np.isin(self.row_part, parts))
        at = self.columns[inside]
        return Block(
            self.matrix[rows][:, inside], self.low[rows], self.high[rows],
            self.ends.low[at], self.ends.high[at], inside,
        )  # fmt: skip

    def _points(self, goal: np.ndarray) -> None:
        """A point for each part *goal* touches, as good as possible for all its unknowns together.

        What is to be raised counts up to COVER only, so that no single unknown takes all there is.
        """
        block = self._block(np.flatnonzero(goal))
        aim = goal[block.columns]
        cap = np.minimum(COVER, block.most) if goal.min() < 0 else None
        _, point = block.solve(aim, cap)
        for part in self._taken(block, point):
            alone = self._block(np.flatnonzero(self.part == part))
            near = None if point is None else point[self.part[block.columns] == part]
            self._whole_point(alone, goal[alone.columns], near)

    def _whole_point(self, block: Block, aim: np.ndarray, near: np.ndarray | None) -> None:
        """A point in whole numbers of one part, *near* one in fractions if that can be."""
        cap = np.minimum(COVER, block.most) if aim.min() < 0 else None
        if near is not None:
            moving = np.abs(near - np.round(near)) > TIGHT
            for _ in range(_WIDER):
                moving = block.beside(moving)
                _, point = block.held(np.round(near), ~moving).solve(aim, cap, _SWEEP_NODES)
                if not self._taken(block, point):
                    return
        status, point = block.solve(aim, cap, _SWEEP_NODES)
        self._taken(block, point)
        self.ends.is_contradicted[self.columns[block.columns]] |= status == INFEASIBLE

    def _taken(self, block: Block, point: np.ndarray | None) -> list[int]:
        """Take in what holds of *point* when rounded; the parts for which it does not hold."""
        part = self.part[block.columns]
        if point is None:
            return np.unique(part).tolist()
        whole = np.round(point) + 0.0  # no minus zero
        holds = block.holds(whole, self.row_part[np.isin(self.row_part, part)], part)
        self.ends.reached(self.columns[block.columns[holds]], whole[holds])
        return np.unique(part[~holds]).tolist()

    def _unlimited(self, asked: np.ndarray) -> None:
        """Mark the unknowns that can grow without end: those a direction of growth within all rows raises.

        Where there is such a direction, whole numbers follow it as well; the part has a point already, or
        is reported as cut short.
        """
        ends = self.ends
        endless = asked & np.isinf(ends.high[self.columns])
        if not endless.any():
            return
        block = self._block(np.flatnonzero(endless))
        size = len(block.columns)
        growth = Block(
            block.matrix, np.where(np.isinf(block.low), -np.inf, 0.0), np.where(np.isinf(block.high), np.inf, 0.0),
            np.zeros(size), np.where(np.isinf(block.most), np.inf, 0.0), block.columns,
        )  # fmt: skip
        _, direction = growth.solve(-endless[block.columns].astype(float), np.ones(size))
        if direction is not None:
            grown = self.columns[block.columns[direction > 0.5]]
            seen = np.isfinite(ends.most[grown])
            ends.most[grown[seen]] = np.inf

    def _prove_around(self, one: int, sign: float) -> None:
        """How far *one* goes if only rows around it must hold: no further than if all must."""
        if (nearby := self._nearby(one)) is None:
            return
        for steps in _AROUND:
            block = nearby.block.around(nearby.at(one), steps)
            at = self.columns[block.columns]
            block = replace(block, least=self.ends.low[at], most=self.ends.high[at])
            is_one = block.columns == one
            status, point = block.solve(np.where(is_one, sign, 0.0))
            if status == OPTIMAL and point is not None:
                self._prove(one, point[is_one][0], sign)
            if not self._is_open(one, sign):
                return

    def _prove_near(self, one: int, sign: float) -> None:
        """How far *one* goes among all numbers: no whole number lies beyond; sign 1 for its low end."""
        if (nearby := self._nearby(one)) is None:
            return
        end = self._end(one, sign)
        found = nearby.furthest(one, end)
        if found is not None:
            self._taken(nearby.block, found)
            if sign > 0 or found[nearby.at(one)] < end - TIGHT:
                self._prove(one, found[nearby.at(one)], sign)

    def _reach_near(self, one: int, sign: float) -> None:
        """The nearest point in which *one* is at its end, or the best in whole numbers around it."""
        if (nearby := self._nearby(one)) is None:
            return
        block, still = nearby.block, nearby.point
        found = nearby.nearest(one, self._end(one, sign))
        self._taken(block, found)
        if found is None or not self._is_open(one, sign):
            return
        stays = ~block.beside(np.abs(found - still) > TIGHT)
        goal = np.where(block.columns == one, sign, 0.0)
        _, point = block.held(still, stays).solve(goal, nodes=_SWEEP_NODES)
        self._taken(block, point)

    def _settle_whole(self, one: int, sign: float) -> None:
        """Settle one end in whole numbers, or say that the search was cut short."""
        block = self._block(np.array([one]))
        goal = np.where(block.columns == one, sign, 0.0)
        status, point = block.solve(goal, nodes=_PROOF_NODES)
        self._taken(block, point)
        if status == OPTIMAL and point is not None:
            self._prove(one, np.round(point[block.columns == one][0]), sign)
        at = self.columns[one]
        self.ends.is_contradicted[at] |= status == INFEASIBLE
        self.ends.is_cut_short[at] |= self._is_open(one, sign)

    def _end(self, one: int, sign: float) -> float:
        """Where an end is looked for: as far as it can be, or as far as matters."""
        ends, at = self.ends, self.columns[one]
        return float(ends.low[at] if sign > 0 else min(ends.high[at], max(COVER, ends.least[at] + 1)))

    def _prove(self, one: int, value: float, sign: float) -> None:
        """No whole number lies beyond *value*, the best among all numbers."""
        ends, at = self.ends, self.columns[one]
        if sign > 0:
            ends.low[at] = max(ends.low[at], np.ceil(value - TIGHT))
        else:
            ends.high[at] = min(ends.high[at], np.floor(value + TIGHT))

    def _nearby(self, one: int) -> Nearby | None:
        """Points near the one that was reached in the part of *one*; None if none was."""
        part = int(self.part[one])
        if part not in self.nearby:
            block = self._block(np.array([one]))
            point = self.ends.point[self.columns[block.columns]]
            self.nearby[part] = None if np.isnan(point).any() else Nearby(block, point)
        return self.nearby[part]
