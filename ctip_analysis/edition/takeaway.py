"""Tables that are easier to take away than cells: key figures, one row a province, and results with HXL tags.

They rearrange cells of an edition and add names; no number is new. An audit makes them again and compares.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ctip_analysis.base import files, periods, reference
from ctip_analysis.edition.edition import Edition
from ctip_analysis.edition.fact import STATUS_WORDS
from ctip_analysis.places.provinces import units

NAMES = KEY, WIDE, TAGGED = "key_figures", "by_province", "results_hxl"
COUNTRY = "KHM"  # ISO 3166-1
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
    whole = cells[cells[_GROUPS].eq("").all(axis=1)]
    made = {KEY: _key_figures(whole), WIDE: _by_province(whole), TAGGED: tagged(cells, known)}
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
    known = tags()
    if column in known.index:
        return str(known.loc[column, "meaning"])
    return _FIXED.get(column, f"{column}: a number, or in words why there is none")


def _provinces(cells: pd.DataFrame) -> list[str]:
    """Name of each row's province at the end of its period; "" for the country, a zone and an unknown place."""
    ends = {code: periods.span(code)[1] for code in cells["period"].unique()}
    known = {code: dict(units(end)[["adm1_code", "name_en"]].to_numpy()) for code, end in ends.items()}
    return [known[period].get(code, "") for period, code in zip(cells["period"], cells["adm1_code"], strict=True)]


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* whose value says in words why it is missing."""
    return rows.assign(value=rows["value"].where(rows["status"].eq("shown"), rows["status"].map(STATUS_WORDS)))


def _key_figures(whole: pd.DataFrame) -> pd.DataFrame:
    rows = _written(whole[whole["adm1_code"].eq("")])
    order = [str(code) for code in periods.in_order(rows["period"].unique())]
    keys = ["indicator", "indicator_name", "unit", "kind"]
    wide = rows.pivot(index=keys, columns="period", values="value").reindex(columns=order).fillna("")
    return wide.reset_index().rename(columns={"indicator_name": "name"})


def _by_province(whole: pd.DataFrame) -> pd.DataFrame:
    years = [str(code) for code in periods.in_order(whole["period"].unique()) if periods.grain(code) == "year"]
    rows = _written(whole[whole["adm1_code"].ne("") & whole["period"].eq(years[-1] if years else "")])
    named = [name or code for name, code in zip(_provinces(rows), rows["adm1_code"], strict=True)]
    heads = rows["indicator_name"] + ", " + rows["period"] + " (" + rows["unit"] + ")"
    rows = rows.assign(province=named, head=heads)
    wide = rows.pivot(index=["adm1_code", "province", "kind"], columns="head", values="value").fillna("")
    return wide.reset_index()


def tags() -> pd.DataFrame:
    """The hashtag (``tag``) and the ``meaning`` of each ``column``, in order; from ``hxl_tags.csv``."""
    return reference.table("hxl_tags").set_index("column")


def tagged(cells: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Every row of *cells* under a row of HXL hashtags (:func:`tags`); all columns text. *names* are of indicators.

    A number that is withheld or missing is blank, and ``status`` says why.

    >>> names = edition.indicators["name_en"]
    >>> tagged(edition.frame, names).loc[0, ["adm1_code", "value"]].tolist()
    ['#adm1+code+v_pcode', '#indicator+value+num']
    """
    spans = {code: periods.span(code) for code in cells["period"].unique()}
    made = cells.assign(
        indicator_name=cells["indicator"].map(names).fillna(cells["indicator"]),
        start=[f"{spans[code][0]}" for code in cells["period"]],
        end=[f"{spans[code][1]}" for code in cells["period"]],
        country=COUNTRY,
        adm1_name=_provinces(cells),
        value=[f"{value:.12g}" if pd.notna(value) else "" for value in pd.to_numeric(cells["value"])],
    )
    known = tags()["tag"]
    return pd.concat([known.to_frame().T, made[known.index].astype(str)], ignore_index=True)


def write_tagged(edition: Edition, out: Path) -> Path:
    """Write the tagged cells of *edition* into the folder *out*; the file's path."""
    mark = "_SYNTHETIC" if edition.is_synthetic else ""
    path = out / f"cambodia_ctip_{edition.info['period']}_HXL{mark}.csv"
    table = tagged(edition.frame, edition.indicators["name_en"])
    files.write(path, table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return path
