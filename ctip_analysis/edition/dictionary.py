"""The dictionary of an edition: every column of its files described once, as a Frictionless data package."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ctip_analysis.base import reference

_KEYS = {
    "indicator": "What is counted; defined in indicators.csv",
    "table": "Table of the plan the cell belongs to",
    "period": "Span of time: 2004, 2004Q1, 2004-03, FY2004, FY2004Q1, or first day/last day",
    "period_basis": "calendar, fiscal (FY2004 is 1 October 2003 to 30 September 2004), programme, half_year or to_date",
    "adm1_code": "Province-level unit as it was reported (P-code); blank: all together; unknown: not recorded",
    "zone": "Zone of provinces (census zones, Phnom Penh apart); blank: all together, or the row is of a province",
    "sex": "Group by sex; blank: all together",
    "age_band": "Group by age; blank: all together",
    "partner": "Partner organisation; blank: all together",
}
COLUMNS: dict[str, dict[str, str]] = {
    "cells": _KEYS
    | {
        "value": "The number, in the unit of its row; blank unless status is shown",
        "status": "shown; withheld (to protect people); no_data (events took place, nobody counted); not_applicable",
        "unit": "Unit of the number",
        "qualifier": "Word that has to travel with the number, such as estimated",
        "kind": "counted (from real records) or synthetic (from made-up ones)",
        "source": "Which records were counted",
    },
    "changes": _KEYS
    | {
        "old": "Value in an earlier edition, in the indicator's unit",
        "new": "Value in this edition, in the indicator's unit",
        "reason": "records_corrected: both numbers stand here; withdrawn: the number shown before no longer stands, "
        "and what stands in its place is withheld to protect people",
    },
    "published": {
        "indicator": "Name of the figure in fact ids",
        "id": "Number of the figure: P of the fact sheet, D derived from it",
        "period": "Year the source states, or unstated",
        "period_as_stated": "The source's words about time",
        "value": "The number as printed, in the unit of its row",
        "unit": "Unit of the number",
        "qualifier": "How exact the source says it is",
        "numeral_as_printed": "The numeral as the source prints it",
        "kind": "published or derived",
        "label": "The figure in words",
        "pillar": "Pillar of the programme",
        "partner": "Partner the source names",
        "meaning": "What a derived figure says",
        "additive_note": "What it may not be added to",
        "ambiguity": "What the source leaves open",
        "source": "Where it is printed",
    },
    "context": {
        "series_id": "Series",
        "indicator": "What was counted",
        "period": "Span of time; half years and odd spans are not years",
        "year": "Year the source gives it for",
        "year_basis": "The source's words about the span",
        "value": "The figure, in the unit of its row; blank: none was found",
        "unit": "Unit of the figure",
        "qualifier": "How exact the source says it is",
        "reporter": "Who reports it",
        "reporter_slug": "The reporter in fact ids",
        "scope_note": "What it covers",
        "evidence_level": "How close to the first source it was read",
        "caveat": "What to know before using it",
        "source": "Where it was read",
    },
    "population": {
        "adm1_code": "Province-level unit of that year; blank: Cambodia",
        "year": "Calendar year",
        "residents": "Residents, in people",
        "method": "census, interpolated between censuses, or shared as in 2019",
        "status": "unchecked where a census value was not yet held against the printed table",
        "source": "Censuses it rests on",
    },
}
_NUMBERS = {"value", "old", "new", "residents", "year"}
_OWN = ("indicators", "targets")  # copies of reference tables keep the descriptions they have there


def package(info: dict[str, Any], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Data package descriptor of an edition with the given tables."""
    mark = "SYNTHETIC: made-up records, no real person or event. " if info["is_synthetic"] else ""
    return {
        "profile": "data-package",
        "name": f"ctip-cambodia-edition-{str(info['period']).lower()}",
        "title": f"{mark}Counter-trafficking programme in Cambodia, edition {info['period']}",
        "id": info["id"],
        "resources": [_resource(name, list(frame.columns), mark) for name, frame in tables.items()],
    }


def _resource(name: str, columns: list[str], mark: str) -> dict[str, Any]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "description": f"{mark if name in ('cells', 'changes') else ''}{name} of this edition".strip(),
        "schema": {"fields": [described(name, column) for column in columns], "missingValues": [""]},
    }


def described(table: str, column: str) -> dict[str, Any]:
    """Frictionless field of one column. KeyError if nobody described it."""
    if table in _OWN:
        fields = {field["name"]: field for field in reference.schema(table)["fields"]}
        return fields[column]
    numeric = column in _NUMBERS and table != "context" and table != "published"
    field = {"name": column, "type": "number" if numeric else "string", "description": COLUMNS[table][column]}
    return field | (
        {"unit": "people" if column == "residents" else "year" if column == "year" else "see unit"}
        if numeric
        else {}
    )
