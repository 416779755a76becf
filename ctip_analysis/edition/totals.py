"""Totals of tidy frames, where an indicator adds up at all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.edition.cells import BREAKDOWNS, GRAINS, TIDY_COLUMNS
from ctip_analysis.edition.fact import WORST_FIRST
from ctip_analysis.edition.selection import breakdowns
from ctip_analysis.places import zones


def total(frame: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Sums of a frame of ``edition.cells`` over all it is split by except *by*; one row each, the same columns.

    A sum has no value where a part is withheld or has no data; its status says which. It is no cell of the
    edition, so its ``id`` is empty and pages call it an own calculation.

    Raises
    ------
    CountingRuleError
        The indicator does not add up over what is summed (a person may be in two years), or the frame mixes
        totals and their parts.
    ParameterError
        *by* is none of province, zone, month, quarter, year, sex, age, partner, or a column is missing.

    Examples
    --------
    >>> total(edition.cells("performances_held", by=["year", "province"]), by="year")["value"].tolist()
    [21.0, 29.0]
    """
    if absent := [column for column in TIDY_COLUMNS if column not in frame]:
        raise ParameterError(f"total needs the frame as edition.cells gives it; it has no column {', '.join(absent)}")
    asked = breakdowns(by)
    if "zone" in asked:  # provinces have one each
        frame = frame.assign(zone=frame["zone"].where(frame["zone"].ne(""), frame["adm1_code"].map(zones()).fillna("")))
    kept = {BREAKDOWNS.get(name, "period") for name in asked}
    _check_grains(frame, asked)
    for indicator, rows in frame.groupby("indicator", sort=False):
        _check_additive(str(indicator), rows, kept)
    dimensions = [*BREAKDOWNS.values(), "period"]
    labels = [column for column in dimensions if column in kept]
    sums = [_sum(rows, kept) for _, rows in frame.groupby(["indicator", *labels], sort=False, dropna=False)]
    return pd.DataFrame(sums, columns=TIDY_COLUMNS).reset_index(drop=True)


def _check_grains(frame: pd.DataFrame, asked: list[str]) -> None:
    found = {periods.grain(code) for code in frame["period"].unique()}
    for name in asked:
        if name in GRAINS and found - {name}:
            raise ParameterError(f"these rows are by {' and '.join(sorted(found))}, not by {name}")


def _check_additive(indicator: str, rows: pd.DataFrame, kept: set[str]) -> None:
    definitions = reference.table("indicators").set_index("id")
    if indicator not in definitions.index:
        raise ParameterError(f"no indicator {indicator!r}: nobody knows what it adds up over")
    rule = definitions.loc[indicator]
    for column in [*BREAKDOWNS.values(), "period"]:
        values = set(rows[column])
        if column in kept or len(values) <= 1:
            continue
        if "" in values:
            raise CountingRuleError(f"the rows mix totals and parts of {column}: keep one or the other")
        if {"zone": "adm1_code"}.get(column, column) not in rule["additive_over"].split():
            raise CountingRuleError(
                f"{indicator} does not add up over {column}: its rule is {rule['counting_rule']}, and it adds up over "
                f"{rule['additive_over'] or 'nothing'}; ask edition.cells for the total"
            )


def _sum(rows: pd.DataFrame, kept: set[str]) -> pd.Series:
    """One row for all *rows*; the first row gives what they have in common."""
    first = rows.iloc[0].copy()
    for column in [*BREAKDOWNS.values()]:
        is_within = column == "adm1_code" and "zone" in kept  # the one province of a zone is the zone here
        if column not in kept and (is_within or rows[column].nunique() > 1):
            first[column] = ""
    if not first["adm1_code"]:
        first["province"] = ""
    statuses = set(rows["status"])
    first["status"] = next(status for status in WORST_FIRST if status in statuses)
    first["value"] = rows["value"].sum() if first["status"] == "shown" else float("nan")
    first["low"] = first["high"] = float("nan")
    first["start"], first["end"] = rows["start"].min(), rows["end"].max()
    if rows["period"].nunique() > 1:
        first["period"] = f"{first['start']:%Y-%m-%d}/{first['end']:%Y-%m-%d}"
    first["kind"], first["id"] = "synthetic" if rows["kind"].eq("synthetic").any() else first["kind"], ""
    return first
