"""Cells of the table plan, counted from records: one query per record table, and one that adds its atoms up.

Keys are whole numbers while atoms are added up: a span is a planned indicator, period and set of dimensions (a row of
the plan), a place the values of its dimensions. A person counts in many cells: text as keys takes ten times as long.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition.cells import KEYS, PLACES
from ctip_analysis.inside.counting import plan
from ctip_analysis.inside.counting.atoms import atoms, day_of, partner_of, passes
from ctip_analysis.inside.records import tables
from ctip_analysis.inside.records.engine import engine

if TYPE_CHECKING:
    from ctip_analysis.inside.records import Records

_BEHIND = ["contributors", "top2_share", "top_partner_share"]
_COLUMNS = ["table", *KEYS, "value", "status", "unit", "qualifier", "kind", "source", *_BEHIND]
_SPAN_AND_PLACE = ["span", "place"]
_CELL = ["indicator", "period", *PLACES]


def count(records: Records, *, year: int, basis: str = "calendar", fine: bool = False) -> pd.DataFrame:
    """Every cell of the table plan, from the first record to the end of *year*; unprotected.

    *fine* keeps the categories of sex and age instead of the groups that an edition has.

    Returns
    -------
    DataFrame, one row per cell, a complete grid
        ``value`` in the indicator's unit; missing with status ``no_data`` where events took place but
        nobody counted. ``contributors`` (distinct persons or cases), ``top2_share`` and
        ``top_partner_share`` (fractions) say what is behind a cell about persons, else missing.

    Raises
    ------
    ParameterError
        No record is dated in *year*; names the years with records.
    """
    sets = plan.planned(_span(records, year, basis))
    rules = reference.table("indicators").set_index("id")
    rules = rules.loc[sets["indicator"].unique()]
    found = _counted(records, rules, sets, fine=fine)
    partners = _partners(records, rules, sets)
    cells = [
        plan.grid(sets[sets["indicator"].eq(name)], rule, partners.get(rule["record_table"], []), fine=fine)
        .assign(indicator=name)
        for name, rule in rules.iterrows()
    ]  # fmt: skip
    cells = pd.concat(cells, ignore_index=True).merge(found, on=_CELL, how="left", validate="one_to_one")
    return _described(cells, rules, is_synthetic=records.is_synthetic)[_COLUMNS]


def _span(records: Records, year: int, basis: str) -> plan.Span:
    """The years from the first record to *year*; ParameterError if *year* has none."""
    if basis not in periods.BASES:
        raise ParameterError(f"basis is {' or '.join(periods.BASES)}; found {basis!r}")
    known = _years(records, basis)
    if year not in known:
        nearest = min(known, key=lambda each: abs(each - year))
        raise ParameterError(
            f"no record is dated in {periods.year_code(year, basis)}: records run from "
            f"{periods.year_code(known[0], basis)} to {periods.year_code(known[-1], basis)}; "
            f"the nearest year with records is {periods.year_code(nearest, basis)}"
        )
    return plan.Span(known[0], year, basis)


def _years(records: Records, basis: str) -> list[int]:
    """Reporting years in which an activity began."""
    found = []
    for name, table in tables.record_tables().items():
        if table.dates:
            day = records.table(name)[table.dates[0]]
            year = day.year() + (day.month() >= 10).cast("int64") if basis == "fiscal" else day.year()
            found.append(records.table(name).select(year=year.cast("int64")).distinct())
    years = ibis.union(*found, distinct=True).execute()["year"]
    return sorted(years.dropna().astype(int))


def _partners(records: Records, rules: pd.DataFrame, sets: pd.DataFrame) -> dict[str, list[str]]:
    """Partners with a row of any kind by the end of the edition, by record table, where partners are planned."""
    needed = rules.loc[sets.loc[sets["by_partner"], "indicator"].unique(), ["record_table", "date_column"]]
    found = {}
    for name, date in needed.drop_duplicates("record_table").itertuples(index=False):
        rows = records.table(name)
        rows = rows.filter(day_of(rows, date) <= sets["end"].max())
        found[name] = sorted(rows.select(partner=partner_of(rows)).distinct().execute()["partner"])
    return found


def _counted(records: Records, rules: pd.DataFrame, sets: pd.DataFrame, *, fine: bool) -> pd.DataFrame:
    """Cells into which a row falls: value, n_rows and, about persons, what is behind it."""
    parts: dict[tuple[str, int, bool], list[pa.Table]] = defaultdict(list)
    for each in passes(rules):
        its = sets[sets["indicator"].isin(each.rules.index)]
        kind = (each.shape, int(each.rules["leave_out_largest"].iloc[0]), each.concerns_persons)
        parts[kind].append(atoms(records, each, its, fine=fine))
    with engine() as database:
        found = [
            _added_up(database, pa.concat_tables(some), shape, sets, left_out=left_out, about_persons=about_persons)
            for (shape, left_out, about_persons), some in parts.items()
        ]
    cells = pd.concat([cells for cells in found if len(cells)], ignore_index=True)
    is_distinct = cells["indicator"].map(rules["counting_rule"].eq("distinct"))
    return cells.assign(value=cells["total"].mask(is_distinct, cells["entities"].astype(float)))


def _described(cells: pd.DataFrame, rules: pd.DataFrame, *, is_synthetic: bool) -> pd.DataFrame:
    """*cells* with status, unit, qualifier, kind and source; zero where no row falls into a cell."""
    rule = rules.loc[cells["indicator"]].set_index(cells.index)
    unseen = cells["value"].isna() & (cells["n_rows"].gt(0) | rule["no_rows_are"].eq("no_data"))
    about_persons = rule["concerns_persons"].astype(bool)
    origin = "Synthetic" if is_synthetic else "Programme"
    return cells.assign(
        status=unseen.map({True: "no_data", False: "shown"}),
        value=cells["value"].fillna(0.0).mask(unseen),
        contributors=cells["contributors"].fillna(0).where(about_persons),
        unit=rule["unit"],
        qualifier=rule["qualifier"],
        kind="synthetic" if is_synthetic else "counted",
        source=[f"{origin} records, {tables.label(name)}" for name in rule["record_table"]],
    )


def _added_up(
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
    return placed.group_by(_SPAN_AND_PLACE).aggregate(
        total=placed["amount"].sum(), n_rows=placed["n"].sum(), entities=placed["entity"].nunique()
    )


def _without_largest(placed: ir.Table, left_out: int) -> ir.Table:
    """Cells without their largest rows; an atom is the rows of one size."""
    sized = placed.group_by([*_SPAN_AND_PLACE, "size"]).aggregate(n=placed["n"].sum())
    kept = sized.mutate(kept=sized["n"] - _among_largest(sized, sized["size"], sized["n"], left_out))
    kept = kept.filter(kept["kept"] > 0)
    return kept.group_by(_SPAN_AND_PLACE).aggregate(
        total=(kept["size"] * kept["kept"]).sum(), n_rows=kept["kept"].sum(), entities=ibis.literal(0)
    )


def _among_largest(sized: ir.Table, size: ir.Column, n: ir.Column, largest: int) -> ir.Value:
    """How many of the *n* things of one *size* are among the *largest* of their cell."""
    first = ibis.window(group_by=_SPAN_AND_PLACE, order_by=size.desc(nulls_first=False), preceding=None, following=0)
    larger = n.sum().over(first) - n
    return ibis.least(n, ibis.greatest(largest - larger, 0))


def _of_persons(rows: ir.Table, spans: pd.DataFrame, members: pd.DataFrame, shape: str) -> ir.Table:
    """Cells about persons with contributors, the share of the two largest and of the largest partner."""
    placed = _placed(rows, spans, members, shape)
    person = [*_SPAN_AND_PLACE, "entity"]
    each = placed.group_by(person).aggregate(
        amount=placed["amount"].sum(), n=placed["n"].sum(), first=placed["kind_of"].min(), last=placed["kind_of"].max()
    )
    if shape == "kinds":
        each = each.filter(each["first"] != each["last"])
        reported = placed.semi_join(each, person)
    else:  # who is counted makes no difference to what a partner reports: fewer rows to place
        by = [name for name in rows.columns if name not in ("entity", "amount", "n", "kind_of")]
        reported = _placed(rows.group_by(by).aggregate(amount=rows["amount"].sum()), spans, members, shape)
    partners = reported.group_by([*_SPAN_AND_PLACE, "organisation"]).aggregate(amount=reported["amount"].sum())
    largest = partners.group_by(_SPAN_AND_PLACE).aggregate(of_partner=partners["amount"].max())
    sized = each.group_by([*_SPAN_AND_PLACE, "amount"]).aggregate(people=each.count(), n=each["n"].sum())
    sized = sized.mutate(first=_among_largest(sized, sized["amount"], sized["people"], 2))
    cells = sized.group_by(_SPAN_AND_PLACE).aggregate(
        total=(sized["amount"] * sized["people"]).sum(),
        n_rows=sized["n"].sum(),
        entities=sized["people"].sum(),
        top2=(sized["amount"] * sized["first"]).sum(),
    )
    cells = cells.join(largest, _SPAN_AND_PLACE)
    return cells.select(
        *_SPAN_AND_PLACE, "total", "n_rows", "entities",
        contributors=cells["entities"],
        top2_share=cells["top2"] / cells["total"],
        top_partner_share=cells["of_partner"] / cells["total"],
    )  # fmt: skip
