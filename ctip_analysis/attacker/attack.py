"""The attacker: what an outsider who holds every edition can work out about the cells that are not shown.

It knows the definitions of the indicators, how cells add up and bound one another, and that a count is
a whole number. It does not know how cells were chosen, and it shares no code with what chooses them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ctip_analysis.attacker.bounds import COVER, Ends, bounds
from ctip_analysis.attacker.relations import NEW, REST, Key
from ctip_analysis.attacker.system import Knowledge, System, build, knowledge
from ctip_analysis.base import reference
from ctip_analysis.edition.cells import KEYS
from ctip_analysis.edition.edition import Edition

CORRECTED = "corrected:"  # by how much a number differs from an earlier edition's: as many people came or went
COLUMNS = [*KEYS, "edition", "lowest", "highest", "is_implied", "floor", "is_cut_short"]

_REPAIRS = 8
_REPAIR_NODES = 1_000


def attack(
    editions: Iterable[Edition | pd.DataFrame],
    *,
    with_published: bool = False,
    indicators: pd.DataFrame | None = None,
    between: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What an outsider can say about each cell about persons that *editions* withhold or only imply.

    *editions* come in the order they were issued; a frame (KEYS, value, status) may hold a part of an
    edition, and what it lacks is unknown. ``with_published``: the outsider also takes a figure printed
    elsewhere for the national cell of its indicator and period, unless something contradicts it.
    *indicators* and *between* replace the tables of those definitions.

    Returns
    -------
    DataFrame, one row per withheld or implied cell
        KEYS; ``edition`` ("" if one value serves all; otherwise the period of the edition, or its place in
        the order for a frame); ``lowest`` and ``highest``, whole numbers, inf if nothing limits the cell.
        ``floor`` is the least a withheld cell can be (1 where zeros are shown). An end below 11 is exact, and
        so are both where they are one number. An end of 11 and more says "at least so wide": once a second
        number is known to be possible, it is followed no further. All this unless
        ``is_cut_short``: then the solver stopped, and the interval holds only what was seen (missing: not
        a single solution was). ``is_implied``: a cell that is never printed, such as the people who are
        new in a span (``new:`` before the indicator), or the smallest number by which a cell was corrected.

        A cell that is withheld in one edition and shown, unchanged, in another has no row: it is public.
    """
    definitions = reference.table("indicators") if indicators is None else indicators
    known = knowledge(
        [_named(each, number) for number, each in enumerate(editions, start=1)],
        definitions.set_index("id", drop=False),
        reference.table("relations") if between is None else between,
        reference.table("published_results") if with_published else None,
    )
    system, ends = _settled(known)
    found = pd.concat([_intervals(system, ends), _corrections(known)])
    return found.sort_values([*KEYS, "edition"]).reset_index(drop=True)


def _named(edition: Edition | pd.DataFrame, number: int) -> tuple[str, pd.DataFrame]:
    if isinstance(edition, pd.DataFrame):
        return str(number), edition
    return str(edition.info.get("period") or number), edition.frame


def _settled(known: Knowledge) -> tuple[System, Ends]:
    """The system, less what contradicts itself in it, and its ends.

    An outsider who meets a contradiction gives up, in this order: that a figure printed elsewhere is the
    cell, that a cell has one value in all editions, and the fewest relations.
    """
    apart: set[Key] = set()
    system = build(known, apart)
    for _ in range(_REPAIRS):
        wrong = _ends(system).is_contradicted
        mended = _mended(system, wrong, known, apart) if wrong.any() else None
        if mended is None:
            break
        system = mended
    return system, _ends(system, system.unknowns["is_asked"].to_numpy(bool))


def _mended(system: System, wrong: np.ndarray, known: Knowledge, apart: set[Key]) -> System | None:
    """The system without what an outsider gives up next around *wrong*; None if nothing is left."""
    rows = _rows_of(system, wrong)
    together = {key for row in np.flatnonzero(rows) for key in system.keys[row]}
    if (doubted := rows & system.is_published).any():
        for row in np.flatnonzero(_broken(system, rows, doubted)):
            known.published.pop(system.keys[row][0], None)
        return build(known, apart)
    if len(known.names) > 1 and not together <= apart:
        apart |= together
        return build(known, apart)
    broken = _broken(system, rows, rows)
    return system.without(broken) if broken.any() else None


def _ends(system: System, asked: np.ndarray | None = None) -> Ends:
    """A point of each part, or that it contradicts itself; the ends of what is *asked*."""
    return bounds(system.matrix, system.low, system.high, system.floor, asked)


def _rows_of(system: System, columns: np.ndarray) -> np.ndarray:
    """Rows with any of *columns*."""
    return np.asarray(abs(system.matrix) @ columns.astype(float)) > 0


def _broken(system: System, rows: np.ndarray, doubted: np.ndarray) -> np.ndarray:
    """Of the rows *doubted*, those that give way when all *rows* are satisfied with the least bending.

    All that are doubted, if bending them is not enough or no answer is found.
    """
    if not doubted.any():
        return doubted
    inside, bent = np.flatnonzero(rows), np.flatnonzero(doubted[rows])
    more, width = len(bent), system.matrix.shape[1]
    bend = sparse.csr_array((np.ones(more), (bent, range(more))), shape=(len(inside), more))
    matrix = sparse.hstack([system.matrix[inside], bend, -bend], format="csr")
    found = milp(
        np.r_[np.zeros(width), np.ones(2 * more)],
        constraints=LinearConstraint(matrix, system.low[inside], system.high[inside]),
        bounds=Bounds(np.r_[system.floor, np.zeros(2 * more)], np.inf),
        integrality=np.ones(width + 2 * more),
        options={"node_limit": _REPAIR_NODES},
    )
    if found.x is None:
        return doubted
    given = found.x[width : width + more] + found.x[width + more :]
    broken = np.zeros(len(rows), bool)
    broken[inside[bent[given > 0.5]]] = True
    return broken


def _intervals(system: System, ends: Ends) -> pd.DataFrame:
    unseen = ends.is_contradicted | (ends.least > ends.most)
    table = system.unknowns.assign(
        lowest=np.where(unseen, np.nan, ends.least),
        highest=np.where(unseen, np.nan, np.where(np.isinf(ends.high), np.inf, ends.most)),
        floor=system.floor,
        is_cut_short=ends.is_cut_short | ends.is_contradicted,
    )
    return table.loc[table["is_asked"], COLUMNS]


def _corrections(known: Knowledge) -> pd.DataFrame:
    """Of each cell that two editions show with different numbers, the least by which any two differ."""
    rows = []
    for key in sorted(known.restated()):
        values = sorted({shown[key] for shown in known.shown if key in shown})
        if len(values) > 1:
            least = min(np.diff(values))
            rows.append((CORRECTED + key[0], *key[1:], "", least, least, True, 0.0, False))
    types = {"lowest": float, "highest": float, "is_implied": bool, "floor": float, "is_cut_short": bool}
    return pd.DataFrame(rows, columns=COLUMNS).astype(types)


def opened(intervals: pd.DataFrame, truth: pd.Series | pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows of *intervals* (from :func:`attack`) that are not safe.

    Without *truth*: cells that are certainly below 11, or known exactly. With *truth*, values by KEYS (a
    Series, or a frame with KEYS and value): cells below 11 whose interval does not reach from the floor to
    11, and cells of 11 and more that are known exactly; an interval that misses the true value misleads,
    and opens nothing. A cell without a true value is judged as if no truth were given. A cell whose search
    ended without an answer counts as opened unless what was seen already makes it safe. That nobody, or
    eleven people and more, are new in a span, the rest of a nested group or behind a correction names none of them.
    """
    low, high = intervals["lowest"], intervals["highest"]
    implied = intervals["indicator"].str.startswith((NEW, REST, CORRECTED))
    harmless = implied & (high.eq(0) | low.ge(COVER))
    covers, exact = low.le(intervals["floor"]) & high.ge(COVER), low.eq(high)
    blind = low.isna()
    if truth is None:
        return intervals[(high.lt(COVER) | exact | blind) & ~harmless]
    true = _true(intervals, truth)
    harmless |= implied & (true.eq(0) | true.ge(COVER))
    covered = low.le(true) & high.ge(true) | intervals["is_cut_short"]
    small = true.lt(COVER)
    is_opened = blind | covered & (small & ~covers | ~small & exact)
    return intervals[is_opened.where(true.notna(), high.lt(COVER) | exact | blind) & ~harmless]


def _true(intervals: pd.DataFrame, truth: pd.Series | pd.DataFrame) -> pd.Series:
    if isinstance(truth, pd.DataFrame):
        truth = truth.set_index(KEYS)["value"]
    values = dict(zip(truth.index, truth.astype(float), strict=True))
    keys = zip(*(intervals[key] for key in KEYS), strict=True)
    return pd.Series([values.get(key, np.nan) for key in keys], index=intervals.index, dtype=float)
