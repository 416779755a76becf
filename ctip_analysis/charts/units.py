"""One value per province unit of a period, as a map or a ranked chart needs it.

Cells keep the unit that was reported; where a figure is drawn on the 24 units before Tboung Khmum,
that province goes back into Kampong Cham, withheld if a part is, and the national total stays.
"""

from __future__ import annotations

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError
from ctip_analysis.charts import describe
from ctip_analysis.charts.classes import as_printed
from ctip_analysis.edition import facts, rates
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.places import geography

MERGED_INTO = {"KH25": "KH03"}
UNPLACED = "unknown"
_LEAST = {"withheld": 0, "no_data": 1, "not_applicable": 2, "shown": 3}


def by_unit(
    released: Released | Internal,
    indicator: str,
    period: str,
    derivation: str = "",
    codes: list[str] | None = None,
) -> pd.DataFrame:
    """One row per unit in *codes*, in their order: name, value (as printed), status, unit, text,
    source, and whether it is a true zero.

    *codes* default to the units of *period*, or those the cells name where the edition has no boundaries.
    A unit without a cell has no data.
    """
    require(released, "by_unit")
    rows = released.select(indicator, period=period, adm1_code=None)
    rows = rows[rows["adm1_code"].ne(UNPLACED)]
    codes = codes or unit_codes(released, indicator, period)
    merged = merge_split(released, rows, codes)
    if derivation:
        merged = rates.derive(_with_merged(released, codes), merged, derivation)
    table = merged.set_index("adm1_code").reindex(codes)
    table["status"] = table["status"].fillna("no_data")
    shown = table["status"].eq("shown")
    table["zero"] = shown & table["value"].eq(0)
    table["value"] = [
        as_printed(v, u) if s else float("nan")
        for v, u, s in zip(table["value"], table["unit"], shown, strict=True)
    ]
    table["text"] = [
        _text(v, u, s) for v, u, s in zip(table["value"], table["unit"], table["status"], strict=True)
    ]
    table.loc[table["value"].eq(0) & ~table["zero"], "text"] = "under 0.1"
    table["name"] = _names(released, codes, period)
    return table[["name", "value", "status", "unit", "text", "source", "zero"]].fillna(
        {"unit": "", "source": ""}
    )


def _names(released: Released | Internal, codes: list[str], period: str) -> list[str]:
    known = released.names(period).to_dict() if released.geometry is not None else {}
    return [known.get(code) or place_name(released, code, period) for code in codes]


def place_name(released: Released | Internal, code: str, period: str) -> str:
    """Name of the province at *period*, also where the edition holds no boundaries."""
    require(released, "place_name")
    if released.geometry is not None or code in ("", UNPLACED):
        return facts.place_name(released, code, period)
    names = geography.units(periods.midyear(period)).set_index("adm1_code")["name_en"]
    return str(names.get(code, code))


def _text(value: float, unit: str, status: str) -> str:
    if status == "shown" and value == 0:
        return "0"
    return facts.written(value, unit) if status == "shown" else facts.STATUS_WORDS[status]


def unit_codes(released: Released | Internal, indicator: str, period: str) -> list[str]:
    """Codes of the units *period* is drawn with."""
    require(released, "unit_codes")
    if released.geometry is not None:
        return list(released.provinces(period)["adm1_code"])
    rows = released.select(indicator, period=period, adm1_code=None)
    return sorted(set(rows["adm1_code"]) - {UNPLACED})


def merge_split(released: Released | Internal, rows: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """*rows* with each unit that is not in *codes* added to the one it came from.

    Raises CountingRuleError where the indicator does not add up over provinces.
    """
    require(released, "merge_split")
    target = rows["adm1_code"].map(lambda code: code if code in codes else MERGED_INTO.get(code, code))
    if target.eq(rows["adm1_code"]).all():
        return rows
    for indicator in rows["indicator"].unique():
        if "adm1_code" not in str(released.indicators.loc[indicator, "additive_over"]).split():
            raise CountingRuleError(
                f"{indicator} does not add up over provinces, "
                "so Tboung Khmum can't be put back into Kampong Cham"
            )
    keys = [column for column in rows.columns if column not in ("value", "status")]
    rank = rows.assign(adm1_code=target, rank=rows["status"].map(_LEAST))
    joined = (
        rank.groupby(keys, sort=False, dropna=False)
        .agg(value=("value", "sum"), rank=("rank", "min"))
        .reset_index()
    )
    joined["status"] = joined["rank"].map({number: status for status, number in _LEAST.items()})
    joined["value"] = joined["value"].where(joined["status"].eq("shown"))
    return joined[rows.columns]


def _with_merged(released: Released | Internal, codes: list[str]) -> Released | Internal:
    """The same cells and residents with split units put back, for the arithmetic of a rate."""
    gone = [new for new in MERGED_INTO if new not in codes]
    if released.rows(adm1_code=gone).empty:
        return released
    people = released.population
    parts = released.rows(adm1_code=[*gone, *(MERGED_INTO[new] for new in gone)])
    over = released.indicators["additive_over"].fillna("").str.split()
    additive = parts[parts["indicator"].isin(over.index[["adm1_code" in columns for columns in over]])]
    merged = merge_split(released, additive, codes)
    if len(people):
        people = people.assign(
            adm1_code=people["adm1_code"].map(lambda code: MERGED_INTO[code] if code in gone else code),
            residents=people["residents"].astype(float),
        )
        people = people.groupby(["adm1_code", "year"], sort=False, as_index=False)["residents"].sum()
    return released.in_place_of(additive, merged).with_parts(population=people)


def unplaced(released: Released | Internal, indicator: str, period: str) -> str:
    """What stands beside a map for records without a province: "no province on record: 120", or ""."""
    require(released, "unplaced")
    rows = released.select(indicator, period=period, adm1_code=UNPLACED)
    if rows.empty or (rows["status"].iloc[0] == "shown" and rows["value"].iloc[0] == 0):
        return ""
    cell = rows.iloc[0]
    return f"no province on record: {_text(cell['value'], cell['unit'], cell['status'])}"


def ids(released: Released | Internal, indicator: str, period: str, derivation: str = "") -> list[str]:
    """Fact ids of the province cells of *period*."""
    require(released, "ids")
    rows = released.select(indicator, period=period, adm1_code=None)
    return describe.fact_ids(rows[rows["adm1_code"].ne(UNPLACED)], derivation)
