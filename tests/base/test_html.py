"""Escaping and the plain table."""

from __future__ import annotations

from bs4 import BeautifulSoup

from ctip_analysis.base.html import element, table


def test_an_attribute_is_escaped_and_content_is_not():
    assert element("p", "<b>29</b>", title='a "quote"') == '<p title="a &quot;quote&quot;"><b>29</b></p>'


def test_a_table_has_a_caption_header_cells_with_scope_and_numbers_marked():
    made = BeautifulSoup(
        table(["Year", "Held"], [["2003", "21"], ["2004", "29"]], "Performances", numbers=[1]), "html.parser"
    )
    assert made.caption.text == "Performances"
    assert [(head["scope"], head.text) for head in made.find_all("th")] == [
        ("col", "Year"), ("col", "Held"), ("row", "2003"), ("row", "2004"),
    ]  # fmt: skip
    assert [cell.text for cell in made.select("td.number")] == ["21", "29"]


def test_a_table_without_a_caption_has_no_empty_one():
    assert "<caption>" not in table(["Year"], [])
