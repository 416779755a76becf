"""Sentences that may be quoted as they stand, and what must not be made of them."""

from __future__ import annotations

import html
from dataclasses import dataclass
from string import Formatter
from typing import Any

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.fact_sheet import printed
from ctip_analysis.page.table_html import SYNTHETIC, capital

QUOTED = 8
_PUBLIC = ("published", "derived")
_FORMS = {"": "text", "n": "number", "unit": "words"}


@dataclass(frozen=True)
class Quote:
    """One sentence that may be quoted as it stands, and what must not be made of it."""

    sentence: str
    not_to_write: str
    main: Fact
    period: str

    def html(self) -> str:
        """The sentence, what goes with it, and what not to write."""
        fact, when = self.main, self.period[:1].upper() + self.period[1:]
        about = [
            f'<span class="period">{html.escape(when)}</span>',
            html.escape(fact.place),
            SYNTHETIC if fact.kind == "synthetic" else fact.kind,
            f'<span class="source">{html.escape(fact.source)}</span>',
            f'<code class="id">{html.escape(fact.id)}</code>',
        ]
        return (
            f'<li><p class="quote">{self.sentence}</p>'
            f'<p class="not"><strong>Not to be written:</strong> {self.not_to_write}</p>'
            f'<p class="about">{" · ".join(about)}</p></li>'
        )


@dataclass(frozen=True)
class Quotes:
    """A list of quotable sentences."""

    quotes: tuple[Quote, ...]

    def html(self) -> str:
        """The sentences as a list."""
        return f'<ol class="quotes">{"".join(quote.html() for quote in self.quotes)}</ol>'

    def _repr_html_(self) -> str:
        return self.html()


def quotable(source: Released | Internal, period: str = "") -> Quotes:
    """Up to eight sentences that may be quoted, from ``data/reference/quotable.csv``.

    A sentence stands only if each of its facts is shown; on a synthetic edition only published and
    derived figures do, because nothing counted from made-up records may be quoted.
    """
    require(source, "quotable")
    code = period or periods.year_code(source.year, source.basis)
    quotes = [_quote(source, row, code) for row in reference.table("quotable").itertuples()]
    return Quotes(tuple([quote for quote in quotes if quote is not None][:QUOTED]))


def _quote(source: Released | Internal, row: Any, period: str) -> Quote | None:
    try:
        known = [_named(source, one.format(period=period)) for one in row.facts.split()]
    except ParameterError:
        return None
    if any(fact.status != "shown" or (source.is_synthetic and fact.kind not in _PUBLIC) for fact in known):
        return None
    texts = [_filled(text, known, period) for text in (row.sentence, row.not_to_write)]
    return Quote(texts[0], texts[1], known[0], _stated_period(source, known[0]))


def _stated_period(source: Released | Internal, fact: Fact) -> str:
    """The period as the source words it, or that of the cell."""
    rows = source.published[source.published["indicator"].eq(facts.FactId.parse(fact.id).indicator)]
    stated = (
        rows["period_as_stated"].iloc[0]
        if len(rows) and fact.kind in _PUBLIC
        else facts.period_words(fact.period)
    )
    return "period not stated" if stated.startswith("not stated") else stated


def _named(source: Released | Internal, name: str) -> Fact:
    return facts.fact(source, name) if ":" in name else printed(source, name)


def _filled(template: str, known: list[Fact], period: str) -> str:
    """*template* with {1}, {2:n} … as facts; the first word of a sentence starts with a capital."""
    parts: list[str] = []
    for literal, name, form, _ in Formatter().parse(template):
        parts.append(html.escape(literal, quote=False))
        if name == "period_label":
            parts.append(f'<span class="period">{periods.label(period)}</span>')
        elif name is not None and form == "period":
            parts.append(f'<span class="period">{facts.period_words(known[int(name) - 1].period)}</span>')
        elif name is not None:
            written = known[int(name) - 1].html(_FORMS[form or ""])
            parts.append(written if "".join(parts).strip() else capital(written))
    return "".join(parts)
