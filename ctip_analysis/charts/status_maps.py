"""Several maps side by side, maps of a plan against what was reached, and of where named projects worked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import classes, describe, legend, maps, province_maps, style, units
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.places import geography

STATUS = {
    "planned and reached": {"facecolor": "#225ea8"},
    "planned, not reached": {"facecolor": "#c7e9b4"},
    "reached, not planned": {"facecolor": "#e08a2e"},
    "not planned": {"facecolor": "#ffffff"},
}
UNKNOWN = {"withheld to protect people": style.WITHHELD, "no data": style.NO_DATA}
NAMED = {"named": {"facecolor": "#86cabf"}, "not named": {"facecolor": "#ffffff"}}
GAP = 0.12  # inches between maps


def province_maps_of(
    released: Released | Internal,
    indicator: str,
    codes: Sequence[str],
    derivation: str,
    breaks: Sequence[float] | None,
    title: str,
) -> Axes:
    """See :func:`ctip_analysis.charts.figures.province_maps`."""
    require(released, "province_maps_of")
    grains = {periods.grain(code) for code in codes}
    if len(grains) != 1:
        raise ParameterError(f"maps side by side need periods of one length, got {', '.join(codes)}")
    cuts = (
        classes.checked(breaks)
        if breaks is not None
        else classes.breaks_for(released, indicator, grains.pop(), derivation)
    )
    tables = [units.by_unit(released, indicator, code, derivation) for code in codes]
    tables = [table.assign(**{"class": classes.classify(table, cuts)}) for table in tables]
    smallest = classes.least(released, indicator)
    entries = province_maps.legend_entries(tables, cuts, smallest)
    panels, side = _panels(len(codes), title, 0.172 * (len(entries) + 3.4))
    for ax, code, table in zip(panels, codes, tables, strict=True):
        _small_map(ax, released, code, province_maps.fills_of(table["class"], len(cuts) + 1))
        ax.set_title(periods.label(code), fontsize=style.NORMAL, loc="left", pad=4)
        style.stamp(ax, released)
    name = str(released.indicators.loc[indicator, "name_en"])
    unit = next((unit for table in tables for unit in table["unit"] if unit), "")
    head = name if unit == str(released.indicators.loc[indicator, "unit"]) else f"{name}\n{unit}"
    legend.draw(side, head, entries, columns=_short_labels(codes), at="upper left")
    said = [
        f"{describe.number_of(len(codes), 'map')} of Cambodia by province with the same classes: {name}, {unit}."
    ]
    for code, table in zip(codes, tables, strict=True):
        counts = [
            f"{entry.label}: {entry.counts[0]}"
            for entry in province_maps.legend_entries([table], cuts, smallest)
        ]
        said.append(f"{periods.label(code)}: {'; '.join(counts)}.")
        said += describe.not_shown(table["name"], table["status"])
    ids = [fact for code in codes for fact in units.ids(released, indicator, code, derivation)]
    sources = [*tables[0]["source"].unique(), province_maps.attribution(released)]
    panels[0].ctip = describe.described(
        released, said, ids, title, sources, degraded=released.geometry is None
    )
    return panels[0]


def _short_labels(codes: Sequence[str]) -> list[str]:
    """Column heads of a legend with a column for each map."""
    return [
        code.split("/")[-1][:4] if "/" in code else code.removeprefix("20") if len(code) > 4 else code
        for code in codes
    ]


def _panels(count: int, title: str, legend: float) -> tuple[list[Axes], Axes]:
    """*count* map axes, two or three to a row, and invisible axes below them for the legend."""
    across = 2 if count in (1, 2, 4) else 3
    down = -(-count // across)
    wide = (style.WIDTH - GAP * (across - 1) - 0.02) / across
    tall, head, over = maps.height(wide), 0.36 if title else 0.05, 0.26
    height = head + down * (tall + over) + legend + 0.1
    figure = style.canvas(height, None).figure
    figure.clear()
    if title:
        figure.text(0.001, 1 - 0.05 / height, title, va="top", fontsize=style.LARGE, fontweight=600)
    axes = []
    for place in range(count):
        left = 0.01 + (wide + GAP) * (place % across)
        low = height - head - (place // across + 1) * (tall + over)
        axes.append(figure.add_axes((left / style.WIDTH, low / height, wide / style.WIDTH, tall / height)))
    side = figure.add_axes((0, 0, 1, (legend + 0.05) / height))
    side.set_axis_off()
    return axes, side


def _small_map(ax: Axes, released: Released | Internal, period: str, fills: pd.Series) -> None:
    """A map without words, with the capital enlarged in its lower right corner."""
    if released.geometry is None:
        province_maps.not_drawn(ax, "this edition holds no province boundaries")
        return
    shapes = released.provinces(period).to_crs(maps.METRIC)
    maps.base(ax)
    maps.fill(ax, shapes, fills, width=0.5)
    maps.capital_inset(ax, shapes, fills, "", (0.72, 0.03, 0.25, 0.25))


def reach_status_map(released: Released | Internal, period: str, title: str, ax: Axes | None) -> Axes:
    """See :func:`ctip_analysis.charts.figures.reach_status_map`."""
    require(released, "reach_status_map")
    planned, reached = (
        units.by_unit(released, name, period)
        for name in ("campaign_provinces_planned", "campaign_provinces_reached")
    )
    status = pd.Series(
        [_status(*pair) for pair in zip(planned.itertuples(), reached.itertuples(), strict=True)],
        index=planned.index,
    )
    shapes = released.provinces(period) if released.geometry is not None else None
    ax = _one_map(shapes, status, {**STATUS, **UNKNOWN}, f"Campaign provinces\n{_until(period)}", title, ax)
    style.stamp(ax, released)
    said = [
        f"Map of Cambodia by province, {len(status)} units: campaign provinces planned and reached, "
        f"{periods.label(period)}.",
        *_groups(status, planned["name"]),
    ]
    ids = [
        *units.ids(released, "campaign_provinces_planned", period),
        *units.ids(released, "campaign_provinces_reached", period),
    ]
    sources = [*planned["source"].unique(), *reached["source"].unique(), province_maps.attribution(released)]
    ax.ctip = describe.described(released, said, ids, title, sources, degraded=released.geometry is None)
    return ax


def _until(period: str) -> str:
    if periods.grain(period) != "to_date":
        return periods.label(period)
    first, last = periods.span(period)
    return f"{first.year}, to date" if first.year == last.year else f"{first.year} to {last.year}, to date"


def _status(plan: Any, reach: Any) -> str:
    if "withheld" in (plan.status, reach.status):
        return "withheld to protect people"
    if "shown" not in (plan.status,) or reach.status != "shown":
        return "no data"
    if plan.value:
        return "planned and reached" if reach.value else "planned, not reached"
    return "reached, not planned" if reach.value else "not planned"


def _one_map(
    units_drawn: gpd.GeoDataFrame | None,
    status: pd.Series,
    looks: Mapping[str, Mapping[str, object]],
    head: str,
    title: str,
    ax: Axes | None,
    label: Sequence[str] | None = None,
) -> Axes:
    """One map of words instead of numbers; *label* names the groups whose provinces carry their name."""
    ax = style.canvas(
        maps.height() + (0.37 if title else 0.02), ax, (0.01, 0.01, 0.01, 0.36 if title else 0.01)
    )
    style.heading(ax, title)
    if units_drawn is None:
        province_maps.not_drawn(ax, "this edition holds no province boundaries")
        return ax
    shapes = units_drawn.to_crs(maps.METRIC)
    fills = status.map(looks)
    maps.base(ax)
    maps.fill(ax, shapes, fills)
    taken = [*maps.names_around(ax), *maps.scale_bar(ax)]
    capital = shapes.set_index("adm1_code").at[maps.CAPITAL, "name_en"]
    taken.append(maps.capital_inset(ax, shapes, fills, capital, province_maps.INSET))
    entries = [
        legend.Entry(look, words, (int(status.eq(words).sum()),))
        for words, look in looks.items()
        if status.eq(words).any()
    ]
    taken.append(legend.draw(ax, head, entries))
    named = (
        shapes
        if label is None
        else shapes[shapes["adm1_code"].map(status).isin(label) | shapes["adm1_code"].eq(maps.CAPITAL)]
    )
    maps.label_units(
        ax, shapes, pd.Series("", index=status.index), fills, taken, only=set(named["adm1_code"])
    )
    return ax


def _groups(status: pd.Series, names: pd.Series) -> list[str]:
    groups = [
        (words, sorted(names[status.eq(words)]))
        for words in dict.fromkeys([*STATUS, *UNKNOWN, *NAMED])
        if status.eq(words).any()
    ]
    return [
        f"{words.capitalize()}, {describe.number_of(len(places), 'province')}: {describe.listed(places)}."
        for words, places in groups
    ]


def named_projects_map(released: Released | Internal, programme: str, title: str, ax: Axes | None) -> Axes:
    """See :func:`ctip_analysis.charts.figures.named_projects_map`."""
    require(released, "named_projects_map")
    table = reference.table("named_geography")
    rows = table[table["programme"].eq(programme)]
    if rows.empty:
        raise ParameterError(
            f"no provinces are named for {programme!r}; "
            f"sources name them for {', '.join(table['programme'].unique())}"
        )
    year = int(rows["period_start"].iloc[0])
    shapes = geography.provinces(year)  # not the edition's: its units end with its year
    codes = list(shapes["adm1_code"])
    status = pd.Series(
        ["named" if code in set(rows["adm1_code"]) else "not named" for code in codes], index=codes
    )
    head = "\n".join(
        [
            *describe.wrapped(f"{programme}, {rows['partner'].iloc[0]}", 34),
            rows["period"].iloc[0].replace("-", " to "),
            "Real geography, published",
        ]
    )
    ax = _one_map(shapes, status, NAMED, head, title, ax, label=["named"])
    if released.is_internal:
        style.stamp(ax, released)
    names = shapes.set_index("adm1_code")["name_en"]
    said = [
        f"Map of Cambodia: provinces that a source names for {programme}, {rows['period'].iloc[0]}. "
        "Where the project was, not what it reached.",
        *_groups(status, names),
    ]
    ax.ctip = describe.described(
        released,
        [*said, *[f"Note: {note}." for note in rows["note"].unique() if note]],
        [],
        title,
        [*rows["source"].unique(), province_maps.attribution(released)],
        kind="published",
    )
    return ax
