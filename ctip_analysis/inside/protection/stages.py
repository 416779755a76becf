"""The cells of one period after the other, each decided with those before it decided.

A deviation found for earlier periods is carried on to the cells of the next one. If it moves a span to date it
must move later spans or years too; what it does to the cells it was found for stays as it is, and only the further
cells are asked. What they can't complete is proved anew, over all cells: in long series that takes most of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from ctip_analysis.inside.protection.deviation import Deviations
from ctip_analysis.inside.protection.optimum import best_within
from ctip_analysis.inside.protection.suppression import (
    Moves,
    Pattern,
    Problem,
    as_moves,
    extended,
    numbered,
    renumbered,
    withhold,
)

_EXACT_CELLS = 60  # up to so many cells to decide, the cheapest pattern is searched for
_EXACT_SOLVES = 500


def in_time(problem: Problem, ends: np.ndarray) -> Pattern:
    """Decide the cells of each period (its *ends* by cell) with those before it decided."""
    hidden = np.zeros(len(ends), dtype=bool)
    is_fixed, required = problem.is_fixed.copy(), problem.is_required.copy()
    found = Pattern(hidden, [])
    starts = [-np.inf, -np.inf]  # of the last period, and of the one before it
    for end in np.unique(ends):
        columns = np.flatnonzero(ends <= end)
        stage = replace(problem, is_required=required, is_fixed=is_fixed).part(columns)
        proofs = list(renumbered(found.proofs, columns))
        made = _stage(stage, proofs, ends[columns], starts)
        hidden[columns] = made.hidden
        found = Pattern(
            hidden,
            [int(columns[cell]) for cell in made.open],
            [numbered(moves, columns) for moves in made.proofs],
        )
        required |= hidden & ~problem.is_withheld
        is_fixed[columns] |= ~made.hidden
        starts = [end, starts[0]]
    return found


def _stage(problem: Problem, proofs: list[Moves], ends: np.ndarray, starts: list[float]) -> Pattern:
    """Decide the last cells of *problem*: among themselves and those just before, then all together."""
    is_new = ends > starts[0]
    recent = np.flatnonzero(ends > starts[1])
    kept = (problem.is_required & ~is_new) | problem.is_withheld
    late = replace(problem, is_required=problem.is_required & is_new, is_withheld=kept).alone(recent)
    found = withhold(late)
    hidden = (problem.is_required | problem.is_withheld) & ~problem.is_fixed
    hidden[recent] |= found.hidden
    held = [numbered(moves, recent) for moves in found.proofs]
    held += carried(problem, hidden, proofs, is_new)
    pattern = extended(problem, Pattern(hidden, [], held))
    return best_within(problem, pattern, cells=_EXACT_CELLS, solves=_EXACT_SOLVES)


def carried(
    problem: Problem, hidden: np.ndarray, proofs: Iterable[Moves], is_new: np.ndarray
) -> Iterator[Moves]:
    """*proofs* that hold among cells that are not *is_new*, completed by new cells that are *hidden*.

    Those that these cells can't complete in whole numbers are left out.
    """
    rows = sparse.vstack([problem.equal, problem.at_least]).tocsr()
    reaches = rows[(abs(rows) @ is_new.astype(float)) > 0]
    beside = np.flatnonzero((abs(reaches).sum(axis=0) > 0) | is_new)
    near = problem.part(beside)
    may_move = (hidden & is_new)[beside]
    model = Deviations(near.values, near.equal, near.at_least, near.slack)
    model.free(may_move, near.floor)
    held = np.flatnonzero(~is_new[beside])
    known: dict[tuple[int, ...], Moves | None] = {}
    for moves in proofs:
        gaps = tuple(moves.get(cell, 0) for cell in beside[held].tolist())
        if gaps not in known:
            found = model.cheapest(
                held.tolist(), np.array(gaps, dtype=float), np.ones(len(beside)), whole=True
            )
            known[gaps] = None if found is None else numbered(as_moves(found * is_new[beside]), beside)
        more = known[gaps]
        if more is not None:
            yield {**moves, **more}
