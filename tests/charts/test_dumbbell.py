"""Changes: groups, order, and who is not compared."""

import numpy as np
import pandas as pd
from charts.frames import drawn, overlaps, written

from ctip_analysis.charts import change
from ctip_analysis.charts.dumbbell import compared
from ctip_analysis.edition.ratios import poisson_interval

PROVINCES = ["Kep", "Takeo", "Kampot", "Pailin", "Pursat"]


def cells(values, period, interval=False, status=None):
    frame = pd.DataFrame({"province": PROVINCES, "value": values, "unit": "performances", "period": period})
    frame["status"] = status or ["shown" if pd.notna(value) else "withheld" for value in values]
    if interval:
        frame["low"], frame["high"] = poisson_interval(frame["value"].to_numpy())
    return frame


def heads(ax):
    return [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == 600]


def test_places_are_grouped_by_direction_and_sorted_by_change():
    ax = change(cells([1.0, 5.0, 5.0, 9.0, 0.0], "2003"), cells([9.0, 6.0, 5.0, 1.0, 0.0], "2004"))
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "Rose (2)", "Kep", "Takeo", "Unchanged (1)", "Kampot", "Fell (1)", "Pailin",
    ]  # fmt: skip
    assert {"+8", "+1", "0", "−8"} <= {text.get_text() for text in ax.texts}


def test_with_intervals_a_change_that_chance_explains_is_no_clear_change():
    ax = change(
        cells([1.0, 5.0, 5.0, 30.0, 9.0], "2003", True), cells([30.0, 6.0, 5.0, 1.0, 8.0], "2004", True)
    )
    assert heads(ax) == ["Rose (1)", "No clear change (3)", "Fell (1)"]


def test_rates_whose_intervals_overlap_did_not_clearly_change():
    before = cells([1.5] * 5, "2003").assign(low=1.0, high=2.0)
    after = cells([1.8, 2.5, 0.5, 1.5, 1.5], "2004").assign(
        low=[1.4, 2.1, 0.1, 1.0, 1.0], high=[2.2, 3.0, 0.9, 2.0, 2.0]
    )
    pairs, _ = compared(before, after, "province")
    assert list(pairs["name_"][pairs["group"].eq("Rose")]) == ["Takeo"]
    assert list(pairs["name_"][pairs["group"].eq("Fell")]) == ["Kampot"]
    assert set(pairs["name_"][pairs["group"].eq("No clear change")]) == {"Kep", "Pailin", "Pursat"}


def test_who_is_not_compared_is_named_by_reason():
    status = ["shown", "withheld", "no_data", "shown", "shown"]
    _, left_out = compared(
        cells([1.0, np.nan, np.nan, 0.0, 2.0], "2003", status=status),
        cells([2.0, 3.0, 1.0, 0.0, 1.0], "2004"),
        "province",
    )
    assert left_out == {
        "None in either period": ["Pailin"],
        "Withheld to protect people": ["Takeo"],
        "No data": ["Kampot"],
    }


def test_the_periods_are_named_above_the_axes_and_nothing_overlaps():
    ax = change(
        cells([1.0, 5.0, 5.0, np.nan, 2.0], "2003", True), cells([9.0, 6.0, 5.0, 1.0, 3.0], "2004", True)
    )
    drawn(ax.figure)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2003", "2004", "95% interval"]
    assert overlaps(written(ax)) == []


def test_the_frames_are_not_changed_and_need_no_status():
    before, after = (
        cells([1.0, 2.0, 3.0, 4.0, 5.0], year).drop(columns="status") for year in ("2003", "2004")
    )
    copies = before.copy(deep=True), after.copy(deep=True)
    change(before, after)
    pd.testing.assert_frame_equal(before, copies[0])
    pd.testing.assert_frame_equal(after, copies[1])


def test_a_province_with_a_new_name_is_compared_under_the_last_one():
    before, after = (
        pd.DataFrame({"adm1_code": ["KH18"], "province": [name], "value": [value], "period": year})
        for name, value, year in (("Sihanoukville", 3, "2008"), ("Preah Sihanouk", 5, "2009"))
    )
    pairs, left_out = compared(before, after, "province")
    assert (pairs["name_"].tolist(), pairs["change"].tolist(), left_out) == (["Preah Sihanouk"], [2], {})


def test_a_province_that_was_split_in_between_is_not_compared():
    before = pd.DataFrame({"adm1_code": ["KH03"], "province": ["Kampong Cham"], "value": [28.0], "period": "2013"})
    pairs, left_out = compared(before, before.assign(value=8.0, period="2014"), "province")
    assert (len(pairs), left_out) == (0, {"Not applicable": ["Kampong Cham"]})
