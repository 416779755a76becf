"""What any reader can work out: the relations that hold between cells, as one system of linear rows.

Sums over places and groups, years and to-date spans, parts of indicators and bounds between them
(``data/reference/relations.csv``). Where persons are distinct, parts bound their total and do not add up
to it. Counts that are never printed but follow from printed ones are cells of the system too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from ctip_analysis.base import periods
from ctip_analysis.edition.read import PLACES

Key = tuple[str, str, str, str, str, str]  # indicator, period, adm1_code, sex, age_band, partner
Row = tuple[list[Key], list[Key]]  # sum of the first list = (or >=) sum of the second
NEW = "new:"  # people who came in, or cases judged, between two to-date spans: implied, never printed
REST = "rest:"  # of the larger side of a nested relation, those not on the smaller: implied as well


@dataclass(frozen=True)
class System:
    """Cells and the rows they obey: ``equal @ x = 0`` and ``at_least @ x >= 0`` for the cells *x*.

    ``keys`` are the cells that were asked for, then the implied ones, ``n_printed`` of the former.
    """

    keys: list[Key]
    n_printed: int
    equal: sparse.csr_array = field(repr=False)
    at_least: sparse.csr_array = field(repr=False)

    def components(self) -> np.ndarray:
        """Number of the part each cell belongs to: no row joins two parts."""
        rows = sparse.vstack([self.equal, self.at_least]).tocsr()
        joined = abs(rows).T @ abs(rows)
        return sparse.csgraph.connected_components(joined, directed=False)[1]


def system(keys: Iterable[Key], rules: pd.DataFrame, between: pd.DataFrame) -> System:
    """The system over the cells *keys*.

    *rules* are the indicators by id (``additive_over``, ``counting_rule``), *between* the relations
    between them.
    """
    printed = list(dict.fromkeys(keys))
    cells = dict.fromkeys(printed)
    equal: list[Row] = []
    at_least: list[Row] = []
    for kind, row in _between(cells, between):
        (equal if kind == "equal" else at_least).append(row)
    members = dict.fromkeys(key for row in [*equal, *at_least] for side in row for key in side)
    cells |= {key: None for key in members if not key[0].startswith(REST)}  # a rest obeys its own row only
    for kind, row in [*_over_places(cells, rules), *_over_time(cells, rules)]:
        (equal if kind == "equal" else at_least).append(row)
    cells |= dict.fromkeys(key for row in [*equal, *at_least] for side in row for key in side)
    at = {key: place for place, key in enumerate(cells)}
    return System(list(cells), len(printed), _matrix(equal, at), _matrix(at_least, at))


def implied_values(made: System, values: dict[Key, float]) -> np.ndarray:
    """Values of all cells of a system, those of implied ones worked out from *values* of the printed."""
    known = np.array([values.get(key, np.nan) for key in made.keys], dtype=float)
    for row in made.equal:
        missing = row.indices[np.isnan(known[row.indices])]
        if len(missing) == 1:
            rest = row.indices != missing[0]
            known[missing] = -(row.data[rest] @ known[row.indices[rest]]) / row.data[~rest]
    return known


def loosened(
    equal: sparse.csr_array, at_least: sparse.csr_array, needless: np.ndarray
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The rows without the rests that are *needless*, of which nothing is asked: what was equal is a bound then.

    A rest stands in one row only, on the smaller side, and may be anything from zero up.
    """
    free = (abs(equal) @ needless.astype(float)) > 0
    bounds = equal[free] @ sparse.diags_array((~needless).astype(float))
    return equal[~free], sparse.vstack([at_least, bounds]).tocsr()


def _matrix(rows: list[Row], at: dict[Key, int]) -> sparse.csr_array:
    entries = [
        (number, at[key], sign)
        for number, (larger, smaller) in enumerate(rows)
        for sign, side in ((1.0, larger), (-1.0, smaller))
        for key in side
    ]
    lines, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return sparse.csr_array((signs, (lines, columns)), shape=(len(rows), len(at)), dtype=float)


def _between(cells: dict[Key, None], between: pd.DataFrame) -> Iterator[tuple[str, Row]]:
    """Relations between indicators, wherever their members but the implied ones are cells.

    Of a bound, parts that are no cells may lack: what is left of them is a bound too. A nested one has a rest,
    so that the two sides are equal.
    """
    where = defaultdict(list)
    for key in cells:
        where[key[0]].append(key[1:])
    held = {name: set(places) for name, places in where.items()}
    for each in between.itertuples():
        larger, smaller, implied = each.larger.split(), each.smaller.split(), set(each.implied.split())
        for rest in where.get(larger[0], []):
            there = [name for name in smaller if name in implied or rest in held.get(name, ())]
            whole = each.kind != "equal" or len(there) == len(smaller)
            if there and whole and all(rest in held.get(name, ()) for name in larger):
                others = [REST + each.relation] if each.kind == "nested" else []
                parts = [*there, *others]
                row = [(name, *rest) for name in larger], [(name, *rest) for name in parts]
                yield "at_least" if each.kind == "at_least" else "equal", row


def _over_places(cells: dict[Key, None], rules: pd.DataFrame) -> Iterator[tuple[str, Row]]:
    """A total over a place or group against its parts."""
    additive = {name: set(text.split()) for name, text in rules["additive_over"].items()}
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in cells:
        for at, place in enumerate(PLACES, start=2):
            total = (*key[:at], "", *key[at + 1 :])
            if key[at] and total in cells:
                parts[total, place].append(key)
    for (total, place), found in parts.items():
        if place in additive.get(total[0], ()):
            yield "equal", ([total], found)
        else:
            yield from _bounded(total, found)


def _bounded(total: Key, parts: list[Key]) -> Iterator[tuple[str, Row]]:
    """Distinct persons: the largest part <= total <= the sum of the parts."""
    for part in parts:
        yield "at_least", ([total], [part])
    yield "at_least", (parts, [total])


def _over_time(cells: dict[Key, None], rules: pd.DataFrame) -> Iterator[tuple[str, Row]]:
    """Spans against the years inside them, by indicator and place."""
    lines: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for key in cells:
        lines[(key[0], *key[2:])].add(key[1])
    for (name, *places), codes in lines.items():
        rule = rules.loc[name] if name in rules.index else None
        for kind, larger, smaller in _rows_of_line(codes, rule):
            yield kind, (_keys(name, larger, places), _keys(name, smaller, places))


def _keys(indicator: str, codes: list[str], places: list[str]) -> list[Key]:
    adm1_code, sex, age_band, partner = places
    return [
        (
            f"{NEW}{indicator}" if code.startswith(NEW) else indicator,
            code.removeprefix(NEW),
            adm1_code,
            sex,
            age_band,
            partner,
        )
        for code in codes
    ]


def _rows_of_line(codes: set[str], rule: pd.Series | None) -> Iterator[tuple[str, list[str], list[str]]]:
    """Rows over the periods *codes* of one line; an indicator without a *rule* is implied and only grows."""
    spans = sorted((code for code in codes if periods.grain(code) == "to_date"), key=periods.span)
    is_additive = rule is not None and "period" in rule["additive_over"].split()
    grows = rule is None or rule["counting_rule"] == "distinct" or _is_over(rule)
    # whoever had one kind of service in each of two years has two kinds to date, and in neither year
    in_a_year = rule is not None and not rule["two_kinds_of"]
    for place, span in enumerate(spans):
        earlier = [code for code in spans[:place] if periods.span(code)[0] == periods.span(span)[0]][-1:]
        rest = _years_after(codes, span, earlier)
        if len(rest) == 1 and not earlier:  # the same days twice
            yield "equal", [span], rest
        elif is_additive and rest:
            yield "equal", [span], [*earlier, *rest]
        elif grows and earlier:
            new = NEW + span
            yield "equal", [span], [*earlier, new]
            yield "at_least", [new], []
            if rest and in_a_year:
                yield "at_least", rest, [new]
            for year in rest:
                yield "at_least", [span], [year]
        elif grows and rest:
            for year in rest:
                yield "at_least", [span], [year]
            if in_a_year:
                yield "at_least", rest, [span]
        if grows and not is_additive:
            for other in spans:
                if other > span and periods.span(other)[1] == periods.span(span)[1]:
                    yield "at_least", [span], [other]


def _is_over(rule: pd.Series) -> bool:
    """Whether what is counted at the end of a span is counted at every later end: cases that were judged."""
    return bool(rule["counting_rule"] == "last" and rule["case_stage"] == "judged")


def _years_after(codes: set[str], span: str, earlier: list[str]) -> list[str]:
    """Years that fill *span* after the *earlier* one exactly; none if they leave a gap."""
    first, last = periods.span(span)
    start = periods.span(earlier[0])[1] if earlier else None
    inside = []
    for code in codes:
        if periods.grain(code) != "year":
            continue
        begin, end = periods.span(code)
        if begin >= first and end <= last and (start is None or begin > start):
            inside.append(code)
    days = sum((periods.span(code)[1] - periods.span(code)[0]).days + 1 for code in inside)
    wanted = (last - (start or first)).days + (0 if start else 1)
    return sorted(inside) if days == wanted else []
