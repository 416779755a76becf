"""What may be right in a record table and is worth a look: warnings, which stop nothing.

Warnings about one row are written in the data package (``rowWarnings``, as ``rowRules``). The others compare a
partner with its own rows: only zeros in a column, a number far above what it reports otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctip_analysis.inside.records import checks
from ctip_analysis.inside.records.checks import Check
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import Field, quoted

FEWEST = 3  # rows of a partner with a number, from which only zeros are a doubt
ENOUGH = 8  # rows of a partner with a number, from which one of them can be far off
TIMES = 10  # times the partner's median for rows of the same kind, from which a number is far off


def of_table(table: RecordTable) -> Iterator[Check]:
    """Doubts about the rows of *table*, as conditions over ``stored.<table>``."""
    yield from checks.row_warnings(table)
    partner = next((column for column, (parent, _) in table.links.items() if parent == "partners"), "")
    for field in table.fields.values():
        if partner and field["type"] in ("integer", "number") and not field.get("mayBeZero"):
            yield _only_zeros(table, partner, field)
        if partner and "comparedWithin" in field:
            yield _far_above(table, partner, field)


def _only_zeros(table: RecordTable, partner: str, field: Field) -> Check:
    name, column, who = field["name"], quoted(field["name"]), quoted(partner)
    having = f"HAVING count(*) >= {FEWEST} AND max({column}) = 0"
    zeros = f"SELECT {who} FROM {_filled(table, name)} GROUP BY ALL {having}"
    found = "" if table.fields[partner].get("sensitive") else who
    return Check(name, f"{column} = 0 AND {who} IN ({zeros})",
                 "the partner reports only zeros in this column", found,
                 "leave cells empty where nobody counted: a zero says that there was nobody")  # fmt: skip


def _far_above(table: RecordTable, partner: str, field: Field) -> Check:
    name, column = field["name"], quoted(field["name"])
    group = ", ".join(map(quoted, [partner, *field["comparedWithin"]]))
    usual = (f"SELECT {group}, median({column}) AS usual FROM {_filled(table, name)} GROUP BY ALL "
             f"HAVING count(*) >= {ENOUGH}")  # fmt: skip
    far = (f"SELECT {group}, {column} FROM {_filled(table, name)} JOIN ({usual}) USING ({group}) "
           f"WHERE usual > 0 AND {column} > {TIMES} * usual")  # fmt: skip
    found = "" if field.get("sensitive") else f"'“' || regexp_replace({column}::VARCHAR, '[.]0$', '') || '”'"
    return Check(name, f"({group}, {column}) IN ({far})",
                 f"the number is more than {TIMES} times what the partner usually reports", found,
                 "look for a zero too many, or a total of several rows")  # fmt: skip


def _filled(table: RecordTable, column: str) -> str:
    """SQL of the rows of *table* with a number in *column*."""
    rows = f"SELECT * FROM stored.{quoted(table.name)} WHERE {quoted(column)} IS NOT NULL AND NOT is_total"
    return f"({rows} AND NOT is_wrong)"
