"""A map with a layer for each period: classes of the static map, a value for each province, units of each time."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from charts.frames import provinces

from ctip_analysis.charts import breaks_for, interactive_map, province_map
from ctip_analysis.charts.interactive import SCRIPT

RATE = "attendances per 1,000 residents"


@pytest.fixture(scope="module")
def frame():
    """Provinces of 2004 and 2014 with rates; in each year one is zero and one of each status has no number."""
    years = [provinces(year, seed=year).assign(period=str(year), unit=RATE) for year in (2004, 2014)]
    both = pd.concat(years)
    return both.assign(value=both["value"] / 1000)


@pytest.fixture(scope="module")
def drawing(frame):
    markup = interactive_map(frame).markup("A map.")
    return ElementTree.fromstring(re.search(r'<svg class="places".*?</svg>', markup)[0])


def layers(drawing):
    return [group for group in drawing if group.get("class", "").startswith("layer")]


def test_each_year_has_the_provinces_of_its_time_and_the_last_one_is_shown(drawing):
    assert [len(layer) for layer in layers(drawing)] == [24, 25]
    assert [layer.get("class") for layer in layers(drawing)] == ["layer off", "layer"]
    before, after = (
        {use.get("aria-label").partition(",")[0]: use.get("href") for use in layer}
        for layer in layers(drawing)
    )
    differing = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert differing == {
        "Kampong Cham",
        "Koh Kong",
    }  # which gave a part to a neighbour; the others are drawn once
    places = [[use.get("aria-label").partition(",")[0] for use in layer].index for layer in layers(drawing)]
    assert places[0]("Sihanoukville") == places[1]("Preah Sihanouk")  # renamed


def test_each_province_says_name_period_and_value_or_why_there_is_none(drawing, frame):
    said = {use.get("aria-label") for use in layers(drawing)[1]}
    rows = frame[frame["period"].eq("2014")]
    shown = rows[rows["status"].eq("shown")].iloc[0]
    assert f"{shown.name_en}, 2014: {shown.value:.1f} {RATE}" in said
    hidden = rows[rows["status"].eq("withheld")].iloc[0]
    assert f"{hidden.name_en}, 2014: withheld to protect people" in said


def test_classes_and_colours_are_those_of_the_static_map(drawing, frame):
    last = frame[frame["period"].eq("2014")]
    ax = province_map(last, breaks=breaks_for(frame))
    colours = {
        text.get_text().rpartition(" (")[0]: patch.get_facecolor()
        for text, patch in zip(ax.get_legend().get_texts(), ax.get_legend().get_patches(), strict=True)
    }
    key = interactive_map(frame).markup("A map.").partition('<ul class="key">')[2]
    words = re.findall(r'<span class="scale">([^<]*)</span></li>', key)
    assert words == list(colours)
    fills = dict(zip(words, re.findall(r'fill="([^"]*)"', key), strict=True))
    dark = tuple(int(fills[words[0]][at : at + 2], 16) / 255 for at in (1, 3, 5))
    assert colours[words[0]][:3] == pytest.approx(dark)
    assert fills["withheld to protect people"] != fills["no data"] != fills["none"]


def test_a_cell_shows_the_map_in_a_frame_with_its_script(frame):
    shown = interactive_map(frame)._repr_html_()
    assert shown.startswith("<iframe title=") and 'class="places"' not in shown  # escaped inside srcdoc
    assert "&lt;script&gt;" in shown and len(SCRIPT.splitlines()) < 80
    assert not re.search(r"https?://", shown)
