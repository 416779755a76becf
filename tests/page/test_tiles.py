"""Tiles: each number with its unit, change, target and columns; nothing that is withheld is drawn."""

from __future__ import annotations

import dataclasses

import pytest
from small_edition import cell, edition_of, small_edition

from ctip_analysis.audit.embedded import picture
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.page import Page, tiles


def test_a_tile_has_number_unit_change_and_columns_with_words_for_them(page, shown):
    page.tiles(["performances_held"])
    (tile,) = shown().select("ul.tiles > li.tile")
    number = tile.select_one(".tile-number data")
    assert number["value"] == "performances_held:2004::::" and number.get_text() == "110"
    assert tile.select_one(".tile-name").get_text() == "Performances held"
    change = page.edition.fact("performances_held:2004:::::change=2003")
    assert f"{change.delta} on 2003" in tile.get_text()
    assert tile.img["alt"].startswith("Columns by ") and tile.img["src"].startswith("data:image/png;base64,")
    assert shown().select_one(".tiles-note strong.mark").get_text() == "SYNTHETIC"


def test_the_tiles_of_a_province_are_its_own_and_a_withheld_number_has_no_columns(page, shown):
    dataclasses.replace(page, province="KH23").tiles(["performances_held", "performance_attendance"])
    held, attended = shown().select("li.tile")
    assert held.data["value"].startswith("performances_held:2004:KH23")
    assert attended.select_one(".tile-number").get_text() == "withheld to protect people"
    assert attended.img is None


@pytest.mark.parametrize("period, said", [("2004", "55.0% of the target 200"), ("2005", ""), ("2003", "")])
def test_a_tile_has_the_target_of_its_own_year_alone(period, said, page, shown):
    aims = page.edition.targets.assign(period=period, target="200")  # 110 of 200
    edition = dataclasses.replace(page.edition, targets=aims)
    dataclasses.replace(page, edition=edition).tiles(["performances_held"])
    text = shown().select_one("li.tile").get_text()
    assert said in text if said else "target" not in text


def test_a_tile_names_dollars_once(shown, outputs):
    amount = cell("subgrant_amount_usd", "2004", 309_500)
    page = Page(edition_of(amount, targets=small_edition().targets), 2004)
    page.tiles(["subgrant_amount_usd"])
    assert shown().select_one("li.tile").get_text().count("USD") == 1


@pytest.mark.parametrize("given", [[], "performances_held"], ids=["none", "text"])
def test_tiles_need_a_list_of_indicators(given, page):
    with pytest.raises(ParameterError, match="a list of ids"):
        page.tiles(given)


def test_six_tiles_are_those_that_are_shown_and_what_is_withheld_is_last(shown, outputs):
    names = ["convictions_advised", "performances_held", "youth_clubs", "teachers_trained", "community_networks",
             "performance_attendance", "campaign_provinces_reached", "broadcasts_held"]  # fmt: skip
    cells = [cell(name, "2004", None if name == names[0] else 12) for name in names]
    page = Page(edition_of(*cells, targets=small_edition().targets), 2004)
    page.tiles(names)
    assert [one["value"].partition(":")[0] for one in shown().select(".tile-number data")] == names[1:7]
    page.tiles(names[:3])
    assert [one["value"].partition(":")[0] for one in shown().select(".tile-number data")] == [*names[1:3], names[0]]


def test_the_columns_are_a_picture_without_metadata_and_the_same_twice():
    drawn = tiles._drawn([1.0, 3.0, 2.0], [False, True, True])
    assert drawn == tiles._drawn([1.0, 3.0, 2.0], [False, True, True]) and not list(picture(drawn))
    assert len(drawn) < 4_000
