"""Tables that stand under a finding: the single cells that carry a total, and partners of two periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctip_analysis.base import periods
from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact, FactId
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks


def cells_table(released: Released | Internal, fact_ids: Sequence[str], beside: Sequence[str] = ()) -> Table:
    """One row per cell in *fact_ids*, with its place and period.

    *beside* are further columns of the same place and period: an indicator, or ``indicator:derivation``.
    """
    require(released, "cells_table")
    found = [FactId.parse(one) for one in fact_ids]
    asked = [[one, *(_beside(one, name) for name in beside)] for one in found]
    cells = [[facts.fact(released, str(one)) for one in row] for row in asked]
    heads = [_head(released, column) for column in zip(*cells, strict=True)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (facts.place_name(released, one.adm1_code, one.period), periods.label(one.period), *row)
        for one, row in zip(found, cells, strict=True)
    )
    return Table(
        "", ("Place", "Period", *heads), rows, source=_sources(cells), marks=marks(released), form="number"
    )


def _beside(one: FactId, asked: str) -> FactId:
    indicator, _, derivation = asked.partition(":")
    return FactId(indicator, one.period, one.adm1_code, one.sex, one.age_band, one.partner, derivation)


def _head(released: Released | Internal, column: Sequence[Fact]) -> str:
    """Name of the column's indicator; below it unit and qualifier."""
    name = released.indicators.loc[FactId.parse(column[0].id).indicator, "name_en"]
    below = dict.fromkeys(word for cell in column for word in (cell.unit, cell.qualifier) if word)
    return f"{name}\n{', '.join(below)}"


def _sources(cells: Iterable[Iterable[Cell]]) -> str:
    return "; ".join(dict.fromkeys(cell.source for row in cells for cell in row if isinstance(cell, Fact)))


def partners_in_both(released: Released | Internal, indicator: str, before: str, after: str) -> Table:
    """Each partner's numbers of two periods; those that reported in both stand apart from the others.

    What a partner that began or stopped adds to a change is so seen beside the rest. *before* is "" where
    there is no earlier period.
    """
    require(released, "partners_in_both")
    codes = [code for code in (before, after) if code]
    hidden = set.union(*(_withheld(released, indicator, code) for code in codes))
    reported = [_reporting(released, indicator, code) - hidden for code in codes]
    both = set.intersection(*reported)
    groups = {
        "Reported in both periods" if before else "Reported": sorted(both),
        "Above zero in one of them only": sorted(set.union(*reported) - both),
        "Withheld to protect people in one of them": sorted(hidden),
    }
    rows: list[tuple[Cell, ...]] = []
    for words, partners in groups.items():
        rows += [(words,)] if partners else []
        rows += [(name, *_of_partner(released, indicator, codes, name)) for name in partners]
        if before and words.endswith("both periods") and partners:
            rows.append(("These partners together", *_of_same_partners(released, indicator, before, after)))
    rows += [("Together",), ("All partners", *_of_partner(released, indicator, codes, ""))]
    name, unit = released.indicators.loc[indicator, ["name_en", "unit"]]
    heads = ("Partner", *(f"{periods.label(code)}\n{unit}" for code in codes))
    return Table(
        f"{name} by partner", heads, tuple(rows), source=_sources(rows), marks=marks(released), total=True
    )


def _withheld(released: Released | Internal, indicator: str, period: str) -> set[str]:
    """Partners whose number is withheld: whether they reported is not said."""
    rows = released.select(indicator, period=period, partner=None)
    return set(rows.loc[rows["status"].eq("withheld"), "partner"])


def _reporting(released: Released | Internal, indicator: str, period: str) -> set[str]:
    """Partners with a number above zero, or one that is not shown."""
    rows = released.select(indicator, period=period, partner=None)
    return set(rows.loc[rows["status"].ne("shown") | rows["value"].gt(0), "partner"])


def _of_same_partners(released: Released | Internal, indicator: str, before: str, after: str) -> list[Fact]:
    pairs = ((before, after), (after, before))
    ids = [FactId(indicator, code, derivation=f"same_partners={other}") for code, other in pairs]
    return [facts.fact(released, str(one)) for one in ids]


def _of_partner(
    released: Released | Internal, indicator: str, codes: Sequence[str], partner: str
) -> list[Fact]:
    return [facts.fact(released, str(FactId(indicator, code, partner=partner))) for code in codes]
