"""What every figure promises: marks, descriptions, silence about withheld numbers, the same bytes twice."""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.text import Text
from small_edition import STAGES, small_edition

from ctip_analysis.base.errors import CountingRuleError, NotReleasedError, ParameterError
from ctip_analysis.charts import figures, style
from ctip_analysis.edition.read import Internal, Released

TO_DATE = "2003-01-01/2004-12-31"
PARTS = ["performance_attendance_registered", "performance_attendance_estimated"]
COUNTED = {
    "map": lambda r: figures.province_map(r, "performance_attendance", "2004"),
    "rate map": lambda r: figures.province_map(
        r, "performance_attendance", "2004", derivation="per_1000_residents"
    ),
    "maps": lambda r: figures.province_maps(r, "performance_attendance", ["2003", "2004"]),
    "reach": lambda r: figures.reach_status_map(r, TO_DATE),
    "trend": lambda r: figures.trend(r, ["performance_attendance", *PARTS], grain="month"),
    "small multiples": lambda r: figures.small_multiples(r, "performance_attendance", "quarter"),
    "bars": lambda r: figures.bars_by_province(r, "performance_attendance", "2004"),
    "dumbbell": lambda r: figures.dumbbell(r, "performances_held", "2003", "2004"),
    "planned": lambda r: figures.planned_actual(r),
    "share": lambda r: figures.share_bar(r, PARTS, "2004"),
    "stages": lambda r: figures.stages(r, list(STAGES), "2004"),
}
PUBLISHED = {
    "series": lambda r: figures.national_series(r, "police_victims"),
    "tiers": lambda r: figures.tier_strip(r),
    "named": lambda r: figures.named_projects_map(r, "CTIP II"),
}


@pytest.fixture(autouse=True)
def _figures_closed():
    yield
    plt.close("all")


@pytest.fixture
def edition() -> Released:
    return small_edition()


@cache
def drawn(name):
    """A figure that several tests look at and none changes."""
    return (COUNTED | PUBLISHED)[name](small_edition())


def marks(figure, word="SYNTHETIC"):
    return [text for text in figure.findobj(Text) if word in text.get_text() and text.get_gid() == "mark"]


@pytest.mark.parametrize("name", COUNTED)
def test_synthetic_stands_inside_the_frame_and_survives_a_change_of_size(name):
    figure = drawn(name).figure
    size = figure.get_size_inches()
    outside = []
    for factor in (0.6, 1):
        figure.set_size_inches(size * factor)
        pairs = [(mark.axes.get_window_extent(), mark.get_window_extent()) for mark in marks(figure)]
        outside += [word for frame, word in pairs if frame.x0 > word.x0 or word.x1 > frame.x1]
        outside += [word for frame, word in pairs if frame.y0 > word.y0 or word.y1 > frame.y1]
    assert pairs and not outside


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures_are_not_called_synthetic(name):
    axes = drawn(name)
    assert (
        not marks(axes.figure)
        and axes.ctip.kind == "published"
        and axes.ctip.alt.endswith("Published figures.")
    )


@pytest.mark.parametrize("name", COUNTED | PUBLISHED)
def test_every_figure_carries_a_description(name):
    told = drawn(name).ctip
    assert len(told.alt) > 60 and told.source and not told.degraded
    assert all(fact.count(":") >= 5 for fact in told.fact_ids)


@pytest.mark.parametrize("name", ["map", "trend", "bars", "dumbbell", "stages", "tiers", "series"])
def test_internal_says_so_on_every_figure(edition, name):
    inside = Internal(**{field.name: getattr(edition, field.name) for field in dataclasses.fields(edition)})
    axes = (COUNTED | PUBLISHED)[name](inside)
    assert marks(axes.figure, "INTERNAL") and "Internal: not to be shared." in axes.ctip.alt


@pytest.mark.parametrize("name", COUNTED | PUBLISHED)
def test_no_text_is_smaller_than_eight_points(name):
    texts = [
        text for text in drawn(name).figure.findobj(Text) if text.get_text() and text.get_gid() != "mark"
    ]
    assert min(text.get_fontsize() for text in texts) >= 8


@pytest.mark.parametrize("draw", (COUNTED | PUBLISHED).values(), ids=COUNTED | PUBLISHED)
def test_a_plain_table_is_refused(draw):
    with pytest.raises(NotReleasedError, match="takes a Released table, got DataFrame"):
        draw(pd.DataFrame())


@pytest.mark.parametrize("name", ["map", "trend", "bars"])
def test_two_runs_give_the_same_bytes(edition, name):
    assert style.png(COUNTED[name](edition).figure, dpi=60) == style.png(drawn(name).figure, dpi=60)


@pytest.mark.parametrize(
    "name", ["bars", "trend", "small multiples", "dumbbell", "stages", "share", "planned", "maps"]
)
def test_nothing_of_a_withheld_number_shows(edition, name):
    """A withheld cell has no value; had it one, not a byte of the picture could differ."""
    hidden = edition.frame["status"].eq("withheld")
    changed = Released(
        **{field.name: getattr(edition, field.name) for field in dataclasses.fields(edition)}
        | {"frame": edition.frame.assign(value=edition.frame["value"].mask(hidden, 9e9))}
    )
    axes = COUNTED[name](changed)
    assert axes.ctip.alt == drawn(name).ctip.alt
    assert style.png(axes.figure, dpi=50) == style.png(drawn(name).figure, dpi=50)


def test_a_figure_leaves_its_arguments_and_the_settings_alone(edition):
    before, settings = edition.frame.copy(), dict(plt.rcParams)
    for name in ("rate map", "trend", "bars", "dumbbell", "share"):
        COUNTED[name](edition)
    pd.testing.assert_frame_equal(edition.frame, before)
    assert dict(plt.rcParams) == settings


def test_without_boundaries_a_box_says_so_and_the_figure_is_degraded(edition):
    bare = Released(
        **{field.name: getattr(edition, field.name) for field in dataclasses.fields(edition)}
        | {"geometry": None}
    )
    axes = figures.province_map(bare, "performance_attendance", "2004")
    assert axes.ctip.degraded
    assert any("Map not drawn" in text.get_text() for text in axes.texts)


def test_given_axes_are_drawn_on():
    _, axes = plt.subplots()
    assert figures.trend(small_edition(), "performances_held", grain="year", ax=axes) is axes


def test_a_withheld_period_is_a_gap_with_a_hatched_band_not_a_zero(edition):
    axes = figures.trend(edition, "performance_attendance", grain="quarter", adm1_code="KH23")
    assert [patch.get_gid() for patch in axes.patches if patch.get_gid()] == ["withheld"]
    assert all(pd.isna(value) for line in axes.lines for value in line.get_ydata())


def test_the_split_is_marked_and_the_line_not_joined_over_it():
    axes = figures.trend(small_edition(2014), "performances_held", grain="month", adm1_code="KH03")
    assert [line for line in axes.lines if line.get_gid() == "split"]
    joined = max((line for line in axes.lines), key=lambda line: len(line.get_ydata()))
    assert pd.isna(joined.get_ydata()[12])  # between December 2013 and January 2014


def test_lines_of_two_units_do_not_share_an_axis(edition):
    with pytest.raises(CountingRuleError, match="one axis needs one unit"):
        figures.trend(edition, ["performances_held", "performance_attendance"], grain="year")


def test_attendances_have_no_interval(edition):
    with pytest.raises(CountingRuleError, match="do not happen one by one"):
        figures.trend(edition, "performance_attendance", grain="year", interval=True)


def test_end_labels_are_set_apart(edition):
    axes = drawn("trend")
    boxes = sorted(
        (text.get_window_extent() for text in axes.texts if text.get_gid() == "end label"),
        key=lambda area: area.y0,
    )
    assert len(boxes) == 3 and all(low.y1 <= high.y0 + 2 for low, high in itertools.pairwise(boxes))


def test_bars_not_shown_stand_last_without_a_bar(edition):
    axes = COUNTED["bars"](edition)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == ["Phnom Penh", "Takeo"]  # 10,560 and 2,480
    assert names[-4:] == ["Kep", "Pailin", "Otdar Meanchey", "Mondul Kiri"]
    assert len(axes.patches) == 20


def test_a_change_that_chance_explains_is_called_no_clear_change(edition):
    # 7 and 8 performances: two Poisson counts differ by that much most of the time
    assert "No clear change: Banteay Meanchey 7 to 8" in COUNTED["dumbbell"](edition).ctip.alt


def test_stages_all_withheld_are_one_hatched_panel(edition):
    axes = figures.stages(edition, list(STAGES), "2003")
    assert [patch.get_gid() for patch in axes.patches] == ["withheld"]
    assert any(text.get_text() == "withheld to protect people" for text in axes.texts)
    assert len(axes.get_xticks()) == 0


def test_a_target_without_a_baseline_says_so_aloud(edition):
    assert any("no baseline" in text.get_text() for text in COUNTED["planned"](edition).texts)


def test_an_indicator_without_a_target_is_refused(edition):
    with pytest.raises(ParameterError, match="no target on record for performance_attendance"):
        figures.planned_actual(edition, ["performance_attendance"])


def test_both_reporters_of_one_year_stand_in_the_series(edition):
    # 244 by the National Police and 298 by the national committee, both for 2016
    axes = figures.national_series(edition, "police_victims")
    assert {"244", "298"} <= {text.get_text() for text in axes.texts}


def test_years_without_a_figure_are_gaps_and_never_values(edition):
    axes = figures.national_series(edition, "convictions")
    assert any(patch.get_gid() == "not found" for patch in axes.patches)
    drawn = {
        int(year)
        for line in axes.lines
        if line.get_transform() is axes.transData or line.axes is axes
        for year in line.get_xdata()
        if year > 1900
    }
    assert drawn == {2008, 2009, 2012, 2013, 2014, 2015, 2016}


def test_named_projects_use_the_units_of_their_years(edition):
    assert (
        "not named, 17 provinces" in figures.named_projects_map(edition, "CTIP II").ctip.alt.lower()
    )  # 24 − 7
    assert (
        "not named, 17 provinces" in figures.named_projects_map(edition, "CTIP IV").ctip.alt.lower()
    )  # 25 − 8


def test_a_share_is_not_drawn_when_a_part_is_withheld(edition):
    axes = figures.share_bar(edition, ["performance_attendance"], "2004", adm1_code="KH23")
    assert not axes.patches and "withheld to protect people" in axes.ctip.alt
