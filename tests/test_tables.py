"""Tables: what a cell may be, how what is not a number reads, and what the fact sheet is held against."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.base.errors import NotReleasedError, ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.edition import Internal
from ctip_analysis.page import fact_sheet, quotes, tables, targets
from ctip_analysis.page.table_html import Table


@pytest.fixture
def edition():
    return small_edition()


def read(table: Table) -> dict[str, list[str]]:
    """Row head → the texts of its cells, as a reader of the HTML finds them."""
    rows = BeautifulSoup(table.html(), "html.parser").select("tbody tr")
    return {row.th.get_text(): [cell.get_text() for cell in row.select("td")] for row in rows}


BUILDERS = {
    "by_province": lambda source: tables.by_province(source, ["performances_held"], "2004"),
    "by_period": lambda source: tables.by_period(source, ["performances_held"], "quarter"),
    "by_partner": lambda source: tables.by_partner(source, ["police_training_completions"], "2004"),
    "by_sex_and_age": lambda source: tables.by_sex_and_age(source, "clients_assisted", "2004"),
    "definitions": lambda source: tables.definitions(source, ["performances_held"]),
    "published": fact_sheet.published,
    "unplaced": fact_sheet.unplaced,
    "quotable": quotes.quotable,
    "targets": lambda source: targets.targets(source, "2004"),
    "standards": targets.standards,
}


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_every_builder_refuses_a_plain_data_frame(build):
    with pytest.raises(NotReleasedError, match="read it from an edition"):
        build(pd.DataFrame({"value": [3]}))


def test_zero_withheld_no_data_and_not_applicable_read_differently(edition):
    rows = read(tables.by_province(edition, ["performance_attendance"], "2004"))
    assert rows["Kampot"] == ["0"]
    assert rows["Kep"] == rows["Pailin"] == ["withheld"]
    assert rows["Mondul Kiri"] == ["no data"]
    assert rows["Otdar Meanchey"] == ["not applicable"]


def test_the_words_of_a_table_are_explained_below_it(edition):
    note = BeautifulSoup(
        tables.by_province(edition, ["performance_attendance"], "2004").html(), "html.parser"
    )
    assert "to protect people" in note.select_one("p.note").get_text()


def test_provinces_stand_by_name_and_the_country_last(edition):
    names = list(read(tables.by_province(edition, ["performances_held"], "2004")))
    assert names[:-1] == sorted(names[:-1])
    assert names[-1] == "Cambodia"
    assert len(names) == 25


def test_the_country_is_the_sum_of_the_provinces_where_they_add_up(edition):
    rows = read(tables.by_province(edition, ["performances_held"], "2004"))
    country = int(rows.pop("Cambodia")[0])
    assert sum(int(held) for (held,) in rows.values()) == country


def test_a_withheld_part_makes_its_rate_withheld(edition):
    asked = ["performance_attendance:per_1000_residents"]
    assert read(tables.by_province(edition, asked, "2004"))["Kep"] == ["withheld"]


def test_every_cell_is_a_fact_that_can_be_found_again(edition):
    table = tables.by_province(edition, ["performance_attendance", "performances_held"], "2004")
    assert len(table.facts) == 2 * 25
    assert all(facts.fact(edition, cell.id) == cell for cell in table.facts)


def test_a_table_has_caption_scopes_and_source(edition):
    page = BeautifulSoup(tables.by_province(edition, ["performances_held"], "2004").html(), "html.parser")
    assert page.caption.get_text().startswith("Performances held by province, 2004")
    assert {head["scope"] for head in page.select("thead th")} == {"col"}
    assert {head["scope"] for head in page.select("tbody th")} == {"row"}
    assert page.select_one("p.source").get_text().startswith("Source: synthetic sample")


@pytest.mark.parametrize(("synthetic", "marked"), [(True, True), (False, False)])
def test_only_a_synthetic_edition_has_synthetic_in_every_caption(synthetic, marked):
    table = tables.by_province(small_edition(2004, synthetic), ["performances_held"], "2004")
    assert ("SYNTHETIC" in BeautifulSoup(table.html(), "html.parser").caption.get_text()) is marked


def test_internal_records_are_marked_internal(edition):
    parts = {field.name: getattr(edition, field.name) for field in dataclasses.fields(edition)}
    inside = Internal(**parts)
    assert "INTERNAL" in tables.by_period(inside, ["performances_held"], "year").html()


def test_quarters_stand_in_time_order_and_can_be_kept_to_one_year(edition):
    both = list(read(tables.by_period(edition, ["performances_held"], "quarter")))
    assert (both[0], both[-1]) == ("January–March 2003", "October–December 2004")
    within = read(tables.by_period(edition, ["performances_held"], "quarter", within="2004"))
    assert list(within) == both[4:]


def test_partners_with_none_are_left_out_and_that_is_said(edition):
    table = tables.by_partner(edition, ["police_training_completions"], "2003")
    assert read(table) == {"CDP": ["40"], "All partners": ["40"]}
    assert "left out" in table.note


def test_an_unknown_indicator_is_named_with_those_there_are(edition):
    with pytest.raises(ParameterError, match=r"no indicator 'performance'.*performances_held"):
        tables.by_province(edition, ["performance"], "2004")


def test_a_qualifier_common_to_a_column_stands_in_its_head(edition):
    frame = edition.frame.assign(qualifier="estimated")
    estimated = dataclasses.replace(edition, frame=frame)
    head = tables.by_province(estimated, ["performance_attendance"], "2004").columns[1]
    assert head == "Attendance at performances\nattendances, estimated"


def test_words_can_not_become_markup():
    table = Table("<b>", ("a<", "b"), (("<i>", "x & y"),), source="<script>")
    assert not re.search(r"<(b|i|script)>", table.html())


# The fact sheet


def test_all_28_figures_stand_in_the_comparison(edition):
    found = fact_sheet.published(edition)
    assert len([row for row in found.rows if len(row) > 1]) == 28


def test_every_mapped_fact_names_an_indicator_and_a_way_to_derive_it():
    known = reference.table("indicators").set_index("id")
    for text in reference.table("fact_sheet_comparison")["fact"]:
        wanted = facts.FactId.parse(text) if text else None
        if wanted is None:
            continue
        assert wanted.indicator in known.index
        assert wanted.period in ("2004", "2003-01-01/2004-12-31")
        assert wanted.partner in ("", "IJM", "CDP")
        assert wanted.derivation in ("", "per=performances_counted")


def row_of(source, words):
    return next(row for row in fact_sheet.published(source).rows if str(row[0]).startswith(words))


def test_on_synthetic_records_agreement_reads_made_to_agree(edition):
    assert row_of(edition, "Police officers trained by IJM")[3].startswith("made to agree")
    assert "reconciled" not in fact_sheet.published(edition).html()


def test_on_real_records_agreement_reads_agrees():
    real = small_edition(2004, synthetic=False)
    assert row_of(real, "Police officers trained by IJM")[3].startswith("agrees")


def test_a_difference_gives_its_reason(edition):
    row = row_of(edition, "People directly exposed")
    assert row[1].value == 150_000
    assert "adds up single events" in row[3] or "add up single events" in row[3]


def test_nothing_is_compared_beside_a_withheld_count(edition):
    hidden = edition.frame["indicator"].eq("police_training_completions")
    frame = edition.frame.assign(
        status=edition.frame["status"].mask(hidden, "withheld"), value=edition.frame["value"].mask(hidden)
    )
    row = row_of(dataclasses.replace(edition, frame=frame), "Police officers trained by IJM")
    assert row[2].status == "withheld"
    assert row[3] == "not compared"


def test_the_twenty_figures_without_a_period_are_listed(edition):
    assert len(fact_sheet.unplaced(edition).rows) == 20


def test_a_synthetic_edition_offers_only_published_and_derived_figures_to_quote(edition):
    offered = quotes.quotable(edition).quotes
    assert offered
    assert {quote.main.kind for quote in offered} <= {"published", "derived"}
    assert 'class="fact synthetic' not in quotes.quotable(edition).html()


def test_a_real_edition_also_offers_counted_figures():
    offered = quotes.quotable(small_edition(2004, synthetic=False)).quotes
    assert offered[0].main.id == "performance_attendance:2004::::"
    assert len(offered) <= 8


def test_a_quotation_carries_qualifier_unit_period_and_what_not_to_write(edition):
    quote = next(quote for quote in quotes.quotable(edition).quotes if "exposed" in quote.main.id)
    words = BeautifulSoup(quote.html(), "html.parser").get_text()
    assert words.startswith("An estimated 150,000 people")
    assert "First and second year of implementation" in words
    assert "Not to be written" in words
    assert "people_directly_exposed:unstated::::" in words


def test_a_missing_baseline_is_said_aloud(edition):
    rows = read(targets.targets(edition, "2004"))
    assert rows["Attendance at performances"][:2] == ["no baseline", "no target"]
    held = next(cells for name, cells in rows.items() if name.startswith("Performances held"))
    assert held[:2] == ["no baseline", "90 performances"]


def test_standard_indicators_say_which_can_be_reported_and_why_not(edition):
    rows = read(targets.standards(edition))
    assert rows["PS.5.1-28"][1].startswith("in part")
    assert rows["PS.5.1-29"][1] == "no"
    assert all(cells[2] for cells in rows.values())
