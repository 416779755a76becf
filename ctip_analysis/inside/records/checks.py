"""The rules of the data package as SQL conditions under which a row is wrong, so that one pass tests them all.

Checks of a row (:func:`of_row`) see the text of each column and its typed value (``values.value_of``). Checks of
a table (:func:`of_table`) see typed values alone, after every table was read.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import THOUSANDS_OR_DECIMALS, Field, literal, quoted, value_of

FIRST_DAY, LAST_DAY = "1999-01-01", "2030-12-31"
_TYPE_RULES = {
    "integer": ("must be a whole number", "write digits only; leave the cell empty where nothing is known"),
    "number": ("must be a number", "write digits and a point only; leave the cell empty where nothing is known"),
    "boolean": ("must be true or false", "write true or false"),
    "date": ("must be a date written YYYY-MM-DD", "write 2004-03-31 for 31 March 2004"),
}
_OPERATORS = {ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.Eq: "=", ast.NotEq: "<>"}


@dataclass(frozen=True)
class Check:
    """One rule: *wrong* is the SQL condition of rows that break it, *found* SQL of what is in the row.

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

    @property
    def columns(self) -> set[str]:
        """Columns that the rule needs."""
        return set(filter(None, self.column.split(", ")))

    @property
    def condition(self) -> str:
        """SQL of whether a row breaks the rule; a total breaks one rule only, that it is one."""
        condition = f"coalesce({self.wrong}, false)"
        return condition if self.wrong == "is_total" else f"NOT is_total AND {condition}"


def of_row(table: RecordTable) -> Iterator[Check]:
    """Checks of one row at a time: types, allowed values, bounds, rules between columns."""
    yield Check(
        "",
        "is_total",
        "the row is a total that is not the sum of the rows above it",
        "",
        "look for rows that are missing or were not read, and delete the row: totals are computed here",
    )
    for field in table.fields.values():
        name = field["name"]
        yield from _of_field(field, is_link=name in table.links, is_id=name in (*table.key, *table.links))
    yield from _of_rules(table, table.row_rules, "correct the row")


def row_warnings(table: RecordTable) -> Iterator[Check]:
    """Checks of one row at a time that a right row may break."""
    yield from _of_rules(table, table.row_warnings, "look at the row, and correct it if it is wrong")


def _of_field(field: Field, *, is_link: bool, is_id: bool) -> Iterator[Check]:
    name, column, value = field["name"], quoted(field["name"]), value_of(field["name"])
    found, limits = _found(field), field.get("constraints", {})
    unread = f"{column} IS NOT NULL AND {value} IS NULL"
    if allowed := tuple(limits.get("enum", ())):
        mend = "write the word of these that is meant, or ask whoever looks after these records"
        yield Check(name, unread, f"must be one of {', '.join(allowed)}", found, mend, allowed)
    elif field["type"] != "string":
        yield from _of_type(field, unread, found)
    if limits.get("required"):
        yield Check(name, f"{column} IS NULL", "must not be empty", "", "fill the cell")
    if "minimum" in limits:
        mend = _TYPE_RULES["integer"][1]
        yield Check(name, f"{value} < {limits['minimum']}", f"must be {limits['minimum']:,} or more", found, mend)
    if "maximum" in limits:
        yield Check(name, f"{value} > {limits['maximum']}", f"must be {limits['maximum']:,} or less", found)
    if (pattern := limits.get("pattern")) and not is_link:  # the table a link points to has the pattern
        wrong = f"NOT regexp_full_match({column}, {literal(pattern)})"
        yield Check(name, wrong, f"must look like {pattern}", found)
    if is_id:
        rounded = f"regexp_full_match({column}, '[0-9]([.,][0-9]+)?[eE][+]?[0-9]{{2,3}}')"
        mend = "format the column as text in its source and save it again: digits of the ids are lost"
        yield Check(name, rounded, "the id was turned into a rounded number", found, mend)


def _of_type(field: Field, unread: str, found: str) -> Iterator[Check]:
    """A text must have a value of the column's type."""
    name, column, value = field["name"], quoted(field["name"]), value_of(field["name"])
    rule, mend = _TYPE_RULES[field["type"]]
    if field["type"] in ("integer", "number"):
        is_ambiguous = f"regexp_full_match({column}, {literal(THOUSANDS_OR_DECIMALS)})"
        yield Check(name, f"CASE WHEN {unread} THEN {is_ambiguous} ELSE false END",
                    "is ambiguous: the point can mean thousands or decimals", found,
                    "write 3000 for three thousand, 3 or 3.0 for three")  # fmt: skip
        unread = f"CASE WHEN {unread} THEN NOT {is_ambiguous} ELSE false END"
    if field.get("monthIsEnough"):
        rule, mend = ("must be a date written YYYY-MM-DD or YYYY-MM", f"{mend}, 2004-03 where the day is not known")
    yield Check(name, unread, rule, found, mend)
    if field["type"] == "date":
        outside = f"{value} NOT BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'"
        mend = "look for a slip or another calendar"
        yield Check(name, outside, "must be a date from 1999 to 2030", "", mend)  # may be a birth: not quoted


def _found(*fields: Field) -> str:
    """SQL of the text in a row, empty where one of the columns may name a person."""
    if any(field.get("sensitive") for field in fields):
        return ""
    if len(fields) == 1:
        return f"'“' || {quoted(fields[0]['name'])} || '”'"
    parts = [
        f"{literal(field['name'])} || ' ' || coalesce({quoted(field['name'])}::VARCHAR, 'empty')" for field in fields
    ]
    return " || ', ' || ".join(parts)


def _of_rules(table: RecordTable, rules: list[Mapping[str, str]], mend: str) -> Iterator[Check]:
    """Rules between columns of one row, written in the data package as comparisons.

    A comparison with an empty cell is true, unless it asks ``is None``; a chain ``a <= b <= c`` compares every
    pair, so that an empty middle doesn't hide a disorder.
    """
    for entry in rules:
        try:
            tree = ast.parse(entry["rule"], mode="eval").body
            kept = _sql(tree, table.fields)
        except (SyntaxError, KeyError) as error:
            raise DataError(f"the row rule {entry['rule']!r} of the data package can't be read") from error
        names = dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        fields = [table.fields[name] for name in names]
        rule = f"breaks “{entry['says'].rstrip('.')}”"
        yield Check(", ".join(names), f"NOT ({kept})", rule, _found(*fields), entry.get("mend", mend))


def _sql(node: ast.expr, fields: Mapping[str, Field]) -> str:
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
        field, value = fields[node.id], value_of(fields[node.id]["name"])
        if field["type"] == "string":  # a word that is not in its list is a fault of its own
            return f"(CASE WHEN {quoted(field['name'])} IS NULL THEN '' ELSE {value} END)"
        least = field.get("constraints", {}).get("minimum")  # a number below it is a fault of its own, said once
        return value if least is None else f"(CASE WHEN {value} >= {least} THEN {value} END)"
    raise KeyError(type(node).__name__)


def _comparison(node: ast.Compare, fields: Mapping[str, Field]) -> str:
    if isinstance(node.ops[0], ast.Is | ast.IsNot) and isinstance(node.left, ast.Name):
        return f"({quoted(node.left.id)} IS {'NOT ' if isinstance(node.ops[0], ast.IsNot) else ''}NULL)"
    sides = [_sql(side, fields) for side in (node.left, *node.comparators)]
    if isinstance(node.ops[0], ast.In | ast.NotIn):
        return f"{sides[0]} {'NOT ' if isinstance(node.ops[0], ast.NotIn) else ''}IN {sides[1]}"
    operator = _OPERATORS[type(node.ops[0])]
    return "(" + " AND ".join(f"coalesce({a} {operator} {b}, true)" for a, b in combinations(sides, 2)) + ")"


def of_table(table: RecordTable, codes: Mapping[str, str], parents: set[str]) -> Iterator[Check]:
    """Checks over all rows: keys, links to the *parents* that were read, and places.

    *codes* are the province codes of the spellings in the table.
    """
    if table.key:
        yield _of_key(table)
    for column, (parent, key) in table.links.items():
        if parent in parents:
            yield _of_link(table.fields[column], parent, key)
    for column in table.places:
        yield from _of_place(table.fields[column], table.dates, codes)


def _of_key(table: RecordTable) -> Check:
    """A key is in its table once, whatever its case and spaces."""
    fields = [table.fields[name] for name in table.key]
    parts = [_key_part(table, field) for field in fields]
    key = f"hash({', '.join(parts)})"
    filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in table.key)
    twice = f"SELECT {key} FROM stored.{quoted(table.name)} WHERE {filled} GROUP BY 1 HAVING count(*) > 1"
    rule = "must be in one row only" if len(fields) == 1 else "must be together in one row only"
    mend = "delete the repeated row or give it a key of its own"
    return Check(", ".join(table.key), f"{filled} AND {key} IN ({twice})", rule, _found(*fields), mend)


def _key_part(table: RecordTable, field: Field) -> str:
    column = quoted(field["name"])
    if field["name"] in table.places:
        return f"place({column})"
    return f"upper(replace({column}, ' ', ''))" if field["type"] == "string" else column


def _of_link(field: Field, parent: str, key: str) -> Check:
    """A key that points to another table exists there."""
    there = f"SELECT {quoted(key)} FROM stored.{quoted(parent)} WHERE {quoted(key)} IS NOT NULL"
    suggested = "" if field.get("sensitive") else there
    return Check(field["name"], f"{quoted(field['name'])} NOT IN ({there})", f"must be a {key} of {parent}",
                 _found(field), f"add it to {parent}, or correct it here", allowed_sql=suggested)  # fmt: skip


def _of_place(field: Field, dates: list[str], codes: Mapping[str, str]) -> Iterator[Check]:
    """A place must have a code, and the code must have existed on the date of the row."""
    column, found = quoted(field["name"]), _found(field)
    among = ", ".join(map(literal, codes)) or "NULL"
    unknown = f"{column} IS NOT NULL AND coalesce({column} NOT IN ({among}), true)"
    mend = "write one province, or its code such as KH07"
    if not field.get("constraints", {}).get("required"):
        mend += "; leave the cell empty for a place abroad"
    yield Check(field["name"], unknown, "must be a province of Cambodia", found, mend, is_place=True)
    if not dates:
        return
    on = f"coalesce({', '.join(map(quoted, dates))})"
    for unit in _newer_units():
        split = dt.date.fromisoformat(unit["valid_from"])
        wrong = f"place({column}) = '{unit['adm1_code']}' AND {on} < DATE '{split}'"
        rule = f"{unit['adm1_code']} {unit['name_en']} did not exist before {split.day} {split:%B %Y}"
        before = unit["predecessor"]
        mend = f"until then it was part of {before} {unit['predecessor_en']}: write {before}"
        yield Check(field["name"], wrong, rule, found, mend)


@cache
def _newer_units() -> list[dict[str, Any]]:
    """Units that were split from another since records began, one each."""
    units = reference.table("provinces")
    names = units.drop_duplicates("adm1_code", keep="last").set_index("adm1_code")["name_en"]
    newer = units[units["predecessor"].ne("")].drop_duplicates("adm1_code")
    return newer.assign(predecessor_en=newer["predecessor"].map(names)).to_dict("records")
