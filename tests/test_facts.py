"""Facts: every number by its id, worded with what has to travel with it."""

from __future__ import annotations

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import NotReleasedError, ParameterError
from ctip_analysis.edition import facts

TO_DATE = "2003-01-01/2004-12-31"


def test_an_id_is_printed_with_all_its_parts_and_read_back():
    assert str(facts.FactId.parse("performance_attendance:2004")) == "performance_attendance:2004::::"
    full = "performance_attendance:2004:KH12:::IOM:per=performances_counted"
    assert str(facts.FactId.parse(full)) == full


@pytest.mark.parametrize("text", ["", ":2004", "a:b:c:d:e:f:g:h"])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ParameterError, match="is not a fact id"):
        facts.FactId.parse(text)


@pytest.mark.parametrize(
    "value, unit, expected",
    [
        (150_000, "attendances", "150,000"),
        (3.85, "performances per province", "3.9"),
        (9.16, "percent of clients", "9.2%"),
        (100.0, "percent", "100.0%"),
        (-3, "cases", "−3"),
        (-0.01, "per 1,000 residents", "0.0"),
        (94_012, "USD", "USD 94,012"),
        (1234.6, "attendances per performance", "1,235"),
    ],
)
def test_numbers_are_written_as_people_read_them(value, unit, expected):
    assert facts.written(value, unit) == expected


def test_a_published_figure_keeps_its_qualifier_unit_kind_and_source(released):
    exposed = facts.fact(released, "people_directly_exposed")
    assert exposed.words == "an estimated 150,000 people"
    assert (exposed.kind, exposed.id) == ("published", "people_directly_exposed:unstated::::")
    assert "The safe return home" in exposed.source
    assert facts.period_words(exposed.period) == "period not stated"


def test_a_derived_figure_says_what_it_was_worked_out_from(released):
    share = facts.fact(released, "D06")
    assert (share.number, share.kind) == ("72.2%", "derived") and "13 / 18" in share.source


def test_figures_that_must_not_be_printed_are_not_in_an_edition(released):
    with pytest.raises(ParameterError):
        facts.fact(released, "D09")  # 29 + 7 convictions
    with pytest.raises(ParameterError):
        facts.fact(released, "D13")  # USD per person


def test_a_counted_fact_of_the_sample_is_synthetic(released):
    attendance = facts.fact(released, f"performance_attendance:{TO_DATE}")
    assert (attendance.number, attendance.kind) == ("150,000", "synthetic")  # rule R03 makes it so
    assert (
        facts.fact(released, f"performance_attendance:{TO_DATE}:::::per=performances_counted").number
        == "3,000"
    )  # R04


def test_a_withheld_fact_has_words_and_no_value():
    edition = small_edition()
    hidden = facts.fact(edition, "performance_attendance:2004:KH23")
    assert hidden.value is None and hidden.words == "withheld to protect people"
    assert hidden.html() == (
        '<data class="fact synthetic withheld" value="performance_attendance:2004:KH23:::">'
        "withheld to protect people</data>"
    )


def test_zero_no_data_and_not_applicable_are_told_apart():
    edition = small_edition()
    words = [
        facts.fact(edition, f"performance_attendance:2004:{code}").number for code in ("KH05", "KH11", "KH22")
    ]
    assert words == ["0", "no data", "not applicable"]


def test_one_is_singular(released):
    assert facts.fact(released, "career_resource_centers_established").words.endswith("1 centre")
    one = released.frame[
        released.frame["indicator"].eq("performances_held") & released.frame["value"].eq(1)
    ].iloc[0]
    assert (
        facts.fact(released, f"performances_held:{one['period']}:{one['adm1_code']}").words == "1 performance"
    )


def test_an_absent_cell_names_the_periods_there_are(released):
    with pytest.raises(ParameterError, match=r"no cell performances_held:1999.*nationally it holds .*2004"):
        facts.fact(released, "performances_held:1999")
    with pytest.raises(ParameterError, match="no indicator 'performance_held'"):
        facts.fact(released, "performance_held:2004")


def test_two_reporters_of_one_year_are_never_silently_merged(released):
    with pytest.raises(ParameterError, match="needs one national figure, the reporters for that period are"):
        facts.fact(released, "national.suspects_arrested:2031")
    row = released.context[
        released.context["indicator"].eq("victims_rescued") & released.context["value"].eq("298")
    ].iloc[0]
    assert facts.fact(released, f"national.victims_rescued:2016::::{row['reporter_slug']}").value == 298


def test_a_year_without_a_national_figure_is_a_gap(released):
    gap = released.context[released.context["evidence_level"].eq("not_found")].iloc[0]
    found = facts.fact(released, f"national.{gap['indicator']}:{gap['period']}::::{gap['reporter_slug']}")
    assert found.status == "no_data" and found.value is None


def test_residents_between_censuses_are_derived(released):
    kep = facts.fact(released, "residents:2004:KH23")
    # 28,660 in 1998 and 35,753 in 2008: six tenths of the way
    assert kep.value == round(28_660 + 0.6 * (35_753 - 28_660)) and kep.kind == "derived"


def test_a_province_is_named_as_it_was_then(released):
    assert facts.place_name(released, "KH18", "2004") == "Sihanoukville"
    assert facts.place_name(released, "", "2004") == "Cambodia"


def test_a_bare_table_is_refused():
    with pytest.raises(
        NotReleasedError, match="fact takes a Released table, got DataFrame; read it from an edition"
    ):
        facts.fact(pd.DataFrame(), "performances_held:2004")


def test_a_figure_and_a_cell_of_one_name_are_told_apart_by_their_period(released):
    assert facts.fact(released, "campaign_provinces_reached").kind == "published"
    assert facts.fact(released, "campaign_provinces_reached:unstated").number == "13"
    counted = facts.fact(released, f"campaign_provinces_reached:{TO_DATE}")
    assert (counted.kind, counted.number) == ("synthetic", "13")  # rule R02 makes it so
    assert facts.fact(released, f"campaign_provinces_planned:{TO_DATE}").number == "18"


def test_a_year_is_no_quantity(released):
    assert facts.fact(released, "year_taf_became_primary_partner").number == "2004"


def test_a_target_has_an_id_and_an_absent_baseline_is_said_aloud(released):
    assert facts.fact(released, "target.performances_held:2005").words == "90 performances"
    with pytest.raises(ParameterError, match="no baseline is on record for performances_held"):
        facts.fact(released, "baseline.performances_held:2005")
