"""Rows of records as a table on an internal page; INTERNAL stands in its caption."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ctip_analysis.base.errors import NotReleasedError
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal
from ctip_analysis.page.table_html import Table, marks


def listing(
    source: Internal,
    frame: pd.DataFrame,
    caption: str,
    units: Mapping[str, str] | None = None,
    note: str = "",
) -> Table:
    """*frame* as it stands, row by row; *units* names the unit of a numeric column, printed under its head.

    Raises
    ------
    NotReleasedError
        *source* is not Internal: rows of records are never shown from an edition.
    """
    if not isinstance(source, Internal):
        raise NotReleasedError(
            f"listing takes an Internal table, got {type(source).__name__}: an edition holds no records"
        )
    units = dict(units or {})
    heads = [name.replace("_", " ").capitalize() for name in frame.columns]
    columns = tuple(
        head + (f"\n{units[name]}" if name in units else "")
        for head, name in zip(heads, frame.columns, strict=True)
    )
    rows = tuple(
        tuple(_words(value, units.get(name, "")) for value, name in zip(row, frame.columns, strict=True))
        for row in frame.to_numpy()
    )
    return Table(caption, columns, rows, note=note, marks=marks(source))


def _words(value: object, unit: str) -> str:
    """A value as people read it; a dash where the record is blank."""
    if value is None or pd.isna(value):
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return str(value)[:10]
    return facts.written(float(value), unit)  # type: ignore[arg-type]
