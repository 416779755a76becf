"""A map of provinces with a layer for each period, which a reader explores by pointer or keyboard.

It is markup and a script of one page, and fetches nothing. Without the script, and in print, it shows the last period.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib.figure import Figure

from ctip_analysis.base import periods
from ctip_analysis.base.periods import Period
from ctip_analysis.charts import classes, ground, maps, svg, theme
from ctip_analysis.edition import STATUS_WORDS, written

SCRIPT = (Path(__file__).parent / "map.js").read_text(encoding="utf-8")
STYLE = (Path(__file__).parent / "map.css").read_text(encoding="utf-8")
HINT = "Point at a province, or press Tab and the arrow keys. Enter shows all years."
WIDTH, LETTER = 720, 11.2  # units of the drawing, a pixel each at full width
_SCALE = WIDTH / (ground.FRAME[2] - ground.FRAME[0])
_HEIGHT = (ground.FRAME[3] - ground.FRAME[1]) * _SCALE
_PATTERNS = {  # ids are numbered anew in each page
    "withheld": '<pattern id="i1" patternUnits="userSpaceOnUse" width="6" height="6"><rect width="6" height="6" '
    'fill="#ececec"/><path d="M0 6L6 0" stroke="#6b6b6b"/></pattern>',
    "no_data": '<pattern id="i2" patternUnits="userSpaceOnUse" width="5" height="5"><rect width="5" height="5" '
    'fill="#ffffff"/><circle cx="2.5" cy="2.5" r=".8" fill="#6b6b6b"/></pattern>',
}
_FILLS = {STATUS_WORDS["withheld"]: "url(#i1)", STATUS_WORDS["no_data"]: "url(#i2)"}


@dataclass(frozen=True)
class InteractiveMap:
    """Provinces of several periods on one map; ``figure`` is the same as a picture of the last period."""

    units: gpd.GeoDataFrame  # in metres, with the columns group, text and period
    looks: maps.Looks
    unit: str
    figure: Figure

    @cached_property
    def periods(self) -> list[str]:
        """The periods in their order; a map has a layer for each."""
        return sorted(self.units["period"].unique())

    def markup(self, alt: str, marks: Sequence[str] = ()) -> str:
        """HTML of the map with *alt* as its name: buttons, what is said, drawing and key."""
        last = self.periods[-1]
        buttons = "".join(
            f'<button type="button" aria-pressed="{str(one == last).lower()}">{Period(one):label}</button>'
            for one in self.periods
        )
        return (
            f'<section class="map"><p class="years">{buttons}</p><p class="said">{HINT}</p>'
            f'<p class="every" role="status"></p>{self._drawing(alt, marks)}{self._key()}</section>'
        )

    def _repr_html_(self) -> str:
        """The map in a frame of its own, for a cell of a trusted notebook."""
        page = f"<style>{STYLE}</style>{self.markup('A map of provinces by year.')}<script>{SCRIPT}</script>"
        frame = f'width="{WIDTH + 40}" height="{_HEIGHT + 240:.0f}" style="border:0"'
        return f'<iframe title="A map of provinces by year" srcdoc="{html.escape(page)}" {frame}></iframe>'

    def _drawing(self, alt: str, marks: Sequence[str]) -> str:
        shapes = {shape: f"i{at}" for at, shape in enumerate(dict.fromkeys(self.units["path"]), start=3)}
        defs = "".join(f'<path id="{name}" d="{shape}"/>' for shape, name in shapes.items())
        layers = [self._layer(one, shapes) for one in self.periods]
        mark = "".join(_mark(word) for word in marks)
        return (
            f'<svg class="places" viewBox="0 0 {WIDTH} {_HEIGHT:.0f}" width="{WIDTH}" height="{_HEIGHT:.0f}" '
            f'role="group" aria-label="{html.escape(alt)}" stroke-linejoin="round"><defs>'
            f"{''.join(_PATTERNS.values())}{defs}</defs>{_ground(self.units)}{''.join(units for units, _ in layers)}"
            f'{_lake()}{mark}<use class="ring" fill="none" stroke="#1f1f1f" stroke-width="3"/>'
            f"{''.join(names for _, names in layers)}</svg>"
        )

    def _layer(self, period: str, shapes: dict[str, str]) -> tuple[str, str]:
        """The provinces of one period, and their names; in the order of codes, a later province last."""
        rows = self.units[self.units["period"].eq(period)].sort_values("adm1_code")
        off = "" if period == self.periods[-1] else " off"
        units = "".join(
            f'<use href="#{shapes[row.path]}" fill="{self._fill(row.group)}" stroke="#6f6f6f" stroke-width="0.6" '
            f'tabindex="-1" role="img" aria-label="{html.escape(row.text)}"/>'
            for row in rows.itertuples()
        )
        names = "".join(self._name(row) for row in rows.itertuples() if row.adm1_code != ground.CAPITAL)
        return (
            f'<g class="layer{off}">{units}</g>',
            f'<g class="names{off}" font-size="{LETTER}" text-anchor="middle">{names}</g>',
        )

    def _fill(self, group: str) -> str:
        return _FILLS.get(group) or str(self.looks[group]["facecolor"])

    def _name(self, row: Any) -> str:
        x, y = _place(row.x, row.y)
        is_inside = pd.isna(row.leader_x)
        look = self.looks[row.group]
        ink = theme.ink_on(str(look["facecolor"])) if is_inside else theme.INK
        lines = row.name_en.split(" ", 1) if row.lines > 1 else [row.name_en]
        top = y - (len(lines) - 1) * LETTER * 0.55 + LETTER * 0.35
        texts = [
            f'<text x="{x:.0f}" y="{top + at * LETTER * 1.1:.0f}" fill="{"#ffffff" if ink == "white" else ink}">'
            f"{html.escape(line)}</text>"
            for at, line in enumerate(lines)
        ]
        if is_inside:
            return "".join(texts)
        to_x, to_y = _place(row.leader_x, row.leader_y)
        ends = f"M{x:.0f} {y - LETTER * 0.5:.0f}L{to_x:.0f} {to_y:.0f}"
        return f'<path d="{ends}" stroke="{theme.INK}" stroke-width="0.6"/>' + "".join(texts)

    def _key(self) -> str:
        counts = maps.shown_groups(self.units["group"])
        swatch = '<svg class="swatch" viewBox="0 0 22 12" width="22" height="12" aria-hidden="true"><rect width="22" '
        items = "".join(
            f'<li>{swatch}height="12" fill="{self._fill(name)}" stroke="#6f6f6f"/></svg> '
            f'<span class="scale">{html.escape(name)}</span></li>'
            for name in counts.index
        )
        return (
            f'<p class="key-head"><span class="scale">{html.escape(self.unit)}</span></p><ul class="key">{items}</ul>'
            f'<p class="key-head"><span class="source">{ground.CREDIT}</span></p>'
        )


def interactive_map(
    frame: gpd.GeoDataFrame, column: str = "value", *, breaks: Sequence[float] | None = None
) -> InteractiveMap:
    """A map of Cambodia with a layer for each period of *frame*; show it in a cell, or with ``page.show``.

    *frame* has a row for each province and period, with the geometry of that period: see ``edition.provinces``.
    Classes, colours and words are those of ``province_map``; *breaks* are by default those of all periods together.

    >>> from ctip_analysis.places import load_provinces
    >>> years = [load_provinces(year).assign(period=str(year), value=1.0, unit="performances") for year in (2003, 2004)]
    >>> interactive_map(pd.concat(years)).periods
    ['2003', '2004']
    """
    theme.need(frame, "interactive_map", column, "period", "adm1_code", "name_en")
    cuts = classes.breaks_for(frame, column) if breaks is None else breaks
    made = []
    for _, rows in frame.groupby("period"):
        metric = rows.to_crs(ground.METRIC)
        labels = ground.places(metric)
        made.append(ground.lighter(metric, labels["is_ours"].all()).join(labels.drop(columns="is_ours")))
    units = pd.concat(made, ignore_index=True)
    groups, looks = maps.grouped(units, column, cuts, {})
    unit, shown = theme.unit_of(units), theme.status_of(units, column)
    values = [
        written(value, unit) + f" {unit}" if status == "shown" else STATUS_WORDS[status]
        for value, status in zip(units[column], shown, strict=True)
    ]
    texts = units["name_en"] + ", " + units["period"].map(periods.label) + ": " + pd.Series(values, index=units.index)
    last = frame[frame["period"].eq(units["period"].max())]
    ax = maps.province_map(last, column, breaks=cuts)
    figure = ax.get_figure(root=True)
    return InteractiveMap(units.assign(group=groups, text=texts, path=_paths(units.geometry)), looks, unit, figure)


def _place(x: float, y: float) -> tuple[float, float]:
    return (x - ground.FRAME[0]) * _SCALE, (ground.FRAME[3] - y) * _SCALE


def _paths(shapes: Iterable[shapely.Geometry]) -> list[str]:
    """The path of each shape in units of the drawing; islands and holes of less than half a unit are left out."""
    return [_path(shape) for shape in shapes]


def _path(shape: shapely.Geometry) -> str:
    rings = [ring for part in getattr(shape, "geoms", [shape]) for ring in (part.exterior, *part.interiors)]
    drawn = []
    for ring in rings:
        if shapely.Polygon(ring).area * _SCALE**2 < 0.5:
            continue
        points = [_place(x, y) for x, y in ring.coords[:-1]]
        drawn.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "z")
    return svg.path("".join(drawn))


def _ground(units: gpd.GeoDataFrame) -> str:
    """Sea, neighbouring land, and the land between it and the country."""
    around, _ = ground.surroundings()
    land = shapely.clip_by_rect(around.union_all(), *ground.FRAME)
    seam = ground.seam(units[units["period"].eq(units["period"].max())].union_all())
    return (
        f'<rect width="{WIDTH}" height="{_HEIGHT:.0f}" fill="{ground.SEA}"/>'
        f'<path d="{_path(seam)}" fill="{ground.LAND}"/>'
        f'<path d="{_path(land)}" fill="{ground.LAND}" stroke="{ground.COAST}" stroke-width="0.6"/>'
    )


def _lake() -> str:
    path = "".join(_paths(ground.surroundings()[1]))
    return f'<path class="lake" d="{path}" fill="{ground.LAKE}" stroke="#8fb6ca" stroke-width="0.5"/>'


def _mark(word: str) -> str:
    middle = f"{WIDTH / 2:.0f} {_HEIGHT / 2:.0f}"
    return (
        f'<text class="scale over" transform="translate({middle}) rotate(-24)" text-anchor="middle" font-size="120" '
        f'font-weight="600" fill="#7a6a6a" opacity="0.18">{word}</text>'
    )
