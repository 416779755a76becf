"""What a notebook puts on the page: banner, sentences, figures and tables, each with its marks.

A notebook opens one :class:`Page` and says everything through it, so that every printed number is a
fact, every figure has alternative text and a source, and nothing synthetic stands unmarked.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from string import Formatter

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.base.errors import MissingFileError, NotReleasedError, ParameterError
from ctip_analysis.charts.describe import Description
from ctip_analysis.charts.picture import png
from ctip_analysis.edition import choices, facts, issue
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import Internal, Released, read_edition, require
from ctip_analysis.page.quotes import Quotes
from ctip_analysis.page.table_html import OURS, SYNTHETIC, Table, capital

FORMS = {"": "text", "n": "number", "unit": "words", "delta": "delta"}
KIND_WORDS = {
    "published": "printed by a named source",
    "derived": "worked out from published figures",
    "counted": "counted from programme records",
    "synthetic": "counted from made-up records",
}
MADE_UP = "made-up records that show how the report works; no real person or event stands behind them"
UNPROTECTED = "unprotected records: never to be shared"
_TYPED = re.compile(r"(?:(?<=\s)|^)[(\[*_“\"'$+\-−–~<>≥≤=]*\d")
_SENTENCE_START = re.compile(
    r"(?:(?:^|\n\s*\n)\s*|(?:^|\n)\s*(?:#+|[*-])\s+)\**$"
)  # of a block, not of a line
_LIST_NUMBER = re.compile(r"^\s*\d+\.\s", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")


class Words(str):
    """Plain words computed by a notebook (names of provinces, a direction), not a number."""


@dataclass(frozen=True)
class Page:
    """One report of one year and place, over ``released``."""

    released: Released | Internal
    year: int
    basis: str
    province: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        require(self.released, "Page")

    @property
    def period(self) -> str:
        """Code of the reporting year: 2004 or FY2004."""
        return periods.year_code(self.year, self.basis)

    @cached_property
    def previous(self) -> str:
        """Code of the year before, or "" where the edition holds none."""
        before = periods.year_code(self.year - 1, self.basis)
        return before if before in choices.years(self.released) else ""

    @property
    def to_date(self) -> str:
        """From the first day on record to the end of the reporting year."""
        first = str(self.released.info["to_date"]).partition("/")[0]
        return f"{first}/{periods.span(self.period)[1]}"

    @property
    def quarters(self) -> list[str]:
        """Codes of the four quarters of the reporting year."""
        return periods.inside(range(self.year, self.year + 1), "quarter", self.basis)

    @property
    def months(self) -> list[str]:
        """Codes of the twelve months of the reporting year."""
        return periods.inside(range(self.year, self.year + 1), "month", self.basis)

    @cached_property
    def codes(self) -> dict[str, str]:
        """What may stand in a fact id between braces."""
        return {
            "period": self.period,
            "previous": self.previous,
            "to_date": self.to_date,
            "province": self.province,
        }

    @cached_property
    def words(self) -> dict[str, str]:
        """What may stand in a sentence between braces besides facts."""
        place = facts.place_name(self.released, self.province, self.period)
        return {
            **self.codes,
            "year": str(self.year),
            "period_label": periods.label(self.period),
            "previous_label": periods.label(self.previous) if self.previous else "no year before",
            "to_date_label": periods.label(self.to_date),
            "province_name": place,
        }

    def banner(self, title: str, subtitle: str = "") -> None:
        """Title, state of issue, edition and marks: the first thing a notebook shows."""
        _show(self.head(title, subtitle))

    def head(self, title: str, subtitle: str = "") -> str:
        """The HTML that :meth:`banner` shows."""
        place = "" if not self.province else f"{self.words['province_name']}, "
        under = subtitle or f"{place}{self.words['period_label']}, {self.basis} year"
        told = issue.listed(self.released, periods.day_words(periods.span(self.period)[1]))
        return (
            f'<header class="report-head"><h1>{html.escape(title)}</h1>'
            f'<p class="subtitle period">{html.escape(under)}</p>{self._marks()}'
            f"{told}{self._key()}</header>"
        )

    def _marks(self) -> str:
        marks = []
        if self.released.is_internal:
            marks.append(f'<p class="mark internal"><strong>INTERNAL</strong> {UNPROTECTED}</p>')
        if self.released.is_synthetic:
            marks.append(f'<p class="mark synthetic"><strong>{SYNTHETIC}</strong> {MADE_UP}</p>')
        return "".join(marks)

    def _key(self) -> str:
        """How each kind of number is underlined; only the kinds this edition can hold."""
        counted = "synthetic" if self.released.is_synthetic else "counted"
        entries = [
            f'<span class="fact {kind}">{kind}</span> {KIND_WORDS[kind]}'
            for kind in ("published", "derived", counted)
        ]
        return f'<p class="key">How numbers are marked: {"; ".join(entries)}.</p>'

    def say(self, template: str, *instead: str, **ids: str | Fact) -> None:
        """Show *template*, Markdown whose numbers come from facts.

        A sentence that needs its numbers is followed by what to say *instead*: the first template of
        which every number is shown stands, and the last one whatever is shown.

        ``{name}`` is the fact's number with its qualifier, ``{name:n}`` the number alone,
        ``{name:unit}`` with qualifier and unit, ``{name:delta}`` with its sign; a name stands for a
        fact id (which may hold {period}, {previous}, {to_date}, {province}), a Fact, or
        :class:`Words`. The page's own words are {period_label}, {province_name} and so on;
        ``{'the 2009 audit'}`` prints a number that is part of a name.

        Raises
        ------
        ParameterError
            A number is typed into the text, or a name has no fact.
        """
        told = [one for one in (template, *instead) if self._is_told(one, ids)]
        _show(self.sentence(told[0] if told else (template, *instead)[-1], **ids), form="text/markdown")

    def _is_told(self, template: str, ids: dict[str, str | Fact]) -> bool:
        """Whether every fact that *template* names is shown."""
        named = [ids[name] for _, name, _, _ in Formatter().parse(template) if name in ids]
        return all(isinstance(one, Words) or self.fact(one).status == "shown" for one in named)

    def sentence(self, template: str, **ids: str | Fact) -> str:
        """The text :meth:`say` shows, for a caption or a list."""
        parts = []
        for literal, name, form, _ in Formatter().parse(template):
            parts.append(_untyped(literal))
            if name is not None:
                filled = self._filled(name, form or "", ids)
                parts.append(capital(filled) if _SENTENCE_START.search("".join(parts)) else filled)
        return "".join(parts)

    def _filled(self, name: str, form: str, ids: dict[str, str | Fact]) -> str:
        if name[:1] in "'\"" and name[:1] == name[-1:]:
            return f'<span class="name">{html.escape(name[1:-1])}</span>'
        if name not in ids:
            return self._word(name, ids)
        if form not in FORMS:
            raise ParameterError(
                f"{{{name}:{form}}}: write {{{name}}}, {{{name}:n}}, {{{name}:unit}} or {{{name}:delta}}"
            )
        given = ids[name]
        if isinstance(given, Words):
            return html.escape(_untyped(given))
        return self.fact(given).html(FORMS[form])

    def _word(self, name: str, ids: dict[str, str | Fact]) -> str:
        if name not in self.words:
            known = ", ".join([*ids, *self.words])
            raise ParameterError(f"{{{name}}} stands for nothing; this sentence knows {known}")
        return f'<span class="period">{html.escape(self.words[name])}</span>'

    def fact(self, fact_id: str | Fact) -> Fact:
        """The fact with that id, {period} and the like filled in."""
        if isinstance(fact_id, Fact):
            return fact_id
        if "{previous}" in fact_id and not self.previous:
            raise ParameterError(f"{fact_id}: the edition holds no year before {self.period}")
        return facts.fact(self.released, fact_id.format_map(self.codes))

    def show(self, ax: Axes, caption: str = "", **ids: str | Fact) -> None:
        """Show a figure with alternative text, caption, source and kind, and close it."""
        _show(self.figure(ax, caption, **ids))

    def figure(self, ax: Axes, caption: str = "", **ids: str | Fact) -> str:
        """The HTML that :meth:`show` shows. The figure is closed.

        Raises
        ------
        NotReleasedError
            The axes were not drawn by ``figures``.
        """
        if not isinstance(getattr(ax, "ctip", None), Description):
            raise NotReleasedError(
                "a page shows what ctip_analysis.charts.figures drew: these axes came from elsewhere"
            )
        drawn, described = ax.get_figure(root=True), ax.ctip
        picture, width, height = png(drawn)
        plt.close(drawn)
        mark = f" <strong>{SYNTHETIC}</strong>" if described.kind == "synthetic" else ""
        source = f'<span class="source">Source: {html.escape(described.source)}.{mark}</span>'
        return (
            f'<figure class="plot"><img width="{width}" height="{height}" alt="{html.escape(described.alt)}" '
            'style="max-width:100%;height:auto" '
            f'src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
            f"<figcaption>{self.sentence(caption, **ids)} {source}</figcaption></figure>"
        )

    def table(self, table: Table | Quotes, caption: str = "", **ids: str | Fact) -> None:
        """Show a table (or another block of ours), under *caption* in place of its own if one is given.

        Raises
        ------
        NotReleasedError
            *table* is something else, such as a data frame.
        """
        if not isinstance(table, Table | Quotes):
            raise NotReleasedError(
                f"a page shows what ctip_analysis.page.tables and its like made, got {type(table).__name__}"
            )
        if caption and isinstance(table, Table):
            table = replace(table, caption=self.sentence(caption, **ids), caption_is_html=True)
        _show(table.html())

    def list(self, items: Iterable[str]) -> None:
        """Show sentences as a bulleted list; each is a template without names of its own."""
        _show("\n".join(f"* {self.sentence(item)}" for item in items), form="text/markdown")


def open_page(
    edition: str | Path = "",
    *,
    year: int | None = None,
    basis: str = "calendar",
    province: str = "",
    language: str = "en",
    internal: Internal | None = None,
) -> Page:
    """Open the edition in folder *edition* for a report of *year*; its last year if none is given.

    *internal* takes the edition's place inside the wall; everything shown then says INTERNAL.

    Raises
    ------
    MissingFileError
        There is no edition in that folder.
    ParameterError
        Year, basis, province or language is not in the edition; the message names what is.
    """
    choices.check_language(language)
    source = internal if internal is not None else _read(Path(edition))
    require(source, "open_page")
    wanted = source.year if year is None else year
    choices.check(source, {"year": wanted, "basis": basis, "province": province, "language": language})
    return Page(source.until(periods.year_code(wanted, basis)), wanted, basis, province, language)


def _read(folder: Path) -> Released:
    try:
        return read_edition(folder)
    except MissingFileError as missing:
        if (folder / "edition.json").is_file():
            raise
        raise MissingFileError(
            f"there is no edition in {folder.name!r}: run `make report` first, it makes one"
        ) from missing


def _untyped(text: str) -> str:
    """*text*, unless a number is typed into it: numbers come from facts."""
    bare = _LIST_NUMBER.sub("", _CODE.sub("", text))
    if typed := _TYPED.search(bare):
        where = bare[max(typed.start() - 20, 0) : typed.end() + 20].strip()
        raise ParameterError(
            f"a number is typed into the text near {where!r}; name a fact, or write {{'…'}} in a name"
        )
    return text


def _show(content: str, form: str = "text/html") -> None:
    display({form: content}, raw=True, metadata={OURS: True})
