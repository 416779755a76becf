"""Places ranked by a number: bars, and pairs of points that show a change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from ctip_analysis import classes, describe, facts, periods, rates, style, trends, units
from ctip_analysis.edition import Internal, Released
from ctip_analysis.errors import ParameterError

ROW = 0.205  # inches a row takes
LOOKS = {
    "withheld": style.WITHHELD,
    "no_data": style.NO_DATA,
    "not_applicable": {"facecolor": "white", "edgecolor": style.RULE},
}
NO_CLEAR_CHANGE = 0.05  # p-value from which a change is called clear no longer


def bars_by_province(
    released: Released | Internal, indicator: str, period: str, derivation: str, title: str, ax: Axes | None
) -> Axes:
    """See :func:`ctip_analysis.figures.bars_by_province`."""
    table = ordered(units.by_unit(released, indicator, period, derivation))
    shown = table[table["status"].eq("shown")]
    ax = style.canvas(
        len(table) * ROW + 0.55 + (0.3 if title else 0), ax, (1.3, 0.75, 0.3, 0.6 if title else 0.3)
    )
    style.heading(ax, title)
    sns.barplot(
        x=table["value"].fillna(0),
        y=table["name"],
        ax=ax,
        color=style.HUE,
        saturation=1,
        width=0.68,
        orient="h",
        linewidth=0,
    )
    _not_a_zero(ax, table)
    rows_axis(ax, list(table["name"]), float(shown["value"].max()) if len(shown) else 1.0)
    for place, row in enumerate(table.itertuples()):
        if row.status == "shown":
            ax.annotate(
                row.text,
                (row.value, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=style.SMALL,
                zorder=5,
            )
        else:
            style.swatch(ax, 0.006, place, LOOKS[row.status], row.text)
    unit = next((unit for unit in table["unit"] if unit), "")
    ax.text(
        0, 1.0, f"{unit}, {periods.label(period)}", transform=ax.transAxes, va="bottom", color=style.QUIET
    )
    style.stamp(ax, released)
    ax.ctip = describe.described(
        released, _ranking(released, indicator, period, table, unit), units.ids(released, indicator, period, derivation), title,
        table["source"].unique(),
    )  # fmt: skip
    return ax


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Shown values from high to low, then what is not shown in the order of the names: nothing tells how large it is."""
    hidden = table["status"].ne("shown")
    shown = table[~hidden].sort_values(["value", "name"], ascending=[False, True])
    return pd.concat([shown, table[hidden].sort_values(["status", "name"], ascending=[False, True])])


def _not_a_zero(ax: Axes, table: pd.DataFrame) -> None:
    """Take away the empty bars of numbers that are not shown; only a real zero stands at zero."""
    for patch, status in zip(list(ax.patches), table["status"], strict=True):
        if status != "shown":
            patch.remove()


def rows_axis(ax: Axes, names: list[str], most: float) -> None:
    """Names down the side, a quiet value axis from zero along the bottom."""
    ax.set(xlabel="", ylabel="", xlim=(0, (most or 1.0) * 1.02), ylim=(len(names) - 0.4, -0.6))
    ax.set_yticks(range(len(names)), names, color=style.INK)
    ax.tick_params(axis="y", pad=7)
    for label in ax.get_yticklabels():
        label.set_verticalalignment("center")
    ticks = [tick for tick in ax.get_xticks() if tick <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, [f"{tick:,.10g}" for tick in ticks])
    style.quiet(ax, grid="x")


def _ranking(
    released: Released | Internal, indicator: str, period: str, table: pd.DataFrame, unit: str
) -> list[str]:
    shown = table[table["status"].eq("shown")]
    values = [
        f"{row.name_} {row.text}" for row in shown.rename(columns={"name": "name_"}).itertuples() if row.value
    ]
    zero = list(shown.loc[shown["value"].eq(0), "name"])
    return [
        f"Bars by province, highest first: {released.indicators.loc[indicator, 'name_en']}, {unit}, {periods.label(period)}.",
        f"{', '.join(values)}." if values else "", f"None: {describe.listed(zero)}." if zero else "",
        *describe.not_shown(table["name"], table["status"]),
    ]  # fmt: skip


def dumbbell(
    released: Released | Internal,
    indicator: str,
    first_period: str,
    last_period: str,
    by: str,
    derivation: str,
    title: str,
    ax: Axes | None,
) -> Axes:
    """See :func:`ctip_analysis.figures.dumbbell`."""
    table, hidden = changes(released, indicator, first_period, last_period, by, derivation)
    groups = [
        (name, rows)
        for name in ("Rose", "No clear change", "Unchanged", "Fell")
        if len(rows := table[table["group"].eq(name)])
    ]
    foot = [
        text
        for why, places in hidden.items()
        for text in trends.wrapped(f"{why}: {describe.listed(places)}.", 128)
    ]
    rows_down, under = max(len(table) + len(groups), 1), 0.42 + 0.165 * len(foot)
    ax = style.canvas(
        rows_down * ROW + under + (0.7 if title else 0.4), ax, (1.45, 0.7, under, 0.65 if title else 0.36)
    )
    style.heading(ax, title, pad=19)
    place, ticks = 0, []
    for name, rows in groups:
        ticks.append((place, f"{name} ({len(rows)})", True))
        for row in rows.itertuples():
            place += 1
            ticks.append((place, row.name_, False))
            _pair(ax, place, row)
        place += 1
    _dumbbell_axis(ax, table, ticks, first_period, last_period)
    ax.annotate(
        "\n".join(foot),
        (0, 0),
        xycoords="axes fraction",
        xytext=(-100, -26),
        textcoords="offset points",
        va="top",
        color=style.QUIET,
    )
    style.stamp(ax, released)
    head = f"Change by {'province' if by == 'adm1_code' else by}: {released.indicators.loc[indicator, 'name_en']}, "
    said = [f"{head}{periods.label(first_period)} and {periods.label(last_period)}."]
    said += [
        f"{name}: {describe.listed([f'{row.name_} {row.before_text} to {row.after_text}' for row in rows.itertuples()])}."
        for name, rows in groups
    ]
    said += [f"{why}: {describe.listed(places)}." for why, places in hidden.items()]
    ids = [
        cell
        for period in (first_period, last_period)
        for cell in _ids(released, indicator, period, by, derivation)
    ]
    ax.ctip = describe.described(released, said, ids, title, released.select(indicator)["source"].unique())
    return ax


def _ids(released: Released | Internal, indicator: str, period: str, by: str, derivation: str) -> list[str]:
    return describe.fact_ids(released.select(indicator, period=period, **{by: None}), derivation)


def changes(
    released: Released | Internal,
    indicator: str,
    first_period: str,
    last_period: str,
    by: str,
    derivation: str,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Both values, the ends of their intervals, the change and its group by place; and who is not drawn, by reason.

    A change of counts is clear where two Poisson counts would differ as much less than once in 20 times;
    what does not happen one by one (attendances, money) only rises, falls or stays.
    """
    before, after = (
        _values(released, indicator, period, by, derivation, (first_period, last_period))
        for period in (first_period, last_period)
    )
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")
    status = both[["status_before", "status_after"]].fillna("no_data")
    hidden = status["status_before"].where(status["status_before"].ne("shown"), status["status_after"])
    compared = hidden.eq("shown")
    names = both["name_after"].fillna(both["name_before"])
    table = pd.DataFrame({"name_": names, "before": both["value_before"], "after": both["value_after"]})[
        compared
    ]
    unit = next((unit for unit in both["unit_before"].fillna("") if unit), "")
    table["change"] = table["after"] - table["before"]
    for end in ("before", "after"):
        table[f"{end}_text"] = [facts.written(value, unit) for value in table[end]]
    tested = not derivation and unit not in trends.NOT_ONE_BY_ONE
    idle = table["before"].eq(0) & table["after"].eq(0)
    left_out, table = {"None in either period": sorted(table.loc[idle, "name_"])}, table[~idle].copy()
    for code, words in facts.STATUS_WORDS.items():
        left_out[words.capitalize()] = sorted(names[hidden.eq(code)])
    table["group"] = [_group(row.before, row.after, tested) for row in table.itertuples()]
    for end in ("before", "after"):
        pairs = [rates.poisson_interval(value) if tested else (np.nan, np.nan) for value in table[end]]
        table[f"{end}_low"], table[f"{end}_high"] = [low for low, _ in pairs], [high for _, high in pairs]
    table["change_text"] = [
        ("+" if value > 0 else "") + facts.written(value, unit) for value in table["change"]
    ]
    table["unit"] = unit
    return table.sort_values(["change", "name_"], ascending=[False, True]), {
        why: places for why, places in left_out.items() if places
    }


def _values(
    released: Released | Internal,
    indicator: str,
    period: str,
    by: str,
    derivation: str,
    both: tuple[str, str],
) -> pd.DataFrame:
    if by == "adm1_code":
        fewest = min(both, key=lambda code: len(units.unit_codes(released, indicator, code)))
        return units.by_unit(
            released, indicator, period, derivation, units.unit_codes(released, indicator, fewest)
        )
    if by not in ("partner", "sex", "age_band"):
        raise ParameterError(f"a change is drawn by adm1_code, partner, sex or age_band, not by {by}")
    rows = rates.derive(
        released, released.select(indicator, period=period, **{by: None}), derivation
    ).set_index(by)
    values = [
        classes.as_printed(v, u) if s == "shown" else np.nan
        for v, u, s in zip(rows["value"], rows["unit"], rows["status"], strict=True)
    ]
    return rows.assign(name=rows.index, value=values)[["name", "value", "status", "unit"]]


def _group(before: float, after: float, tested: bool) -> str:
    if tested and rates.change_beyond_chance(before, after) >= NO_CLEAR_CHANGE:
        return "No clear change"
    return "Rose" if after > before else "Fell" if after < before else "Unchanged"


def _pair(ax: Axes, place: int, row: tuple) -> None:
    for low, high, depth, colour in (
        (row.before_low, row.before_high, 0.16, style.RULE),
        (row.after_low, row.after_high, -0.16, style.HUE),
    ):
        if np.isfinite(low):
            ax.plot(
                [low, high],
                [place + depth, place + depth],
                color=colour,
                linewidth=2.2,
                alpha=0.45,
                solid_capstyle="butt",
                zorder=2,
            )
    ax.plot([row.before, row.after], [place, place], color=style.HUE_LIGHT, linewidth=1.6, zorder=2.5)
    ax.plot(
        row.before,
        place,
        "o",
        markersize=5.5,
        markerfacecolor="white",
        markeredgecolor=style.HUE,
        markeredgewidth=1.4,
        zorder=3,
        clip_on=False,
    )
    ax.plot(row.after, place, "o", markersize=5.5, color=style.HUE, zorder=3.2, clip_on=False)
    ax.text(
        1.09,
        place,
        row.change_text,
        transform=ax.get_yaxis_transform(),
        ha="right",
        va="center",
        color=style.HUE,
        fontweight=600,
    )


def _dumbbell_axis(
    ax: Axes, table: pd.DataFrame, ticks: list[tuple[int, str, bool]], first_period: str, last_period: str
) -> None:
    ends = table[["before", "after", "before_high", "after_high"]].to_numpy(dtype=float)
    rows_axis(ax, [""] * (ticks[-1][0] + 1 if ticks else 1), float(np.nanmax(ends, initial=0.0)))
    ax.set_yticks([place for place, *_ in ticks], [name for _, name, _ in ticks])
    for label, (_, _, is_head) in zip(ax.get_yticklabels(), ticks, strict=True):
        label.set(fontweight=700 if is_head else 400, color=style.INK, verticalalignment="center")
    unit = table["unit"].iloc[0] if len(table) else ""
    key = f"{unit}:   ○ {periods.label(first_period)}    ● {periods.label(last_period)}"
    bars = "    pale bars: 95% intervals" if len(table) and np.isfinite(table["after_low"]).any() else ""
    ax.text(0, 1.005, key + bars, transform=ax.transAxes, va="bottom", color=style.QUIET)
    ax.text(1.09, 1.005, "change", transform=ax.transAxes, va="bottom", ha="right", color=style.QUIET)
