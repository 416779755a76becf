"""What an outsider knows of cells over time: years, spans to date, and the people who are new between two of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from ctip_analysis.base import periods

NEW = "new:"  # before an indicator: people or cases counted in a span and not in the one before it
FIRST_PLACE = 3  # a key is indicator, period, period_basis, then the places
_GAP = "between"  # period_basis of days that no cell is about by itself

Key = tuple[str, ...]


class Relation(NamedTuple):
    """``low <= sum(wholes) - sum(parts) <= high``, over cells named by their keys."""

    wholes: tuple[Key, ...]
    parts: tuple[Key, ...]
    low: float
    high: float


def equal(whole: Key, parts: Iterable[Key]) -> Relation:
    """The whole is the sum of the parts."""
    return Relation((whole,), tuple(parts), 0.0, 0.0)


def at_least(whole: Key, *parts: Key) -> Relation:
    """The whole is at least the sum of the parts."""
    return Relation((whole,), parts, 0.0, np.inf)


def at_most(whole: Key, parts: Iterable[Key]) -> Relation:
    """The whole is at most the sum of the parts."""
    return Relation((whole,), tuple(parts), -np.inf, 0.0)


def each_is_in_a_part(rule: pd.Series) -> bool:
    """Whether all who are counted in a whole are counted in a part of it.

    Not so for people with two kinds of something: they may have had one in each of two parts.
    """
    return not rule.get("two_kinds_of", "")


class _Stretch(NamedTuple):
    """A period of one line of cells: its first day, the day after its last, its basis and grain."""

    first: date
    after: date
    kind: tuple[str, str]
    key: Key

    def covers(self, part: _Stretch) -> bool:
        return self.first <= part.first and part.after <= self.after


def over_time(
    keys: set[Key], printed: set[Key], indicators: pd.DataFrame, never_printed: set[str]
) -> tuple[list[Relation], set[Key]]:
    """Relations between the periods of each line of cells, and the counts of new people that they imply.

    *keys* are all cells, *printed* those with a value or a mark in an edition, *never_printed* the indicators
    that only follow from others.
    """
    lines: dict[Key, list[_Stretch]] = defaultdict(list)
    for key in sorted(keys):
        if periods.grain(key[1]) != "programme_year":
            first, last = _span(key[1])
            kind = (periods.grain(key[1]), periods.basis(key[1]))
            lines[(key[0], *key[FIRST_PLACE:])].append(_Stretch(first, last + timedelta(days=1), kind, key))
    rules = {name: indicators.loc[name] for name in {line[0] for line in lines} - never_printed}
    found: list[Relation] = []
    for line, stretches in lines.items():
        found += _of_line(stretches, printed, rules.get(line[0]))
    return found, {key for each in found for key in each.parts if key[0].startswith(NEW)}


_span = cache(periods.span)


def _of_line(stretches: list[_Stretch], printed: set[Key], rule: pd.Series | None) -> Iterator[Relation]:
    """Relations of one line; without a *rule* its cells are never printed and only grow."""
    if rule is None:
        yield from _growth(stretches, printed, False)
    elif "period" in rule["additive_over"].split():
        yield from _added_up(stretches)
    elif rule["counting_rule"] == "distinct" or _stays(rule):
        in_parts = each_is_in_a_part(rule)
        yield from _distinct(stretches, in_parts)
        yield from _growth(stretches, printed, in_parts)


def _stays(rule: pd.Series) -> bool:
    """Whether a case, once counted at the end of a span, is counted at the end of each longer one."""
    return bool(rule["counting_rule"] == "last" and rule.get("case_stage", "") == "judged")


def _added_up(stretches: list[_Stretch]) -> Iterator[Relation]:
    """Each period is the sum of the days that no other period cuts any further."""
    cuts = sorted({day for each in stretches for day in each[:2]})
    by_days: dict[tuple[date, date], Key] = {}
    for each in sorted(stretches, key=lambda each: (each.kind[0] == "to_date", each.key)):
        by_days.setdefault((each.first, each.after), each.key)
    pieces = [
        (first, after, by_days.get((first, after)) or _unprinted(first, after, stretches))
        for first, after in pairwise(cuts)
        if any(each.first <= first and after <= each.after for each in stretches)
    ]
    for each in stretches:
        inside = [key for first, after, key in pieces if each.first <= first and after <= each.after]
        if inside != [each.key]:
            yield equal(each.key, inside)


def _unprinted(first: date, after: date, stretches: list[_Stretch]) -> Key:
    """The count of days that no period has to itself: who is new in the span to date that ends with them."""
    for each in stretches:
        if each.kind[0] == "to_date" and each.after == after:
            return (NEW + each.key[0], *each.key[1:])
    name, places = stretches[0].key[0], stretches[0].key[FIRST_PLACE:]
    return (NEW + name, f"{first}/{after - timedelta(days=1)}", _GAP, *places)


def _distinct(stretches: list[_Stretch], in_parts: bool) -> Iterator[Relation]:
    """People counted once in each period: a period has those of any part and, if all who are counted are
    counted *in_parts* too, no more than its parts together."""
    for whole in stretches:
        inside = [each for each in stretches if each is not whole and whole.covers(each)]
        for part in inside:
            between = (other for other in inside if other[:2] != part[:2] and other.covers(part))
            if next(between, None) is None:
                yield at_least(whole.key, part.key)
        for cover in _covers(whole.first, whole.after, stretches) if in_parts else ():
            if whole.key not in cover:
                yield at_most(whole.key, cover)


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


def _growth(stretches: list[_Stretch], printed: set[Key], in_parts: bool) -> Iterator[Relation]:
    """What a span to date has more than the span before it: people who are new, an implied count.

    If they are counted *in_parts*, the periods since then have them all.
    """
    spans = sorted(each for each in stretches if each.kind[0] == "to_date" and each.key in printed)
    for before, span in pairwise(spans):
        if before.first == span.first and before.after < span.after:
            new = (NEW + span.key[0], *span.key[1:])
            yield equal(span.key, (before.key, new))
            for cover in _covers(before.after, span.after, stretches) if in_parts else ():
                yield Relation(tuple(cover), (new,), 0.0, np.inf)
