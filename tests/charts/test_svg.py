"""Figures as SVG: text that can be read and selected, looks as attributes, the same bytes; and figures for a phone."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from charts.test_theme import DRAWINGS

from ctip_analysis.charts import province_map, svg, theme
from ctip_analysis.page import template
from ctip_analysis.places import load_provinces

LEAST = 10  # CSS pixels


def drawing(name):
    return np.ravel(DRAWINGS[name]())[0].get_figure(root=True)


def test_a_text_stays_text_and_a_scale_mark_says_that_it_is_one():
    figure, ax = plt.subplots()
    ax.plot([0, 3000], [0, 1])
    ax.set(title="Seven <cases> & more", xticks=[0, 3000], xticklabels=["0", "3,000"])
    root = ElementTree.fromstring(svg.drawn(figure)[0])
    texts = {text.text: text.get("class") for text in root.iter("text")}
    assert texts["Seven <cases> & more"] is None
    assert texts["3,000"] == "scale"


@pytest.mark.parametrize("name", DRAWINGS)
def test_looks_are_attributes_that_a_strict_policy_allows_and_bytes_are_the_same_each_time(name):
    made = svg.drawn(drawing(name))[0]
    assert made == svg.drawn(drawing(name))[0]
    assert not re.search(r"style|metadata|xmlns|xlink|font-family|#[a-z]\w{9}", made)
    ElementTree.fromstring(made)


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("drawn_for", ["page", "phone"])
def test_no_text_is_under_ten_pixels_where_the_figure_is_shown(name, drawn_for):
    figure = drawing(name)
    least = 648 if drawn_for == "page" else 288  # pixels of the narrowest column that shows it
    made, width, _ = svg.drawn(figure if drawn_for == "page" else theme.narrow(figure))
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', made)]
    assert min(sizes) * svg.PIXELS * min(least / width, 1) >= LEAST * (0.9 if drawn_for == "phone" else 1)


def test_coordinates_of_a_line_are_those_that_were_drawn():
    """Three points in a square of 72 points: half-way up, at the top, at the bottom."""
    figure = plt.figure(figsize=(1, 1))
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 2), ylim=(0, 2), frame_on=False, xticks=[], yticks=[])
    ax.plot([0, 1, 2], [1, 2, 0], color=theme.HUE, solid_joinstyle="round")
    path = re.search(r'stroke="#225ea8"[^>]* d="([^"]*)"', svg.drawn(figure)[0])[1]
    assert re.fullmatch(r"M(-?[\d.]+) (-?[\d.]+)l36-36 36 72", path)


def test_ids_are_unique_on_a_page_and_references_follow():
    made = svg.drawn(drawing("province_map"))[0]
    first, free = svg.numbered(made, 1)
    second, _ = svg.numbered(made, free)
    ids = re.findall(r' id="(figure-\d+)"', first + second)
    assert len(ids) == len(set(ids)) > 2
    assert set(re.findall(r"#(figure-\d+)", second)) <= set(re.findall(r' id="(figure-\d+)"', second))


def test_a_figure_in_the_colours_of_the_theme_can_be_dark_and_the_page_has_each_colour():
    assert svg.drawn(drawing("trend"))[0].startswith('<svg class="chart"')
    assert 'class="chart"' not in svg.drawn(drawing("province_map"))[0]  # classes of colour keep their order of shades
    units = load_provinces(2004).assign(value=[float(number) for number in range(24)])
    circles = province_map(units.assign(status=["withheld", "no_data", *["shown"] * 22]), circles=True).figure
    plt.close(circles)
    assert svg.drawn(circles)[0].startswith('<svg class="chart"')
    assert all(f'.chart [{part}="{one}"]{{' in template.sheet() for one in theme.DARK for part in ("fill", "stroke"))


def test_a_figure_that_was_added_to_or_drawn_otherwise_has_no_narrow_form():
    figure = drawing("trend")
    assert theme.narrow(figure).get_size_inches()[0] == theme.NARROW
    figure.axes[0].axhline(2)
    assert theme.narrow(figure) is None
    assert theme.narrow(plt.figure()) is None


def test_a_phone_has_two_panels_in_a_row():
    slim = theme.narrow(drawing("small_multiples"))
    assert {ax.get_subplotspec().get_gridspec().ncols for ax in slim.axes} == {2}


def test_the_ground_of_a_hatch_keeps_its_colour():
    figure, ax = plt.subplots()
    ax.bar([0], [1], color="#ebebeb", hatch="///", edgecolor="#6b6b6b")
    (ground,) = re.findall(r"<pattern[^>]*><rect[^>]*>", svg.drawn(figure)[0])
    assert 'fill="#ebebeb"' in ground
