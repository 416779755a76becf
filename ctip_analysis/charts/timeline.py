"""Periods on a time axis: the days they cover, which of them a line may join, and the labels of ticks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from ctip_analysis.base import periods
from ctip_analysis.charts import theme
from ctip_analysis.places import names

SPLIT, SPLIT_CODES = pd.Timestamp(names.SPLIT), names.SPLIT_CODES
DAY = pd.Timedelta(days=1)
YEAR = 12  # months
MOST_TICKS = {"year": (16, 6), "quarter": (16, 12), "month": (32, 12)}  # labels that fit, on a page and on a phone
_SMALL = {"month": lambda code: "JFMAMJJASOND"[int(code[-2:]) - 1], "quarter": lambda code: code[-2:]}


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
