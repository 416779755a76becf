"""Which further cells to withhold so that no withheld one can be worked out: complementary suppression.

Each cell that must be protected needs deviations (see ``deviation``) that take it to both ends
of its interval. Where the withheld cells allow none, the cheapest further ones are withheld; at the end
every one that turned out unneeded is shown again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from ctip_analysis.inside.protection.deviation import EXACT, Deviations

_FREE_OF_COST = 1e-4  # distance through cells that are withheld anyway
_CELLS_AT_ONCE = 500  # a large table takes one need at a time for each so many of its cells
_BETWEEN = 25  # needs that are looked at one after the other before all are looked at together again
_FEW = 40
_EFFORT = 500_000  # solves times cells that showing cells again may take


@dataclass(frozen=True)
class Problem:
    """Cells with what is asked of them: arrays of one length, and the relations between them.

    A reader must be left with the interval from ``low`` to ``high`` for each cell that ``is_required``; where
    the two are equal, with any second value. Such cells are withheld, unless they are ``is_fixed``: known
    to readers whatever is done. ``is_withheld`` cells stay withheld without being protected themselves.
    """

    values: np.ndarray
    equal: sparse.csr_array = field(repr=False)
    at_least: sparse.csr_array = field(repr=False)
    is_required: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_fixed: np.ndarray
    is_withheld: np.ndarray
    cost: np.ndarray
    floor: np.ndarray

    def parts(self, asked: np.ndarray) -> Iterator[tuple[np.ndarray, Problem]]:
        """The cells that no relation joins to another part, and their problem, of parts with one of *asked*."""
        rows = abs(sparse.vstack([self.equal, self.at_least]).tocsr())
        joined = sparse.csgraph.connected_components(rows.T @ rows, directed=False)[1]
        for number in np.unique(joined[asked]):
            columns = np.flatnonzero(joined == number)
            yield columns, self._part(columns)

    def _part(self, columns: np.ndarray) -> Problem:
        is_equal, is_at_least = (abs(rows)[:, columns].sum(axis=1) > 0 for rows in (self.equal, self.at_least))
        names = ("values", "is_required", "low", "high", "is_fixed", "is_withheld", "cost", "floor")
        return replace(
            self,
            equal=self.equal[is_equal][:, columns],
            at_least=self.at_least[is_at_least][:, columns],
            **{name: getattr(self, name)[columns] for name in names},
        )


def withhold(problem: Problem) -> tuple[np.ndarray, list[int]]:
    """What is withheld so that every required cell keeps its interval, with few and cheap further cells.

    Returns whether each cell is withheld, and the required cells for which there is no way: what readers know
    already gives them away.
    """
    search = _Search(problem)
    unmet = search.extend()
    search.shorten()
    return search.hidden, sorted({need.cell for need in unmet})


@dataclass(frozen=True)
class _Need:
    """One end of the interval a cell needs: so far up (> 0) or down; ``either`` way where any value will do."""

    cell: int
    gap: float
    either: bool = False

    def is_met_by(self, deviation: np.ndarray) -> bool:
        moved = deviation[self.cell] / self.gap
        return bool(moved > 1 - EXACT or (self.either and moved < -1 + EXACT))


def _needs(problem: Problem) -> Iterator[_Need]:
    for cell in np.flatnonzero(problem.is_required & ~problem.is_fixed):
        value, low, high = problem.values[cell], problem.low[cell], problem.high[cell]
        if low == high:
            yield _Need(int(cell), 1.0, either=True)
        else:
            yield from (_Need(int(cell), float(end - value)) for end in (high, low) if end != value)


class _Search:
    """The cells withheld so far and, for each need that is met, a deviation in whole numbers that shows it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.hidden = (problem.is_required | problem.is_withheld) & ~problem.is_fixed
        self.narrow, self.wide = (Deviations(problem.values, problem.equal, problem.at_least) for _ in range(2))
        self.wide.free(~problem.is_fixed, problem.floor)
        self.needs = list(_needs(problem))
        self.proof: dict[_Need, np.ndarray] = {}

    def extend(self) -> list[_Need]:
        """Withhold the cheapest further cells until each need is met; return those nothing meets."""
        at_once = max(1, len(self.problem.values) // _CELLS_AT_ONCE)
        left, unmet = self.needs, list[_Need]()
        while left := self._together([need for need in left if need not in self.proof]):
            for start in range(0, min(len(left), _BETWEEN), at_once):
                some = [need for need in left[start : start + at_once] if need not in self.proof]
                unmet += self._cheapest(some) if some else []
            left = [need for need in left if need not in unmet]
        return unmet

    def _cheapest(self, needs: list[_Need]) -> list[_Need]:
        """Withhold what the cheapest deviation that meets all *needs* moves; by halves where there is none."""
        needs_of = {need.cell: need for need in reversed(needs)}  # a cell can't go both ways at once
        one_each = list(needs_of.values())
        found = self._way(one_each)
        if found is not None and not self.wide.is_whole(found) and not (_moved(found) & ~self.hidden).any():
            # the cells withheld allow a deviation in fractions only: search for one in whole numbers
            needs = one_each[:1]
            if self._prove_one(needs[0], search=True):
                return []
            found = self._way(needs, whole=True)
        if found is None and len(needs) > 1:
            middle = len(needs) // 2
            return self._cheapest(needs[:middle]) + self._cheapest(needs[middle:])
        if found is None:
            return needs
        self.hidden |= _moved(found)
        if self.wide.is_whole(found):
            self._note(np.round(found))
        return []

    def _way(self, needs: list[_Need], *, whole: bool = False) -> np.ndarray | None:
        """The cheapest deviation that meets *needs*; a single one that may go either way goes up first."""
        cost = np.where(self.hidden, _FREE_OF_COST, self.problem.cost)
        cells, gaps = [need.cell for need in needs], np.array([need.gap for need in needs])
        found = self.wide.cheapest(cells, gaps, cost, whole=whole)
        if found is None and len(needs) == 1 and needs[0].either:
            found = self.wide.cheapest(cells, -gaps, cost, whole=whole)
        return found

    def _together(self, left: list[_Need]) -> list[_Need]:
        """Look for deviations that meet many of *left* at once, while that helps; return those without one.

        One in fractions is not searched further: that takes long, and the needs one by one take little.
        """
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            while batch := [need for need in left if (need.gap > 0) is is_up or need.either]:
                self._move(batch, is_up, search=False)
                still = [need for need in left if need not in self.proof]
                if len(still) == len(left):
                    break
                left = still
        return left

    def _prove_one(self, need: _Need, *, search: bool) -> bool:
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            if need not in self.proof and (need.either or (need.gap > 0) is is_up):
                self._move([need], is_up, search=search)
        return need in self.proof

    def _move(self, needs: list[_Need], is_up: bool, *, search: bool) -> None:
        """Take as many of *needs* as possible to their ends, and note what that meets."""
        gaps = np.array([abs(need.gap) for need in needs]) * (1 if is_up else -1)
        self._note(self.narrow.furthest([need.cell for need in needs], gaps, search=search))

    def _note(self, deviation: np.ndarray) -> None:
        """Keep a *deviation* in whole numbers for every need that it is the first to meet."""
        met = (need for need in self.needs if need not in self.proof and need.is_met_by(deviation))
        self.proof |= dict.fromkeys(met, deviation)

    def shorten(self) -> None:
        """Show again each further cell that the others can do without, the dearest first, while effort lasts."""
        problem = self.problem
        spare = self.hidden & ~problem.is_required & ~problem.is_withheld
        end = self.narrow.solves + _EFFORT // len(self.hidden)
        for cell in sorted(np.flatnonzero(spare).tolist(), key=lambda at: (-problem.cost[at], at)):
            if self.narrow.solves > end:
                break
            if self._is_needed_by_a_sum(cell):
                continue
            lost = [need for need, deviation in self.proof.items() if deviation[cell]]
            before = {need: self.proof.pop(need) for need in lost}
            self.hidden[cell] = False
            if not self._are_met(lost):
                self.hidden[cell] = True
                self.proof |= before
        moved = np.any([*self.proof.values(), np.zeros(len(spare))], axis=0)
        self.hidden &= moved | ~spare  # one that no proof moves protects nothing, and may be known itself

    def _is_needed_by_a_sum(self, cell: int) -> bool:
        """Whether a sum would give a cell away if *cell* were shown: there is no need to solve anything then."""
        others = self.hidden.copy()
        others[cell] = False
        sums = self.problem.equal[self.problem.equal[:, [cell]].nonzero()[0]]
        left = sums[:, others]
        alone = np.flatnonzero(others)[left[np.diff(left.indptr) == 1].indices]
        return bool(np.isin(alone, [need.cell for need in self.needs]).any())

    def _are_met(self, needs: list[_Need]) -> bool:
        """Whether the cells withheld now meet all *needs*; a deviation in fractions is not searched further."""
        left = self._together(needs) if len(needs) > _FEW else needs
        return all(need in self.proof or self._prove_one(need, search=False) for need in left)


def _moved(deviation: np.ndarray) -> np.ndarray:
    return np.abs(deviation) > EXACT
