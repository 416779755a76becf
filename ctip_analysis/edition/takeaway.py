"""Tables that are easier to take away than cells: key figures, one row a province, and results with HXL tags.

They rearrange cells of an edition and add names; no number is new. An audit makes them again and compares.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.edition import hxl
from ctip_analysis.edition.fact import STATUS_WORDS
from ctip_analysis.places.provinces import units

NAMES = KEY, WIDE, TAGGED = "key_figures", "by_province", "results_hxl"
_GROUPS = ["zone", "sex", "age_band", "partner"]
_FIXED = {
    "indicator": "Id of the indicator; defined in indicators.csv", "name": "Name of the indicator",
    "unit": "What one of a number is", "adm1_code": "P-code of the province", "province": "Name of the province",
    "kind": "counted: from programme records; synthetic: from made-up records",
}  # fmt: skip
_ABOUT = {
    KEY: "national results, one row an indicator and one column a period",
    WIDE: "results of the last year, one row a province and one column an indicator",
    TAGGED: "results by year with names beside codes; the second row has HXL tags",
}


def tables(given: Mapping[str, str]) -> dict[str, str]:
    """CSV texts by name, made from those of an edition: its cells and indicators."""
    cells = pd.read_csv(io.StringIO(given["cells"]), dtype=str, keep_default_na=False)
    names = pd.read_csv(io.StringIO(given["indicators"]), dtype=str, keep_default_na=False)
    known = dict(zip(names["id"], names["name_en"], strict=True))
    grain = cells["period"].map(periods.grain)
    usual = cells.loc[grain.eq("year"), "period_basis"].mode()  # of a calendar edition, no fiscal years
    cells = cells[grain.eq("to_date") | (grain.eq("year") & cells["period_basis"].isin(usual))]
    cells = cells.assign(indicator_name=cells["indicator"].map(known).fillna(cells["indicator"]))
    cells = cells.assign(
        province=[_province(*pair) for pair in zip(cells["adm1_code"], cells["period"], strict=True)]
    )
    whole = cells[cells[_GROUPS].eq("").all(axis=1)]
    made = {KEY: _key_figures(whole), WIDE: _by_province(whole), TAGGED: hxl.tagged(cells, known)}
    return {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in made.items()}


def resources(texts: Mapping[str, str], mark: str) -> list[dict[str, Any]]:
    """How a data package describes the tables in *texts*; *mark* ends the name of their files."""
    return [_resource(name, next(iter(text.splitlines())), mark) for name, text in texts.items()]


def _resource(name: str, head: str, mark: str) -> dict[str, Any]:
    columns = list(pd.read_csv(io.StringIO(head), dtype=str).columns)
    fields = [{"name": column, "type": "string", "description": _meaning(column)} for column in columns]
    return {
        "name": name, "path": f"{name}{mark}.csv", "profile": "tabular-data-resource", "format": "csv",
        "encoding": "utf-8", "description": _ABOUT[name], "schema": {"fields": fields, "missingValues": [""]},
    }  # fmt: skip


def _meaning(column: str) -> str:
    known = hxl.tags()
    if column in known.index:
        return str(known.loc[column, "meaning"])
    return _FIXED.get(column, f"{column}: a number, or in words why there is none")


def _province(code: str, period: str) -> str:
    if not code.startswith("KH"):
        return code
    return _names(period).get(code, code)


@cache
def _names(period: str) -> dict[str, str]:
    known = units(periods.midyear(period) if periods.grain(period) == "year" else periods.span(period)[1])
    return dict(zip(known["adm1_code"], known["name_en"], strict=True))


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* whose value says in words why it is missing."""
    return rows.assign(
        value=rows["value"].where(rows["status"].eq("shown"), rows["status"].map(STATUS_WORDS))
    )


def _key_figures(whole: pd.DataFrame) -> pd.DataFrame:
    rows = _written(whole[whole["adm1_code"].eq("")])
    order = [str(code) for code in periods.in_order(rows["period"].unique())]
    keys = ["indicator", "indicator_name", "unit", "kind"]
    wide = rows.pivot(index=keys, columns="period", values="value").reindex(columns=order).fillna("")
    return wide.reset_index().rename(columns={"indicator_name": "name"})


def _by_province(whole: pd.DataFrame) -> pd.DataFrame:
    years = [
        str(code) for code in periods.in_order(whole["period"].unique()) if periods.grain(code) == "year"
    ]
    rows = _written(whole[whole["adm1_code"].ne("") & whole["period"].eq(years[-1] if years else "")])
    rows = rows.assign(head=rows["indicator_name"] + ", " + rows["period"] + " (" + rows["unit"] + ")")
    wide = rows.pivot(index=["adm1_code", "province", "kind"], columns="head", values="value").fillna("")
    return wide.reset_index()
