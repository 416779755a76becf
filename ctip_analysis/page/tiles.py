"""Tiles: the numbers of the first screen, each with its change on the year before, its target and a small line."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image, ImageDraw

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.charts import theme
from ctip_analysis.edition import STATUS_WORDS, Fact
from ctip_analysis.edition.fact import unit_of
from ctip_analysis.page import frames, table

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

MOST = 6
_WIDTH, _HEIGHT, _EDGE, _FINE = 90, 24, 4, 4  # CSS pixels; drawn finer, then made smaller
_LEAST = 3  # points that make a line


def to_html(page: Page, indicators: Sequence[str]) -> str:
    """A list of tiles, one for each of *indicators* in the reporting year and at the place of *page*.

    Raises
    ------
    ParameterError
        There is no indicator, or there are more than six.
    """
    if isinstance(indicators, str) or not 1 <= len(indicators) <= MOST:
        raise ParameterError(
            f"page.tiles takes a list of one to {MOST} ids of indicators; found {indicators!r}"
        )
    facts = [page.edition.fact(_id(page, name)) for name in indicators]
    tiles = "".join(_tile(page, name, fact) for name, fact in zip(indicators, facts, strict=True))
    marks = "".join(f' <strong class="mark">{mark}</strong>' for mark in page.marks_of(facts))
    return f'<ul class="tiles">{tiles}</ul><p class="tiles-note">Numbers of {page.period:label}.{marks}</p>'


def _id(page: Page, indicator: str, derivation: str = "") -> str:
    parts = [indicator, str(page.period), page.province, "", "", ""]
    return ":".join([*parts, derivation] if derivation else parts)


def _tile(page: Page, indicator: str, fact: Fact) -> str:
    known = page.edition.indicators
    name = str(known.loc[indicator, "name_en"]) if indicator in known.index else fact.label
    number = f'<strong class="tile-number">{table.number(fact, "")}</strong>'
    lines = [_change(page, indicator, fact), _target(page, indicator)]
    below = "".join(f'<br><span class="tile-line">{line}</span>' for line in lines if line)
    return (
        f'<li class="tile"><span class="tile-name">{html.escape(name)}</span><br>{number} '
        f'<span class="tile-line">{_unit(fact)}</span>{below} {_line(page, indicator)}</li>'
    )


def _unit(fact: Fact) -> str:
    """The unit of a number that is shown."""
    return html.escape(unit_of(float(fact), fact.unit)) if fact and not isinstance(fact.value, str) else ""


def _change(page: Page, indicator: str, fact: Fact) -> str:
    """The change on the year before as a signed fact, or in words why there is none."""
    if not page.previous or not fact:
        return ""
    change = frames.known_fact(page.edition, _id(page, indicator, f"change={page.previous}"))
    if not change:
        is_withheld = change is not None and change.status == "withheld"
        return f"change {STATUS_WORDS['withheld']}" if is_withheld else ""
    return "no change" if not float(change) else f"{change:delta} on {Period(page.previous):label}"


def _target(page: Page, indicator: str) -> str:
    """The target of the reporting year itself; a later one says nothing about this year."""
    if page.province:
        return ""
    target = frames.known_fact(page.edition, f"target.{indicator}:{page.year}")
    return f"target {target:n}" if target else ""


def _line(page: Page, indicator: str) -> str:
    """A picture of the quarters (or years) up to the reporting year; "" where one is not shown, or few are."""
    for grain in ("quarter", "year"):
        series = _series(page, indicator, grain)
        if len(series) >= _LEAST and series["status"].eq("shown").all():
            picture = base64.b64encode(_drawn(list(series["value"]))).decode()
            codes = list(series["period"])
            alt = (
                f"Line by {grain}, {periods.label(codes[0])} to {periods.label(codes[-1])}: {_shape(series)}."
            )
            return (
                f'<img class="tile-spark" alt="{html.escape(alt)}" width="{_WIDTH}" height="{_HEIGHT}" '
                f'src="data:image/png;base64,{picture}">'
            )
    return ""


def _series(page: Page, indicator: str, grain: str) -> pd.DataFrame:
    try:
        return page.edition.cells(indicator, by=grain, province=page.province or None)
    except CtipError:  # the table plan has no such cells
        return pd.DataFrame(columns=["status"])


def _shape(series: pd.DataFrame) -> str:
    """Where the last value is among all of them, in words."""
    values, last = series["value"], series["value"].iloc[-1]
    if values.nunique() == 1:
        return "always the same"
    ways = {values.max(): "the highest", values.min(): "the lowest"}
    return f"the last value is {ways.get(last, 'neither highest nor lowest')}"


def _drawn(values: Sequence[float]) -> bytes:
    """*values* from zero as a line that ends in a dot: a PNG in few colours, without metadata, transparent."""
    top, wide, high = max(*values, 1e-9), _WIDTH * _FINE, _HEIGHT * _FINE
    edge, step = _EDGE * _FINE, (wide - 2 * _EDGE * _FINE) / (len(values) - 1)
    points = [
        (edge + at * step, high - edge - value / top * (high - 2 * edge)) for at, value in enumerate(values)
    ]
    shape = Image.new("L", (wide, high), 0)
    pen = ImageDraw.Draw(shape)
    pen.line(points, fill=255, width=2 * _FINE, joint="curve")
    x, y = points[-1]
    pen.ellipse((x - 3 * _FINE, y - 3 * _FINE, x + 3 * _FINE, y + 3 * _FINE), fill=255)
    alpha = shape.resize((2 * _WIDTH, 2 * _HEIGHT), Image.Resampling.LANCZOS)
    line = Image.new("RGBA", alpha.size, theme.HUE)
    line.putalpha(alpha)
    made = io.BytesIO()
    line.save(made, format="PNG", optimize=True)
    return made.getvalue()
