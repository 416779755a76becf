"""A map of one number, or of one group of words, for each province."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import classes, ground, labels, theme
from ctip_analysis.edition import STATUS_WORDS
from ctip_analysis.edition.fact import unit_of

NAMES = "name_en"
ROOM_FOR_LABELS = 5.5  # inches: on a narrower map names would cover each other
COUNTED, PAPER = "a number", {"facecolor": "#ffffff"}  # of a province with a circle
LONG = 22  # letters of a group, which then has a row of its own below a narrow map
WIDEST = (58, 30)  # points across the largest circle, on a page and on a phone
CIRCLE = {"facecolor": theme.HUE, "alpha": 0.5, "edgecolor": "white", "linewidth": 0.8}
Looks = dict[str, dict[str, Any]]


@theme.themed
def province_map(
    frame: gpd.GeoDataFrame,
    column: str = "value",
    *,
    breaks: Sequence[float] | None = None,
    palette: Mapping[str, str] | None = None,
    label: str | None = NAMES,
    outlined: str = "",
    circles: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a map of Cambodia with the provinces of *frame* coloured by *column*; returns the axes.

    Numbers are coloured by class. *breaks* are the lower bounds of the second and later classes: give all maps of a
    series the same (``breaks_for`` finds some). Words are coloured by word, in their categorical order, with the
    colours that *palette* names. What is withheld is hatched, what has no data dotted, zero white; a missing value
    without a ``status`` has no data. *label* names the column of names (None: no labels); a map narrower than 5.5
    inches has room for a few names, of the capital, the outlined province and the largest circles, and its legend is
    below it. *outlined* is the code of a province with a thick border.
    With *circles* a number is the area of a circle instead of a colour: for counts, which a large province does not
    make larger; zero has no circle.

    >>> from ctip_analysis.places import load_provinces
    >>> provinces = load_provinces(2004)
    >>> ax = province_map(provinces.assign(value=provinces["area_km2"], unit="square kilometres"), breaks=[5_000])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['5,000 or more (15)', 'under 5,000 (9)']
    """
    theme.need(frame, "province_map", column, *([label] if label not in (None, NAMES) else []))
    units = _metric(frame)
    places = ground.places(units)
    units = ground.lighter(units, places["is_ours"].all())
    groups, looks = _uncoloured(units, column) if circles else grouped(units, column, breaks, palette or {})
    title = theme.unit_of(units) or ("" if column == "value" else column)
    ax = ax or theme.new_axes(ground.frame_height() + theme.fit(0.02, _key_height(groups, title)))
    wide, country = theme.inches(ax)[0] >= ROOM_FOR_LABELS, units.union_all()
    ground.draw_surroundings(ax, country)
    ground.draw_scale(ax, places["is_ours"].any(), wide)
    _fill(ax, units, groups, looks, country)
    is_capital, is_outlined = (_codes(units).eq(code) for code in (ground.CAPITAL, outlined or "none"))
    inset, sizes, across = ax, [], 0.0
    texts = labels.texts(units, column, label, places["lines"], wide) if label else pd.Series("", index=units.index)
    if circles:
        across = _across(units[column].where(groups.eq(COUNTED), 0))
        sizes, places["is_ours"] = _draw_circles(ax, units[column], across, places), True
    elif is_capital.any():
        inset = _inset(ax, units, groups, looks, country, texts[is_capital].iloc[0], wide)
    if is_outlined.any():
        _outline(inset if outlined == ground.CAPITAL else ax, units[is_outlined])
    _legend(ax, groups, looks, title, wide, sizes)
    rows = places.assign(text=texts, group=groups, across=across, is_first=is_capital | is_outlined)
    labels.draw(ax, rows[texts.ne("") & (circles | ~is_capital)], looks, wide)
    return ax


def _outline(ax: Axes, units: gpd.GeoDataFrame) -> None:
    """A thick border around *units*."""
    ground.draw_shapes(ax, units.boundary, color=theme.INK, linewidth=theme.fit(2.5, 1.8))


def _metric(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ParameterError(
            'province_map needs shapes: edition.provinces(period).merge(frame, on="adm1_code", validate="one_to_one")'
        )
    if frame.crs is None:
        raise ParameterError("province_map needs shapes with a crs: frame.set_crs(4326) if they are in degrees")
    if _codes(frame).replace("", pd.NA).dropna().duplicated().any():
        raise ParameterError(
            "province_map draws one row a province, and the frame has several: take one period, indicator and group"
        )
    return frame.to_crs(ground.METRIC)


def _codes(units: gpd.GeoDataFrame) -> pd.Series:
    return units["adm1_code"] if "adm1_code" in units else pd.Series("", index=units.index)


def grouped(
    units: gpd.GeoDataFrame, column: str, breaks: Sequence[float] | None, palette: Mapping[str, str]
) -> tuple[pd.Series, Looks]:
    """Group of each unit in words, and the look of each group."""
    if pd.api.types.is_numeric_dtype(units[column]) and not pd.api.types.is_bool_dtype(units[column]):
        cuts = classes.breaks_for(units, column) if breaks is None else breaks
        groups = classes.classify(units, column, cuts)
        words = [name for name in groups.cat.categories if name not in classes.LOOKS]
    else:
        order = units[column].astype("category").cat.categories
        words = [str(name) for name in order]
        status = theme.status_of(units, column)
        found = units[column].astype(object).where(status.eq("shown"), status.map(STATUS_WORDS)).astype(str)
        groups = found.astype(pd.CategoricalDtype([*words, *(name for name in classes.LOOKS if name not in words)]))
    colours = dict(zip(words, classes.shades(len(words)), strict=True)) | dict(palette)
    return groups, {**classes.LOOKS, **{name: {"facecolor": colours[name]} for name in words}}


def _uncoloured(units: gpd.GeoDataFrame, column: str) -> tuple[pd.Series, Looks]:
    """Group and look of each unit below circles: all numbers but zero alike."""
    status = theme.status_of(units, column)
    words = status.map(STATUS_WORDS).where(status.ne("shown"), classes.ZERO).mask(units[column].gt(0), COUNTED)
    return words.astype(pd.CategoricalDtype([COUNTED, *classes.LOOKS])), {COUNTED: PAPER, **classes.LOOKS}


def _across(values: pd.Series) -> pd.Series:
    """Points across the circle of each of *values*, whose areas are as the values; zero has none."""
    return (values / (values.max() or 1)) ** 0.5 * theme.fit(*WIDEST)


def _draw_circles(ax: Axes, values: pd.Series, across: pd.Series, places: pd.DataFrame) -> list[Line2D]:
    """Draw the circles inside their provinces, the smallest on top; keys of two sizes."""
    order = across[across.gt(0)].sort_values(ascending=False)
    if order.empty:
        return []
    at = places.loc[order.index]
    x, y = (at[f"leader_{one}"].fillna(at[one]) for one in ("x", "y"))
    ax.scatter(x, y, s=order**2, **CIRCLE, zorder=2.1)
    look = {"marker": "o", "linestyle": "", "color": theme.HUE, "alpha": CIRCLE["alpha"], "markeredgewidth": 0}
    most, widest = values[order.index[0]], order.iloc[0]
    rounded = max(classes.nearest_round(most / 3), 1)
    sizes = [size for size in (rounded, rounded / 4) if float(size).is_integer()]
    return [Line2D([], [], markersize=widest * (size / most) ** 0.5, label=f"{size:,.0f}", **look) for size in sizes]


def _fill(ax: Axes, units: gpd.GeoDataFrame, groups: pd.Series, looks: Looks, country: shapely.Geometry) -> None:
    """Draw each unit with its look, then borders and the lake over all of them."""
    for group, rows in units.groupby(groups, observed=True):
        look = {"linewidth": 0.9 if "linestyle" in looks[group] else 0, **looks[group]}
        ground.draw_shapes(ax, rows, zorder=1, **look)
    ground.draw_over(ax, units, country)


def _inset(
    ax: Axes, units: gpd.GeoDataFrame, groups: pd.Series, looks: Looks, country: shapely.Geometry, text: str, wide: bool
) -> Axes:
    """The capital enlarged, with its label."""
    is_capital = _codes(units).eq(ground.CAPITAL)
    capital = units.geometry[is_capital].iloc[0]
    inset = ground.inset_axes(ax, capital)
    near = units.intersects(capital.envelope.buffer(ground.AROUND))
    _fill(inset, units[near], groups[near], looks, country)
    if not wide:
        look = {"fontsize": theme.SMALL, "fontweight": 400, "gid": theme.VALUE}
        inset.set_title(text.replace("\n", " "), loc="left", pad=2, **look)
    elif text:
        middle = shapely.maximum_inscribed_circle(capital, tolerance=200).coords[0]
        labels.write(inset, text, middle, looks[groups[is_capital].iloc[0]])
        inset.set_xlabel(f"enlarged {ground.ENLARGED} times", labelpad=2, gid=theme.SCALE)
    return inset


def _key_height(groups: pd.Series, title: str) -> float:
    """Inches of the legend below a narrow map."""
    lines, shown = len(textwrap.wrap(title, 34)) + 1, list(shown_groups(groups).index)
    rows = -(-(len(shown) + (COUNTED in shown)) // _columns(shown))  # two sizes of circles in place of that group
    return 0.25 + 0.16 * lines + 0.2 * rows * (1.4 if COUNTED in shown else 1)


def _columns(shown: Iterable[str]) -> int:
    """Columns of the legend below a narrow map: one where the words of a group are long."""
    return 1 if any(len(name) > LONG for name in shown) else 2


def shown_groups(groups: pd.Series) -> pd.Series:
    """How many provinces each group of the legend has: those without a number only where there are some."""
    counts = groups.value_counts().reindex(groups.cat.categories)
    return counts[[name not in classes.LOOKS or count > 0 for name, count in counts.items()]]


def _legend(ax: Axes, groups: pd.Series, looks: Looks, title: str, inside: bool, sizes: Sequence[Line2D]) -> None:
    """All groups in words with the number of their provinces, below the *sizes* of circles."""
    of = " provinces" if sizes else ""  # what a group counts, where the title does not say it
    shown, look = shown_groups(groups), {"edgecolor": "#6f6f6f", "linewidth": 0.5}
    handles = [*sizes] + [
        Patch(**{**look, **looks[name]}, label=f"{name} ({count}{unit_of(count, of)})")
        for name, count in shown.items() if name != COUNTED
    ]  # fmt: skip
    title = "\n".join([*textwrap.wrap(title, 34), *([] if sizes else ["(number of provinces)"])])
    where = {"loc": "lower right", "frameon": True, "borderpad": 0.7} if inside else {
        "loc": "upper left", "bbox_to_anchor": (0, -0.01), "ncols": _columns(shown.index)}  # fmt: skip
    spaced = {"handlelength": 3.6, "labelspacing": theme.fit(1.9, 1.1)} if sizes else {"handlelength": 2}
    legend = ax.legend(handles=handles, title=title, alignment="left", handleheight=1.1, **spaced,
                       facecolor="white", framealpha=1, edgecolor=theme.RULE, fancybox=False, **where)  # fmt: skip
    legend.set_zorder(5)
    ax.set_anchor("C" if inside else "S")  # so that the layout keeps room for a legend below
    legend.set_gid(theme.SCALE)
