"""What an outsider knows about cells from their definitions alone: which sums and bounds bind them.

Nothing here depends on a number. A relation is written whole less parts, and that difference lies
between two limits; which cells are shown is the business of :mod:`ctip_analysis.attacker.system`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.columns import PLACES
from ctip_analysis.places import units

NEW = "new:"  # before an indicator: people or cases counted in a span to date and not in the one before it
REST = "rest:"  # before the name of a nested relation: of its larger side, those who are not on the smaller
_FIRST_PLACE = 3  # a key is indicator, period, period_basis, then the places
_GAP = "between"  # period_basis of a stretch of time no cell stands for by itself

Key = tuple[str, ...]


class Relation(NamedTuple):
    """``low <= sum(wholes) - sum(parts) <= high``, over cells named by their keys."""

    wholes: tuple[Key, ...]
    parts: tuple[Key, ...]
    low: float
    high: float


class _Stretch(NamedTuple):
    """A period of one line of cells: its first day, the day after its last, its basis and grain."""

    first: date
    after: date
    kind: tuple[str, str]
    key: Key


def _equal(whole: Key, parts: Iterable[Key]) -> Relation:
    return Relation((whole,), tuple(parts), 0.0, 0.0)


def _at_least(whole: Key, *parts: Key) -> Relation:
    return Relation((whole,), parts, 0.0, np.inf)


def _at_most_sum(whole: Key, parts: Iterable[Key]) -> Relation:
    return Relation((whole,), tuple(parts), -np.inf, 0.0)


def relations(
    standing: Iterable[Key], indicators: pd.DataFrame, between: pd.DataFrame
) -> tuple[list[Relation], set[Key], set[Key]]:
    """Every relation among the cells *standing*, and the cells it speaks of that do not stand.

    *indicators* is indexed by id; *between* is the table of relations between indicators. A value of a
    place that stands anywhere for an indicator and period is expected everywhere in it; what is then
    missing takes part as a cell nobody knows.

    Returns
    -------
    relations, implied, nowhere
        ``implied``: cells that are never printed, but can be worked out. ``nowhere``: cells of provinces
        that did not exist in their period, which are zero.
    """
    stand = set(standing)
    keys = _completed(stand)
    nowhere = _before_their_time(keys)
    found = list(_over_places(keys, indicators))
    among, implied, rests = _between_indicators(keys, between)
    found += among
    never = {key[0] for key in implied}
    over_time, new = _over_time(keys | nowhere | implied, stand | implied, indicators, never)
    return found + over_time, implied | rests | new, nowhere


def _completed(stand: set[Key]) -> set[Key]:
    """The cells standing, with their totals and with every member of a place's domain beside each other."""
    domain: dict[tuple[Key, int], set[str]] = defaultdict(set)
    for key in stand:
        for place in range(_FIRST_PLACE, len(key)):
            if key[place]:
                domain[key[:_FIRST_PLACE], place].add(key[place])
    keys, ahead = set(stand), sorted(stand)
    while ahead:
        key = ahead.pop()
        for place in range(_FIRST_PLACE, len(key)):
            if key[place]:
                for value in ("", *sorted(domain[key[:_FIRST_PLACE], place])):
                    if (beside := _with(key, place, value)) not in keys:
                        keys.add(beside)
                        ahead.append(beside)
    return keys


def _with(key: Key, at: int, value: str) -> Key:
    return (*key[:at], value, *key[at + 1 :])


def _before_their_time(keys: set[Key]) -> set[Key]:
    """Cells of a province for periods, shown for other provinces, in which it did not exist."""
    at = _FIRST_PLACE + PLACES.index("adm1_code")
    codes, spans = defaultdict(set), defaultdict(set)
    for key in keys:
        if key[at].startswith("KH"):
            line = (key[0], _with(key, at, "")[_FIRST_PLACE:])
            codes[line].add(key[at])
            spans[line].add(key[1:_FIRST_PLACE])
    return {
        missing
        for line in sorted(codes)
        for code in codes[line]
        for span in spans[line]
        if (missing := _with((line[0], *span, *line[1]), at, code)) not in keys
        and code not in _provinces(span[0])
    }


@cache
def _provinces(period: str) -> frozenset[str]:
    return frozenset(code for day in periods.span(period) for code in units.units(day)["adm1_code"])


def _over_places(keys: set[Key], indicators: pd.DataFrame) -> Iterator[Relation]:
    """Totals against their parts, along each place; a part that is in a group or zone counts towards that."""
    parts = defaultdict(list)
    for key in sorted(keys):
        for place in range(_FIRST_PLACE, len(key)):
            if key[place]:
                name, group = PLACES[place - _FIRST_PLACE], _group(key, place)
                whole = group if group in keys and group != key else _with(key, place, "")
                parts[whole, "adm1_code" if name == "zone" else name].append(key)
    for (whole, name), members in parts.items():
        rule = indicators.loc[whole[0]]
        if name in rule["additive_over"].split():
            yield _equal(whole, members)
            continue
        yield from (_at_least(whole, member) for member in members)
        if _each_is_in_a_part(rule):
            yield _at_most_sum(whole, members)


def _group(key: Key, place: int) -> Key:
    """The cell of the zone or group that *key* belongs to along a place; *key* itself if there is none."""
    name = PLACES[place - _FIRST_PLACE]
    if name == "adm1_code":
        zone = _zones().get(key[place], "")
        return _with(_with(key, place, ""), _FIRST_PLACE + PLACES.index("zone"), zone) if zone else key
    return _with(key, place, _groups().get((name, key[place]), key[place]))


@cache
def _zones() -> dict[str, str]:
    table = reference.table("zones")
    return {**dict(zip(table["adm1_code"], table["zone"], strict=True)), "unknown": "unknown"}


@cache
def _groups() -> dict[tuple[str, str], str]:
    table = reference.table("groupings")
    return dict(zip(zip(table["dimension"], table["category"], strict=True), table["group"], strict=True))


def _each_is_in_a_part(rule: pd.Series) -> bool:
    """Whether all who are counted in a whole are counted in a part of it.

    Not so for people with two kinds of something: they may have had one in each of two parts.
    """
    return not rule.get("two_kinds_of", "")


def _between_indicators(keys: set[Key], between: pd.DataFrame) -> tuple[list[Relation], set[Key], set[Key]]:
    """Relations of the table wherever the larger side stands whole, and the smaller at least in part.

    A member of the smaller side that stands nowhere is unknown but not negative, so that the rest of it
    is a bound still. Returns the relations, the counts they imply, and the rests of nested groups: of the
    larger side, those who are not on the smaller.
    """
    lines: dict[str, set[Key]] = defaultdict(set)
    for key in keys:
        lines[key[0]].add(key[1:])
    found: list[Relation] = []
    implied: set[Key] = set()
    left_over: set[Key] = set()
    for each in between.itertuples():
        hidden = set(each.implied.split())
        larger, smaller = each.larger.split(), each.smaller.split()
        seen = [lines[name] for name in smaller if name not in hidden]
        rests = set.intersection(*(lines[name] for name in larger)) & set().union(*seen)
        for rest in sorted(rests):
            absent = [name for name in smaller if name not in hidden and rest not in lines[name]]
            wholes = tuple((name, *rest) for name in larger)
            parts = tuple((name, *rest) for name in smaller if name not in absent)
            if each.kind == "nested" or (each.kind == "equal" and absent):
                others = (REST + each.relation, *rest)
                left_over.add(others)
                parts = (*parts, others)
            found.append(Relation(wholes, parts, 0.0, np.inf if each.kind == "at_least" else 0.0))
            implied |= {(name, *rest) for name in hidden}
    return found, implied, left_over


def _over_time(
    keys: set[Key], stand: set[Key], indicators: pd.DataFrame, never_printed: set[str]
) -> tuple[list[Relation], set[Key]]:
    lines: dict[Key, list[_Stretch]] = defaultdict(list)
    for key in sorted(keys):
        if periods.grain(key[1]) != "programme_year":
            first, last = _span(key[1])
            kind = (periods.grain(key[1]), periods.basis(key[1]))
            lines[(key[0], *key[_FIRST_PLACE:])].append(_Stretch(first, last + timedelta(days=1), kind, key))
    found: list[Relation] = []
    new: set[Key] = set()
    for line, stretches in lines.items():
        if line[0] not in never_printed:
            rule = indicators.loc[line[0]]
            if "period" in rule["additive_over"].split():
                found += _added_up(stretches)
                continue
            if rule["counting_rule"] != "distinct" and not _stays(rule):
                continue
            in_parts = _each_is_in_a_part(rule)
            found += _distinct(stretches, in_parts)
            growth = list(_growth(stretches, stand, in_parts))
        else:
            growth = list(_growth(stretches, stand, False))
        found += growth
        new |= {key for each in growth for key in each.parts if key[0].startswith(NEW)}
    return found, new


def _stays(rule: pd.Series) -> bool:
    """Whether a case, once counted at the end of a span, is counted at the end of each longer one."""
    return bool(rule["counting_rule"] == "last" and rule.get("case_stage", "") == "judged")


_span = cache(periods.span)


def _added_up(stretches: list[_Stretch]) -> Iterator[Relation]:
    """Each period is the sum of the stretches of time no other period cuts any further."""
    cuts = sorted({day for each in stretches for day in each[:2]})
    by_days: dict[tuple[date, date], _Stretch] = {}
    for each in sorted(stretches, key=lambda each: (each.kind[0] == "to_date", each.key)):
        by_days.setdefault((each.first, each.after), each)
    pieces = []
    for first, after in pairwise(cuts):
        if whole := by_days.get((first, after)):
            pieces.append((first, after, whole.key))
        elif any(each.first <= first and after <= each.after for each in stretches):
            key = stretches[0].key
            unnamed = (key[0], f"{first}/{after - timedelta(days=1)}", _GAP, *key[_FIRST_PLACE:])
            pieces.append((first, after, unnamed))
    for each in stretches:
        inside = [key for first, after, key in pieces if each.first <= first and after <= each.after]
        if inside != [each.key]:
            yield _equal(each.key, inside)


def _distinct(stretches: list[_Stretch], in_parts: bool) -> Iterator[Relation]:
    """People counted once in each period: a period has those of any part and, if all who are counted are
    counted *in_parts* too, no more than its parts together."""
    for whole in stretches:
        inside = [each for each in stretches if each is not whole and _holds(whole, each)]
        for part in inside:
            if not any(
                _holds(other, part) for other in inside if other is not part and not _same(other, part)
            ):
                yield _at_least(whole.key, part.key)
        for cover in _covers(whole.first, whole.after, stretches) if in_parts else ():
            if whole.key not in cover:
                yield _at_most_sum(whole.key, cover)


def _holds(whole: _Stretch, part: _Stretch) -> bool:
    return whole.first <= part.first and part.after <= whole.after


def _same(one: _Stretch, other: _Stretch) -> bool:
    return one[:2] == other[:2]


def _covers(first: date, after: date, stretches: list[_Stretch]) -> Iterator[list[Key]]:
    """The periods of each grain and basis, spans to date aside, that leave no day between two days out."""
    kinds: dict[tuple[str, str], list[_Stretch]] = defaultdict(list)
    for each in sorted(stretches):
        if each.kind[0] != "to_date" and each.first < after and first < each.after:
            kinds[each.kind].append(each)
    for members in kinds.values():
        gapless = all(one.after == other.first for one, other in pairwise(members))
        if gapless and members[0].first <= first and after <= members[-1].after:
            yield [each.key for each in members]


def _growth(stretches: list[_Stretch], stand: set[Key], in_parts: bool) -> Iterator[Relation]:
    """What a span to date has more than the span before it: people who are new, an implied count.

    If they are counted *in_parts*, the periods since then have them all.
    """
    spans = [each for each in stretches if each.kind[0] == "to_date" and each.key in stand]
    for before, span in pairwise(sorted(spans)):
        if before.first == span.first and before.after < span.after:
            new = (NEW + span.key[0], *span.key[1:])
            yield _equal(span.key, (before.key, new))
            for cover in _covers(before.after, span.after, stretches) if in_parts else ():
                yield Relation(tuple(cover), (new,), 0.0, np.inf)
