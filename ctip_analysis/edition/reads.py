"""Which parts of an edition a report was made of, so that it is made anew only when one of these changes.

Every table of an edition that is opened is noted, cells by the values of their columns. What was read
too broadly is noted too broadly: a report is then made anew without need, never left as it was in error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from ctip_analysis.base import periods

Conditions = tuple[tuple[str, tuple[str, ...]], ...]  # column, the values a row may have there
NOT_OF_CONTENT = (
    "id",
    "commit",
    "package_version",
)  # of edition.json: what a page prints, not what it is made of


@dataclass(frozen=True, order=True)
class Read:
    """One look into an edition: a part (a table of it, ``periods``, ``info``), and of cells which ones."""

    part: str
    last_period: str = ""
    where: Conditions = ()


_noted: set[Read] = set()


def note(read: Read) -> None:
    """Remember that *read* was read in this process."""
    _noted.add(read)


def noted() -> list[Read]:
    """What was read in this process since :func:`forget`."""
    return sorted(_noted)


def forget() -> None:
    """Begin anew: nothing was read yet."""
    _noted.clear()


def conditions(wanted: Mapping[str, str | Collection[str] | None]) -> Conditions:
    """The *wanted* values by column as conditions; None asks nothing."""
    return tuple(
        (column, (value,) if isinstance(value, str) else tuple(sorted(value)))
        for column, value in sorted(wanted.items())
        if value is not None
    )


def rows(frame: pd.DataFrame, where: Conditions) -> pd.DataFrame:
    """Rows of *frame* that meet all conditions, in their order."""
    for column, values in where:
        frame = frame[frame[column].eq(values[0]) if len(values) == 1 else frame[column].isin(values)]
    return frame


def ended_by(period: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of *frame* whose period ends with *period* or before."""
    if frame.empty or not period:
        return frame
    last = periods.span(period)[1]
    ends = {code: periods.span(code)[1] for code in frame["period"].unique()}
    return frame[frame["period"].map(ends).le(last)].reset_index(drop=True)


class Contents:
    """Digests of the parts of one edition, each worked out once; *parts* are its tables, ``info``, ``geometry``."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = parts
        self.digest = lru_cache(maxsize=None)(self._digest)
        self._until = lru_cache(maxsize=None)(self._cells_until)

    def of(self, read: Iterable[Read]) -> str:
        """One digest over all that was *read*."""
        found = hashlib.sha256()
        for one in sorted(read):
            found.update(f"{one} {self.digest(one)}\n".encode())
        return found.hexdigest()

    def _digest(self, read: Read) -> str:
        if read.part == "info":
            info = {key: value for key, value in self._parts["info"].items() if key not in NOT_OF_CONTENT}
            return _sha(repr(sorted(info.items())).encode())
        if read.part == "periods":
            return _sha(repr(sorted(self._until(read.last_period)["period"].unique())).encode())
        if read.part == "geometry":
            geometry = self._parts["geometry"]
            return "none" if geometry is None else _sha(geometry.to_wkb().to_csv().encode())
        if read.part != "frame":
            frame = self._parts[read.part]
            return _sha(
                ended_by(read.last_period, frame).to_csv().encode()
                if read.part == "changes"
                else frame.to_csv().encode()
            )
        names = dict(read.where).get("indicator", ())
        if len(names) == 1:
            found = self._of_indicator(names[0], read)
        else:
            found = rows(self._until(read.last_period), read.where)["row"].to_numpy()
        return _sha(np.sort(found).tobytes())

    def _cells_until(self, period: str) -> pd.DataFrame:
        held = ended_by(period, self._parts["frame"])
        return held.assign(row=pd.util.hash_pandas_object(held, index=False))

    @cache  # noqa: B019  one object a run
    def _columns(self, period: str) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, dict[str, int]]]:
        """Columns of each indicator's cells, values as numbers, which compare far faster; and the number of each."""
        held = self._until(period).sort_values("indicator", kind="stable")
        columns, numbers = {"row": held["row"].to_numpy()}, {}
        for name in held.columns.difference(["value", "row"]):
            columns[name], values = pd.factorize(held[name])
            numbers[name] = {value: number for number, value in enumerate(values)}
        firsts = np.flatnonzero(~held["indicator"].duplicated())
        names, ends = held["indicator"].iloc[firsts], [*firsts[1:], len(held)]
        parts = {
            str(name): {column: coded[first:end] for column, coded in columns.items()}
            for name, first, end in zip(names, firsts, ends, strict=True)
        }
        return parts, numbers

    def _of_indicator(self, name: str, read: Read) -> np.ndarray:
        """Hashes of the rows of one indicator that meet all conditions."""
        parts, numbers = self._columns(read.last_period)
        if name not in parts:
            return np.array([], dtype=np.uint64)
        held = parts[name]
        kept = np.ones(len(held["row"]), dtype=bool)
        for column, values in read.where:
            wanted = [numbers[column][value] for value in values if value in numbers[column]]
            kept &= held[column] == wanted[0] if len(wanted) == 1 else np.isin(held[column], wanted)
        return held["row"][kept]


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
