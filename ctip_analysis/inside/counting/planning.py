"""The table plan made concrete: which cells an edition holds, whether or not a record falls into them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.read import PLACES
from ctip_analysis.places import geography

_DOMAINS = {
    "sex": ["female", "male", "other", "unknown"],
    "age_band": ["under_15", "15_17", "18_plus", "unknown"],
}


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


def wanted(plan: pd.DataFrame, span: Span) -> pd.DataFrame:
    """One row per period and set of dimensions; a set planned by two tables stands in the first."""
    rows = []
    for each in plan.itertuples():
        dimensions = each.dimensions.split()
        for size in range(len(dimensions) + 1):
            for kept in itertools.combinations(dimensions, size):
                rows += [
                    (each.table, code, *(place in kept for place in PLACES))
                    for code in span.codes(each.period_grain)
                ]
    flags = [f"by_{place}" for place in PLACES]
    sets = pd.DataFrame(rows, columns=["table", "period", *flags]).drop_duplicates(["period", *flags])
    days = sets["period"].map({code: periods.span(code) for code in sets["period"].unique()})
    sets["period_basis"] = sets["period"].map(periods.basis)
    return sets.assign(start=days.str[0], end=days.str[1])


def grid(wanted: pd.DataFrame, rule: pd.Series, partners: list[str]) -> pd.DataFrame:
    """Every cell the plan asks for, whether or not a record falls into it."""
    rows = []
    for each in wanted.itertuples():
        domains = {
            "adm1_code": _units(each.period, rule) if each.by_adm1_code else [],
            "partner": partners,
            **_DOMAINS,
        }
        choices = [domains[place] if getattr(each, f"by_{place}") else [""] for place in PLACES]
        rows += [
            (each.table, each.period, each.period_basis, *places) for places in itertools.product(*choices)
        ]
    return pd.DataFrame(rows, columns=["table", "period", "period_basis", *PLACES])


def _units(period: str, rule: pd.Series) -> list[str]:
    """Codes of the units that existed on any day of *period*, and ``unknown`` where a place may be missing."""
    codes = sorted(set().union(*(_units_on(day) for day in periods.span(period))))
    column = rule["place_column"]
    if column and _may_be_missing(rule["record_table"], column):
        codes.append("unknown")
    return codes


@cache
def _units_on(day: date) -> frozenset[str]:
    return frozenset(geography.units(day)["adm1_code"])


def _may_be_missing(table: str, column: str) -> bool:
    owner = "clients" if table == "services_clients" else table
    fields = {each["name"]: each for each in reference.schema(owner)["fields"]}
    return not fields[column].get("constraints", {}).get("required", False)
