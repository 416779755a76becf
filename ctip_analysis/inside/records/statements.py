"""What the analyst states about the files of a folder, in small tables beside them.

``formats.csv`` (table, column, setting, value) says how files are written; an empty column means every column of the
table. Settings are ``dates`` (day_first, month_first, excel_1900, excel_1904), ``decimals`` (point, comma) and
``missing`` (a text such as -9, a line each). Without a statement nothing that could mean two things is read.

``corrections.csv`` (table, key, column, old, new, who, why) corrects single cells and rows. A line is applied only
while the cell reads *old*: a correction of a row that was sent anew, differently, is a fault and stops the load. The
partner's file stays as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import flat_files
from ctip_analysis.inside.records.sheets import FILE_ROW
from ctip_analysis.inside.records.spellings import COMMA, DAY_FIRST, MONTH_FIRST, POINT, SERIALS, SERIALS_1904, Formats
from ctip_analysis.inside.records.tables import RecordTable, record_tables

FORMATS, CORRECTIONS = "formats.csv", "corrections.csv"
EXPECTED, EXPECT = "expected_submissions.csv", "expect.csv"  # read by inputs.py and reconcile.py
FILES = (FORMATS, CORRECTIONS, EXPECTED, EXPECT)
SETTINGS = {"dates": (DAY_FIRST, MONTH_FIRST, SERIALS, SERIALS_1904), "decimals": (POINT, COMMA), "missing": ()}
ROW, DELETE, KEEP = "row", "delete", "keep"
_BY_ROW = "row "  # key of a row of a table without a key, or where the key itself is wrong: "row 12"


def lines(folder: Path, file: str, columns: Iterable[str]) -> list[dict[str, Any]]:
    """Lines of a table of statements, each cell as text and its row as FILE_ROW; [] where *folder* has no such file.

    Raises
    ------
    DataError
        The file can't be read, or lacks one of the *columns*.
    """
    if not (folder / file).is_file():
        return []
    (sheet,) = flat_files.read(folder / file, file, {name: {"type": "string"} for name in columns})
    if sheet.faults:
        raise DataError(f"{file} can't be read", list(sheet.faults))
    if absent := [name for name in columns if name not in sheet.columns]:
        mend = f"the columns are {', '.join(columns)}"
        faults = [Fault(file, "the column is missing", column=name, mend=mend) for name in absent]
        raise DataError(f"{file} can't be read", faults)
    return [
        {name: cell.strip() if isinstance(cell, str) else cell or "" for name, cell in line.items()}
        for line in sheet.text.to_pylist()
    ]


# How files are written


def faults_of_formats(folder: Path) -> list[Fault]:
    """What is wrong with the folder's ``formats.csv``; nothing without the file."""
    try:
        return [fault for line in _formats(folder) for fault in _faults_of_format(line)]
    except DataError as error:
        return error.faults


def formats_of(table: RecordTable, folder: Path) -> dict[str, Formats]:
    """The format of each column of *table* about which the folder says something."""
    try:
        said = [line for line in _formats(folder) if line["table"] == table.name and not _faults_of_format(line)]
    except DataError:
        return {}
    found: dict[str, Formats] = {}
    for line in said:
        for column in [line["column"]] if line["column"] else table.fields:
            before, value = found.get(column, Formats()), line["value"]
            changed: dict[str, Any] = {line["setting"]: value}
            if line["setting"] == "missing":
                changed = {"missing": (*before.missing, value)}
            found[column] = replace(before, **changed)
    return found


def _formats(folder: Path) -> list[dict[str, Any]]:
    return lines(folder, FORMATS, ("table", "column", "setting", "value"))


def _faults_of_format(line: dict[str, Any]) -> list[Fault]:
    fields = record_tables()[line["table"]].fields if line["table"] in record_tables() else {}
    allowed = SETTINGS.get(line["setting"])
    wrong = {
        "table": ("must be a record table", not fields),
        "column": (f"must be a column of {line['table']}, or empty", fields and line["column"] not in ("", *fields)),
        "setting": (f"must be one of {', '.join(SETTINGS)}", allowed is None),
        "value": (f"must be one of {', '.join(allowed or ())}", allowed and line["value"] not in allowed),
    }
    return [
        Fault(FORMATS, rule, column=column, rows=(line[FILE_ROW],)) for column, (rule, is_so) in wrong.items() if is_so
    ]


# Corrections of cells and rows


@dataclass
class Corrections:
    """Lines for a folder or for one table, and what is wrong with them. ``kept`` are keys of rows to keep."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Corrections:
        """The corrections of *folder*; none where it has no such file."""
        try:
            said = lines(folder, CORRECTIONS, ("table", "key", "column", "old", "new", "who", "why"))
        except DataError as error:
            return cls(faults=error.faults)
        return cls(said, [fault for line in said for fault in _faults_of_correction(line)])

    def of(self, table: str) -> Corrections:
        """The corrections of one table; the first table asked for has the faults of the file too."""
        faults, self.faults = self.faults, []
        return Corrections([line for line in self.lines if line["table"] == table], faults)

    def apply(self, text: pa.Table, table: RecordTable) -> pa.Table:
        """*text*, the table as it was sent, with the corrections; one whose guard fails is a fault."""
        if not self.lines:
            return text
        rows = text.to_pylist()
        self.kept, deleted = [], set()
        for line in self.lines:
            found = [at for at, row in enumerate(rows) if _is_meant(line["key"], row, table)]
            guard = table.guard if line["column"] == ROW else line["column"]
            if len(found) != 1 or _plain(rows[found[0]].get(guard)) != line["old"]:
                self._stale(line, len(found), guard)
            elif line["column"] != ROW:
                rows[found[0]][line["column"]] = line["new"] or None
            elif line["new"] == DELETE:
                deleted.add(found[0])
            else:
                self.kept.append(_key(rows[found[0]], table))
        return pa.Table.from_pylist([row for at, row in enumerate(rows) if at not in deleted], schema=text.schema)

    def _stale(self, line: dict[str, Any], times: int, guard: str) -> None:
        table = line["table"]
        rule = f"the correction is out of date: column {guard} of {table} does not read its old value any more"
        if times != 1:
            rule = f"the correction fits {'more than one row' if times else 'no row'} of {table}"
        fault = _fault(line, rule, "look at the row in the partner's file, then correct this line or delete it")
        if fault not in self.faults:
            self.faults.append(fault)


def _is_meant(key: str, row: dict[str, object], table: RecordTable) -> bool:
    if key.casefold().startswith(_BY_ROW):
        return str(row[FILE_ROW]) == key[len(_BY_ROW) :].strip()
    return bool(table.key) and _folded(_key(row, table)) == _folded(key)


def _key(row: dict[str, object], table: RecordTable) -> str:
    return " + ".join(_plain(row.get(name)) for name in table.key)


def _folded(key: str) -> str:
    return key.upper().replace(" ", "")


def _plain(cell: object) -> str:
    return str(cell).strip() if cell is not None else ""


def _faults_of_correction(line: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a line by itself."""
    table = record_tables().get(line["table"])
    if table is None:
        yield _fault(line, "must be a record table", f"tables are {', '.join(record_tables())}", "table")
    elif line["column"] not in (ROW, *table.fields):
        mend = f"columns are {', '.join(table.fields)}"
        yield _fault(line, "must be a column of the table, or row", mend, "column")
    elif line["column"] == ROW and line["new"] not in (DELETE, KEEP):
        yield _fault(line, "must be keep or delete", "write what becomes of the row", "new")
    for name in ("key", "who", "why"):
        if not line[name]:
            yield _fault(line, "must not be empty", "fill the cell", name)


def _fault(line: dict[str, Any], rule: str, mend: str, column: str = "") -> Fault:
    return Fault(CORRECTIONS, rule, column=column, rows=(line[FILE_ROW],), mend=mend)
