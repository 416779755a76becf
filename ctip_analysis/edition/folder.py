"""The folder of an edition: reading it, its id (SHA-256 over the files), and its data package.

The data package has every column of its files described once, as a Frictionless descriptor.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ChangedFileError, DataError, MissingFileError, ParameterError
from ctip_analysis.edition.cells import CELL_COLUMNS, KEYS, STATUSES
from ctip_analysis.edition.edition import Edition

TABLES = ("published", "context", "population", "indicators", "targets")
GEOMETRY = "provinces.geojson"
FORMAT = 3  # of an edition that is written now; the first has no zones, the second targets by year, and neither says so


def open_edition(path: Path | str | Edition) -> Edition:
    """The edition in folder *path*; an Edition is returned as it is.

    A relative path is looked for from the working directory, then from the project's root, so that a notebook
    finds ``build/editions/2004`` wherever it is started.

    MissingFileError: the folder or one of its files is missing.
    ChangedFileError: a file was changed after the edition was released.
    DataError: two rows have the same keys, a status is unknown, or a later version wrote the edition.

    >>> open_edition(edition) is edition
    True
    """
    if isinstance(path, Edition):
        return path
    if not isinstance(path, str | Path):
        raise ParameterError(f'open_edition takes a folder, as "build/editions/2004"; found {path!r}')
    folder = _folder(Path(path))
    try:
        info = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
        _ = info["id"], info["year"], info["is_synthetic"]
    except (ValueError, KeyError, TypeError):
        raise ChangedFileError(f"edition.json of edition {folder.name} is damaged: release it again") from None
    if (its := info.get("format", 0)) > FORMAT:
        raise DataError(
            f"edition {folder.name} is of format {its}, and this version of the package reads up to {FORMAT}: install "
            "the version that made it, or a later one"
        )
    if (found := content_id(folder)) != info["id"]:
        raise ChangedFileError(
            f"edition {folder.name} was changed after it was released (id {info['id'][:12]}…, "
            f"files say {found[:12]}…): release it again"
        )
    # Copies, so that a change to one reader's tables changes no other reader's.
    tables = {name: table.copy() for name, table in _tables(folder.resolve(), found).items()}
    info["is_synthetic"] = bool(info["is_synthetic"]) or bool(tables["frame"]["kind"].eq("synthetic").any())
    tables["targets"] = _of_periods(tables["targets"], info)
    boundaries = (folder / GEOMETRY).resolve()
    return Edition(**tables, boundaries=boundaries if boundaries.is_file() else None, info=info, path=folder)


def content_id(folder: Path) -> str:
    """SHA-256 over names and bytes of the edition's data files, in a fixed order."""
    digest = hashlib.sha256()
    for name in ["cells.csv", *(f"{table}.csv" for table in TABLES), "changes.csv", GEOMETRY]:
        path = folder / name
        if path.is_file():
            digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _of_periods(targets: pd.DataFrame, info: dict[str, Any]) -> pd.DataFrame:
    """*targets* with period and kind, of which older editions have the year alone by whose end they are due."""
    if "year" not in targets:
        return targets
    due = [periods.span(periods.year_code(int(year), info["basis"]))[1] for year in targets["year"]]
    first = str(info["to_date"]).partition("/")[0]
    return targets.drop(columns="year").assign(period=[f"{first}/{day}" for day in due], kind="published")


def _folder(path: Path) -> Path:
    places = [path] if path.is_absolute() else [path, reference.ROOT / path, reference.ROOT / "notebooks" / path]
    for place in places:
        if (place / "edition.json").is_file():
            return place
    inside = sorted(found.parent.name for place in places for found in place.glob("*/edition.json"))
    way = f"it has {', '.join(inside)}: give one of them" if inside else "run `make report`, or `ctip release`, first"
    raise MissingFileError(f"no edition in {path.name or path}: {way}")


@lru_cache(maxsize=1)  # a report is written from its edition, then audited with it
def _tables(folder: Path, content: str) -> dict[str, Any]:
    """Tables of the edition in *folder*, whose files have that *content* id."""
    tables: dict[str, Any] = {name: _read(folder / f"{name}.csv") for name in TABLES}
    tables["indicators"] = tables["indicators"].set_index("id", drop=False)
    tables["changes"], tables["frame"] = _changes(folder), _cells(folder)
    return tables


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MissingFileError(f"edition {path.parent.name} has no {path.name}: release it again")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _changes(folder: Path) -> pd.DataFrame:
    changes = _with_zone(_read(folder / "changes.csv"))
    return changes.assign(**{name: pd.to_numeric(changes[name]) for name in ("old", "new")})


def _cells(folder: Path) -> pd.DataFrame:
    cells = _with_zone(_read(folder / "cells.csv"))
    if absent := [column for column in CELL_COLUMNS if column not in cells]:
        raise DataError(f"edition {folder.name}: cells.csv has no column {', '.join(absent)}; release it again")
    cells["value"] = pd.to_numeric(cells["value"])
    if cells.duplicated(KEYS).any():
        raise DataError(f"edition {folder.name}: two rows of cells.csv have the same keys; release it again")
    if unknown := sorted(set(cells["status"].unique()) - set(STATUSES)):
        raise DataError(f"edition {folder.name}: cells.csv has the status {', '.join(unknown)}; release it again")
    return cells[CELL_COLUMNS]


def _with_zone(rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* with the column zone, which editions of the first format lack: it is empty there."""
    if "zone" not in rows and "adm1_code" in rows:
        rows.insert(list(rows.columns).index("adm1_code") + 1, "zone", "")
    return rows


def data_package(info: dict[str, Any], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Data package descriptor of an edition with the given tables."""
    mark = "SYNTHETIC: made-up records, no real person or event. " if info["is_synthetic"] else ""
    return {
        "profile": "data-package",
        "name": f"ctip-cambodia-edition-{str(info['period']).lower()}",
        "title": f"{mark}Counter-trafficking programme in Cambodia, edition {info['period']}",
        "id": info["id"],
        "resources": [_resource(name, list(frame.columns), mark) for name, frame in tables.items()],
    }


def described_column(table: str, column: str) -> dict[str, Any]:
    """Frictionless field of one column of an edition. KeyError if it has no description."""
    if table == "indicators":  # a copy of the reference table keeps the descriptions it has there
        return {field["name"]: field for field in reference.schema(table)["fields"]}[column]
    row = _described()[table, column]
    field = {"name": column, "type": row["type"], "description": row["description"]}
    return field | ({"unit": row["unit"]} if row["unit"] else {})


@cache
def _described() -> dict[tuple[str, str], dict[str, Any]]:
    rows = reference.table("edition_columns").to_dict("records")
    return {(row["table"], row["column"]): row for row in rows}


def _resource(name: str, columns: list[str], mark: str) -> dict[str, Any]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "description": f"{mark if name in ('cells', 'changes') else ''}{name} of this edition".strip(),
        "schema": {"fields": [described_column(name, column) for column in columns], "missingValues": [""]},
    }
