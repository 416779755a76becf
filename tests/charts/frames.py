"""Small frames to draw, made here so that a test says what they hold; and boxes of what was written."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from ctip_analysis.charts import theme
from ctip_analysis.places import load_provinces


def provinces(year: int, label: str = "", seed: int = 1) -> gpd.GeoDataFrame:
    """Units of a year with numbers of up to five digits, one of them zero and one of each status without a number."""
    units = load_provinces(year)
    values = np.random.default_rng(seed).integers(1_000, 99_999, len(units)).astype(float)
    frame = units.assign(value=values, status="shown", unit="attendances")
    for place, status in enumerate(("withheld", "no_data", "not_applicable"), start=1):
        frame.loc[frame.index[place], ["value", "status"]] = [np.nan, status]
    frame.loc[frame.index[5], "value"] = 0
    return frame


def yearly(values: list[float], first: int = 2003, **columns: object) -> pd.DataFrame:
    """One row a year; a missing value is withheld."""
    periods = [str(first + place) for place in range(len(values))]
    frame = pd.DataFrame({"period": periods, "value": values, "unit": "performances", **columns})
    return frame.assign(status=np.where(frame["value"].isna(), "withheld", "shown"))


def quarterly(values: list[float], first: int = 2003, **columns: object) -> pd.DataFrame:
    """One row a quarter; a missing value is withheld."""
    periods = [f"{first + place // 4}Q{place % 4 + 1}" for place in range(len(values))]
    return yearly(values, **columns).assign(period=periods)


def drawn(figure: Figure) -> None:
    """Draw *figure*, so that everything has its place."""
    with theme.context():
        figure.canvas.draw()


def written(ax: Axes) -> list[Text]:
    """Texts of *ax* and its insets that a reader sees, without the mark."""
    return [
        text
        for text in ax.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text.get_gid() != theme.MARK
    ]


def overlaps(texts: list[Text], slack: float = 0.5) -> list[tuple[str, str]]:
    """Pairs of *texts* whose boxes have more than *slack* pixels in common both ways."""
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in texts]
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack
    ]
