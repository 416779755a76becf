"""Trends: lines that end where data end, and labels at their ends that stay apart."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from charts.frames import drawn, overlaps, quarterly, written, yearly
from hypothesis import given
from hypothesis import strategies as st

from ctip_analysis.charts import theme, trend
from ctip_analysis.charts.lines import spread
from ctip_analysis.charts.timeline import SPLIT_WORDS

NAMES = [
    "Performances held",
    "Attendance from registers, head counts and tickets",
    "School sessions",
    "Broadcasts",
]


def several(count, seed=0, spread_of=3):
    random = np.random.default_rng(seed)
    lines = [
        yearly(list(20 + random.integers(0, spread_of, 14).astype(float)), name=name)
        for name in NAMES[:count]
    ]
    return pd.concat(lines, ignore_index=True)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("spread_of", [1, 3, 60])
def test_no_label_of_several_lines_overlaps_another(count, spread_of):
    ax = trend(several(count, spread_of=spread_of), hue="name")
    drawn(ax.figure)
    assert overlaps(written(ax)) == []


@pytest.mark.parametrize("frame", [yearly([5.0] * 14), quarterly([5.0] * 8), quarterly([5.0] * 56)])
def test_years_and_quarters_do_not_overlap_on_a_phone(frame):
    slim = theme.narrow(trend(frame).figure)
    drawn(slim)
    labels = slim.axes[0].get_xticklabels()
    assert len(labels) > 3 and overlaps(labels) == []


@pytest.mark.parametrize(
    "frame", [yearly([5.0] * 14), quarterly([5.0] * 8), quarterly([5.0] * 56), quarterly([1e6, 2e6])]
)
def test_no_label_covers_a_number_of_the_line_or_the_labels_of_the_axes(frame):
    ax = trend(frame)
    drawn(ax.figure)
    texts = written(ax)
    assert overlaps(texts) == []
    points = ax.transData.transform(ax.lines[0].get_xydata())
    ours = [text for text in texts if text.get_gid() == theme.VALUE]
    assert not any(text.get_window_extent().contains(*point) for text in ours for point in points)


def test_the_last_number_and_the_name_of_each_line_are_written_in_its_colour():
    ax = trend(several(2, spread_of=60), hue="name")
    ends = {
        text.get_text().replace("\n", " "): text.get_color()
        for text in ax.texts
        if text.get_gid() == theme.VALUE
    }
    for name, rows in several(2, spread_of=60).groupby("name", sort=False):
        assert f"{rows['value'].iloc[-1]:.0f} {name}" in ends
    assert len(set(ends.values())) == 2


def test_a_line_breaks_at_a_gap_which_is_hatched_and_explained():
    ax = trend(yearly([4.0, 5.0, None, 6.0, 7.0]))
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]
    assert [patch.get_gid() for patch in ax.patches] == ["withheld"]
    assert [text.get_text() for text in ax.artists[0].get_texts()] == ["withheld to protect people"]


def test_an_interval_is_a_band_as_wide_as_low_and_high():
    ax = trend(yearly([4.0, 5.0, 6.0]).assign(low=[1.0, 2.0, 3.0], high=[8.0, 9.0, 10.0]))
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1, 10)
    assert ax.get_ylim()[1] > 10


def test_the_split_of_kampong_cham_is_a_line_that_the_trend_does_not_cross():
    ax = trend(yearly([4.0, 5.0, 3.0, 3.0], first=2012, adm1_code="KH03"))
    drawn_lines = [line for line in ax.lines if line.get_gid() != "split"]
    assert [len(line.get_xdata()) for line in drawn_lines] == [2, 2]
    assert SPLIT_WORDS in [text.get_text() for text in ax.artists[0].get_texts()]


def test_half_years_beside_years_are_bars_as_long_as_they_are():
    frame = pd.DataFrame({"period": ["2014", "2015", "2016H1"], "value": [1.0, 2.0, 3.0]})
    ax = trend(frame)
    assert len(ax.lines[0].get_xdata()) == 2
    (start, _), (stop, _) = ax.collections[0].get_segments()[0]
    assert round(stop - start) == 182


def test_counts_have_whole_ticks_from_zero():
    ax = trend(yearly([1.0, 2.0, 3.0]))
    drawn(ax.figure)
    ticks = [label.get_text() for label in ax.get_yticklabels()]
    assert ticks[0] == "0" and all(tick.isdigit() for tick in ticks)


def test_a_frame_of_starts_and_values_is_enough():
    frame = pd.DataFrame(
        {"start": pd.date_range("2010", periods=4, freq="YS"), "value": [1.0, 2.0, None, 4.0]}
    )
    ax = trend(frame)
    assert list(ax.lines[0].get_ydata()) == [1, 2]
    assert [patch.get_gid() for patch in ax.patches] == ["no_data"]


def test_the_axes_given_are_used_and_the_frame_is_not_changed():
    frame = several(2)
    copy = frame.copy(deep=True)
    figure, ax = plt.subplots()
    assert trend(frame, hue="name", ax=ax) is ax and plt.get_fignums() == [figure.number]
    pd.testing.assert_frame_equal(frame, copy)


def test_a_frame_of_which_nothing_is_shown_has_only_gaps():
    ax = trend(yearly([None, None]))
    assert not ax.lines and len(ax.patches) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.1)), max_size=8))
def test_what_is_spread_keeps_its_order_and_does_not_overlap(labels):
    wanted, sizes = [at for at, _ in labels], np.array([size for _, size in labels])
    found = np.array(spread(wanted, sizes))
    order = np.argsort(wanted, kind="stable")
    gaps = np.diff(found[order])
    assert (gaps >= (sizes[order][:-1] + sizes[order][1:]) / 2 - 1e-9).all()


def test_lines_of_indicators_carry_their_names():
    rows = pd.DataFrame({"indicator": ["performances_held", "teachers_trained"], "period": "2004", "value": [3, 5]})
    texts = [text.get_text() for text in trend(rows, hue="indicator").texts]
    assert any("Performances held" in text for text in texts) and not any("_" in text for text in texts)
