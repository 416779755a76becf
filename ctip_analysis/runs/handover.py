"""The data that go out beside a report: the edition as CSV and one workbook, with a dictionary."""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill

from ctip_analysis.edition import Edition
from ctip_analysis.edition.reading import GEOMETRY

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can say: nothing varies between two runs
_SHEET_ROWS = 1_048_576
SYNTHETIC_NOTE = (
    "SYNTHETIC: made-up records that show how the report works; no real person or event is behind them"
)

STATUS_NOTE = (
    "An empty value is not a zero: its status says why. Hatched and withheld: not shown, to protect people; "
    "no_data: nothing was recorded; not_applicable: nothing could be"
)
_HATCHED = PatternFill("lightUp", fgColor="6B6B6B")  # as in figures


def hand_over(folder: Path, edition: Edition, out: Path) -> list[Path]:
    """Copy the *edition* in *folder* into *out* for people: CSV with BOM for Excel, a workbook, a dictionary.

    A synthetic edition says SYNTHETIC in every file name, in each row (``kind``) and on every sheet.
    Returns the files written. The columns are described in ``datapackage….json``.
    """
    mark = "_SYNTHETIC" if edition.is_synthetic else ""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    written, tables = [], []
    for resource in package["resources"]:
        text = (folder / resource["path"]).read_text(encoding="utf-8")
        resource["path"] = f"{resource['name']}{mark}.csv"
        tables.append((resource["name"], text))
        written.append(_write(out / resource["path"], text.encode("utf-8-sig")))
    if (folder / GEOMETRY).is_file():
        written.append(_write(out / f"provinces{mark}.geojson", (folder / GEOMETRY).read_bytes()))
    written.append(_write(out / f"edition{mark}.json", (folder / "edition.json").read_bytes()))
    described = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    written.append(_write(out / f"datapackage{mark}.json", described.encode()))
    workbook = _workbook(tables, described, SYNTHETIC_NOTE if edition.is_synthetic else "")
    written.append(_write(out / f"edition_{edition.info['period']}{mark}.xlsx", workbook))
    return written


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _workbook(tables: list[tuple[str, str]], described: str, note: str) -> bytes:
    """One sheet a table, after a first sheet that says what each column means."""
    book = Workbook(write_only=True)
    _dictionary_sheet(book, json.loads(described), note)
    for name, text in tables:
        sheet = book.create_sheet(name)
        above = ". ".join(filter(None, [note, STATUS_NOTE if name == "cells" else ""]))
        sheet.freeze_panes = "A3" if above else "A2"
        if above:
            sheet.append([above])
        rows = csv.reader(io.StringIO(text))
        columns = next(rows)
        sheet.append([_bold(sheet, value) for value in columns])
        for row in itertools.islice(rows, _SHEET_ROWS - 2):
            sheet.append(_hatched(sheet, columns, [_typed(value) for value in row]))
    made = io.BytesIO()
    book.save(made)
    return _timeless(made.getvalue())


def _dictionary_sheet(book: Workbook, package: dict[str, Any], note: str) -> None:
    sheet = book.create_sheet("dictionary")
    for line in filter(None, [note, str(package["title"]), f"Edition {package['id']}", STATUS_NOTE]):
        sheet.append([line])
    sheet.append([_bold(sheet, title) for title in ("sheet", "column", "meaning")])
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            sheet.append([resource["name"], field["name"], field["description"]])


def _hatched(sheet: object, columns: list[str], row: list[str | float | int | None]) -> list[object]:
    """*row*, the empty value of a withheld cell hatched as it is in every figure."""
    made: list[object] = list(row)
    if "value" in columns and "status" in columns and row[columns.index("status")] == "withheld":
        empty = WriteOnlyCell(sheet, value=None)
        empty.fill = _HATCHED
        made[columns.index("value")] = empty
    return made


def _bold(sheet: object, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.font = Font(bold=True)
    return cell


def _typed(value: str) -> str | float | int | None:
    """Numbers as numbers; text stays text, and never becomes a formula."""
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return f"'{value}" if value[0] in "=+@" else value
    return int(number) if number.is_integer() else number


def _timeless(book: bytes) -> bytes:
    """The same workbook without the moment it was written."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _without_dates(content)
            new.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _without_dates(properties: bytes) -> bytes:
    text = properties.decode()
    for tag in ("dcterms:created", "dcterms:modified"):
        start, end = text.find(f"<{tag}"), text.find(f"</{tag}>")
        if start >= 0 and end >= 0:
            text = text[:start] + text[end + len(tag) + 3 :]
    return text.encode()
