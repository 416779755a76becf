"""An edition: a folder of plain files that hold only what may be shown, and its reading.

Everything a donor sees is made from a :class:`Released`; everything an analyst makes from records
inside the wall goes through :class:`Internal`. Figures, tables and facts take nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import (
    ChangedFileError,
    DataError,
    MissingFileError,
    NotReleasedError,
    ParameterError,
)
from ctip_analysis.edition import reads

PLACES = ["adm1_code", "zone", "sex", "age_band", "partner"]
KEYS = ["indicator", "period", "period_basis", *PLACES]
CELL_COLUMNS = [
    "indicator", "table", "period", "period_basis", *PLACES, "value", "status", "unit", "qualifier", "kind", "source",
]  # fmt: skip
STATUSES = ("shown", "withheld", "no_data", "not_applicable")
TABLES = ("published", "context", "population", "indicators", "targets")
GEOMETRY = "provinces.geojson"
PARTS = ("frame", *TABLES, "changes", "geometry", "info")


@dataclass(frozen=True)
class Cells:
    """Cells with what a reader needs to understand them. Read through :class:`Released` or :class:`Internal`.

    ``frame`` has one row per cell; "" in a place column means all together, ``value`` (float) is
    missing where ``status`` is not ``shown``. ``changes`` has one row per cell of which an earlier edition
    said something else: ``old`` and ``new`` (float), missing where the number is withheld now, and ``reason``.
    """

    frame: pd.DataFrame
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    context: pd.DataFrame = field(default_factory=pd.DataFrame)
    population: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    geometry: gpd.GeoDataFrame | None = None
    info: dict[str, Any] = field(default_factory=dict)
    last_period: str = ""  # no cell of a later one is held; "" where all are

    def __getattribute__(self, name: str) -> Any:
        """Any part of the cells; which one was read is noted, so that a report knows what it was made of."""
        if name in PARTS:
            reads.note(reads.Read(name, vars(self)["last_period"]))
        return object.__getattribute__(self, name)

    @property
    def id(self) -> str:
        """Edition id: SHA-256 over the files of the edition."""
        return str(self.info.get("id", ""))

    @property
    def year(self) -> int:
        """Last reporting year of the edition."""
        return int(self.info["year"])

    @property
    def basis(self) -> str:
        """calendar or fiscal."""
        return str(self.info["basis"])

    @property
    def is_synthetic(self) -> bool:
        """True as soon as one record behind the cells was synthetic."""
        return bool(self.info.get("is_synthetic", True))

    @property
    def is_internal(self) -> bool:
        """True for records inside the wall: never to be shared."""
        return isinstance(self, Internal)

    def select(
        self,
        indicator: str,
        *,
        grain: str | None = None,
        period: str | None = None,
        adm1_code: str | None = "",
        sex: str | None = "",
        age_band: str | None = "",
        partner: str | None = "",
    ) -> pd.DataFrame:
        """Cells of one indicator, in the order of time and code.

        A place given as text picks exactly that ("" is the total); None picks every value but the
        total. Raises ParameterError for an indicator the edition does not hold.
        """
        places = dict(zip(PLACES, (adm1_code, sex, age_band, partner), strict=True))
        found = self._at(indicator, period, places)
        if grain is not None:
            codes = self._columns["period"][found]
            grains = {code: periods.grain(code) == grain for code in set(codes)}
            found = found[[grains[code] for code in codes]]
        return self._ordered.iloc[found].reset_index(drop=True)

    def cell(self, indicator: str, period: str, **places: str) -> dict[str, Any] | None:
        """The one cell of *indicator* at *period* and *places* by column, or None: what a fact is made of.

        The same as the first row of :meth:`select`, without a table around it.
        """
        found = self._at(indicator, period, dict.fromkeys(PLACES, "") | places)
        return {name: held[found[0]] for name, held in self._columns.items()} if len(found) else None

    def _at(self, indicator: str, period: str | None, places: Mapping[str, str | None]) -> np.ndarray:
        """Where in :attr:`_ordered` the cells of *indicator* at *places* stand; that they were asked for is noted."""
        self._note(indicator=self._known(indicator), period=period, **places)
        held = self._rows_of.get(indicator, slice(0, 0))
        kept = np.ones(held.stop - held.start, dtype=bool)
        for column, wanted in places.items():
            values = self._columns[column][held]
            kept &= values != "" if wanted is None else values == wanted
        if period is not None:
            kept &= self._columns["period"][held] == period
        return held.start + np.flatnonzero(kept)

    @cached_property
    def _ordered(self) -> pd.DataFrame:
        """All cells by indicator, in the order of time and code; sorted once, asked for hundreds of times."""
        return vars(self)["frame"].sort_values(
            ["indicator", "period", *PLACES], kind="stable", ignore_index=True
        )

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        """Columns of :attr:`_ordered` as plain arrays, which compare ten times as fast as those of a table."""
        return {str(column): _plain(held) for column, held in self._ordered.items()}

    @cached_property
    def _rows_of(self) -> dict[str, slice]:
        """Where the cells of each indicator stand in :attr:`_ordered`."""
        names = self._columns["indicator"]
        bounds = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
        return {names[first]: slice(first, end) for first, end in pairwise(bounds) if end > first}

    def rows(self, **wanted: str | Collection[str] | None) -> pd.DataFrame:
        """Cells as they stand whose columns have the *wanted* value, or one of several; None is any.

        A report that reads its cells here, and not from ``frame``, is made anew only when one of these changes.
        """
        self._note(**wanted)
        return reads.rows(vars(self)["frame"], reads.conditions(wanted))

    def _note(self, **wanted: str | Collection[str] | None) -> None:
        reads.note(reads.Read("frame", vars(self)["last_period"], reads.conditions(wanted)))

    def beside(self, keys: pd.DataFrame) -> pd.DataFrame:
        """The cells among which those at *keys* (rows with the columns of KEYS) stand: read no others of them.

        Only a change of a cell at one of the *keys* makes a report anew.
        """
        self._note(**{column: set(keys[column]) for column in KEYS})
        places = [self._rows_of.get(name, slice(0, 0)) for name in keys["indicator"].unique()]
        parts = [self._ordered.iloc[place] for place in places]
        return parts[0] if len(parts) == 1 else pd.concat([self._ordered.iloc[:0], *parts])

    def in_place_of(self, rows: pd.DataFrame, instead: pd.DataFrame) -> Self:
        """The same cells with *instead* where *rows*, as :meth:`rows` gave them, were."""
        left = vars(self)["frame"].drop(rows.index)
        return self.with_parts(frame=pd.concat([left, instead], ignore_index=True))

    def periods_held(self) -> list[str]:
        """Codes of all periods of which there is a cell."""
        reads.note(reads.Read("periods", vars(self)["last_period"]))
        return list(vars(self)["frame"]["period"].unique())

    def until(self, period: str) -> Self:
        """The same cells without those of any later period: what a report of an earlier year may draw."""
        frame, changes = (reads.ended_by(period, vars(self)[name]) for name in ("frame", "changes"))
        return self.with_parts(frame=frame, changes=changes, last_period=period)

    def with_parts(self, **parts: Any) -> Self:
        """The same cells with some *parts* in place of their own; to take the rest along is not to read it."""
        own = {part.name: vars(self)[part.name] for part in fields(self)}
        return type(self)(**{**own, **parts})

    def _known(self, indicator: str) -> str:
        if indicator not in self.indicators.index:
            raise ParameterError(
                f"no indicator {indicator!r} in this edition; it has {', '.join(self.indicators.index)}"
            )
        return indicator

    def provinces(self, period: str | int) -> gpd.GeoDataFrame:
        """The province units a map of *period* is drawn with: those of 1 July of its year.

        One row per unit: adm1_code, name_en, name_km, type, area_km2, geometry (EPSG:4326).
        """
        if self.geometry is None:
            raise MissingFileError(
                "this edition holds no province boundaries, so no map can be drawn from it"
            )
        day = periods.midyear(period).isoformat()
        units = self.geometry
        started = units["valid_from"].eq("") | units["valid_from"].le(day)
        ended = units["valid_to"].ne("") & units["valid_to"].lt(day)
        return units[started & ~ended].sort_values("adm1_code").reset_index(drop=True)

    @cached_property
    def unit_names(self) -> list[tuple[str, str, str, str]]:
        """Code, first day, last day and English name of every province unit."""
        if self.geometry is None:
            return []
        columns = ("adm1_code", "valid_from", "valid_to", "name_en")
        return list(zip(*(self.geometry[column].to_numpy(dtype=object) for column in columns), strict=True))

    def residents(self) -> dict[tuple[str, int], float]:
        """Residents by code of the place ("" is the country) and year."""
        return {} if self.population.empty else self._residents  # that it was looked at is noted each time

    @cached_property
    def _residents(self) -> dict[tuple[str, int], float]:
        columns = (
            self.population[name].to_numpy(dtype=object) for name in ("adm1_code", "year", "residents")
        )
        return {(code, int(year)): float(people) for code, year, people in zip(*columns, strict=True)}

    def names(self, period: str | int, language: str = "en") -> pd.Series:
        """Province names at *period*, by code."""
        return self.provinces(period).set_index("adm1_code")[f"name_{language}"]


class Released(Cells):
    """What may be shown. Built only by ``protect.protect`` and :func:`read_edition`."""


class Internal(Cells):
    """Records or unprotected cells inside the wall. Every figure and page made from it says INTERNAL."""


def _plain(column: pd.Series) -> np.ndarray:
    """*column* as an array; a text that comes again is the same object, or it would take ten times the memory."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    places, found = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(found, dtype=object)[places]


def require(source: object, who: str) -> TypeGuard[Released | Internal]:
    """Stop *who* unless *source* is Released or Internal."""
    if isinstance(source, Released | Internal):
        return True
    raise NotReleasedError(
        f"{who} takes a Released table, got {type(source).__name__}; read it from an edition"
    )


def read_edition(path: Path | str) -> Released:
    """Read the edition in folder *path*.

    Raises
    ------
    MissingFileError
        The folder or one of its files is not there.
    ChangedFileError
        The files are not those its id was computed from.
    DataError
        A cell stands twice, or its status is unknown.
    """
    folder = Path(path)
    if not (folder / "edition.json").is_file():
        raise MissingFileError(
            f"no edition in {folder.name or folder}: run `make report`, or `ctip release`, first"
        )
    info = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    if (found := content_id(folder)) != info["id"]:
        raise ChangedFileError(
            f"edition {folder.name} was changed after it was released (id {info['id'][:12]}…, "
            f"files say {found[:12]}…): release it again"
        )
    # What a reader changes in its tables changes no other reader's.
    tables = {name: held.copy() for name, held in _tables(folder.resolve(), found).items()}
    info["is_synthetic"] = bool(info["is_synthetic"]) or bool(tables["frame"]["kind"].eq("synthetic").any())
    return Released(**tables, info=info)


@lru_cache(maxsize=1)  # a report reads its edition to be written, and again to be held against it
def _tables(folder: Path, content: str) -> dict[str, pd.DataFrame]:
    """Tables of the edition in *folder*, whose files have the content of that id."""
    tables = {name: _read(folder / f"{name}.csv") for name in TABLES}
    tables["indicators"] = tables["indicators"].set_index("id", drop=False)
    if (folder / GEOMETRY).is_file():
        geometry = gpd.read_file(folder / GEOMETRY)
        text = ["adm1_code", "name_en", "name_km", "type", "valid_from", "valid_to", "predecessor"]
        geometry[text] = geometry[text].fillna("").astype(str)
        tables["geometry"] = geometry
    return {**tables, "changes": _changes(folder), "frame": _cells(folder)}


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MissingFileError(f"edition {path.parent.name} has no {path.name}: release it again")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _changes(folder: Path) -> pd.DataFrame:
    changes = _read(folder / "changes.csv")
    return changes.assign(**{name: pd.to_numeric(changes[name]) for name in ("old", "new")})


def _cells(folder: Path) -> pd.DataFrame:
    cells = _read(folder / "cells.csv")
    cells["value"] = pd.to_numeric(cells["value"])
    if "zone" not in cells:  # editions before the one with zones
        cells.insert(cells.columns.get_loc("adm1_code") + 1, "zone", "")
    if cells.duplicated(KEYS).any():
        raise DataError(f"edition {folder.name}: a cell stands twice in cells.csv; release it again")
    if unknown := sorted(set(cells["status"].unique()) - set(STATUSES)):
        raise DataError(
            f"edition {folder.name}: cells.csv has the status {', '.join(unknown)}; release it again"
        )
    return cells


def content_id(folder: Path) -> str:
    """SHA-256 over names and bytes of the edition's data files, in a fixed order."""
    digest = hashlib.sha256()
    for name in ["cells.csv", *(f"{table}.csv" for table in TABLES), "changes.csv", GEOMETRY]:
        path = folder / name
        if path.is_file():
            digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
