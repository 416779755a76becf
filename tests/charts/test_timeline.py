"""Which periods a line joins, and how ticks are labelled."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from charts.frames import quarterly, yearly

from ctip_analysis.charts import timeline


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
