"""Ten million points to provinces, beside geopandas.sjoin on a part of them; both must say the same."""

from __future__ import annotations

import math
from typing import Any

from measure import Run, function, in_turns, report

POINTS, PART = 10_000_000, 500_000
ROUNDS = 3
OURS = f"locate, {POINTS / 1e6:.0f} million points, boundaries read and grid built"
AGAIN = f"locate, {POINTS / 1e6:.0f} million points, boundaries and grid there"
PART_OURS = f"locate, {PART:,} of them, boundaries and grid there"
SJOIN = f"baseline: geopandas sjoin, {PART:,} of them, boundaries there"
SCALED = f"the same, seconds × {POINTS // PART} (its memory was not measured)"


def main() -> None:
    """Print seconds and memory, after the answers on the part were compared point by point."""
    cases = {
        OURS: lambda: function(locate, POINTS, prepare=points),
        AGAIN: lambda: function(locate, POINTS, prepare=points_and_grid),
        PART_OURS: lambda: function(locate, PART, prepare=points_and_grid, conclude=digest),
        SJOIN: lambda: function(sjoin, PART, prepare=points_and_shapes, conclude=digest),
    }
    runs = in_turns(cases, ROUNDS)
    same = {run.answer for name in (PART_OURS, SJOIN) for run in runs[name]}
    if len(same) != 1:
        raise SystemExit("geography.locate and geopandas.sjoin differ on the same points")
    times = POINTS / PART
    runs[SCALED] = [Run(run.seconds * times, run.cpu * times, math.nan) for run in runs[SJOIN]]
    baselines = {OURS: SCALED, AGAIN: SCALED, PART_OURS: SJOIN, SJOIN: SJOIN, SCALED: SCALED}
    report("Points to provinces", runs, baselines, ["geopandas", "shapely", "numpy"])
    print(f"\nThe {PART:,} answers are the same, point by point.")


def points(n: int) -> Any:
    """The first *n* of the same random points: longitude and latitude, in a box round the country."""
    import numpy as np

    west, south, east, north = 102.3, 9.8, 107.7, 14.8
    made = np.random.default_rng(2004).random((n, 2))
    made *= [east - west, north - south]  # in place, or the peak would be that of making points
    made += [west, south]
    return made


def points_and_grid(n: int) -> Any:
    """The points; boundaries read and grid built already."""

    made = points(n)
    geography.locate(made[:1])
    return made


def points_and_shapes(n: int) -> Any:
    """The points and the present units as geopandas wants them; making them is not timed."""
    import geopandas as gpd

    from ctip_analysis.places import units

    made = points(n)
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(made[:, 0], made[:, 1]), crs="EPSG:4326")
    return where, units.load_provinces(2024)[["adm1_code", "geometry"]]


def locate(made: Any) -> Any:
    """Code of each point."""

    return geography.locate(made)


def sjoin(made: Any) -> Any:
    """Code of each point by a spatial join; of two units at a shared line the lower code counts."""
    where, shapes = made
    joined = where.sjoin(shapes, how="left", predicate="intersects")
    return joined["adm1_code"].groupby(level=0).min()


def digest(codes: Any) -> str:
    """One hash of all codes in their order."""
    import hashlib

    return hashlib.sha256(",".join(codes.fillna("")).encode()).hexdigest()


if __name__ == "__main__":
    main()
