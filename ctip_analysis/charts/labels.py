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
    shapely.prepare(taken)
    tight: list[tuple[float, Placed]] = []
    for text, size in forms.items():
        centres = np.array(_centres(shape, size))
        areas = shapely.box(*_corners(centres, size))
        free = ~shapely.intersects(taken, areas)
        clear, centres = areas[free], centres[free]
        if not len(clear):
            continue
        airy = shapely.box(*_corners(centres, (size[0] + 2 * AIR, size[1] + 2 * AIR)))
        comfortable = shapely.covers(shape, airy)
        if comfortable.any():
            return Placed(text, clear[_roomiest(clear, centres, comfortable, shape)])
        share = _share(clear, centres, size, shape, fits)
        if share.max() >= fits:
            tight.append((float(share.max()), Placed(text, clear[int(share.argmax())])))
    return max(tight, key=lambda pair: pair[0])[1] if tight else None


def _roomiest(areas: np.ndarray, centres: np.ndarray, comfortable: np.ndarray, shape: BaseGeometry) -> int:
    """Of the comfortable places one near the middle with much air (beyond 20 pixels it counts no more)."""
    inside = np.flatnonzero(comfortable)
    air = np.minimum(shapely.distance(areas[inside], shape.boundary), 20)
    middle = shape.centroid
    off = np.hypot(*(centres[inside] - (middle.x, middle.y)).T)
    return int(inside[np.argmax(air - off / 8)])


def _share(
    areas: np.ndarray, centres: np.ndarray, size: tuple[float, float], shape: BaseGeometry, fits: float
) -> np.ndarray:
    """Share of each of *areas* that lies in *shape*; 0 where even its bounds leave less room than *fits*."""
    west, south, east, north = shape.bounds
    left, bottom, right, top = _corners(centres, size)
    wide = np.minimum(right, east) - np.maximum(left, west)
    high = np.minimum(top, north) - np.maximum(bottom, south)
    whole = size[0] * size[1]
    share = np.zeros(len(areas))
    if shape.area < fits * whole:
        return share
    may = np.flatnonzero((wide > 0) & (high > 0) & (wide * high >= fits * whole))
    bounds = zip(left[may], bottom[may], right[may], top[may], strict=True)
    share[may] = shapely.area([shapely.clip_by_rect(shape, *each) for each in bounds]) / whole
    return share


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
    inner = largest.buffer(-4) or start
    for geometry in (frame, taken, country, others):
        shapely.prepare(geometry)
    for text, size in forms.items():
        areas = shapely.box(*_corners(_around(start, size[0]), size))
        areas = areas[shapely.contains(frame, areas)]
        areas = areas[~shapely.intersects(taken, areas)]
        areas = areas[~shapely.dwithin(country, areas, 3)]
        leaders = shapely.shortest_line(inner, areas)
        free = ~shapely.intersects(others, leaders) & ~shapely.intersects(taken, leaders)
        if free.any():
            nearest = int(np.argmin(np.where(free, shapely.length(leaders), np.inf)))
            return Placed(text, areas[nearest], leaders[nearest])
    return None


def _around(start: Point, wide: float) -> np.ndarray:
    """Centres on flat rings around *start*, from 0.6 to 5 times *wide* away."""
    radius = (np.arange(0.6, 5.0, 0.2) * wide)[:, None]
    angle = np.radians(np.arange(0, 360, 10))
    x, y = start.x + radius * np.cos(angle), start.y + 0.8 * radius * np.sin(angle)
    return np.column_stack([x.ravel(), y.ravel()])


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
    land = {code: shape.difference(water) for code, shape in shapes.items()}
    blocked = shapely.union_all(taken)
    for code in sorted(shapes, key=lambda code: shapes[code].area):
        if spot := inside(land[code], forms[code], blocked):
            placed[code] = spot
            blocked = blocked.union(spot.area.buffer(2))
    blocked = shapely.union_all([*taken, *(done.area.buffer(3) for done in placed.values())])
    for code in [code for code in shapes if code not in placed]:
        if (spot := outside(shapes[code], forms[code], country, blocked, frame)) or (
            spot := inside(land[code], forms[code], blocked, STILL_FITS)
        ):
            placed[code] = spot
            blocked = shapely.union_all([blocked, spot.area.buffer(3), spot.leader])
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
