"""An index over the cells of an edition, so that hundreds of look-ups cost as much as one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ctip_analysis.edition.columns import PLACES

Key = tuple[str, str, str, str, str, str]  # indicator, period, place, sex, age band, partner


class CellIndex:
    """Cells sorted by indicator, time and code, as plain arrays: these compare ten times as fast as a frame's columns."""

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
        place = np.where(self.columns["adm1_code"] == "", self.columns["zone"], self.columns["adm1_code"])
        parts = [self.columns[name] for name in ("indicator", "period")]
        parts += [place, *(self.columns[name] for name in ("sex", "age_band", "partner"))]
        keys = list(zip(*parts, strict=True))
        # an unknown province comes after an unknown zone in this order and is the one that is kept
        return {key: position for position, key in enumerate(keys)}

    def rows(self, indicator: str) -> slice:
        """Where the cells of *indicator* are."""
        return self._slices.get(indicator, slice(0, 0))

    def at(self, key: Key) -> int:
        """Position of the cell at *key*, -1 if there is none."""
        return self._positions.get(key, -1)

    def cell(self, key: Key) -> dict[str, Any] | None:
        """The cell at *key* by column, or None."""
        position = self.at(key)
        return None if position < 0 else {name: column[position] for name, column in self.columns.items()}

    def find(self, indicator: str, places: Mapping[str, str | None]) -> np.ndarray:
        """Positions of the cells of *indicator* at *places*: a value picks exactly it, None all but the total."""
        rows = self.rows(indicator)
        kept = np.ones(rows.stop - rows.start, dtype=bool)
        for column, wanted in places.items():
            values = self.columns[column][rows]
            kept &= values != "" if wanted is None else values == wanted
        return rows.start + np.flatnonzero(kept)


def _plain(column: pd.Series) -> np.ndarray:
    """*column* as an array; a text that occurs twice is one object, or it would take ten times the memory."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    places, found = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(found, dtype=object)[places]
