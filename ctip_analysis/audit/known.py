"""What an edition lets a page say outside its facts: periods, and sentences that stand in its tables."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, cached_property

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import TABLES, Released
from ctip_analysis.places import geography

FLOOR = 11  # the smallest count about persons that may be shown; never lowered
_NUMBER_COLUMNS = {
    "value", "numeral_as_printed", "residents", "residents_male", "residents_female", "old", "new", "baseline",
    "target", "sha256", "hash", "bytes", "fact", "facts", "inputs", "filter", "rule_expression",
}  # fmt: skip
_TABLES = (
    "issues", "assumptions", "fact_sheet_comparison", "quotable", "indicator_standards", "standards_reporting",
    "programme_history", "named_geography", "audience_questions", "published_results", "derived_checks",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What an edition lets a page say outside its facts."""

    released: Released
    _facts: dict[str, facts.Fact | None] = field(default_factory=dict, repr=False)

    @cached_property
    def texts(self) -> list[str]:
        """Texts that may be copied word for word, the longest first; those without a digit are not needed."""
        ours = [getattr(self.released, name) for name in TABLES]
        named = self.released.frame[["source", "unit"]].drop_duplicates()
        found = {geography.OPEN_BOUNDARIES, *filter(_is_text, self.released.frame["partner"].unique())}
        found = found.union(_reference_texts(), *map(_texts_in, [*ours, named]))
        return sorted(found, key=len, reverse=True)

    @cached_property
    def persons(self) -> set[str]:
        """See :func:`persons`."""
        return persons(self.released)

    @cached_property
    def labels(self) -> list[str]:
        """Periods in words, the longest first: of the edition's cells and of the series in it."""
        frames = (self.released.frame, self.released.context, self.released.published)
        codes = {str(code) for frame in frames for code in frame["period"].unique()}
        codes |= {f"{self.released.info['to_date']}"}
        found = set()
        for code in codes - {"", periods.UNSTATED}:
            try:
                label = periods.label(code)
                found |= {label, *(periods.day_words(day) for day in periods.span(code))}
            except (CtipError, ValueError):
                continue
            found |= {f"{day:%B %Y}" for day in periods.span(code)}
        return sorted((label for label in found if re.search(r"[a-z]", label)), key=len, reverse=True)

    def fact(self, fact_id: str) -> facts.Fact | None:
        """The edition's fact of that id, or None if it has none."""
        if fact_id not in self._facts:
            try:
                self._facts[fact_id] = facts.fact(self.released, fact_id)
            except (CtipError, KeyError, ValueError, IndexError):
                self._facts[fact_id] = None
        return self._facts[fact_id]

    def left_over(self, text: str) -> str:
        """*text* without what may be said anywhere."""
        for known in (*self.texts, *self.labels):
            if known in text:
                text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text)
        return text


@cache
def _reference_texts() -> frozenset[str]:
    """Texts of the project's own tables, which no report changes."""
    return frozenset().union(*(_texts_in(reference.table(name)) for name in _TABLES))


def _texts_in(frame: pd.DataFrame) -> set[str]:
    """Texts of a table in which a digit stands, and the single sources of its sources."""
    found: set[str] = set()
    for column in frame.columns.difference(list(_NUMBER_COLUMNS)):
        found |= {plain(text) for text in frame[column].dropna().unique() if _is_text(text)}
    sources = frame["source"].dropna().unique() if "source" in frame else []
    pieces = {piece.strip() for text in sources for piece in (*text.split("; "), text.partition(" (")[0])}
    return found | {plain(piece) for piece in pieces if _is_text(piece)}


def persons(released: Released) -> set[str]:
    """Indicators about persons, of which no count below the threshold may be shown."""
    known = released.indicators
    return set(known.index[known["concerns_persons"].str.lower().eq("true")])


def plain(text: str) -> str:
    """*text* with every way to write a digit made one, and without what takes no room."""
    return " ".join(re.sub("[\u200b-\u200f\u00ad\ufeff]", "", unicodedata.normalize("NFKC", text)).split())


def _is_text(text: object) -> bool:
    return isinstance(text, str) and bool(re.search(r"\d", text)) and bool(re.search(r"[^\W\d]", text))


def has_number(text: str) -> bool:
    """Whether *text* holds a numeral of any script."""
    return any(unicodedata.category(letter) in ("Nd", "Nl", "No") for letter in text)
