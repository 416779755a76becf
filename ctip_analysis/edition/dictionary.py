"""The data dictionary of an edition: every column of its files described once, as a Frictionless data package."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from ctip_analysis.base import reference

_COPIES = ("indicators", "targets")  # copies of reference tables keep the descriptions they have there


def package(info: dict[str, Any], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Data package descriptor of an edition with the given tables."""
    mark = "SYNTHETIC: made-up records, no real person or event. " if info["is_synthetic"] else ""
    return {
        "profile": "data-package",
        "name": f"ctip-cambodia-edition-{str(info['period']).lower()}",
        "title": f"{mark}Counter-trafficking programme in Cambodia, edition {info['period']}",
        "id": info["id"],
        "resources": [_resource(name, list(frame.columns), mark) for name, frame in tables.items()],
    }


def described(table: str, column: str) -> dict[str, Any]:
    """Frictionless field of one column of an edition. KeyError if it has no description."""
    if table in _COPIES:
        return {field["name"]: field for field in reference.schema(table)["fields"]}[column]
    row = _columns()[table, column]
    field = {"name": column, "type": row["type"], "description": row["description"]}
    return field | ({"unit": row["unit"]} if row["unit"] else {})


@cache
def _columns() -> dict[tuple[str, str], dict[str, Any]]:
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
        "schema": {"fields": [described(name, column) for column in columns], "missingValues": [""]},
    }
