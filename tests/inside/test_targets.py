"""Targets of a record folder: an edition has the published ones, and invented ones only where records are."""

from __future__ import annotations

import pytest
from record_folder import MINIMAL, write_minimal

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.inside import companions
from ctip_analysis.inside.records import load_records
from ctip_analysis.inside.records.intake import assess

HEADER = "indicator,period,baseline,target,assessed_on,source,note,is_synthetic\n"
PUBLISHED = len(reference.table("published_targets"))


@pytest.fixture
def real(tmp_path):
    folder = write_minimal(tmp_path / "real")
    for table in MINIMAL:
        path = folder / f"{table}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(",true\n", ",false\n"), encoding="utf-8")
    assert not load_records(folder).is_synthetic
    return folder


def targets(folder, *rows):
    """What an edition of the records in *folder*, which has these *rows* of targets, has."""
    if rows:
        (folder / "targets.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return companions.targets(load_records(folder))


def test_records_without_targets_of_their_own_have_the_published_ones_alone(real):
    assert targets(real)["kind"].tolist() == ["published"] * PUBLISHED


def test_targets_of_real_records_are_those_of_a_named_source(real):
    row = targets(real, "teachers_trained,2004,12.5,250,2004-06-30,Work plan,,false").iloc[-1]
    assert row.tolist() == ["teachers_trained", "2004", "12.5", "250", "2004-06-30", "Work plan", "", "published"]


def test_one_invented_target_makes_the_records_synthetic_and_says_so(real):
    rows = targets(real, "teachers_trained,2004,,250,,Plan,,true", "youth_clubs,2004,,5,,Plan,,false")
    assert load_records(real).is_synthetic and rows["kind"].tolist()[PUBLISHED:] == ["synthetic"] * 2


@pytest.mark.long
def test_the_order_of_the_rows_of_a_file_changes_nothing(real):
    rows = ["teachers_trained,2004,,250,,Plan,,false", "youth_clubs,2004,,5,,Plan,,false"]
    assert targets(real, *rows).equals(targets(real, *reversed(rows)))


def test_the_targets_of_the_sample_are_synthetic_and_no_reference_table_has_them(records):
    invented = companions.targets(records).query("kind == 'synthetic'")
    assert {"2004", "FY2004"} <= set(invented["period"])
    printed = reference.table("published_targets")
    assert invented.merge(printed, on=["indicator", "period"]).empty


def test_every_target_that_can_not_be_used_is_named(real):
    with pytest.raises(DataError) as caught:
        targets(
            real,
            "teacher_trained,2004,,250,,Plan,,false",
            "performances_held,2003-01-01/2005-12-31,,80,,Plan,,false",
        )
    unknown, twice = map(str, caught.value.faults)
    assert "teacher_trained" in unknown and "did you mean teachers_trained" in unknown
    assert "a source prints a target for this period" in twice and "performances_held" in twice
    assert assess(str(real)).faults == caught.value.faults  # a check says what a release would refuse


@pytest.mark.parametrize("row, said", [
    ("teachers_trained,spring,,250,,Plan,,false", "must look like"),
    ("teachers_trained,2004,,-1,,Plan,,false", "must be 0 or more"),
    ("teachers_trained,2004,,250,,,,false", "must not be empty"),
], ids=["period", "negative", "no source"])  # fmt: skip
def test_a_target_is_checked_like_any_row(row, said, real):
    with pytest.raises(DataError, match=said):
        targets(real, row)
