"""The linear programs of the attacker: over some parts of its system, and from a point nearby."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

    def held(self, point: np.ndarray, stays: np.ndarray) -> Block:
        """The block in which the columns that *stays* names are as in *point*."""
        least, most = (np.where(stays, point, limit) for limit in (self.least, self.most))
        return replace(self, least=least, most=most)

    def beside(self, columns: np.ndarray) -> np.ndarray:
        """Which columns share a row with any of *columns*."""
        return self._in_rows(self._rows_with(columns))

    def around(self, at: int, steps: int) -> Block:
        """The rows within so many *steps* of the column in place *at*, and the columns in them."""
        near = np.zeros(len(self.columns), bool)
        near[at] = True
        for _ in range(steps):
            rows = self._rows_with(near)
            near = self._in_rows(rows)
        matrix = self.matrix[np.flatnonzero(rows)][:, np.flatnonzero(near)]
        return Block(
            matrix, self.low[rows], self.high[rows], self.least[near], self.most[near], self.columns[near]
        )

    def _rows_with(self, columns: np.ndarray) -> np.ndarray:
        return np.asarray(abs(self.matrix) @ columns.astype(float) > 0)

    def _in_rows(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows.astype(float) @ abs(self.matrix) > 0)


def _widened(matrix: sparse.csr_array, more: int) -> sparse.csr_array:
    return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], more))], format="csr")


class Nearby:
    """Points near a *point* of a block that is known to hold, each found from where nothing moves."""

    def __init__(self, block: Block, point: np.ndarray) -> None:
        self.block, self.point = block, point
        self._size = len(point)
        self._room = np.r_[block.most - point, point - block.least]
        sums = block.matrix @ point
        both = sparse.hstack([block.matrix, -block.matrix], format="csr")
        self._solver = _solver(both, block.low - sums, block.high - sums)
        self._limit(np.arange(2 * self._size), np.zeros(2 * self._size), self._room)

    def at(self, one: int) -> int:
        """Where the column *one* of the search stands in the block."""
        return int(np.searchsorted(self.block.columns, one))

    def furthest(self, one: int, end: float) -> np.ndarray | None:
        """The point in which the unknown *one* comes closest to *end*, in fractions; None unless there is one."""
        cost = np.zeros(2 * self._size)
        cost[self._ways(one)] = -1.0
        return self._moved(one, np.zeros(2), self._way(one, end), cost)

    def nearest(self, one: int, end: float) -> np.ndarray | None:
        """The point in which *one* is *end* and all others move least; None unless there is one."""
        way = self._way(one, end)
        return self._moved(one, way, way, np.ones(2 * self._size))

    def _ways(self, one: int) -> np.ndarray:
        return self.at(one) + np.array([0, self._size])

    def _way(self, one: int, end: float) -> np.ndarray:
        """How far up and how far down it is to *end*."""
        way = end - self.point[self.at(one)]
        return np.array([max(way, 0.0), max(-way, 0.0)])

    def _moved(self, one: int, least: np.ndarray, most: np.ndarray, cost: np.ndarray) -> np.ndarray | None:
        ways = self._ways(one)
        if (least > self._room[ways]).any():
            return None
        self._limit(ways, least, np.minimum(most, self._room[ways]))
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self._solver.clearSolver()  # from nothing moved the way is short, from the last answer it is long
        self._solver.run()
        is_found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found = np.asarray(self._solver.getSolution().col_value)
        self._limit(ways, np.zeros(2), self._room[ways])
        return self.point + found[: self._size] - found[self._size :] if is_found else None

    def _limit(self, columns: np.ndarray, least: np.ndarray, most: np.ndarray) -> None:
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), least, most)


def _solver(matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray) -> highspy.Highs:
    """A linear program that stays in memory, to be solved for goal after goal."""
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_ = program.col_lower_ = program.col_upper_ = np.zeros(matrix.shape[1])
    program.row_lower_, program.row_upper_ = low, high
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    solver.passModel(program)
    return solver
