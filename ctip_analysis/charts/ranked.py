"""Places ranked by a number: bars, and pairs of points that show a change."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.charts import describe, style, units
from ctip_analysis.edition.read import Internal, Released, require

ROW = 0.205  # inches a row takes
LOOKS = {
    "withheld": style.WITHHELD,
    "no_data": style.NO_DATA,
    "not_applicable": {"facecolor": "white", "edgecolor": style.RULE},
}


def bars_by_province(
    released: Released | Internal, indicator: str, period: str, derivation: str, title: str, ax: Axes | None
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.bars_by_province`."""
    require(released, "bars_by_province")
    table = ordered(units.by_unit(released, indicator, period, derivation))
    shown = table[table["status"].eq("shown")]
    ax = style.canvas(
        len(table) * ROW + 0.55 + (0.3 if title else 0), ax, (1.3, 0.75, 0.3, 0.6 if title else 0.3)
    )
    style.heading(ax, title)
    ax.barh(range(len(shown)), shown["value"], height=0.68, color=style.HUE, linewidth=0)  # these stand first
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
        released,
        _ranking(released, indicator, period, table, unit),
        units.ids(released, indicator, period, derivation),
        title,
        table["source"].unique(),
    )
    return ax


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Shown values from high to low, then what is not shown by name: nothing tells how large it is."""
    hidden = table["status"].ne("shown")
    shown = table[~hidden].sort_values(["value", "name"], ascending=[False, True])
    return pd.concat([shown, table[hidden].sort_values(["status", "name"], ascending=[False, True])])


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
        f"Bars by province, highest first: {released.indicators.loc[indicator, 'name_en']}, {unit}, "
        f"{periods.label(period)}.",
        f"{', '.join(values)}." if values else "",
        f"None: {describe.listed(zero)}." if zero else "",
        *describe.not_shown(table["name"], table["status"]),
    ]
