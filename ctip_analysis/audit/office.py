"""A workbook as an attacker reads it: its parts unzipped, its hidden sheets, rows, notes and properties."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ctip_analysis.audit.text import Finding, headers, in_text

_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml"
    r"|xl/(?:workbook|styles|sharedStrings|theme/theme\d+|worksheets/sheet\d+)\.xml"
    r"|xl/(?:_rels/workbook|worksheets/_rels/sheet\d+)\.xml\.rels"
)
_KINDS = {
    "comments": "comment",
    "threadedComments": "comment",
    "persons": "comment",
    "externalLinks": "external address",
    "connections": "external address",
    "queryTables": "external address",
    "vbaProject": "script",
    "media": "attachment",
    "embeddings": "attachment",
    "drawings": "attachment",
    "printerSettings": "machine path",
    "custom": "document properties",
    "customXml": "document properties",
    "pivotCache": "hidden sheet",
}
_PROPERTY = re.compile(r"<(?:\w+:)?(\w+)[^>]*>([^<]+)</")
_HARMLESS = re.compile(  # properties as a library writes them: itself, a day, a switch
    r"creator:openpyxl|Application:[\w ./]+|AppVersion:[\d.]+|(?:created|modified):[\dTZ:-]+"
    r"|(?:DocSecurity|ScaleCrop|LinksUpToDate|SharedDoc|HyperlinksChanged):(?:\d|true|false)"
)
_UNSEEN = re.compile(  # what a program keeps beside the cells: readings, users, extensions, the folder of the file
    r"<(?:\w+:)?(?:extLst|rPh|legacyDrawing|oleObjects?|customSheetViews?|customWorkbookViews?|fileSharing|absPath|scenarios)\b"
)
_UNSEEN_FORMAT = re.compile(r"^;;;|\"[^\"]*\w[^\"]*\"")


def workbook(file: str, content: bytes) -> Iterator[Finding]:
    """What a workbook holds that a reader of its sheets does not see, and what its cells must not say."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(content))
        parts = {name: opened.read(name) for name in opened.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        yield Finding(file, "", "unreadable", "is not a workbook")
        return
    yield from _parts(file, opened, parts)
    try:
        book = _book(content)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError):
        yield Finding(file, "", "unreadable", "is an archive, but not a workbook")
        return
    if book.defined_names:
        yield Finding(file, "workbook", "defined name", f"{len(book.defined_names)} defined name(s)")
    for sheet in book.worksheets:
        yield from _sheet(file, sheet)
        yield from _cells(file, sheet)
    if len(book.worksheets) != len(book.sheetnames):
        yield Finding(file, "workbook", "unknown part", "a sheet that is no table")


def _parts(file: str, opened: zipfile.ZipFile, parts: dict[str, bytes]) -> Iterator[Finding]:
    if opened.comment or any(part.comment for part in opened.infolist()):
        yield Finding(file, "archive", "comment", "the zip archive carries a comment")
    if len(parts) < len(opened.namelist()):
        yield Finding(file, "archive", "hidden text", "a part stands twice")
    if min((part.header_offset for part in opened.infolist()), default=0) > 0:
        yield Finding(file, "archive", "bytes before the file", "bytes stand before the first part")
    for name, content in parts.items():
        if not _PARTS.fullmatch(name):
            kinds = [channel for word, channel in _KINDS.items() if word in name]
            yield Finding(
                file, f"part {name}", kinds[0] if kinds else "unknown part", "a part that is no sheet"
            )
        text = content.decode("utf-8", "replace")
        if name.startswith("docProps/"):
            yield from _properties(file, name, text)
        elif name == "xl/sharedStrings.xml":
            yield from _orphans(file, text, parts)
        if name.startswith("xl/") and _UNSEEN.search(text):
            yield Finding(file, f"part {name}", "hidden text", "a part of a sheet that no cell shows")
        if name.endswith((".xml", ".rels", ".vml")):
            if "<!--" in text:
                yield Finding(file, f"part {name}", "comment", "an XML comment")
            yield from in_text(file, text, f"part {name}")


def _properties(file: str, name: str, text: str) -> Iterator[Finding]:
    for tag, value in _PROPERTY.findall(text):
        if not _HARMLESS.fullmatch(f"{tag}:{value}"):
            yield Finding(file, f"part {name}", "document properties", f"the property {tag} is filled in")


def _orphans(file: str, text: str, parts: dict[str, bytes]) -> Iterator[Finding]:
    """Texts kept in the file that no cell shows."""
    used: set[int] = set()
    for name, content in parts.items():
        if name.startswith("xl/worksheets/"):
            cells = re.findall(rb"<c [^>]*t=\"s\"[^>]*>.*?<v>(\d+)</v>", content, re.DOTALL)
            used |= {int(number) for number in cells}
    if left := len(re.findall(r"<si\b", text)) - len(used):
        yield Finding(file, "shared texts", "hidden text", f"{left} text(s) that no cell shows")


def _sheet(file: str, sheet: Worksheet) -> Iterator[Finding]:
    place = f"sheet {sheet.title}"
    if sheet.sheet_state != "visible":
        channel = "very hidden sheet" if sheet.sheet_state == "veryHidden" else "hidden sheet"
        yield Finding(file, place, channel, "a sheet nobody sees")
    for letter, column in sheet.column_dimensions.items():
        if column.hidden or column.width == 0:
            yield Finding(file, f"{place}, column {letter}", "hidden column", "a column nobody sees")
    for number, row in sheet.row_dimensions.items():
        if row.hidden or row.height == 0:
            yield Finding(file, f"{place}, row {number}", "hidden row", "a row nobody sees")
    if sheet.defined_names:
        yield Finding(file, place, "defined name", f"{len(sheet.defined_names)} defined name(s)")
    if sheet.data_validations.dataValidation:
        yield Finding(file, place, "unused categories", "a list of choices")
    if sheet.auto_filter.ref:
        yield Finding(file, place, "hidden row", "a filter, which may hide rows")
    margins = (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter)
    if any(part.text for margin in margins for part in (margin.left, margin.center, margin.right)):
        yield Finding(file, place, "document properties", "a header or footer for printing")


def _cells(file: str, sheet: Worksheet) -> Iterator[Finding]:
    place = f"sheet {sheet.title}"
    unseen: dict[int, bool] = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = [cell.value for cell in row if isinstance(cell.value, str)]
        if number <= 5:
            yield from headers(file, texts, f"{place}, row {number}")
        for cell in row:
            if cell.comment is not None:
                yield Finding(file, f"{place}, cell {cell.coordinate}", "comment", "a comment on a cell")
            if cell.hyperlink is not None:
                yield Finding(
                    file, f"{place}, cell {cell.coordinate}", "external address", "a link on a cell"
                )
            if cell.value is None:
                continue
            if cell.data_type == "f":
                yield Finding(
                    file, f"{place}, cell {cell.coordinate}", "formula", "a formula in place of a value"
                )
            if cell.has_style and unseen.setdefault(cell._style.__hash__(), _is_unseen(cell)):
                yield Finding(
                    file, f"{place}, cell {cell.coordinate}", "hidden text", "written so that it is not seen"
                )


def _is_unseen(cell: object) -> bool:
    """Whether a cell's own look hides it: white letters on no ground, or a format that prints nothing."""
    colour, ground = cell.font.color, cell.fill.fill_type  # type: ignore[attr-defined]
    is_white = colour is not None and colour.rgb in ("00FFFFFF", "FFFFFFFF")
    return bool(
        (is_white and not ground)
        or _UNSEEN_FORMAT.search(cell.number_format or "")  # type: ignore[attr-defined]
        or cell.protection.hidden  # type: ignore[attr-defined]
    )


@lru_cache(maxsize=1)  # read for what it hides, and again for what it says
def _book(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    """Rows of each sheet by its title, as values."""
    return {sheet.title: [list(row) for row in sheet.values] for sheet in _book(content).worksheets}
