"""Which report is asked for: what is wrong is said before anything is released or run."""

from __future__ import annotations

import pytest
from small_edition import small_edition
from small_notebook import write_notebook

from ctip_analysis.base.errors import NotShareableError, ParameterError
from ctip_analysis.runs.notebook import find_notebook
from ctip_analysis.runs.request import check, request

PROVINCE = 'province: str = "KH12"  # code'


@pytest.fixture
def ask(tmp_path):
    """The request of a small notebook with more cells; its folder has 60_profile too."""
    write_notebook(tmp_path / "60_profile.ipynb", more=PROVINCE)

    def ask(*cells: str, notebook: str = "90_small", audience: str = "donor", **given: object):
        write_notebook(tmp_path / "90_small.ipynb", *cells, audience=audience)
        return request(notebook, {"year": 2004, **given}, folder=tmp_path)

    return ask


@pytest.mark.parametrize("name", ["60", "profile", "60_profile", "60_profile.ipynb", "notebooks/60_profile.ipynb"])
def test_a_notebook_is_found_by_number_or_name(ask, tmp_path, name):
    assert ask(notebook=name).notebook == tmp_path / "60_profile.ipynb"


def test_a_file_anywhere_is_a_notebook_and_names_its_report(tmp_path):
    path = write_notebook(tmp_path / "elsewhere" / "mine.ipynb")
    assert find_notebook(str(path), tmp_path) == path
    with pytest.raises(ParameterError, match=r"there is no notebook '21'"):
        find_notebook("21", tmp_path)


@pytest.mark.parametrize(
    "given, name",
    [
        ({}, "cambodia_ctip_small_2004_en"),
        ({"basis": "fiscal"}, "cambodia_ctip_small_FY2004_en"),
        ({"notebook": "60", "province": "KH05"}, "cambodia_ctip_small_KH05_2004_en"),
    ],
)
def test_a_page_is_named_after_what_it_reports(ask, given, name):
    asked = ask(**given)
    assert (asked.page_name(False), asked.page_name(True)) == (name, f"{name}_SYNTHETIC")


@pytest.mark.parametrize("name", ["Phnom Penh", "kh12", "KH12", "ភ្នំពេញ", "12"])
def test_a_province_is_given_by_any_name(ask, name):
    assert ask(notebook="60", province=name).settings["province"] == "KH12"


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
def test_a_wrong_parameter_is_refused(ask, given, said):
    with pytest.raises(ParameterError) as refused:
        ask(**given)
    assert said in str(refused.value) and refused.value.exit_code == 2


def test_internal_notebooks_are_never_made_into_a_report(ask, tmp_path):
    with pytest.raises(NotShareableError, match="90_small is internal"):
        ask(audience="internal")
    with pytest.raises(NotShareableError, match="does not say who may see it"):
        ask(audience=None)
    with pytest.raises(NotShareableError, match="90_small is internal"):
        request("90", {"year": 2004}, folder=tmp_path, audience="internal") if ask() else None


@pytest.mark.parametrize(
    "code, what",
    [
        ("name = input('who?')", "input()"),
        ("%time 1\nimport getpass; getpass.getpass()", "getpass"),
        ("from ipywidgets import interact", "ipywidgets"),
        ("import ipywidgets.widgets as w", "ipywidgets.widgets"),
    ],
)
def test_a_notebook_that_needs_a_person_is_refused_and_papermill_is_named(ask, code, what):
    with pytest.raises(ParameterError) as refused:
        ask("1 + 1", code)
    assert f"90_small, cell 4, uses {what}" in str(refused.value)
    assert "papermill 90_small.ipynb out.ipynb" in str(refused.value)


def test_a_comment_about_input_needs_nobody(ask):
    assert ask("# input() is not used\nprint('input(x)')").kind == "small"


@pytest.mark.parametrize("content", ["", '{"cells": [', "[]", '{"nbformat": 3, "cells": []}'])
def test_a_notebook_that_is_incomplete_is_named(tmp_path, content):
    (tmp_path / "90_small.ipynb").write_text(content)
    with pytest.raises(ParameterError, match=r"^90_small\.ipynb is not a notebook of format 4"):
        request("90", {"year": 2004}, folder=tmp_path)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"year": 2010}, "year 2010 is not in this edition"),
        ({"basis": "fiscal"}, "basis must be 'calendar'"),
        ({"language": "km"}, "Khmer is not available yet"),
    ],
)
def test_what_an_edition_does_not_have_is_said_before_anything_runs(ask, given, said):
    with pytest.raises(ParameterError, match=said):
        check(ask(**given), small_edition())
