"""Relations between cells, as one system of linear rows: what any reader can work out from shown ones.

Sums over places and groups, years and spans to date, parts of indicators and bounds between them
(``data/reference/relations.csv``). Where persons are distinct, parts bound their total and do not add up
to it. Counts that are never printed but follow from printed ones are cells of the system too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from scipy import sparse

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.cells import PLACES

Key = tuple[str, ...]  # indicator, period, then the PLACES
Row = tuple[bool, list[Key], list[Key]]  # whether equal or at least; sum of the first keys, sum of the second
NEW = "new:"  # people who came in, or cases judged, between two spans to date: implied, never printed
REST = "rest:"  # those of the larger side of a relation who are in none of its planned parts: implied as well
_FIRST_PLACE = 2


@dataclass(frozen=True)
class System:
    """Cells and the rows they obey: ``equal @ x = 0`` and ``at_least @ x >= 0`` for the cells *x*.

    ``keys`` are the cells that were asked for, then the implied ones.
    """

    keys: list[Key]
    equal: sparse.csr_array = field(repr=False)
    at_least: sparse.csr_array = field(repr=False)


def system(keys: Iterable[Key], rules: pd.DataFrame, between: pd.DataFrame) -> System:
    """The system over the cells *keys*.

    *rules* are the indicators by id (``additive_over``, ``counting_rule``), *between* the relations
    between them.
    """
    printed = list(dict.fromkeys(keys))
    cells = dict.fromkeys([*printed, *_half_grouped(printed)])
    rows = list(_between(cells, between))
    cells |= {key: None for key in _members(rows) if not key[0].startswith(REST)}  # a rest obeys its own row only
    rows += [*_over_places(cells, rules), *_over_time(cells, rules)]
    cells |= dict.fromkeys(_members(rows))
    at = {key: place for place, key in enumerate(cells)}
    equal, at_least = ([row for row in rows if row[0] is kind] for kind in (True, False))
    return System(list(cells), _matrix(equal, at), _matrix(at_least, at))


def implied_values(made: System, values: dict[Key, float]) -> np.ndarray:
    """Values of all cells of a system, those of implied ones worked out from *values* of the printed.

    Missing where no row gives one.
    """
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

    A rest is in one row only, on the smaller side, and may be anything from zero up.
    """
    free = (abs(equal) @ needless.astype(float)) > 0
    bounds = equal[free] @ sparse.diags_array((~needless).astype(float))
    return equal[~free], sparse.vstack([at_least, bounds]).tocsr()


@cache
def _groups() -> dict[tuple[str, str], tuple[str, str]]:
    """The group that holds each category: (dimension, category) -> (dimension, group)."""
    zones, groupings = reference.table("zones"), reference.table("groupings")
    found = {("adm1_code", code): ("zone", zone) for code, zone in zip(zones["adm1_code"], zones["zone"], strict=True)}
    found["adm1_code", "unknown"] = ("zone", "unknown")
    return found | {(each.dimension, each.category): (each.dimension, each.group) for each in groupings.itertuples()}


def _placed(key: Key, changes: dict[str, str]) -> Key:
    """*key* with other values of some places."""
    places = {**dict(zip(PLACES, key[_FIRST_PLACE:], strict=True)), **changes}
    return (*key[:_FIRST_PLACE], *places.values())


def _grouped(key: Key, dimension: str) -> Key | None:
    """The cell of the group that *key* belongs to in *dimension*; None if it is in none, or is the group."""
    group = _groups().get((dimension, key[_FIRST_PLACE + PLACES.index(dimension)]))
    if group is None:
        return None
    found = _placed(key, {dimension: "", group[0]: group[1]})
    return None if found == key else found


def _half_grouped(keys: list[Key]) -> Iterator[Key]:
    """Cells grouped in one dimension and not in another: they join fine cells of earlier editions to groups."""
    for key in keys:
        if sum(map(bool, key[_FIRST_PLACE:])) > 1:
            yield from (half for dimension in PLACES if (half := _grouped(key, dimension)))


def _members(rows: Iterable[Row]) -> Iterator[Key]:
    return (key for _, larger, smaller in rows for side in (larger, smaller) for key in side)


def _matrix(rows: list[Row], at: dict[Key, int]) -> sparse.csr_array:
    entries = [
        (number, at[key], sign)
        for number, (_, larger, smaller) in enumerate(rows)
        for sign, side in ((1.0, larger), (-1.0, smaller))
        for key in side
    ]
    lines, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return sparse.csr_array((signs, (lines, columns)), shape=(len(rows), len(at)), dtype=float)


def _between(cells: dict[Key, None], between: pd.DataFrame) -> Iterator[Row]:
    """Relations between indicators, wherever the larger side and a part of the smaller one are cells.

    In a bound, parts that are no cells may be missing: what remains is a bound too. In a sum they are
    together the rest, and so are in a nested relation those who are in no part.
    """
    where: dict[str, dict[Key, None]] = defaultdict(dict)
    for key in cells:
        where[key[0]][key[1:]] = None
    for each in between.itertuples():
        larger, smaller, implied = each.larger.split(), each.smaller.split(), set(each.implied.split())
        for place in where[larger[0]]:
            seen = [name for name in smaller if name not in implied and place in where[name]]
            if not seen or any(place not in where[name] for name in larger):
                continue
            parts = [*seen, *(name for name in smaller if name in implied)]
            if each.kind == "nested" or (each.kind == "equal" and len(parts) < len(smaller)):
                parts.append(REST + each.relation)
            sides = [[(name, *place) for name in side] for side in (larger, parts)]
            yield each.kind != "at_least", *sides


def _over_places(cells: dict[Key, None], rules: pd.DataFrame) -> Iterator[Row]:
    """Each total, or group, against the cells inside it along one dimension."""
    additive = {name: set(text.split()) for name, text in rules["additive_over"].items()}
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in cells:
        for dimension, value in zip(PLACES, key[_FIRST_PLACE:], strict=True):
            whole = _grouped(key, dimension)
            if whole not in cells:
                whole = _placed(key, {dimension: ""})
            if value and whole in cells:
                parts[whole, "adm1_code" if dimension == "zone" else dimension].append(key)
    for (whole, dimension), found in parts.items():
        if dimension in additive.get(whole[0], ()):
            yield True, [whole], found
        else:  # distinct persons: the largest part <= total <= the sum of the parts
            yield from ((False, [whole], [part]) for part in found)
            yield False, found, [whole]


def _over_time(cells: dict[Key, None], rules: pd.DataFrame) -> Iterator[Row]:
    """Spans against the years inside them, by indicator and place."""
    lines: dict[Key, set[str]] = defaultdict(set)
    for key in cells:
        lines[key[0], *key[_FIRST_PLACE:]].add(key[1])
    known = {name: rules.loc[name] for name in {line[0] for line in lines} & set(rules.index)}
    for (name, *places), codes in lines.items():
        rule = known.get(name)
        for is_equal, larger, smaller in _rows_of_line(codes, rule):
            yield is_equal, _keys(name, larger, places), _keys(name, smaller, places)


def _keys(indicator: str, codes: list[str], places: list[str]) -> list[Key]:
    return [(f"{NEW if code.startswith(NEW) else ''}{indicator}", code.removeprefix(NEW), *places) for code in codes]


def _rows_of_line(codes: set[str], rule: pd.Series | None) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Rows over the periods *codes* of one line; an indicator without a *rule* is implied and only grows."""
    spans = sorted((code for code in codes if periods.grain(code) == "to_date"), key=periods.span)
    is_additive = rule is not None and "period" in rule["additive_over"].split()
    grows = is_additive or rule is None or rule["counting_rule"] == "distinct" or _is_over(rule)
    # whoever had one kind of service in each of two years has two kinds to date, and in neither year
    in_a_year = rule is not None and not rule["two_kinds_of"]
    for place, span in enumerate(spans):
        earlier = [code for code in spans[:place] if periods.span(code)[0] == periods.span(span)[0]][-1:]
        years = _years_after(codes, span, earlier)
        if years and (is_additive or (len(years) == 1 and not earlier)):  # summed up, or the same days twice
            yield True, [span], [*earlier, *years]
        elif grows and (earlier or years):
            yield from _grown(span, earlier, years, in_a_year)
        if grows and not is_additive:
            for other in spans:
                if other > span and periods.span(other)[1] == periods.span(span)[1]:
                    yield False, [span], [other]


def _grown(
    span: str, earlier: list[str], years: list[str], in_a_year: bool
) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Rows of a *span* that has those of the *earlier* one and of the *years* since, each person once."""
    since = [span]
    if earlier:
        since = [NEW + span]
        yield True, [span], [*earlier, *since]
        yield False, since, []
    for year in years:
        yield False, [span], [year]
    if years and in_a_year:
        yield False, years, since


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
