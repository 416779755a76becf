"""The units of a day and their shapes."""

from __future__ import annotations

import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.places import boundaries, load_provinces, locate, units, vintages


@pytest.mark.parametrize("on, number", [
    pytest.param(2004, 24, id="a year of the campaign"),
    pytest.param(2013, 24, id="1 July 2013 is before the split"),
    pytest.param(2014, 25, id="1 July 2014 is after"),
    pytest.param(datetime.date(2013, 12, 30), 24, id="last day of 24"),
    pytest.param(datetime.date(2013, 12, 31), 25, id="first day of 25"),
    pytest.param(pd.Timestamp("2014-01-01"), 25, id="a pandas date"),
    pytest.param("2004", 24, id="a period of one year"),
])  # fmt: skip
def test_the_number_of_units_follows_the_day(on, number):
    codes = [f"KH{i:02d}" for i in range(1, number + 1)]
    assert list(load_provinces(on)["adm1_code"]) == codes
    assert list(units(on)["adm1_code"]) == codes


def test_provinces_has_the_columns_and_system_it_promises():
    drawn = load_provinces(2004)
    assert list(drawn.columns) == ["adm1_code", "name_en", "name_km", "type", "area_km2", "geometry"]
    assert drawn.crs.to_epsg() == 4326 and drawn.is_valid.all()


def test_kampong_cham_loses_what_tboung_khmum_gains():
    before = load_provinces(2013).set_index("adm1_code")["area_km2"]
    after = load_provinces(2014).set_index("adm1_code")["area_km2"]
    assert before["KH03"] == pytest.approx(after["KH03"] + after["KH25"])
    assert before.sum() == pytest.approx(after.sum()) == pytest.approx(181_600, rel=0.001)
    pd.testing.assert_series_equal(before.drop("KH03"), after.drop(["KH03", "KH25"]))


def test_municipalities_become_provinces_in_december_2008():
    before = units(datetime.date(2008, 12, 21)).set_index("adm1_code")
    after = units(datetime.date(2008, 12, 22)).set_index("adm1_code")
    four = ["KH12", "KH18", "KH23", "KH24"]
    assert list(before.index[before["type"].eq("municipality")]) == four
    assert list(after.loc[four, "type"]) == ["capital", "province", "province", "province"]
    assert before.at["KH18", "name_en"] == "Sihanoukville" and after.at["KH18", "name_en"] == "Preah Sihanouk"


def test_tboung_khmum_names_its_predecessor():
    assert units(2014).set_index("adm1_code")["predecessor"].loc["KH25"] == "KH03"


@pytest.mark.parametrize("on", ["4", 4, True, 20040701, None, 2004.0])
def test_what_is_no_day_is_refused(on):
    with pytest.raises(ParameterError, match=r"such as 2004, found"):
        load_provinces(on)


def test_vintages_give_each_unit_one_shape_on_each_day():
    """24 units, 4 twice for the decree of 2008, KH03 twice for the split, and KH25: 24 + 4 + 1 + 1 = 30."""
    rows = vintages()
    assert len(rows) == 30
    kampong_cham = rows[rows["adm1_code"].eq("KH03")]
    assert list(kampong_cham["valid_to"]) == ["2013-12-30", ""]
    assert list(kampong_cham["area_km2"].round()) == sorted(kampong_cham["area_km2"].round(), reverse=True)
    for day in ("2004-07-01", "2010-07-01", "2020-07-01"):
        of_day = rows[rows["valid_from"].le(day) & (rows["valid_to"].ge(day) | rows["valid_to"].eq(""))]
        expected = load_provinces(datetime.date.fromisoformat(day))
        assert list(of_day["adm1_code"]) == list(expected["adm1_code"])
        assert of_day["area_km2"].to_numpy() == pytest.approx(expected["area_km2"].to_numpy())


def test_shapes_do_not_overlap_and_leave_no_holes():
    drawn = load_provinces(2014)
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())
    whole = shapely.get_parts(drawn.union_all())
    assert shapely.get_num_interior_rings(whole).sum() == 0


def test_context_is_the_three_neighbours_and_the_lake():
    neighbours, lake = boundaries.context()
    assert list(neighbours["iso_a2"]) == ["LA", "TH", "VN"] and neighbours.crs.to_epsg() == 4326
    assert list(lake["name"]) == ["Tonle Sap"]
    assert lake.to_crs(boundaries.EQUAL_AREA).area.sum() / 1e6 == pytest.approx(2_538, abs=2)


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
