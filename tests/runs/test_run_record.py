"""A record says what became of a run, and keeps what the last good page was made of."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ctip_analysis.runs import run_record
from ctip_analysis.runs.run_record import Outcome, ReportRecord, State

HASH = "ab" * 32


def begun(before=None, **more):
    return run_record.begin(
        before, report="a", notebook="90.ipynb", parameters={"year": 2004}, edition=HASH, period="2004",
        made_of={"code": "1"}, **more,
    )  # fmt: skip


def ended(state, before=None):
    return run_record.end(begun(before), Outcome(state=state, sentence="why"), {"a.html": HASH})


@pytest.mark.parametrize("state", State)
def test_a_record_of_every_state_is_read_as_it_was_written(tmp_path, state):
    written = ended(state)
    run_record.write(tmp_path / "a.json", written)
    assert run_record.read(tmp_path / "a.json", ReportRecord) == written


@pytest.mark.parametrize("state", [one for one in State if one != State.DONE])
def test_the_last_good_page_is_on_record_after_every_failure(state):
    good = ended(State.DONE)
    assert good.last_good.outputs == {"a.html": HASH} and good.last_good.made_of == {"code": "1"}
    assert ended(state, good).last_good == good.last_good


def test_a_draft_shares_the_record_of_its_report(tmp_path):
    assert run_record.path_of(tmp_path, "a_DRAFT") == run_record.path_of(tmp_path, "a")
    assert ended(State.DEGRADED).last_good is None


@pytest.mark.parametrize("left", ["", '{"report": "a"', "[]", '{"report": "a"}', '{"state": "sleeping"}'])
def test_a_file_that_is_incomplete_is_no_record(tmp_path, left):
    (tmp_path / "a.json").write_text(left)
    assert run_record.read(tmp_path / "a.json", ReportRecord) is None


@pytest.mark.parametrize("change", [{"rows": 3}, {"state": "fine"}, {"outputs": {"a": "short"}}])
def test_a_record_refuses_what_no_record_says(change):
    with pytest.raises(ValidationError):
        ReportRecord.model_validate({**begun().model_dump(), **change})


def test_a_record_that_can_not_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    run_record.write(tmp_path / "a.json", ended(State.DONE))
    before = (tmp_path / "a.json").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        run_record.write(tmp_path / "a.json", ended("failed"))
    assert (tmp_path / "a.json").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_provenance_names_the_commit_the_lock_and_versions():
    known = begun().provenance
    assert {"commit", "is_dirty", "lock", "python", "packages"} == set(known) and "pandas" in known["packages"]
