"""The DuckDB that records are checked and counted in, and the records in it.

Rows can identify people. They are kept in memory; what is too much for it, and packed or large files, go to a
temporary folder that only the operator may open and that goes with the records, after a crash with the next run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from ctip_analysis.base.errors import Fault, ParameterError
from ctip_analysis.base.files import TemporaryFolder
from ctip_analysis.inside.records.database import Database
from ctip_analysis.inside.records.tables import VIEWS

SPILL = "ctip-records-"  # temporary folders, each of one run; what a killed run left is removed by the next
MEMORY = "300MB"


def opened() -> tuple[Backend, TemporaryFolder]:
    """A new in-memory database, and the folder it spills to, which is removed with the object.

    It has one thread, with which a folder of small files is read a quarter faster, until a large file is read.
    """
    spill = TemporaryFolder(SPILL)
    database = ibis.duckdb.connect(temp_directory=str(spill.path), memory_limit=MEMORY, threads=1)
    with contextlib.suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets, which has no bar either
        database.con.execute("SET enable_progress_bar = false")  # it would be printed into a cell or a log
    return database, spill


@contextlib.contextmanager
def engine() -> Iterator[Backend]:
    """A database for one calculation."""
    database, spill = opened()
    try:
        yield database
    finally:
        database.disconnect()
        spill.close()


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
