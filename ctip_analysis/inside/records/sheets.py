"""One file of records as text: CSV, Excel or Parquet, every cell as it was written.

Nothing is interpreted here. What cannot be read is a fault that names the file and how to mend it;
no message repeats a cell, because at this point nobody knows yet which cells name a person.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from ctip_analysis.base.errors import DataError, Fault

SUFFIXES = (".csv", ".xlsx", ".xls", ".parquet")
FILE_ROW = "file_row"  # added column: the row as a person sees it, the header being row 1
_BLANK = " \t\r\n\u00a0\u200b\ufeff"  # left and right of a value these mean nothing
_BLOCK = 16 * 2**20


@dataclass(frozen=True)
class Sheet:
    """A record table as it stands in its file.

    ``text`` holds every named column as text, without blanks at its ends (missing or "" where the
    cell is empty), and ``file_row``.
    Rows that are wholly empty are still there; the row numbers of the others stay true.
    """

    file: str
    name: str  # sheet of a workbook, "" elsewhere
    text: pa.Table

    @property
    def columns(self) -> list[str]:
        """Named columns in the order of the file."""
        return [column for column in self.text.column_names if column != FILE_ROW]


def read(path: Path, table: str) -> Sheet:
    """The records in *path*; of a workbook the sheet called *table*, else its first.

    The whole file is held in memory once, as Arrow text (about the size of the CSV).

    Raises
    ------
    DataError
        The file is empty, damaged, protected, not UTF-8, or its rows are of unequal length.
    """
    if path.stat().st_size == 0:
        raise _broken(
            path, "the file is empty (0 bytes)", "save it again from its source, with its header row"
        )
    reader = {".csv": _read_csv, ".parquet": _read_parquet}.get(path.suffix.lower())
    return reader(path) if reader else _read_workbook(path, table)


def _broken(path: Path, rule: str, mend: str, **more: object) -> DataError:
    return DataError(f"{path.name} can't be read", [Fault(path.name, rule, mend=mend, **more)])  # type: ignore[arg-type]


def _read_csv(path: Path) -> Sheet:
    _check_encoding(path)
    header = _csv_header(path)
    uneven: list[int] = []
    try:
        text = _arrow_csv(path, header, uneven, threads=True)
        if uneven:  # only one thread can say which rows they were
            uneven.clear()
            _arrow_csv(path, header, uneven, threads=False)
    except pa.ArrowInvalid:
        raise _broken(
            path, "the file can't be read as CSV", "look for a quotation mark that is never closed"
        ) from None
    if uneven:
        raise _broken(path, f"a row must have {len(header)} cells, as the header has",
                      "put a value that holds a comma in quotation marks", rows=tuple(uneven))  # fmt: skip
    return _sheet(path, "", header, text.columns)


def _check_encoding(path: Path) -> None:
    """Refuse bytes that are not UTF-8, saying where the first one stands."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read_so_far = 0
    with path.open("rb") as stream:
        while True:
            block = stream.read(_BLOCK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                where = read_so_far - waiting + error.start
                raise _broken(path, f"the text must be UTF-8, and the byte at position {where:,} is not",
                              "in Excel: Save As, “CSV UTF-8 (comma delimited)”") from None  # fmt: skip
            if not block:
                return
            read_so_far += len(block)


def _csv_header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream), [])
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise _broken(
            path, "columns must be separated by commas", "save it again as “CSV UTF-8 (comma delimited)”"
        )
    return header


def _arrow_csv(path: Path, header: list[str], uneven: list[int], *, threads: bool) -> pa.Table:
    def note(row: pacsv.InvalidRow) -> str:
        uneven.append(row.number or 0)
        return "skip"

    return pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=threads, block_size=_BLOCK),
        # An empty line stays a row: else every row number below it would be wrong.
        parse_options=pacsv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), null_values=[""],
            strings_can_be_null=True, quoted_strings_can_be_null=True,
        ),
    )  # fmt: skip


def _read_workbook(path: Path, table: str) -> Sheet:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            name = table if table in workbook.sheet_names else workbook.sheet_names[0]
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except PasswordError:
        raise _broken(
            path, "the workbook is protected by a password", "save a copy without a password"
        ) from None
    except (CalamineError, IndexError):
        raise _broken(
            path, "the file is no Excel workbook, or a damaged one", "save it again as .xlsx"
        ) from None
    if not cells:
        raise _broken(path, "the sheet is empty", "put the column names in row 1", sheet=name)
    header, *rows = cells
    columns = [
        pa.array([_as_text(cell) for cell in column], pa.string()) for column in zip(*rows, strict=True)
    ]
    columns = columns or [pa.array([], pa.string()) for _ in header]
    return _sheet(path, name, [_as_text(cell) or "" for cell in header], columns)


def _as_text(cell: object) -> str | None:
    """A cell of a workbook as a person would type it: 12 for 12.0, 2004-03-01 for a date."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)


def _read_parquet(path: Path) -> Sheet:
    try:
        stored = pq.read_table(path)
    except (pa.ArrowInvalid, OSError):
        raise _broken(path, "the file is no Parquet file, or a damaged one", "write it again") from None
    columns = [_column_as_text(path, name, stored[name]) for name in stored.column_names]
    return _sheet(path, "", stored.column_names, columns)


def _column_as_text(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        days = pc.floor_temporal(column, unit="day")
        if pc.all(pc.equal(days, column), min_count=0).as_py():
            column = column.cast(pa.date32())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _broken(path, f"the column must hold text, numbers or dates, not {column.type}",
                      "write one value in a cell", column=name) from None  # fmt: skip


def _sheet(path: Path, name: str, header: list[str], columns: list[pa.ChunkedArray]) -> Sheet:
    """Put names and row numbers to *columns*; unnamed columns go if nothing stands in them."""
    pairs = [(title.strip(), column) for title, column in zip(header, columns, strict=True)]
    for place, (title, column) in enumerate(pairs, start=1):
        if not title and column.null_count < len(column):
            raise _broken(path, f"column {place} has no name", "write its name in row 1", sheet=name)
    named = [(title, column) for title, column in pairs if title]
    repeated = [title for title, times in Counter(title for title, _ in named).items() if times > 1]
    if repeated:
        raise _broken(path, "the column stands twice in the header", "keep one of the two",
                      sheet=name, column=repeated[0])  # fmt: skip
    length = len(columns[0]) if columns else 0
    file_rows = pa.array(np.arange(2, length + 2))
    text = pa.table(
        [*(_trimmed(column) for _, column in named), file_rows],
        names=[*(title for title, _ in named), FILE_ROW],
    )
    return Sheet(path.name, name, text)


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim(column, characters=_BLANK)
    return column if trimmed.equals(column) else trimmed  # nearly always the same: don't keep it twice
