"""Cambodia's province-level units on any date, from one geometry file and the table of periods.

The file has the 25 units of today. Tboung Khmum (KH25) left Kampong Cham (KH03) on 31 December 2013; before
that day KH03 is the union of the two. Shapes are those of one survey: smaller moves of lines (Phnom Penh in
2010, some provinces in 2008) are not drawn, see ``shapefiles/README.md``.

An analyst's own boundaries take the place of the shipped ones by the environment variable
``CTIP_BOUNDARIES``: a file in any format geopandas reads, or ``FILE::COLUMN`` where the column of P-codes
has an unusual name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault, MissingFileError, ParameterError
from ctip_analysis.places.boundaries import OWN as OWN_BOUNDARIES

FOLDER = reference.ROOT / "shapefiles"
PARTS = ("shp", "shx", "dbf", "prj", "cpg")
OPEN_BOUNDARIES = "boundaries © OpenStreetMap contributors, Open Database Licence (ODbL) 1.0"
CODE_COLUMNS = ("adm1_code", "pcode", "adm1_pcode", "admin1pcode", "adm1pcode", "hrpcode", "code")
EQUAL_AREA = "EPSG:6933"
SPLIT = "2013-12-31"  # first day of KH25
CELLS_ACROSS = 500  # finer grids were slower: more border cells to fill than points saved
BATCH = 250_000  # points at a time: what is computed on the way stays in the processor's cache
OUTSIDE, BORDER = -1, -2


def provinces(on: date | int | str) -> gpd.GeoDataFrame:
    """The units of a day, or of 1 July of a year: 24 before 31 December 2013, 25 from then on.

    Columns adm1_code, name_en, name_km, area_km2 (computed in EPSG:6933; widely quoted areas fit no
    geometry), geometry (EPSG:4326); rows in the order of the codes.

    Raises
    ------
    MissingFileError, ChangedFileError
        The boundary files are absent, or are not the ones described.
    DataError
        The analyst's own boundaries do not fit, or were drawn for other days.
    """
    return _drawn(units(on), _day(on))[["adm1_code", "name_en", "name_km", "area_km2", "geometry"]]


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

    Columns of ``units`` with valid_from and valid_to (ISO days, the last one included, "" for open),
    area_km2 and geometry (EPSG:4326). The rows of one day cover the country once.
    """
    table = reference.table("provinces").drop(columns="source")
    drawn = [_drawn(rows, rows["valid_to"].iloc[0]) for _, rows in table.groupby("valid_to")]
    whole = pd.concat(drawn).sort_values(["adm1_code", "valid_from"], ignore_index=True)
    return gpd.GeoDataFrame(whole[[*table.columns, "area_km2", "geometry"]], crs="EPSG:4326")


def context() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """What lies around: the neighbours (iso_a2: LA, TH, VN) and the lake (name), both EPSG:4326.

    The lake is Tonle Sap at one state of the water; it grows several times in the rains.
    """
    return _read("neighbours").copy(), _read("lake").copy()


Points: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame | np.ndarray | Sequence[tuple[float, float]]


def locate(points: Points) -> pd.Series:
    """P-code of the present unit each point lies in; <NA> outside the country or where a point is missing.

    *points*: a GeoSeries (any CRS; none means EPSG:4326), or rows of longitude and latitude in degrees. The
    index of a GeoSeries is kept. A point on a shared line belongs to the unit with the lower code.
    """
    if isinstance(points, gpd.GeoDataFrame):
        points = points.geometry
    if isinstance(points, gpd.GeoSeries):
        degrees = points if points.crs is None else points.to_crs("EPSG:4326")
        index, lon, lat = points.index, degrees.x.to_numpy(), degrees.y.to_numpy()
    else:
        pairs = np.asarray(points, dtype=float).reshape(-1, 2)
        index, lon, lat = pd.RangeIndex(len(pairs)), pairs[:, 0], pairs[:, 1]
    shapes = _present_shapes()
    found = np.empty(len(lon), dtype=np.int8)
    for start in range(0, len(lon), BATCH):
        part = slice(start, start + BATCH)
        found[part] = _positions(lon[part], lat[part], shapes.geometry.to_numpy(), *_grid(_source()))
    positions = pa.array(found, mask=found == OUTSIDE)
    codes = pa.DictionaryArray.from_arrays(positions, pa.array(shapes["adm1_code"])).cast(pa.string())
    return pd.Series(pd.arrays.ArrowStringArray(codes), index=index, name="adm1_code")


def _day(on: date | int | str) -> str:
    if isinstance(on, str):
        try:
            on = date.fromisoformat(on)
        except ValueError:
            raise ParameterError(
                f"provinces on which day? expected 2013-12-31, or a year (a number) such as 2004, found {on!r}"
            ) from None
    if isinstance(on, np.integer):
        on = int(on)
    if isinstance(on, bool) or not isinstance(on, date | int):
        raise ParameterError(f"provinces on which day? expected a date or a year such as 2004, found {on!r}")
    if isinstance(on, int):
        if not 1900 <= on <= 2200:
            raise ParameterError(f"provinces of which year? expected four digits such as 2004, found {on}")
        return f"{on}-07-01"
    return f"{on:%Y-%m-%d}"


def _drawn(table: pd.DataFrame, day: str) -> gpd.GeoDataFrame:
    """*table* of units with their shapes of *day* ("": today) and areas."""
    before_split = bool(day) and day < SPLIT
    shapes = _boundaries(_source(), before_split)
    joined = table.merge(shapes, on="adm1_code", how="left", validate="one_to_one")
    whole = gpd.GeoDataFrame(joined, crs=shapes.crs)
    return whole.assign(area_km2=whole.to_crs(EQUAL_AREA).area / 1e6)


@cache
def _boundaries(source: str, before_split: bool) -> gpd.GeoDataFrame:
    """Shapes by code, from the shipped file (*source* "") or the analyst's own."""
    shapes = _own(source) if source else _read("provinces")
    if len(shapes) == 24:
        if not before_split:
            raise DataError(
                f"{Path(source).name.partition('::')[0]} has 24 units, so it was drawn before {SPLIT}, when "
                "Tboung Khmum (KH25) left Kampong Cham (KH03); for later days give boundaries with 25 units"
            )
        return shapes
    if not before_split:
        return shapes
    table = reference.table("provinces")
    later = table[table["valid_from"].ge(SPLIT) & table["predecessor"].ne("")]
    merged_into = dict(zip(later["adm1_code"], later["predecessor"], strict=True))
    codes = shapes["adm1_code"].replace(merged_into)
    return shapes.assign(adm1_code=codes).dissolve("adm1_code").reset_index()


def credit() -> str:
    """Whose province boundaries these are: what has to stand wherever they are drawn."""
    if own := _source():
        return f"boundaries: {Path(own.partition('::')[0]).name}, supplied by the analyst"
    return OPEN_BOUNDARIES


def _source() -> str:
    return os.environ.get(OWN_BOUNDARIES, "").strip()


@cache
def _read(name: str) -> gpd.GeoDataFrame:
    """A shipped shapefile, after each of its parts was compared with its pin."""
    described = reference.package(FOLDER / "datapackage.json")
    for part in PARTS:
        reference.pinned(FOLDER / f"{name}.{part}", described[f"{name}-{part}"])
    return gpd.read_file(FOLDER / f"{name}.shp")


def _own(source: str) -> gpd.GeoDataFrame:
    """The analyst's own boundaries, checked and brought to EPSG:4326; all faults at once."""
    name, _, asked = source.partition("::")
    path = Path(name)
    what = f"{path.name}, named in {OWN_BOUNDARIES},"
    if not path.exists():
        raise MissingFileError(f"{what} is missing; mend the path or unset the variable")
    try:
        shapes = gpd.read_file(path)
    except Exception as error:  # a GDAL driver may raise anything; the cause is kept
        raise DataError(f"{what} is no file of shapes that geopandas reads") from error
    if not isinstance(shapes, gpd.GeoDataFrame):
        raise DataError(f"{what} is a table without shapes")
    column = _code_column(shapes, path.name, asked)
    codes = shapes[column].astype("string").str.strip()
    if faults := _faults(shapes, codes, path.name, column):
        raise DataError(f"{what} does not hold Cambodia's provinces", faults)
    ready = gpd.GeoDataFrame({"adm1_code": codes.astype(str)}, geometry=shapes.geometry.array, crs=shapes.crs)
    return ready.to_crs("EPSG:4326").sort_values("adm1_code", ignore_index=True)


def _code_column(shapes: gpd.GeoDataFrame, file: str, asked: str) -> str:
    columns = {str(column).casefold(): str(column) for column in shapes.columns.drop(shapes.geometry.name)}
    for wanted in [asked.casefold()] if asked else CODE_COLUMNS:
        if wanted in columns:
            return columns[wanted]
    raise DataError(
        f"{file} has no column {asked or 'of P-codes (' + ', '.join(CODE_COLUMNS) + ')'}; "
        f"it has {', '.join(columns.values()) or 'none'}. Name the column: {OWN_BOUNDARIES}={file}::COLUMN"
    )


def _faults(shapes: gpd.GeoDataFrame, codes: pd.Series, file: str, column: str) -> list[Fault]:
    known = set(reference.table("provinces")["adm1_code"])
    number = len(shapes)
    expected = known if number != 24 else known - {"KH25"}
    faults = []
    if number not in (24, 25):
        faults.append(Fault(file, "must have 25 units, or 24 as before 31 December 2013", found=str(number)))
    if unknown := sorted(set(codes.fillna("")) - known):
        listed = ", ".join(map(repr, unknown))
        faults.append(Fault(file, "must be a P-code KH01 to KH25", column=column, found=listed))
    if twice := sorted(set(codes[codes.duplicated()].dropna())):
        faults.append(Fault(file, "a code must stand once", column=column, found=", ".join(twice)))
    if absent := sorted(expected - set(codes.dropna())):
        faults.append(Fault(file, f"no unit for {', '.join(absent)}", column=column))
    areal = shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    if not areal.all():
        listed = ", ".join(codes[~areal].fillna("blank"))
        faults.append(Fault(file, "every unit must be a polygon", found=listed))
    if (broken := areal & ~shapes.is_valid).any():
        listed, mend = ", ".join(codes[broken].fillna("blank")), "repair it: GeoSeries.make_valid()"
        faults.append(Fault(file, "geometry is not valid", found=listed, mend=mend))
    if shapes.crs is None:
        faults.append(Fault(file, "no coordinate system", mend="a shapefile needs its .prj part"))
    return faults


def _present_shapes() -> gpd.GeoDataFrame:
    return _boundaries(_source(), before_split=False)


@cache
def _grid(source: str) -> tuple[np.ndarray, np.ndarray, float]:
    """A grid over the country, its south-west corner and step: position of the unit each cell lies in.

    OUTSIDE where it lies in none, BORDER where a line crosses it: points there are tested one by one.
    """
    shapes = _boundaries(source, before_split=False).geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    step = max(east - west, north - south) / CELLS_ACROSS
    columns, rows = int((east - west) // step) + 1, int((north - south) // step) + 1
    x, y = west + step * np.arange(columns), south + step * np.arange(rows)
    cells = shapely.box(*np.broadcast_arrays(x[:, None], y[None, :], x[:, None] + step, y[None, :] + step))
    grid = np.full(cells.shape, OUTSIDE, dtype=np.int8)
    shapely.prepare(shapes)
    tree = shapely.STRtree(cells.ravel())
    for position, shape in enumerate(shapes):
        grid.ravel()[tree.query(shape, predicate="contains_properly")] = position
    for shape in shapes:
        grid.ravel()[tree.query(shapely.boundary(shape), predicate="intersects")] = BORDER
    return grid, np.array([west, south]), step


def _positions(
    lon: np.ndarray, lat: np.ndarray, shapes: np.ndarray, grid: np.ndarray, corner: np.ndarray, step: float
) -> np.ndarray:
    """Position in *shapes* of the one each point lies in, OUTSIDE if in none."""
    column, row = (lon - corner[0]) / step, (lat - corner[1]) / step
    inside = (column >= 0) & (column < grid.shape[0]) & (row >= 0) & (row < grid.shape[1])  # NaN never is
    column, row = (np.where(inside, part, 0).astype(np.int32) for part in (column, row))
    found = np.where(inside, grid.ravel()[column * grid.shape[1] + row], np.int8(OUTSIDE))
    to_test = np.flatnonzero(found == BORDER)
    found[to_test] = _tested(lon[to_test], lat[to_test], shapes)
    return found


def _tested(lon: np.ndarray, lat: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    decided = np.full(len(lon), OUTSIDE, dtype=np.int8)
    for position, shape in enumerate(shapes):
        west, south, east, north = shapely.bounds(shape)
        in_box = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        near = np.flatnonzero(in_box & (decided == OUTSIDE))
        decided[near[shapely.intersects_xy(shape, lon[near], lat[near])]] = position
    return decided
