"""Tables as files of every format that is read, written without the product's help."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Cell = str | int | float | bool | None
Rows = Sequence[Sequence[Cell]]
FORMATS = ("csv", "csv.gz", "csv.zip", "txt", "parquet", "xlsx", "xlsm", "xls", "ods")
_ERRORS = {"#N/A": 42, "#REF!": 23, "#DIV/0!": 7}


def write(folder: Path, table: str, rows: Rows, form: str, *, hidden: Iterable[int] = ()) -> Path:
    """Write *rows* as *folder*/*table*.*form* in place of the CSV; *hidden* rows of a workbook count from 1."""
    (folder / f"{table}.csv").unlink(missing_ok=True)
    path = folder / f"{table}.{form}"
    if form == "parquet":
        columns = zip(
            *[[None if cell is None else str(cell) for cell in row] for row in rows[1:]], strict=True
        )
        names = [str(name) for name in rows[0]]
        pq.write_table(pa.table([pa.array(column, pa.string()) for column in columns], names=names), path)
    elif form in ("xlsx", "xlsm"):
        _xlsx(path, rows, hidden)
    elif form == "xls":
        path.write_bytes(xls([(table[:20], False, rows, ())], hidden))
    elif form == "ods":
        ods(path, [(table, False, rows)], hidden)
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


def _xlsx(path: Path, rows: Rows, hidden: Iterable[int]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for number in hidden:
        book.active.row_dimensions[number].hidden = True
    book.save(path)


# OpenDocument: ODF 1.2, part 1, chapter 9

_NAMES = {"office": "office", "table": "table", "text": "text", "style": "style"}
_SPACES = " ".join(
    f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in _NAMES.items()
)
_UNSEEN = (
    '<office:automatic-styles><style:style style:name="unseen" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def ods(path: Path, sheets: Sequence[tuple[str, bool, Rows]], hidden: Iterable[int] = ()) -> None:
    """Write sheets (name, whether hidden, rows); a cell that starts with "<" is written as the XML it is."""
    tables = "".join(_ods_table(*sheet, set(hidden)) for sheet in sheets)
    content = (
        f'<office:document-content {_SPACES} office:version="1.2">{_UNSEEN}<office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')


def _ods_table(name: str, is_hidden: bool, rows: Rows, hidden: set[int]) -> str:
    lines = []
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
        *, is_1904: bool = False) -> bytes:  # fmt: skip
    """A workbook of sheets (name, whether hidden, rows, merged cells as top, left, bottom, right, from 1)."""
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\x00Arial"
    styles = b"".join(
        _record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5 if i < 15 else 1, 32, 0, 0, 0, 0, 0, 0x20C0))
        for i in range(16)
    )
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    head += _record(0x42, struct.pack("<H", 1200)) + _record(0x22, struct.pack("<H", is_1904))
    head += _record(0x31, font) * 5 + styles + _record(0x293, struct.pack("<HBB", 0x8000, 0, 255))
    bodies = [_xls_sheet(rows, merged, set(hidden)) for _, _, rows, merged in sheets]
    at = len(head) + sum(12 + len(name.encode("utf-16-le")) for name, *_ in sheets) + 4
    index = b""
    for (name, is_hidden, *_), body in zip(sheets, bodies, strict=True):
        title = name.encode("utf-16-le")
        index += _record(0x85, struct.pack("<IBBBB", at, int(is_hidden), 0, len(name), 1) + title)
        at += len(body)
    return _compound(head + index + _record(0x0A) + b"".join(bodies))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _xls_sheet(rows: Rows, merged: Iterable[tuple[int, int, int, int]], hidden: set[int]) -> bytes:
    made = _record(0x809, struct.pack("<HHHHII", 0x600, 16, 0x0DBB, 0x07CC, 0, 6))
    made += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0))
    for number, row in enumerate(rows):
        if number + 1 in hidden:
            made += _record(0x208, struct.pack("<HHHHHHI", number, 0, len(row), 255, 0, 0, 0x120))
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
