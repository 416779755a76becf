"""A small panel for each province, all on one axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.charts import describe, style, time_axis, trends, units
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require

BANDS = {"withheld": "Hatched", "no_data": "Dotted"}  # as time_axis draws them


def small_multiples(
    released: Released | Internal, indicator: str, grain: str, derivation: str, title: str
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.small_multiples`."""
    require(released, "small_multiples")
    panels, rest = _panels(released, indicator, grain, derivation)
    if not panels:
        return _nothing_drawn(released, indicator, grain, title, rest)
    across = 5
    down = -(-len(panels) // across)
    foot = [text for sentence in rest for text in describe.wrapped(sentence, 132)]
    head, tail, tall = 0.52 if title else 0.28, 0.2 + 0.165 * len(foot), 1.0
    figure = style.canvas(head + tail + tall * down, None).figure
    figure.clear()
    top = axis_top(panels)
    height = figure.get_figheight()
    for place, (name, rows) in enumerate(panels.items()):
        left = 0.42 + (style.WIDTH - 0.5) / across * (place % across)
        low = height - head - tall * (place // across + 1) + 0.34
        ax = figure.add_axes((left / style.WIDTH, low / height, 1.08 / style.WIDTH, 0.5 / height))
        _panel(ax, released, name, rows, top, place % across == 0, place + across >= len(panels))
        style.stamp(ax, released, alpha=0.1)
    unit = next((unit for rows in panels.values() for unit in rows["unit"]), "")
    figure.text(
        0.01,
        1 - 0.1 / height,
        title or f"{unit}; every panel from 0 to {top:,.10g}",
        va="top",
        fontsize=style.LARGE if title else style.SMALL,
        color=style.INK if title else style.QUIET,
    )
    if title:
        figure.text(
            0.01,
            1 - 0.33 / height,
            f"{unit}; every panel from 0 to {top:,.10g}",
            va="top",
            fontsize=style.SMALL,
            color=style.QUIET,
        )
    for number, text in enumerate(foot):
        figure.text(
            0.01,
            (0.08 + 0.165 * (len(foot) - number - 1)) / height,
            text,
            va="bottom",
            fontsize=style.SMALL,
            color=style.QUIET,
        )
    first = figure.axes[0]
    every = pd.concat(list(panels.values()))
    said = [
        f"{len(panels)} small panels, one a province, of {released.indicators.loc[indicator, 'name_en']} "
        f"by {grain}, {unit}, on one scale from 0 to {top:,.10g}."
    ]
    said += [f"{name}: {_ends(rows)}." for name, rows in panels.items()]
    first.ctip = describe.described(
        released, [*said, *rest], describe.fact_ids(every, derivation), title, every["source"].unique()
    )
    return first


def _nothing_drawn(
    released: Released | Internal, indicator: str, grain: str, title: str, rest: list[str]
) -> Axes:
    """A line of words where no province has a number above zero to draw."""
    ax = style.canvas(0.5, None)
    ax.set_axis_off()
    ax.text(0.01, 0.5, "No panel drawn: no number above zero is shown.", va="center", zorder=6)
    style.stamp(ax, released)
    rows = released.select(indicator, grain=grain, adm1_code=None)
    said = [f"No small panels of {released.indicators.loc[indicator, 'name_en']} by {grain}.", *rest]
    ax.ctip = describe.described(released, said, describe.fact_ids(rows), title, rows["source"].unique())
    return ax


def _panels(
    released: Released | Internal, indicator: str, grain: str, derivation: str
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Provinces with a shown number above zero, the largest shown sum first; and sentences naming all others."""
    codes = sorted(
        set(released.select(indicator, grain=grain, adm1_code=None)["adm1_code"]) - {units.UNPLACED}
    )
    drawn: dict[str, pd.DataFrame] = {}
    rest: dict[str, list[str]] = {}
    for code in codes:
        rows = trends.series(released, indicator, grain, derivation, code)
        name = units.place_name(released, code, rows["period"].iloc[-1])
        if rows["value"].gt(0).any():
            drawn[name] = rows
        else:
            hidden = [
                words for status, words in facts.STATUS_WORDS.items() if rows["status"].eq(status).any()
            ]
            why = f"{hidden[0].capitalize()} in one or more periods" if hidden else "None in any period"
            rest.setdefault(why, []).append(name)
    ordered = dict(sorted(drawn.items(), key=lambda pair: (-pair[1]["value"].sum(), pair[0])))
    said = [f"{why}: {describe.listed(sorted(names))}." for why, names in sorted(rest.items())]
    states = {status for rows in drawn.values() for status in rows["status"]}
    said += [f"{how}: {facts.STATUS_WORDS[status]}." for status, how in BANDS.items() if status in states]
    return ordered, said


def axis_top(panels: dict[str, pd.DataFrame]) -> float:
    """A round top of the shared axis."""
    most = max((float(rows["value"].max()) for rows in panels.values()), default=1.0)
    step = 10 ** np.floor(np.log10(most)) / 2
    return float(np.ceil(most / step) * step)


def _panel(
    ax: Axes,
    released: Released | Internal,
    name: str,
    rows: pd.DataFrame,
    top: float,
    left: bool,
    bottom: bool,
) -> None:
    ax.set(xlim=(rows["begins"].min(), rows["stops"].max()), ylim=(0, top * 1.02), xticks=[])
    ax.set_yticks([0, top], ["0", f"{top:,.10g}"] if left else ["", ""])
    style.quiet(ax)
    time_axis.bands(ax, [rows], top, words=False)
    ax.fill_between(rows["middle"], rows["value"], color=style.HUE_PALE, linewidth=0, zorder=1)
    ax.plot(rows["middle"], rows["value"], color=style.HUE, linewidth=1.3, marker="o", markersize=2, zorder=3)
    ax.set_title(name, fontsize=style.SMALL, fontweight=600, loc="left", pad=3)
    ends = [rows.iloc[0], rows.iloc[-1]] if len(rows) > 1 else []
    for row, where, side in zip(ends, (0.0, 1.0), ("left", "right"), strict=False):
        if row["status"] != "shown":
            continue
        text = facts.written(row["value"], row["unit"])
        ax.text(
            where,
            -0.07,
            text,
            transform=ax.transAxes,
            ha=side,
            va="top",
            fontsize=style.SMALL,
            color=style.HUE,
            fontweight=600,
        )
    if bottom:
        for code, where, side in zip(
            (rows["period"].iloc[0], rows["period"].iloc[-1]), (0.0, 1.0), ("left", "right"), strict=True
        ):
            ax.text(
                where,
                -0.33,
                code,
                transform=ax.transAxes,
                ha=side,
                va="top",
                fontsize=style.SMALL,
                color=style.QUIET,
            )
    if rows["adm1_code"].iloc[0] in ("KH03", "KH25"):
        time_axis.mark_split(ax, [rows], words=False)


def _ends(rows: pd.DataFrame) -> str:
    shown = rows[rows["status"].eq("shown")]
    ends = [
        f"{facts.written(row['value'], row['unit'])} ({row['period']})"
        for row in (shown.iloc[0], shown.iloc[-1])
    ]
    return " to ".join(ends)
