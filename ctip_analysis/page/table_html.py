"""A table as a donor reads it: caption, scopes, words for what is not a number, source below.

A cell is a :class:`~ctip_analysis.edition.facts.Fact` or plain words; nothing else reaches a table.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import Internal, Released, require

SYNTHETIC = "SYNTHETIC"
OURS = "ctip"  # metadata key of what a Page shows: render prints these outputs and refuses the rest
SHORT = {"withheld": "withheld", "no_data": "no data", "not_applicable": "not applicable"}
NOTES = {
    "withheld": "withheld: not shown, to protect people",
    "no_data": "no data: nothing was recorded",
    "not_applicable": "not applicable: nothing could be recorded or divided",
}
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
        numeric = [
            any(len(row) > at and isinstance(row[at], Fact) for row in self.rows)
            for at in range(len(self.columns))
        ]
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
                head = f'<th scope="rowgroup" colspan="{len(self.columns)}">{_inner(row[0], self.form)}</th>'
                groups.append([f'<tr class="group">{head}</tr>'])
                continue
            last = ' class="total"' if self.total and at == len(self.rows) - 1 else ""
            cells = "".join(
                f"<td{' class=n' if is_number else ''}>{_inner(cell, self.form)}</td>"
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
    return (
        shown
        if cell.status == "shown"
        else shown.replace(facts.STATUS_WORDS[cell.status], SHORT[cell.status])
    )


def capital(fact_html: str) -> str:
    """A fact's HTML with the first letter of its text in capital, for the start of a sentence."""
    tag, found, text = fact_html.partition(">")
    return f"{tag}{found}{text[:1].upper()}{text[1:]}" if found else fact_html[:1].upper() + fact_html[1:]


def marks(source: Released | Internal) -> tuple[str, ...]:
    """The marks every table of *source* carries in its caption."""
    require(source, "marks")
    internal = ("INTERNAL",) if source.is_internal else ()
    return (*internal, SYNTHETIC) if source.is_synthetic else internal
