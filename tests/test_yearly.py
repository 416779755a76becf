"""A whole night on minimal records: what it leaves, what a failure leaves as it was, and what no record may hold.

The runs follow one another on the same folders, as years do: a good one, one with less data that makes drafts, one
whose batch fails.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from record_folder import edit
from small_year import NAME, config, write_year

from ctip_analysis.base import lock
from ctip_analysis.base.reference import sha256
from ctip_analysis.inside import release as releasing
from ctip_analysis.inside.records import inputs, rejected
from ctip_analysis.runs import run_record, status, yearly, yearly_record
from ctip_analysis.runs.task import DEGRADED, DONE, FAILED, NOT_RUN

NOW = datetime(2005, 3, 15, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """Three runs on one folder; of each its record, what it said and what it left."""
    work = tmp_path_factory.mktemp("nights")
    file = write_year(work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releasing, "CONFIDENTIAL", work / "confidential")
        done = night(file)
        edit(work / "records", "rescues", ",3,true", ",4,true")
        drafts = night(file, "  - {partner: TAF, tables: [clients]}\nwhen_missing: draft\n")
        file.write_text(file.read_text().replace("  - {partner: TAF, tables: [clients]}\n", ""))
        (work / "reports.yml").write_text("reports:\n  - notebook: no_such_notebook\n")
        failed = night(file)
    return {"work": work, "done": done, "drafts": drafts, "failed": failed}


def night(file: Path, more: str = "") -> dict[str, object]:
    """One run; its record, what it said, and the hash of every file that it left outside the records."""
    said: list[str] = []
    record = yearly.run(config(file, more), now=NOW, year=2004, say=said.append, log="report.log")
    left = {
        path.relative_to(file.parent).as_posix(): sha256(path)
        for folder in ("hand-over", "out", "editions")
        for path in (file.parent / folder).rglob("*")
        if path.is_file()
    }
    return {"record": record, "said": "\n".join(said), "left": left}


def test_a_good_night_does_every_step_and_hands_over_what_is_on_the_list(nights):
    record, left = nights["done"]["record"], nights["done"]["left"]
    assert [(one["step"], one["state"], one["exit_code"]) for one in record["steps"]] == [
        (name, DONE, 0) for name in ("check", "release", "batch", "audit", "hand over")
    ]
    assert record["state"] == DONE and record["reports"] == {NAME: DONE} and record["hand_over"] == "2004.r1"
    handed = {name.removeprefix("hand-over/2004.r1/") for name in left if name.startswith("hand-over/")}
    assert {name for name in handed if not name.startswith("data/2004/")} == {
        f"{NAME}.html",
        f"{NAME}.facts.json",
    }
    assert "data/2004/cells_SYNTHETIC.csv" in handed
    assert yearly_record.summary(record)[-1] == "2004: done, handed over as 2004.r1"


@pytest.mark.parametrize("which", ["done", "drafts", "failed"])
def test_the_record_fits_its_schema_and_holds_nothing_of_the_records(nights, which):
    record = nights[which]["record"]
    jsonschema.validate(record, yearly_record.SCHEMA)
    text = json.dumps(record)
    for path in (nights["work"] / "records").iterdir():
        assert sha256(path) not in text
    assert str(nights["work"]) not in text and "International" not in text


def test_no_hash_of_a_record_file_crosses_the_wall(nights):
    hashes = inputs.hashes(nights["work"] / "records").values()
    for folder in ("hand-over", "out", "editions"):
        text = b"".join(path.read_bytes() for path in (nights["work"] / folder).rglob("*") if path.is_file())
        assert not [one for one in hashes if one.encode() in text]


def test_missing_data_make_drafts_that_are_audited_and_never_handed_over(nights):
    record, said = nights["drafts"]["record"], nights["drafts"]["said"]
    assert record["state"] == DEGRADED and record["reports"] == {NAME: DEGRADED}
    assert [one["state"] for one in record["steps"]] == [DONE, DONE, DEGRADED, DONE, NOT_RUN]
    assert {"partner": "TAF", "table": "clients", "state": "missing"} in record["expected"]
    assert "  - TAF has not sent clients of 2004 yet" in said
    page = (nights["work"] / "out" / f"{NAME}_DRAFT.html").read_text(encoding="utf-8")
    assert yearly.INCOMPLETE in page and "TAF" not in page


def test_a_draft_is_a_property_of_its_edition_and_goes_when_the_data_are_in(nights):
    editions = nights["work"] / "editions"
    assert json.loads((editions / "2004" / "edition.json").read_text()).get("draft") is None
    assert (
        nights["drafts"]["left"]["editions/2004/cells.csv"]
        == nights["failed"]["left"]["editions/2004/cells.csv"]
    )
    assert (
        nights["drafts"]["left"]["editions/2004/edition.json"]
        != nights["failed"]["left"]["editions/2004/edition.json"]
    )


@pytest.mark.parametrize("which", ["drafts", "failed"])
def test_what_was_good_is_as_it_was_after_a_worse_night(nights, which):
    before, after = nights["done"]["left"], nights[which]["left"]
    good = [name for name in before if name.startswith(("hand-over/", "out/data/2004/", f"out/{NAME}."))]
    kept = [name for name in good if not name.endswith(run_record.SUFFIX)]
    assert len(kept) > 20 and all(after[name] == before[name] for name in kept)
    assert {name for name in after if name.startswith("hand-over/")} <= set(before)
    record = nights[which]["record"]
    assert record["last_good"] == nights["done"]["record"]["last_good"]
    assert "the last good hand-over, 2004.r1 of " in yearly_record.summary(record)[-1]


def test_a_batch_that_fails_stops_the_night_with_its_exit_code(nights):
    record, said = nights["failed"]["record"], nights["failed"]["said"]
    assert record["state"] == FAILED
    assert [(one["state"], one["exit_code"]) for one in record["steps"]] == [
        (DONE, 0), (DONE, 0), (FAILED, 2), (NOT_RUN, None), (NOT_RUN, None),
    ]  # fmt: skip
    assert "batch: the batch ended with exit code 2 before all was made" in said


def test_inputs_and_warnings_are_compared_with_the_last_good_night(nights):
    assert set(nights["done"]["record"]["files"].values()) == {"new"}
    for which in ("drafts", "failed"):  # a worse night is not what the next is compared with
        assert nights[which]["record"]["files"]["rescues.csv"] == "replaced"
        assert nights[which]["record"]["files"]["clients.csv"] == "unchanged"
    assert "new warning: R03 does not hold" in nights["done"]["said"]
    assert "new warning" not in nights["failed"]["said"] and "as in the last run" in nights["failed"]["said"]


def test_status_tells_how_the_last_night_went(nights):
    (row,) = [one for one in status.rows(nights["work"] / "out", NOW, 400) if one.report.endswith("yearly")]
    assert row.state == FAILED and row.trouble.startswith("batch: ") and row.last_good


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A year of its own that stops early."""
    monkeypatch.setattr(releasing, "CONFIDENTIAL", tmp_path / "confidential")
    return write_year(tmp_path)


def test_missing_data_stop_a_run_that_was_not_told_to_make_drafts(alone):
    more = "  - {partner: TAF, tables: [clients, rescues], years: 2004-2005}\n"
    left = night(alone, more + "  - {partner: IJM, tables: [cases], years: 2005}\n")
    assert "IJM" not in left["said"]
    assert left["record"]["state"] == FAILED and left["record"]["steps"][1]["state"] == NOT_RUN
    assert "2 expected input(s) missing, nothing was released" in left["said"]
    assert "  - TAF has not sent rescues of 2004 yet" in left["said"] and "→ ask for it" in left["said"]
    assert not [name for name in left["left"] if not name.startswith("out/") and ".lock" not in name]


def test_rejected_records_leave_a_file_to_send_and_a_record_without_what_was_found(alone):
    edit(alone.parent / "records", "rescues", "2004-04-01", "after Sok's wedding")
    left = night(alone)
    assert left["record"]["steps"][0]["state"] == FAILED and left["record"]["steps"][0]["exit_code"] == 1
    assert left["record"]["sentence"] == "check: records: 1 fault in 1 file; nothing was loaded"
    folder = rejected.folder_of(alone.parent / "records")
    assert [path.name for path in folder.iterdir()] == ["IOM_rescues.txt"]
    assert "IOM_rescues.txt" in left["said"] and "Sok" not in json.dumps(left["record"])


def test_a_second_run_is_refused_and_touches_nothing(alone):
    asked = config(alone)
    for folder in (asked.out, asked.editions):
        with (
            lock.hold(folder / lock.YEARLY, "ctip yearly", NOW),
            pytest.raises(lock.LockedError, match="since 2005-03-15T02:00"),
        ):
            yearly.run(asked, now=NOW, year=2004, say=print)
    assert not (asked.out / yearly_record.NAME).exists()


def test_a_run_that_was_killed_is_told_by_the_next(alone):
    asked = config(alone, "  - {partner: TAF, tables: [clients]}\n")
    killed = yearly_record.begin("year.yml", "2004", "", {})
    killed["steps"][2]["state"] = "running"
    run_record.write(asked.out / yearly_record.NAME, killed)
    said: list[str] = []
    yearly.run(asked, now=NOW, year=2004, say=said.append)
    assert said[0] == f"the run of {killed['started']} was ended from outside, in the step batch"
