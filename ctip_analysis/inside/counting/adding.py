"""Adds atoms up to planned cells.

Keys are whole numbers here: a span is a planned indicator, period and set of dimensions (a row of the plan), a
place the values of its dimensions. A person counts in many cells, so that text as keys would take ten times as long.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from ctip_analysis.edition.columns import PLACES

_CELL = ["span", "place"]


def added_up(
    database: Backend, atoms: pa.Table, shape: str, sets: pd.DataFrame, *, left_out: int, about_persons: bool
) -> pd.DataFrame:
    """Cells into which an atom falls: indicator, period, dimensions, total, n_rows, entities.

    About persons also contributors, top2_share, top_partner_share. *atoms* are of one *shape* (see
    ``atoms.Pass``); of the shape ``largest`` the *left_out* largest rows of each cell do not count.
    """
    spans = sets.assign(span=range(len(sets)))
    combinations, members, places = _places(atoms, spans)
    entity = pc.dictionary_encode(atoms["entity"].combine_chunks()).indices
    atoms = atoms.set_column(atoms.column_names.index("entity"), "entity", entity)
    rows = ibis.memtable(atoms).join(ibis.memtable(combinations), PLACES).drop(*PLACES)
    if about_persons:
        cells = _of_persons(rows, spans, members, shape)
    else:
        placed = _placed(rows, spans, members, shape)
        cells = _without_largest(placed, left_out) if shape == "largest" else _plain(placed)
    found = database.execute(cells).merge(places, on="place", validate="many_to_one")
    return found.merge(spans[["span", "indicator", "period"]], on="span", validate="many_to_one")


def _places(atoms: pa.Table, spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Combinations of dimensions in *atoms*; the place each is in, by set of dimensions; the places.

    A dimension that a set does not keep reads "". Adds ``flags``, the number of the set, to *spans*.
    """
    by = [f"by_{place}" for place in PLACES]
    spans["flags"] = spans.groupby(by, sort=False).ngroup()
    combinations = atoms.select(PLACES).group_by(PLACES).aggregate([]).to_pandas()
    combinations = combinations.assign(combination=range(len(combinations)))
    members = combinations.merge(spans[["flags", *by]].drop_duplicates(), how="cross")
    for place in PLACES:
        members[place] = members[place].where(members[f"by_{place}"], "")
    members["place"] = members.groupby(PLACES, sort=False).ngroup()
    places = members[["place", *PLACES]].drop_duplicates("place")
    return combinations, members[["combination", "flags", "place"]], places


def _placed(rows: ir.Table, spans: pd.DataFrame, members: pd.DataFrame, shape: str) -> ir.Table:
    """Atoms once per cell they are in."""
    planned = ibis.memtable(spans[["span", "indicator", "flags", "start", "end", "takes_undated"]])
    within = (rows["moment"] >= planned["start"]) & (rows["moment"] <= planned["end"])
    within = within | (rows["moment"].isnull() & planned["takes_undated"])
    if shape == "state":  # atoms of this shape are of one period
        within = rows["moment"] == planned["end"]
    joined = rows.join(planned, [rows["indicator"] == planned["indicator"], within])
    joined = joined.drop("moment", "indicator", "start", "end", "takes_undated")
    return joined.join(ibis.memtable(members), ["combination", "flags"]).drop("combination", "flags")


def _plain(placed: ir.Table) -> ir.Table:
    """Cells that are not about persons."""
    return placed.group_by(_CELL).aggregate(
        total=placed["amount"].sum(), n_rows=placed["n"].sum(), entities=placed["entity"].nunique()
    )


def _without_largest(placed: ir.Table, left_out: int) -> ir.Table:
    """Cells without their largest rows; an atom is the rows of one size."""
    sized = placed.group_by([*_CELL, "size"]).aggregate(n=placed["n"].sum())
    kept = sized.mutate(kept=sized["n"] - _among_largest(sized, sized["size"], sized["n"], left_out))
    kept = kept.filter(kept["kept"] > 0)
    return kept.group_by(_CELL).aggregate(
        total=(kept["size"] * kept["kept"]).sum(), n_rows=kept["kept"].sum(), entities=ibis.literal(0)
    )


def _among_largest(sized: ir.Table, size: ir.Column, n: ir.Column, largest: int) -> ir.Value:
    """How many of the *n* things of one *size* are among the *largest* of their cell."""
    first = ibis.window(group_by=_CELL, order_by=size.desc(nulls_first=False), preceding=None, following=0)
    larger = n.sum().over(first) - n
    return ibis.least(n, ibis.greatest(largest - larger, 0))


def _of_persons(rows: ir.Table, spans: pd.DataFrame, members: pd.DataFrame, shape: str) -> ir.Table:
    """Cells about persons with contributors, the share of the two largest and of the largest partner."""
    placed = _placed(rows, spans, members, shape)
    person = [*_CELL, "entity"]
    each = placed.group_by(person).aggregate(
        amount=placed["amount"].sum(),
        n=placed["n"].sum(),
        first=placed["kind_of"].min(),
        last=placed["kind_of"].max(),
    )
    if shape == "kinds":
        each = each.filter(each["first"] != each["last"])
        reported = placed.semi_join(each, person)
    else:  # who is counted makes no difference to what a partner reports: fewer rows to place
        by = [name for name in rows.columns if name not in ("entity", "amount", "n", "kind_of")]
        reported = _placed(rows.group_by(by).aggregate(amount=rows["amount"].sum()), spans, members, shape)
    partners = reported.group_by([*_CELL, "organisation"]).aggregate(amount=reported["amount"].sum())
    largest = partners.group_by(_CELL).aggregate(of_partner=partners["amount"].max())
    sized = each.group_by([*_CELL, "amount"]).aggregate(people=each.count(), n=each["n"].sum())
    sized = sized.mutate(first=_among_largest(sized, sized["amount"], sized["people"], 2))
    cells = sized.group_by(_CELL).aggregate(
        total=(sized["amount"] * sized["people"]).sum(),
        n_rows=sized["n"].sum(),
        entities=sized["people"].sum(),
        top2=(sized["amount"] * sized["first"]).sum(),
    )
    cells = cells.join(largest, _CELL)
    return cells.select(
        *_CELL, "total", "n_rows", "entities",
        contributors=cells["entities"],
        top2_share=cells["top2"] / cells["total"],
        top_partner_share=cells["of_partner"] / cells["total"],
    )  # fmt: skip
