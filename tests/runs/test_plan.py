"""A plan has each report that is asked for once, and says why it has to be made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_edition import small_edition
from small_notebook import write_notebook

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs import outputs, plan, run_record
from ctip_analysis.runs.run_record import ReportRecord, State


@pytest.fixture
def ask(tmp_path):
    """The reports of a reports.yml with the entries given; notebooks: 90_small, and 60_profile of a province."""
    write_notebook(tmp_path / "nb" / "90_small.ipynb")
    write_notebook(tmp_path / "nb" / "60_profile.ipynb", more='province: str = "KH12"  # code')

    def ask(*entries: str):
        (tmp_path / "reports.yml").write_text("reports:\n" + "".join(f"  - {{{one}}}\n" for one in entries))
        return plan.from_file(tmp_path / "reports.yml", small_edition(2014), tmp_path / "nb")

    return ask


def provinces(asked, year):
    return [str(one.settings["province"]) for one in asked if one.settings["year"] == year]


def test_all_provinces_are_24_in_2013_and_25_in_2014(ask):
    asked = ask("notebook: 60, matrix: {year: [2013, 2014], province: all}")
    assert len(provinces(asked, 2013)) == 24 and "KH25" not in provinces(asked, 2013)
    assert len(provinces(asked, 2014)) == 25 and provinces(asked, 2014)[-1] == "KH25"


def test_a_report_without_a_year_is_of_the_year_of_its_edition(ask):
    (asked,) = ask("notebook: 90, limits: {run: 5}, expect: {tables: 2}")
    assert (asked.period, asked.settings["language"]) == ("2014", "en")
    assert (asked.limits.run, asked.limits.cell, asked.expect.tables) == (5, 300, 2)


def test_what_is_excluded_is_not_made_and_what_is_included_is(ask):
    asked = ask(
        "notebook: 60, matrix: {year: [2013, 2014], province: [KH01, KH02]}, "
        "include: [{year: 2014, province: KH25}], exclude: [{year: 2013}, {province: KH02}]"
    )
    assert [one.settings["province"] for one in asked] == ["KH01", "KH25"]


def test_every_fault_of_every_entry_is_said_at_once(ask):
    with pytest.raises(ParameterError) as refused:
        ask(
            "notebook: 91",
            "notebook: 60, matrix: {year: 2013, province: KH25}, exclude: [{province: KH01}]",
            "notebook: 90, matrix: {year: '03'}",
            "notebook: 90, include: [{yaer: 2014}]",
            "notebook: 90, matrix: {year: [2014, 2014]}",
        )
    said = str(refused.value)
    for one in (
        "reports, entry 1 (91): there is no notebook '91'",
        "reports, entry 2 (60): there was no province 'KH25' in 2013",
        "reports, entry 2 (60): exclude {'province': 'KH01'} takes nothing out",
        "reports, entry 3 (90): year must be a whole number; found '03'",
        "reports, entry 4 (90): 90_small has no parameter yaer; did you mean year?",
        "cambodia_ctip_small_2014_en_SYNTHETIC would be made twice",
    ):
        assert one in said
    assert said.startswith("reports.yml: 6 faults; nothing was started")


def test_a_draft_has_a_page_of_its_own_and_the_record_of_its_report(ask, tmp_path):
    edition = small_edition(2014)
    (one,) = plan.plan(ask("notebook: 90"), edition, degraded="Not all is in.")
    assert one.page == f"{one.name}_DRAFT" and run_record.path_of(tmp_path, one.page).name.startswith(f"{one.name}.")
    (one,) = plan.plan(ask("notebook: 90"), replace(edition, boundaries=None))
    assert one.degraded == plan.NO_MAPS


@pytest.fixture
def made(ask, tmp_path):
    """A report that was made, in the folder out."""
    (planned,) = plan.plan(ask("notebook: 90"), small_edition(2014))
    for kind in (".html", outputs.FACTS):
        (tmp_path / f"{planned.name}{kind}").write_text("x")
    record(planned, tmp_path, State.DONE)
    return planned


def record(planned, out, state):
    begun = run_record.begin(
        None, report=planned.name, notebook="90_small.ipynb", parameters={}, edition="e", period="2014",
        made_of=dict(planned.made_of),
    )  # fmt: skip
    ended = run_record.end(begun, {"state": state, "sentence": ""}, outputs.hashes(out, planned.name))
    run_record.write(run_record.path_of(out, planned.name), ended)


def why(planned, out):
    return plan.only_stale([planned], out)[0].why


def test_nothing_is_made_where_nothing_changed(made, tmp_path):
    assert why(made, tmp_path) == ""


@pytest.mark.parametrize("part, said", [
    ("notebook", "its notebook was changed"), ("parameters", "its parameters were changed"),
    ("edition", "it is of another edition"), ("code", "the code was changed"), ("packages", "packages were changed"),
    ("boundaries", "the boundaries were changed"),
])  # fmt: skip
def test_a_report_is_stale_when_a_part_of_it_differs(made, tmp_path, part, said):
    assert why(replace(made, made_of={**made.made_of, part: "other"}), tmp_path) == said


def test_a_page_that_is_gone_or_was_changed_is_made_again(made, tmp_path):
    (tmp_path / f"{made.name}.html").write_text("y")
    assert why(made, tmp_path) == "its page was changed or is gone"


@pytest.mark.parametrize("state", [State.FAILED, State.DEGRADED, "not run", "crashed", "timed out", "empty"])
def test_what_is_not_done_is_made_again_and_retried(made, tmp_path, state):
    record(made, tmp_path, state)
    assert why(made, tmp_path) == f"it is {state}"
    assert plan.only_failed([made], tmp_path)[0].why


def test_a_retry_leaves_what_is_done_and_makes_what_never_was(made, tmp_path):
    assert plan.only_failed([made], tmp_path)[0].why == ""
    assert why(made, tmp_path / "empty") == "it was never made"


def test_own_boundaries_and_their_column_are_part_of_a_report(tmp_path, monkeypatch):
    assert plan.boundaries() == ""
    path = tmp_path / "own.geojson"
    path.write_text("a")
    monkeypatch.setenv("CTIP_BOUNDARIES", f"{path}::code")
    before = plan.boundaries()
    path.write_text("b")
    assert len({before, plan.boundaries(), ""}) == 3


def test_a_record_of_an_older_version_is_no_record(made, tmp_path):
    run_record.path_of(tmp_path, made.name).write_text('{"report": "x", "state": "dead kernel"}')
    assert run_record.read(run_record.path_of(tmp_path, made.name), ReportRecord) is None
    assert why(made, tmp_path) == "it was never made"
