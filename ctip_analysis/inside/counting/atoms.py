"""Sums of all indicators of a record table in one query: the smallest sums from which every planned cell is added up.

A :class:`Pass` is a set of indicators that one query can serve. Its atoms have a row per indicator, month,
place, group and, about persons, person or case; the same expressions run on DuckDB and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ctip_analysis.inside.counting import plan
from ctip_analysis.inside.counting.plan import UNKNOWN
from ctip_analysis.inside.records import tables

if TYPE_CHECKING:
    from ctip_analysis.inside.records import Records

_DAYS_A_MONTH = 30.4375
_GROUPED = ("sex", "age_band")


@dataclass(frozen=True)
class Pass:
    """Indicators of one record table that are counted by one query.

    ``entity`` is the column whose distinct values are counted or are behind a number, "" for plain
    sums. ``shape`` is ``rows``; ``largest`` where the largest rows are left out; ``kinds`` where an
    entity counts only with two kinds of something; ``state`` where a row counts by its state at the end
    of the period.
    """

    table: str
    date: str
    entity: str
    shape: str
    rules: pd.DataFrame  # rows of indicators.csv, by id

    @property
    def concerns_persons(self) -> bool:
        """Whether the numbers are about persons."""
        return bool(self.rules["concerns_persons"].any())


def passes(rules: pd.DataFrame) -> Iterator[Pass]:
    """The fewest queries that count all *rules* (rows of indicators.csv, by id)."""
    shape = pd.Series("rows", index=rules.index)
    shape = shape.mask(rules["leave_out_largest"].gt(0), "largest").mask(rules["two_kinds_of"].ne(""), "kinds")
    shape = shape.mask(rules["counting_rule"].eq("last"), "state")
    entity = pd.Series([_entity(rule) for _, rule in rules.iterrows()], index=rules.index)
    size = rules["measure"].where(shape.eq("largest"), "")  # rows are ordered by one column at a time
    by = [rules["record_table"], rules["date_column"], entity, shape, size, rules["concerns_persons"]]
    for (table, date, name, kind, *_), group in rules.groupby(by, sort=False):
        yield Pass(table, date, name, kind, group)


def _entity(rule: pd.Series) -> str:
    if rule["counting_rule"] == "distinct":
        return str(rule["measure"])
    return tables.entity(rule["record_table"]) if rule["concerns_persons"] else ""


def atoms(records: Records, each: Pass, sets: pd.DataFrame, *, fine: bool) -> pa.Table:
    """Sums of the indicators of *each*, one row per indicator, moment, dimensions and what is behind the number.

    ``moment`` is the first day of the row's month; the end of the period where the state at that time counts.
    A dimension without planned cells is "". *sets* are the planned periods and dimensions of these indicators.
    """
    rows = records.table(each.table)
    if each.shape == "state":
        rows, moment = _at_the_end(rows, each.date, sets)
    else:
        day = day_of(rows, each.date)
        rows = rows.filter((day <= sets["end"].max()) | day.isnull())
        moment = day_of(rows, each.date).truncate("M")
    kept = [place for place in plan.PLACES if sets[f"by_{place}"].any()]
    keys = {"moment": moment, **_dimensions(rows, each, kept, fine=fine), **_behind(rows, each)}
    sums: dict[str, Any] = {}
    for name, rule in each.rules.iterrows():
        n = rows.count(where=_counts(rows, rule))
        summed = rows[rule["measure"]].cast("float64").sum(where=_counts(rows, rule)) if _is_sum(rule) else n
        sums |= {f"{name} amount": summed.cast("float64"), f"{name} n": n}
    return _long(rows.group_by(**keys).aggregate(**sums).to_pyarrow(), list(keys), list(each.rules.index))


def _long(wide: pa.Table, keys: list[str], indicators: list[str]) -> pa.Table:
    """One row per indicator and group of rows that count for it: *keys*, indicator, amount, n."""
    parts = []
    for name in indicators:
        part = wide.filter(pc.greater(wide[f"{name} n"], 0))
        values = [pa.array([name] * len(part), pa.string()), part[f"{name} amount"], part[f"{name} n"]]
        parts.append(pa.table([*part.select(keys).columns, *values], names=[*keys, "indicator", "amount", "n"]))
    return pa.concat_tables(parts)


def _counts(rows: ir.Table, rule: pd.Series) -> ir.BooleanValue:
    """Whether a row counts for the indicator."""
    found = tables.condition(rows, rule["filter"])
    return found & rows["consent_to_share"] if rule["consenting_only"] else found


def _is_sum(rule: pd.Series) -> bool:
    """Whether the indicator adds up a column; else it counts rows or entities."""
    return bool(rule["measure"]) and rule["counting_rule"] != "distinct"


def _dimensions(rows: ir.Table, each: Pass, kept: list[str], *, fine: bool) -> dict[str, ir.Value]:
    """The dimensions *kept*, a missing one as the category unknown; "" for the others."""
    columns: dict[str, ir.Value] = {place: ibis.literal("") for place in plan.PLACES}
    place_column = each.rules["place_column"].max()  # "" in indicators without a place
    code = rows[place_column].fill_null(UNKNOWN) if place_column else ibis.literal(UNKNOWN)
    if "adm1_code" in kept:
        columns["adm1_code"] = code
    if "zone" in kept:
        columns["zone"] = _mapped(code, plan.zones())
    if "partner" in kept:
        columns["partner"] = partner_of(rows)
    for place in (place for place in _GROUPED if place in kept):
        value = rows[place].fill_null(UNKNOWN) if place in rows.columns else ibis.literal(UNKNOWN)
        columns[place] = _mapped(value, plan.grouped(place, fine=fine))
    return columns


def _mapped(value: ir.Value, groups: dict[str, str]) -> ir.Value:
    return value.cases(*groups.items(), else_=UNKNOWN)


def _behind(rows: ir.Table, each: Pass) -> dict[str, ir.Value]:
    """Who is counted, by whom it was reported, and of what kind or size; "" where it makes no difference."""
    nothing = ibis.literal("")
    found: dict[str, ir.Value] = {"entity": nothing, "organisation": nothing, "kind_of": nothing}
    if each.entity:
        found["entity"] = rows[each.entity]
    if each.concerns_persons:
        found["organisation"] = partner_of(rows)
    if each.shape == "kinds":
        found["kind_of"] = rows[each.rules["two_kinds_of"].iloc[0]]
    if each.shape == "largest":
        rule = each.rules.iloc[0]
        found["size"] = rows[rule["measure"]].cast("float64") if _is_sum(rule) else ibis.literal(1.0)
    return found


def _at_the_end(rows: ir.Table, date: str, sets: pd.DataFrame) -> tuple[ir.Table, ir.Value]:
    """Cases once per period they belong to, with their state at its end, and that day.

    Adds is_judged_by_end and months_since_referral (until judgment or the end of the period).
    """
    days = sets[["start", "end"]].drop_duplicates()  # no table of ours: a database may take none
    ends = ibis.literal(0).as_table().select(**{name: ibis.array(list(days[name])).unnest() for name in days})
    joined = rows.join(ends, (rows[date] >= ends["start"]) & (rows[date] <= ends["end"]))
    judged = (joined["judgment_date"] <= joined["end"]).fill_null(False)
    until = judged.ifelse(joined["judgment_date"], joined["end"])
    days = (until.epoch_seconds() - joined["referred_date"].epoch_seconds()) / 86_400
    joined = joined.mutate(is_judged_by_end=judged, months_since_referral=days / _DAYS_A_MONTH)
    return joined, joined["end"]


def day_of(rows: ir.Table, column: str) -> ir.Value:
    """The date of a row; the first day of its fiscal year where that is all there is."""
    if not column:
        return ibis.null("date")
    if column == "fiscal_year":
        return ibis.date(rows[column].cast("int32") - 1, ibis.literal(10), ibis.literal(1))
    return rows[column]


def partner_of(rows: ir.Table) -> ir.Value:
    """The organisation a row is reported by."""
    for column in ("partner_id", "subgrantee_id"):
        if column in rows.columns:
            return rows[column].fill_null(UNKNOWN)
    return ibis.literal(UNKNOWN)
