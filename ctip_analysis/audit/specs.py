"""JSON as an attacker reads it: charts that carry whole tables, boundaries with properties nobody draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ctip_analysis.audit.text import Finding, headers, in_text

_BOUNDARY = {
    "adm1_code", "valid_from", "valid_to", "name_en", "name_km", "type", "predecessor", "area_km2",
}  # fmt: skip
_UNDRAWN = {"customdata", "ids", "meta", "hovertext", "hovertemplate", "text", "frames", "selectedpoints"}
_FACT = {"id", "text", "status", "kind", "source", "label"}
_PACKAGE = {"profile", "name", "title", "id", "resources"}
UNDECLARED = "undeclared column"


def json_file(file: str, content: bytes) -> Iterator[Finding]:
    """What a JSON file of a hand-over holds besides what its kind is for."""
    try:
        text = content.decode("utf-8-sig")
        read = json.loads(text, object_pairs_hook=_pairs_once)
    except (UnicodeDecodeError, ValueError):
        yield Finding(file, "", "unreadable", "is not JSON, or says something twice")
        return
    yield from in_text(file, text)
    yield from headers(file, sorted(_keys(read)), "keys")
    if isinstance(read, list):
        if any(not isinstance(entry, dict) or set(entry) - _FACT for entry in read):
            yield Finding(file, "", UNDECLARED, "an entry that is no fact, or holds more than one")
    elif isinstance(read, dict) and "resources" in read:
        if set(read) - _PACKAGE:
            yield Finding(file, "", UNDECLARED, "says more than which tables there are")
    elif isinstance(read, dict) and "thresholds" in read:
        return  # edition.json
    else:
        yield from spec(file, read, "")


class _TwiceError(ValueError):
    """A key stands twice in one object: a program sees the second, a reader of the file both."""


def _pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _TwiceError
    return dict(pairs)


def _keys(read: Any) -> set[str]:
    if isinstance(read, dict):
        return set(read).union(*(_keys(value) for value in read.values()))
    return set().union(*(_keys(value) for value in read)) if isinstance(read, list) else set()


def spec(file: str, read: Any, place: str) -> Iterator[Finding]:
    """A chart or a set of boundaries; any other JSON can't be checked, and is a finding."""
    if not isinstance(read, dict):
        yield Finding(file, place, "unknown JSON", "can't be checked")
    elif read.get("type") == "FeatureCollection":
        yield from _boundaries(file, read, place)
    elif "encoding" in read or "vega" in str(read.get("$schema", "")) or "datasets" in read:
        yield from _vega(file, read, place)
    elif isinstance(read.get("data"), list):
        yield from _plotly(file, read, place)
    else:
        yield Finding(file, place, "unknown JSON", "is none of the files of a hand-over")


def _boundaries(file: str, read: dict[str, Any], place: str) -> Iterator[Finding]:
    if set(read) - {"type", "features", "crs", "name"}:
        yield Finding(file, place, UNDECLARED, "more than boundaries")
    for number, feature in enumerate(read.get("features", []), start=1):
        where = f"{place}, feature {number}".removeprefix(", ")
        if set(feature.get("properties") or {}) - _BOUNDARY:
            yield Finding(file, where, UNDECLARED, "a property that is not one of a boundary")
        if set(feature) - {"type", "properties", "geometry", "id", "bbox"}:
            yield Finding(file, where, UNDECLARED, "a member that is not one of a boundary")


def _vega(file: str, read: dict[str, Any], place: str) -> Iterator[Finding]:
    """Columns of a chart's data that nothing draws, and levels of a scale that no row has."""
    drawn = {
        value for key, value in _pairs(read) if key in ("field", "groupby", "as") and isinstance(value, str)
    }
    tables = [value for key, value in _pairs(read) if key == "values" and isinstance(value, list)]
    tables += [rows for rows in (read.get("datasets") or {}).values() if isinstance(rows, list)]
    rows = [row for table in tables for row in table if isinstance(row, dict)]
    if set().union(*rows) - drawn if rows else False:
        yield Finding(file, place, UNDECLARED, "the chart's data hold columns that it does not draw")
    held = {value for row in rows for value in row.values() if isinstance(value, str)}
    levels = [
        value for key, value in _pairs(read) if key in ("domain", "sort", "enum") and isinstance(value, list)
    ]
    if any(isinstance(level, str) and level not in held for one in levels for level in one):
        yield Finding(file, place, "unused categories", "levels that no row has")
    if any(key == "tooltip" for key, _ in _pairs(read)):
        yield Finding(file, place, "tooltip", "text that shows only under the pointer")
    if any(key == "usermeta" for key, _ in _pairs(read)):
        yield Finding(file, place, "metadata", "metadata that no reader sees")
    yield Finding(file, place, "unknown chart", "its numbers stand at no fact")


def _plotly(file: str, read: dict[str, Any], place: str) -> Iterator[Finding]:
    pairs = list(_pairs(read))
    if any(key in _UNDRAWN and value for key, value in pairs):
        yield Finding(file, place, UNDECLARED, "the chart's data hold more than it draws")
    if any(key in ("categoryarray", "enum") and value for key, value in pairs):
        yield Finding(file, place, "unused categories", "levels that the chart need not show")
    if any(key == "visible" and value in (False, "legendonly") for key, value in pairs):
        yield Finding(file, place, "hidden element", "a trace that is not shown")
    yield Finding(file, place, "unknown chart", "its numbers stand at no fact")


def _pairs(read: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    if isinstance(read, dict):
        for key, value in read.items():
            yield str(key), value
            yield from _pairs(value)
    elif isinstance(read, list):
        for value in read:
            yield from _pairs(value)
