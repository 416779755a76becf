"""From records to cells: the one place that aggregates records.

What is counted stands in ``data/reference/indicators.csv``, which cells are made of it in
``data/reference/tables.csv``. Each indicator is one query in ibis (DuckDB here), so that the
same expression runs on another engine; the result is small and goes on in pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.edition.read import KEYS, PLACES
from ctip_analysis.inside.counting import filters, planning

if TYPE_CHECKING:
    from ctip_analysis.inside.records.load import Records

BEHIND = ["contributors", "top2_share", "top_partner_share"]
COUNT_COLUMNS = ["table", *KEYS, "value", "status", "unit", "qualifier", "kind", "source", *BEHIND]

_DAYS_A_MONTH = 30.4375
_CASES = "cases"
_SOURCES = {"services_clients": "services", "roster_trainings": "training roster"}
_OPENINGS = {  # the date with which an activity begins, by record table
    "campaign_events": "event_date",
    "trainings": "start_date",
    "structures": "established_date",
    "clients": "intake_date",
    "services": "start_date",
    "rescues": "op_date",
    "cases": "referred_date",
    "subgrants": "start_date",
}
_ENTITIES = {
    "services_clients": "client_id",
    "roster_trainings": "participant_key",
}  # views have no primary key


def count(records: Records, *, year: int, basis: str = "calendar") -> pd.DataFrame:
    """Every cell of the table plan, from the first record to the end of *year*; unprotected.

    Returns
    -------
    DataFrame, one row per cell, a complete grid
        ``value`` in the indicator's unit; missing with status ``no_data`` where events took place but
        nobody counted. ``contributors`` (distinct persons or cases), ``top2_share`` and
        ``top_partner_share`` (fractions) say what stands behind a cell about persons, else missing.

    Raises
    ------
    ParameterError
        No record is dated in *year*; says which years hold records.
    """
    span = _span(records, year, basis)
    plan = reference.table("tables")
    definitions = reference.table("indicators").set_index("id")
    made = [
        _count_one(records, definitions.loc[name], rows, span)
        for name, rows in plan.groupby("indicator", sort=False)
    ]
    return pd.concat(made, ignore_index=True)[COUNT_COLUMNS]


def total(cells: pd.DataFrame, over: str) -> float:
    """Sum of cells of one indicator over the dimension *over* (period, adm1_code, sex, age_band, partner).

    Raises
    ------
    CountingRuleError
        The indicator does not add up over that dimension; names the rule.
    """
    definitions = reference.table("indicators").set_index("id")
    if len(names := cells["indicator"].unique()) > 1:
        raise CountingRuleError(f"{' and '.join(names)} are different indicators: they are never added up")
    rule = definitions.loc[names[0]]
    if over not in rule["additive_over"].split():
        raise CountingRuleError(
            f"{names[0]} is counted by the rule {rule['counting_rule']!r} and does not add up over {over}: "
            f"it adds up over {rule['additive_over'] or 'nothing'} (data/reference/indicators.csv)"
        )
    if cells[over].eq("").any() or cells.groupby([key for key in KEYS if key != over]).ngroups > 1:
        raise CountingRuleError(
            f"rows differ in more than {over}, or hold its total as well: select one line of cells first"
        )
    return float(cells["value"].sum())


def _span(records: Records, year: int, basis: str) -> planning.Span:
    """The years from the first record to *year*; ParameterError if *year* holds none."""
    if basis not in periods.BASES:
        raise ParameterError(f"basis is {' or '.join(periods.BASES)}; found {basis!r}")
    held = sorted(_years(records, basis))
    if year not in held:
        nearest = min(held, key=lambda each: abs(each - year))
        raise ParameterError(
            f"no record is dated in {periods.year_code(year, basis)}: records run from "
            f"{periods.year_code(held[0], basis)} to {periods.year_code(held[-1], basis)}; "
            f"the nearest year with records is {periods.year_code(nearest, basis)}"
        )
    return planning.Span(held[0], year, basis)


def _years(records: Records, basis: str) -> set[int]:
    """Reporting years in which a record is dated, judged by the dates that open an activity."""
    years: set[int] = set()
    for name, column in _OPENINGS.items():
        day = records.table(name)[column]
        year = day.year() + (day.month() >= 10).cast("int64") if basis == "fiscal" else day.year()
        years |= set(records.table(name).select(year=year).distinct().execute()["year"].dropna().astype(int))
    return years


def _count_one(records: Records, rule: pd.Series, plan: pd.DataFrame, span: planning.Span) -> pd.DataFrame:
    """Cells of one indicator over all its tables."""
    wanted = planning.wanted(plan, span)
    rows = _dated(records, rule)
    partners = _partners(records, rule, wanted)
    placed = _placed(rows, rule, wanted)
    found = _aggregated(placed, rule)
    grid = planning.grid(wanted, rule, partners)
    cells = grid.merge(found, on=["period", *PLACES], how="left", validate="one_to_one")
    unseen = cells["value"].isna() & (cells["n_rows"].gt(0) | (rule["no_rows_are"] == "no_data"))
    cells["status"] = unseen.map({True: "no_data", False: "shown"})
    cells["value"] = cells["value"].fillna(0.0).mask(unseen)
    if rule["concerns_persons"]:
        cells["contributors"] = cells["contributors"].fillna(0)
    made_up = records.is_synthetic
    return cells.assign(
        indicator=rule.name,
        unit=rule["unit"],
        qualifier=rule["qualifier"],
        kind="synthetic" if made_up else "counted",
        source=f"{'Synthetic' if made_up else 'Programme'} records, {_source(rule['record_table'])}",
    )


def _source(record_table: str) -> str:
    return _SOURCES.get(record_table, record_table).replace("_", " ")


def _partners(records: Records, rule: pd.Series, wanted: pd.DataFrame) -> list[str]:
    """Partners with a row of any kind in the record table by the end of the edition."""
    if not wanted["by_partner"].any():
        return []
    rows = records.table(rule["record_table"])
    rows = rows.filter(_day(rows, rule["date_column"]) <= wanted["end"].max())
    return sorted(rows.select(partner=_partner(rows)).distinct().execute()["partner"])


def _dated(records: Records, rule: pd.Series) -> ibis.Table:
    """The indicator's rows, one per record, in the few columns that counting needs.

    Cases keep all of theirs: some filters on them need the end of the period, which joins later.
    """
    name = rule["record_table"]
    rows = records.table(name)
    if name != _CASES:
        rows = filters.apply(rows, rule["filter"])
    if rule["consenting_only"]:
        rows = rows.filter(rows["consent_to_share"])
    entity = _ENTITIES.get(name) or reference.schema(name).get("primaryKey", [""])[0]
    unknown = {place: ibis.literal("unknown") for place in ("sex", "age_band")}
    added = {
        "on": _day(rows, rule["date_column"]),
        "adm1_code": rows[rule["place_column"]].fill_null("unknown")
        if rule["place_column"]
        else ibis.literal("unknown"),
        "partner": _partner(rows),
        "organisation": _partner(rows),  # stays where the dimension partner is summed away
        "entity": rows[entity] if entity in rows.columns else ibis.row_number().cast("string"),
        "amount": _amount(rows, rule),
        "counted": rows[rule["measure"]]
        if rule["measure"]
        else ibis.literal(1),  # stays where a place is summed away
        **{
            place: rows[place].fill_null("unknown") if place in rows.columns else word
            for place, word in unknown.items()
        },
    }
    if rule["two_kinds_of"]:
        added["kind_of"] = rows[rule["two_kinds_of"]]
    return rows.mutate(**added) if name == _CASES else rows.select(**added)


def _day(rows: ibis.Table, column: str) -> ibis.Value:
    if not column:
        return ibis.null("date")
    if column == "fiscal_year":  # a fiscal year stands for its first day
        return ibis.date(rows[column].cast("int32") - 1, ibis.literal(10), ibis.literal(1))
    return rows[column]


def _partner(rows: ibis.Table) -> ibis.Value:
    for column in ("partner_id", "subgrantee_id"):
        if column in rows.columns:
            return rows[column].fill_null("unknown")
    return ibis.literal("unknown")


def _amount(rows: ibis.Table, rule: pd.Series) -> ibis.Value:
    if rule["counting_rule"] == "distinct" or not rule["measure"]:
        return ibis.literal(1.0)
    return rows[rule["measure"]].cast("float64")


def _placed(rows: ibis.Table, rule: pd.Series, wanted: pd.DataFrame) -> ibis.Table:
    """Rows once per period and set of dimensions they belong to; a dimension not kept reads ""."""
    spans = ibis.memtable(wanted.drop(columns=["table", "period_basis"]))
    inside = (rows["on"] >= spans["start"]) & (rows["on"] <= spans["end"])
    if rule["undated"] == "to_date":
        inside = inside | (rows["on"].isnull() & spans["period"].contains("/"))
    joined = rows.join(spans, inside)
    if rule["record_table"] == _CASES:
        joined = filters.apply(_aged(joined), rule["filter"])
    kept = {place: joined[f"by_{place}"].ifelse(joined[place], ibis.literal("")) for place in PLACES}
    rest = [
        "period",
        "entity",
        "amount",
        "counted",
        "organisation",
        *(["kind_of"] if rule["two_kinds_of"] else []),
    ]
    return joined.select(*rest, **kept)


def _aged(cases: ibis.Table) -> ibis.Table:
    """Cases with their state at the end of the period: judged or not, and months since referral until then."""
    judged = (cases["judgment_date"] <= cases["end"]).fill_null(False)
    until = judged.ifelse(cases["judgment_date"], cases["end"])
    days = until.epoch_seconds() - cases["referred_date"].epoch_seconds()
    return cases.mutate(is_judged_by_end=judged, months_since_referral=days / 86_400 / _DAYS_A_MONTH)


def _aggregated(placed: ibis.Table, rule: pd.Series) -> pd.DataFrame:
    """Value and, about persons, what stands behind it, by period and places."""
    keys = ["period", *PLACES]
    if rule["leave_out_largest"]:
        order = ibis.window(
            group_by=keys, order_by=[placed["amount"].desc(nulls_first=False), placed["entity"]]
        )
        placed = placed.mutate(rank=ibis.row_number().over(order))
        placed = placed.filter(placed["rank"] >= int(rule["leave_out_largest"]))
    if rule["two_kinds_of"]:
        of_one = ibis.window(group_by=[*keys, "entity"])
        placed = placed.mutate(
            first=placed["kind_of"].min().over(of_one), last=placed["kind_of"].max().over(of_one)
        )
        placed = placed.filter(placed["first"] != placed["last"])
    if rule["concerns_persons"]:
        return _with_behind(placed, keys, rule)
    value = (
        placed["counted"].nunique().cast("float64")
        if rule["counting_rule"] == "distinct"
        else placed["amount"].sum()
    )
    cells = placed.group_by(keys).aggregate(value=value, n_rows=placed.count()).execute()
    return cells.assign(contributors=pd.NA, top2_share=float("nan"), top_partner_share=float("nan"))


def _with_behind(placed: ibis.Table, keys: list[str], rule: pd.Series) -> pd.DataFrame:
    """Cells about persons with the number of contributors, the share of the two largest and of the largest partner."""
    each = placed.group_by([*keys, "entity", "organisation"]).aggregate(
        amount=placed["amount"].sum(), n_rows=placed.count()
    )
    each = each.mutate(
        of_entity=each["amount"].sum().over(ibis.window(group_by=[*keys, "entity"])),
        of_organisation=each["amount"].sum().over(ibis.window(group_by=[*keys, "organisation"])),
    )
    by_size = ibis.window(group_by=keys, order_by=[each["of_entity"].desc(), each["entity"]])
    each = each.mutate(place=ibis.dense_rank().over(by_size))
    people = each["entity"].nunique()
    whole = each["amount"].sum()
    cells = each.group_by(keys).aggregate(
        value=people.cast("float64") if rule["counting_rule"] == "distinct" else whole,
        n_rows=each["n_rows"].sum(),
        contributors=people,
        top2_share=each["amount"].sum(where=each["place"] < 2) / whole,
        top_partner_share=each["of_organisation"].max() / whole,
    )
    return cells.execute()
