"""Whether the copies of an edition say the same, and show nothing that an edition may not show.

The workbook is held against the CSV cell by cell, the tables against their description, the files against
the edition's id.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ctip_analysis.audit.editions import SYNTHETIC, described_in, read_copy
from ctip_analysis.audit.known import FLOOR, persons
from ctip_analysis.audit.office import sheets
from ctip_analysis.audit.text import Finding, headers
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition.read import CELL_COLUMNS, Released


def data_findings(name: str, folder: Path) -> Iterator[Finding]:
    """What is wrong with the data in *folder* as a whole: other than its id says, small counts, unlike copies."""
    try:
        released = read_copy(folder)
    except (CtipError, ValueError, KeyError, pd.errors.ParserError):
        yield Finding(name, "", "unreadable", "the edition can't be read back from these files")
        return
    if described_in(folder).get("id") != released.id:
        yield Finding(name, "", "changed edition", "the files are not those that the edition's id stands for")
    yield from _columns(name, folder)
    yield from _shown_small(name, released)
    yield from _corrected(name, folder, released)
    for book in sorted(folder.glob("*.xlsx")):
        yield from _unlike(name, folder, book)


def _columns(name: str, folder: Path) -> Iterator[Finding]:
    """Columns that the description beside the tables does not name."""
    described = {
        resource["path"]: [field["name"] for field in resource["schema"]["fields"]]
        for resource in described_in(folder).get("resources", [])
    }
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as opened:
            head = next(csv.reader(opened), [])
        expected = (
            CELL_COLUMNS if path.stem.removesuffix(f"_{SYNTHETIC}") == "cells" else described.get(path.name)
        )
        if head != expected:
            yield Finding(f"{name}/{path.name}", "row 1", "undeclared column", "columns other than described")


def _shown_small(name: str, released: Released) -> Iterator[Finding]:
    """Counts about persons that are shown though below the threshold, and withheld rows that hold a number."""
    cells, indicators = released.frame, released.indicators
    harmless = indicators.index[indicators["zero_is_safe"].str.lower().eq("true")]
    small = (
        cells["indicator"].isin(persons(released)) & cells["status"].eq("shown") & cells["value"].lt(FLOOR)
    )
    small &= ~(cells["value"].eq(0) & cells["indicator"].isin(harmless))
    for at in cells.index[small]:
        yield Finding(
            f"{name}/cells", f"row {at + 2}", "small count", f"a count about persons below {FLOOR} is shown"
        )
    for at in cells.index[cells["status"].ne("shown") & cells["value"].notna()]:
        yield Finding(
            f"{name}/cells", f"row {at + 2}", "withheld value", "a row that is not shown holds a number"
        )


def _corrected(name: str, folder: Path, released: Released) -> Iterator[Finding]:
    """Corrections that print a small count about persons, or let one be had as old less new."""
    for path in folder.glob("changes*.csv"):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if not {"indicator", "old", "new"} <= set(rows.columns):
            continue
        rows = rows[rows["indicator"].isin(persons(released))]
        old, new = (pd.to_numeric(rows[column], errors="coerce") for column in ("old", "new"))
        small = old.lt(FLOOR) | new.lt(FLOOR) | ((old - new).abs().lt(FLOOR) & old.ne(new))
        for at in rows.index[small]:
            yield Finding(f"{name}/{path.name}", f"row {at + 2}", "small count", "tells of too few persons")
        for at in rows.index[old.notna() & new.isna()]:
            yield Finding(
                f"{name}/{path.name}", f"row {at + 2}", "withheld value", "the number before it was withheld"
            )


def _unlike(name: str, folder: Path, book: Path) -> Iterator[Finding]:
    """Cells of the workbook that differ from the CSV beside it."""
    try:
        held = sheets(book.read_bytes())
    except (ValueError, KeyError, OSError, TypeError):
        return  # said where the workbook itself is read
    mark = f"_{SYNTHETIC}" if book.stem.endswith(SYNTHETIC) else ""
    for title, rows in held.items():
        path = folder / f"{title}{mark}.csv"
        if title == "dictionary":
            continue
        if not path.is_file():
            yield Finding(
                f"{name}/{book.name}", f"sheet {title}", "undeclared column", "a sheet with no CSV beside it"
            )
            continue
        table = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        notes, rows = rows[: len(rows) - len(table)], rows[max(len(rows) - len(table), 0) :]
        if len(notes) > 1 or (mark and not _says_synthetic(notes)):
            yield Finding(
                f"{name}/{book.name}", f"sheet {title}", "disagreeing copies", "rows other than the CSV's"
            )
        for number, (theirs, ours) in enumerate(zip(rows, table, strict=False), start=len(notes) + 1):
            if not _alike(theirs, ours):
                place = f"sheet {title}, row {number}"
                yield Finding(
                    f"{name}/{book.name}", place, "disagreeing copies", "the CSV says something else"
                )


def _says_synthetic(rows: list[list[object]]) -> bool:
    return any(str(value).startswith(SYNTHETIC) for row in rows for value in row)


def _alike(theirs: list[object], ours: list[str]) -> bool:
    texts = [*ours, *[""] * (len(theirs) - len(ours))]
    return len(theirs) <= len(texts) and all(
        _same(value, text)
        for value, text in zip([*theirs, *[None] * (len(texts) - len(theirs))], texts, strict=True)
    )


def _same(value: object, text: str) -> bool:
    if value is None or isinstance(value, str):
        return (value or "") in (text, f"'{text}")
    try:
        return float(value) == float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def csv_file(file: str, content: bytes) -> Iterator[Finding]:
    """A CSV by itself: columns of records, rows longer than the head, and notes beside the table."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        yield Finding(file, "", "unreadable", "is not a CSV in UTF-8")
        return
    if not rows:
        return
    yield from headers(file, rows[0], "row 1")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            yield Finding(
                file, f"row {number}", "undeclared column", "more or fewer values than the table has columns"
            )
