"""Published figures beside the records, money as sources state it, what was corrected, and what may be quoted.

Each function gives a data frame for ``page.table``; they are methods of :class:`~ctip_analysis.page.Page`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import PLACES, Fact
from ctip_analysis.edition.look_up import history_id
from ctip_analysis.page import frames
from ctip_analysis.page.results import stated

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

MADE_TO_AGREE, AGREES, NOT_COMPARED = "made to agree", "agrees", "not compared"
_FLOORS = ("over", "at least", "at_least")
_MONEY = {
    "usaid_ctip_support_usd:unstated": (
        "USAID support to counter-trafficking in Cambodia",
        "since 2003, all pillars; whether given, promised or spent is not said",
    ),
    "D14:unstated": (
        "USAID grants in the State Department's list",
        "one US fiscal year, 2003; the rest of the published support would be of later years",
    ),
    "D15:unstated": (
        "Grants of all US agencies in those lists",
        "fiscal years 2003 and 2004; larger than USAID's support because State Department money is in it",
    ),
}
_SPENT = "usaid_spend_phase1_usd"
_STATED = {
    "usaid_grant_usd": "USAID grant",
    _SPENT: "USAID spending, first phase",
    "usaid_planned_usd": "planned by USAID",
    "usaid_planned_usd_revised": "planned by USAID, revised",
    "award_usd": "award",
}
_OTHER_DONORS = "State-funded|State PRM|Finland"
QUOTED = 8  # sentences that may be quoted
_PUBLIC = ("published", "derived")
_LISTED = 20  # corrections
_REASONS = {
    "records_corrected": "the records were corrected",
    "withdrawn": "was shown before and is withheld to protect people now",
}


def fact_sheet(page: Page) -> pd.DataFrame:
    """Every figure of the fact sheet beside what the records give, pillar by pillar.

    A withheld number is not compared; on synthetic records agreement reads "made to agree".
    """
    mapped = reference.table("fact_sheet_comparison").set_index("published_id")
    rows = [_compared(page, row, mapped.loc[row.id]) for row in _figures(page).itertuples()]
    return pd.DataFrame(rows, columns=["Figure", "Period as stated", "Published", "Records", "Why they differ"])


def _figures(page: Page) -> pd.DataFrame:
    """The fact sheet's own figures in this edition, with pillar and name."""
    described = reference.table("published_results").set_index("id")
    known = page.edition.published
    rows = known[known["kind"].eq("published") & known["id"].isin(described.index) & known["value"].ne("")]
    names = reference.table("fact_sheet_comparison").set_index("published_id")["figure"]
    rows = rows.assign(pillar=rows["id"].map(described["pillar"]), figure=rows["id"].map(names))
    return rows.sort_values("pillar", key=lambda pillar: pillar.map(list(dict.fromkeys(pillar)).index), kind="stable")


def _printed(page: Page, row: object) -> Fact:
    return page.edition.fact(f"{row.indicator}:{row.period}")  # type: ignore[attr-defined]


def _compared(page: Page, row: object, mapped: pd.Series) -> tuple[object, ...]:
    figure = _printed(page, row)
    records = frames.known_fact(page.edition, mapped["fact"]) if mapped["fact"] else None
    shown = records if records is not None else "not in this edition" if mapped["fact"] else "not counted"
    why = _why(figure, records, mapped, page.edition.is_synthetic)
    words = [stated(row.figure), stated(row.period_as_stated)]  # type: ignore[attr-defined]
    return (*words, figure, shown, stated(why))


def _why(figure: Fact, records: Fact | None, mapped: pd.Series, is_synthetic: bool) -> str:
    if records is None:
        return NOT_COMPARED if mapped["fact"] else str(mapped["may_differ_because"])
    if not records:
        return NOT_COMPARED
    granted = f"; {mapped['takes_for_granted']}" if mapped["takes_for_granted"] else ""
    if not _agree(figure, records):
        return f"{mapped['may_differ_because']}{granted}"
    return (MADE_TO_AGREE if is_synthetic else AGREES) + granted


def _agree(figure: Fact, records: Fact) -> bool:
    """Equal, or above a figure that its source gives as a floor."""
    if isinstance(figure.value, str) or isinstance(records.value, str):
        return False
    return float(records) >= float(figure) if figure.qualifier in _FLOORS else float(records) == float(figure)


def unplaced(page: Page) -> pd.DataFrame:
    """The published figures whose source gives no period: they are never on a time axis."""
    partners = reference.table("published_results").set_index("id")["partner"]
    rows = [row for row in _figures(page).itertuples() if row.period_as_stated.startswith("not stated")]
    made = [(stated(row.figure), _printed(page, row), partners[row.id]) for row in rows]
    return pd.DataFrame(made, columns=["Figure", "Published", "Partner"])


def money(page: Page) -> pd.DataFrame:
    """Published support, grant lists, obligations and sub-grants, each with what it is not.

    No row is a share of another, and a difference between rows does not mean that money is missing.
    """
    rows: list[tuple[str, Fact | None, str]] = [
        (name, frames.known_fact(page.edition, fact), stated(what)) for fact, (name, what) in _MONEY.items()
    ]
    for year in _fiscal_years(page):
        lists = page.edition.fact(f"obligations_usd:{year}")
        rows.append((f"Obligations on record, {year:label}", lists, "agencies' lists as recorded; not spending"))
    awarded = frames.known_fact(page.edition, f"subgrant_amount_usd:{page.to_date}")
    part = "a part of some support, which one no source says; awarded, not spent"
    rows.append(("Sub-grants of The Asia Foundation to date", awarded, part))
    known = [row for row in rows if row[1]]
    return pd.DataFrame(known, columns=["What", "US dollars", "What it is, and why it is not the others"])


def _fiscal_years(page: Page) -> list[periods.Period]:
    """Fiscal years with an obligation on record; a year without a list is no zero."""
    cells = page.edition.frame
    known = cells[cells["indicator"].eq("obligations_usd") & cells["status"].eq("shown") & cells["value"].gt(0)]
    years = [code for code in known["period"].unique() if periods.grain(code) == "year"]
    return periods.in_order(code for code in years if periods.span(code)[0] <= page.period.end)


def money_history(page: Page) -> pd.DataFrame:
    """Who paid for what, as sources print it: grants, plans and awards in dollars, and other donors.

    Plans, awards and spending are three things and are never added.
    """
    known = reference.table("programme_history").fillna("")
    rows = known[known["unit"].eq("USD") | (known["partner"] + known["note"]).str.contains(_OTHER_DONORS)]
    made = [_history_row(page, row) for _, row in rows.iterrows() if _begun(row, page)]
    return pd.DataFrame(made, columns=["Programme", "Period", "Partner", "What is stated", "US dollars", "Note"])


def _begun(row: pd.Series, page: Page) -> bool:
    """Whether the row could be known by the end of the reporting year: spending at its end, the rest when it began."""
    years = re.findall(r"\d{4}", str(row["period"]))
    year = years[-1 if row["indicator"] == _SPENT else 0] if years else "0"
    return int(year) <= page.period.end.year


def _history_row(page: Page, row: pd.Series) -> tuple[object, ...]:
    kind = _STATED.get(row["indicator"], "another donor beside USAID")
    note = row["note"].partition(";")[0] if re.search(_OTHER_DONORS, row["note"]) else row["evidence_level"]
    amount = page.edition.fact(str(history_id(row))) if row["unit"] == "USD" else "not stated"
    words = [stated(one) for one in (row["programme"], _stated_period(str(row["period"])), row["partner"], kind)]
    return (*words, amount, stated(note.replace("_", " ")))


def _stated_period(period: str) -> str:
    """The period of a row in words: "from 2002", "2003 to 2006", "in FY2003"."""
    if span := re.fullmatch(r"(\d{4})-(~?\d{4})?", period):
        return f"{span[1]} to {span[2]}" if span[2] else f"from {span[1]}"
    return f"in {period}"


def corrections(page: Page) -> pd.DataFrame:
    """Cells of which an earlier edition showed another number: that number, the number now, and why.

    Of more than twenty only the national ones of years and to date: ``changes.csv`` of the edition has all.
    """
    known = page.edition.changes
    if len(known) > _LISTED:
        long = known["period"].map(periods.grain).isin(["year", "to_date"])
        known = known[long & known[PLACES].eq("").all(axis=1)]
    rows = []
    for row in known.itertuples():
        name = f"{row.indicator}:{row.period}:{row.adm1_code or row.zone}:{row.sex}:{row.age_band}:{row.partner}"
        now, before = page.edition.fact(name), page.edition.fact(f"{name}:earlier")
        words = _REASONS.get(row.reason, row.reason)
        rows.append((now.label, row.period, now.place, before, now, words))
    return pd.DataFrame(rows, columns=["Result", "period", "Place", "Before", "Now", "Why"])


def quotable(page: Page, published: bool = False) -> pd.DataFrame:
    """Up to eight sentences of the reporting year that may be quoted as they are, and what must not be made of them.

    Those of which every fact is shown; with *published*, sentences of published figures instead. Sentences counted
    from made-up records carry the mark of their table: they show the form.
    """
    made = []
    for row in reference.table("quotable").itertuples():
        facts = [_figure(page, name.format(period=page.period)) for name in row.facts.split()]
        shown = [fact for fact in facts if fact]
        if len(shown) == len(facts) and published == all(fact.kind in _PUBLIC for fact in shown):
            words = (_filled(template, shown, page) for template in (row.sentence, row.not_to_write))
            made.append((*words, shown[0].source))
    names = ["Sentence", "Not to be written", "Source"]
    return pd.DataFrame(made[:QUOTED], columns=names).assign(Source=lambda frame: frame["Source"].map(stated))


def _figure(page: Page, name: str) -> Fact | None:
    """A fact by its id, or by the number of a published figure (P08)."""
    published = page.edition.published
    rows = published[published["id"].eq(name)]
    if len(rows):
        name = f"{rows['indicator'].iloc[0]}:{rows['period'].iloc[0]}"
    return frames.known_fact(page.edition, name)


def _filled(template: str, facts: Sequence[Fact], page: Page) -> str:
    """*template* with {1}, {2:n} and so on as facts; ``{1:period}`` is the period of a fact."""
    dated = re.sub(r"\{(\d):period\}", lambda found: f"{{when[{found[1]}]}}", template)
    when = ["", *(f"{periods.Period(fact.period or periods.UNSTATED):label}" for fact in facts)]
    return dated.format("", *facts, when=when, period_label=f"{page.period:label}")
