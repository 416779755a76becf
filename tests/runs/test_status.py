"""The state of reports: every way in which one is not as it should be, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ctip_analysis.base import lock
from ctip_analysis.runs import run_record, status
from ctip_analysis.runs.run_record import STEPS, BatchRecord, DataRecord, Good, Outcome, State, Step, YearlyRecord

NOW = datetime(2005, 3, 16, tzinfo=UTC)
YESTERDAY = "2005-03-15T02:00:00Z"


def write_report(out, name, state=State.DONE, ended=YESTERDAY, good=YESTERDAY):
    """The record of a report, and its page as it was last good."""
    known = {"report": name, "notebook": "80_small.ipynb", "parameters": {}, "edition": "ab" * 32, "period": "2004"}
    record = run_record.begin(None, **known)
    if state != State.RUNNING:
        sentence = "" if state == State.DONE else "cell 3 failed"
        record = run_record.end(record, Outcome(state=state, sentence=sentence), {})
    record.ended, record.last_good = None if state == State.RUNNING else ended, None
    if good:
        files = {f"{name}.html": "cd" * 32}
        record.last_good = Good(ended=good, edition="ab" * 32, outputs=files, made_of={})
        (out / f"{name}.html").write_text("")
    run_record.write(run_record.path_of(out, name), record)


def write_batch(out, state, **reports):
    ended = None if state == State.RUNNING else YESTERDAY
    record = BatchRecord(state=state, started=YESTERDAY, ended=ended, edition="ab" * 32, reports=reports)
    run_record.write(out / run_record.BATCH, record)


def troubles(out, max_age=400, now=NOW):
    return {row.report: (row.state, row.trouble) for row in status.rows(out, now, max_age) if row.trouble}


def test_all_is_well_where_all_was_done(tmp_path):
    write_batch(tmp_path, State.DONE, a=State.DONE, b="unchanged")
    write_report(tmp_path, "a")
    write_report(tmp_path, "b")
    run_record.write(tmp_path / "data-2004.run-record.json", DataRecord(edition="ab", outputs={}))
    rows = status.rows(tmp_path, NOW, 400)
    assert [row.report for row in rows] == [f"{tmp_path.name}, batch", "a", "b"]
    assert troubles(tmp_path) == {}
    assert status.table(rows).splitlines()[-1] == "all as it should be"


@pytest.mark.parametrize("state", [State.FAILED, State.DEGRADED, "timed out", State.CRASHED, "empty"])
def test_a_report_that_is_not_done_is_named_with_its_reason_and_its_last_good_day(tmp_path, state):
    write_report(tmp_path, "a", state)
    assert troubles(tmp_path) == {"a": (state, "cell 3 failed")}
    assert YESTERDAY in status.table(status.rows(tmp_path, NOW, 400)).splitlines()[1]


def test_a_run_without_its_lock_was_killed_and_one_with_it_is_at_work(tmp_path):
    write_batch(tmp_path, State.RUNNING, a=State.RUNNING, b=State.PLANNED)
    write_report(tmp_path, "a", State.RUNNING)
    with lock.hold(tmp_path / lock.BATCH, "ctip batch", NOW):
        assert troubles(tmp_path) == {}
        assert [row.state for row in status.rows(tmp_path, NOW, 400)] == [State.RUNNING, State.RUNNING, State.PLANNED]
    found = troubles(tmp_path)
    assert {name: state for name, (state, _) in found.items()} == {
        f"{tmp_path.name}, batch": status.KILLED, "a": status.KILLED, "b": status.NEVER,
    }  # fmt: skip
    assert "was ended from outside" in found["a"][1]


@pytest.mark.parametrize("days, late", [(399, False), (400, True)])
def test_a_report_is_late_when_it_was_last_good_too_long_ago(tmp_path, days, late):
    now = datetime(2005, 3, 15, 2, tzinfo=UTC)
    write_report(tmp_path, "a", good=f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}")
    assert bool(troubles(tmp_path, now=now)) is late


def test_what_a_batch_found_unchanged_is_not_late(tmp_path):
    write_report(tmp_path, "a", good="2000-01-01T00:00:00Z")
    assert "late: last good 1901 days ago, 400 are allowed" in troubles(tmp_path)["a"][1]
    write_batch(tmp_path, State.DONE, a="unchanged")
    assert troubles(tmp_path) == {}


def test_an_earlier_years_report_that_is_asked_for_no_more_is_not_late(tmp_path):
    write_batch(tmp_path, State.DONE, new=State.DONE)
    write_report(tmp_path, "new")
    write_report(tmp_path, "old", good="2000-01-01T00:00:00Z")
    assert troubles(tmp_path) == {}


def test_what_never_ran_is_named(tmp_path):
    assert troubles(tmp_path)[tmp_path.name][0] == status.NEVER
    assert troubles(tmp_path / "none")["none"][0] == status.NEVER
    write_batch(tmp_path, State.FAILED, a=State.NOT_RUN, b=State.NOT_RUN)
    write_report(tmp_path, "b")
    found = troubles(tmp_path)
    assert (found["a"][0], found["b"][0]) == (status.NEVER, State.NOT_RUN)


def test_a_page_that_was_taken_away_is_named(tmp_path):
    write_report(tmp_path, "a")
    (tmp_path / "a.html").unlink()
    assert "a.html was made and is gone" in troubles(tmp_path)["a"][1]


def test_a_yearly_run_is_late_failed_or_killed_too(tmp_path):
    good = {"ended": YESTERDAY, "period": "2004", "edition": "ab", "hand_over": "2004.r1"}
    record = YearlyRecord(run="year.yml", period="2004", steps=[Step(step=name) for name in STEPS], last_good=good)
    path, name = tmp_path / run_record.YEARLY, f"{tmp_path.name}, yearly"
    run_record.write(path, record)
    assert troubles(tmp_path)[name][0] == status.KILLED
    failed = {"state": State.FAILED, "ended": YESTERDAY, "sentence": "check: 2 faults"}
    run_record.write(path, record.model_copy(update=failed))
    assert troubles(tmp_path)[name] == (State.FAILED, "check: 2 faults")
    run_record.write(path, record.model_copy(update={"state": State.DONE, "ended": YESTERDAY}))
    assert troubles(tmp_path) == {}
    assert "late" in troubles(tmp_path, max_age=1, now=datetime(2005, 4, 1, tzinfo=UTC))[name][1]
