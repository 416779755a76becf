"""How figures look: fonts, colours, sizes, and the word no figure of synthetic or internal data is without.

Sizes are final: a figure is 7.2 inches wide and stands on the page that wide, with no text under 8 points.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from io import BytesIO

import matplotlib as mpl
import matplotlib.offsetbox
import matplotlib.patches
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from ctip_analysis.charts import typefaces
from ctip_analysis.edition.read import Internal, Released, require

WIDTH = 7.2  # inches: the page's text column
DPI = 200
SMALL, NORMAL, LARGE = 8.0, 9.0, 10.5  # points
REFERENCE = 20.0  # points at which a mark is measured before it is fitted
LINE = 1.5  # height of a line of text, in letter sizes

INK, QUIET, RULE, GRID = "#1f1f1f", "#595959", "#9a9a9a", "#e3e3e3"
HUE, HUE_LIGHT, HUE_PALE = "#225ea8", "#7fa6d2", "#d3e0ef"
HUES = ["#225ea8", "#b35806", "#4d4d4d", "#1b8a8f"]  # told apart by the colour-blind and by lightness
LAND, SEA, LAKE, BORDER = "#f1efea", "#dfeaf1", "#c3dbe8", "#3d3d3d"
WITHHELD = {"facecolor": "#ececec", "edgecolor": "#6b6b6b", "hatch": "//////"}
NO_DATA = {"facecolor": "#ffffff", "edgecolor": "#8c8c8c", "hatch": "....."}

_WEIGHTS = {"Regular": 400, "Semibold": 600, "Bold": 700}


@cache
def families() -> tuple[str, ...]:
    """Register the figures' typefaces with matplotlib and return their names, Latin first."""
    for family in typefaces.FAMILIES:
        for style, weight in _WEIGHTS.items():
            name = f"{family.replace(' ', '')}-{style}-{typefaces.release(family)}.ttf"
            font_manager.fontManager.addfont(typefaces.kept(name, partial(_face, family, style, weight)))
    return typefaces.FAMILIES


def _face(family: str, style: str, weight: int) -> bytes:
    """One static face: matplotlib cannot choose a weight inside a variable font."""
    face = typefaces.of_weight(typefaces.variable(family), weight)
    face["OS/2"].usWeightClass = weight
    for number, text in {
        1: family,
        2: style,
        4: f"{family} {style}",
        6: f"{family}-{style}".replace(" ", ""),
        16: family,
        17: style,
    }.items():
        face["name"].setName(text, number, 3, 1, 0x409)
        face["name"].setName(text, number, 1, 0, 0)
    out = BytesIO()
    face.save(out)
    return out.getvalue()


@contextmanager
def theme() -> Iterator[None]:
    """Draw inside this: fonts, sizes and quiet axes, without touching the caller's settings."""
    ours = {
        "font.family": list(families()),
        "font.size": SMALL,
        "axes.titlesize": NORMAL,
        "axes.titleweight": 600,
        "axes.titlelocation": "left",
        "axes.labelsize": SMALL,
        "axes.labelcolor": QUIET,
        "axes.edgecolor": RULE,
        "axes.linewidth": 0.7,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "text.color": INK,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "hatch.linewidth": 0.55,
        "axes.unicode_minus": True,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.constrained_layout.use": False,
    }
    with mpl.rc_context({**sns.axes_style("white"), **ours}):
        yield


def canvas(
    height: float, ax: Axes | None, margins: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
) -> Axes:
    """*ax*, or new axes on a figure of page width; *margins* in inches: left, right, bottom, top."""
    if ax is not None:
        return ax
    figure = plt.figure(figsize=(WIDTH, height), dpi=DPI)
    left, right, bottom, top = margins
    return figure.add_axes(
        (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height)
    )


def heading(ax: Axes, title: str, pad: float = 7) -> None:
    """The title, *pad* points above the axes, where one is wanted: in a report the heading above says it."""
    if title:
        ax.set_title(title, loc="left", fontsize=LARGE, fontweight=600, color=INK, pad=pad)


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """The figure as PNG; the same figure gives the same bytes, because no date or program is written in."""
    held = BytesIO()
    figure.savefig(held, format="png", dpi=dpi, metadata={"Software": None})
    return held.getvalue()


@lru_cache(maxsize=16)
def _ink(words: str, family: tuple[str, ...], weight: str | int) -> float:
    """Width of *words* in letters of the reference size."""
    letters = FontProperties(family=list(family), weight=weight)
    return float(TextPath((0, 0), words, size=REFERENCE, prop=letters).get_extents().width)


class Mark(Text):
    """A word that always fills the inside of its axes, however they are resized, so that no crop loses it."""

    def fit(self) -> None:
        """Set the largest size at which the turned word lies within the axes."""
        box = self.axes.get_window_extent()
        turn = 0.62 * np.arctan2(box.height, box.width) if box.height > 0.28 * box.width else 0.0
        turn = min(turn, np.radians(32))
        ink = _ink(self.get_text(), tuple(self.get_fontfamily()), self.get_fontweight())
        tall = LINE * REFERENCE
        wide = ink * np.cos(turn) + tall * np.sin(turn)
        high = ink * np.sin(turn) + tall * np.cos(turn)
        points = 72 / self.get_figure(root=True).dpi
        self.set_rotation(np.degrees(turn))
        self.set_fontsize(REFERENCE * points * min(0.9 * box.width / wide, 0.94 * box.height / high))

    def draw(self, renderer: RendererBase) -> None:
        self.fit()
        super().draw(renderer)

    def get_window_extent(self, renderer: RendererBase | None = None, dpi: float | None = None) -> Bbox:
        self.fit()
        return super().get_window_extent(renderer, dpi)


def stamp(ax: Axes, released: Released | Internal, alpha: float = 0.13) -> None:
    """Write SYNTHETIC, INTERNAL or both across *ax*; there is no way round it."""
    require(released, "stamp")
    words = [
        word
        for word, holds in (("INTERNAL", released.is_internal), ("SYNTHETIC", released.is_synthetic))
        if holds
    ]
    if not words:
        return
    mark = Mark(
        0.5,
        0.5,
        " ".join(words),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontweight=700,
        color="#3a0d0d",
        alpha=alpha,
        zorder=4.5,
        rotation_mode="default",
        gid="mark",
        antialiased=False,  # so large and pale: smooth edges would only make the picture larger
        family=list(families()),
    )
    mark.set_in_layout(False)
    ax.add_artist(mark)


def swatch(ax: Axes, x: float, y: float, look: dict[str, str], words: str) -> None:
    """A small patch with words beside it, in place of a mark whose length would be read as a number.

    *x* in axes fractions, *y* in data.
    """
    side = mpl.offsetbox.DrawingArea(16, 8)
    side.add_artist(mpl.patches.Rectangle((0, 0), 16, 8, linewidth=0.5, **look))
    label = mpl.offsetbox.TextArea(words, textprops={"fontsize": SMALL, "color": QUIET})
    pair = mpl.offsetbox.HPacker(children=[side, label], pad=0, sep=5, align="center")
    where = ax.get_yaxis_transform()
    ax.add_artist(
        mpl.offsetbox.AnnotationBbox(
            pair, (x, y), xycoords=where, frameon=False, box_alignment=(0, 0.5), pad=0
        )
    )


def quiet(ax: Axes, grid: str = "y") -> None:
    """Only what helps reading: grid lines along *grid*, one spine."""
    sns.despine(ax=ax, left=True, bottom=grid == "x")
    ax.grid(visible=True, axis=grid)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
