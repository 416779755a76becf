"""An edition, or its copy for people beside a report: its files agree, and none shows too small a count."""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ctip_analysis.audit.known import FLOOR, harmless_zeros, persons
from ctip_analysis.audit.text import Finding, Found, in_heads
from ctip_analysis.edition import Edition
from ctip_analysis.edition.copies import SYNTHETIC, mark_of, package_of, tables, workbook_of
from ctip_analysis.edition.workbook import FOR_READERS, SHEET

_BOUNDARY = {  # what a province of the map may say of itself
    "adm1_code", "name_en", "name_km", "type", "area_km2", "valid_from", "valid_to", "predecessor",
}  # fmt: skip


def is_cells(path: Path) -> bool:
    """Whether *path* is the table of cells of an edition or of a copy."""
    return path.name in ("cells.csv", f"cells_{SYNTHETIC}.csv")


def copy_findings(name: str, folder: Path, edition: Edition) -> Iterator[Finding]:
    """What in the edition or copy in *folder*, read as *edition*, must not leave, or disagrees."""
    if _package(folder).get("id") != edition.id:
        yield Finding(name, "", "disagreeing copies", "the data package is missing or another edition's")
    checks = (_columns(folder), _derived(folder), _small_counts(edition), _corrections(edition))
    for file, where, kind, detail in itertools.chain(*checks):
        yield Finding(f"{name}/{file}", where, kind, detail)


def _package(folder: Path) -> dict[str, Any]:
    """The data package in *folder*; empty where there is none that can be read."""
    try:
        return package_of(folder)
    except (OSError, ValueError, TypeError):
        return {}


def _columns(folder: Path) -> Iterator[tuple[str, ...]]:
    """Tables whose columns are not those that the data package describes."""
    resources = _package(folder).get("resources", [])
    described = {each["path"]: [field["name"] for field in each["schema"]["fields"]] for each in resources}
    for path in sorted(folder.glob("*.csv")):
        if _rows(path)[:1] != [described.get(path.name)]:
            yield path.name, "row 1", "unknown column", "columns other than its data package describes"


def _derived(folder: Path) -> Iterator[tuple[str, ...]]:
    """Tables for readers that are not those made from the cells beside them."""
    mark = mark_of(folder)
    there = [name for name in FOR_READERS if (folder / f"{name}{mark}.csv").is_file()]
    given = {name: (folder / f"{name}{mark}.csv").read_text("utf-8-sig") for name in ("cells", "indicators", *there)}
    made = tables(given) if there else {}
    for name in there:
        if given[name] != made[name]:
            yield f"{name}{mark}.csv", "", "disagreeing copies", "the cells beside it say something else"


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
        yield "changes", f"row {at + 2}", "small count", "a number of too few persons can be worked out from it"


def workbook(path: Path) -> Iterator[Found]:
    """How the workbook at *path* differs from the one that is made from the CSV files beside it, part by part."""
    try:
        expected = _parts(workbook_of(path.parent))
    except (OSError, ValueError, KeyError, TypeError):
        yield "", "unknown kind", "a workbook that is not made from the data beside it: hand over a CSV"
        return
    try:
        parts = _parts(path.read_bytes())
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError):
        yield "", "unreadable", "is not a workbook, or is damaged"
        return
    if set(parts) - set(expected):
        yield "archive", "hidden text", "a comment, or a part that no workbook of an edition has, or one has twice"
    for name, text in expected.items():
        if parts.get(name) != text:
            where = _place(name, text, parts.get(name, ""))
            yield where, "disagreeing copies", "the CSV files beside it say something else"


def _parts(content: bytes) -> dict[str, str]:
    """Text of each part of a workbook by name; comments, and a part that is there twice, have names of their own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        parts = {one.filename: archive.read(one).decode() for one in members}
        has_more = archive.comment or any(one.comment or one.extra for one in members) or len(parts) < len(members)
    return parts | ({" comment": ""} if has_more else {})


def _place(part: str, expected: str, found: str) -> str:
    """The part of a workbook, with the first row in which two texts of it differ."""
    if not part.startswith(SHEET):
        return f"part {part}"
    pairs = itertools.zip_longest(expected.split("<row "), found.split("<row "))
    row = next(number for number, (one, other) in enumerate(pairs) if one != other)
    return f"{Path(part).stem}, row {max(row, 1)}"


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
