"""Which rows count, written as data: ``event_type=performance; campaign_year=1|2``.

All clauses between ``;`` must be true, and one of the parts joined by `` or ``. A part is a column (or
``year(column)``), one of ``= != < <= > >=`` and a value, or several after ``=`` and ``!=`` with ``|``
between them (one of them; none of them); or ``column is blank``, ``column is not blank``. Values are
compared as the column's type; a comparison with a missing value is never true, ``!=`` neither.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from functools import reduce

import ibis
import ibis.expr.types as ir

from ctip_analysis.base.errors import DataError

_PART = re.compile(
    r"(?:year\((?P<year>\w+)\)|(?P<column>\w+))\s*"
    r"(?:(?P<blank>is(?P<not>\s+not)?\s+blank)|(?P<sign><=|>=|!=|=|<|>)\s*(?P<values>\S.*))"
)
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def apply(table: ibis.Table, text: str) -> ibis.Table:
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
