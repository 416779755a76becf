"""Which numbers may be shown, decided over all cells of an edition and all editions before it at once.

Cells that say too much by themselves are withheld (``table``), and as many more as it
takes that no reader can work one out from what is shown, in this edition or an earlier one
(``suppression``). The attacker, which knows none of this, checks the result at release.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import NotShareableError, ParameterError
from ctip_analysis.edition.cells import CELL_COLUMNS, KEYS, PLACES
from ctip_analysis.inside.protection import relations
from ctip_analysis.inside.protection.earlier import Earlier, with_earlier
from ctip_analysis.inside.protection.relations import REST, Key
from ctip_analysis.inside.protection.suppression import Problem, withhold
from ctip_analysis.inside.protection.table import THRESHOLD, Table

# The fallback ladder: what is withheld besides when a table can't be made safe otherwise, coarser each time.
RUNGS = ("nothing", "cells by two groups", "cells by group", "cells by place", "years", "everything")
_BY_PLACE = [PLACES.index("adm1_code"), PLACES.index("zone")]
_BY_GROUP = [at for at in range(len(PLACES)) if at not in _BY_PLACE]


@dataclass(frozen=True)
class Decision:
    """What may be shown, and what an operator may know of how it was decided: never a reader.

    Of the ``planned`` cells about persons the ``small`` ones are withheld whatever is chosen besides.
    ``values`` are the true values about persons by key, of implied counts too.
    """

    frame: pd.DataFrame
    planned: int
    small: int
    withheld: int
    values: pd.Series = field(repr=False)


def protect(cells: pd.DataFrame, previous: Iterable[pd.DataFrame] = (), *, threshold: int = THRESHOLD) -> pd.DataFrame:
    """Return *cells* as they may be shown: a withheld one keeps its row and loses its number.

    *cells* come from ``count``; *previous* are the cells of all editions that were released before, which
    readers hold. *threshold* is the smallest count shown and can only be raised. Same cells and editions
    give the same result.

    Raises
    ------
    NotShareableError
        A small count could be worked out from earlier editions whatever is withheld now.
    ParameterError
        A threshold below eleven.
    """
    return decide(cells, previous, threshold=threshold).frame


def decide(
    cells: pd.DataFrame, previous: Iterable[pd.DataFrame] = (), *, threshold: int = THRESHOLD, besides: str = RUNGS[0]
) -> Decision:
    """As :func:`protect`, with what an operator may know; *besides* is a rung of the fallback ladder."""
    if threshold < THRESHOLD:
        raise ParameterError(f"the smallest count shown is {THRESHOLD} or more; found {threshold}")
    rules = reference.table("indicators").set_index("id", drop=False)
    about_persons = cells["indicator"].map(rules["concerns_persons"]).astype(bool)
    persons = cells[about_persons].sort_values(KEYS, kind="stable")  # the order of rows decides nothing
    earlier = [Earlier.of(frame, rules.index[rules["concerns_persons"]]) for frame in previous]
    table = Table.of(persons, earlier, rules, threshold)
    hidden = _withheld(table, earlier, besides)[: len(persons)]
    withheld = pd.Series(False, index=cells.index)
    withheld[persons.index] = hidden
    status = cells["status"].mask(withheld & cells["status"].eq("shown"), "withheld")
    shown = cells.assign(status=status, value=cells["value"].where(status.eq("shown")))
    index = pd.MultiIndex.from_tuples(table.made.keys, names=["indicator", "period", *PLACES])
    return Decision(
        frame=shown[CELL_COLUMNS].sort_values(KEYS, kind="stable").reset_index(drop=True),
        planned=len(persons),
        small=int(table.is_small[: len(persons)].sum()),
        withheld=int(withheld.sum()),
        values=pd.Series(table.values, index=index)[table.is_true],
    )


def _withheld(table: Table, earlier: list[Earlier], besides: str) -> np.ndarray:
    """Whether each cell is withheld."""
    keys = table.made.keys
    needs = table.against(earlier)
    if _other_basis(table.planned, earlier) or _reaches_further(table.planned, earlier):
        return ~needs.is_fixed | table.is_small
    once = frozenset().union(*(edition.withheld for edition in earlier))
    was_withheld = np.array([key in once or _on_rung(key, besides) for key in keys], dtype=bool)
    implied = table.is_implied
    more = with_earlier(table.made, table.values, earlier, table.rules, reference.table("relations"))
    extra = len(more.values) - len(keys)
    needless = np.array([key[0].startswith(REST) for key in keys], dtype=bool) & ~needs.is_required
    equal, at_least = relations.loosened(more.equal, more.at_least, _padded(needless, extra))
    problem = Problem(
        values=more.values,
        equal=equal,
        at_least=at_least,
        is_required=_padded(needs.is_required | (was_withheld & ~implied), extra),
        low=_padded(needs.low, extra),
        high=_padded(needs.high, extra),
        is_fixed=_padded(needs.is_fixed | table.is_known, extra) | more.is_fixed,
        is_withheld=_padded(implied, extra, filling=True),
        cost=_padded(table.costs(), extra),
        floor=_padded(table.floor, extra),
    )
    hidden = _solved(problem, table)
    return (hidden[: len(keys)] | table.is_small) & ~implied


def _solved(problem: Problem, table: Table) -> np.ndarray:
    """The cells to withhold, each part that no relation joins to another by itself.

    Raises NotShareableError where nothing protects a cell of this edition.
    """
    hidden = problem.is_required & ~problem.is_fixed
    planned = set(range(len(table.made.keys))) - set(np.flatnonzero(table.is_unplanned))
    lost: list[Key] = []
    for columns, part in problem.parts(hidden):
        found, unmet = withhold(part)
        follows = np.zeros(len(columns), dtype=bool)  # large ones that earlier editions give away hide nothing
        follows[[cell for cell in unmet if part.values[cell] >= table.threshold]] = True
        if follows.any():
            part = replace(part, is_fixed=part.is_fixed | follows)
            found, unmet = withhold(part)
        lost += [table.made.keys[columns[cell]] for cell in unmet if columns[cell] in planned]
        known = _padded(table.is_printed, len(hidden) - len(table.is_printed))[columns] & found
        if known.any():  # readers know these from print: protect the others as if they were shown
            is_required = found & (part.values < table.threshold) & part.is_required & ~known
            is_fixed, is_withheld = part.is_fixed | known, part.is_withheld | found
            wiser = replace(part, is_required=is_required, is_fixed=is_fixed, is_withheld=is_withheld)
            found = found | withhold(wiser)[0]
        hidden[columns] = found
    if lost:
        raise _not_shareable(lost)
    return hidden


def _padded(array: np.ndarray, extra: int, *, filling: bool = False) -> np.ndarray:
    """*array* with *extra* further entries, for the cells of earlier editions."""
    return np.concatenate([array, np.full(extra, filling).astype(array.dtype)])


def _other_basis(keys: list[Key], earlier: list[Earlier]) -> bool:
    """Whether readers hold figures by fiscal years and these are by calendar years, or the reverse.

    The spans of the two end a quarter apart, so that their differences are small counts.
    """
    held = [key for edition in earlier if edition.shown for key in [*edition.shown, *edition.withheld]]
    ours, theirs = ({periods.basis(key[1]) for key in some} - {"to_date"} for some in (keys, held))
    return bool(theirs - ours)


def _reaches_further(keys: list[Key], earlier: list[Earlier]) -> bool:
    """Whether readers hold figures of later periods: an older year then says nothing new about persons."""
    last = max((periods.span(key[1])[1] for key in keys), default=date.max)
    return any(periods.span(key[1])[1] > last for edition in earlier for key in edition.shown)


def _on_rung(key: Key, rung: str) -> bool:
    """Whether *key* is withheld on that rung of the ladder: each rung withholds what those before it do."""
    places = key[2:]
    tests = (
        sum(bool(place) for place in places) > 1,
        any(places[at] for at in _BY_GROUP),
        any(places[at] for at in _BY_PLACE),
        periods.grain(key[1]) != "to_date",
        True,
    )
    return any(tests[: RUNGS.index(rung)])


def _not_shareable(keys: list[Key]) -> NotShareableError:
    names = sorted({key[0].removeprefix(relations.NEW) for key in keys})
    spans = sorted({key[1] for key in keys})
    return NotShareableError(
        f"no edition was written: earlier editions already show so much that small counts of {', '.join(names)} "
        f"({', '.join(spans)}) could be worked out whatever is withheld now. Use a new EDITIONS folder only if "
        "the earlier ones were never shared."
    )
