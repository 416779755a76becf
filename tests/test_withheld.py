"""One mark for what is withheld, everywhere; and nothing drawn, printed or derived that rests on it."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import pytest
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import DrawingArea
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from small_edition import STAGES, small_edition
from small_handover import write_edition

from ctip_analysis.charts import figures, style
from ctip_analysis.edition import facts
from ctip_analysis.edition.edition import Released
from ctip_analysis.edition.reading import open_edition
from ctip_analysis.page import findings, methods, pillars, tables
from ctip_analysis.page.page import Page
from ctip_analysis.runs.handover import hand_over

NOWHERE = 4_321_987.0  # no sum, share or rate of the small edition comes near it
PERSONS = {
    "map": lambda r: figures.province_map(r, "clients_assisted", "2004"),
    "rate map": lambda r: figures.province_map(
        r, "clients_assisted", "2004", derivation="per_1000_residents"
    ),
    "maps": lambda r: figures.province_maps(r, "clients_assisted", ["2003", "2004"]),
    "bars": lambda r: figures.bars_by_province(r, "clients_assisted", "2004"),
    "sex and age": lambda r: figures.by_sex_and_age(r, "clients_assisted", "2004"),
    "trend": lambda r: figures.trend(r, "clients_assisted", grain="year", adm1_code="KH02"),
    "small multiples": lambda r: figures.small_multiples(r, "clients_assisted", "year"),
    "dumbbell": lambda r: figures.dumbbell(r, "clients_assisted", "2003", "2004"),
    "dumbbell by sex": lambda r: figures.dumbbell(r, "clients_assisted", "2003", "2004", by="sex"),
    "stages": lambda r: figures.stages(r, ["cases_tried", "cases_judged"], "2004"),
    "share": lambda r: figures.share_bar(r, list(STAGES), "2004"),
    "planned": lambda r: figures.planned_actual(r),
}


@pytest.fixture(autouse=True)
def _figures_closed():
    yield
    plt.close("all")


def hiding(value: float, *, more: str = "cases_judged", edition: Released | None = None) -> Released:
    """The small edition with one national cell more withheld, and *value* left in every withheld cell."""
    source = edition or small_edition()
    frame = source.frame.copy()
    national = frame[["adm1_code", "sex", "age_band", "partner"]].eq("").all(axis=1)
    frame.loc[
        frame["indicator"].isin([more, "performances_held"]) & national & frame["period"].ne("2003"), "status"
    ] = "withheld"
    frame["value"] = frame["value"].mask(frame["status"].eq("withheld"), value)
    return dataclasses.replace(source, frame=frame)


def numbers(figure: Figure) -> Iterator[float]:
    """Every number an artist of *figure* holds or is written with: lengths, places, colours' arrays, ticks, texts."""
    for ax in figure.findobj(plt.Axes):
        yield from (*ax.get_xlim(), *ax.get_ylim(), *ax.get_xticks(), *ax.get_yticks())
        yield from (number for held in ax.containers for number in getattr(held, "datavalues", []))
    for artist in figure.findobj():
        if isinstance(artist, Rectangle):
            yield from (artist.get_x(), artist.get_y(), artist.get_width(), artist.get_height())
        elif isinstance(artist, Line2D):
            yield from np.concatenate([np.ravel(artist.get_xdata()), np.ravel(artist.get_ydata())]).astype(
                float
            )
        elif isinstance(artist, Collection):
            yield from np.ravel(artist.get_array() if artist.get_array() is not None else [])
            yield from np.ravel(artist.get_offsets())
            yield from (corner for path in artist.get_paths() for corner in path.vertices.ravel())
        elif isinstance(artist, Text):
            yield from _in_text(artist.get_text())


def _in_text(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@pytest.mark.parametrize("name", PERSONS)
def test_no_artist_and_no_text_depends_on_a_withheld_value(name):
    one, other = (PERSONS[name](hiding(value)) for value in (NOWHERE, 3.0))
    assert one.ctip == other.ctip
    pairs = itertools.zip_longest(numbers(one.get_figure(root=True)), numbers(other.get_figure(root=True)))
    assert all(first == second or (math.isnan(first) and math.isnan(second)) for first, second in pairs)


@pytest.mark.parametrize("name", PERSONS)
def test_what_is_withheld_is_named_so_in_the_alternative_text(name):
    assert facts.WITHHELD in PERSONS[name](hiding(NOWHERE)).ctip.alt.lower()


@pytest.mark.parametrize("name, indicator, keys", [
    ("bars", "clients_assisted", {"adm1_code": None}),
    ("sex and age", "clients_assisted", {"sex": "female", "age_band": None}),
    ("stages", "cases_tried", {}),
    ("share", "cases_tried", {}),
])  # fmt: skip
def test_each_bar_is_as_long_as_a_shown_number_and_no_bar_stands_for_a_withheld_one(name, indicator, keys):
    edition = hiding(NOWHERE)
    axes = PERSONS[name](edition)
    axes = axes.figure.axes[1] if name == "sex and age" else axes  # the panel of one sex
    lengths = [patch.get_width() for patch in axes.patches]
    if keys:
        rows = edition.select(indicator, period="2004", **keys)
    else:
        rows = edition.frame[
            edition.frame["indicator"].isin(list(STAGES)) & edition.frame["period"].eq("2004")
        ]
        rows = rows if name == "share" else rows[rows["indicator"].isin(["cases_tried", "cases_judged"])]
    shown = rows.loc[rows["status"].eq("shown"), "value"]
    assert sorted(lengths) == sorted(shown)
    assert min(lengths) > 0  # none at zero


def test_a_line_has_no_point_where_its_number_is_withheld():
    axes = figures.trend(hiding(NOWHERE), ["cases_investigated", "cases_judged"], grain="year")
    # shown in the last year only, and judged not even then
    points = [y for line in axes.lines for y in line.get_ydata() if not math.isnan(y)]
    assert points == [STAGES["cases_investigated"]]
    assert axes.get_ylim()[1] == pytest.approx(1.12 * STAGES["cases_investigated"])


def test_where_every_number_of_a_line_is_withheld_the_axis_has_no_number():
    axes = figures.trend(hiding(NOWHERE), "clients_assisted", grain="year", adm1_code="KH02")
    assert not len(axes.get_yticks()) and not _in_text("".join(text.get_text() for text in axes.texts))


def test_a_map_class_holds_shown_provinces_only_and_begins_where_counts_are_shown():
    edition = hiding(NOWHERE)
    edition = dataclasses.replace(edition, info={**edition.info, "thresholds": {"smallest_count_shown": 11}})
    alt = figures.province_map(edition, "clients_assisted", "2004").ctip.alt
    classes, _, hidden = alt.partition("; withheld to protect people: ")
    assert hidden.startswith("12 provinces")  # every second of twenty-four
    assert sum(int(found) for found in re.findall(r": (\d+) province", classes)) == 12
    assert "11 to " in classes and " 1 to " not in classes
    assert "Highest shown: " in alt and "lowest shown above zero: " in alt


def test_a_ranking_leaves_out_what_is_withheld_and_says_so():
    _, where = findings.highest(hiding(NOWHERE), "clients_assisted", "2004")
    assert where == "Kep (of those shown)"  # 12 + 3 × 23; Pailin, the twenty-fourth, is withheld
    names = [label.get_text() for label in PERSONS["bars"](hiding(NOWHERE)).get_yticklabels()]
    small = small_edition().select("clients_assisted", period="2004", adm1_code=None)
    hidden = {
        facts.place_name(small_edition(), code, "2004")
        for code in small.loc[small["status"].eq("withheld"), "adm1_code"]
    }
    assert set(names[-len(hidden) :]) == hidden and names[-len(hidden) :] == sorted(hidden)


@pytest.mark.parametrize("fact_id", [
    *(f"cases_judged:2004:::::{one}" for one in (
        "share", "per_1000_residents", "interval_low", "per=cases_tried", "share_of=cases_tried",
        "share_of_low=cases_tried", "change=2003", "pct_change=2003",
    )),
    *(f"cases_tried:2004:::::{one}" for one in (
        "per=cases_judged", "share_of=cases_judged", "share_of_high=cases_judged", "change=2003", "pct_change=2003",
    )),
    "performances_held:2004:KH12::::share",
])  # fmt: skip
def test_what_rests_on_a_withheld_part_or_base_is_withheld(fact_id):
    """Withheld: cases judged and performances of 2004 in the country, every stage of 2003. Shown: 24 cases tried."""
    made = facts.fact(hiding(NOWHERE), fact_id)
    assert (made.value, made.number) == (None, facts.WITHHELD)


def test_words_that_compare_say_that_a_number_is_withheld():
    edition = hiding(NOWHERE)
    told = [
        findings.direction(edition, "cases_judged", "2003", "2004"),
        findings.directions(edition, ["cases_judged"], "2003", "2004"),
    ]
    assert all("can't be compared: a number is withheld to protect people" in words for words in told)
    assert findings.part(edition, "cases_tried", "cases_judged", "2004") == "an unknown part"
    assert findings.beside(edition, "cases_tried:2004", "cases_judged:2004") == "not comparable with"
    assert findings.beyond_chance(edition, "cases_judged", "2003", "2004") == ""


def hidden_province(indicator: str, code: str, period: str) -> Released:
    edition = small_edition()
    frame = edition.frame
    one = frame["indicator"].eq(indicator) & frame["adm1_code"].eq(code) & frame["period"].eq(period)
    frame = frame.assign(status=frame["status"].mask(one, "withheld"), value=frame["value"].mask(one))
    return dataclasses.replace(edition, frame=frame)


def test_a_province_whose_number_is_withheld_is_neither_reached_nor_still_waiting():
    span = "2003-01-01/2004-12-31"
    edition = hidden_province("campaign_provinces_reached", "KH05", span)
    everyone = findings.planned_not_reached(small_edition(), span)
    assert "Kampong Speu" in everyone and "Kampong Speu" not in findings.planned_not_reached(edition, span)
    assert "not shown" in findings.campaign_state(edition, "KH05", span)


def test_half_of_a_total_is_not_put_down_to_few_cells_where_one_is_withheld():
    edition = hidden_province("performances_held", "KH12", "2004-03")
    assert findings.carrying(edition, "performances_held", "2004") == ([], "an unknown number of")
    assert findings.carrying(small_edition(), "performances_held", "2004")[0]


def test_the_busiest_month_is_that_of_those_shown():
    edition = hidden_province("performances_held", "KH12", "2004-03")
    assert findings.busiest(edition, "performances_held", "2004", adm1_code="KH12")[1].endswith(
        "(of those shown)"
    )


def test_partners_of_whom_one_is_withheld_are_not_added_up():
    edition = small_edition()
    frame = edition.frame
    one = frame["partner"].eq("CDP") & frame["period"].eq("2003")
    hidden = dataclasses.replace(edition, frame=frame.assign(status=frame["status"].mask(one, "withheld")))
    assert facts.fact(hidden, "police_training_completions:2004:::::same_partners=2003").status == "withheld"
    assert (
        findings.same_partners(hidden, "police_training_completions", "2003", "2004") == "can't be compared"
    )


def test_a_province_put_back_together_is_withheld_with_its_part_and_its_rate_has_all_residents():
    edition = small_edition(2014)
    parts = edition.select("performance_attendance", period="2014", adm1_code=None).set_index("adm1_code")[
        "value"
    ]
    people = (
        edition.population[edition.population["year"].eq("2014")]
        .set_index("adm1_code")["residents"]
        .astype(float)
    )
    both = figures.dumbbell(
        edition, "performance_attendance", "2013", "2014", derivation="per_1000_residents"
    ).ctip.alt
    rate = facts.written(
        1000 * (parts["KH03"] + parts["KH25"]) / (people["KH03"] + people["KH25"]), "per 1,000"
    )
    assert float(rate) > 1 and re.search(rf"Kampong Cham [\d.]+ to {rate}", both)
    frame = edition.frame
    one = frame["adm1_code"].eq("KH25") & frame["period"].eq("2014")
    hidden = dataclasses.replace(edition, frame=frame.assign(status=frame["status"].mask(one, "withheld")))
    alt = figures.dumbbell(hidden, "performances_held", "2013", "2014").ctip.alt
    assert "Withheld to protect people: Kampong Cham." in alt


# The mark: hatched or in words, never like a zero, no data, or what can't be.


def hatches(figure: Figure) -> set[str]:
    """Patterns of all patches and collections of *figure*, those of swatches too."""
    artists = [artist for artist in figure.findobj() if hasattr(artist, "get_hatch")]
    artists += [child for area in figure.findobj(DrawingArea) for child in area.get_children()]
    return {artist.get_hatch() for artist in artists if getattr(artist, "get_hatch", lambda: None)()}


@pytest.mark.parametrize("draw", [
    lambda r: figures.province_map(r, "performance_attendance", "2004"),
    lambda r: figures.bars_by_province(r, "performance_attendance", "2004"),
], ids=["map", "bars"])  # fmt: skip
def test_in_a_map_and_a_chart_four_states_have_four_looks_and_words(draw):
    axes = draw(small_edition())
    figure = axes.get_figure(root=True)
    found = {hatch[:4] for hatch in hatches(figure)}
    assert {style.WITHHELD["hatch"][:4], style.NO_DATA["hatch"][:4]} <= found
    for words in ("withheld to protect people", "no data", "not applicable"):
        assert words in axes.ctip.alt.lower()
    drawn = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "withheld to protect people" in drawn or draw.__name__ == "bars"


def test_in_a_line_chart_the_period_is_hatched_and_says_why():
    axes = figures.trend(small_edition(), "performance_attendance", grain="quarter", adm1_code="KH23")
    assert [patch.get_gid() for patch in axes.patches if patch.get_gid()] == ["withheld"]
    assert facts.WITHHELD in [text.get_text() for text in axes.texts]


def test_small_panels_explain_their_hatching_once():
    frame = small_edition().frame
    one = (
        frame["indicator"].eq("performances_held")
        & frame["adm1_code"].eq("KH12")
        & frame["period"].eq("2004Q1")
    )
    edition = dataclasses.replace(
        small_edition(), frame=frame.assign(status=frame["status"].mask(one, "withheld"))
    )
    figure = figures.small_multiples(edition, "performances_held", "quarter").figure
    assert [text.get_text() for text in figure.texts].count("Hatched: withheld to protect people.") == 1


def test_small_panels_of_which_no_number_is_shown_are_one_line_of_words():
    frame = small_edition().frame
    all_hidden = frame.assign(
        status=frame["status"].mask(frame["indicator"].eq("cases_referred_ngo"), "withheld")
    )
    axes = figures.small_multiples(
        dataclasses.replace(small_edition(), frame=all_hidden), "cases_referred_ngo", "year"
    )
    assert "No panel drawn" in axes.texts[0].get_text() and "SYNTHETIC" in {
        text.get_text() for text in axes.texts
    }


def test_in_a_table_and_in_text_it_is_a_word_with_its_note():
    table = tables.by_province(small_edition(), ["performance_attendance"], "2004").html()
    states = set(re.findall(r">(withheld|no data|not applicable|0)</data>", table))
    assert states == {"withheld", "no data", "not applicable", "0"}
    assert "Withheld: not shown, to protect people" in table
    page = Page(small_edition(), 2004, "calendar")
    said = page.sentence("Clients: {a}.", a="clients_assisted:{period}:KH02")
    assert 'class="fact synthetic withheld"' in said and ">withheld to protect people<" in said
    assert (
        "withheld" in pillars.results(hiding(NOWHERE), "prevention", "2004", "2003-01-01/2004-12-31").html()
    )


def test_in_csv_and_workbook_the_value_is_empty_and_the_status_says_why(tmp_path):
    edition = write_edition(tmp_path / "edition")
    hand_over(edition, open_edition(edition), tmp_path / "out")
    cells = pd.read_csv(tmp_path / "out" / "cells_SYNTHETIC.csv", dtype=str, keep_default_na=False)
    hidden = cells[cells["status"].eq("withheld")]
    assert (
        len(hidden)
        and hidden["value"].eq("").all()
        and cells.loc[cells["value"].eq("0"), "status"].eq("shown").all()
    )
    sheet = openpyxl.load_workbook(next((tmp_path / "out").glob("*.xlsx")))["cells"]
    assert "An empty value is not a zero" in sheet["A1"].value and "to protect people" in sheet["A1"].value
    value, status = (list(cells.columns).index(name) for name in ("value", "status"))
    rows = list(sheet.iter_rows(min_row=3))
    looks = {(row[status].value, row[value].value is None, row[value].fill.fill_type) for row in rows}
    assert {one[1:] for one in looks if one[0] == "withheld"} == {(True, "lightUp")}
    assert {one[1:] for one in looks if one[0] != "withheld"} <= {(False, None), (True, None)}


def test_methods_say_of_what_something_is_withheld_without_a_number():
    table = methods.withheld(small_edition(), "2004")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Clients assisted"] == ("shown", "partly withheld", "partly withheld")
    assert rows["Trafficking cases referred to court by NGO partners"] == ("–", "–", "partly withheld")
    assert not table.facts and "to protect people" in table.note


# What an earlier edition said otherwise.


def changed(rows: list[tuple]) -> Released:
    columns = [
        "indicator", "period", "period_basis", "adm1_code", "sex", "age_band", "partner", "old", "new", "reason",
    ]  # fmt: skip
    return dataclasses.replace(hiding(math.nan), changes=pd.DataFrame(rows, columns=columns))


CORRECTED = ("cases_tried", "2004", "calendar", "", "", "", "", 40.0, 24.0, "records_corrected")
WITHDRAWN = ("cases_judged", "2004", "calendar", "", "", "", "", math.nan, math.nan, "withdrawn")


def test_a_correction_prints_both_numbers_and_a_withdrawal_none():
    table = tables.corrections(changed([CORRECTED, WITHDRAWN]))
    (_, before, now, why), (_, gone, left, because) = table.rows
    assert (before.number, now.number, why) == ("40", "24", "the records were corrected")
    assert (gone.number, left.number) == (facts.WITHHELD, facts.WITHHELD)
    assert "withheld to protect people" in because
    assert {cell.id for cell in table.facts} == {
        "cases_tried:2004:::::earlier", "cases_tried:2004::::",
        "cases_judged:2004:::::earlier", "cases_judged:2004::::",
    }  # fmt: skip


def test_of_many_corrections_the_national_ones_of_years_are_listed():
    months = [
        ("performances_held", f"2004-{n:02d}", "calendar", "KH12", "", "", "", 5.0, 4.0, CORRECTED[-1])
        for n in range(1, 13)
    ]
    months += [
        ("performances_held", f"2004-{n:02d}", "calendar", "", "", "", "", 5.0, 4.0, CORRECTED[-1])
        for n in range(1, 13)
    ]
    table = tables.corrections(changed([*months, CORRECTED]))
    assert len(table.rows) == 1 and "data beside this report" in table.note


def test_a_cell_that_was_never_changed_has_no_earlier_number():
    for edition in (small_edition(), changed([CORRECTED])):
        assert facts.fact(edition, "cases_charged:2004:::::earlier").status == "no_data"


def test_a_report_of_an_earlier_year_holds_no_correction_of_a_later_one():
    assert not len(changed([CORRECTED]).until("2003").changes)
    assert len(changed([CORRECTED]).until("2004").changes) == 1


def test_changes_are_read_with_their_edition(tmp_path):
    edition = write_edition(tmp_path / "edition")
    assert open_edition(edition).changes.empty
