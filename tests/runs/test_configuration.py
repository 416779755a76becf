"""The files of configuration: values stay as they are written, and every fault is said at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from small_year import write_year

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import editions
from ctip_analysis.runs.configuration import read_config
from ctip_analysis.runs.plan import ReportsFile


def entries(folder, text):
    (folder / "reports.yml").write_text(text, encoding="utf-8")
    return ReportsFile.read(folder / "reports.yml").reports


def config(folder, text):
    (folder / "reports.yml").write_text("reports:\n  - notebook: 90_annual_report\n")
    (folder / "year.yml").write_text(text, encoding="utf-8")
    return read_config(folder / "year.yml")


def test_a_matrix_is_every_combination_and_include_comes_on_top(tmp_path):
    text = "reports:\n  - notebook: 60\n    matrix: {year: [2003, 2004], province: KH01}\n    include: [{year: 2005}]"
    (entry,) = entries(tmp_path, text)
    assert list(entry.combinations()) == [
        {"year": "2003", "province": "KH01"}, {"year": "2004", "province": "KH01"}, {"year": "2005"},
    ]  # fmt: skip
    (entry,) = entries(tmp_path, "reports:\n  - notebook: 90\n    include: [{year: 2003}]")
    assert list(entry.combinations()) == [{"year": "2003"}]


@pytest.mark.parametrize("value", ["03", "on", "no", "1e3", "0o7", "2004-01-01", "~", "null", "1_000"])
def test_what_other_readers_turn_into_something_else_stays_text(tmp_path, value):
    (entry,) = entries(tmp_path, f"reports:\n  - notebook: 90\n    matrix: {{code: [{value}]}}")
    assert list(entry.combinations()) == [{"code": value}]


def test_every_fault_of_every_entry_is_said_at_once(tmp_path):
    faulty = """\
reports:
  - notebok: 90
  - notebook: 20
    matirx: {year: 2003}
    limits: {run: 0, cel: 5}
    expect: {figures: some}
  - notebook: 30
    matrix: {year: [[2003]], province: []}
    include: {year: 2003}
    exclude: [2003]
"""
    with pytest.raises(ParameterError) as refused:
        entries(tmp_path, faulty)
    said = str(refused.value)
    assert said.startswith("reports.yml: 10 faults; nothing was started") and refused.value.exit_code == 2
    for one in (
        "reports, entry 1, notebook: is missing",
        "reports, entry 1, notebok: there is no such key; did you mean notebook?",
        "reports, entry 2, matirx: there is no such key; did you mean matrix?",
        "reports, entry 2, limits, run: must be above 0; found '0'",
        "reports, entry 2, limits, cel: there is no such key; did you mean cell?",
        "reports, entry 2, expect, figures: must be a whole number; found 'some'",
        "reports, entry 3, matrix, year, entry 1: must be one value; found a list",
        "reports, entry 3, matrix, province: must be a list with at least one entry; found a list",
        "reports, entry 3, include: must be a list; found a mapping",
        "reports, entry 3, exclude, entry 1: must be a mapping such as {year: 2004}; found '2003'",
    ):
        assert one in said


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "the file: must be a mapping of keys to values; found nothing"),
        ("- notebook: 90", "the file: must be a mapping of keys to values; found a list"),
        ("reports:\n  notebook: 90", "reports: must be a list; found a mapping"),
        ("reports: []", "reports: must be a list with at least one entry"),
        ("reports: [{notebook: 90}]\nother: 1", "other: there is no such key"),
        ("reports:\n  - notebook: 90\n  matrix: {", "reports.yml, line 3: is not YAML"),
        ("reports:\n  - notebook: 90\n    notebook: 20", "line 3: is not YAML: the key notebook is written twice"),
        ("reports:\n  - notebook: \x07", "is not YAML"),
    ],
    ids=["empty", "no reports", "no list", "empty list", "another key", "no YAML", "a key twice", "no letter"],
)
def test_a_file_of_another_form_is_refused(tmp_path, text, said):
    with pytest.raises(ParameterError, match=said):
        entries(tmp_path, text)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"^none\.yml: there is no such file"):
        ReportsFile.read(tmp_path / "none.yml")
    (tmp_path / "reports.yml").write_bytes("reports: [{notebook: é}]".encode("latin-1"))
    with pytest.raises(ParameterError, match="is not YAML"):
        ReportsFile.read(tmp_path / "reports.yml")


def test_without_an_edition_it_is_that_of_the_last_year_named(tmp_path):
    entries(
        tmp_path,
        "reports:\n  - notebook: 60\n    matrix: {year: [2003, 2005], basis: fiscal}\n  - notebook: 90",
    )
    assert ReportsFile.read(tmp_path / "reports.yml").last_year() == (2005, "fiscal")
    entries(tmp_path, "reports:\n  - notebook: 90")
    with pytest.raises(ParameterError, match="no report names a year"):
        ReportsFile.read(tmp_path / "reports.yml").last_year()


def test_the_shipped_files_can_be_read():
    assert ReportsFile.read(ROOT / "notebooks" / "reports.yml").reports[0].notebook == "90_annual_report"
    assert read_config(ROOT / "recipes" / "sample.yml").when_missing == "stop"


def test_folders_count_from_the_file(tmp_path):
    found = read_config(write_year(tmp_path, "due: 03-15\nworkers: 2\nkeep: 3\nfirst: 2004\n"))
    assert found.data == tmp_path / "records" and found.hand_over == tmp_path / "hand-over"
    assert (found.year, found.due, found.workers, found.keep, found.first) == (2004, (3, 15), 2, 3, 2004)
    assert [(one.partner, one.tables) for one in found.expect] == [("NGO01", ["clients", "cases"])]


def test_what_is_not_named_is_in_build(tmp_path):
    found = config(tmp_path, "data: records\nyear: last\nreports: reports.yml\n")
    assert found.editions == editions.BUILD / "editions-records"
    assert (found.out, found.hand_over) == (ROOT / "build" / "reports", ROOT / "build" / "hand-over")
    sample = config(tmp_path, f"data: {ROOT}/data/sample\nyear: 2004\nreports: reports.yml")
    assert sample.editions == editions.BUILD / "editions"


def test_every_fault_of_a_yearly_run_is_said_at_once(tmp_path):
    text = """\
dat: records
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
    with pytest.raises(ParameterError) as refused:
        config(tmp_path, text)
    said = str(refused.value)
    for one in (
        "dat: there is no such key; did you mean data?",
        "data: is missing",
        "year: must be four digits such as 2004; found 'two'",
        "basis: must be calendar or fiscal; found 'lunar'",
        "due: must be a month and a day that every year has, such as 03-15; found '02-30'",
        "when_missing: must be stop or draft; found 'drat'",
        "keep: must be at least 1; found '0'",
        "workers: must be a whole number; found a list",
        "reports: there is no file none.yml",
        "expect, entry 1, partner: must be an id of partners.csv",
        "expect, entry 1, yeers: there is no such key; did you mean years?",
        "expect, entry 1, tables: no rows are expected by year in 'client'; did you mean clients?",
        "expect, entry 2: must be a mapping of keys to values; found 'NGO05'",
        "expect, entry 3, tables: must be a list",
        "expect, entry 3, years: must be written like 2003-2005",
    ):
        assert one in said
    assert said.startswith("year.yml: 15 faults; nothing was started") and refused.value.exit_code == 2


@pytest.mark.parametrize("inner, outer", [("hand_over", "data"), ("data", "out"), ("editions", "hand_over")])
def test_folders_inside_one_another_are_refused(tmp_path, inner, outer):
    """Records in a hand-over folder would be handed over; so would editions."""
    data = "" if "data" in (inner, outer) else "data: records\n"
    with pytest.raises(ParameterError, match=f"{inner} must not be inside the folder of {outer}"):
        config(tmp_path, f"{data}year: 2004\nreports: reports.yml\n{outer}: a\n{inner}: a/b\n")


@pytest.mark.parametrize(
    "basis, day, year",
    [
        ("calendar", (2005, 1, 1), 2004), ("calendar", (2005, 12, 31), 2004),
        ("fiscal", (2005, 9, 30), 2004), ("fiscal", (2005, 10, 1), 2005),
    ],
)  # fmt: skip
def test_the_last_year_is_the_one_that_has_ended(tmp_path, basis, day, year):
    asked = config(tmp_path, f"data: records\nyear: last\nreports: reports.yml\nbasis: {basis}\n")
    assert asked.year_at(datetime(*day, 12, tzinfo=UTC)) == year


@pytest.mark.parametrize("now, year", [((2005, 3, 14, 23), 2004), ((2005, 3, 15, 0), 2005), ((2006, 1, 2, 0), 2005)])
def test_a_run_was_due_on_the_last_day_that_is_named(tmp_path, now, year):
    asked = read_config(write_year(tmp_path, "due: 03-15\n"))
    assert asked.due_at(datetime(*now, tzinfo=UTC)) == datetime(year, 3, 15, tzinfo=UTC)


def test_a_run_without_a_due_day_can_not_be_due(tmp_path):
    with pytest.raises(ParameterError, match=r"--due needs a day in year.yml"):
        read_config(write_year(tmp_path)).due_at(datetime(2005, 3, 14, tzinfo=UTC))
