"""What an edition lets a page say: its facts, and the texts of its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

import pandas as pd

from ctip_analysis.audit.text import has_number, plain
from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import Edition, Fact, Issue

FLOOR = 11  # the smallest count about persons that may be shown
_TABLES = ("indicators", "published", "context", "population", "targets", "changes")
# columns with numbers written as text
_NUMBERS = {"value", "numeral_as_printed", "old", "new", "baseline", "target"}


class Known:
    """Facts and labels of one edition, computed once for all of its pages."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._facts: dict[str, Fact | None] = {}

    def fact(self, fact_id: str) -> Fact | None:
        """The edition's fact of that id, or None if it has none."""
        if fact_id not in self._facts:
            try:
                self._facts[fact_id] = self.edition.fact(fact_id)
            except (CtipError, KeyError, ValueError, IndexError):
                self._facts[fact_id] = None
        return self._facts[fact_id]

    @cached_property
    def labels(self) -> list[str]:
        """Texts with a digit that a page may print anywhere, the longest first."""
        state = Issue.of(self.edition)
        texts = {*_strings(self.edition.info), self.edition.id[:12], state.state, state.contact, state.licence}
        texts.update(*(_texts(self.edition.frame[name]) for name in ("partner", "unit", "source", "table")))
        for table in (getattr(self.edition, name) for name in _TABLES):
            texts.update(*(_texts(table[name]) for name in table.columns.difference(list(_NUMBERS))))
        texts.update(reference.table("groups")["label_en"])
        lettered = [text for text in texts if any(map(str.isalpha, text))]
        return _longest_first([*lettered, *(text[:1].upper() + text[1:] for text in lettered)])

    @cached_property
    def codes(self) -> set[str]:
        """What a <code> element may print besides ids of facts."""
        return {str(self.edition.info.get(name)) for name in ("id", "package_version", "commit")}

    @cached_property
    def period_labels(self) -> list[str]:
        """Periods of the edition as codes and in words, the longest first."""
        tables = (self.edition.frame, self.edition.context, self.edition.published)
        codes = {code for table in tables for code in table["period"].unique() if code}
        return _longest_first(word for code in codes for word in (code, periods.label(code)))

    def has_unknown_number(self, text: str, more: Iterable[str] = ()) -> bool:
        """Whether *text*, without the labels of the edition and those in *more*, has a number."""
        text = plain(text)
        return has_number(text) and has_number(_without(_without(text, more), self.labels))

    def is_small(self, fact: Fact) -> bool:
        """Whether a counted number about persons is below the threshold; a zero only where zeros are withheld."""
        name, _, rest = fact.id.partition(":")
        is_cell = fact.kind in ("counted", "synthetic") and rest.count(":") == 4  # five parts: no derivation
        if not is_cell or name not in persons(self.edition) or not isinstance(fact.value, float):
            return False
        return fact.value < FLOOR and not (fact.value == 0 and name in harmless_zeros(self.edition))


known_of = lru_cache(maxsize=4)(Known)


@lru_cache(maxsize=4)
def persons(edition: Edition) -> frozenset[str]:
    """Ids of the indicators about persons, of which no count below :data:`FLOOR` may be shown."""
    return _flagged(edition, "concerns_persons")


@lru_cache(maxsize=4)
def harmless_zeros(edition: Edition) -> frozenset[str]:
    """Ids of the indicators of which a zero may be shown."""
    return _flagged(edition, "zero_is_safe")


def _flagged(edition: Edition, column: str) -> frozenset[str]:
    flags = edition.indicators[column].astype(str).str.lower().eq("true")
    return frozenset(edition.indicators.index[flags])


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted({plain(text) for text in texts if has_number(text)}, key=len, reverse=True)


def _without(text: str, known: Iterable[str]) -> str:
    for each in known:
        if each in text:
            text = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", text)
    return text


def _texts(column: pd.Series) -> set[str]:
    """Texts of a column; of several sources in one cell each single one too."""
    found = {text for text in column.unique() if isinstance(text, str)}
    return found | {part for text in found for part in text.split("; ")}


def _strings(value: object) -> Iterable[str]:
    """Texts at any depth of a value read from JSON."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from (text for each in values for text in ([each] if isinstance(each, str) else _strings(each)))
