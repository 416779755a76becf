"""Polygons as a map draws them: paths, and what is worked out of them once for each geometry.

What is remembered is asked for by WKB, so that the same shapes are the same key and others never are.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

GAP = 5_000.0  # metres that two sources may leave between the same border


def draw(ax: Axes, shapes: Iterable[BaseGeometry], **look: Any) -> None:
    """Add polygons as one collection; unlike GeoSeries.plot it leaves limits, labels and aspect alone."""
    paths = [path for written in shapely.to_wkb(list(shapes)) for path in _paths(written)]
    ax.add_collection(PathCollection(paths, **look), autolim=False)


@lru_cache(maxsize=512)
def _paths(written: bytes) -> tuple[Path, ...]:
    """Polygons of one shape as paths, which nobody changes."""
    rings = [[part.exterior, *part.interiors] for part in _polygons(shapely.from_wkb(written))]
    return tuple(
        Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in part)) for part in rings
    )


def written(shapes: np.ndarray) -> bytes:
    """*shapes* as the WKB of one collection."""
    return bytes(shapely.to_wkb(shapely.geometrycollections(shapes)))


@lru_cache(maxsize=32)
def whole(written: bytes) -> BaseGeometry:
    """Shapes of a collection in one."""
    return shapely.union_all(shapely.get_parts(shapely.from_wkb(written)))


@lru_cache(maxsize=32)
def simplified(written: bytes) -> np.ndarray:
    """Shapes of a collection in its order, as exact as a label needs them."""
    return shapely.simplify(shapely.get_parts(shapely.from_wkb(written)), 800)


@lru_cache(maxsize=32)
def seam(around: bytes, country: bytes) -> BaseGeometry:
    """Land of the neighbours *around* up to the *country*, where another source draws the same border.

    Gaps along it would look like rivers. Bays and straits of its coast stay: only what lies within GAP of a
    neighbour is closed, where it is narrower than that.
    """
    inner = shapely.simplify(whole(country), 200)
    near = shapely.intersection(shapely.simplify(whole(around), 200), inner.buffer(3 * GAP, quad_segs=1))
    closed = shapely.union_all([near, inner]).buffer(GAP / 2, quad_segs=2).buffer(-GAP / 2, quad_segs=2)
    return closed.intersection(near.buffer(GAP, quad_segs=1))


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    parts = getattr(shape, "geoms", [shape])
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
