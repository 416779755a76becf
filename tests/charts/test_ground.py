"""The ground of maps: places of labels as the build script computes them, and the seam to the neighbours."""

import importlib.util
from pathlib import Path

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from charts.frames import provinces
from PIL import Image

from ctip_analysis.base.reference import ROOT
from ctip_analysis.charts import ground, theme


@pytest.mark.long
def test_the_build_script_gives_the_shipped_places(tmp_path: Path):
    path = ROOT / "shapefiles" / "build_label_points.py"
    spec = importlib.util.spec_from_file_location("build_label_points", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    theme.style()
    script.write(tmp_path / "label_points.csv")
    assert (tmp_path / "label_points.csv").read_bytes() == (
        ROOT / "shapefiles" / "label_points.csv"
    ).read_bytes()


def test_every_unit_of_every_vintage_but_the_capital_has_one_place():
    for year in (2003, 2009, 2014):
        units = provinces(year).to_crs(ground.METRIC)
        places = ground.places(units)
        assert places.index.equals(units.index)
        assert set(units["adm1_code"][~places["is_ours"]]) == {ground.CAPITAL}


def test_a_shape_that_is_not_ours_is_labelled_at_a_point_inside_it():
    units = provinces(2014).to_crs(ground.METRIC)
    other = units.assign(geometry=units.buffer(-2_000))
    places = ground.places(other)
    assert not places["is_ours"].any()
    assert other.contains(gpd.GeoSeries.from_xy(places["x"], places["y"], crs=other.crs)).all()


def test_drawing_shapes_does_not_draw_the_figure_nor_change_its_canvas():
    figure, ax = plt.subplots()
    canvas, drawn = figure.canvas, []
    canvas.mpl_connect("draw_event", drawn.append)
    ground.draw_shapes(ax, provinces(2004).geometry)
    assert figure.canvas is canvas and drawn == []
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("", "")


def test_no_sea_shows_between_the_country_and_its_neighbours(tmp_path: Path):
    """Two sources draw the land border some hundred metres apart; along it every point is land or lake."""
    units = provinces(2014).to_crs(ground.METRIC)
    country, around = units.union_all(), ground.surroundings()[0].union_all()
    figure, ax = plt.subplots(figsize=(7.2, 6.47))
    ground.draw_surroundings(ax, country)
    ground.draw_shapes(ax, units, facecolor="black", linewidth=0)
    border = country.boundary.intersection(around.buffer(1_000))
    points = [border.interpolate(share, normalized=True) for share in pd.Series(range(5, 95)) / 100]
    inland = [point for point in points if around.buffer(3_000).buffer(-2_500).contains(point)]
    figure.savefig(tmp_path / "map.png", dpi=100)
    picture = Image.open(tmp_path / "map.png").convert("RGB")
    sea = tuple(int(ground.SEA[place : place + 2], 16) for place in (1, 3, 5))
    pixels = [ax.transData.transform((point.x, point.y)) for point in inland]
    assert len(pixels) > 10
    assert not any(picture.getpixel((int(x), picture.height - 1 - int(y))) == sea for x, y in pixels)


def test_provinces_that_a_frame_lacks_are_land(tmp_path: Path):
    units = provinces(2014).to_crs(ground.METRIC).set_index("adm1_code")
    figure, ax = plt.subplots(figsize=(7.2, 6.47))
    ground.draw_surroundings(ax, units.drop("KH02").union_all())
    figure.savefig(tmp_path / "map.png", dpi=100)
    picture = Image.open(tmp_path / "map.png").convert("RGB")
    inside = units.geometry["KH02"].representative_point()
    x, y = ax.transData.transform((inside.x, inside.y))
    land = tuple(int(ground.LAND[place : place + 2], 16) for place in (1, 3, 5))
    assert picture.getpixel((int(x), picture.height - 1 - int(y))) == land
