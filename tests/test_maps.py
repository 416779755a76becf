"""Where labels go, what classes are called, and how the pieces of a map behave."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point, box
from small_edition import NO_DATA, NOT_APPLICABLE, WITHHELD, small_edition

from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.charts import classes, figures, labels, maps, province_maps, style, units

NOTHING = Point()
SQUARE = box(0, 0, 100, 100)


@pytest.fixture(autouse=True)
def _figures_closed():
    yield
    plt.close("all")


@cache
def drawn():
    """One map that several tests look at and none changes."""
    return figures.province_map(small_edition(), "performance_attendance", "2004")


def test_a_label_that_fits_stands_in_the_middle_of_its_polygon():
    # | a 40 × 20 text has 30 and 40 pixels of air in a 100 × 100 square |
    spot = labels.inside(SQUARE, {"Kep": (40, 20)}, NOTHING)
    assert spot is not None and spot.leader is None
    assert spot.centre == pytest.approx((50, 50), abs=2)


def test_a_label_too_wide_is_broken_before_it_is_moved_outside():
    spot = labels.inside(SQUARE, {"Banteay Meanchey": (140, 12), "Banteay\nMeanchey": (70, 24)}, NOTHING)
    assert spot is not None and spot.text == "Banteay\nMeanchey"


def test_a_label_outside_leads_to_its_own_polygon_and_crosses_no_other():
    # | [east] is tiny and sits at the coast east of [west]: the label has to go east, over the sea |
    west, east = box(0, 0, 100, 100), box(100, 40, 110, 60)
    forms = {"west": {"west": (40, 20)}, "east": {"east": (40, 20)}}
    country = shapely.union_all([west, east])
    placed = labels.place_all(
        {"west": west, "east": east}, forms, [], box(-200, -200, 300, 300), NOTHING, country
    )
    leader = placed["east"].leader
    assert leader is not None and not leader.crosses(west)
    assert not placed["east"].area.intersects(country)
    assert not placed["east"].area.intersects(placed["west"].area)


def test_labels_on_one_axis_keep_their_order_and_their_distance():
    assert labels.apart([0, 0, 0], gap=10) == [-10.0, 0.0, 10.0]
    assert labels.apart([0, 0], gap=10, low=0) == [0.0, 10.0]


@pytest.mark.parametrize(
    "breaks, unit, expected",
    [
        pytest.param([500, 1000], "attendances", ["1 to 499", "500 to 999", "1,000 or more"], id="counts"),
        pytest.param(
            [2, 3], "performances", ["1", "2", "3 or more"], id="a class of one number is that number"
        ),
        pytest.param(
            [0.5, 40],
            "performances per 1,000 residents",
            ["under 0.5", "0.5 to 39.9", "40 or more"],
            id="rates",
        ),
    ],
)
def test_classes_are_said_in_words(breaks, unit, expected):
    assert classes.class_labels(breaks, unit) == expected


def test_a_number_is_rounded_before_it_is_classified():
    # 69.96 prints as 70.0, and a printed 70.0 belongs to "70 or more"
    value = classes.as_printed(69.96, "performances per 1,000 residents")
    table = pd.DataFrame({"value": [value], "status": ["shown"], "zero": [False]})
    assert classes.classify(table, [40, 70]).tolist() == [2]


def test_breaks_that_do_not_ascend_are_refused():
    with pytest.raises(ParameterError, match="ascend, got 1,000, 500"):
        figures.province_map(small_edition(), "performance_attendance", "2004", breaks=[1000, 500])


def test_all_maps_of_a_series_have_the_same_breaks():
    before = figures.province_map(small_edition(), "performance_attendance", "2003")
    texts = [
        [
            text.get_text()
            for text in _legend(axes).texts
            if " to " in text.get_text() or "or more" in text.get_text()
        ]
        for axes in (before, drawn())
    ]
    assert texts[0] == texts[1] and len(texts[0]) >= 4


def test_a_label_is_measured_again_at_another_resolution():
    sizes = []
    for dpi in (100, 200, 100):
        figure = plt.figure(dpi=dpi)
        sizes.append(maps._measured(figure.add_axes((0, 0, 1, 1)), "Kep", "")["Kep"])
    assert sizes[0] == sizes[2] and 1.8 < (sizes[1][0] - 2) / (sizes[0][0] - 2) < 2.2


def test_withheld_values_do_not_move_the_breaks():
    edition = small_edition()
    shown = edition.frame[edition.frame["status"].eq("shown")]
    without = replace(edition, frame=shown)
    assert classes.breaks_for(without, "performance_attendance", "year") == classes.breaks_for(
        edition, "performance_attendance", "year"
    )


@pytest.mark.parametrize("year, expected", [(2013, 24), (2014, 25)])
def test_a_map_has_the_units_of_its_year(year, expected):
    axes = figures.province_map(small_edition(2014), "performances_held", str(year))
    assert f"{expected} units" in axes.ctip.alt
    assert sum(_counts(axes)) == expected


def test_legend_counts_name_every_unit_once():
    axes = drawn()
    words = [text.get_text() for text in _legend(axes).texts]
    assert {"withheld to protect people", "no data", "none", "not applicable"} <= set(words)
    assert sum(_counts(axes)) == 24


def test_withheld_is_hatched_and_no_data_dotted():
    axes = drawn()
    hatches = {
        collection.get_hatch(): len(collection.get_paths())
        for collection in axes.collections
        if collection.get_hatch()
    }
    assert hatches[style.WITHHELD["hatch"]] >= len(WITHHELD)
    assert hatches[style.NO_DATA["hatch"]] >= len(NO_DATA)


def test_labels_do_not_overlap_and_lie_in_the_frame():
    axes = drawn()
    names = [text for text in axes.texts if text.get_gid() == "label"]
    assert len(names) == 23  # the capital has its inset
    areas = [box(*text.get_window_extent().shrunk(0.98, 0.9).extents) for text in names]
    assert not [
        pair for at, pair in enumerate(areas) if any(pair.intersects(other) for other in areas[at + 1 :])
    ]
    frame = box(*axes.get_window_extent().extents)
    panel = box(*_legend(axes).get_window_extent().extents)
    assert all(frame.contains(area) and not panel.intersects(area) for area in areas)


def test_a_number_that_is_not_shown_is_not_written():
    axes = drawn()
    written = {
        text.get_text().split("\n")[0]: text.get_text() for text in axes.texts if text.get_gid() == "label"
    }
    assert [written[name] for name in ("Kep", "Pailin", "Otdar Meanchey")] == [
        "Kep",
        "Pailin",
        "Otdar Meanchey",
    ]
    assert NOT_APPLICABLE == ("KH22",)


def test_tboung_khmum_goes_back_into_kampong_cham_and_the_total_stays():
    edition = small_edition(2014)
    rows = edition.select("performances_held", period="2014", adm1_code=None)
    merged = units.merge_split(edition, rows, [f"KH{n:02d}" for n in range(1, 25)])
    assert len(merged) == 24 and merged["value"].sum() == rows["value"].sum()


def test_a_merged_province_is_withheld_if_a_part_is():
    edition = small_edition(2014)
    rows = edition.select("performances_held", period="2014", adm1_code=None)
    rows.loc[rows["adm1_code"].eq("KH25"), ["value", "status"]] = [float("nan"), "withheld"]
    merged = units.merge_split(edition, rows, [f"KH{n:02d}" for n in range(1, 25)]).set_index("adm1_code")
    assert merged.at["KH03", "status"] == "withheld" and pd.isna(merged.at["KH03", "value"])


def test_what_does_not_add_up_over_provinces_is_not_merged():
    edition = small_edition(2014)
    rows = edition.select("performances_held", period="2014", adm1_code=None).assign(indicator="cases_judged")
    with pytest.raises(CountingRuleError, match="does not add up over provinces"):
        units.merge_split(edition, rows, [f"KH{n:02d}" for n in range(1, 25)])


def test_text_on_a_fill_is_the_one_that_reads_better():
    assert maps.ink_on("#081d58") == "white" and maps.ink_on("#e5f5b2") == style.INK


def test_neighbouring_classes_differ_in_lightness():
    ramp = [sum(plt.matplotlib.colors.to_rgb(shade["facecolor"])) for shade in province_maps.shades(5)]
    assert all(pale - dark > 0.2 for pale, dark in itertools.pairwise(ramp))


def _legend(axes):
    return next(child for child in axes.child_axes if child.get_gid() == "legend")


def _counts(axes):
    return [
        int(text.get_text())
        for text in _legend(axes).texts
        if text.get_text().isdigit() and text.get_ha() == "right"
    ]
