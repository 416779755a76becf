"""The file that a partner sent, as a workbook with every cell to mend marked and commented, to send back.

A comment has the rule and how to mend the cell; no value of a sensitive column is in it, since a fault has none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path

import openpyxl
import openpyxl.cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.files import private_folder, put
from ctip_analysis.inside.records import files, sent
from ctip_analysis.inside.records.engine import SPILL
from ctip_analysis.inside.records.files import WORKBOOK, table_of
from ctip_analysis.inside.records.sheets import FILE_ROW, Sheet
from ctip_analysis.inside.records.tables import record_tables

LIST = "To mend"
FAULT, WARNING = PatternFill("solid", "FFFFC7CE"), PatternFill("solid", "FFFFEB9C")
_AUTHOR = "ctip check"
_WIDTHS = (22, 24, 20, 50, 36, 60)
Said = Callable[[str], str]


def write(
    source: Path, faults: list[Fault], warnings: list[Fault], into: Path, said: Said = str
) -> list[Path]:  # fmt: skip
    """Write each file of *source*, a folder or a file, that has a fault or a warning into the folder *into*.

    Returns the workbooks. *said* gives a sentence in the language of the reader. Text files become workbooks. A file
    that can't be read has the list of its faults alone.
    """
    made = []
    into.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(fault.file for fault in [*faults, *warnings]):
        path = source if source.is_file() else source / name
        book = _book(path) if path.is_file() else _empty()
        own = [([fault for fault in found if fault.file == name], fill)
               for found, fill in ((faults, FAULT), (warnings, WARNING))]  # fmt: skip
        for found, fill in own:
            for fault in found:
                _mark(book, fault, said, fill)
        _list(book, [fault for found, _ in own for fault in found], said)
        suffix = path.suffix.lower() if path.suffix.lower() in WORKBOOK else ".xlsx"
        target = into / f"{path.stem}_to_mend{suffix}"
        with private_folder(into, ".marked-") as private:
            book.save(private / target.name)
            (private / target.name).chmod(0o600)  # it has the partner's records
            put(private / target.name, target)
        made.append(target)
    return made


def _empty() -> Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    return book


def _book(path: Path) -> Workbook:
    """The file as a workbook, its rows and columns where the partner has them; an empty one if it can't be read."""
    try:
        if path.suffix.lower() in WORKBOOK:
            return openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    except Exception:  # openpyxl raises nearly anything at a damaged file
        return _empty()
    book = _empty()
    try:
        with private_folder(Path(tempfile.gettempdir()), SPILL) as private:
            table = table_of(path)[0]
            if table not in record_tables():
                table = next(iter(sent.tables_of(path, private)[0]))
            for sheet in files.read(files.unpacked(path, private), record_tables()[table].fields, path.name):
                _fill(book.create_sheet(sheet.name or path.stem[:31]), sheet)
    except (DataError, OSError):
        return _empty()
    return book


def _fill(target: Worksheet, sheet: Sheet) -> None:
    letters = sheet.letters or {name: target.cell(1, at).column_letter for at, name in enumerate(sheet.columns, 1)}
    rows = sheet.text[FILE_ROW].to_pylist()
    header = min(rows, default=2) - 1
    for name, letter in letters.items():
        target[f"{letter}{header}"] = name
        for row, cell in zip(rows, sheet.text[name].to_pylist(), strict=True):
            if cell is not None:
                target[f"{letter}{row}"].value = cell
                target[f"{letter}{row}"].data_type = "s"  # never a formula
    target.freeze_panes = f"A{header + 1}"


def _mark(book: Workbook, fault: Fault, said: Said, fill: PatternFill) -> None:
    sheet = book[fault.sheet] if fault.sheet in book.sheetnames else book.worksheets[0] if book.worksheets else None
    if sheet is None:
        return
    text = "\n→ ".join(filter(None, [said(fault.rule), said(fault.mend)]))
    for cell in fault.cells or [f"A{row}" for row in fault.rows]:
        if isinstance(sheet[cell], openpyxl.cell.MergedCell):
            continue
        sheet[cell].fill = copy(fill)
        before = f"{sheet[cell].comment.text}\n\n" if sheet[cell].comment else ""
        sheet[cell].comment = Comment(before + text, _AUTHOR, width=320, height=160)


def _list(book: Workbook, faults: Iterable[Fault], said: Said) -> None:
    """A first sheet with every fault in words."""
    sheet = book.create_sheet(LIST if LIST not in book.sheetnames else f"{LIST} 2", 0)
    sheet.append([said(name) for name in ("Sheet", "Column", "Where", "What is wrong", "Found", "How to mend it")])
    for fault in faults:
        place = ", ".join(fault.cells or map(str, fault.rows))
        sheet.append([fault.sheet, fault.column, place, said(fault.rule), fault.found, said(fault.mend)])
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.data_type = "s" if cell.value is not None else "n"
            cell.font = Font(bold=cell.row == 1)
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    book.active = 0
