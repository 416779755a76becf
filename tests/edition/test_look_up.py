"""Every number has an id by which an edition finds it, whatever kind of number it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_edition import cell, edition_of, small_edition

from ctip_analysis.base.errors import ParameterError, UnknownNameError
from ctip_analysis.edition import explain
from ctip_analysis.edition.look_up import NATIONAL_COLUMNS, history_id

TO_DATE = "2003-01-01/2004-12-31"


def test_a_published_figure_keeps_its_qualifier_unit_kind_and_source(edition):
    exposed = edition.fact("people_directly_exposed")
    assert exposed.words == "an estimated 150,000 people"
    assert (exposed.kind, exposed.id, exposed.period) == (
        "published",
        "people_directly_exposed:unstated::::",
        "unstated",
    )
    assert "The safe return home" in exposed.source


def test_a_derived_figure_says_what_it_was_worked_out_from(edition):
    share = edition.fact("D06")
    assert (share.number, share.kind) == ("72.2%", "derived") and "13 / 18" in share.source


@pytest.mark.parametrize(
    "figure", [pytest.param("D09", id="29 + 7 convictions"), pytest.param("D13", id="USD per person")]
)
def test_figures_that_must_not_be_printed_are_not_in_an_edition(edition, figure):
    with pytest.raises(ParameterError, match="no indicator"):
        edition.fact(figure)


def test_a_counted_fact_of_the_sample_is_synthetic(edition):
    attendance = edition.fact(f"performance_attendance:{TO_DATE}")
    assert (attendance.number, attendance.kind) == ("150,000", "synthetic")  # rule R03 makes it so
    per_show = edition.fact(f"performance_attendance:{TO_DATE}:::::per=performances_counted")
    assert per_show.number == "3,000"  # R04


def test_zero_no_data_not_applicable_and_withheld_are_distinct():
    edition = small_edition()
    words = [str(edition.fact(f"performance_attendance:2004:{code}")) for code in ("KH05", "KH11", "KH22", "KH23")]
    assert words == ["0", "no data", "not applicable", "a number withheld to protect people"]


@pytest.mark.parametrize("place", ["KH17", "kh17", "Siem Reap", "សៀមរាប", "17"])
def test_a_place_may_be_written_in_any_spelling_and_the_id_has_its_code(place):
    assert small_edition().fact(f"performances_held:2004:{place}").id == "performances_held:2004:KH17:::"


def test_a_zone_is_a_place():
    """Kampot 0, Koh Kong 0, Sihanoukville 0, Kep 9."""
    coast = small_edition().fact("performances_held:2004:Coastal")
    assert (coast.value, coast.place, coast.id) == (9, "Coastal", "performances_held:2004:Coastal:::")


def test_the_capital_is_a_zone_and_a_province_whichever_has_a_cell():
    assert small_edition().fact("performances_held:2004:Phnom Penh").id == "performances_held:2004:Phnom Penh:::"
    only_province = edition_of(cell("performances_held", "2004", 8, adm1_code="KH12"))
    assert only_province.fact("performances_held:2004:Phnom Penh").id == "performances_held:2004:KH12:::"


def test_an_unknown_place_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean Phnom Penh"):
        small_edition().fact("performances_held:2004:Phnom Pen")


def test_an_absent_cell_names_the_periods_there_are(edition):
    with pytest.raises(ParameterError, match=r"no cell performances_held:2009.*nationally it has .*2004"):
        edition.fact("performances_held:2009")
    with pytest.raises(
        ParameterError, match="no indicator 'performance_held' in this edition; did you mean performances_held"
    ):
        edition.fact("performance_held:2004")


def test_a_period_before_the_first_year_has_no_data():
    before = small_edition().fact("performances_held:2002")
    assert (before.status, before.unit, before.kind) == ("no_data", "performances", "synthetic")


def test_two_reporters_of_one_year_are_never_silently_merged(edition):
    with pytest.raises(ParameterError, match="needs one national figure, the reporters for that period are"):
        edition.fact("national.suspects_arrested:2031")
    row = edition.context.query("indicator == 'victims_rescued' and value == '298'").iloc[0]
    assert edition.fact(f"national.victims_rescued:2016::::{row['reporter_slug']}").value == 298


def test_a_year_without_a_national_figure_is_a_gap(edition):
    gap = edition.context[edition.context["evidence_level"].eq("not_found")].iloc[0]
    found = edition.fact(f"national.{gap['indicator']}:{gap['period']}::::{gap['reporter_slug']}")
    assert found.status == "no_data" and found.value is None


def test_what_later_sources_print_of_the_money_has_an_id(edition):
    from ctip_analysis.base import reference

    rows = reference.table("programme_history")
    wanted = history_id(rows[rows["value"].ne("")].iloc[0])
    assert edition.fact(str(wanted)).kind == "published"


def test_residents_between_censuses_are_derived(edition):
    """Kep had 28,660 residents in 1998 and 35,753 in 2008; 2004 is six tenths of the way."""
    kep = edition.fact("residents:2004:Kep")
    assert kep.value == round(28_660 + 0.6 * (35_753 - 28_660)) and kep.kind == "derived"


def test_residents_of_a_zone_are_those_of_its_provinces(edition):
    parts = [edition.fact(f"residents:2004:{code}").value for code in ("KH07", "KH09", "KH18", "KH23")]
    assert edition.fact("residents:2004:Coastal").value == sum(parts)


def test_a_figure_and_a_cell_of_one_name_are_distinguished_by_their_period(edition):
    assert edition.fact("campaign_provinces_reached").kind == "published"
    assert edition.fact("campaign_provinces_reached:unstated").number == "13"
    counted = edition.fact(f"campaign_provinces_reached:{TO_DATE}")
    assert (counted.kind, counted.number) == ("synthetic", "13")  # rule R02 makes it so


def test_a_year_is_no_quantity(edition):
    assert edition.fact("year_taf_became_primary_partner").number == "2004"


def test_a_target_has_an_id_and_an_absent_baseline_is_named(edition):
    plan = "performances_held:2003-01-01/2005-12-31"
    assert edition.fact(f"target.{plan}").words == "90 performances"
    with pytest.raises(ParameterError, match="no baseline is on record for performances_held"):
        edition.fact(f"baseline.{plan}")


@pytest.mark.parametrize("place, share", [("", "122.2%"), ("KH12", "no data")])  # 110 of 90, and of no target
def test_a_share_of_a_target_is_one_of_the_whole_country(place, share):
    known = small_edition()
    known = replace(known, targets=known.targets.assign(period="2004"))
    assert known.fact(f"performances_held:2004:{place}::::of_target").number == share


def test_a_label_has_the_words_of_its_groups():
    assert small_edition().fact("clients_assisted:2004::female:15_17").label == "Clients assisted, female, 15 to 17"


def test_explain_gives_definition_rule_and_source():
    lines = dict(explain(small_edition(), "performance_attendance:2004:Phnom Penh"))
    assert lines["fact"] == "performance_attendance:2004:KH12:::" and lines["place"] == "Phnom Penh"
    assert lines["counts not"].startswith("People: who comes twice")
    assert lines["rule"].startswith("sum; adds up over period")


def test_explain_says_that_a_source_states_no_period():
    assert dict(explain(small_edition(), "people_directly_exposed"))["period"] == "period not stated"


def test_figures_of_a_series_are_facts_in_the_order_of_time(edition):
    frame = edition.national("convictions")
    assert list(frame.columns) == NATIONAL_COLUMNS and frame["start"].is_monotonic_increasing
    for row in frame.itertuples():
        fact = edition.fact(row.id)
        assert (fact.value, fact.kind, fact.unit) == (row.value, row.kind, row.unit)


def test_a_tier_is_text_and_a_gap_is_no_row(edition):
    assert edition.national("tier")["value"].str.startswith("Tier").all()
    gaps = edition.context.query("evidence_level == 'not_found'")["series_id"]
    assert len(gaps) and not edition.national(gaps.iloc[0])["value"].isna().any()


def test_a_series_that_begins_later_is_empty_and_an_unknown_one_is_refused():
    early = small_edition().until("2004")
    assert early.national("convictions").empty
    with pytest.raises(ParameterError, match="no national series 'conviction'; did you mean convictions"):
        early.national("conviction")
