"""Spellings become codes, or the run stops with a proposal."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, UnknownNameError
from ctip_analysis.places import names

ZERO_WIDTH, NO_BREAK = "\u200b", "\u00a0"


def code(name: object) -> str:
    return names.province_codes(pd.Series([name])).iloc[0]


@pytest.mark.parametrize("name, expected", [
    pytest.param("Phnom Penh", "KH12", id="the name"),
    pytest.param("  phnom   PENH ", "KH12", id="spaces and case"),
    pytest.param(f"Phnom{NO_BREAK}Penh", "KH12", id="no-break space"),
    pytest.param("Phnom Penh Municipality", "KH12", id="trailing kind"),
    pytest.param("Province of Kandal", "KH08", id="leading kind"),
    pytest.param("Krong Kep", "KH23", id="Krong"),
    pytest.param("Khétt Kêb", "KH23", id="Khett and accents"),
    pytest.param("Siem-Reap", "KH17", id="hyphen"),
    pytest.param("Siem Riep", "KH17", id="misspelling in the alias table"),
    pytest.param("Kg. Cham", "KH03", id="short form with full stop"),
    pytest.param("Kp Thom", "KH06", id="short form without"),
    pytest.param("K. Speu", "KH05", id="one letter"),
    pytest.param("K’pong Chhnang", "KH04", id="apostrophe"),
    pytest.param("K. Kong", "KH09", id="one letter that is not Kampong is an alias"),
    pytest.param("Kompong Som", "KH18", id="old name of Sihanoukville"),
    pytest.param("Sihanoukville", "KH18", id="name until 2008"),
    pytest.param("P. Penh", "KH12", id="P. is Phnom here"),
    pytest.param("P. Vihear", "KH13", id="and Preah there"),
    pytest.param("Kâmpóng Spœ", "KH05", id="accents and ligature"),
    pytest.param("Oddâr Méanchey", "KH22", id="accents"),
    pytest.param("Mondulkiri", "KH11", id="one word for two"),
    pytest.param("KH12", "KH12", id="code"),
    pytest.param("kh-12", "KH12", id="code with hyphen"),
    pytest.param("12", "KH12", id="number"),
    pytest.param("1", "KH01", id="one digit"),
    pytest.param(7, "KH07", id="a number, not text"),
    pytest.param(7.0, "KH07", id="a number Excel made"),
    pytest.param("១២", "KH12", id="Khmer digits"),
])  # fmt: skip
def test_a_spelling_leads_to_its_province(name, expected):
    assert code(name) == expected


@pytest.mark.parametrize("name, expected", [
    pytest.param("កណ្ដាល", "KH08", id="Kandal, DA below"),
    pytest.param("កណ្តាល", "KH08", id="Kandal, TA below: looks the same"),
    pytest.param("ឧត្ដរមានជ័យ", "KH22", id="Otdar Meanchey, DA below"),
    pytest.param("ឧត្តរមានជ័យ", "KH22", id="Otdar Meanchey, TA below"),
    pytest.param("ខេត្តកំពត", "KH07", id="with the word for province"),
    pytest.param(f"ខេត្ត{ZERO_WIDTH}កំពង់{ZERO_WIDTH}ធំ", "KH06", id="zero-width spaces"),
    pytest.param("រាជធានីភ្នំពេញ", "KH12", id="with the word for capital"),
    pytest.param("ក្រុងប៉ៃលិន", "KH24", id="with the word for municipality"),
    pytest.param("ភំ្នពេញ", "KH12", id="Phnom Penh, sign typed before the subscript: looks the same"),
    pytest.param("ត្បូងឃំ្មុ", "KH25", id="Tboung Khmum, signs in another order"),
])  # fmt: skip
def test_khmer_spellings_lead_to_their_province(name, expected):
    assert code(name) == expected


def test_both_khmer_code_points_are_really_in_the_tables():
    """U+178A and U+178F look alike below another letter; an editor may have made them one."""
    provinces, aliases = reference.table("provinces"), reference.table("province_aliases")
    for unit in ("KH08", "KH22"):
        km = set(provinces.loc[provinces["adm1_code"].eq(unit), "name_km"])
        km |= set(aliases.loc[aliases["adm1_code"].eq(unit) & aliases["language"].eq("km"), "alias"])
        assert len(km) == 2
        assert {"\u178a" in name for name in km} == {True, False}


def test_every_name_and_alias_leads_to_its_own_code():
    aliases = reference.table("province_aliases")
    assert names.province_codes(aliases["alias"]).eq(aliases["adm1_code"]).all()
    provinces = reference.table("provinces")
    for column in ("name_en", "name_km", "adm1_code"):
        assert names.province_codes(provinces[column]).eq(provinces["adm1_code"]).all()


def test_the_index_stays_and_the_series_is_named():
    codes = names.province_codes(pd.Series(["Kep", "Pailin"], index=[7, 3]))
    assert list(codes.index) == [7, 3] and codes.name == "adm1_code" and list(codes) == ["KH23", "KH24"]


def test_no_names_give_no_codes():
    assert names.province_codes(pd.Series([], dtype="string")).empty


def test_every_unknown_spelling_is_listed_once_with_proposals_and_the_file_to_edit():
    spellings = pd.Series(["Kep", "Batambong", "Batambong", "Svay Rien", "Qqqq"])
    with pytest.raises(UnknownNameError) as caught:
        names.province_codes(spellings)
    message = str(caught.value)
    assert message.count("'Batambong'") == 1
    assert "Battambang" in message and "Svay Rieng" in message and "'Qqqq'" in message
    assert "data/reference/province_aliases.csv" in message and "'Kep'" not in message


@pytest.mark.parametrize("blank", ["", "  ", None, ZERO_WIDTH])
def test_a_blank_name_is_refused_and_counted(blank):
    with pytest.raises(UnknownNameError, match=r"blank in 2 row\(s\)"):
        names.province_codes(pd.Series([blank, "Kep", blank], dtype="string"))


NO_PROVINCES = [
    "-9",
    "-1",
    "−9",
    -9,
    -1.0,
    "KH-",
    "KH00",
    "KH26",
    "0",
    "26",
    "123",
    "Vientiane",
    "13 provinces",
    "Nationwide",
    "Kampong",
]


@pytest.mark.parametrize("name", NO_PROVINCES)
def test_what_is_no_province_is_unknown_to_the_lookup(name):
    assert names.lookup(pd.Series([name])).isna().all()


def test_near_spellings_are_proposed_but_never_applied():
    assert names.nearest("Battambong")[0] == "Battambang"
    assert len(names.nearest("Kampong Ch")) <= 3
    assert names.nearest("Qqqq") == []


def test_a_spelling_for_two_provinces_is_refused():
    table = pd.DataFrame({"alias": ["Kandal", "kan-dal"], "adm1_code": ["KH08", "KH23"]})
    with pytest.raises(DataError, match="one spelling for KH08 and KH23"):
        names.spellings_by_fold(table)


@given(st.text())
def test_whatever_is_typed_the_lookup_answers_a_code_or_nothing(text):
    found = names.lookup(pd.Series([text], dtype="string")).iloc[0]
    assert found is pd.NA or found.startswith("KH")


def test_one_name_or_a_list_will_do():
    assert names.province_codes("Kep").tolist() == ["KH23"]
    assert names.province_codes(["Kep", 12]).tolist() == ["KH23", "KH12"]


def test_every_unit_has_a_zone_and_the_capital_one_of_its_own():
    zones = names.zones()
    assert set(zones) == set(reference.table("provinces")["adm1_code"])
    assert [code for code, zone in zones.items() if zone == "Phnom Penh"] == ["KH12"]


def test_residents_of_the_zones_add_up_to_those_printed_with_them():
    """The source prints 5,898,305 for the Plain with the capital, and 3,505,448 around Tonle Sap, both of 1998."""
    people = reference.table("population").query("census_year == 1998")
    by_zone = people.groupby(people["adm1_code"].map(names.zones()))["residents"].sum()
    assert by_zone["Plain"] + by_zone["Phnom Penh"] == 5_898_305 and by_zone["Tonle Sap"] == 3_505_448


@pytest.mark.parametrize("text, place", [
    ("", ""), ("unknown", "unknown"), ("Tonle Sap", "Tonle Sap"), ("Phnom Penh", "Phnom Penh"), ("kh-3", "KH03"),
    ("Siem Reap", "KH17"),
])  # fmt: skip
def test_a_place_of_a_cell_is_a_zone_or_any_spelling_of_a_province(text, place):
    assert names.place(text) == place
