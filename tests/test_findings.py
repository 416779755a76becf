"""Words of a heading and the tables under it, on cells that can be reckoned in the head."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import NotReleasedError
from ctip_analysis.edition.read import CELL_COLUMNS, Released
from ctip_analysis.page import evidence, findings

HELD, ATTENDED, TRAINED = "performances_held", "performance_attendance", "teachers_trained"
UNITS = {HELD: "performances", ATTENDED: "attendances", TRAINED: "completions"}
PLANNED, REACHED = "campaign_provinces_planned", "campaign_provinces_reached"


def released(*rows: tuple) -> Released:
    """Cells (indicator, period, province, partner, number) with the provinces of 2004; None is withheld."""
    known = small_edition()
    names = ["indicator", "period", "adm1_code", "partner", "value"]
    cells = pd.DataFrame(rows, columns=names).assign(sex="", age_band="", table="", qualifier="")
    cells = cells.assign(kind="synthetic", source="a few cells")
    cells["status"] = cells["value"].isna().map({True: "withheld", False: "shown"})
    cells["value"] = cells["value"].astype(float)
    cells["period_basis"] = cells["period"].map(periods.basis)
    cells["unit"] = cells["indicator"].map(UNITS).fillna("provinces")
    described = reference.table("indicators").astype(str).set_index("id", drop=False)
    return replace(known, frame=cells[CELL_COLUMNS], indicators=described)


def by_province(indicator: str, **values: float | None) -> list[tuple]:
    return [(indicator, "2004", code, "", value) for code, value in values.items()]


def test_the_highest_province_is_named_with_the_id_of_its_cell():
    cells = released(*by_province(ATTENDED, KH12=900, KH23=400, KH24=0))
    assert findings.highest(cells, ATTENDED, "2004") == ("performance_attendance:2004:KH12:::", "Phnom Penh")


def test_a_tie_names_all_and_many_alike_are_only_counted():
    two = released(*by_province(HELD, KH12=3, KH23=3, KH24=1))
    assert findings.highest(two, HELD, "2004")[1] == "Phnom Penh and Kep"
    four = released(*by_province(HELD, KH01=1, KH02=1, KH03=1, KH04=1))
    assert findings.highest(four, HELD, "2004")[1] == "four provinces alike"


def test_the_highest_says_so_when_a_cell_is_not_shown():
    cells = released(*by_province(ATTENDED, KH12=900, KH23=None))
    assert findings.highest(cells, ATTENDED, "2004")[1] == "Phnom Penh (of those shown)"


def test_no_province_is_named_where_all_are_withheld_or_zero():
    hidden = released(*by_province(ATTENDED, KH12=None, KH23=0))
    assert findings.highest(hidden, ATTENDED, "2004") == (
        "performance_attendance:2004:KH12:::",
        "no province",
    )
    zero = released(*by_province(ATTENDED, KH12=0, KH23=0))
    assert findings.highest(zero, ATTENDED, "2004")[1] == "no province"
    assert findings.highest(released(), ATTENDED, "2004")[1] == "no province"


def test_records_without_a_province_are_never_the_highest_province():
    cells = released(*by_province(ATTENDED, KH12=10, unknown=99))
    assert findings.highest(cells, ATTENDED, "2004")[1] == "Phnom Penh"


def test_a_partner_can_be_the_highest():
    cells = released((TRAINED, "2004", "", "IOM", 5), (TRAINED, "2004", "", "TAF", 8))
    assert findings.highest(cells, TRAINED, "2004", by="partner") == ("teachers_trained:2004::::TAF", "TAF")


@pytest.mark.parametrize("indicator, before, after, words", [
    pytest.param(HELD, 10, 40, "rose since the year before", id="forty after ten is clear"),
    pytest.param(HELD, 40, 10, "fell since the year before", id="ten after forty is clear"),
    pytest.param(HELD, 10, 12, "did not clearly change since the year before", id="it may be chance"),
    pytest.param(HELD, 10, 10, "did not change since the year before", id="the same is no change"),
    pytest.param(ATTENDED, 10, 12, "rose since the year before", id="attendances are not tested, only told"),
    pytest.param(HELD, None, 12, "can't be compared: a number is withheld to protect people", id="withheld before"),
    pytest.param(HELD, 12, None, "can't be compared: a number is withheld to protect people", id="withheld after"),
])  # fmt: skip
def test_direction(indicator, before, after, words):
    cells = released((indicator, "2003", "", "", before), (indicator, "2004", "", "", after))
    assert findings.direction(cells, indicator, "2003", "2004") == words


def test_without_an_earlier_year_or_an_earlier_cell_no_direction_is_told():
    cells = released((HELD, "2004", "", "", 5))
    assert (
        findings.direction(cells, HELD, "", "2004") == "can't be compared with an earlier year: there is none"
    )
    assert (
        findings.direction(cells, HELD, "2003", "2004")
        == "can't be compared: for one of the two there is no data"
    )
    assert findings.directions(cells, [HELD], "", "2004") == "There is no earlier year to compare with."
    assert findings.beyond_chance(cells, HELD, "", "2004") == ""


def test_several_directions_make_one_sentence():
    cells = released(
        *[(name, year, "", "", at) for name in (HELD, ATTENDED) for at, year in ((5, "2003"), (6, "2004"))]
    )
    told = findings.directions(cells, [HELD, ATTENDED], "2003", "2004")
    assert told == (
        "Compared with the year before, performances held did not clearly change "
        "and attendance at performances rose."
    )


def test_chance_is_refused_for_what_does_not_come_one_by_one():
    rows = [
        (name, year, "", "", value)
        for name in (HELD, ATTENDED)
        for year, value in (("2003", 10), ("2004", 40))
    ]
    cells = released(*rows)
    assert "less than once in twenty" in findings.beyond_chance(cells, HELD, "2003", "2004")
    assert "attendances do not come one by one" in findings.beyond_chance(cells, ATTENDED, "2003", "2004")


def test_a_rise_that_only_new_partners_bring_is_told_apart():
    """A fell from 30 to 20; B, new, brings 50: together 30 to 70."""
    cells = released(
        (TRAINED, "2003", "", "A", 30), (TRAINED, "2004", "", "A", 20), (TRAINED, "2003", "", "B", 0),
        (TRAINED, "2004", "", "B", 50), (TRAINED, "2003", "", "", 30), (TRAINED, "2004", "", "", 70),
    )  # fmt: skip
    assert findings.direction(cells, TRAINED, "2003", "2004") == "rose since the year before"
    assert findings.same_partners(cells, TRAINED, "2003", "2004") == "fell"
    table = evidence.partners_in_both(cells, TRAINED, "2003", "2004")
    assert [row[0] for row in table.rows] == [
        "Reported in both periods", "A", "These partners together", "Above zero in one of them only", "B",
        "Together", "All partners",
    ]  # fmt: skip
    assert [fact.number for fact in table.facts] == ["30", "20", "30", "20", "0", "50", "30", "70"]


def test_partners_of_a_first_year_stand_alone():
    cells = released((TRAINED, "2004", "", "A", 20), (TRAINED, "2004", "", "", 20))
    assert findings.same_partners(cells, TRAINED, "", "2004") == "can't be compared"
    assert evidence.partners_in_both(cells, TRAINED, "", "2004").columns == ("Partner", "2004\ncompletions")


@pytest.mark.parametrize("one, whole, words", [
    (6, 10, "most"), (5, 10, "half"), (4, 10, "less than half"), (10, 10, "all"), (0, 10, "none"),
    (0, 0, "none"), (None, 10, "an unknown part"),
])  # fmt: skip
def test_part(one, whole, words):
    cells = released((HELD, "2004", "", "", one), (ATTENDED, "2004", "", "", whole))
    assert findings.part(cells, HELD, ATTENDED, "2004") == words


def test_one_fact_beside_another():
    cells = released(*by_province(HELD, KH12=4, KH23=2, KH24=2, KH01=None))
    ids = {code: f"{HELD}:2004:{code}" for code in ("KH01", "KH12", "KH23", "KH24")}
    assert findings.beside(cells, ids["KH12"], ids["KH23"]) == "above"
    assert findings.beside(cells, ids["KH23"], ids["KH12"]) == "below"
    assert findings.beside(cells, ids["KH23"], ids["KH24"]) == "as high as"
    assert findings.beside(cells, ids["KH23"], ids["KH01"]) == "not comparable with"


def test_the_plan_is_held_against_what_was_reached():
    """Planned: Phnom Penh, Kep, Pailin. Reached: Phnom Penh and, outside the plan, Takeo."""
    cells = released(
        *by_province(PLANNED, KH12=1, KH23=1, KH24=1, KH21=0, KH01=0),
        *by_province(REACHED, KH12=1, KH23=0, KH24=0, KH21=1, KH01=0),
    )
    assert findings.planned_not_reached(cells, "2004") == "Kep and Pailin"
    assert findings.reached_not_planned(cells, "2004") == "Takeo"
    states = {code: findings.campaign_state(cells, code, "2004") for code in ("KH12", "KH23", "KH21", "KH01")}
    assert list(states.values()) == [
        "planned and reached", "planned, and not reached so far", "reached, though not planned",
        "neither planned nor reached",
    ]  # fmt: skip


def test_the_busiest_month_lies_inside_the_period():
    months = [(HELD, code, "", "", value) for code, value in (("2003-12", 9), ("2004-01", 2), ("2004-03", 5))]
    cells = released(*months, (HELD, "2004", "", "", 7))
    assert findings.busiest(cells, HELD, "2004") == ("performances_held:2004-03::::", "March")
    assert findings.busiest(cells, HELD, "2004", grain="quarter") == (
        "performances_held:2004::::",
        "none",
    )


def test_the_cells_that_hold_half_are_the_fewest_that_do():
    """50 + 30 + 15 + 5 = 100: the first alone is half; of 40 + 30 + 20 + 10 it takes two."""

    def year(*values):
        months = [(ATTENDED, f"2004-0{at}", "KH12", "", value) for at, value in enumerate(values, start=1)]
        return released(*months, (ATTENDED, "2004", "", "", sum(values)))

    assert findings.carrying(year(50, 30, 15, 5), ATTENDED, "2004")[1] == "one"
    ids, number = findings.carrying(year(40, 30, 20, 10), ATTENDED, "2004")
    assert number == "two"
    assert ids == ["performance_attendance:2004-01:KH12:::", "performance_attendance:2004-02:KH12:::"]


def test_nothing_carries_a_total_that_is_withheld():
    cells = released((ATTENDED, "2004-01", "KH12", "", 5), (ATTENDED, "2004", "", "", None))
    assert findings.carrying(cells, ATTENDED, "2004") == ([], "no")
    assert evidence.cells_table(cells, [], [HELD]).rows == ()


def test_cells_stand_in_a_table_with_place_period_and_what_is_beside_them():
    cells = released((ATTENDED, "2004-03", "KH12", "", 600), (HELD, "2004-03", "KH12", "", 2))
    table = evidence.cells_table(cells, [f"{ATTENDED}:2004-03:KH12"], [HELD, f"{ATTENDED}:per={HELD}"])
    assert table.rows[0][:2] == ("Phnom Penh", "March 2004")
    assert [fact.number for fact in table.facts] == ["600", "2", "300"]
    assert table.marks == ("SYNTHETIC",)


def test_a_bare_frame_is_refused():
    with pytest.raises(NotReleasedError):
        findings.highest(pd.DataFrame(), HELD, "2004")
