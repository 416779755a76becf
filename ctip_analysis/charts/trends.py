"""Lines over time: one figure with several indicators, or a panel for each province."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.charts import describe, labels, style, time_axis, units
from ctip_analysis.edition import facts, rates
from ctip_analysis.edition.read import Internal, Released, require


def trend(
    released: Released | Internal,
    indicators: Sequence[str],
    grain: str,
    derivation: str,
    interval: bool | None,
    adm1_code: str,
    partner: str,
    title: str,
    ax: Axes | None,
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.trend`."""
    require(released, "trend")
    lines = {name: series(released, name, grain, derivation, adm1_code, partner) for name in indicators}
    one_unit = {unit for rows in lines.values() for unit in rows["unit"]}
    if len(one_unit) > 1:
        raise CountingRuleError(
            f"one axis needs one unit, these have {', '.join(sorted(one_unit))}: draw a figure for each"
        )
    ax = style.canvas(2.9 + (0.3 if title else 0), ax, (0.55, 1.75, 0.5, 0.58 if title else 0.3))
    style.heading(ax, title, pad=19)
    around = (
        {name: ends_of_interval(released, rows, derivation) for name, rows in lines.items()}
        if interval
        else {}
    )
    top = time_axis.axis(
        ax,
        list(lines.values()),
        next(iter(one_unit)),
        max((float(np.nanmax(high, initial=0)) for _, high in around.values()), default=0),
    )
    time_axis.bands(ax, list(lines.values()), top)
    starts, ends = [], []
    for colour, (name, rows) in zip(style.HUES, lines.items(), strict=False):
        if interval:
            ax.fill_between(rows["middle"], *around[name], color=colour, alpha=0.16, linewidth=0, zorder=1.5)
        line(ax, rows, colour, breaks_at_split=adm1_code in ("KH03", "KH25"))
        if (shown := rows[rows["status"].eq("shown")]).empty:
            continue
        starts += [_end(shown.iloc[0], "", colour)] if len(shown) > 1 else []
        ends.append(_end(shown.iloc[-1], str(released.indicators.loc[name, "name_en"]), colour))
    start_labels(ax, starts)
    end_labels(ax, ends)
    if adm1_code in ("KH03", "KH25"):
        time_axis.mark_split(ax, list(lines.values()))
    style.stamp(ax, released)
    every = pd.concat(list(lines.values()))
    ax.ctip = describe.described(
        released,
        _sentences(released, lines, adm1_code, partner),
        describe.fact_ids(every, derivation),
        title,
        every["source"].unique(),
    )
    return ax


def series(
    released: Released | Internal,
    indicator: str,
    grain: str,
    derivation: str,
    adm1_code: str = "",
    partner: str = "",
) -> pd.DataFrame:
    """Cells of one line in time order, derived, with their span of days and its middle."""
    require(released, "series")
    rows = released.select(indicator, grain=grain, adm1_code=adm1_code, partner=partner)
    rows = rows[rows["period_basis"].eq(released.basis)] if grain in ("year", "quarter") else rows
    if rows.empty:
        raise ParameterError(
            f"no cells of {indicator} by {grain} in this edition "
            f"for {' '.join(filter(None, [adm1_code or 'the country', partner]))}"
        )
    rows = rates.derive(released, rows, derivation).reset_index(drop=True)
    rows["value"] = rows["value"].where(rows["status"].eq("shown")).astype(float)
    days = [periods.span(code) for code in rows["period"]]
    begins, stops = [date2num(first) for first, _ in days], [date2num(last) + 1 for _, last in days]
    return rows.assign(
        begins=begins, stops=stops, middle=(np.array(begins) + np.array(stops)) / 2
    ).sort_values("begins")


def line(ax: Axes, rows: pd.DataFrame, colour: str, breaks_at_split: bool = False) -> None:
    """Draw one line, not joined over gaps, nor over the split of a province."""
    x, y = rows["middle"].to_numpy(), rows["value"].to_numpy()
    cut: Any = np.flatnonzero((rows["begins"] >= time_axis.SPLIT).to_numpy())[:1] if breaks_at_split else []
    for place in cut:
        x, y = np.insert(x, place, x[place]), np.insert(y, place, np.nan)
    size = 4 if len(rows) <= 12 else 2.6
    ax.plot(
        x,
        y,
        color=colour,
        linewidth=1.8,
        marker="o",
        markersize=size,
        zorder=3,
        solid_capstyle="round",
        clip_on=False,
    )


def _end(row: pd.Series, name: str, colour: str) -> tuple[float, float, str, str]:
    """Place, words and colour of a label at one end of a line."""
    words = [facts.written(row["value"], row["unit"]), *(describe.wrapped(name, 26) if name else [])]
    return row["middle"], row["value"], "\n".join(words), colour


def start_labels(ax: Axes, starts: Sequence[tuple[float, float, str, str]]) -> None:
    """The first value to the left of each line, set apart so that none overlap."""
    gap = style.SMALL * 1.25 / 72 * ax.get_figure(root=True).dpi
    places = labels.apart([ax.transData.transform((x, y))[1] for x, y, *_ in starts], gap)
    for (x, y, text, colour), place in zip(starts, places, strict=True):
        height = ax.transData.inverted().transform((0, place))[1]
        ax.annotate(
            text,
            (x, y),
            xytext=(x, height),
            ha="right",
            va="center",
            color=colour,
            fontsize=style.SMALL,
            fontweight=600,
            zorder=5,
            gid="start label",
        ).xyann = (x - 0.012 * np.diff(ax.get_xlim())[0], height)


def end_labels(ax: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Value and name at the right end of each line, set apart so that none overlap."""
    if not ends:
        return
    scale = ax.get_window_extent()
    dpi = ax.get_figure(root=True).dpi
    tallest = max(text.count("\n") + 1 for *_, text, _ in ends)
    gap = tallest * style.SMALL * 1.25 / 72 * dpi
    wanted = [ax.transData.transform((0, y))[1] for _, y, _, _ in ends]
    places = labels.apart(wanted, gap, scale.y0 + gap / 2 - 4, scale.y1 + gap / 4)
    for (x, y, text, colour), place in zip(ends, places, strict=True):
        height = (place - scale.y0) / scale.height
        ax.annotate(
            text,
            (x, y),
            xytext=(1.03, height),
            textcoords="axes fraction",
            va="center",
            ha="left",
            color=colour,
            fontsize=style.SMALL,
            fontweight=600,
            linespacing=1.0,
            zorder=5,
            annotation_clip=False,
            gid="end label",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.5,
                "alpha": 0.6,
                "shrinkA": 1,
                "shrinkB": 3,
            },
        )


def ends_of_interval(
    released: Released | Internal, rows: pd.DataFrame, derivation: str
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95% interval: exact Poisson for counts and for rates per resident.

    Raises CountingRuleError for what does not happen one by one (attendances, money).
    """
    require(released, "ends_of_interval")
    if derivation:
        low, high = (
            rates.derive(released, _plain(released, rows), _with_end(derivation, end))["value"]
            for end in ("low", "high")
        )
        return low.to_numpy(dtype=float), high.to_numpy(dtype=float)
    if unit := set(rows["unit"]) - rates.ONE_BY_ONE:
        raise CountingRuleError(f"no interval for {', '.join(sorted(unit))}: they do not happen one by one")
    pairs = [
        rates.poisson_interval(value) if status == "shown" else (np.nan, np.nan)
        for value, status in zip(rows["value"], rows["status"], strict=True)
    ]
    return np.array([low for low, _ in pairs]), np.array([high for _, high in pairs])


def _with_end(derivation: str, end: str) -> str:
    name, equals, argument = derivation.partition("=")
    return f"{name}_{end}{equals}{argument}"


def _plain(released: Released | Internal, rows: pd.DataFrame) -> pd.DataFrame:
    """The cells behind derived *rows*."""
    keys = ["indicator", "period", "period_basis", "adm1_code", "sex", "age_band", "partner"]
    return rows[keys].merge(released.beside(rows), on=keys, how="left", validate="one_to_one")


def _sentences(
    released: Released | Internal, lines: dict[str, pd.DataFrame], adm1_code: str, partner: str
) -> list[str]:
    said = []
    for name, rows in lines.items():
        shown = rows[rows["status"].eq("shown")]
        place = units.place_name(released, adm1_code, rows["period"].iloc[-1])
        head = f"Line over time: {released.indicators.loc[name, 'name_en']}, {rows['unit'].iloc[0]}, "
        head += f"{', '.join(filter(None, [place, partner]))}, "
        head += f"{periods.label(rows['period'].iloc[0])} to {periods.label(rows['period'].iloc[-1])}"
        said.append(f"{head}: {describe.number_of(len(shown), 'value')} shown.")
        if len(shown):
            ends = [shown.iloc[0], shown.loc[shown["value"].idxmax()], shown.iloc[-1]]
            words = [
                f"{facts.written(row['value'], row['unit'])} ({periods.label(row['period'])})" for row in ends
            ]
            which = "" if len(shown) == len(rows) else " shown"
            said.append(f"First{which} {words[0]}, highest{which} {words[1]}, last{which} {words[2]}.")
        said += [
            f"{text.capitalize()}: "
            + describe.listed([periods.label(code) for code in rows.loc[rows["status"].eq(status), "period"]])
            + "."
            for status, text in facts.STATUS_WORDS.items()
            if rows["status"].eq(status).any()
        ]
    return said
