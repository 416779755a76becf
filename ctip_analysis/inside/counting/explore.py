"""Answers to an analyst's questions about the records themselves, as plain data frames. Confidential: unprotected."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import ibis
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import Edition
from ctip_analysis.inside import companions
from ctip_analysis.inside.counting.count import count
from ctip_analysis.inside.records import Records
from ctip_analysis.places.units import units

_LACKING = {  # table: what is looked at (a missing value, or the word unknown)
    "clients": {"sex": "sex", "age": "age_band", "province": "adm1_origin", "date": "intake_date"},
    "campaign_events": {
        "sex": "attendance_female",
        "age": "attendance_under18",
        "province": "adm1_code",
        "date": "event_date",
    },
    "trainings": {"sex": "n_female", "province": "adm1_code", "date": "start_date"},
}


def internal(records: Records, *, year: int, basis: str = "calendar", fine: bool = False) -> Edition:
    """Every planned cell up to *year*, unprotected, as an internal edition with published figures and shapes.

    *fine* keeps the categories of sex and age instead of the groups that an edition has.
    """
    cells = count(records, year=year, basis=basis, fine=fine)
    first = min(
        int(code.removeprefix("FY"))
        for code in cells["period"].unique()
        if periods.grain(code) == "year" and periods.basis(code) == basis
    )
    info = {
        "id": "", "year": year, "basis": basis, "is_synthetic": records.is_synthetic,
        "to_date": periods.inside(range(first, year + 1), "to_date", basis)[-1],
    }  # fmt: skip
    years = companions.reporting_years(first, year, basis)
    return Edition.internal(
        cells,
        info,
        published=companions.published(),
        context=companions.context(),
        population=companions.population(years),
        targets=reference.table("targets"),
        geometry=_shapes(companions.provinces(years[0], year)),
    )


def _shapes(features: dict[str, Any] | None) -> gpd.GeoDataFrame | None:
    return gpd.GeoDataFrame.from_features(features["features"], crs="EPSG:4326") if features else None


def sizes(records: Records) -> pd.DataFrame:
    """Rows of each record table."""
    return pd.DataFrame(
        {"table": records.names, "rows": [records.table(name).count().execute() for name in records.names]}
    )


def performances(records: Records, period: str) -> pd.DataFrame:
    """Performances of *period*, one row each, the largest attendance first, uncounted ones last."""
    first, last = periods.span(period)
    events = records.table("campaign_events")
    found = events.filter(events.event_type == "performance", events.event_date.between(first, last))
    chosen = found.select(
        "event_id", "event_date", "adm1_code", "partner_id", "attendance_total", "count_method"
    )
    ordered = chosen.order_by(ibis.desc("attendance_total", nulls_first=False), "event_id").execute()
    return _named(ordered)


def province_months(records: Records, period: str) -> pd.DataFrame:
    """Attendance by province and month, the largest first.

    ``share`` is that of the period's attendance, in percent; ``running_share`` adds the rows before.
    """
    events = performances(records, period)
    grouped = events.groupby(["month", "province"], as_index=False)
    found = grouped.agg(performances=("event_id", "size"), attendance=("attendance_total", "sum"))
    found = found.sort_values(
        ["attendance", "month", "province"], ascending=[False, True, True], ignore_index=True
    )
    share = 100 * found["attendance"] / found["attendance"].sum()
    return found.assign(share=share, running_share=share.cumsum())


def count_methods(records: Records, period: str) -> pd.DataFrame:
    """Performances and attendance by partner and by the way attendance was counted."""
    grouped = performances(records, period).groupby(["partner", "count_method"], as_index=False)
    return grouped.agg(performances=("event_id", "size"), attendance=("attendance_total", "sum"))


def lacking(records: Records, table: str, period: str, *, by: str) -> pd.DataFrame:
    """Share of the rows of *table* in *period* without sex, age or province, in percent.

    One row *by* "partner" or by calendar "quarter". A missing value and "unknown" both count. Rows without a
    date have no period and are left out.
    """
    named = _LACKING[table]
    first, last = periods.span(period)
    rows = records.table(table)
    day = rows[named["date"]]
    rows = rows.filter(day.between(first, last))
    quarter = day.year().cast("string") + "Q" + day.quarter().cast("string")
    key = rows.partner_id if by == "partner" else quarter
    parts = {
        name: 100.0 * _is_lacking(rows[column]).cast("float64").mean()
        for name, column in named.items()
        if name != "date"
    }
    found = rows.group_by(**{by: key}).aggregate(rows=rows.count(), **parts).order_by(by).execute()
    return found.rename(columns={name: f"lacks_{name}" for name in parts})


def _is_lacking(column: ibis.Value) -> ibis.Value:
    blank = column.isnull()
    return blank | (column == "unknown").fill_null(False) if column.type().is_string() else blank


def kinds_of_service(records: Records, period: str) -> pd.DataFrame:
    """Clients by the number of kinds of service that began for them in *period*.

    Each client once, consenting or not.
    """
    first, last = periods.span(period)
    rows = records.table("services")
    rows = rows.filter(rows.start_date.between(first, last))
    each = rows.group_by("client_id").aggregate(kinds=rows.service_type.nunique(), episodes=rows.count())
    found = each.group_by("kinds").aggregate(clients=each.count(), episodes=each.episodes.sum())
    return found.order_by("kinds").execute()


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Month, and provinces by their name on the day of the row."""
    days = pd.to_datetime(frame["event_date"])
    names = {day: units(day.date()).set_index("adm1_code")["name_en"] for day in days.unique()}
    places = [names[day].get(code, "unknown") for day, code in zip(days, frame["adm1_code"], strict=True)]
    named = frame.assign(month=days.dt.strftime("%Y-%m"), province=places)
    return named.drop(columns="adm1_code").rename(columns={"partner_id": "partner"})
