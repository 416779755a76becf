"""Which further cells to withhold so that no withheld one can be worked out: complementary suppression.

Each cell that must be protected needs deviations (see :mod:`ctip_analysis.deviation`) that take it to both ends
of its interval. Where the withheld cells allow none, the cheapest further ones are withheld; at the end
every one that turned out unneeded is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from ctip_analysis.deviation import EXACT, Deviations

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

    def part(self, columns: np.ndarray) -> Problem:
        """The problem of some cells (their numbers, in order) and the relations among these alone."""
        taken = np.zeros(len(self.values), dtype=bool)
        taken[columns] = True
        arrays = {
            name: getattr(self, name)[columns]
            for name in ("values", "is_required", "low", "high", "is_fixed", "is_withheld", "cost", "floor")
        }
        return replace(self, equal=_among(self.equal, taken), at_least=_among(self.at_least, taken), **arrays)


def _among(rows: sparse.csr_array, taken: np.ndarray) -> sparse.csr_array:
    inside = (abs(rows) @ (~taken).astype(float)) == 0
    return rows[inside & (np.diff(rows.indptr) > 0)][:, np.flatnonzero(taken)]


@dataclass(frozen=True)
class Pattern:
    """What is withheld: ``hidden`` by cell, and required cells that no pattern protects (``open``)."""

    hidden: np.ndarray
    open: list[int]


@dataclass(frozen=True)
class _Need:
    """One end of the interval a cell needs: so far up (> 0) or down; ``either`` way where any value will do."""

    cell: int
    gap: float
    either: bool = False

    def is_met_by(self, deviation: np.ndarray) -> bool:
        moved = deviation[self.cell] / self.gap
        return bool(moved > 1 - EXACT or (self.either and moved < -1 + EXACT))

    def turned(self) -> _Need:
        return replace(self, gap=-self.gap)


class _Search:
    """The cells withheld so far and, for each need that is met, a deviation that shows it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.hidden = (problem.is_required | problem.is_withheld) & ~problem.is_fixed
        self.narrow, self.wide = (
            Deviations(problem.values, problem.equal, problem.at_least) for _ in range(2)
        )
        self.wide.free(~problem.is_fixed, problem.floor)
        self.proof: dict[_Need, np.ndarray] = {}

    def extend(self, left: list[_Need]) -> list[_Need]:
        """Withhold the cheapest further cells until each need in *left* is met; return those nothing meets."""
        at_once = max(1, len(self.problem.values) // _CELLS_AT_ONCE)
        unmet: list[_Need] = []
        while left := self._together([need for need in left if need not in self.proof]):
            for start in range(0, min(len(left), _BETWEEN), at_once):
                some = [need for need in left[start : start + at_once] if need not in self.proof]
                unmet += self._cheapest(some) if some else []
            left = [need for need in left if need not in unmet]
        return unmet

    def _cheapest(self, needs: list[_Need]) -> list[_Need]:
        """Withhold what the cheapest deviation that meets all *needs* moves; by halves where there is none."""
        one_each = list(
            {need.cell: need for need in reversed(needs)}.values()
        )  # a cell can't go both ways at once
        found = self._way(one_each)
        if (
            found is not None
            and not self.wide.is_whole(found)
            and not (self._moved(found) & ~self.hidden).any()
        ):
            # the cells withheld allow a deviation in fractions only: search for one in whole numbers
            needs = one_each[:1]
            if self._prove_one(needs[0], needs, search=True):
                return []
            found = self._way(needs, whole=True)
        if found is None and len(needs) > 1:
            middle = len(needs) // 2
            return self._cheapest(needs[:middle]) + self._cheapest(needs[middle:])
        if found is None:
            return needs
        self.hidden |= self._moved(found)
        if self.wide.is_whole(found):
            self._note(np.round(found), needs)
        return []

    @staticmethod
    def _moved(deviation: np.ndarray) -> np.ndarray:
        return np.abs(deviation) > EXACT

    def _way(self, needs: list[_Need], *, whole: bool = False) -> np.ndarray | None:
        """The cheapest deviation that meets *needs*; a single one that may go either way goes up first."""
        cost = np.where(self.hidden, _FREE_OF_COST, self.problem.cost)
        cells = [need.cell for need in needs]
        ways = [np.array([need.gap for need in needs])]
        if len(needs) == 1 and needs[0].either:
            ways.append(-ways[0])
        for way in ways:
            found = self.wide.cheapest(cells, way, cost, whole=whole)
            if found is not None:
                return found
        return None

    def _together(self, left: list[_Need], *, search: bool = True) -> list[_Need]:
        """Look for deviations that meet many of *left* at once, while that helps; return those without one."""
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            while batch := [need for need in left if (need.gap > 0) is is_up or need.either]:
                self._note(self._move(batch, is_up, search=search), left)
                still = [need for need in left if need not in self.proof]
                if len(still) == len(left):
                    break
                left = still
        return left

    def _prove_one(self, need: _Need, others: list[_Need], *, search: bool) -> bool:
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            if need not in self.proof and (need.either or (need.gap > 0) is is_up):
                self._note(self._move([need], is_up, search=search), others)
        return need in self.proof

    def _move(self, needs: list[_Need], is_up: bool, *, search: bool) -> np.ndarray:
        gaps = np.array([abs(need.gap) for need in needs]) * (1 if is_up else -1)
        return self.narrow.furthest([need.cell for need in needs], gaps, search=search)

    def _note(self, deviation: np.ndarray, needs: Iterable[_Need]) -> None:
        for need in needs:
            if need not in self.proof and need.is_met_by(deviation):
                self.proof[need] = deviation

    def shorten(self) -> None:
        """Show again each further cell that the others can do without, the dearest first, while effort lasts."""
        problem = self.problem
        spare = np.flatnonzero(self.hidden & ~problem.is_required & ~problem.is_withheld)
        end = self.narrow.solves + _EFFORT // len(self.hidden)
        for cell in sorted(spare, key=lambda at: (-problem.cost[at], at)):
            if self.narrow.solves > end:
                break
            lost = [need for need, proof in self.proof.items() if proof[cell] != 0]
            kept = {need: self.proof.pop(need) for need in lost}
            self.hidden[cell] = False
            if not self._are_met(lost):
                self.hidden[cell] = True
                self.proof |= kept
        moved = np.zeros(len(self.hidden), dtype=bool)
        for proof in self.proof.values():
            moved |= proof != 0
        self.hidden[spare] &= moved[
            spare
        ]  # one that no proof moves protects nothing, and may be known itself

    def _are_met(self, needs: list[_Need]) -> bool:
        """Whether the cells withheld now meet all *needs*; a deviation in fractions is not searched further."""
        left = self._together(needs, search=False) if len(needs) > _FEW else needs
        return all(need in self.proof or self._prove_one(need, left, search=False) for need in left)


def repaired(problem: Problem, hidden: np.ndarray) -> Pattern:
    """A pattern as :func:`withhold` makes it, starting from the cells *hidden*."""
    search = _Search(problem)
    search.hidden |= hidden & ~problem.is_fixed
    return _completed(search)


def withhold(problem: Problem) -> Pattern:
    """A pattern in which every required cell keeps its interval, with few and cheap further cells.

    ``open`` lists required cells for which there is none, whatever is withheld: what readers know already
    gives them away.
    """
    return _completed(_Search(problem))


def _completed(search: _Search) -> Pattern:
    unmet = search.extend(list(_needs(search.problem)))
    search.shorten()
    return Pattern(search.hidden, sorted({need.cell for need in unmet}))


def _needs(problem: Problem) -> Iterator[_Need]:
    for cell in np.flatnonzero(problem.is_required & ~problem.is_fixed):
        value, low, high = problem.values[cell], problem.low[cell], problem.high[cell]
        if low == high:
            yield _Need(int(cell), 1.0, either=True)
            continue
        for end in (high, low):
            if end != value:
                yield _Need(int(cell), float(end - value))
