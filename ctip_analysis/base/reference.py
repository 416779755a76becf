"""Tables that ship with the project, each compared with its pinned hash before it is read.

Every column is described once, in ``data/datapackage.json``; validator, dictionary and documentation
read that description.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from ctip_analysis.base.errors import ChangedFileError, MissingFileError

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
# Kinds of files that record tables are read from, packed or not; a donor notebook opens no folder that has one.
RECORD_KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet")
PACKED = (".gz", ".zip")

_DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}


def sha256(path: Path) -> str:
    """Hex SHA-256 of the file at *path*."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def package(descriptor: Path = DATA / "datapackage.json") -> dict[str, dict[str, Any]]:
    """Resources of a data package by name."""
    try:
        described = json.loads(descriptor.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFileError(f"{described_path(descriptor)} is missing: restore it from the repository") from None
    return {resource["name"]: resource for resource in described["resources"]}


@cache
def closed_tables() -> frozenset[str]:
    """Names of the record tables that never leave as files: all but the ``printed`` ones, as targets."""
    described = package().items()
    return frozenset(name for name, one in described if one["path"].startswith("sample/") and not one.get("printed"))


@cache
def dates_of_tables() -> dict[str, list[str]]:
    """Date columns of each record table whose rows a partner sends for a period."""
    fields = {name: schema(name)["fields"] for name in sorted(closed_tables())}
    sent = {name: columns for name, columns in fields.items() if "partner_id" in {one["name"] for one in columns}}
    dates = {name: [one["name"] for one in columns if one["type"] == "date"] for name, columns in sent.items()}
    return {name: columns for name, columns in dates.items() if columns}


def schema(name: str) -> dict[str, Any]:
    """Table Schema of resource *name*: fields, keys, row rules."""
    schema: dict[str, Any] = _resource(name)["schema"]
    return schema


def _resource(name: str) -> dict[str, Any]:
    if name not in package():
        raise MissingFileError(
            f"data/datapackage.json describes no table {name!r}; it describes {', '.join(package())}"
        )
    return package()[name]


def described_path(path: Path) -> str:
    """*path* as a reader of the project knows it: from the repository's root, never a machine's."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def pinned(path: Path, resource: dict[str, Any]) -> Path:
    """*path*, after its bytes were compared with the hash in its description.

    Raises
    ------
    MissingFileError, ChangedFileError
        The file is absent, or is not the one described.
    """
    where = described_path(path)
    if not path.is_file():
        raise MissingFileError(f"{where} is missing: restore it from the repository (git checkout -- {where})")
    expected = resource["hash"].removeprefix("sha256:")
    if (found := sha256(path)) != expected:
        raise ChangedFileError(
            f"{where} has changed: its SHA-256 is {found[:12]}…, its description says {expected[:12]}…. "
            f"If the change is meant, run `python data/pin.py` and commit both; "
            f"if not, restore the file (git checkout -- {where})."
        )
    return path


def table(name: str) -> pd.DataFrame:
    """A table of ``data/reference`` or ``data/published``, typed as its description says.

    Text columns hold "" where nothing is written; numbers and booleans hold <NA>; dates stay ISO text.
    """
    resource = _resource(name)
    path = pinned(DATA / resource["path"], resource)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in resource["schema"]["fields"]:
        if dtype := _DTYPES.get(column["type"]):
            frame[column["name"]] = _typed(frame[column["name"]], dtype)
    return frame


def _typed(text: pd.Series, dtype: str) -> pd.Series:
    if dtype == "boolean":
        return text.map({"true": True, "false": False}).astype("boolean")
    return pd.to_numeric(text.mask(text.eq("")), errors="raise").astype(dtype)
