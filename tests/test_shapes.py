"""Polygons as a map draws them, and the seam between two sources of one border."""

from __future__ import annotations

import numpy as np
import shapely
from matplotlib.figure import Figure
from shapely.geometry import box

from ctip_analysis.charts import shapes

COUNTRY = box(0, 0, 100_000, 100_000)  # metres
SEA = (50_000, -1_000)  # south of the country


def seam(*neighbours: shapely.Geometry) -> shapely.Geometry:
    return shapes.seam(shapes.written(np.array(neighbours)), shapes.written(np.array([COUNTRY])))


def test_shapes_of_another_geometry_are_drawn_from_it():
    here, there = box(0, 0, 100, 100), box(500, 0, 700, 100)
    paths = []
    for shape in (here, there, here):
        ax = Figure().add_subplot()
        shapes.draw(ax, [shape])
        paths.append(ax.collections[0].get_paths()[0].get_extents().bounds)
    assert paths == [(0, 0, 100, 100), (500, 0, 200, 100), (0, 0, 100, 100)]


def test_a_gap_between_two_sources_of_one_border_is_land():
    #  country | gap of 2 km | neighbour
    land = seam(box(102_000, 0, 150_000, 100_000))
    assert land.covers(shapely.Point(101_000, 50_000))
    assert not land.intersects(shapely.Point(*SEA))


def test_a_strait_wider_than_the_gap_stays_water():
    land = seam(box(108_000, 0, 150_000, 100_000))
    assert not land.intersects(shapely.Point(104_000, 50_000))


def test_a_coast_far_from_any_neighbour_stays_as_it_is():
    bay = box(49_000, 0, 51_000, 10_000)  # 2 km wide
    coast = shapes.written(np.array([COUNTRY.difference(bay)]))
    land = shapes.seam(shapes.written(np.array([box(102_000, 50_000, 150_000, 100_000)])), coast)
    assert not land.intersects(shapely.Point(50_000, 5_000))
