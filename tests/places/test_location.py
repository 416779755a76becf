"""The unit a point is in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from ctip_analysis.places import load_provinces, locate


def test_points_fall_into_the_provinces_of_known_places():
    """Royal Palace, Angkor Wat, Battambang station, Pailin town; Bangkok; a missing point."""
    places = [(104.931, 11.564), (103.867, 13.412), (103.199, 13.097), (102.609, 12.849), (100.5, 13.75),
              (np.nan, np.nan)]  # fmt: skip
    found = locate(places)
    assert found.fillna("outside").tolist() == ["KH12", "KH17", "KH02", "KH24", "outside", "outside"]


def test_locate_keeps_the_index_and_reads_the_coordinate_system():
    palace = shapely.Point(104.931, 11.564)
    points = gpd.GeoSeries([palace, None], index=["a", "b"], crs="EPSG:4326")
    for system in ("EPSG:4326", "EPSG:32648"):
        found = locate(points.to_crs(system))
        assert list(found.index) == ["a", "b"] and found["a"] == "KH12" and found.isna()["b"]


def test_a_join_of_ones_own_finds_the_same_units():
    shapes = load_provinces(2020)
    west, south, east, north = shapes.total_bounds
    chance = np.random.default_rng(20_040_701)
    lon = chance.uniform(west - 0.1, east + 0.1, 2_000)
    lat = chance.uniform(south - 0.1, north + 0.1, 2_000)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat, crs="EPSG:4326"))
    joined = points.sjoin(shapes, how="left", predicate="within")["adm1_code"]
    assert locate(points).fillna("").tolist() == joined.fillna("").tolist()


def test_a_point_on_a_shared_line_belongs_to_the_lower_code():
    shapes = load_provinces(2020).set_index("adm1_code").geometry
    shared = shapely.get_parts(shapes["KH01"].intersection(shapes["KH02"]))
    corner = next(shapely.get_point(line, 0) for line in shared if line.geom_type == "LineString")
    assert locate([(corner.x, corner.y)]).iloc[0] == "KH01"


def test_no_points_give_no_codes():
    assert locate(np.empty((0, 2))).empty
