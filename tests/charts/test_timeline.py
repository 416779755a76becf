"""Which periods a line joins, how ticks are labelled, and gaps marked on an analyst's own chart."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from charts.frames import quarterly, yearly

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import mark_gaps, timeline


def runs(frame, hue=None):
    rows = timeline.with_days(frame, "test").reset_index(drop=True)
    return list(timeline.runs(rows, rows["value"].notna(), hue))


def test_a_line_joins_periods_that_follow_each_other():
    assert runs(yearly([1.0, 2.0, 3.0])) == [1, 1, 1]


def test_a_line_ends_before_a_gap_and_begins_again_behind_it():
    assert runs(yearly([1.0, None, 3.0, 4.0])) == [1, -1, 2, 2]


def test_a_line_does_not_lead_over_a_period_without_a_row():
    assert runs(yearly([1.0, 2.0, 3.0]).drop(index=1)) == [1, 2]


def test_periods_of_unequal_length_never_share_a_line():
    frame = pd.DataFrame({"period": ["2014", "2015H1", "2015H2", "2016"], "value": [1.0, 2.0, 3.0, 4.0]})
    assert runs(frame) == [1, 2, 2, 3]


@pytest.mark.parametrize("code, found", [("KH03", [1, 1, 2, 2]), ("KH12", [1, 1, 1, 1])])
def test_only_the_line_of_a_split_province_ends_at_the_split(code, found):
    assert runs(yearly([1.0, 2.0, 3.0, 4.0], first=2012, adm1_code=code)) == found


@pytest.mark.parametrize("first, found", [(2012, True), (2014, False), (2003, False)])
def test_the_split_is_in_a_frame_with_numbers_from_both_its_sides(first, found):
    rows = timeline.with_days(yearly([1.0, 2.0, 3.0, 4.0], first=first, adm1_code="KH03"), "test")
    assert timeline.has_split(rows) is found


@pytest.mark.parametrize(
    "frame, labels",
    [
        (yearly([1.0] * 3), ["2003", "2004", "2005"]),
        (yearly([1.0] * 20), [str(year) for year in range(2003, 2023, 2)]),
        (quarterly([1.0] * 5), ["Q1\n2003", "Q2\n", "Q3\n", "Q4\n", "Q1\n2004"]),
        (quarterly([1.0] * 24), ["2003", "2004", "2005", "2006", "2007", "2008"]),
        (pd.DataFrame({"period": ["2003-11", "2003-12", "2004-01"]}), ["N\n2003", "D\n", "J\n2004"]),
        (pd.DataFrame({"period": ["FY2004Q1", "FY2004Q2"]}), ["Q1\nFY2004", "Q2\n"]),
        (pd.DataFrame({"period": ["2014", "2015H1"]}), ["2014", "2015"]),
    ],
    ids=[
        "years",
        "many years",
        "quarters",
        "many quarters",
        "months",
        "fiscal quarters",
        "years and half-years",
    ],
)
def test_ticks_say_years_quarters_and_months(frame, labels):
    _, ax = plt.subplots()
    rows = timeline.with_days(frame, "test")
    ax.plot(rows["middle"], range(len(rows)))
    timeline.set_ticks(ax, rows)
    assert [label.get_text() for label in ax.get_xticklabels()] == labels


def key(ax):
    return [text.get_text() for artist in ax.artists for text in artist.get_texts()]


def test_a_line_that_seaborn_drew_over_a_gap_is_broken_there():
    frame = timeline.with_days(quarterly([1.0, 2.0, None, 4.0]), "test")
    _, ax = plt.subplots()
    sns.lineplot(frame, x="start", y="value", ax=ax)
    assert not np.isnan(ax.lines[0].get_ydata()).any()
    assert mark_gaps(ax, frame) is ax
    assert np.isnan(ax.lines[0].get_ydata()).sum() == 1
    assert [patch.get_gid() for patch in ax.patches] == ["withheld"]


def test_gaps_are_marked_on_an_axis_of_period_codes_too():
    frame = quarterly([1.0, 2.0, None, 4.0])
    _, ax = plt.subplots()
    sns.lineplot(frame, x="period", y="value", ax=ax)
    mark_gaps(ax, frame)
    assert (ax.patches[0].get_x(), ax.patches[0].get_width()) == (1.5, 1)
    assert np.isnan(ax.lines[0].get_ydata()).sum() == 1


def test_gaps_are_where_pandas_numbers_days_in_its_own_way():
    frame = timeline.with_days(quarterly([1.0, 2.0, None, 4.0, 5.0]), "test")
    ax = frame.plot(x="start", y="value")
    left, right = ax.get_xlim()
    mark_gaps(ax, frame)
    assert left < ax.patches[0].get_x() < right


def test_an_axis_without_dates_is_refused_in_a_sentence():
    _, ax = plt.subplots()
    ax.plot([1, 2, 3])
    with pytest.raises(ParameterError, match="mark_gaps needs an x axis of dates"):
        mark_gaps(ax, quarterly([1.0, None, 2.0]))


def test_only_the_line_with_the_gap_is_broken():
    frame = pd.concat([quarterly([1.0, None, 3.0], name="with"), quarterly([4.0, 5.0, 6.0], name="without")])
    frame = timeline.with_days(frame, "test").reset_index(drop=True)
    _, ax = plt.subplots()
    sns.lineplot(frame, x="start", y="value", hue="name", errorbar=None, legend=False, ax=ax)
    mark_gaps(ax, frame)
    assert [int(np.isnan(line.get_ydata()).sum()) for line in ax.lines] == [1, 0]


def test_each_status_has_its_look_and_its_words():
    frame = quarterly([1.0, None, None, None, 2.0])
    frame["status"] = ["shown", "withheld", "no_data", "not_applicable", "shown"]
    _, ax = plt.subplots()
    mark_gaps(ax, frame)
    assert key(ax) == ["withheld to protect people", "no data", "not applicable"]
    assert len({patch.get_hatch() for patch in ax.patches}) == 3


def test_gaps_that_follow_each_other_are_one_band():
    _, ax = plt.subplots()
    mark_gaps(ax, quarterly([1.0, None, None, 2.0]))
    assert len(ax.patches) == 1


def test_the_split_is_marked_where_the_frame_crosses_it_and_the_key_of_the_analyst_stays():
    frame = timeline.with_days(yearly([1.0, 2.0, 3.0], first=2012, adm1_code="KH03", province="Kampong Cham"), "test")
    _, ax = plt.subplots()
    sns.lineplot(frame, x="start", y="value", hue="province", ax=ax)
    mark_gaps(ax, frame)
    assert key(ax) == [timeline.SPLIT_WORDS]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Kampong Cham"]


def test_a_frame_without_gaps_adds_nothing():
    _, ax = plt.subplots()
    before = len(ax.get_children())
    mark_gaps(ax, quarterly([1.0, 2.0]))
    assert len(ax.get_children()) == before
