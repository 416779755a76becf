"""Classes of a map: where they break, what they are called, which one a number falls in.

A number is rounded as it is printed before it is classified, so that a printed 70 never lies in "40 to 69".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts, rates
from ctip_analysis.edition.read import Internal, Released, require

MOST = 5
_ROUND = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])
STATUS_LABELS = {"zero": "none", **facts.STATUS_WORDS}


def as_printed(value: float, unit: str) -> float:
    """The number a reader sees: *value* after the rounding of :func:`facts.written`.

    >>> as_printed(69.96, "performances per 1,000 residents")
    70.0
    """
    digits = float(re.sub(r"[^\d.]", "", facts.written(abs(value), unit)))
    return -digits if value < 0 else digits


def breaks_for(
    released: Released | Internal, indicator: str, grain: str, derivation: str = ""
) -> list[float]:
    """Lower bounds of the second and later classes, for every map of *indicator* by *grain* in this edition.

    They come from all shown province values of the edition, in all periods of that grain, so that two
    maps of a series can be held side by side. Round numbers, at most five classes.
    """
    require(released, "breaks_for")
    rows = released.select(indicator, grain=grain, adm1_code=None)
    rows = rates.derive(released, rows, derivation) if len(rows) else rows
    shown = rows[rows["status"].eq("shown") & rows["adm1_code"].ne("unknown")]
    values = np.array(
        sorted(as_printed(value, unit) for value, unit in zip(shown["value"], shown["unit"], strict=True))
    )
    return nice_breaks(values[values > 0])


def nice_breaks(values: Sequence[float] | np.ndarray) -> list[float]:
    """Round numbers that part positive *values* into at most five groups of like size.

    >>> nice_breaks([1, 1, 2, 3])
    [2.0, 3.0]
    >>> nice_breaks([90, 210, 330, 480, 700, 900, 1800, 2600, 5200, 9000])
    [300.0, 600.0, 1500.0, 3000.0]
    """
    different = np.unique(np.asarray(values, dtype=float))
    if len(different) <= MOST:
        return [float(value) for value in different[1:]]
    steps = [_nearest_round(cut) for cut in np.quantile(values, np.linspace(0, 1, MOST + 1)[1:-1])]
    return sorted({step for step in steps if different[0] < step <= different[-1]})


def _nearest_round(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(value))
    return float(round(_ROUND[np.abs(_ROUND * power - value).argmin()] * power, 10))


def is_count(unit: str) -> bool:
    """True for whole numbers of something, False for rates and shares.

    >>> is_count("performances"), is_count("performances per 1,000 residents"), is_count("percent of clients")
    (True, False, False)
    """
    return " per " not in unit and not unit.startswith("percent")


def checked(breaks: Sequence[float]) -> list[float]:
    """*breaks* if they ascend and are positive."""
    ascending = all(low < high for low, high in itertools.pairwise(breaks))
    if not ascending or any(cut <= 0 for cut in breaks):
        raise ParameterError(
            f"class breaks have to be positive and ascend, got {', '.join(f'{cut:,}' for cut in breaks)}"
        )
    return [float(cut) for cut in breaks]


def least(released: Released | Internal, indicator: str) -> int:
    """The smallest count above zero that a map of *indicator* may show: small counts about persons never are."""
    require(released, "least")
    about_persons = str(released.indicators.loc[indicator, "concerns_persons"]).lower() == "true"
    smallest = released.info.get("thresholds", {}).get("smallest_count_shown", 1)
    return int(smallest) if about_persons and not released.is_internal else 1


def class_labels(breaks: Sequence[float], unit: str, smallest: int = 1) -> list[str]:
    """The classes in words, lowest first: "1 to 499", "500 to 999", "1,000 or more".

    Of a count the lowest class begins at *smallest* (see :func:`least`).
    """
    whole = is_count(unit)
    if not breaks:
        return [f"{smallest} or more" if whole else "more than 0"]
    lowest = _span(smallest, breaks[0], unit) if whole else f"under {_text(breaks[0], unit)}"
    between = [_span(low, high, unit) for low, high in itertools.pairwise(breaks)]
    return [lowest, *between, f"{_text(breaks[-1], unit)} or more"]


def _span(low: float, next_low: float, unit: str) -> str:
    """From *low* to the last number printed before *next_low*."""
    decimals = not is_count(unit) and (next_low <= 100 or unit.startswith("percent"))
    high = next_low - (0.1 if decimals else 1)
    return _text(low, unit) if low == high else f"{_text(low, unit)} to {_text(high, unit)}"


def _text(value: float, unit: str) -> str:
    text = facts.written(value, unit)
    return text.replace(".0", "") if text.endswith((".0", ".0%")) else text


def classify(table: pd.DataFrame, breaks: Sequence[float]) -> pd.Series:
    """Class of each place: a number from 0 up, or "zero", "withheld", "no_data", "not_applicable".

    *table* is that of :func:`units.by_unit`: its ``value`` is as printed (see :func:`as_printed`).
    """
    values, status = table["value"], table["status"]
    found = status.astype(object).copy()
    shown = status.eq("shown")
    found[shown] = [int(np.searchsorted(breaks, value, side="right")) for value in values[shown]]
    found[table["zero"]] = "zero"
    return found
