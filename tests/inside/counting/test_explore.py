"""What an analyst asks of the records, held against plain loops over the sample's files."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict

import pytest

from ctip_analysis.base.reference import ROOT
from ctip_analysis.inside.counting import explore


def rows_of(table: str) -> list[dict[str, str]]:
    with (ROOT / "data/sample" / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_performances_come_with_the_largest_first_and_the_uncounted_last(records):
    found = explore.performances(records, "2004")
    held = [
        row
        for row in rows_of("campaign_events")
        if row["event_type"] == "performance" and row["event_date"].startswith("2004")
    ]
    counted = sorted((int(row["attendance_total"]) for row in held if row["attendance_total"]), reverse=True)
    assert len(found) == len(held)
    assert list(found["attendance_total"].dropna()) == counted
    assert found["attendance_total"].isna().tolist() == sorted(found["attendance_total"].isna())


def test_province_months_add_up_to_the_year(records):
    found = explore.province_months(records, "2004")
    assert found["attendance"].sum() == explore.performances(records, "2004")["attendance_total"].sum()
    assert found["running_share"].iloc[-1] == pytest.approx(100)
    assert found["attendance"].is_monotonic_decreasing


def test_count_methods_cover_every_performance(records):
    assert explore.count_methods(records, "2004")["performances"].sum() == len(
        explore.performances(records, "2004")
    )


@pytest.mark.parametrize("table", ["clients", "campaign_events", "trainings"])
@pytest.mark.parametrize("by", ["partner", "quarter"])
def test_lacking_counts_blank_and_unknown_alike(records, table, by):
    columns = {
        "clients": ("intake_date", "sex"),
        "campaign_events": ("event_date", "attendance_female"),
        "trainings": ("start_date", "n_female"),
    }
    day, sex = columns[table]
    held, lacks = Counter(), Counter()
    for row in rows_of(table):
        if row[day].startswith("2004"):
            key = row["partner_id"] if by == "partner" else f"2004Q{(int(row[day][5:7]) + 2) // 3}"
            held[key] += 1
            lacks[key] += row[sex] in ("", "unknown")
    found = explore.lacking(records, table, "2004", by=by).set_index(by)
    assert found["rows"].to_dict() == held
    assert found["lacks_sex"].to_dict() == pytest.approx({key: 100 * lacks[key] / held[key] for key in held})


def test_kinds_of_service_count_each_client_once(records):
    kinds, episodes = defaultdict(set), Counter()
    for row in rows_of("services"):
        if "2003" <= row["start_date"][:4] <= "2004":
            kinds[row["client_id"]].add(row["service_type"])
            episodes[row["client_id"]] += 1
    expected = Counter(len(found) for found in kinds.values())
    found = explore.kinds_of_service(records, "2003-01-01/2004-12-31").set_index("kinds")
    assert found["clients"].to_dict() == expected
    assert found["episodes"].sum() == episodes.total()


def test_sizes_are_those_of_the_files(records):
    found = explore.sizes(records).set_index("table")["rows"]
    assert found["cases"] == len(rows_of("cases")) and set(found.index) == set(records.names)


def test_what_it_opens_is_internal_and_nothing_in_it_is_withheld(records):
    source = explore.internal(records, year=2003)
    assert source.is_internal and source.is_synthetic
    assert "withheld" not in set(source.frame["status"])
