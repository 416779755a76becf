"""One file as a partner sent it: which record table it has, or which one each sheet of a workbook has."""

from __future__ import annotations

import csv
import html
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records.files import READ, TEXT, WORKBOOK, table_of
from ctip_analysis.inside.records.sheets import HEADER_WITHIN, Row, header_of, refused
from ctip_analysis.inside.records.tables import record_tables

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_CONTENTS = "xl/workbook.xml"


def tables_of(path: Path, private: Path) -> tuple[dict[str, Path], list[Fault], set[str]]:
    """The file of each record table in *path* by its columns; faults of sheets of no table; names of visible sheets.

    A workbook of several tables gives a copy for each in the folder *private*, in which the others' sheets are hidden.

    Raises
    ------
    DataError
        The file has no record table, or is of no kind that is read.
    """
    name, kind = table_of(path)
    if kind not in READ:
        raise refused(path.name, "this kind of file is not read", "save it as .xlsx, .csv or .parquet")
    if path.suffix.lower() in WORKBOOK:
        try:
            return _of_workbook(path, private)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, TypeError):
            rule = "the file is damaged, or protected by a password"
            raise refused(path.name, rule, "save it again as .xlsx") from None
    found = name if name in record_tables() else ""
    if not found and path.suffix.lower() in TEXT:
        found = _table_with(_first_rows(path), name)
    if not found:
        raise _no_table(path)
    return {found: path}, [], set()


def _no_table(path: Path) -> DataError:
    mend = f"name the file after its table and write its columns in row 1; tables are {', '.join(record_tables())}"
    return refused(path.name, "the file has the columns of no record table", mend)


def _of_workbook(path: Path, private: Path) -> tuple[dict[str, Path], list[Fault], set[str]]:
    sheets: dict[str, list[str]] = defaultdict(list)
    others, visible = [], set()
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        visible.add(sheet.title)
        rows: list[Row] = [
            (number, ["" if cell is None else str(cell) for cell in cells])
            for number, cells in enumerate(sheet.iter_rows(max_row=3 * HEADER_WITHIN, values_only=True), start=1)
        ]
        if table := _table_with(rows, sheet.title):
            sheets[table].append(sheet.title)
        elif max((sum(map(bool, cells)) for _, cells in rows), default=0) > 2:
            others.append(sheet.title)
    book.close()
    if not sheets:
        raise _no_table(path)
    mend = f"write the columns of a table in row 1, or hide the sheet; tables are {', '.join(record_tables())}"
    faults = [Fault(path.name, "the sheet has the columns of no record table", each, mend=mend) for each in others]
    if len(sheets) == 1 and not others:
        return {next(iter(sheets)): path}, faults, visible
    return {table: _with_sheets(path, kept, private / table) for table, kept in sheets.items()}, faults, visible


def _table_with(rows: Iterable[Row], title: str) -> str:
    """The record table with most of the columns that are named in *rows*; its name decides between two; "" for none."""
    rows, scores = list(rows), {}
    for name, table in record_tables().items():
        if header := header_of(rows, table.fields):
            scores[name] = sum(column in table.fields for column in header.names) + (name in title.casefold()) / 2
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] >= 2 else ""


def _first_rows(path: Path) -> list[Row]:
    text = path.read_bytes()[: 2**14]
    encoding = "utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = text.decode(encoding, errors="replace").splitlines()[: 3 * HEADER_WITHIN]
    signs = {sign: max(line.count(sign) for line in lines) for sign in ",;\t|"} if lines else {",": 0}
    rows = csv.reader(lines, delimiter=max(signs, key=lambda sign: signs[sign]))
    return [(number, list(cells)) for number, cells in enumerate(islice(rows, 3 * HEADER_WITHIN), start=1)]


def _with_sheets(path: Path, kept: list[str], folder: Path) -> Path:
    """A copy of the workbook, of the same name, in which every sheet but *kept* is hidden. Nothing else is changed."""
    folder.mkdir()
    target = folder / path.name

    def hide(found: re.Match[bytes]) -> bytes:
        element = found[0]
        title = re.search(rb'\sname="([^"]*)"', element)
        if title is None or html.unescape(title[1].decode()) in kept or b'"veryHidden"' in element:
            return element
        return re.sub(rb"\s*(/?>)$", rb' state="hidden"\1', re.sub(rb'\sstate="\w+"', b"", element))

    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as part:
        for member in whole.infolist():
            content = whole.read(member)
            part.writestr(member, _SHEET.sub(hide, content) if member.filename == _CONTENTS else content)
    return target
