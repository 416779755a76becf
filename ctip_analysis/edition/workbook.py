"""The workbook of an edition: a sheet a table, after sheets for readers and before one with the meaning of each column.

No clock or name is in it: the same edition gives the same bytes, so that an audit makes a workbook again from the CSV
files beside it and compares.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

SYNTHETIC_NOTE = "SYNTHETIC: made-up records that show how the report works; no real person or event is behind them"
STATUS_NOTE = (
    "An empty value is not a zero: its status says why. Hatched and withheld: not shown, to protect people; "
    "no_data: nothing was recorded; not_applicable: nothing could be"
)
FOR_READERS = KEY, WIDE, TAGGED = ("key_figures", "by_province", "results_hxl")  # made from the others
TITLES = {KEY: "Key figures", WIDE: "By province"}  # sheets for readers, before the others
SHEET = "xl/worksheets/sheet"  # how the parts of a workbook begin that are sheets
_MOST_ROWS = 1_048_576
_NO_DAY = datetime(1980, 1, 1)  # a workbook has a day on which it was made: always the same
_WIDTHS = {"name": 46, "indicator": 34, "province": 22, "unit": 24}  # letters: names are wider than numbers
_USUAL = 14
_LOOKS = {
    "": {},
    "bold": {"bold": True},
    "head": {"bold": True, "text_wrap": True, "valign": "top"},
    "hatched": {"pattern": 14, "fg_color": "#6B6B6B"},
    "thousands": {"num_format": 3},  # 12,500
}


def made(tables: Mapping[str, str], package: Mapping[str, Any], *, is_synthetic: bool) -> bytes:
    """The content of the workbook; *tables* are texts of CSV by name, *package* describes their columns."""
    note = SYNTHETIC_NOTE if is_synthetic else ""
    order = [*(name for name in TITLES if name in tables), *(name for name in tables if name not in FOR_READERS)]
    titles = {name: TITLES.get(name, name) for name in order}
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _NO_DAY})
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        _read_me(book.add_worksheet("Read me"), looks, package, note, titles)
        for name, title in titles.items():
            _table(book.add_worksheet(title), looks, name, tables[name], note)
        _dictionary(book.add_worksheet("dictionary"), looks, package, note)
    return content.getvalue()


def _read_me(
    sheet: Worksheet, looks: Mapping[str, Format], package: Mapping[str, Any], note: str, titles: Mapping[str, str]
) -> None:
    """What the workbook is, how to quote it, and what each sheet has."""
    about = {each["name"]: each.get("description", "") for each in package["resources"]}
    cited = f"To cite: {package['citation']}" if package.get("citation") else ""
    licences = (f"Licence: {one['title']} {one.get('path', '')}".strip() for one in package.get("licenses", []))
    above = [note, str(package.get("title", "")), f"Edition {package['id']}", STATUS_NOTE, cited, *licences]
    rows = [[title, about.get(name, "")] for name, title in titles.items()]
    rows.append(["dictionary", "what each column of each sheet means"])
    _write(sheet, looks, above, ["sheet", "what it has"], rows, [22, 110])


def _dictionary(sheet: Worksheet, looks: Mapping[str, Format], package: Mapping[str, Any], note: str) -> None:
    above = [note, package.get("title", ""), f"Edition {package['id']}", STATUS_NOTE]
    rows = ([resource["name"], field["name"], field.get("description", "")]
            for resource in package["resources"] for field in resource["schema"]["fields"])  # fmt: skip
    _write(sheet, looks, above, ["sheet", "column", "meaning"], rows)


def _table(sheet: Worksheet, looks: Mapping[str, Format], name: str, text: str, note: str) -> None:
    """A table; one for readers has filters, and the names beside the codes stay in place."""
    rows = csv.reader(io.StringIO(text))
    columns = next(rows, [])
    above = ". ".join(filter(None, [note, STATUS_NOTE if name == "cells" else ""]))
    widths = [_WIDTHS.get(column, _USUAL) for column in columns] if name in TITLES else []
    top, last = _write(sheet, looks, [above], columns, itertools.islice(rows, _MOST_ROWS - 2), widths)
    if widths:
        sheet.autofilter(top, 0, last, len(columns) - 1)
        sheet.freeze_panes(top + 1, 2)


def _write(
    sheet: Worksheet, looks: Mapping[str, Format], above: Sequence[str], columns: Sequence[str],
    rows: Iterable[Sequence[str]], widths: Sequence[int] = (),
) -> tuple[int, int]:  # fmt: skip
    """Write the lines *above*, the names of the *columns* and the *rows*; the rows (from 0) of the names and the last.

    Columns with *widths* are for readers: numbers have thousands set off. A withheld value is hatched.
    """
    for at, line in enumerate(filter(None, above)):
        sheet.write_string(at, 0, line)
    top = last = sum(map(bool, above))
    for column, name in enumerate(columns):
        sheet.write_string(top, column, name, looks["head" if widths else "bold"])
    number_look, hatched = looks["thousands" if widths else ""], _places(columns)
    for last, row in enumerate(rows, start=top + 1):
        for column, text in enumerate(row):
            content = _content(text)
            if isinstance(content, float):
                sheet.write_number(last, column, content, number_look)
            elif content:
                sheet.write_string(last, column, content)
            elif column == hatched.get("value") and row[hatched["status"]] == "withheld":
                sheet.write_blank(last, column, None, looks["hatched"])
    for column, width in enumerate(widths or [_USUAL + 2] * len(columns)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(top + 1, 0)
    return top, last


def _places(columns: Sequence[str]) -> dict[str, int]:
    """Where the columns of a value and of its status are; {} unless both are there."""
    return {name: columns.index(name) for name in ("value", "status")} if {"value", "status"} <= {*columns} else {}


@lru_cache(maxsize=10_000)  # indicators, places and periods are written thousands of times
def _content(text: str) -> float | str:
    """A number as a number; text stays text, and never becomes a formula."""
    try:
        number = float(text)
    except ValueError:
        return f"'{text}" if text[:1] in ("=", "+", "@") else text
    return number if math.isfinite(number) else text
