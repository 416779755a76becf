"""Sheets of an Excel workbook of before 2007 (.xls), read by xlrd: it tells error cells from empty ones."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctip_analysis.inside.records.sheets import SERIALS, Grid, Row, as_typed, refused

if TYPE_CHECKING:
    import xlrd

_DATES = (SERIALS, "excel_1904")
_PERCENT = "%"
TEXT, NUMBER, DATE, BOOLEAN, ERROR = 1, 2, 3, 4, 5  # kinds of cells in xlrd
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def grids(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    """Grids of the visible sheets, and the names of the hidden ones."""
    import xlrd  # few need it

    try:
        book = xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True)
        visible = [_grid(book, each, file) for each in book.sheets() if not each.visibility]
    except Exception:  # xlrd raises whatever a damaged byte leads to
        raise refused(file, "the workbook is protected by a password, or damaged",
                      "save it without a password as .xlsx") from None  # fmt: skip
    return visible, [each.name for each in book.sheets() if each.visibility]


def _grid(book: xlrd.Book, sheet: xlrd.sheet.Sheet, file: str) -> Grid:
    rows: list[Row] = [
        (number, [_as_text(book, cell) for cell in sheet.row(number - 1)]) for number in range(1, sheet.nrows + 1)
    ]
    wrong = {
        (row, column): f"the cell has the error {ERRORS.get(cell.value, 'unknown')}"
        for row in range(1, sheet.nrows + 1)
        for column, cell in enumerate(sheet.row(row - 1), start=1)
        if cell.ctype == ERROR
    }
    merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    filled = {row for row, cells in rows if any(cell is not None for cell in cells)}
    hidden = frozenset(row + 1 for row, kept in sheet.rowinfo_map.items() if kept.hidden) & filled
    kept = [(row, cells) for row, cells in rows if row in filled or any(a <= row <= b for a, _, b, _ in merged)]
    return Grid(file, sheet.name, kept, True, wrong, merged, hidden, dates=_DATES[book.datemode])


def _as_text(book: xlrd.Book, cell: Any) -> str | None:
    """The value as a person would type it."""
    if cell.ctype == DATE:
        from xlrd.xldate import xldate_as_datetime

        return as_typed(xldate_as_datetime(cell.value, book.datemode))
    if cell.ctype == BOOLEAN:
        return as_typed(bool(cell.value))
    if cell.ctype == NUMBER and _PERCENT in _format(book, cell):
        return f"{cell.value * 100:g}%"
    return as_typed(cell.value) if cell.ctype in (TEXT, NUMBER) else None


def _format(book: xlrd.Book, cell: Any) -> str:
    known = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    return known.format_str if known else ""
