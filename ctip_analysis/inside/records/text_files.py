"""Records in a text file: CSV in any usual encoding, separator and line end.

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

from ctip_analysis.inside.records.sheets import Grid, Header, Row, Sheet, header_of, refused, sheet
from ctip_analysis.inside.records.values import literal

LARGE = 2**20  # bytes from which DuckDB reads first
SEPARATORS = (",", ";", "\t", "|")
_LEADING = 64 * 2**10
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# Letters and punctuation that people write in cp1252; Khmer in a font of old has other signs too.
_ORDINARY = re.compile("[\x00-\x7f\u00a0\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153\u0160\u0161\u0178"
                       "\u017d\u017e\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u00b0\u00ab\u00bb]*")  # fmt: skip


def read(path: Path, file: str, known: Mapping[str, Mapping[str, Any]]) -> list[Sheet]:
    """The records in the text file at *path*, called *file*."""
    text = decoded(path.read_bytes(), file)
    separator, _ = _layout(text[:_LEADING], known)
    try:
        return [sheet(Grid(file, "", _rows(text, separator)), known)]
    except csv.Error:
        raise refused(file, "the file can't be read as CSV",
                      "look for a quotation mark that is never closed") from None  # fmt: skip


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


def fast(path: Path, known: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], str] | None:
    """Columns of a large CSV and the SQL that reads them as text; None for a file that needs reading row by row."""
    if path.stat().st_size < LARGE:
        return None
    with path.open("rb") as stream:
        leading = stream.read(_LEADING)
    if leading.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    leading_text = leading.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="ignore")
    separator, header = _layout(leading_text, known)
    if header is None or header.row > 1 or "" in header.names or len(set(header.names)) < len(header.names):
        return None
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    return header.names, (
        f"SELECT * FROM read_csv({literal(str(path))}, columns={{{columns}}}, auto_detect=false, header=false, "
        f"skip=1, delim={literal(separator)}, quote='\"', escape='\"', nullstr='', strict_mode=true)"
    )
