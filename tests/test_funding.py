"""Money side by side: which rows stand there, and that no two of them become one."""

from __future__ import annotations

from ctip_analysis.edition.facts import Fact
from ctip_analysis.page import funding

SPAN = "2003-01-01/2004-12-31"


def test_published_lists_obligations_and_subgrants_stand_apart(released):
    rows = {row[0]: row[1].text for row in funding.compared(released, SPAN).rows}
    assert rows["USAID support to counter-trafficking in Cambodia"] == "about USD 5,000,000"
    assert (
        rows["USAID grants in the State Department's list"] == "USD 2,050,010"
    )  # 890,000 + 94,012 + 65,998 + 1,000,000
    assert rows["Grants of all US agencies in those lists"] == "USD 6,591,116"
    assert rows["Obligations on record, FY2003"] == "USD 2,050,010"  # the same four summands, as rows


def test_a_fiscal_year_without_a_list_has_no_row(released):
    assert not [row for row in funding.compared(released, SPAN).rows if "FY2004" in str(row[0])]


def test_the_history_names_the_other_donor_of_the_campaign(released):
    campaign = [
        row for row in funding.history(released).rows if str(row[0]).startswith("IOM campaign\nfrom 2002")
    ]
    assert len(campaign) == 1 and "State-funded" in str(campaign[0][-1])


def test_every_amount_of_the_history_is_published_money(released):
    amounts = [cell for row in funding.history(released).rows for cell in row if isinstance(cell, Fact)]
    assert (
        amounts
        and {cell.unit for cell in amounts} == {"USD"}
        and {cell.kind for cell in amounts} == {"published"}
    )
    assert len({cell.id for cell in amounts}) == len(amounts)
