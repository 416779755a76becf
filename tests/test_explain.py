"""The way back from a printed number."""

from __future__ import annotations

from ctip_analysis.edition.explain import explained


def test_explain_gives_definition_rule_and_source(released):
    lines = dict(explained(released, "performance_attendance:2004:KH12"))
    assert lines["counts not"].startswith("People: who comes twice") and lines["place"] == "Phnom Penh"
    assert lines["rule"].startswith("sum; adds up over period")
