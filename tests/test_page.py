"""Pages: parameters are checked, sentences take numbers from facts only, figures carry words and source."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from small_edition import small_edition, write_small_edition

from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.charts.describe import Description
from ctip_analysis.charts.picture import png
from ctip_analysis.edition.edition import Internal
from ctip_analysis.page.page import Page, Words, open_page


@pytest.fixture
def page():
    return Page(small_edition(), 2004, "calendar")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_small_edition(tmp_path_factory.mktemp("editions") / "2004")


def figure(alt="Three bars.", kind="synthetic"):
    _, ax = plt.subplots(figsize=(3, 2))
    ax.bar(["a", "b", "c"], [1, 2, 3])
    ax.ctip = Description(alt=alt, source="campaign events", kind=kind)
    return ax


# Opening


def test_a_page_knows_its_period_the_one_before_and_all_to_date(folder):
    page = open_page(folder, year=2004)
    assert (page.period, page.previous, page.to_date) == ("2004", "2003", "2003-01-01/2004-12-31")
    assert page.quarters == ["2004Q1", "2004Q2", "2004Q3", "2004Q4"]
    assert (page.months[0], page.months[-1]) == ("2004-01", "2004-12")


def test_an_edition_s_last_year_is_meant_when_none_is_given(folder):
    assert open_page(folder).year == 2004


def test_the_first_year_has_none_before_it(folder):
    first = open_page(folder, year=2003)
    assert first.previous == ""
    assert first.to_date == "2003-01-01/2003-12-31"


def test_an_absent_edition_says_what_to_run(tmp_path):
    with pytest.raises(MissingFileError, match="make report"):
        open_page(tmp_path / "2004")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param(
            {"year": 2019}, "holds 2003 to 2004; nearest is 2004", id="a year the edition does not reach"
        ),
        pytest.param({"basis": "fiscal"}, "basis must be 'calendar'", id="another basis"),
        pytest.param(
            {"province": "KH25"}, "no province 'KH25' in 2004", id="a province that did not exist yet"
        ),
        pytest.param({"province": "Kep"}, "KH23 Kep", id="a name in place of a code"),
        pytest.param({"language": "km"}, "Khmer is not available yet", id="Khmer"),
    ],
)
def test_a_wrong_parameter_is_answered_with_what_there_is(folder, wrong, message):
    with pytest.raises(ParameterError, match=message) as refused:
        open_page(folder, **wrong)
    assert refused.value.exit_code == 2


# Sentences


def test_a_number_in_a_sentence_is_a_fact_with_its_id(page):
    text = page.sentence("{a:unit}", a="performances_held:{period}")
    data = BeautifulSoup(text, "html.parser").data
    assert data["value"] == "performances_held:2004::::"
    assert data.get_text() == "110 performances"


@pytest.mark.parametrize(
    ("template", "read"),
    [
        ("There were {x:unit} exposed", "There were an estimated 150,000 people exposed"),
        ("{x} were exposed", "An estimated 150,000 were exposed"),
        ("## {x:unit}", "## An estimated 150,000 people"),
        ("Exposed were\n{x:unit}", "Exposed were\nan estimated 150,000 people"),
        ("* {x:unit}", "* An estimated 150,000 people"),
    ],
)
def test_a_fact_keeps_its_qualifier_and_starts_a_paragraph_with_a_capital(page, template, read):
    text = page.sentence(template, x="people_directly_exposed")
    assert BeautifulSoup(text, "html.parser").get_text() == read


def test_a_change_carries_its_sign(page):
    text = page.sentence("from {b:n}: {c:delta}", b="performances_held:{previous}",
                         c="performances_held:{period}:::::change={previous}")  # fmt: skip
    before, change = (data.get_text() for data in BeautifulSoup(text, "html.parser").select("data"))
    assert int(before) + int(change) == 110


def test_a_withheld_number_says_so_in_words(page):
    assert "withheld to protect people" in page.sentence(
        "Kep: {k}.", k="performance_attendance:{period}:KH23"
    )


@pytest.mark.parametrize(
    "template",
    ["In 2004 it rose", "about 3,000 came", "**12** shows", "(7 cases)", "$5 million", "rose by −3"],
)
def test_a_number_typed_into_a_sentence_is_refused(page, template):
    with pytest.raises(ParameterError, match="typed into the text"):
        page.sentence(template)


@pytest.mark.parametrize(
    "template",
    ["assumption A2", "`KH12` in code", "1. first\n2. second", "{'the 2009 audit'} says", "PS.5.1-28"],
)
def test_a_digit_that_is_part_of_a_name_may_stand(page, template):
    assert page.sentence(template)


def test_words_of_the_page_and_of_the_notebook_may_stand_between_braces(page):
    text = page.sentence("{period_label}: {where}", where=Words("Kandal and Takeo"))
    assert BeautifulSoup(text, "html.parser").get_text() == "2004: Kandal and Takeo"


def test_a_name_without_a_fact_is_refused_with_those_known(page):
    with pytest.raises(ParameterError, match=r"\{b\} stands for nothing; this sentence knows a, period"):
        page.sentence("{b}", a="performances_held:2004")


def test_the_year_before_the_first_can_not_be_asked_for():
    first = Page(small_edition(), 2003, "calendar")
    with pytest.raises(ParameterError, match="no year before 2003"):
        first.sentence("{a}", a="performances_held:{previous}")


# Figures and banner


def test_a_figure_has_alternative_text_caption_source_and_mark(page):
    block = BeautifulSoup(page.figure(figure(), "Bars, {period_label}."), "html.parser").figure
    assert block.img["alt"] == "Three bars."
    caption = block.figcaption.get_text()
    assert caption.startswith("Bars, 2004.")
    assert "Source: campaign events" in caption
    assert "SYNTHETIC" in caption


def test_a_shown_figure_is_closed(page):
    ax = figure()
    page.figure(ax)
    assert not plt.fignum_exists(ax.figure.number)


def test_a_picture_has_two_dots_a_pixel_and_no_metadata(page):
    block = BeautifulSoup(page.figure(figure()), "html.parser").img
    picture = Image.open(io.BytesIO(base64.b64decode(block["src"].partition(",")[2])))
    assert (picture.width, picture.height) == (600, 400)
    assert (block["width"], block["height"]) == ("300", "200")
    assert not picture.info.keys() - {"transparency"}


def test_the_same_figure_gives_the_same_bytes():
    first, second = (png(figure().figure) for _ in range(2))
    plt.close("all")
    assert first == second


def test_alternative_text_can_not_end_its_attribute(page):
    block = BeautifulSoup(page.figure(figure(alt='a "quoted" <b>')), "html.parser")
    assert block.img["alt"] == 'a "quoted" <b>'
    assert block.b is None


def test_the_banner_of_a_synthetic_edition_says_so_and_names_edition_and_contact(page):
    head = BeautifulSoup(page.head("Annual report"), "html.parser")
    assert head.h1.get_text() == "Annual report"
    words = head.get_text(" ")
    for part in ("SYNTHETIC", "no real person or event", "0" * 12, "Contact", "Draft"):
        assert part in words


def test_the_banner_of_real_records_has_no_synthetic_mark():
    real = Page(small_edition(2004, synthetic=False), 2004, "calendar")
    assert "SYNTHETIC" not in real.head("Annual report")


def test_internal_records_say_internal_in_the_banner():
    source = small_edition()
    inside = open_page(
        internal=Internal(**{name: getattr(source, name) for name in source.__dataclass_fields__})
    )
    assert "INTERNAL" in inside.head("Explore")


def test_the_banner_says_who_may_be_asked_and_that_nothing_was_issued_yet(page):
    head = page.head("Annual report")
    assert "Draft, not approved for circulation; not issued yet" in head
    assert "31 December 2004" in head and "Monitoring and evaluation officer" in head


def test_a_report_of_an_earlier_year_holds_nothing_later(tmp_path):
    page = open_page(write_small_edition(tmp_path / "2004"), year=2003)
    assert set(page.released.frame["period"].str[:4]) == {"2003"}
    assert not page.released.frame["period"].str.contains("2004").any()


def test_without_boundaries_a_province_is_checked_against_the_cells():
    bare = replace(small_edition(), geometry=None)
    inside = open_page(
        internal=Internal(**{name: getattr(bare, name) for name in bare.__dataclass_fields__}),
        province="KH12",
    )
    assert inside.province == "KH12"
