"""Tables as a donor reads them: caption, scopes, words for what is not a number, source below.

A cell is a :class:`~ctip_analysis.facts.Fact` or plain words; nothing else reaches a table.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ctip_analysis import facts, periods
from ctip_analysis.edition import Internal, Released, require
from ctip_analysis.errors import ParameterError
from ctip_analysis.facts import Fact

SYNTHETIC = "SYNTHETIC"
OURS = "ctip"  # metadata key of what a Page shows: render prints these outputs and refuses the rest
SHORT = {"withheld": "withheld", "no_data": "no data", "not_applicable": "not applicable"}
NOTES = {
    "withheld": "withheld: not shown, to protect people",
    "no_data": "no data: nothing was recorded",
    "not_applicable": "not applicable: nothing could be recorded or divided",
}
AGES = {"under_15": "Under 15", "15_17": "15 to 17", "18_plus": "18 and over", "unknown": "Age unknown"}
SEXES = {"female": "Female", "male": "Male", "unknown": "Sex unknown"}
Cell = Fact | str


@dataclass(frozen=True)
class Table:
    """One table. A row with a single entry heads a group; the first entry of any other heads the row.

    What follows a line break in words or a column's head is set small below (a unit, a period).
    ``form`` is how facts are written (text, words: with unit); ``look`` is "", "words" or "codes".
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str = ""
    note: str = ""
    marks: tuple[str, ...] = ()
    total: bool = False
    form: str = "text"
    look: str = ""
    caption_is_html: bool = False

    @property
    def facts(self) -> list[Fact]:
        """The facts of the table in reading order."""
        return [cell for row in self.rows for cell in row if isinstance(cell, Fact)]

    def html(self) -> str:
        """The table with its caption, and the legend of its words and its source below."""
        numeric = [any(len(row) > at and isinstance(row[at], Fact) for row in self.rows) for at in range(len(self.columns))]
        words = self.caption if self.caption_is_html else html.escape(self.caption)
        marks = "".join(f' <strong class="mark">{mark}</strong>' for mark in self.marks)
        heads = "".join(
            f'<th scope="col"{" class=n" if is_number else ""}>{_two_lines(name)}</th>'
            for name, is_number in zip(self.columns, numeric, strict=True)
        )
        return (
            f'<div class="{self._classes()}"><table><caption>{words}{marks}</caption>'
            f"<thead><tr>{heads}</tr></thead>{self._bodies(numeric)}</table>{self._foot()}</div>"
        )

    def _classes(self) -> str:
        narrow = "narrow" if len(self.columns) <= 3 and not self.look else ""
        return " ".join(word for word in ("table", self.look, narrow) if word)

    def _bodies(self, numeric: list[bool]) -> str:
        groups: list[list[str]] = [[]]
        for at, row in enumerate(self.rows):
            if len(row) == 1:
                groups.append([f'<tr class="group"><th scope="rowgroup" colspan="{len(self.columns)}">{_inner(row[0], self.form)}</th></tr>'])
                continue
            last = ' class="total"' if self.total and at == len(self.rows) - 1 else ""
            cells = "".join(
                f'<td{" class=n" if is_number else ""}>{_inner(cell, self.form)}</td>'
                for cell, is_number in zip(row[1:], numeric[1:], strict=True)
            )
            groups[-1].append(f'<tr{last}><th scope="row">{_inner(row[0], self.form)}</th>{cells}</tr>')
        return "".join(f"<tbody>{''.join(rows)}</tbody>" for rows in groups if rows)

    def _foot(self) -> str:
        used = {fact.status for fact in self.facts}
        notes = [NOTES[status] for status in NOTES if status in used] + ([self.note] if self.note else [])
        lines = [f'<p class="note">{html.escape(_sentence("; ".join(notes)))}</p>'] if notes else []
        if self.source:
            lines.append(f'<p class="source">Source: {html.escape(self.source)}.</p>')
        return "".join(lines)

    def _repr_html_(self) -> str:
        return self.html()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _two_lines(text: str) -> str:
    words, _, below = text.partition("\n")
    return html.escape(words) + (f' <span class="below">{html.escape(below)}</span>' if below else "")


def _inner(cell: Cell, form: str) -> str:
    if not isinstance(cell, Fact):
        return _two_lines(cell)
    shown = cell.html(form)
    return shown if cell.status == "shown" else shown.replace(facts.STATUS_WORDS[cell.status], SHORT[cell.status])


def marks(source: Released | Internal) -> tuple[str, ...]:
    """The marks every table of *source* carries in its caption."""
    internal = ("INTERNAL",) if source.is_internal else ()
    return (*internal, SYNTHETIC) if source.is_synthetic else internal


def _asked(source: Released | Internal, asked: str) -> tuple[str, str]:
    """Indicator and derivation of "indicator" or "indicator:derivation"."""
    indicator, _, derivation = asked.partition(":")
    if indicator not in source.indicators.index:
        raise ParameterError(f"no indicator {indicator!r} in this edition; it has {', '.join(source.indicators.index)}")
    return indicator, derivation


def _head(source: Released | Internal, asked: str, column: Sequence[Cell]) -> str:
    """Column head with unit and qualifier below; a derivation's unit is the one its own facts carry."""
    indicator, _ = _asked(source, asked)
    shown = [cell for cell in column if isinstance(cell, Fact) and cell.status == "shown"]
    units = {cell.unit: None for cell in shown} or {str(source.indicators.loc[indicator, "unit"]): None}
    qualifiers = {cell.qualifier for cell in shown if cell.value} - {"", "exact"}
    every = all(cell.qualifier in qualifiers for cell in shown if cell.value)
    below = [*units, *(f"{'' if every else 'some '}{word}" for word in sorted(qualifiers))]
    return f"{source.indicators.loc[indicator, 'name_en']}\n{', '.join(below)}"


def _built(
    source: Released | Internal, asked: Sequence[str], first: str, names: list[str], cells: list[list[Cell]], caption: str, **more: object
) -> Table:
    """A table whose columns are what was asked for and whose rows are *names*."""
    heads = [_head(source, one, [row[at] for row in cells]) for at, one in enumerate(asked)]
    rows = tuple((name, *row) for name, row in zip(names, cells, strict=True))
    return Table(caption, (first, *heads), rows, source=_sources(cells), marks=marks(source), form="number", **more)  # type: ignore[arg-type]


def _sources(cells: list[list[Cell]]) -> str:
    return "; ".join(dict.fromkeys(cell.source for row in cells for cell in row if isinstance(cell, Fact) and cell.source))


def _id(indicator: str, period: str, place: str = "", sex: str = "", age: str = "", partner: str = "", derivation: str = "") -> str:
    return str(facts.FactId(indicator, period, place, sex, age, partner, derivation))


def _row(source: Released | Internal, asked: Sequence[str], period: str, **keys: str) -> list[Cell]:
    wanted = [_asked(source, one) for one in asked]
    return [facts.fact(source, _id(indicator, period, derivation=derivation, **keys)) for indicator, derivation in wanted]


def by_province(source: Released | Internal, asked: Sequence[str], period: str) -> Table:
    """One row per province of that time, by name, and the country last.

    *asked* are indicators, or ``indicator:derivation`` for a rate, share or change.
    """
    require(source, "by_province")
    held = {_asked(source, one)[0]: source.select(one.partition(":")[0], period=period, adm1_code=None) for one in asked}
    codes = sorted(set().union(*(rows["adm1_code"] for rows in held.values())))
    names = {code: facts.place_name(source, code, period) for code in codes}
    order = sorted(codes, key=lambda code: (code == "unknown", names[code]))
    cells = [_row(source, asked, period, place=code) for code in [*order, ""]]
    apart = [source.indicators.loc[one, "name_en"] for one in held if "adm1_code" not in source.indicators.loc[one, "additive_over"].split()]
    note = f"provinces do not add up to the country in {'; '.join(apart)}" if apart else ""
    caption = f"{_named(source, asked)} by province, {periods.label(period)}"
    return _built(source, asked, "Province", [*(names[code] for code in order), "Cambodia"], cells, caption, note=note, total=True)


def by_period(source: Released | Internal, asked: Sequence[str], grain: str, *, province: str = "", within: str = "") -> Table:
    """One row per period of one grain, in time order; *within* keeps those inside that period."""
    require(source, "by_period")
    rows = source.select(asked[0].partition(":")[0], grain=grain, adm1_code=province)
    codes = sorted(rows["period"].unique(), key=periods.span)
    if within:
        first, last = periods.span(within)
        codes = [code for code in codes if first <= periods.span(code)[0] and periods.span(code)[1] <= last]
    if len({periods.basis(code) for code in codes}) > 1:
        codes = [code for code in codes if periods.basis(code) == source.basis]
    cells = [_row(source, asked, code, place=province) for code in codes]
    caption = f"{_named(source, asked)} by {grain.replace('_', ' ')}, {facts.place_name(source, province, codes[-1] if codes else '')}"
    return _built(source, asked, "Period", [periods.label(code) for code in codes], cells, caption)


def by_partner(source: Released | Internal, asked: Sequence[str], period: str) -> Table:
    """One row per implementing partner, and all partners last."""
    require(source, "by_partner")
    held = [source.select(one.partition(":")[0], period=period, partner=None)["partner"] for one in asked]
    partners = sorted(set(pd.concat(held))) if held else []
    cells = [_row(source, asked, period, partner=code) for code in [*partners, ""]]
    caption = f"{_named(source, asked)} by partner, {periods.label(period)}"
    return _built(source, asked, "Partner", [*partners, "All partners"], cells, caption, total=True)


def by_sex_and_age(source: Released | Internal, indicator: str, period: str) -> Table:
    """Rows are age bands, columns are sexes; all ages last. National only."""
    require(source, "by_sex_and_age")
    name = source.indicators.loc[_asked(source, indicator)[0], "name_en"]
    sexes = dict(SEXES) | ({"": "All"} if len(source.select(indicator, period=period, age_band=None)) else {})
    ages = AGES | {"": "All ages"}
    cells: list[list[Cell]] = [[facts.fact(source, _id(indicator, period, sex=sex, age=age)) for sex in sexes] for age in ages]
    return Table(
        f"{name} by sex and age, {periods.label(period)}",
        ("Age", *sexes.values()),
        tuple((words, *row) for words, row in zip(ages.values(), cells, strict=True)),
        source=_sources(cells),
        marks=marks(source),
        total=True,
        form="number",
    )


def _named(source: Released | Internal, asked: Sequence[str]) -> str:
    names = dict.fromkeys(str(source.indicators.loc[one.partition(":")[0], "name_en"]) for one in asked)
    first, *rest = names
    return first if not rest else f"{first} and {len(rest)} more measures" if len(rest) > 1 else f"{first} and {rest[0].lower()}"


def definitions(source: Released | Internal, indicators: Sequence[str]) -> Table:
    """What each indicator counts and what it does not."""
    require(source, "definitions")
    for one in indicators:
        _asked(source, one)
    known = source.indicators.loc[list(indicators)]
    rows = tuple((row.name_en, row.one_unit_is, row.counts, row.counts_not) for row in known.itertuples())
    return Table("What is counted, and what is not", ("Indicator", "One unit is", "Counts", "Does not count"), rows, look="words")
