"""Periods on a time axis: their days, which of them a line may join, labels of ticks, gaps, the split of a province."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.category import StrCategoryConverter
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme
from ctip_analysis.edition import STATUS_WORDS
from ctip_analysis.places import names

SPLIT, SPLIT_CODES = pd.Timestamp(names.SPLIT), names.SPLIT_CODES
SPLIT_WORDS = "31 December 2013: Tboung Khmum left Kampong Cham"
SPLIT_LOOK = {"color": theme.QUIET, "linewidth": 0.9, "linestyle": (0, (4, 3))}
DAY = pd.Timedelta(days=1)
YEAR = 12  # months
MOST_TICKS = {"year": (16, 6), "quarter": (16, 12), "month": (32, 12)}  # labels that fit, on a page and on a phone
_SMALL = {"month": lambda code: "JFMAMJJASOND"[int(code[-2:]) - 1], "quarter": lambda code: code[-2:]}

Spans = list[tuple[float, float]]


def with_days(frame: pd.DataFrame, function: str) -> pd.DataFrame:
    """*frame* in time order, with ``start``, ``stop`` (the day after the last) and ``middle`` of each row.

    The days are those of ``start`` and ``end``, or of ``period``. Without an end a row lasts until the next start, and
    its number is drawn at its start.
    """
    if "start" not in frame and "period" in frame:
        days = [periods.span(str(code)) for code in frame["period"]]
        frame = frame.assign(start=[first for first, _ in days], end=[last for _, last in days])
    theme.need(frame, function, "start")
    rows = frame.assign(start=pd.to_datetime(frame["start"]))
    rows["stop"] = (
        pd.to_datetime(rows["end"]) + DAY if "end" in rows else rows["start"].map(_next_starts(rows["start"]))
    )
    rows["middle"] = rows["start"] + (rows["stop"] - rows["start"]) / (2 if "end" in rows else np.inf)
    return rows.sort_values("start", kind="stable")


def _next_starts(starts: pd.Series) -> dict[pd.Timestamp, pd.Timestamp]:
    order = sorted(starts.unique())
    following = {first: second for first, second in pairwise(order)}
    usual = order[-1] - order[-2] if len(order) > 1 else DAY
    return {**following, **({order[-1]: order[-1] + usual} if order else {})}


def months(rows: pd.DataFrame) -> pd.Series:
    """Length of each period in whole months: a year is 12, a quarter 3."""
    return ((rows["stop"] - rows["start"]) / DAY / 30.4).round()


def is_usual(rows: pd.DataFrame) -> pd.Series:
    """Whether each period is as long as most are; beside years, whether it is a year."""
    lengths = months(rows)
    return lengths.eq(YEAR if lengths.eq(YEAR).any() else lengths.mode().max())


def runs(rows: pd.DataFrame, shown: pd.Series, hue: str | None) -> pd.Series:
    """Number of the line that each shown row of *rows* (see ``with_days``) belongs to.

    A line joins periods of one length that follow each other without a gap; it does not cross the split of a province.
    """
    lengths, number = months(rows), 0
    found = pd.Series(-1, index=rows.index)
    for _, line in rows.groupby(rows[hue] if hue else np.zeros(len(rows)), sort=False, observed=True):
        last: int | None = None
        for place in line.index[shown[line.index]]:
            joined = last is not None and rows.at[last, "stop"] == rows.at[place, "start"]
            joined = joined and lengths[last] == lengths[place] and not _is_split(rows.loc[last], rows.loc[place])
            number += not joined
            found[place], last = number, place
    return found


def _is_split(before: pd.Series, after: pd.Series) -> bool:
    """Whether the unit of both rows was split between them."""
    return after.get("adm1_code") in SPLIT_CODES and before["start"] < SPLIT <= after["start"]


def has_split(rows: pd.DataFrame) -> bool:
    """Whether *rows* has numbers of a province that was split from before and from after that day."""
    if "adm1_code" not in rows:
        return False
    starts = rows.loc[rows["adm1_code"].isin(SPLIT_CODES), "start"]
    return bool(starts.lt(SPLIT).any() and starts.ge(SPLIT).any())


def set_ticks(ax: Axes, rows: pd.DataFrame) -> None:
    """A tick in the middle of each period, labelled with its month, quarter or year, and the year below.

    Where they don't fit, or periods are of several lengths, only years are labelled; rows without ``period`` get
    dates as matplotlib writes them.
    """
    if "period" not in rows:
        locator = AutoDateLocator()
        ax.xaxis.set(major_locator=locator, major_formatter=ConciseDateFormatter(locator))
        return
    ticks, most = rows.drop_duplicates("period"), theme.fit(*MOST_TICKS["year"])
    grains = {periods.grain(code) for code in ticks["period"]}
    if len(grains) > 1 or not grains <= {"year", *_SMALL}:
        _year_ticks(ax, rows["start"].min().year, (rows["stop"].max() - DAY).year)
    elif grains == {"year"}:
        step = -(-len(ticks) // most)
        ax.set_xticks(ticks["middle"].iloc[::step], ticks["period"].iloc[::step])
    elif len(ticks) > theme.fit(*MOST_TICKS[next(iter(grains))]):
        years = ticks.groupby(ticks["period"].map(_year_of))["middle"].agg(["min", "max"])
        middles = years["min"] + (years["max"] - years["min"]) / 2
        step = -(-len(years) // most)
        ax.set_xticks(middles.iloc[::step], middles.index[::step])
    else:
        small, years = _SMALL[grains.pop()], ticks["period"].map(_year_of)
        texts = [f"{small(code)}\n{'' if again else year}"
                 for code, year, again in zip(ticks["period"], years, years.duplicated(), strict=True)]  # fmt: skip
        ax.set_xticks(ticks["middle"], texts)
    for label in ax.get_xticklabels():
        label.set_gid(theme.SCALE)


def _year_of(code: str) -> str:
    return code[:6] if code.startswith("FY") else code[:4]


def _year_ticks(ax: Axes, first: int, last: int) -> None:
    years = range(first, last + 1, -(-(last - first + 1) // theme.fit(*MOST_TICKS["year"])))
    ax.set_xticks([pd.Timestamp(year, 7, 2) for year in years], [str(year) for year in years])


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
    add_key(ax, draw_gaps(ax, with_days(frame, "mark_gaps")))
    return ax


def draw_gaps(ax: Axes, rows: pd.DataFrame) -> list[Artist]:
    """Mark the gaps in *rows* (see ``with_days``); returns what a key explains."""
    status, handles = theme.status_of(rows), []
    for name, words in STATUS_WORDS.items():
        spans = _joined(_positions(ax, rows[status.eq(name)]))
        for left, right in spans:
            look = {"facecolor": "#f6f6f6", "edgecolor": "#b9b9b9", "linewidth": 0, "zorder": 0.6}
            ax.axvspan(left, right, **{**look, "hatch": theme.LOOKS[name].get("hatch", "")[:4]}, gid=name)
        _break_lines(ax, spans)
        handles += [theme.swatch(name, words)] if spans else []
    if has_split(rows):
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
        day = float(_days(ax, pd.Series([SPLIT]))[0])
    else:
        day = min(left for left, _ in _positions(ax, rows[rows["start"] >= SPLIT]))
    ax.axvline(day, zorder=1.8, gid="split", **SPLIT_LOOK)
    if set(rows["adm1_code"]) <= SPLIT_CODES:
        _break_lines(ax, [(day, day)])
    return Line2D([], [], label=SPLIT_WORDS, **SPLIT_LOOK)


def add_key(ax: Axes, handles: Sequence[Artist]) -> None:
    """Explain *handles* in a row below the labels of the x axis."""
    if not handles:
        return
    box, dpi = ax.xaxis.get_tightbbox(), ax.get_figure(root=True).dpi
    down = (ax.bbox.y0 - box.y0) / dpi if box else 0.2
    below = ax.transAxes + ScaledTranslation(0, -down - 0.03, ax.get_figure(root=True).dpi_scale_trans)
    where = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below}
    where |= {"borderaxespad": 0, "borderpad": 0.2}
    labels = [handle.get_label() for handle in handles]
    key = Legend(ax, handles, labels, ncols=theme.fit(len(handles), 1), handlelength=2.2, **where)
    key.set_gid(theme.SCALE)
    ax.add_artist(key)
    key.set_clip_on(False)  # or the layout takes it for part of the axes
