"""A yearly run on minimal records: what it leaves, what a failure leaves as it was, and what no record may have in it.

The runs follow one another on the same folders, as years do: a good one, one with less data that makes drafts, one
whose batch fails.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from record_folder import edit
from small_batch import NAME
from small_year import write_year

from ctip_analysis.base import lock
from ctip_analysis.base.reference import sha256
from ctip_analysis.inside import confidential
from ctip_analysis.inside.records import inputs, returned
from ctip_analysis.runs import run_record, status, yearly
from ctip_analysis.runs.configuration import Config, read_config
from ctip_analysis.runs.run_record import STEPS, State, Step, YearlyRecord
from ctip_analysis.runs.status import summary

pytestmark = pytest.mark.long

NOW = datetime(2005, 3, 15, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Three runs on one folder; of each its record, what it said and what it left."""
    work = tmp_path_factory.mktemp("years")
    file = write_year(work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confidential, "FOLDER", work / "confidential")
        done = run_of(file)
        edit(work / "records", "rescues", ",3,true", ",4,true")
        drafts = run_of(file, "  - {partner: TAF, tables: [clients]}\nwhen_missing: draft\n")
        file.write_text(file.read_text().replace("  - {partner: TAF, tables: [clients]}\n", ""))
        (work / "reports.yml").write_text("reports:\n  - notebook: no_such_notebook\n")
        failed = run_of(file)
    return {"work": work, "done": done, "drafts": drafts, "failed": failed}


def config(file: Path, more: str = "") -> Config:
    """The run that *file* describes, after *more* lines were added to it."""
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return read_config(file)


def run_of(file: Path, more: str = "") -> dict[str, object]:
    """One run; its record, what it said, and the hash of every file that it left outside the records."""
    said: list[str] = []
    record = yearly.run(config(file, more), now=NOW, year=2004, say=said.append)
    left = {
        path.relative_to(file.parent).as_posix(): sha256(path)
        for folder in ("hand-over", "out", "editions")
        for path in (file.parent / folder).rglob("*")
        if path.is_file()
    }
    return {"record": record, "said": "\n".join(said), "left": left}


def test_a_good_run_does_every_step_and_hands_over_what_is_on_the_list(years):
    record, left = years["done"]["record"], years["done"]["left"]
    assert [(one.step, one.state, one.exit_code) for one in record.steps] == [
        (name, State.DONE, 0) for name in ("check", "release", "batch", "audit", "hand over")
    ]
    assert record.state == State.DONE and record.reports == {NAME: State.DONE} and record.hand_over == "2004.r1"
    handed = {name.removeprefix("hand-over/2004.r1/") for name in left if name.startswith("hand-over/")}
    assert {name for name in handed if not name.startswith("data/2004/")} == {
        f"{NAME}.html",
        f"{NAME}.facts.json",
    }
    assert "data/2004/cells_SYNTHETIC.csv" in handed
    assert summary(record)[-1] == "2004: done, handed over as 2004.r1"


@pytest.mark.parametrize("which", ["done", "drafts", "failed"])
def test_the_record_fits_its_schema_and_holds_nothing_of_the_records(years, which):
    text = years[which]["record"].model_dump_json()
    for path in (years["work"] / "records").iterdir():
        assert sha256(path) not in text
    assert str(years["work"]) not in text and "International" not in text


def test_no_hash_of_a_record_file_crosses_the_wall(years):
    hashes = inputs.hashes(years["work"] / "records").values()
    for folder in ("hand-over", "out", "editions"):
        text = b"".join(path.read_bytes() for path in (years["work"] / folder).rglob("*") if path.is_file())
        assert not [one for one in hashes if one.encode() in text]


def test_missing_data_make_drafts_that_are_audited_and_never_handed_over(years):
    record, said = years["drafts"]["record"], years["drafts"]["said"]
    assert record.state == State.DEGRADED and record.reports == {NAME: State.DEGRADED}
    assert [one.state for one in record.steps] == [State.DONE, State.DONE, State.DEGRADED, State.DONE, State.NOT_RUN]
    assert ("TAF", "clients", "missing") in [tuple(vars(one).values()) for one in record.expected]
    assert "  - TAF has not sent clients of 2004 yet" in said
    page = (years["work"] / "out" / f"{NAME}_DRAFT.html").read_text(encoding="utf-8")
    assert yearly.INCOMPLETE in page and "TAF" not in page


def test_a_draft_is_a_property_of_its_edition_and_goes_when_the_data_are_in(years):
    editions = years["work"] / "editions"
    assert "draft" not in (editions / "2004" / "edition.json").read_text()
    assert years["drafts"]["left"]["editions/2004/cells.csv"] == years["failed"]["left"]["editions/2004/cells.csv"]
    assert (
        years["drafts"]["left"]["editions/2004/edition.json"] != years["failed"]["left"]["editions/2004/edition.json"]
    )


@pytest.mark.parametrize("which", ["drafts", "failed"])
def test_a_worse_run_changes_nothing_of_what_was_good(years, which):
    before, after = years["done"]["left"], years[which]["left"]
    good = [name for name in before if name.startswith(("hand-over/", "out/data/2004/", f"out/{NAME}."))]
    kept = [name for name in good if not name.endswith(run_record.SUFFIX)]
    assert len(kept) > 20 and all(after[name] == before[name] for name in kept)
    assert {name for name in after if name.startswith("hand-over/")} <= set(before)
    record = years[which]["record"]
    assert record.last_good == years["done"]["record"].last_good
    assert "the last good hand-over, 2004.r1 of " in summary(record)[-1]


def test_a_batch_that_fails_stops_the_run_with_its_exit_code(years):
    record, said = years["failed"]["record"], years["failed"]["said"]
    assert record.state == State.FAILED
    assert [(one.state, one.exit_code) for one in record.steps] == [
        (State.DONE, 0), (State.DONE, 0), (State.FAILED, 2), (State.NOT_RUN, None), (State.NOT_RUN, None),
    ]  # fmt: skip
    assert "batch: reports.yml: 1 fault; nothing was started" in said


def test_inputs_and_warnings_are_compared_with_the_last_good_run(years):
    assert set(years["done"]["record"].files.values()) == {"new"}
    for which in ("drafts", "failed"):  # a worse run is not what the next is compared with
        assert years[which]["record"].files["rescues.csv"] == "replaced"
        assert years[which]["record"].files["clients.csv"] == "unchanged"
    assert "new warning: R03 does not hold" in years["done"]["said"]
    assert "new warning" not in years["failed"]["said"] and "as in the last run" in years["failed"]["said"]


def test_status_says_how_the_last_run_ended(years):
    (row,) = [one for one in status.rows(years["work"] / "out", NOW, 400) if one.report.endswith("yearly")]
    assert row.state == State.FAILED and row.trouble.startswith("batch: ") and row.last_good


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A year of its own that stops early."""
    monkeypatch.setattr(confidential, "FOLDER", tmp_path / "confidential")
    return write_year(tmp_path)


def test_missing_data_stop_a_run_that_was_not_told_to_make_drafts(alone):
    more = "  - {partner: TAF, tables: [clients, rescues], years: 2004-2005}\n"
    left = run_of(alone, more + "  - {partner: IJM, tables: [cases], years: 2005}\n")
    assert "IJM" not in left["said"]
    assert left["record"].state == State.FAILED and left["record"].steps[1].state == State.NOT_RUN
    assert "2 expected input(s) missing, nothing was released" in left["said"]
    assert "  - TAF has not sent rescues of 2004 yet" in left["said"] and "→ ask for it" in left["said"]
    assert not [name for name in left["left"] if not name.startswith("out/") and ".yearly" not in name]


def test_rejected_records_leave_a_file_to_send_and_a_record_without_what_was_found(alone):
    edit(alone.parent / "records", "rescues", "2004-04-01", "after Sok's wedding")
    left = run_of(alone)
    assert left["record"].steps[0].state == State.FAILED and left["record"].steps[0].exit_code == 1
    assert left["record"].sentence == "check: records: 1 fault in 1 file; nothing was loaded"
    folder = returned.folder_of(alone.parent / "records")
    assert [path.name for path in folder.iterdir()] == ["IOM_rescues.txt"]
    assert "IOM_rescues.txt" in left["said"] and "Sok" not in left["record"].model_dump_json()


def test_a_second_run_is_refused_and_touches_nothing(alone):
    asked = config(alone)
    for folder in (asked.out, asked.editions):
        with (
            lock.hold(folder / lock.YEARLY, "ctip yearly", NOW),
            pytest.raises(lock.LockedError, match="since 2005-03-15T02:00"),
        ):
            yearly.run(asked, now=NOW, year=2004, say=print)
    assert not (asked.out / run_record.YEARLY).exists()


def test_a_run_that_was_killed_is_named_by_the_next(alone):
    asked = config(alone, "  - {partner: TAF, tables: [clients]}\n")
    steps = [Step(step=name, state="running" if name == "batch" else State.DONE) for name in STEPS]
    killed = YearlyRecord(run="year.yml", period="2004", started=run_record.now(), steps=steps)
    run_record.write(asked.out / run_record.YEARLY, killed)
    said: list[str] = []
    yearly.run(asked, now=NOW, year=2004, say=said.append)
    assert said[0] == f"the run of {killed.started} was ended from outside, in the step batch"
