"""Where text goes: inside its polygon if it fits, else outside with a short leader; and apart along one axis.

Everything is in display units (pixels), because whether a text fits depends on its size on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

FITS = 0.98  # share of the text box that should lie inside its polygon
STILL_FITS = 0.93  # enough where there is no free place outside either
AIR = 5.0  # pixels around the text that should lie inside too


@dataclass(frozen=True)
class Placed:
    """A label's box, the way its words are broken, and the leader that leads to it (empty inside)."""

    text: str
    area: Polygon
    leader: LineString | None = None

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return self.area.centroid.x, self.area.centroid.y


def text_box(x: float, y: float, size: tuple[float, float]) -> Polygon:
    """A box of *size* (width, height) around a point."""
    return box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)


def inside(
    shape: BaseGeometry, forms: dict[str, tuple[float, float]], taken: BaseGeometry, fits: float = FITS
) -> Placed | None:
    """The first of *forms* (text → size) of which a share *fits* inside *shape*, clear of *taken*; or None.

    The polygon is squashed until the text box is a square: the centre of its largest inscribed circle
    is then the place with most room around the text. A form with air around it goes before one without.
    """
    shapely.prepare(shape)
    tight: list[tuple[float, Placed]] = []
    for text, size in forms.items():
        areas = shapely.box(*_corners(np.array(_centres(shape, size)), size))
        clear = areas[~shapely.intersects(areas, taken)]
        if not len(clear):
            continue
        airy = shapely.buffer(clear, AIR, join_style="mitre")
        comfortable = shapely.covers(shape, airy)
        if comfortable.any():
            return Placed(text, clear[_roomiest(clear, comfortable, shape)])
        share = shapely.area(shapely.intersection(clear, shape)) / shapely.area(clear)
        if share.max() >= fits:
            tight.append((float(share.max()), Placed(text, clear[int(share.argmax())])))
    return max(tight, key=lambda pair: pair[0])[1] if tight else None


def _roomiest(areas: np.ndarray, comfortable: np.ndarray, shape: BaseGeometry) -> int:
    """Of the comfortable places one near the middle with much air (beyond 20 pixels it counts no more)."""
    air = np.minimum(shapely.distance(areas, shape.boundary), 20)
    off = shapely.distance(shapely.centroid(areas), shape.centroid)
    return int(np.argmax(np.where(comfortable, air - off / 8, -np.inf)))


def _corners(centres: np.ndarray, size: tuple[float, float]) -> tuple[np.ndarray, ...]:
    half_wide, half_high = size[0] / 2, size[1] / 2
    x, y = centres.T
    return x - half_wide, y - half_high, x + half_wide, y + half_high


def _centres(shape: BaseGeometry, size: tuple[float, float]) -> list[tuple[float, float]]:
    """Candidate centres: a grid around the centre of the circle, and one around the middle of the polygon."""
    squash = size[0] / size[1]
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    spoke = shapely.maximum_inscribed_circle(affinity.scale(largest, 1, squash, origin=(0, 0)), tolerance=1.0)
    x, y = spoke.coords[0][0], spoke.coords[0][1] / squash
    middle = largest.centroid
    steps = [(i / 8 * size[0], j / 8 * size[1]) for i in range(-6, 7) for j in range(-6, 7)]
    return [(at[0] + i, at[1] + j) for at in ((x, y), (middle.x, middle.y)) for i, j in steps]


def outside(
    shape: BaseGeometry,
    forms: dict[str, tuple[float, float]],
    country: BaseGeometry,
    taken: BaseGeometry,
    frame: Polygon,
) -> Placed | None:
    """The nearest free place off the country whose leader crosses no other province or label; or None."""
    start, others = shape.representative_point(), country.difference(shape.buffer(1))
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    found: list[tuple[float, Placed]] = []
    for text, size in forms.items():
        for radius in np.arange(0.6, 5.0, 0.2) * size[0]:
            for angle in np.radians(np.arange(0, 360, 10)):
                area = text_box(
                    start.x + radius * np.cos(angle), start.y + 0.8 * radius * np.sin(angle), size
                )
                if not frame.contains(area) or area.intersects(taken) or area.buffer(3).intersects(country):
                    continue
                leader = LineString(shapely.shortest_line(largest.buffer(-4) or start, area).coords)
                if leader.intersects(others) or leader.intersects(taken):
                    continue
                found.append((leader.length, Placed(text, area, leader)))
        if found:
            return min(found, key=lambda pair: pair[0])[1]
    return None


def place_all(
    shapes: dict[str, BaseGeometry],
    forms: dict[str, dict[str, tuple[float, float]]],
    taken: list[BaseGeometry],
    frame: Polygon,
    water: BaseGeometry,
    country: BaseGeometry,
) -> dict[str, Placed]:
    """A place for each label of *shapes*: first inside, then outside, then tightly inside; none overlap.

    A label for which there is no place is left out of the result: its number stands in the table.
    """
    placed: dict[str, Placed] = {}
    for code in sorted(shapes, key=lambda code: shapes[code].area):
        blocked = shapely.union_all([*taken, *(done.area.buffer(2) for done in placed.values())])
        if spot := inside(shapes[code].difference(water), forms[code], blocked):
            placed[code] = spot
    for code in [code for code in shapes if code not in placed]:
        areas = [
            part
            for done in placed.values()
            for part in (done.area.buffer(3), done.leader)
            if part is not None
        ]
        if (
            spot := outside(shapes[code], forms[code], country, shapely.union_all([*taken, *areas]), frame)
        ) or (
            spot := inside(
                shapes[code].difference(water), forms[code], shapely.union_all([*taken, *areas]), STILL_FITS
            )
        ):
            placed[code] = spot
    return placed


def apart(wanted: Sequence[float], gap: float, low: float = -np.inf, high: float = np.inf) -> list[float]:
    """Positions near *wanted*, in the same order, at least *gap* apart and between *low* and *high*.

    >>> apart([10, 11, 40], gap=5)
    [8.0, 13.0, 40.0]
    """
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[float]] = []  # sum of the wanted bottoms, members
    for place in order:
        blocks.append([float(wanted[place]), 1])
        while len(blocks) > 1 and _top(blocks[-2], gap) > _bottom(blocks[-1], gap):
            total, members = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + members]
    spread: list[float] = []
    for block in blocks:
        spread += [_bottom(block, gap) + gap / 2 + gap * step for step in range(int(block[1]))]
    shift = max(low - min(spread, default=low), 0.0) if np.isfinite(low) else 0.0
    spread = [value + shift for value in spread]
    over = max(max(spread, default=high) - high, 0.0) if np.isfinite(high) else 0.0
    result = [0.0] * len(wanted)
    for place, value in zip(order, spread, strict=True):
        result[place] = value - over
    return result


def _bottom(block: list[float], gap: float) -> float:
    return block[0] / block[1] - gap * block[1] / 2


def _top(block: list[float], gap: float) -> float:
    return block[0] / block[1] + gap * block[1] / 2


def inner_point(shape: BaseGeometry) -> Point:
    """A point well inside *shape*."""
    return Point(shapely.maximum_inscribed_circle(shape, tolerance=1.0).coords[0])
