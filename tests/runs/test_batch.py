"""A batch leaves every report whole, new or as it was, and records what became of each."""

from __future__ import annotations

import errno
import json
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_batch import handed, lay_data, states
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.edition import Edition, open_edition
from ctip_analysis.runs import batch, plan, run_record
from ctip_analysis.runs.plan import Expect, Report, request
from ctip_analysis.runs.run_record import ReportRecord, State


def page_of(name: str) -> str:
    return f"cambodia_ctip_{name}_2004_en_SYNTHETIC"


def record_of(out: Path, name: str) -> ReportRecord:
    return run_record.read(run_record.path_of(out, page_of(name)), ReportRecord)


@pytest.fixture(scope="module")
def edition(tmp_path_factory) -> Edition:
    return open_edition(write_small_edition(tmp_path_factory.mktemp("editions") / "2004"))


@pytest.fixture
def out(tmp_path, edition) -> Path:
    lay_data(tmp_path / "out", edition)
    return tmp_path / "out"


@pytest.fixture
def planned(tmp_path, edition) -> Callable[..., list[Report]]:
    """A plan of one report for each name, whose notebook has the cell given."""

    def planned(expect: Expect | None = None, **cells: str) -> list[Report]:
        asked = []
        for name, code in cells.items():
            path = write_notebook(tmp_path / "nb" / f"90_{name}.ipynb", code)
            content = json.loads(path.read_text())
            content["metadata"]["report_name"] = name
            path.write_text(json.dumps(content))
            folder, expected = tmp_path / "nb", expect or Expect()
            asked.append(request(f"90_{name}", {"year": 2004}, folder=folder, expect=expected))
        return plan.plan(asked, edition)

    return planned


def test_each_report_is_made_and_recorded_and_nothing_else_is_left(planned, edition, out):
    progress = batch.make(planned(one="1", two="2"), edition, out, workers=2)
    assert progress.is_good
    assert progress.states == states(out) == {page_of("one"): State.DONE, page_of("two"): State.DONE}
    pages = {f"{page_of(name)}{kind}" for name in ("one", "two") for kind in (".html", ".facts.json")}
    assert set(handed(out)) == {*pages, "data/2004/cells_SYNTHETIC.csv"}
    assert not list(out.glob(".batch-*"))
    record = record_of(out, "one")
    assert [cell.state for cell in record.cells] == [State.DONE] * 3 and record.edition == edition.id
    assert set(record.outputs) == {f"{page_of('one')}.html", f"{page_of('one')}.facts.json"}
    facts = json.loads(handed(out)[f"{page_of('one')}.facts.json"])
    assert {"id", "text", "value", "status", "kind", "unit", "source"} == set(facts[0])


@pytest.mark.parametrize(
    "code, given, state",
    [("import os; os._exit(1)", {}, State.CRASHED), ("1", {"expect": Expect(figures=1)}, State.EMPTY)],
    ids=["no page", "a page that is not good"],
)
def test_a_good_report_is_never_overwritten_by_one_that_is_not(planned, edition, out, code, given, state):
    assert batch.make(planned(one="1"), edition, out).is_good
    before, last_good = handed(out), record_of(out, "one").last_good
    progress = batch.make(planned(one=code, **given), edition, out)
    assert progress.states == states(out) == {page_of("one"): state} and not progress.is_good
    assert handed(out) == before and last_good and record_of(out, "one").last_good == last_good


def test_one_that_fails_takes_no_other_along(planned, edition, out):
    progress = batch.make(planned(one="import os; os._exit(1)", two="2", three="1 / 0"), edition, out, workers=3)
    assert list(progress.states.values()) == [State.CRASHED, State.DONE, State.FAILED]


@pytest.mark.long
def test_after_a_failure_nothing_more_is_begun_if_so_asked(planned, edition, out):
    asked = planned(one="1 / 0", two="2", three="3")
    batch.make(asked[1:2], edition, out)
    before = handed(out)
    progress = batch.make(asked, edition, out, fail_fast=True)
    assert list(progress.states.values()) == [State.FAILED, State.NOT_RUN, State.NOT_RUN]
    assert states(out) == progress.states and handed(out) == before
    assert record_of(out, "two").sentence == "an earlier report failed" and record_of(out, "two").last_good
    assert all(one.why for one in plan.only_failed(asked, out))


def test_what_is_not_stale_is_left_alone(planned, edition, out):
    asked = planned(one="1")
    batch.make(asked, edition, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    progress = batch.make(plan.only_stale(asked, out), edition, out)
    assert progress.states == {page_of("one"): State.UNCHANGED} and progress.is_good
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.long
@pytest.mark.parametrize("at", [".facts.json", ".html"], ids=["facts", "page"])
def test_a_full_disk_leaves_the_last_good_report_whole(planned, edition, out, monkeypatch, at):
    batch.make(planned(one="1"), edition, out)
    before, replace, failed = handed(out), os.replace, []

    def full(made, there):
        if str(there).endswith(at) and ".batch-" in str(made) and not failed:
            failed.append(there)
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(made, there)

    asked = planned(one="page.table(page.edition.cells('performance_attendance', by='year'), 'Attendance.')")
    monkeypatch.setattr(os, "replace", full)
    progress = batch.make(asked, edition, out)
    assert failed and progress.outcomes[page_of("one")].sentence == (
        f"{page_of('one')} could not be put in place: no space left on device"
    )
    assert progress.states == states(out) == {page_of("one"): State.FAILED} and handed(out) == before


def test_records_that_can_not_be_written_hide_nothing(planned, edition, out, monkeypatch):
    def full(path, record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_record, "write", full)
    progress = batch.make(planned(one="1", two="1 / 0"), edition, out)
    assert list(progress.states.values()) == [State.DONE, State.FAILED] and states(out) == {}


def test_without_its_data_no_page_is_put_in_place(planned, edition, tmp_path, monkeypatch):
    """The small edition has no dictionary, so that its data can't be made."""
    (edition.path / "datapackage.json").unlink(missing_ok=True)
    progress = batch.make(planned(one="1"), edition, tmp_path / "other")
    said = progress.outcomes[page_of("one")].sentence
    assert said == "90_one: No such file or directory in the report's working folder"
    assert progress.states == {page_of("one"): State.FAILED} and handed(tmp_path / "other") == {}


def test_data_that_were_changed_are_noticed_though_no_report_is_stale(planned, edition, out):
    asked = planned(one="1")
    batch.make(asked, edition, out)
    (out / "data" / "2004" / "cells_SYNTHETIC.csv").write_text("changed")
    with pytest.raises(ReportFailedError, match="the reports are as they were; No such file or directory"):
        batch.make(plan.only_stale(asked, out), edition, out)


class Elsewhere(ThreadPoolExecutor):
    """An executor that sends tasks and outcomes as bytes, as those of other processes and machines do."""

    def submit(self, call, task):
        sent = pickle.dumps((call, task))

        def done():
            asked, given = pickle.loads(sent)
            return pickle.dumps(asked(given))

        future = super().submit(done)
        future.result = lambda timeout=None, wait=future.result: pickle.loads(wait(timeout))
        return future


@pytest.mark.long
def test_an_executor_elsewhere_makes_the_same_files(planned, edition, out, tmp_path):
    asked = planned(one="1", two="1 / 0")
    batch.make(asked, edition, out, workers=2)
    lay_data(tmp_path / "other", edition)
    with Elsewhere(2) as executor:
        progress = batch.make(asked, edition, tmp_path / "other", workers=2, executor=executor)
    assert handed(tmp_path / "other") == handed(out) and len(handed(out)) == 3
    assert states(tmp_path / "other") == states(out) == progress.states
