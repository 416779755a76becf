"""What stands under Methods: the edition's rules, assumptions where they hold, residents with their mark."""

from __future__ import annotations

import dataclasses

from small_edition import small_edition

from ctip_analysis.page import methods


def test_the_rules_are_those_of_the_edition(released):
    assert [row[1] for row in methods.rules(released).rows] == released.info["rules"]


def test_withheld_names_results_and_gives_no_number(released):
    table = methods.withheld(released, "2004")
    assert ("Trafficking cases judged", "withheld", "–", "–") in table.rows and not table.facts
    assert "SYNTHETIC" in table.marks


def test_real_records_carry_only_the_assumption_that_holds_for_them():
    synthetic, real = (methods.assumptions(small_edition(synthetic=made_up)) for made_up in (True, False))
    assert [row[0] for row in synthetic.rows] == [f"A{number}" for number in range(7)]
    assert [row[0] for row in real.rows] == ["A0"]


def test_residents_say_which_census_figures_are_unchecked(released):
    table = methods.residents(released, "2004")
    assert len(table.rows) == 25  # 24 units of the time and the country
    assert table.rows[-1][0] == "Cambodia"
    assert {row[3] for row in table.rows} == {"checked", "unchecked"}


def test_an_edition_without_withheld_results_says_none():
    edition = small_edition()
    shown = dataclasses.replace(edition, frame=edition.frame.assign(status="shown"))
    assert methods.withheld(shown, "2004").rows == (("nothing", "–", "–", "–"),)
