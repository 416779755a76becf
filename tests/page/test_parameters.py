"""Parameters of a notebook: each mistake ends in a sentence that names what there is."""

from __future__ import annotations

import dataclasses

import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.page import parameters

CELL = 'edition: str = "build"  # folder\nyear: int = 2004  # year\nprovince: str = "KH12"  # code'
CASES = {
    "a misspelt parameter": (
        '# Parameters\nProvince = "KH17"\n',
        "no parameter 'Province'; did you mean province",
    ),
    "one that is not near": ("# Parameters\nlimits = 3\n", "no parameter 'limits'; there are"),
    "the second of two": ("# Parameters\nyear = 2003\nYeer = 2003\n", "'Yeer'; did you mean year"),
}


@pytest.mark.parametrize(("injected", "message"), CASES.values(), ids=CASES)
def test_a_parameter_that_the_notebook_does_not_have_is_refused(injected, message):
    with pytest.raises(ParameterError, match=message):
        parameters.check_injected(["", CELL, injected])


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(["", CELL, "# Parameters\nyear = 2003\n"], id="a parameter it has"),
        pytest.param(
            ["", "%matplotlib inline", CELL, "Year = 3", "# Parameters of the map\nx = 3"], id="own cells"
        ),
        pytest.param(["", "# Parameters\nyear = 2003\n"], id="no parameters cell"),
        pytest.param([], id="no notebook"),
    ],
)
def test_other_cells_are_left_alone(cells):
    parameters.check_injected(cells)


@pytest.mark.parametrize("given", [2004, "2004", " 2004", None])
def test_a_year_may_be_text(given):
    assert parameters.year_of(small_edition(), given) == 2004


@pytest.mark.parametrize("given", ["two", "2004.0", 2004.5, True, "", "-2004", "២០០៤"])
def test_a_year_that_is_no_whole_number_is_refused(given):
    with pytest.raises(ParameterError, match="year is a whole number, as 2004; found"):
        parameters.year_of(small_edition(), given)


def test_a_year_that_the_edition_does_not_have_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match="which has 2003 to 2004; nearest is 2004"):
        parameters.year_of(small_edition(), 2019)


@pytest.mark.parametrize("given", ["KH12", "kh12", "Phnom Penh", "phnom penh", "ភ្នំពេញ"])
def test_a_province_may_be_a_code_or_a_name_in_any_spelling(given):
    assert parameters.province_of(small_edition().units("2004"), given, "2004") == "KH12"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("KH99", "no province 'KH99' in 2004.*KH12 Phnom Penh"),
        ("KH25", "no province 'KH25' in 2004"),
        ("Pnom Pen", "did you mean Phnom Penh"),
        (12, "a name or a code, as 'Kampot' or 'KH07'; found 12"),
        (["KH12"], "a name or a code"),
        ("Plain", "no province 'Plain'"),
    ],
)
def test_a_province_that_did_not_exist_is_refused_with_those_that_did(given, message):
    with pytest.raises(ParameterError, match=message):
        parameters.province_of(small_edition().units("2004"), given, "2004")


def test_without_boundaries_any_province_may_be_named():
    bare = dataclasses.replace(small_edition(), boundaries=None)
    assert parameters.province_of(bare.units("2004"), "Phnom Penh", "2004") == "KH12"


@pytest.mark.parametrize(
    ("given", "message"), [("fiscal", "must be 'calendar'"), ("year", "calendar or fiscal"), (3, "found 3")]
)
def test_another_basis_than_the_edition_s_is_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        parameters.basis_of(small_edition(), given)


@pytest.mark.parametrize(
    ("given", "message"), [("km", "Khmer is not available"), ("fr", "'fr' is not"), (3, "3 is not")]
)
def test_a_language_without_words_is_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        parameters.language_of(given)
