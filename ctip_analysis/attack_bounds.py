"""How low and how high each unknown of a system of whole numbers can be.

Points that satisfy every row are looked for in bulk: one point that lifts or lowers many unknowns at
once proves something about each of them. What is left is settled one unknown at a time, in all
separate parts of the system together. Limits are numbers of nodes, never seconds, so that the same
system always gives the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csgraph

COVER = 11.0  # an interval from the floor to here tells nobody that a count is small

_TIGHT = 1e-6
_SWEEP_NODES, _PROOF_NODES = 100, 10_000
_ROUNDS = 100
_BETWEEN_STARTS = 20
_OPTIMAL, _INFEASIBLE = 0, 2  # as milp numbers them


@dataclass
class Ends:
    """What is known of each unknown: ``low``/``high`` cannot be passed, ``least``/``most`` were reached.

    ``is_cut_short`` where the solver stopped before an end was settled; ``is_contradicted`` in a part of
    the system that no whole numbers satisfy.
    """

    low: np.ndarray
    high: np.ndarray
    least: np.ndarray = field(init=False)
    most: np.ndarray = field(init=False)
    is_cut_short: np.ndarray = field(init=False)
    is_contradicted: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.low)
        self.least, self.most = np.full(size, np.inf), np.full(size, -np.inf)
        self.is_cut_short, self.is_contradicted = np.zeros(size, bool), np.zeros(size, bool)

    def reached(self, columns: np.ndarray, point: np.ndarray) -> None:
        """Take in a point, over the unknowns in *columns*, that satisfies every row they stand in."""
        self.least[columns] = np.minimum(self.least[columns], point)
        self.most[columns] = np.maximum(self.most[columns], point)


def bounds(
    matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, floor: np.ndarray, asked: np.ndarray
) -> Ends:
    """Ends of the unknowns *asked* under ``low <= matrix @ x <= high``, x whole and at least *floor*.

    An unknown that was seen at its floor and at COVER or above is followed no further: ``most`` is then
    what was seen. Every other end is exact unless ``is_cut_short`` or ``is_contradicted``.
    """
    matrix = matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    ends = Ends(floor.astype(float), np.full(len(floor), np.inf))
    part = _parts(matrix)[1]
    is_settled = False
    while not is_settled:
        _tighten(matrix, low, high, ends)
        ends.is_contradicted |= np.isin(part, part[ends.is_contradicted | (ends.low > ends.high)])
        is_settled = _Search(matrix, low, high, floor, ends).run(asked)
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
        np.minimum.at(ends.high, column, np.floor(np.where(sign > 0, one, other) + _TIGHT))
        np.maximum.at(ends.low, column, np.ceil(np.where(sign > 0, other, one) - _TIGHT))
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


@dataclass(frozen=True)
class _Block:
    """Some separate parts of the system, to be solved together. ``columns``: places in the search."""

    matrix: sparse.csr_array
    low: np.ndarray
    high: np.ndarray
    least: np.ndarray
    most: np.ndarray
    columns: np.ndarray

    def solve(
        self, goal: np.ndarray, cap: np.ndarray | None = None, nodes: int = 0
    ) -> tuple[int, np.ndarray | None]:
        """Status and the point with the smallest ``goal @ x``; in whole numbers if *nodes* are granted.

        With a *cap* the goal must not be positive, and an unknown counts towards it only up to its cap.
        """
        size = len(self.columns)
        rules = [LinearConstraint(self.matrix, self.low, self.high)] if self.matrix.shape[0] else []
        least, most, costs = self.least, self.most, goal
        if cap is not None:
            wanted = np.flatnonzero(goal)
            more = len(wanted)
            rules = [LinearConstraint(_widened(self.matrix, more), self.low, self.high)]
            picked = sparse.csr_array((np.ones(more), (range(more), wanted)), shape=(more, size))
            rules.append(
                LinearConstraint(sparse.hstack([picked, -sparse.eye_array(more)], format="csr"), 0, np.inf)
            )
            least, most = np.r_[least, np.zeros(more)], np.r_[most, cap[wanted]]
            costs = np.r_[np.zeros(size), goal[wanted]]
        found = milp(
            costs,
            constraints=rules,
            bounds=Bounds(least, most),
            integrality=np.r_[np.full(size, int(nodes > 0)), np.zeros(len(costs) - size)],
            options={"node_limit": nodes, "mip_rel_gap": 0.0} if nodes else {},
        )
        return found.status, None if found.x is None else found.x[:size]

    def holds(self, point: np.ndarray, row_part: np.ndarray, part: np.ndarray) -> np.ndarray:
        """Whether each column's part is satisfied, row for row, by a whole *point*."""
        sums = self.matrix @ point
        wrong = set(row_part[(sums < self.low - _TIGHT) | (sums > self.high + _TIGHT)])
        wrong |= set(part[(point < self.least) | (point > self.most)])
        return ~np.isin(part, sorted(wrong))


def _widened(matrix: sparse.csr_array, more: int) -> sparse.csr_array:
    return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], more))], format="csr")


class _Warm:
    """The whole search as one linear program that is solved for goal after goal, each from the last answer."""

    def __init__(self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray) -> None:
        self._height, self._width = matrix.shape
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_ = program.col_lower_ = program.col_upper_ = np.zeros(self._width)
        program.row_lower_, program.row_upper_ = low, high
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(program)

    def solve(self, goal: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray | None:
        """The point with the smallest ``goal @ x`` between *least* and *most*; None unless there is one."""
        columns = np.arange(self._width, dtype=np.int32)
        self._solver.changeColsBounds(self._width, columns, least, most)
        self._solver.changeColsCost(self._width, columns, goal)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(self._solver.getSolution().col_value)


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
        speaks = np.bincount(entries.row, small, height) < low - _TIGHT
        speaks |= np.bincount(entries.row, large, height) > high + _TIGHT
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
        self.warm = _Warm(self.matrix, self.low, self.high)
        alone = np.flatnonzero(~met)
        ends.reached(alone, ends.low[alone])
        ends.reached(alone, ends.high[alone])

    def run(self, asked: np.ndarray) -> bool:
        """Settle ends of the unknowns *asked*; False if it is worth to start again with what was learnt."""
        asked = asked[self.columns]
        if not (self._open(asked, True) | self._open(asked, False) | self._unseen()).any():
            return True
        if self._unseen().any():
            self._points(np.ones(len(asked)))
            self._unlimited(asked)
        for is_above in (True, False):
            left = self._open(asked, is_above)
            while left.any():
                self._points(-left.astype(float) if is_above else left.astype(float))
                before, left = left, self._open(asked, is_above)
                if left.sum() == before.sum():
                    break
        for is_above in (False, True):
            for _ in range(_BETWEEN_STARTS):
                if not (left := self._open(asked, is_above)).any():
                    break
                self._settle_one_each(np.flatnonzero(left), -1.0 if is_above else 1.0)
            else:
                return False
        return True

    def _unseen(self) -> np.ndarray:
        """Unknowns of parts for which no point was looked for."""
        ends, at = self.ends, self.columns
        return (ends.least[at] > ends.most[at]) & ~ends.is_contradicted[at] & ~ends.is_cut_short[at]

    def _open(self, asked: np.ndarray, is_above: bool) -> np.ndarray:
        """Unknowns whose end on one side is not settled, and matters."""
        ends, at = self.ends, self.columns
        if is_above:
            covers = (ends.least[at] <= self.floor[at]) & (ends.most[at] >= COVER)
            unsettled = (ends.most[at] < ends.high[at]) & ~covers
        else:
            unsettled = ends.least[at] > ends.low[at]
        return asked & unsettled & ~ends.is_contradicted[at] & ~ends.is_cut_short[at]

    def _block(self, columns: np.ndarray) -> _Block:
        """All of the parts that *columns* stand in."""
        parts = np.unique(self.part[columns])
        inside = np.flatnonzero(np.isin(self.part, parts))
        rows = np.flatnonzero(np.isin(self.row_part, parts))
        at = self.columns[inside]
        return _Block(
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
            aim = goal[alone.columns]
            cap = np.minimum(COVER, alone.most) if aim.min() < 0 else None
            status, point = alone.solve(aim, cap, _SWEEP_NODES)
            self._taken(alone, point)
            self.ends.is_contradicted[self.columns[alone.columns]] |= status == _INFEASIBLE

    def _taken(self, block: _Block, point: np.ndarray | None) -> list[int]:
        """Take in what holds of *point* when rounded; the parts for which it does not hold."""
        part = self.part[block.columns]
        if point is None:
            return np.unique(part).tolist()
        whole = np.round(point)
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
        growth = _Block(
            block.matrix, np.where(np.isinf(block.low), -np.inf, 0.0), np.where(np.isinf(block.high), np.inf, 0.0),
            np.zeros(size), np.where(np.isinf(block.most), np.inf, 0.0), block.columns,
        )  # fmt: skip
        _, direction = growth.solve(-endless[block.columns].astype(float), np.ones(size))
        if direction is not None:
            grown = self.columns[block.columns[direction > 0.5]]
            seen = np.isfinite(ends.most[grown])
            ends.most[grown[seen]] = np.inf

    def _settle_one_each(self, left: np.ndarray, sign: float) -> None:
        """Settle one unknown of every part that has one *left*; sign 1 for its low end, -1 for its high end."""
        picked = left[np.unique(self.part[left], return_index=True)[1]]
        goal = np.zeros(len(self.columns))
        goal[picked] = sign
        block = self._block(picked)
        found = self.warm.solve(goal, self.ends.low[self.columns], self.ends.high[self.columns])
        if found is not None:
            status, point = _OPTIMAL, found[block.columns]
        else:  # another part may have no answer
            status, point = block.solve(goal[block.columns])
        if status == _OPTIMAL and point is not None:
            self._taken(block, point)
            self._prove(picked, point[np.searchsorted(block.columns, picked)], sign)
        for one in picked[self._unsettled(picked, sign)]:
            self._settle_whole(one, sign)

    def _prove(self, picked: np.ndarray, value: np.ndarray, sign: float) -> None:
        """No whole number lies beyond the best value among all numbers."""
        ends, at = self.ends, self.columns[picked]
        if sign > 0:
            ends.low[at] = np.maximum(ends.low[at], np.ceil(value - _TIGHT))
        else:
            ends.high[at] = np.minimum(ends.high[at], np.floor(value + _TIGHT))

    def _unsettled(self, picked: np.ndarray, sign: float) -> np.ndarray:
        asked = np.zeros(len(self.columns), bool)
        asked[picked] = True
        return self._open(asked, sign < 0)[picked]

    def _settle_whole(self, one: int, sign: float) -> None:
        """Settle one end in whole numbers, or say that the search was cut short."""
        block = self._block(np.array([one]))
        goal = np.where(block.columns == one, sign, 0.0)
        status, point = block.solve(goal, nodes=_PROOF_NODES)
        self._taken(block, point)
        if status == _OPTIMAL and point is not None:
            self._prove(np.array([one]), np.round(point[block.columns == one]), sign)
        at = self.columns[one]
        self.ends.is_contradicted[at] |= status == _INFEASIBLE
        self.ends.is_cut_short[at] |= bool(self._unsettled(np.array([one]), sign)[0])
