"""Maps of one value per province: one map, or several with the same classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.charts import classes, describe, legend, maps, style, units
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.places.geography import OPEN_BOUNDARIES

INSET = (0.49, 0.012, 0.16, 0.165)  # of the map: over the sea and the delta, where nothing is mapped
ZERO = {"facecolor": "#ffffff"}
NOT_APPLICABLE = {"facecolor": style.LAND, "linestyle": (0, (3, 2))}
FILLS: dict[str, Mapping[str, object]] = {
    "zero": ZERO,
    "withheld": style.WITHHELD,
    "no_data": style.NO_DATA,
    "not_applicable": NOT_APPLICABLE,
}


def attribution(released: Released | Internal) -> str:
    """Whose lines a map of *released* draws."""
    require(released, "attribution")
    return f"{released.info.get('boundaries', OPEN_BOUNDARIES)}; neighbours and lake: Natural Earth"


def shades(count: int) -> list[dict[str, object]]:
    """Fills of *count* classes from pale to dark, out of YlGnBu."""
    ramp = mpl.colormaps["YlGnBu"]
    ends = (0.18, 0.97) if count > 1 else (0.6, 0.6)
    steps = [ends[0] + (ends[1] - ends[0]) * step / max(count - 1, 1) for step in range(count)]
    return [{"facecolor": mpl.colors.to_hex(ramp(step))} for step in steps]


def province_map(
    released: Released | Internal,
    indicator: str,
    period: str,
    derivation: str,
    breaks: Sequence[float] | None,
    title: str,
    ax: Axes | None,
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.province_map`."""
    require(released, "province_map")
    table = units.by_unit(released, indicator, period, derivation)
    cuts = (
        classes.checked(breaks)
        if breaks is not None
        else classes.breaks_for(released, indicator, periods.grain(period), derivation)
    )
    ax = style.canvas(
        maps.height() + (0.35 if title else 0.0) + 0.02, ax, (0.01, 0.01, 0.01, 0.36 if title else 0.01)
    )
    style.heading(ax, title)
    extra = units.unplaced(released, indicator, period)
    table["class"] = classes.classify(table, cuts)
    entries = legend_entries([table], cuts, classes.least(released, indicator))
    if released.geometry is None:
        not_drawn(ax, "this edition holds no province boundaries")
    else:
        head = _legend_title(released, indicator, period, table)
        _draw(ax, released, period, table, head, entries, len(cuts) + 1, extra)
    style.stamp(ax, released)
    ax.ctip = describe.described(
        released,
        _sentences(released, indicator, period, table, entries, extra),
        units.ids(released, indicator, period, derivation),
        title,
        [*table["source"].unique(), attribution(released)],
        degraded=released.geometry is None,
    )
    return ax


def _draw(
    ax: Axes,
    released: Released | Internal,
    period: str,
    table: pd.DataFrame,
    title: str,
    entries: list[legend.Entry],
    count: int,
    extra: str,
) -> None:
    shapes = released.provinces(period).to_crs(maps.METRIC)
    fills = fills_of(table["class"], count)
    maps.base(ax)
    maps.fill(ax, shapes, fills)
    taken = [*maps.names_around(ax), *maps.scale_bar(ax)]
    numbers = table["text"].where(table["status"].eq("shown"), "")
    capital = "\n".join(
        [table.at[maps.CAPITAL, "name"], table.at[maps.CAPITAL, "text"].replace(" to protect people", "")]
    )
    taken.append(maps.capital_inset(ax, shapes, fills, capital, INSET))
    taken.append(
        legend.draw(
            ax,
            title,
            entries,
            note="\n".join(describe.wrapped(f"Not on the map: {extra}", 36)) if extra else "",
        )
    )
    maps.label_units(ax, shapes, numbers, fills, taken)


def fills_of(found: pd.Series, count: int) -> pd.Series:
    """Fill of each unit by its class."""
    ramp = shades(count)
    return found.map(lambda which: FILLS[which] if isinstance(which, str) else ramp[which])


def legend_entries(
    tables: Sequence[pd.DataFrame], cuts: list[float], smallest: int = 1
) -> list[legend.Entry]:
    """All classes, the highest first, then zero and what is not shown where it occurs; counts by table.

    The lowest class begins at *smallest* (see :func:`classes.least`).
    """
    unit = next((unit for table in tables for unit in table["unit"] if unit), "")
    names = classes.class_labels(cuts, unit, smallest)
    ramp = shades(len(names))
    has_shown = cuts or any(table["class"].map(type).eq(int).any() for table in tables)
    entries = [
        legend.Entry(
            ramp[place], names[place], tuple(int(table["class"].eq(place).sum()) for table in tables)
        )
        for place in reversed(range(len(names) if has_shown else 0))
    ]
    for which, fill in FILLS.items():
        counts = tuple(int(table["class"].eq(which).sum()) for table in tables)
        if any(counts):
            entries.append(legend.Entry(fill, classes.STATUS_LABELS[which], counts))
    return entries


def _legend_title(released: Released | Internal, indicator: str, period: str, table: pd.DataFrame) -> str:
    name = str(released.indicators.loc[indicator, "name_en"])
    unit = next((unit for unit in table["unit"] if unit), "")
    plain = str(released.indicators.loc[indicator, "unit"])
    lines = [name, *([unit] if unit != plain else []), periods.label(period)]
    return "\n".join(wrapped for line in lines for wrapped in describe.wrapped(line, 34))


def not_drawn(ax: Axes, why: str) -> None:
    """A clear box in place of a map; the report is then marked as a draft."""
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[], facecolor="#fbfbfb")
    ax.text(
        0.5,
        0.5,
        f"Map not drawn: {why}.",
        ha="center",
        va="center",
        fontsize=style.LARGE,
        fontweight=600,
        zorder=6,
    )


def _sentences(
    released: Released | Internal,
    indicator: str,
    period: str,
    table: pd.DataFrame,
    entries: list[legend.Entry],
    extra: str,
) -> list[str]:
    """What the map shows, in words: extent, classes, highest and lowest, and what is not shown."""
    name = str(released.indicators.loc[indicator, "name_en"])
    drawn = (
        "Map of Cambodia"
        if released.geometry is not None
        else "Map not drawn for want of boundaries. Values of Cambodia"
    )
    counts = [f"{entry.label}: {describe.number_of(entry.counts[0], 'province')}" for entry in entries]
    shown = table[table["status"].eq("shown") & table["value"].gt(0)].sort_values(
        ["value", "name"], ascending=[False, True]
    )
    ends = ""
    if len(shown) > 1:
        top, low = shown.iloc[0], shown.iloc[-1]
        which = "" if table["status"].eq("shown").all() else " shown"
        ends = f"Highest{which}: {top['name']} ({top['text']}); "
        ends += f"lowest{which} above zero: {low['name']} ({low['text']})."
    unit = next((unit for unit in table["unit"] if unit), "")
    return [
        f"{drawn} by province, {len(table)} units: {name}, {unit}, {periods.label(period)}.",
        f"{'; '.join(counts)}.",
        ends,
        *describe.not_shown(table["name"], table["status"]),
        f"Not on the map: {extra}." if extra else "",
    ]
