"""One yearly run: check, release, batch, audit, hand over, each only if the one before it went well.

``OUT/yearly.run-record.json`` says how far it got, and has nothing read from records. The last hand-over and the last
good reports are as they were until everything of the new ones is right.
"""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ctip_analysis.audit import audit
from ctip_analysis.base import files, lock, periods
from ctip_analysis.base.errors import CtipError, DataError, NotShareableError, ReportFailedError, worded
from ctip_analysis.base.reference import described_path
from ctip_analysis.edition import open_edition
from ctip_analysis.inside import load_records, release
from ctip_analysis.inside.records import inputs, returned
from ctip_analysis.inside.records.reconcile import breaches
from ctip_analysis.runs import batch_run, editions, outputs, run_record
from ctip_analysis.runs.configuration import Config
from ctip_analysis.runs.run_record import STEPS, HandedOver, State, Step, YearlyRecord

TELLING = 60  # seconds that the operator's command may take
_GOOD = (State.DONE, State.UNCHANGED)  # as a batch calls reports that are there and good
# On every page of a draft. No number, which the audit would refuse, and no partner, whom it would name.
INCOMPLETE = "Not all records of the year are in yet: numbers will change."
ASK = (
    "  → ask for it; or take it out of expect, if there is nothing to send; or set when_missing: draft. "
    "A draft counts as shown: a figure that later changes by less than 11 is withdrawn"
)
Became = tuple[State, str]  # the state of a step that did not fail, and a sentence about it


@dataclass
class Run:
    """A yearly run under way: what was asked, what is known so far, and its record."""

    config: Config
    year: int
    say: Callable[[str], None]
    record: YearlyRecord
    stack: ExitStack
    edition: Path = field(default_factory=Path)
    parcel: Path = field(default_factory=Path)
    before: inputs.Inputs = field(default_factory=inputs.Inputs)
    now: inputs.Inputs = field(default_factory=inputs.Inputs)

    def note(self, **known: Any) -> None:
        """Put what is *known* into the record, and the record on disk."""
        for name, value in known.items():
            setattr(self.record, name, value)
        run_record.write(self.config.out / run_record.YEARLY, self.record)


def run(config: Config, *, now: datetime, year: int, say: Callable[[str], None]) -> YearlyRecord:
    """Make, audit and hand over all reports of *year*; return the record of the run.

    *say* is called with lines for the person who watches.

    LockedError: another run is at work on the same reports or editions.
    """
    with ExitStack() as stack:
        for folder in dict.fromkeys([config.out, config.editions]):
            stack.enter_context(lock.hold(folder / lock.YEARLY, "ctip yearly", now))
        before = run_record.read(config.out / run_record.YEARLY, YearlyRecord)
        if before and before.state == State.RUNNING:
            reached = [one.step for one in before.steps if one.state == State.RUNNING] or STEPS
            say(f"the run of {before.started} was ended from outside, in the step {reached[0]}")
        record = YearlyRecord(
            run=config.path.name, period=periods.year_code(year, config.basis), started=run_record.now(),
            steps=[Step(step=name) for name in STEPS], last_good=before.last_good if before else None,
        )  # fmt: skip
        this = Run(config, year, say, record, stack, before=inputs.last(config.path.stem))
        this.note()
        for line, step in zip(record.steps, (_check, _release, _batch, _audit, _hand_over), strict=True):
            if record.state == State.RUNNING:
                _take(this, line, step)
        _end(this)
    return record


def _take(run: Run, line: Step, step: Callable[[Run], Became]) -> None:
    """Run one step, and record what became of it."""
    began = time.monotonic()
    try:
        line.state = State.RUNNING
        run.note()
        line.state, line.sentence = step(run)
        line.exit_code = {State.DONE: 0, State.DEGRADED: 1}.get(line.state)
    except (Exception, KeyboardInterrupt) as error:
        said, line.exit_code = worded(error)
        run.say(f"{line.step}: {said}")
        # Only the headline: what follows it may quote what was found in a record.
        line.sentence, line.state = said.splitlines()[0], State.FAILED
        run.record.state, run.record.sentence = State.FAILED, f"{line.step}: {line.sentence}"
    line.seconds = round(time.monotonic() - began, 1)
    run.note()


def _check(run: Run) -> Became:
    """Load the records, compare them with what was published and what was expected; list what came in."""
    config = run.config
    try:
        records = load_records(config.data)
        if faults := breaches(records):
            raise DataError(f"{config.data.name}: {len(faults)} broken rule(s)", faults)
    except DataError as error:
        if error.faults and config.data.is_dir():
            written = ", ".join(one.name for one in returned.write_letters(config.data, error.faults))
            folder = described_path(returned.folder_of(config.data))
            run.say(f"to send to those who can mend it, in {folder}: {written}")
        raise
    returned.clear(config.data)
    run.now = inputs.Inputs(inputs.hashes(config.data), inputs.warnings(records))
    expected = [one for one in config.expect if one.years[0] <= run.year <= one.years[1]]
    wanted = [(one.partner, table) for one in expected for table in one.tables]
    looked = inputs.looked_for(records, wanted, run.record.period)
    found = inputs.compared(run.now.files, run.before.files)
    run.note(
        files=found,
        expected=[run_record.Expected(partner=one.partner, table=one.table, state=one.state) for one in looked],
    )
    since = f" since the run of {run.before.ended}" if run.before.ended else ""
    for state in (inputs.NEW, inputs.REPLACED, inputs.GONE, inputs.UNCHANGED):
        if named := [name for name in found if found[name] == state]:
            run.say(f"{state}{since}: {', '.join(named)}")
    if missing := [one for one in looked if one.state == inputs.MISSING]:
        _missing(run, missing)
    return State.DONE, ""


def _missing(run: Run, missing: list[inputs.Wanted]) -> None:
    """Stop, or make drafts when told to."""
    lines = [f"  - {one}" for one in missing]
    if run.config.when_missing != "draft":
        head = f"{len(missing)} expected input(s) missing, nothing was released"
        raise ReportFailedError("\n".join([head, *lines, ASK]))
    run.note(draft=INCOMPLETE)
    run.say("\n".join([f"{len(missing)} expected input(s) missing, so all reports are drafts", *lines]))


def _release(run: Run) -> Became:
    config = run.config
    editions.refuse_others(config.editions, config.data)
    run.edition = release(
        config.data, year=run.year, out=config.editions, basis=config.basis, first=config.first == run.year,
        draft=run.record.draft, incomplete=config.when_missing == "draft", progress=run.say,
    )  # fmt: skip
    editions.bind(config.editions, config.data, run.record.period)
    run.note(edition=open_edition(run.edition).id)
    run.now.warnings += inputs.noted_at_release(run.record.edition)
    new = [one for one in run.now.warnings if one not in run.before.warnings]
    for one in new:
        run.say(f"new warning: {one}")
    if old := len(run.now.warnings) - len(new):
        run.say(f"{old} warning(s) as in the last run")
    return State.DONE, ""


def _batch(run: Run) -> Became:
    """Make what is stale; a sentence if some are drafts, an error if some failed."""
    config = run.config
    chosen = batch_run.Chosen(workers=config.workers, only_stale=True)
    states = batch_run.run(config.reports, run.edition, config.notebooks, config.out, chosen)
    run.note(reports=states)
    bad = [f"  - {name}: {state}" for name, state in states.items() if state not in (*_GOOD, State.DEGRADED)]
    drafts = list(states.values()).count(State.DEGRADED)
    if bad or not states:
        raise ReportFailedError("\n".join([f"{len(bad)} of {len(states)} reports are not done", *bad]))
    if run.record.draft and drafts < len(states):
        raise ReportFailedError("reports of a draft edition were made that are not marked as drafts")
    return (State.DEGRADED, f"{drafts} of {len(states)} reports are drafts") if drafts else (State.DONE, "")


def _audit(run: Run) -> Became:
    """Copy what would be handed over into a private folder and audit it there."""
    config, states, period = run.config, run.record.reports, run.record.period
    private = run.stack.enter_context(files.private_folder(config.hand_over, ".hand-over-"))
    run.parcel = private / period
    for wanted, drafts in ((_GOOD, False), ((State.DEGRADED,), True)):
        if named := [name for name, state in states.items() if state in wanted]:
            outputs.gather(config.out, named, run.parcel, drafts=drafts)
    if found := audit([run.parcel]):
        count = f"{len(found)} finding{'s' if len(found) > 1 else ''} of the audit: not to be shared"
        raise NotShareableError("\n".join([count, *(f"  - {one}" for one in found)]))
    return State.DONE, ""


def _hand_over(run: Run) -> Became:
    """Put the audited folder in place under its number; drafts are never handed over."""
    if State.DEGRADED in run.record.reports.values():
        return State.NOT_RUN, f"drafts are not handed over; they are in {described_path(run.config.out)}"
    placed = outputs.hand_over(run.parcel, run.config.hand_over, run.record.period)
    run.note(hand_over=placed.name)
    return State.DONE, ""


def _end(run: Run) -> None:
    """Close the record; after a good run its inputs are those that the next one is compared with."""
    record, ended = run.record, run_record.now()
    if record.state == State.RUNNING:
        is_good = all(line.state == State.DONE for line in record.steps)
        record.state = State.DONE if is_good else State.DEGRADED
        record.sentence = "" if is_good else record.draft or record.steps[2].sentence
    if record.state == State.DONE:
        run.now.ended = ended
        inputs.keep(run.config.path.stem, run.now)
        known = record.model_dump(include={"period", "edition", "hand_over"})
        record.last_good = HandedOver(ended=ended, **known)
    run.note(ended=ended)
    if record.state == State.DONE and run.config.keep:
        try:
            for name in outputs.remove_old(run.config.hand_over, run.config.keep):
                run.say(f"removed {name} of {run.config.hand_over.name}")
        except (CtipError, OSError) as error:  # a run that was done stays done
            run.say(f"old hand-overs were not removed: {getattr(error, 'strerror', None) or error}")


def tell(command: str, record: Path) -> str:
    """Run the operator's *command* with the path of *record* as its argument; what went wrong with it, or ""."""
    try:
        done = subprocess.run([*shlex.split(command), str(record)], timeout=TELLING, check=False)
    except subprocess.TimeoutExpired:
        return f"the command of --on-failure was ended after {TELLING} seconds"
    except (OSError, ValueError) as error:
        return f"the command of --on-failure could not be run: {getattr(error, 'strerror', None) or error}"
    return f"the command of --on-failure ended with exit code {done.returncode}" if done.returncode else ""
