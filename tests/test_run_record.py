"""A run record says what became of a run, keeps what the page that lies there was made of, and is one file or none."""

from __future__ import annotations

import errno
import json
import os

import jsonschema
import pytest

from ctip_analysis.base import provenance
from ctip_analysis.runs import run_record
from ctip_analysis.runs.run_record import SCHEMA, begin, end, path_of, read, write
from ctip_analysis.runs.task import DEGRADED, DONE, PLANNED, RUNNING, STATES, Cell, Outcome

HASHES = {"small.html": "a" * 64, "small.facts.json": "b" * 64}


def begun(before: dict | None = None) -> dict:
    return begin(
        "small", notebook="90_small.ipynb", parameters={"year": 2004}, edition="e" * 64, period="2004",
        made_of={"notebook": "c" * 64}, before=before or {},
    )  # fmt: skip


def ended(state: str, before: dict | None = None) -> dict:
    outcome = Outcome(
        "small", state, "why", "page.py line 3", cells=[Cell(1, DONE, 0.1234), Cell(3, state)],
        findings=["a finding"], figures=1, tables=2, seconds={"run": 1.23456}, peak_mb=123.456,
    )  # fmt: skip
    return end(begun(before), outcome, HASHES)


def check(record: dict) -> None:
    jsonschema.validate(json.loads(json.dumps(record)), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("state", STATES)
def test_a_record_of_every_state_is_as_the_schema_says(state):
    check(begun() if state in (PLANNED, RUNNING) else ended(state))
    check(ended(state, ended(DONE)))


@pytest.mark.parametrize(
    "change",
    [{"state": "finished"}, {"rows": 12}, {"outputs": {"small.html": "short"}}, {"cells": [{"cell": 1}]}],
)
def test_the_schema_refuses_what_no_record_says(change):
    with pytest.raises(jsonschema.ValidationError):
        check({**ended(DONE), **change})


def test_what_a_run_took_is_written_to_the_millisecond():
    record = ended(DONE)
    assert record["cells"] == [
        {"cell": 1, "state": DONE, "seconds": 0.123}, {"cell": 3, "state": DONE, "seconds": 0},
    ]  # fmt: skip
    assert (record["seconds"], record["peak_mb"], record["tables"]) == ({"run": 1.235}, 123.5, 2)


@pytest.mark.parametrize("state", [state for state in STATES if state != DONE])
def test_what_the_page_that_lies_there_was_made_of_survives_every_failure(state):
    good = ended(DONE)
    assert good["last_good"]["outputs"] == HASHES
    running = begun(good)
    twice = ended(state, ended(state, good))
    assert running["last_good"] == twice["last_good"] == good["last_good"]


def test_only_a_page_that_was_put_in_place_is_an_output():
    assert {state for state in STATES if ended(state)["outputs"]} == {DONE, DEGRADED}


def test_a_record_is_found_again_and_a_draft_has_that_of_its_report(tmp_path):
    write(path_of(tmp_path / "out", "small_DRAFT"), ended(DONE))
    assert read(path_of(tmp_path / "out", "small"))["outputs"] == HASHES
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["small.run-record.json"]


@pytest.mark.parametrize("left", ['{"report": "small", "sta', "", "[1, 2]", "\x00" * 40, b"\xff\xfe"])
def test_a_file_that_was_cut_off_says_nothing(tmp_path, left):
    path = tmp_path / "small.run-record.json"
    path.write_bytes(left if isinstance(left, bytes) else left.encode())
    assert read(path) == {} == read(tmp_path / "none.json")


def test_a_record_reaches_the_disk_before_it_takes_the_place_of_the_one_before(tmp_path, renamed_to):
    for state in (RUNNING, DONE):
        run_record.write(tmp_path / "a.run-record.json", {"state": state})
    assert renamed_to == ["a.run-record.json"] * 2


def test_a_record_that_can_not_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "small.run-record.json"
    write(path, ended(DONE))
    before = path.read_bytes()

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run_record.os, "replace", full)
    with pytest.raises(OSError):
        write(path, begun())
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_provenance_names_the_commit_the_lock_and_versions():
    found = provenance.known()
    assert {"pandas", "matplotlib", "papermill"} <= set(found["packages"])
    assert len(found["lock"]) == 64 and found["is_dirty"] in (True, False, None)
