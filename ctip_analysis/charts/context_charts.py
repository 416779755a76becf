"""National figures that others published: real, sourced row by row, with gaps that are shown as gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import describe, labels, style, time_axis
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require

NOT_VALUES = {"not_found", "memory"}  # kinds of evidence that are no evidence of a value
TIERS = {"Tier 1": "#d3e0ef", "Tier 2": "#a9c5e1", "Tier 2 Watch List": "#3f74ad", "Tier 3": "#12305f"}
KEY_ROW = 0.19  # inches
LONG = 8  # values from which a line carries numbers at its ends only
MARKS = ["o", "s", "^", "D", "v", "P", "X", "<"]


def national_series(released: Released | Internal, series: str, title: str, ax: Axes | None) -> Axes:
    """See :func:`ctip_analysis.charts.figures.national_series`."""
    require(released, "national_series")
    rows = released.context[released.context["series_id"].eq(series)]
    if rows.empty:
        raise ParameterError(
            f"no national series {series!r}; "
            f"there are {', '.join(sorted(released.context['series_id'].unique()))}"
        )
    found = _values(rows)
    gaps = sorted(
        set(rows.loc[rows["evidence_level"].isin(NOT_VALUES), "year"].astype(int)) - set(found["year"])
    )
    lines = list(found.groupby("line", sort=False))
    under = 0.42 + KEY_ROW * len(lines)
    ax = style.canvas(2.6 + under + (0.3 if title else 0), ax, (0.55, 0.15, under, 0.58 if title else 0.3))
    style.heading(ax, title, pad=19)
    _axes(ax, found, gaps)
    for place, (name, group) in enumerate(lines):
        colour, mark = style.HUES[place % len(style.HUES)], MARKS[place % len(MARKS)]
        _marks(ax, group, colour, mark)
        _key(ax, place, name, colour, mark, bool(group["whole"].all()))
        found.loc[group.index, "colour"] = colour
    _numbers(ax, found)
    if released.is_internal:
        style.stamp(ax, released)
    ids = [
        str(facts.FactId(f"national.{row.indicator}", row.period, partner=row.reporter_slug))
        for row in found.itertuples()
    ]
    ax.ctip = describe.described(
        released, _sentences(found, gaps, series), ids, title, found["source"].unique(), kind="published"
    )
    return ax


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that are values, with number, span of days, and the line they may belong to.

    A line has one indicator, reporter, basis and unit: nothing else may be joined.
    """
    rows = rows.assign(number=pd.to_numeric(rows["value"], errors="coerce"), year=rows["year"].astype(int))
    rows = rows[rows["number"].notna() & ~rows["evidence_level"].isin(NOT_VALUES)]
    days = [periods.span(code) for code in rows["period"]]
    rows = rows.assign(
        begins=[_years(first) for first, _ in days],
        stops=[_years(last) + 1 / 365 for _, last in days],
        whole=rows["year_basis"].isin(
            ["calendar year", "TIP report edition", "survey year", "year of registration"]
        ),
    )
    rows["middle"] = (rows["begins"] + rows["stops"]) / 2
    span = rows["year_basis"].where(~rows["year_basis"].eq("calendar year"), "")
    span = span.where(~span.str.contains("25 Dec"), "years ending 25 December")
    words = rows["indicator"].str.replace("_", " ")
    rows["line"] = [
        ", ".join(filter(None, each))
        for each in zip(
            words,
            rows["unit"].where([u not in w for u, w in zip(rows["unit"], words, strict=True)], ""),
            span,
            rows["reporter"],
            strict=True,
        )
    ]
    return rows.sort_values(["middle", "line"], ignore_index=True)


def _years(day: date) -> float:
    """A day as a number of years."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def _axes(ax: Axes, found: pd.DataFrame, gaps: list[int]) -> None:
    years = [*found["begins"].astype(int), *gaps]
    first, last = min(years), max(*years, int(found["stops"].max() - 0.01))
    top = float(found["number"].max()) * 1.16
    ax.set(xlim=(first - 0.1, last + 1.1), ylim=(0, top))
    step = 1 if last - first < 13 else 2 if last - first < 20 else 5
    ticks = [year for year in range(first, last + 1) if (year - first) % step == 0]
    ax.set_xticks([year + 0.5 for year in ticks], [str(year) for year in ticks])
    ticks = [tick for tick in ax.get_yticks() if tick <= top]
    ax.set_yticks(ticks, [f"{tick:,.10g}" for tick in ticks])
    style.quiet(ax)
    ax.text(
        0,
        1.015,
        describe.listed(sorted(found["unit"].unique())),
        transform=ax.transAxes,
        va="bottom",
        color=style.QUIET,
    )
    for run in time_axis.consecutive(gaps):
        ax.axvspan(
            run[0],
            run[-1] + 1,
            facecolor="#f6f6f6",
            edgecolor="#c9c9c9",
            hatch="....",
            linewidth=0,
            zorder=0.6,
            gid="not found",
        )
        plate = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
        turn = 90 if len(run) < (last - first) / 6 else 0
        ax.text(
            (run[0] + run[-1] + 1) / 2,
            top * 0.62,
            "no figure found",
            rotation=turn,
            ha="center",
            va="center",
            color=style.QUIET,
            bbox=plate,
            zorder=2,
        )


def _marks(ax: Axes, group: pd.DataFrame, colour: str, mark: str) -> None:
    """Whole years as dots, joined only from one year to the next; other spans as bars as long as they are."""
    whole = group[group["whole"]]
    for run in time_axis.consecutive(sorted(whole["year"].unique())):
        part = whole[whole["year"].isin(run)].sort_values("year")
        if (
            part["year_basis"].eq("calendar year").all()
        ):  # a year of registration or of a survey makes no trend
            ax.plot(part["middle"], part["number"], color=colour, linewidth=1.4, zorder=2.9)
        ax.plot(part["middle"], part["number"], mark, color=colour, markersize=5, zorder=3.2, clip_on=False)
    for row in group[~group["whole"]].itertuples():
        ax.plot(
            [row.begins, row.stops],
            [row.number, row.number],
            color=colour,
            linewidth=3.2,
            solid_capstyle="butt",
            alpha=0.55,
            zorder=2.8,
        )
        ax.plot(
            row.middle,
            row.number,
            marker=mark,
            markersize=4.5,
            markerfacecolor="white",
            markeredgecolor=colour,
            zorder=3.2,
        )


def _key(ax: Axes, place: int, name: str, colour: str, mark: str, whole: bool) -> None:
    """One row of the key below the axes: a filled mark for whole years, an open one for other spans."""
    down = -(30 + place * KEY_ROW * 72)
    here = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "annotation_clip": False,
        "va": "center",
    }
    ax.annotate(name[:1].upper() + name[1:], (0, 0), xytext=(22, down), color=style.INK, gid="key", **here)
    inches = ax.get_figure(root=True).dpi_scale_trans + ScaledTranslation(0, 0, ax.transAxes)
    at = (8 / 72, down / 72)
    if not whole:
        ax.plot(
            [at[0] - 7 / 72, at[0] + 7 / 72],
            [at[1], at[1]],
            color=colour,
            linewidth=3.2,
            alpha=0.55,
            transform=inches,
            clip_on=False,
        )
    ax.plot(
        *at,
        marker=mark,
        markersize=5,
        markerfacecolor=colour if whole else "white",
        markeredgecolor=colour,
        transform=inches,
        clip_on=False,
    )


def _numbers(ax: Axes, found: pd.DataFrame) -> None:
    """Every value beside its mark, also where two reporters disagree; of long lines only the ends."""
    length = found["line"].map(found["line"].value_counts())
    ends = ~found["line"].duplicated() | ~found["line"].duplicated(keep="last")
    found = found[length.le(LONG) | ends]
    figure = ax.get_figure(root=True)
    gap = style.SMALL * 1.15 / 72 * figure.dpi
    near = (found["middle"] * 1.4).round()
    for _, group in found.groupby(near):
        group = group.sort_values("number")
        away = [
            -1.0 if len(group) > 1 and not place else 1.0 for place in range(len(group))
        ]  # the lowest below its mark
        pixels = [
            ax.transData.transform((0, value))[1] + gap * side
            for value, side in zip(group["number"], away, strict=True)
        ]
        for row, place in zip(group.itertuples(), labels.apart(pixels, gap), strict=True):
            height = ax.transData.inverted().transform((0, place))[1]
            plate = {"boxstyle": "square,pad=0", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
            ax.text(
                row.middle,
                height,
                _qualified(row),
                ha="center",
                va="center",
                color=row.colour,
                fontweight=600,
                fontsize=style.SMALL,
                zorder=3.05,
                bbox=plate,
                gid="value",
            )


def _qualified(row: Any) -> str:
    """A value with the word its source puts before it: "at least 100"; one that was worked out says so."""
    number = facts.written(row.number, row.unit)
    if row.qualifier.startswith("derived"):
        return f"{number} (derived)"
    return f"{facts.QUALIFIER_WORDS.get(row.qualifier, '')} {number}".strip()


def _sentences(found: pd.DataFrame, gaps: list[int], series: str) -> list[str]:
    said = [
        f"National figures over time, {series.replace('_', ' ')}, as reported by others; "
        "unequal periods are not joined."
    ]
    for name, group in found.groupby("line", sort=False):
        values = [f"{_qualified(row)} ({periods.label(row.period)})" for row in group.itertuples()]
        said.append(f"{name}: {', '.join(values)}.")
    return [*said, f"No figure found for {describe.listed([str(year) for year in gaps])}." if gaps else ""]


def tier_strip(released: Released | Internal, title: str, ax: Axes | None) -> Axes:
    """See :func:`ctip_analysis.charts.figures.tier_strip`."""
    require(released, "tier_strip")
    rows = released.context[released.context["indicator"].eq("tip_tier")].assign(
        year=lambda each: each["year"].astype(int)
    )
    found = rows[~rows["evidence_level"].isin(NOT_VALUES) & rows["value"].isin(TIERS)].set_index("year")[
        "value"
    ]
    years = range(rows["year"].min(), rows["year"].max() + 1)
    ax = style.canvas(1.06 + (0.3 if title else 0), ax, (0.06, 0.06, 0.06, 0.36 if title else 0.06))
    style.heading(ax, title)
    ax.set(xlim=(years[0] - 0.02, years[-1] + 1.02), ylim=(-1.25, 1.6), xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    for year in years:
        tier = found.get(year)
        look = {"facecolor": TIERS[tier], "edgecolor": "white"} if tier else style.NO_DATA
        ax.add_patch(Rectangle((year, 0), 1, 1, linewidth=1.2, **look))
        short = (tier or "?").removeprefix("Tier ").replace(" Watch List", "W")
        ax.text(
            year + 0.5,
            0.5,
            short,
            ha="center",
            va="center",
            fontweight=600,
            color="white" if tier in ("Tier 3", "Tier 2 Watch List") else style.INK,
        )
        ax.text(year + 0.5, 1.12, f"’{year % 100:02d}", ha="center", va="bottom", color=style.QUIET)
    used = [name for name in TIERS if found.eq(name).any()]
    for place, name in enumerate(used):
        at = years[0] + 0.1 + place * 6
        ax.add_patch(
            Rectangle((at, -0.95), 0.8, 0.55, facecolor=TIERS[name], edgecolor=style.RULE, linewidth=0.5)
        )
        ax.text(
            at + 1.1, -0.68, f"{name}: {int(found.eq(name).sum())} editions", va="center", color=style.QUIET
        )
    if released.is_internal:
        style.stamp(ax, released)
    runs = [f"{year} {found.get(year, 'no figure found')}" for year in years]
    said = [
        f"Strip of {len(years)} years: Cambodia's tier in each US Trafficking in Persons Report. "
        f"{', '.join(runs)}."
    ]
    ids = [
        str(facts.FactId("national.tip_tier", row.period, partner=row.reporter_slug))
        for row in rows[rows["year"].isin(found.index)].itertuples()
    ]
    ax.ctip = describe.described(released, said, ids, title, rows["source"].unique(), kind="published")
    return ax
