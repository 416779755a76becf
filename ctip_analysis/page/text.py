"""Sentences of a page: Markdown whose numbers are facts, periods or quoted text, as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import cache

import mistune

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import Edition
from ctip_analysis.edition.ranking import INCOMPARABLE

SPECS = ("", "n", "unit", "delta")
_MARK = re.compile(r'<(data|span(?= class="quoted"))\b([^>]*)>(.*?)</\1>', re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_NOT_SHOWN = re.compile(rf'<data class="fact [^"]*\b(?:withheld|no_data|not_applicable)\b|\b{INCOMPARABLE}\b')
_EXEMPT = re.compile(r"<https?://[^>]*>|https?://\S+|\]\([^)\s]*\)|<[^>]+>|&#?\w+;|^[ >]*\d+[.)]\s", re.MULTILINE)
_TABLE = re.compile(r"^ *\|? *:?-{2,}:? *\|", re.MULTILINE)
_START = re.compile(r"(<(?:p|li|h\d|figcaption)>(?:<(?:em|strong)>)*<data [^>]*>)([a-z])")


def first_shown(texts: Sequence[str]) -> str:
    """The first of *texts* whose facts are all shown and compared; the last one if there is none."""
    return next((text for text in texts if not _NOT_SHOWN.search(text)), texts[-1])


def checked(text: str, edition: Edition) -> str:
    """*text*, if each of its numbers is a fact of *edition*, a period or quoted text.

    ParameterError: a digit is typed by hand, or an element differs from the fact it names.
    """
    if not isinstance(text, str):
        raise ParameterError(f'a page takes text, as f"… {{fact}} …"; found {type(text).__name__}')
    for mark in _MARK.finditer(text):
        _check_mark(mark, edition)
    if near := typed(text):
        raise ParameterError(
            f"a number is typed by hand near “{near}”: write a fact, {{page.period:label}}, "
            'or ctip.quoted("…") around text of a source'
        )
    if _TABLE.search(text):
        raise ParameterError("a sentence has no room for a table: give its frame to page.table(frame, caption)")
    return text


def typed(text: str) -> str:
    """The words around the first digit of *text* outside facts, periods and quoted text; "" if there is none."""
    bare = _EXEMPT.sub(" ", _MARK.sub(" … ", text))
    found = re.search(r"\d", bare)
    return " ".join(bare[max(found.start() - 25, 0) : found.end() + 25].split()) if found else ""


def _check_mark(mark: re.Match[str], edition: Edition) -> None:
    """Stop unless the element says what it would say if it were made now."""
    attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(mark[2])}
    classes, named = attributes.get("class", "").split(), attributes.get("value", "")
    if "quoted" in classes and not any(map(str.isalpha, mark[3])):
        raise ParameterError(f'“{mark[3]}” alone is a number and no quotation: quote the words too, as "since 2003"')
    if "quoted" in classes or {"fact", "own"} <= set(classes):
        return
    if "period" in classes:
        expected = {periods.label(named), named}
        found = html.unescape(mark[3])
    else:
        fact = edition.fact(named)
        expected, found = {format(fact, spec) for spec in SPECS}, mark[0]
    if found not in expected:
        raise ParameterError(
            f"“{plain(mark[0])}” is not what {named!r} reads in this edition: write {{fact}} in an f-string"
        )


def to_html(text: str) -> str:
    """Markdown as HTML; a fact that begins a paragraph, heading or list item begins with a capital."""
    made = str(_markdown()(text)).strip()
    return _START.sub(lambda found: found[1] + found[2].upper(), made)


def inline(text: str) -> str:
    """Markdown of one line, as a caption, without a paragraph around it."""
    return to_html(text).removeprefix("<p>").removesuffix("</p>")


def plain(markup: str) -> str:
    """The words of some HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=False)
