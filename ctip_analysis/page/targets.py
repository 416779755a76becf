"""Baselines, targets and standard indicators: what is on record, and aloud what is not."""

from __future__ import annotations

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.fact_sheet import in_records
from ctip_analysis.page.table_html import Cell, Table, marks


def targets(source: Released | Internal, period: str, indicators: list[str] | None = None) -> Table:
    """Baseline, target, actual and last data quality assessment; what is not on record is said aloud.

    *indicators* default to those of the fact sheet and those with a target. The actual is that of *period*.
    """
    require(source, "targets")
    known = source.indicators
    usual = known["published_id"].ne("") | known.index.isin(source.targets["indicator"])
    chosen = indicators or list(known.index[usual])
    rows = [_target_row(source, one, period) for one in chosen]
    sources = dict.fromkeys(source.targets.loc[source.targets["indicator"].isin(chosen), "source"])
    return Table(
        f"Baseline, target and actual, {periods.label(period)}",
        ("Indicator", "Baseline", "Target", "Actual", "Last data quality assessment"),
        tuple(rows),
        source="; ".join([*sources, "programme records"]),
        marks=marks(source),
        form="words",
        look="words",
    )


def _target_row(source: Released | Internal, indicator: str, period: str) -> tuple[Cell, ...]:
    known = source.targets[source.targets["indicator"].eq(indicator)].sort_values("year")
    last = known.iloc[-1] if len(known) else pd.Series(dtype=str)
    actual = in_records(source, f"{indicator}:{period}") or "no figure for this period"
    assessed = last.get("assessed_on", "") or "none on record"
    baseline, target = (_stated(source, indicator, last, part) for part in ("baseline", "target"))
    name = str(source.indicators.loc[indicator, "name_en"]) + (
        f"\ntarget for {last['year']}" if len(known) else ""
    )
    return (name, baseline, target, actual, assessed)


def _stated(source: Released | Internal, indicator: str, row: pd.Series, part: str) -> Cell:
    """A baseline or target as a published figure; "no baseline", "no target" where none is on record."""
    if not row.get(part, ""):
        return f"no {part}"
    return facts.fact(source, f"{part}.{indicator}:{row['year']}")


def standards(source: Released | Internal) -> Table:
    """Standard indicators: which can be reported from these records, and why not the others."""
    require(source, "standards")
    wording = reference.table("indicator_standards").set_index("code")["wording"]
    rows = tuple(
        (row.code, wording[row.code], _answer(source, row.answer, row.indicator), row.why)
        for row in reference.table("standards_reporting").itertuples()
    )
    return Table(
        "Standard indicators (PS.5) and these records",
        ("Code", "Wording", "Can it be reported?", "Condition or reason"),
        rows,
        look="words codes",
    )


def _answer(source: Released | Internal, answer: str, indicator: str) -> str:
    if indicator not in source.indicators.index:
        return answer
    return f"{answer}, from “{source.indicators.loc[indicator, 'name_en']}”"
