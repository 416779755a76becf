"""Which reports are asked for, what is wrong with them before anything runs, and why each has to be made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_edition import small_edition
from small_notebook import write_notebook

from ctip_analysis.base import provenance
from ctip_analysis.base.errors import NotShareableError, ParameterError
from ctip_analysis.runs import outputs, plan, run_record
from ctip_analysis.runs.notebook import find_notebook
from ctip_analysis.runs.run_record import Outcome, State


@pytest.fixture
def ask(tmp_path):
    """The reports of a reports.yml with the entries given; notebooks: 90_small, and 60_profile of a province."""
    write_notebook(tmp_path / "nb" / "90_small.ipynb")
    write_notebook(tmp_path / "nb" / "60_profile.ipynb", more='province: str = "KH12"  # code')

    def ask(*entries: str):
        (tmp_path / "reports.yml").write_text("reports:\n" + "".join(f"  - {{{one}}}\n" for one in entries))
        return plan.from_file(tmp_path / "reports.yml", small_edition(2014), tmp_path / "nb")

    return ask


def provinces(asked, year):
    return [str(one.settings["province"]) for one in asked if one.settings["year"] == year]


def test_all_provinces_are_24_in_2013_and_25_in_2014(ask):
    asked = ask("notebook: 60, matrix: {year: [2013, 2014], province: all}")
    assert len(provinces(asked, 2013)) == 24 and "KH25" not in provinces(asked, 2013)
    assert len(provinces(asked, 2014)) == 25 and provinces(asked, 2014)[-1] == "KH25"


def test_a_report_without_a_year_is_of_the_year_of_its_edition(ask):
    (asked,) = ask("notebook: 90, limits: {run: 5}, expect: {tables: 2}")
    assert (asked.period, asked.settings["language"]) == ("2014", "en")
    assert (asked.limits.run, asked.limits.cell, asked.expect.tables) == (5, 300, 2)


def test_what_is_excluded_is_not_made_and_what_is_included_is(ask):
    asked = ask(
        "notebook: 60, matrix: {year: [2013, 2014], province: [KH01, KH02]}, "
        "include: [{year: 2014, province: KH25}], exclude: [{year: 2013}, {province: KH02}]"
    )
    assert [one.settings["province"] for one in asked] == ["KH01", "KH25"]


def test_a_notebook_that_can_not_be_told_the_year_is_refused(ask, tmp_path):
    path = write_notebook(tmp_path / "nb" / "70_untagged.ipynb")
    path.write_text(path.read_text(encoding="utf-8").replace('"parameters"', '"parameter"'), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"70_untagged has no parameter edition and year: .*tag parameters"):
        ask("notebook: 70")


def test_every_fault_of_every_entry_is_said_at_once(ask):
    with pytest.raises(ParameterError) as refused:
        ask(
            "notebook: 91",
            "notebook: 60, matrix: {year: 2013, province: KH25}, exclude: [{province: KH01}]",
            "notebook: 90, matrix: {year: '03'}",
            "notebook: 90, include: [{yaer: 2014}]",
            "notebook: 90, matrix: {year: [2014, 2014]}",
        )
    said = str(refused.value)
    for one in (
        "reports, entry 1 (91): there is no notebook '91'",
        "reports, entry 2 (60): there was no province 'KH25' in 2013",
        "reports, entry 2 (60): exclude {'province': 'KH01'} takes nothing out",
        "reports, entry 3 (90): year must be a whole number; found '03'",
        "reports, entry 4 (90): 90_small has no parameter yaer; did you mean year?",
        "cambodia_ctip_small_2014_en_SYNTHETIC would be made twice",
    ):
        assert one in said
    assert said.startswith("reports.yml: 6 faults; nothing was started")


def test_a_draft_has_a_page_of_its_own_and_the_record_of_its_report(ask, tmp_path):
    edition = small_edition(2014)
    (one,) = plan.plan(ask("notebook: 90"), edition, degraded="Not all is in.")
    assert one.page == f"{one.name}_DRAFT" and run_record.path_of(tmp_path, one.page).name.startswith(f"{one.name}.")
    (one,) = plan.plan(ask("notebook: 90"), replace(edition, boundaries=None))
    assert one.degraded == plan.NO_MAPS


@pytest.fixture
def made(ask, tmp_path):
    """A report that was made, in the folder out."""
    (planned,) = plan.plan(ask("notebook: 90"), small_edition(2014))
    for kind in (".html", outputs.FACTS):
        (tmp_path / f"{planned.name}{kind}").write_text("x")
    record(planned, tmp_path, State.DONE)
    return planned


def record(planned, out, state):
    begun = run_record.begin(
        None, report=planned.name, notebook="90_small.ipynb", parameters={}, edition="e", period="2014",
        made_of=dict(planned.made_of),
    )  # fmt: skip
    ended = run_record.end(begun, Outcome(state=state), outputs.hashes(out, planned.name))
    run_record.write(run_record.path_of(out, planned.name), ended)


def why(planned, out):
    return plan.only_stale([planned], out)[0].why


def test_nothing_is_made_where_nothing_changed(made, tmp_path):
    assert why(made, tmp_path) == ""


@pytest.mark.parametrize("part, said", [
    ("notebook", "its notebook was changed"), ("parameters", "its parameters were changed"),
    ("edition", "it is of another edition"), ("code", "the code was changed"), ("packages", "packages were changed"),
    ("boundaries", "the boundaries were changed"),
])  # fmt: skip
def test_a_report_is_stale_when_a_part_of_it_differs(made, tmp_path, part, said):
    assert why(replace(made, made_of={**made.made_of, part: "other"}), tmp_path) == said


def test_a_page_that_is_gone_or_was_changed_is_made_again(made, tmp_path):
    (tmp_path / f"{made.name}.html").write_text("y")
    assert why(made, tmp_path) == "its page was changed or is gone"


@pytest.mark.parametrize("state", [State.FAILED, State.DEGRADED, "not run", "crashed", "timed out", "empty"])
def test_what_is_not_done_is_made_again_and_retried(made, tmp_path, state):
    record(made, tmp_path, state)
    assert why(made, tmp_path) == f"it is {state}"
    assert plan.only_failed([made], tmp_path)[0].why


def test_a_retry_leaves_what_is_done_and_makes_what_never_was(made, tmp_path):
    assert plan.only_failed([made], tmp_path)[0].why == ""
    assert why(made, tmp_path / "empty") == "it was never made"


def test_own_boundaries_and_their_column_are_part_of_a_report(tmp_path, monkeypatch):
    assert provenance.boundaries() == ""
    path = tmp_path / "own.geojson"
    path.write_text("a")
    monkeypatch.setenv("CTIP_BOUNDARIES", f"{path}::code")
    before = provenance.boundaries()
    path.write_text("b")
    assert len({before, provenance.boundaries(), ""}) == 3


def test_a_record_of_an_older_version_is_no_record(made, tmp_path):
    run_record.path_of(tmp_path, made.name).write_text('{"report": "x", "state": "dead kernel"}')
    assert why(made, tmp_path) == "it was never made"


PROVINCE = 'province: str = "KH12"  # code'


@pytest.fixture
def asked_of(tmp_path):
    """The request of a small notebook with more cells; its folder has 60_profile too."""
    write_notebook(tmp_path / "60_profile.ipynb", more=PROVINCE)

    def asked_of(*cells: str, notebook: str = "90_small", audience: str = "donor", **given: object):
        write_notebook(tmp_path / "90_small.ipynb", *cells, audience=audience)
        return plan.request(notebook, {"year": 2004, **given}, folder=tmp_path)

    return asked_of


@pytest.mark.parametrize("name", ["60", "profile", "60_profile", "60_profile.ipynb", "notebooks/60_profile.ipynb"])
def test_a_notebook_is_found_by_number_or_name(asked_of, tmp_path, name):
    assert asked_of(notebook=name).notebook == tmp_path / "60_profile.ipynb"


def test_a_file_anywhere_is_a_notebook_and_names_its_report(tmp_path):
    path = write_notebook(tmp_path / "elsewhere" / "mine.ipynb")
    assert find_notebook(str(path), tmp_path) == path
    with pytest.raises(ParameterError, match=r"there is no notebook '21'"):
        find_notebook("21", tmp_path)


@pytest.mark.parametrize(
    "given, name",
    [
        ({}, "cambodia_ctip_small_2004_en_SYNTHETIC"),
        ({"basis": "fiscal"}, "cambodia_ctip_small_FY2004_en_SYNTHETIC"),
        ({"notebook": "60", "province": "KH05"}, "cambodia_ctip_small_KH05_2004_en_SYNTHETIC"),
    ],
)
def test_a_page_is_named_after_what_it_reports(asked_of, given, name):
    (planned,) = plan.plan([asked_of(**given)], small_edition())
    assert planned.name == planned.page == name


@pytest.mark.parametrize("name", ["Phnom Penh", "kh12", "KH12", "ភ្នំពេញ", "12"])
def test_a_province_is_given_by_any_name(asked_of, name):
    assert asked_of(notebook="60", province=name).settings["province"] == "KH12"


@pytest.mark.parametrize(
    "given, said",
    [
        ({"province": "KH99", "notebook": "60"}, "there was no province 'KH99' in 2004; there were KH01"),
        ({"province": "KH25", "notebook": "60"}, "there was no province 'KH25' in 2004; there were KH01"),
        ({"province": "Kampog Cham", "notebook": "60"}, "in 2004; did you mean Kampong Cham"),
        (
            {"provnce": "KH12", "notebook": "60"},
            "60_profile has no parameter provnce; did you mean province?",
        ),
        ({"province": "KH12"}, "90_small has no parameter province"),
        ({"year": "two"}, "year must be a whole number; found 'two'"),
        ({"language": 3}, "language must be text; found 3"),
    ],
)
def test_a_wrong_parameter_is_refused(asked_of, given, said):
    with pytest.raises(ParameterError) as refused:
        asked_of(**given)
    assert said in str(refused.value) and refused.value.exit_code == 2


def test_internal_notebooks_are_never_made_into_a_report(asked_of):
    with pytest.raises(NotShareableError, match="90_small is internal"):
        asked_of(audience="internal")
    with pytest.raises(NotShareableError, match="does not say who may see it"):
        asked_of(audience=None)


@pytest.mark.parametrize(
    "code, what",
    [
        ("name = input('who?')", "input()"),
        ("%time 1\nimport getpass; getpass.getpass()", "getpass"),
        ("from ipywidgets import interact", "ipywidgets"),
        ("import ipywidgets.widgets as w", "ipywidgets.widgets"),
    ],
)
def test_a_notebook_that_needs_a_person_is_refused_and_papermill_is_named(asked_of, code, what):
    with pytest.raises(ParameterError) as refused:
        asked_of("1 + 1", code)
    assert f"90_small, cell 4, uses {what}" in str(refused.value)
    assert "papermill 90_small.ipynb out.ipynb" in str(refused.value)


def test_a_comment_about_input_needs_nobody(asked_of):
    assert asked_of("# input() is not used\nprint('input(x)')").kind == "small"


@pytest.mark.parametrize("content", ["", '{"cells": [', "[]", '{"nbformat": 3, "cells": []}'])
def test_a_notebook_that_is_incomplete_is_named(tmp_path, content):
    (tmp_path / "90_small.ipynb").write_text(content)
    with pytest.raises(ParameterError, match=r"^90_small\.ipynb is not a notebook of format 4"):
        plan.request("90", {"year": 2004}, folder=tmp_path)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"year": 2010}, "year 2010 is not in this edition"),
        ({"basis": "fiscal"}, "basis must be 'calendar'"),
        ({"language": "km"}, "Khmer is not available yet"),
    ],
)
def test_what_an_edition_does_not_have_is_said_before_anything_runs(asked_of, given, said):
    with pytest.raises(ParameterError, match=said):
        plan.check(asked_of(**given), small_edition())
