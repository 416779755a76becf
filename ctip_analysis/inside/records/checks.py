"""The rules of the data package as conditions that DuckDB tests on all rows at once.

A record table stands in DuckDB as text (``raw.<table>``, see load.py). A :class:`Check` holds the
condition under which a row is *wrong*, so one pass over a table tests every rule of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any

from ctip_analysis.base.errors import DataError

FIRST_DAY, LAST_DAY = "1999-01-01", "2030-12-31"
SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
}

_SHAPES = {
    "integer": r"[+-]?[0-9]+(\.0*)?",
    "number": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
    "boolean": r"(?i)true|false",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_TYPE_RULES = {
    "integer": ("must be a whole number", "write digits only; leave the cell empty where nothing is known"),
    "number": (
        "must be a number",
        "write digits and a point only; leave the cell empty where nothing is known",
    ),
    "boolean": ("must be true or false", "write true or false"),
    "date": ("must be a date written YYYY-MM-DD", "write 2004-03-31 for 31 March 2004"),
}
_OPERATORS = {ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.Eq: "=", ast.NotEq: "<>"}


@dataclass(frozen=True)
class Check:
    """One rule: *wrong* is the SQL condition of rows that break it, *found* SQL of what stands there.

    ``found`` is empty where a column is sensitive. ``allowed`` are the values a suggestion is taken
    from; ``allowed_sql`` is a query that gives them, where they are keys of another table.
    """

    column: str
    wrong: str
    rule: str
    found: str
    mend: str = ""
    allowed: tuple[str, ...] = ()
    allowed_sql: str = ""
    is_place: bool = False  # suggestions are province names


def quoted(name: str) -> str:
    """*name* as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """*text* as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def typed(field: Mapping[str, Any], codes: Mapping[str, str] = MappingProxyType({})) -> str:
    """SQL of the typed value of a column that stands as text; missing where the text has no such value.

    *codes* gives the province code of each spelling of a place column.
    """
    column = quoted(field["name"])
    if field["type"] == "integer":
        return f"TRY_CAST(regexp_replace({column}, '\\.0*$', '') AS BIGINT)"
    if field["type"] != "string":
        return f"TRY_CAST({column} AS {SQL_TYPES[field['type']]})"
    respelt = {name: code for name, code in codes.items() if name != code}
    if not respelt:
        return column
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(code)}" for name, code in respelt.items())
    return f"CASE {column} {cases} ELSE {column} END"


def of_field(field: Mapping[str, Any]) -> Iterator[Check]:
    """Checks of one column: type, required, allowed values, bounds, pattern."""
    column, value, found = quoted(field["name"]), typed(field), _found(field)
    if field["type"] in _SHAPES:
        rule, mend = _TYPE_RULES[field["type"]]
        shape = f"regexp_full_match({column}, {literal(_SHAPES[field['type']])})"
        yield Check(
            field["name"],
            f"{column} IS NOT NULL AND NOT ({shape} AND {value} IS NOT NULL)",
            rule,
            found,
            mend,
        )
    if field["type"] == "date":
        outside = f"{value} NOT BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'"
        rule = "must be a date from 1999 to 2030"
        yield Check(field["name"], outside, rule, found, "look for a slip of the pen or another calendar")
    limits = field.get("constraints", {})
    if limits.get("required"):
        yield Check(field["name"], f"{column} IS NULL", "must not be empty", "", "fill the cell")
    if allowed := tuple(limits.get("enum", ())):
        among = ", ".join(literal(option) for option in allowed)
        rule = f"must be one of {', '.join(allowed)}"
        yield Check(field["name"], f"{column} NOT IN ({among})", rule, found, allowed=allowed)
    if "minimum" in limits:
        rule = f"must be {limits['minimum']:,} or more"
        yield Check(field["name"], f"{value} < {limits['minimum']}", rule, found)
    if "maximum" in limits:
        rule = f"must be {limits['maximum']:,} or less"
        yield Check(field["name"], f"{value} > {limits['maximum']}", rule, found)
    if pattern := limits.get("pattern"):
        rule = f"must look like {pattern}"
        yield Check(field["name"], f"NOT regexp_full_match({column}, {literal(pattern)})", rule, found)


def _found(*fields: Mapping[str, Any]) -> str:
    """SQL of what stands in a row, nothing where one of the columns may name a person."""
    if any(field.get("sensitive") for field in fields):
        return ""
    if len(fields) == 1:
        return f"'“' || {quoted(fields[0]['name'])} || '”'"
    parts = [
        f"{literal(field['name'])} || ' ' || coalesce({quoted(field['name'])}, 'empty')" for field in fields
    ]
    return " || ', ' || ".join(parts)


def of_key(table: str, fields: list[Mapping[str, Any]], codes: Mapping[str, str]) -> Check:
    """A key stands once in its table."""
    names = ", ".join(field["name"] for field in fields)
    key = ", ".join(typed(field, codes) for field in fields)
    wrong = f"({key}) IN (SELECT ({key}) FROM raw.{quoted(table)} GROUP BY ALL HAVING count(*) > 1)"
    if len(fields) == 1:  # a row of one value is not that value to DuckDB
        wrong = f"{key} IN (SELECT {key} FROM raw.{quoted(table)} GROUP BY ALL HAVING count(*) > 1)"
    rule = "must stand in one row only" if len(fields) == 1 else "must be together in one row only"
    return Check(names, wrong, rule, _found(*fields), "delete the repeated row or give it a key of its own")


def of_reference(field: Mapping[str, Any], parent: str, key: str) -> Check:
    """A key that points into another table exists there."""
    there = f"SELECT {quoted(key)} FROM raw.{quoted(parent)} WHERE {quoted(key)} IS NOT NULL"
    wrong = f"{quoted(field['name'])} NOT IN ({there})"
    mend = f"add it to {parent}, or correct it here"
    suggested = "" if field.get("sensitive") else there
    return Check(
        field["name"], wrong, f"must be a {key} of {parent}", _found(field), mend, allowed_sql=suggested
    )


def of_rows(schema: Mapping[str, Any]) -> Iterator[Check]:
    """Rules between columns of one row, written in the data package as comparisons.

    A comparison with an empty cell holds; a chain ``a <= b <= c`` compares every pair, so that an
    empty middle doesn't hide a disorder.
    """
    fields = {field["name"]: field for field in schema["fields"]}
    for entry in schema.get("rowRules", []):
        try:
            tree = ast.parse(entry["rule"], mode="eval").body
            holds = _sql(tree, fields)
        except (SyntaxError, KeyError) as error:
            raise DataError(f"the row rule {entry['rule']!r} of the data package can't be read") from error
        named = [fields[node.id] for node in ast.walk(tree) if isinstance(node, ast.Name)]
        named = list({field["name"]: field for field in named}.values())
        rule = f"breaks “{entry['says'].rstrip('.')}”"
        columns = ", ".join(field["name"] for field in named)
        yield Check(columns, f"NOT ({holds})", rule, _found(*named), "correct the row")


def _sql(node: ast.expr, fields: Mapping[str, Mapping[str, Any]]) -> str:
    if isinstance(node, ast.BoolOp):
        joint = " OR " if isinstance(node.op, ast.Or) else " AND "
        return "(" + joint.join(_sql(part, fields) for part in node.values) + ")"
    if isinstance(node, ast.Compare):
        return _comparison(node, fields)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return f"({_sql(node.left, fields)} + {_sql(node.right, fields)})"
    if isinstance(node, ast.List):
        return "(" + ", ".join(_sql(item, fields) for item in node.elts) + ")"
    if isinstance(node, ast.Constant):
        return literal(node.value) if isinstance(node.value, str) else str(node.value)
    if isinstance(node, ast.Name):
        value = typed(fields[node.id])
        return f"coalesce({value}, '')" if fields[node.id]["type"] == "string" else value
    raise KeyError(type(node).__name__)


def _comparison(node: ast.Compare, fields: Mapping[str, Mapping[str, Any]]) -> str:
    sides = [_sql(side, fields) for side in (node.left, *node.comparators)]
    if isinstance(node.ops[0], ast.In):
        return f"{sides[0]} IN {sides[1]}"
    operator = _OPERATORS[type(node.ops[0])]
    return "(" + " AND ".join(f"coalesce({a} {operator} {b}, true)" for a, b in combinations(sides, 2)) + ")"
