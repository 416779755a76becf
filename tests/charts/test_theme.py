"""Fonts, the mark, and what every chart does with its arguments."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from charts.frames import drawn, provinces, quarterly, yearly
from matplotlib.text import Text

from ctip_analysis import charts
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme

BY_PLACE = pd.DataFrame(
    {"province": ["Kep", "Takeo"], "value": [3.0, 5.0], "unit": "cases", "period": "2004"}
)
PLACES = pd.concat([quarterly([1.0, 4.0], province="Kep"), quarterly([3.0, 2.0], province="Takeo")])
DRAWINGS = {
    "province_map": lambda: charts.province_map(provinces(2004)),
    "trend": lambda: charts.trend(yearly([1.0, 3.0])),
    "bars": lambda: charts.bars(BY_PLACE),
    "change": lambda: charts.change(BY_PLACE.assign(value=1.0, period="2003"), BY_PLACE),
    "small_multiples": lambda: charts.small_multiples(PLACES),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_opens_one_figure_and_leaves_the_callers_settings_alone(name):
    before = dict(mpl.rcParams)
    DRAWINGS[name]()
    assert len(plt.get_fignums()) == 1
    assert dict(mpl.rcParams) == before
    plt.close("all")


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_mark_is_inside_every_panel_above_fills_and_below_texts(name):
    figure = np.ravel(DRAWINGS[name]())[0].figure
    theme.stamp(figure, "SYNTHETIC")
    drawn(figure)
    for ax in figure.axes:
        mark = next(child for child in ax.get_children() if child.get_gid() == theme.MARK)
        inside, frame = mark.get_window_extent(), ax.get_window_extent()
        assert (
            frame.x0 <= inside.x0
            and inside.x1 <= frame.x1
            and frame.y0 <= inside.y0
            and inside.y1 <= frame.y1
        )
        assert all(patch.get_zorder() < mark.get_zorder() for patch in ax.patches)
        texts = [child for child in ax.get_children() if isinstance(child, Text) and child is not mark]
        assert all(text.get_zorder() > mark.get_zorder() for text in texts)
    plt.close("all")


def test_two_marks_are_one_word_after_the_other():
    figure, ax = plt.subplots()
    for word in ("INTERNAL", "SYNTHETIC", "SYNTHETIC"):
        theme.stamp(figure, word)
    assert [child.get_text() for child in ax.get_children() if child.get_gid() == theme.MARK] == [
        "INTERNAL SYNTHETIC"
    ]
    plt.close(figure)


def test_the_mark_grows_with_its_axes():
    figure, ax = plt.subplots(figsize=(3, 2))
    theme.stamp(figure, "SYNTHETIC")
    drawn(figure)
    mark = next(child for child in ax.get_children() if child.get_gid() == theme.MARK)
    small = mark.get_fontsize()
    figure.set_size_inches(6, 4)
    drawn(figure)
    assert mark.get_fontsize() > 1.8 * small
    plt.close(figure)


@pytest.mark.parametrize(
    "draw",
    [
        charts.bars,
        charts.trend,
        charts.small_multiples,
        charts.province_map,
        lambda frame: charts.mark_gaps(None, frame),
    ],
    ids=["bars", "trend", "small_multiples", "province_map", "mark_gaps"],
)
def test_a_missing_column_is_named_beside_those_there_are(draw):
    with pytest.raises(ParameterError, match=r"needs the column value.*; the frame has number"):
        draw(pd.DataFrame({"number": [1]}))


def test_khmer_and_latin_come_from_the_shipped_fonts():
    theme.style()
    families = {
        entry.name for entry in mpl.font_manager.fontManager.ttflist if "ctip_analysis" in entry.fname
    }
    assert families == {"CTIP Sans", "CTIP Khmer"}


def test_khmer_letters_are_joined_as_they_are_written():
    """Coeng and vowel signs form one glyph with their base: the word is narrower than its letters side by side."""
    with theme.context():
        figure = plt.figure()
        word, *letters = (figure.text(0, 0, text) for text in ("ខ្មែរ", *"ខ្មែរ"))
        assert word.get_window_extent().width < 0.8 * sum(
            letter.get_window_extent().width for letter in letters
        )
    plt.close(figure)
