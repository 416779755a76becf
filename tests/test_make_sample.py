"""The synthetic sample, compared with the published totals by pandas alone."""

import doctest
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "data" / "make_sample.py"
SHIPPED = ROOT / "data" / "sample"
RESOURCES = {
    resource["name"]: resource
    for resource in json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))["resources"]
}
TABLES = [name for name, resource in RESOURCES.items() if resource["path"].startswith("sample/")]
DATED = {"campaign_events": "event_date", "trainings": "start_date", "structures": "established_date"} | {
    "clients": "intake_date", "services": "start_date", "rescues": "op_date", "cases": "referred_date",
    "subgrants": "start_date"}  # fmt: skip
STAGES = ["referred_date", "investigated_date", "charged_date", "tried_date", "judgment_date"]

spec = importlib.util.spec_from_file_location("make_sample", SCRIPT)
make_sample = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_sample)


def read(folder):
    """Every table of a record folder; whole numbers are numbers, everything else is text."""
    tables = {}
    for name in TABLES:
        rows = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for field in RESOURCES[name]["schema"]["fields"]:
            if field["type"] in ("integer", "number"):
                rows[field["name"]] = pd.to_numeric(rows[field["name"]])
        tables[name] = rows
    return tables


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def to_2004(tables):
    """The tables up to the end of 2004, with the performances alone and the services with their clients."""
    early = dict(tables)
    for name, column in DATED.items():
        early[name] = tables[name][tables[name][column] <= "2004-12-31"]
    roster = tables["training_roster"]
    early["training_roster"] = roster[roster["training_id"].isin(early["trainings"]["training_id"])]
    early["performances"] = early["campaign_events"].query("event_type == 'performance'")
    early["served"] = early["services"].merge(early["clients"], on="client_id", suffixes=("", "_client"))
    return early


WOMAN_OR_VICTIM = "(age_band == '18_plus' or client_type == 'victim')"
GIRL = "(client_type == 'at_risk' and age_band in ('under_15', '15_17') and sex == 'female')"
REFERRED = "case_kind == 'trafficking' and partner_id == 'NGO_PARTNERS' and partner_role == 'referred'"
POLICE, FORUMS = "audience_type == 'police'", "audience_type in ('community_member', 'migrant_worker')"
FOUR = (
    "service_type in ('reintegration_support', 'reintegrated', 'job_placement')"
    f" or (service_type == 'scholarship' and {WOMAN_OR_VICTIM})"
)

# rule, table, rows, column, how the column is counted, what must come out
PUBLISHED = [
    ("R01", "campaign_plan", "", "adm1_code", "nunique", 18),
    ("R02", "performances", "", "adm1_code", "nunique", 13),
    ("R03", "performances", "", "attendance_total", "sum", 150_000),
    ("R04", "performances", "", "attendance_total", "mean", 3_000),
    ("R05", "campaign_plan", "", "planned_performances", "sum", 90),
    (
        "R06",
        "trainings",
        f"{POLICE} and partner_id == 'IJM' and start_date >= '2004'",
        "n_completed",
        "sum",
        161,
    ),
    ("R07", "trainings", f"{POLICE} and partner_id == 'CDP'", "n_completed", "sum", 50),
    ("R08", "training_roster", "", "participant_key", "nunique", range(161, 212)),
    ("R09", "rescues", "op_date >= '2004'", "n_victims", "sum", 94),
    (
        "R10",
        "cases",
        "partner_role == 'advised' and '2004' <= judgment_date < '2005'",
        "n_convictions",
        "sum",
        29,
    ),
    ("R11", "clients", "", "client_id", "nunique", 1_378),
    ("R12", "served", "service_type == 'reintegration_support'", "client_id", "nunique", 1_288),
    ("R13", "served", "service_type == 'reintegrated'", "client_id", "nunique", 118),
    ("R14", "served", f"service_type == 'scholarship' and {WOMAN_OR_VICTIM}", "client_id", "nunique", 134),
    ("R15", "served", "service_type == 'job_placement'", "client_id", "nunique", 120),
    ("R17", "structures", "structure_type == 'community_network'", "structure_id", "nunique", 24),
    ("R18", "trainings", "audience_type == 'teacher'", "n_completed", "sum", range(501, 600)),
    ("R19", "structures", "structure_type == 'youth_club'", "structure_id", "nunique", 10),
    ("R20", "trainings", FORUMS, "n_participants", "sum", range(5_701, 5_800)),
    ("R21", "cases", REFERRED, "case_id", "nunique", 23),
    ("R22", "cases", REFERRED, "n_convictions", "sum", 7),
    ("R23", "cases", "partner_role == 'represented'", "case_id", "nunique", 68),
    ("R24", "served", f"service_type == 'scholarship' and {GIRL}", "client_id", "nunique", 80),
    ("R25", "structures", "structure_type == 'career_resource_center'", "structure_id", "nunique", 1),
    (
        "R26",
        "served",
        "service_type == 'career_resource_center' and sex == 'female'",
        "client_id",
        "nunique",
        34,
    ),
    ("R27", "subgrants", "prime_id == 'TAF'", "subgrantee_id", "nunique", 17),
    ("R28", "partners", "role == 'supported'", "partner_id", "nunique", 14),
]


def broken(tables):
    """The rules of PUBLISHED that the records up to 2004 do not meet."""
    early = to_2004(tables)
    found = []
    for rule, table, rows, column, how, expected in PUBLISHED:
        chosen = early[table].query(rows) if rows else early[table]
        value = getattr(chosen[column], how)()
        if value not in (expected if isinstance(expected, range) else [expected]):
            found.append(f"{rule}: {value}")
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Samples of the default years, of 14 years, and of another seed."""
    asked = {"default": {}, "long": {"years": (2003, 2016)}, "other": {"seed": 7, "years": (2000, 2005)}}
    at = tmp_path_factory.mktemp("samples")
    return {name: make_sample.write_sample(at / name, **options) for name, options in asked.items()}


@pytest.fixture(scope="module")
def samples(folders):
    return {name: read(folder) for name, folder in folders.items()}


@pytest.mark.parametrize("name", ["default", "long", "other"])
def test_the_sample_agrees_with_each_published_figure(samples, folders, name):
    assert broken(samples[name]) == []
    early = to_2004(samples[name])
    planned, reached = early["campaign_plan"]["adm1_code"], early["performances"]["adm1_code"]
    assert set(reached) <= set(planned)  # the second part of R02
    served = early["served"].drop_duplicates(["client_id", "service_type"]).query(FOUR)
    assert len(served) - served["client_id"].nunique() >= 282  # R16
    modes = pd.read_csv(folders[name] / "expect.csv", index_col="rule")["mode"].to_dict()
    assert modes == {f"R{n:02d}": "report" if n in (5, 29, 30) else "exact" for n in range(1, 31)}


def test_the_command_writes_the_shipped_sample_to_the_byte(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path)
    assert contents(tmp_path) == contents(SHIPPED)
    assert sum(map(len, contents(SHIPPED).values())) < 1_200_000


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_provinces(folders, samples, tmp_path):
    again = make_sample.write_sample(tmp_path, seed=7, years=(2000, 2005))
    assert contents(again) == contents(folders["other"])
    provinces = [set(samples[name]["campaign_plan"]["adm1_code"]) for name in ("default", "other")]
    assert provinces[0] != provinces[1]


def test_a_scale_multiplies_rows_and_totals_and_removes_expect_csv(samples, tmp_path):
    (tmp_path / "expect.csv").write_text("rule,mode\n")
    once, thrice = samples["default"], read(make_sample.write_sample(tmp_path, scale=3))
    early = to_2004(thrice)
    assert len(early["clients"]) == 3 * 1_378 and early["performances"]["attendance_total"].sum() == 450_000
    for name in set(TABLES) - {"partners", "obligations", "campaign_plan", "targets"}:
        assert len(thrice[name]) == pytest.approx(3 * len(once[name]), rel=0.1), name
    assert thrice["partners"].equals(once["partners"]) and thrice["obligations"].equals(once["obligations"])
    assert not (tmp_path / "expect.csv").exists()


@pytest.mark.parametrize("years", [(2000, 2002), (2006, 2007), (2014, 2014)])
def test_years_without_2003_and_2004_are_plain_volumes(tmp_path, years):
    tables = read(make_sample.write_sample(tmp_path, years=years))
    assert all(len(tables[name]) for name in TABLES if name != "obligations")
    assert not (tmp_path / "expect.csv").exists()


@pytest.mark.parametrize("name, first, last", [("default", "2003", "2005"), ("long", "2003", "2016")])
def test_rows_are_within_the_years_asked_for(samples, name, first, last):
    for table, column in DATED.items():
        days = samples[name][table][column]
        assert first <= days.min()[:4] and days.max()[:4] == last, table


def test_more_years_leave_the_earlier_performances_as_they_were(samples):
    columns = ["event_date", "adm1_code", "attendance_total", "count_method"]
    chosen = "event_type == 'performance' and event_date < '2006'"
    default, long = (
        samples[name]["campaign_events"].query(chosen)[columns].reset_index(drop=True)
        for name in ("default", "long")
    )
    pd.testing.assert_frame_equal(default, long)


def test_every_row_is_marked_synthetic_except_the_real_obligations(samples):
    for name in TABLES:
        marks = set(samples["long"][name].get("is_synthetic", []))
        assert marks == (set() if name == "obligations" else {"true"}), name
    amounts = samples["default"]["obligations"]["amount_usd"]
    assert sorted(amounts) == [65_998, 94_012, 890_000, 1_000_000]  # derived check D14: 2,050,010


def test_no_person_or_organisation_is_named_that_is_not_public(samples):
    sensitive = {"participant_key": r"[0-9a-f]{10}", "client_id": r"CL-\d{7}", "district": r"(District \d)?"}
    sensitive["commune"] = r"(Commune \d\d?)?"
    for name in TABLES:
        for column in set(sensitive) & set(samples["long"][name]):
            assert samples["long"][name][column].str.fullmatch(sensitive[column]).all(), (name, column)
    names = samples["default"]["partners"].query("role in ('subgrantee', 'supported')")["name"]
    assert len(names) == 31 and names.str.endswith("(placeholder)").all()


def test_tboung_khmum_appears_only_from_the_day_it_existed(samples):
    for name, column in DATED.items():
        rows = samples["long"][name]
        place = "adm1_origin" if name == "clients" else "adm1_code"
        if place in rows:
            assert (rows.loc[rows[place].eq("KH25"), column] >= "2013-12-31").all(), name
    assert samples["long"]["clients"]["adm1_origin"].eq("KH25").any()


def test_no_event_is_in_a_festival_week(samples):
    days = samples["long"]["campaign_events"]["event_date"]
    assert not days.str[5:].between("04-13", "04-19").any()
    for last_day in ("2004-10-14", "2012-10-15", "2016-10-01"):  # Pchum Ben
        near = pd.date_range(end=pd.Timestamp(last_day) + pd.Timedelta(days=2), periods=5).astype(str)
        assert not days.isin(near).any()


def test_what_an_analyst_must_meet_is_there(samples):
    by_origin = samples["default"]["clients"]["adm1_origin"].value_counts()
    assert (
        1 <= by_origin["KH23"] <= 10 and by_origin[""] > 10
    )  # counts that must be withheld, unknown origins
    blank = samples["default"]["campaign_events"].query(
        "event_type == 'performance' and attendance_total.isna()"
    )
    assert 1 <= len(blank) <= 2 and set(blank["count_method"]) == {"unknown"}
    intake = samples["long"]["clients"]
    years = intake["intake_date"].str[:4].astype(int).groupby(intake["partner_id"]).unique().map(set)
    assert max(years["NGO05"]) == 2004 and min(years["NGO17"]) == 2005
    assert years["NGO09"] == set(range(2003, 2017)) - {2008, 2009}


def test_columns_of_one_row_agree(samples):
    events, courses, cases = (samples["long"][name] for name in ("campaign_events", "trainings", "cases"))
    for parts in (["attendance_female", "attendance_male"], ["attendance_under18"]):
        known = events.dropna(subset=parts)
        assert (known[parts].sum(axis=1) <= known["attendance_total"]).all()
    assert (courses["start_date"] <= courses["end_date"]).all()
    assert (courses[["n_completed", "n_female"]].max(axis=1).fillna(0) <= courses["n_participants"]).all()
    services = samples["long"]["services"].merge(samples["long"]["clients"], on="client_id")
    assert (services["start_date"] >= services["intake_date"]).all()
    assert services["amount_usd"].notna().equals(services["service_type"].eq("scholarship"))
    assert all(sorted(filter(None, row)) == list(filter(None, row)) for row in cases[STAGES].to_numpy())
    assert (cases["n_convictions"] > 0).equals(cases["outcome"].eq("convicted"))


@pytest.mark.parametrize("name", TABLES)
def test_columns_words_and_keys_are_as_described(samples, name):
    rows, schema = samples["long"][name], RESOURCES[name]["schema"]
    assert list(rows) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        rules, values = field.get("constraints", {}), rows[field["name"]].astype(object)
        given = values[values.notna() & values.ne("")]
        assert len(given) == len(values) or not rules.get("required"), field["name"]
        assert set(given) <= set(rules.get("enum", given)), field["name"]
        assert all(re.search(rules.get("pattern", ""), str(value)) for value in set(given)), field["name"]
    if key := schema.get("primaryKey"):
        assert not rows.duplicated(key).any()
    for link in schema.get("foreignKeys", []):
        if link["reference"]["resource"] in TABLES:
            column = link["fields"] if isinstance(link["fields"], str) else link["fields"][0]
            target = link["reference"]["fields"]
            known = samples["long"][link["reference"]["resource"]][
                target if isinstance(target, str) else target[0]
            ]
            assert rows[column].isin([*known, ""]).all()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--years", "2005-2003"], "a first and a last year from 2000 to 2050; found '2005-2003'"),
        (["--years", "1999-2004"], "from 2000 to 2050"),
        (["--scale", "0"], "--scale: give a whole number, 1 or more; found 0"),
        (["--seed", "-1"], "--seed: give a whole number, 0 or more; found -1"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit, match="2"):
        make_sample.main([str(tmp_path / "none"), *arguments])
    assert words in capsys.readouterr().err and not (tmp_path / "none").exists()


def test_examples_in_docstrings_are_true():
    assert doctest.testmod(make_sample).failed == 0
