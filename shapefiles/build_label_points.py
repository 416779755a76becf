"""Compute where a map writes the name and the number of each province: ``label_points.csv``.

    python shapefiles/build_label_points.py && python data/pin.py

A label is placed inside its province where it fits, as far from the borders as possible; else outside the country
with a line that leads to the province. Sizes are those of a map 7.2 inches wide with text of 8 points, and of the
wider of the names a unit has had. The capital has no place: it is labelled in its inset.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from shapely.geometry import LineString, box

from ctip_analysis.base import reference
from ctip_analysis.charts import ground, theme
from ctip_analysis.places import load_provinces, provinces

HERE = Path(__file__).resolve().parent
WEST, SOUTH, EAST, NORTH = ground.FRAME
POINT = (EAST - WEST) / (theme.WIDTH * 72)  # metres that a point of text covers
SIZE, LINE, AIR = 8, 9.6, 1.0  # points: font, height of a line, air beside a line
WIDEST_NUMBER = "10,000"
GAP, DEEP = (
    3_000,
    6_000,
)  # metres between a label and the coast, and that its leader reaches into the province
STEP, ENOUGH = (
    2_000,
    25_000,
)  # metres between the places that are tried; from the borders, more of which is no gain
LEGEND = (2.1, 2.1)  # inches kept free in the lower right corner
CORNER = (1.65, 0.45)  # and in the lower left one, for scale bar and credit


class Form(NamedTuple):
    """A way to break a label: the width of each line in metres, the last one for the number."""

    widths: tuple[float, ...]

    @property
    def wide(self) -> float:
        """Width of the widest line."""
        return max(self.widths)

    def boxes(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """The box of each line of labels centred at *x* and *y*."""
        tops = [y + (len(self.widths) / 2 - number) * LINE * POINT for number in range(len(self.widths))]
        return [
            shapely.box(x - wide / 2, top - LINE * POINT, x + wide / 2, top)
            for wide, top in zip(self.widths, tops, strict=True)
        ]


class Place(NamedTuple):
    """Centre of a label, the form it has there, and where its leader ends (None inside)."""

    x: float
    y: float
    form: Form
    leader: tuple[float, float] | None = None

    @property
    def area(self) -> shapely.Geometry:
        """Boxes of the text and the leader."""
        boxes = [each[0] for each in self.form.boxes(np.array([self.x]), np.array([self.y]))]
        return shapely.union_all(
            [*boxes, *([LineString([(self.x, self.y), self.leader])] if self.leader else [])]
        )


def forms(names: list[str]) -> list[Form]:
    """The label with its name on one line and, where every name has two words, on two; the wider name counts."""
    broken = [name.split(" ", 1) for name in names]
    ways = [[[name] for name in names], *([broken] if min(map(len, broken)) == 2 else [])]
    number = _metres(WIDEST_NUMBER)
    return [Form((*(max(map(_metres, line)) for line in zip(*way, strict=True)), number)) for way in ways]


def _metres(text: str) -> float:
    letters = FontProperties(family="CTIP Sans")
    return float(TextPath((0, 0), text, size=SIZE, prop=letters).get_extents().width + 2 * AIR) * POINT


def inside(land: shapely.Geometry, choices: list[Form], taken: shapely.Geometry) -> Place | None:
    """The place in *land* farthest from its borders (and not far from its middle) where a form fits; or None."""
    west, south, east, north = land.bounds
    x, y = (each.ravel() for each in np.meshgrid(np.arange(west, east, STEP), np.arange(south, north, STEP)))
    free, middle = land.difference(taken), land.centroid
    shapely.prepare(free)
    best: tuple[float, Place] | None = None
    for form in choices:
        boxes = form.boxes(x, y)
        at = np.flatnonzero(np.logical_and.reduce([shapely.covers(free, each) for each in boxes]))
        if not len(at):
            continue
        air = np.min([shapely.distance(each[at], land.boundary) for each in boxes], axis=0)
        score = np.minimum(air, ENOUGH) - np.hypot(x[at] - middle.x, y[at] - middle.y) / 8
        if best is None or score.max() > best[0]:
            best = float(score.max()), Place(x[at[score.argmax()]], y[at[score.argmax()]], form)
    return best[1] if best else None


def outside(
    shape: shapely.Geometry, form: Form, country: shapely.Geometry, taken: shapely.Geometry
) -> Place | None:
    """The nearest place off the country from which a straight leader crosses no other province; or None."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=500)
    inner, start = largest.buffer(-min(DEEP, 0.7 * circle.length)), shapely.get_point(circle, 0)
    frame, others = box(*ground.FRAME).buffer(-4_000), country.difference(shape.buffer(200))
    radius, angle = np.meshgrid(np.arange(0.5, 4, 0.1) * form.wide, np.radians(np.arange(0, 360, 6)))
    found = []
    for x, y in zip(
        (start.x + radius * np.cos(angle)).flat, (start.y + radius * np.sin(angle)).flat, strict=True
    ):
        area = Place(x, y, form).area
        leader = shapely.shortest_line(inner, area)
        clear = frame.contains(area) and not area.intersects(taken) and area.distance(country) > GAP
        if clear and not leader.intersects(others) and not leader.intersects(taken):
            found.append((leader.length, Place(x, y, form, leader.coords[0])))
    return min(found, key=lambda each: each[0])[1] if found else None


def reserved(country: shapely.Geometry, capital: shapely.Geometry) -> shapely.Geometry:
    """What no label may cover: names around, inset, outline of the capital, legend, scale bar and credit."""
    inch = 72 * POINT
    left, bottom, width, height = ground.INSET
    west, top = WEST + left * (EAST - WEST), SOUTH + (bottom + height) * (NORTH - SOUTH)
    inset = box(west, SOUTH, west + width * (EAST - WEST), top)
    names = [
        Place(x, y, Form(tuple(map(_metres, name.split("\n"))))).area for name, (x, y) in ground.NAMES.items()
    ]
    corners = [box(EAST - LEGEND[0] * inch, SOUTH, EAST, SOUTH + LEGEND[1] * inch),
               box(WEST, SOUTH, WEST + CORNER[0] * inch, SOUTH + CORNER[1] * inch)]  # fmt: skip
    return shapely.union_all([inset.buffer(2_000), capital.buffer(3_000).envelope, *names, *corners])


def build(year: int) -> dict[str, tuple[Place, float]]:
    """Place and area of each unit of *year*, by code."""
    units = load_provinces(year).to_crs(ground.METRIC).set_index("adm1_code")
    names = (
        reference.table("provinces")
        .groupby("adm1_code")["name_en"]
        .agg(lambda each: list(dict.fromkeys(each)))
    )
    country, lake = units.union_all(), ground.surroundings()[1].union_all()
    taken = reserved(country, units.at[ground.CAPITAL, "geometry"])
    placed: dict[str, Place] = {}
    shapes = units.geometry.drop(ground.CAPITAL).sort_index()
    for code, shape in shapes.loc[shapes.area.sort_values().index].items():
        if place := inside(shape.difference(lake), forms(names[code]), taken):
            placed[code] = place
    taken = shapely.union_all([taken, *(place.area for place in placed.values())])
    for code in [code for code in shapes.index if code not in placed]:
        for form in reversed(forms(names[code])):
            if place := outside(shapes[code], form, country, taken):
                placed[code] = place
                taken = shapely.union_all([taken, place.area])
                break
        else:
            raise SystemExit(f"no place for the label of {code} in {year}")
    return {code: (placed[code], units.at[code, "geometry"].area / 1e6) for code in sorted(placed)}


def write(path: Path = HERE / "label_points.csv") -> None:
    """Write the places before and after the split of Kampong Cham; a unit that stays has one row."""
    rows = []
    for since, year in (("", 2013), (provinces.SPLIT, 2014)):
        for code, (place, area) in build(year).items():
            row = {
                "adm1_code": code,
                "valid_from": since,
                "area_km2": round(area, 1),
                "lines": len(place.form.widths) - 1,
            }
            label = _degrees("x", "y", (place.x, place.y))
            rows.append(row | label | _degrees("leader_x", "leader_y", place.leader))
    table = (
        pd.DataFrame(rows).drop_duplicates(["adm1_code", "area_km2"]).sort_values(["adm1_code", "valid_from"])
    )
    table.to_csv(path, index=False, lineterminator="\n")


def _degrees(x: str, y: str, at: tuple[float, float] | None) -> dict[str, float | None]:
    if at is None:
        return {x: None, y: None}
    point = gpd.GeoSeries.from_xy([at[0]], [at[1]], crs=ground.METRIC).to_crs(4326).iloc[0]
    return {x: round(point.x, 4), y: round(point.y, 4)}


if __name__ == "__main__":
    theme.register_fonts()
    write()
