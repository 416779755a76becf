"""The results of one pillar of the programme, each with its unit and with what it does not count."""

from __future__ import annotations

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks

NOT_PLANNED = "–"  # the table plan holds no such cell


def results(source: Released | Internal, pillar: str, period: str, to_date: str) -> Table:
    """Every result of *pillar* nationally in *period* and *to_date*; no two of them are to be added.

    Stages and durations of court cases, and figures without the three largest events, have pages of
    their own and are left out.
    """
    require(source, "results")
    chosen = _results_of(source, pillar)
    rows = [_row(source, row, period, to_date) for row in chosen.itertuples()]
    found = [cell for row in rows for cell in row if isinstance(cell, facts.Fact)]
    return Table(
        f"Results in {pillar}, {periods.label(period)} and to date",
        ("Result", periods.label(period), "To date", "Does not count"),
        tuple(rows),
        source="; ".join(dict.fromkeys(cell.source for cell in found)),
        note="results of different kinds are never added up; a dash means that the result is not given for that span",
        marks=marks(source),
    )


def _results_of(source: Released | Internal, pillar: str) -> pd.DataFrame:
    known = source.indicators
    chosen = known[
        known["pillar"].eq(pillar) & known["case_stage"].eq("") & known["leave_out_largest"].astype(int).eq(0)
    ]
    if chosen.empty:
        raise ParameterError(f"no results in {pillar!r}; pillars are {', '.join(known['pillar'].unique())}")
    return chosen


def _row(source: Released | Internal, row: object, period: str, to_date: str) -> tuple[Cell, ...]:
    cells = [_planned(source, f"{row.id}:{code}") for code in (period, to_date)]  # type: ignore[attr-defined]
    return (f"{row.name_en}\n{row.unit}", *cells, row.counts_not)  # type: ignore[attr-defined]


def _planned(source: Released | Internal, fact_id: str) -> Cell:
    try:
        return facts.fact(source, fact_id)
    except ParameterError:
        return NOT_PLANNED
