"""The workbook of an edition: a sheet a table after a sheet with the meaning of each column, written as plain XML.

Only what a table needs is written, and no clock or name: the same edition gives the same parts, so that an audit makes
them again from the CSV files beside a workbook and compares.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

SYNTHETIC_NOTE = (
    "SYNTHETIC: made-up records that show how the report works; no real person or event is behind them"
)
STATUS_NOTE = (
    "An empty value is not a zero: its status says why. Hatched and withheld: not shown, to protect people; "
    "no_data: nothing was recorded; not_applicable: nothing could be"
)
SHEET = "xl/worksheets/sheet"
_MOST_ROWS = 1_048_576
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can say: nothing varies between two runs
_BOLD, _HATCHED = ' s="1"', ' s="2"'  # numbers of the formats in _STYLES; hatched as in figures
_DROPPED = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])  # characters that XML can't have
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="lightUp"><fgColor rgb="FF6B6B6B"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="2" borderId="0" xfId="0" applyFill="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def written(parts: Mapping[str, str]) -> bytes:
    """The *parts* of a workbook as its file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), text.encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def parts(tables: Mapping[str, str], package: Mapping[str, Any], *, is_synthetic: bool) -> dict[str, str]:
    """XML of each part of the workbook by name; *tables* are texts of CSV, *package* describes their columns."""
    note = SYNTHETIC_NOTE if is_synthetic else ""
    sheets = {"dictionary": _dictionary(package, note)}
    sheets |= {name: _table(name, text, note) for name, text in tables.items()}
    numbered = list(enumerate(sheets, start=1))
    types = [f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>',
             f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>',
             *(f'<Override PartName="/{SHEET}{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
               for number, _ in numbered)]  # fmt: skip
    named = (
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>' for number, name in numbered
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number, _ in numbered] + [
        ("styles", "styles.xml")
    ]
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{"".join(types)}</Types>',
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}"><sheets>{"".join(named)}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": _relations(targets),
        "xl/styles.xml": _STYLES,
        **{f"{SHEET}{number}.xml": sheets[name] for number, name in numbered},
    }


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    each = (f'<Relationship Id="r{number}" Type="{_KIND}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets, start=1))  # fmt: skip
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(each)}</Relationships>'


def _dictionary(package: Mapping[str, Any], note: str) -> str:
    """The sheet that says what each column means."""
    above = [
        line for line in (note, package.get("title", ""), f"Edition {package['id']}", STATUS_NOTE) if line
    ]
    rows = ([resource["name"], field["name"], field.get("description", "")]
            for resource in package["resources"] for field in resource["schema"]["fields"])  # fmt: skip
    return _sheet(above, ["sheet", "column", "meaning"], rows)


def _table(name: str, text: str, note: str) -> str:
    rows = csv.reader(io.StringIO(text))
    above = ". ".join(filter(None, [note, STATUS_NOTE if name == "cells" else ""]))
    return _sheet([above] if above else [], next(rows, []), itertools.islice(rows, _MOST_ROWS - 2))


def _sheet(above: list[str], columns: list[str], rows: Iterable[list[str]]) -> str:
    """A sheet with the lines *above*, the names of the *columns* in bold, and the *rows* of its table."""
    top = len(above) + 1
    hatched = columns.index("value") if {"value", "status"} <= set(columns) else -1
    status = columns.index("status") if hatched >= 0 else -1
    letters = list(itertools.islice(_letters(), max(len(columns), 1)))
    lines = [_row(number, [_text(f"A{number}", line)]) for number, line in enumerate(above, start=1)]
    heads = [_text(f"{letter}{top}", name, _BOLD) for letter, name in zip(letters, columns, strict=False)]
    lines.append(_row(top, heads))
    for number, row in enumerate(rows, start=top + 1):
        cells = [
            _cell(f"{letter}{number}", value) for letter, value in zip(letters, row, strict=True) if value
        ]
        if hatched >= 0 and row[status] == "withheld":
            cells.insert(sum(map(bool, row[:hatched])), f'<c r="{letters[hatched]}{number}"{_HATCHED}/>')
        lines.append(_row(number, cells))
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="{top}" '
        f'topLeftCell="A{top + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultColWidth="16" defaultRowHeight="15"/><sheetData>'
        f"{''.join(lines)}</sheetData></worksheet>"
    ).translate(_DROPPED)


def _row(number: int, cells: list[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>\n'


def _letters() -> Iterator[str]:
    """Names of columns: A to Z, AA to ZZ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield from alphabet
    yield from map("".join, itertools.product(alphabet, repeat=2))


def _cell(place: str, value: str) -> str:
    """A number as a number; text stays text, and never becomes a formula."""
    try:
        number = float(value)
    except ValueError:
        return _text(place, f"'{value}" if value[0] in "=+@" else value)
    if not math.isfinite(number):
        return _text(place, value)
    return f'<c r="{place}"><v>{int(number) if number.is_integer() else number!r}</v></c>'


def _text(place: str, value: str, style: str = "") -> str:
    return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
