"""Bars: order, words in place of what is not shown, groups, targets."""

import numpy as np
import pandas as pd
import pytest
from charts.frames import drawn, overlaps, written

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import bars, theme


def places(**columns):
    frame = {
        "province": ["Kep", "Takeo", "Kampot", "Pailin"],
        "value": [3.0, np.nan, 7.0, np.nan],
        "unit": "cases",
    }
    return pd.DataFrame({**frame, "status": ["shown", "withheld", "shown", "no_data"], **columns})


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def words(ax):
    return [text.get_text() for text in written(ax)]


def test_provinces_are_ranked_and_what_is_not_shown_is_last_in_words():
    ax = bars(places())
    assert names(ax) == ["Kampot", "Kep", "Takeo", "Pailin"]
    assert {"7", "3", "withheld to protect people", "no data"} <= set(words(ax))
    assert sorted(patch.get_width() for patch in ax.patches if patch.get_width() > 0) == [3, 7]


def test_stages_keep_the_order_of_the_frame():
    frame = pd.DataFrame({"stage": ["investigated", "charged", "tried"], "value": [5.0, 2.0, 9.0]})
    assert names(bars(frame, y="stage")) == ["investigated", "charged", "tried"]


def test_ages_are_in_the_order_of_age_and_in_words():
    frame = pd.DataFrame({"age_band": ["18_plus", "under_15", "15_17"], "value": [1.0, 2.0, 3.0]})
    assert names(bars(frame)) == ["under 15", "15 to 17", "18 and over"]


def test_a_hue_parts_each_bar_and_is_explained():
    groups = {"age_band": ["15_17", "15_17", "18_plus", "18_plus"], "sex": ["female", "male"] * 2}
    frame = pd.DataFrame(
        {**groups, "value": [4.0, np.nan, 6.0, 2.0], "status": ["shown", "withheld", "shown", "shown"]}
    )
    ax = bars(frame, hue="sex")
    drawn(ax.figure)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["female", "male"]
    assert "withheld to protect people" in words(ax)
    assert overlaps(written(ax)) == []


def test_on_a_phone_the_parts_are_explained_one_below_the_other():
    frame = pd.DataFrame({"period": ["2003", "2004"] * 2, "indicator": ["Clients recorded as victims"] * 2
                          + ["Clients recorded as at risk"] * 2, "value": [3.0, 4.0, 5.0, 6.0]})  # fmt: skip
    slim = theme.narrow(bars(frame, y="period", hue="indicator").figure)
    slim.draw_without_rendering()
    plot = slim.axes[0].get_position()
    assert plot.width > 0.7  # the legend leaves the bars their width


def test_no_text_overlaps_another_where_every_province_has_a_bar():
    frame = pd.DataFrame(
        {"province": [f"Province number {place}" for place in range(25)], "value": np.arange(25.0) * 4_000}
    )
    ax = bars(frame.assign(unit="attendances"))
    drawn(ax.figure)
    assert overlaps(written(ax)) == []


def test_several_rows_for_one_bar_are_refused_and_never_averaged():
    frame = pd.concat([places(period="2003"), places(period="2004")])
    with pytest.raises(ParameterError, match=r"one row for each province.*'Kep' has several"):
        bars(frame, y="province")


def test_a_frame_without_a_column_to_name_bars_is_refused():
    with pytest.raises(
        ParameterError, match="bars needs y, the column that names each bar; the frame has value"
    ):
        bars(pd.DataFrame({"value": [1.0]}))


def test_the_frame_is_not_changed():
    frame = places()
    copy = frame.copy(deep=True)
    bars(frame)
    pd.testing.assert_frame_equal(frame, copy)


def test_numbers_in_the_figure_are_marked_as_values_and_scale():
    ax = bars(places())
    marked = {text.get_text(): text.get_gid() for text in ax.texts}
    assert marked["7"] == theme.VALUE and ax.xaxis.label.get_gid() == theme.SCALE
