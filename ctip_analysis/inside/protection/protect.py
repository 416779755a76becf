"""Which numbers may be shown, decided over all cells of an edition and all editions before it at once.

Cells that say too much by themselves are withheld (``disclosure``), and as many more as it
takes that no reader can work one out from what is shown, in this edition or an earlier one
(``suppression``). The attacker, which knows none of this, checks the result at release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import NotShareableError, ParameterError
from ctip_analysis.edition.read import CELL_COLUMNS, KEYS, PLACES, Released
from ctip_analysis.inside.protection import disclosure, relations
from ctip_analysis.inside.protection.corrections import Earlier, with_earlier
from ctip_analysis.inside.protection.disclosure import FEWEST_CASES, THRESHOLD
from ctip_analysis.inside.protection.relations import Key
from ctip_analysis.inside.protection.stages import in_time
from ctip_analysis.inside.protection.suppression import (
    Moves,
    Pattern,
    Problem,
    extended,
    numbered,
    renumbered,
)

__all__ = ["FEWEST_CASES", "RUNGS", "THRESHOLD", "Decision", "decide", "protect"]

# The fallback ladder: what is withheld besides when a table can't be made safe otherwise, coarser each time.
RUNGS = ("nothing", "cells by two groups", "cells by group", "cells by province", "years", "everything")


@dataclass(frozen=True)
class Decision:
    """What may be shown, and what an operator may know of how it was decided: never a reader.

    Of the ``planned`` cells about persons the ``small`` ones are withheld whatever is chosen besides.
    """

    released: Released
    planned: int
    small: int
    withheld: int
    values: pd.Series = field(repr=False)  # true values about persons by key, implied counts too

    @property
    def gap(self) -> float:
        """Part of the cells withheld that a better choice could spare at most: seldom a close bound."""
        return 1 - self.small / self.withheld if self.withheld else 0.0


def protect(
    cells: pd.DataFrame, previous: Iterable[Released] = (), *, threshold: int = THRESHOLD
) -> Released:
    """Cells as they may be shown: a withheld one keeps its row and loses its number.

    *cells* come from ``count.count``; *previous* are all editions that were released before, which readers
    hold. *threshold* is the smallest count shown and can only be raised. Same cells and editions give the
    same result.

    Raises
    ------
    NotShareableError
        A small count could be had from earlier editions whatever is withheld now.
    ParameterError
        A threshold below eleven.
    """
    return decide(cells, previous, threshold=threshold).released


def decide(
    cells: pd.DataFrame,
    previous: Iterable[Released] = (),
    *,
    threshold: int = THRESHOLD,
    besides: str = RUNGS[0],
) -> Decision:
    """As :func:`protect`, with what an operator may know; *besides* is a rung of the fallback ladder."""
    if threshold < THRESHOLD:
        raise ParameterError(f"the smallest count shown is {THRESHOLD} or more; found {threshold}")
    rules = reference.table("indicators").set_index("id", drop=False)
    about_persons = cells["indicator"].map(rules["concerns_persons"]).astype(bool)
    persons = cells[about_persons].sort_values(KEYS, kind="stable")  # the order of rows decides nothing
    table = _Table.of(persons, rules, threshold)
    earlier = [Earlier.of(edition.frame, set(persons["indicator"])) for edition in previous]
    hidden = _withheld(table, earlier, besides)
    withheld = pd.Series(False, index=cells.index)
    withheld[persons.index] = hidden[: len(persons)]
    status = cells["status"].mask(withheld & cells["status"].eq("shown"), "withheld")
    shown = cells.assign(status=status, value=cells["value"].where(status.eq("shown")))
    ordered = shown[CELL_COLUMNS].sort_values(KEYS, kind="stable").reset_index(drop=True)
    names = ["indicator", "period", *PLACES]
    return Decision(
        released=Released(ordered, indicators=rules),
        planned=len(persons),
        small=int(table.is_small[: len(persons)].sum()),
        withheld=int(withheld.sum()),
        values=pd.Series(table.values, index=pd.MultiIndex.from_tuples(table.made.keys, names=names)),
    )


@dataclass(frozen=True)
class _Table:
    """All cells about persons, the implied ones last, as arrays over the keys of one system."""

    made: relations.System
    values: np.ndarray
    is_small: np.ndarray
    is_printed: np.ndarray
    near_print: np.ndarray  # the printed figure a cell lies just under, else missing
    no_data: np.ndarray
    floor: np.ndarray
    rules: pd.DataFrame
    threshold: int

    @classmethod
    def of(cls, persons: pd.DataFrame, rules: pd.DataFrame, threshold: int) -> _Table:
        keys = list(zip(*(persons[name] for name in ["indicator", "period", *PLACES]), strict=True))
        made = relations.system(keys, rules, reference.table("relations"))
        known = persons["value"].where(persons["status"].eq("shown"), 0.0)
        values = relations.implied_values(made, dict(zip(keys, known, strict=True)))
        small = disclosure.is_small(persons, rules, threshold) & persons["status"].eq("shown")
        implied = [
            disclosure.must_be_hidden(key, value, threshold)
            for key, value in zip(made.keys[len(keys) :], values[len(keys) :], strict=True)
        ]
        is_small = np.concatenate([small.to_numpy(bool), np.array(implied, dtype=bool)])
        is_small |= disclosure.says_all_of_a_group(made, values)
        printed, near = _held_against_print(made.keys, values, rules, threshold)
        no_data = np.zeros(len(values), dtype=bool)
        no_data[: len(keys)] = persons["status"].ne("shown")
        floor = np.array(
            [float(key[0] in rules.index and rules.loc[key[0], "zero_is_safe"]) for key in made.keys]
        )
        return cls(made, values, is_small, printed, near, no_data, floor, rules, threshold)


def _withheld(table: _Table, earlier: list[Earlier], besides: str) -> np.ndarray:
    """Whether each cell is withheld."""
    keys, values = table.made.keys, table.values
    implied = np.array([disclosure.is_implied(key) for key in keys], dtype=bool)
    is_fixed, required, low, high = _against(table, earlier)
    if _other_basis(keys, earlier) or _reaches_further(keys, earlier):
        return ~is_fixed | table.is_small
    once = frozenset().union(*(edition.withheld for edition in earlier))
    was_withheld = np.array([key in once or _on_rung(key, besides) for key in keys], dtype=bool)
    more = with_earlier(table.made, values, earlier, table.rules, reference.table("relations"))
    extra = len(more.values) - len(values)
    needless = np.array([disclosure.is_rest(key) for key in keys], dtype=bool) & ~required
    equal, at_least = relations.loosened(more.equal, more.at_least, _padded(needless, extra))
    problem = Problem(
        values=more.values,
        equal=equal,
        at_least=at_least,
        slack=at_least @ more.values,
        is_required=_padded(required | (was_withheld & ~implied), extra),
        low=_padded(low, extra),
        high=_padded(high, extra),
        is_fixed=_padded(is_fixed | table.no_data, extra) | more.is_fixed,
        is_withheld=_padded(implied, extra, filling=True),
        cost=_padded(
            np.array(
                [disclosure.worth(key, bool(at)) for key, at in zip(keys, table.is_printed, strict=True)]
            ),
            extra,
        ),
        floor=_padded(table.floor, extra),
    )
    ends = np.array([periods.span(key[1])[1].toordinal() for key in keys])
    found = _by_parts(problem, _padded(ends, extra))
    if found.open:
        raise _not_shareable([keys[cell] for cell in found.open if cell < len(keys)])
    hidden = _against_print(problem, found, table.is_printed, table.threshold)
    return (hidden[: len(keys)] | table.is_small) & ~implied


def _padded(array: np.ndarray, extra: int, *, filling: bool = False) -> np.ndarray:
    """*array* with *extra* further entries, for the cells of earlier editions."""
    return np.concatenate([array, np.full(extra, filling).astype(array.dtype)])


def _against(table: _Table, earlier: list[Earlier]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cells that readers know already, those that need protection, and the interval each of these needs.

    A corrected number 1 to 10 off one that readers hold would tell of the few between: it is withheld, and
    the difference needs the interval of a small count.
    """
    values, threshold = table.values, table.threshold
    is_low = values < threshold
    low = np.where(is_low, np.minimum(table.floor, values), values)
    high = np.where(is_low, float(threshold), values)
    is_near = ~np.isnan(table.near_print)
    required = table.is_small | is_near
    low = np.where(is_near, table.near_print - threshold, low)
    high = np.where(is_near, table.near_print, high)
    is_fixed = np.zeros(len(values), dtype=bool)
    for cell, key in enumerate(table.made.keys):
        held = {edition.shown[key] for edition in earlier if key in edition.shown}
        is_fixed[cell] = values[cell] in held
        near = [old for old in held if 0 < abs(values[cell] - old) < threshold]
        if near:
            required[cell] = True
            is_fixed[cell] = False
            ends = [old + threshold * np.sign(values[cell] - old) for old in near]
            low[cell], high[cell] = min(*near, *ends, values[cell]), max(*near, *ends, values[cell])
    return is_fixed, required, np.maximum(low, np.minimum(table.floor, values)), high


def _by_parts(problem: Problem, ends: np.ndarray) -> Pattern:
    """Solve each part that no relation joins to another, period by period as years go by.

    What an earlier period shows then never depends on a later one.
    """
    hidden = problem.is_required & ~problem.is_fixed
    still_open: list[int] = []
    proofs: list[Moves] = []
    for columns in _parts(problem, hidden):
        found = in_time(problem.part(columns), ends[columns])
        hidden[columns] = found.hidden
        still_open += [int(columns[cell]) for cell in found.open]
        proofs += [numbered(moves, columns) for moves in found.proofs]
    return Pattern(hidden, still_open, proofs)


def _parts(problem: Problem, asked: np.ndarray) -> Iterator[np.ndarray]:
    """The cells of each part that no relation joins to another, of parts that hold one of *asked*."""
    joined = relations.System([], 0, problem.equal, problem.at_least).components()
    for part in np.unique(joined[asked]):
        yield np.flatnonzero(joined == part)


def _against_print(problem: Problem, found: Pattern, is_printed: np.ndarray, threshold: int) -> np.ndarray:
    """Further cells to withhold because readers know a withheld one from print.

    What follows from print alone is public already, whatever is withheld here: nothing is done about that.
    """
    hidden = found.hidden.copy()
    known = _padded(is_printed, len(hidden) - len(is_printed)) & hidden
    small = hidden & (problem.values < threshold) & problem.is_required
    wiser = replace(
        problem,
        is_required=small & ~known,
        is_fixed=problem.is_fixed | known,
        is_withheld=problem.is_withheld | hidden,
    )
    for columns in _parts(problem, known):
        start = Pattern(found.hidden[columns], [], list(renumbered(found.proofs, columns)))
        hidden[columns] |= extended(wiser.part(columns), start).hidden
    return hidden


def _held_against_print(
    keys: list[Key], values: np.ndarray, rules: pd.DataFrame, threshold: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cells that equal a figure the fact sheet prints, and consenting ones that lie just under one of all.

    A figure without a stated period is held against the span to the end of 2004 (assumption A0).
    """
    sheet = reference.table("published_results").set_index("id")
    printed, near = np.zeros(len(keys), dtype=bool), np.full(len(keys), np.nan)
    for cell, (name, period, *places) in enumerate(keys):
        if any(places) or name not in rules.index:
            continue
        for number in rules.loc[name, "published_id"].split():
            figure = float(sheet.loc[number, "value"])
            is_stated = sheet.loc[number, "period_as_stated"] == "In 2004"
            same = period == "2004" if is_stated else period.endswith("/2004-12-31")
            printed[cell] |= same and figure == values[cell]
            if rules.loc[name, "consenting_only"] and 0 < figure - values[cell] < threshold:
                near[cell] = figure
    return printed, near


def _other_basis(keys: list[Key], earlier: list[Earlier]) -> bool:
    """Whether readers hold figures by fiscal years and these are by calendar years, or the reverse.

    The spans of the two end a quarter apart, so that their differences are small counts.
    """
    ours = {periods.basis(key[1]) for key in keys} - {"to_date"}
    theirs = {periods.basis(key[1]) for edition in earlier for key in edition.shown} - {"to_date"}
    theirs |= {periods.basis(key[1]) for edition in earlier for key in edition.withheld if edition.shown} - {
        "to_date"
    }
    return bool(theirs - ours)


def _reaches_further(keys: list[Key], earlier: list[Earlier]) -> bool:
    """Whether readers hold figures of later periods: an older year then says nothing new about persons."""
    last = max((periods.span(key[1])[1] for key in keys), default=date.max)
    return any(periods.span(key[1])[1] > last for edition in earlier for key in edition.shown)


def _on_rung(key: Key, rung: str) -> bool:
    """Whether *key* is withheld on that rung of the ladder: each rung withholds what those before it do."""
    height = RUNGS.index(rung)
    groups = len([place for place in key[2:] if place])
    tests = (
        groups > 1,
        bool(key[3] or key[4] or key[5]),
        bool(key[2]),
        periods.grain(key[1]) != "to_date",
        True,
    )
    return any(tests[:height])


def _not_shareable(keys: list[Key]) -> NotShareableError:
    names = sorted({key[0].removeprefix(relations.NEW) for key in keys})
    spans = sorted({key[1] for key in keys})
    return NotShareableError(
        f"no edition was written: earlier editions already show so much that small counts of {', '.join(names)} "
        f"({', '.join(spans)}) could be worked out whatever is withheld now. Use a new EDITIONS folder only if "
        "the earlier ones were never shared."
    )
