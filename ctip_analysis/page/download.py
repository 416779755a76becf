"""A figure as CSV and PNG: links that work offline, and in a copy of the page alone."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

SCRIPT = (Path(__file__).parent / "templates" / "picture.js").read_text(encoding="utf-8")
NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?")
_DATA = re.compile(
    r'<details class="data">(?P<head><summary>Data</summary>)(?P<rest>.*?)</details></figure>', re.DOTALL
)


def linked(body: str) -> str:
    """*body* with a link to a CSV in the data of each figure."""
    number = itertools.count(1)

    def link(found: re.Match[str]) -> str:
        table = BeautifulSoup(found["rest"], "html.parser").table
        if table is None:
            return found[0]
        mark = "_SYNTHETIC" if table.select_one("data.synthetic") else ""
        name = f"figure-{next(number)}{mark}.csv"
        made = f'<p><a download="{name}" href="{address(table)}">Download as CSV</a></p>'
        return f'<details class="data">{found["head"]}{made}{found["rest"]}</details></figure>'

    return _DATA.sub(link, body)


def address(table: Tag) -> str:
    """The ``data:`` address of the CSV of an HTML *table*."""
    return f"data:text/csv;base64,{base64.b64encode(to_csv(table).encode('utf-8-sig')).decode()}"


def to_csv(table: Tag) -> str:
    """An HTML *table* as CSV: numbers without separators, nothing for a dash; made-up numbers say so in each row."""
    made = io.StringIO()
    is_synthetic = table.select_one("data.synthetic") is not None
    rows = [[_plain(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    for at, row in enumerate(rows):
        more = ["kind" if at == 0 else "synthetic"] if is_synthetic else []
        csv.writer(made, lineterminator="\n").writerow([*row, *more])
    return made.getvalue()


def _plain(cell: Tag) -> str:
    words = " ".join(cell.get_text().split())
    if words == "–":
        return ""
    return words.replace(",", "").replace("−", "-") if NUMBER.fullmatch(words) else words
