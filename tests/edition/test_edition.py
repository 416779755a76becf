"""An edition knows its periods and provinces, and what it was at an earlier date."""

from __future__ import annotations

import pytest
from small_edition import cell, cells, edition_of, small_edition

from ctip_analysis.edition import Edition


def test_until_a_period_nothing_later_is_there():
    """Of 2003 remain 12 months, 4 quarters, the year and the span that ends with it."""
    until = small_edition(2004).until("2003")
    assert len(until.periods) == 18 and until.periods[-1] == "2003-12"
    assert list(until.cells("performances_held")["period"]) == ["2003"]
    assert not until.context.empty and until.context["period"].le("2003").all()


def test_a_figure_published_later_has_no_data_yet():
    fact = small_edition(2004).until("2003").fact("people_directly_exposed:unstated")
    assert (fact.status, fact.value) == ("no_data", None)


def test_until_the_end_of_everything_an_edition_stays_itself():
    edition = edition_of(cell("performances_held", "2004", 1))
    assert edition.until("2004") is edition


def test_corrections_of_a_later_period_are_left_out_too():
    changes = cells([cell("performances_held", "2003", 1), cell("performances_held", "2004", 2)])
    edition = edition_of(cell("performances_held", "2003", 1), cell("performances_held", "2004", 2), changes=changes)
    assert list(edition.until("2003").changes["period"]) == ["2003"]


@pytest.mark.parametrize("period, number", [("2013", 24), ("2014", 25), ("2013Q4", 24), ("2013-12", 25), (2014, 25)])
def test_the_provinces_are_those_of_the_period(period, number):
    units = small_edition(2014).provinces(period)
    assert len(units) == number and units["adm1_code"].is_unique
    assert list(units.columns) == ["adm1_code", "name_en", "name_km", "type", "area_km2", "geometry"]


def test_a_province_is_named_as_it_was_then():
    assert small_edition(2004).place_name("KH18", "2004") == "Sihanoukville"
    assert small_edition(2014).place_name("KH18", "2014") == "Preah Sihanouk"
    assert [small_edition().place_name(place, "2004") for place in ("", "unknown", "Plain")] == [
        "Cambodia", "place unknown", "Plain",
    ]  # fmt: skip


def test_years_are_those_of_the_editions_own_basis():
    edition = edition_of(cell("performances_held", "2004", 1), cell("obligations_usd", "FY2003", 1))
    assert edition.years == ["2004"] and edition.periods == ["FY2003", "2004"]


def test_unprotected_cells_make_an_internal_edition():
    frame = cells([cell("clients_assisted", "2004", 3)]).drop(columns="zone")
    inside = Edition.internal(frame, {"year": 2004, "basis": "calendar", "is_synthetic": False})
    assert inside.is_internal and not inside.is_synthetic and inside.fact("clients_assisted:2004").words == "3 people"
