"""Tables of a page: cells of an edition, pivots of them, and frames of text, as HTML."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctip_analysis.base import html as base_html
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import STATUS_WORDS, Edition, Fact, calculated, written
from ctip_analysis.page import frames, text

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

NOTHING = "–"
_ID = re.compile(r"[\w.]+(?::[^:\s]*){1,6}")


@dataclass
class Column:
    """One column: HTML of its head and cells, and whether the cells are numbers."""

    head: str
    cells: list[str]
    is_number: bool = False


@dataclass
class Grid:
    """The columns of a table, the facts in them, and a unit that all of them share and no head names.

    ``instead`` are sentences, as HTML, in place of rows of which more than half is withheld.
    """

    columns: list[Column]
    facts: list[Fact] = field(default_factory=list)
    unit: str = ""
    instead: list[str] = field(default_factory=list)


def to_html(
    frame: pd.DataFrame | pd.Series, page: Page, caption: str, *, columns: str | None = None, note: str = ""
) -> str:
    """*frame* as a table that scrolls, with marks in its caption, and note and source below it."""
    grid = grid_of(frame, page, columns)
    unit = f' <span class="unit">({html.escape(grid.unit)})</span>' if grid.unit else ""
    marks = "".join(f' <strong class="mark">{mark}</strong>' for mark in page.marks_of(grid.facts))
    parts = [f"<p>{sentence}</p>" for sentence in [*grid.instead, *filter(None, [note])]]
    if source := frames.sources(grid.facts):
        parts.append(f'<p><span class="source">Source: {html.escape(source)}.</span></p>')
    below = f'<div class="below">{"".join(parts)}</div>' if parts else ""
    if grid.instead and not any(column.cells for column in grid.columns):
        return below
    return f'<div class="scroll">{markup(grid, f"{caption}{unit}{marks}")}</div>{below}'


def markup(grid: Grid, caption: str = "") -> str:
    """The ``<table>`` element of *grid*; its first column heads the rows."""
    columns = grid.columns or [Column("", [])]
    rows = list(zip(*(column.cells for column in columns), strict=True))
    numbers = [at for at, column in enumerate(columns) if column.is_number]
    rows = rows or [("none", *[""] * (len(columns) - 1))]
    heads = [column.head for column in columns]
    return base_html.table(heads, rows, caption, numbers=numbers, labels=int(0 not in numbers))


def grid_of(frame: pd.DataFrame | pd.Series, page: Page, columns: str | None = None) -> Grid:
    """What of *frame* is shown: the rows of a tidy frame, the same side by side, or any frame as it is."""
    plain = flat(frame)
    frames.require_status(plain, page.edition)
    if not frames.is_tidy(plain):
        return _plain(plain, page)
    facts = frames.facts_of(plain, page.edition)
    words = frames.words_of(plain, facts, page.edition)
    return _wide(words, facts, columns) if columns else _long(plain, words, facts, page)


def flat(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """A plain frame without an index that says something and without columns in levels."""
    if not isinstance(frame, pd.DataFrame | pd.Series):
        way = "concat several" if isinstance(frame, list | tuple) else "give the frame itself"
        raise ParameterError(f"a page takes a DataFrame or a Series; found {type(frame).__name__}: {way}")
    made = frame.to_frame() if isinstance(frame, pd.Series) else pd.DataFrame(frame)
    if isinstance(made.columns, pd.MultiIndex):
        made = made.set_axis([", ".join(map(str, filter(None, parts))) for parts in made.columns], axis=1)
    named = any(name is not None and name not in made for name in made.index.names)
    return made.reset_index() if named else made.reset_index(drop=True)


def _long(frame: pd.DataFrame, words: pd.DataFrame, facts: list[Fact], page: Page) -> Grid:
    """One row a cell: the labels in which the rows differ, further columns, value and interval."""
    made = [Column(frames.heading(name), list(words[name])) for name in frames.label_columns(words)]
    known = {*words.columns, *frames.NOT_SHOWN}
    more = [_any_column(frame, name, page) for name in frame if name not in known and _varies(frame[name])]
    measures = words["indicator"].unique()
    values = Column(measures[0] if len(measures) == 1 else "Value", [number(fact) for fact in facts], is_number=True)
    made += [*(column for column, _ in more), values]
    for end in ("low", "high"):
        if end in frame and frame[end].notna().any():
            bounds = frames.bounds(frame, page.edition, end)
            made.append(Column(frames.heading(end), [number(fact) for fact in bounds], is_number=True))
    return Grid(made, [*facts, *(fact for _, found in more for fact in found)])


def _wide(words: pd.DataFrame, facts: list[Fact], across: str) -> Grid:
    """The values of the column *across* side by side, in the order in which they occur."""
    if across not in words:
        raise ParameterError(f"columns={across!r}: there is no such column; there are {', '.join(words)}")
    down = [name for name in frames.label_columns(words) if name != across]
    rows = list(words[down].itertuples(index=False, name=None))
    cells = dict(zip(zip(rows, words[across], strict=True), facts, strict=True))
    if len(cells) < len(facts):
        raise ParameterError(f"columns={across!r}: two rows have the same labels; filter the frame first")
    heads = list(dict.fromkeys(words[across]))
    table = {row: {head: cells.get((row, head)) for head in heads} for row in dict.fromkeys(rows)}
    hidden = {row: own for row, own in table.items() if _is_mostly_withheld(own.values())}
    rows = [row for row in table if row not in hidden]
    made = [Column(frames.heading(name), [row[at] for row in rows]) for at, name in enumerate(down)]
    made += [Column(head, [number(table[row][head]) for row in rows], is_number=True) for head in heads]
    unit = "" if "indicator" in (across, *down) else frames.unit_words(facts)
    facts = [fact for (row, _), fact in zip(cells, facts, strict=True) if row not in hidden or fact.status == "shown"]
    return Grid(made, facts, unit, _instead({", ".join(filter(None, row)): own for row, own in hidden.items()}))


def _is_mostly_withheld(facts: Iterable[Fact | None]) -> bool:
    status = [fact.status for fact in facts if fact is not None]
    return 2 * status.count("withheld") > len(status)


def _instead(rows: Mapping[str, Mapping[str, Fact | None]]) -> list[str]:
    """Sentences in place of *rows*: the numbers that are shown of each, and those of which none is."""
    said = {row: "; ".join(f"{head}: {fact:n}" for head, fact in facts.items() if fact) for row, facts in rows.items()}
    made = [
        f"{f'{row} – ' if row else ''}{words}; the other numbers are withheld to protect people."
        for row, words in said.items() if words
    ]  # fmt: skip
    if silent := [row for row, words in said.items() if not words]:
        names = "; ".join(filter(None, silent))
        made.append(f"All numbers are withheld to protect people{f' of: {names}' if names else ''}.")
    return made


def _varies(column: pd.Series) -> bool:
    return len(column) < 2 or column.astype(str).nunique() > 1


def _plain(frame: pd.DataFrame, page: Page) -> Grid:
    """Any other frame as it is: facts, numbers and text by column; the first column names a row."""
    kept = [name for name in frame if name not in ("geometry", "id")]
    facts_of = [
        {_head(name, page): fact for name in kept if isinstance(fact := _known(row[name], page.edition), Fact)}
        for row in frame.to_dict("records")
    ]
    hidden = np.array([_is_mostly_withheld(facts.values()) for facts in facts_of], dtype=bool)
    made = [_any_column(frame[~hidden], name, page) for name in kept]
    facts = [fact for _, found in made for fact in found]
    if not hidden.any():
        return Grid([column for column, _ in made], facts)
    names, _ = _any_column(frame[hidden], kept[0], page)
    rows = dict(zip(names.cells, itertools.compress(facts_of, hidden), strict=True))
    return Grid([column for column, _ in made], facts, instead=_instead(rows))


def _any_column(frame: pd.DataFrame, name: Any, page: Page) -> tuple[Column, list[Fact]]:
    """One column of an analyst's frame, and the facts in it."""
    head, values = _head(name, page), list(frame[name])
    cells = [_known(value, page.edition) for value in values]
    if any(isinstance(cell, Fact) for cell in cells):
        shown = [number(cell, "unit") if isinstance(cell, Fact) else _text(cell, name, page) for cell in cells]
        facts = [cell for cell in cells if isinstance(cell, Fact)]
        return Column(head, shown, is_number=2 * len(facts) > len(cells)), facts
    if pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name]):
        return _own(head, values, page)
    if str(name) in (*frames.LABELS, "adm1_code"):
        return Column(head, [frames.label(str(name), value, page.edition) for value in values]), []
    return Column(head, [_text(value, name, page) for value in values]), []


def _own(head: str, values: list[Any], page: Page) -> tuple[Column, list[Fact]]:
    """Numbers of an analyst: own calculations; on an internal page as they are."""
    if page.edition.is_internal:
        return Column(head, [NOTHING if pd.isna(value) else written(value, "") for value in values], True), []
    facts = [None if pd.isna(value) else calculated(value, "", of=[]) for value in values]
    shown = [fact for fact in facts if fact is not None]
    return Column(head, [NOTHING if fact is None else f"{fact:n}" for fact in facts], True), shown


def _head(name: object, page: Page) -> str:
    """A column's head: the words for a period or an indicator; else its name."""
    words = str(name)
    if re.fullmatch(r"(FY)?\d{4}\S*", words):
        return frames.label("period", words, page.edition)
    if words in page.edition.indicators.index:
        return frames.label("indicator", words, page.edition)
    return frames.heading(words if page.edition.is_internal else text.checked(words, page.edition))


def _known(value: object, edition: Edition) -> object:
    """The fact that *value* is the id of; else *value*."""
    if isinstance(value, str) and _ID.fullmatch(value):
        return frames.known_fact(edition, value) or value
    return value


def number(fact: Fact | None, spec: str = "n") -> str:
    """A fact in a table; if it is not shown, the words for that alone."""
    if fact is None:
        return NOTHING
    shown = format(fact, spec)
    return shown if fact else re.sub(r">[^<]*<", f">{STATUS_WORDS[fact.status]}<", shown)


def _text(value: Any, column: object, page: Page) -> str:
    """A text of a table as HTML: with marks checked, and no digit but in a label of the edition."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(value)[:10] if isinstance(value, pd.Timestamp) else str(value)
    if page.edition.is_internal or words in page.labels:
        return html.escape(words)
    if "<data" in words or "<span" in words:
        return text.inline(text.checked(words, page.edition))
    if re.search(r"\d", words):
        raise ParameterError(
            f'column {str(column)!r} has a number typed by hand in “{words[:60]}”: write a fact, or ctip.quoted("…") '
            "around text of a source"
        )
    return html.escape(words)
