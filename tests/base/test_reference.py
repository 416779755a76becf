"""Tables that ship are compared with their pins before they are read."""

from __future__ import annotations

import pytest

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ChangedFileError, MissingFileError


def test_a_table_is_typed_as_described():
    indicators = reference.table("indicators")
    assert indicators["concerns_persons"].dtype == "boolean"
    assert reference.table("population")["residents"].dtype == "Int64"
    assert (indicators.loc[indicators["id"].eq("performances_held"), "measure"] == "").all()


def test_a_changed_byte_stops_with_expected_found_and_what_to_do(tmp_path):
    path = tmp_path / "population.csv"
    path.write_text("a\n1\n")
    resource = {"hash": f"sha256:{reference.sha256(path)}"}
    assert reference.pinned(path, resource) == path
    path.write_text("a\n2\n")
    with pytest.raises(
        ChangedFileError, match=r"population\.csv has changed.*description says.*data/pin\.py.*git checkout"
    ):
        reference.pinned(path, resource)


def test_an_absent_file_says_how_to_restore_it(tmp_path):
    with pytest.raises(MissingFileError, match=r"provinces\.csv is missing: restore it"):
        reference.pinned(tmp_path / "provinces.csv", {"hash": "sha256:00"})


def test_every_indicator_is_planned_and_every_planned_one_defined():
    assert set(reference.table("tables")["indicator"]) == set(reference.table("indicators")["id"])


def test_nothing_about_persons_is_planned_by_month_or_by_partner_and_province():
    plan = reference.table("tables").merge(reference.table("indicators"), left_on="indicator", right_on="id")
    persons = plan[plan["concerns_persons"]]
    assert set(persons["period_grain"]) <= {"year", "to_date"}
    assert not persons["dimensions"].str.contains("partner").any()
    by_place = persons[persons["dimensions"].str.contains("adm1_code")]
    assert by_place["publish_place"].all()
    assert not persons[persons["place_meaning"].eq("service")].shape[0]


def test_each_definition_says_what_it_does_not_count():
    indicators = reference.table("indicators")
    assert indicators[["name_en", "one_unit_is", "counts", "counts_not", "unit", "source"]].ne("").all(axis=None)
