"""A small panel with a line for each place, all on one scale."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from ctip_analysis.charts import barplot, theme, timeline
from ctip_analysis.edition import STATUS_WORDS, written

ACROSS, TALL = (5, 2), 1.0  # panels in a row, on a page and on a phone; inches of a row of panels
FOOT_WIDTH = 128, 54  # letters


@theme.themed
def small_multiples(frame: pd.DataFrame, *, by: str = "province") -> np.ndarray:
    """Draw numbers over time in a small panel for each *by*; returns the array of axes.

    From the largest rise to the largest fall, each with its first and last number. Gaps and the split of Kampong Cham
    are marked. Who has no number above zero has no panel and is named below. (A FacetGrid of seaborn takes five
    seconds for 24 panels, this takes one.)

    >>> frame = pd.DataFrame({"province": ["Kep", "Kep", "Takeo", "Takeo"], "period": ["2003", "2004"] * 2})
    >>> [ax.get_title(loc="left") for ax in small_multiples(frame.assign(value=[3, 5, 1, 8]))]
    ['Takeo', 'Kep']
    """
    theme.need(frame, "small_multiples", "value", by)
    rows = timeline.with_days(frame, "small_multiples").reset_index(drop=True)
    rows["place"] = barplot.words(rows, by)
    if by == "province" and "adm1_code" in rows:
        rows["place"] = rows.groupby("adm1_code")["place"].transform("last")  # one panel for a province with a new name
    shown = theme.status_of(rows).eq("shown")
    rows["run"], rows["number"] = timeline.runs(rows, shown, "place"), rows["value"].where(shown)
    names, left_out = _panels(rows)
    axes, top = _grid(max(len(names), 1)), _round_top(rows["number"].max())
    axes[0].set(ylim=(0, top * 1.02), xlim=(rows["start"].min(), rows["stop"].max()), xticks=[], yticks=[0, top])
    axes[0].yaxis.set_major_formatter("{x:,.10g}")
    handles: dict[str, Artist] = {}
    for name, ax in zip(names, axes, strict=False):
        found = _draw_panel(ax, name, rows[rows["place"].eq(name)])
        handles |= {str(each.get_label()): each for each in found}
    _label_periods(axes, rows)
    _arrange(axes, f"{theme.unit_of(rows)}; every panel from 0 to {top:,.10g}", left_out, list(handles.values()))
    return axes


def _grid(count: int) -> np.ndarray:
    """Axes of *count* panels on one scale."""
    across = theme.fit(*ACROSS)
    _, axes = plt.subplots(-(-count // across), across, sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[count:]:
        ax.remove()
    return axes.flat[:count]


def _panels(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Places with a number above zero, in the order of their change; and sentences that name the others."""
    changes: dict[str, float] = {}
    rest: dict[str, list[str]] = {}
    for name, place in rows.groupby("place", sort=True):
        found = place["number"].dropna()
        if found.gt(0).any():
            changes[name] = found.iloc[-1] - found.iloc[0]
        else:
            hidden = [words for code, words in STATUS_WORDS.items() if theme.status_of(place).eq(code).any()]
            rest.setdefault(
                f"{hidden[0].capitalize()} in one or more periods" if hidden else "None in any period", []
            ).append(name)
    return sorted(changes, key=lambda name: -changes[name]), [
        f"{why}: {', '.join(names)}." for why, names in rest.items()
    ]


def _round_top(most: float) -> float:
    step = 10 ** np.floor(np.log10(most)) / 2 if most > 0 else 1.0
    return float(np.ceil(most / step) * step) if most > 0 else 1.0


def _draw_panel(ax: Axes, name: str, rows: pd.DataFrame) -> list[Artist]:
    """Title, line, gaps and end numbers of one panel; returns what the key explains."""
    ax.set_title(name, fontsize=theme.SMALL, pad=4)
    ax.grid(visible=True, axis="y")
    ax.spines["left"].set_visible(False)
    for _, run in rows[rows["run"] >= 0].groupby("run"):
        ax.plot(run["middle"], run["number"], color=theme.HUE, marker="o", markersize=2.5, linewidth=1.3)
        ax.fill_between(run["middle"], run["number"], color=theme.HUE, alpha=0.15, linewidth=0)
    for row, x, side in ((rows.iloc[0], 0, "left"), (rows.iloc[-1], 1, "right")):
        at_end = x == 1 or (len(rows) > 1 and float(date2num(row["start"])) <= ax.get_xlim()[0])
        if at_end and pd.notna(row["number"]):
            look = {"ha": side, "va": "top", "color": theme.HUE, "fontweight": 600, "gid": theme.VALUE}
            theme.note(ax, written(row["number"], theme.unit_of(rows)), (x, 0), (0, -3), **look)
    return timeline.draw_gaps(ax, rows)


def _label_periods(axes: np.ndarray, rows: pd.DataFrame) -> None:
    """First and last period below the lowest panel of each column."""
    codes = rows["period"] if "period" in rows else rows["start"].dt.strftime("%Y-%m-%d")
    for ax in axes[-theme.fit(*ACROSS) :]:
        for text, x, side in ((codes.iloc[0], 0, "left"), (codes.iloc[-1], 1, "right")):
            theme.note(ax, text, (x, 0), (0, -17), ha=side, va="top", gid=theme.SCALE)


def _arrange(axes: np.ndarray, head: str, left_out: list[str], handles: list[Artist]) -> None:
    """Place the scale above the panels, and below them who has none and what the patterns mean."""
    figure = axes[0].figure
    foot = [line for sentence in left_out for line in textwrap.wrap(sentence, theme.fit(*FOOT_WIDTH))]
    below, above = 0.54 + 0.16 * len(foot) + 0.2 * bool(handles), 0.5
    height = -(-len(axes) // theme.fit(*ACROSS)) * TALL + below + above - 0.35
    figure.set_size_inches(theme.width(), height)
    figure.subplots_adjust(
        left=0.06, right=0.985, top=1 - above / height, bottom=below / height, hspace=0.95, wspace=0.2
    )
    figure.text(0.005, 1 - 0.05 / height, head, va="top", color=theme.QUIET, gid=theme.SCALE)
    low = (0.08 + 0.2 * bool(handles)) / height
    figure.text(0.005, low, "\n".join(foot), va="bottom", color=theme.QUIET)
    if handles:
        figure.legend(handles=handles, loc="lower left", ncols=len(handles), borderaxespad=0.2).set_gid(theme.SCALE)
