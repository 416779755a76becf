"""Sheets of an Excel workbook (.xlsx, .xlsm) that a person sees, every cell as it would be typed."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records.sheets import Grid, Sheet, header_of, refused, sheet

_OLE = b"\xd0\xcf\x11\xe0"  # first bytes of a protected workbook, and of the .xls of old
_NO_VALUE = "the cell has a formula without a stored value"
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")  # as text it may be thousands; as a number it is not


def read(path: Path, file: str, table: str, known: Mapping[str, Mapping[str, Any]]) -> list[Sheet]:
    """The records in the visible sheets of the workbook at *path*, called *file*; hidden sheets are left out.

    Every visible sheet with the table's header is read. One that has rows and no header is refused.
    """
    grids, hidden = _grids(path, file)
    tables = [grid for grid in grids if header_of(grid.rows, known)]
    if not tables:
        named = ", ".join(grid.name for grid in grids) or "none"
        more = f"; hidden and not read: {', '.join(hidden)}" if hidden else ""
        raise refused(file, f"no visible sheet has the columns of {table} (visible: {named}{more})",
                      f"write the names of the columns in row 1: {', '.join(known)}")  # fmt: skip
    faults = [
        Fault(
            file, f"the sheet has rows and no header of {table}", grid.name, mend="delete or hide the sheet"
        )
        for grid in grids
        if grid not in tables and max((len(cells) for _, cells in grid.rows), default=0) > 2
    ]
    made = []
    for grid in tables:
        try:
            made.append(sheet(grid, known))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(f"{file} can't be read", faults)
    left_out = [Fault(file, "the sheet is hidden", name, mend="it was left out") for name in hidden]
    return [replace(each, notes=(*each.notes, *left_out)) for each in made]


def _grids(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    """Grids of the visible sheets that are not empty, and the names of the hidden ones."""
    with path.open("rb") as stream:
        if stream.read(4) == _OLE:
            raise refused(file, "the workbook is protected by a password, or an .xls of before 2007",
                          "save it without a password as .xlsx")  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl doesn't know
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                visible = [each for each in workbook.worksheets if each.sheet_state == "visible"]
                hidden = [each.title for each in workbook.worksheets if each.sheet_state != "visible"]
                grids = [_grid(each, file) for each in visible]
            finally:
                workbook.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        SyntaxError,
        OSError,
        EOFError,
        TypeError,
    ):
        raise refused(
            file, "the file is no Excel workbook, or a damaged one", "save it again as .xlsx"
        ) from None
    return [grid for grid in grids if grid.rows], hidden


class _Parser(WorkSheetParser):
    """openpyxl's reader of one sheet, which also says of each cell whether it has a formula."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        return {**super().parse_cell(element), "has_formula": element.find(FORMULA_TAG) is not None}


def _grid(worksheet: Any, file: str) -> Grid:
    workbook = worksheet.parent
    formats = {"date_formats": workbook._date_formats, "timedelta_formats": workbook._timedelta_formats}
    with worksheet._get_source() as source:
        strings = worksheet._shared_strings
        parser = _Parser(source, strings, data_only=True, epoch=workbook.epoch, **formats)
        found = [(row, cells) for row, cells in parser.parse() if cells]
    wrong = {
        (cell["row"], cell["column"]): rule
        for _, cells in found
        for cell in cells
        if (rule := _rule_of(cell))
    }
    rows = [(row, _texts(cells)) for row, cells in found]
    merged = parser.merged_cells.mergeCell if parser.merged_cells else []
    corners = [(each.min_row, each.min_col, each.max_row, each.max_col) for each in merged]
    hidden = {int(row) for row, kept in parser.row_dimensions.items() if kept.get("hidden") in ("1", "true")}
    filled = {row for row, cells in rows if any(cell is not None for cell in cells)}
    rows = [
        (row, cells) for row, cells in rows if row in filled or any(a <= row <= b for a, _, b, _ in corners)
    ]
    return Grid(file, worksheet.title, rows, True, wrong, corners, frozenset(hidden & filled))


def _rule_of(cell: dict[str, Any]) -> str:
    """What is wrong with a cell of which the value is not known."""
    if cell["data_type"] == "e":
        return f"the cell has the error {cell['value']}"
    return _NO_VALUE if cell["has_formula"] and cell["value"] is None and cell["data_type"] == "n" else ""


def _texts(cells: Iterable[dict[str, Any]]) -> list[str | None]:
    texts: dict[int, str | None] = {cell["column"]: _as_text(cell) for cell in cells}
    while texts and texts[max(texts)] is None:
        del texts[max(texts)]
    return [texts.get(column) for column in range(1, max(texts, default=0) + 1)]


def _as_text(cell: dict[str, Any]) -> str | None:
    """The value as a person would type it: 12 for 12.0, 2004-03-01 for a date."""
    value = cell["value"]
    if value is None or value == "" or cell["data_type"] == "e":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else repr(value)
        return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)
