"""What was proved for earlier periods is used again only where it still holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ctip_analysis.inside.protection.stages import carried, in_time
from ctip_analysis.inside.protection.suppression import (
    Pattern,
    Problem,
    extended,
    numbered,
    renumbered,
    withhold,
)

BOY, GIRL, ALL = 0, 1, 2  # of the first year
TO_DATE, NEXT = 3, 4  # all of both years, and all of the second


def problem(values, sums, required, **more) -> Problem:
    """Cells of which each of *sums* (whole, parts) adds up; the *required* ones are small counts."""
    n = len(values)
    equal = np.zeros((len(sums), n))
    for row, (whole, *parts) in enumerate(sums):
        equal[row, whole], equal[row, parts] = 1, -1
    is_required = np.isin(np.arange(n), required)
    values = np.array(values, dtype=float)
    is_small = values < 11
    given = {
        "values": values,
        "equal": sparse.csr_array(equal),
        "at_least": sparse.csr_array((0, n)),
        "slack": np.zeros(0),
        "is_required": is_required,
        "low": np.where(is_small, 0.0, values),
        "high": np.where(is_small, 11.0, values),
        "is_fixed": np.zeros(n, dtype=bool),
        "is_withheld": np.zeros(n, dtype=bool),
        "cost": np.ones(n),
        "floor": np.zeros(n),
    }
    return Problem(**given | more)


def two_years(**more) -> Problem:
    """5 boys and 30 girls are 35; with 40 of the next year, 75 to date."""
    return problem([5, 30, 35, 75, 40], [(ALL, BOY, GIRL), (TO_DATE, ALL, NEXT)], [BOY], **more)


def flags(*cells: int) -> np.ndarray:
    return np.isin(np.arange(5), cells)


def holds(moves, made: Problem, hidden: np.ndarray) -> bool:
    """Whether every sum stays, only *hidden* cells move, and none below its floor."""
    moved = np.zeros(len(made.values))
    moved[list(moves)] = list(moves.values())
    stays = not (made.equal @ moved).any() and (made.at_least @ moved + made.slack >= 0).all()
    return bool(stays and not moved[~hidden].any() and (made.values + moved >= made.floor)[hidden].all())


# --- a deviation of earlier cells, completed by later ones


def test_a_deviation_that_moves_no_span_is_carried_as_it_is():
    found = list(carried(two_years(), flags(BOY, GIRL), [{BOY: 6, GIRL: -6}], flags(TO_DATE, NEXT)))
    assert found == [{BOY: 6, GIRL: -6}]


@pytest.mark.parametrize(
    ("later", "completed"),
    [
        pytest.param([TO_DATE], [{BOY: 6, ALL: 6, TO_DATE: 6}], id="the span to date moves along"),
        pytest.param([NEXT], [{BOY: 6, ALL: 6, NEXT: -6}], id="the next year makes up for it"),
        pytest.param([], [], id="both are shown, and the deviation can't be"),
    ],
)
def test_a_deviation_that_moves_the_total_needs_a_later_cell_that_is_withheld(later, completed):
    hidden = flags(BOY, ALL, *later)
    assert list(carried(two_years(), hidden, [{BOY: 6, ALL: 6}], flags(TO_DATE, NEXT))) == completed


def test_a_later_cell_never_moves_below_nothing():
    """Of 40 in the next year 41 can't be missing."""
    hidden = flags(BOY, ALL, NEXT)
    assert not list(carried(two_years(), hidden, [{BOY: 41, ALL: 41}], flags(TO_DATE, NEXT)))


def test_moves_of_a_part_are_those_of_the_whole_by_other_numbers():
    cells = np.array([1, 3, 4])
    assert numbered({0: 6, 2: -6}, cells) == {1: 6, 4: -6}
    assert list(renumbered([{1: 6, 4: -6}, {0: 1, 1: -1}], cells)) == [{0: 6, 2: -6}]


# --- a proof that does not hold is not used


@pytest.mark.parametrize(
    "untrue",
    [
        pytest.param({BOY: 6}, id="the sum breaks"),
        pytest.param({BOY: 6, GIRL: -6}, id="a shown cell moves"),
        pytest.param({BOY: -6, ALL: -6, NEXT: 6}, id="a count falls below nothing"),
        pytest.param({BOY: 6, ALL: 6}, id="it holds without the next year only"),
    ],
)
def test_a_proof_that_no_longer_holds_protects_nothing(untrue):
    """The girls are known, so the total and one of the next year or to date must go, whatever is claimed."""
    made = two_years(is_fixed=flags(GIRL))
    start = Pattern(flags(BOY), [], [untrue, {cell: -by for cell, by in untrue.items()}])
    found = extended(made, start)
    assert not found.open
    assert found.hidden[[BOY, ALL]].all() and found.hidden[[TO_DATE, NEXT]].any()


def test_a_proof_that_holds_is_kept():
    moves = [{BOY: 6, GIRL: -6}, {BOY: -5, GIRL: 5}]
    found = extended(two_years(), Pattern(flags(BOY, GIRL), [], moves))
    assert found.proofs == moves and list(np.flatnonzero(found.hidden)) == [BOY, GIRL]


def test_a_row_that_bounds_is_held_against_a_carried_proof():
    """Two are the bound of a part of five: the five can't lose more than three."""
    made = problem([5, 30, 35, 2, 0], [(ALL, BOY, GIRL)], [BOY], at_least=sparse.csr_array([[1.0, 0, 0, -1, 0]]),
                   slack=np.array([3.0]), is_fixed=flags(3))  # fmt: skip
    found = extended(made, Pattern(flags(BOY, GIRL), [], [{BOY: -5, GIRL: 5}]))
    assert found.open == [BOY]


# --- period by period


@pytest.mark.parametrize("small", range(1, 11))
def test_every_proof_that_is_handed_on_holds_and_reaches_the_ends_that_were_asked_for(small):
    """Three years, each by sex, with the span to each year's end: cells 4 a year, boys few in each."""
    values, sums, ends = [], [], []
    for year in range(3):
        first, all_so_far = 4 * year, (small + 30) * (year + 1)
        values += [small, 30, small + 30, all_so_far]
        sums.append((first + 2, first, first + 1))
        sums.append((first + 3, first + 2, *([first - 1] if year else [])))
        ends += [year] * 4
    made = problem(values, sums, [0, 4, 8])
    found = in_time(made, np.array(ends))
    assert not found.open and found.hidden[[0, 4, 8]].all()
    assert all(holds(moves, made, found.hidden) for moves in found.proofs)
    for boys in (0, 4, 8):
        reached = [moves.get(boys, 0) for moves in found.proofs]
        assert max(reached) >= 11 - small and min(reached) <= -small


def test_cells_whose_others_stand_still_keep_what_these_leave_of_each_row():
    made = two_years().alone(np.array([ALL, NEXT]))
    assert made.equal.toarray().tolist() == [[1, 0], [-1, -1]]
    assert not withhold(made).hidden.any()
