"""Record tables of a PostgreSQL or DuckDB database, found by its address: one state of it, read only.

The columns that the data package describes are copied into a private folder, to be validated as files are; no
other column is read. Indicators are then counted in the database itself, unless a value is written otherwise
than it is read (a province in a spelling of its own is no such case).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
import ibis.expr.types as ir

from ctip_analysis.base.errors import DataError, Fault, ParameterError
from ctip_analysis.inside.records.tables import VIEWS, RecordTable
from ctip_analysis.inside.records.values import SQL_TYPES, literal, quoted

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://.*")
_IBIS = {"string": "string", "integer": "int64", "number": "float64", "boolean": "boolean", "date": "date"}
_SQL = {"string": "TEXT", "integer": "BIGINT", "number": "DOUBLE PRECISION", "boolean": "BOOLEAN", "date": "DATE"}
_DECIMALS = {"numeric", "decimal", "double precision", "double", "real", "float"}
_SAME = {  # kinds of column that already have the values of a type
    "integer": {"smallint", "integer", "bigint"},
    "number": {"numeric", "decimal", "double precision", "double"},
    "boolean": {"boolean"},
    "date": {"date"},
}
_ZONED = {"timestamp with time zone"}
_COLUMNS = """SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = ANY({schemas}) ORDER BY table_name, ordinal_position"""


class Engine(Protocol):
    """What differs between the two kinds of database."""

    schemas: str  # SQL of a list of the schemas that are looked into

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""

    def copy(self, sql: str, path: Path) -> None:
        """Write the rows of a query to a CSV with a header."""

    def table(self, sql: str, schema: Mapping[str, str]) -> ir.Table:
        """The query as an ibis table."""

    def close(self) -> None:
        """End the connection."""


def is_address(data: Path | str) -> bool:
    """Whether *data* is the address of a database, not a folder."""
    return bool(_ADDRESS.fullmatch(str(data)))


def label(data: Path | str) -> str:
    """What messages call *data*: the name of a folder, the address of a database without its password.

    >>> label("postgresql://reader@localhost/ctip?password=secret")
    'postgresql://reader@localhost/ctip?password=…'
    """
    if not is_address(data):
        return Path(data).resolve().name
    text = re.sub(r"(://[^:@/]*):.*@", r"\1:…@", str(data))
    return re.sub(r"(?i)(password=)[^&]*", r"\1…", text)


class Database:
    """One state of a database of record tables, until it is closed or goes."""

    def __init__(self, address: str) -> None:
        """Connect, read only.

        Raises
        ------
        ParameterError
            The address is none of PostgreSQL or DuckDB.
        DataError
            The database can't be reached, or refuses the user.
        """
        self.name = label(address)
        kind = address.partition("://")[0]
        if kind in ("postgresql", "postgres"):
            from ctip_analysis.inside.records.postgresql import PostgreSQL

            self._engine: Engine = PostgreSQL(address, self.name)
        elif kind == "duckdb":
            self._engine = _DuckDB(Path(address.removeprefix("duckdb://")), self.name)
        else:
            raise ParameterError(f"the address of a database begins with postgresql:// or duckdb://; found {kind}://")
        self.close = weakref.finalize(self, self._engine.close)
        self._columns: dict[str, dict[str, str]] = {}
        for table, column, found in self._engine.rows(_COLUMNS.format(schemas=self._engine.schemas)):
            self._columns.setdefault(table, {})[column] = re.sub(r"\(.*", "", str(found)).lower()

    def files(self, described: Mapping[str, RecordTable], folder: Path) -> tuple[dict[str, Path], list[Fault]]:
        """The described tables as CSV files in *folder*, and what is wrong with the database as such."""
        folder.mkdir(mode=0o700)
        files, faults = {}, []
        for name, table in described.items():
            columns = {column: kind for column, kind in self._columns.get(name, {}).items() if column in table.fields}
            if name not in self._columns:
                if not table.is_optional:
                    faults.append(Fault(name, "the database has no such table, or this user may not read it",
                                        mend="make the table, or a view of this name"))  # fmt: skip
                continue
            faults += [
                Fault(name, "the column is a time with a time zone, whose day is not certain", column=column,
                      mend="make it a date")
                for column, kind in columns.items() if kind in _ZONED and table.fields[column]["type"] == "date"
            ]  # fmt: skip
            files[name] = folder / f"{name}.csv"
            self._engine.copy(self._rows(table, {c: _text(c, kind) for c, kind in columns.items()}), files[name])
        return files, faults

    def named(self, faults: Iterable[Fault]) -> list[Fault]:
        """*faults* of the files with the names of tables; rows are counted from 1, in the order of the key."""
        return [
            replace(fault, file=fault.file.removesuffix(".csv"), rows=tuple(row - 1 for row in fault.rows))
            for fault in faults
        ]

    def tables(
        self, described: Mapping[str, RecordTable], codes: Mapping[str, Mapping[str, str]]
    ) -> dict[str, ir.Table]:
        """Every record table and view as an expression on the database, provinces by their *codes*."""
        found = {name: self._table(described[name], codes[name]) for name in codes}
        some = next(iter(found.values()))
        for name, table in described.items():
            if name not in found:  # an optional one
                nothing = {column: ibis.null(_IBIS[field["type"]]) for column, field in table.fields.items()}
                found[name] = some.filter(ibis.literal(False)).select(**nothing)
        for name, view in VIEWS.items():
            parent = found[view.parent].select(view.link, *view.columns)
            found[name] = found[view.table].inner_join(parent, view.link)
        return found

    def _table(self, table: RecordTable, codes: Mapping[str, str]) -> ir.Table:
        kinds = self._columns[table.name]
        typed = {name: _typed(name, kinds[name], field["type"]) for name, field in table.fields.items()}
        schema = {name: _IBIS[field["type"]] for name, field in table.fields.items()}
        rows = self._engine.table(self._rows(table, typed, is_ordered=False), schema)
        respelt = [(spelling, code) for spelling, code in codes.items() if spelling != code]
        if not respelt:
            return rows
        return rows.mutate(**{name: rows[name].cases(*respelt, else_=rows[name]) for name in table.places})

    @staticmethod
    def _rows(table: RecordTable, columns: Mapping[str, str], *, is_ordered: bool = True) -> str:
        """SQL of the *columns* of a table, each an SQL expression, in the order of its key."""
        chosen = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
        key = ", ".join(quoted(name) for name in table.key if name in columns)
        order = f" ORDER BY {key}" if key and is_ordered else ""
        return f"SELECT {chosen or 'NULL AS nothing'} FROM {quoted(table.name)}{order}"


def is_as_written(connection: duckdb.DuckDBPyConnection, table: RecordTable, path: Path) -> bool:
    """Whether the stored *table* has the values of the file at *path* just as they are written there."""
    types = {name: SQL_TYPES[field["type"]] for name, field in table.fields.items()}
    written = ", ".join(f"TRY_CAST({quoted(name)} AS {kind})::VARCHAR" for name, kind in types.items())
    stored = ", ".join(f"{quoted(name)}::VARCHAR" for name in types)
    file = f"read_csv({literal(str(path))}, header=true, all_varchar=true, delim=',', quote='\"', nullstr='')"
    one, other = (
        connection.execute(f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {rows}").fetchall()
        for columns, rows in ((written, file), (stored, f"stored.{quoted(table.name)}"))
    )
    return one == other


def _text(column: str, kind: str) -> str:
    """SQL of a column as text; an empty one is missing. Three decimals of a number are no thousands."""
    text = f"CAST({quoted(column)} AS TEXT)"
    if kind in _DECIMALS:
        text = f"CASE WHEN {text} LIKE '%.___' THEN {text} || '0' ELSE {text} END"
    return f"nullif(trim({text}), '')"


def _typed(column: str, kind: str, wanted: str) -> str:
    if kind in _SAME.get(wanted, ()):
        return f"CAST({quoted(column)} AS {_SQL[wanted]})"
    text = _text(column, kind)
    return f"CAST({f'CAST({text} AS NUMERIC)' if wanted == 'integer' else text} AS {_SQL[wanted]})"


class _DuckDB:
    schemas = "[current_schema()]"

    def __init__(self, path: Path, name: str) -> None:
        if not path.is_file():
            raise DataError(f"{name}: there is no such file")
        try:
            self._backend = ibis.duckdb.connect(path, read_only=True)
        except duckdb.Error:
            raise DataError(
                f"{name}: the file is no DuckDB database, one of another version, or open for writing elsewhere"
            ) from None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._backend.con.execute(sql).fetchall()

    def copy(self, sql: str, path: Path) -> None:
        self._backend.con.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT csv, HEADER)")

    def table(self, sql: str, schema: Mapping[str, str]) -> ir.Table:
        return self._backend.sql(sql, schema=schema)

    def close(self) -> None:
        self._backend.disconnect()
