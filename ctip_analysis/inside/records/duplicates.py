"""Rows that may be one thing reported twice: by two partners, in two files, or again in the next, cumulative quarter.

Which columns say so is in the data package (``sameRow``). Nobody but a person can tell, and a sum with both is wrong,
so such rows are faults until ``corrections.csv`` decides for each to keep or to delete it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ctip_analysis.inside.records.checks import Check
from ctip_analysis.inside.records.files import CORRECTIONS
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import literal, quoted


def of_table(table: RecordTable, kept: Iterable[str]) -> Iterator[Check]:
    """Checks of ``stored.<table>`` for repeated rows; rows with one of the keys *kept* are not looked at."""
    if table.repeats_no_row:
        columns = [name for name in table.fields if name not in table.key]
        yield _check(table, columns, kept, _id(table), "the row is there twice, in all columns but its key", "")
    for columns in table.same_row:
        rule = f"two partners may report one thing: the rows agree in {', '.join(columns)}"
        is_sensitive = table.fields["partner_id"].get("sensitive")
        yield _check(table, columns, kept, "partner_id", rule, "" if is_sensitive else "partner_id")


def _check(table: RecordTable, columns: list[str], kept: Iterable[str], differs: str, rule: str, found: str) -> Check:
    """Rows that agree in *columns* and differ in the SQL column *differs*."""
    decided = ", ".join(map(literal, kept)) or "''"
    is_open = f"NOT is_total AND {_id(table)}::VARCHAR NOT IN ({decided})"
    if differs == "partner_id":  # where a cell is empty nobody knows whether they agree
        is_open += "".join(f" AND {quoted(name)} IS NOT NULL" for name in columns)
    parts = ", ".join(f"place({quoted(name)})" if name in table.places else quoted(name) for name in columns)
    twice = (f"SELECT hash({parts}) FROM stored.{quoted(table.name)} WHERE {is_open} "
             f"GROUP BY 1 HAVING count(DISTINCT {differs}) > 1")  # fmt: skip
    mend = f"delete all but one, or decide in {CORRECTIONS}: column row, old its {table.guard}, new keep or delete"
    named = ", ".join(columns) if differs == "partner_id" else ", ".join(table.key)
    return Check(named, f"{is_open} AND hash({parts}) IN ({twice})", rule, found, mend)


def _id(table: RecordTable) -> str:
    """SQL of the key of a row; its place where the table has none."""
    key = ", ".join(map(quoted, table.key))
    return f"concat_ws(' + ', {key})" if key else f"concat({SHEET}, ' ', {FILE_ROW})"
