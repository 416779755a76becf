"""The units of a day, their shapes, and the unit a point lies in."""

import datetime
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ChangedFileError, DataError, MissingFileError, ParameterError
from ctip_analysis.places import geography

SHIPPED = reference.ROOT / "shapefiles"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write boundaries of one's own and name them in the environment; returns the writer."""

    def write(shapes: gpd.GeoDataFrame, name: str = "mine.geojson", column: str = "") -> None:
        shapes.to_file(tmp_path / name)
        monkeypatch.setenv(geography.OWN_BOUNDARIES, str(tmp_path / name) + (f"::{column}" if column else ""))

    return write


@pytest.fixture
def shapes() -> gpd.GeoDataFrame:
    return geography.provinces(2014)[["adm1_code", "geometry"]]


# --- units of a day


@pytest.mark.parametrize("on, number", [
    pytest.param(2004, 24, id="a year of the campaign"),
    pytest.param(2013, 24, id="1 July 2013 is before the split"),
    pytest.param(2014, 25, id="1 July 2014 is after"),
    pytest.param(datetime.date(2013, 12, 30), 24, id="last day of 24"),
    pytest.param(datetime.date(2013, 12, 31), 25, id="first day of 25"),
    pytest.param(pd.Timestamp("2014-01-01"), 25, id="a pandas date"),
])  # fmt: skip
def test_the_number_of_units_follows_the_day(on, number):
    codes = [f"KH{i:02d}" for i in range(1, number + 1)]
    assert list(geography.provinces(on)["adm1_code"]) == codes
    assert list(geography.units(on)["adm1_code"]) == codes


def test_provinces_has_the_columns_and_system_it_promises():
    drawn = geography.provinces(2004)
    assert list(drawn.columns) == ["adm1_code", "name_en", "name_km", "area_km2", "geometry"]
    assert drawn.crs.to_epsg() == 4326 and drawn.is_valid.all()


def test_kampong_cham_loses_what_tboung_khmum_gains():
    before = geography.provinces(2013).set_index("adm1_code")["area_km2"]
    after = geography.provinces(2014).set_index("adm1_code")["area_km2"]
    assert before["KH03"] == pytest.approx(after["KH03"] + after["KH25"])
    assert before.sum() == pytest.approx(after.sum()) == pytest.approx(181_600, rel=0.001)
    pd.testing.assert_series_equal(before.drop("KH03"), after.drop(["KH03", "KH25"]))


def test_municipalities_become_provinces_in_december_2008():
    before = geography.units(datetime.date(2008, 12, 21)).set_index("adm1_code")
    after = geography.units(datetime.date(2008, 12, 22)).set_index("adm1_code")
    four = ["KH12", "KH18", "KH23", "KH24"]
    assert list(before.index[before["type"].eq("municipality")]) == four
    assert list(after.loc[four, "type"]) == ["capital", "province", "province", "province"]
    assert before.at["KH18", "name_en"] == "Sihanoukville" and after.at["KH18", "name_en"] == "Preah Sihanouk"


def test_tboung_khmum_names_its_predecessor():
    assert geography.units(2014).set_index("adm1_code")["predecessor"].loc["KH25"] == "KH03"


@pytest.mark.parametrize("on", ["2004", 4, True, 20040701, None, 2004.0])
def test_what_is_no_day_is_refused(on):
    with pytest.raises(ParameterError, match=r"such as 2004, found"):
        geography.provinces(on)


def test_vintages_give_each_unit_one_shape_on_each_day():
    """24 units, 4 twice for the decree of 2008, KH03 twice for the split, and KH25: 24 + 4 + 1 + 1 = 30."""
    rows = geography.vintages()
    assert len(rows) == 30
    kampong_cham = rows[rows["adm1_code"].eq("KH03")]
    assert list(kampong_cham["valid_to"]) == ["2013-12-30", ""]
    assert list(kampong_cham["area_km2"].round()) == sorted(kampong_cham["area_km2"].round(), reverse=True)
    for day in ("2004-07-01", "2010-07-01", "2020-07-01"):
        of_day = rows[rows["valid_from"].le(day) & (rows["valid_to"].ge(day) | rows["valid_to"].eq(""))]
        expected = geography.provinces(datetime.date.fromisoformat(day))
        assert list(of_day["adm1_code"]) == list(expected["adm1_code"])
        assert of_day["area_km2"].to_numpy() == pytest.approx(expected["area_km2"].to_numpy())


def test_shapes_do_not_overlap_and_leave_no_holes():
    drawn = geography.provinces(2014)
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())
    whole = shapely.get_parts(drawn.union_all())
    assert shapely.get_num_interior_rings(whole).sum() == 0


def test_context_is_the_three_neighbours_and_the_lake():
    neighbours, lake = geography.context()
    assert list(neighbours["iso_a2"]) == ["LA", "TH", "VN"] and neighbours.crs.to_epsg() == 4326
    assert list(lake["name"]) == ["Tonle Sap"]
    assert lake.to_crs(geography.EQUAL_AREA).area.sum() / 1e6 == pytest.approx(2_538, abs=2)


# --- points


def test_points_fall_into_the_provinces_of_known_places():
    """Royal Palace, Angkor Wat, Battambang station, Pailin town; Bangkok; a missing point."""
    places = [(104.931, 11.564), (103.867, 13.412), (103.199, 13.097), (102.609, 12.849), (100.5, 13.75),
              (np.nan, np.nan)]  # fmt: skip
    found = geography.locate(places)
    assert found.fillna("outside").tolist() == ["KH12", "KH17", "KH02", "KH24", "outside", "outside"]


def test_locate_keeps_the_index_and_reads_the_coordinate_system():
    palace = shapely.Point(104.931, 11.564)
    points = gpd.GeoSeries([palace, None], index=["a", "b"], crs="EPSG:4326")
    for system in ("EPSG:4326", "EPSG:32648"):
        found = geography.locate(points.to_crs(system))
        assert list(found.index) == ["a", "b"] and found["a"] == "KH12" and found.isna()["b"]


def test_the_grid_agrees_with_an_exact_join_on_twenty_thousand_points():
    shapes = geography.provinces(2020)
    west, south, east, north = shapes.total_bounds
    chance = np.random.default_rng(20_040_701)
    lon = chance.uniform(west - 0.1, east + 0.1, 20_000)
    lat = chance.uniform(south - 0.1, north + 0.1, 20_000)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat, crs="EPSG:4326"))
    joined = points.sjoin(shapes, how="left", predicate="within")["adm1_code"]
    assert geography.locate(points).fillna("").tolist() == joined.fillna("").tolist()


def test_a_point_on_a_shared_line_belongs_to_the_lower_code():
    shapes = geography.provinces(2020).set_index("adm1_code").geometry
    shared = shapely.get_parts(shapes["KH01"].intersection(shapes["KH02"]))
    corner = next(shapely.get_point(line, 0) for line in shared if line.geom_type == "LineString")
    assert geography.locate([(corner.x, corner.y)]).iloc[0] == "KH01"


def test_no_points_give_no_codes():
    assert geography.locate(np.empty((0, 2))).empty


# --- the shipped files


def test_a_changed_boundary_file_stops_the_run(tmp_path, monkeypatch):
    _copy_shipped(tmp_path)
    with (tmp_path / "provinces.dbf").open("ab") as table:
        table.write(b" ")
    _read_from(tmp_path, monkeypatch)
    with pytest.raises(ChangedFileError, match=r"provinces.dbf has changed"):
        geography.provinces(2004)


def test_an_absent_boundary_file_stops_the_run(tmp_path, monkeypatch):
    _copy_shipped(tmp_path)
    (tmp_path / "provinces.shx").unlink()
    _read_from(tmp_path, monkeypatch)
    with pytest.raises(MissingFileError, match=r"provinces.shx is missing"):
        geography.provinces(2004)


def test_the_provinces_are_rebuilt_to_the_byte_from_their_source(tmp_path):
    script = SHIPPED / "build_shapefiles.py"
    source = SHIPPED / "source" / "Cambodia.js"
    subprocess.run([sys.executable, script, "provinces", source, "--out", tmp_path], check=True)
    for part in geography.PARTS:
        name = f"provinces.{part}"
        assert (tmp_path / name).read_bytes() == (SHIPPED / name).read_bytes(), name


# --- boundaries of one's own


@pytest.mark.parametrize("name", ["mine.geojson", "mine.gpkg", "mine.shp"])
def test_own_boundaries_are_read_in_any_format_and_projection(own, shapes, name):
    theirs = shapes.rename(columns={"adm1_code": "ADM1_PCODE"}).iloc[::-1]
    own(theirs.to_crs("EPSG:32648"), name)
    drawn = geography.provinces(2014)
    assert drawn.crs.to_epsg() == 4326 and len(drawn) == 25 and len(geography.provinces(2004)) == 24
    assert drawn["area_km2"].sum() == pytest.approx(181_633, abs=5)
    assert geography.locate([(104.931, 11.564)]).iloc[0] == "KH12"


def test_the_column_of_codes_may_be_named(own, shapes):
    own(shapes.rename(columns={"adm1_code": "unit"}), column="unit")
    assert len(geography.provinces(2014)) == 25


def test_a_file_without_a_column_of_codes_says_which_it_has_and_how_to_name_it(own, shapes):
    own(shapes.rename(columns={"adm1_code": "unit"}))
    with pytest.raises(DataError, match=r"it has unit\. .* CTIP_BOUNDARIES=mine.geojson::COLUMN"):
        geography.provinces(2014)


def test_boundaries_of_24_units_serve_the_days_before_the_split_only(own):
    own(geography.provinces(2004)[["adm1_code", "geometry"]])
    assert len(geography.provinces(2013)) == 24
    with pytest.raises(DataError, match=r"has 24 units, so it was drawn before 2013-12-31"):
        geography.provinces(2014)


def test_every_fault_of_own_boundaries_is_listed_at_once(own, shapes):
    """23 units, KH02 twice, an unknown code, a bow tie for KH05, and 3 codes left without a unit or more."""
    wrong = shapes.iloc[:23].copy()
    wrong.loc[0, "adm1_code"] = "KH02"
    wrong.loc[2, "adm1_code"] = "VN01"
    wrong.loc[4, "geometry"] = shapely.Polygon([(104, 11), (105, 12), (105, 11), (104, 12)])
    own(wrong)
    with pytest.raises(DataError) as caught:
        geography.provinces(2014)
    message = str(caught.value)
    assert "must have 25 units, or 24" in message and "found 23" in message
    assert "'VN01'" in message and "a code must stand once; found KH02" in message
    assert "no unit for KH01, KH03, KH24, KH25" in message and "geometry is not valid; found KH05" in message


def test_own_boundaries_without_a_coordinate_system_are_refused(own, shapes, tmp_path):
    own(shapes, "mine.shp")
    (tmp_path / "mine.prj").unlink()
    with pytest.raises(DataError, match=r"no coordinate system → a shapefile needs its .prj part"):
        geography.provinces(2014)


def test_an_absent_file_of_own_boundaries_is_named_without_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(geography.OWN_BOUNDARIES, str(tmp_path / "gone.shp"))
    with pytest.raises(MissingFileError, match=r"^gone.shp, named in CTIP_BOUNDARIES, is missing"):
        geography.provinces(2014)


@pytest.mark.parametrize("name, complaint", [
    pytest.param("notes.txt", "is no file of shapes", id="text"),
    pytest.param("table.csv", "is a table without shapes", id="a table"),
])  # fmt: skip
def test_a_file_that_holds_no_shapes_is_refused(tmp_path, monkeypatch, name, complaint):
    (tmp_path / name).write_text("adm1_code,people\nKH01,3\n")
    monkeypatch.setenv(geography.OWN_BOUNDARIES, str(tmp_path / name))
    with pytest.raises(DataError, match=f"{name}, .* {complaint}"):
        geography.provinces(2014)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Shapes are read once per run; each test here is a run of its own."""
    monkeypatch.delenv(geography.OWN_BOUNDARIES, raising=False)
    yield
    for remembered in (geography._read, geography._boundaries, geography._grid):
        remembered.cache_clear()


def _copy_shipped(folder):
    for path in [*SHIPPED.glob("provinces.*"), SHIPPED / "datapackage.json"]:
        (folder / path.name).write_bytes(path.read_bytes())


def _read_from(folder, monkeypatch):
    monkeypatch.setattr(geography, "FOLDER", folder)
    for remembered in (geography._read, geography._boundaries):
        remembered.cache_clear()
