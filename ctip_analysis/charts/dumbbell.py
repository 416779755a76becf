"""Two periods side by side: pairs of points, sorted and grouped by how they changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import classes, describe, ranked, style, units
from ctip_analysis.edition import facts, rates
from ctip_analysis.edition.read import Internal, Released, require

NO_CLEAR_CHANGE = 0.05  # p-value from which a change is called clear no longer


def draw(
    released: Released | Internal,
    indicator: str,
    first_period: str,
    last_period: str,
    by: str,
    derivation: str,
    title: str,
    ax: Axes | None,
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.dumbbell`."""
    require(released, "draw")
    table, hidden = changes(released, indicator, first_period, last_period, by, derivation)
    groups = [
        (name, rows)
        for name in ("Rose", "No clear change", "Unchanged", "Fell")
        if len(rows := table[table["group"].eq(name)])
    ]
    foot = [
        text
        for why, places in hidden.items()
        for text in describe.wrapped(f"{why}: {describe.listed(places)}.", 128)
    ]
    rows_down, under = max(len(table) + len(groups), 1), 0.42 + 0.165 * len(foot)
    ax = style.canvas(
        rows_down * ranked.ROW + under + (0.7 if title else 0.4),
        ax,
        (1.45, 0.7, under, 0.65 if title else 0.36),
    )
    style.heading(ax, title, pad=19)
    place, ticks = 0, []
    for name, rows in groups:
        ticks.append((place, f"{name} ({len(rows)})", True))
        for row in rows.itertuples():
            place += 1
            ticks.append((place, row.name_, False))
            _pair(ax, place, row)
        place += 1
    _dumbbell_axis(ax, table, ticks, first_period, last_period)
    ax.annotate(
        "\n".join(foot),
        (0, 0),
        xycoords="axes fraction",
        xytext=(-100, -26),
        textcoords="offset points",
        va="top",
        color=style.QUIET,
    )
    style.stamp(ax, released)
    name_en = released.indicators.loc[indicator, "name_en"]
    head = f"Change by {'province' if by == 'adm1_code' else by}: {name_en}, "
    said = [f"{head}{periods.label(first_period)} and {periods.label(last_period)}."]
    said += [
        f"{name}: "
        + describe.listed([f"{row.name_} {row.before_text} to {row.after_text}" for row in rows.itertuples()])
        + "."
        for name, rows in groups
    ]
    said += [f"{why}: {describe.listed(places)}." for why, places in hidden.items()]
    ids = [
        cell
        for period in (first_period, last_period)
        for cell in _ids(released, indicator, period, by, derivation)
    ]
    ax.ctip = describe.described(released, said, ids, title, released.select(indicator)["source"].unique())
    return ax


def _ids(released: Released | Internal, indicator: str, period: str, by: str, derivation: str) -> list[str]:
    return describe.fact_ids(released.select(indicator, period=period, **{by: None}), derivation)


def changes(
    released: Released | Internal,
    indicator: str,
    first_period: str,
    last_period: str,
    by: str,
    derivation: str,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Both values, their intervals, the change and its group by place; and who is not drawn, by reason.

    A change of counts is clear where two Poisson counts would differ as much less than once in 20 times;
    what does not happen one by one (attendances, persons, money) only rises, falls or stays.
    """
    require(released, "changes")
    before, after = (
        _values(released, indicator, period, by, derivation, (first_period, last_period))
        for period in (first_period, last_period)
    )
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")
    status = both[["status_before", "status_after"]].fillna("no_data")
    hidden = status["status_before"].where(status["status_before"].ne("shown"), status["status_after"])
    compared = hidden.eq("shown")
    names = both["name_after"].fillna(both["name_before"])
    table = pd.DataFrame({"name_": names, "before": both["value_before"], "after": both["value_after"]})[
        compared
    ]
    unit = next((unit for unit in both["unit_before"].fillna("") if unit), "")
    table["change"] = table["after"] - table["before"]
    for end in ("before", "after"):
        table[f"{end}_text"] = [facts.written(value, unit) for value in table[end]]
    tested = not derivation and unit in rates.ONE_BY_ONE
    idle = table["before"].eq(0) & table["after"].eq(0)
    left_out, table = {"None in either period": sorted(table.loc[idle, "name_"])}, table[~idle].copy()
    for code, words in facts.STATUS_WORDS.items():
        left_out[words.capitalize()] = sorted(names[hidden.eq(code)])
    table["group"] = [_group(row.before, row.after, tested) for row in table.itertuples()]
    for end in ("before", "after"):
        pairs = [rates.poisson_interval(value) if tested else (np.nan, np.nan) for value in table[end]]
        table[f"{end}_low"], table[f"{end}_high"] = [low for low, _ in pairs], [high for _, high in pairs]
    table["change_text"] = [
        ("+" if value > 0 else "") + facts.written(value, unit) for value in table["change"]
    ]
    table["unit"] = unit
    return table.sort_values(["change", "name_"], ascending=[False, True]), {
        why: places for why, places in left_out.items() if places
    }


def _values(
    released: Released | Internal,
    indicator: str,
    period: str,
    by: str,
    derivation: str,
    both: tuple[str, str],
) -> pd.DataFrame:
    if by == "adm1_code":
        fewest = min(both, key=lambda code: len(units.unit_codes(released, indicator, code)))
        return units.by_unit(
            released, indicator, period, derivation, units.unit_codes(released, indicator, fewest)
        )
    if by not in ("partner", "sex", "age_band"):
        raise ParameterError(f"a change is drawn by adm1_code, partner, sex or age_band, not by {by}")
    rows = rates.derive(
        released, released.select(indicator, period=period, **{by: None}), derivation
    ).set_index(by)
    values = [
        classes.as_printed(v, u) if s == "shown" else np.nan
        for v, u, s in zip(rows["value"], rows["unit"], rows["status"], strict=True)
    ]
    return rows.assign(name=rows.index, value=values)[["name", "value", "status", "unit"]]


def _group(before: float, after: float, tested: bool) -> str:
    if tested and rates.change_beyond_chance(before, after) >= NO_CLEAR_CHANGE:
        return "No clear change"
    return "Rose" if after > before else "Fell" if after < before else "Unchanged"


def _pair(ax: Axes, place: int, row: Any) -> None:
    for low, high, depth, colour in (
        (row.before_low, row.before_high, 0.16, style.RULE),
        (row.after_low, row.after_high, -0.16, style.HUE),
    ):
        if np.isfinite(low):
            ax.plot(
                [low, high],
                [place + depth, place + depth],
                color=colour,
                linewidth=2.2,
                alpha=0.45,
                solid_capstyle="butt",
                zorder=2,
            )
    ax.plot([row.before, row.after], [place, place], color=style.HUE_LIGHT, linewidth=1.6, zorder=2.5)
    ax.plot(
        row.before,
        place,
        "o",
        markersize=5.5,
        markerfacecolor="white",
        markeredgecolor=style.HUE,
        markeredgewidth=1.4,
        zorder=3,
        clip_on=False,
    )
    ax.plot(row.after, place, "o", markersize=5.5, color=style.HUE, zorder=3.2, clip_on=False)
    ax.text(
        1.09,
        place,
        row.change_text,
        transform=ax.get_yaxis_transform(),
        ha="right",
        va="center",
        color=style.HUE,
        fontweight=600,
    )


def _dumbbell_axis(
    ax: Axes, table: pd.DataFrame, ticks: list[tuple[int, str, bool]], first_period: str, last_period: str
) -> None:
    ends = table[["before", "after", "before_high", "after_high"]].to_numpy(dtype=float)
    ranked.rows_axis(ax, [""] * (ticks[-1][0] + 1 if ticks else 1), float(np.nanmax(ends, initial=0.0)))
    ax.set_yticks([place for place, *_ in ticks], [name for _, name, _ in ticks])
    for label, (_, _, is_head) in zip(ax.get_yticklabels(), ticks, strict=True):
        label.set(fontweight=700 if is_head else 400, color=style.INK, verticalalignment="center")
    unit = table["unit"].iloc[0] if len(table) else ""
    key = f"{unit}:   ○ {periods.label(first_period)}    ● {periods.label(last_period)}"
    bars = "    pale bars: 95% intervals" if len(table) and np.isfinite(table["after_low"]).any() else ""
    ax.text(0, 1.005, key + bars, transform=ax.transAxes, va="bottom", color=style.QUIET)
    ax.text(1.09, 1.005, "change", transform=ax.transAxes, va="bottom", ha="right", color=style.QUIET)
