"""Files sent back to a partner for correction: a letter for each table, and the partner's workbook with marked cells.

Letters are plain text in ``build/confidential/rejected/`` until the folder of records is in order. Both can be sent as
they are: a fault quotes nothing that may name a person, and of a letter a partner sees only rows of its own.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
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
from ctip_analysis.inside import confidential
from ctip_analysis.inside.records import files
from ctip_analysis.inside.records.engine import SPILL
from ctip_analysis.inside.records.files import Source, table_of
from ctip_analysis.inside.records.findings import UNREVIEWED, Said, said_in
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet
from ctip_analysis.inside.records.tables import record_tables

ANALYST = "analyst"
_PARTNER = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_HEAD = (
    "Please mend each in the file and send it again. Rows are numbered as a spreadsheet shows them. "
    "Nothing is quoted here that may name a person: look the cell up in your file."
)
LIST = "To mend"
_KEPT = (".xlsx", ".xlsm")  # kinds that come back as they were sent; others as a new workbook
FAULT, WARNING = PatternFill("solid", "FFFFC7CE"), PatternFill("solid", "FFFFEB9C")
_AUTHOR = "ctip check"
_WIDTHS = (22, 24, 20, 50, 36, 60)


def _sheets_of(path: Path) -> list[Sheet]:
    """The records in a file of a folder, or as a partner sent it; none where it can't be read."""
    table = table_of(path)[0]
    try:
        with private_folder(Path(tempfile.gettempdir()), SPILL) as private:
            found = {table: Source(path)} if table in record_tables() else files.in_file(path, private)[0]
            plain = files.unpacked(path, private)
            sheets = [
                sheet
                for name, source in found.items()
                for sheet in files.read(plain, record_tables()[name].fields, path.name, source.sheets)
            ]
            return [] if any(sheet.faults for sheet in sheets) else sheets  # rows would be missing
    except (DataError, OSError):
        return []


def folder_of(data: Path) -> Path:
    """The folder of the files about the record folder *data*."""
    return confidential.FOLDER / "rejected" / data.resolve().name


def write_letters(data: Path, faults: Iterable[Fault]) -> list[Path]:
    """Write a file for each partner and table with a fault, the analyst's for what is no partner's; return them.

    The English is followed by the Khmer.
    What an earlier run wrote about *data* is removed.
    """
    grouped: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    partners = _PartnersOf(data)
    for fault in faults:
        for partner, part in partners.split(fault):
            grouped[partner, fault.file].append(part)
    target = folder_of(data)
    with private_folder(target.parent, ".rejected-") as private:
        for (partner, file), held in sorted(grouped.items()):
            made = private / "made" / f"{partner}_{Path(file).stem}.txt"
            made.parent.mkdir(exist_ok=True)
            letter = [_letter(data.resolve().name, file, held, said) for said in (str, said_in("km"))]
            made.write_text(f"\n\n{UNREVIEWED}\n\n".join(letter), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        (private / "made").rename(target)
    return sorted(target.iterdir())


def clear(data: Path) -> None:
    """Remove what was asked for about *data*: it was mended."""
    shutil.rmtree(folder_of(data), ignore_errors=True)


def _letter(records: str, file: str, faults: list[Fault], said: Said) -> str:
    count = f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to mend"
    parts = [said(f"{count} in {file} of the records called {records}") + "\n", said(_HEAD) + "\n"]
    for number, fault in enumerate(faults, 1):
        lines = {
            "sheet": fault.sheet, "column": fault.column, "row": ", ".join(map(str, fault.rows)),
            "what is wrong": said(fault.rule), "found": said(fault.found), "how to mend it": said(fault.mend),
        }  # fmt: skip
        parts.append("\n".join([f"{number}.", *(f"  {said(key)}: {text}" for key, text in lines.items() if text), ""]))
    return "\n".join(parts)


class _PartnersOf:
    """The partner of each row, as the row's file says; the analyst's where it can't be read."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._of_rows: dict[str, dict[tuple[str, int], str]] = {}
        self._known = set(self._column("partners").values())

    def split(self, fault: Fault) -> list[tuple[str, Fault]]:
        """*fault* by partner. What was found is left out where it may be in another partner's row."""
        rows: dict[str, list[int]] = defaultdict(list)
        owners = self._owners(table_of(Path(fault.file))[0]) if fault.rows else {}
        for row in fault.rows:
            rows[owners.get((fault.sheet, row), ANALYST)].append(row)
        if len(rows) < 2:
            return [(next(iter(rows), ANALYST), fault)]
        return [
            (partner, dataclasses.replace(fault, rows=tuple(held), found="")) for partner, held in sorted(rows.items())
        ]

    def _owners(self, table: str) -> dict[tuple[str, int], str]:
        if table not in self._of_rows:
            named = self._column(table).items() if table != "partners" else ()
            self._of_rows[table] = {row: partner for row, partner in named if partner in self._known}
        return self._of_rows[table]

    def _column(self, table: str) -> dict[tuple[str, int], str]:
        """Partner's id by sheet and row of *table*; only what is written like an id, for a row may be shifted."""
        found: dict[tuple[str, int], str] = {}
        named = sorted(self._data.iterdir()) if table in record_tables() and self._data.is_dir() else []
        path = next((path for path in named if table_of(path)[0] == table), None)
        for sheet in _sheets_of(path) if path else []:
            if "partner_id" in sheet.columns:
                columns = (sheet.text[name].to_pylist() for name in (SHEET, FILE_ROW, "partner_id"))
                found |= {(name, row): partner.strip() for name, row, partner in zip(*columns, strict=True) if partner}
        return {place: partner for place, partner in found.items() if _PARTNER.fullmatch(partner)}


# The partner's own file with its cells marked


def write_workbooks(
    source: Path, faults: list[Fault], warnings: list[Fault], into: Path, said: Said = str, note: str = ""
) -> list[Path]:  # fmt: skip
    """Write each file of *source*, a folder or a file, that has a fault or a warning into the folder *into*.

    Returns the workbooks. *said* gives a sentence in the language of the reader, *note* is put above the list. What is
    no .xlsx becomes one. A file that can't be read has the list of its faults alone.
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
        _list(book, [fault for found, _ in own for fault in found], said, note)
        suffix = path.suffix.lower() if path.suffix.lower() in _KEPT else ".xlsx"
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
    book = _empty()
    try:
        if path.suffix.lower() in _KEPT:
            return openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    except Exception:  # openpyxl raises nearly anything at a damaged file
        return book
    for sheet in _sheets_of(path):
        _fill(book.create_sheet(sheet.name or path.stem[:31]), sheet)
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


def _list(book: Workbook, faults: Iterable[Fault], said: Said, note: str) -> None:
    """A first sheet with every fault in words."""
    sheet = book.create_sheet(LIST if LIST not in book.sheetnames else f"{LIST} 2", 0)
    if note:
        sheet.append([note])
    sheet.append([said(name) for name in ("Sheet", "Column", "Where", "What is wrong", "Found", "How to mend it")])
    for fault in faults:
        place = ", ".join(fault.cells or map(str, fault.rows))
        sheet.append([fault.sheet, fault.column, place, said(fault.rule), said(fault.found), said(fault.mend)])
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.data_type = "s" if cell.value is not None else "n"
            cell.font = Font(bold=cell.row == 1)
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    book.active = 0
