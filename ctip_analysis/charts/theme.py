"""How figures look: style sheet, colours, fonts, and the mark on figures of synthetic or internal data.

A figure is 7.2 inches wide, the width of the text on a page, or 3.2 on a phone, and no text in it is smaller than 8
points, which are 11 pixels of a screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache, partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from ctip_analysis.base.errors import ParameterError

WIDTH, NARROW = 7.2, 3.2  # inches
SMALL = 8  # points
FOLDER = Path(__file__).resolve().parent
FONTS = FOLDER / "fonts"
STYLE = FOLDER / "ctip.mplstyle"

INK, QUIET, RULE = "#1f1f1f", "#595959", "#9a9a9a"
HUES = ["#225ea8", "#b35806", "#4d4d4d", "#1b8a8f", "#8c510a", "#762a83"]
HUE, PALE = HUES[0], "#7fa6d2"
LOOKS: dict[str, dict[str, Any]] = {  # patch properties of what is not a number
    "withheld": {"facecolor": "#ececec", "edgecolor": "#6b6b6b", "hatch": "//////"},
    "no_data": {"facecolor": "#ffffff", "edgecolor": "#8c8c8c", "hatch": "....."},
    "not_applicable": {"facecolor": "#f1efea", "edgecolor": "#8c8c8c", "linestyle": (0, (3, 2))},
}
SCALE, VALUE, SOURCE, MARK = "scale", "value", "source", "mark"  # gid: what a text in a figure is
WRITTEN = (SCALE, SOURCE, MARK)  # gid of what the chart code wrote: no value of the data
DARK = {  # a figure in these colours alone is shown on a dark screen in others
    INK: "var(--ink)", QUIET: "var(--soft)", RULE: "#6b747c", PALE: "#3f6da3", "#ffffff": "var(--paper)",
    **dict(zip(HUES, ("#7fb2ea", "#f0a35e", "#c4c9ce", "#5cc9ce", "#d9a066", "#c89ad3"), strict=True)),
    "#e3e3e3": "#2c343b", "#ececec": "#2a3138", "#f6f6f6": "#1c2227", "#f1efea": "#20262c", "#6b6b6b": "#a0a8af",
    "#8c8c8c": "#a0a8af", "#b9b9b9": "#5c656d", "#7a6a6a": "#b8a9a9",
    # of the ground of a map: sea, coast, lake and its shore, borders, names around
    "#dfeaf1": "#1b2a35", "#c9c4b8": "#4a5057", "#c3dbe8": "#2f4a5c", "#8fb6ca": "#4d7389", "#6f6f6f": "#808991",
    "#3d3d3d": "#d5dade", "#55819b": "#8fb6ca", "#8b857a": "#b3ada2",
}  # fmt: skip
MARK_ORDER = 1.9  # above fills (1), below lines (2) and text (3)

P = ParamSpec("P")
R = TypeVar("R")
N = TypeVar("N", int, float)
_width: ContextVar[float] = ContextVar("width", default=WIDTH)
_again: WeakKeyDictionary[Figure, tuple[Callable[[], Any], int]] = WeakKeyDictionary()


@cache
def style() -> mpl.RcParams:
    """The settings of the style sheet, read once; matplotlib knows the typefaces in ``fonts/`` from then on."""
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)
    return mpl.rc_params_from_file(STYLE, use_default_template=False)


@contextmanager
def context() -> Iterator[None]:
    """Draw or save in this context to have the style sheet without changing the caller's settings."""
    with mpl.rc_context(style()):
        yield


def themed(draw: Callable[P, R]) -> Callable[P, R]:
    """*draw* in the style sheet; ticks, which matplotlib makes only when it draws, are made within it.

    How to draw the figure again is kept for ``narrow``, unless it was drawn into the caller's axes.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(ax := kwargs.get("ax"), Axes | None):
            raise ParameterError(f"ax is one Axes, as ax=axes[0]; found {type(ax).__name__}")
        with context():
            result = draw(*args, **kwargs)
            axes = np.ravel(np.asarray(result, dtype=object))
            for ax in axes:
                ax.get_xticklabels(), ax.get_yticklabels()
        if kwargs.get("ax") is None:
            figure = axes[0].get_figure(root=True)
            _again[figure] = partial(drawn, *args, **kwargs), _parts(figure)
        return result

    return drawn


def _parts(figure: Figure) -> int:
    return sum(not isinstance(one, Mark) for ax in figure.axes for one in ax.get_children())


def narrow(figure: Figure) -> Figure | None:
    """*figure* drawn again for a phone and closed; None if no chart of ours drew it, or something was added to it."""
    again, parts = _again.get(figure, (None, 0))
    if again is None or parts != _parts(figure):
        return None
    token = _width.set(NARROW)
    try:
        ax = np.ravel(np.asarray(again(), dtype=object))[0]
    finally:
        _width.reset(token)
    made: Figure = ax.get_figure(root=True)
    plt.close(made)
    return made


def width() -> float:
    """Inches of a new figure: those of a page, or of a phone while ``narrow`` draws."""
    return _width.get()


def fit(wide: N, slim: N) -> N:
    """*wide* on a page, *slim* on a phone: letters of a line, panels of a row."""
    return wide if width() == WIDTH else slim


def new_axes(height: float) -> Axes:
    """Axes of a new figure of the usual width and *height* inches, which arranges itself."""
    _, ax = plt.subplots(figsize=(width(), height), layout="constrained")
    ax.figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03)
    return ax


def is_bare(text: str) -> bool:
    """Whether *text* has no word, as "12,000" and "5 k" have none: a scale mark, on an axis."""
    return not re.search(r"[^\W\d_]{2}", text)


def inches(ax: Axes) -> tuple[float, float]:
    """Width and height of *ax*, near enough to decide what fits into it."""
    box, size = ax.get_position(), ax.get_figure(root=True).get_size_inches()
    return float(box.width * size[0]), float(box.height * size[1])


def need(frame: pd.DataFrame, function: str, *columns: str) -> None:
    """Raise ParameterError with a sentence where *frame* lacks one of *columns*."""
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(f"{function} takes a DataFrame, as edition.cells gives it; found {type(frame).__name__}")
    if missing := [name for name in columns if name not in frame.columns]:
        if f"{missing[0]}_x" in frame:
            found = f'{missing[0]}_x and {missing[0]}_y: write merge(…, suffixes=("", "_other"))'
        else:
            found = ", ".join(map(str, frame.columns)) or "none"
        raise ParameterError(f"{function} needs the column {' and '.join(missing)}; the frame has {found}")
    if frame.empty:
        raise ParameterError(f"{function} needs rows, and the frame has none: look at what was filtered or merged")


def status_of(frame: pd.DataFrame, column: str = "value") -> pd.Series:
    """Status of each row; where the frame has no ``status``, a row with a value is shown and others have no data."""
    present = frame[column].notna()
    if "status" not in frame:
        return pd.Series(np.where(present, "shown", "no_data"), index=frame.index)
    status = frame["status"].fillna("no_data").astype(object)
    return status.mask(status.eq("shown") & ~present, "no_data")


def unit_of(frame: pd.DataFrame) -> str:
    """The unit of the frame's numbers, "" where it says none or several."""
    units = frame["unit"].dropna().loc[lambda unit: unit.ne("")].unique() if "unit" in frame else []
    return str(units[0]) if len(units) == 1 else ""


def note(ax: Axes, text: str, at: tuple[Any, Any], away: tuple[float, float], **style: Any) -> Annotation:
    """Write *text*, *away* points from *at* (shares of the axes, or ``xycoords``); quiet, and not clipped."""
    look = {"xycoords": "axes fraction", "color": QUIET, "annotation_clip": False, **style}
    return ax.annotate(text, at, xytext=away, textcoords="offset points", **look)


def swatch(status: str, label: str = "") -> Patch:
    """A patch with the look of *status*, for a legend."""
    return Patch(**{"linewidth": 0.5, **LOOKS[status]}, label=label)


def stamp(figure: Figure, word: str) -> None:
    """Write *word* (SYNTHETIC, INTERNAL) across every panel of *figure*, above its fills and below its labels."""
    with context():
        for ax in figure.axes:
            marks = [artist for artist in ax.get_children() if isinstance(artist, Mark)]
            if not marks:
                ax.add_artist(Mark(word, ax))
            elif word not in marks[0].get_text():
                marks[0].set_text(f"{marks[0].get_text()} {word}")


class Mark(Text):
    """A word that fills its axes, however they are resized, so that cropping a picture does not remove it."""

    def __init__(self, word: str, ax: Axes) -> None:
        super().__init__(0.5, 0.5, word, transform=ax.transAxes, ha="center", va="center", fontweight=600,
                         color="#7a6a6a", alpha=0.18, zorder=MARK_ORDER, rotation_mode="default", gid=MARK,
                         antialiased=False)  # fmt: skip
        self.set_in_layout(False)

    def fit(self) -> None:
        """Set the largest size at which the turned word is within the axes."""
        box = self.axes.get_window_extent()
        steep = np.arctan2(box.height, box.width) if box.height > 0.28 * box.width else 0.0
        turn = min(0.62 * steep, np.radians(32))
        wide, high = word_width(self.get_text(), tuple(self.get_fontfamily())), 1.5
        across = wide * np.cos(turn) + high * np.sin(turn)
        up = wide * np.sin(turn) + high * np.cos(turn)
        pixels = min(0.9 * box.width / across, 0.94 * box.height / up)
        self.set_rotation(np.degrees(turn))
        self.set_fontsize(pixels * 72 / self.get_figure(root=True).dpi)

    def draw(self, renderer: RendererBase) -> None:
        """Draw at the size that fits now."""
        self.fit()
        super().draw(renderer)

    def get_window_extent(self, renderer: RendererBase | None = None, dpi: float | None = None) -> Bbox:
        """Box of the word at the size that fits now."""
        self.fit()
        return super().get_window_extent(renderer, dpi)


@lru_cache(maxsize=64)
def word_width(word: str, family: tuple[str, ...], weight: int = 600) -> float:
    """Width of *word* in multiples of its font size."""
    letters = FontProperties(family=list(family), weight=weight)
    return float(TextPath((0, 0), word, size=10, prop=letters).get_extents().width) / 10


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on *colour* (WCAG relative luminance)."""
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return INK if linear @ [0.2126, 0.7152, 0.0722] > 0.19 else "white"
