"""Columns of an edition's cells, and the names by which an analyst asks for a breakdown."""

from __future__ import annotations

PLACES = ["adm1_code", "zone", "sex", "age_band", "partner"]
KEYS = ["indicator", "period", "period_basis", *PLACES]
CELL_COLUMNS = [
    "indicator", "table", "period", "period_basis", *PLACES, "value", "status", "unit", "qualifier", "kind", "source",
]  # fmt: skip
STATUSES = ("shown", "withheld", "no_data", "not_applicable")

TIDY_COLUMNS = [
    "indicator", "period", "start", "end", "adm1_code", "province", "zone", "sex", "age_band", "partner",
    "value", "low", "high", "status", "unit", "kind", "id",
]  # fmt: skip

BREAKDOWNS = {"province": "adm1_code", "zone": "zone", "sex": "sex", "age": "age_band", "partner": "partner"}
GRAINS = ("month", "quarter", "year")
