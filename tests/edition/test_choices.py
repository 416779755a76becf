"""An edition says which years, provinces and languages a report can be asked for."""

from __future__ import annotations

import dataclasses

import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import choices

TWENTY_FOUR = [f"KH{n:02d}" for n in range(1, 25)]


@pytest.mark.parametrize("with_map", [True, False], ids=["map", "no map"])
@pytest.mark.parametrize("year, codes", [(2013, TWENTY_FOUR), (2014, [*TWENTY_FOUR, "KH25"])])
def test_the_provinces_are_those_of_1_july(year, codes, with_map):
    edition = small_edition(2014)
    edition = edition if with_map else dataclasses.replace(edition, geometry=None)
    assert choices.provinces(edition, year) == codes


@pytest.mark.parametrize("settings, said", [
    pytest.param({"language": "km"}, "Khmer is not available yet; write language en, or leave it out", id="Khmer"),
    pytest.param({"language": "fr"}, "'fr' is not available yet; write language en, or leave it out", id="French"),
    pytest.param({"basis": "fiscal"}, "this edition counts calendar years; basis must be 'calendar', found 'fiscal'",
                 id="basis"),
    pytest.param({"year": 2011}, "year 2011 is not in this edition, which has 2013 to 2014; nearest is 2013",
                 id="earlier"),
    pytest.param({"year": "2030"}, "year 2030 is not in this edition, which has 2013 to 2014; nearest is 2014",
                 id="later"),
    pytest.param({"year": "two"}, "year must be a number such as 2014, found 'two'", id="no number"),
    pytest.param({"year": True}, "year must be a number such as 2014, found True", id="a truth value"),
    pytest.param({"province": "Phnom Pen"},
                 "there is no province 'Phnom Pen'; did you mean Phnom Penh?", id="misspelt"),
])  # fmt: skip
def test_what_is_not_there_is_refused_with_the_nearest(settings, said):
    with pytest.raises(ParameterError) as refused:
        choices.check(small_edition(2014), settings)
    assert str(refused.value) == said


def test_a_province_is_refused_in_a_year_before_it_was_one():
    choices.check(small_edition(2014), {"year": 2014, "province": "KH25"})
    with pytest.raises(ParameterError, match="there was no province 'KH25' in 2013; there were KH01 "):
        choices.check(small_edition(2014), {"year": 2013, "province": "KH25"})


@pytest.mark.parametrize("given", ["KH12", "kh12", "12", "Phnom Penh", "ភ្នំពេញ"])
def test_settings_come_back_in_their_own_types(given):
    checked = choices.check(small_edition(2004), {"year": "2003", "basis": "calendar", "province": given})
    assert checked == {"year": 2003, "basis": "calendar", "province": "KH12"}


def test_without_a_setting_the_year_is_that_of_the_edition():
    assert choices.check(small_edition(2004), {}) == {"year": 2004}
