"""Rows that are worth a look: totals among rows, a number that may be wrong, one thing that may be reported twice.

A row that is a total and the sum of its rows is left out; another total is a fault.

Numbers are warnings, which stop nothing. Those about one row are written in the data package (``rowWarnings``); the
others compare a partner with its own rows: only zeros in a column, a number far above what it reports otherwise,
numbers that may include those of the quarters before.

Repeated rows, of two partners, in two files, or again in the next, cumulative quarter, are faults until
``corrections.csv`` says for each to keep or to delete it: only a person can decide, and a sum with both is wrong.
Which columns say so is in the data package (``sameRow``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ctip_analysis.inside.records import checks
from ctip_analysis.inside.records.checks import Check
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET
from ctip_analysis.inside.records.spellings import TOTAL
from ctip_analysis.inside.records.statements import CORRECTIONS
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import Field, literal, quoted

FEWEST = 3  # rows of a partner with a number, from which only zeros are a doubt
ENOUGH = 8  # rows of a partner with a number, from which one of them can be far off
QUARTERS = 3  # rows of a year, one at each quarter's end, from which they may be cumulative
TIMES = 10  # times the partner's median for rows of the same kind, from which a number is far off


def is_total(table: RecordTable) -> str:
    """SQL of whether a row is a total: a text column has that word and nothing else."""
    free = [field["name"] for field in table.fields.values() if field["type"] == "string" and "vocabulary" not in field]
    any_column = " OR ".join(
        f"(regexp_matches({name}, '(?i)tot|sum|all|សរុប') AND regexp_full_match({name}, {literal(TOTAL)}))"
        for name in map(quoted, free)
    )
    return f"coalesce({any_column}, false)"


def agreeing_totals(table: RecordTable, rows: str) -> str:
    """SQL of sheet and row of the totals in *rows* of which each number is the sum of its rows.

    These are all rows of the sheet, those above the total, or those since the total before.
    """
    block = f"count(*) FILTER (is_total) OVER (PARTITION BY {SHEET} ORDER BY {FILE_ROW}) - is_total::INT AS block"
    sums, agree = [], ["is_total"]
    for field in table.fields.values():
        if field["type"] not in ("integer", "number"):
            continue
        column, total = quoted(field["name"]), f"sum({quoted(field['name'])}) FILTER (NOT is_total) OVER"
        names = [quoted(f"{way} {field['name']}") for way in ("sheet", "above", "block")]
        ways = (f"PARTITION BY {SHEET}", f"PARTITION BY {SHEET} ORDER BY {FILE_ROW}", f"PARTITION BY {SHEET}, block")
        sums += [f"coalesce({total} ({way}), 0) AS {name}" for way, name in zip(ways, names, strict=True)]
        agree.append(f"({column} IS NULL OR least({', '.join(f'abs({column} - {name})' for name in names)}) < 0.005)")
    summed = f"SELECT *, {', '.join(sums)} FROM (SELECT *, {block} FROM {rows})" if sums else f"FROM {rows}"
    return f"SELECT {SHEET}, {FILE_ROW} FROM ({summed}) WHERE {' AND '.join(agree)}"


def warnings(table: RecordTable) -> Iterator[Check]:
    """Doubts about the rows of *table* that stop nothing, as conditions over ``stored.<table>``."""
    yield from checks.row_warnings(table)
    partner = next((column for column, (parent, _) in table.links.items() if parent == "partners"), "")
    for field in table.fields.values():
        if partner and field["type"] in ("integer", "number") and not field.get("mayBeZero"):
            yield _only_zeros(table, partner, field)
        if partner and "comparedWithin" in field:
            yield _far_above(table, partner, field)
            yield _cumulative(table, partner, field)


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


def _cumulative(table: RecordTable, partner: str, field: Field) -> Check:
    """Rows of a partner that are one a quarter, dated on its last day, and never fall within a year."""
    name, column, day = field["name"], quoted(field["name"]), quoted(table.dates[0])
    group = ", ".join(map(quoted, dict.fromkeys([partner, *table.places, *field["comparedWithin"]])))
    before = f"lag({column}) OVER (PARTITION BY {group}, year({day}) ORDER BY {day}) AS before"
    growing = (f"SELECT {group}, year({day}) FROM (SELECT *, {before} FROM {_filled(table, name)}) GROUP BY ALL "
               f"HAVING bool_and({day} = last_day({day}) AND month({day}) % 3 = 0) AND count(*) >= {QUARTERS} "
               f"AND count(DISTINCT {day}) = count(*) AND bool_and(coalesce({column} >= before, true)) "
               f"AND max({column}) > min({column})")  # fmt: skip
    return Check(name, f"({group}, year({day})) IN ({growing})",
                 "the numbers of a year never fall from quarter to quarter: each may include the quarters before", "",
                 "ask the partner; where it is so, write in each row what came in its own quarter")  # fmt: skip


def _filled(table: RecordTable, column: str) -> str:
    """SQL of the rows of *table* with a number in *column*."""
    rows = f"SELECT * FROM stored.{quoted(table.name)} WHERE {quoted(column)} IS NOT NULL AND NOT is_total"
    return f"({rows} AND NOT is_wrong)"


def duplicates(table: RecordTable, kept: Iterable[str]) -> Iterator[Check]:
    """Checks of ``stored.<table>`` for repeated rows; rows with one of the keys *kept* are not looked at."""
    decided = ", ".join(map(literal, kept)) or "''"
    is_open = f"NOT is_total AND {_id(table)}::VARCHAR NOT IN ({decided})"
    mend = f"delete all but one, or decide in {CORRECTIONS}: column row, old its {table.guard}, new keep or delete"
    if table.repeats_no_row:
        columns = [name for name in table.fields if name not in table.key]
        rule = "the row is there twice, in all columns but its key"
        yield Check(", ".join(table.key), _repeated(table, columns, is_open, _id(table)), rule, "", mend)
    if table.same_row:  # one check, as rows that agree in two ways are one doubt
        first, *others = table.same_row
        shared = [name for name in first if all(name in other for other in others)]
        rest = " / ".join(name for columns in table.same_row for name in columns if name not in shared)
        rule = f"two partners may report one thing: the rows agree in {', '.join(filter(None, [*shared, rest]))}"
        # where a cell is empty nobody knows whether they agree
        ways = [(columns, is_open + "".join(f" AND {quoted(name)} IS NOT NULL" for name in columns))
                for columns in table.same_row]  # fmt: skip
        any_way = " OR ".join(f"({_repeated(table, columns, is_known, 'partner_id')})" for columns, is_known in ways)
        found = "" if table.fields["partner_id"].get("sensitive") else "partner_id"
        yield Check(", ".join(shared), any_way, rule, found, mend)


def _repeated(table: RecordTable, columns: list[str], is_open: str, differs: str) -> str:
    """SQL of whether a row agrees in *columns* with another, of those that are open, and differs in *differs*."""
    parts = ", ".join(f"place({quoted(name)})" if name in table.places else quoted(name) for name in columns)
    twice = (f"SELECT hash({parts}) FROM stored.{quoted(table.name)} WHERE {is_open} "
             f"GROUP BY 1 HAVING count(DISTINCT {differs}) > 1")  # fmt: skip
    return f"{is_open} AND hash({parts}) IN ({twice})"


def _id(table: RecordTable) -> str:
    """SQL of the key of a row; its place where the table has none."""
    key = ", ".join(map(quoted, table.key))
    return f"concat_ws(' + ', {key})" if key else f"concat({SHEET}, ' ', {FILE_ROW})"
