"""National figures that others published, as tidy rows beside which programme cells can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition.fact_ids import FactId

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

COLUMNS = [
    "series_id",
    "period",
    "start",
    "end",
    "reporter",
    "value",
    "status",
    "unit",
    "kind",
    "id",
    "source",
]
_NO_EVIDENCE = {"not_found", "memory"}


def national(edition: Edition, series: str) -> pd.DataFrame:
    """National figures of one *series*; see ``Edition.national``."""
    known = sorted({*edition.context["series_id"], *reference.table("national_series")["series_id"]})
    if series not in known:
        raise ParameterError(f"there is no national series {series!r}{suggestion(series, known)}")
    rows = edition.context[edition.context["series_id"].eq(series)]
    rows = rows[~rows["evidence_level"].isin(_NO_EVIDENCE) & rows["value"].ne("")]
    spans = [periods.span(code) for code in rows["period"]]
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    made = rows.assign(
        start=np.array([start for start, _ in spans], dtype="datetime64[s]"),
        end=np.array([end for _, end in spans], dtype="datetime64[s]"),
        value=numbers if numbers.notna().all() else rows["value"],
        status="shown",
        kind=["derived" if text.startswith("derived") else "published" for text in rows["qualifier"]],
        id=[_id(row.indicator, row.period, row.reporter_slug) for row in rows.itertuples()],
    )
    return made[COLUMNS].sort_values("start", kind="stable", ignore_index=True)


def _id(indicator: str, period: str, reporter: str) -> str:
    return str(FactId(f"national.{indicator}", period, partner=reporter))
