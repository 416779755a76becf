"""Sheets of a workbook that a person sees, every cell as it would be typed; here Excel since 2007 (.xlsx, .xlsm).

What kind of workbook a file is, its first bytes say, not its ending.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import excel97, opendocument
from ctip_analysis.inside.records.sheets import NO_VALUE, SERIALS, Grid, Sheet, as_typed, header_of, refused, sheet

_OLE = b"\xd0\xcf\x11\xe0"  # first bytes of an .xls of before 2007, and of a protected workbook
_OPENDOCUMENT = b"application/vnd.oasis.opendocument"


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
        Fault(file, f"the sheet has rows and no header of {table}", grid.name, mend="delete or hide the sheet")
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
        first = stream.read(128)
    if first.startswith(_OLE):
        grids, hidden = excel97.grids(path, file)
    elif _OPENDOCUMENT in first:
        grids, hidden = opendocument.grids(path, file)
    else:
        grids, hidden = _since_2007(path, file)
    return [grid for grid in grids if grid.rows], hidden


def _since_2007(path: Path, file: str) -> tuple[list[Grid], list[str]]:
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
    except Exception:  # openpyxl raises whatever a damaged byte leads to
        raise refused(file, "the file is no Excel workbook, or a damaged one", "save it again as .xlsx") from None
    return grids, hidden


class _Parser(WorkSheetParser):
    """openpyxl's reader of one sheet, which also says of each cell whether it has a formula."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        return {**super().parse_cell(element), "has_formula": element.find(FORMULA_TAG) is not None}


def _grid(worksheet: Any, file: str) -> Grid:
    workbook = worksheet.parent
    kinds = {"date_formats": workbook._date_formats, "timedelta_formats": workbook._timedelta_formats}
    with worksheet._get_source() as source:
        strings = worksheet._shared_strings
        parser = _Parser(source, strings, data_only=True, epoch=workbook.epoch, **kinds)
        found = [(row, cells) for row, cells in parser.parse() if cells]
    formats = {**BUILTIN_FORMATS, **dict(enumerate(workbook._number_formats, 164))}
    percent = {place for place, style in enumerate(workbook._cell_styles) if "%" in formats.get(style.numFmtId, "")}
    wrong = {(cell["row"], cell["column"]): rule for _, cells in found for cell in cells if (rule := _rule_of(cell))}
    rows = [(row, _texts(cells, percent)) for row, cells in found]
    merged = parser.merged_cells.mergeCell if parser.merged_cells else []
    corners = [(each.min_row, each.min_col, each.max_row, each.max_col) for each in merged]
    hidden = {int(row) for row, kept in parser.row_dimensions.items() if kept.get("hidden") in ("1", "true")}
    filled = {row for row, cells in rows if any(cell is not None for cell in cells)}
    rows = [(row, cells) for row, cells in rows if row in filled or any(a <= row <= b for a, _, b, _ in corners)]
    dates = "excel_1904" if workbook.epoch == CALENDAR_MAC_1904 else SERIALS
    return Grid(file, worksheet.title, rows, True, wrong, corners, frozenset(hidden & filled), dates)


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
