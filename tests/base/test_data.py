"""The shipped tables: described, pinned, and saying what their sources print."""

import json

import pandas as pd
import pytest
from frictionless import Package

from ctip_analysis.base import reference
from ctip_analysis.base.reference import ROOT

PACKAGES = ("data/datapackage.json", "shapefiles/datapackage.json")
DESCRIBED = json.loads((ROOT / PACKAGES[0]).read_text(encoding="utf-8"))["resources"]
PINNED = [
    (package, resource)
    for package in PACKAGES
    for resource in json.loads((ROOT / package).read_text(encoding="utf-8"))["resources"]
    if not resource["path"].startswith("sample/")
]
FIELDS = [(resource["name"], field) for resource in DESCRIBED for field in resource["schema"]["fields"]]

# Typed by hand from the fact sheet, with the words around each number.
FACT_SHEET = {
    "P01": (5_000_000, "approximately", "USAID has provided approximately $5 million since 2003"),
    "P02": (18, "exact", "launched an information campaign in 18 provinces"),
    "P03": (14, "exact", "psycho-social rehabilitation and material support to 14 local NGOs"),
    "P04": (10, "over", "democratization and decentralization programs for over 10 years"),
    "P05": (2004, "exact", "As of 2004, TAF became USAID's primary partner"),
    "P06": (17, "exact", "provides sub-grants and technical assistance to 17 local NGOs"),
    "P07": (3_000, "average", "averaging 3,000 attendees per performance"),
    "P08": (150_000, "estimated", "An estimated 150,000 people from 13 provinces"),
    "P09": (13, "exact", "An estimated 150,000 people from 13 provinces have been directly exposed"),
    "P10": (161, "exact", "In 2004, IJM trained 161 police officers"),
    "P11": (94, "exact", "assisted in rescuing 94 victims"),
    "P12": (29, "exact", "advised in court cases resulting in 29 convictions"),
    "P13": (50, "exact", "CDP trained 50 police staff"),
    "P14": (1_378, "exact", "assisted 1,378 at-risk women and trafficked victims"),
    "P15": (1_288, "exact", "provided reintegration support to 1,288"),
    "P16": (118, "exact", "reintegrated 118 persons back into the community"),
    "P17": (134, "exact", "provided scholarships to 134 at-risk women and victims"),
    "P18": (120, "exact", "helped 120 at-risk women and trafficked victims to obtain employment"),
    "P19": (24, "exact", "established 24 community networks in the provinces"),
    "P20": (500, "over", "Over 500 teachers have been trained"),
    "P21": (10, "exact", "Ten youth clubs were formed"),
    "P22": (5_700, "over", "Over 5,700 community members and migrant workers participated"),
    "P23": (23, "exact", "Twenty-three cases of human trafficking have been referred to court"),
    "P24": (7, "exact", "by NGO partners resulting in 7 convictions"),
    "P25": (68, "exact", "in 68 cases of domestic violence and rape"),
    "P26": (80, "exact", "Scholarships were provided to 80 at-risk girls in secondary schools"),
    "P27": (1, "exact", "a Career Resource Center was established"),
    "P28": (34, "exact", "which has served 34 female victims"),
}


# --- descriptions and pins


@pytest.mark.parametrize("package, resource", PINNED, ids=[resource["path"] for _, resource in PINNED])
def test_every_pin_holds(package, resource):
    path = (ROOT / package).parent / resource["path"]
    assert reference.pinned(path, resource).stat().st_size == resource["bytes"]


def test_every_reference_and_published_table_is_described():
    described = {resource["path"] for resource in DESCRIBED}
    for folder in ("reference", "published"):
        for path in (ROOT / "data" / folder).iterdir():
            assert f"{folder}/{path.name}" in described


@pytest.mark.parametrize("table, field", FIELDS, ids=[f"{table}.{field['name']}" for table, field in FIELDS])
def test_every_column_is_described_and_a_number_has_a_unit(table, field):
    assert len(field["description"]) > 5
    assert field["type"] in {"string", "integer", "number", "boolean", "date"}
    assert ("unit" in field) == (field["type"] in {"integer", "number"})


def test_lists_of_permitted_words_are_those_of_the_vocabularies():
    words = reference.table("vocabularies").groupby("vocabulary")["value"].apply(list)
    named = [field for _, field in FIELDS if "vocabulary" in field]
    assert len(named) > 15
    for field in named:
        assert field["constraints"]["enum"] == words[field["vocabulary"]]


def test_columns_that_may_name_a_person_or_a_small_place_are_marked():
    marked = {(table, field["name"]) for table, field in FIELDS if field.get("sensitive")}
    persons = {("clients", "client_id"), ("services", "client_id"), ("training_roster", "participant_key")}
    assert marked >= persons | {("campaign_events", "district"), ("campaign_events", "commune")}


@pytest.mark.parametrize("package", PACKAGES)
def test_frictionless_finds_no_fault(package):
    report = Package(str(ROOT / package)).validate()
    assert report.valid, report.to_summary()


# --- what the tables say


@pytest.mark.parametrize("census, units, people", [
    pytest.param(1998, 24, 11_437_656, id="1998"),
    pytest.param(2008, 24, 13_395_682, id="2008"),
    pytest.param(2019, 25, 15_552_211, id="2019"),
])  # fmt: skip
def test_residents_of_a_census_add_up_to_the_printed_national_total(census, units, people):
    table = reference.table("population")
    rows = table[table["census_year"].eq(census)]
    assert rows["adm1_code"].nunique() == len(rows) == units
    assert rows["residents"].sum() == people


def test_men_and_women_of_2008_add_up_in_every_province():
    table = reference.table("population").dropna(subset="residents_male")
    assert table["census_year"].eq(2008).all() and len(table) == 24
    assert (table["residents_male"] + table["residents_female"]).eq(table["residents"]).all()


def test_cells_not_yet_compared_with_the_printed_tables_are_marked():
    """All 24 of 2008 were compared, 9 of the 24 of 1998, and 21 of the 25 of 2019."""
    unchecked = reference.table("population").query("status == 'unchecked'")["census_year"].value_counts()
    assert unchecked.to_dict() == {1998: 15, 2019: 4}


@pytest.mark.parametrize("figure", FACT_SHEET)
def test_a_published_figure_is_the_one_in_the_fact_sheet(figure):
    value, qualifier, words = FACT_SHEET[figure]
    row = reference.table("published_results").set_index("id").loc[figure]
    assert row["value"] == value and row["qualifier"] == qualifier
    assert row["numeral_as_printed"].casefold() in words.casefold()


def test_there_are_28_published_figures_and_20_have_no_period_of_their_own():
    """P10–P12 carry a year, P08–P09 name two years, P01, P04 and P05 give a start or a duration."""
    table = reference.table("published_results")
    dated = {"P01", "P04", "P05", "P08", "P09", "P10", "P11", "P12"}
    assert set(table["id"]) == set(FACT_SHEET)
    without = set(table.loc[table["period_as_stated"].str.startswith("not stated"), "id"])
    assert without == set(FACT_SHEET) - dated


@pytest.mark.parametrize("check, expected", [
    pytest.param("D01", 150_000 / 3_000, id="performances implied"),
    pytest.param("D05", 18 * 5, id="performances planned"),
    pytest.param("D06", 100 * 13 / 18, id="share of provinces reached"),
    pytest.param("D07", 100 * 118 / 1_288, id="reintegrated per recipient"),
    pytest.param("D08", 100 * 7 / 23, id="convictions per case referred"),
    pytest.param("D12", 1_288 + 118 + 134 + 120 - 1_378, id="memberships that repeat"),
    pytest.param("D14", 890_000 + 94_012 + 65_998 + 1_000_000, id="grants of 2003"),
])  # fmt: skip
def test_a_derived_figure_is_the_arithmetic_it_names(check, expected):
    value = reference.table("derived_checks").set_index("id")["value"]
    assert value[check] == pytest.approx(expected, rel=0.005)


def test_sums_that_must_never_be_printed_are_marked():
    table = reference.table("derived_checks")
    assert set(table.loc[table["publish"].eq("no"), "id"]) == {"D09", "D13"}


def test_provinces_are_drawn_only_where_a_source_names_them():
    table = reference.table("named_geography")
    assert table.groupby("programme").size().to_dict() == {"CTIP II": 7, "CTIP IV": 8}
    assert table["source"].str.contains("http").all()
    assert table["period_start"].ge(2011).all(), "the provinces of the 2003 campaign are not public"


def test_gaps_in_the_national_series_are_empty_and_figures_have_a_source():
    table = reference.table("national_series")
    gap = table["evidence_level"].eq("not_found")
    assert table.loc[gap, "value"].eq("").all()
    assert table.loc[~gap, "value"].ne("").all() and table.loc[~gap, "source"].ne("").all()


def test_two_official_values_for_one_year_both_stand():
    table = reference.table("national_series").query("indicator == 'victims_rescued' and year == 2016")
    assert set(table["value"]) == {"244", "298"}


def test_periods_of_a_unit_follow_each_other_without_gap_or_overlap():
    for _, rows in reference.table("provinces").sort_values("valid_from").groupby("adm1_code"):
        ends = pd.to_datetime(rows["valid_to"].iloc[:-1]) + pd.Timedelta(days=1)
        assert list(ends.dt.strftime("%Y-%m-%d")) == list(rows["valid_from"].iloc[1:])
        assert rows["valid_to"].iloc[-1] == ""
