"""Two periods side by side: a pair of points for each place, grouped by how it changed."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.charts import barplot, theme
from ctip_analysis.charts.lines import number_axis, write_unit
from ctip_analysis.edition import STATUS_WORDS, ratios, written
from ctip_analysis.places import names

GROUPS = ("Rose", "No clear change", "Unchanged", "Fell")
HEIGHT, FOOT = 0.65, 0.16  # inches: around the rows, a line below the axes
FOOT_WIDTH = 118, 38  # letters, on a page and on a phone


@theme.themed
def change(before: pd.DataFrame, after: pd.DataFrame, *, y: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the numbers of two periods as pairs of points joined by a line, sorted by change; returns the axes.

    *before* and *after* have a row for each *y* (by default province, partner, zone …). With ``low`` and ``high`` in
    both, intervals are drawn, and a change of counts that chance alone could explain (``beyond_chance``), or one of
    other numbers whose intervals overlap, is in the group "No clear change". Who is not compared is named below.

    >>> before = pd.DataFrame({"province": ["Kep", "Takeo"], "value": [3, 5], "period": "2003"})
    >>> ax = change(before, before.assign(value=[4, 1], period="2004"))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Rose (1)', 'Kep', 'Fell (1)', 'Takeo']
    """
    for frame in (before, after):
        theme.need(frame, "change", "value", *([y] if y else []))
    y = y or barplot.dimension(after)
    theme.need(before, "change", y)
    pairs, left_out = compared(before, after, y)
    groups = [(name, rows) for name in GROUPS if len(rows := pairs[pairs["group"].eq(name)])]
    foot = [
        line
        for why, names in left_out.items()
        for line in textwrap.wrap(f"{why}: {', '.join(names)}.", theme.fit(*FOOT_WIDTH))
    ]
    ax = ax or theme.new_axes(barplot.ROW * (len(pairs) + len(groups)) + HEIGHT + FOOT * len(foot))
    place, ticks = 0, []
    for name, rows in groups:
        ticks.append((place, f"{name} ({len(rows)})", True))
        for row in rows.itertuples():
            place += 1
            ticks.append((place, row.name_, False))
            _draw_pair(ax, place, row, theme.unit_of(after))
        place += 1
    _axes(ax, pairs, ticks, theme.unit_of(after))
    _key(ax, _period(before), _period(after), pairs["low_after"].notna().any())
    theme.note(ax, "\n".join(foot), (0, 0), (0, theme.fit(-20, -32)), va="top")
    return ax


def compared(before: pd.DataFrame, after: pd.DataFrame, y: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Pairs that are shown in both frames, with change and group; and the names of the others, by reason."""
    columns = ["value", "low", "high", "status"]
    before, after = _one_area(before, after, y)
    sides = [
        frame.assign(status=theme.status_of(frame)).set_index(y).reindex(columns=columns) for frame in (before, after)
    ]
    both = pd.merge(*sides, how="outer", on=y, suffixes=("_before", "_after"), validate="one_to_one")
    words = barplot.words(both.index.to_frame(name=y), y)
    status = both[["status_before", "status_after"]].fillna("no_data")
    worst = status["status_before"].where(status["status_before"].ne("shown"), status["status_after"])
    idle = worst.eq("shown") & both["value_before"].eq(0) & both["value_after"].eq(0)
    left_out = {
        "None in either period": idle,
        **{said.capitalize(): worst.eq(code) for code, said in STATUS_WORDS.items()},
    }
    kept = worst.eq("shown") & ~idle
    pairs = both[kept].assign(name_=words[kept])
    pairs["change"] = pairs["value_after"] - pairs["value_before"]
    pairs["group"] = [_group(row) for row in pairs.itertuples()]
    named = {why: sorted(words[rows]) for why, rows in left_out.items() if rows.any()}
    return pairs.sort_values(["change", "name_"], ascending=[False, True]), named


def _one_area(before: pd.DataFrame, after: pd.DataFrame, y: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames with one name for a province that has a new one, and not applicable where one was split between."""
    if y != "province" or not {"adm1_code", "period"} <= set(before) & set(after):
        return before, after
    new = before["adm1_code"].map(after.drop_duplicates("adm1_code").set_index("adm1_code")[y])
    one, other = before["period"].max(), after["period"].max()
    same = after["adm1_code"].map(lambda code: names.is_same_area(code, one, other))
    status = theme.status_of(after).where(same, "not_applicable")
    return before.assign(**{y: new.fillna(before[y])}), after.assign(status=status)


def _group(row: Any) -> str:
    whole = float(row.value_before).is_integer() and float(row.value_after).is_integer()
    if pd.notna(row.low_before) and pd.notna(row.low_after):
        overlap = row.low_before <= row.high_after and row.low_after <= row.high_before
        if not (ratios.is_clear(row.value_before, row.value_after) if whole else not overlap):
            return "No clear change"
    return "Rose" if row.change > 0 else "Fell" if row.change < 0 else "Unchanged"


def _draw_pair(ax: Axes, place: int, row: Any, unit: str) -> None:
    """One place: intervals, line, both points, and the change at the right."""
    for low, high, off, colour in (
        (row.low_before, row.high_before, 0.16, theme.RULE),
        (row.low_after, row.high_after, -0.16, theme.HUE),
    ):
        if pd.notna(low):
            ax.hlines(place + off, low, high, color=colour, linewidth=2.2, alpha=0.45)
    ax.hlines(place, row.value_before, row.value_after, color=theme.PALE, linewidth=1.6, zorder=2)
    ax.plot(row.value_before, place, "o", markersize=5.5, markerfacecolor="white", color=theme.HUE, clip_on=False)
    ax.plot(row.value_after, place, "o", markersize=5.5, color=theme.HUE, clip_on=False)
    text = ("+" if row.change > 0 else "") + written(row.change, unit)
    look = {"xycoords": ax.get_yaxis_transform(), "color": theme.HUE, "fontweight": 600, "gid": theme.SCALE}
    theme.note(ax, text, (1, place), (42, 0), ha="right", va="center", **look)


def _axes(ax: Axes, pairs: pd.DataFrame, ticks: list[tuple[int, str, bool]], unit: str) -> None:
    ends = pairs[["value_before", "value_after", "high_before", "high_after"]].to_numpy(dtype=float)
    ax.set_xlim(min(0.0, np.nanmin(ends, initial=0)), (np.nanmax(ends, initial=0) or 1.0) * 1.03)
    is_slim = theme.width() != theme.WIDTH  # then the key has the room above the axes
    ax.set(xlabel=unit if is_slim else "", ylabel="", ylim=(max((place for place, *_ in ticks), default=0) + 0.6, -0.6))
    number_axis(ax, "x", bool((pairs["value_after"] % 1).eq(0).all()))
    ax.set_yticks([place for place, *_ in ticks], [name for _, name, _ in ticks])
    ax.tick_params(axis="y", pad=8)
    for label, (_, _, is_head) in zip(ax.get_yticklabels(), ticks, strict=True):
        label.set(fontweight=600 if is_head else 400, color=theme.INK, gid=theme.SCALE if is_head else None)
    ax.xaxis.label.set_gid(theme.SCALE)
    write_unit(ax, "" if is_slim else unit)


def _key(ax: Axes, before: str, after: str, has_intervals: bool) -> None:
    """Which point is which period, above the axes; and the head of the column of changes."""
    first = ax.plot([], [], "o", markerfacecolor="white", color=theme.HUE, label=before)
    last = ax.plot([], [], "o", color=theme.HUE, label=after)
    band = [ax.plot([], [], color=theme.PALE, linewidth=2.2, label="95% interval")[0]] if has_intervals else []
    key = ax.legend(handles=[*first, *last, *band], loc="lower right", bbox_to_anchor=(1, 1), ncols=3, handlelength=1.2)
    theme.note(ax, "change", (1, 1), (42, 5), ha="right")
    key.set_gid(theme.SCALE)


def _period(frame: pd.DataFrame) -> str:
    """The period of *frame* in words, "before" or "after" being for the caller where it names none."""
    codes = frame["period"].dropna().unique() if "period" in frame else []
    return periods.label(str(codes[0])) if len(codes) == 1 else ""
