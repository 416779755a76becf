"""reports.yml says which reports are made; what it says wrong is said at once, and text stays text."""

from __future__ import annotations

import pytest

from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs.reports_file import Entry, read
from ctip_analysis.runs.task import Limits

EVERY_KEY = """\
reports:
  - notebook: 60_province_profile
    matrix: {year: [2003, 2004], province: [KH03, KH12]}
    include: [{year: 2005, province: KH01}]
    exclude: [{year: 2003, province: KH12}]
    audience: donor
    limits: {run: 120, cell: 2.5}
    expect: {figures: 3, tables: 1}
"""


@pytest.fixture
def written(tmp_path):
    """A reports.yml with the text given."""

    def written(text: str):
        path = tmp_path / "reports.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_every_key_is_read(written):
    assert read(written(EVERY_KEY)) == [
        Entry(
            place="report 1 (60_province_profile)",
            notebook="60_province_profile",
            combinations=(
                {"year": "2003", "province": "KH03"},
                {"year": "2003", "province": "KH12"},
                {"year": "2004", "province": "KH03"},
                {"year": "2004", "province": "KH12"},
                {"year": "2005", "province": "KH01"},
            ),
            exclude=({"year": "2003", "province": "KH12"},),
            audience="donor",
            limits=Limits(run=120, cell=2.5, figures=3, tables=1),
        )
    ]


def test_a_notebook_alone_is_one_report_with_the_usual_limits(written):
    (entry,) = read(written("reports:\n  - notebook: 90"))
    assert (entry.combinations, entry.exclude, entry.limits) == (({},), (), Limits())


def test_include_without_a_matrix_is_all_there_is(written):
    (entry,) = read(written("reports:\n  - notebook: 90\n    include: [{year: 2003}]"))
    assert entry.combinations == ({"year": "2003"},)


@pytest.mark.parametrize("value", ["03", "on", "no", "1e3", "0o7", "2004-01-01", "~", "null", "1_000"])
def test_what_other_readers_turn_into_something_else_stays_text(written, value):
    (entry,) = read(written(f"reports:\n  - notebook: 90\n    matrix: {{code: [{value}]}}"))
    assert entry.combinations == ({"code": value},)


def test_every_fault_of_every_entry_is_said_at_once(written):
    faulty = """\
reports:
  - notebok: 90
  - notebook: 20
    matirx: {year: 2003}
    limits: {run: 0, cel: 5}
    expect: {figures: some}
    audience: everybody
  - notebook: 30
    matrix: {year: [[2003]], province: []}
    include: {year: 2003}
    exclude: [2003]
  - notebook: 40
    matrix: [2003]
    limits: 5
"""
    with pytest.raises(ParameterError) as refused:
        read(written(faulty))
    assert str(refused.value).splitlines() == [
        "reports.yml: 12 fault(s)",
        "  - report 1: notebook: NAME is missing",
        "  - report 2: unknown key matirx; it has notebook, matrix, include, exclude, audience, limits, expect; "
        "nearest is matrix",
        "  - report 2: unknown limits cel; it has run, cell; nearest is cell",
        "  - report 2: limits run must be a number above 0; found '0'",
        "  - report 2: expect figures must be a number above 0; found 'some'",
        "  - report 2: audience must be donor or internal; found 'everybody'",
        "  - report 3: matrix year must be a value or a list of values",
        "  - report 3: matrix province must be a value or a list of values",
        "  - report 3: include must be a list of mappings such as [{year: 2003, province: KH12}]",
        "  - report 3: exclude must be a list of mappings such as [{year: 2003, province: KH12}]",
        "  - report 4: limits must be a mapping such as {run: 5}",
        "  - report 4: matrix must be a mapping such as {year: [2003, 2004]}",
    ]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "a list under reports: is expected"),
        ("- notebook: 90", "a list under reports: is expected"),
        ("reports:\n  notebook: 90", "a list under reports: is expected"),
        ("reports: []", "the list under reports: is empty"),
        (
            "reports: [{notebook: 90}]\nother: 1",
            "a list under reports: is expected, and nothing else beside it",
        ),
        ("reports:\n  - notebook: 90\n  matrix: {", "reports.yml, line 3: is not YAML"),
        (
            "reports:\n  - notebook: 90\n    notebook: 20",
            "line 3: is not YAML: the key notebook stands twice",
        ),
        ("reports:\n  - notebook: \x07", "is not YAML"),
    ],
    ids=[
        "empty",
        "no reports",
        "no list",
        "empty list",
        "besides",
        "no YAML",
        "a key twice",
        "a letter that is none",
    ],
)
def test_a_file_of_another_form_is_refused(written, text, said):
    with pytest.raises(ParameterError, match=said):
        read(written(text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"^none\.yml: there is no such file"):
        read(tmp_path / "none.yml")


def test_a_file_in_other_letters_is_refused(tmp_path):
    (tmp_path / "reports.yml").write_bytes("reports: [{notebook: é}]".encode("latin-1"))
    with pytest.raises(ParameterError, match="is not YAML"):
        read(tmp_path / "reports.yml")


def test_the_shipped_file_can_be_read():
    assert {entry.audience for entry in read(ROOT / "notebooks" / "reports.yml")} == {"donor"}
