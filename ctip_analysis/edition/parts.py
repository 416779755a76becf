"""Cells set beside each other: where both are shown a number can be made of them, else none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.edition.columns import KEYS
from ctip_analysis.edition.fact import WORST_FIRST
from ctip_analysis.edition.index import Rows, keys

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


def combined(rows: Rows, other: Rows, value: np.ndarray, **changed: np.ndarray | str) -> Rows:
    """*rows* with *value* where both parts are shown; else the status that says least."""
    status = np.array(
        [min(pair, key=WORST_FIRST.index) for pair in zip(rows["status"], other["status"], strict=True)],
        dtype=object,
    )
    status[(status == "shown") & ~np.isfinite(value)] = "not_applicable"
    shown = status == "shown"
    return {
        **rows,
        "value": np.where(shown, value, np.nan),
        "status": status,
        "qualifier": filled(rows, ""),
        **{name: filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()},
        **{name: np.where(shown, changed[name], np.nan) for name in ("low", "high") if name in changed},
    }


def beside(edition: Edition, rows: Rows, **changed: np.ndarray | str) -> Rows:
    """The cells at the keys of *rows* with some keys *changed*; absent ones have no data."""
    texts = {name: filled(rows, new) if isinstance(new, str) else new for name, new in changed.items()}
    wanted = {name: rows[name] for name in KEYS} | texts
    at = [edition.index.at(key) for key in keys(wanted)]  # -1 is the one without data
    columns = edition.index.columns
    return {
        **wanted,
        "value": np.append(columns["value"], np.nan)[at],
        "status": np.append(columns["status"], "no_data")[at],
    }


def divided(rows: Rows, other: Rows, factor: float = 1) -> np.ndarray:
    """*factor* times the value of *rows* for each of *other*; missing where that is zero."""
    below = np.where(other["value"] == 0, np.nan, other["value"])
    return factor * rows["value"] / below


def filled(rows: Rows, text: str) -> np.ndarray:
    """*text* once for each row."""
    return np.full(len(rows["value"]), text, dtype=object)
