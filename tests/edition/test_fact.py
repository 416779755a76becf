"""A fact writes itself: its number with what has to travel with it."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import Fact, FactId, calculated, quoted, written


def fact(value, unit="performances", qualifier="", status="shown"):
    return Fact("performances_held:2004::::", value, status, unit, qualifier, "synthetic")


@pytest.mark.parametrize("value, unit, expected", [
    (150_000, "attendances", "150,000"), (3.85, "performances per province", "3.9"),
    (9.16, "percent of clients", "9.2%"),
    (100.0, "percent", "100.0%"), (-3, "cases", "−3"), (-0.01, "per 1,000 residents", "−0.010"),
    (0.0, "per 1,000 residents", "0.0"), (0.0166, "", "0.017"), (0.34, "", "0.34"), (0.04, "percent", "0.04%"),
    (-1e-12, "percent", "0.0%"), (0.1 + 0.2 - 0.3, "per 1,000 residents", "0.0"),
    (94_012, "USD", "USD 94,012"),
    (1234.6, "attendances per performance", "1,235"),
])  # fmt: skip
def test_numbers_are_written_as_people_read_them(value, unit, expected):
    assert written(value, unit) == expected


@pytest.mark.parametrize("spec, text", [("", "an estimated 29"), ("n", "29"), ("unit", "an estimated 29 performances"),
                                        ("delta", "+29")])  # fmt: skip
def test_a_fact_formats_itself_as_an_element_with_its_id(spec, text):
    assert format(fact(29.0, qualifier="estimated"), spec) == (
        '<data class="fact synthetic shown" value="performances_held:2004::::" '
        f'title="performances_held:2004::::">{text}</data>'
    )


@pytest.mark.parametrize("value, kind, text", [
    (82_307.0, "synthetic", "about 82,000"), (82_500.0, "counted", "about 82,000"), (995.0, "counted", "about 1,000"),
    (104_985.0, "counted", "about 105,000"), (12_615.0, "counted", "about 12,500"),
    (99.0, "counted", "an estimated 99"), (0.0, "counted", "0"), (150_000.0, "published", "an estimated 150,000"),
])  # fmt: skip
def test_an_estimate_from_records_is_rounded_by_a_fortieth_at_most_and_that_of_a_source_as_printed(value, kind, text):
    made = dataclasses.replace(fact(value, qualifier="estimated"), kind=kind)
    assert (made.text, f"{made.value:.0f}") == (text, f"{value:.0f}")


@pytest.mark.parametrize("value, text", [(14_614.0, "about +14,500"), (-14_614.0, "about −14,500"), (8.0, "+8")])
def test_the_change_of_an_estimate_is_rounded_as_one(value, text):
    assert fact(value, qualifier="estimated").delta == text


@pytest.mark.parametrize("value, text", [(2_000.0, "+USD 2,000"), (-2_000.0, "−USD 2,000")])
def test_the_sign_of_a_change_in_dollars_is_before_their_name(value, text):
    assert dataclasses.replace(fact(value), unit="USD").delta == text


def test_text_is_plain_and_a_misspelt_form_is_refused():
    assert f"{fact(29.0)!s}" == "29"
    with pytest.raises(ParameterError, match=r"\{fact:unit\} or \{fact:delta\}, not :unti"):
        f"{fact(29.0):unti}"


@pytest.mark.parametrize("status, text", [
    ("withheld", "a number withheld to protect people"), ("no_data", "no data"), ("not_applicable", "not applicable"),
])  # fmt: skip
def test_what_is_not_shown_reads_as_a_noun_and_is_false(status, text):
    hidden = fact(None, status=status)
    assert (hidden.number, hidden.text, hidden.words, hidden.delta) == (text,) * 4
    assert not hidden and math.isnan(float(hidden)) and f'class="fact synthetic {status}"' in f"{hidden}"


def test_zero_is_shown_and_is_never_estimated():
    zero = fact(0.0, qualifier="estimated")
    assert zero and str(zero) == "0" and zero.words == "0 performances"


@pytest.mark.parametrize("unit, one", [("performances", "1 performance"), ("people", "1 person"),
("village activities", "1 village activity"),
                                       ("centres", "1 centre"), ("USD", "USD 1")])  # fmt: skip
def test_one_is_singular(unit, one):
    assert fact(1.0, unit).words == one


def test_an_own_calculation_is_marked_and_says_so():
    frame = pd.DataFrame({"status": ["shown", "shown"]})
    assert f"{calculated(2.5, 'performances a year', of=frame):unit}" == (
        '<data class="fact own shown" value="calculated" title="own calculation">2.5 performances a year</data>'
    )


@pytest.mark.parametrize("statuses, status", [
    (["shown", "withheld", "no_data"], "withheld"), (["shown", "no_data"], "no_data"),
    (["not_applicable", "shown"], "not_applicable"),
])  # fmt: skip
def test_an_own_calculation_is_not_shown_if_a_row_of_it_is_not(statuses, status):
    made = calculated(7.0, "people", of=pd.DataFrame({"status": statuses}))
    assert made.status == status and made.value is None


def test_an_own_calculation_may_be_of_facts_and_may_be_undefined():
    assert calculated(5.0, "", of=[fact(2.0), fact(3.0)]).value == 5.0
    assert calculated(5.0, "", of=[fact(2.0), fact(None, status="withheld")]).status == "withheld"
    assert calculated(math.nan, "", of=fact(2.0)).status == "not_applicable"


def test_a_frame_that_lost_its_statuses_is_refused():
    with pytest.raises(ParameterError, match="with the column status"):
        calculated(1.0, "people", of=pd.DataFrame({"value": [1.0]}))


def test_quoted_text_is_escaped():
    assert quoted("<b>2009</b>") == '<span class="quoted">&lt;b&gt;2009&lt;/b&gt;</span>'


def test_an_id_is_printed_with_all_its_parts_and_read_back():
    assert str(FactId.parse("performance_attendance:2004")) == "performance_attendance:2004::::"
    full = "performance_attendance:2004:KH12:::IOM:per=performances_counted"
    assert str(FactId.parse(full)) == full


@pytest.mark.parametrize("text", ["", ":2004", "a:b:KH01:d:e:f:g:h"])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ParameterError, match="is not a fact id"):
        FactId.parse(text)
