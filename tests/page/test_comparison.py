"""The fact sheet beside the records, money side by side, corrections, sentences to quote."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.edition import KEYS, Fact, FactId, open_edition
from ctip_analysis.page import Page


def row_of(page: Page, words: str) -> pd.Series:
    frame = page.fact_sheet()
    return frame[frame["Figure"].str.startswith(words)].iloc[0]


def test_all_28_figures_are_compared_and_20_have_no_period(page):
    assert (len(page.fact_sheet()), len(page.unplaced())) == (28, 20)


def test_every_mapped_fact_names_an_indicator_of_the_reference():
    known = set(reference.table("indicators")["id"])
    mapped = [
        FactId.parse(text) for text in reference.table("fact_sheet_comparison")["fact"].fillna("") if text
    ]
    assert mapped and {fact.indicator for fact in mapped} <= known


@pytest.mark.parametrize(("synthetic", "words"), [(True, "made to agree"), (False, "agrees")])
def test_agreement_of_made_up_records_reads_made_to_agree(synthetic, words):
    row = row_of(Page(small_edition(synthetic=synthetic), 2004), "Police officers trained by IJM")
    assert words in row["Why they differ"]
    assert str(row["Published"]) == str(row["Records"]) == "161"


def test_a_difference_gives_its_reason(page):
    row = row_of(page, "People directly exposed")
    assert row["Published"].value == 150_000
    assert "single events" in row["Why they differ"]


def test_nothing_is_compared_with_a_withheld_number():
    edition = small_edition()
    hidden = edition.frame["indicator"].eq("police_training_completions")
    frame = edition.frame.assign(
        status=edition.frame["status"].mask(hidden, "withheld"), value=edition.frame["value"].mask(hidden)
    )
    row = row_of(Page(dataclasses.replace(edition, frame=frame), 2004), "Police officers trained by IJM")
    assert (row["Records"].status, row["Why they differ"]) == ("withheld", "not compared")


def test_published_lists_and_obligations_stand_apart(edition_2004):
    page = Page(open_edition(edition_2004), 2004)
    amounts = {
        what.partition(", <")[0]: str(fact)
        for what, fact in zip(*(page.money()[name] for name in ("What", "US dollars")), strict=True)
    }
    assert amounts["USAID support to counter-trafficking in Cambodia"] == "about USD 5,000,000"
    assert (
        amounts["USAID grants in the State Department's list"] == "USD 2,050,010"
    )  # 890,000 + 94,012 + 65,998 + 1,000,000
    assert amounts["Grants of all US agencies in those lists"] == "USD 6,591,116"
    assert (
        amounts["Obligations on record"] == "USD 2,050,010"
    )  # of fiscal year 2003 alone: the list of 2004 is not on record


def test_every_amount_of_the_history_is_published_money_with_an_id_of_its_own():
    history = Page(small_edition(2014), 2014).money_history()
    amounts = [cell for cell in history["US dollars"] if isinstance(cell, Fact)]
    assert amounts and {(fact.unit, fact.kind) for fact in amounts} == {("USD", "published")}
    assert len({fact.id for fact in amounts}) == len(amounts)


def test_the_history_names_the_other_donor_and_nothing_later_than_the_year():
    early, late = (Page(small_edition(year), year).money_history() for year in (2004, 2014))
    assert early["Note"].str.contains("State-funded").any()
    assert len(early) < len(late)


def test_a_year_before_the_fact_sheet_has_no_published_amount_and_no_later_spending():
    page = Page(small_edition().until("2003"), 2003)
    assert not page.money()["What"].str.contains("USAID").any()
    assert "USAID spending, first phase" not in set(page.money_history()["What is stated"])


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
