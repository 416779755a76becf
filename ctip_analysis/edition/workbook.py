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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

SYNTHETIC_NOTE = "SYNTHETIC: made-up records that show how the report works; no real person or event is behind them"
STATUS_NOTE = (
    "An empty value is not a zero: its status says why. Hatched and withheld: not shown, to protect people; "
    "no_data: nothing was recorded; not_applicable: nothing could be"
)
FOR_READERS = KEY, WIDE, TAGGED = (
    "key_figures",
    "by_province",
    "results_hxl",
)  # made from the others
TITLES = {KEY: "Key figures", WIDE: "By province"}  # sheets for readers, before the others
SHEET = "xl/worksheets/sheet"
_MOST_ROWS = 1_048_576
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can say: nothing varies between two runs
_BOLD, _HATCHED, _THOUSANDS, _HEADED = (f' s="{number}"' for number in (1, 2, 3, 4))  # formats in _STYLES
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
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="2" borderId="0" xfId="0" applyFill="1"/>'
    '<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
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
    order = [*(name for name in TITLES if name in tables), *(name for name in tables if name not in FOR_READERS)]
    titles = {name: TITLES.get(name, name) for name in order}
    sheets = {"Read me": _read_me(package, note, titles)}
    sheets |= {title: _table(name, tables[name], note) for name, title in titles.items()}
    sheets["dictionary"] = _dictionary(package, note)
    numbered = list(enumerate(sheets, start=1))
    types = [f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>',
             f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>',
             *(f'<Override PartName="/{SHEET}{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
               for number, _ in numbered)]  # fmt: skip
    named = (f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>' for number, name in numbered)
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number, _ in numbered] + [("styles", "styles.xml")]
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


def _read_me(package: Mapping[str, Any], note: str, titles: Mapping[str, str]) -> str:
    """The first sheet: what the workbook is, how to quote it, and what each sheet has."""
    about = {each["name"]: each.get("description", "") for each in package["resources"]}
    licences = (f"Licence: {one['title']} {one.get('path', '')}".strip() for one in package.get("licenses", []))
    lines = [note, str(package.get("title", "")), f"Edition {package['id']}", STATUS_NOTE,
             f"To cite: {package.get('citation', '')}" if package.get("citation") else "",
             *licences]  # fmt: skip
    rows = [[title, about.get(name, "")] for name, title in titles.items()]
    rows.append(["dictionary", "what each column of each sheet means"])
    return _sheet([line for line in lines if line], ["sheet", "what it has"], rows, [22, 110])


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    each = (f'<Relationship Id="r{number}" Type="{_KIND}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets, start=1))  # fmt: skip
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(each)}</Relationships>'


def _dictionary(package: Mapping[str, Any], note: str) -> str:
    """The sheet that says what each column means."""
    above = [line for line in (note, package.get("title", ""), f"Edition {package['id']}", STATUS_NOTE) if line]
    rows = ([resource["name"], field["name"], field.get("description", "")]
            for resource in package["resources"] for field in resource["schema"]["fields"])  # fmt: skip
    return _sheet(above, ["sheet", "column", "meaning"], rows)


def _table(name: str, text: str, note: str) -> str:
    rows = csv.reader(io.StringIO(text))
    above = ". ".join(filter(None, [note, STATUS_NOTE if name == "cells" else ""]))
    columns = next(rows, [])
    widths = [_width(column) for column in columns] if name in TITLES else []
    return _sheet([above] if above else [], columns, itertools.islice(rows, _MOST_ROWS - 2), widths)


def _width(column: str) -> int:
    """Letters that a column of a table for readers is wide: names are wider than numbers."""
    return {"name": 46, "indicator": 34, "province": 22, "unit": 24}.get(column, 14)


def _sheet(above: list[str], columns: list[str], rows: Iterable[list[str]], widths: Sequence[int] = ()) -> str:
    """A sheet with the lines *above*, the names of the *columns* in bold, and the *rows* of its table.

    A table with *widths* is for readers: it has filters, its first column stays in place, and heads are wrapped.
    """
    top = len(above) + 1
    hatched = columns.index("value") if {"value", "status"} <= set(columns) else -1
    status = columns.index("status") if hatched >= 0 else -1
    letters = list(itertools.islice(_letters(), max(len(columns), 1)))
    lines = [_row(number, [_text(f"A{number}", line)]) for number, line in enumerate(above, start=1)]
    bold = _HEADED if widths else _BOLD
    heads = [_text(f"{letter}{top}", name, bold) for letter, name in zip(letters, columns, strict=False)]
    lines.append(_row(top, heads))
    number, style = top, _THOUSANDS if widths else ""
    for number, row in enumerate(rows, start=top + 1):
        placed = zip(letters, row, strict=True)
        cells = [_cell(f"{letter}{number}", value, style) for letter, value in placed if value]
        if hatched >= 0 and row[status] == "withheld":
            cells.insert(sum(map(bool, row[:hatched])), f'<c r="{letters[hatched]}{number}"{_HATCHED}/>')
        lines.append(_row(number, cells))
    frozen = list(columns[:2]) != ["sheet", "what it has"] and bool(widths)  # the names beside the codes
    across = f'xSplit="2" ySplit="{top}" topLeftCell="C{top + 1}" activePane="bottomRight"'
    pane = across if frozen else f'ySplit="{top}" topLeftCell="A{top + 1}" activePane="bottomLeft"'
    sized = "".join(f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
                    for at, width in enumerate(widths, start=1))  # fmt: skip
    filters = f'<autoFilter ref="A{top}:{letters[len(columns) - 1]}{number}"/>' if frozen else ""
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane {pane} '
        'state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultColWidth="16" defaultRowHeight="15"/>'
        f"{f'<cols>{sized}</cols>' if sized else ''}<sheetData>{''.join(lines)}</sheetData>{filters}</worksheet>"
    ).translate(_DROPPED)


def _row(number: int, cells: list[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>\n'


def _letters() -> Iterator[str]:
    """Names of columns: A to Z, AA to ZZ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield from alphabet
    yield from map("".join, itertools.product(alphabet, repeat=2))


def _cell(place: str, value: str, style: str = "") -> str:
    """A number as a number; text stays text, and never becomes a formula."""
    return f'<c r="{place}"{_content(value, style)}</c>'


@lru_cache(maxsize=10_000)  # indicators, places and periods are written thousands of times
def _content(value: str, style: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return _words(f"'{value}" if value[0] in "=+@" else value)
    if not math.isfinite(number):
        return _words(value)
    return f"{style}><v>{int(number) if number.is_integer() else number!r}</v>"


def _text(place: str, value: str, style: str = "") -> str:
    return f'<c r="{place}"{_words(value, style)}</c>'


def _words(value: str, style: str = "") -> str:
    return f'{style} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is>'
