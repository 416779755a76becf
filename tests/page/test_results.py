"""Results by pillar, targets of their own year, the life table worked by hand, and the tables of an annex."""

from __future__ import annotations

import dataclasses
import re

import pytest
from small_edition import cell, edition_of, small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import Fact
from ctip_analysis.page import Page
from ctip_analysis.page.text import plain

SPAN = "2003-01-01/2004-12-31"
TABLES = (
    "rules", "assumptions", "corrections", "quotable", "fact_sheet", "unplaced", "money",
    "money_history", "targets", "standards",
)  # fmt: skip
#         judged, still open
COUNTS = {"0_6m": (20, 40), "6_12m": (30, 20), "12_18m": (40, 0), "18_24m": (20, 10), "24m_plus": (5, 15)}


def test_a_pillar_lists_its_results_of_the_year_and_to_date(page):
    rows = page.results("prevention").set_index("Result").to_dict("index")
    assert rows["Provinces planned for the campaign"]["2004"] == "to date only"
    assert f"{rows['Provinces planned for the campaign']['To date']:n}".endswith(">18</data>")
    assert str(rows["Provinces with a performance"]["To date"]) == "13"


def test_in_the_first_year_a_result_has_one_number():
    first = "2003-01-01/2003-12-31"
    planned = cell("campaign_provinces_planned", first, 18)
    page = Page(edition_of(cell("performances_held", "2003", 21), cell("performances_held", first, 21), planned), 2003)
    rows = dataclasses.replace(page, edition=_began(page, first)).results("prevention").set_index("Result")
    assert list(rows) == ["2003", "Does not count"]
    assert [str(rows.loc[name, "2003"]) for name in ("Performances held", "Provinces planned for the campaign")] == [
        "21", "18",
    ]  # fmt: skip


def _began(page, span):
    return dataclasses.replace(page.edition, info={**page.edition.info, "to_date": span})


def test_a_withheld_result_reads_as_withheld_and_not_as_missing():
    page = Page(edition_of(cell("convictions_advised", "2004", None), cell("convictions_advised", SPAN, 30)), 2004)
    row = page.results("prosecution").set_index("Result").loc["Convictions in cases advised by IJM"]
    assert (row["2004"].status, str(row["To date"])) == ("withheld", "30")


def test_stages_and_durations_of_cases_are_left_out(page):
    names = page.results("prosecution")["Result"]
    assert not names.str.contains("judged|months").any()


def test_an_unknown_pillar_is_refused_with_the_nearest(page):
    with pytest.raises(ParameterError, match="did you mean prevention"):
        page.results("preventing")


def life_table(**status: str) -> list[str]:
    """Shares not yet judged; 200 cases: 115 judged, 85 open."""
    cells = [
        cell(name, SPAN, count, status.get(name, "shown"))
        for band, pair in COUNTS.items()
        for name, count in zip((f"cases_judged_{band}", f"cases_open_{band}"), pair, strict=True)
    ]
    shares = Page(edition_of(*cells), 2004).survival()["Not yet judged at the end"]
    return [str(share) for share in shares[:-1]]


def test_an_open_case_leaves_half_way_through_its_interval():
    # 0-6: 200 at risk, 40 open: 1 - 20/180 = .8889. 6-12: 140 left, 20 open: x (1 - 30/130) = .6838
    # 12-18: 90 left, none open: x (1 - 40/90) = .3799. 18-24: 50 left, 10 open: x (1 - 20/45) = .2110
    assert life_table() == ["88.9%", "68.4%", "38.0%", "21.1%"]


@pytest.mark.parametrize("hidden", ["cases_judged_6_12m", "cases_open_24m_plus"])
def test_one_withheld_number_withholds_every_share(hidden):
    assert life_table(**{hidden: "withheld"}) == ["a number withheld to protect people"] * 4


def test_a_life_table_that_is_mostly_withheld_is_empty():
    cells = [cell(f"cases_{kind}_{band}", SPAN, None) for band in COUNTS for kind in ("judged", "open")]
    assert Page(edition_of(*cells), 2004).survival().empty


def targets_of(period: str, target: str = "90") -> list[list[str]]:
    """Actual, share and whether it is met of one target for performances in *period*, in plain text."""
    edition = small_edition()
    moved = dataclasses.replace(edition, targets=edition.targets.assign(period=period, target=target))
    rows = Page(moved, 2004).targets()[["Baseline", "Target", "Actual", "Of target", "Met"]]
    return [[plain(str(cell)) for cell in row] for row in rows.itertuples(index=False)]


@pytest.mark.parametrize(
    ("period", "target", "compared"),
    [
        ("2003-01-01/2004-12-31", "90", ["207", "230.0%", "yes"]),  # 207 of 90
        ("2004", "110", ["110", "100.0%", "yes"]),
        ("2004", "200", ["110", "55.0%", "no"]),  # 110 of 200
        ("2003-01-01/2005-12-31", "90", ["207 performances so far", "", "period has not ended"]),
        ("2002-01-01/2004-12-31", "90", ["not counted", "", "not counted"]),
    ],
)
def test_a_target_is_compared_with_what_was_counted_in_its_own_period(period, target, compared):
    assert targets_of(period, target) == [["no baseline", target, *compared]]


@pytest.mark.parametrize("period", ["2003", "2005", "FY2004", "2005-01-01/2006-12-31"])
def test_a_target_of_another_period_is_not_compared_with_this_year(period):
    assert targets_of(period) == []


def test_a_target_of_a_withheld_number_is_not_compared():
    cells = [cell("clients_assisted", "2004", None)]
    aim = small_edition().targets.assign(indicator="clients_assisted", period="2004")
    row = Page(edition_of(*cells, targets=aim), 2004).targets().iloc[0]
    assert (row["Met"], row["Of target"].status) == ("withheld to protect people", "withheld")


def test_standard_indicators_say_which_can_be_reported_and_why_not(page):
    rows = page.standards().set_index("Code")
    assert rows["Condition or reason"].ne("").all()
    answers = {
        code.split(">")[1].split("<")[0] if "<" in code else code: answer
        for code, answer in rows["Can it be reported?"].items()
    }
    assert answers["PS.5.1-28"].startswith("in part")
    assert answers["PS.5.1-29"] == "no"


def test_ready_tables_hold_facts_and_no_bare_numbers(page):
    frame = page.results("prevention")
    assert all(isinstance(cell, Fact | str) for name in ("2004", "To date") for cell in frame[name])


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
