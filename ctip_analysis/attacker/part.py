"""One separate part of the attacker's system, kept in the solver for goal after goal."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

TIGHT = 1e-6
OPTIMAL = highspy.HighsModelStatus.kOptimal
INFEASIBLE = highspy.HighsModelStatus.kInfeasible
_NODES = 10_000
_LIMIT = highspy.kHighsInf


class Part:
    """Unknowns x between *least* and *most* with ``low <= matrix @ x <= high``.

    ``bound`` is the best value of the goal that the last answer proves possible at most.
    """

    def __init__(
        self, matrix: sparse.csr_array, low: np.ndarray, high: np.ndarray, least: np.ndarray, most: np.ndarray
    ) -> None:
        self.least, self.most, self.bound = least, most, np.nan
        self._matrix, self._low, self._high = matrix, low, high
        self._all = np.arange(len(least), dtype=np.int32)
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_, program.col_lower_, program.col_upper_ = np.zeros(len(least)), least, most
        program.row_lower_, program.row_upper_ = low, high
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        self._solver = highspy.Highs()
        for name, value in {"output_flag": False, "threads": 1, "mip_max_nodes": _NODES, "mip_rel_gap": 0.0}.items():
            self._solver.setOptionValue(name, value)
        self._solver.passModel(program)

    def best(
        self, goal: np.ndarray, most: np.ndarray, *, whole: bool = False
    ) -> tuple[highspy.HighsModelStatus, np.ndarray | None]:
        """Status and a point in whole numbers, up to *most*, with the smallest ``goal @ x``.

        Unless *whole*, fractions are allowed in the search; the point is None then if it has any.
        """
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        self._solver.changeColsIntegrality(len(self._all), self._all, np.full(len(self._all), kind))
        self._solver.changeColsBounds(len(self._all), self._all, self.least, np.minimum(most, _LIMIT))
        self._solver.changeColsCost(len(self._all), self._all, goal)
        self._solver.run()
        status = self._solver.getModelStatus()
        found = np.asarray(self._solver.getSolution().col_value)
        if len(found) == 0 or (status != OPTIMAL and not whole):
            return status, None
        self.bound = abs(float(goal @ found))
        point = np.round(found) + 0.0  # no minus zero
        return status, point if self._holds(point) else None

    def _holds(self, point: np.ndarray) -> bool:
        sums = self._matrix @ point
        return bool(
            (sums >= self._low - TIGHT).all()
            and (sums <= self._high + TIGHT).all()
            and (point >= self.least).all()
            and (point <= self.most).all()
        )
