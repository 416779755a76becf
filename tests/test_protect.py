"""The interim rule: what is shown, and that no withheld number follows from shown ones."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctip_analysis import periods, protect, reference
from ctip_analysis.edition import PLACES

YEARS = ("2003", "2004", "2005")
SPANS = tuple(f"2003-01-01/{year}-12-31" for year in YEARS)


def cells(values, indicator="clients_served", contributors=99):
    """Unprotected national cells: *values* by period."""
    rows = [
        {
            "indicator": indicator,
            "table": "t",
            "period": period,
            "period_basis": periods.basis(period),
            "value": float(value),
            "status": "shown",
            "unit": "people",
            "qualifier": "",
            "kind": "synthetic",
            "source": "made by hand",
            "contributors": contributors,
            "top2_share": 0.0,
            "top_partner_share": 0.0,
            **dict.fromkeys(PLACES, ""),
        }
        for period, value in values.items()
    ]
    return pd.DataFrame(rows)


def yearly(counts):
    """Years and to-date spans of yearly *counts* that add up."""
    running = itertools.accumulate(counts)
    return dict(zip(YEARS, counts, strict=False)) | dict(zip(SPANS, running, strict=False))


def shown(made, previous=()):
    frame = protect.protect(made, previous).frame
    return set(frame.loc[frame["status"].eq("shown"), "period"])


def test_large_counts_are_shown():
    assert shown(cells(yearly([40, 50]))) == {"2003", "2004", *SPANS[:2]}


@pytest.mark.parametrize("count, visible", [(10, False), (11, True), (1, False)])
def test_the_threshold_is_eleven(count, visible):
    assert (SPANS[0] in shown(cells({SPANS[0]: count, "2003": count}))) is visible


def test_a_zero_is_withheld_unless_it_harms_nobody():
    assert shown(cells({SPANS[0]: 0, "2003": 0})) == set()


def test_a_count_with_fewer_than_three_cases_behind_it_is_withheld():
    assert shown(cells({SPANS[0]: 40, "2003": 40}, contributors=2)) == set()


def test_the_year_beside_a_small_one_goes_too_because_to_date_less_the_year_would_give_it():
    # 5 + 40 = 45: with 2004 and the two years together shown, 2003 would be 45 - 40
    assert shown(cells(yearly([5, 40]))) == {SPANS[1]}


def test_a_later_year_stays_when_nothing_small_follows_from_it():
    assert shown(cells(yearly([5, 40, 60]))) == {SPANS[1], SPANS[2], "2005"}


def test_the_last_unshown_part_of_a_printed_sum_takes_a_second_one_along():
    parts = {"clients_assisted": 105, "clients_victim": 60, "clients_at_risk": 41, "clients_unknown_type": 4}
    made = pd.concat(
        [cells({"2004": value}, indicator=name) for name, value in parts.items()], ignore_index=True
    )
    frame = protect.protect(made).frame.set_index("indicator")["status"]
    assert frame["clients_unknown_type"] == "withheld"
    assert (frame.drop("clients_unknown_type") == "withheld").any()


def test_few_clients_without_consent_are_not_the_difference_of_two_totals():
    made = pd.concat(
        [
            cells({SPANS[0]: 107}, indicator="clients_all"),
            cells({SPANS[0]: 100}, indicator="clients_assisted"),
        ],
        ignore_index=True,
    )
    frame = protect.protect(made).frame.set_index("indicator")["status"]
    assert dict(frame) == {"clients_all": "withheld", "clients_assisted": "shown"}


def test_a_total_just_under_a_printed_one_is_withheld_because_the_rest_did_not_consent():
    # the fact sheet prints 118 reintegrated; 110 consenting ones would tell of 8 who did not consent
    near = cells({SPANS[1]: 110, "2003": 50, "2004": 60, SPANS[0]: 50}, indicator="clients_reintegrated")
    assert SPANS[1] not in shown(near)
    assert SPANS[1] in shown(
        cells({SPANS[1]: 100, "2003": 50, "2004": 50, SPANS[0]: 50}, indicator="clients_reintegrated")
    )


def test_nothing_by_sex_age_place_partner_month_or_stage_is_shown(cells_of_sample):
    frame = cells_of_sample.frame
    rules = reference.table("indicators").set_index("id")
    persons = frame[frame["indicator"].map(rules["concerns_persons"]) & frame["status"].eq("shown")]
    assert len(persons) > 20
    assert persons[PLACES].eq("").all(axis=None)
    assert set(persons["period"].map(periods.grain)) == {"year", "to_date"}
    assert not persons["indicator"].map(rules["case_stage"]).ne("").any()


@pytest.fixture(scope="module")
def cells_of_sample(cells_2004):
    return protect.protect(cells_2004)


@pytest.fixture(scope="module")
def cells_2004(request):
    return request.getfixturevalue("cells")


def test_what_is_not_about_persons_is_shown_as_counted(cells_2004, cells_of_sample):
    events = cells_2004[cells_2004["indicator"].eq("performance_attendance")]
    frame = cells_of_sample.frame
    assert frame.loc[frame["indicator"].eq("performance_attendance"), "value"].sum() == events["value"].sum()


def test_a_withheld_row_keeps_its_place_and_tells_nothing_else(cells_2004, cells_of_sample):
    hidden = cells_of_sample.frame[cells_of_sample.frame["status"].eq("withheld")]
    assert len(cells_of_sample.frame) == len(cells_2004)
    assert hidden["value"].isna().all()
    assert not set(hidden.columns) & {"contributors", "top2_share", "top_partner_share"}


def test_the_sample_holds_under_3000_cells_about_persons(cells_2004):
    rules = reference.table("indicators").set_index("id")
    assert cells_2004["indicator"].map(rules["concerns_persons"]).sum() < 3_000


def test_a_correction_by_less_than_eleven_is_withheld():
    first = protect.protect(cells(yearly([40, 50])))
    corrected = cells(yearly([40, 50]) | {"2004": 53, SPANS[1]: 93})
    assert not shown(corrected, [first]) & {"2004", SPANS[1]}


def test_the_same_records_give_the_same_edition_again():
    made = cells(yearly([5, 40, 60]))
    first = protect.protect(made)
    again = protect.protect(made, [first])
    pd.testing.assert_frame_equal(first.frame, again.frame)


def test_a_correction_to_a_small_count_is_withheld():
    first = protect.protect(cells(yearly([27, 50])))
    assert not shown(cells(yearly([5, 72])), [first]) & {"2003", SPANS[0]}


def test_a_third_value_is_held_against_every_earlier_one():
    editions = [protect.protect(cells({"2003": 27, SPANS[0]: 27}))]
    editions.append(protect.protect(cells({"2003": 43, SPANS[0]: 43}), editions))
    assert shown(cells({"2003": 28, SPANS[0]: 28}), editions) == set()  # one off the first


def test_consenting_clients_are_held_against_the_printed_total_of_all():
    near = cells({SPANS[1]: 1_373, "2003": 700, "2004": 673, SPANS[0]: 700}, indicator="clients_assisted")
    assert SPANS[1] not in shown(near)  # the fact sheet prints 1,378


def test_two_small_years_between_shown_spans_are_not_their_difference():
    # 40, then 4 and 5: to date 2005 less to date 2003 would tell of 9 people
    assert not {SPANS[0], SPANS[2]} <= shown(cells(yearly([40, 4, 5])))


def test_persons_are_shown_on_one_basis_only():
    first = protect.protect(cells(yearly([40, 50])))
    assert shown(cells({"FY2003": 90, "2002-10-01/2003-09-30": 90}), [first]) == set()


def test_what_was_withheld_once_stays_withheld_when_the_same_records_come_again():
    # 2004 is small, so to date 2003 and to date 2004 lie near each other: which of them goes must not change
    made = cells(yearly([40, 5, 60]))
    first = protect.protect(made)
    again = protect.protect(made, [first])
    assert shown(made, [first, again]) == shown(made)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_releasing_again_shows_the_same(counts):
    made = cells(yearly(counts))
    first = protect.protect(made)
    assert shown(made, [first]) == shown(made)


def test_a_fiscal_span_that_ends_a_little_earlier_is_held_against_the_calendar_one():
    first = protect.protect(cells(yearly([40, 50])))
    fiscal = {"FY2003": 36, "2002-10-01/2003-09-30": 36}  # 40 - 36 = 4 people in three months
    assert "2002-10-01/2003-09-30" not in shown(cells(fiscal), [first])


COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(COUNTS)
def test_no_small_year_follows_from_what_is_shown(counts):
    """Brute force: among all yearly counts that fit what is shown, a withheld small one has other values."""
    frame = protect.protect(cells(yearly(counts))).frame.set_index("period")
    known = frame.loc[frame["status"].eq("shown"), "value"].to_dict()
    for place, year in enumerate(YEARS[: len(counts)]):
        if 0 < counts[place] < protect.THRESHOLD:
            assert year not in known
            assert len(fitting(known, len(counts), place)) > 1


def fitting(known, n_years, place):
    """Values the year at *place* can take, if counts are whole, not negative and fit *known*."""
    values = set()
    for guess in itertools.product(range(0, 125), repeat=1):
        rest = yearly_with(known, n_years, place, guess[0])
        if rest:
            values.add(guess[0])
        if len(values) > 1:
            break
    return values


def yearly_with(known, n_years, place, value):
    """Whether some yearly counts with *value* at *place* give every known year and to-date span."""

    def extend(prefix):
        if len(prefix) == n_years:
            return True
        position, total = len(prefix), sum(prefix)
        if position == place:
            choices = [value]
        elif YEARS[position] in known:
            choices = [known[YEARS[position]]]
        elif SPANS[position] in known:
            choices = [known[SPANS[position]] - total]
        else:
            choices = range(0, 125)
        for choice in choices:
            agrees = math.isclose(known.get(YEARS[position], choice), choice)
            agrees &= math.isclose(known.get(SPANS[position], total + choice), total + choice)
            if choice >= 0 and agrees and extend([*prefix, choice]):
                return True
        return False

    return extend([])
