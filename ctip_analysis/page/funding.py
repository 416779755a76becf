"""Money as several sources state it: compared and never reconciled, because each counts something else."""

from __future__ import annotations

import re

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks

_PUBLISHED = {
    "usaid_ctip_support_usd:unstated": (
        "USAID support to counter-trafficking in Cambodia",
        "since 2003, all pillars; whether given, promised or spent is not said",
    ),
    "D14:unstated": (
        "USAID grants in the State Department's list",
        "one US fiscal year, 2003; the rest of the published support would lie in later years",
    ),
    "D15:unstated": (
        "Grants of all US agencies in those lists",
        "fiscal years 2003 and 2004; larger than USAID's support because State Department money is inside",
    ),
}
_STATED = {
    "usaid_grant_usd": "USAID grant",
    "usaid_spend_phase1_usd": "USAID spending, first phase",
    "usaid_planned_usd": "planned by USAID",
    "usaid_planned_usd_revised": "planned by USAID, revised",
    "award_usd": "award",
}
_OTHER_DONORS = "State-funded|State PRM|Finland"
_COPY = r" \((?:FY2003|State).*\)$"  # where a copy of the list is kept


def compared(source: Released | Internal, to_date: str) -> Table:
    """Published support, grant lists, obligations on record and sub-grants, each with what it is not."""
    require(source, "compared")
    rows: list[tuple[Cell, ...]] = [
        (name, facts.fact(source, fact_id), what) for fact_id, (name, what) in _PUBLISHED.items()
    ]
    for year in _fiscal_years(source, to_date):
        lists = facts.fact(source, f"obligations_usd:{year}")
        rows.append((f"Obligations on record, {year}", lists, "agencies' lists as held; not spending"))
    awarded = facts.fact(source, f"subgrant_amount_usd:{to_date}")
    part = "a part of some support, which one no source states; awarded, not spent"
    rows.append(("Sub-grants of The Asia Foundation to date", awarded, part))
    sources = dict.fromkeys(cell.source for row in rows for cell in row if isinstance(cell, Fact))
    return Table(
        "Money, as each source counts it",
        ("What", "US dollars", "What it is, and why it is not the others"),
        tuple(rows),
        source="; ".join(sources),
        note="no row is a share of another, and no difference between rows means that money is missing",
        marks=marks(source),
    )


def _fiscal_years(source: Released | Internal, to_date: str) -> list[str]:
    """Fiscal years with an obligation on record that begin by its end; a year without a list is no zero."""
    rows = source.select("obligations_usd", grain="year")
    rows = rows[rows["status"].eq("shown") & rows["value"].gt(0)]
    last = periods.span(to_date)[1]
    return sorted(code for code in set(rows["period"]) if periods.span(code)[0] <= last)


def history(source: Released | Internal) -> Table:
    """Who paid for what, as sources print it: grants, plans and awards in dollars, and donors besides USAID.

    Plans, awards and spending of different years stand side by side; they are not added.
    """
    require(source, "history")
    known = reference.table("programme_history").fillna("")
    rows = known[known["unit"].eq("USD") | (known["partner"] + known["note"]).str.contains(_OTHER_DONORS)]
    return Table(
        "Who paid for what",
        ("Programme\nperiod", "Partner", "What is stated", "US dollars", "Note, or kind of source"),
        tuple(_history_row(source, row) for _, row in rows.iterrows()),
        source="; ".join(rows["source"].str.replace(_COPY, "", regex=True).unique()),
        note="plans, awards and spending are three things, and none of them is added to another",
    )


def _history_row(source: Released | Internal, row: pd.Series) -> tuple[Cell, ...]:
    stated = _STATED.get(row["indicator"], "another donor beside USAID")
    period = f"from {row['period'][:-1]}" if row["period"].endswith("-") else row["period"]
    donor = re.search(_OTHER_DONORS, row["note"])
    said = row["note"].partition(";")[0] if donor else row["evidence_level"].replace("_", " ")
    return (f"{row['programme']}\n{period}", row["partner"], stated, _amount(source, row), said)


def _amount(source: Released | Internal, row: pd.Series) -> Cell:
    """A sum of money as a published fact; other units stand in the sources, not here."""
    if row["unit"] != "USD":
        return "not stated"
    return facts.fact(source, str(facts.history_id(row)))
