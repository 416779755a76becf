"""What a time axis must not hide: periods without a number, and the day a province was split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.category import StrCategoryConverter
from matplotlib.dates import date2num
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme, timeline
from ctip_analysis.edition import STATUS_WORDS

SPLIT_WORDS = "31 December 2013: Tboung Khmum left Kampong Cham"
SPLIT_LOOK = {"color": theme.QUIET, "linewidth": 0.9, "linestyle": (0, (4, 3))}
Spans = list[tuple[float, float]]


@theme.themed
def mark_gaps(ax: Axes, frame: pd.DataFrame) -> Axes:
    """Mark the periods of *frame* that have no number on the time axis of *ax*; returns *ax*.

    Hatches what is withheld, dots what has no data, breaks lines there, draws the day Tboung Khmum left Kampong Cham
    where *frame* has numbers of either from both sides of it, and explains this in a key below the axes. *frame* has
    ``value`` and ``start`` and ``end``, or ``period``; the x axis has dates, or the codes of periods.

    >>> frame = pd.DataFrame({"period": ["2003", "2004", "2005"], "value": [21, None, 30]})
    >>> import seaborn as sns
    >>> ax = sns.lineplot(frame, x="period", y="value")
    >>> [band.get_gid() for band in mark_gaps(ax, frame.assign(status=["shown", "withheld", "shown"])).patches]
    ['withheld']
    """
    theme.need(frame, "mark_gaps", "value")
    if not isinstance(ax, Axes):
        raise ParameterError(f"mark_gaps takes one Axes, as each of grid.axes.flat; found {type(ax).__name__}")
    add_key(ax, draw_gaps(ax, timeline.with_days(frame, "mark_gaps")))
    return ax


def draw_gaps(ax: Axes, rows: pd.DataFrame) -> list[Artist]:
    """Mark the gaps in *rows* (see ``timeline.with_days``); returns what a key explains."""
    status, handles = theme.status_of(rows), []
    for name, words in STATUS_WORDS.items():
        spans = _joined(_positions(ax, rows[status.eq(name)]))
        for left, right in spans:
            look = {"facecolor": "#f6f6f6", "edgecolor": "#b9b9b9", "linewidth": 0, "zorder": 0.6}
            ax.axvspan(left, right, **{**look, "hatch": theme.LOOKS[name].get("hatch", "")[:4]}, gid=name)
        _break_lines(ax, spans)
        handles += [theme.swatch(name, words)] if spans else []
    if timeline.has_split(rows):
        handles.append(_mark_split(ax, rows))
    return handles


def _positions(ax: Axes, rows: pd.DataFrame) -> Spans:
    """Where each row begins and ends on the x axis: days, or half a place around its category."""
    if isinstance(ax.xaxis.get_converter(), StrCategoryConverter):
        places = np.asarray(ax.convert_xunits(list(rows["period"])), dtype=float)
        return list(zip(places - 0.5, places + 0.5, strict=True))
    return list(zip(_days(ax, rows["start"]), _days(ax, rows["stop"]), strict=True))


def _days(ax: Axes, days: pd.Series) -> np.ndarray:
    """Places of *days* on the x axis, which matplotlib and pandas number differently."""
    if ax.xaxis.get_converter() is None:
        if ax.lines:
            raise ParameterError("mark_gaps needs an x axis of dates, or of the codes of periods; draw with x='start'")
        return np.asarray(date2num(days), dtype=float)
    return np.asarray([getattr(day, "ordinal", day) for day in ax.convert_xunits(list(days))], dtype=float)


def _joined(spans: Spans) -> Spans:
    joined: Spans = []
    for left, right in sorted(spans):
        if joined and joined[-1][1] >= left:
            joined[-1] = (joined[-1][0], max(right, joined[-1][1]))
        else:
            joined.append((left, right))
    return joined


def _break_lines(ax: Axes, spans: Spans) -> None:
    """Take the stretch of every line away that leads over one of *spans*; a line with a point in it is another's."""
    for line in ax.get_lines():
        if line.get_transform() != ax.transData:
            continue
        x, y = (np.asarray(data, dtype=float) for data in line.get_data(orig=False))
        for left, right in spans:
            for place in np.flatnonzero((x[:-1] < left) & (x[1:] >= right))[::-1] + 1:
                x, y = np.insert(x, place, (left + right) / 2), np.insert(y, place, np.nan)
        if len(x) > len(line.get_xdata(orig=False)):
            line.set_data(x, y)


def _mark_split(ax: Axes, rows: pd.DataFrame) -> Artist:
    if not isinstance(ax.xaxis.get_converter(), StrCategoryConverter):
        day = float(_days(ax, pd.Series([timeline.SPLIT]))[0])
    else:
        day = min(left for left, _ in _positions(ax, rows[rows["start"] >= timeline.SPLIT]))
    ax.axvline(day, zorder=1.8, gid="split", **SPLIT_LOOK)
    if set(rows["adm1_code"]) <= timeline.SPLIT_CODES:
        _break_lines(ax, [(day, day)])
    return Line2D([], [], label=SPLIT_WORDS, **SPLIT_LOOK)


def add_key(ax: Axes, handles: Sequence[Artist]) -> None:
    """Explain *handles* in a row below the labels of the x axis."""
    if not handles:
        return
    box, dpi = ax.xaxis.get_tightbbox(), ax.get_figure(root=True).dpi
    down = (ax.bbox.y0 - box.y0) / dpi if box else 0.2
    below = ax.transAxes + ScaledTranslation(0, -down - 0.03, ax.get_figure(root=True).dpi_scale_trans)
    where = {
        "loc": "upper left",
        "bbox_to_anchor": (0, 0),
        "bbox_transform": below,
        "borderaxespad": 0,
        "borderpad": 0.2,
    }
    labels = [handle.get_label() for handle in handles]
    key = Legend(ax, handles, labels, ncols=theme.fit(len(handles), 1), handlelength=2.2, **where)
    key.set_gid(theme.SCALE)
    ax.add_artist(key)
    key.set_clip_on(False)  # or the layout takes it for part of the axes
