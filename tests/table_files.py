"""Tables as files of every format that is read, written without the product's help."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Cell = str | int | float | bool | None
Rows = Sequence[Sequence[Cell]]
FORMATS = ("csv", "csv.gz", "csv.zip", "txt", "parquet", "xlsx", "xlsm", "xls", "ods")
_FLAT = 0.125  # the height that is put to zero
_ERRORS = {"#N/A": 42, "#REF!": 23, "#DIV/0!": 7}


@dataclass(frozen=True)
class Layout:
    """What a workbook has besides its rows; rows and columns count from 1.

    ``merged`` has top, left, bottom and right; ``days`` is a column of days in the system of 1904; ``old`` are the rows
    of a hidden sheet.
    """

    hidden: Iterable[int] = ()
    flat: Iterable[int] = ()  # rows without height
    unseen: Iterable[int] = ()  # columns
    merged: Iterable[tuple[int, int, int, int]] = ()
    days: int = 0
    old: Rows = ()


def write(folder: Path, table: str, rows: Rows, form: str, *, hidden: Iterable[int] = (),
          layout: Layout | None = None) -> Path:  # fmt: skip
    """Write *rows* as *folder*/*table*.*form* in place of the CSV; *hidden* rows of a workbook count from 1."""
    layout = layout or Layout(hidden)
    (folder / f"{table}.csv").unlink(missing_ok=True)
    path = folder / f"{table}.{form}"
    if form == "parquet":
        columns = zip(
            *[[None if cell is None else str(cell) for cell in row] for row in rows[1:]], strict=True
        )
        names = [str(name) for name in rows[0]]
        pq.write_table(pa.table([pa.array(column, pa.string()) for column in columns], names=names), path)
    elif form in ("xlsx", "xlsm"):
        _xlsx(path, rows, layout)
    elif form == "xls":
        old = [("old", True, layout.old, ())] if layout.old else []
        rows = [[_day(cell) if at == layout.days else cell for at, cell in enumerate(row, 1)] for row in rows]
        path.write_bytes(xls([*old, (table[:20], False, rows, layout.merged)], layout.hidden, is_1904=bool(layout.days),
                             unseen=layout.unseen, flat=layout.flat))  # fmt: skip
    elif form == "ods":
        old = [("old", True, layout.old)] if layout.old else []
        ods(path, [*old, (table, False, _spanned(rows, layout.merged))], layout.hidden, layout.unseen)
    else:
        _text(path, rows, form)
    return path


def _text(path: Path, rows: Rows, form: str) -> None:
    made = io.StringIO()
    csv.writer(made, delimiter="\t" if form == "txt" else ",", lineterminator="\n").writerows(rows)
    content = made.getvalue().encode("utf-16" if form == "txt" else "utf-8")  # Excel's “Unicode text”
    if form == "csv.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data.csv", content)
    else:
        path.write_bytes(gzip.compress(content) if form == "csv.gz" else content)


def _day(cell: Cell) -> Cell:
    """The number of an ISO date in the system of 1904; another cell as it is."""
    try:
        return (dt.date.fromisoformat(str(cell)) - dt.date(1904, 1, 1)).days
    except ValueError:
        return cell


def _xlsx(path: Path, rows: Rows, layout: Layout) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if layout.days:
        book.epoch = CALENDAR_MAC_1904
        for (cell,) in sheet.iter_rows(min_col=layout.days, max_col=layout.days):
            if isinstance(_day(cell.value), int):
                cell.value = dt.date.fromisoformat(cell.value)
    for number in layout.hidden:
        sheet.row_dimensions[number].hidden = True
    for number in layout.flat:
        sheet.row_dimensions[number].height = _FLAT
    for place in layout.unseen:
        sheet.column_dimensions[get_column_letter(place)].hidden = True
    for top, left, bottom, right in layout.merged:
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    if layout.old:
        for row in [book.create_sheet("old", 0), *layout.old][1:]:
            book["old"].append(list(row))
        book["old"].sheet_state = "hidden"
    book.save(path)
    if layout.flat:  # openpyxl writes no height of zero
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content.replace(f'ht="{_FLAT}"'.encode(), b'ht="0"'))


# OpenDocument: ODF 1.2, part 1, chapter 9

_NAMES = {"office": "office", "table": "table", "text": "text", "style": "style"}
_SPACES = " ".join(
    f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in _NAMES.items()
)
_UNSEEN = (
    '<office:automatic-styles><style:style style:name="unseen" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def ods(
    path: Path, sheets: Sequence[tuple[str, bool, Rows]], hidden: Iterable[int] = (), unseen: Iterable[int] = ()
) -> None:
    """Write sheets (name, whether hidden, rows); a cell that starts with "<" is written as the XML it is."""
    tables = "".join(_ods_table(*sheet, set(hidden), set(unseen)) for sheet in sheets)
    content = (
        f'<office:document-content {_SPACES} office:version="1.2">{_UNSEEN}<office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')


def _spanned(rows: Rows, merged: Iterable[tuple[int, int, int, int]]) -> Rows:
    """*rows* with merged cells as elements that span rows and columns, and the cells below as covered ones."""
    made = [list(row) for row in rows]
    for top, left, bottom, right in merged:
        for row in range(top, bottom + 1):
            made[row - 1][left - 1 : right] = ["<table:covered-table-cell/>"] * (right - left + 1)
        spans = f'table:number-rows-spanned="{bottom - top + 1}" table:number-columns-spanned="{right - left + 1}"'
        element = _ods_cell(rows[top - 1][left - 1])
        made[top - 1][left - 1] = element.replace("<table:table-cell", f"<table:table-cell {spans}", 1)
    return made


def _ods_table(name: str, is_hidden: bool, rows: Rows, hidden: set[int], unseen: set[int]) -> str:
    lines = []
    for place in range(1, max(map(len, rows), default=0) + 1):
        shown = ' table:visibility="collapse"' if place in unseen else ""
        lines.append(f"<table:table-column{shown}/>")
    for number, row in enumerate(rows, start=1):
        shown = ' table:visibility="collapse"' if number in hidden else ""
        lines.append(f"<table:table-row{shown}>{''.join(map(_ods_cell, row))}</table:table-row>")
    style = ' table:style-name="unseen"' if is_hidden else ""
    tail = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    return f'<table:table table:name="{escape(name)}"{style}>{"".join(lines)}{tail}</table:table>'


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, str) and cell.startswith("<table:"):
        return cell
    text = f"<text:p>{escape(str(cell))}</text:p>"
    if isinstance(cell, bool):
        value = f'office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, int | float):
        value = f'office:value-type="float" office:value="{cell}"'
    elif cell in _ERRORS:
        value = 'table:formula="of:=1/0" office:value-type="string" office:string-value=""'
    else:
        value = 'office:value-type="string"'
    return f"<table:table-cell {value}>{text}</table:table-cell>"


# Excel 97: [MS-XLS] records in a [MS-CFB] file of two streams


def xls(sheets: Sequence[tuple[str, bool, Rows, Iterable[tuple[int, int, int, int]]]], hidden: Iterable[int] = (),
        *, is_1904: bool = False, unseen: Iterable[int] = (), flat: Iterable[int] = ()) -> bytes:  # fmt: skip
    """A workbook of sheets (name, whether hidden, rows, merged cells as top, left, bottom, right, from 1)."""
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\x00Arial"
    styles = b"".join(
        _record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5 if i < 15 else 1, 32, 0, 0, 0, 0, 0, 0x20C0))
        for i in range(16)
    )
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    head += _record(0x42, struct.pack("<H", 1200)) + _record(0x22, struct.pack("<H", is_1904))
    head += _record(0x31, font) * 5 + styles + _record(0x293, struct.pack("<HBB", 0x8000, 0, 255))
    bodies = [_xls_sheet(rows, merged, set(hidden), set(unseen), set(flat)) for _, _, rows, merged in sheets]
    at = len(head) + sum(12 + len(name.encode("utf-16-le")) for name, *_ in sheets) + 4
    index = b""
    for (name, is_hidden, *_), body in zip(sheets, bodies, strict=True):
        title = name.encode("utf-16-le")
        index += _record(0x85, struct.pack("<IBBBB", at, int(is_hidden), 0, len(name), 1) + title)
        at += len(body)
    return _compound(head + index + _record(0x0A) + b"".join(bodies))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _xls_sheet(
    rows: Rows, merged: Iterable[tuple[int, int, int, int]], hidden: set[int], unseen: set[int], flat: set[int]
) -> bytes:
    made = _record(0x809, struct.pack("<HHHHII", 0x600, 16, 0x0DBB, 0x07CC, 0, 6))
    made += b"".join(_record(0x7D, struct.pack("<HHHHHH", at - 1, at - 1, 2560, 15, 1, 0)) for at in unseen)
    made += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0))
    for number, row in enumerate(rows):
        if number + 1 in hidden | flat:
            height, flags = (0, 0x140) if number + 1 in flat else (255, 0x120)
            made += _record(0x208, struct.pack("<HHHHHHI", number, 0, len(row), height, 0, 0, flags))
        made += b"".join(_xls_cell(number, place, cell) for place, cell in enumerate(row))
    corners = [
        struct.pack("<HHHH", top - 1, bottom - 1, left - 1, right - 1) for top, left, bottom, right in merged
    ]
    made += _record(0xE5, struct.pack("<H", len(corners)) + b"".join(corners)) if corners else b""
    return made + _record(0x0A)


def _xls_cell(row: int, column: int, cell: Cell) -> bytes:
    at = struct.pack("<HHH", row, column, 15)
    if cell is None or cell == "":
        return b""
    if isinstance(cell, bool):
        return _record(0x205, at + bytes([cell, 0]))
    if isinstance(cell, int | float):
        return _record(0x203, at + struct.pack("<d", cell))
    if cell in _ERRORS:
        return _record(0x205, at + bytes([_ERRORS[cell], 1]))
    return _record(0x204, at + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))


def _compound(stream: bytes) -> bytes:
    """*stream* as the stream "Workbook" of a compound file with sectors of 512 bytes."""
    stream = stream.ljust(4096, b"\0")
    n_data = -(-len(stream) // 512)
    n_table = next(n for n in range(1, 110) if n * 128 >= n + 1 + n_data)
    end, unused = 0xFFFFFFFE, 0xFFFFFFFF
    table = [0xFFFFFFFD] * n_table + [end] + [n_table + 2 + i for i in range(n_data - 1)] + [end]
    table += [unused] * (n_table * 128 - len(table))
    entries = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, unused, n_table + 1, len(stream))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIII", 0, n_table, n_table, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", *(i if i < n_table else unused for i in range(109)))
    return (
        head
        + struct.pack(f"<{len(table)}I", *table)
        + entries.ljust(512, b"\0")
        + stream.ljust(n_data * 512, b"\0")
    )


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    title = f"{name}\0".encode("utf-16-le")
    head = title.ljust(64, b"\0") + struct.pack("<HBBIII", len(title), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
