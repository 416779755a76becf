"""A workbook, unzipped: what its sheets do not show, and what its cells say.

Only the parts and XML elements that a plain table needs are allowed. Comments, hidden sheets, links, formulas,
defined names, filters, printed headers and revisions all need others.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from ctip_analysis.audit.text import Found, in_heads, in_text

_TABLE = """worksheet sheetPr outlinePr pageSetUpPr dimension sheetViews sheetView pane selection sheetFormatPr cols
    col sheetData row c is t v pageMargins"""
_BOOK = "workbook workbookPr workbookProtection bookViews workbookView sheets sheet definedNames calcPr"
_STYLES = """styleSheet numFmts fonts font name family color sz scheme b charset fills fill patternFill fgColor bgColor
    borders border left right top bottom diagonal cellStyleXfs cellXfs xf alignment cellStyles cellStyle tableStyles
    colors indexedColors rgbColor dxfs"""
_PROPERTIES = "Properties Application AppVersion coreProperties creator created modified"
_ELEMENTS = {  # by name of the part; none are named for the theme, which draws nothing
    r"\[Content_Types\]\.xml": "Types Default Override",
    r"(?:_rels/|xl/_rels/workbook\.xml)\.rels": "Relationships Relationship",
    r"docProps/(?:app|core)\.xml": _PROPERTIES,
    r"xl/workbook\.xml": _BOOK,
    r"xl/styles\.xml": _STYLES,
    r"xl/sharedStrings\.xml": "sst si t",
    r"xl/worksheets/sheet\d+\.xml": _TABLE,
    r"xl/theme/theme1\.xml": "",
}
_PROPERTY = re.compile(r"openpyxl|Microsoft Excel(?: Compatible / Openpyxl [\d.]+)?|[\d.]+|[\dTZ:-]+")
_WHITE = {"00FFFFFF", "FFFFFFFF"}


def workbook(content: bytes) -> Iterator[Found]:
    """What a workbook holds that a reader of its sheets does not see, and what its cells must not say."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(content))
        parts = {name: opened.read(name).decode() for name in opened.namelist()}
        found = [*_archive(opened), *(one for part in parts.items() for one in _part(*part))]
        found += _unused_texts(parts)
        tables = sheets(content)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, KeyError, CalamineError,
            ElementTree.ParseError):  # fmt: skip
        yield "", "unreadable", "is not a workbook, or is damaged"
        return
    yield from found
    for title, rows in tables.items():
        for number, row in enumerate(rows[:5], start=1):
            yield from in_heads([str(value) for value in row], f"sheet {title}, row {number}")


def _archive(opened: zipfile.ZipFile) -> Iterator[Found]:
    members = opened.infolist()
    if opened.comment or any(part.comment for part in members):
        yield "archive", "hidden text", "the zip archive carries a comment"
    if len({part.filename for part in members}) < len(members):
        yield "archive", "hidden text", "a part is in the archive twice"


def _part(name: str, text: str) -> Iterator[Found]:
    known = [elements for pattern, elements in _ELEMENTS.items() if re.fullmatch(pattern, name)]
    if not known:
        yield "archive", "hidden text", "a part that no plain workbook has"
        return
    where = f"part {name}"
    yield from in_text(text, where)
    if "<!" in text:
        yield where, "hidden text", "an XML comment or declaration"
        return
    elements = list(ElementTree.fromstring(text).iter()) if known[0] else []
    if {_local(element.tag) for element in elements} - set(known[0].split()):
        yield where, "hidden text", "more than a plain table: a comment, link, formula, filter, …"
    for element in elements:
        yield from _element(where, element)


def _element(where: str, element: ElementTree.Element) -> Iterator[Found]:
    name, given = _local(element.tag), element.attrib
    hidden = given.get("hidden") in ("1", "true") or given.get("state", "visible") not in (
        "visible",
        "frozen",
    )
    if hidden or given.get("ht") == "0" or given.get("width") == "0":
        where = f"{where}, row {given['r']}" if name == "row" else where
        yield where, "hidden text", f"a hidden {name}"
    if name == "color" and given.get("rgb") in _WHITE:
        yield where, "hidden text", "white letters"
    if where.startswith("part docProps") and not _PROPERTY.fullmatch((element.text or "").strip() or "."):
        yield where, "metadata", f"the document property {name} is filled in"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _unused_texts(parts: dict[str, str]) -> Iterator[Found]:
    """Texts kept in the file that no cell shows."""
    pattern = re.compile(r"<c [^>]*t=\"s\"[^>]*>\s*<v>(\d+)</v>")
    used = {
        number for name, text in parts.items() if "worksheets/" in name for number in pattern.findall(text)
    }
    if len(re.findall(r"<si\b", parts.get("xl/sharedStrings.xml", ""))) > len(used):
        yield "shared texts", "hidden text", "a text that no cell shows"


@lru_cache(maxsize=1)  # read for what it hides, and again for what it says
def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """Rows of each sheet by its title, as values; an empty cell is an empty text."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {
        title: book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in book.sheet_names
    }
