"""Cells that seem to name a person: names, telephone numbers, addresses of mail, births, national ids.

What is found is said with the names of columns and counts, never with a cell. Names are those most people in
Cambodia have (``data/reference/personal_names.csv``): a cell counts as one if all its words are on the list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ctip_analysis.base import reference
from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records import values
from ctip_analysis.inside.records.spellings import TOTAL, latin, seen
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from ctip_analysis.inside.records.sheets import Sheet

# Words that a column about a person's identity is likely to have in its name.
_COLUMN = re.compile(
    r"(^|_)(name|surname|fullname|firstname|lastname|alias|nickname|phone|telephone|tel|mobile|email|mail|facebook|"
    r"address|house|street|village|birth|birthday|birthdate|dob|born|passport|id_?card|national_?id|photo|father|"
    r"mother|parent|guardian|spouse|husband|wife)(_|$)|ឈ្មោះ|ទូរស័ព្ទ|អាសយដ្ឋាន|កំណើត|ភូមិ|អត្តសញ្ញាណ"
)
_NO_PERSONS_COLUMN = re.compile(
    r"(^|_)(province|district|commune|country|zone|partner|organi[sz]ation|ngo|agency|donor|recipient|event|course|"
    r"training|topic|project|school|court|file|sheet|table|column)_name$"
)
_KINDS = {
    "telephone numbers": re.compile(
        r"(?<![\w.-])(?:\+?855[\s.-]?\(?0?|\(?0)[1-9]\d?\)?(?:[\s.-]?\d{3}){2}\d?(?![\w-])"
    ),
    "addresses of mail": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "dates of birth": re.compile(r"\b(?:d\.?o\.?b\b|born\b|date of birth)|ថ្ងៃខែឆ្នាំកំណើត|កើតថ្ងៃ", re.IGNORECASE),
}  # fmt: skip
_BORN = re.compile(
    r"(?:\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]19[3-9]\d|19[3-9]\d[-/.]\d{1,2}[-/.]\d{1,2})(?:[T ].*)?"
)
_NATIONAL = re.compile(r"\d{9}|\d{3} \d{3} \d{3}|\d{11,13}")
_TITLE = re.compile(
    r"(?:(?:Mrs?|Ms|Miss|Lok(?: Srey)?|Neang|Bong)\.?\s+|លោកស្រី|លោក|អ្នកស្រី|កញ្ញា|នាង)\s*(\S+(?:\s\S+){0,3})"
)
_HASH, _LETTER = re.compile(r"[0-9a-f]{8,}"), re.compile("[a-f]")
_SOME = 10_000  # texts that are looked at together
_PLAIN = re.compile(r"[+-]?[\d,.]+|\d{4}-\d{2}-\d{2}|[A-Za-z]+[-_/]?\d[\w-]*|[a-z_]+")


def looks_personal(column: str) -> bool:
    """Whether a column seems to have names, numbers or addresses of people."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    words = re.sub(r"[\W_]+", "_", words.casefold()).strip("_")
    if _NO_PERSONS_COLUMN.search(words):
        return False
    return bool(_COLUMN.search(words) or _COLUMN.search(column))


def kind_of(cell: str, field: Mapping[str, Any] | None, *, is_id: bool = False) -> str:
    """What about a person *cell* seems to have; "" for nothing. *field* is None for a column that is not described.

    >>> kind_of("Sok Dara", None), kind_of("Siem Reap", None)
    ('names', '')
    """
    text = latin(seen(cell))
    is_text = field is None or field["type"] == "string"
    if not (_PLAIN.fullmatch(text) and not text.startswith("0") and not _NATIONAL.fullmatch(text)):
        for kind, shape in _KINDS.items():
            if shape.search(text):
                return kind
        if _is_name(text) or (is_id and _has_no_number(text)):
            return "names"
    if is_text and _BORN.fullmatch(text):
        return "dates of birth"
    is_person_id = is_id and field is not None and bool(field.get("sensitive"))
    return "national ids" if is_text and (is_person_id or not is_id) and _NATIONAL.fullmatch(text) else ""


def _has_no_number(text: str) -> bool:
    """Whether an id is words alone, and not those of a total."""
    return " " in text and not any(sign.isdigit() for sign in text) and not re.fullmatch(TOTAL, text)


def _is_name(text: str) -> bool:
    if (titled := _TITLE.fullmatch(text)) and titled[1][0].isupper() | (titled[1][0] > "\u1780"):
        return True
    words = re.sub(r"\(.*?\)|,", " ", text).casefold().split()
    family, given = _names()
    if not 2 <= len(words) <= 4 or not all(word in family or word in given for word in words):
        return False
    return any(word in family for word in words) and any(word in given for word in words)


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    table = reference.table("personal_names")
    names = table["name"].str.casefold()
    return frozenset(names[table["kind"].eq("family")]), frozenset(names[table["kind"].eq("given")])


def are_hashes(cells: Collection[str]) -> bool:
    """Whether *cells* are hashes of one length, of which some have digits alone by chance.

    >>> are_hashes(["0123456789", "0a9f44c21b"]), are_hashes(["012345678", "015345678"])
    (True, False)
    """
    lengths = {len(cell) for cell in cells}
    return len(lengths) == 1 and all(map(_HASH.fullmatch, cells)) and any(map(_LETTER.search, cells))


def kinds_in(cells: Iterable[str | None], field: Mapping[str, Any] | None, *, is_id: bool = False) -> dict[str, str]:
    """The kind of each of *cells* that seems to be about a person."""
    found = {cell: kind_of(cell, field, is_id=is_id) for cell in cells if cell}
    return {cell: kind for cell, kind in found.items() if kind}


def faults(sheet: Sheet, table: RecordTable) -> Iterator[Fault]:
    """Faults of columns and cells that seem to be about a person, one a column and kind, with their number alone."""
    for place, column in enumerate(sheet.columns, start=1):
        if column not in table.fields and looks_personal(column):
            rule = "the column looks as if it identified people: the table is refused"
            yield Fault(sheet.file, rule, sheet.name, column, mend="delete the column")
            continue
        named = f"column {place}" if kind_of(column, None) else column
        times = _times(sheet.text[column])
        counts: Counter[str] = Counter()
        for cell, kind in _kinds(times, column, table).items():
            counts[kind] += times[cell]
        for kind, n in sorted(counts.items()):
            rule = f"{n:,} cell{'s look' if n > 1 else ' looks'} like {kind}: the table is refused"
            mend = "take out what identifies people; ids should be of your own making, such as CL-0001"
            yield Fault(sheet.file, rule, sheet.name, named, mend=mend)


def places(sheet: Sheet, table: RecordTable) -> Iterator[tuple[str, int, str]]:
    """Sheet, row and column of the cells that seem to be about a person."""
    for column in sheet.columns:
        kinds = _kinds(_times(sheet.text[column]), column, table)
        cells = zip(sheet.places, sheet.text[column].to_pylist(), strict=True) if kinds else ()
        yield from ((*place, column) for place, cell in cells if cell in kinds)


def _times(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each cell of *column* is there."""
    cells = pc.drop_null(column).value_counts()
    return dict(zip(cells.field("values").to_pylist(), cells.field("counts").to_pylist(), strict=True))


def _kinds(cells: Collection[str], column: str, table: RecordTable) -> dict[str, str]:
    """The kind of each of the *cells* of *column* that seems to be about a person."""
    is_id = column in (*table.key, *table.links) and column not in table.places
    return {} if is_id and are_hashes(cells) else kinds_in(cells, table.fields.get(column), is_id=is_id)


def any_stored(connection: duckdb.DuckDBPyConnection, rows: str, table: RecordTable) -> bool:
    """Whether a text of *rows*, an SQL name, which were read by the engine, seems to be about a person."""
    for name, field in table.fields.items():
        if field["type"] != "string" or values.is_listed(field) or name in table.places:
            continue
        is_id = name in table.key or name in table.links
        other = f"NOT regexp_full_match({quoted(name)}, {literal(values.ORDINARY_ID)})"
        found = connection.execute(f"SELECT DISTINCT {quoted(name)} FROM {rows} WHERE {other}")
        while some := found.fetchmany(_SOME):
            if kinds_in((cell for (cell,) in some), field, is_id=is_id):
                return True
    return False
