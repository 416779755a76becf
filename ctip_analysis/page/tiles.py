"""Tiles: the numbers of the first screen, each with its change on the year before, its target and small columns."""

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
_WIDTH, _HEIGHT, _FINE = 96, 24, 2  # CSS pixels, and dots in each
_LEAST, _MOST = 3, 16  # columns


def to_html(page: Page, indicators: Sequence[str]) -> str:
    """A list of tiles, of the first six *indicators* that are shown in the reporting year and at the place of *page*.

    What is not shown comes last, where there is room. ParameterError where there is no indicator.
    """
    if isinstance(indicators, str) or not indicators:
        raise ParameterError(f"page.tiles takes a list of ids of indicators; found {indicators!r}")
    known = {name: page.edition.fact(_id(page, name)) for name in indicators}
    facts = dict(sorted(known.items(), key=lambda item: not item[1])[:MOST])
    tiles = "".join(_tile(page, name, fact) for name, fact in facts.items())
    marks = "".join(f' <strong class="mark">{mark}</strong>' for mark in page.marks_of([*facts.values()]))
    return f'<ul class="tiles">{tiles}</ul><p class="tiles-note">Numbers of {page.period:label}.{marks}</p>'


def _id(page: Page, indicator: str, derivation: str = "") -> str:
    parts = [indicator, str(page.period), page.province, "", "", ""]
    return ":".join([*parts, derivation] if derivation else parts)


def _tile(page: Page, indicator: str, fact: Fact) -> str:
    known = page.edition.indicators
    name = str(known.loc[indicator, "name_en"]) if indicator in known.index else fact.label
    number = f'<strong class="tile-number">{table.number(fact, "")}</strong>'
    what = ", ".join(filter(None, [_unit(fact), _change(page, indicator, fact)]))
    lines = [what, _target(page, indicator), _columns(page, indicator)]
    below = "".join(f'<br><span class="tile-line">{line}</span>' for line in lines if line)
    return f'<li class="tile"><span class="tile-name">{html.escape(name)}</span><br>{number}{below}</li>'


def _unit(fact: Fact) -> str:
    """The unit of a number that is shown without it."""
    is_bare = fact and not isinstance(fact.value, str) and fact.unit != "USD"
    return html.escape(unit_of(float(fact), fact.unit)) if is_bare else ""


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
    """The target of the reporting year itself and how much of it was reached; a later one says nothing yet."""
    if page.province:
        return ""
    target = frames.known_fact(page.edition, f"target.{indicator}:{page.period}")
    share = frames.known_fact(page.edition, _id(page, indicator, "of_target"))
    return f"{share:n} of the target {target:n}" if target and share else f"target {target:n}" if target else ""


def _columns(page: Page, indicator: str) -> str:
    """A picture of the quarters (of many years, the years) to the reporting year; "" where one is not shown."""
    for grain in ("quarter", "year"):
        series = _series(page, indicator, grain)
        if _LEAST <= len(series) <= _MOST and series["status"].eq("shown").all():
            codes, values = list(series["period"]), list(series["value"])
            own = [periods.contains(page.period, code) for code in codes]
            span = f"{periods.label(codes[0])} to {periods.label(codes[-1])}"
            alt = html.escape(f"Columns by {grain}, {span}: {_shape(series)}.")
            picture = base64.b64encode(_drawn(values, own)).decode()
            return (
                f'<img class="tile-spark" alt="{alt}" width="{_WIDTH}" height="{_HEIGHT}" '
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


def _drawn(values: Sequence[float], own: Sequence[bool]) -> bytes:
    """*values* as columns from zero, the *own* ones of the year darker: a PNG in few colours, without metadata."""
    top, step, foot = max(*values, 1e-9), _WIDTH * _FINE / len(values), _HEIGHT * _FINE - 1
    made = Image.new("RGBA", (_WIDTH * _FINE, _HEIGHT * _FINE))
    pen = ImageDraw.Draw(made)
    for at, (value, is_own) in enumerate(zip(values, own, strict=True)):
        left, high = round(at * step), round(value / top * (foot - _FINE))
        pen.rectangle((left, foot - high, round(left + 0.7 * step), foot), fill=theme.HUE if is_own else theme.PALE)
    file = io.BytesIO()
    made.save(file, format="PNG", optimize=True)
    return file.getvalue()
