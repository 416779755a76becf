"""Pages: periods, banner, sentences, and what a page may be opened on."""

from __future__ import annotations

import pandas as pd
import pytest
from small_edition import small_edition, write_small_edition

from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.edition import Edition
from ctip_analysis.page import Page, open_page


def test_a_page_has_its_year_the_one_before_and_the_span_to_date(page):
    assert (page.period, page.previous, page.to_date) == ("2004", "2003", "2003-01-01/2004-12-31")


def test_the_first_year_has_none_before_it_and_nothing_later():
    first = open_page(small_edition(), year=2003)
    assert not first.previous
    assert first.to_date == "2003-01-01/2003-12-31"
    assert set(first.edition.frame["period"].str[:4]) == {"2003"}


def test_a_page_may_be_opened_twice_from_a_folder_and_an_edition(tmp_path):
    once = open_page(
        str(write_small_edition(tmp_path / "2004")), year="2004", basis="calendar", language="en"
    )
    again = open_page(once.edition, year=2004, province="Kampot")
    assert (once.period, again.province, again.place, once.place) == ("2004", "KH07", "Kampot", "Cambodia")


def test_a_missing_edition_says_what_to_run(tmp_path):
    with pytest.raises(MissingFileError, match="make report"):
        open_page(tmp_path / "2004")


def test_something_that_is_no_edition_is_refused():
    with pytest.raises(ParameterError, match=r"folder of an edition.*found int"):
        open_page(2004)


@pytest.mark.parametrize(
    "source", [small_edition().frame, pd.DataFrame({"client_id": ["C1"]})], ids=["cells", "records"]
)
def test_unprotected_cells_and_records_make_an_internal_page(source, shown):
    inside = open_page(source, year=2004)
    inside.banner("Explore")
    assert inside.edition.is_internal
    assert "INTERNAL" in shown().header.get_text()


def test_an_internal_table_shows_rows_as_they_are_and_is_marked(shown):
    info = {"year": 2004, "basis": "calendar", "is_synthetic": True}
    rows = pd.DataFrame({
        "event_date": [pd.Timestamp(2004, 3, 26), None], "attendance_total": [7400, None], "is_counted": [True, False],
        "note": ["2 shows", None],
    })  # fmt: skip
    Page(Edition.internal(small_edition().frame, info), 2004).table(rows, "Two events")
    found = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in shown().select("tr")]
    assert found == [
        ["Event date", "Attendance total", "Is counted", "Note"],
        ["2004-03-26", "7,400", "yes", "2 shows"],
        ["–", "–", "no", "–"],
    ]
    assert "INTERNAL" in shown().caption.get_text() and "SYNTHETIC" in shown().caption.get_text()


def test_the_banner_has_title_place_year_and_mark_and_no_heading_of_its_own(shown):
    Page(small_edition(), 2004, province="KH07").banner("Province <profile>")
    head = shown().select_one("header.report-head")
    assert head.select_one(".title").get_text() == "Province <profile>"
    assert head.select_one(".subtitle").get_text() == "Kampot, 2004, calendar year"
    assert head.select_one("p.mark.synthetic strong").get_text() == "SYNTHETIC"
    assert head.h1 is None  # in a notebook the first cell has the title


def test_real_records_have_no_synthetic_mark(shown):
    Page(small_edition(synthetic=False), 2004).banner("Report")
    assert "SYNTHETIC" not in shown().get_text()


def test_what_a_page_shows_is_html_with_its_mark_and_plain_text(page, outputs):
    page.say(f"## {page.edition.fact('performances_held:2004'):unit}\n\nIn {page.period:label}.")
    assert outputs[0]["metadata"] == {"ctip": True}
    assert outputs[0]["data"]["text/plain"] == "110 performances In 2004."
    assert outputs[0]["data"]["text/html"].startswith(
        '<div class="say"><h2><data class="fact synthetic shown"'
    )


def test_a_sentence_gives_way_to_the_next_where_a_fact_is_withheld(page, shown):
    hidden = page.edition.fact("clients_assisted:2004:KH02")
    page.say(f"## {hidden:unit} came", "## Clients came")
    assert shown().get_text() == "Clients came"
    page.say(f"## Clients: {hidden}")
    assert shown().get_text() == "Clients: a number withheld to protect people"


def test_a_number_typed_into_any_of_the_sentences_is_refused(page, outputs):
    with pytest.raises(ParameterError, match="typed by hand"):
        page.say("Fine.", "There were 12.")
    assert not outputs


def test_nothing_is_shown_in_place_of_an_empty_sentence(page, outputs):
    page.say(f"{page.edition.fact('clients_assisted:2004:KH02')} came.", "")
    assert not outputs
