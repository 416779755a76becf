"""National figures that others published, as tidy rows beside which programme cells can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctip_analysis.base import periods
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
    rows = edition.context[edition.context["series_id"].eq(series)]
    if rows.empty:
        known = sorted(edition.context["series_id"].unique())
        raise ParameterError(f"there is no national series {series!r}{suggestion(series, known)}")
    rows = rows[~rows["evidence_level"].isin(_NO_EVIDENCE) & rows["value"].ne("")]
    spans = [periods.span(code) for code in rows["period"]]
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    ids = [
        str(FactId(f"national.{row.indicator}", row.period, partner=row.reporter_slug))
        for row in rows.itertuples()
    ]
    return rows.assign(
        start=pd.to_datetime([start for start, _ in spans]), end=pd.to_datetime([end for _, end in spans]),
        value=numbers if numbers.notna().all() else rows["value"], status="shown", kind="published", id=ids,
    )[COLUMNS].sort_values("start", kind="stable", ignore_index=True)  # fmt: skip
