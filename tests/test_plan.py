"""A plan holds each report that is asked for once, as its edition can make it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from small_edition import small_edition
from small_notebook import PARAMETERS, write_notebook

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs import run_record
from ctip_analysis.runs.plan import Edition, Planned, from_file, only_failed, plan
from ctip_analysis.runs.report import NO_MAPS, Wanted
from ctip_analysis.runs.stale import NOTHING, RUN
from ctip_analysis.runs.task import DONE, FAILED, NOT_RUN, Limits, Outcome

EDITION = Edition.of(Path("2014"), small_edition(2014))


@pytest.fixture
def ask(tmp_path):
    """The reports of a reports.yml with the entries given; notebooks: 90_small, and 60_profile of a province."""
    write_notebook(tmp_path / "nb" / "90_small.ipynb")
    profile = nbformat.read(write_notebook(tmp_path / "nb" / "60_profile.ipynb"), as_version=4)
    profile.metadata["report_name"] = "profile"
    profile.cells[0].source = PARAMETERS + '\nprovince: str = "KH12"  # code'
    nbformat.write(profile, tmp_path / "nb" / "60_profile.ipynb")

    def ask(*entries: str) -> list[Wanted]:
        (tmp_path / "reports.yml").write_text("reports:\n" + "".join(f"  - {{{one}}}\n" for one in entries))
        return from_file(tmp_path / "reports.yml", EDITION, tmp_path / "nb")

    return ask


def provinces(asked: list[Wanted], year: int) -> list[str]:
    return [str(one.settings["province"]) for one in asked if one.year == year]


def test_all_provinces_are_24_in_2013_and_25_in_2014(ask):
    asked = ask("notebook: 60, matrix: {year: [2013, 2014], province: all}")
    assert len(provinces(asked, 2013)) == 24 and "KH25" not in provinces(asked, 2013)
    assert len(provinces(asked, 2014)) == 25 and provinces(asked, 2014)[-1] == "KH25"


def test_a_report_without_a_year_is_of_the_year_of_its_edition(ask):
    (asked,) = ask("notebook: 90")
    assert (asked.period, asked.settings["language"]) == ("2014", "en")


def test_what_is_excluded_is_not_made_and_what_is_included_is(ask):
    asked = ask(
        "notebook: 60, matrix: {year: [2013, 2014], province: [KH01, KH02]}, "
        "include: [{year: 2014, province: KH25}], exclude: [{year: 2013}, {province: KH02}]"
    )
    assert [(one.year, one.settings["province"]) for one in asked] == [(2014, "KH01"), (2014, "KH25")]


def test_one_of_all_provinces_can_be_excluded(ask):
    asked = ask("notebook: 60, matrix: {year: 2014, province: all}, exclude: [{province: KH12}]")
    assert len(asked) == 24 and "KH12" not in provinces(asked, 2014)


def test_limits_come_along(ask):
    (asked,) = ask("notebook: 90, limits: {run: 9, cell: 3}, expect: {figures: 2, tables: 1}")
    assert asked.limits == Limits(9, 3, 2, 1)


@pytest.mark.parametrize(
    "entry, said",
    [
        ("notebook: 90, exclude: [{year: 1999}]", r"report 1 \(90\): exclude {'year': '1999'} takes nothing out"),
        ("notebook: 60, matrix: {province: KH01}, include: [{province: KH01}]", "KH01_2014_en.* would be made twice"),
        ("notebook: smal", r"report 1 \(smal\): there is no notebook 'smal'.*nearest is 90_small"),
        ("notebook: 90, matrix: {yaer: 2014}", r"report 1 \(90\): 90_small has no parameter yaer.*nearest is year"),
        ("notebook: 60, matrix: {yaer: 2014, province: all}", "60_profile has no parameter yaer.*nearest is year"),
        ("notebook: 90, matrix: {year: 2004}", "year 2004 is not in this edition, which holds 2013 to 2014"),
        ("notebook: 90, matrix: {year: 03}", "year must be a whole number; found '03'"),
        ("notebook: 60, matrix: {year: 2013, province: KH25}", "no province 'KH25' in 2013"),
        ("notebook: 60, matrix: {year: 2004, province: all}", "year 2004 is not in this edition"),
        ("notebook: 60, matrix: {year: x, province: all}", "year must be a whole number; found 'x'"),
        ("notebook: 90, matrix: {language: km}", "Khmer is not available yet"),
        ("notebook: 90, audience: internal", "90_small is internal"),
    ],
)  # fmt: skip
def test_what_can_not_be_made_is_refused_with_its_place(ask, entry, said):
    with pytest.raises(ParameterError, match=r"^reports.yml: 1 fault\(s\)\n  - ") as refused:
        ask(entry)
    assert refused.match(said)


def test_every_fault_of_every_entry_is_said_at_once(ask):
    with pytest.raises(ParameterError, match=r"^reports.yml: 3 fault\(s\)"):
        ask("notebook: 60, matrix: {province: [KH98, KH99]}", "notebook: none", "notebook: 90")


def planned(ask, **given) -> list[Planned]:
    return plan(ask("notebook: 60, matrix: {province: [KH01, KH02, KH03, KH04]}"), EDITION, **given)


def test_all_is_run_unless_less_is_asked_for(ask):
    assert {(one.work, one.why, one.degraded) for one in planned(ask)} == {(RUN, "asked for", "")}


def test_a_draft_has_a_page_of_its_own_and_the_record_of_its_report(ask, tmp_path):
    one = planned(ask, degraded="partners are late")[0]
    assert one.page == f"{one.name}_DRAFT"
    assert run_record.path_of(tmp_path, one.page) == run_record.path_of(tmp_path, one.name)


def test_without_boundaries_every_report_is_a_draft(ask):
    edition = Edition.of(Path("2014"), small_edition(2014).with_parts(geometry=None))
    assert {one.degraded for one in plan(ask("notebook: 90"), edition)} == {NO_MAPS}


def test_a_retry_leaves_what_is_done(ask, tmp_path):
    """KH01 is done, KH02 failed, KH03 was left out when another failed, KH04 was never made."""
    all_of_them = planned(ask)
    for one, state in zip(all_of_them, (DONE, FAILED, NOT_RUN), strict=False):
        begun = run_record.begin(
            one.name, notebook="n", parameters={}, edition="e", period="2014", made_of={}, before={}
        )
        run_record.write(
            run_record.path_of(tmp_path, one.name), run_record.end(begun, Outcome(one.name, state), {})
        )
    assert [one.work for one in only_failed(all_of_them, tmp_path)] == [NOTHING, RUN, RUN, RUN]
