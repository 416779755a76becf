"""The synthetic sample, held against the published totals with nothing but the csv module."""

import csv
import doctest
import json
import re
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.inside.records.load import load_records
from ctip_analysis.sample import draws as sample_draws
from ctip_analysis.sample.write import write_sample

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data" / "sample"
AS_OF = "2004-12-31"
STAGES = ("referred", "investigated", "charged", "tried", "judgment")
TABLES = [
    "partners",
    "campaign_plan",
    "campaign_events",
    "trainings",
    "training_roster",
    "structures",
    "clients",
    "services",
    "rescues",
    "cases",
    "subgrants",
    "obligations",
]
DATED = {
    "campaign_events": "event_date",
    "trainings": "start_date",
    "structures": "established_date",
    "clients": "intake_date",
    "services": "start_date",
    "rescues": "op_date",
    "cases": "referred_date",
    "subgrants": "start_date",
}


def read(folder):
    """Every table of a record folder as a list of rows of text."""
    return {
        name: list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8", newline="")))
        for name in TABLES
    }


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def total(rows, column):
    return sum(int(row[column]) for row in rows if row[column])


def distinct(rows, column):
    return {row[column] for row in rows}


class Facts:
    """The 28 published figures as the records up to the end of 2004 show them."""

    def __init__(self, folder):
        tables = read(folder)
        course_day = {row["training_id"]: row["start_date"] for row in tables["trainings"]}
        for name, column in DATED.items():
            tables[name] = [row for row in tables[name] if row[column] <= AS_OF]
        tables["training_roster"] = [
            row for row in tables["training_roster"] if course_day[row["training_id"]] <= AS_OF
        ]
        self.tables = tables
        self.client = {row["client_id"]: row for row in tables["clients"]}
        self.early = [
            row
            for row in tables["campaign_events"]
            if row["event_type"] == "performance" and row["campaign_year"] in ("1", "2")
        ]

    def of(self, name, **wanted):
        return [row for row in self.tables[name] if all(row[key] == value for key, value in wanted.items())]

    def served(self, service, who=lambda client: True):
        ids = distinct(self.of("services", service_type=service), "client_id")
        return {key for key in ids if who(self.client[key])}


def is_woman_or_victim(client):
    return client["age_band"] == "18_plus" or client["client_type"] == "victim"


def is_girl_at_risk(client):
    return (
        client["client_type"] == "at_risk"
        and client["age_band"] in ("under_15", "15_17")
        and client["sex"] == "female"
    )


def in_2004(rows, column):
    return [row for row in rows if row[column].startswith("2004")]


def referred(facts):
    return facts.of("cases", case_kind="trafficking", partner_id="NGO_PARTNERS", partner_role="referred")


def four_services(facts):
    return [
        facts.served("reintegration_support"),
        facts.served("reintegrated"),
        facts.served("scholarship", is_woman_or_victim),
        facts.served("job_placement"),
    ]


RULES = {
    "R01": lambda f: len(distinct(f.tables["campaign_plan"], "adm1_code")) == 18,
    "R02": lambda f: (
        len(distinct(f.early, "adm1_code")) == 13
        and distinct(f.early, "adm1_code") <= distinct(f.tables["campaign_plan"], "adm1_code")
    ),
    "R03": lambda f: total(f.early, "attendance_total") == 150_000,
    "R04": lambda f: total(f.early, "attendance_total") == 3_000 * len(f.early),
    "R05": lambda f: total(f.tables["campaign_plan"], "planned_performances") == 90,
    "R06": lambda f: (
        total(
            in_2004(f.of("trainings", partner_id="IJM", audience_type="police"), "start_date"), "n_completed"
        )
        == 161
    ),
    "R07": lambda f: total(f.of("trainings", partner_id="CDP", audience_type="police"), "n_completed") == 50,
    "R08": lambda f: 161 <= len(distinct(f.tables["training_roster"], "participant_key")) <= 211,
    "R09": lambda f: total(in_2004(f.of("rescues", partner_id="IJM"), "op_date"), "n_victims") == 94,
    "R10": lambda f: (
        total(
            in_2004(f.of("cases", partner_id="IJM", partner_role="advised"), "judgment_date"), "n_convictions"
        )
        == 29
    ),
    "R11": lambda f: len(f.client) == 1_378,
    "R12": lambda f: len(f.served("reintegration_support")) == 1_288,
    "R13": lambda f: (
        len(f.served("reintegrated")) == 118 and f.served("reintegrated") <= f.served("reintegration_support")
    ),
    "R14": lambda f: len(f.served("scholarship", is_woman_or_victim)) == 134,
    "R15": lambda f: len(f.served("job_placement")) == 120,
    "R16": lambda f: (
        len(set().union(*four_services(f))) <= 1_378
        and sum(map(len, four_services(f))) - len(set().union(*four_services(f))) >= 282
    ),
    "R17": lambda f: len(f.of("structures", structure_type="community_network")) == 24,
    "R18": lambda f: total(f.of("trainings", audience_type="teacher"), "n_completed") > 500,
    "R19": lambda f: len(f.of("structures", structure_type="youth_club")) == 10,
    "R20": lambda f: (
        total(
            f.of("trainings", audience_type="community_member")
            + f.of("trainings", audience_type="migrant_worker"),
            "n_participants",
        )
        > 5_700
    ),
    "R21": lambda f: len(referred(f)) == 23,
    "R22": lambda f: total(referred(f), "n_convictions") == 7,
    "R23": lambda f: (
        len(
            f.of("cases", case_kind="domestic_violence", partner_role="represented")
            + f.of("cases", case_kind="rape", partner_role="represented")
        )
        == 68
    ),
    "R24": lambda f: (
        len(f.served("scholarship", is_girl_at_risk)) == 80
        and f.served("scholarship", is_girl_at_risk).isdisjoint(f.served("scholarship", is_woman_or_victim))
    ),
    "R25": lambda f: len(f.of("structures", structure_type="career_resource_center")) == 1,
    "R26": lambda f: (
        len(f.served("career_resource_center")) == 34
        and {f.client[key]["sex"] for key in f.served("career_resource_center")} == {"female"}
    ),
    "R27": lambda f: len(distinct(f.of("subgrants", prime_id="TAF"), "subgrantee_id")) == 17,
    "R28": lambda f: len(f.of("partners", role="supported")) == 14,
}


@pytest.fixture(scope="module")
def default(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("long"), years=(2003, 2016))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("other"), seed=7, years=(2003, 2004))


@pytest.fixture(scope="module")
def facts(default):
    return Facts(default)


@pytest.mark.parametrize("rule", RULES)
def test_the_default_sample_agrees_with_each_published_figure(facts, rule):
    assert RULES[rule](facts)


def test_the_rules_hold_for_another_seed_and_for_longer_and_shorter_samples(long, other, tmp_path):
    early = write_sample(tmp_path / "early", seed=11, years=(2000, 2005))
    for folder in (long, other, early):
        found = Facts(folder)
        assert [rule for rule, holds in RULES.items() if not holds(found)] == []
        assert (folder / "expect.csv").is_file()


def test_expect_csv_promises_every_published_rule_and_only_reports_the_rest(default):
    rows = list(csv.DictReader((default / "expect.csv").open(encoding="utf-8", newline="")))
    modes = {row["rule"]: row["mode"] for row in rows}
    assert modes == {f"R{n:02d}": "report" if n in (5, 29, 30) else "exact" for n in range(1, 31)}


def test_the_shipped_sample_is_a_fresh_one_to_the_byte(default):
    assert contents(SHIPPED) == contents(default)


def test_the_shipped_sample_is_small():
    assert sum(map(len, contents(SHIPPED).values())) < 1_200_000


def test_the_same_seed_gives_the_same_bytes(other, tmp_path):
    assert contents(write_sample(tmp_path, seed=7, years=(2003, 2004))) == contents(other)


def test_another_seed_draws_other_provinces(default, other):
    drawn, others = (distinct(read(folder)["campaign_plan"], "adm1_code") for folder in (default, other))
    assert drawn != others


def test_every_row_is_synthetic_but_the_obligations_have_no_such_column(default, long):
    for folder in (default, long):
        for name, rows in read(folder).items():
            marks = {row.get("is_synthetic") for row in rows}
            assert marks == ({None} if name == "obligations" else {"true"}), name


def test_obligations_are_the_real_ones_of_the_years_and_add_up_to_the_state_list(default, long):
    known = {("2003", "94012"), ("2003", "1000000"), ("2003", "890000"), ("2003", "65998")}
    rows = read(default)["obligations"]
    assert {(row["fiscal_year"], row["amount_usd"]) for row in rows} == known
    assert total(rows, "amount_usd") == 2_050_010  # derived check D14
    assert all(row["source"] for row in rows)
    later = [row for row in read(long)["obligations"] if row["fiscal_year"] != "2003"]
    assert [(row["recipient"], row["amount_usd"]) for row in later] == [("TAF", "1967032")]


def test_tboung_khmum_appears_only_from_the_day_it_existed(long):
    tables = read(long)
    course_day = {row["training_id"]: row["start_date"] for row in tables["trainings"]}
    assert "KH25" not in distinct(tables["campaign_plan"], "adm1_code")
    for name, column in DATED.items():
        place = "adm1_origin" if name == "clients" else "adm1_code"
        days = [row[column] for row in tables[name] if row.get(place) == "KH25"]
        assert all(day >= "2013-12-31" for day in days), name
    assert any(row["adm1_origin"] == "KH25" for row in tables["clients"])
    assert any(row["adm1_code"] == "KH25" for row in tables["campaign_events"])
    assert max(course_day.values()) >= "2016-01-01"


def test_rows_lie_within_the_years_asked_for(default, long):
    for folder, first, last in ((default, "2003", "2005"), (long, "2003", "2016")):
        for name, column in DATED.items():
            days = [row[column] for row in read(folder)[name]]
            assert first <= min(days)[:4] and max(days)[:4] == last, name


def test_more_years_leave_the_earlier_performances_as_they_were(default, long):
    def performances(folder):
        return [
            (row["event_date"], row["adm1_code"], row["attendance_total"])
            for row in read(folder)["campaign_events"]
            if row["event_type"] == "performance" and row["event_date"] <= "2005-12-31"
        ]

    assert performances(default) == performances(long)


def test_a_scale_multiplies_rows_and_totals_and_promises_nothing(default, tmp_path):
    write_sample(tmp_path)  # an expect.csv of an earlier run must not survive
    once, thrice = read(default), read(write_sample(tmp_path, scale=3))
    facts = Facts(tmp_path)
    assert len(facts.client) == 3 * 1_378 and total(facts.early, "attendance_total") == 450_000
    assert len(distinct(facts.early, "adm1_code")) == 13
    for name in ("campaign_events", "trainings", "clients", "services", "cases", "rescues", "subgrants"):
        assert len(thrice[name]) == pytest.approx(3 * len(once[name]), rel=0.1), name
    assert len(thrice["partners"]) == len(once["partners"]) and thrice["obligations"] == once["obligations"]
    assert not (tmp_path / "expect.csv").exists()


def test_years_without_2003_and_2004_are_plain_volumes_and_promise_nothing(tmp_path):
    for years in ((2000, 2002), (2006, 2007), (2014, 2014)):
        folder = write_sample(tmp_path / str(years[0]), years=years)
        tables = read(folder)
        assert all(tables[name] for name in TABLES if name != "obligations")
        load_records(folder)
        assert not (folder / "expect.csv").exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"years": (2005, 2003)}, "first and a last year"),
        ({"years": (1999, 2004)}, "from 2000"),
        ({"scale": 0}, "1 or more"),
        ({"seed": -1}, "0 or a positive"),
    ],
)
def test_wrong_arguments_are_refused_in_words(tmp_path, arguments, words):
    with pytest.raises(ParameterError, match=words):
        write_sample(tmp_path / "none", **arguments)
    assert not (tmp_path / "none").exists()


def test_no_event_falls_in_a_festival_week(long):
    for row in read(long)["campaign_events"]:
        assert not "04-13" <= row["event_date"][5:] <= "04-19"
    # Pchum Ben of 2004 ended on 14 October, of 2012 on 15 October, of 2016 on 1 October
    for day in (date(2004, 10, 14), date(2012, 10, 15), date(2016, 10, 1)):
        near = {(day + timedelta(step)).isoformat() for step in range(-2, 3)}
        assert not near & distinct(read(long)["campaign_events"], "event_date")


def test_partners_start_stop_and_pause(long):
    years = defaultdict(set)
    for row in read(long)["clients"]:
        years[row["partner_id"]].add(int(row["intake_date"][:4]))
    assert max(years["NGO05"]) == 2004 and min(years["NGO17"]) == 2005
    assert years["NGO09"] == set(range(2003, 2017)) - {2008, 2009}


def test_small_provinces_have_counts_that_must_be_withheld(facts):
    by_origin = defaultdict(int)
    for row in facts.tables["clients"]:
        by_origin[row["adm1_origin"]] += 1
    assert 1 <= by_origin["KH23"] <= 10 and by_origin[""] > 10


def test_two_performances_of_the_third_year_were_not_counted(default):
    blank = [
        row
        for row in read(default)["campaign_events"]
        if row["event_type"] == "performance" and not row["attendance_total"]
    ]
    assert 1 <= len(blank) <= 2 and all(row["event_date"] >= "2005" for row in blank)
    assert {row["count_method"] for row in blank} == {"unknown"}


def test_a_service_begins_on_or_after_intake_and_only_scholarships_have_an_amount(default):
    tables = read(default)
    intake = {row["client_id"]: row["intake_date"] for row in tables["clients"]}
    for row in tables["services"]:
        assert row["start_date"] >= intake[row["client_id"]]
        assert bool(row["amount_usd"]) == (row["service_type"] == "scholarship")


def test_rescues_of_2003_do_not_imitate_the_real_operation(facts):
    assert total([row for row in facts.tables["rescues"] if row["op_date"] < "2004"], "n_victims") != 37
    assert "37" not in distinct(facts.tables["rescues"], "n_victims")


# Described columns, keys and row rules, read from the description and checked by hand-written code.

PACKAGE = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource["schema"] for resource in PACKAGE["resources"]}
SHAPES = {
    "integer": r"-?\d+",
    "number": r"-?\d+(\.\d+)?",
    "date": r"\d{4}-\d\d-\d\d",
    "boolean": "true|false",
}


def fits(text, column):
    rules = column.get("constraints", {})
    if not text:
        return not rules.get("required")
    shape = SHAPES.get(column["type"], r".+")
    return (
        re.fullmatch(shape, text)
        and text in rules.get("enum", [text])
        and re.search(rules.get("pattern", ""), text)
        and ("minimum" not in rules or float(text) >= rules["minimum"])
        and ("maximum" not in rules or float(text) <= rules["maximum"])
    )


@pytest.mark.parametrize("name", TABLES)
def test_columns_values_and_keys_are_as_described(default, long, name):
    for folder in (default, long):
        tables, schema = read(folder), RESOURCES[name]
        assert list(tables[name][0]) == [column["name"] for column in schema["fields"]]
        for column in schema["fields"]:
            assert {v for v in distinct(tables[name], column["name"]) if not fits(v, column)} == set()
        if key := schema.get("primaryKey"):
            key = [key] if isinstance(key, str) else key
            assert len({tuple(row[part] for part in key) for row in tables[name]}) == len(tables[name])
        for link in schema.get("foreignKeys", []):
            target = link["reference"]
            if target["resource"] in tables:
                known = distinct(tables[target["resource"]], target["fields"]) | {""}
                assert distinct(tables[name], link["fields"]) <= known


def test_row_rules_hold(default, long):
    for folder in (default, long):
        tables = read(folder)
        for row in tables["campaign_events"]:
            women, men = total([row], "attendance_female"), total([row], "attendance_male")
            assert women + men <= total([row], "attendance_total")
            assert total([row], "attendance_under18") <= total([row], "attendance_total")
        for row in tables["trainings"]:
            assert row["start_date"] <= row["end_date"]
            assert max(total([row], "n_completed"), total([row], "n_female")) <= int(row["n_participants"])
        for row in tables["services"] + tables["subgrants"]:
            assert not row["end_date"] or row["start_date"] <= row["end_date"]
        for row in tables["clients"]:
            assert row["client_type"] == "victim" or not row["exploitation_type"]
        for row in tables["cases"]:
            dates = [row[f"{stage}_date"] for stage in STAGES]
            assert sorted(filter(None, dates)) == list(filter(None, dates))
            assert (int(row["n_convictions"]) > 0) == (row["outcome"] == "convicted")
            if row["judgment_date"]:
                assert (date.fromisoformat(dates[-1]) - date.fromisoformat(dates[0])).days >= 90


def test_parts_add_up_and_examples_in_docstrings_are_true():
    assert doctest.testmod(sample_draws).failed == 0
