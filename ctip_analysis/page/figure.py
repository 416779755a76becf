"""Figures of a page: any matplotlib figure with its caption, source, alternative text and data."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme
from ctip_analysis.edition import Fact
from ctip_analysis.edition.fact import written
from ctip_analysis.edition.ranking import SPELLED
from ctip_analysis.page import frames, picture, table, text

if TYPE_CHECKING:
    from ctip_analysis.charts.interactive import InteractiveMap
    from ctip_analysis.page.page import Page

_NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")
_SPECS = (".0f", ",.0f", ".1f", "g")  # how matplotlib and seaborn write a number
_MOST_NAMED = 3


def closed(ax: Any) -> Figure:
    """The figure of *ax* (an Axes, an array of them, a Figure or a FacetGrid), closed so that no cell shows it again.

    ParameterError: *ax* has no figure.
    """
    one = next(iter(np.ravel(np.asarray(ax, dtype=object))), None) if isinstance(ax, list | tuple | np.ndarray) else ax
    figure = one if isinstance(one, Figure) else getattr(one, "figure", None)
    if figure is None:
        raise ParameterError(f"page.show takes an Axes, a Figure or a FacetGrid; found {type(ax).__name__}")
    root: Figure = figure.get_figure(root=True)
    plt.close(root)
    return root


def to_html(
    figure: Figure, caption: str, data: pd.DataFrame, page: Page, explored: InteractiveMap | None = None
) -> tuple[str, str]:
    """*figure* as an image with caption, source and its *data* as a table; *caption* is HTML.

    Also what a report has instead: the map that is *explored*; "" if there is none.
    """
    grid = table.grid_of(data, page, "period" if explored else None)
    marks = page.marks_of(grid.facts)
    slim = theme.narrow(figure)
    if slim is not None:
        put_in_words(slim, page)
    for one, mark in itertools.product(filter(None, (figure, slim)), marks):
        theme.stamp(one, mark)
    source = html.escape(frames.sources(grid.facts) or "own calculation")
    alt = alternative_text(text.plain(caption), data, page, marks)
    marked = "".join(f" <strong>{mark}</strong>" for mark in marks)
    below = (
        f'<figcaption>{caption} <span class="source">Source: {source}.{marked}</span></figcaption>'
        f'<details class="data"><summary>Data</summary><div class="scroll">{table.markup(grid)}</div></details>'
    )
    pictures = picture.to_html(figure, slim, alt), explored.markup(alt, marks) if explored else ""
    shown, report = (f'<figure class="plot">{one}{below}</figure>' if one else "" for one in pictures)
    return shown, report


def put_in_words(figure: Figure, page: Page) -> None:
    """Replace ids of indicators in legends and on axes by their names; seaborn writes what a column holds."""
    names = dict(page.edition.indicators["name_en"]) if len(page.edition.indicators) else {}
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            labels = [label.get_text() for label in axis.get_ticklabels()]
            if not names.keys().isdisjoint(labels):
                axis.set_ticks(axis.get_ticklocs(), labels=[names.get(label, label) for label in labels])
    for legend in figure.findobj(Legend):
        for part in (legend.get_title(), *legend.get_texts()):
            part.set_text(names.get(part.get_text(), "" if part.get_text() == "indicator" else part.get_text()))


def check_texts(figure: Figure, data: pd.DataFrame, page: Page) -> None:
    """Stop at a number written in *figure* that is no scale mark, value of *data*, period or label.

    ParameterError: the message quotes the text.
    """
    if page.edition.is_internal:
        return
    numbers, words = None, None
    for artist in _texts(figure):
        written_there = artist.get_text()
        if not any(letter.isdigit() for letter in written_there):
            continue
        if numbers is None or words is None:
            numbers, words = _values(data), _words(data, page)
        left = _without(written_there, words)
        for number in _NUMBER.findall(left):
            if number not in numbers:
                raise ParameterError(
                    f"the figure says “{written_there.strip()[:60]}”, and {number} is no value of its data and no "
                    "period: take it out of the figure, or say it as a fact in the caption"
                )


def _texts(figure: Figure) -> Iterator[Text]:
    """Texts of *figure* that no scale wrote."""
    scale: set[int] = set()
    for artist in figure.findobj(Artist):
        if artist.get_gid() in theme.WRITTEN:
            scale.update(map(id, artist.findobj(Text)))
        elif isinstance(artist, Legend):  # class bounds that a library wrote: "0.0, 12.0"
            scale.update(id(part) for part in artist.get_texts() if theme.is_bare(part.get_text()))
        elif isinstance(artist, Axis):
            scale.update(id(part) for part in artist.get_ticklabels(which="both") if theme.is_bare(part.get_text()))
            scale.add(id(artist.get_offset_text()))
    yield from (found for found in figure.findobj(Text) if id(found) not in scale and found.get_visible())


def _values(data: pd.DataFrame) -> set[str]:
    """The numbers of *data* in every form in which a chart may write them; only those that are shown."""
    known = (forms(value, unit) for value, unit in _shown_values(data))
    return set().union(*known)


def forms(value: float, unit: str) -> set[str]:
    """How a chart may write *value*, without its unit.

    >>> sorted(forms(1234.0, "cases"))
    ['1,234', '1234', '1234.0']
    """
    texts = [written(value, unit), written(value, ""), *(format(value, spec) for spec in _SPECS)]
    return {number for text in texts for number in _NUMBER.findall(text)}


def _shown_values(data: pd.DataFrame) -> Iterator[tuple[float, str]]:
    frame = table.flat(data)
    units = frame["unit"] if "unit" in frame else [""] * len(frame)
    for name in frame.select_dtypes("number"):
        yield from ((value, unit) for value, unit in zip(frame[name], units, strict=True) if pd.notna(value))
    for name in (name for name in frame if frame[name].dtype == object):
        yield from ((float(cell), cell.unit) for cell in frame[name] if isinstance(cell, Fact) and cell)


def _words(data: pd.DataFrame, page: Page) -> list[str]:
    """Periods and labels with digits that a figure may print, longest first."""
    codes = {page.period, page.to_date, *page.edition.periods}  # the year before is one of the edition's
    known = {word for code in codes for word in (str(code), periods.label(code), *_parts(code))}
    frame = table.flat(data)
    for name in set(frames.LABELS) & set(frame.columns):
        labels = {text.plain(frames.label(name, one, page.edition)) for one in frame[name].unique()}
        known |= labels | {label[:1].lower() + label[1:] for label in labels}
    units = set(frame["unit"]) if "unit" in frame else set()
    known |= page.labels | units
    return sorted((word for word in known if any(map(str.isdigit, word))), key=len, reverse=True)


def _parts(code: str) -> Iterable[str]:
    """Shorter names of a period that an axis may use: its year and quarter."""
    return re.findall(r"(?:FY)?\d{4}|Q[1-4]|H[12]", code)


def _without(written_there: str, words: Iterable[str]) -> str:
    left = " ".join(written_there.split())
    for word in words:
        if word in left:
            left = re.sub(rf"(?<![\d,.]){re.escape(word)}(?![\d,]|\.\d)", " ", left)
    return left


def alternative_text(caption: str, data: pd.DataFrame, page: Page, marks: Sequence[str]) -> str:
    """What the figure shows, where it is highest, and how much is withheld, in words."""
    parts = [caption if caption.endswith((".", "?", "!")) else f"{caption}."]
    if frames.is_tidy(data):
        parts += [_highest(data, page), _missing(data)]
    parts += [f"{mark.capitalize()} data." for mark in marks]
    return " ".join(filter(None, parts))


def _highest(data: pd.DataFrame, page: Page) -> str:
    """Where the largest value is; "" where values can't be compared."""
    if not pd.api.types.is_numeric_dtype(data["value"]):
        return ""
    shown = data[data["status"].eq("shown") & data["value"].gt(0)]
    about = frames.label_columns(data)
    if shown.empty or not about or data["unit"].nunique() > 1 or len(data) < 2:
        return ""
    top = shown[shown["value"].eq(shown["value"].max())]
    if len(top) > _MOST_NAMED:
        return ""
    names = [", ".join(text.plain(frames.label(c, row[c], page.edition)) for c in about) for _, row in top.iterrows()]
    some = " of those shown" if data["status"].ne("shown").any() else ""
    return f"Highest{some}: {'; '.join(names)}."


def _missing(data: pd.DataFrame) -> str:
    """How many values are not shown, in words."""
    parts = []
    for status, words in (("withheld", "withheld to protect people"), ("no_data", "without data")):
        count = int(data["status"].eq(status).sum())
        if count:
            number = "all" if count == len(data) else SPELLED[count] if count < len(SPELLED) else "more than twelve"
            parts.append(f"{number} {words}")
    return f"{'; '.join(parts).capitalize()}." if parts else ""
