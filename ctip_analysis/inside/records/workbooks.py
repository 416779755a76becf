"""Sheets of a workbook that a person sees, every cell as it would be typed: .xlsx, .xlsm, .xls and .ods.

What kind of workbook a file is, its first bytes say, not its ending. Here Excel: since 2007 read by openpyxl, before
by xlrd, which tells error cells from empty ones.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records import opendocument
from ctip_analysis.inside.records.grids import NO_VALUE, Grid, Row, header_of, refused
from ctip_analysis.inside.records.sheets import Sheet, sheet
from ctip_analysis.inside.records.spellings import SERIALS, SERIALS_1904, Formats, as_typed

if TYPE_CHECKING:
    import xlrd

_OLE = b"\xd0\xcf\x11\xe0"  # first bytes of an .xls of before 2007, and of a protected workbook
_OPENDOCUMENT = b"application/vnd.oasis.opendocument"
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5  # kinds of cells in xlrd
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def read(
    path: Path, file: str, table: str, known: Mapping[str, Mapping[str, Any]], only: Sequence[str] = ()
) -> list[Sheet]:
    """The records in the visible sheets of the workbook at *path*, called *file*; hidden sheets are left out.

    Every visible sheet with the table's header is read, or those named in *only*. Another one with rows is refused.
    """
    found, hidden = grids(path, file)
    found = [grid for grid in found if not only or grid.name in only]
    tables = [grid for grid in found if header_of(grid.rows, known)]
    if not tables:
        named = ", ".join(grid.name for grid in found) or "none"
        more = f"; hidden and not read: {', '.join(hidden)}" if hidden else ""
        raise refused(file, f"no visible sheet has the columns of {table} (visible: {named}{more})",
                      f"write the names of the columns in row 1: {', '.join(known)}")  # fmt: skip
    rule, mend = f"the sheet has rows and no header of {table}", "delete or hide the sheet"
    others = [Fault(file, rule, grid.name, mend=mend) for grid in found if grid not in tables and has_rows(grid)]
    left_out = [Fault(file, "the sheet is hidden", name, mend="it was left out") for name in hidden]
    first, *rest = (sheet(grid, known) for grid in tables)
    return [replace(first, faults=(*first.faults, *others), notes=(*first.notes, *left_out)), *rest]


def has_rows(grid: Grid) -> bool:
    """Whether a sheet has more than a remark."""
    return max((len(cells) for _, cells in grid.rows), default=0) > 2


def grids(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    """Grids of the visible sheets that are not empty, and the names of the hidden ones."""
    with path.open("rb") as stream:
        first = stream.read(128)
    if first.startswith(_OLE):
        found, hidden = _before_2007(path, file)
    elif _OPENDOCUMENT in first:
        found, hidden = opendocument.grids(path, file)
    else:
        found, hidden = _since_2007(path, file)
    return [grid for grid in found if grid.rows], hidden


def _filled(
    rows: Iterable[Row], merged: Iterable[tuple[int, int, int, int]], hidden: Iterable[int]
) -> tuple[list[Row], frozenset[int]]:
    """Rows that have something, or are merged with one that has; and which of those with something are hidden."""
    rows = list(rows)
    filled = {row for row, cells in rows if any(cell is not None for cell in cells)}
    kept = [(row, cells) for row, cells in rows if row in filled or any(a <= row <= b for a, _, b, _ in merged)]
    return kept, frozenset(filled.intersection(hidden))


# Excel since 2007


def _since_2007(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl doesn't know
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                visible = [each for each in workbook.worksheets if each.sheet_state == "visible"]
                hidden = [each.title for each in workbook.worksheets if each.sheet_state != "visible"]
                found = [_grid(each, file) for each in visible]
            finally:
                workbook.close()
    except Exception:  # openpyxl raises whatever a damaged byte leads to
        raise refused(file, "the file is no Excel workbook, or a damaged one", "save it again as .xlsx") from None
    return found, hidden


class _Parser(WorkSheetParser):
    """openpyxl's reader of one sheet, which also says of each cell whether it has a formula."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        return {**super().parse_cell(element), "has_formula": element.find(FORMULA_TAG) is not None}


def _grid(worksheet: Any, file: str) -> Grid:
    workbook = worksheet.parent
    kinds = {"date_formats": workbook._date_formats, "timedelta_formats": workbook._timedelta_formats}
    with worksheet._get_source() as source:
        parser = _Parser(source, worksheet._shared_strings, data_only=True, epoch=workbook.epoch, **kinds)
        found = [(row, cells) for row, cells in parser.parse() if cells]
    formats = {**BUILTIN_FORMATS, **dict(enumerate(workbook._number_formats, 164))}
    percent = {place for place, style in enumerate(workbook._cell_styles) if "%" in formats.get(style.numFmtId, "")}
    rules = {(cell["row"], cell["column"]): _rule_of(cell) for _, cells in found for cell in cells}
    corners = parser.merged_cells.mergeCell if parser.merged_cells else []
    merged = [(each.min_row, each.min_col, each.max_row, each.max_col) for each in corners]
    hidden = [int(row) for row, kept in parser.row_dimensions.items() if _is_unseen(kept, "ht")]
    unseen = {
        place
        for kept in parser.column_dimensions.values() if _is_unseen(kept, "width")
        for place in range(int(kept["min"]), min(int(kept["max"]), opendocument.MOST_COLUMNS) + 1)
    }  # fmt: skip
    rows, hidden_rows = _filled(((row, _texts(cells, percent)) for row, cells in found), merged, hidden)
    dates = Formats(SERIALS_1904 if workbook.epoch == CALENDAR_MAC_1904 else SERIALS)
    wrong = {place: rule for place, rule in rules.items() if rule}
    return Grid(file, worksheet.title, rows, True, wrong, merged, hidden_rows, frozenset(unseen), dates)


def _is_unseen(kept: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or of no height or width."""
    return kept.get("hidden") in ("1", "true") or float(kept.get(size, 1)) == 0


def _rule_of(cell: dict[str, Any]) -> str:
    """What is wrong with a cell of which the value is not known."""
    if cell["data_type"] == "e":
        return f"the cell has the error {cell['value']}"
    return NO_VALUE if cell["has_formula"] and cell["value"] is None and cell["data_type"] == "n" else ""


def _texts(cells: Iterable[dict[str, Any]], percent: set[int]) -> list[str | None]:
    texts: dict[int, str | None] = {cell["column"]: _as_text(cell, percent) for cell in cells}
    while texts and texts[max(texts)] is None:
        del texts[max(texts)]
    return [texts.get(column) for column in range(1, max(texts, default=0) + 1)]


def _as_text(cell: dict[str, Any], percent: set[int]) -> str | None:
    if cell["data_type"] == "e" or cell["value"] == "":
        return None
    if cell["data_type"] == "n" and cell["style_id"] in percent and isinstance(cell["value"], int | float):
        return f"{cell['value'] * 100:g}%"
    return as_typed(cell["value"])


# Excel before 2007


def _before_2007(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    import xlrd  # few need it

    try:
        book = xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True)
        visible = [_old_grid(book, each, file) for each in book.sheets() if not each.visibility]
    except Exception:  # xlrd raises whatever a damaged byte leads to
        raise refused(file, "the workbook is protected by a password, or damaged",
                      "save it without a password as .xlsx") from None  # fmt: skip
    return visible, [each.name for each in book.sheets() if each.visibility]


def _old_grid(book: xlrd.Book, sheet: xlrd.sheet.Sheet, file: str) -> Grid:
    cells = list(enumerate(sheet.get_rows(), start=1))
    wrong = {
        (row, column): f"the cell has the error {_ERRORS.get(cell.value, 'unknown')}"
        for row, kept in cells
        for column, cell in enumerate(kept, start=1)
        if cell.ctype == _ERROR
    }
    merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    hidden = [row + 1 for row, kept in sheet.rowinfo_map.items() if kept.hidden or kept.height == 0]
    unseen = frozenset(place + 1 for place, kept in sheet.colinfo_map.items() if kept.hidden or kept.width == 0)
    texts = ((row, [_old_text(book, cell) for cell in kept]) for row, kept in cells)
    rows, hidden_rows = _filled(texts, merged, hidden)
    dates = Formats((SERIALS, SERIALS_1904)[book.datemode])
    return Grid(file, sheet.name, rows, True, wrong, merged, hidden_rows, unseen, dates)


def _old_text(book: xlrd.Book, cell: Any) -> str | None:
    if cell.ctype == _DATE:
        from xlrd.xldate import xldate_as_datetime

        return as_typed(xldate_as_datetime(cell.value, book.datemode))
    if cell.ctype == _BOOLEAN:
        return as_typed(bool(cell.value))
    known = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    if cell.ctype == _NUMBER and known and "%" in known.format_str:
        return f"{cell.value * 100:g}%"
    return as_typed(cell.value) if cell.ctype in (_TEXT, _NUMBER) else None
