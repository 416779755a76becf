"""The table plan (``data/reference/tables.csv``) for the years of an edition: every cell it asks for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.cells import PLACES
from ctip_analysis.inside.records import tables
from ctip_analysis.places.provinces import units

UNKNOWN = "unknown"  # the category of rows without a place, a sex, an age or a partner


@dataclass(frozen=True)
class Span:
    """The reporting years an edition covers, first to last, of one basis."""

    first: int
    last: int
    basis: str

    def codes(self, grain: str) -> list[str]:
        """Period codes of *grain*; a fiscal year counts only when it has ended within the span."""
        years = range(self.first, self.last + 1)
        if grain != "fiscal_year":
            return periods.inside(years, grain, self.basis)
        return [periods.year_code(year, "fiscal") for year in years]


def planned(span: Span) -> pd.DataFrame:
    """One row per indicator, period and set of dimensions, a set planned by two tables once.

    Columns indicator, table, period, period_basis, start, end (dates), takes_undated (rows without a
    date count here), and a flag ``by_adm1_code``, ``by_zone`` … per dimension.
    """
    undated = reference.table("indicators").set_index("id")["undated"].eq("to_date")
    rows = [
        (each.indicator, each.table, code, *(place in kept for place in PLACES))
        for each in reference.table("tables").itertuples()
        for kept in _subsets(each.dimensions.split())
        for code in span.codes(each.period_grain)
    ]
    flags = [f"by_{place}" for place in PLACES]
    sets = pd.DataFrame(rows, columns=["indicator", "table", "period", *flags])
    sets = sets.drop_duplicates(["indicator", "period", *flags], ignore_index=True)
    days = sets["period"].map({code: periods.span(code) for code in sets["period"].unique()})
    is_to_date = sets["period"].str.contains("/")
    return sets.assign(
        period_basis=sets["period"].map(periods.basis),
        start=days.str[0],
        end=days.str[1],
        takes_undated=is_to_date & sets["indicator"].map(undated).astype(bool),
    )


def _subsets(dimensions: list[str]) -> list[tuple[str, ...]]:
    sizes = range(len(dimensions) + 1)
    return [kept for size in sizes for kept in itertools.combinations(dimensions, size)]


def grid(sets: pd.DataFrame, rule: pd.Series, partners: list[str], *, fine: bool) -> pd.DataFrame:
    """Every cell of one indicator: columns table, period, period_basis and the dimensions ("": all together)."""
    groups = {place: list(dict.fromkeys(grouped(place, fine=fine).values())) for place in ("sex", "age_band")}
    column = rule["place_column"]
    may_be_unknown = bool(column) and tables.may_be_missing(rule["record_table"], column)
    rows = []
    for each in sets.itertuples():
        domains = {"partner": partners, **groups, **_place_domains(each.period, may_be_unknown)}
        choices = [domains[place] if getattr(each, f"by_{place}") else [""] for place in PLACES]
        cells = itertools.product(*choices)
        rows += [(each.table, each.period, each.period_basis, *places) for places in cells]
    return pd.DataFrame(rows, columns=["table", "period", "period_basis", *PLACES])


@cache
def grouped(dimension: str, *, fine: bool = False) -> dict[str, str]:
    """Group of each category of "sex" or "age_band" (``groupings.csv``); itself where *fine*."""
    rows = reference.table("groupings")
    rows = rows[rows["dimension"].eq(dimension)]
    return dict(zip(rows["category"], rows["category" if fine else "group"], strict=True))


@cache
def zones() -> dict[str, str]:
    """Zone of each P-code, in the order of ``zones.csv``."""
    rows = reference.table("zones")
    return dict(zip(rows["adm1_code"], rows["zone"], strict=True))


@cache
def _place_domains(period: str, may_be_unknown: bool) -> dict[str, list[str]]:
    """Units of the first and last day of *period*, their zones, and ``unknown`` where a place may be missing."""
    units = sorted(set().union(*(_units_on(day) for day in periods.span(period))))
    names = list(dict.fromkeys(zone for code, zone in zones().items() if code in units))
    missing = [UNKNOWN] if may_be_unknown else []
    return {"adm1_code": [*units, *missing], "zone": [*names, *missing]}


@cache
def _units_on(day: date) -> frozenset[str]:
    return frozenset(units(day)["adm1_code"])
