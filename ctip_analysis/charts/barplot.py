"""Bars: numbers side by side, ranked or in the order of the frame."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, DrawingArea, HPacker, TextArea
from matplotlib.patches import Rectangle

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme
from ctip_analysis.charts.lines import number_axis
from ctip_analysis.edition import STATUS_WORDS, group_labels, written

ROW, LINE = 0.205, 0.135  # inches: of a bar, of a further line of its name
NAME_WIDTH = 34, 20  # letters, on a page and on a phone
DIMENSIONS = ("province", "partner", "zone", "age_band", "sex", "indicator", "period")  # what a bar is, if not named
RANKED = ("province", "partner", "zone")


@theme.themed
def bars(frame: pd.DataFrame, *, y: str | None = None, hue: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a bar for each row of *frame*, with its number at the end; returns the axes.

    *y* names the bars (by default the first of province, partner, zone, age_band, sex, indicator and period that
    differs); *hue* parts each into bars of several colours. Without it provinces, partners and zones are ranked, what
    is not shown last; others keep the order of the frame, ages that of age. What is not shown has a patch and words in
    place of a bar. ``low`` and ``high`` are drawn as a line.

    >>> frame = pd.DataFrame({"province": ["Kep", "Takeo"], "value": [3, 5], "unit": "performances"})
    >>> [label.get_text() for label in bars(frame).get_yticklabels()]
    ['Takeo', 'Kep']
    """
    theme.need(frame, "bars", "value", *filter(None, [y, hue]))
    y = y or dimension(frame)
    rows = _ordered(frame, y, hue)
    names, parts = list(dict.fromkeys(rows["name"])), list(dict.fromkeys(rows["part"]))
    wrapped = ["\n".join(textwrap.wrap(name, theme.fit(*NAME_WIDTH))) or name for name in names]
    further = sum(name.count("\n") for name in wrapped)
    key = theme.fit(1, len(parts)) if len(parts) > 1 else 0  # rows of the legend
    ax = ax or theme.new_axes(ROW * len(names) * len(parts) + LINE * further + 0.55 + 0.2 * key)
    rows["length"] = rows["value"].where(rows["status"].eq("shown"))
    colours = dict(zip(parts, theme.HUES if len(parts) > 2 else [theme.HUE, theme.PALE], strict=False))
    rows["place"] = rows["name"].map(names.index) + (rows["part"].map(parts.index) + 0.5) * 0.8 / len(parts) - 0.4
    sns.barplot(rows, x="length", y="name", order=names, hue="part",
                hue_order=parts, palette=colours, saturation=1, width=0.68 if len(parts) == 1 else 0.8, errorbar=None,
                legend=False, ax=ax)  # fmt: skip
    _axes(ax, rows, wrapped)
    for row in rows.itertuples():
        _write(ax, row, theme.unit_of(frame))
    if len(parts) > 1:
        handles = [Rectangle((0, 0), 1, 1, facecolor=colours[part], label=part) for part in parts]
        across = theme.fit(len(parts), 1)
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=across, borderaxespad=0.2)
    return ax


def dimension(frame: pd.DataFrame) -> str:
    """The column that tells the rows of *frame* apart."""
    differing = [name for name in DIMENSIONS if name in frame and frame[name].nunique() > 1]
    present = [name for name in DIMENSIONS if name in frame and frame[name].fillna("").ne("").any()]
    if not differing and not present:
        raise ParameterError(
            f"bars needs y, the column that names each bar; the frame has {', '.join(map(str, frame.columns))}"
        )
    return (differing or present)[0]


def _ordered(frame: pd.DataFrame, y: str, hue: str | None) -> pd.DataFrame:
    """*frame* in the order of the bars, with ``name``, ``part`` and ``status``; ranked by number, then by name."""
    rows = frame.assign(status=theme.status_of(frame), name=words(frame, y), part=words(frame, hue) if hue else "")
    for column in filter(None, [hue, y]):
        rows = rows.sort_values(column, key=_order, kind="stable") if _has_order(frame[column]) else rows
    if rows.duplicated(["name", "part"]).any():
        twice = rows.loc[rows.duplicated(["name", "part"]), "name"].iloc[0]
        raise ParameterError(f"bars needs one row for each {y}, and hue where there are several; {twice!r} has several")
    if y in RANKED and not hue:
        rows = rows.assign(value=rows["value"].where(rows["status"].eq("shown")))
        hidden = rows["status"].map(list(["shown", *STATUS_WORDS]).index)
        rows = rows.assign(hidden=hidden).sort_values(["hidden", "value", "name"], ascending=[True, False, True])
    return rows.reset_index(drop=True)


def _has_order(column: pd.Series) -> bool:
    """Whether the values of *column* have an order of their own, as ages have."""
    return isinstance(column.dtype, pd.CategoricalDtype) or column.name in ("sex", "age_band")


def _order(column: pd.Series) -> pd.Series:
    known = list(group_labels(str(column.name)))
    return column.map(lambda code: known.index(code) if code in known else -1) if known else column.cat.codes


def words(frame: pd.DataFrame, column: str) -> pd.Series:
    """The labels of *column*, row by row: groups of sex and age in words, anything else as text."""
    labels = group_labels(column) if column in ("sex", "age_band") else {}
    return frame[column].astype(object).fillna("").astype(str).map(lambda code: labels.get(code, code))


def _axes(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """Names beside the bars, a value axis from zero with the unit below it."""
    ends = rows[[name for name in ("length", "high") if name in rows]].to_numpy(dtype=float)
    most, least = np.nanmax(ends, initial=0.0), np.nanmin(ends, initial=0.0)
    ax.set_xlim(least * 1.02, (most or 1.0) * 1.02)
    number_axis(ax, "x", bool((rows["length"].dropna() % 1).eq(0).all()))
    ax.set(xlabel=theme.unit_of(rows), ylabel="", ylim=(len(names) - 0.45, -0.55))
    ax.xaxis.label.set_gid(theme.SCALE)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", labelcolor=theme.INK, pad=7)


def _write(ax: Axes, row: Any, unit: str) -> None:
    """The number of one bar behind it, with its interval; or why there is none."""
    if pd.isna(row.length):
        ax.add_artist(_words_for(row.status, STATUS_WORDS[row.status], (0.0, row.place)))
        return
    end = np.nanmax([0.0, row.length, getattr(row, "high", np.nan)])
    if pd.notna(getattr(row, "low", np.nan)):
        ax.hlines(row.place, row.low, row.high, color=theme.INK, linewidth=1)
    look = {"xycoords": "data", "va": "center", "color": theme.INK, "gid": theme.VALUE}
    theme.note(ax, written(row.length, unit), (end, row.place), (4, 0), **look)


def _words_for(status: str, text: str, at: tuple[float, float]) -> AnnotationBbox:
    """A small patch with words, in place of a bar whose length would be read as a number."""
    patch = DrawingArea(16, 7)
    patch.add_artist(Rectangle((0, 0), 16, 7, **{"linewidth": 0.5, **theme.LOOKS[status]}))
    pair = HPacker(children=[patch, TextArea(text, textprops={"color": theme.QUIET})], pad=0, sep=5, align="center")
    return AnnotationBbox(
        pair, at, xybox=(4, 0), boxcoords="offset points", frameon=False, box_alignment=(0, 0.5), pad=0
    )
