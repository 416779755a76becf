"""Records of a folder or a database as typed, coded tables, or everything that is wrong with them.

Rows can identify people. They are kept in a DuckDB in memory; what is too much for it, and packed or large files,
go to a temporary folder that only the operator may open and that goes with the records, after a crash with the
next run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from ctip_analysis.base.errors import DataError, Fault, ParameterError
from ctip_analysis.base.files import TemporaryFolder
from ctip_analysis.inside.records import engine, files, validate, values
from ctip_analysis.inside.records.database import Database, is_address, is_as_written, label
from ctip_analysis.inside.records.reading import Reading
from ctip_analysis.inside.records.tables import VIEWS, RecordTable, record_tables
from ctip_analysis.inside.records.values import literal, quoted


@dataclass(frozen=True)
class Records:
    """Validated records of one folder or database.

    ``name`` is that of the folder, or the address without its password; ``path`` the folder of what was read: of a
    database, private copies of its tables. ``is_synthetic`` is true as soon as one row is; obligations are real
    everywhere and have no mark. ``notes`` say what was left out: hidden sheets, HXL tags, repeated headers.
    """

    name: str
    path: Path
    names: tuple[str, ...]
    is_synthetic: bool
    notes: tuple[Fault, ...] = field(repr=False)
    _database: Backend = field(repr=False)
    _spill: TemporaryFolder = field(repr=False)  # goes when the records go
    _source: Database | None = field(repr=False)  # closed then
    _tables: dict[str, ibis.Table] = field(default_factory=dict, repr=False)

    def table(self, name: str) -> ibis.Table:
        """The record table *name*: one row per event, client, case …, rows in the order of the file if there is one.

        Ids are text, counts whole numbers, places P-codes ("KH12"), an empty cell is missing. An optional
        table without a file is empty. Also ``services_clients`` (services with sex, age_band, client_type,
        adm1_origin, consent_to_share of the client) and ``roster_trainings`` (roster rows with partner_id,
        dates, adm1_code, audience_type of the course), both in no fixed order.
        """
        if name not in (*self.names, *VIEWS):
            known = ", ".join((*self.names, *VIEWS))
            raise ParameterError(f"there is no record table {name!r}; there are {known}")
        if name not in self._tables:
            self._tables[name] = self._database.table(name)
        return self._tables[name]

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The record table *name* as a DataFrame."""
        return self.table(name).to_pandas()


def load_records(data: Path | str) -> Records:
    """Read and validate the record folder *data*, or the database of that address.

    ``postgresql://USER:PASSWORD@HOST/DATABASE`` and ``duckdb:///FOLDER/FILE`` are read without changing anything in
    them, and counted where they are.

    Raises
    ------
    DataError
        Anything is wrong: ``.faults`` lists every fault of every file with its rows.
    """
    source = Database(str(data)) if is_address(data) else None
    try:
        records = _loaded(Path(data), label(data), source)
    except BaseException:
        if source:
            source.close()
        raise
    return records


def _loaded(data: Path, name: str, source: Database | None) -> Records:
    database, spill = engine.opened()
    described = record_tables()
    folder = spill.path / "tables" if source else data
    found, faults = source.files(described, folder) if source else files.files_of(folder)
    database.con.execute("CREATE SCHEMA stored")
    read = [Reading(database.con, described[table], path, spill.path) for table, path in found.items()]
    for each in read:
        each.read()
    stored = {each.table.name: each for each in read if each.is_stored}
    codes = _take_places(database.con, {table: each.table for table, each in stored.items()})
    for each in read:
        if each.is_stored:
            each.check_table(codes[each.table.name], set(stored))
        faults += each.faults
    if faults:
        faults = source.named(faults) if source else faults
        raise DataError(_headline(name, faults), faults)
    _show(database.con, codes)
    notes = tuple(note for each in read for note in each.notes)
    tables = {}
    if source and all(is_as_written(database.con, described[table], path) for table, path in found.items()):
        tables = source.tables(described, codes)
    is_synthetic = _any_synthetic(database.con)
    return Records(name, folder, tuple(described), is_synthetic, notes, database, spill, source, tables)


def _headline(name: str, faults: list[Fault]) -> str:
    n_tables = len({fault.file for fault in faults})
    return (f"{name}: {len(faults):,} fault{'s' if len(faults) > 1 else ''} in {n_tables:,} "
            f"{'table' if is_address(name) else 'file'}{'s' if n_tables > 1 else ''}; nothing was loaded")  # fmt: skip


def _take_places(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, RecordTable]
) -> dict[str, dict[str, str]]:
    """Province codes of the spellings in each table, which the function ``place`` knows from then on."""
    codes = validate.place_codes(connection, tables)
    cases = {name: code for known in codes.values() for name, code in known.items() if name != code}
    when = " ".join(f"WHEN {literal(name)} THEN {literal(code)}" for name, code in sorted(cases.items()))
    connection.execute(f"CREATE MACRO place(name) AS {f'CASE name {when} ELSE name END' if when else 'name'}")
    return codes


def _show(connection: duckdb.DuckDBPyConnection, codes: Mapping[str, Mapping[str, str]]) -> None:
    """Give every table its name, and make the views; *codes* are those of the tables that have a file."""
    for name, table in record_tables().items():
        _show_table(connection, table, codes.get(name))
    for name, view in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {view.sql}")


def _show_table(
    connection: duckdb.DuckDBPyConnection, table: RecordTable, codes: Mapping[str, str] | None
) -> None:
    """Give the stored *table* its name; an empty one without a file (no *codes*)."""
    name = quoted(table.name)
    if codes is None:
        types = ", ".join(f"{quoted(c)} {values.SQL_TYPES[f['type']]}" for c, f in table.fields.items())
        connection.execute(f"CREATE TABLE main.{name} ({types})")
        return
    is_respelt = any(spelling != code for spelling, code in codes.items())
    columns = ", ".join(
        f"place({quoted(c)}) AS {quoted(c)}" if is_respelt and c in table.places else quoted(c)
        for c in table.fields
    )
    connection.execute(f"CREATE VIEW main.{name} AS SELECT {columns} FROM stored.{name}")
    connection.unregister(f"text_of_{table.name}")


def _any_synthetic(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether one row of any table is marked synthetic."""
    marked = [name for name, table in record_tables().items() if "is_synthetic" in table.fields]
    marks = " UNION ALL ".join(f"SELECT bool_or(is_synthetic) AS mark FROM {quoted(name)}" for name in marked)
    ((mark,),) = connection.sql(f"SELECT coalesce(bool_or(mark), false) FROM ({marks})").fetchall()
    return bool(mark)
