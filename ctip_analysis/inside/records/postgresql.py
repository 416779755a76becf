"""A PostgreSQL server as a source of records: one read-only transaction, errors as sentences without a password.

What the server or its library says about an error is never repeated: it may name hosts, users and values.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import psycopg
import pyarrow as pa
from ibis.backends.postgres import Backend
from psycopg import conninfo
from pyarrow import csv

from ctip_analysis.base.errors import DataError, ParameterError
from ctip_analysis.inside.records.values import quoted

PATIENCE = 10  # seconds to wait for a connection, unless the address says otherwise
_REFUSED = {
    "password": "the user or the password was refused",
    "no pg_hba.conf entry": "the server takes no connection of this user from here",
    "role": "the user was refused",
    "database": "the server has no such database, or refuses this user",
    "permission denied": "the database refuses this user",
}
_UNREACHABLE = "the server can't be reached: look at host and port, at the network, and whether it runs"


class _Connection(psycopg.Connection[Any]):
    """All that is asked of the server goes through these."""

    shown = ""  # the address without its password

    def cursor(self, *given: Any, **settings: Any) -> Any:
        with _worded(self.shown):
            return super().cursor(*given, **settings)

    def wait(self, *given: Any, **settings: Any) -> Any:
        with _worded(self.shown):
            return super().wait(*given, **settings)


class _Backend(Backend):
    def to_pyarrow(self, expr: ibis.Expr, /, **given: Any) -> pa.Table:
        """Rows of a table as the server writes them, which takes a tenth of the time of Python's rows."""
        names, written = expr.as_table().schema().to_pyarrow(), io.BytesIO()
        chosen = ", ".join(  # a day cut to its month is a time there
            f"CAST({quoted(each.name)} AS DATE) AS {quoted(each.name)}" if pa.types.is_date(each.type)
            else quoted(each.name)
            for each in names
        )  # fmt: skip
        copy(self.con, f"SELECT {chosen} FROM ({self.compile(expr, **given)}) AS found", written.write)
        written.seek(0)
        kinds = csv.ConvertOptions(
            column_types=names, true_values=["t"], false_values=["f"], strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )  # fmt: skip
        return csv.read_csv(written, convert_options=kinds)


class PostgreSQL:
    """One state of a PostgreSQL database: what others write meanwhile is not seen, and nothing can be written."""

    schemas = "current_schemas(false)"

    def __init__(self, address: str, shown: str) -> None:
        try:
            given = conninfo.conninfo_to_dict(address)
        except psycopg.ProgrammingError:
            raise ParameterError(
                f"{shown}: an address is written postgresql://USER@HOST/DATABASE, special signs of a password as %40"
            ) from None
        try:
            settings: dict[str, Any] = {"connect_timeout": PATIENCE, "application_name": "ctip", **given}
            self._connection = _Connection.connect(autocommit=True, **settings)
        except psycopg.OperationalError as error:
            why = next((said for word, said in _REFUSED.items() if word in str(error)), _UNREACHABLE)
            raise DataError(f"{shown}: {why}") from None
        self._connection.shown = shown
        self._backend = _Backend.from_connection(self._connection)
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self._connection.execute(sql).fetchall()

    def copy(self, sql: str, path: Path) -> None:
        """Write the rows of a query to a CSV with a header."""
        with path.open("wb") as file:
            copy(self._connection, sql, file.write)

    def table(self, sql: str, schema: Mapping[str, str]) -> ir.Table:
        """The query as an ibis table."""
        return self._backend.sql(sql, schema=schema)

    def close(self) -> None:
        """End the connection, and with it the transaction that the server keeps for it."""
        self._connection.close()


def copy(connection: psycopg.Connection[Any], sql: str, write: Callable[[Any], object]) -> None:
    """Give the rows of a query to *write*, as CSV with a header, block by block."""
    query = f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')"
    with connection.cursor() as cursor, cursor.copy(query) as blocks:
        for block in blocks:
            write(block)


@contextlib.contextmanager
def _worded(shown: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege:
        raise DataError(f"{shown}: this user may not read all of the tables: grant SELECT on them") from None
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise DataError(f"{shown}: the connection was lost; nothing was written. Run the same command again") from None
    except psycopg.Error as error:
        raise DataError(f"{shown}: the database refused a query (SQLSTATE {error.sqlstate})") from None
