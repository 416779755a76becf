"""Figures: any of matplotlib, with the frame behind it; no number but those of the frame."""

from __future__ import annotations

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn as sns
from bs4 import BeautifulSoup
from PIL import Image

from ctip_analysis import charts
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.page import picture


@pytest.fixture
def held(page):
    return page.edition.cells("performances_held", by="province", period="2004")


def bars(frame, title=""):
    ax = sns.barplot(frame, x="value", y="province")
    ax.set_title(title)
    return ax


def test_a_figure_has_picture_caption_source_mark_and_data(page, held, shown):
    page.show(bars(held), f"Performances by province, {page.period:label}.", data=held)
    block = shown().select_one("figure.plot")
    assert block.figcaption.get_text().startswith("Performances by province, 2004. Source: synthetic sample")
    assert block.figcaption.strong.get_text() == "SYNTHETIC"
    assert len(block.select("details.data tbody tr")) == 24
    assert block.select_one("details data.fact")["value"] == "performances_held:2004:KH01:::"


def _axes(frame):
    return bars(frame)


def _figure(frame):
    return bars(frame).figure


def _array(frame):
    _, axes = plt.subplots(1, 2)
    for ax in axes:
        sns.barplot(frame, x="value", y="province", ax=ax)
    return axes


def _grid(frame):
    return sns.catplot(frame, x="value", y="province", kind="bar")


@pytest.mark.parametrize("draw", [_axes, _figure, _array, _grid])
def test_axes_arrays_figures_and_grids_are_shown_and_closed(draw, page, held, shown):
    page.show(draw(held), "Performances by province.", data=held)
    assert shown().img["src"].startswith("data:image/svg+xml;base64,")


def test_something_without_a_figure_is_refused(page, held):
    with pytest.raises(ParameterError, match="Axes, a Figure or a FacetGrid; found str"):
        page.show("a figure", "Performances.", data=held)


def test_a_refused_figure_is_closed_too(page, held, outputs):
    with pytest.raises(ParameterError, match="typed by hand"):
        page.show(bars(held), "12 performances.", data=held)
    assert not outputs


@pytest.mark.parametrize("title", ["99,999 people", "17 performances in Kampot", "Since 1998"])
def test_a_number_that_is_none_of_the_data_is_refused(title, page, held):
    with pytest.raises(ParameterError, match=f"the figure says “{title}”"):
        page.show(bars(held, title), "Performances.", data=held)


@pytest.mark.parametrize(
    "title", ["8 performances in Phnom Penh", "Performances, 2004", "January–March 2004", "2004Q1"]
)
def test_values_of_the_data_and_periods_may_be_written_in_a_figure(title, page, held, shown):
    page.show(bars(held, title), "Performances.", data=held)
    assert shown().img


def test_ticks_legends_of_classes_and_annotated_heat_maps_are_no_typed_numbers(page, shown):
    quarterly = page.edition.cells("performances_held", by=["province", "quarter"])
    wide = quarterly.pivot(index="province", columns="period", values="value")
    page.show(sns.heatmap(wide, annot=True, fmt=".0f"), "Heat map.", data=quarterly)
    ax = sns.lineplot(
        quarterly.groupby(["start", "period"], as_index=False)["value"].sum(), x="start", y="value"
    )
    ax.plot([], [], label="0.0, 12.0")
    ax.legend()
    page.show(ax, "Lines.", data=quarterly)
    assert shown().img


def test_hand_written_ticks_are_read_as_a_title_is(page, held):
    ax = bars(held)
    ax.set_xticks([0, 5], ["none", "5,000 people"])
    with pytest.raises(ParameterError, match="5,000"):
        page.show(ax, "Performances.", data=held)


def test_a_withheld_value_is_no_value_of_the_data(page):
    cells = page.edition.cells("clients_assisted", by="province", period="2004")
    hidden = page.edition.frame.query("indicator == 'clients_assisted' and adm1_code == 'KH02'")
    assert hidden["value"].isna().all()
    with pytest.raises(ParameterError, match="18 is no value"):
        page.show(bars(cells, "18 in Battambang"), "Clients.", data=cells)


def test_alternative_text_says_where_it_is_highest_and_how_much_is_withheld(page, shown):
    cells = page.edition.cells("performance_attendance", by="province", period="2004")
    page.show(bars(cells), f"Attendance by province, {page.period:label}.", data=cells)
    assert shown().img["alt"] == (
        "Attendance by province, 2004. Highest of those shown: Phnom Penh. "
        "Two withheld to protect people; one without data. Synthetic data."
    )


def test_alternative_text_can_not_end_its_attribute(page, held, shown):
    page.show(bars(held), 'Performances "held" <b>here</b>.', data=held)
    assert shown().img["alt"].startswith('Performances "held" here.')


def test_an_own_calculation_is_labelled_so(page, held, shown):
    doubled = held.assign(value=2 * held["value"])
    page.show(bars(doubled), "Twice the performances.", data=doubled)
    assert "own calculation" in shown().figcaption.get_text()
    assert {fact.get_text() for fact in shown().select("data.synthetic")} == {"0"}  # twice nothing is nothing


def test_a_sum_that_skips_what_is_withheld_is_refused(page):
    clients = page.edition.cells("clients_assisted", by="sex", period="2004")
    summed = clients.groupby("sex", as_index=False)["value"].sum()
    with pytest.raises(ParameterError, match="no column status"):
        page.show(sns.barplot(summed, x="value", y="sex"), "Clients.", data=summed)


def svg_of(image, name="src"):
    return base64.b64decode(image[name].partition(",")[2]).decode()


def test_a_notebook_has_an_image_with_its_fonts_and_the_same_bytes_each_time(page, held, shown):
    pictures = []
    for _ in range(2):
        page.show(bars(held), "Performances.", data=held)
        pictures.append(svg_of(shown().img))
    assert pictures[0] == pictures[1]
    assert "@font-face" in pictures[0] and ">Phnom Penh</text>" in pictures[0]


def test_a_chart_of_ours_has_a_form_for_phones_and_another_figure_has_none(page, held, shown):
    page.show(charts.bars(held), "Performances.", data=held)
    source = shown().find("source")
    assert source["media"] == "(max-width: 647px)"
    assert 'width="3' in svg_of(source, "srcset").partition(">")[0]
    page.show(bars(held), "Performances.", data=held)
    assert shown().find("source") is None


def test_the_report_has_the_picture_inline_under_its_alternative_text(page, held, outputs):
    page.show(charts.bars(held), 'Performances "held".', data=held)
    page.show(bars(held), "Performances.", data=held)
    soup = BeautifulSoup(picture.inlined("".join(one["data"]["text/html"] for one in outputs)), "html.parser")
    wide, slim, whole = soup.find_all("svg")
    assert [one["class"][-1] for one in (wide, slim, whole)] == ["wide", "slim", "whole"]
    assert wide["aria-label"] == slim["aria-label"] != whole["aria-label"]
    assert wide["aria-label"].startswith('Performances "held".') and wide["role"] == "img"
    assert not soup.find(["img", "picture", "source", "style"])
    assert whole.parent["class"] == ["scroll"]


def test_a_figure_of_very_many_shapes_is_a_png_of_two_dots_a_pixel_without_metadata(page, held, shown):
    ax = bars(held)
    places = np.linspace(0, 1, 20_000)
    ax.scatter(places, places)
    page.show(ax, "Performances.", data=held)
    image = Image.open(io.BytesIO(base64.b64decode(shown().img["src"].partition(",")[2])))
    assert (image.width // 2, image.height // 2) == (int(shown().img["width"]), int(shown().img["height"]))
    assert not image.info.keys() - {"transparency"}
