"""An edition, or its copy for people beside a report: its files agree, and none shows too small a count."""

from __future__ import annotations

import csv
import io
import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError

from ctip_analysis.audit.known import FLOOR, harmless_zeros, persons
from ctip_analysis.audit.text import Finding, Found, in_heads
from ctip_analysis.audit.workbook import sheets
from ctip_analysis.base.errors import MissingFileError
from ctip_analysis.edition import Edition, open_edition

SYNTHETIC = "SYNTHETIC"
_BOM = b"\xef\xbb\xbf"
_BOUNDARY = {  # what a province of the map may say of itself
    "adm1_code", "name_en", "name_km", "type", "area_km2", "valid_from", "valid_to", "predecessor",
}  # fmt: skip


def read_copy(folder: Path) -> Edition:
    """The edition in *folder*, an edition itself or its copy for people, whose CSV files have a byte-order mark.

    Raises
    ------
    CtipError
        A file is missing or can't be read, or the files are not those of the edition's id.
    """
    mark = mark_of(folder)
    with tempfile.TemporaryDirectory(prefix="ctip-audit-") as made:
        work = Path(made) / folder.name
        work.mkdir()
        for path in folder.iterdir():
            if path.suffix in (".csv", ".json", ".geojson") and path.stem.endswith(mark):
                name = f"{path.stem.removesuffix(mark)}{path.suffix}"
                (work / name).write_bytes(path.read_bytes().removeprefix(_BOM))
        if not (work / "edition.json").is_file():
            raise MissingFileError(f"{folder.name} has no edition{mark}.json, so its edition can't be read")
        return open_edition(work)


def mark_of(folder: Path) -> str:
    """What ends the names of the files in *folder*: "_SYNTHETIC", or nothing."""
    return f"_{SYNTHETIC}" if (folder / f"cells_{SYNTHETIC}.csv").is_file() else ""


def is_cells(path: Path) -> bool:
    """Whether *path* is the table of cells of an edition or of a copy."""
    return path.name in ("cells.csv", f"cells_{SYNTHETIC}.csv")


def copy_findings(name: str, folder: Path, edition: Edition) -> Iterator[Finding]:
    """What in the edition or copy in *folder*, read as *edition*, must not leave, or disagrees."""
    if _package(folder).get("id") != edition.id:
        yield Finding(name, "", "disagreeing copies", "the data package is missing or another edition's")
    checks = (_columns(folder), _small_counts(edition), _corrections(edition), _workbooks(folder))
    for file, where, kind, detail in itertools.chain(*checks):
        yield Finding(f"{name}/{file}", where, kind, detail)


def _package(folder: Path) -> dict[str, Any]:
    """The data package in *folder*; empty where there is none that can be read."""
    try:
        read = json.loads((folder / f"datapackage{mark_of(folder)}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _columns(folder: Path) -> Iterator[tuple[str, ...]]:
    """Tables whose columns are not those that the data package describes."""
    resources = _package(folder).get("resources", [])
    described = {each["path"]: [field["name"] for field in each["schema"]["fields"]] for each in resources}
    for path in sorted(folder.glob("*.csv")):
        if _rows(path)[:1] != [described.get(path.name)]:
            yield path.name, "row 1", "unknown column", "columns other than its data package describes"


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig", errors="replace"))))


def _small_counts(edition: Edition) -> Iterator[tuple[str, ...]]:
    """Counts about persons that are shown though below the threshold, and withheld rows with a number."""
    cells = edition.frame
    small = cells["indicator"].isin(persons(edition)) & cells["status"].eq("shown") & cells["value"].lt(FLOOR)
    small &= ~(cells["value"].eq(0) & cells["indicator"].isin(harmless_zeros(edition)))
    for at in cells.index[small]:
        yield "cells", f"row {at + 2}", "small count", f"a count about persons below {FLOOR} is shown"
    for at in cells.index[cells["status"].ne("shown") & cells["value"].notna()]:
        yield "cells", f"row {at + 2}", "small count", "a row that is not shown has a number"


def _corrections(edition: Edition) -> Iterator[tuple[str, ...]]:
    """Corrections that print a small count about persons, or give one away as old less new."""
    rows = edition.changes
    if rows.empty:
        return
    old, new, is_person = rows["old"], rows["new"], rows["indicator"].isin(persons(edition))
    small = old.lt(FLOOR) | new.lt(FLOOR) | ((old - new).abs().lt(FLOOR) & old.ne(new))
    for at in rows.index[is_person & (small | (old.notna() & new.isna()))]:
        yield "changes", f"row {at + 2}", "small count", "gives away a number of too few persons"


def _workbooks(folder: Path) -> Iterator[tuple[str, ...]]:
    """Where a workbook differs from the CSV files beside it."""
    for book in sorted(folder.glob("*.xlsx")):
        try:
            tables = sheets(book.read_bytes())
        except (ValueError, OSError, CalamineError):
            continue  # a finding of the workbook itself
        for title, rows in tables.items():
            for where, detail in _unlike(folder, title, rows):
                yield book.name, f"sheet {title}{where}", "disagreeing copies", detail


def _unlike(folder: Path, title: str, rows: list[list[object]]) -> Iterator[tuple[str, str]]:
    """Where the *rows* of a sheet differ from its CSV; a note of one row may be above its table."""
    mark = mark_of(folder)
    path = folder / f"{title}{mark}.csv"
    if not path.is_file():
        yield from [] if title == "dictionary" else [("", "no CSV of that name is beside it")]
        return
    table = _rows(path)
    above = len(rows) - len(table)
    if above not in (0, 1):
        yield "", "more or fewer rows than the CSV"
        return
    if mark and not any(str(value).startswith(SYNTHETIC) for row in rows[:above] for value in row):
        yield "", "does not say SYNTHETIC above its table"
    for number, (theirs, ours) in enumerate(zip(rows[above:], table, strict=True), start=above + 1):
        if not all(_same(*pair) for pair in itertools.zip_longest(theirs, ours, fillvalue="")):
            yield f", row {number}", "the CSV says something else"


def _same(value: object, text: str) -> bool:
    if isinstance(value, str):
        return value in (text, f"'{text}")
    try:
        return float(value) == float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def table_of_csv(text: str) -> Iterator[Found]:
    """A CSV by itself: columns of records, and values beside the table."""
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        yield "", "unreadable", "is not a CSV"
        return
    yield from in_heads(rows[0] if rows else [], "row 1")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            yield f"row {number}", "unknown column", "more or fewer values than the table has columns"


def boundaries(text: str) -> Iterator[Found]:
    """A set of boundaries, whose provinces say nothing of themselves but name, type and days."""
    try:
        read = json.loads(text)
        features, extra = read["features"], set(read) - {"type", "features", "crs", "name"}
    except (ValueError, KeyError, TypeError):
        yield "", "unreadable", "is not a set of boundaries"
        return
    for number, feature in enumerate(features, start=1):
        extra |= set(feature) - {"type", "properties", "geometry", "id", "bbox"}
        extra |= set(feature.get("properties") or {}) - _BOUNDARY
        if extra:
            yield f"feature {number}", "unknown column", "a property that no boundary has"
            return
