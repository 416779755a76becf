"""Records in a flat file: CSV in any usual encoding, separator and line end; or Parquet.

A file is read row by row (:func:`read`), so that each fault has its row. A large one is first read by DuckDB
(:func:`fast`), several times as fast, where only faults would need the rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records.grids import Grid, Header, Row, header_of, refused
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet, sheet
from ctip_analysis.inside.records.spellings import SEMICOLONS, Formats
from ctip_analysis.inside.records.values import literal, quoted

TEXT, PARQUET = (".csv", ".tsv", ".txt"), (".parquet",)
LARGE, LARGE_PARQUET = 2**20, 8 * 2**20  # bytes from which DuckDB reads first
SEPARATORS = (",", ";", "\t", "|")
_LEADING = 64 * 2**10
_THREE_DECIMALS = r"-?[1-9][0-9]{0,2}\.[0-9]{3}"  # as text it may be thousands; as a number it is not
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# Letters and punctuation that people write in cp1252; Khmer in a font of old has other signs too.
_ORDINARY = re.compile("[\x00-\x7f\u00a0\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153\u0160\u0161\u0178"
                       "\u017d\u017e\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u00b0\u00ab\u00bb]*")  # fmt: skip


def read(path: Path, file: str, known: Mapping[str, Mapping[str, Any]]) -> list[Sheet]:
    """The records in the text or Parquet file at *path*, called *file*."""
    if path.suffix.lower() in PARQUET:
        return _parquet(path, file)
    text = decoded(path.read_bytes(), file)
    separator, _ = _layout(text[:_LEADING], known)
    try:
        formats = Formats(decimals=SEMICOLONS if separator == ";" else "")
        return [sheet(Grid(file, "", _rows(text, separator), formats=formats), known)]
    except csv.Error:
        raise _not_csv(file) from None


def _not_csv(file: str) -> DataError:
    return refused(file, "the file can't be read as CSV", "look for a quotation mark that is never closed")


def decoded(content: bytes, file: str) -> str:
    """The text of *content*: UTF-8, UTF-16 with its mark, or cp1252 where that gives ordinary words."""
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), "") or _unmarked(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            try:
                text = content.decode("cp1252")
            except UnicodeDecodeError:
                text = "\ufffd"
            if _ORDINARY.fullmatch(text):
                return text
        raise refused(file, f"the text must be UTF-8, and the byte at position {error.start:,} is not",
                      "in Excel: Save As, “CSV UTF-8 (comma delimited)”") from None  # fmt: skip


def _unmarked(content: bytes) -> str:
    """UTF-16 without a mark has a zero beside each Latin letter, and the names of columns are Latin."""
    zeros = [content[start:_LEADING:2].count(0) for start in (0, 1)]
    return "utf-8" if not any(zeros) else "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _layout(leading: str, known: Iterable[str]) -> tuple[str, Header | None]:
    """The separator with which the header has the most known columns, and that header."""
    best: tuple[str, Header | None] = (",", None)
    most = 0
    for separator in SEPARATORS:
        try:
            header = header_of(_rows(leading, separator, strict=False), known)
        except csv.Error:
            continue
        found = len(set(known) & set(header.names)) if header else 0
        if found > most:
            best, most = (separator, header), found
    return best


def _rows(text: str, separator: str, *, strict: bool = True) -> Iterator[Row]:
    """Rows as a spreadsheet numbers them: empty ones count, a line break in quotation marks does not."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=strict, skipinitialspace=True)
    for number, cells in enumerate(reader, start=1):
        yield number, list(cells)


def grids(path: Path, file: str) -> tuple[list[Grid], list[str]]:
    """Every row of the text file at *path* as a grid, whatever its columns are; and no hidden sheet."""
    text = decoded(path.read_bytes(), file)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    try:
        return [Grid(file, "", [row for row in _rows(text, separator) if any(row[1])])], []
    except csv.Error:
        raise _not_csv(file) from None


def columns(path: Path, file: str, known: Iterable[str]) -> list[str]:
    """Names of the columns of the file at *path*, those that are *known* as they are; [] without a header."""
    if path.suffix.lower() in PARQUET:
        return _parquet(path, file)[0].columns
    _, header = _layout(decoded(path.read_bytes(), file)[:_LEADING], known)
    return header.names if header else []


def fast(path: Path, known: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], str] | None:
    """Columns of a large file and the SQL that reads them as text; None for one that is read row by row."""
    if path.suffix.lower() in TEXT:
        return _fast_text(path, known)
    if path.suffix.lower() not in PARQUET or path.stat().st_size < LARGE_PARQUET:
        return None
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        return None
    if any(pa.types.is_nested(field.type) for field in schema):
        return None
    texts = ", ".join(f"{_sql_text(field)} AS {quoted(field.name)}" for field in schema)
    return schema.names, f"SELECT {texts} FROM read_parquet({literal(str(path))})"


def _sql_text(field: pa.Field) -> str:
    text = f"{quoted(field.name)}::VARCHAR"
    if not pa.types.is_floating(field.type):
        return text
    is_thousands = f"regexp_full_match({text}, {literal(_THREE_DECIMALS)})"
    return f"CASE WHEN isnan({quoted(field.name)}) THEN NULL WHEN {is_thousands} THEN {text} || '0' ELSE {text} END"


def _fast_text(path: Path, known: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], str] | None:
    if path.stat().st_size < LARGE:
        return None
    with path.open("rb") as stream:
        leading = stream.read(_LEADING)
    if leading.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    leading_text = leading.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="ignore")
    separator, header = _layout(leading_text, known)
    if separator == ";" or header is None or header.row > 1:
        return None
    if "" in header.names or len(set(header.names)) < len(header.names):
        return None
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    return header.names, (
        f"SELECT * FROM read_csv({literal(str(path))}, columns={{{columns}}}, auto_detect=false, header=false, "
        f"skip=1, delim={literal(separator)}, quote='\"', escape='\"', nullstr='', strict_mode=true)"
    )


def _parquet(path: Path, file: str) -> list[Sheet]:
    """The records in the Parquet file at *path*, called *file*."""
    try:
        stored = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise refused(file, "the file is no Parquet file, or a damaged one", "write it again") from None
    columns = [_as_text(file, name, stored[name]) for name in stored.column_names]
    numbers = pa.array(range(2, len(stored) + 2), pa.int64())
    sheets = pa.array([""] * len(stored), pa.string())
    return [Sheet(file, "", pa.table([*columns, numbers, sheets], names=[*stored.column_names, FILE_ROW, SHEET]))]


def _as_text(file: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):  # three decimals of a number are no thousands
        text = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
        is_thousands = pc.match_substring_regex(text, f"^{_THREE_DECIMALS}$")
        return pc.if_else(is_thousands, pc.binary_join_element_wise(text, "0", ""), text)
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataError(f"{file} can't be read", [Fault(
            file, f"the column must have text, numbers or dates, not {column.type}", column=name,
            mend="write one value in a cell")]) from None  # fmt: skip
