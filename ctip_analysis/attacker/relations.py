"""What an outsider knows of cells from their definitions alone: which sums and bounds bind them.

Nothing here depends on a number. A relation is written as its wholes less its parts, and that difference is
between two limits; which cells are shown is the business of :mod:`ctip_analysis.attacker.system`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import pandas as pd

from ctip_analysis.attacker.spans import (
    FIRST_PLACE,
    NEW,
    Key,
    Relation,
    at_least,
    at_most,
    each_is_in_a_part,
    equal,
    over_time,
)
from ctip_analysis.base import periods, reference
from ctip_analysis.edition.cells import PLACES
from ctip_analysis.places.provinces import units

__all__ = ["NEW", "REST", "Key", "Relation", "relations", "usable"]

REST = "rest:"  # before the name of a relation: of its larger side, those who are in none of the parts known
_PROVINCE = FIRST_PLACE + PLACES.index("adm1_code")
_ZONE = FIRST_PLACE + PLACES.index("zone")


def relations(
    printed: Iterable[Key], indicators: pd.DataFrame, between: pd.DataFrame
) -> tuple[list[Relation], set[Key], set[Key]]:
    """Every relation among the cells *printed*, shown or withheld, and further cells that it names.

    *indicators* is indexed by id; *between* is the table of relations between indicators. A value of a
    place that occurs anywhere for an indicator and period is expected everywhere in it; what is then
    missing takes part as a cell nobody knows.

    Returns
    -------
    relations, implied, nowhere
        ``implied``: cells that are never printed, but can be worked out. ``nowhere``: cells of provinces
        that did not exist in their period, which are zero.
    """
    cells = set(printed)
    keys = _completed(cells)
    nowhere = _before_their_time(keys)
    found = list(_over_places(keys, indicators))
    among, implied, rests = _between_indicators(keys, between)
    never = {key[0] for key in implied}
    in_time, new = over_time(keys | nowhere | implied, cells | implied, indicators, never)
    return [*found, *among, *in_time], implied | rests | new, nowhere


def usable(between: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Relations whose members are about persons; and each indicator as a part of the one it names, if none says so."""
    members = (between["larger"] + " " + between["smaller"]).str.split()
    free = between["implied"].str.split()
    meant = [set(names) - set(never) <= set(about.index) for names, never in zip(members, free, strict=True)]
    kept = between[pd.Series(meant, index=between.index, dtype=bool)]
    said = {
        (whole, part) for each in kept.itertuples() for whole in each.larger.split() for part in each.smaller.split()
    }
    rest = [
        {"kind": "at_least", "larger": whole, "smaller": part, "implied": ""}
        for part, whole in about["part_of"].items()
        if whole in about.index and (whole, part) not in said
    ]
    return pd.concat([kept, pd.DataFrame(rest, columns=kept.columns)], ignore_index=True).fillna("")


def _completed(cells: set[Key]) -> set[Key]:
    """The *cells*, with their totals and with every member of a place's domain beside each other."""
    domain: dict[tuple[Key, int], set[str]] = defaultdict(set)
    for key in cells:
        for place in range(FIRST_PLACE, len(key)):
            if key[place]:
                domain[key[:FIRST_PLACE], place].add(key[place])
    keys, ahead = set(cells), sorted(cells)
    while ahead:
        key = ahead.pop()
        for place in range(FIRST_PLACE, len(key)):
            if key[place]:
                for value in ("", *sorted(domain[key[:FIRST_PLACE], place])):
                    if (beside := _with(key, place, value)) not in keys:
                        keys.add(beside)
                        ahead.append(beside)
    return keys


def _with(key: Key, at: int, value: str) -> Key:
    return (*key[:at], value, *key[at + 1 :])


def _before_their_time(keys: set[Key]) -> set[Key]:
    """Cells of a province for periods, shown for other provinces, in which it did not exist."""
    codes, spans = defaultdict(set), defaultdict(set)
    for key in keys:
        if key[_PROVINCE].startswith("KH"):
            line = (key[0], _with(key, _PROVINCE, "")[FIRST_PLACE:])
            codes[line].add(key[_PROVINCE])
            spans[line].add(key[1:FIRST_PLACE])
    return {
        missing
        for line in sorted(codes)
        for code in codes[line]
        for span in spans[line]
        if (missing := _with((line[0], *span, *line[1]), _PROVINCE, code)) not in keys
        and code not in _provinces(span[0])
    }


@cache
def _provinces(period: str) -> frozenset[str]:
    return frozenset(code for day in periods.span(period) for code in units(day)["adm1_code"])


def _over_places(keys: set[Key], indicators: pd.DataFrame) -> Iterator[Relation]:
    """Totals against their parts, along each place; a part that is in a group or zone counts towards that."""
    parts = defaultdict(list)
    for key in sorted(keys):
        for place in range(FIRST_PLACE, len(key)):
            if key[place]:
                group = _group(key, place)
                whole = group if group in keys and group != key else _with(key, place, "")
                parts[whole, _PROVINCE if place == _ZONE else place].append(key)
    rules = {name: indicators.loc[name] for name in {whole[0] for whole, _ in parts}}
    for (whole, place), members in parts.items():
        rule = rules[whole[0]]
        if PLACES[place - FIRST_PLACE] in rule["additive_over"].split():
            yield equal(whole, members)
            continue
        yield from (at_least(whole, member) for member in members)
        if each_is_in_a_part(rule):
            yield at_most(whole, members)


def _group(key: Key, place: int) -> Key:
    """The cell of the zone or group that *key* belongs to along a place; *key* itself if there is none."""
    if place == _PROVINCE:
        zone = _zones().get(key[place], "")
        return _with(_with(key, place, ""), _ZONE, zone) if zone else key
    return _with(key, place, _groups().get((PLACES[place - FIRST_PLACE], key[place]), key[place]))


@cache
def _zones() -> dict[str, str]:
    table = reference.table("zones")
    return {**dict(zip(table["adm1_code"], table["zone"], strict=True)), "unknown": "unknown"}


@cache
def _groups() -> dict[tuple[str, str], str]:
    table = reference.table("groupings")
    return dict(zip(zip(table["dimension"], table["category"], strict=True), table["group"], strict=True))


def _between_indicators(keys: set[Key], between: pd.DataFrame) -> tuple[list[Relation], set[Key], set[Key]]:
    """Relations of the table wherever all of the larger side and a part of the smaller one are cells.

    Parts of a sum that are no cells are together its rest. Returns the relations, the counts they imply,
    and the rests: of the larger side, those who are in none of the parts.
    """
    lines: dict[str, set[Key]] = defaultdict(set)
    for key in keys:
        lines[key[0]].add(key[1:])
    found: list[Relation] = []
    implied: set[Key] = set()
    rests: set[Key] = set()
    for each in between.itertuples():
        never = set(each.implied.split())
        larger, smaller = each.larger.split(), each.smaller.split()
        seen = set().union(*(lines[name] for name in smaller if name not in never))
        for place in sorted(set.intersection(*(lines[name] for name in larger)) & seen):
            absent = [name for name in smaller if name not in never and place not in lines[name]]
            wholes = tuple((name, *place) for name in larger)
            parts = tuple((name, *place) for name in smaller if name not in absent)
            if each.kind == "nested" or (each.kind == "equal" and absent):
                rests.add((REST + each.relation, *place))
                parts = (*parts, (REST + each.relation, *place))
            found.append(Relation(wholes, parts, 0.0, np.inf if each.kind == "at_least" else 0.0))
            implied |= {(name, *place) for name in never}
    return found, implied, rests
