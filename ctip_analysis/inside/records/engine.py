"""The DuckDB that records are checked and counted in: memory is limited, what does not fit goes to a private folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import ibis
from ibis.backends.duckdb import Backend

from ctip_analysis.base.files import TemporaryFolder

SPILL = "ctip-records-"  # folders in the temporary folder, each of one run; a dead run's goes with the next
MEMORY = "300MB"


def opened() -> tuple[Backend, TemporaryFolder]:
    """A new in-memory database, and the folder it spills to, which is removed with the object."""
    spill = TemporaryFolder(SPILL)
    database = ibis.duckdb.connect(temp_directory=str(spill.path), memory_limit=MEMORY)
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
