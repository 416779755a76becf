"""The life table of court cases: worked by hand, and withheld as a whole with any of its numbers."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.edition.columns import KEYS
from ctip_analysis.edition.edition import Released
from ctip_analysis.page import pipeline
from ctip_analysis.page.table_html import Table

SPAN = "2003-01-01/2004-12-31"
#         judged, still open
COUNTS = {"0_6m": (20, 40), "6_12m": (30, 20), "12_18m": (40, 0), "18_24m": (20, 10), "24m_plus": (5, 15)}


def edition(status: dict[str, str] | None = None) -> Released:
    """200 cases: 115 judged, 85 open; *status* of single cells differs from shown."""
    pairs = [(name, dict(zip(("judged", "open"), pair, strict=True))) for name, pair in COUNTS.items()]
    cells = {f"cases_{what}_{name}": number for name, pair in pairs for what, number in pair.items()}
    path = reference.DATA / "reference/indicators.csv"
    known = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("id", drop=False)
    same = {"period": SPAN, "period_basis": "to_date", "unit": "cases", "qualifier": "", "kind": "synthetic"}
    rows = [
        {**dict.fromkeys(KEYS, ""), **same, "source": "records", "indicator": name, "value": float(value)}
        for name, value in cells.items()
    ]
    for row in rows:
        row["status"] = (status or {}).get(row["indicator"], "shown")
    return dataclasses.replace(small_edition(), frame=pd.DataFrame(rows), indicators=known)


def shares(table: Table) -> list[str]:
    return [row[-1] if isinstance(row[-1], str) else row[-1].text for row in table.rows]


def test_an_open_case_leaves_half_way_through_its_interval():
    # 0-6: 200 at risk, 40 open: 1 - 20/180 = .8889. 6-12: 140 left, 20 open: x (1 - 30/130) = .6838
    # 12-18: 90 left, none open: x (1 - 40/90) = .3799. 18-24: 50 left, 10 open: x (1 - 20/45) = .2110
    assert shares(pipeline.life_table(edition(), SPAN)) == ["88.9%", "68.4%", "38.0%", "21.1%", "–"]


@pytest.mark.parametrize("hidden", ["cases_judged_6_12m", "cases_open_24m_plus"])
def test_one_withheld_number_withholds_every_share(hidden):
    table = pipeline.life_table(edition({hidden: "withheld"}), SPAN)
    assert shares(table)[:-1] == ["withheld to protect people"] * 4


def test_the_rows_are_the_intervals_in_words():
    heads = [row[0] for row in pipeline.life_table(edition(), SPAN).rows]
    assert heads == ["0 to under 6", "6 to under 12", "12 to under 18", "18 to under 24", "24 or more"]


def test_the_shipped_sample_shows_no_share_because_a_number_of_its_table_is_withheld(released):
    table = pipeline.life_table(released, SPAN)
    assert "withheld" in {cell.status for cell in table.facts}
    assert {row[-1].status for row in table.rows[:-1]} == {"withheld"}
