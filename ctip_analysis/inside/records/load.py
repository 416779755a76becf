"""Read a folder of records into typed, coded tables, or say everything that is wrong with it.

A record folder holds one file per record table: ``<table>.csv``, ``.xlsx``, ``.xls`` or ``.parquet``. The
tables and their columns are described in ``data/datapackage.json``. Confidential: rows can identify people.

Memory: the text of all files at once as Arrow (about their size as CSV), tested there by DuckDB, then the
typed tables, compressed, in an in-memory database. When memory runs short it spills to a temporary folder that
only the operator may open; that goes with the run, or after a crash with the next one. No Python object is made
per row, except for rows with a fault and for Excel (a sheet ends at 1,048,576 rows). Measured: ten million
events, a CSV of 790 MB, 20 s and 2.9 GB at the peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault, ParameterError
from ctip_analysis.base.files import TemporaryFolder
from ctip_analysis.inside.records import checks, sheets, validate
from ctip_analysis.inside.records.checks import quoted
from ctip_analysis.inside.records.sheets import FILE_ROW, Sheet

SPILL = "ctip-records-"  # folders in the temporary folder, each of one run; a dead run's goes with the next
EXPECT = "expect.csv"  # which reconciliation rules must hold; read by reconcile.py
_TABLE_LIKE = {*sheets.SUFFIXES, ".tsv", ".txt", ".xlsm", ".xlsb", ".ods", ".feather", ".json", ".jsonl"}
_NOT_TABLES = {EXPECT, "datapackage.json", "readme.txt"}

# Rows with what their indicators need from the table they point to: view, its SQL.
_VIEWS = {
    "services_clients": """
        SELECT services.*, sex, age_band, client_type, adm1_origin, consent_to_share
        FROM services JOIN clients USING (client_id)""",
    "roster_trainings": """
        SELECT training_roster.*, partner_id, start_date, end_date, adm1_code, audience_type
        FROM training_roster JOIN trainings USING (training_id)""",
}


@dataclass(frozen=True)
class Records:
    """Validated records of one folder, in an in-memory database of their own.

    ``is_synthetic`` is true as soon as one row is. Obligations are real everywhere and have no mark.
    """

    path: Path
    names: tuple[str, ...]
    is_synthetic: bool
    _database: Backend = field(repr=False)
    _spill: TemporaryFolder = field(repr=False)  # goes when the records go

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The record table *name* as a data frame; see :meth:`table`."""
        return self.table(name).execute()

    def table(self, name: str) -> ibis.Table:
        """The record table *name*: one row per event, client, case …, rows in the order of the file.

        Ids are text, counts whole numbers, places P-codes ("KH12"), an empty cell is missing. An
        optional table without a file is empty. Also ``services_clients`` (services with sex,
        age_band, client_type, adm1_origin, consent_to_share of the client) and ``roster_trainings``
        (roster rows with partner_id, dates, adm1_code, audience_type of the course); both joins
        give their rows in no fixed order.
        """
        if name not in (*self.names, *_VIEWS):
            known = ", ".join((*self.names, *_VIEWS))
            raise ParameterError(f"there is no record table {name!r}; there are {known}")
        return self._database.table(name)


def record_tables() -> dict[str, dict[str, Any]]:
    """Descriptions of the record tables by name, in the order of the data package."""
    return {name: part for name, part in reference.package().items() if part["path"].startswith("sample/")}


def load_records(data: Path | str) -> Records:
    """Read and validate the record folder *data*.

    Raises
    ------
    DataError
        Anything is wrong: ``.faults`` lists every fault of every file with its rows.
    """
    folder = Path(data)
    described = record_tables()
    files, faults = _files(folder, described)
    spill = TemporaryFolder(SPILL)
    database = ibis.duckdb.connect(temp_directory=str(spill.path))
    # An in-memory database is compressed only if it is attached so; ten million events then take a sixth.
    database.con.execute("ATTACH ':memory:' AS records (COMPRESS)")
    database.con.execute("USE records")
    database.con.execute("CREATE SCHEMA raw")
    read: dict[str, Sheet] = {}
    for name, path in files.items():
        try:
            sheet = sheets.read(path, name)
        except DataError as error:
            faults += error.faults
            continue
        faults += validate.columns(sheet, described[name]["schema"])
        if _store_text(database, name, sheet, described[name], faults):
            read[name] = sheet
    codes = {name: validate.place_codes(database.con, name, described[name]["schema"]) for name in read}
    for name, sheet in read.items():
        schema = described[name]["schema"]
        faults += validate.rows(database.con, sheet, name, schema, codes[name], set(read))
    if faults:
        raise DataError(_headline(folder, faults), faults)
    read.clear()  # each text goes as soon as its typed table is made
    for name, part in described.items():
        _store_typed(database, name, part["schema"], codes.get(name))
    for view, sql in _VIEWS.items():
        database.con.execute(f"CREATE VIEW {view} AS {sql}")
    return Records(folder, tuple(described), _any_synthetic(database, described), database, spill)


def _headline(folder: Path, faults: list[Fault]) -> str:
    n_files = len({fault.file for fault in faults})
    return (f"{folder.resolve().name}: {len(faults):,} fault{'s' if len(faults) > 1 else ''} "
            f"in {n_files:,} file{'s' if n_files > 1 else ''}; nothing was loaded")  # fmt: skip


def _files(folder: Path, described: Mapping[str, Any]) -> tuple[dict[str, Path], list[Fault]]:
    """The file of each record table, and what is wrong with the folder as such."""
    if not folder.is_dir():
        rule = "must be a folder of record tables" if folder.exists() else "there is no such folder"
        name = folder.resolve().name
        mend = "give the folder that holds partners.csv and the rest"
        raise DataError(f"{name} can't be loaded", [Fault(name, rule, mend=mend)])
    files: dict[str, Path] = {}
    faults = []
    for path in sorted(folder.iterdir()):
        if not _is_table_like(path):
            continue
        if path.stem not in described:
            near = validate.nearest(path.stem, list(described))
            mend = (
                f"did you mean {near}{path.suffix.lower()}?" if near else f"tables are {', '.join(described)}"
            )
            faults.append(Fault(path.name, "no record table has this name", mend=mend))
        elif path.suffix.lower() not in sheets.SUFFIXES:
            faults.append(Fault(path.name, "this kind of file is not read", mend="save it as .xlsx or .csv"))
        elif path.stem in files:
            other = files[path.stem].name
            faults.append(
                Fault(path.name, f"the table {path.stem} has two files, this and {other}", mend="keep one")
            )
        else:
            files[path.stem] = path
    there = {path.stem for path in folder.iterdir() if _is_table_like(path)}
    for name, part in described.items():
        if name not in there and not part.get("optional"):
            faults.append(
                Fault(f"{name}.csv", "the table is missing", mend="add it as .csv, .xlsx or .parquet")
            )
    return files, faults


def _is_table_like(path: Path) -> bool:
    """Not the hidden and lock files that spreadsheets leave ("~$clients.xlsx"), nor a note."""
    hidden = path.name.startswith((".", "~$"))
    return (
        path.is_file()
        and not hidden
        and path.suffix.lower() in _TABLE_LIKE
        and path.name.lower() not in _NOT_TABLES
    )


def _store_text(
    database: Backend, name: str, sheet: Sheet, part: Mapping[str, Any], faults: list[Fault]
) -> bool:
    """Put the described columns of *sheet* into ``raw.<name>`` as text; False if there is nothing to test."""
    known = [column["name"] for column in part["schema"]["fields"]]
    if not set(known) & set(sheet.columns) or validate.personal_columns(sheet, part["schema"]):
        return False
    given = {column: f"nullif({quoted(column)}, '')" for column in sheet.columns}
    values = [f"{given.get(column, 'NULL::VARCHAR')} AS {quoted(column)}" for column in known]
    any_value = " OR ".join(f"{quoted(column)} IS NOT NULL" for column in known)
    database.con.register(f"text_of_{name}", sheet.text)
    database.con.execute(
        f"CREATE VIEW raw.{quoted(name)} AS SELECT * FROM "
        f"(SELECT {', '.join(values)}, {FILE_ROW} FROM {quoted(f'text_of_{name}')}) WHERE {any_value}"
    )
    empty = database.con.sql(f"SELECT count(*) FROM raw.{quoted(name)}").fetchall() == [(0,)]
    if empty and not (part.get("optional") or part.get("may_be_empty")):
        faults.append(Fault(sheet.file, "the table has a header and no rows", sheet.name,
                            mend="this table is required: add its rows"))  # fmt: skip
    return True


def _store_typed(
    database: Backend, name: str, schema: Mapping[str, Any], codes: Mapping[str, str] | None
) -> None:
    """Make the table *name* from its text, which is then given up; empty without a file (no codes)."""
    columns = schema["fields"]
    if codes is not None:
        places = validate.place_columns(schema)
        values = [checks.typed(column, codes if column["name"] in places else {}) for column in columns]
        named = ", ".join(f"{value} AS {quoted(c['name'])}" for value, c in zip(values, columns, strict=True))
        database.con.execute(f"CREATE TABLE {quoted(name)} AS SELECT {named} FROM raw.{quoted(name)}")
        database.con.execute(f"DROP VIEW raw.{quoted(name)}")
        database.con.unregister(f"text_of_{name}")
        database.con.execute("CHECKPOINT records")  # compresses what was written
    else:
        types = ", ".join(
            f"{quoted(column['name'])} {checks.SQL_TYPES[column['type']]}" for column in columns
        )
        database.con.execute(f"CREATE TABLE {quoted(name)} ({types})")


def _any_synthetic(database: Backend, described: Mapping[str, Any]) -> bool:
    """Whether one row of any table is marked synthetic."""
    fields = {
        name: [column["name"] for column in part["schema"]["fields"]] for name, part in described.items()
    }
    marked = [name for name in described if "is_synthetic" in fields[name]]
    marks = " UNION ALL ".join(f"SELECT bool_or(is_synthetic) AS mark FROM {quoted(name)}" for name in marked)
    ((mark,),) = database.con.sql(f"SELECT coalesce(bool_or(mark), false) FROM ({marks})").fetchall()
    return bool(mark)
