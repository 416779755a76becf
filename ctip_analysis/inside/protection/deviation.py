"""How far withheld cells can move while every shown one stays: the linear model behind suppression.

A reader who knows the shown cells can't tell the true table from any other that fits them. The difference
between two such tables is a deviation: zero on shown cells, zero in every sum. A withheld cell is safe when
deviations exist that take it far enough. HiGHS solves; each solve starts from where nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import highspy
import numpy as np
from scipy import sparse

from ctip_analysis.attacker.bounds import solver

EXACT = 1e-6
NODES = 200  # of the search for whole numbers; seconds would make the result depend on the machine
_NO_LIMIT = highspy.kHighsInf


class Deviations:
    """Deviations of the cells *values* that obey ``equal @ d = 0`` and ``at_least @ (values + d) >= 0``.

    Nothing moves until :meth:`free` says which cells may.
    """

    def __init__(self, values: np.ndarray, equal: sparse.csr_array, at_least: sparse.csr_array) -> None:
        self.values, self.equal, self.at_least = values, equal.tocsr(), at_least.tocsr()
        self._slack = at_least @ values
        self._n = n = len(values)
        self.solves = 0
        self._low, self._high = np.zeros(n), np.zeros(n)
        self._model = _model(sparse.vstack([equal, at_least]).tocsr(), equal.shape[0], -self._slack, n)

    def free(self, may_move: np.ndarray, floor: np.ndarray | float = 0.0) -> None:
        """Let the cells *may_move* take any value from *floor* up, and no other one."""
        self._high = np.where(may_move, _NO_LIMIT, 0.0)
        self._low = np.where(may_move, np.minimum(floor - self.values, 0.0), 0.0)
        self._bound(np.arange(self._n))

    def furthest(self, cells: Sequence[int], gaps: np.ndarray, *, search: bool = True) -> np.ndarray:
        """A deviation in whole numbers that takes as many of *cells* as it can by *gaps* (< 0: down).

        Without *search*, fractions are not searched further, and nothing moves instead.
        """
        at, cost = np.asarray(cells), np.zeros(self._n)
        cost[at] = -np.sign(gaps) / np.abs(gaps)
        low, high = np.maximum(self._low[at], np.minimum(gaps, 0)), np.minimum(self._high[at], np.maximum(gaps, 0))
        with self._kept_between(at, low, high):
            found = self._whole(cost, -cost, search)
        return np.zeros(self._n) if found is None else found

    def cheapest(
        self, cells: Sequence[int], gaps: np.ndarray, cost: np.ndarray, *, whole: bool = False
    ) -> np.ndarray | None:
        """The deviation of least *cost* times distance that takes *cells* by *gaps* all at once.

        In fractions where that is cheapest, unless *whole*; None if none is found.
        """
        with self._kept_between(np.asarray(cells), gaps, gaps):
            return self._whole(cost, cost, search=True) if whole else self._solve(cost, cost)

    @contextmanager
    def _kept_between(self, at: np.ndarray, low: np.ndarray, high: np.ndarray) -> Iterator[None]:
        """Narrower bounds for some cells, for one solve."""
        before = self._low[at], self._high[at]
        self._low[at], self._high[at] = low, high
        self._bound(at)
        yield
        self._low[at], self._high[at] = before
        self._bound(at)

    def is_whole(self, deviation: np.ndarray) -> bool:
        """Whether *deviation* is one in whole numbers."""
        rounded = np.round(deviation)
        return bool(np.abs(deviation - rounded).max() < EXACT) and self.holds(rounded)

    def holds(self, deviation: np.ndarray) -> bool:
        """Whether *deviation* breaks no relation and no bound."""
        return bool(
            (np.abs(self.equal @ deviation) < EXACT).all()
            and (self.at_least @ deviation + self._slack > -EXACT).all()
            and (deviation >= self._low - EXACT).all()
            and (deviation <= self._high + EXACT).all()
        )

    def _bound(self, at: np.ndarray) -> None:
        """Upward and downward movement are two columns a cell, so that distance can be priced."""
        both = np.concatenate([at, at + self._n]).astype(np.int32)
        low, high = self._low[at], self._high[at]
        lower = np.concatenate([np.maximum(low, 0), np.maximum(-high, 0)])
        upper = np.concatenate([np.maximum(high, 0), np.maximum(-low, 0)])
        self._model.changeColsBounds(len(both), both, lower, upper)

    def _solve(self, up: np.ndarray, down: np.ndarray) -> np.ndarray | None:
        costs = np.concatenate([up, down])
        self._model.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
        self._model.clearSolver()  # from nothing moved the way is short, from the last solution it is long
        self._model.setOptionValue("presolve", "off")
        self._model.run()
        self._model.setOptionValue("presolve", "choose")
        self.solves += 1
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = np.asarray(self._model.getSolution().col_value)
        return found[: self._n] - found[self._n :]

    def _whole(self, up: np.ndarray, down: np.ndarray, search: bool) -> np.ndarray | None:
        """The best deviation in whole numbers within the node limit; None if none is found."""
        found = self._solve(up, down)
        if found is None:
            return None
        if self.is_whole(found):
            return np.round(found)
        if not search:
            return None
        self._ask_whole(highspy.HighsVarType.kInteger)
        self._model.run()
        status = self._model.getInfo().primal_solution_status
        best = np.asarray(self._model.getSolution().col_value)
        self._ask_whole(highspy.HighsVarType.kContinuous)
        if status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        rounded = np.round(best[: self._n] - best[self._n :])
        return rounded if self.holds(rounded) else None

    def _ask_whole(self, kind: highspy.HighsVarType) -> None:
        columns = np.arange(2 * self._n, dtype=np.int32)
        self._model.changeColsIntegrality(len(columns), columns, np.full(len(columns), kind))


def _model(rows: sparse.csr_array, n_equal: int, limits: np.ndarray, n: int) -> highspy.Highs:
    """Columns: each cell up, then each cell down; none may move yet."""
    both = sparse.hstack([rows, -rows]).tocsr()
    least = np.concatenate([np.zeros(n_equal), limits])
    most = np.concatenate([np.zeros(n_equal), np.full(len(limits), _NO_LIMIT)])
    still = np.zeros(2 * n)
    return solver(both, (least, most), (still, still), mip_max_nodes=NODES)
