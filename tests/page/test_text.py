"""Sentences: every digit is a fact, a period or quoted text."""

from __future__ import annotations

import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import calculated, direction, quoted
from ctip_analysis.page import text

HELD = small_edition().fact("performances_held:2004")


@pytest.mark.parametrize(
    "typed",
    ["In 2004 it rose", "about 3,000 came", "**12** shows", "(7 cases)", "assumption A2", "`KH12`", "២០០៤"],
)
def test_a_digit_typed_by_hand_is_refused_with_its_place(typed):
    with pytest.raises(ParameterError, match="typed by hand near"):
        text.checked(typed, small_edition())


def test_the_refusal_quotes_the_words_around_the_digit():
    with pytest.raises(ParameterError, match=r"near “.*there were 12 of them.*”"):
        text.checked("Of the performances there were 12 of them in the north.", small_edition())


@pytest.mark.parametrize(
    "allowed",
    [
        "see <https://example.org/2009>",
        "[the list](https://example.org/rls/17858.htm)",
        "IOM&#39;s own",
        "1. first\n2. second",
        f"{HELD:unit} were held",
        f"{quoted('the 2009 audit')} says",
        f"a mean of {calculated(24.5, 'performances', of=[HELD])}",
        '<data class="period" value="2004Q1">January–March 2004</data>',
    ],
)
def test_facts_periods_quotations_addresses_and_list_markers_may_have_digits(allowed):
    assert text.checked(allowed, small_edition()) == allowed


@pytest.mark.parametrize(
    "element",
    [
        str(f"{HELD}").replace(">110<", ">111<"),
        '<data class="period" value="2004">2005</data>',
        '<data class="fact synthetic shown" value="performances_held:2004::::">99</data>',
    ],
)
def test_an_element_that_is_not_what_its_id_reads_is_refused(element):
    with pytest.raises(ParameterError, match="is not what"):
        text.checked(element, small_edition())


def test_the_first_text_whose_facts_are_all_shown_is_said():
    hidden, shown = f"{small_edition().fact('clients_assisted:2004:KH02')} came", f"{HELD} held"
    assert text.first_shown([hidden, shown, "nothing"]) == shown
    assert text.first_shown([hidden, "nothing"]) == "nothing"
    assert text.first_shown([hidden]) == hidden


def test_a_comparison_that_cannot_be_made_gives_way_to_the_next_text(page):
    heading = f"## Performances {direction(None, page.edition.fact('performances_held:2004'))}"
    assert text.first_shown([heading, "## Performances"]) == "## Performances"


@pytest.mark.parametrize("before", ["", "## ", "* ", "**"])
def test_a_fact_that_begins_a_block_begins_with_a_capital(before):
    exposed = small_edition().fact("people_directly_exposed:unstated")
    after = "**" if before == "**" else ""
    assert text.plain(text.to_html(f"{before}{exposed:unit}{after}")) == "An estimated 150,000 people"
    assert text.plain(text.to_html(f"There were {exposed:n}")) == "There were 150,000"


def test_a_dollar_stays_a_dollar():
    assert text.to_html("costs in $ and $") == "<p>costs in $ and $</p>"


def test_a_bare_number_is_no_quotation():
    with pytest.raises(ParameterError, match="quote the words too"):
        text.checked(f"in {quoted('2009')}", small_edition())
