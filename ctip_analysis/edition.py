"""An edition: a folder of plain files that hold only what may be shown, and its reading.

Everything a donor sees is made from a :class:`Released`; everything an analyst makes from records
inside the wall goes through :class:`Internal`. Figures, tables and facts take nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeGuard

import geopandas as gpd
import pandas as pd

from ctip_analysis import periods
from ctip_analysis.errors import (
    ChangedFileError,
    DataError,
    MissingFileError,
    NotReleasedError,
    ParameterError,
)

PLACES = ["adm1_code", "sex", "age_band", "partner"]
KEYS = ["indicator", "period", "period_basis", *PLACES]
CELL_COLUMNS = [
    "indicator", "table", "period", "period_basis", *PLACES, "value", "status", "unit", "qualifier", "kind", "source",
]  # fmt: skip
STATUSES = ("shown", "withheld", "no_data", "not_applicable")
TABLES = ("published", "context", "population", "indicators", "targets")
GEOMETRY = "provinces.geojson"


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
        rows = self.frame[self.frame["indicator"].eq(self._known(indicator))]
        for column, wanted in zip(PLACES, (adm1_code, sex, age_band, partner), strict=True):
            rows = rows[rows[column].ne("") if wanted is None else rows[column].eq(wanted)]
        if period is not None:
            rows = rows[rows["period"].eq(period)]
        if grain is not None:
            rows = rows[
                rows["period"].map({code: periods.grain(code) for code in rows["period"].unique()}).eq(grain)
            ]
        return rows.sort_values(["period", *PLACES], kind="stable").reset_index(drop=True)

    def until(self, period: str) -> Self:
        """The same cells without those of any later period: what a report of an earlier year may draw."""
        last = periods.span(period)[1]
        frame, changes = (_ended_by(last, rows) for rows in (self.frame, self.changes))
        return replace(self, frame=frame, changes=changes)

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

    def names(self, period: str | int, language: str = "en") -> pd.Series:
        """Province names at *period*, by code."""
        return self.provinces(period).set_index("adm1_code")[f"name_{language}"]


def _ended_by(last: date, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    ends = {code: periods.span(code)[1] for code in rows["period"].unique()}
    return rows[rows["period"].map(ends).le(last)].reset_index(drop=True)


class Released(Cells):
    """What may be shown. Built only by ``protect.protect`` and :func:`read_edition`."""


class Internal(Cells):
    """Records or unprotected cells inside the wall. Every figure and page made from it says INTERNAL."""


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
    frames = {name: _read(folder / f"{name}.csv") for name in TABLES}
    frames["indicators"] = frames["indicators"].set_index("id", drop=False)
    geometry = gpd.read_file(folder / GEOMETRY) if (folder / GEOMETRY).is_file() else None
    if geometry is not None:
        text = ["adm1_code", "name_en", "name_km", "type", "valid_from", "valid_to", "predecessor"]
        geometry[text] = geometry[text].fillna("").astype(str)
    frames["changes"] = _changes(folder)
    cells = _cells(folder)
    info["is_synthetic"] = bool(info["is_synthetic"]) or bool(cells["kind"].eq("synthetic").any())
    return Released(cells, geometry=geometry, info=info, **frames)


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
    if cells.duplicated(KEYS).any():
        raise DataError(f"edition {folder.name}: a cell stands twice in cells.csv; release it again")
    if unknown := sorted(set(cells["status"]) - set(STATUSES)):
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
