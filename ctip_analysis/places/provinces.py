"""Cambodia's province-level units on any day, from one geometry file and the table of periods; the unit of a point.

The file has the 25 units of today. Tboung Khmum (KH25) left Kampong Cham (KH03) on 31 December 2013; before
that day KH03 is the union of the two. Shapes are those of one survey: smaller moves of lines (Phnom Penh in
2010, some provinces in 2008) are not drawn, see ``shapefiles/README.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import GeometryArray
from shapely.geometry.base import BaseGeometry

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, ParameterError
from ctip_analysis.places import boundaries

SPLIT = "2013-12-31"  # first day of KH25
Points: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame | GeometryArray | np.ndarray | Sequence[tuple[float, float]]
COLUMNS = ["adm1_code", "name_en", "name_km", "type", "area_km2", "geometry"]


def load_provinces(on: date | int | str = 2004) -> gpd.GeoDataFrame:
    """The province-level units of a day, or of 1 July of a year: 24 before 31 December 2013, 25 from then on.

    One row per unit in the order of the codes, with columns adm1_code, name_en, name_km, type (province,
    municipality, capital), area_km2 (computed in EPSG:6933: widely quoted areas fit no geometry), and geometry
    (EPSG:4326). Your own boundaries take the place of the shipped ones by the environment variable
    ``CTIP_BOUNDARIES``.

    Raises
    ------
    ParameterError
        *on* is no day and no year.
    MissingFileError, ChangedFileError
        The boundary files are missing, or are not the ones described.
    DataError
        Your own boundaries do not fit, or were drawn for other days.

    Examples
    --------
    >>> len(load_provinces(on=2004)), len(load_provinces(on="2013-12-31"))
    (24, 25)
    """
    return _drawn(units(on), _day(on))[COLUMNS]


def units(on: date | int | str) -> pd.DataFrame:
    """The units of a day, or of 1 July of a year, without shapes.

    Columns adm1_code, name_en, name_km, type, predecessor ("" unless cut from another unit).
    """
    day = _day(on)
    table = reference.table("provinces")
    begun = table["valid_from"].le(day)  # "" sorts before every day: no beginning stated
    lasting = table["valid_to"].eq("") | table["valid_to"].ge(day)
    columns = ["adm1_code", "name_en", "name_km", "type", "predecessor"]
    return table.loc[begun & lasting, columns].sort_values("adm1_code", ignore_index=True)


def vintages() -> gpd.GeoDataFrame:
    """Every unit in every period in which its name, type and shape stayed the same; one row each.

    Columns of :func:`units` with valid_from and valid_to (ISO days, the last one included, "" for open),
    area_km2 and geometry (EPSG:4326). The rows of one day cover the country once.
    """
    table = reference.table("provinces").drop(columns="source")
    drawn = [_drawn(rows, rows["valid_to"].iloc[0]) for _, rows in table.groupby("valid_to")]
    whole = pd.concat(drawn).sort_values(["adm1_code", "valid_from"], ignore_index=True)
    return gpd.GeoDataFrame(whole[[*table.columns, "area_km2", "geometry"]], crs="EPSG:4326")


def _day(on: date | int | str) -> str:
    """*on* as an ISO day."""
    if isinstance(on, str) and not on.isdigit():
        try:
            return f"{date.fromisoformat(on):%Y-%m-%d}"
        except ValueError:
            raise _not_a_day(on) from None
    if isinstance(on, np.datetime64):
        on = pd.Timestamp(on)
    if isinstance(on, date) and not pd.isna(on):
        return f"{on:%Y-%m-%d}"
    if isinstance(on, bool) or not isinstance(on, int | np.integer | str):
        raise _not_a_day(on)
    if not 1900 <= int(on) <= 2200:
        raise ParameterError(f"provinces of which year? expected four digits such as 2004, found {on}")
    return f"{int(on)}-07-01"


def _not_a_day(on: object) -> ParameterError:
    return ParameterError(
        f"provinces on which day? expected 2013-12-31, or a year such as 2004, found {on!r}"
    )


def _drawn(table: pd.DataFrame, day: str) -> gpd.GeoDataFrame:
    """*table* of units with their shapes of *day* ("": today) and areas."""
    shapes = _shapes(before_split=bool(day) and day < SPLIT)
    joined = table.merge(shapes, on="adm1_code", how="left", validate="one_to_one")
    whole = gpd.GeoDataFrame(joined, crs=shapes.crs)
    return whole.assign(area_km2=whole.to_crs(boundaries.EQUAL_AREA).area / 1e6)


def _shapes(before_split: bool) -> gpd.GeoDataFrame:
    """Shapes by code, of the units before the split of Kampong Cham or after it."""
    source = boundaries.source()
    shapes = boundaries.shapes(source)
    if len(shapes) == 24 and not before_split:
        raise DataError(
            f"{Path(source).name.partition('::')[0]} has 24 units, so it was drawn before {SPLIT}, when "
            "Tboung Khmum (KH25) left Kampong Cham (KH03); for later days give boundaries with 25 units"
        )
    if len(shapes) == 24 or not before_split:
        return shapes
    table = reference.table("provinces")
    later = table[table["valid_from"].ge(SPLIT) & table["predecessor"].ne("")]
    codes = shapes["adm1_code"].replace(dict(zip(later["adm1_code"], later["predecessor"], strict=True)))
    return shapes.assign(adm1_code=codes).dissolve("adm1_code").reset_index()


def locate(points: Points) -> pd.Series:
    """P-code of the present-day unit each point is in; <NA> outside the country or where a point is missing.

    *points* is a GeoSeries, a GeoDataFrame or ``gpd.points_from_xy(...)`` in any coordinate system (none means
    EPSG:4326), whose index is kept, or rows of longitude and latitude in degrees, or shapely points. A point on a
    shared line belongs to the unit with the lower code.

    ParameterError: *points* are no points, or no degrees, or latitude comes first.

    >>> locate([(104.92, 11.56), (0.0, 0.0)]).tolist()
    ['KH12', <NA>]
    """
    series = _as_series(points)
    frame = gpd.GeoDataFrame(geometry=series.reset_index(drop=True))
    shapes = boundaries.shapes(boundaries.source())
    joined = frame.sjoin(shapes[["adm1_code", "geometry"]], predicate="intersects", how="left")
    codes = joined.sort_values("adm1_code", kind="stable")["adm1_code"]
    first = codes[~codes.index.duplicated()].reindex(frame.index)
    return first.astype("string").set_axis(series.index).rename("adm1_code")


def _as_series(points: Points) -> gpd.GeoSeries:
    if isinstance(points, gpd.GeoDataFrame):
        points = points.geometry
    if isinstance(points, pd.DataFrame):
        raise _no_points("a table")
    series = _of_shapes(points)
    if not series.dropna().geom_type.eq("Point").all():
        raise ParameterError("locate takes points, not areas or lines: give shapes.representative_point()")
    in_degrees = series.set_crs("EPSG:4326") if series.crs is None else series.to_crs("EPSG:4326")
    if (in_degrees.x.abs().gt(180) | in_degrees.y.abs().gt(90)).any():
        raise ParameterError(
            "locate takes degrees, longitude first (Phnom Penh: 104.92, 11.56); give metres as a GeoSeries with its crs"
        )
    return in_degrees


def _of_shapes(points: Points) -> gpd.GeoSeries:
    """*points* of any kind as shapes, with the index they have."""
    if isinstance(points, gpd.GeoSeries | GeometryArray):
        return gpd.GeoSeries(points)
    rows = list(points) if isinstance(points, Iterable) else [points]
    index = points.index if isinstance(points, pd.Series) else None
    if any(isinstance(one, BaseGeometry) for one in rows):
        return gpd.GeoSeries(rows, index=index, crs="EPSG:4326")
    if len(rows) == 2 and np.ndim(rows[0]) == 0:
        rows, index = [rows], None
    try:
        pairs = np.asarray(rows or np.empty((0, 2)), dtype=float)
        longitudes, latitudes = pairs.T
    except (TypeError, ValueError):
        raise _no_points(type(points).__name__) from None
    return gpd.GeoSeries(gpd.points_from_xy(longitudes, latitudes), index=index, crs="EPSG:4326")


def _no_points(found: str) -> ParameterError:
    return ParameterError(
        f"locate takes points, not {found}: gpd.points_from_xy(table[LONGITUDE], table[LATITUDE]), with your columns"
    )
