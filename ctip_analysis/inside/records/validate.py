"""Hold a record table against its description: every fault at once, with the rows a person can look up.

Messages quote up to three of the values found, never from a column that the data package calls
sensitive, and never from a column it doesn't know.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import duckdb
import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records import checks
from ctip_analysis.inside.records.checks import Check, quoted
from ctip_analysis.inside.records.sheets import FILE_ROW, Sheet
from ctip_analysis.places import names as spellings

# Which date says whether a province existed; a plan has none. A case counts from its first known stage.
DATES_OF_PLACE = {
    "campaign_events": ("event_date",), "trainings": ("start_date",), "structures": ("established_date",),
    "clients": ("intake_date",), "services": ("start_date",), "rescues": ("op_date",),
    "cases": ("referred_date", "judgment_date"),
}  # fmt: skip
QUOTED = 3  # values found that a message repeats

# Words that a column about a person's identity is likely to have in its name.
_PERSONAL = re.compile(
    r"(^|_)(name|surname|fullname|firstname|lastname|alias|nickname|phone|telephone|tel|mobile|email|mail|facebook|"
    r"address|house|street|village|birth|birthday|birthdate|dob|born|passport|id_?card|national_?id|photo|father|"
    r"mother|parent|guardian|spouse|husband|wife)(_|$)|ឈ្មោះ|ទូរស័ព្ទ|អាសយដ្ឋាន|កំណើត|ភូមិ|អត្តសញ្ញាណ"
)


def nearest(found: str, allowed: list[str] | tuple[str, ...]) -> str:
    """A suggestion: the one of *allowed* that is spelt most like *found*, "" if none is."""
    matches = get_close_matches(found.casefold(), [option.casefold() for option in allowed], n=1, cutoff=0.6)
    return next((option for option in allowed if matches and option.casefold() == matches[0]), "")


def columns(sheet: Sheet, schema: Mapping[str, Any]) -> list[Fault]:
    """Faults of a header: personal, unknown and missing columns."""
    known = [field["name"] for field in schema["fields"]]
    faults = []
    for column in sheet.columns:
        if column in known:
            continue
        if _looks_personal(column):
            rule, mend = (
                "the column looks as if it identified people: the table is refused",
                "delete the column",
            )
        else:
            near = nearest(column, [name for name in known if name not in sheet.columns])
            rule = "the table has no such column"
            mend = f"did you mean {near}?" if near else f"delete it; the table has {', '.join(known)}"
        faults.append(Fault(sheet.file, rule, sheet.name, column, mend=mend))
    for column in known:
        if column not in sheet.columns:
            mend = "add it to the header, with empty cells if nothing is known"
            faults.append(Fault(sheet.file, "the column is missing", sheet.name, column, mend=mend))
    return faults


def personal_columns(sheet: Sheet, schema: Mapping[str, Any]) -> list[str]:
    """Columns the table doesn't have and that look as if they held names, numbers or addresses of people."""
    known = {field["name"] for field in schema["fields"]}
    return [column for column in sheet.columns if column not in known and _looks_personal(column)]


def _looks_personal(column: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    return bool(_PERSONAL.search(re.sub(r"[\W_]+", "_", words.casefold()))) or bool(_PERSONAL.search(column))


def place_columns(schema: Mapping[str, Any]) -> list[str]:
    """Columns that hold a province: those that point to the table of provinces."""
    keys = schema.get("foreignKeys", [])
    return [key["fields"] for key in keys if key["reference"]["resource"] == "provinces"]


def place_codes(
    connection: duckdb.DuckDBPyConnection, table: str, schema: Mapping[str, Any]
) -> dict[str, str]:
    """Province code of every spelling in *table*; spellings that lead to none are left out."""
    codes: dict[str, str] = {}
    for column in place_columns(schema):
        spelt = connection.sql(f"SELECT DISTINCT {quoted(column)} FROM raw.{quoted(table)} ORDER BY 1").df()
        names = spelt[column].dropna().astype(str)
        codes |= dict(zip(names, spellings.lookup(names), strict=True))
    return {name: code for name, code in codes.items() if pd.notna(code)}


def rows(connection: duckdb.DuckDBPyConnection, sheet: Sheet, table: str, schema: Mapping[str, Any],
         codes: Mapping[str, str], parents: set[str]) -> list[Fault]:  # fmt: skip
    """Faults of the rows of *table*, which stands as text in ``raw.<table>``.

    *codes* as from :func:`place_codes`; *parents* are the tables that were read, so that a key is
    not held against a table that isn't there. DuckDB reads the table once for all rules; only rows
    that break one come to Python.
    """
    tests = [
        test for test in _tests(table, schema, codes, parents) if not _columns_of(test) - set(sheet.columns)
    ]
    if not tests:
        return []
    wrong = ", ".join(f"coalesce({test.wrong}, false) AS wrong_{i}" for i, test in enumerate(tests))
    counts = ", ".join(f"count(*) FILTER (wrong_{i})" for i in range(len(tests)))
    (found,) = connection.sql(f"SELECT {counts} FROM (SELECT {wrong} FROM raw.{quoted(table)})").fetchall()
    return [_fault(connection, sheet, table, test) for test, times in zip(tests, found, strict=True) if times]


def _columns_of(test: Check) -> set[str]:
    return set(test.column.split(", "))


def _tests(
    table: str, schema: Mapping[str, Any], codes: Mapping[str, str], parents: set[str]
) -> Iterator[Check]:
    fields = {field["name"]: field for field in schema["fields"]}
    for field in fields.values():
        yield from checks.of_field(field)
    yield from checks.of_rows(schema)
    if key := schema.get("primaryKey"):
        yield checks.of_key(table, [fields[name] for name in ([key] if isinstance(key, str) else key)], codes)
    for link in schema.get("foreignKeys", []):
        parent = link["reference"]["resource"]
        if parent in parents:
            yield checks.of_reference(fields[link["fields"]], parent, link["reference"]["fields"])
    for column in place_columns(schema):
        yield from _place_tests(fields[column], table, fields, codes)


def _place_tests(field: Mapping[str, Any], table: str, fields: Mapping[str, Mapping[str, Any]],
                 codes: Mapping[str, str]) -> Iterator[Check]:  # fmt: skip
    """A place must have a code, and the code must have existed on the date of the row."""
    column = quoted(field["name"])
    found = "" if field.get("sensitive") else f"'“' || {column} || '”'"
    unknown = (
        f"{column} NOT IN ({', '.join(map(checks.literal, codes))})" if codes else f"{column} IS NOT NULL"
    )
    yield Check(field["name"], unknown, "must be a province of Cambodia", found, is_place=True)
    if not (dates := DATES_OF_PLACE.get(table)):
        return
    on = f"coalesce({', '.join(checks.typed(fields[date]) for date in dates)})"
    for unit in _newer_units().to_dict("records"):
        split = dt.date.fromisoformat(unit["valid_from"])
        wrong = f"{checks.typed(field, codes)} = '{unit['adm1_code']}' AND {on} < DATE '{split}'"
        rule = f"{unit['adm1_code']} {unit['name_en']} did not exist before {split.day} {split:%B %Y}"
        before = unit["predecessor"]
        mend = f"until then it was part of {before} {unit['predecessor_en']}: write {before}"
        yield Check(field["name"], wrong, rule, found, mend)


def _newer_units() -> pd.DataFrame:
    """Units that were split from another since records began, one row each."""
    units = reference.table("provinces")
    names = units.drop_duplicates("adm1_code", keep="last").set_index("adm1_code")["name_en"]
    newer = units[units["predecessor"].ne("")].drop_duplicates("adm1_code")
    return newer.assign(predecessor_en=newer["predecessor"].map(names))


def _fault(connection: duckdb.DuckDBPyConnection, sheet: Sheet, table: str, test: Check) -> Fault:
    found = test.found or "NULL"
    where = f"FROM raw.{quoted(table)} WHERE {test.wrong} ORDER BY {FILE_ROW}"
    wrong = connection.sql(f"SELECT {FILE_ROW}, {found} AS found {where}").df()
    values = wrong["found"].dropna().drop_duplicates()
    named = ", ".join(values[:QUOTED]) + (
        f" and {len(values) - QUOTED:,} more" if len(values) > QUOTED else ""
    )
    return Fault(sheet.file, test.rule, sheet.name, test.column, tuple(wrong[FILE_ROW].tolist()), named,
                 _mend(connection, test, [value.strip("“”") for value in values[:QUOTED]]))  # fmt: skip


def _mend(connection: duckdb.DuckDBPyConnection, test: Check, values: list[str]) -> str:
    """How to mend: the check's own words, with the nearest allowed value for each one found."""
    if test.is_place:
        proposed = {value: " or ".join(spellings.nearest(value)) for value in values}
        named = [f"for “{value}” perhaps {names}" for value, names in proposed.items() if names]
        return "; ".join([*named, f"a right spelling that is missing goes into {spellings.ALIASES}"])
    allowed = list(test.allowed)
    if test.allowed_sql and values:
        allowed = [str(key) for (key,) in connection.sql(f"{test.allowed_sql} ORDER BY 1").fetchall()]
    near = [f"{nearest(value, allowed)} for “{value}”" for value in values if nearest(value, allowed)]
    return "; ".join(filter(None, [f"perhaps {', '.join(near)}" if near else "", test.mend]))
