"""Lines over time, labelled at their ends."""

from __future__ import annotations

import textwrap
from itertools import cycle

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy.optimize import isotonic_regression

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme, timeline
from ctip_analysis.edition import group_label, written

HEIGHT, LINE = 2.9, 0.16  # inches: of a figure, of a line of text
SPLITS = ("indicator", "province", "zone", "sex", "age_band", "partner")  # columns a hue may name
NAME_WIDTH = 28, 14  # letters, on a page and on a phone


@theme.themed
def trend(frame: pd.DataFrame, *, hue: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw numbers over time as lines, one for each *hue*, with their first and last numbers; returns the axes.

    *frame* has ``value`` and ``period``, or ``start`` and ``end``. A line joins periods of one length without a gap
    between them; other lengths are drawn as bars as long as the period. ``low`` and ``high`` are drawn as a band.
    Gaps and the split of Kampong Cham are marked as by ``mark_gaps``.

    >>> frame = pd.DataFrame({"period": ["2003", "2004"], "value": [21, 29], "unit": "performances"})
    >>> [text.get_text() for text in trend(frame).texts]
    ['performances', '21', '29']
    """
    theme.need(frame, "trend", "value", *([hue] if hue else []))
    rows = timeline.with_days(frame, "trend").reset_index(drop=True)
    shown = theme.status_of(rows).eq("shown")
    rows["run"] = timeline.runs(rows, shown, hue)
    rows["line"] = [group_label(hue, str(value)) for value in rows[hue]] if hue else ""
    names = list(dict.fromkeys(rows["line"]))
    colours = dict(zip(names, cycle(theme.HUES), strict=False))
    _check_one_number_each(rows, hue)
    ax = ax or theme.new_axes(max(HEIGHT, 0.7 + LINE * sum(map(_lines, names))))
    if shown.any():
        _draw(ax, rows[shown], colours)
    set_axes(ax, rows, shown)
    if shown.any():
        _label_starts(ax, rows[shown], colours)
        _label_ends(ax, rows[shown], colours)
    handles = timeline.draw_gaps(ax, rows)
    timeline.add_key(ax, handles)
    return ax


def _check_one_number_each(rows: pd.DataFrame, hue: str | None) -> None:
    """Stop where a line would have two numbers for one period, or the axis two units."""
    if "unit" in rows and len(units := sorted(set(rows["unit"].dropna()))) > 1:
        raise ParameterError(f"trend has one axis, and these rows have {' and '.join(units)}: draw each of them alone")
    if not rows.duplicated(["line", "start", "stop"]).any():
        return
    split = [name for name in SPLITS if name in rows and name != hue and rows[name].nunique() > 1]
    way = f'give hue="{split[0]}" for a line each, ' if split else ""
    raise ParameterError(
        f"trend draws one number a period and line, and these rows have several: {way}take fewer rows, or use "
        "ctip.small_multiples"
    )


def _lines(name: str) -> int:
    return 1 + len(textwrap.wrap(name, theme.fit(*NAME_WIDTH)))


def _draw(ax: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    """Lines with a dot for each number, bands of intervals, and bars for periods of an unusual length."""
    usual = timeline.is_usual(rows)
    dots = {"marker": "o", "markeredgewidth": 0, "markersize": 4.5 if len(rows) <= 60 else 3}
    of_line = {"hue": "line", "palette": colours, "units": "run", "estimator": None, "legend": False}
    sns.lineplot(rows[usual], x="middle", y="value", **of_line, **dots, ax=ax)
    for row in rows[~usual].itertuples():
        ax.hlines(row.value, row.start, row.stop, color=colours[row.line], linewidth=3, alpha=0.5)
        ax.plot(row.middle, row.value, "o", markerfacecolor="white", color=colours[row.line])
    if {"low", "high"} <= set(rows):
        for (line, _), run in rows.dropna(subset=["low", "high"]).groupby(["line", "run"]):
            ax.fill_between(run["middle"], run["low"], run["high"], color=colours[line], alpha=0.15, linewidth=0)
            if len(run) == 1:
                ax.vlines(run["middle"], run["low"], run["high"], color=colours[line], alpha=0.3)


def set_axes(ax: Axes, rows: pd.DataFrame, shown: pd.Series) -> None:
    """Ticks, limits and unit; the value axis begins at zero unless a number is below it."""
    values = rows.loc[shown, [name for name in ("value", "low", "high") if name in rows]]
    top, bottom = (float(np.nanmax(values)), float(np.nanmin(values))) if len(values) else (1.0, 0.0)
    whole = bool((rows.loc[shown, "value"] % 1).eq(0).all())
    ax.set_ylim(min(bottom * 1.08, 0), (top if top > 0 else 1) * 1.08)
    number_axis(ax, "y", whole)
    length = rows["stop"] - rows["start"]
    ends = (rows["middle"] + 0.3 * length).where(shown & timeline.is_usual(rows), rows["stop"])
    ax.set(xlim=(rows["start"].min(), ends.max()), xlabel="", ylabel="")
    write_unit(ax, theme.unit_of(rows))
    timeline.set_ticks(ax, rows)


def write_unit(ax: Axes, unit: str) -> None:
    """Write the unit of the numbers above the axes, at the left."""
    theme.note(ax, unit, (0, 1), (0, 5), gid=theme.SCALE)


def number_axis(ax: Axes, which: str, whole: bool) -> None:
    """Readable ticks on the axis *which*, with grid lines and without a spine."""
    axis = getattr(ax, f"{which}axis")
    axis.set_major_locator(MaxNLocator(6, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))
    sns.despine(ax=ax, left=which == "y", bottom=which == "x")
    ax.grid(visible=True, axis=which)


def _label_ends(ax: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    """The last number of each line, with its name, beside the axes."""
    unit = theme.unit_of(rows)
    lasts = rows.groupby("line", sort=False).tail(1)
    texts = [
        "\n".join([written(row.value, unit), *textwrap.wrap(row.line, theme.fit(*NAME_WIDTH))])
        for row in lasts.itertuples()
    ]
    for row, text, height in zip(lasts.itertuples(), texts, _apart(ax, lasts["value"], texts), strict=True):
        look = {"color": colours[row.line], "fontweight": 600, "linespacing": 1.0, "gid": theme.VALUE}
        leader = {"arrowstyle": "-", "linewidth": 0.5, "alpha": 0.6, "color": colours[row.line]}
        leader |= {"relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3}
        where = {"xytext": (1.02, height), "textcoords": "axes fraction", "annotation_clip": False}
        ax.annotate(text, (row.middle, row.value), ha="left", va="center", arrowprops=leader, **where, **look)


def _label_starts(ax: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    """The first number of each line that begins where the axis does, if it goes on, at its left."""
    firsts = rows.groupby("line", sort=False).head(1)
    goes_on = rows["line"].value_counts().gt(1)
    firsts = firsts[firsts["start"].eq(rows["start"].min()) & firsts["line"].map(goes_on)]
    texts = [written(value, theme.unit_of(rows)) for value in firsts["value"]]
    if texts:
        _make_room(ax, firsts["middle"].iloc[0], max(map(len, texts)))
    plate = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}  # the grid ends before it
    for row, text, height in zip(firsts.itertuples(), texts, _apart(ax, firsts["value"], texts), strict=True):
        look = {"color": colours[row.line], "fontweight": 600, "bbox": plate, "gid": theme.VALUE}
        at = (date2num(row.middle), height)
        theme.note(ax, text, at, (-6, 0), xycoords=ax.get_xaxis_transform(), ha="right", va="center", **look)


def _make_room(ax: Axes, first: pd.Timestamp, letters: int) -> None:
    """Move the left limit so that a number of *letters* fits between it and the point at *first*."""
    left, right = ax.get_xlim()
    share = (letters * 0.065 + 0.15) / theme.inches(ax)[0]
    needed = date2num(first) - share * (right - left)
    ax.set_xlim(min(left, needed), right)


def _apart(ax: Axes, values: pd.Series, texts: list[str]) -> list[float]:
    """Heights for *texts* near *values*, as shares of the axes, so that none overlap (nearest in least squares)."""
    low, high = ax.get_ylim()
    tall = np.array([text.count("\n") + 1 for text in texts]) * LINE / theme.inches(ax)[1]
    return spread([(value - low) / (high - low) for value in values], tall)


def spread(wanted: list[float], sizes: np.ndarray) -> list[float]:
    """Positions near *wanted*, in their order, at least half the *sizes* of two neighbours apart, from 0 to 1.

    >>> [round(place, 2) for place in spread([0.5, 0.52, 0.9], np.array([0.1, 0.1, 0.1]))]
    [0.46, 0.56, 0.9]
    """
    order = np.argsort(wanted, kind="stable")
    if not len(order):
        return []
    sizes = np.asarray(sizes)[order]
    offsets = np.concatenate([[0.0], np.cumsum((sizes[:-1] + sizes[1:]) / 2)])
    free = isotonic_regression(np.asarray(wanted)[order] - offsets).x
    lowest, highest = sizes[0] / 4, 1 - sizes[-1] / 2 - offsets[-1]
    result = np.empty(len(order))
    result[order] = np.clip(free, lowest, max(lowest, highest)) + offsets
    return [float(place) for place in result]
