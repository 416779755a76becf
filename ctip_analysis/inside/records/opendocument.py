"""Sheets of an OpenDocument spreadsheet (.ods), cell by cell: hidden rows, merged cells and errors are reported."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from ctip_analysis.inside.records.grids import NO_VALUE, Grid, Place, Row, refused
from ctip_analysis.inside.records.spellings import as_typed

_OFFICE, _TABLE, _TEXT, _STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "style")
)
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
MOST_COLUMNS = 16_384  # of a sheet
MOST = 2_000_000  # cells that a repeated row or cell may be written out to
_ERRORS = ("#", "Err:")


def grids(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    """Grids of the visible sheets, and the names of the hidden ones."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
            root = ElementTree.parse(content).getroot()
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, RuntimeError, EOFError, NotImplementedError):
        raise refused(file, "the workbook is protected by a password, or damaged",
                      "save it without a password as .xlsx or .ods") from None  # fmt: skip
    unseen = {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for kept in style.iter(f"{_STYLE}table-properties")
        if kept.get(f"{_TABLE}display") == "false"
    }
    tables = [table for each in root.iter(f"{_OFFICE}spreadsheet") for table in each.iter(f"{_TABLE}table")]
    hidden = [table for table in tables if table.get(f"{_TABLE}style-name") in unseen]
    visible = [_Reading(file, table).grid() for table in tables if table not in hidden]
    return visible, [_name(table) for table in hidden]


def _name(table: ElementTree.Element) -> str:
    return table.get(f"{_TABLE}name", "")


def _times(element: ElementTree.Element, what: str) -> int:
    """How often a row or cell is repeated, or over how many it spans."""
    written = element.get(f"{_TABLE}number-{what}", "1")
    return max(1, int(written)) if written.isascii() and written.isdigit() else 1


class _Reading:
    """One table on its way to a grid."""

    def __init__(self, file: str, table: ElementTree.Element) -> None:
        self._file, self._table = file, table
        self._rows: list[Row] = []
        self._wrong: dict[Place, str] = {}
        self._merged: list[tuple[int, int, int, int]] = []
        self._hidden: set[int] = set()
        self._written = 0

    def grid(self) -> Grid:
        """The rows that have something, with the numbers a person sees."""
        number = 1
        for row in self._table.iter(f"{_TABLE}table-row"):
            times = _times(row, "rows-repeated")
            cells = self._cells(number, row)
            if any(cell is not None for cell in cells) or (row.find(_CELLS[1]) is not None and times == 1):
                self._count(times * len(cells))
                self._rows += [(number + nth, list(cells)) for nth in range(times)]
                if row.get(f"{_TABLE}visibility", "visible") != "visible":
                    self._hidden.update(range(number, number + times))
            number += times
        return Grid(
            self._file, _name(self._table), self._rows, True, self._wrong, self._merged, frozenset(self._hidden),
            frozenset(self._unseen()),
        )  # fmt: skip

    def _unseen(self) -> Iterator[int]:
        """Columns that are not shown."""
        place = 1
        for column in self._table.iter(f"{_TABLE}table-column"):
            times = min(_times(column, "columns-repeated"), MOST_COLUMNS)
            if column.get(f"{_TABLE}visibility", "visible") != "visible":
                yield from range(place, place + times)
            place += times

    def _cells(self, number: int, row: ElementTree.Element) -> list[str | None]:
        cells: list[str | None] = []
        blanks = 0
        for cell in (each for each in row if each.tag in _CELLS):
            times, text = _times(cell, "columns-repeated"), _as_text(cell)
            place = (number, len(cells) + blanks + 1)
            if rule := _rule_of(cell, text):
                self._wrong[place] = rule
                text = None
            down, right = _times(cell, "rows-spanned"), _times(cell, "columns-spanned")
            if down > 1 or right > 1:
                self._merged.append((*place, place[0] + down - 1, place[1] + right - 1))
            if text is None:
                blanks += times
                continue
            self._count(blanks + times)
            cells += [None] * blanks + [text] * times
            blanks = 0
        return cells

    def _count(self, cells: int) -> None:
        self._written += cells
        if self._written > MOST:
            raise refused(self._file, f"the sheet has more than {MOST:,} cells, or repeats one as often",
                          "save it as .csv or .parquet", sheet=_name(self._table))  # fmt: skip


def _rule_of(cell: ElementTree.Element, text: str | None) -> str:
    """What is wrong with a cell of which the value is not known."""
    if cell.get(f"{_TABLE}formula") is None:
        return ""
    if text is None:
        return "" if cell.get(f"{_OFFICE}value-type") == "string" else NO_VALUE
    return f"the cell has the error {text}" if text.startswith(_ERRORS) else ""


def _as_text(cell: ElementTree.Element) -> str | None:
    """The value as a person would type it."""
    kind, value = cell.get(f"{_OFFICE}value-type"), cell.get(f"{_OFFICE}value", "")
    written = "\n".join("".join(_words(each)) for each in cell.findall(f"{_TEXT}p")) or None
    if written and written.startswith(_ERRORS) and cell.get(f"{_TABLE}formula") is not None:
        return written
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value", "").replace("T00:00:00", "") or None
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value")
    if kind in ("float", "currency", "percentage"):
        try:
            number = float(value)
        except ValueError:
            return written
        return f"{number * 100:g}%" if kind == "percentage" else as_typed(number)
    return written


def _words(element: ElementTree.Element) -> Iterator[str]:
    """Text of a paragraph; spaces and line breaks are elements of their own."""
    yield element.text or ""
    for part in element:
        if part.tag == f"{_TEXT}s":
            yield " "
        elif part.tag != f"{_OFFICE}annotation":
            yield from _words(part)
        yield part.tail or ""
