"""How the files of a folder are written, where the folder's ``formats.csv`` says so.

One line a statement: ``table,column,setting,value``; an empty column means every column of the table. Settings are
``dates`` (day_first, month_first, excel_1900, excel_1904), ``decimals`` (point, comma) and ``missing`` (a text such
as -9, a line each). Without a statement nothing that could mean two things is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import text_files
from ctip_analysis.inside.records.sheets import FILE_ROW, SERIALS
from ctip_analysis.inside.records.spellings import COMMA, DAY_FIRST, MONTH_FIRST, POINT, SERIALS_1904, Formats
from ctip_analysis.inside.records.tables import RecordTable, record_tables

FILE = "formats.csv"
COLUMNS = ("table", "column", "setting", "value")
SETTINGS = {"dates": (DAY_FIRST, MONTH_FIRST, SERIALS, SERIALS_1904), "decimals": (POINT, COMMA), "missing": ()}


def faults(folder: Path) -> list[Fault]:
    """What is wrong with the folder's statements; nothing without the file."""
    try:
        lines = _lines(folder)
    except DataError as error:
        return error.faults
    return [fault for line in lines for fault in _faults(line)]


def of(table: RecordTable, folder: Path) -> dict[str, Formats]:
    """The format of each column of *table* about which the folder says something."""
    try:
        lines = [line for line in _lines(folder) if line["table"] == table.name and not _faults(line)]
    except DataError:
        return {}
    found: dict[str, Formats] = {}
    for line in lines:
        for column in [line["column"]] if line["column"] else table.fields:
            before = found.get(column, Formats())
            changed = {line["setting"]: line["value"]}
            if line["setting"] == "missing":
                changed = {"missing": (*before.missing, line["value"])}
            found[column] = Formats(**{**vars(before), **changed})
    return found


def _lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / FILE
    if not path.is_file():
        return []
    (sheet,) = text_files.read(path, FILE, {name: {"type": "string"} for name in COLUMNS})
    if missing := [name for name in COLUMNS if name not in sheet.columns]:
        raise DataError(f"{FILE} can't be read", [Fault(FILE, "the column is missing", column=missing[0])])
    return [{name: cell or "" for name, cell in line.items()} for line in sheet.text.to_pylist()]


def _faults(line: dict[str, Any]) -> list[Fault]:
    fields = record_tables()[line["table"]].fields if line["table"] in record_tables() else {}
    allowed = SETTINGS.get(line["setting"])
    wrong = {
        "table": ("must be a record table", not fields),
        "column": (f"must be a column of {line['table']}, or empty", fields and line["column"] not in ("", *fields)),
        "setting": (f"must be one of {', '.join(SETTINGS)}", allowed is None),
        "value": (f"must be one of {', '.join(allowed or ())}", allowed and line["value"] not in allowed),
    }
    return [
        Fault(FILE, rule, column=column, rows=(line[FILE_ROW],)) for column, (rule, is_so) in wrong.items() if is_so
    ]
