"""The life table of cases: which share is not yet judged after so many months, with open cases censored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctip_analysis.base.errors import CountingRuleError
from ctip_analysis.edition.index import Rows
from ctip_analysis.edition.parts import beside, combined, filled

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

BANDS = ("0_6m", "6_12m", "12_18m", "18_24m", "24m_plus")


def still_open(edition: Edition, rows: Rows, _: str) -> Rows:
    """Actuarial share not yet judged by the end of each row's band; withheld if any cell of the table is."""
    bands = [name.removeprefix("cases_judged_") for name in rows["indicator"]]
    if not set(bands) <= set(BANDS):
        raise CountingRuleError(
            "still_open is the share of cases not yet judged: it is made from cases_judged_0_6m and so on"
        )
    states = [f"cases_{state}_{band}" for state in ("judged", "open") for band in BANDS]
    parts = [beside(edition, rows, indicator=name) for name in states]
    made = rows
    for part in parts:
        made = combined(made, part, made["value"])
    counts = np.column_stack([part["value"] for part in parts])
    judged, open_ones = counts[:, : len(BANDS)], counts[:, len(BANDS) :]
    shares = [
        100 * survival(list(done), list(left))[BANDS.index(band)] if status == "shown" else np.nan
        for done, left, band, status in zip(judged, open_ones, bands, made["status"], strict=True)
    ]
    return {**made, "value": np.array(shares), "unit": filled(rows, "percent of trafficking cases")}


def survival(judged: list[float], still_open: list[float]) -> list[float]:
    """Share of cases still open at the end of each interval, with open cases censored in theirs.

    Actuarial life table: a case that is still open leaves the risk set half way through its
    interval (Cutler and Ederer 1958). *judged* and *still_open* count cases by interval, in order.

    >>> survival([0, 0], [6, 4])
    [1.0, 1.0]
    >>> survival([5, 5], [0, 0])
    [0.5, 0.0]
    """
    at_risk, open_share, shares = float(sum(judged) + sum(still_open)), 1.0, []
    if not sum(judged):
        return [1.0] * len(judged)
    for done, censored in zip(judged, still_open, strict=True):
        exposed = at_risk - censored / 2
        open_share *= 1 - done / exposed if exposed else 1.0
        shares.append(open_share)
        at_risk -= done + censored
    return shares
