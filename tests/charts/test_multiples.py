"""Small multiples: one scale, order by change, ends with numbers, gaps and the split in each panel."""

import numpy as np
import pandas as pd
import pytest
from charts.frames import drawn, overlaps, quarterly, written, yearly

from ctip_analysis.charts import small_multiples
from ctip_analysis.charts.timeline import SPLIT_WORDS


def panels(count=24, length=8, seed=2):
    random = np.random.default_rng(seed)
    lines = [
        quarterly(list(random.integers(0, 9, length).astype(float)), province=f"Province {place}")
        for place in range(count)
    ]
    return pd.concat(lines, ignore_index=True)


def titles(axes):
    return [ax.get_title(loc="left") for ax in axes]


def texts_of(figure):
    return [text.get_text() for text in figure.texts]


def test_panels_go_from_the_largest_rise_to_the_largest_fall_on_one_scale():
    frame = pd.concat(
        [
            yearly([5.0, 5.0], province="Kep"),
            yearly([9.0, 1.0], province="Takeo"),
            yearly([1.0, 9.0], province="Pursat"),
        ]
    )
    axes = small_multiples(frame)
    assert titles(axes) == ["Pursat", "Kep", "Takeo"]
    assert {ax.get_ylim() for ax in axes} == {(0, 9.0 * 1.02)} or len({ax.get_ylim() for ax in axes}) == 1


def test_each_panel_says_its_first_and_last_number():
    axes = small_multiples(yearly([3.0, 5.0, 8.0], province="Kep"))
    assert {"3", "8"} <= {text.get_text() for text in axes[0].texts}


def test_a_place_that_begins_later_has_no_number_at_the_beginning_of_the_axis():
    frame = pd.concat(
        [yearly([3.0, 5.0, 8.0], province="Kep"), yearly([6.0, 7.0], first=2004, province="Takeo")]
    )
    axes = small_multiples(frame)
    later = next(ax for ax in axes if ax.get_title(loc="left") == "Takeo")
    assert {text.get_text() for text in later.texts if text.get_gid() == "value"} == {"7"}


def test_who_has_no_number_above_zero_is_named_below():
    frame = pd.concat(
        [
            yearly([1.0, 2.0], province="Kep"),
            yearly([0.0, 0.0], province="Takeo"),
            yearly([None, 0.0], province="Pailin"),
        ]
    )
    axes = small_multiples(frame)
    assert titles(axes) == ["Kep"]
    foot = "\n".join(texts_of(axes[0].figure))
    assert (
        "None in any period: Takeo." in foot
        and "Withheld to protect people in one or more periods: Pailin." in foot
    )


def test_gaps_break_the_line_of_their_panel_and_are_explained_once():
    frame = pd.concat(
        [yearly([1.0, None, 2.0, 3.0], province="Kep"), yearly([1.0, 2.0, None, 3.0], province="Takeo")]
    )
    axes = small_multiples(frame)
    assert all([patch.get_gid() for patch in ax.patches] == ["withheld"] for ax in axes)
    assert [text.get_text() for text in axes[0].figure.legends[0].get_texts()] == [
        "withheld to protect people"
    ]


def test_the_split_is_marked_in_the_panels_of_the_provinces_it_changed():
    frame = pd.concat(
        [
            yearly([4.0, 5.0, 3.0, 3.0], first=2012, province=name, adm1_code=code)
            for name, code in (("Kampong Cham", "KH03"), ("Kep", "KH23"))
        ]
    )
    axes = small_multiples(frame)
    split = {ax.get_title(loc="left"): sum(line.get_gid() == "split" for line in ax.lines) for ax in axes}
    assert split == {"Kampong Cham": 1, "Kep": 0}
    assert [text.get_text() for text in axes[0].figure.legends[0].get_texts()] == [SPLIT_WORDS]


@pytest.mark.long
def test_nothing_written_in_24_panels_and_below_them_overlaps():
    unseen = [quarterly([0.0] * 8, province=f"Place {place}") for place in range(20)]
    axes = small_multiples(pd.concat([panels(), *unseen], ignore_index=True))
    drawn(axes[0].figure)
    texts = [text for ax in axes for text in written(ax)] + list(axes[0].figure.texts)
    assert overlaps([text for text in texts if text.get_text().strip()]) == []


def test_panels_may_be_of_something_else_and_the_frame_is_not_changed():
    frame = panels(3).rename(columns={"province": "partner"})
    copy = frame.copy(deep=True)
    assert len(small_multiples(frame, by="partner")) == 3
    pd.testing.assert_frame_equal(frame, copy)


def test_a_province_with_a_new_name_has_one_panel_under_the_last_one():
    rows = pd.DataFrame({"period": ["2008", "2009"], "province": ["Sihanoukville", "Preah Sihanouk"]})
    axes = small_multiples(rows.assign(adm1_code="KH18", value=[3, 5]))
    assert [ax.get_title(loc="left") for ax in axes] == ["Preah Sihanouk"]
