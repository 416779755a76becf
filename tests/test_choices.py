"""An edition says which years, provinces and languages a report can be asked for."""

from __future__ import annotations

import dataclasses

import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import choices

TWENTY_FOUR = [f"KH{n:02d}" for n in range(1, 25)]


def test_an_edition_holds_its_year_and_the_one_before():
    assert choices.years(small_edition(2004)) == ["2003", "2004"]


@pytest.mark.parametrize("with_map", [True, False], ids=["map", "no map"])
@pytest.mark.parametrize("year, codes", [(2013, TWENTY_FOUR), (2014, [*TWENTY_FOUR, "KH25"])])
def test_the_provinces_are_those_of_1_july(year, codes, with_map):
    edition = small_edition(2014)
    edition = edition if with_map else dataclasses.replace(edition, geometry=None)
    assert choices.provinces(edition, year) == codes


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"language": "km"}, "Khmer is not available yet; write language en, or leave it out"),
        ({"language": "fr"}, "'fr' is not available yet; write language en, or leave it out"),
        ({"basis": "fiscal"}, "this edition counts calendar years; basis must be 'calendar', found 'fiscal'"),
        ({"year": 2011}, "year 2011 is not in this edition, which holds 2013 to 2014; nearest is 2013"),
        ({"year": "2030"}, "year 2030 is not in this edition, which holds 2013 to 2014; nearest is 2014"),
    ],
    ids=["Khmer", "French", "basis", "earlier", "later"],
)
def test_what_is_not_held_is_refused_with_the_nearest(settings, said):
    with pytest.raises(ParameterError) as refused:
        choices.check(small_edition(2014), settings)
    assert str(refused.value) == said


def test_a_province_is_refused_in_a_year_before_it_was_one():
    choices.check(small_edition(2014), {"year": 2014, "province": "KH25"})
    with pytest.raises(ParameterError, match="there was no province 'KH25' in 2013; there were KH01 "):
        choices.check(small_edition(2014), {"year": 2013, "province": "KH25"})


@pytest.mark.parametrize("given, nearest", [("KH3", "KH23"), ("12", "KH12"), ("kh07", "KH07")])
def test_the_nearest_code_is_named(given, nearest):
    with pytest.raises(ParameterError, match=f"; nearest is {nearest}$"):
        choices.check(small_edition(2004), {"province": given})


def test_settings_that_are_held_pass():
    choices.check(
        small_edition(2004), {"year": "2003", "basis": "calendar", "language": "en", "province": "KH12"}
    )
    choices.check(small_edition(2004), {})
