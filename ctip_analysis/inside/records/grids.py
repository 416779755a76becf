"""Cells of one sheet as text before anything is known of them, and the row among them that names the columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records.personal import looks_personal
from ctip_analysis.inside.records.spellings import INVISIBLE, UNSAID, Formats

HEADER_WITHIN = 15  # rows in which the header is looked for
NO_VALUE = "the cell has a formula without a stored value"
BLANK = " \t\r\n\u00a0" + INVISIBLE

Row = tuple[int, list[str | None]]
Place = tuple[int, int]  # row and column of a cell, counted from 1


@dataclass
class Grid:
    """Cells of one sheet before its header is known.

    ``refused`` gives the rule that a cell breaks, ``merged`` the corners of merged cells, ``hidden`` rows and
    ``unseen`` columns that are not shown; all by row and column counted from 1. ``is_padded`` if a row ends with its
    last filled cell.
    """

    file: str
    name: str
    rows: Iterable[Row]
    is_padded: bool = False
    refused: Mapping[Place, str] = field(default_factory=dict)
    merged: Iterable[tuple[int, int, int, int]] = ()
    hidden: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()
    formats: Formats = UNSAID  # how dates and numbers are written, as far as the file says so


@dataclass(frozen=True)
class Header:
    """The row with the names of the columns; ``names`` has "" for a column without one."""

    row: int
    names: list[str]


def is_blank(cell: str | None) -> bool:
    """Whether nothing can be seen in a cell."""
    return cell is None or not cell.strip(BLANK)


def letter_of(column: int) -> str:
    """Letters of a column, counted from 1, as spreadsheets have them; here because openpyxl is slow to import.

    >>> letter_of(1), letter_of(26), letter_of(703)
    ('A', 'Z', 'AAA')
    """
    before, last = divmod(column - 1, 26)
    return (letter_of(before) if before else "") + chr(ord("A") + last)


def header_of(rows: Iterable[Row], known: Iterable[str]) -> Header | None:
    """The first of the leading *rows* with the names of two columns, or of one and nothing else; None without one."""
    names = {folded(column): column for column in known}
    above: list[str] = []
    best: Header | None = None
    for number, cells in islice((row for row in rows if not all(map(is_blank, row[1]))), HEADER_WITHIN):
        titles = ["" if is_blank(cell) else str(cell).strip(BLANK) for cell in cells]
        header = Header(number, _named(titles, above, names))
        n_known = len(set(header.names) & set(names.values()))
        if best is not None:  # the row below may say more: "Attendance" above "Total", "Female", "Male"
            return header if n_known > len(set(best.names) & set(names.values())) else best
        is_name = n_known + sum(looks_personal(title) for title in header.names if title not in names.values())
        if n_known > 1 or (n_known and is_name == len(list(filter(None, header.names)))):
            best = header
        above = titles
    return best


def _named(titles: list[str], above: list[str], names: Mapping[str, str]) -> list[str]:
    """Names of columns in a row of *titles*; one that is not known may be so with the title above it."""
    found, group = [], ""
    for place in range(max(len(titles), len(above))):
        title = titles[place] if place < len(titles) else ""
        own = above[place] if place < len(above) else ""
        group = own or (group if title else "")
        joined = (title, f"{group} {title}", own if not title else "")
        found.append(next((names[folded(each)] for each in joined if each and folded(each) in names), title))
    while found and not found[-1]:
        found.pop()
    return found


def folded(title: str) -> str:
    """A column's name without what people change about it: case, spaces, a star for "required"."""
    plain = unicodedata.normalize("NFC", title).translate(dict.fromkeys(map(ord, INVISIBLE)))
    return re.sub(r"[\s_-]+", "_", plain.strip(" *\t\r\n\u00a0").casefold())


def refused(file: str, rule: str, mend: str, **more: object) -> DataError:
    """A file that can't be read, as an error with one fault."""
    return DataError(f"{file} can't be read", [Fault(file, rule, mend=mend, **more)])  # type: ignore[arg-type]
