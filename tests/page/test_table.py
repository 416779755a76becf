"""Tables: tidy frames, the same side by side, and an analyst's own frames."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import quoted
from ctip_analysis.page import Page

ONE_ROW = pd.DataFrame({"what": ["a"]})


def rows(table: BeautifulSoup) -> list[list[str]]:
    """The texts of a table row by row, its header first."""
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.select("tr")]


def test_zero_withheld_no_data_and_not_applicable_read_differently(page, shown):
    page.table(page.edition.cells("performance_attendance", by="province", period="2004"), "Attendance")
    found = dict(rows(shown())[1:])
    assert (found["Kampot"], found["Kep"]) == ("0", "withheld to protect people")
    assert (found["Mondul Kiri"], found["Otdar Meanchey"]) == ("no data", "not applicable")


def test_a_tidy_frame_loses_constant_columns_ids_and_geometry(page, shown):
    cells = page.edition.cells("performances_held", by="province", period="2004")
    page.table(page.edition.provinces("2004").merge(cells, on="adm1_code"), "Held")
    assert rows(shown())[0] == ["Province", "Performances held (performances)"]
    assert rows(shown())[12] == ["Phnom Penh", "8"]


def test_each_number_is_a_fact_of_the_edition(page, shown):
    cells = page.edition.cells("performances_held", by="quarter")
    page.table(cells, "Held")
    facts = shown().select("td.number > data.fact.synthetic.shown")
    assert [fact["value"] for fact in facts] == cells["id"].tolist()
    assert [fact.get_text() for fact in facts] == [f"{value:.0f}" for value in cells["value"]]


def test_rows_have_periods_in_words_and_heads_have_scopes(page, shown):
    page.table(page.edition.cells("performances_held", by="quarter", period="2004"), "Held")
    assert [row[0] for row in rows(shown())] == [
        "Period", "January–March 2004", "April–June 2004", "July–September 2004", "October–December 2004",
    ]  # fmt: skip
    assert shown().select_one("tbody th data.period")["value"] == "2004Q1"
    assert {head["scope"] for head in shown().select("thead th")} == {"col"}
    assert {head["scope"] for head in shown().select("tbody th")} == {"row"}


def test_several_indicators_stand_side_by_side_with_their_units(page, shown):
    page.table(
        page.edition.cells(["performances_held", "performance_attendance"], by="year"),
        "Both",
        columns="indicator",
    )
    head, first, second = rows(shown())
    assert head == [
        "Period", "Performances held (performances)", "Attendance at performances (attendances, estimated)",
    ]  # fmt: skip
    assert (first[:2], second[:2]) == (["2003", "97"], ["2004", "110"])


def test_a_count_and_its_rate_are_two_columns(page, shown):
    held = page.edition.cells("performances_held", by="year")
    rate = page.edition.cells("performances_held", by="year", derive="per_1000_residents")
    page.table(pd.concat([held, rate]), "Both", columns="indicator")
    assert rows(shown())[0][2] == "Performances held (performances per 1,000 residents)"


def test_periods_side_by_side_name_the_unit_in_the_caption(page, shown):
    page.table(page.edition.cells("performances_held", by=["province", "year"]), "Held", columns="period")
    assert rows(shown())[0] == ["Province", "2003", "2004"]
    assert shown().caption.get_text() == "Held (performances) SYNTHETIC"


def test_sex_and_age_have_words(page, shown):
    page.table(
        page.edition.cells("clients_assisted", by=["sex", "age"], period="2004"), "Clients", columns="sex"
    )
    head, *body = rows(shown())
    assert head == ["Age", "Female", "Male", "Sex unknown"]
    assert ["15 to 17", "240", "60", "withheld to protect people"] in body


def test_two_rows_for_one_place_of_a_wide_table_are_refused(page):
    twice = pd.concat([page.edition.cells("performances_held", by="year")] * 2)
    with pytest.raises(ParameterError, match="two rows have the same labels"):
        page.table(twice, "Held", columns="period")
    with pytest.raises(ParameterError, match="no such column"):
        page.table(twice, "Held", columns="perod")


def test_a_pandas_pivot_of_ids_prints_facts(page, shown):
    cells = page.edition.cells("performances_held", by=["province", "year"])
    page.table(cells.pivot(index="province", columns="period", values="id"), "Held")
    assert rows(shown())[0] == ["Province", "2003", "2004"]
    assert shown().select_one("td data")["value"] == "performances_held:2003:KH01:::"


def test_the_ends_of_an_interval_are_facts_too(page, shown):
    page.table(page.edition.cells("performances_held", by="year", interval=True), "Held")
    assert rows(shown())[0][2:] == ["Interval from", "Interval to"]
    low = shown().select("td data")[1]
    assert low["value"] == "performances_held:2003:::::interval_low" and "own" not in low["class"]


def test_a_changed_value_is_an_own_calculation_and_no_fact(page, shown):
    doubled = page.edition.cells("performances_held", by="year").assign(
        value=lambda frame: 2 * frame["value"]
    )
    page.table(doubled, "Doubled")
    found = shown().select("data.own.shown")
    assert [(one["value"], one["title"], one.get_text()) for one in found] == [
        ("calculated", "own calculation", "194"), ("calculated", "own calculation", "220"),
    ]  # fmt: skip
    assert "own calculation" in shown().select_one(".below .source").get_text()


def test_a_value_put_in_the_place_of_a_withheld_one_is_no_fact(page, shown):
    cells = page.edition.cells("clients_assisted", by="province", period="2004")
    page.table(cells.assign(value=7.0, status="shown"), "Made up")
    assert not shown().select("data.synthetic")


def test_columns_of_an_analyst_are_kept_beside_the_cells(page, shown):
    cells = page.edition.cells("performances_held", by="year").assign(
        budget=[10.5, 11.0], remark=["planned", "revised"]
    )
    page.table(cells, "Held and budget")
    assert rows(shown())[1] == ["2003", "10.5", "planned", "97"]
    assert [cell.data["class"][1] for cell in shown().select("td.number")][:2] == ["own", "synthetic"]


def test_text_is_left_and_numbers_are_right_aligned(page, shown):
    page.table(pd.DataFrame({"Programme": ["x"], "Note": ["y"], "Cost": [3.0]}), "Own")
    assert [cell.get("class") for cell in shown().select("th, td")] == [
        None,
        None,
        ["number"],
        None,
        None,
        ["number"],
    ]


def test_a_frame_without_status_is_refused_where_numbers_are_withheld(page):
    summed = (
        page.edition.cells("clients_assisted", by="sex", period="2004")
        .groupby("sex", as_index=False)["value"]
        .sum()
    )
    with pytest.raises(ParameterError, match=r"no column status.*edition\.cells.*ctip\.total"):
        page.table(summed, "Clients by sex")


def test_a_frame_without_status_is_an_own_calculation_where_nothing_is_withheld(page, shown):
    held = (
        page.edition.cells("performances_held", by="year").groupby("indicator", as_index=False)["value"].sum()
    )
    page.table(held, "Held in both years")
    assert shown().select_one("data.own").get_text() == "207"


def test_a_number_typed_into_a_cell_a_head_or_the_caption_is_refused(page, outputs):
    for frame, caption in [
        (pd.DataFrame({"what": ["about 12 shows"]}), "Shows"),
        (pd.DataFrame({"shows of 12": ["some"]}), "Shows"),
        (ONE_ROW, "12 shows"),
    ]:
        with pytest.raises(ParameterError, match="typed by hand"):
            page.table(frame, caption)
    assert not outputs


def test_quotations_facts_and_labels_of_the_edition_may_have_digits(page, shown):
    held = page.edition.fact("performances_held:2004")
    rule = page.edition.info["rules"][0]
    page.table(pd.DataFrame({"what": [quoted("the 2009 audit"), f"{held:unit} held", rule]}), "Words")
    assert [row[0] for row in rows(shown())[1:]] == ["the 2009 audit", "110 performances held", rule]


def test_words_can_not_become_markup(page, shown):
    page.table(pd.DataFrame({"<i>": ["x & <script>y</script>"]}), "Words")
    assert not shown().select("i, script")
    assert rows(shown()) == [["<i>"], ["x & <script>y</script>"]]


def test_an_empty_frame_says_none(page, shown):
    page.table(pd.DataFrame({"Result": [], "Why": []}), "Nothing")
    assert rows(shown())[1][0] == "none"
    page.table(page.edition.cells("performances_held", by="year").head(0), "Nothing", columns="indicator")
    assert rows(shown())[1][0] == "none"


def test_note_and_source_stand_below_the_table(page, shown):
    page.table(page.edition.cells("performances_held", by="year"), "Held", note="Counts *performances*.")
    assert shown().select_one(".below").get_text(" ") == (
        "Counts  performances . Source: synthetic sample of programme records."
    )


@pytest.mark.parametrize("synthetic", [True, False])
def test_only_a_synthetic_edition_marks_its_captions(synthetic, shown):
    page = Page(small_edition(synthetic=synthetic), 2004)
    page.table(page.edition.cells("performances_held", by="year"), "Held")
    assert ("SYNTHETIC" in shown().caption.get_text()) is synthetic


def test_published_figures_of_a_synthetic_edition_are_not_called_synthetic(page, shown):
    page.table(page.unplaced(), "Figures without a period")
    assert "SYNTHETIC" not in shown().get_text()
    assert len(shown().select("data.published")) == 20



def test_a_row_of_which_more_than_half_is_withheld_becomes_a_sentence_with_its_numbers(page, shown):
    cells = page.edition.cells(["clients_assisted", "cases_investigated", "cases_charged"], by="year")
    page.table(cells, "Clients and cases", columns="indicator")
    (known,) = cells.query("indicator == 'clients_assisted' and period == '2003'")["value"]
    assert [row[0] for row in rows(shown())] == ["Period", "2004"]
    assert "withheld" not in shown().table.get_text()
    sentence = shown().select_one(".below p").get_text()
    said = f"2003 – Clients assisted (people): {known:,.0f}; the other numbers are"
    assert sentence == f"{said} withheld to protect people."


def test_a_table_without_a_readable_row_is_sentences_alone(page, shown):
    cells = page.edition.cells("clients_assisted", by=["sex", "age"], period="2004")
    page.table(cells[cells["sex"].eq("unknown")], "Clients", columns="age_band")
    assert shown().table is None
    assert "All numbers are withheld to protect people." in shown().get_text()


def test_rows_of_facts_without_a_number_are_named_in_one_sentence(page, shown):
    names = ["cases_charged", "cases_tried", "clients_assisted"]
    facts = [page.edition.fact(f"{name}:2003") for name in names]
    frame = pd.DataFrame({"Result": ["Charged", "Tried", "Clients"], "Before": facts, "Since": facts})
    page.table(frame, "Results")
    assert [row[0] for row in rows(shown())] == ["Result", "Clients"]
    assert shown().select_one(".below p").get_text() == "All numbers are withheld to protect people of: Charged; Tried."


def test_text_is_aligned_left_also_where_jupyterlab_aligns_all_cells_to_the_right(page, shown):
    page.table(page.edition.cells("performances_held", by="province", period="2004"), "Held")
    name, number = shown().select_one("tbody tr").find_all(["th", "td"])
    assert (name["style"], number.get("style")) == ("text-align:left", None)
