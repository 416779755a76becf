"""The legend of a map: classes in words, and how many provinces each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from ctip_analysis.charts import style


@dataclass(frozen=True)
class Entry:
    """One line of a legend: its patch, its words, its counts (one, or one per map)."""

    fill: Mapping[str, object]
    label: str
    counts: tuple[int, ...]


def draw(
    ax: Axes,
    title: str,
    entries: Sequence[Entry],
    columns: Sequence[str] = ("provinces",),
    note: str = "",
    at: str = "lower right",
) -> BaseGeometry:
    """Legend with its classes in words and how many provinces each has; returns its box in pixels."""
    dpi = ax.get_figure(root=True).dpi
    frame = ax.get_window_extent()
    line, pad, narrow = 0.172 * dpi, 0.09 * dpi, 0.34 * dpi
    heads = title.split("\n")
    notes = note.split("\n") if note else []
    tall = (len(heads) + len(entries) + len(notes) + 0.15 + bool(columns)) * line + 1.5 * pad
    wide = 1.62 * dpi + narrow * max(len(columns), 1) + 0.1 * dpi * (len(columns) > 1)
    left = (frame.width - wide - 0.08 * dpi) if "right" in at else 0.08 * dpi
    low = 0.08 * dpi if "lower" in at else frame.height - tall - 0.08 * dpi
    panel = ax.inset_axes(
        (left / frame.width, low / frame.height, wide / frame.width, tall / frame.height), zorder=7
    )
    panel.set(xlim=(0, wide), ylim=(tall, 0), xticks=[], yticks=[], facecolor="white", gid="legend")
    panel.set_label("legend")
    y = pad + line / 2
    for head in heads:
        panel.text(pad, y, head, va="center", fontweight=600, fontsize=style.SMALL + 0.5)
        y += line
    for place, column in enumerate(columns):
        panel.text(
            _right(wide, pad, narrow, place, columns), y, column, ha="right", va="center", color=style.QUIET
        )
    y += line * bool(columns)
    for entry in entries:
        _entry(panel, entry, y, (wide, pad, line, narrow), columns)
        y += line
    for text in notes:
        panel.text(pad, y + 0.1 * line, text, va="center", color=style.QUIET)
        y += line
    for side in panel.spines.values():
        side.set(color=style.RULE, linewidth=0.7)
    return box(*panel.get_window_extent().extents)


def _right(wide: float, pad: float, narrow: float, place: int, columns: Sequence[str]) -> float:
    return wide - pad - narrow * (len(columns) - 1 - place)


def _entry(
    panel: Axes, entry: Entry, y: float, size: tuple[float, float, float, float], columns: Sequence[str]
) -> None:
    wide, pad, line, narrow = size
    properties = {"edgecolor": "#6f6f6f", "linewidth": 0.5, **entry.fill}
    outline = {**properties, "edgecolor": "#6f6f6f"}
    panel.add_patch(Rectangle((pad, y - line * 0.36), line * 1.75, line * 0.72, **properties))
    panel.add_patch(
        Rectangle(
            (pad, y - line * 0.36),
            line * 1.75,
            line * 0.72,
            **{**outline, "hatch": None, "facecolor": "none"},
        )
    )
    panel.text(pad + line * 2.15, y, entry.label, va="center", fontsize=style.SMALL)
    for place, count in enumerate(entry.counts):
        panel.text(
            _right(wide, pad, narrow, place, columns),
            y,
            f"{count}",
            ha="right",
            va="center",
            color=style.QUIET,
        )
