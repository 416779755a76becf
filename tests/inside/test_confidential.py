"""Inside the wall a number leads on to the rows that were counted and the files they came from; outside it ends."""

from __future__ import annotations

import json

import pytest

from ctip_analysis.inside import confidential
from ctip_analysis.inside.confidential import behind


@pytest.fixture
def known(tmp_path, monkeypatch) -> str:
    """Id of an edition that this machine made of two tables."""
    monkeypatch.setattr(confidential, "FOLDER", tmp_path)
    files = {"cases.csv": "a" * 64, "clients.xlsx": "b" * 64}
    note = {"records": "mine", "sha256": files}
    (tmp_path / f"{'e' * 16}.json").write_text(json.dumps(note))
    return "e" * 64


def test_filter_and_file_of_the_indicator_s_own_table_are_named(known):
    lines = dict(behind(known, "convictions_ngo_cases"))
    assert lines["record table"] == "cases" and "case_kind=trafficking" in lines["rows counted"]
    assert lines["records"] == "mine" and lines["input"] == "cases.csv (SHA-256 aaaaaaaaaaaa…)"


def test_counts_of_consenting_clients_say_so(known):
    assert dict(behind(known, "clients_victim"))["rows counted"].endswith("; consent to share given")


def test_who_did_not_make_the_edition_sees_nothing(known):
    assert behind("f" * 64, "convictions_ngo_cases") == []


def test_a_figure_that_is_not_counted_has_no_rows(known):
    assert behind(known, "tip_tier") == []
