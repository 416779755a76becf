"""Single numbers side by side: stages of cases, parts of a whole, targets and what was reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import describe, ranked, style, units
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require

NO_FUNNEL = "Not a funnel: a case counted at one stage may have entered another in an earlier period."


def cells(
    released: Released | Internal, indicators: Sequence[str], period: str, adm1_code: str = ""
) -> pd.DataFrame:
    """The one cell of each indicator, in the order given, with its name and its text."""
    require(released, "cells")
    found = [released.select(name, period=period, adm1_code=adm1_code) for name in indicators]
    if missing := [name for name, rows in zip(indicators, found, strict=True) if rows.empty]:
        raise ParameterError(f"no cell for {period} of {', '.join(missing)} in this edition")
    rows = pd.concat(found, ignore_index=True)
    rows["name"] = rows["indicator"].map(released.indicators["name_en"])
    shown = rows["status"].eq("shown")
    rows["text"] = [
        facts.written(v, u) if s else facts.STATUS_WORDS[st]
        for v, u, s, st in zip(rows["value"], rows["unit"], shown, rows["status"], strict=True)
    ]
    return rows


def stages(
    released: Released | Internal, indicators: Sequence[str], period: str, title: str, ax: Axes | None
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.stages`."""
    require(released, "stages")
    rows = cells(released, indicators, period)
    ax = style.canvas(
        len(rows) * 0.3 + 0.95 + (0.3 if title else 0), ax, (2.0, 0.7, 0.62, 0.6 if title else 0.3)
    )
    style.heading(ax, title, pad=19)
    shown = rows["status"].eq("shown")
    names = ["\n".join(describe.wrapped(name, 34)) for name in rows["name"]]
    ranked.rows_axis(ax, names, float(rows.loc[shown, "value"].max()) if shown.any() else 1.0)
    if rows["status"].eq("withheld").all():
        _withheld_panel(ax)
    else:
        for place, row in enumerate(rows.itertuples()):
            bar(ax, place, row)
    ax.text(
        0,
        1.01,
        f"{rows['unit'].iloc[0]}, {periods.label(period)}",
        transform=ax.transAxes,
        va="bottom",
        color=style.QUIET,
    )
    ax.annotate(
        NO_FUNNEL,
        (0, 0),
        xycoords="axes fraction",
        xytext=(-132, -26),
        textcoords="offset points",
        va="top",
        color=style.QUIET,
    )
    style.stamp(ax, released)
    said = [f"Separate bars for {len(rows)} stages, {periods.label(period)}. {NO_FUNNEL}"]
    said.append(
        "; ".join(f"{name}: {text}" for name, text in zip(rows["name"], rows["text"], strict=True)) + "."
    )
    ax.ctip = describe.described(released, said, describe.fact_ids(rows), title, rows["source"].unique())
    return ax


def bar(ax: Axes, place: float, row: Any, height: float = 0.6) -> None:
    """One horizontal bar with its number; a swatch with words where *row* (value, status, text) is not shown."""
    if row.status != "shown":
        style.swatch(ax, 0.006, place, ranked.LOOKS[row.status], row.text)
        return
    ax.add_patch(
        Rectangle((0, place - height / 2), row.value, height, facecolor=style.HUE, linewidth=0, zorder=2)
    )
    ax.annotate(
        row.text,
        (row.value, place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=style.SMALL,
        zorder=5,
    )


def _withheld_panel(ax: Axes) -> None:
    """One hatched panel when every number is withheld: no bar, no scale, nothing to compare."""
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.add_patch(
        Rectangle(
            (0, 0), 1, 1, transform=ax.transAxes, linewidth=0, zorder=0.3, gid="withheld", **style.WITHHELD
        )
    )
    plate = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": "none"}
    ax.text(
        0.5,
        0.5,
        facts.WITHHELD,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=style.LARGE,
        fontweight=600,
        bbox=plate,
        zorder=5,
    )


def share_bar(
    released: Released | Internal,
    indicators: Sequence[str],
    period: str,
    adm1_code: str,
    title: str,
    ax: Axes | None,
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.share_bar`."""
    require(released, "share_bar")
    rows = cells(released, indicators, period, adm1_code)
    unit = rows["unit"].iloc[0]
    is_shown = rows["status"].eq("shown")
    total = float(rows["value"].sum())
    whole = bool(is_shown.all()) and total > 0
    over = 0.3 if title else 0
    if whole:
        ax = style.canvas(1.0 + over, ax, (0.08, 0.08, 0.06, 0.1 + over if title else 0.06))
        style.heading(ax, title)
        _parts(ax, rows, total)
    else:
        ax = style.canvas(len(rows) * 0.27 + 0.35 + over, ax, (2.0, 0.7, 0.05, 0.3 + over))
        style.heading(ax, title, pad=19)
        _apart(ax, rows, f"{unit}; no shares are drawn of what is not shown" if not is_shown.all() else unit)
    style.stamp(ax, released)
    parts = [
        f"{row.name_}: {row.text}" + (f" ({100 * row.value / total:.0f}%)" if whole else "")
        for row in rows.rename(columns={"name": "name_"}).itertuples()
    ]
    place = units.place_name(released, adm1_code, period)
    said = [
        f"{'Bar' if whole else 'Separate bars'} of {len(rows)} parts, {unit}, {place}, "
        f"{periods.label(period)}. {'; '.join(parts)}."
    ]
    ax.ctip = describe.described(released, said, describe.fact_ids(rows), title, rows["source"].unique())
    return ax


def _apart(ax: Axes, rows: pd.DataFrame, words: str) -> None:
    """The parts as bars of their own, where there is no whole to cut up."""
    shown = rows.loc[rows["status"].eq("shown"), "value"]
    names = ["\n".join(describe.wrapped(name, 34)) for name in rows["name"]]
    ranked.rows_axis(ax, names, float(shown.max()) if len(shown) else 1.0)
    ax.set_xticks([])
    for place, row in enumerate(rows.itertuples()):
        bar(ax, place, row)
    ax.text(0, 1.02, words, transform=ax.transAxes, va="bottom", color=style.QUIET)


def _parts(ax: Axes, rows: pd.DataFrame, total: float) -> None:
    """One bar from end to end, cut into its parts."""
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    left, last = 0.0, len(rows) - 1
    looks = [style.HUE, style.HUE_LIGHT, style.HUE_PALE, "#b5b5b5"]
    for place, (row, colour) in enumerate(
        zip(rows.rename(columns={"name": "name_"}).itertuples(), looks, strict=False)
    ):
        part = row.value / total
        ax.add_patch(
            Rectangle((left, 0.05), part, 0.32, facecolor=colour, edgecolor="white", linewidth=1, zorder=2)
        )
        side, at = (
            ("left", left)
            if not place
            else ("right", left + part)
            if place == last
            else ("center", left + part / 2)
        )
        words = "\n".join([f"{row.text} ({100 * part:.0f}%)", *describe.wrapped(row.name_, 84 // len(rows))])
        ax.text(at, 0.45, words, ha=side, va="bottom", linespacing=1.0, zorder=5, color=style.INK)
        left += part


def planned_actual(
    released: Released | Internal, indicators: Sequence[str] | None, period: str, title: str, ax: Axes | None
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.planned_actual`."""
    require(released, "planned_actual")
    rows = _against_targets(released, indicators, period or str(released.info["to_date"]))
    ax = style.canvas(
        len(rows) * 0.52 + 0.62 + (0.3 if title else 0), ax, (2.0, 0.55, 0.3, 0.6 if title else 0.3)
    )
    style.heading(ax, title, pad=19)
    shown = rows.loc[rows["status"].eq("shown"), "share"]
    ranked.rows_axis(
        ax,
        ["\n".join(describe.wrapped(name, 34)) for name in rows["name"]],
        max(100.0, float(shown.max()) if len(shown) else 0.0),
    )
    ax.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "target"])
    for place, row in enumerate(rows.itertuples()):
        ax.add_patch(
            Rectangle(
                (0, place - 0.17),
                100,
                0.34,
                facecolor="#e9edf2",
                edgecolor=style.RULE,
                linewidth=0.5,
                zorder=1.5,
            )
        )
        if row.status == "shown":
            ax.add_patch(
                Rectangle((0, place - 0.17), row.share, 0.34, facecolor=style.HUE, linewidth=0, zorder=2)
            )
        ax.annotate(row.words, (0, place + 0.2), va="top", color=style.INK, zorder=5)
    ax.axvline(100, color=style.INK, linewidth=1, zorder=3)
    ax.text(
        0,
        1.01,
        f"reached {periods.label(rows['period'].iloc[0])}, in percent of the target",
        transform=ax.transAxes,
        va="bottom",
        color=style.QUIET,
    )
    style.stamp(ax, released)
    said = [
        "Bars of what was reached against its target.",
        *(f"{name}: {words}." for name, words in zip(rows["name"], rows["words"], strict=True)),
    ]
    ax.ctip = describe.described(
        released,
        said,
        describe.fact_ids(rows),
        title,
        [*rows["source"].unique(), *rows["target_source"].unique()],
    )
    return ax


def _against_targets(
    released: Released | Internal, indicators: Sequence[str] | None, period: str
) -> pd.DataFrame:
    """National cells beside the target of the same indicator; those without a target are refused by name."""
    targets = released.targets[released.targets["target"].ne("")]
    wanted = list(indicators or [name for name in targets["indicator"] if name in released.indicators.index])
    if without := sorted(set(wanted) - set(targets["indicator"])):
        raise ParameterError(
            f"no target on record for {', '.join(without)}: there is nothing to hold the number against"
        )
    rows = cells(released, wanted, period)
    beside = (
        targets.drop_duplicates("indicator", keep="last")
        .set_index("indicator")
        .loc[wanted]
        .reset_index(drop=True)
    )
    rows["share"] = 100 * rows["value"] / beside["target"].astype(float)
    rows["target_source"] = beside["source"]
    baseline = [
        f"baseline {base}" if base else "no baseline" for base in beside["baseline"].fillna("").astype(str)
    ]
    goals = [
        f"target {facts.written(float(goal), unit)} by {year}"
        for goal, unit, year in zip(beside["target"], rows["unit"], beside["year"], strict=True)
    ]
    reached = [
        f"{row.text} {row.unit.removesuffix('s') if row.value == 1 else row.unit}"
        if row.status == "shown"
        else row.text
        for row in rows.itertuples()
    ]
    rows["words"] = [" · ".join(each) for each in zip(reached, goals, baseline, strict=True)]
    return rows
