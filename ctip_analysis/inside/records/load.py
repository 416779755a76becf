"""Records of a folder or a database as typed, coded tables, or everything that is wrong with them.

Rows can identify people. They are kept in a DuckDB in memory; what is too much for it, and packed or large files,
go to a temporary folder that only the operator may open and that goes with the records, after a crash with the
next run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from ctip_analysis.base.errors import DataError, Fault, ParameterError
from ctip_analysis.base.files import TemporaryFolder
from ctip_analysis.inside.records import engine, files, sent, values
from ctip_analysis.inside.records.corrections import Corrections
from ctip_analysis.inside.records.database import Database, is_address, is_as_written, label
from ctip_analysis.inside.records.intake import Intake
from ctip_analysis.inside.records.tables import VIEWS, RecordTable, record_tables
from ctip_analysis.inside.records.values import quoted


@dataclass(frozen=True)
class Records:
    """Validated records of one folder or database.

    ``name`` is that of the folder, or the address without its password; ``path`` the folder of what was read: of a
    database, private copies of its tables. ``is_synthetic`` is true as soon as one row is; obligations are real
    everywhere and have no mark. ``notes`` say what was left out: hidden sheets, HXL tags, repeated headers;
    ``set_aside`` how many rows of a table were, and of how many.
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
    set_aside: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)

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


def load_records(data: Path | str, *, quarantine: bool = False) -> Records:
    """Read and validate the record folder *data*, or the database of that address.

    ``postgresql://USER@HOST/DATABASE`` and ``duckdb:///FOLDER/FILE`` are read without changing anything in
    them, and counted where they are. With *quarantine* rows with a fault are left out and counted in ``set_aside``.

    Raises
    ------
    DataError
        Anything is wrong: ``.faults`` lists every fault of every file with its rows.
    """
    if not is_address(data) and Path(data).is_file():
        fault = Fault(Path(data).name, "must be a folder of record tables", mend="ctip check takes a single file")
        raise DataError(_headline(label(data), [fault]), [fault])
    loading = Loading(data, quarantine=quarantine)
    try:
        return loading.records()
    except BaseException:
        loading.close()
        raise


class Loading:
    """Records that were read and tested, whatever is wrong with them: a folder, a database, or one file.

    *progress* is called with each step; with *quarantine* rows with a fault are set aside. ``faults`` and ``notes``
    are about all of them, ``absent`` are tables that rows point to and that a single file lacks.
    """

    def __init__(
        self, data: Path | str, progress: Callable[[str], None] = lambda step: None, *, quarantine: bool = False
    ) -> None:  # fmt: skip
        self.name = label(data)
        self._database, self._spill = engine.opened()
        self._source = Database(str(data)) if is_address(data) else None
        self._folder = self._spill.path / "tables" if self._source else Path(data)
        visible: set[str] = set()
        if self._source:
            self._found, faults = self._source.files(record_tables(), self._folder)
        elif self._folder.is_file():
            self._found, faults, visible = sent.tables_of(self._folder, self._spill.path)
        else:
            self._found, faults = files.files_of(self._folder)
        corrections = Corrections.read(self._folder)
        self.intake = Intake(self._database.con, self._found, self._spill.path, faults, corrections)
        self.intake.read(progress)
        self.set_aside = self.intake.set_aside() if quarantine else {}
        self.notes = tuple(note for note in self.intake.notes if note.rows or note.sheet not in visible)
        self.absent = self.intake.absent if self._folder.is_file() else []

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong."""
        return self.named(self.intake.faults)

    def named(self, faults: list[Fault]) -> list[Fault]:
        """*faults* with the names that tables have in a database."""
        return self._source.named(faults) if self._source else faults

    def records(self) -> Records:
        """The records; DataError if anything is wrong with them."""
        if self.faults:
            raise DataError(_headline(self.name, self.faults), self.faults)
        connection, described = self._database.con, record_tables()
        _show(connection, self.intake.codes)
        tables = {}
        if self._source and not self.set_aside and all(is_as_written(connection, described[table], path)
                                for table, path in self._found.items()):  # fmt: skip
            tables = self._source.tables(described, self.intake.codes)
        is_synthetic = _any_synthetic(connection)
        return Records(self.name, self._folder, tuple(described), is_synthetic, self.notes, self._database,
                       self._spill, self._source, tables, self.set_aside)  # fmt: skip

    def close(self) -> None:
        """Leave the database that was read, if there is one."""
        if self._source:
            self._source.close()


def _headline(name: str, faults: list[Fault]) -> str:
    n_tables = len({fault.file for fault in faults})
    return (f"{name}: {len(faults):,} fault{'s' if len(faults) > 1 else ''} in {n_tables:,} "
            f"{'table' if is_address(name) else 'file'}{'s' if n_tables > 1 else ''}; nothing was loaded")  # fmt: skip


def _show(connection: duckdb.DuckDBPyConnection, codes: Mapping[str, Mapping[str, str]]) -> None:
    """Give every table its name, and make the views; *codes* are those of the tables that have a file."""
    for name, table in record_tables().items():
        _show_table(connection, table, codes.get(name))
    for name, view in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {view.sql}")


def _show_table(connection: duckdb.DuckDBPyConnection, table: RecordTable, codes: Mapping[str, str] | None) -> None:
    """Give the stored *table* its name; an empty one without a file (no *codes*)."""
    name = quoted(table.name)
    if codes is None:
        types = ", ".join(f"{quoted(c)} {values.SQL_TYPES[f['type']]}" for c, f in table.fields.items())
        connection.execute(f"CREATE TABLE main.{name} ({types})")
        return
    is_respelt = any(spelling != code for spelling, code in codes.items())
    columns = ", ".join(
        f"place({quoted(c)}) AS {quoted(c)}" if is_respelt and c in table.places else quoted(c) for c in table.fields
    )
    connection.execute(f"CREATE VIEW main.{name} AS SELECT {columns} FROM stored.{name}")
    connection.unregister(f"text_of_{table.name}")


def _any_synthetic(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether one row of any table is marked synthetic."""
    marked = [name for name, table in record_tables().items() if "is_synthetic" in table.fields]
    marks = " UNION ALL ".join(f"SELECT bool_or(is_synthetic) AS mark FROM {quoted(name)}" for name in marked)
    ((mark,),) = connection.sql(f"SELECT coalesce(bool_or(mark), false) FROM ({marks})").fetchall()
    return bool(mark)
