"""The furniture of a map of Cambodia: ground, fills, labels, inset of the capital, scale bar, legend.

Projected in UTM zone 48 north (EPSG:32648), in metres. Nothing here knows what is mapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from ctip_analysis.charts import labels, shapes, style
from ctip_analysis.places import geography

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
    # A line this pale needs no smoothing, which would only make the picture larger.
    neighbours = {"facecolor": style.LAND, "edgecolor": "#c9c4b8", "linewidth": 0.6}
    shapes.draw(ax, ground()[0], zorder=1, antialiased=False, **neighbours)
    for side in ax.spines.values():
        side.set(visible=True, color=style.RULE, linewidth=0.8)
    ax.apply_aspect()


def fill(ax: Axes, units: gpd.GeoDataFrame, fills: pd.Series, width: float = 0.8) -> None:
    """Draw each unit with its fill (patch properties by code), then lake and the country's outline."""
    country = shapes.whole(shapes.written(units.geometry.to_numpy()))
    seam = shapes.seam(shapes.written(ground()[0].to_numpy()), shapes.written(np.array([country])))
    shapes.draw(ax, [seam], facecolor=style.LAND, edgecolor="none", linewidth=0, zorder=1.1)
    for look, group in units.groupby(units["adm1_code"].map(fills.map(_key)), sort=True):
        properties = dict(look)
        shapes.draw(
            ax,
            group.geometry,
            facecolor=properties.get("facecolor", "none"),
            edgecolor="none",
            linewidth=0,
            zorder=2,
        )
        if "hatch" in properties:
            pattern = {name: properties[name] for name in ("hatch", "edgecolor")}
            shapes.draw(ax, group.geometry, facecolor="none", linewidth=0, zorder=2.1, **pattern)
        if "linestyle" in properties:
            line = {"edgecolor": style.QUIET, "linewidth": 0.9, "linestyle": properties["linestyle"]}
            shapes.draw(ax, group.geometry, facecolor="none", zorder=3.1, **line)
    # What shows of the white line is thin and beside a smooth one: smoothed too, it makes the picture larger.
    for colour, line_width, smooth in (("white", width * 0.65, False), ("#6f6f6f", width * 0.4, True)):
        line = {"edgecolor": colour, "linewidth": line_width, "antialiased": smooth}
        shapes.draw(ax, units.geometry, facecolor="none", zorder=3, **line)
    shapes.draw(ax, ground()[1], facecolor=style.LAKE, edgecolor="#8fb6ca", linewidth=0.5, zorder=3.2)
    shapes.draw(ax, [country], facecolor="none", edgecolor=style.BORDER, linewidth=width * 1.25, zorder=3.4)


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
    simple = shapes.simplified(shapes.written(units.geometry.to_numpy()))
    outlines = dict(zip(units["adm1_code"], shapely.transform(simple, to_pixels), strict=True))
    names = units.set_index("adm1_code")["name_en"]
    forms = {code: _measured(ax, names[code], words[code]) for code in outlines}
    frame = box(*ax.get_window_extent().extents).buffer(-6)
    water = shapely.union_all([shapely.transform(shape, to_pixels) for shape in ground()[1]])
    wanted = {
        code: shape for code, shape in outlines.items() if code != CAPITAL and (only is None or code in only)
    }
    blocked = [*taken, outlines[CAPITAL].envelope] if CAPITAL in outlines else list(taken)
    country = shapely.transform(shapes.whole(shapes.written(simple)), to_pixels)
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
