"""What a record table is: its columns, key, dates and places, from ``data/datapackage.json``; and which rows count.

The resources of the data package under ``sample/`` are the record tables. Two views join rows with what
their indicators need from the table they point to.

Which rows count is written as data: ``event_type=performance; campaign_year=1|2``. All clauses between ``;`` must be
true, and one of the parts joined by `` or ``. A part is a column (or ``year(column)``), one of ``= != < <= > >=`` and a
value, or several after ``=`` and ``!=`` with ``|`` between them (one of them; none of them); or ``column is blank``,
``column is not blank``. Values are compared as the column's type; with a missing value no comparison is true.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError

Field = Mapping[str, Any]

_PART = re.compile(
    r"(?:year\((?P<year>\w+)\)|(?P<column>\w+))\s*"
    r"(?:(?P<blank>is(?P<not>\s+not)?\s+blank)|(?P<sign><=|>=|!=|=|<|>)\s*(?P<values>\S.*))"
)
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class RecordTable:
    """The description of one record table."""

    name: str
    resource: Mapping[str, Any]

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Descriptions of the columns by name, in order."""
        return {field["name"]: field for field in self.resource["schema"]["fields"]}

    @property
    def key(self) -> list[str]:
        """Columns that together are in one row only; none for obligations."""
        key = self.resource["schema"].get("primaryKey", [])
        return [key] if isinstance(key, str) else list(key)

    @property
    def links(self) -> dict[str, tuple[str, str]]:
        """Columns that point to another table: (table, its key) by column."""
        keys = self.resource["schema"].get("foreignKeys", [])
        return {each["fields"]: (each["reference"]["resource"], each["reference"]["fields"]) for each in keys}

    @property
    def places(self) -> list[str]:
        """Columns that hold a province."""
        return [column for column, (table, _) in self.links.items() if table == "provinces"]

    @property
    def dates(self) -> list[str]:
        """Columns of which the first filled one dates the row; the first opens the activity. None for a plan."""
        return list(self.resource.get("dates", []))

    @property
    def missing(self) -> tuple[str, ...]:
        """Texts that mean a missing value."""
        return tuple(self.resource["schema"].get("missingValues", [""]))

    @property
    def row_rules(self) -> list[Mapping[str, str]]:
        """Comparisons between columns of one row: ``rule`` and what it ``says``."""
        return list(self.resource["schema"].get("rowRules", []))

    @property
    def row_warnings(self) -> list[Mapping[str, str]]:
        """Comparisons as ``row_rules`` that a right row may break, and that are worth a look."""
        return list(self.resource["schema"].get("rowWarnings", []))

    @property
    def same_row(self) -> list[list[str]]:
        """Columns that two partners do not have the same by chance: both report one thing."""
        return list(self.resource["schema"].get("sameRow", []))

    @property
    def repeats_no_row(self) -> bool:
        """Rows that agree in all columns but the key are one row, sent twice."""
        return bool(self.resource["schema"].get("noRepeatedRow"))

    @property
    def guard(self) -> str:
        """The column that a correction of a whole row names beside the key: its date, else the first after the key."""
        return next(iter(self.dates), next(name for name in self.fields if name not in self.key))

    @property
    def is_optional(self) -> bool:
        """The file may be absent."""
        return bool(self.resource.get("optional"))

    @property
    def may_be_empty(self) -> bool:
        """The file may have a header and no rows."""
        return self.is_optional or bool(self.resource.get("may_be_empty"))


@dataclass(frozen=True)
class View:
    """Rows of *table* with columns of the table they point to; ``entity`` tells persons apart."""

    table: str
    parent: str
    link: str
    columns: tuple[str, ...]
    entity: str
    label: str

    @property
    def sql(self) -> str:
        """The query that makes the view."""
        added = ", ".join(f"{self.parent}.{column}" for column in self.columns)
        return f"SELECT {self.table}.*, {added} FROM {self.table} JOIN {self.parent} USING ({self.link})"


VIEWS = {
    "services_clients": View(
        "services", "clients", "client_id",
        ("sex", "age_band", "client_type", "adm1_origin", "consent_to_share"), "client_id", "services",
    ),
    "roster_trainings": View(
        "training_roster", "trainings", "training_id",
        ("partner_id", "start_date", "end_date", "adm1_code", "audience_type"), "participant_key", "training roster",
    ),
}  # fmt: skip


@cache
def record_tables() -> dict[str, RecordTable]:
    """The record tables by name, in the order of the data package."""
    resources = reference.package().items()
    return {name: RecordTable(name, part) for name, part in resources if part["path"].startswith("sample/")}


def label(name: str) -> str:
    """The record table *name* in words, for the source of a number."""
    return VIEWS[name].label if name in VIEWS else name.replace("_", " ")


def entity(name: str) -> str:
    """The column that tells persons, cases or organisations of the table *name* apart."""
    return VIEWS[name].entity if name in VIEWS else record_tables()[name].key[0]


def may_be_missing(name: str, column: str) -> bool:
    """Whether *column* of the table or view *name* may be empty."""
    names = (VIEWS[name].table, VIEWS[name].parent) if name in VIEWS else (name,)
    found = next(table.fields[column] for table in map(record_tables().get, names) if column in table.fields)  # type: ignore[union-attr]
    return not found.get("constraints", {}).get("required", False)


def filtered(table: ibis.Table, text: str) -> ibis.Table:
    """The rows of *table* that fulfil *text*; all of them for ""."""
    return table.filter(condition(table, text)) if text.strip() else table


def condition(table: ibis.Table, text: str) -> ir.BooleanValue:
    """*text* as a condition on the rows of *table*.

    Raises
    ------
    DataError
        *text* can't be read, names a column the table lacks, or a value that is not of the column's type.
    """
    clauses = [
        reduce(operator.or_, (_part(table, part.strip()) for part in re.split(r"\s+or\s+", clause.strip())))
        for clause in text.split(";")
        if clause.strip()
    ]
    return reduce(operator.and_, clauses, ibis.literal(True))


def _part(table: ibis.Table, part: str) -> ir.BooleanValue:
    match = _PART.fullmatch(part)
    if not match:
        raise DataError(f"the filter {part!r} can't be read; write column=value, year(column)=2004 or column is blank")
    name = match["year"] or match["column"]
    if name not in table.columns:
        raise DataError(f"the filter {part!r} names a column {name!r}; the table has {', '.join(table.columns)}")
    column = table[name]
    if match["blank"]:
        return column.notnull() if match["not"] else column.isnull()
    if match["year"]:
        if not column.type().is_date():
            raise DataError(f"the filter {part!r} asks for a year, and {name} is no date")
        column = column.year()
    values = [_typed(value.strip(), column, part) for value in match["values"].split("|")]
    if match["sign"] in ("=", "!="):
        return column.isin(values) if match["sign"] == "=" else column.notin(values)
    if len(values) > 1:
        raise DataError(f"the filter {part!r} compares with {match['sign']} and must have one value")
    return _SIGNS[match["sign"]](column, values[0])


def _typed(text: str, column: ir.Column, part: str) -> str | int | float | bool | dt.date:
    """*text* as a value of the column's type."""
    kind = column.type()
    try:
        if kind.is_integer():
            return int(text)
        if kind.is_floating():
            return float(text)
        if kind.is_date():
            return dt.date.fromisoformat(text)
        if kind.is_boolean():
            return {"true": True, "false": False}[text]
    except (ValueError, KeyError):
        raise DataError(f"the filter {part!r}: {text!r} is no {kind} as {column.get_name()} is") from None
    return text
