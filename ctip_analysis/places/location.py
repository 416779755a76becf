"""Which province a point is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import GeometryArray

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.places import boundaries

Points: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame | GeometryArray | np.ndarray | Sequence[tuple[float, float]]


def locate(points: Points) -> pd.Series:
    """P-code of the present-day unit each point is in; <NA> outside the country or where a point is missing.

    *points* is a GeoSeries, a GeoDataFrame or ``gpd.points_from_xy(...)`` in any coordinate system (none means
    EPSG:4326), whose index is kept, or rows of longitude and latitude in degrees. A point on a shared line belongs to
    the unit with the lower code.

    >>> locate([(104.92, 11.56), (0.0, 0.0)]).tolist()
    ['KH12', <NA>]
    """
    series = _series(points)
    frame = gpd.GeoDataFrame(geometry=series.reset_index(drop=True))
    shapes = boundaries.shapes(boundaries.source())
    joined = frame.sjoin(shapes[["adm1_code", "geometry"]], predicate="intersects", how="left")
    codes = joined.sort_values("adm1_code", kind="stable")["adm1_code"]
    return (
        codes[~codes.index.duplicated()]
        .reindex(frame.index)
        .astype("string")
        .set_axis(series.index)
        .rename("adm1_code")
    )


def _series(points: Points) -> gpd.GeoSeries:
    if isinstance(points, gpd.GeoDataFrame):
        points = points.geometry
    if isinstance(points, GeometryArray):
        points = gpd.GeoSeries(points)
    if isinstance(points, gpd.GeoSeries):
        return points.set_crs("EPSG:4326") if points.crs is None else points.to_crs("EPSG:4326")
    if isinstance(points, pd.DataFrame):
        raise ParameterError(
            "locate takes points, not a table: gpd.points_from_xy(table[LONGITUDE], table[LATITUDE]), with your columns"
        )
    pairs = np.asarray(points, dtype=float).reshape(-1, 2)
    return gpd.GeoSeries(gpd.points_from_xy(pairs[:, 0], pairs[:, 1]), crs="EPSG:4326")
