"""The results of a pillar: each with its unit; stages and durations of cases left out."""

from __future__ import annotations

import pytest

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.page import pillars

SPAN = "2003-01-01/2004-12-31"


def test_a_pillar_lists_its_results_with_their_unit(released):
    rows = {row[0]: row for row in pillars.results(released, "prevention", "2004", SPAN).rows}
    name = "Provinces planned for the campaign\nprovinces"
    assert rows[name][1] == pillars.NOT_PLANNED and rows[name][2].text == "18"
    assert rows["Provinces with a performance\nprovinces"][2].text == "13"


def test_stages_and_durations_of_cases_have_pages_of_their_own(released):
    heads = [row[0] for row in pillars.results(released, "prosecution", "2004", SPAN).rows]
    assert "Convictions in cases advised by IJM\nconvictions" in heads
    assert not [head for head in heads if "judged" in head or "months" in head]


def test_an_unknown_pillar_is_refused_with_those_there_are(released):
    with pytest.raises(ParameterError, match="prevention"):
        pillars.results(released, "preventing", "2004", SPAN)
