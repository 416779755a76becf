"""Cells of the shipped sample against plain loops over its CSV files, written without the package."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest
from record_folder import edit, write_minimal

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition.cells import KEYS, PLACES
from ctip_analysis.inside.counting import atoms, count, plan
from ctip_analysis.inside.records import load_records

SAMPLE = reference.ROOT / "data" / "sample"


def read(table):
    with open(SAMPLE / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def periods_of(day):
    """Codes of every calendar period to the end of 2004 that holds *day*."""
    if day > "2004-12-31":
        return
    year, month = day[:4], int(day[5:7])
    yield from (year, f"{year}Q{(month + 2) // 3}", f"{year}-{month:02d}", "2003-01-01/2004-12-31")
    if year == "2003":
        yield "2003-01-01/2003-12-31"


def looped(rows, day, place="", amount=None):
    """Sum by (period, province) and (period, all) with plain Python."""
    cells = defaultdict(int)
    for row in rows:
        for period in periods_of(row[day]):
            for province in {"", row[place] or "unknown"} if place else {""}:
                cells[period, province] += int(row[amount] or 0) if amount else 1
    return cells


def counted(cells, indicator, **dimensions):
    rows = cells[cells["indicator"].eq(indicator)]
    for column in PLACES:
        if column not in dimensions:
            rows = rows[rows[column].eq("")] if column != "adm1_code" else rows
    return {(row.period, row.adm1_code): row.value for row in rows.itertuples()}


PERFORMANCES = [row for row in read("campaign_events") if row["event_type"] == "performance"]
ONE_BY_ONE = ("register", "headcount", "ticket")


@pytest.mark.parametrize(
    "indicator, rows, day, place, amount",
    [
        pytest.param("performances_held", PERFORMANCES, "event_date", "adm1_code", None, id="performances"),
        pytest.param(
            "performance_attendance",
            PERFORMANCES,
            "event_date",
            "adm1_code",
            "attendance_total",
            id="attendance",
        ),
        pytest.param(
            "performances_counted",
            [r for r in PERFORMANCES if r["attendance_total"]],
            "event_date",
            "adm1_code",
            None,
            id="performances that were counted",
        ),
        pytest.param(
            "performance_attendance_registered",
            [r for r in PERFORMANCES if r["count_method"] in ONE_BY_ONE],
            "event_date",
            "adm1_code",
            "attendance_total",
            id="attendance counted one by one",
        ),
        pytest.param(
            "teachers_trained",
            [r for r in read("trainings") if r["audience_type"] == "teacher"],
            "start_date",
            "adm1_code",
            "n_completed",
            id="teachers",
        ),
        pytest.param(
            "community_networks",
            [r for r in read("structures") if r["structure_type"] == "community_network"],
            "established_date",
            "adm1_code",
            None,
            id="networks",
        ),
        pytest.param("victims_rescue_assisted", read("rescues"), "op_date", "", "n_victims", id="rescued"),
        pytest.param(
            "cases_referred_ngo",
            [
                r
                for r in read("cases")
                if r["case_kind"] == "trafficking"
                and r["partner_id"] == "NGO_PARTNERS"
                and r["partner_role"] == "referred"
                and r["referred_date"]
            ],
            "referred_date",
            "adm1_code",
            None,
            id="cases referred",
        ),
    ],
)
def test_sums_equal_a_plain_loop_in_every_cell(cells, indicator, rows, day, place, amount):
    expected = looped(rows, day, place, amount)
    found = counted(cells, indicator)
    assert found and all(value == expected[key] for key, value in found.items())


@pytest.fixture(scope="module")
def fine(records):
    """Cells to the end of 2004 with every category of sex and age."""
    return count(records, year=2004, fine=True)


@pytest.mark.long
def test_distinct_clients_equal_a_plain_loop_by_sex_and_age(fine):
    clients = {row["client_id"]: row for row in read("clients")}
    expected = defaultdict(set)
    for row in read("services"):
        client = clients[row["client_id"]]
        if client["consent_to_share"] != "true":
            continue
        for period in periods_of(row["start_date"]):
            for sex in ("", client["sex"]):
                for age in ("", client["age_band"]):
                    expected[period, sex, age].add(row["client_id"])
    rows = fine[fine["indicator"].eq("clients_served")]
    assert len(rows) >= 4 * 5
    assert all(row.value == len(expected[row.period, row.sex, row.age_band]) for row in rows.itertuples())


def test_groups_of_sex_and_age_hold_their_categories_together(cells, fine):
    """A client has one sex and one age, so that clients assisted add up over both."""
    whole = fine[fine["indicator"].eq("clients_assisted") & fine[["adm1_code", "zone"]].eq("").all(axis=1)]
    for column in ("sex", "age_band"):
        whole = whole.assign(**{column: whole[column].map({"": "", **plan.grouped(column)})})
    expected = whole.groupby(["period", "sex", "age_band"])["value"].sum()
    rows = cells[cells["indicator"].eq("clients_assisted") & cells[["adm1_code", "zone"]].eq("").all(axis=1)]
    assert rows.set_index(["period", "sex", "age_band"])["value"].eq(expected).all()
    assert set(rows["sex"]) == {"", "female", "male_other_unknown"}


def test_what_is_behind_a_group_is_counted_on_the_group(cells):
    clients = [row for row in read("clients") if row["consent_to_share"] == "true"]
    young = [row for row in clients if row["age_band"] in ("under_15", "15_17") and row["sex"] == "male"]
    young = [row for row in young if row["intake_date"] <= "2004-12-31"]
    cell = cells[
        cells["indicator"].eq("clients_assisted")
        & cells["sex"].eq("male_other_unknown")
        & cells["age_band"].eq("under_18")
        & cells["period"].eq("2003-01-01/2004-12-31")
    ].iloc[0]
    assert cell["contributors"] == cell["value"] >= len(young)
    assert cell["top2_share"] == pytest.approx(2 / cell["value"])


def test_a_zone_is_the_sum_of_its_provinces(cells):
    rows = cells[cells["indicator"].eq("clients_assisted") & cells[["sex", "age_band"]].eq("").all(axis=1)]
    rows = rows[rows["period"].eq("2003-01-01/2004-12-31")]
    provinces = rows[rows["adm1_code"].ne("")].set_index("adm1_code")["value"]
    zones = rows[rows["zone"].ne("")].set_index("zone")["value"]
    assert len(zones) == 6  # four zones, Phnom Penh, and unknown
    assert zones.eq(provinces.groupby({**plan.zones(), "unknown": "unknown"}).sum()).all()
    assert rows[rows["adm1_code"].ne("")]["zone"].eq("").all()


def test_every_category_of_the_records_enters_one_group():
    for column in ("sex", "age_band"):
        described = {field["name"]: field for field in reference.schema("clients")["fields"]}[column]
        assert set(plan.grouped(column)) == set(described["constraints"]["enum"])
    assert set(plan.zones()) == set(reference.table("provinces")["adm1_code"])


def test_all_indicators_need_a_query_per_record_table_and_date():
    rules = reference.table("indicators").set_index("id")
    assert sum(len(each.rules) for each in atoms.passes(rules)) == len(rules)
    assert len(list(atoms.passes(rules))) < 25


def test_clients_with_two_kinds_of_service_equal_a_plain_loop(cells):
    consenting = {row["client_id"] for row in read("clients") if row["consent_to_share"] == "true"}
    kinds = defaultdict(set)
    for row in read("services"):
        if row["client_id"] in consenting and row["start_date"] <= "2004-12-31":
            kinds[row["client_id"]].add(row["service_type"])
    expected = sum(len(each) >= 2 for each in kinds.values())
    assert counted(cells, "clients_two_or_more_services")["2003-01-01/2004-12-31", ""] == expected


@pytest.mark.long
def test_performances_of_equal_size_are_left_out_one_by_one(tmp_path):
    folder = write_minimal(tmp_path / "records")
    rows = "".join(
        f"EV-{n},IOM,2004-0{n}-01,1,KH12,,,performance,{size},,,,headcount,true\n"
        for n, size in enumerate([3000, 500, 500, 500, 40, ""], start=3)
    )
    edit(folder, "campaign_events", "EV-2,", rows + "EV-2,")
    cells = counted(count(load_records(folder), year=2004), "performance_attendance_without_three_largest")
    assert cells["2004", ""] == 500 + 500 + 40  # 3,000 twice, and one of the three of 500, are left out


def test_the_three_largest_performances_are_left_out(cells):
    sizes = sorted(
        int(row["attendance_total"])
        for row in PERFORMANCES
        if row["event_date"][:4] == "2004" and row["attendance_total"]
    )
    assert counted(cells, "performance_attendance_without_three_largest")["2004", ""] == sum(sizes[:-3])
    assert counted(cells, "performances_counted_without_three_largest")["2004", ""] == len(sizes) - 3


def test_open_and_judged_cases_are_told_apart_at_the_end_of_the_period(cells):
    trafficking = [
        row
        for row in read("cases")
        if row["case_kind"] == "trafficking" and "" < row["referred_date"] <= "2003-12-31"
    ]
    still_open = [
        row for row in trafficking if not row["judgment_date"] or row["judgment_date"] > "2003-12-31"
    ]
    period = "2003-01-01/2003-12-31"
    assert counted(cells, "cases_pending")[period, ""] == len(still_open)
    bands = [
        f"cases_{state}_{band}"
        for state in ("judged", "open")
        for band in ("0_6m", "6_12m", "12_18m", "18_24m", "24m_plus")
    ]
    assert sum(counted(cells, name)[period, ""] for name in bands) == len(trafficking)


def test_contributors_and_shares_say_what_is_behind_a_cell(cells):
    rescues = [row for row in read("rescues") if row["op_date"][:4] == "2004"]
    sizes = sorted((int(row["n_victims"]) for row in rescues), reverse=True)
    cell = cells[cells["indicator"].eq("victims_rescue_assisted") & cells["period"].eq("2004")].iloc[0]
    assert cell["contributors"] == len(sizes)
    assert cell["top2_share"] == pytest.approx(sum(sizes[:2]) / sum(sizes))
    assert cell["top_partner_share"] == 1  # one partner assisted them all


def test_the_grid_is_complete_and_no_cell_is_there_twice(cells):
    assert not cells.duplicated(KEYS).any()
    attendance = cells[cells["indicator"].eq("performance_attendance")]
    # 24 months, 8 quarters, 2 years, 2 to-date spans; 24 provinces and the country
    assert len(attendance) == (24 + 8 + 2 + 2) * 25
    assert attendance["value"].notna().all()


def test_a_place_that_may_be_missing_has_a_category_of_its_own(cells):
    networks = cells[cells["indicator"].eq("community_networks")]
    assert "unknown" in set(networks["adm1_code"])
    assert "unknown" not in set(cells.loc[cells["indicator"].eq("performances_held"), "adm1_code"])


@pytest.fixture(scope="module")
def to_2005(records):
    return {basis: count(records, year=2005, basis=basis) for basis in ("calendar", "fiscal")}


@pytest.mark.long
@pytest.mark.parametrize("indicator", ["performances_held", "performance_attendance", "forum_participations"])
def test_fiscal_and_calendar_years_hold_the_same_total(to_2005, indicator):
    """Fiscal 2003 to 2005 end in September 2005: calendar months up to then hold the same total."""
    late = {f"2005-{month}" for month in ("10", "11", "12")}
    national = {
        basis: frame[frame["indicator"].eq(indicator) & frame[PLACES].eq("").all(axis=1)].set_index("period")[
            "value"
        ]
        for basis, frame in to_2005.items()
    }
    by_fiscal_year = national["fiscal"].filter(regex=r"^FY\d{4}$").sum()
    months = national["calendar"].filter(regex=r"^\d{4}-\d\d$")
    assert by_fiscal_year == months[~months.index.isin(late)].sum() > 0
    assert national["calendar"].filter(regex=r"^\d{4}$").sum() == months.sum()


def test_additive_indicators_add_up_over_every_dimension_they_name(cells):
    rules = reference.table("indicators").set_index("id")
    for name, rows in cells[~cells["period_basis"].eq("to_date")].groupby("indicator"):
        if "adm1_code" not in rules.loc[name, "additive_over"] or not rows["adm1_code"].ne("").any():
            continue
        parts = rows[rows["adm1_code"].ne("")].groupby("period")["value"].sum()
        whole = rows[rows[PLACES].eq("").all(axis=1)].set_index("period")["value"]
        assert parts.eq(whole.reindex(parts.index)).all(), name


def test_a_year_without_records_names_the_nearest(records):
    with pytest.raises(
        ParameterError,
        match=r"no record is dated in 2010: records run from 2003 to 2005; the nearest year .* is 2005",
    ):
        count(records, year=2010)


@pytest.mark.long
def test_events_that_nobody_counted_have_no_data_rather_than_zero(tmp_path):
    folder = write_minimal(tmp_path / "records")
    edit(
        folder, "campaign_events", "performance,3000,1600,1300,900,crowd_estimate", "performance,,,,,unknown"
    )
    cells = count(load_records(folder), year=2004)
    attendance = cells[
        cells["indicator"].eq("performance_attendance") & cells["period"].eq("2004")
    ].set_index("adm1_code")
    assert attendance.loc["KH12", "status"] == "no_data" and attendance["value"].isna()["KH12"]
    assert attendance.loc["KH01", "value"] == 0  # no event there: a zero, and that is a finding


@pytest.mark.long
def test_the_first_record_of_any_table_opens_the_span(tmp_path):
    folder = write_minimal(tmp_path / "records")
    edit(folder, "structures", "2004-05-01", "2002-05-01")
    cells = count(load_records(folder), year=2004)
    clubs = cells[cells["indicator"].eq("youth_clubs") & cells["adm1_code"].eq("")].set_index("period")[
        "value"
    ]
    assert clubs["2002"] == 1 and clubs["2002-01-01/2004-12-31"] == 1


def test_what_the_definitions_say_of_one_another_holds_in_the_sample(cells):
    """A relation that records can break would mislead whoever protects or attacks."""
    told = cells.set_index(["indicator", "period", *PLACES])["value"].unstack("indicator")
    for each in reference.table("relations").itertuples():
        there = [name for name in each.smaller.split() if name not in each.implied.split()]
        larger = told[each.larger.split()].sum(axis=1, skipna=False)
        room = (larger - told[there].sum(axis=1, skipna=False)).dropna()  # where all are planned
        assert len(room), each.relation
        wrong = room.ne(0) if each.kind == "equal" and not each.implied else room.lt(0)
        assert not wrong.any(), (each.relation, room[wrong].to_dict())
