"""Classes of a map: where they break, what they are called, and which one each row falls in.

A number is rounded as it is printed before it is classified, so that a printed 70 is never in "40 to 69".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts import theme
from ctip_analysis.edition import STATUS_WORDS, written
from ctip_analysis.edition.fact import decimals

MOST = 5
ROUND = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])
ZERO = "none"
LOOKS: dict[str, dict[str, Any]] = {  # of what is no class, by its words in the legend, in the legend's order
    ZERO: {"facecolor": "#ffffff"},
    **{words: theme.LOOKS[status] for status, words in STATUS_WORDS.items()},
}


def breaks_for(frame: pd.DataFrame, column: str = "value") -> list[float]:
    """Lower bounds of the second and later classes for the shown numbers above zero in *frame*.

    Round numbers that make at most five classes of like size. Give the cells of all periods of a series, and the
    result to each of its maps: ``province_map(..., breaks=...)``.

    >>> breaks_for(pd.DataFrame({"value": [90, 210, 330, 480, 700, 900, 1800, 2600, 5200, 9000]}))
    [300.0, 600.0, 1500.0, 3000.0]
    """
    if frame.empty:
        return []
    theme.need(frame, "breaks_for", column)
    values = printed(frame, column)[theme.status_of(frame, column).eq("shown")]
    values = np.sort(values[values > 0].to_numpy(dtype=float))
    different = np.unique(values)
    if len(different) <= MOST:
        return [float(value) for value in different[1:]]
    cuts = [nearest_round(cut) for cut in np.quantile(values, np.linspace(0, 1, MOST + 1)[1:-1])]
    return sorted({cut for cut in cuts if different[0] < cut <= different[-1]})


def nearest_round(value: float) -> float:
    """The round number nearest to *value*, which is above zero."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(round(ROUND[np.abs(ROUND * power - value).argmin()] * power, 10))


def printed(frame: pd.DataFrame, column: str = "value") -> pd.Series:
    """The numbers of *column* as a reader sees them: rounded as they are printed with their unit."""
    if np.isinf(frame[column].to_numpy(dtype=float, na_value=np.nan)).any():
        raise ParameterError(f"{column} has an infinite number, as after a division by zero: replace it by NaN")
    units = frame["unit"].fillna("") if "unit" in frame else itertools.repeat("")
    numbers = [_printed(value, str(unit)) for value, unit in zip(frame[column], units, strict=False)]
    return pd.Series(numbers, index=frame.index, dtype=float)


def _printed(value: float, unit: str) -> float:
    if pd.isna(value):
        return np.nan
    digits = float(re.sub(r"[^\d.]", "", written(abs(value), unit)))
    return -digits if value < 0 else digits


def classify(frame: pd.DataFrame, column: str, breaks: Sequence[float]) -> pd.Series:
    """Class of each row in words, as an ordered categorical: numbers from high to low, then what is no number.

    *breaks* are lower bounds of the second and later classes.
    """
    values, status = printed(frame, column), theme.status_of(frame, column)
    names = class_names(checked(breaks), theme.unit_of(frame), values)
    place = np.searchsorted(np.asarray(breaks, dtype=float), values.fillna(0), side="right")
    found = pd.Series(np.array(names, dtype=object)[place], index=frame.index)
    found = found.mask(frame[column].eq(0), ZERO)
    found = found.where(status.eq("shown"), status.map(STATUS_WORDS))
    return found.astype(pd.CategoricalDtype([*names[::-1], *LOOKS], ordered=True))


def checked(breaks: Sequence[float]) -> list[float]:
    """*breaks* if they are positive and ascend."""
    if isinstance(breaks, str) or not np.iterable(breaks) or not all(map(pd.api.types.is_number, breaks)):
        raise ParameterError(f"breaks are numbers, as [1_000, 5_000]; found {breaks!r}")
    if not all(low < high for low, high in itertools.pairwise([0, *breaks])):
        raise ParameterError(f"breaks must be positive and ascend; found {', '.join(f'{cut:,}' for cut in breaks)}")
    return [float(cut) for cut in breaks]


def class_names(breaks: Sequence[float], unit: str, values: pd.Series) -> list[str]:
    """The classes in words, lowest first: "under 500", "500 to 999", "1,000 or more".

    *values* tell whether the numbers are counts, which leave no gap between 999 and 1,000.

    >>> class_names([2, 10], "cases", pd.Series([1.0, 12.0]))
    ['1', '2 to 9', '10 or more']
    >>> class_names([10, 20.5], "cases per 1,000 residents", pd.Series([1.5, 12.0]))
    ['under 10', '10 to 20.4', '20.5 or more']
    >>> class_names([0.01, 0.05], "", pd.Series([0.004, 0.3]))
    ['under 0.01', '0.01 to 0.049', '0.05 or more']
    """
    above = values[values > 0]
    if not breaks:
        return [_text(above.iloc[0], unit) if above.nunique() == 1 else "more than 0"]
    whole = bool((above % 1).eq(0).all()) and all(float(cut).is_integer() for cut in breaks) and not _is_rate(unit)
    lowest = "1" if whole and breaks[0] == 2 else f"under {_text(breaks[0], unit)}"
    between = [_span(low, high, unit, whole) for low, high in itertools.pairwise(breaks)]
    return [lowest, *between, f"{_text(breaks[-1], unit)} or more"]


def _is_rate(unit: str) -> bool:
    return " per " in unit or unit.startswith("percent")


def _span(low: float, next_low: float, unit: str, whole: bool) -> str:
    """From *low* to the last number that is printed before *next_low*."""
    high = next_low - (1 if whole else 10.0 ** -decimals(next_low * 0.999, unit))
    return _text(low, unit) if low == high else f"{_text(low, unit)} to {_text(high, unit)}"


def _text(value: float, unit: str) -> str:
    text = written(value, unit)
    return re.sub(r"\.?0+(?=%?$)", "", text) if "." in text else text


def shades(count: int) -> list[str]:
    """Colours of *count* classes from dark to pale, out of YlGnBu."""
    places = np.linspace(0.97, 0.18, count) if count > 1 else [0.6]
    return [mpl.colors.to_hex(mpl.colormaps["YlGnBu"](place)) for place in places]
