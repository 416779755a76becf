"""Which further cells to withhold so that no withheld one can be worked out: complementary suppression.

Each cell that must be protected needs deviations (see ``deviation``) that take it to both ends
of its interval. Where the withheld cells allow none, the cheapest further ones are withheld; at the end
every one that turned out unneeded is shown again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
    ``slack`` is how far each row of ``at_least`` is from its bound.
    """

    values: np.ndarray
    equal: sparse.csr_array = field(repr=False)
    at_least: sparse.csr_array = field(repr=False)
    slack: np.ndarray
    is_required: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_fixed: np.ndarray
    is_withheld: np.ndarray
    cost: np.ndarray
    floor: np.ndarray

    def part(self, columns: np.ndarray) -> Problem:
        """The problem of some cells (their numbers, in order) and the relations among these alone."""
        others = np.setdiff1d(np.arange(len(self.values)), columns)
        inside = [_joins(rows, columns) & ~_joins(rows, others) for rows in (self.equal, self.at_least)]
        return self._of(columns, *inside)

    def parts(self, asked: np.ndarray) -> Iterator[np.ndarray]:
        """The cells of each part that no relation joins to another, of parts with one of *asked*."""
        rows = abs(sparse.vstack([self.equal, self.at_least]).tocsr())
        joined = sparse.csgraph.connected_components(rows.T @ rows, directed=False)[1]
        for part in np.unique(joined[asked]):
            yield np.flatnonzero(joined == part)

    def _of(self, columns: np.ndarray, is_equal: np.ndarray, is_at_least: np.ndarray) -> Problem:
        arrays = {
            name: getattr(self, name)[columns]
            for name in ("values", "is_required", "low", "high", "is_fixed", "is_withheld", "cost", "floor")
        }
        return replace(
            self,
            equal=self.equal[is_equal][:, columns],
            at_least=self.at_least[is_at_least][:, columns],
            slack=self.slack[is_at_least],
            **arrays,
        )


def _joins(rows: sparse.csr_array, columns: np.ndarray) -> np.ndarray:
    """Whether each of *rows* holds any of *columns*."""
    taken = np.zeros(rows.shape[1])
    taken[columns] = 1
    return (abs(rows) @ taken) > 0


Moves = Mapping[int, int]  # a deviation in whole numbers: the cells that move, and by how much


def as_moves(deviation: np.ndarray) -> Moves:
    """The cells that a deviation in whole numbers moves."""
    cells = np.flatnonzero(deviation)
    return dict(zip(cells.tolist(), deviation[cells].astype(int).tolist(), strict=True))


@dataclass(frozen=True)
class Pattern:
    """What is withheld: ``hidden`` by cell, and required cells that no pattern protects (``open``).

    ``proofs`` are deviations that show it: each of the other required cells is taken to the ends of its
    interval by one of them, and each further cell that is withheld is moved by one.
    """

    hidden: np.ndarray
    open: list[int]
    proofs: list[Moves] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class _Need:
    """One end of the interval a cell needs: so far up (> 0) or down; ``either`` way where any value will do."""

    cell: int
    gap: float
    either: bool = False

    def is_met_by(self, moves: Moves) -> bool:
        moved = moves.get(self.cell, 0) / self.gap
        return bool(moved > 1 - EXACT or (self.either and moved < -1 + EXACT))

    def turned(self) -> _Need:
        return replace(self, gap=-self.gap)


class _Search:
    """The cells withheld so far and, for each need that is met, a deviation that shows it."""

    def __init__(self, problem: Problem, hidden: np.ndarray | bool = False) -> None:
        self.problem = problem
        self.hidden = (problem.is_required | problem.is_withheld | hidden) & ~problem.is_fixed
        self.narrow, self.wide = (
            Deviations(problem.values, problem.equal, problem.at_least, problem.slack) for _ in range(2)
        )
        self.wide.free(~problem.is_fixed, problem.floor)
        self.needs: dict[int, list[_Need]] = defaultdict(list)
        for need in _needs(problem):
            self.needs[need.cell].append(need)
        self.proof: dict[_Need, Moves] = {}

    def begin(self, proofs: Iterable[Moves]) -> None:
        """Take over *proofs* that were found elsewhere, as far as they hold here and now."""
        self.narrow.free(self.hidden, self.problem.floor)
        for moves in proofs:
            deviation = np.zeros(len(self.hidden))
            deviation[list(moves.keys())] = list(moves.values())
            if self.narrow.holds(deviation):
                self._note(moves)

    def proofs(self) -> list[Moves]:
        """The deviations that meet a need, each once."""
        return list({id(moves): moves for moves in self.proof.values()}.values())

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
        one_each = list({need.cell: need for need in reversed(needs)}.values())  # a cell can't go both ways at once
        found = self._way(one_each)
        if found is not None and not self.wide.is_whole(found) and not (self._moved(found) & ~self.hidden).any():
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
        self.hidden |= self._moved(found)
        if self.wide.is_whole(found):
            self._note(as_moves(np.round(found)))
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

    def _together(self, left: list[_Need]) -> list[_Need]:
        """Look for deviations that meet many of *left* at once, while that helps; return those without one.

        One in fractions is not searched further: that takes long, and the needs one by one take little.
        """
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            while batch := [need for need in left if (need.gap > 0) is is_up or need.either]:
                self._note(self._move(batch, is_up, search=False))
                still = [need for need in left if need not in self.proof]
                if len(still) == len(left):
                    break
                left = still
        return left

    def _prove_one(self, need: _Need, *, search: bool) -> bool:
        self.narrow.free(self.hidden, self.problem.floor)
        for is_up in (True, False):
            if need not in self.proof and (need.either or (need.gap > 0) is is_up):
                self._note(self._move([need], is_up, search=search))
        return need in self.proof

    def _move(self, needs: list[_Need], is_up: bool, *, search: bool) -> Moves:
        gaps = np.array([abs(need.gap) for need in needs]) * (1 if is_up else -1)
        return as_moves(self.narrow.furthest([need.cell for need in needs], gaps, search=search))

    def _note(self, moves: Moves) -> None:
        """Keep *moves* for every need that they are the first to meet."""
        for cell in moves:
            for need in self.needs.get(cell, ()):
                if need not in self.proof and need.is_met_by(moves):
                    self.proof[need] = moves

    def shorten(self, kept: np.ndarray | bool = False) -> None:
        """Show again each further cell that the others can do without, the dearest first, while effort lasts.

        Cells that are *kept* were asked about before.
        """
        problem = self.problem
        spare = self.hidden & ~problem.is_required & ~problem.is_withheld
        end = self.narrow.solves + _EFFORT // len(self.hidden)
        for cell in sorted(np.flatnonzero(spare & ~kept).tolist(), key=lambda at: (-problem.cost[at], at)):
            if self.narrow.solves > end:
                break
            if self._is_needed_by_a_sum(cell):
                continue
            lost = [need for need, moves in self.proof.items() if cell in moves]
            before = {need: self.proof.pop(need) for need in lost}
            self.hidden[cell] = False
            if not self._are_met(lost):
                self.hidden[cell] = True
                self.proof |= before
        moved = np.zeros(len(self.hidden), dtype=bool)
        for moves in self.proof.values():
            moved[list(moves)] = True
        self.hidden &= moved | ~spare  # one that no proof moves protects nothing, and may be known itself

    def _is_needed_by_a_sum(self, cell: int) -> bool:
        """Whether a sum would give a cell away if *cell* were shown: there is no need to solve anything then."""
        rows = self.problem.equal
        others = self.hidden.copy()
        others[cell] = False
        for row in np.flatnonzero(rows[:, [cell]].toarray()):
            left = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
            left = left[others[left]]
            if len(left) == 1 and int(left[0]) in self.needs:
                return True
        return False

    def _are_met(self, needs: list[_Need]) -> bool:
        """Whether the cells withheld now meet all *needs*; a deviation in fractions is not searched further."""
        left = self._together(needs) if len(needs) > _FEW else needs
        return all(need in self.proof or self._prove_one(need, search=False) for need in left)


def extended(problem: Problem, start: Pattern) -> Pattern:
    """The pattern *start*, with further cells withheld where it does not protect every required one.

    What its proofs show need not be looked for, as far as they hold in *problem*.
    """
    search = _Search(problem, start.hidden)
    search.begin(start.proofs)
    return _completed(search, kept=start.hidden)


def withhold(problem: Problem) -> Pattern:
    """A pattern in which every required cell keeps its interval, with few and cheap further cells.

    ``open`` lists required cells for which there is none, whatever is withheld: what readers know already
    gives them away.
    """
    return _completed(_Search(problem))


def _completed(search: _Search, kept: np.ndarray | bool = False) -> Pattern:
    unmet = search.extend(list(_needs(search.problem)))
    search.shorten(kept)
    return Pattern(search.hidden, sorted({need.cell for need in unmet}), search.proofs())


def _needs(problem: Problem) -> Iterator[_Need]:
    for cell in np.flatnonzero(problem.is_required & ~problem.is_fixed):
        value, low, high = problem.values[cell], problem.low[cell], problem.high[cell]
        if low == high:
            yield _Need(int(cell), 1.0, either=True)
            continue
        for end in (high, low):
            if end != value:
                yield _Need(int(cell), float(end - value))
