"""Corrections of single cells and rows that a person wrote into ``corrections.csv``, each with a guard.

A line has table, key, column, old, new, who and why. It is applied only while the cell reads *old*: a correction of a
row that was sent anew, differently, is a fault and stops the load. The partner's file stays as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import files
from ctip_analysis.inside.records.sheets import FILE_ROW
from ctip_analysis.inside.records.tables import RecordTable, record_tables

COLUMNS = ("table", "key", "column", "old", "new", "who", "why")
ROW, DELETE, KEEP = "row", "delete", "keep"
_BY_ROW = "row "  # key of a row of a table without a key, or where the key itself is wrong: "row 12"


@dataclass(frozen=True)
class Line:
    """One line of the file; ``number`` is its row there."""

    number: int
    table: str
    key: str
    column: str
    old: str
    new: str


@dataclass
class Corrections:
    """Lines of a folder or of one table, and what is wrong with them. ``kept`` are keys of rows to keep."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Corrections:
        """The corrections of *folder*; none where it has no such file."""
        path = folder / files.CORRECTIONS
        if not path.is_file():
            return cls()
        try:
            (sheet,) = files.read(path, {name: {"type": "string"} for name in COLUMNS})
        except DataError as error:
            return cls(faults=error.faults)
        if absent := [name for name in COLUMNS if name not in sheet.columns]:
            return cls(faults=[_fault("the column is missing", f"the columns are {', '.join(COLUMNS)}", name)
                               for name in absent])  # fmt: skip
        made = cls()
        for given in sheet.text.to_pylist():
            texts = {name: (given[name] or "").strip() for name in COLUMNS}
            line = Line(given[FILE_ROW], *(texts[name] for name in COLUMNS[:5]))
            made.faults += _faults(line, texts)
            made.lines.append(line)
        return made

    def of(self, table: str) -> Corrections:
        """The corrections of one table; the first table asked for has the faults of the file too."""
        faults, self.faults = self.faults, []
        return Corrections([line for line in self.lines if line.table == table], faults)

    def apply(self, text: pa.Table, table: RecordTable) -> pa.Table:
        """*text*, the table as it was sent, with the corrections; one whose guard fails is a fault."""
        if not self.lines:
            return text
        rows = text.to_pylist()
        self.kept, deleted = [], set()
        for line in self.lines:
            found = [at for at, row in enumerate(rows) if _is_meant(line, row, table)]
            guard = table.guard if line.column == ROW else line.column
            if len(found) != 1 or _plain(rows[found[0]].get(guard)) != line.old:
                self._stale(line, len(found), guard)
            elif line.column != ROW:
                rows[found[0]][line.column] = line.new or None
            elif line.new == DELETE:
                deleted.add(found[0])
            else:
                self.kept.append(_key(rows[found[0]], table))
        return pa.Table.from_pylist([row for at, row in enumerate(rows) if at not in deleted], schema=text.schema)

    def _stale(self, line: Line, times: int, guard: str) -> None:
        rule = f"the correction is out of date: column {guard} of {line.table} does not read its old value any more"
        if times != 1:
            rule = f"the correction fits {'more than one row' if times else 'no row'} of {line.table}"
        fault = _fault(rule, "look at the row in the partner's file, then correct this line or delete it", line=line)
        if fault not in self.faults:
            self.faults.append(fault)


def _is_meant(line: Line, row: dict[str, object], table: RecordTable) -> bool:
    if line.key.casefold().startswith(_BY_ROW):
        return str(row[FILE_ROW]) == line.key[len(_BY_ROW) :].strip()
    return bool(table.key) and _folded(_key(row, table)) == _folded(line.key)


def _key(row: dict[str, object], table: RecordTable) -> str:
    return " + ".join(_plain(row.get(name)) for name in table.key)


def _folded(key: str) -> str:
    return key.upper().replace(" ", "")


def _plain(cell: object) -> str:
    return str(cell).strip() if cell is not None else ""


def _faults(line: Line, texts: dict[str, str]) -> Iterable[Fault]:
    """What is wrong with a line by itself."""
    table = record_tables().get(line.table)
    if table is None:
        yield _fault("must be a record table", f"tables are {', '.join(record_tables())}", "table", line)
    elif line.column != ROW and line.column not in table.fields:
        yield _fault("must be a column of the table, or row", f"columns are {', '.join(table.fields)}", "column", line)
    elif line.column == ROW and line.new not in (DELETE, KEEP):
        yield _fault("must be keep or delete", "write what becomes of the row", "new", line)
    for name in ("key", "who", "why"):
        if not texts[name]:
            yield _fault("must not be empty", "fill the cell", name, line)


def _fault(rule: str, mend: str, column: str = "", line: Line | None = None) -> Fault:
    fault = Fault(files.CORRECTIONS, rule, column=column, mend=mend)
    return replace(fault, rows=(line.number,)) if line else fault
