"""Faults of a record table against its description, with the rows a person can look up.

Messages quote up to three of the values found, never from a column that the data package calls
sensitive, and never from a column it doesn't know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

import duckdb
import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records import personal
from ctip_analysis.inside.records.checks import Check
from ctip_analysis.inside.records.files import nearest
from ctip_analysis.inside.records.grids import folded
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet
from ctip_analysis.inside.records.spellings import words
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import quoted
from ctip_analysis.places import names as spellings

QUOTED = 3  # values found that a message repeats
LONGEST = 200  # letters of one
ADDED = 2  # columns of a partner's own that are named; a header with more may have a row in it
ADDRESSES = 8  # of them that a message gives
SOME = 3  # columns named like provinces or months, from which a table is wide


def columns(sheet: Sheet, table: RecordTable) -> list[Fault]:
    """Faults of a header: unknown and missing columns. Personal ones are those of :mod:`personal`."""
    missing = [name for name in table.fields if name not in sheet.columns]
    unknown = [name for name in sheet.columns if name not in table.fields and not personal.looks_personal(name)]
    meant = {name: nearest(name, missing) or _heading(name, missing) for name in unknown}
    made = []
    if sum(not near for near in meant.values()) > ADDED:  # a row may be joined to the header: not repeated
        numbers = {name: str(place) for place, name in enumerate(sheet.columns, start=1)}  # where there are no letters
        places = ", ".join((numbers | {**sheet.letters})[name] for name in unknown[:ADDRESSES])
        rule = f"{len(unknown):,} columns are not of the table, the first are {places}"
        made = [Fault(sheet.file, rule, sheet.name, mend="delete them, or look for a row that is in the header")]
        meant = {}
    left = [name for name in missing if name not in meant.values()]
    other = f"delete it; the table has {', '.join(table.fields)}"
    if left:
        other = f"name it {' or '.join(left)}, which is missing, if that is what it has; else delete it"
    made += [
        Fault(sheet.file, "the table has no such column", sheet.name, column,
              mend=f"did you mean {near}, which is missing?" if near else other)
        for column, near in meant.items()
    ]  # fmt: skip
    mend = "add it to the header, with empty cells if nothing is known"
    absent = [Fault(sheet.file, "the column is missing", sheet.name, column, mend=mend) for column in left]
    return [*made, *_wide(sheet, table), *absent]


def _heading(found: str, missing: Iterable[str]) -> str:
    """The *missing* column that other files call *found*, as the vocabulary ``heading`` says; "" for none."""
    table = reference.table("vocabularies").query("vocabulary == 'heading'")
    called = dict(zip(table["value"], table["also_written"].str.split("|"), strict=True))
    return next((name for name in missing if folded(found) in map(folded, called.get(name, ()))), "")


def _wide(sheet: Sheet, table: RecordTable) -> list[Fault]:
    """A fault of a table that has a column for each province or month; [] for another."""
    unknown = pd.Series([column for column in sheet.columns if column not in table.fields], dtype="string")
    if unknown.empty:
        return []
    months = unknown.map(lambda name: words("month").get(name.casefold().partition(" ")[0]))
    for what, found in (("province", spellings.lookup(unknown)), ("month", months)):
        if found.notna().sum() >= SOME:
            rule, mend = f"the table has a column for each {what}", f"write one row for each {what} instead"
            return [Fault(sheet.file, rule, sheet.name, mend=mend)]
    return []


def faults(
    connection: duckdb.DuckDBPyConnection, relation: str, file: str, tests: Iterable[Check], present: set[str]
) -> list[Fault]:
    """Faults of the rows of *relation*, an SQL name, for the *tests* of which all columns are *present*.

    The engine reads the rows once for all tests; only rows that break one come to Python.
    """
    tests = [test for test in tests if test.columns <= present]
    if not tests:
        return []
    conditions = [test.condition for test in tests]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
    (found,) = connection.execute(f"SELECT {counts} FROM {relation}").fetchall()
    return [
        fault
        for test, condition, times in zip(tests, conditions, found, strict=True)
        if times
        for fault in _faults(connection, relation, file, test, condition)
    ]


def without(found: Iterable[Fault], cells: Collection[tuple[str, int, str]]) -> Iterator[Fault]:
    """*found* without the rows in which one of the *cells* (sheet, row, column), named already, decided."""
    for fault in found:
        rows = tuple(
            row for row in fault.rows if not any((fault.sheet, row, name) in cells for name in fault.column.split(", "))
        )
        if rows or not fault.rows:
            yield replace(fault, rows=rows)


def _faults(
    connection: duckdb.DuckDBPyConnection, relation: str, file: str, test: Check, condition: str
) -> list[Fault]:
    """One fault a sheet."""
    where = f"FROM {relation} WHERE {condition} ORDER BY {SHEET}, {FILE_ROW}"
    rows = connection.execute(f"SELECT {SHEET}, {FILE_ROW}, {test.found or 'NULL'} AS found {where}").df()
    made = []
    for name, group in rows.groupby(SHEET, sort=False):
        values = group["found"].dropna().drop_duplicates()
        values = values[[_may_be_quoted(value) for value in values]]
        more = f" and {len(values) - QUOTED:,} more" if len(values) > QUOTED else ""
        mend = _mend(connection, test, [value.strip("“”") for value in values[:QUOTED]])
        numbers = tuple(int(row) for row in group[FILE_ROW].dropna())  # a large file has none
        made.append(Fault(file, test.rule, str(name), test.column, numbers,
                          ", ".join(values[:QUOTED]) + more, mend))  # fmt: skip
    return made


def _may_be_quoted(found: str) -> bool:
    """Whether what was found in a row can name nobody: a text of words that are no person's."""
    return len(found) <= LONGEST and not personal.kind_of(found.strip("“”"), None)


def _mend(connection: duckdb.DuckDBPyConnection, test: Check, values: list[str]) -> str:
    """How to mend: the check's own words, with the nearest allowed value for each one found."""
    if test.is_place:
        proposed = {value: " or ".join(spellings.nearest(value)) for value in values}
        named = [f"for “{value}” perhaps {names}" for value, names in proposed.items() if names]
        missing = [] if named else [f"a right spelling that is missing goes into {spellings.ALIASES}"]
        return "; ".join([*named, test.mend, *missing])
    shows_a_date = any(re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", value) for value in values)
    if shows_a_date and test.rule in ("must be a number", "must be a whole number"):
        return f"{test.mend}; where a number shows as a date, format the cell as a number"
    allowed = list(test.allowed)
    if test.allowed_sql and values:
        keys = connection.execute(f"{test.allowed_sql} ORDER BY 1").fetchall()
        allowed = [str(key) for (key,) in keys if not personal.kind_of(str(key), None, is_id=True)]
    near = [f"{nearest(value, allowed)} for “{value}”" for value in values if nearest(value, allowed)]
    return "; ".join(filter(None, [f"perhaps {', '.join(near)}" if near else "", test.mend]))


def place_codes(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, RecordTable]) -> dict[str, dict[str, str]]:
    """Province code of every spelling in each of the stored *tables*; spellings of none are left out."""
    spelt = {
        name: {
            str(place)
            for column in map(quoted, table.places)
            for (place,) in connection.execute(f"SELECT DISTINCT {column} FROM stored.{quoted(name)}").fetchall()
            if place is not None
        }
        for name, table in tables.items()
    }
    names = sorted(set().union(*spelt.values()))
    codes = dict(zip(names, spellings.lookup(pd.Series(names, dtype="string")), strict=True))
    return {
        name: {place: codes[place] for place in sorted(places) if pd.notna(codes[place])}
        for name, places in spelt.items()
    }
