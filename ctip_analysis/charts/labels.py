"""Names and numbers on a map: of every province on a page, of the largest where there is room on a phone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from ctip_analysis.charts import theme
from ctip_analysis.edition import written

PLATE = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.9}
INSIDE = (float("nan"), float("nan"))  # no leader


def texts(units: gpd.GeoDataFrame, column: str, label: str, lines: pd.Series, wide: bool) -> pd.Series:
    """Name and, on a *wide* map, number of each unit; "" where the frame has no name."""
    names = units[label].fillna("").astype(str) if label in units else pd.Series("", index=units.index)
    names = names.where(lines.eq(1) & wide, names.str.replace(" ", "\n", n=1))
    if not wide or not pd.api.types.is_numeric_dtype(units[column]):
        return names
    unit = theme.unit_of(units)
    shown = theme.status_of(units, column).eq("shown")
    numbers = [written(value, unit) if value else "0" for value in units[column].fillna(0)]
    return (names + "\n" + pd.Series(numbers, index=units.index).where(shown, "")).str.strip()


def draw(ax: Axes, places: pd.DataFrame, looks: Mapping[str, Mapping[str, Any]], wide: bool) -> None:
    """Write the text of each place, on a narrow map of some; one that may reach over a border is on a plate."""
    if not wide:
        return _draw_free(ax, places[places["across"].gt(0) | places["is_first"]])
    for row in places.itertuples():
        look = looks[row.group] if row.is_ours else {"hatch": ""}
        write(ax, row.text, (row.x, row.y), look, (row.leader_x, row.leader_y))


def write(
    ax: Axes, text: str, at: tuple[float, float], look: Mapping[str, Any], leader: tuple[float, float] = INSIDE
) -> None:
    """One label; outside its province with a line that ends in a dot inside it."""
    style = {"ha": "center", "va": "center", "multialignment": "center", "linespacing": 0.98, "zorder": 3.5}
    style |= {"gid": theme.VALUE, "color": theme.INK, "in_layout": False}
    if pd.notna(leader[0]):
        line = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 0, "color": theme.INK}
        ax.annotate(text, leader, xytext=at, arrowprops=line, **style)
        ax.plot(*leader, marker="o", markersize=3, color=theme.INK, markeredgecolor="white", markeredgewidth=0.6)
    elif "hatch" in look:
        ax.text(*at, text, bbox=PLATE, **style)
    else:
        ax.text(*at, text, **{**style, "color": theme.ink_on(str(look["facecolor"]))})


def _draw_free(ax: Axes, rows: pd.DataFrame) -> None:
    """Write ``text`` of *rows* in or beside their circles where nothing is written: ``is_first``, then the largest.

    ``across`` are the points across a circle. A text covers no circle but its own, if it can; what finds no place is
    left out.
    """
    figure = ax.get_figure(root=True)
    if layout := figure.get_layout_engine():
        layout.execute(figure)  # or the places of texts are not yet known
    ax.apply_aspect()
    rows = rows.sort_values(["is_first", "across"], ascending=False)
    taken = [text.get_window_extent() for text in ax.findobj(Text) if text.get_text()]
    taken += [one.get_window_extent() for inset in ax.child_axes for one in (inset, *inset.texts, inset.title)]
    taken += [bar.get_window_extent() for bar in ax.artists]
    at = rows[["leader_x", "leader_y"]].set_axis(["x", "y"], axis=1).fillna(rows[["x", "y"]]).to_numpy()
    radii = rows["across"].to_numpy() / 2
    inside = zip(ax.transData.transform(at), 0.8 * radii * figure.dpi / 72, strict=True)
    circles = [Bbox([middle - half, middle + half]) for middle, half in inside]
    for place, (words, xy, radius) in enumerate(zip(rows["text"], at, radii, strict=True)):
        style = {"xycoords": "data", "ha": "center", "va": "center", "color": theme.INK, "gid": theme.VALUE}
        text = theme.note(ax, words, xy, (0, 0), linespacing=0.82, zorder=3.5, in_layout=False, **style)
        others = circles[:place] + circles[place + 1 :]
        if (box := _free(text, radius, ax.get_window_extent(), [taken + others, taken])) is None:
            text.remove()
        else:
            taken.append(box.padded(2))


def _free(text: Annotation, radius: float, frame: Bbox, choices: Sequence[list[Bbox]]) -> Bbox | None:
    """Move *text* to the first place in or beside its circle that is inside *frame* and free; its box, or None."""
    size, dpi = text.get_window_extent().size, text.get_figure(root=True).dpi
    wide, high = size * 72 / dpi / 2
    down, aside = radius + high, radius + wide
    beside = [(0, -down), (0, down), (aside, 0), (-aside, 0)]
    spots = [(0, 0), *beside] if not radius or wide < 1.1 * radius else [*beside, (0, 0)]
    for taken, spot in itertools.product(choices, spots):
        text.xyann = spot
        box = text.get_window_extent()
        if all(frame.contains(*corner) for corner in box.corners()) and not any(map(box.overlaps, taken)):
            text.set_bbox(None if radius and spot == (0, 0) else PLATE | {"alpha": 0.6, "boxstyle": "round,pad=0.02"})
            return box
    return None
