"""Cells of the table plan, counted from records: one query per record table, and one that adds its sums up."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition.columns import KEYS, PLACES
from ctip_analysis.inside.counting import plan
from ctip_analysis.inside.counting.adding import added_up
from ctip_analysis.inside.counting.atoms import atoms, day_of, partner_of, passes
from ctip_analysis.inside.records import tables
from ctip_analysis.inside.records.engine import engine

if TYPE_CHECKING:
    from ctip_analysis.inside.records import Records

BEHIND = ["contributors", "top2_share", "top_partner_share"]
COUNT_COLUMNS = ["table", *KEYS, "value", "status", "unit", "qualifier", "kind", "source", *BEHIND]
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
    return _described(cells, rules, is_synthetic=records.is_synthetic)[COUNT_COLUMNS]


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
            added_up(
                database, pa.concat_tables(some), shape, sets, left_out=left_out, about_persons=about_persons
            )
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
