"""The cells of an edition: their columns, the words of their groups, and an index to find them by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from ctip_analysis.base import reference

PLACES = ["adm1_code", "zone", "sex", "age_band", "partner"]
KEYS = ["indicator", "period", "period_basis", *PLACES]
CELL_COLUMNS = [
    "indicator", "table", "period", "period_basis", *PLACES, "value", "status", "unit", "qualifier", "kind", "source",
]  # fmt: skip
STATUSES = ("shown", "withheld", "no_data", "not_applicable")

TIDY_COLUMNS = [
    "indicator", "period", "start", "end", "adm1_code", "province", "zone", "sex", "age_band", "partner",
    "value", "low", "high", "status", "unit", "kind", "id",
]  # fmt: skip

BREAKDOWNS = {"province": "adm1_code", "zone": "zone", "sex": "sex", "age": "age_band", "partner": "partner"}
GRAINS = ("month", "quarter", "year")

Key = tuple[str, str, str, str, str, str]  # indicator, period, place, sex, age band, partner
Rows = dict[str, np.ndarray]  # cells by column, as plain arrays


def group_label(dimension: str, value: str) -> str:
    """Words of one *value* of a column of the cells; the value itself where it has no other words.

    >>> group_label("age_band", "15_17"), group_label("sex", "female"), group_label("partner", "IJM")
    ('15 to 17', 'female', 'IJM')
    """
    return group_labels(dimension).get(value, value)


@cache
def group_labels(dimension: str) -> dict[str, str]:
    """Words of each value of a column of the cells (indicator, sex, age_band, adm1_code, zone, partner), in order."""
    if dimension == "indicator":
        return dict(reference.table("indicators").set_index("id")["name_en"])
    table = reference.table("groups")
    rows = table[table["dimension"].eq(dimension)]
    return dict(zip(rows["value"], rows["label_en"], strict=True))


class CellIndex:
    """Cells sorted by indicator, time and code, as plain arrays: ten times as fast to compare as a frame's columns."""

    def __init__(self, frame: pd.DataFrame) -> None:
        order = ["indicator", "period", *PLACES]
        self.frame = frame.sort_values(order, kind="stable", ignore_index=True)
        self.columns = {str(name): _plain(column) for name, column in self.frame.items()}

    @cached_property
    def _slices(self) -> dict[str, slice]:
        names = self.columns["indicator"]
        bounds = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
        return {names[first]: slice(first, end) for first, end in pairwise(bounds) if end > first}

    @cached_property
    def _positions(self) -> dict[Key, int]:
        # of an unknown zone and an unknown province the latter is kept: it comes later in this order
        return {key: position for position, key in enumerate(keys(self.columns))}

    def rows(self, indicator: str) -> slice:
        """Where the cells of *indicator* are."""
        return self._slices.get(indicator, slice(0, 0))

    def at(self, key: Key) -> int:
        """Position of the cell at *key*, -1 if there is none."""
        return self._positions.get(key, -1)

    def take(self, positions: np.ndarray | list[int]) -> Rows:
        """The cells at *positions* by column."""
        return {name: column[positions] for name, column in self.columns.items()}

    def find(self, indicator: str, places: Mapping[str, str | None]) -> np.ndarray:
        """Positions of the cells of *indicator* at *places*: a value picks exactly it, None all but the total."""
        rows = self.rows(indicator)
        kept = np.ones(rows.stop - rows.start, dtype=bool)
        for column, wanted in places.items():
            values = self.columns[column][rows]
            kept &= values != "" if wanted is None else values == wanted
        return rows.start + np.flatnonzero(kept)


def places(rows: Rows) -> np.ndarray:
    """The place of each row as ids write it: its P-code, or its zone, or "" for the country."""
    return np.where(rows["adm1_code"] == "", rows["zone"], rows["adm1_code"])


def keys(rows: Rows) -> list[Key]:
    """The key of each row."""
    parts = [rows["indicator"], rows["period"], places(rows), rows["sex"], rows["age_band"], rows["partner"]]
    return list(zip(*parts, strict=True))


def _plain(column: pd.Series) -> np.ndarray:
    """*column* as an array; a text that occurs twice is one object, or it would take ten times the memory."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    places, found = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(found, dtype=object)[places]
