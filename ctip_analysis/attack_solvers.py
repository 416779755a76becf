"""The linear programs of the attacker: over some parts of its system, over all of it, and from a point nearby."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

TIGHT = 1e-6
OPTIMAL, INFEASIBLE = 0, 2  # as milp numbers them


@dataclass(frozen=True)
class Block:
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
        wrong = set(row_part[(sums < self.low - TIGHT) | (sums > self.high + TIGHT)])
        wrong |= set(part[(point < self.least) | (point > self.most)])
        return ~np.isin(part, sorted(wrong))


def _widened(matrix: sparse.csr_array, more: int) -> sparse.csr_array:
    return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], more))], format="csr")


class _Program:
    """A linear program that stays in memory and is solved again and again, each time from the last answer."""

    def __init__(self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, cost: np.ndarray) -> None:
        self.width = matrix.shape[1]
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_ = cost
        program.col_lower_ = program.col_upper_ = np.zeros(self.width)
        program.row_lower_, program.row_upper_ = low, high
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(program)

    def limit(self, columns: np.ndarray, least: np.ndarray, most: np.ndarray) -> None:
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), least, most)

    def aim(self, cost: np.ndarray) -> None:
        self._solver.changeColsCost(self.width, np.arange(self.width, dtype=np.int32), cost)

    def run(self) -> np.ndarray | None:
        """The answer; None unless there is one."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(self._solver.getSolution().col_value)


class Warm:
    """The whole search as one linear program that is solved for goal after goal."""

    def __init__(self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray) -> None:
        self._program = _Program(matrix, low, high, np.zeros(matrix.shape[1]))

    def solve(self, goal: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray | None:
        """The point with the smallest ``goal @ x`` between *least* and *most*; None unless there is one."""
        self._program.limit(np.arange(len(goal)), least, most)
        self._program.aim(goal)
        return self._program.run()


class Nearby:
    """Points near one that is known to hold: few unknowns move, and so mostly by whole numbers."""

    def __init__(
        self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray,
        least: np.ndarray, most: np.ndarray, point: np.ndarray,
    ) -> None:  # fmt: skip
        sums = matrix @ point
        both = sparse.hstack([matrix, -matrix], format="csr")
        self._point, self._room = point, np.r_[most - point, point - least]
        self._program = _Program(both, low - sums, high - sums, np.ones(2 * len(point)))
        self._program.limit(np.arange(2 * len(point)), np.zeros(2 * len(point)), self._room)

    def solve(self, one: int, value: float) -> np.ndarray | None:
        """The nearest point in which the unknown *one* has *value*; None unless there is one."""
        way = value - self._point[one]
        size = len(self._point)
        at = np.array([one, size + one])
        moved = np.array([max(way, 0.0), max(-way, 0.0)])
        if (moved > self._room[at]).any():
            return None
        self._program.limit(at, moved, moved)
        found = self._program.run()
        self._program.limit(at, np.zeros(2), self._room[at])
        return None if found is None else self._point + found[:size] - found[size:]
