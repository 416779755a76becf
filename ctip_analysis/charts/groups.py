"""Persons by sex and age: a panel for everyone and for each sex, a bar for each age band."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import bars, describe, ranked, style
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.tables import AGES

PANELS = {"": "All", "female": "Female", "male": "Male"}  # the few of other or unknown sex stand in the table


def by_sex_and_age(released: Released | Internal, indicator: str, period: str, title: str) -> Axes:
    """See :func:`ctip_analysis.charts.figures.by_sex_and_age`."""
    require(released, "by_sex_and_age")
    held = released.select(indicator, period=period, age_band=None, sex=None)["age_band"]
    bands = [band for band in AGES if band in set(held)]
    if not bands:
        raise ParameterError(f"no cell of {indicator} by sex and age for {period} in this edition")
    groups = {words: _group(released, indicator, period, sex, bands) for sex, words in PANELS.items()}
    every = pd.concat(groups.values())
    shown = every.loc[every["status"].eq("shown"), "value"]
    axes = _axes(title, len(bands))
    for ax, (words, rows) in zip(axes, groups.items(), strict=True):
        names = [AGES[band] for band in rows["age_band"]] if ax is axes[0] else [""] * len(rows)
        ranked.rows_axis(ax, names, 1.25 * float(shown.max()) if len(shown) else 1.0)
        ax.set_xticks([])
        for place, row in enumerate(rows.itertuples()):
            bars.bar(ax, place, row)
        ax.text(0, 1.02, words, transform=ax.transAxes, va="bottom", fontweight=600)
        style.stamp(ax, released)
    name, unit = released.indicators.loc[indicator, ["name_en", "unit"]]
    said = [f"Bars by sex and age: {name}, {unit}, {periods.label(period)}."]
    said += [
        f"{words}: " + "; ".join(f"{AGES[row.age_band]} {row.text}" for row in rows.itertuples()) + "."
        for words, rows in groups.items()
    ]
    planned = every.dropna(subset="indicator")
    ids = describe.fact_ids(planned)
    axes[0].ctip = describe.described(released, said, ids, title, planned["source"].unique())
    return axes[0]


def _group(
    released: Released | Internal, indicator: str, period: str, sex: str, bands: list[str]
) -> pd.DataFrame:
    """National cells of one sex ("" for all) by age band, each with its text; one that is not planned has no data."""
    rows = (
        released.select(indicator, period=period, sex=sex, age_band=None).set_index("age_band").reindex(bands)
    )
    rows["status"] = rows["status"].fillna("no_data")
    texts = [
        facts.written(row.value, row.unit) if row.status == "shown" else facts.STATUS_WORDS[row.status]
        for row in rows.itertuples()
    ]
    return rows.assign(text=texts).reset_index()


def _axes(title: str, rows: int) -> list[Axes]:
    """One panel beside the other, with room for the names of the rows on the left."""
    head, left, gap = 0.55 if title else 0.27, 0.95, 0.16
    tall, wide = 0.26 * rows, (style.WIDTH - left - gap * (len(PANELS) - 1) - 0.05) / len(PANELS)
    height = head + tall + 0.05
    figure = style.canvas(height, None).figure
    figure.clear()
    if title:
        figure.text(0.001, 1 - 0.05 / height, title, va="top", fontsize=style.LARGE, fontweight=600)
    lefts = [left + (wide + gap) * place for place in range(len(PANELS))]
    return [
        figure.add_axes((at / style.WIDTH, 0.05 / height, wide / style.WIDTH, tall / height)) for at in lefts
    ]
