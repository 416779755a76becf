"""The time axis of a line chart: its ticks, its gaps, and the day a province was split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from ctip_analysis.base import periods
from ctip_analysis.charts import classes, style
from ctip_analysis.edition import facts

SPLIT = date2num(date(2013, 12, 31))
SPLIT_WORDS = "31 December 2013: Tboung Khmum leaves Kampong Cham"
BANDS = {"withheld": style.WITHHELD, "no_data": style.NO_DATA}


def axis(ax: Axes, lines: Sequence[pd.DataFrame], unit: str, highest: float = 0.0) -> float:
    """Set both axes from shown values (and *highest*) and the periods, from zero up; returns the top."""
    shown = pd.concat([rows["value"] for rows in lines])
    top = max(float(shown.max()) * 1.12, highest * 1.03) if shown.gt(0).any() else 1.0
    rows = max(lines, key=len)
    first, last = rows["begins"].min(), rows["stops"].max()
    ax.set(ylim=(0, top), xlim=(first - 0.06 * (last - first), last))
    ticks = [tick for tick in ax.get_yticks() if tick <= top and shown.notna().any()]
    ticks = [tick for tick in ticks if tick == int(tick)] if classes.is_count(unit) else ticks
    ax.set_yticks(ticks, [f"{tick:,.10g}" for tick in ticks])
    style.quiet(ax)
    _time_ticks(ax, rows)
    ax.text(0, 1.015, unit, transform=ax.transAxes, fontsize=style.SMALL, color=style.QUIET, va="bottom")
    return top


def _time_ticks(ax: Axes, rows: pd.DataFrame) -> None:
    """Tick labels in the middle of each period: month letters, quarter numbers, or years; years below."""
    grains = [periods.grain(code) for code in rows["period"]]
    small = {"month": lambda code: "JFMAMJJASOND"[int(code[-2:]) - 1], "quarter": lambda code: code[-2:]}.get(
        grains[0], lambda code: code
    )
    texts = [small(code) for code in rows["period"]]
    if grains[0] in ("month", "quarter"):
        firsts = ~rows["period"].str.removeprefix("FY").str[:4].duplicated()
        texts = [
            f"{text}\n{code[: 6 if code.startswith('FY') else 4] if first else ''}"
            for text, code, first in zip(texts, rows["period"], firsts, strict=True)
        ]
    crowded = len(texts) > 26
    ax.set_xticks(
        rows["middle"],
        texts if not crowded else [text if "\n" in text and text.split("\n")[1] else "" for text in texts],
    )


def bands(ax: Axes, lines: Sequence[pd.DataFrame], top: float, words: bool = True) -> None:
    """Hatch the periods in which a number is withheld, dot those without data: never a point at zero."""
    for status, look in BANDS.items():
        spans = {
            (begins, stops)
            for rows in lines
            for found, begins, stops in zip(rows["status"], rows["begins"], rows["stops"], strict=True)
            if found == status
        }
        for begins, stops in _joined(sorted(spans)):
            ax.axvspan(
                begins,
                stops,
                facecolor="#f6f6f6",
                edgecolor="#c4c4c4",
                hatch=look["hatch"][:4],
                linewidth=0,
                zorder=0.6,
                gid=status,
            )
            if words:
                plate = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
                upright = (stops - begins) / np.diff(ax.get_xlim())[0] < 0.3
                ax.text(
                    (begins + stops) / 2,
                    top * 0.5,
                    facts.STATUS_WORDS[status],
                    rotation=90 if upright else 0,
                    ha="center",
                    va="center",
                    color=style.QUIET,
                    fontsize=style.SMALL,
                    bbox=plate,
                    zorder=2,
                )


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for begins, stops in spans:
        if joined and joined[-1][1] >= begins:
            joined[-1] = (joined[-1][0], stops)
        else:
            joined.append((begins, stops))
    return joined


def mark_split(ax: Axes, lines: Sequence[pd.DataFrame], words: bool = True) -> None:
    """A line at the day Tboung Khmum left Kampong Cham, where the time axis crosses it."""
    low, high = ax.get_xlim()
    if low < SPLIT < high:
        ax.axvline(SPLIT, color=style.QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2, gid="split")
        if words:
            at = (SPLIT - low) / (high - low)
            side = "left" if at < 0.35 else "right" if at > 0.75 else "center"
            ax.annotate(
                SPLIT_WORDS,
                (SPLIT, 1.015),
                xycoords=ax.get_xaxis_transform(),
                va="bottom",
                ha=side,
                color=style.QUIET,
                zorder=5,
            )


def consecutive(years: Sequence[int]) -> list[list[int]]:
    """Runs of years without a gap.

    >>> consecutive([2008, 2009, 2012])
    [[2008, 2009], [2012]]
    """
    runs = [[years[0]]] if years else []
    for before, after in pairwise(years):
        if after == before + 1:
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs
