"""The highest number of a frame names whose it is, and says what it can't know."""

from __future__ import annotations

import pytest
from small_edition import cell, edition_of

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import highest


def by_province(**values):
    edition = edition_of(
        *(cell("performance_attendance", "2004", value, adm1_code=code) for code, value in values.items())
    )
    return edition, edition.cells("performance_attendance", by="province", period="2004")


def test_the_highest_is_the_fact_of_its_cell_with_its_province():
    edition, frame = by_province(KH12=900, KH23=400, KH24=0)
    top = highest(frame)
    assert top.province == "Phnom Penh" and top.id == "performance_attendance:2004:KH12:::"
    assert f"{top:unit}" == f"{edition.fact(top.id):unit}" and str(top) == "about 900"


@pytest.mark.parametrize("values, words", [
    pytest.param({"KH12": 3, "KH23": 3, "KH24": 1}, "Phnom Penh and Kep", id="two of a tie are named"),
    pytest.param({"KH01": 1, "KH02": 1, "KH03": 1, "KH04": 1}, "four provinces alike", id="four are counted"),
    pytest.param({f"KH{n:02d}": 1 for n in range(1, 15)}, "more than a dozen provinces alike", id="fourteen"),
    pytest.param({"KH12": 900, "KH23": None}, "Phnom Penh (of those shown)", id="one is withheld"),
    pytest.param({"KH12": None, "KH23": 0}, "no province", id="nothing above zero is shown"),
    pytest.param({"KH12": 0, "KH23": 0}, "no province", id="all are zero"),
    pytest.param({"KH12": 10, "unknown": 99}, "Phnom Penh", id="the category unknown never wins"),
])  # fmt: skip
def test_whose_it_is(values, words):
    assert highest(by_province(**values)[1]).province == words


def test_where_nothing_is_shown_the_fact_says_why():
    top = highest(by_province(KH12=None, KH23=0)[1])
    assert str(top) == "a number withheld to protect people" and not top


def test_a_derived_number_is_found_again_by_its_id():
    edition, _ = by_province(KH12=900, KH23=400)
    frame = edition.cells("performance_attendance", by="province", period="2004", derive="per_1000_residents")
    top = highest(frame)
    assert top.province == "Kep" and f"{top:unit}" == f"{edition.fact(top.id):unit}"


def test_the_busiest_months_are_put_into_words():
    months = [
        cell("performances_held", code, value)
        for code, value in (("2003-12", 9), ("2004-01", 2), ("2004-03", 5), ("2004-04", 5))
    ]
    top = highest(edition_of(*months).cells("performances_held", by="month", period="2004"))
    labels = [f"{Period(code):label}" for code in ("2004-03", "2004-04")]
    assert f"{top.period:label}" == " and ".join(labels)
    alone = highest(edition_of(*months).cells("performances_held", by="month"))
    assert alone.period == "2003-12"


def test_a_name_with_a_digit_is_marked_as_quoted():
    trained = [cell("teachers_trained", "2004", value, partner=name) for name, value in (("NGO01", 8), ("TAF", 5))]
    top = highest(edition_of(*trained).cells("teachers_trained", by="partner", period="2004"))
    assert top.partner == '<q class="quoted">NGO01</q>' and top.province == ""


def test_a_group_is_named_in_words():
    clients = [
        cell("clients_assisted", "2004", value, sex="female", age_band=age)
        for age, value in (("15_17", 60), ("unknown", 90))
    ]
    top = highest(edition_of(*clients).cells("clients_assisted", by=["sex", "age"], period="2004"))
    assert (top.sex, top.age) == ("female", '<q class="quoted">15 to 17</q>')


def test_a_frame_without_rows_or_columns_is_refused():
    _, frame = by_province(unknown=3)
    with pytest.raises(ParameterError, match="at least one row that is not of the category unknown"):
        highest(frame)
    with pytest.raises(ParameterError, match="it has no column status"):
        highest(frame.drop(columns="status"))
