"""The boundary files: those shipped in ``shapefiles/``, or an analyst's own.

An analyst's own boundaries are named by the environment variable ``CTIP_BOUNDARIES``: a file in any format
geopandas reads, or ``FILE::COLUMN`` where the column of P-codes has an unusual name. They are brought into one
form (two dimensions, polygons, one row a code, EPSG:4326) and refused where that is not safe, with a likely cause.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault, MissingFileError
from ctip_analysis.places import names

OWN = "CTIP_BOUNDARIES"
FOLDER = reference.ROOT / "shapefiles"
PARTS = ("shp", "shx", "dbf", "prj", "cpg")
OPEN_BOUNDARIES = "boundaries © OpenStreetMap contributors, Open Database Licence (ODbL) 1.0"
CODE_COLUMNS = ("adm1_code", "pcode", "adm1_pcode", "admin1pcode", "adm1pcode", "hrpcode", "code")
WEST, SOUTH, EAST, NORTH = 102.0, 9.5, 108.0, 15.0  # Cambodia is inside, in degrees
KM2 = (165_000, 195_000)  # area of the country, in any drawing of it
REPAIRED = 0.001  # share of its area that a shape may change by when it is repaired
EQUAL_AREA, METRES = "EPSG:6933", "EPSG:32648"
INDIAN_1960 = {"ellps": "evrst30", "towgs84": "198,881,317,0,0,0,0"}  # EPSG 4131; PROJ has no transformation here
FAR = 1_500  # metres from a line that a point of the same line may be drawn
SAME_SHIFT = 120  # metres by which a shift may differ from that between the datums


def source() -> str:
    """The analyst's own boundaries as the environment names them; "" for the shipped ones."""
    return os.environ.get(OWN, "").strip()


def credit() -> str:
    """Whose province boundaries these are, for every map that shows them."""
    if own := source():
        return f"boundaries: {Path(own.partition('::')[0]).name}, supplied by the analyst"
    return OPEN_BOUNDARIES


@cache
def shapes(source: str) -> gpd.GeoDataFrame:
    """Columns adm1_code and geometry (EPSG:4326), one row per unit, shipped (*source* "") or the analyst's own."""
    return _own(source) if source else shipped("provinces")


@cache
def shipped(name: str) -> gpd.GeoDataFrame:
    """A shapefile of the project, after each of its parts was compared with its pinned hash."""
    described = reference.package(FOLDER / "datapackage.json")
    for part in PARTS:
        reference.pinned(FOLDER / f"{name}.{part}", described[f"{name}-{part}"])
    return gpd.read_file(FOLDER / f"{name}.shp")


def context() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """What is around the country: the neighbours (iso_a2: LA, TH, VN) and the lake (name), both EPSG:4326.

    The lake is Tonle Sap at one state of the water; it grows several times in the rains.
    """
    return shipped("neighbours").copy(), shipped("lake").copy()


def _own(source: str) -> gpd.GeoDataFrame:
    """The analyst's own boundaries, checked and brought to EPSG:4326; all faults at once."""
    path, _, asked = source.partition("::")
    given = _read(Path(path))
    file, column = Path(path).name, _code_column(given, Path(path).name, asked)
    codes = names.lookup(given[column].astype("string"))
    whole = gpd.GeoDataFrame({"adm1_code": codes}, geometry=_with_shift(_flat(given.geometry)))
    faults = _faults_of_codes(given[column], codes, file, column) + _faults_of_shapes(whole, file)
    if faults:
        raise DataError(f"{file}, named in {OWN}, can't be used as Cambodia's provinces", faults)
    units = whole.set_geometry(_flat(whole.geometry.make_valid())).to_crs("EPSG:4326")
    units = units.dissolve("adm1_code").reset_index()
    if faults := _faults_of_units(units, file):
        raise DataError(f"{file}, named in {OWN}, does not cover Cambodia's provinces once", faults)
    return units.sort_values("adm1_code", ignore_index=True)


def _read(path: Path) -> gpd.GeoDataFrame:
    what = f"{path.name}, named in {OWN},"
    if not path.exists():
        raise MissingFileError(f"{what} is missing; correct the path or unset the variable")
    try:
        given = gpd.read_file(path)
    except Exception as error:  # a GDAL driver may raise anything; the cause is kept
        raise DataError(f"{what} is no file of shapes that geopandas reads") from error
    if not isinstance(given, gpd.GeoDataFrame):
        raise DataError(f"{what} is a table without shapes")
    return given.reset_index(drop=True)


def _with_shift(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """*shapes* in their own CRS; where its datum is Indian 1960, which PROJ would take for WGS 84, with its shift."""
    if shapes.crs is None or shapes.crs.datum is None or shapes.crs.datum.name != "Indian 1960":
        return shapes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PROJ says that a dictionary has less than a CRS: the datum is added
        return shapes.set_crs({**shapes.crs.to_dict(), **INDIAN_1960}, allow_override=True)


def _code_column(given: gpd.GeoDataFrame, file: str, asked: str) -> str:
    columns = {str(column).casefold(): str(column) for column in given.columns.drop(given.geometry.name)}
    for wanted in [asked.casefold()] if asked else CODE_COLUMNS:
        if wanted in columns:
            return columns[wanted]
    raise DataError(
        f"{file} has no column {asked or 'of P-codes (' + ', '.join(CODE_COLUMNS) + ')'}; "
        f"it has {', '.join(columns.values()) or 'none'}. Name the column: {OWN}={file}::COLUMN"
    )


def _flat(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """*shapes* in two dimensions; of a collection, as ``make_valid`` leaves it, only the polygons."""
    flat = shapely.force_2d(shapes.array)
    kept = [
        _polygons(shape) if shape is not None and shape.geom_type == "GeometryCollection" else shape for shape in flat
    ]
    return gpd.GeoSeries(kept, index=shapes.index, crs=shapes.crs)


def _polygons(collection: shapely.GeometryCollection) -> shapely.Geometry:
    return shapely.union_all([part for part in collection.geoms if part.geom_type in ("Polygon", "MultiPolygon")])


def _faults_of_codes(written: pd.Series, codes: pd.Series, file: str, column: str) -> list[Fault]:
    faults, found = [], set(codes.dropna())
    known = set(reference.table("provinces")["adm1_code"])
    if codes.isna().any():
        listed = ", ".join(map(repr, written[codes.isna()].astype("string").fillna("").unique()))
        faults.append(Fault(file, "must be a P-code such as KH01, or a province", column=column, found=listed))
    if absent := sorted(known - {"KH25"} - found):
        faults.append(Fault(file, f"no unit for {', '.join(absent)}", column=column))
    return faults


def _faults_of_shapes(whole: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """What keeps the rows from being read as shapes: no coordinate system, no shape, no polygon, a wrong place."""
    faults = []
    if whole.crs is None:
        faults.append(Fault(file, "no coordinate system", mend="a shapefile needs its .prj part"))
    empty = whole.geometry.isna() | whole.geometry.is_empty
    areal = whole.geom_type.isin(["Polygon", "MultiPolygon"])
    for rule, wrong in (("no shape", empty), ("every unit must be a polygon", ~areal & ~empty)):
        if wrong.any():
            faults.append(Fault(file, rule, found=_listed(whole["adm1_code"][wrong])))
    if (crossing := areal & _changed_by_repair(whole.geometry)).any():
        mend = "a shape crosses itself: repair it in a map program and look at it"
        faults.append(
            Fault(file, "no area that is beyond doubt", found=_listed(whole["adm1_code"][crossing]), mend=mend)
        )
    return faults or _faults_of_place(whole, file)


def _changed_by_repair(shapes: gpd.GeoSeries) -> pd.Series:
    """Which shapes have another area after ``make_valid``: how they are meant is then a guess."""
    before, after = shapely.area(shapes.array), shapely.area(shapely.make_valid(shapes.array))
    return pd.Series(abs(after - before) > REPAIRED * before, index=shapes.index)


def _faults_of_place(whole: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Whether all is where Cambodia is; if not, with the likely cause."""
    bounds = whole.total_bounds
    if whole.crs.is_geographic and abs(bounds).max() > 360:
        mend = "they look like metres: give the file the coordinate system it was drawn in, often EPSG:32648"
        return [Fault(file, "coordinates are too large for degrees", found=_box(bounds), mend=mend)]
    degrees = whole.to_crs("EPSG:4326").total_bounds
    west, south, east, north = (float(degree) for degree in degrees)
    if west >= WEST and south >= SOUTH and east <= EAST and north <= NORTH:
        return []
    swapped = south >= WEST and west >= SOUTH and north <= EAST and east <= NORTH
    mend = "longitude and latitude are swapped" if swapped else "check the coordinate system of the file"
    rule = f"must be inside {WEST:g}–{EAST:g}° east, {SOUTH:g}–{NORTH:g}° north"
    return [Fault(file, rule, found=_box(degrees), mend=mend)]


def _faults_of_units(units: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Whether the units, in their final form, cover the country once."""
    flat = units.to_crs(EQUAL_AREA)
    area = flat.area / 1e6
    faults = []
    if (small := area < 1).any():
        faults.append(Fault(file, "has no area", found=_listed(units["adm1_code"][small])))
    if not KM2[0] <= (total := flat.union_all().area / 1e6) <= KM2[1]:
        rule = f"all units together must have {KM2[0]:,} to {KM2[1]:,} km²"
        faults.append(Fault(file, rule, found=f"{total:,.0f} km²"))
    if (overlap := area.sum() - total) > REPAIRED * total:
        mend = "units overlap, or a shape crosses itself: repair the file and look at it on a map"
        faults.append(Fault(file, "units must not overlap", found=f"{overlap:,.0f} km² twice", mend=mend))
    return faults or _faults_of_datum(units, file)


def _faults_of_datum(units: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Whether the drawing as a whole is shifted as one in the datum Indian 1960 is that is said to be in WGS 84."""
    place = gpd.GeoSeries.from_xy([105], [12.5])
    there, here = (
        shapely.get_coordinates(place.set_crs(crs).to_crs(METRES).array)[0]
        for crs in ({"proj": "longlat", **INDIAN_1960}, "EPSG:4326")
    )
    found = _shift(units.to_crs(METRES).boundary, shipped("provinces").to_crs(METRES).boundary)
    if np.hypot(*(found - (there - here))) > SAME_SHIFT:
        return []
    mend = "they look like Indian 1960: give the file that coordinate system, EPSG:4131 in degrees, EPSG:3148 in metres"
    return [Fault(file, "all shapes are shifted", found=f"{np.hypot(*found):,.0f} metres", mend=mend)]


def _shift(drawn: gpd.GeoSeries, known: gpd.GeoSeries) -> np.ndarray:
    """East and north by which lines must be moved to be on the *known* ones, in their unit, by least squares.

    A point of a line says how far it is from the nearest known line, not where on it it belongs: only the distance
    across the line counts. Points that are far from any line, as of a province drawn otherwise, don't count.
    """
    points = shapely.get_coordinates(shapely.segmentize(drawn.array, 5_000))[::5]
    corners, line = shapely.get_coordinates(known.array, return_index=True)
    pieces = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)[line[:-1] == line[1:]])
    tree, shift = shapely.STRtree(pieces), np.zeros(2)
    for _ in range(4):
        moved = shapely.points(points + shift)
        across = shapely.get_coordinates(shapely.shortest_line(moved, pieces[tree.nearest(moved)])).reshape(-1, 2, 2)
        away = across[:, 1] - across[:, 0]
        far = np.hypot(*away.T)
        near = (far > 0.01) & (far < FAR)
        normals = away[near] / far[near, None]
        shift = shift + np.linalg.lstsq(normals.T @ normals, away[near].sum(axis=0), rcond=None)[0]
    return shift


def _listed(codes: pd.Series) -> str:
    return ", ".join(codes.fillna("blank").astype(str))


def _box(bounds: Iterable[float]) -> str:
    west, south, east, north = bounds
    return f"{west:,.1f} to {east:,.1f} east, {south:,.1f} to {north:,.1f} north"
