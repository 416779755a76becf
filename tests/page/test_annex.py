"""The annex: the edition's rules, assumptions where they apply, corrections, sentences to quote."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import KEYS
from ctip_analysis.page import Page

TABLES = (
    "rules", "assumptions", "corrections", "quotable", "fact_sheet", "unplaced", "money",
    "money_history", "targets", "standards",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_every_ready_table_can_be_shown_and_has_no_number_of_its_own(name, page, shown):
    page.table(getattr(page, name)(), "A table")
    table = shown().tbody
    for one in table.select("data, span.quoted"):
        one.decompose()
    texts = [cell.get_text() for cell in table.select("td, th")]
    assert not [text for text in texts if re.search(r"\d", text) and text not in page.labels]


def test_definitions_say_what_is_counted_and_what_is_not(page):
    frame = page.definitions(["performances_held", "clients_assisted"])
    assert frame["Indicator"].tolist() == ["Performances held", "Clients assisted"]
    with pytest.raises(ParameterError, match="no indicator 'performance_held'; did you mean performances_held"):
        page.definitions(["performance_held"])


def test_withheld_names_results_and_gives_no_number(page):
    said = page.withheld()
    assert said.startswith("Withheld for some groups or places only: ")
    assert "clients assisted" in said and "erformances held" not in said
    assert not re.search(r"\d", said.replace("2004", ""))
    page.say(said)


def test_a_year_with_nothing_withheld_says_nothing_of_it(page):
    frame = page.edition.frame
    everything = dataclasses.replace(page.edition, frame=frame.assign(status="shown"))
    assert Page(everything, 2004).withheld() == ""


def test_real_records_have_only_the_assumption_that_applies_to_them():
    synthetic, real = (Page(small_edition(synthetic=made), 2004).assumptions() for made in (True, False))
    assert (len(synthetic), len(real)) == (7, 1)


def test_a_year_before_the_fact_sheet_has_no_assumption_and_no_quotation_of_it():
    page = Page(small_edition().until("2003"), 2003)
    assert "A0" not in set(page.assumptions()["Assumption"])
    assert page.quotable(published=True).empty and page.unplaced().empty and page.fact_sheet().empty


def changed(*rows: tuple) -> Page:
    """A page of an edition with corrections: indicator, period, province, then old, new, reason."""
    names = ("indicator", "period", "adm1_code", "old", "new", "reason")
    same = {**dict.fromkeys(KEYS, ""), "period_basis": "calendar"}
    made = [{**same, **dict(zip(names, row, strict=True))} for row in rows]
    return Page(dataclasses.replace(small_edition(), changes=pd.DataFrame(made)), 2004)


def test_a_correction_has_both_numbers_and_a_withdrawal_none():
    nan = float("nan")
    page = changed(
        ("cases_tried", "2004", "", 40.0, 24.0, "records_corrected"),
        ("clients_assisted", "2004", "KH02", nan, nan, "withdrawn"),
    )
    first, second = page.corrections().itertuples(index=False)
    assert (str(first.Before), str(first.Now), first.Why) == ("40", "24", "the records were corrected")
    assert (second.Before.status, second.Now.status, second.Place) == ("withheld", "withheld", "Battambang")


def test_of_many_corrections_the_national_ones_of_years_are_listed():
    months = [
        ("performances_held", f"2004-{n:02d}", code, 5.0, 4.0, "records_corrected")
        for n in range(1, 13)
        for code in ("", "KH12")
    ]
    page = changed(*months, ("cases_tried", "2004", "", 40.0, 24.0, "records_corrected"))
    assert page.corrections()["period"].tolist() == ["2004"]


def test_sentences_of_the_reporting_year_come_first_and_published_ones_apart(page):
    own, published = page.quotable(), page.quotable(published=True)
    assert own["Sentence"].str.contains("2004").all() and "fact published" not in own["Sentence"].str.cat()
    assert "an estimated 150,000 people" in published["Sentence"].str.cat()
    assert "fact synthetic" not in published["Sentence"].str.cat()


def test_a_real_edition_also_offers_counted_figures():
    offered = Page(small_edition(synthetic=False), 2004).quotable()
    assert "performance_attendance:2004" in offered["Sentence"].iloc[0]
    assert len(offered) <= 8
