"""Boundary files: those that ship, and an analyst's own."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import pytest
import shapely

from ctip_analysis.base.errors import ChangedFileError, DataError, MissingFileError
from ctip_analysis.places import boundaries, load_provinces, locate

SHIPPED = boundaries.FOLDER


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write boundaries of one's own and name them in the environment; returns the writer."""

    def write(shapes: gpd.GeoDataFrame, name: str = "mine.geojson", column: str = "") -> None:
        shapes.to_file(tmp_path / name)
        monkeypatch.setenv(boundaries.OWN, str(tmp_path / name) + (f"::{column}" if column else ""))

    return write


@pytest.fixture
def shapes() -> gpd.GeoDataFrame:
    return load_provinces(2014)[["adm1_code", "geometry"]]


# --- the shipped files


def test_a_changed_boundary_file_stops_the_run(tmp_path, monkeypatch):
    _copy_shipped(tmp_path)
    with (tmp_path / "provinces.dbf").open("ab") as table:
        table.write(b" ")
    _read_from(tmp_path, monkeypatch)
    with pytest.raises(ChangedFileError, match=r"provinces.dbf has changed"):
        load_provinces(2004)


def test_an_absent_boundary_file_stops_the_run(tmp_path, monkeypatch):
    _copy_shipped(tmp_path)
    (tmp_path / "provinces.shx").unlink()
    _read_from(tmp_path, monkeypatch)
    with pytest.raises(MissingFileError, match=r"provinces.shx is missing"):
        load_provinces(2004)


def test_the_provinces_are_rebuilt_to_the_byte_from_their_source(tmp_path):
    script = SHIPPED / "build_shapefiles.py"
    source = SHIPPED / "source" / "Cambodia.js"
    subprocess.run([sys.executable, script, "provinces", source, "--out", tmp_path], check=True)
    for part in boundaries.PARTS:
        name = f"provinces.{part}"
        assert (tmp_path / name).read_bytes() == (SHIPPED / name).read_bytes(), name


# --- boundaries of one's own


@pytest.mark.parametrize("name", ["mine.geojson", "mine.gpkg", "mine.shp"])
def test_own_boundaries_are_read_in_any_format_and_projection(own, shapes, name):
    theirs = shapes.rename(columns={"adm1_code": "ADM1_PCODE"}).iloc[::-1]
    own(theirs.to_crs("EPSG:32648"), name)
    drawn = load_provinces(2014)
    assert drawn.crs.to_epsg() == 4326 and len(drawn) == 25 and len(load_provinces(2004)) == 24
    assert drawn["area_km2"].sum() == pytest.approx(181_633, abs=5)
    assert locate([(104.931, 11.564)]).iloc[0] == "KH12"


def test_the_column_of_codes_may_be_named(own, shapes):
    own(shapes.rename(columns={"adm1_code": "unit"}), column="unit")
    assert len(load_provinces(2014)) == 25


def test_a_file_without_a_column_of_codes_says_which_it_has_and_how_to_name_it(own, shapes):
    own(shapes.rename(columns={"adm1_code": "unit"}))
    with pytest.raises(DataError, match=r"it has unit\. .* CTIP_BOUNDARIES=mine.geojson::COLUMN"):
        load_provinces(2014)


def test_boundaries_of_24_units_serve_the_days_before_the_split_only(own):
    own(load_provinces(2004)[["adm1_code", "geometry"]])
    assert len(load_provinces(2013)) == 24
    with pytest.raises(DataError, match=r"has 24 units, so it was drawn before 2013-12-31"):
        load_provinces(2014)


def test_every_fault_of_codes_and_shapes_is_listed_at_once(own, shapes):
    """An unknown code, KH03 without a unit, and a bow tie for KH05, which may mean two things."""
    wrong = shapes.copy()
    wrong.loc[2, "adm1_code"] = "VN01"
    wrong.loc[4, "geometry"] = shapely.Polygon([(104, 11), (105, 12), (105, 11), (104, 12)])
    own(wrong)
    with pytest.raises(DataError) as caught:
        load_provinces(2014)
    message = str(caught.value)
    assert "must be a P-code such as KH01, or a province; found 'VN01'" in message
    assert "no unit for KH03" in message and "no area that is beyond doubt; found KH05" in message


@pytest.mark.parametrize("write", [
    pytest.param(lambda code: f"KH{int(code[2:])}", id="KH1"),
    pytest.param(lambda code: code.lower(), id="kh01"),
    pytest.param(lambda code: str(int(code[2:])), id="1"),
])  # fmt: skip
def test_codes_are_read_as_in_record_files(own, shapes, write):
    own(shapes.assign(adm1_code=shapes["adm1_code"].map(write)))
    assert list(load_provinces(2014)["adm1_code"]) == list(shapes["adm1_code"])


def test_a_third_coordinate_is_dropped(own, shapes):
    own(shapes.assign(geometry=shapely.force_3d(shapes.geometry.array, 7.0)), "mine.gpkg")
    drawn = load_provinces(2014)
    assert not drawn.has_z.any() and drawn["area_km2"].sum() == pytest.approx(181_633, abs=5)


def test_the_parts_of_a_province_become_one(own, shapes):
    own(shapes.explode(ignore_index=True))
    assert list(load_provinces(2014)["adm1_code"]) == list(shapes["adm1_code"])


def test_the_polygons_of_a_collection_are_kept_as_make_valid_leaves_them(own, shapes):
    mixed = shapes.copy()
    kep = mixed.loc[22, "geometry"]
    mixed.loc[22, "geometry"] = shapely.GeometryCollection(
        [kep, shapely.LineString([(104, 10.4), (104.1, 10.5)])]
    )
    own(mixed, "mine.gpkg")
    assert load_provinces(2014).set_index("adm1_code")["area_km2"]["KH23"] == pytest.approx(145.2, abs=0.1)


def test_a_province_without_a_shape_is_named(own, shapes):
    own(shapes.assign(geometry=[shapely.Polygon(), *shapes.geometry[1:]]), "mine.gpkg")
    with pytest.raises(DataError, match="no shape; found KH01"):
        load_provinces(2014)


def test_metres_said_to_be_degrees_are_recognised(own, shapes):
    own(shapes.to_crs("EPSG:32648").set_crs("EPSG:4326", allow_override=True), "mine.gpkg")
    with pytest.raises(DataError, match=r"too large for degrees.*they look like metres.*EPSG:32648"):
        load_provinces(2014)


def test_swapped_axes_are_recognised(own, shapes):
    own(
        shapes.assign(geometry=shapely.transform(shapes.geometry.array, lambda points: points[:, ::-1])),
        "mine.gpkg",
    )
    with pytest.raises(DataError, match="longitude and latitude are swapped"):
        load_provinces(2014)


def in_indian_1960(shapes, metres=0):
    """The shapes in degrees of that datum, drawn to so many metres; what the file says of them is left to the test."""
    drawn = shapes.to_crs("EPSG:32648").simplify_coverage(metres) if metres else shapes.geometry
    return shapes.set_geometry(drawn.to_crs("+proj=longlat +ellps=evrst30 +towgs84=198,881,317"))


@pytest.mark.parametrize("metres", [0, 1_000])
def test_shapes_of_indian_1960_said_to_be_wgs_84_are_recognised_however_coarse(own, shapes, metres):
    """By the three-parameter shift they are 470 metres away at 105° E, 12.5° N."""
    own(in_indian_1960(shapes, metres).set_crs("EPSG:4326", allow_override=True))
    with pytest.raises(DataError, match=r"all shapes are shifted; found 4\d\d metres → they look like Indian 1960"):
        load_provinces(2014)


def test_shapes_of_indian_1960_that_say_so_are_where_they_belong(own, shapes):
    own(in_indian_1960(shapes).set_crs("EPSG:4131", allow_override=True), "mine.gpkg")
    meant = shapes.to_crs("EPSG:32648").centroid
    assert load_provinces(2014).to_crs("EPSG:32648").centroid.distance(meant).max() < 1


def test_a_coarse_drawing_is_not_shifted(own, shapes):
    own(shapes.to_crs("EPSG:32648").set_geometry(shapes.to_crs("EPSG:32648").simplify_coverage(2_000)))
    assert len(load_provinces(2014)) == 25


def test_units_that_overlap_are_refused(own, shapes):
    wide = shapes.copy()
    wide.loc[0, "geometry"] = shapely.union(wide.loc[0, "geometry"], wide.loc[1, "geometry"])
    own(wide)
    with pytest.raises(DataError, match="units must not overlap; found 12,173 km² twice"):
        load_provinces(2014)


def test_own_boundaries_without_a_coordinate_system_are_refused(own, shapes, tmp_path):
    own(shapes, "mine.shp")
    (tmp_path / "mine.prj").unlink()
    with pytest.raises(DataError, match=r"no coordinate system → a shapefile needs its .prj part"):
        load_provinces(2014)


def test_an_absent_file_of_own_boundaries_is_named_without_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(boundaries.OWN, str(tmp_path / "gone.shp"))
    with pytest.raises(MissingFileError, match=r"^gone.shp, named in CTIP_BOUNDARIES, is missing"):
        load_provinces(2014)


@pytest.mark.parametrize("name, complaint", [
    pytest.param("notes.txt", "is no file of shapes", id="text"),
    pytest.param("table.csv", "is a table without shapes", id="a table"),
])  # fmt: skip
def test_a_file_that_holds_no_shapes_is_refused(tmp_path, monkeypatch, name, complaint):
    (tmp_path / name).write_text("adm1_code,people\nKH01,3\n")
    monkeypatch.setenv(boundaries.OWN, str(tmp_path / name))
    with pytest.raises(DataError, match=f"{name}, .* {complaint}"):
        load_provinces(2014)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Shapes are read once per run; each test here is a run of its own."""
    monkeypatch.delenv(boundaries.OWN, raising=False)
    yield
    boundaries.shapes.cache_clear()
    boundaries.shipped.cache_clear()


def _copy_shipped(folder):
    for path in [*SHIPPED.glob("provinces.*"), SHIPPED / "datapackage.json"]:
        (folder / path.name).write_bytes(path.read_bytes())


def _read_from(folder, monkeypatch):
    monkeypatch.setattr(boundaries, "FOLDER", folder)
    boundaries.shapes.cache_clear()
    boundaries.shipped.cache_clear()
