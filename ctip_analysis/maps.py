"""The furniture of a map of Cambodia: ground, fills, labels, inset of the capital, scale bar, legend.

Projected in UTM zone 48 north (EPSG:32648), in metres. Nothing here knows what is mapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from ctip_analysis import geography, labels, reference, style

METRIC = 32648
CAPITAL = "KH12"
FRAME = (
    182_000,
    1_066_000,
    823_000,
    1_642_000,
)  # west, south, east, north in metres: room for legend and inset
COUNTRY_NAMES = {
    "THAILAND": (352_000, 1_622_000),
    "LAO PDR": (600_000, 1_606_000),
    "VIET NAM": (773_000, 1_345_000),
}
SEA_NAME = ("Gulf of\nThailand", (226_000, 1_245_000))
SHORT = {"Sihanoukville": "Sihanouk-\nville", "Preah Sihanouk": "Preah\nSihanouk"}
ENLARGED = 3


@cache
def ground() -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Neighbouring countries and the Tonle Sap, in metres, cut to the frame."""
    neighbours, lake = geography.context()
    frame = box(*FRAME).buffer(60_000)
    return (
        gpd.GeoSeries(neighbours.to_crs(METRIC).geometry.make_valid().intersection(frame)),
        gpd.GeoSeries(lake.to_crs(METRIC).geometry.make_valid()),
    )


def prepare() -> None:
    """Draw once what stands on every map, and measure the names of all provinces."""
    with style.theme():
        ax = style.canvas(height(), None)
        base(ax)
        draw(ax, ground()[1])
        names_around(ax)
        scale_bar(ax)
        for name in reference.table("provinces")["name_en"].unique():
            _measured(ax, name, "")
        figure = ax.get_figure(root=True)
        figure.canvas.draw()
    plt.close(figure)


def height(width: float = style.WIDTH) -> float:
    """Inches that the map's frame takes at *width*."""
    west, south, east, north = FRAME
    return width * (north - south) / (east - west)


def base(ax: Axes) -> None:
    """Sea, neighbouring land and frame; sets the limits."""
    west, south, east, north = FRAME
    ax.set(
        xlim=(west, east),
        ylim=(south, north),
        xticks=[],
        yticks=[],
        xlabel="",
        ylabel="",
        facecolor=style.SEA,
    )
    ax.set_aspect("equal", adjustable="box")
    draw(ax, ground()[0], facecolor=style.LAND, edgecolor="#c9c4b8", linewidth=0.6, zorder=1)
    for side in ax.spines.values():
        side.set(visible=True, color=style.RULE, linewidth=0.8)
    ax.apply_aspect()


def fill(ax: Axes, units: gpd.GeoDataFrame, fills: pd.Series, width: float = 0.8) -> None:
    """Draw each unit with its fill (patch properties by code), then lake and the country's outline."""
    for look, group in units.groupby(units["adm1_code"].map(fills.map(_key)), sort=True):
        properties = dict(look)
        draw(
            ax,
            group.geometry,
            facecolor=properties.get("facecolor", "none"),
            edgecolor="none",
            linewidth=0,
            zorder=2,
        )
        if "hatch" in properties:
            pattern = {name: properties[name] for name in ("hatch", "edgecolor")}
            draw(ax, group.geometry, facecolor="none", linewidth=0, zorder=2.1, **pattern)
        if "linestyle" in properties:
            line = {"edgecolor": style.QUIET, "linewidth": 0.9, "linestyle": properties["linestyle"]}
            draw(ax, group.geometry, facecolor="none", zorder=3.1, **line)
    for colour, line_width in (("white", width), ("#6f6f6f", width * 0.4)):
        draw(ax, units.geometry, facecolor="none", edgecolor=colour, linewidth=line_width, zorder=3)
    draw(ax, ground()[1], facecolor=style.LAKE, edgecolor="#8fb6ca", linewidth=0.5, zorder=3.2)
    country = _whole(_written(units.geometry.to_numpy()))
    draw(ax, [country], facecolor="none", edgecolor=style.BORDER, linewidth=width * 1.25, zorder=3.4)


def draw(ax: Axes, shapes: Iterable[BaseGeometry], **look: Any) -> None:
    """Add polygons as one collection; unlike GeoSeries.plot it leaves limits, labels and aspect alone."""
    paths = [path for written in shapely.to_wkb(list(shapes)) for path in _paths(written)]
    ax.add_collection(PathCollection(paths, **look), autolim=False)


@lru_cache(maxsize=512)
def _paths(written: bytes) -> tuple[Path, ...]:
    """Polygons of one shape (WKB, so that the same shape is the same key) as paths, which nobody changes."""
    rings = [[part.exterior, *part.interiors] for part in _polygons(shapely.from_wkb(written))]
    return tuple(
        Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in part)) for part in rings
    )


def _written(shapes: np.ndarray) -> bytes:
    return bytes(shapely.to_wkb(shapely.geometrycollections(shapes)))


@lru_cache(maxsize=32)
def _whole(written: bytes) -> BaseGeometry:
    """Shapes of a collection (WKB) in one."""
    return shapely.union_all(shapely.get_parts(shapely.from_wkb(written)))


@lru_cache(maxsize=32)
def _simplified(written: bytes) -> np.ndarray:
    """Shapes of a collection (WKB) in its order, as exact as a label needs them."""
    return shapely.simplify(shapely.get_parts(shapely.from_wkb(written)), 800)


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    parts = getattr(shape, "geoms", [shape])
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def _key(properties: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(properties.items()))


def names_around(ax: Axes) -> list[BaseGeometry]:
    """Write the neighbours' names, the sea's and the lake's; returns their boxes in pixels."""
    drawn = [
        ax.text(*at, name, ha="center", va="center", color="#8b857a", fontsize=style.SMALL, zorder=1.5)
        for name, at in COUNTRY_NAMES.items()
    ]
    text, at = SEA_NAME
    drawn.append(
        ax.text(*at, text, ha="center", va="center", color="#55819b", fontsize=style.SMALL, zorder=1.5)
    )
    return [_pixels(text) for text in drawn]


def _pixels(artist: mpl.artist.Artist) -> BaseGeometry:
    return box(*artist.get_window_extent().extents)


def scale_bar(ax: Axes, at: tuple[float, float] = (204_000, 1_088_000), km: int = 100) -> list[BaseGeometry]:
    """A bar of *km* kilometres in two halves, with its figures; returns its box in pixels."""
    x, y = at
    half, thick = km * 500, 4_500
    for step, colour in enumerate(("#3d3d3d", "white")):
        ax.add_patch(
            Rectangle(
                (x + step * half, y),
                half,
                thick,
                facecolor=colour,
                edgecolor="#3d3d3d",
                linewidth=0.6,
                zorder=6,
            )
        )
    for step, text in enumerate(("0", f"{km // 2}", f"{km} km")):
        ax.text(
            x + step * half,
            y + 2 * thick,
            text,
            ha="center",
            va="bottom",
            fontsize=style.SMALL,
            color=style.QUIET,
            zorder=6,
        )
    corners = ax.transData.transform([(x - 15_000, y - 4_000), (x + 2 * half + 25_000, y + 26_000)])
    return [box(*corners.ravel())]


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on *colour* (WCAG relative luminance)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)
    )
    return style.INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 else "white"


def label_units(
    ax: Axes,
    units: gpd.GeoDataFrame,
    words: pd.Series,
    fills: pd.Series,
    taken: Sequence[BaseGeometry],
    only: set[str] | None = None,
) -> list[mpl.text.Text]:
    """Write name and number into each unit (of *only*, if given) but the capital, which has its inset.

    *words* are the numbers by code; "" leaves the name alone.
    """
    to_pixels = ax.transData.transform
    simple = _simplified(_written(units.geometry.to_numpy()))
    shapes = dict(zip(units["adm1_code"], shapely.transform(simple, to_pixels), strict=True))
    names = units.set_index("adm1_code")["name_en"]
    forms = {code: _measured(ax, names[code], words[code]) for code in shapes}
    frame = box(*ax.get_window_extent().extents).buffer(-6)
    water = shapely.union_all([shapely.transform(shape, to_pixels) for shape in ground()[1]])
    wanted = {
        code: shape for code, shape in shapes.items() if code != CAPITAL and (only is None or code in only)
    }
    blocked = [*taken, shapes[CAPITAL].envelope] if CAPITAL in shapes else list(taken)
    country = shapely.transform(_whole(_written(simple)), to_pixels)
    placed = labels.place_all(wanted, forms, blocked, frame, water, country)
    return [_write(ax, spot, fills[code]) for code, spot in sorted(placed.items())]


def _measured(ax: Axes, name: str, number: str) -> dict[str, tuple[float, float]]:
    """Ways to break a label, the flattest first, each with its size in pixels."""
    broken = SHORT.get(name, name.replace(" ", "\n", 1))
    ways = [f"{name}\n{number}", f"{broken}\n{number}", f"{name} {number}"] if number else [name, broken]
    family, dpi = tuple(mpl.rcParams["font.family"]), ax.get_figure(root=True).dpi
    return {way: _size(way, family, dpi) for way in ways}


@lru_cache(maxsize=4096)
def _size(words: str, family: tuple[str, ...], dpi: float) -> tuple[float, float]:
    """Pixels that a label takes; the same words come back on every map."""
    ruler = _ruler(dpi)
    ruler.set(text=words, family=list(family))
    extent = ruler.get_window_extent()
    return extent.width + 2, extent.height + 2


@cache
def _ruler(dpi: float) -> mpl.text.Text:
    """A text on a figure of its own, to measure labels with."""
    figure = Figure(figsize=(1, 1), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure.text(0, 0, "", fontsize=style.SMALL, linespacing=0.98)


def _write(ax: Axes, spot: labels.Placed, fill_of: Mapping[str, object]) -> mpl.text.Text:
    to_data = ax.transData.inverted().transform
    if spot.leader is not None:
        ax.plot(
            *zip(*to_data(list(spot.leader.coords)), strict=True), color=style.INK, linewidth=0.6, zorder=5
        )
    face = str(fill_of.get("facecolor", "white"))
    patterned = spot.leader is None and "hatch" in fill_of
    plate = (
        {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.9}
        if patterned
        else None
    )
    colour = style.INK if spot.leader is not None or patterned or face == "none" else ink_on(face)
    return ax.text(
        *to_data(spot.centre),
        spot.text,
        ha="center",
        va="center",
        multialignment="center",
        fontsize=style.SMALL,
        linespacing=0.98,
        color=colour,
        zorder=6,
        bbox=plate,
        gid="label",
    )


def capital_inset(
    ax: Axes, units: gpd.GeoDataFrame, fills: pd.Series, words: str, bounds: tuple[float, float, float, float]
) -> BaseGeometry:
    """Phnom Penh enlarged in *bounds* (axes fractions), boxed on the map; returns its box in pixels."""
    inset = ax.inset_axes(bounds, zorder=7)
    capital = units[units["adm1_code"].eq(CAPITAL)]
    frame = ax.get_window_extent()
    west, _, east, _ = FRAME
    wide = bounds[2] * (east - west) / ENLARGED
    tall = wide * (bounds[3] * frame.height) / (bounds[2] * frame.width)
    centre = capital.geometry.iloc[0].envelope.centroid
    base(inset)
    inset.set(
        xlim=(centre.x - wide / 2, centre.x + wide / 2), ylim=(centre.y - tall / 2, centre.y + tall / 2)
    )
    fill(inset, units, fills)
    inner = capital.geometry.iloc[0]
    if words:
        point = labels.inner_point(inner)
        x, y = inset.transData.transform((point.x, point.y))
        _write(inset, labels.Placed(words, labels.text_box(x, y, (1, 1))), fills[CAPITAL])
        inset.text(
            0.5,
            0.96,
            f"enlarged {ENLARGED:g} times",
            transform=inset.transAxes,
            ha="center",
            va="top",
            fontsize=style.SMALL,
            color=style.QUIET,
            zorder=8,
            bbox={"boxstyle": "square,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.9},
        )
    left, bottom, right, top = inner.buffer(2_500).bounds
    ax.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            fill=False,
            edgecolor=style.INK,
            linewidth=0.8,
            zorder=5,
        )
    )
    return box(*inset.get_window_extent().extents)
