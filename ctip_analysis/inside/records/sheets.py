"""One sheet of records as text: header found, titles, HXL tags and empty rows left out, nothing interpreted.

What cannot be read is a fault that names file, sheet, row and how to mend it. No message repeats a cell, because
here nobody knows yet which cells name a person; names of columns are repeated only if the row is a header.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa

from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records.grids import (
    BLANK,
    HEADER_WITHIN,
    Grid,
    Header,
    Place,
    folded,
    header_of,
    is_blank,
    letter_of,
    refused,
)
from ctip_analysis.inside.records.spellings import UNSAID, Formats

FILE_ROW, SHEET = "file_row", "file_sheet"  # added columns: the row and the sheet as a person sees them
_CHUNK = 20_000
_ALONE = 3  # columns of a table, from which a single cell is a remark
_HXL = re.compile(r"#[A-Za-z*]")


@dataclass(frozen=True)
class Sheet:
    """Rows of a record table as they are in a file.

    ``text`` has every named column as text (missing where the cell is blank), ``file_row`` and ``file_sheet``.
    ``notes`` say what was left out, ``letters`` where a named column is in a spreadsheet ("A").
    """

    file: str
    name: str  # sheet of a workbook, "" elsewhere
    text: pa.Table
    notes: tuple[Fault, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    formats: Formats = UNSAID  # as in Grid
    doubts: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()  # of cells, which are empty in ``text``, and of rows, which are not in it

    @property
    def columns(self) -> list[str]:
        """Named columns in the order of the file."""
        return [column for column in self.text.column_names if column not in (FILE_ROW, SHEET)]

    @property
    def places(self) -> Iterator[tuple[str, int]]:
        """Sheet and row of each record."""
        return zip(self.text[SHEET].to_pylist(), self.text[FILE_ROW].to_pylist(), strict=True)


def sheet(grid: Grid, known: Mapping[str, Mapping[str, Any]]) -> Sheet:
    """The records in *grid*; *known* are the descriptions of the table's columns by name.

    Raises
    ------
    DataError
        There is no header.
    """
    rows = iter(grid.rows)
    leading = list(islice(rows, 10 * HEADER_WITHIN))
    header = header_of(leading, known)
    if header is None:
        raise refused(grid.file, f"no row with the names of the columns was found in the first {HEADER_WITHIN} rows",
                      f"write them in row 1: {', '.join(known)}", sheet=grid.name)  # fmt: skip
    reading = _Reading(grid, header, known)
    reading.check_cells()
    columns: list[list[str | None]] = [[] for _ in header.names]
    chunks, numbers = [], []
    for number, cells in (*(row for row in leading if row[0] > header.row), *rows):
        if (kept := reading.row(number, cells)) is None:
            continue
        numbers.append(number)
        for column, cell in zip(columns, kept, strict=True):
            column.append(cell)
        if len(numbers) == _CHUNK:
            chunks.append(_table(grid.name, header.names, columns, numbers))
            columns, numbers = [[] for _ in header.names], []
    chunks.append(_table(grid.name, header.names, columns, numbers))
    text = pa.concat_tables(chunks)
    reading.check_names(text)
    named = [name for name in text.column_names if not name.startswith("\0")]
    letters = {name: letter_of(place) for place, name in enumerate(header.names, start=1) if name}
    notes, faults = tuple(reading.notes()), tuple(reading.faults)
    return Sheet(grid.file, grid.name, text.select(named), notes, letters, grid.formats, _unseen(grid, header), faults)


def _unseen(grid: Grid, header: Header) -> tuple[Fault, ...]:
    """Doubts about hidden columns. They are read: a table lacks none of its columns, and its header names each."""
    rule, mend = "the column is hidden, and is read", "show it and look at its values"
    return tuple(
        Fault(grid.file, rule, grid.name, name, mend=mend, letter=letter_of(place))
        for place, name in enumerate(header.names, start=1)
        if name and place in grid.unseen
    )


def _table(sheet: str, names: list[str], columns: list[list[str | None]], numbers: list[int]) -> pa.Table:
    """Columns as Arrow text; one without a name, or with one that is there already, gets a name of its own."""
    taken: set[str] = set()
    titles = []
    for place, name in enumerate(names):
        titles.append(name if name and name not in taken else f"\0{place}")
        taken.add(name)
    arrays = [pa.array(column, pa.string()) for column in columns]
    added = [pa.array(numbers, pa.int64()), pa.array([sheet] * len(numbers), pa.string())]
    return pa.table([*arrays, *added], names=[*titles, FILE_ROW, SHEET])


class _Reading:
    """Rows of one grid below its header, and what is found wrong with them."""

    def __init__(self, grid: Grid, header: Header, known: Mapping[str, Mapping[str, Any]]) -> None:
        self.grid, self.header, self.known = grid, header, known
        self.faults: list[Fault] = []
        self._width = len(header.names)
        self._of_length: dict[int, list[int]] = defaultdict(list)
        self._left_out: dict[str, list[int]] = defaultdict(list)
        self._merged: set[int] = set()  # rows whose merged cells can't be divided
        self._without_value = {row for row, _ in grid.refused}
        self._alone: list[int] = []
        self._filled: dict[int, dict[int, Place]] = defaultdict(dict)  # row, column: first of the merged cells
        self._first: dict[Place, str | None] = {}

    def row(self, number: int, cells: list[str | None]) -> list[str | None] | None:
        """The cells of a row, one per column; None for a row that is no record."""
        kept = [None if is_blank(cell) else cell for cell in cells]
        if number in self._filled:
            kept += [None] * (self._width - len(kept))
            self._fill(number, kept)
        while len(kept) > self._width and kept[-1] is None:
            kept.pop()
        if not any(cell is not None for cell in kept):
            return None
        if number in self.grid.hidden:
            self._left_out["the row is hidden"].append(number)
            return None
        if number in self._merged:
            return None
        if len(kept) > self._width or (len(cells) < self._width and not self.grid.is_padded):
            self._of_length[len(kept) if self.grid.is_padded else len(cells)].append(number)
            return None
        kept += [None] * (self._width - len(kept))
        if reason := self._no_record(kept):
            self._left_out[reason].append(number)
            return None
        if self._width > _ALONE and kept.count(None) == self._width - 1 and number not in self._without_value:
            self._alone.append(number)
            return None
        return kept

    def _fill(self, number: int, kept: list[str | None]) -> None:
        for column, first in self._filled[number].items():
            if first[0] == number:
                self._first[first] = kept[column - 1]
            kept[column - 1] = self._first.get(first)

    def _no_record(self, kept: list[str | None]) -> str:
        """Why a row is no record; "" for a record. Nearly always the first filled cell decides."""
        filled = [(name, cell) for name, cell in zip(self.header.names, kept, strict=True) if cell]
        name, first = filled[0][0], filled[0][1].lstrip(BLANK)
        if first.startswith("#") and all(_HXL.match(cell.lstrip(BLANK)) for _, cell in filled):
            return "the row has HXL hashtags and is no record"
        if first[:1].casefold() == name[:1] and all(folded(cell) == folded(title) for title, cell in filled):
            return "the row repeats the header"
        return ""

    def check_cells(self) -> None:
        """Faults of cells without a value, and of merged cells, below the header; hidden rows have none."""
        of_rule: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for (row, column), rule in self.grid.refused.items():
            if row > self.header.row and column <= self._width and row not in self.grid.hidden:
                of_rule[rule, self.header.names[column - 1]].append((row, column))
        for (rule, name), places in of_rule.items():
            self._add(rule, "type the value into the cell", column=name, cells=sorted(places))
        for corners in self.grid.merged:
            self._take_merged(*corners)

    def _take_merged(self, top: int, left: int, bottom: int, right: int) -> None:
        """Repeat a text that is merged downwards in each of its rows; refuse other merged cells."""
        if bottom <= self.header.row or left > self._width:
            return
        name = self.header.names[left - 1]
        is_number = self.known.get(name, {}).get("type") in ("integer", "number")
        if right > left or is_number or top <= self.header.row:
            rows = range(max(top, self.header.row + 1), bottom + 1)
            self._merged.update(rows)
            self._add("merged cells can't be divided among rows or columns",
                      "unmerge them and type a value into each cell", column=name,
                      cells=[(row, left) for row in rows])  # fmt: skip
            return
        for row in range(top, bottom + 1):
            self._filled[row][left] = (top, left)

    def _add(self, rule: str, mend: str, *, column: str, cells: list[Place]) -> None:
        self._say(rule, mend, column, [row for row, _ in cells], letter_of(cells[0][1]))

    def _say(self, rule: str, mend: str, column: str = "", rows: Iterable[int] = (), letter: str = "") -> None:
        self.faults.append(Fault(self.grid.file, rule, self.grid.name, column, tuple(rows), "", mend, letter))

    def check_names(self, text: pa.Table) -> None:
        """Faults of the header and of rows that don't fit it."""
        for place, name in enumerate(self.header.names, start=1):
            column = f"\0{place - 1}"
            if not name and column in text.column_names and text[column].null_count < len(text):
                self._say(f"column {place} has values and no name", f"write its name in row {self.header.row}")
        for name, times in Counter(name for name in self.header.names if name in self.known).items():
            if times > 1:
                self._say("the column is in the header twice", "keep one of the two", name)
        for length, rows in sorted(self._of_length.items()):
            rule = f"the row has {length} cells, the header has {self._width}"
            mend = "put a value that has a comma in it in quotation marks"
            if self.grid.is_padded:
                rule = f"the row has a value in column {letter_of(length)}, where the header has no name"
                mend = "delete the value, or write the name of its column into the header"
            elif length < self._width:
                rule, mend = f"the row has {length} of {self._width} cells", "look for a row that was cut off"
            self._say(rule, mend, rows=rows)
        if self._alone:
            mend = "complete the row, or delete it: a remark goes above the header"
            self._say("the row has one filled cell", mend, rows=self._alone)

    def notes(self) -> Iterator[Fault]:
        """What was left out."""
        for reason, rows in self._left_out.items():
            yield Fault(self.grid.file, reason, self.grid.name, rows=tuple(rows), mend="it was left out")
