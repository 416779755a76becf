"""The attacker finds what can be found, and says nothing it cannot prove."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ctip_analysis.attacker import attack, opened
from ctip_analysis.attacker import bounds as attack_bounds
from ctip_analysis.base import periods
from ctip_analysis.edition.cells import KEYS, PLACES

pytestmark = pytest.mark.long

WITHHELD = None
SPAN = {year: f"2003-01-01/{year}-12-31" for year in range(2003, 2008)}
SEXES, AGES = ["female", "male", "other"], ["under_15", "15_17", "18_plus"]


def frame(*cells: tuple[str, str, dict[str, str], float | str | None]) -> pd.DataFrame:
    """Cells (indicator, period, places, value or WITHHELD or a status) as an edition would hold them."""
    rows = []
    for indicator, period, places, value in cells:
        status = "withheld" if value is None else value if isinstance(value, str) else "shown"
        number = value if status == "shown" else np.nan
        basis = periods.basis(period)
        rows.append((indicator, period, basis, *(places.get(p, "") for p in PLACES), number, status))
    return pd.DataFrame(rows, columns=[*KEYS, "value", "status"]).astype({"value": float})


def split(indicator: str, period: str, place: str, total: float | None, **parts: float | str | None):
    """A total and its parts along one place."""
    return [
        (indicator, period, {}, total),
        *((indicator, period, {place: part}, value) for part, value in parts.items()),
    ]


def ends(found: pd.DataFrame, **keys: str) -> tuple[float, float]:
    """Interval of the one row with these keys; a place not named is all together."""
    wanted = {place: "" for place in PLACES} | keys
    rows = found[np.logical_and.reduce([found[key].eq(value) for key, value in wanted.items()])]
    assert len(rows) == 1, f"{len(rows)} rows for {keys}"
    return rows["lowest"].iloc[0], rows["highest"].iloc[0]


def test_one_hidden_cell_in_a_row_is_known_exactly():
    cells = split("clients_assisted", "2004", "sex", 100, female=60, male=33, other=WITHHELD)
    found = attack([frame(*cells)])
    assert ends(found, sex="other") == (7, 7)
    assert found[["is_implied", "is_cut_short"]].eq(False).all(axis=None)


def test_of_two_hidden_cells_only_their_sum_is_known():
    cells = split("clients_assisted", "2004", "sex", 102, female=90, male=WITHHELD, other=WITHHELD)
    found = attack([frame(*cells)])
    assert ends(found, sex="male")[0] == 0
    assert ends(found, sex="male")[1] >= 11
    assert opened(found).empty


def test_two_hidden_cells_with_a_small_sum_are_opened():
    cells = split("clients_assisted", "2004", "sex", 98, female=90, male=WITHHELD, other=WITHHELD)
    found = attack([frame(*cells)])
    assert ends(found, sex="male") == ends(found, sex="other") == (0, 8)
    assert len(opened(found)) == 2


def test_a_cell_without_data_adds_nothing_to_a_sum():
    cells = split("clients_assisted", "2004", "sex", 20, female=13, male="no_data", other=WITHHELD)
    assert ends(attack([frame(*cells)]), sex="other") == (7, 7)


def test_a_total_nobody_counted_says_nothing():
    cells = split("clients_assisted", "2004", "sex", "no_data", female=13, other=WITHHELD)
    assert ends(attack([frame(*cells)]), sex="other") == (0, np.inf)


def test_a_member_that_is_not_in_a_partial_frame_is_unknown():
    """Female under 15 is missing: of the 20 women, 12 are of known age, so 8 are left for two cells."""
    cells = [
        ("clients_assisted", "2004", {"sex": "female"}, 20),
        ("clients_assisted", "2004", {"sex": "female", "age_band": "18_plus"}, 12),
        ("clients_assisted", "2004", {"sex": "female", "age_band": "15_17"}, WITHHELD),
        ("clients_assisted", "2004", {"sex": "male", "age_band": "under_15"}, 15),
    ]
    assert ends(attack([frame(*cells)]), sex="female", age_band="15_17") == (0, 8)


def test_the_provinces_of_a_zone_add_up_to_it_and_the_zones_to_the_country():
    coast = {"KH07": 15, "KH09": 12, "KH18": 11, "KH23": WITHHELD}
    cells = [("clients_assisted", "2004", {"adm1_code": code}, value) for code, value in coast.items()]
    cells += [("clients_assisted", "2004", {"adm1_code": "KH12"}, 30)]
    coastal, capital = {"zone": "Coastal"}, {"zone": "Phnom Penh"}
    zone = [("clients_assisted", "2004", coastal, 41), ("clients_assisted", "2004", capital, WITHHELD)]
    found = attack([frame(*cells, *zone)])
    assert ends(found, adm1_code="KH23") == (3, 3) and ends(found, zone="Phnom Penh") == (30, 30)
    country = [("clients_assisted", "2004", {}, 71), ("clients_assisted", "2004", coastal, WITHHELD)]
    assert ends(attack([frame(*cells, *country, zone[1])]), adm1_code="KH23") == (3, 3)


def test_categories_of_one_edition_add_up_to_the_groups_of_another():
    fine = {"female": 60, "male": 31, "other": WITHHELD, "unknown": 0}
    first = split("clients_assisted", "2004", "sex", WITHHELD, **fine)
    second = split("clients_assisted", "2004", "sex", WITHHELD, female=60, male_other_unknown=38)
    found = attack([frame(*first), frame(*second)])
    assert ends(found, sex="other") == (7, 7) and ends(found) == (98, 98)


def test_categories_by_two_groups_add_up_crosswise():
    """Of two sexes by two ages, printed finely and then in groups, one fine cell is left."""
    fine = {
        ("male", "under_15"): WITHHELD,
        ("male", "15_17"): 14,
        ("other", "under_15"): 0,
        ("other", "15_17"): 0,
    }
    fine |= {("unknown", "under_15"): 0, ("unknown", "15_17"): 0}
    first = [("clients_assisted", "2004", {"sex": s, "age_band": a}, value) for (s, a), value in fine.items()]
    group = {"sex": "male_other_unknown", "age_band": "under_18"}
    found = attack([frame(*first), frame(("clients_assisted", "2004", group, 18))])
    assert ends(found, sex="male", age_band="under_15") == (4, 4)


def test_what_is_left_of_a_sum_beside_its_planned_parts_is_an_implied_count():
    cells = [("clients_assisted", "2004", {}, 60), ("clients_victim", "2004", {}, 55)]
    found = attack([frame(*cells)])
    assert ends(found, indicator="rest:client_types") == (5, 5)
    assert len(opened(found)) == 1


def test_to_date_less_the_years_shown_gives_a_year():
    cells = [
        ("clients_assisted", SPAN[2003], {}, 40),
        ("clients_assisted", SPAN[2004], {}, 45),
        ("clients_assisted", "2003", {}, WITHHELD),
        ("clients_assisted", "2004", {}, WITHHELD),
    ]
    found = attack([frame(*cells)])
    assert ends(found, period="2004") == (5, 5)
    assert ends(found, period="2003") == (40, 40)


def test_quarters_and_fiscal_years_are_sums_of_the_same_days():
    """FY2004 is the last quarter of 2003 and three of 2004."""
    quarters = {"2003Q4": 10, "2004Q1": 20, "2004Q2": 20, "2004Q3": WITHHELD, "2004Q4": 30}
    cells = [("clients_assisted", period, {}, value) for period, value in quarters.items()]
    found = attack([frame(*cells, ("clients_assisted", "FY2004", {}, 54))])
    assert ends(found, period="2004Q3") == (4, 4)


def test_people_served_in_several_years_do_not_add_up():
    """To date is between the larger year, 30, and the sum of the years, 38."""
    cells = [
        ("clients_served", "2003", {}, 30),
        ("clients_served", "2004", {}, 8),
        ("clients_served", SPAN[2003], {}, 30),
        ("clients_served", SPAN[2004], {}, WITHHELD),
    ]
    found = attack([frame(*cells)])
    assert ends(found, indicator="clients_served") == (30, 38)
    assert ends(found, indicator="new:clients_served") == (0, 8)


def test_people_by_partner_lie_between_the_largest_and_the_sum():
    definitions = own_indicators(a={"additive_over": ""})
    cells = split("a", "2004", "partner", WITHHELD, P1=12, P2=15, P3=2)
    assert ends(attack([frame(*cells)], indicators=definitions), indicator="a") == (15, 29)
    cells = split("a", "2004", "partner", 20, P1=12, P2=WITHHELD)
    assert ends(attack([frame(*cells)], indicators=definitions), partner="P2") == (8, 20)


def test_two_kinds_of_service_may_fall_into_two_years():
    """So a span can hold more than its years together; it still holds what each year holds."""
    cells = [
        ("clients_two_or_more_services", "2003", {}, 20),
        ("clients_two_or_more_services", "2004", {}, 25),
        ("clients_two_or_more_services", SPAN[2004], {}, WITHHELD),
    ]
    assert ends(attack([frame(*cells)]), period=SPAN[2004]) == (25, np.inf)


def test_people_new_in_a_span_are_an_implied_count():
    cells = [
        ("clients_served", "2004", {}, 50),
        ("clients_served", SPAN[2003], {}, 100),
        ("clients_served", SPAN[2004], {}, 105),
    ]
    found = attack([frame(*cells)])
    assert found["is_implied"].all()
    assert ends(found, indicator="new:clients_served", period=SPAN[2004]) == (5, 5)
    assert len(opened(found)) == 1


def test_cases_judged_since_the_year_before_are_an_implied_count():
    cells = [("cases_judged_0_6m", SPAN[year], {}, value) for year, value in ((2003, 20), (2004, 23))]
    found = attack([frame(*cells)])
    assert ends(found, indicator="new:cases_judged_0_6m", period=SPAN[2004]) == (3, 3)
    assert len(opened(found)) == 1


def test_open_cases_come_and_go_so_that_their_change_counts_nobody():
    cells = [("cases_open_0_6m", SPAN[year], {}, value) for year, value in ((2003, 20), (2004, 23))]
    assert attack([frame(*cells)]).empty


def test_who_came_between_two_spans_is_implied_where_no_year_is_printed():
    spans = [
        ("clients_assisted", SPAN[year], {"adm1_code": "KH09"}, n) for year, n in ((2003, 20), (2004, 24))
    ]
    found = attack([frame(*spans)])
    assert ends(found, indicator="new:clients_assisted", period=SPAN[2004], adm1_code="KH09") == (4, 4)
    assert "KH09" in set(opened(found)["adm1_code"])
    year = ("clients_assisted", "2004", {"adm1_code": "KH09"}, WITHHELD)
    assert ends(attack([frame(*spans, year)]), period="2004", adm1_code="KH09") == (4, 4)


def test_clients_without_consent_are_the_difference_of_two_totals():
    cells = [
        (name, SPAN[year], {}, value)
        for name, values in {"clients_all": (120, 140), "clients_assisted": (100, 117)}.items()
        for year, value in zip((2003, 2004), values, strict=True)
    ]
    found = attack([frame(*cells)])
    assert ends(found, indicator="clients_without_consent", period=SPAN[2003]) == (20, 20)
    assert ends(found, indicator="new:clients_without_consent") == (3, 3)
    assert ends(found, indicator="new:clients_all") == (20, 20)
    truth = found[KEYS].assign(value=found["lowest"])
    told = opened(found, truth)
    # 20 and 23 are large but known exactly, 3 is small; that 20 and 17 are new identifies none of them
    assert len(found) == 5
    assert sorted(told["lowest"]) == [3, 20, 23]
    assert "new:clients_all" not in set(told["indicator"])


def test_clients_by_type_add_up_to_all_clients():
    cells = [
        ("clients_assisted", "2004", {}, 60),
        ("clients_victim", "2004", {}, 40),
        ("clients_at_risk", "2004", {}, WITHHELD),
        ("clients_unknown_type", "2004", {}, WITHHELD),
    ]
    found = attack([frame(*cells)])
    assert ends(found, indicator="clients_at_risk")[1] >= 11
    found = attack([frame(*cells[:3], ("clients_unknown_type", "2004", {}, 17))])
    assert ends(found, indicator="clients_at_risk") == (3, 3)


def test_a_part_is_never_more_than_what_it_is_part_of():
    definitions = own_indicators(a={}, b={"part_of": "a"})
    cells = [("a", "2004", {}, 12), ("b", "2004", {}, WITHHELD)]
    found = attack([frame(*cells, ("a", "2003", {}, 6), ("b", "2003", {}, WITHHELD))], indicators=definitions)
    assert ends(found, period="2003") == (0, 6)
    assert len(opened(found)) == 1


def test_who_was_reintegrated_was_served():
    cells = [("clients_served", "2004", {}, 9), ("clients_reintegrated", "2004", {}, WITHHELD)]
    found = attack([frame(*cells)])
    assert ends(found[~found["is_implied"]]) == (0, 9)


@pytest.mark.parametrize(("supported", "is_told"), [(35, True), (30, True), (40, False), (29, False)])
def test_the_few_who_were_served_and_not_supported_follow_from_the_difference(supported, is_told):
    """Nobody, or eleven and more, identify none of them."""
    cells = [
        ("clients_served", "2004", {}, 40),
        ("clients_reintegration_support", "2004", {}, supported),
    ]
    found = attack([frame(*cells)])
    assert ends(found) == (40 - supported, 40 - supported)
    assert found["is_implied"].all() and len(opened(found)) == is_told


def test_how_many_lack_one_of_two_withheld_kinds_stays_in_doubt():
    cells = [
        ("clients_served", "2004", {}, 40),
        ("clients_reintegration_support", "2004", {}, WITHHELD),
        ("clients_job_placement", "2004", {}, 12),
    ]
    found = attack([frame(*cells)])
    assert ends(found[found["indicator"].eq("rest:served_support")]) == (0, 40)
    assert opened(found).empty


def test_who_was_not_served_in_one_span_may_be_in_a_longer_one():
    """A rest does not only grow: whoever had no support in the first year may have it in the second."""
    spans = ["2003-01-01/2003-12-31", "2003-01-01/2004-12-31"]
    served = [("clients_served", span, {}, value) for span, value in zip(spans, (60, 90), strict=True)]
    supported = [
        ("clients_reintegration_support", span, {}, value)
        for span, value in zip(spans, (30, WITHHELD), strict=True)
    ]
    found = attack([frame(*served, *supported)])
    rest = found[found["indicator"].eq("rest:served_support") & found["period"].eq(spans[1])]
    assert ends(rest) == (0, 60)


@pytest.mark.parametrize(
    ("numbers", "least"), [((40, 43), 3), ((40, 30), 10), ((40, 51), 11), ((40, 60, 43), 3)]
)
def test_a_correction_by_ten_or_less_reveals_those_behind_it(numbers, least):
    """Whatever was released between the two editions: readers keep them all."""
    found = attack([frame(("clients_assisted", "2004", {}, number)) for number in numbers])
    assert found["indicator"].tolist() == ["corrected:clients_assisted"] and ends(found) == (least, least)
    assert len(opened(found)) == (least < 11)


def test_the_same_number_again_is_no_correction_and_neither_is_one_withheld():
    same = frame(("clients_assisted", "2004", {}, 40))
    assert attack([same, same]).empty
    assert not attack([same, frame(("clients_assisted", "2004", {}, WITHHELD))])["is_implied"].any()


def test_indicators_that_concern_nobody_are_left_alone():
    cells = split("performances_held", "2004", "adm1_code", 20, KH01=15, KH02=WITHHELD)
    assert attack([frame(*cells)]).empty


def test_a_withheld_cell_is_at_least_one_where_zeros_are_shown():
    definitions = own_indicators(a={"zero_is_safe": True})
    cells = split("a", "2004", "sex", 12, female=WITHHELD, male=WITHHELD, other=0)
    found = attack([frame(*cells)], indicators=definitions)
    assert ends(found, sex="male") == (1, 11)
    assert opened(found).empty


def test_two_editions_open_together_what_each_alone_keeps():
    """a + b = 20 in one, a + c = 30 and b + c = 18 in the other: then a is 16, b 4 and c 14."""
    definitions = own_indicators(**{name: {} for name in ("a", "b", "c", "ab", "ac", "bc")})
    between = rules(("equal", "ab", "a b"), ("equal", "ac", "a c"), ("equal", "bc", "b c"))
    hidden = [(name, "2004", {}, WITHHELD) for name in "abc"]
    first = frame(*hidden, ("ab", "2004", {}, 20))
    second = frame(*hidden, ("ac", "2004", {}, 30), ("bc", "2004", {}, 18))
    true = first[KEYS].assign(value=[16, 4, 14, 20])
    for alone in (first, second):
        assert opened(attack([alone], indicators=definitions, between=between), true).empty
    found = attack([first, second], indicators=definitions, between=between)
    assert [ends(found, indicator=name) for name in "abc"] == [(16, 16), (4, 4), (14, 14)]
    assert found["edition"].eq("").all()
    assert len(opened(found, true)) == 3


def test_a_cell_shown_unchanged_in_another_edition_is_public_and_helps_to_open_the_rest():
    first = split("clients_assisted", "2004", "sex", 50, female=30, male=WITHHELD, other=WITHHELD)
    second = [("clients_assisted", "2004", {"sex": "male"}, 16)]
    found = attack([frame(*first), frame(*second)])
    assert len(found) == 1
    assert ends(found, sex="other") == (4, 4)


def test_beside_a_restated_total_each_edition_has_its_own_values():
    parts = {"female": 20.0, "male": WITHHELD, "other": WITHHELD}
    found = attack([frame(*split("clients_assisted", "2004", "sex", total, **parts)) for total in (28, 29)])
    assert ends(found, sex="male", edition="1") == (0, 8)
    assert ends(found, sex="male", edition="2") == (0, 9)


def test_a_cell_shown_and_later_withheld_has_a_value_of_its_own_in_each():
    first = split("clients_assisted", "2004", "sex", 40, female=20, male=20)
    second = split("clients_assisted", "2004", "sex", 40, female=WITHHELD, male=WITHHELD)
    found = attack([frame(*first), frame(*second)])
    assert found["edition"].eq("2").all()
    assert ends(found, sex="male")[0] == 0


def test_editions_that_contradict_each_other_are_read_apart():
    first = split("clients_assisted", "2004", "sex", 20, female=WITHHELD, male=12)
    second = [
        ("clients_assisted", "2004", {"sex": "female"}, WITHHELD),
        ("clients_assisted", "2004", {"sex": "female", "age_band": "under_15"}, 5),
        ("clients_assisted", "2004", {"sex": "female", "age_band": "15_17"}, 4),
    ]
    found = attack([frame(*first), frame(*second)])
    assert ends(found, sex="female", edition="1") == (8, 8)
    assert ends(found, sex="female", edition="2") == (9, 9)


def test_a_contradiction_within_an_edition_leaves_the_rest_of_it_open_to_attack():
    wrong = split("clients_assisted", "2004", "sex", 20, female=WITHHELD, male=25)
    right = split("clients_assisted", "2003", "sex", 20, female=WITHHELD, male=17)
    found = attack([frame(*wrong, *right)])
    assert ends(found, sex="female", period="2003") == (3, 3)
    assert ends(found, sex="female", period="2004")[0] == 0


def test_a_published_figure_opens_a_cell_only_for_who_has_read_it():
    """P18 says 120 in a job placement, to the end of 2004 by assumption A0."""
    cells = split("clients_job_placement", SPAN[2004], "sex", WITHHELD, female=113, male=WITHHELD)
    alone = attack([frame(*cells)])
    assert ends(alone, sex="male") == (0, np.inf)
    found = attack([frame(*cells)], with_published=True)
    assert ends(found) == (120, 120)
    assert ends(found, sex="male") == (7, 7)


def test_a_published_figure_that_cannot_be_the_cell_is_not_taken_for_it():
    cells = split("clients_job_placement", SPAN[2004], "sex", WITHHELD, female=113, male=19)
    found = attack([frame(*cells)], with_published=True)
    assert ends(found) == (132, 132)


def test_whole_numbers_leave_less_room_than_the_equations_alone():
    """In a triangle where each two share one place, one of three can be there, not one and a half.

    Two triangles: fractions would allow three, whole numbers allow two.
    """
    corners = [f"{corner}{triangle}" for triangle in (1, 2) for corner in "abc"]
    edges = [f"{edge}{triangle}" for triangle in (1, 2) for edge in ("ab", "bc", "ca")]
    definitions = own_indicators(**{name: {} for name in [*corners, *edges, "all"]})
    between = rules(
        *(("at_least", edge, f"{edge[0]}{edge[-1]} {edge[1]}{edge[-1]}") for edge in edges),
        ("equal", "all", " ".join(corners)),
    )
    cells = [(name, "2004", {}, WITHHELD) for name in [*corners, "all"]]
    cells += [(name, "2004", {}, 1) for name in edges]
    found = attack([frame(*cells)], indicators=definitions, between=between)
    assert ends(found, indicator="all") == (0, 2)
    assert ends(found, indicator="a1") == (0, 1)


def test_where_the_search_is_cut_short_nothing_unproven_counts_as_safe():
    intervals = pd.DataFrame(
        [("a", "2004", "calendar", "", "", "", "", "", "", 4.0, 9.0, False, 0.0, True)],
        columns=[*KEYS, "edition", "lowest", "highest", "is_implied", "floor", "is_cut_short"],
    )
    true = intervals[KEYS].assign(value=[2.0])
    assert len(opened(intervals, true)) == 1, "2 is outside what was found possible, and counts as opened all the same"
    assert opened(intervals.assign(is_cut_short=False), true).empty
    unseen = intervals.assign(lowest=np.nan, highest=np.nan)
    assert len(opened(unseen)) == len(opened(unseen, true)) == 1


@pytest.mark.parametrize(
    ("interval", "value", "is_open"),
    [
        pytest.param((5, 40), 7, True, id="small, and known to be five or more"),
        pytest.param((5, 40), 25, False, id="large, and could be small"),
        pytest.param((0, 11), 7, False, id="small, and could be large"),
        pytest.param((0, 10), 7, True, id="certainly small"),
        pytest.param((25, 25), 25, True, id="known exactly"),
        pytest.param((25, 26), 25, False, id="one of two"),
        pytest.param((3, 9), 12, False, id="the outsider is misled"),
    ],
)
def test_the_true_value_decides_what_is_opened(interval, value, is_open):
    intervals = pd.DataFrame(
        [("a", "2004", "calendar", "", "", "", "", "", "", *map(float, interval), False, 0.0, False)],
        columns=[*KEYS, "edition", "lowest", "highest", "is_implied", "floor", "is_cut_short"],
    )
    assert bool(len(opened(intervals, intervals[KEYS].assign(value=value)))) == is_open


def own_indicators(**given: dict[str, object]) -> pd.DataFrame:
    """Definitions that add up over everything unless said otherwise, about persons."""
    usual = {
        "counting_rule": "distinct",
        "additive_over": "period adm1_code sex age_band",
        "part_of": "",
        "concerns_persons": True,
        "zero_is_safe": False,
        "published_id": "",
    }
    return pd.DataFrame([{"id": name} | usual | rule for name, rule in given.items()])


def rules(*relations: tuple[str, str, str]) -> pd.DataFrame:
    """Relations between indicators: kind, larger, smaller."""
    rows = [(larger, kind, larger, smaller, "", "") for kind, larger, smaller in relations]
    return pd.DataFrame(rows, columns=["relation", "kind", "larger", "smaller", "implied", "why"])


@cache
def tables(shape: tuple[int, int], total: int) -> np.ndarray:
    """Every table of whole numbers of this shape and total, with its margins, one per row."""
    size = shape[0] * shape[1]
    tops = np.array([each for each in product(range(total + 1), repeat=size - 1) if sum(each) <= total])
    inner = np.c_[tops.reshape(len(tops), size - 1), total - tops.sum(axis=1)].reshape(-1, *shape)
    rows, columns = inner.sum(axis=2), inner.sum(axis=1)
    return np.c_[inner.reshape(-1, size), rows, columns]


def names(shape: tuple[int, int]) -> list[dict[str, str]]:
    """Places of the columns of :func:`tables`: inner cells, row totals, column totals."""
    rows, columns = SEXES[: shape[0]], AGES[: shape[1]]
    inner = [{"sex": row, "age_band": column} for row in rows for column in columns]
    return inner + [{"sex": row} for row in rows] + [{"age_band": column} for column in columns]


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(), case=st.sampled_from([((2, 2), 16), ((2, 2), 25), ((2, 3), 7), ((3, 2), 8), ((2, 3), 11)])
)
def test_intervals_are_those_of_all_tables_there_could_be(data, case):
    shape, total = case
    possible = tables(shape, total)
    true = possible[data.draw(st.integers(0, len(possible) - 1))]
    hidden = np.array(data.draw(st.lists(st.booleans(), min_size=len(true), max_size=len(true))))
    values = [WITHHELD if hide else float(value) for hide, value in zip(hidden, true, strict=True)]
    cells = [
        ("clients_assisted", "2004", place, value) for place, value in zip(names(shape), values, strict=True)
    ]
    found = attack([frame(("clients_assisted", "2004", {}, total), *cells)])
    left = possible[(possible == true)[:, ~hidden].all(axis=1)]
    assert len(found) == hidden.sum()
    for at in np.flatnonzero(hidden):
        low, high = ends(found, **names(shape)[at])
        real = left[:, at].min(), left[:, at].max()
        assert real[0] <= low <= high <= real[1]
        assert low == real[0] or low >= real[0] >= 11, "an end below 11 is exact"
        assert high == real[1] or high >= 11, "an end below 11 is exact"
        assert (low == high) == (real[0] == real[1]), "known exactly, if there is one number only"


def test_whole_number_ends_agree_with_brute_force_on_systems_that_are_not_tables():
    """Rows of three ones or minus ones, where fractions often reach further than whole numbers."""
    rng = np.random.default_rng(20050101)
    grid = np.array(list(product(range(5), repeat=5)))
    for _ in range(40):
        matrix = np.zeros((4, 5))
        for row in matrix:
            row[rng.choice(5, 3, replace=False)] = rng.choice([1.0, 1.0, -1.0], 3)
        point = rng.integers(0, 5, 5)
        low = matrix @ point - rng.integers(0, 2, 4)
        high = matrix @ point + rng.integers(0, 2, 4)
        cap = np.eye(5)
        rows = sparse.csr_array(np.r_[matrix, cap])
        lows, highs = np.r_[low, np.zeros(5)], np.r_[high, np.full(5, 4.0)]
        found = attack_bounds.bounds(rows, lows, highs, np.zeros(5), np.ones(5, bool))
        sums = grid @ matrix.T
        left = grid[((sums >= low) & (sums <= high)).all(axis=1)]
        assert (found.least == left.min(axis=0)).all()
        assert (found.most == left.max(axis=0)).all()


def test_ends_that_only_rows_far_away_limit_are_found_too():
    """In a chain of sums the first unknown decides all others: its few possible values say what each can be."""
    sums = np.array([9.0, 8.0] * 5)
    rows = np.eye(10, 11) + np.eye(10, 11, k=1)
    chains = []
    for first in range(10):
        chain = [float(first)]
        for total in sums:
            chain.append(total - chain[-1])
        chains.append(chain)
    left = np.array([chain for chain in chains if min(chain) >= 0])
    assert 1 < len(left) < 10, "the far end of the chain leaves the near one some choice, but not all"
    found = attack_bounds.bounds(sparse.csr_array(rows), sums, sums, np.zeros(11), np.ones(11, bool))
    assert (found.least == left.min(axis=0)).all()
    assert (found.most == left.max(axis=0)).all()


def test_the_same_editions_give_the_same_intervals_in_any_order_of_rows(cells):
    persons = cells[cells["indicator"].isin(["clients_assisted", "clients_victim", "clients_served"])]
    small = persons["value"].lt(40)
    edition = persons.assign(
        value=persons["value"].mask(small), status=persons["status"].mask(small, "withheld")
    )
    found = attack([edition])
    again = attack([edition.sample(frac=1, random_state=3)])
    assert opened(found)[KEYS].equals(opened(again)[KEYS])
    true = opened(found, cells[[*KEYS, "value"]])
    assert not found["is_cut_short"].any()
    held = true.merge(cells[[*KEYS, "value"]], on=KEYS)
    assert (held["lowest"].le(held["value"]) & held["highest"].ge(held["value"])).all()
