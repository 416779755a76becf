"""How low and how high each unknown of a system of whole numbers can be.

Each row alone narrows the ends first. What is left falls into separate parts, each kept in a solver: one
point that lifts or lowers many unknowns at once proves something about each of them, and the rest are
asked one by one. Limits are numbers of nodes, never seconds, so that the same system gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

COVER = 11.0  # the least count that is not small
_TIGHT = 1e-6
_ROUNDS = 100
_NODES = 10_000
_OPTIMAL, _INFEASIBLE = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible
_NO_LIMIT = highspy.kHighsInf


@dataclass
class Ends:
    """What is known of each unknown: ``low``/``high`` cannot be passed, ``least``/``most`` were reached.

    ``is_cut_short`` where the solver stopped before an end was settled; ``is_contradicted`` in a part of the
    system that no whole numbers satisfy.
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
        """Take in a point, over the unknowns in *columns*, that satisfies every row they are in."""
        self.least[columns] = np.minimum(self.least[columns], point)
        self.most[columns] = np.maximum(self.most[columns], point)

    def open(self, columns: np.ndarray, is_above: bool) -> np.ndarray:
        """Whether one end of each of *columns* is not settled, and matters."""
        reached, limit = (
            (self.most[columns], self.high[columns]) if is_above else (self.least[columns], self.low[columns])
        )
        is_large = (reached if is_above else limit) >= COVER
        matters = ~(is_large & (self.least[columns] < self.most[columns]))
        return (reached != limit) & matters & ~self.is_contradicted[columns] & ~self.is_cut_short[columns]


def bounds(
    matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, floor: np.ndarray, asked: np.ndarray | None = None
) -> Ends:
    """Ends of the unknowns *asked* under ``low <= matrix @ x <= high``, x whole and at least *floor*.

    There is a point of each part in them, or the part is contradicted, also where nothing is *asked*. Of an
    unknown seen at two numbers, an end that is COVER or above is followed no further: ``most`` may then be less
    than it can be, and ``low`` and ``least`` may differ where ``low`` is COVER or above. Every other end is exact
    unless ``is_cut_short`` or ``is_contradicted``.
    """
    matrix = matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    ends = Ends(floor.astype(float), np.full(len(floor), np.inf))
    _tighten(matrix, low, high, ends)
    label = _labels(matrix)[1]
    ends.is_contradicted |= np.isin(label, label[ends.low > ends.high])
    parts = list(_parts(matrix, low, high, ends))
    for columns, part in parts:
        _begin(part, columns, ends)
    ends.is_contradicted |= np.isin(label, label[ends.is_contradicted])
    if asked is not None:
        for columns, part in parts:
            _settle(part, columns, ends, asked[columns])
    return ends


def _labels(matrix: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Number of the separate part each row and each column belongs to."""
    rows, columns = matrix.shape
    entries = matrix.tocoo()
    links = sparse.coo_array((np.ones(entries.nnz), (entries.row, rows + entries.col)), shape=(rows + columns,) * 2)
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


def _parts(
    matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, ends: Ends
) -> Iterator[tuple[np.ndarray, _Part]]:
    """The separate parts of what is left without fixed unknowns and rows that always hold: columns and solver."""
    fixed = ends.low == ends.high
    shift = matrix @ np.where(fixed, ends.low, 0.0)
    entries = matrix.tocoo()
    small, large = _extremes(entries.data, ends.low[entries.col], ends.high[entries.col])
    binds = np.bincount(entries.row, small, len(low)) < low - _TIGHT
    binds |= np.bincount(entries.row, large, len(low)) > high + _TIGHT
    binds[entries.row[ends.is_contradicted[entries.col]]] = False
    rows = np.flatnonzero(binds)
    left = np.flatnonzero(~fixed)
    used = left[np.unique(matrix[rows][:, left].indices)]
    free = np.setdiff1d(np.arange(len(fixed)), used)
    ends.reached(free, ends.low[free])
    ends.reached(free, ends.high[free])
    row_label, label = _labels(matrix[rows][:, used])
    for number in np.unique(label):
        some, columns = rows[row_label == number], used[label == number]
        yield columns, _Part(
            matrix[some][:, columns], low[some] - shift[some], high[some] - shift[some],
            ends.low[columns], ends.high[columns],
        )  # fmt: skip


def _begin(part: _Part, columns: np.ndarray, ends: Ends) -> None:
    """Find one point of the part, or that there is none."""
    status, point = part.best(np.zeros(len(columns)), part.most)
    if point is None and status != _INFEASIBLE:
        status, point = part.best(np.zeros(len(columns)), part.most, whole=True)
    if point is not None:
        ends.reached(columns, point)
    ends.is_contradicted[columns] |= status == _INFEASIBLE
    ends.is_cut_short[columns] |= point is None and status != _INFEASIBLE


def _settle(part: _Part, columns: np.ndarray, ends: Ends, asked: np.ndarray) -> None:
    """Settle the ends of the unknowns *asked*, many at once as long as that settles any."""
    for is_above in (True, False):
        left = asked & ends.open(columns, is_above)
        while left.any():
            cap = np.where(left, _cap(columns, ends), ends.high[columns])
            _, point = part.best(left * (-1.0 if is_above else 1.0), cap)
            if point is not None:
                ends.reached(columns, point)
            before, left = left, asked & ends.open(columns, is_above)
            if before.sum() == left.sum():
                break
        for one in np.flatnonzero(left):
            for whole in (False, True):
                if ends.open(columns[[one]], is_above)[0]:
                    _ask(part, columns, ends, int(one), is_above, whole)


def _cap(columns: np.ndarray, ends: Ends) -> np.ndarray:
    """How far up points are looked for: as far as matters, so that no single unknown takes all there is."""
    matters = np.maximum(COVER, np.maximum(ends.least[columns] + 1, ends.most[columns]))
    return np.minimum(ends.high[columns], matters)


def _ask(part: _Part, columns: np.ndarray, ends: Ends, one: int, is_above: bool, whole: bool) -> None:
    """Take one unknown as far as matters; what the solver proves of its end is kept."""
    cap = ends.high[columns].copy()
    cap[one] = _cap(columns, ends)[one]
    goal = np.zeros(len(columns))
    goal[one] = -1.0 if is_above else 1.0
    status, point = part.best(goal, cap, whole=whole)
    if point is not None:
        ends.reached(columns, point)
    at = columns[one]
    if status == _OPTIMAL and is_above and part.bound < cap[one] - _TIGHT:
        ends.high[at] = min(ends.high[at], np.floor(part.bound + _TIGHT))
    elif status == _OPTIMAL and not is_above:
        ends.low[at] = max(ends.low[at], np.ceil(part.bound - _TIGHT))
    if whole:
        ends.is_cut_short[at] |= bool(ends.open(columns[[one]], is_above)[0])


def solver(
    matrix: sparse.csr_array, rows: tuple[np.ndarray, np.ndarray], columns: tuple[np.ndarray, np.ndarray],
    **options: float,
) -> highspy.Highs:  # fmt: skip
    """A silent solver of one thread for ``matrix @ x`` between the ends of *rows*, x between those of *columns*."""
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_ = np.zeros(matrix.shape[1])
    program.col_lower_, program.col_upper_ = columns
    program.row_lower_, program.row_upper_ = rows
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    made = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        made.setOptionValue(name, value)
    made.passModel(program)
    return made


class _Part:
    """Unknowns x between *least* and *most* with ``low <= matrix @ x <= high``.

    ``bound`` is the best value of the goal that the last answer proves possible at most.
    """

    def __init__(
        self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, least: np.ndarray, most: np.ndarray
    ) -> None:
        self.least, self.most, self.bound = least, most, np.nan
        self._matrix, self._low, self._high = matrix, low, high
        self._all = np.arange(len(least), dtype=np.int32)
        self._solver = solver(matrix, (low, high), (least, most), mip_max_nodes=_NODES, mip_rel_gap=0.0)

    def best(
        self, goal: np.ndarray, most: np.ndarray, *, whole: bool = False
    ) -> tuple[highspy.HighsModelStatus, np.ndarray | None]:
        """Status and a point in whole numbers, up to *most*, with the smallest ``goal @ x``.

        Unless *whole*, fractions are allowed in the search; the point is None then if it has any.
        """
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        self._solver.changeColsIntegrality(len(self._all), self._all, np.full(len(self._all), kind))
        self._solver.changeColsBounds(len(self._all), self._all, self.least, np.minimum(most, _NO_LIMIT))
        self._solver.changeColsCost(len(self._all), self._all, goal)
        self._solver.run()
        status = self._solver.getModelStatus()
        found = np.asarray(self._solver.getSolution().col_value)
        if len(found) == 0 or (status != _OPTIMAL and not whole):
            return status, None
        self.bound = abs(float(goal @ found))
        point = np.round(found) + 0.0  # no minus zero
        return status, point if self._holds(point) else None

    def _holds(self, point: np.ndarray) -> bool:
        sums = self._matrix @ point
        fits = (sums >= self._low - _TIGHT) & (sums <= self._high + _TIGHT)
        return bool(fits.all() and (point >= self.least).all() and (point <= self.most).all())
