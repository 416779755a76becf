"""What a yearly run may be told, and what is said about every fault of it at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from small_year import write_year

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs.yearly_config import Expected, read_config, slot


def read(folder, text):
    (folder / "reports.yml").write_text("reports:\n  - notebook: 90_annual_report\n")
    path = folder / "year.yml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_folders_count_from_the_file_and_values_stay_as_they_are_written(tmp_path):
    found = read_config(write_year(tmp_path, "due: 03-15\nworkers: 2\nkeep: 3\nfirst: 2004\n"))
    assert found.data == tmp_path / "records" and found.hand_over == tmp_path / "hand-over"
    assert (found.year, found.due, found.workers, found.keep, found.first) == (2004, (3, 15), 2, 3, 2004)
    assert found.expect == (Expected("NGO01", "clients"), Expected("NGO01", "cases"))


def test_what_is_not_named_lies_in_build(tmp_path):
    found = read(tmp_path, "data: records\nyear: last\nreports: reports.yml\n")
    assert found.editions == ROOT / "build" / "editions-records"
    assert (found.out, found.hand_over) == (ROOT / "build" / "reports", ROOT / "build" / "hand-over")
    assert (
        read(tmp_path, f"data: {ROOT}/data/sample\nyear: 2004\nreports: reports.yml").editions.name
        == "editions"
    )


def test_every_fault_is_said_at_once_with_the_nearest_key(tmp_path):
    text = """\
dat: records
year: 04
year: two
basis: lunar
due: 02-30
when_missing: drat
keep: 0
workers: [1, 2]
reports: none.yml
expect:
  - {partner: ngo 4, tables: [client], yeers: 2004}
  - NGO05
  - {partner: NGO06, tables: clients, years: 2004-05}
"""
    with pytest.raises(ParameterError) as raised:
        read(tmp_path, text)
    said = str(raised.value)
    for one in (
        "dat: there is no such key; nearest is data",
        "year: stands twice",
        "data: is missing",
        "year: must be four digits such as 2004; found 'two'",
        "basis: must be calendar or fiscal; found 'lunar'",
        "due: must be a month and a day that every year has, such as 03-15; found '02-30'",
        "when_missing: must be stop or draft; found 'drat'; nearest is draft",
        "keep: must be a whole number from 1; found '0'",
        "workers: must be one value; found a list",
        "reports: there is no file none.yml",
        "expect, entry 1, partner: must be an id of partners.csv",
        "expect, entry 1, yeers: there is no such key; nearest is years",
        "expect, entry 1, tables: no rows are expected by year in 'client'; nearest is clients",
        "expect, entry 2: must be written like",
        "expect, entry 3, tables: must be a list",
        "expect, entry 3, years: must be written like 2003-2005",
    ):
        assert one in said
    assert said.startswith("year.yml: 16 faults; nothing was started") and raised.value.exit_code == 2


@pytest.mark.parametrize(
    "text, said",
    [("- year: 2004", "must be lines of"), ("year: [2004", "line 1: is not YAML"), ("", "must be lines of")],
    ids=["a list", "cut off", "empty"],
)
def test_what_is_no_list_of_keys_is_refused_in_a_sentence(tmp_path, text, said):
    with pytest.raises(ParameterError, match=said):
        read(tmp_path, text)
    with pytest.raises(ParameterError, match=r"there is no file none\.yml"):
        read_config(tmp_path / "none.yml")


@pytest.mark.parametrize("inner, outer", [("hand_over", "data"), ("data", "out"), ("editions", "hand_over")])
def test_folders_in_one_another_are_refused(tmp_path, inner, outer):
    """Records in a hand-over folder would be handed over; so would editions."""
    with pytest.raises(ParameterError, match=f"{inner}: must not lie in the folder of {outer}"):
        read(tmp_path, f"year: 2004\nreports: reports.yml\n{outer}: a\n{inner}: a/b\n")


@pytest.mark.parametrize(
    "basis, day, year",
    [
        ("calendar", (2005, 1, 1), 2004), ("calendar", (2005, 12, 31), 2004),
        ("fiscal", (2005, 9, 30), 2004), ("fiscal", (2005, 10, 1), 2005),
    ],
)  # fmt: skip
def test_the_last_year_is_the_one_that_has_ended(tmp_path, basis, day, year):
    asked = read(tmp_path, f"data: records\nyear: last\nreports: reports.yml\nbasis: {basis}\n")
    assert asked.year_at(datetime(*day, 12, tzinfo=UTC)) == year


@pytest.mark.parametrize(
    "now, year", [((2005, 3, 14, 23), 2004), ((2005, 3, 15, 0), 2005), ((2006, 1, 2, 0), 2005)]
)
def test_a_slot_is_the_last_day_it_was_due(now, year):
    assert slot((3, 15), datetime(*now, tzinfo=UTC)) == datetime(year, 3, 15, tzinfo=UTC)
