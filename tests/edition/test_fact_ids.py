"""The way back from a printed number, the columns of an edition, and its state of issue."""

from __future__ import annotations

import dataclasses

import pytest
from small_edition import small_edition

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.edition import dictionary, explain, groups
from ctip_analysis.edition.columns import CELL_COLUMNS, KEYS
from ctip_analysis.edition.issue import Issue


def test_explain_gives_definition_rule_and_source():
    lines = dict(explain(small_edition(), "performance_attendance:2004:Phnom Penh"))
    assert lines["fact"] == "performance_attendance:2004:KH12:::" and lines["place"] == "Phnom Penh"
    assert lines["counts not"].startswith("People: who comes twice")
    assert lines["rule"].startswith("sum; adds up over period")


def test_explain_says_that_a_source_states_no_period():
    assert dict(explain(small_edition(), "people_directly_exposed"))["period"] == "period not stated"


def test_every_column_of_an_edition_is_described():
    tables = {"cells": CELL_COLUMNS, "changes": [*KEYS, "old", "new", "reason"]}
    for name in ("published", "context", "population", "indicators", "targets"):
        tables[name] = list(getattr(small_edition(), name).columns)
    fields = [dictionary.described(table, column) for table, columns in tables.items() for column in columns]
    assert all(len(field["description"]) > 5 for field in fields)
    assert all("unit" in field for field in fields if field["type"] == "number")


def test_the_dictionary_of_synthetic_cells_says_so():
    info = {"is_synthetic": True, "period": "2004", "id": "0"}
    made = dictionary.package(
        info, {"cells": small_edition().frame, "population": small_edition().population}
    )
    assert made["title"].startswith("SYNTHETIC") and made["resources"][0]["description"].startswith(
        "SYNTHETIC"
    )
    assert made["resources"][1]["description"] == "population of this edition"


def test_every_group_of_an_edition_has_words():
    frame = small_edition().frame
    for column in ("sex", "age_band"):
        assert set(frame[column]) - {""} <= set(groups.labels(column))
    assert groups.label("partner", "IJM") == "IJM"


ROW = {
    "edition_id": "0000",
    "state": "final",
    "issued_on": "2005-03-15",
    "approved_by": "the director",
    "contact": "somebody",
}


@pytest.fixture
def issued(monkeypatch):
    """Add a row to the table of issues."""

    def add(**changed):
        table = reference.table("issues")
        table.loc[len(table)] = {**dict.fromkeys(table.columns, ""), **ROW, **changed}
        monkeypatch.setattr(reference, "table", lambda name: table)

    return add


def test_an_edition_is_a_draft_until_a_person_says_otherwise():
    assert Issue.of(small_edition()).state == "Draft, not approved for circulation; not issued yet"


def test_a_final_edition_names_the_day_and_who_approved_it(issued):
    issued()
    assert Issue.of(small_edition()).state == "Final, issued 15 March 2005, approved by the director"
    other = dataclasses.replace(small_edition(), info={**small_edition().info, "id": "f" * 64})
    assert Issue.of(other).state.startswith("Draft")


def test_a_final_edition_without_a_day_is_refused(issued):
    issued(issued_on="")
    with pytest.raises(DataError, match="needs the day of issue and who approved it"):
        Issue.of(small_edition())
