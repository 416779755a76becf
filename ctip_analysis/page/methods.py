"""What stands under Methods in a report: rules of protection, assumptions, what is withheld, residents."""

from __future__ import annotations

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Table, marks


def rules(source: Released | Internal) -> Table:
    """The rules by which numbers of this edition were withheld, in the edition's own words."""
    require(source, "rules")
    stated = source.info.get("rules", [])
    rows = tuple((f"Rule {number}", text) for number, text in enumerate(stated, start=1))
    note = "a withheld number is absent from the edition, and nothing says which rule withheld it"
    return Table("Rules of protection", ("", "What may not be shown"), rows, note=note, look="codes")


def withheld(source: Released | Internal, period: str) -> Table:
    """Results about persons of which *period* does not show every number: in the country, by group, by province."""
    require(source, "withheld")
    cells = source.rows(period=period)
    names = cells.loc[cells["status"].eq("withheld"), "indicator"].unique()
    known = source.indicators.loc[source.indicators.index.isin(names)]
    rows = tuple((row.name_en, *_how_far(cells[cells["indicator"].eq(row.id)])) for row in known.itertuples())
    return Table(
        f"What is withheld in {periods.label(period)}",
        ("Result", "In the country", "By sex and age", "By province"),
        rows or (("nothing", "–", "–", "–"),),
        marks=marks(source),
        note="withheld: not shown, to protect people, and not zero; a dash: such numbers are not given; "
        "what is withheld to date, or of open cases, is marked in its own table",
        look="words",
    )


def _how_far(cells: pd.DataFrame) -> list[str]:
    by_group, by_place = cells[["sex", "age_band"]].ne("").any(axis=1), cells["adm1_code"].ne("")
    parts = (cells[~by_group & ~by_place & cells["partner"].eq("")], cells[by_group], cells[by_place])
    return [_in_words(set(part["status"])) for part in parts]


def _in_words(statuses: set[str]) -> str:
    if "withheld" not in statuses:
        return "shown" if statuses else "–"
    return "partly withheld" if len(statuses) > 1 else "withheld"


def assumptions(source: Released | Internal) -> Table:
    """What the synthetic sample takes for granted, and what rests on it; of real records, A0 alone."""
    require(source, "assumptions")
    known = reference.table("assumptions")
    held = known if source.is_synthetic else known[known["applies_to"].ne("sample")]
    rows = tuple((row.id, row.assumption, row.rests_on_it) for row in held.itertuples())
    return Table(
        "Assumptions",
        ("", "What is taken for granted", "What rests on it"),
        rows,
        marks=marks(source),
        look="codes",
    )


def residents(source: Released | Internal, period: str) -> Table:
    """Residents of each province in the last year of *period*, how they were had, and if checked.

    A rate per 1,000 residents rests on them. "unchecked" means that a census figure behind the
    number has not been held against the printed census tables yet.
    """
    require(source, "residents")
    year = str(periods.span(period)[1].year)
    known = source.population[source.population["year"].astype(str).eq(year)]
    order = sorted(
        known.itertuples(),
        key=lambda row: (row.adm1_code == "", facts.place_name(source, row.adm1_code, year)),
    )
    rows = tuple(
        (
            facts.place_name(source, row.adm1_code, year),
            facts.fact(source, f"residents:{year}:{row.adm1_code}"),
            row.method,
            row.status,
        )
        for row in order
    )
    return Table(
        f"Residents by province, {year}",
        ("Province", "Residents", "How", "Held against the printed census"),
        rows,
        source="; ".join(dict.fromkeys(row.source for row in order)),
        note="interpolated: on a straight line between two censuses",
        total=True,
    )
