"""Every number a reader of a page sees, compared with the edition.

No digit outside a fact, a period, quoted source text, a label of the edition's tables or a marked own calculation;
and each fact reads as the edition says at its id. How a sentence is worded plays no part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag

from ctip_analysis.audit.known import FLOOR, Known
from ctip_analysis.audit.markup import soup_of
from ctip_analysis.audit.text import Found, has_number, plain
from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import STATUS_WORDS, Fact
from ctip_analysis.page.figure import forms

# attributes that reach a person
_READ = {"alt", "title", "aria-label", "content", "summary", "abbr", "placeholder"}
_UNREAD = {"style", "script", "data"}  # elements whose text is checked elsewhere
_OWN = {"value": "calculated", "title": "own calculation"}
_YEARS = re.compile(r"(?:19|20)\d\d(?:\W+(?:19|20)?\d\d)?\W?")
_OUTSIDE = "a number that is no fact, period, quoted text or label of the edition"


def numbers(page: str, known: Known) -> Iterator[Found]:
    """What *page* says that the edition *known* does not."""
    soup = soup_of(page)
    for data in soup.find_all("data"):
        kind, detail = _element(data, known)
        if kind:
            yield f"line {data.sourceline}", kind, detail
    ids = {str(data.get("value")) for data in soup.select("data.fact")}
    said = _Said(known, known.codes | ids, _words_of(ids, known))
    for text in soup.find_all(string=True):
        if type(text) is NavigableString and said.is_outside(text):
            yield f"line {text.parent.sourceline}", "number", _OUTSIDE
    for element in soup.find_all(True):
        for name in _READ.intersection(element.attrs):
            if said.is_outside_in(element, name):
                yield f"{name} of line {element.sourceline}", "number", _OUTSIDE


def _words_of(ids: set[str], known: Known) -> list[str]:
    """Units and sources of facts, the longest first: the words next to a number, such as "per 1,000 residents"."""
    facts = [fact for fact in map(known.fact, ids) if fact is not None]
    words = {plain(word) for fact in facts for word in (fact.unit, fact.source) if has_number(word)}
    return sorted(words, key=len, reverse=True)


def _element(data: Tag, known: Known) -> tuple[str, str]:
    """Kind and detail of what is wrong with a <data> element; two empty texts if nothing is."""
    classes, value = set(data.get("class", [])), str(data.get("value", ""))
    if data.find(True) is not None:
        return "wrong fact", "holds more than the words of a fact"
    if classes == {"period"}:
        return ("", "") if _is_period(data, value) else ("wrong fact", "a period that is not its code")
    if {"fact", "own"} <= classes:
        marked = {name: data.get(name) for name in _OWN} == _OWN and len(classes) == 3
        return ("", "") if marked else ("wrong fact", "an own calculation that does not say so")
    fact = known.fact(value)
    if fact is None or fact.id != value:
        return "wrong fact", "its id is none of the edition's"
    if known.is_small(fact):
        return "small count", f"a count about persons below {FLOOR} is shown"
    expected = {"fact", fact.kind, fact.status}, fact.id
    if (classes, data.get("title")) != expected or data.get_text() not in _forms(fact):
        return "wrong fact", "does not read as the edition says at its id, or is marked as another kind"
    return "", ""


def _is_period(data: Tag, code: str) -> bool:
    try:
        words = {code, periods.label(code)}
    except CtipError:
        return False
    return data.get_text() in words | {_capital(word) for word in words}


def _forms(fact: Fact) -> set[str]:
    """What a fact may read: within a sentence, at its beginning, and in a table if it is not shown."""
    texts = {fact.text, fact.number, fact.words, fact.delta, STATUS_WORDS.get(fact.status, fact.text)}
    return texts | {_capital(text) for text in texts}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class _Said:
    """What may be said on one page: labels of its edition, *codes* in <code>, and *words* beside its facts."""

    known: Known
    codes: set[str]
    words: list[str]
    drawn: dict[int, list[str]] = field(default_factory=dict)

    def is_outside(self, text: NavigableString) -> bool:
        """Whether words that are in no fact have a number that they may not have."""
        parents = list(text.parents)
        names = {parent.name for parent in parents}
        if names & _UNREAD or (parents[0].name == "code" and text in self.codes):
            return False
        if any(parent.name == "span" and "quoted" in parent.get("class", []) for parent in parents):
            return not (any(map(str.isalpha, text)) or _YEARS.fullmatch(text))  # a bare number is no quotation
        is_scale = "scale" in parents[0].get("class", []) and "figure" in names
        if "svg" in names or is_scale:
            return not is_scale and self.known.has_unknown_number(text, self._in_figure(parents))
        said = re.sub(r"https?://\S+", " ", text) if "a" in names else text
        return self.known.has_unknown_number(said, self.known.period_labels if "title" in names else self.words)

    def _in_figure(self, parents: list[Tag]) -> list[str]:
        """What a drawing may write: the facts of its figure in any form of a chart, periods and units."""
        figure = next((one for one in parents if one.name == "figure"), parents[0])
        if id(figure) not in self.drawn:
            facts = [self.known.fact(str(data.get("value"))) for data in figure.select("data.fact")]
            values = [(fact.value, fact.unit) for fact in facts if fact and isinstance(fact.value, float)]
            own = {plain(data.get_text()) for data in figure.select("data.own")}
            named = {fact.value for fact in facts if fact and isinstance(fact.value, str)}  # as "Tier 2"
            words = set(self.words).union(own, named, self.known.period_labels, *(forms(*one) for one in values))
            self.drawn[id(figure)] = sorted(words, key=len, reverse=True)
        return self.drawn[id(figure)]

    def is_outside_in(self, element: Tag, name: str) -> bool:
        """The same for an attribute, in which no element can mark a number.

        It may name periods of the edition, and facts of the same figure or table and of the heading before it.
        """
        if name == "title" and element.name == "data":
            return element["title"] not in (element.get("value"), _OWN["title"])
        if element.name == "meta":  # its contents are fixed
            return False
        around = element.find_parent(["figure", "table"]) or element
        heading = around.find_previous(["h2", "h3"])
        facts = [*around.find_all("data"), *(heading.find_all("data") if heading else [])]
        here = sorted({plain(data.get_text()) for data in facts}, key=len, reverse=True)
        more = [*self.words, *here, *self.known.period_labels]
        return self.known.has_unknown_number(str(element[name]), more)


def sidecar(page: str, listed: str, known: Known) -> Iterator[Found]:
    """How the facts in the JSON text *listed* differ from those of *page*: ids, order, words, values, sources."""
    try:
        stated = json.loads(listed, object_pairs_hook=_once)
        found = [{name: entry[name] for name in ("id", "text")} for entry in stated]
        differing = [number for number, entry in enumerate(stated, start=1) if not _is_described(entry, known)]
    except (ValueError, KeyError, TypeError, AttributeError):
        yield "", "unreadable", "is not a list of facts"
        return
    if found != [{"id": str(data.get("value")), "text": data.get_text()} for data in facts_of(soup_of(page))]:
        yield "", "disagreeing copies", "its facts are not those of the page, one by one in their order"
    for number in differing:
        yield f"entry {number}", "wrong fact", "its value, status, kind, unit or source is not the fact's"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def facts_of(soup: BeautifulSoup) -> list[Tag]:
    """The elements of a page's facts, in page order."""
    return list(soup.select("data.fact"))


def _is_described(entry: dict[str, Any], known: Known) -> bool:
    rest = {name: value for name, value in entry.items() if name not in ("id", "text")}
    if entry["id"] == _OWN["value"]:
        return set(rest) <= {"value", "status", "kind", "unit", "source"} and rest.get("kind") == "own"
    fact = known.fact(entry["id"])
    if fact is None:
        return False
    expected = {name: getattr(fact, name) for name in ("value", "status", "kind", "unit", "source")}
    return rest == expected
