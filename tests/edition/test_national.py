"""National figures of others, as rows in the order of time."""

from __future__ import annotations

import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition.national import COLUMNS


def test_figures_of_a_series_are_facts_in_the_order_of_time(edition):
    frame = edition.national("convictions")
    assert list(frame.columns) == COLUMNS and frame["start"].is_monotonic_increasing
    for row in frame.itertuples():
        fact = edition.fact(row.id)
        assert (fact.value, fact.kind, fact.unit) == (row.value, row.kind, row.unit)


def test_a_tier_is_text_and_a_gap_is_no_row(edition):
    assert edition.national("tier")["value"].str.startswith("Tier").all()
    gaps = edition.context.query("evidence_level == 'not_found'")["series_id"]
    assert len(gaps) and not edition.national(gaps.iloc[0])["value"].isna().any()


def test_a_series_that_begins_later_is_empty_and_an_unknown_one_is_refused():
    early = small_edition().until("2004")
    assert early.national("convictions").empty
    with pytest.raises(ParameterError, match="no national series 'conviction'; did you mean convictions"):
        early.national("conviction")
