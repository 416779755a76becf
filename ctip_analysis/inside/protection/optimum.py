"""How few cells could do: a lower bound on what any safe pattern costs, and a better pattern where one is found.

Which cells are withheld is a choice of zeros and ones. For a choice that leaves a cell exposed, the dual of
its deviation problem says which further cells would be needed: a cut. Cuts are added until no choice that
obeys them is exposed (Fischetti and Salazar, Management Science 47, 2001). Limits are counted in solves.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import highspy
import numpy as np
from scipy import sparse

from ctip_analysis.inside.protection.deviation import EXACT, quiet_model
from ctip_analysis.inside.protection.suppression import Pattern, Problem, repaired

_FAR = 4.0  # no deviation needs to move a cell by more than this many times the largest value
_SLOW = 1e-4  # a round that lifts the bound by less than this part of it is the last in fractions
_NODES = 2_000
_COST_UNITS = 1_000


@dataclass(frozen=True)
class Optimum:
    """A pattern, its cost, and the cost below which no pattern is safe; ``is_proven`` if the two meet."""

    pattern: Pattern
    cost: float
    bound: float
    is_proven: bool

    @property
    def gap(self) -> float:
        """How far the pattern may be from the cheapest, as a part of its cost."""
        return 0.0 if self.is_proven or not self.cost else 1 - self.bound / self.cost


def improved(problem: Problem, start: Pattern, *, solves: int) -> Optimum:
    """The best pattern found for *problem* from *start*, with at most about *solves* deviation problems."""
    return _Cuts(problem, start, solves).run()


class _Cuts:
    def __init__(self, problem: Problem, start: Pattern, solves: int) -> None:
        self.problem, self.left = problem, solves
        self.forced = (problem.is_required | problem.is_withheld) & ~problem.is_fixed
        self.best, self.cost = start, float(problem.cost[start.hidden].sum())
        self.bound = float(problem.cost[self.forced].sum())
        self.unit = _unit(problem.cost)
        self.needs = self._ends()
        self.exposure = _Exposure(problem)
        self.rows, self.sides = _no_cell_alone(problem)

    def run(self) -> Optimum:
        if not self.best.open and self.needs:
            self._in_fractions()
            self._in_whole()
        is_proven = self._is_done() and not self.best.open
        return Optimum(self.best, self.cost, min(self.bound, self.cost), is_proven)

    def _ends(self) -> list[tuple[int, float]]:
        """Cell and distance of each end that must be reached; ends that may be either way are left to the repair."""
        found = []
        for cell in np.flatnonzero(self.forced & self.problem.is_required):
            low, high, value = (
                array[cell] for array in (self.problem.low, self.problem.high, self.problem.values)
            )
            found += [(int(cell), float(end - value)) for end in (high, low) if low < high and end != value]
        return found

    def _is_done(self) -> bool:
        return np.ceil(self.bound / self.unit - EXACT) * self.unit >= self.cost - EXACT

    def _in_fractions(self) -> None:
        while self.left > 0 and not self._is_done():
            choice, value = self._cheapest_choice(whole=False)
            before, self.bound = self.bound, max(self.bound, value)
            if not self._cut(choice) or self.bound - before < _SLOW * self.bound:
                break

    def _in_whole(self) -> None:
        while self.left > 0 and not self._is_done():
            choice, value = self._cheapest_choice(whole=True)
            if choice is None:
                break
            self.bound = max(self.bound, value)
            exposed = self._cut(choice)
            self._offer(choice > 0.5)
            if not exposed:  # what the cuts can't see is a matter of whole numbers only
                break

    def _offer(self, hidden: np.ndarray) -> None:
        """Repair a choice into a safe pattern and keep it if it is cheaper."""
        pattern = repaired(self.problem, hidden, self.best.proofs)
        cost = float(self.problem.cost[pattern.hidden].sum())
        if not pattern.open and cost < self.cost - EXACT:
            self.best, self.cost = pattern, cost

    def _cut(self, choice: np.ndarray) -> int:
        """Add a cut for every end the *choice* leaves out of reach; return how many."""
        found = 0
        self.exposure.allow(choice)
        for cell, gap in self.needs:
            if self.exposure.has_reached(cell, gap):
                continue
            self.left -= 1
            cut = self.exposure.cut(cell, gap, choice)
            if cut is not None:
                self.rows.append(cut)
                self.sides.append(1.0)
                found += 1
        return found

    def _cheapest_choice(self, *, whole: bool) -> tuple[np.ndarray, float]:
        """The cheapest choice that obeys all cuts so far, and a bound on its cost."""
        problem, n = self.problem, len(self.problem.values)
        model = quiet_model()
        model.setOptionValue("mip_max_nodes", _NODES)
        model.setOptionValue("mip_abs_gap", 0.999 * self.unit)
        rows = sparse.csr_array(np.array(self.rows)) if self.rows else sparse.csr_array((0, n))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n, rows.shape[0]
        lp.col_cost_ = problem.cost
        lp.col_lower_, lp.col_upper_ = self.forced.astype(float), (~problem.is_fixed).astype(float)
        lp.row_lower_, lp.row_upper_ = np.array(self.sides), np.full(rows.shape[0], highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        if whole:
            lp.integrality_ = [highspy.HighsVarType.kInteger] * n
        model.passModel(lp)
        model.run()
        info = model.getInfo()
        choice = np.clip(np.asarray(model.getSolution().col_value), 0, 1)
        return choice, float(info.mip_dual_bound if whole else info.objective_function_value)


def _unit(cost: np.ndarray) -> float:
    """The largest amount of which every cost is a multiple."""
    return gcd(*(round(each * _COST_UNITS) for each in np.unique(cost))) / _COST_UNITS


def _no_cell_alone(problem: Problem) -> tuple[list[np.ndarray], list[float]]:
    """First cuts: in a sum, no withheld cell may be the only one."""
    rows = []
    for row in problem.equal:
        for cell in row.indices:
            cut = np.zeros(len(problem.values))
            cut[row.indices] = 1
            cut[cell] = -1
            rows.append(cut)
    return rows, [0.0] * len(rows)


class _Exposure:
    """How far a cell can move when each cell moves only as far as it is withheld, in fractions."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.up = np.full(
            len(problem.values), _FAR * max(problem.values.max(initial=0), problem.high.max(initial=0))
        )
        self.down = np.maximum(problem.values - problem.floor, 0)
        self.slack = problem.slack
        self.model = self._model()
        self.most = self.least = np.zeros(len(problem.values))

    def _model(self) -> highspy.Highs:
        n = len(self.problem.values)
        rows = sparse.vstack([self.problem.equal, self.problem.at_least]).tocsr()
        equal = self.problem.equal.shape[0]
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n, rows.shape[0]
        lp.col_cost_ = lp.col_lower_ = lp.col_upper_ = np.zeros(n)
        lp.row_lower_ = np.concatenate([np.zeros(equal), -self.slack])
        lp.row_upper_ = np.concatenate([np.zeros(equal), np.full(len(self.slack), highspy.kHighsInf)])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        model = quiet_model()
        model.passModel(lp)
        return model

    def allow(self, choice: np.ndarray) -> None:
        """Let each cell move by the part of its reach that *choice* gives it."""
        columns = np.arange(len(choice), dtype=np.int32)
        allowed = np.where(choice < EXACT, 0.0, choice)
        self.model.changeColsBounds(len(columns), columns, -self.down * allowed, self.up * allowed)
        self.most = self.least = np.zeros(len(choice))

    def has_reached(self, cell: int, gap: float) -> bool:
        """Whether some deviation seen since the last :meth:`allow` took *cell* that far."""
        seen = self.most[cell] if gap > 0 else -self.least[cell]
        return bool(seen >= abs(gap) * (1 - EXACT))

    def cut(self, cell: int, gap: float, choice: np.ndarray) -> np.ndarray | None:
        """The row ``cut @ choice >= 1`` that *choice* breaks if it can't take *cell* so far; None if it can."""
        n = len(choice)
        cost = np.zeros(n)
        cost[cell] = -np.sign(gap)
        self.model.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        self.model.run()
        solution = self.model.getSolution()
        moved = np.asarray(solution.col_value)
        self.most, self.least = np.maximum(self.most, moved), np.minimum(self.least, moved)
        if abs(moved[cell]) >= abs(gap) * (1 - EXACT):
            return None
        profit = -np.asarray(solution.col_dual)
        profit[np.abs(profit) < 1e-9] = 0
        price = np.asarray(solution.row_dual)[self.problem.equal.shape[0] :]
        wanted = abs(gap) - float(np.maximum(price, 0) @ self.slack)
        if wanted <= EXACT:
            return None
        cut = np.minimum(np.where(profit > 0, profit * self.up, -profit * self.down), wanted) / wanted
        return cut if cut @ choice < 1 - EXACT else None


def best_within(problem: Problem, start: Pattern, *, cells: int, solves: int) -> Pattern:
    """*start*, improved where *problem* leaves at most *cells* to decide."""
    undecided = ~(problem.is_required | problem.is_withheld | problem.is_fixed)
    if start.open or not 0 < undecided.sum() <= cells:
        return start
    return improved(problem, start, solves=solves).pattern
