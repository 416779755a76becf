"""The fact sheet beside the records, and those of its figures that have no period."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks

MADE_TO_AGREE = "made to agree"
AGREES = "agrees"
NOT_COMPARED = "not compared"
_FLOORS = ("over", "at least", "at_least")


def printed(source: Released | Internal, published_id: str) -> Fact:
    """The published or derived figure with that number (P08, D06)."""
    require(source, "printed")
    rows = source.published[source.published["id"].eq(published_id)]
    if rows.empty:
        raise ParameterError(f"no published figure {published_id} in this edition")
    row = rows.iloc[0]
    return facts.fact(source, f"{row['indicator']}:{row['period']}")


def published(source: Released | Internal) -> Table:
    """The fact sheet rebuilt: each of its figures beside what the records give, by pillar.

    Beside a withheld count nothing is compared; on synthetic records agreement reads "made to agree",
    because they were drawn to fit.
    """
    require(source, "published")
    known = _figures(source)
    mapped = reference.table("fact_sheet_comparison").set_index("published_id")
    rows: list[tuple[Cell, ...]] = []
    for pillar in dict.fromkeys(known["pillar"]):
        rows.append((pillar.capitalize(),))
        rows.extend(
            _compared(source, row, mapped.loc[row.id])
            for row in known[known["pillar"].eq(pillar)].itertuples()
        )
    return Table(
        "The fact sheet beside the records",
        ("Figure\nperiod as stated", "Published", "Records", "Why they differ"),
        tuple(rows),
        source=f"{known['source'].iloc[0]}; programme records",
        note="the fact sheet's “as of” is taken as the end of December 2004 (assumption A0)",
        marks=marks(source),
        form="words",
        look="words",
    )


def _figures(source: Released | Internal) -> pd.DataFrame:
    """The fact sheet's own figures in this edition, with pillar and what they are."""
    described = reference.table("published_results").set_index("id")
    rows = source.published[
        source.published["kind"].eq("published") & source.published["id"].isin(described.index)
    ]
    names = reference.table("fact_sheet_comparison").set_index("published_id")["figure"]
    return rows.assign(
        pillar=rows["id"].map(described["pillar"]),
        partner=rows["id"].map(described["partner"]),
        figure=rows["id"].map(names),
    )


def _compared(source: Released | Internal, row: Any, mapped: pd.Series) -> tuple[Cell, ...]:
    figure = printed(source, row.id)
    records = in_records(source, mapped["fact"])
    shown: Cell = (
        records if records is not None else "not in this edition" if mapped["fact"] else "not counted"
    )
    return (f"{row.figure}\n{row.period_as_stated}", figure, shown, _why(source, figure, records, mapped))


def in_records(source: Released | Internal, fact_id: str) -> Fact | None:
    """What the records give, or None where nothing is mapped or the edition does not reach so far."""
    require(source, "in_records")
    if not fact_id:
        return None
    try:
        return facts.fact(source, fact_id)
    except ParameterError:
        return None


def _why(source: Released | Internal, figure: Fact, records: Fact | None, mapped: pd.Series) -> str:
    if records is None:
        return mapped["may_differ_because"] if not mapped["fact"] else NOT_COMPARED
    if records.status != "shown":
        return NOT_COMPARED
    granted = f"; {mapped['takes_for_granted']}" if mapped["takes_for_granted"] else ""
    if not _agree(figure, records):
        return mapped["may_differ_because"] + granted
    return (MADE_TO_AGREE if source.is_synthetic else AGREES) + granted


def _agree(figure: Fact, records: Fact) -> bool:
    """Equal, or above a figure that its source gives as a floor."""
    if not isinstance(figure.value, float) or not isinstance(records.value, float):
        return False
    return records.value >= figure.value if figure.qualifier in _FLOORS else records.value == figure.value


def unplaced(source: Released | Internal) -> Table:
    """The published figures whose source gives no period: they never stand on a time axis."""
    require(source, "unplaced")
    known = _figures(source)
    rows = known[known["period_as_stated"].str.startswith("not stated")]
    cells = tuple((row.figure, printed(source, row.id), row.partner) for row in rows.itertuples())
    return Table(
        "Published figures without a period",
        ("Figure", "Published", "Partner"),
        cells,
        look="words",
        source="; ".join(rows["source"].unique()),
        note="the source does not say when these were counted, so no chart over time shows them",
        form="words",
    )
