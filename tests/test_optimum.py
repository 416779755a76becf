"""What is called proven is the optimum: no cheaper choice of cells is safe, found by trying them all."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ctip_analysis.inside.protection.optimum import best_within, improved
from ctip_analysis.inside.protection.suppression import Problem, withhold

COUNTS = st.one_of(st.integers(0, 10), st.integers(11, 60))


def table(inner: list[int], shape: tuple[int, int], dear: float) -> Problem:
    """Counts with their margins; 1 to 10 are small, and each step towards the total costs *dear* times as much."""
    counts = np.array(inner, dtype=float).reshape(shape)
    for axis in (0, 1):
        counts = np.concatenate([counts.sum(axis, keepdims=True), counts], axis=axis)
    at = np.arange(counts.size).reshape(counts.shape)
    lines = [*at, *at.T]
    equal = np.zeros((len(lines), counts.size))
    for row, (whole, *parts) in enumerate(lines):
        equal[row, whole], equal[row, parts] = 1, -1
    values, none = counts.ravel(), np.zeros(counts.size, dtype=bool)
    is_small = (values > 0) & (values < 11)
    return Problem(
        values=values,
        equal=sparse.csr_array(equal),
        at_least=sparse.csr_array((0, counts.size)),
        slack=np.zeros(0),
        is_required=is_small,
        low=np.where(is_small, 0.0, values),
        high=np.where(is_small, 11.0, values),
        is_fixed=none,
        is_withheld=none,
        cost=dear ** sum(axis == 0 for axis in np.indices(counts.shape)).ravel(),
        floor=np.zeros(counts.size),
    )


def is_safe(problem: Problem, hidden: np.ndarray) -> bool:
    """Whether for each small cell there are tables that show the same and in which it is 0, and 11 or more."""
    least, most = np.where(hidden, 0, problem.values), np.where(hidden, np.inf, problem.values)
    for cell in np.flatnonzero(problem.is_required):
        for low, high in ((0.0, 0.0), (11.0, np.inf)):
            beneath, above = least.copy(), most.copy()
            beneath[cell], above[cell] = low, high
            found = milp(
                np.zeros(len(least)),
                constraints=LinearConstraint(problem.equal, 0, 0),
                bounds=Bounds(beneath, above),
                integrality=np.ones(len(least)),
            )
            if found.x is None:
                return False
    return True


def cheapest_below(problem: Problem, limit: float) -> float:
    """Cost of the cheapest safe choice that costs less than *limit*; *limit* if there is none."""
    must = problem.is_required
    free = np.flatnonzero(~must)
    best = limit
    for size in range(len(free) + 1):
        for more in combinations(free, size):
            cost = problem.cost[must].sum() + problem.cost[list(more)].sum()
            if cost < best - 1e-9:
                hidden = must.copy()
                hidden[list(more)] = True
                best = cost if is_safe(problem, hidden) else best
    return float(best)


@settings(max_examples=25, deadline=None)
@given(
    data=st.data(),
    shape=st.sampled_from([(2, 2), (2, 3), (3, 2)]),
    dear=st.sampled_from([1.0, 3.0]),
)
def test_no_choice_is_cheaper_than_what_is_called_proven(data, shape, dear):
    size = shape[0] * shape[1]
    problem = table(data.draw(st.lists(COUNTS, min_size=size, max_size=size)), shape, dear)
    found = improved(problem, withhold(problem), solves=500)
    assert found.cost == pytest.approx(problem.cost[found.pattern.hidden].sum())
    if found.pattern.open:
        assert not found.is_proven
        assert not is_safe(problem, np.ones(len(problem.values), dtype=bool)), (
            "nothing would have been enough"
        )
        return
    assert is_safe(problem, found.pattern.hidden)
    cheapest = cheapest_below(problem, found.cost)
    assert cheapest >= found.bound - 1e-6, "the bound is one"
    if found.is_proven:
        assert cheapest == pytest.approx(found.cost)
        assert found.gap == 0


def test_one_small_count_of_a_table_takes_three_others_along_and_that_is_proven():
    """A single hidden cell of a row, or of a column, would follow from its total."""
    problem = table([5, 30, 40, 20, 35, 50], (2, 3), 3.0)
    found = improved(problem, withhold(problem), solves=500)
    assert found.is_proven
    assert found.cost == 4
    assert found.pattern.hidden.sum() == 4


def test_without_solves_the_pattern_stays_and_nothing_is_proven():
    problem = table([5, 30, 40, 20, 35, 50], (2, 3), 3.0)
    start = withhold(problem)
    found = improved(problem, start, solves=0)
    assert found.pattern is start
    assert not found.is_proven
    assert found.gap == pytest.approx(1 - found.bound / found.cost)


def test_where_too_many_cells_are_to_be_decided_the_pattern_stays():
    problem = table([5, 30, 40, 20, 35, 50], (2, 3), 3.0)
    start = withhold(problem)
    assert best_within(problem, start, cells=3, solves=500) is start
