"""SQL of the typed value of a cell that was read as text; NULL where the text has no such value.

Other forms that people write are first brought into these by ``spellings``, where a file is read row by row.
Accepted: digits of Khmer, Arabic and Latin script, thousands set off by a comma or a space (12,500), dates as
2004-03-31 with or without a time, 2004-03 where the month is enough, words of a list in any case. Never
guessed: 3.000 (three, or three thousand), 03/04/2004, a missing-value code that the data package does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ctip_analysis.inside.records.spellings import DIGITS, INVISIBLE

Field = Mapping[str, Any]

SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE"}
THOUSANDS_OR_DECIMALS = r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+"
ORDINARY_ID = "[A-Za-z]+[-_/]?[0-9][A-Za-z0-9_-]*"  # CL-0001, which is no name and no number of a person
_SPACES = " \u00a0\u2009\u202f"
_WHOLE = r"[+-]?[0-9]+(\.(0{0,2}|0{4,}))?"  # 3.000 may be three thousand
_PLAIN = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+]?[0-9]+)?"
_TIME = r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([+]07:?00)?)?"  # of Cambodia
_BLANK = f"{_SPACES}\t\r\n{INVISIBLE}"


def quoted(name: str) -> str:
    """*name* as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """*text* as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def value_of(column: str) -> str:
    """Name of the typed value beside the text of *column*, as an SQL identifier."""
    return quoted(f"={column}")


def text(field: Field, *, is_id: bool, missing: tuple[str, ...] = ("",)) -> str:
    """SQL of a cell's text: no blanks at its ends, missing-value codes as NULL.

    Ids, words of a list, numbers and dates are compared without what cannot be seen: zero-width characters go,
    accents are composed (NFC), digits are Latin. Free text stays as it was written.
    """
    column = quoted(field["name"])
    trimmed = f"trim({column}, {literal(_BLANK)})"
    if is_id or is_listed(field) or field["type"] != "string":
        seen = f"nfc_normalize(regexp_replace({trimmed}, '[{INVISIBLE}]', '', 'g'))"
        if field["type"] != "string":
            digits, latin = "".join(DIGITS), "0123456789" * len(DIGITS)
            seen = f"translate({seen}, {literal(digits)}, {literal(latin)})"
        is_ascii = f"strlen({column}) = length({column})"  # as many bytes as letters
        trimmed = f"CASE WHEN {is_ascii} THEN {trimmed} ELSE {seen} END"
    for code in missing:
        trimmed = f"nullif({trimmed}, {literal(code)})"
    return trimmed


def is_unclean(column: str) -> str:
    """SQL of whether an id may have signs that :func:`text` takes away."""
    name = quoted(column)
    return f"strlen({name}) <> length({name}) OR contains({name}, ' ') OR contains({name}, '\t')"


def is_listed(field: Field) -> bool:
    """Whether the column has words of a list."""
    return "enum" in field.get("constraints", {})


def typed(field: Field) -> str:
    """SQL of the typed value of a column that is text."""
    column, kind = quoted(field["name"]), field["type"]
    if kind == "string":
        return _word(column, field["constraints"]["enum"]) if "enum" in field.get("constraints", {}) else column
    if kind == "boolean":
        return f"CASE lower({column}) WHEN 'true' THEN true WHEN 'false' THEN false END"
    # Nearly every cell is written as the engine itself would write it: no pattern is needed there.
    quick = f"TRY_CAST({column} AS {SQL_TYPES[kind]})"
    if kind == "number":
        return _number(column)
    slow = _day(column, field) if kind == "date" else _integer(column)
    return f"CASE WHEN {quick}::VARCHAR = {column} THEN {quick} ELSE {slow} END"


def _word(column: str, allowed: list[str]) -> str:
    """The word of a list, also in other case or with spaces for underscores ("At risk")."""
    among = ", ".join(literal(word) for word in allowed)
    cases = " ".join(f"WHEN {literal(word.lower().translate(_PLAIN_WORD))} THEN {literal(word)}" for word in allowed)
    folded = f"translate(lower({column}), ' -', '__')"
    return f"CASE WHEN {column} IN ({among}) THEN {column} ELSE CASE {folded} {cases} END END"


_PLAIN_WORD = str.maketrans(" -", "__")


def _integer(column: str) -> str:
    whole = f"WHEN regexp_full_match({column}, {literal(_WHOLE)}) THEN TRY_CAST({column} AS BIGINT)"
    return f"CASE {whole} {_grouped(column, 'BIGINT')} END"


def _number(column: str) -> str:
    ambiguous = f"WHEN regexp_full_match({column}, {literal(THOUSANDS_OR_DECIMALS)}) THEN NULL"
    plain = f"WHEN regexp_full_match({column}, {literal(_PLAIN)}) THEN TRY_CAST({column} AS DOUBLE)"
    return f"CASE {ambiguous} {plain} {_grouped(column, 'DOUBLE')} END"


def _grouped(column: str, kind: str) -> str:
    """Thousands set off by a comma or a space; decimals in a number only."""
    shape = rf"[+-]?[0-9]{{1,3}}([,{_SPACES}][0-9]{{3}})+" + (r"(\.[0-9]+)?" if kind == "DOUBLE" else "")
    digits = f"regexp_replace({column}, '[,{_SPACES}]', '', 'g')"
    return f"WHEN regexp_full_match({column}, {literal(shape)}) THEN TRY_CAST({digits} AS {kind})"


def _day(column: str, field: Field) -> str:
    shape = literal(f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}")
    whens = f"WHEN regexp_full_match({column}, {shape}) THEN TRY_CAST(left({column}, 10) AS DATE)"
    if field.get("monthIsEnough"):
        month = literal("[0-9]{4}-[0-9]{2}")
        whens += f" WHEN regexp_full_match({column}, {month}) THEN TRY_CAST({column} || '-01' AS DATE)"
    return f"CASE {whens} END"
