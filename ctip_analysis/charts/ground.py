"""The ground of a map of Cambodia: neighbours, lake, frame, scale bar, credit, inset of the capital.

Projected in UTM zone 48 north (EPSG:32648), in metres. Nothing here knows what is mapped.
"""

from __future__ import annotations

from functools import cache, lru_cache

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar
from shapely.geometry import box

from ctip_analysis.base import reference
from ctip_analysis.charts import theme
from ctip_analysis.places import boundaries

METRIC = 32648
CAPITAL = "KH12"
FRAME = (182_000, 1_066_000, 823_000, 1_642_000)  # west, south, east, north: with room for legend and inset
INSET = (0.5, 0.034, 0.145, 0.13)  # left, bottom, width, height in shares of the frame: where nothing is mapped
ENLARGED = 2
CREDIT = "© OpenStreetMap contributors"
LAND, SEA, LAKE, COAST, BORDER = "#f1efea", "#dfeaf1", "#c3dbe8", "#c9c4b8", "#3d3d3d"
NAMES = {  # of what is around, with their place
    "THAILAND": (352_000, 1_622_000),
    "LAO PDR": (600_000, 1_606_000),
    "VIET NAM": (773_000, 1_345_000),
    "Gulf of\nThailand": (226_000, 1_245_000),
}
DETAIL = 400  # metres: half a pixel of a map
AROUND = 40_000  # metres around the capital that its inset can show
SEAM = 5_000  # metres that two sources may leave between the same border
_PART = 0.99  # of the country's area: units with less are not all of them
SAME_AREA = 0.001  # relative difference up to which a unit is one of our geometry


def draw_shapes(ax: Axes, shapes: gpd.GeoSeries | gpd.GeoDataFrame, **look: object) -> None:
    """``shapes.plot`` that leaves aspect and labels of *ax* alone and does not draw the whole figure each time."""
    figure = ax.get_figure(root=True)
    canvas = figure.canvas
    FigureCanvasBase(figure)  # on which geopandas' draw_idle does nothing
    try:
        shapes.plot(ax=ax, aspect=None, add_labels=False, **look)
    finally:
        figure.set_canvas(canvas)


@cache
def surroundings() -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Neighbouring countries and the lake in metres, cut to the frame."""
    neighbours, lake = boundaries.context()
    frame = box(*FRAME).buffer(60_000)
    around = neighbours.to_crs(METRIC).geometry.make_valid().intersection(frame)
    around = gpd.GeoSeries(shapely.coverage_simplify(around.to_numpy(), DETAIL), around.index, around.crs)
    return around, gpd.GeoSeries(lake.to_crs(METRIC).geometry.make_valid())


@cache
def whole_country() -> shapely.Geometry:
    """All provinces together, in metres."""
    return boundaries.shapes(boundaries.source()).to_crs(METRIC).simplify(DETAIL / 2).union_all()


@cache
def label_points() -> pd.DataFrame:
    """Places of the labels from ``shapefiles/label_points.csv``: x, y, leader_x, leader_y in degrees."""
    path = reference.ROOT / "shapefiles" / "label_points.csv"
    described = reference.package(path.parent / "datapackage.json")
    return pd.read_csv(reference.pinned(path, described["label-points"]))


def places(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Place of each unit's label in metres: x, y, leader_x, leader_y (missing inside), lines, is_ours.

    A unit with another shape than that of our files is labelled at its representative point.
    """
    known = label_points()
    metric = gpd.points_from_xy(known["x"], known["y"], crs=4326).to_crs(METRIC)
    ends = gpd.points_from_xy(known["leader_x"], known["leader_y"], crs=4326).to_crs(METRIC)
    known = known.assign(x=metric.x, y=metric.y, leader_x=ends.x, leader_y=ends.y)
    inner = units.representative_point()
    codes = units.get("adm1_code", "")
    found = pd.DataFrame({"adm1_code": codes, "area": units.area / 1e6, "row": units.index})
    found = found.merge(known, on="adm1_code", how="left")
    found["is_ours"] = (found["area"] / found["area_km2"] - 1).abs().lt(SAME_AREA)
    found = found.sort_values("is_ours").drop_duplicates("row", keep="last").set_index("row").loc[units.index]
    found[["x", "y"]] = found[["x", "y"]].where(found["is_ours"], pd.DataFrame({"x": inner.x, "y": inner.y}))
    found[["leader_x", "leader_y"]] = found[["leader_x", "leader_y"]].where(found["is_ours"])
    return found[["x", "y", "leader_x", "leader_y", "lines", "is_ours"]]


def frame_height() -> float:
    """Inches that the frame takes at the usual width."""
    west, south, east, north = FRAME
    return theme.width() * (north - south) / (east - west)


def lighter(units: gpd.GeoDataFrame, is_coverage: bool) -> gpd.GeoDataFrame:
    """*units* without detail that a map can't show; of a coverage, borders stay shared and islands of a pixel go."""
    if not is_coverage:
        return units
    simple = gpd.GeoSeries(shapely.coverage_simplify(units.geometry.to_numpy(), DETAIL), units.index, units.crs)
    return units.set_geometry(simple)


@lru_cache(maxsize=4)  # of the provinces of a year, which every map of a report has
def seam(country: shapely.Geometry) -> shapely.Geometry:
    """The land between *country* and its neighbours, whose source draws the border elsewhere."""
    near = shapely.simplify(surroundings()[0].union_all(), 200).intersection(country.buffer(3 * SEAM))
    closed = shapely.union(near, country).buffer(SEAM / 2, quad_segs=2).buffer(-SEAM / 2, quad_segs=2)
    return closed.intersection(near.buffer(SEAM)).simplify(DETAIL / 2)


def draw_surroundings(ax: Axes, country: shapely.Geometry) -> None:
    """Sea, neighbouring land and frame; sets the limits. The seam to *country* is closed with land.

    Where *country* is a part of it alone, as of a frame that was filtered, the rest is land too.
    """
    west, south, east, north = FRAME
    around, _ = surroundings()
    if country.area < _PART * whole_country().area:
        draw_shapes(ax, gpd.GeoSeries([whole_country()]), facecolor=LAND, edgecolor=COAST, linewidth=0.6, zorder=0.7)
    draw_shapes(ax, around, facecolor=LAND, edgecolor=COAST, linewidth=0.6, zorder=0.5, antialiased=False)
    draw_shapes(ax, gpd.GeoSeries([seam(country)]), facecolor=LAND, linewidth=0, zorder=0.6)
    ax.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], facecolor=SEA)
    ax.set_aspect("equal")
    for side in ax.spines.values():
        side.set(visible=True, color=theme.RULE, linewidth=0.8)


def draw_over(ax: Axes, units: gpd.GeoDataFrame, country: shapely.Geometry) -> None:
    """Borders of provinces, lake and outline of the country, above the fills."""
    borders = gpd.GeoSeries([shapely.line_merge(units.boundary.union_all())])  # each once
    draw_shapes(ax, borders, color="white", linewidth=0.9, zorder=1.5)
    draw_shapes(ax, borders, color="#6f6f6f", linewidth=0.4, zorder=1.6)
    draw_shapes(ax, surroundings()[1], facecolor=LAKE, edgecolor="#8fb6ca", linewidth=0.5, zorder=1.7)
    draw_shapes(ax, gpd.GeoSeries([country]).boundary, color=BORDER, linewidth=1.0, zorder=1.8)


def draw_scale(ax: Axes, is_ours: bool, wide: bool) -> None:
    """Scale bar, below it the credit of boundaries that are ours, and on a *wide* map the names of what is around."""
    bar = AnchoredSizeBar(ax.transData, 100_000, "100 km", "lower left", frameon=False, pad=0.9, borderpad=0.6,
                          sep=3, size_vertical=3_000, color=BORDER, label_top=True)  # fmt: skip
    bar.txt_label.get_children()[0].set(gid=theme.SCALE, color=theme.QUIET)
    ax.add_artist(bar)
    ax.annotate(CREDIT if is_ours else "", (0, 0), xycoords="axes fraction", xytext=(4, 3), textcoords="offset points",
                color=theme.QUIET, gid=theme.SOURCE)  # fmt: skip
    for name, (x, y) in NAMES.items() if wide else ():
        ax.text(x, y, name, ha="center", va="center", color="#55819b" if "Gulf" in name else "#8b857a")


def inset_axes(ax: Axes, capital: shapely.Geometry) -> Axes:
    """Axes that show the surroundings of *capital* enlarged, its limits set; the map shows what is enlarged."""
    west, south, east, north = FRAME
    wide, tall = (INSET[2] * (east - west) / ENLARGED, INSET[3] * (north - south) / ENLARGED)
    middle, (left, bottom, right, top) = capital.envelope.centroid, capital.buffer(2_500).bounds
    ax.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom],
            color=theme.INK, linewidth=0.8, zorder=1.85)  # fmt: skip
    inset = ax.inset_axes(INSET, zorder=4)
    inset.set(xlim=(middle.x - wide / 2, middle.x + wide / 2), ylim=(middle.y - tall / 2, middle.y + tall / 2),
              xticks=[], yticks=[], facecolor=LAND, autoscale_on=False)  # fmt: skip
    for side in inset.spines.values():
        side.set(visible=True, color=theme.INK, linewidth=0.8)
    return inset
