"""One night of the operator: check, release, batch, audit, hand over, each only if the one before it went well.

``OUT/yearly.run-record.json`` says how far it got, as it really was, and holds nothing read from records. What was
handed over before, and the last good reports, are as they were until everything of the new ones is right.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ctip_analysis.base import lock, periods
from ctip_analysis.base.errors import CtipError, DataError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.base.workspace import private_folder
from ctip_analysis.inside.records import inputs, rejected
from ctip_analysis.inside.records.load import load_records
from ctip_analysis.inside.records.reconcile import breaches
from ctip_analysis.inside.release import release
from ctip_analysis.options import worded
from ctip_analysis.runs import delivery, programs, prune, run_record, yearly_record
from ctip_analysis.runs.batch import UNCHANGED
from ctip_analysis.runs.task import DEGRADED, DONE, FAILED, NOT_RUN, RUNNING
from ctip_analysis.runs.yearly_config import DATES, DRAFT, Config
from ctip_analysis.runs.yearly_record import STEPS, begin, step_of

_GOOD = (DONE, UNCHANGED)  # as a batch calls reports that are there and good
BATCH = (sys.executable, "-m", "ctip_analysis", "batch")
# On every page of a draft: no number, which the audit would refuse, and no partner, of whom it would tell.
INCOMPLETE = "Not all records of the year are in yet: numbers will change."
Became = tuple[str, str]  # the state of a step that did not fail, and a sentence about it


class StepError(CtipError):
    """A step that did not go well; ``exit_code`` is the one it ended with."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass
class Night:
    """A yearly run under way: what was asked, what is known so far, and its record."""

    config: Config
    period: str
    say: Callable[[str], None]
    record: dict[str, Any]
    stack: ExitStack
    edition: Path = field(default_factory=Path)
    parcel: Path = field(default_factory=Path)
    before: inputs.Inputs = field(default_factory=inputs.Inputs)
    now: inputs.Inputs = field(default_factory=inputs.Inputs)

    def note(self, **known: Any) -> None:
        """Put what is *known* into the record, and the record on disk."""
        self.record.update(known)
        run_record.write(self.config.out / yearly_record.NAME, self.record)


def run(
    config: Config, *, now: datetime, year: int, say: Callable[[str], None], log: str = ""
) -> dict[str, Any]:
    """Make, audit and lay down all reports of *year*; return the record of the run.

    *say* tells the person who watches; *log* is where the operator finds more.

    Raises
    ------
    LockedError
        Another run is at work on the same reports or editions.
    """
    with ExitStack() as stack:
        for folder in dict.fromkeys([config.out, config.editions]):
            stack.enter_context(lock.hold(folder / lock.YEARLY, "ctip yearly", now))
        before = run_record.read(config.out / yearly_record.NAME)
        if before.get("state") == RUNNING:
            say(f"the run of {before.get('started')} was ended from outside, in the step {step_of(before)}")
        period = periods.year_code(year, config.basis)
        night = Night(config, period, say, begin(config.path.name, period, log, before), stack)
        night.before = inputs.last(config.path.stem)
        night.note()
        for name, step in zip(STEPS, (_check, _release, _batch, _audit, _hand_over), strict=True):
            _take(night, name, step)
        _end(night)
    return night.record


def _take(night: Night, name: str, step: Callable[[Night], Became]) -> None:
    """Run one step if all before it were done or made drafts, and record what became of it."""
    line = next(one for one in night.record["steps"] if one["step"] == name)
    if night.record["state"] == FAILED:
        return
    began = time.monotonic()
    try:
        line["state"] = RUNNING
        night.note()
        line["state"], line["sentence"] = step(night)
        line["exit_code"] = {DONE: 0, DEGRADED: 1}.get(line["state"])
    except (Exception, KeyboardInterrupt) as error:
        said, line["exit_code"] = worded(error)
        night.say(f"{name}: {said}")
        # Only the headline: what follows it may quote what was found in a record.
        line["sentence"], line["state"] = said.splitlines()[0], FAILED
        night.record.update(state=FAILED, sentence=f"{name}: {line['sentence']}")
    line["seconds"] = round(time.monotonic() - began, 1)
    night.note()


def _check(night: Night) -> Became:
    """Load the records, hold them against what was published and what was expected; list what came in."""
    config = night.config
    try:
        records = load_records(config.data)
        if faults := breaches(records):
            raise DataError(f"{config.data.name}: {len(faults)} broken rule(s)", faults)
    except DataError as error:
        _ask_to_mend(night, error)
        raise
    rejected.clear(config.data)
    night.now = inputs.Inputs(inputs.hashes(config.data), inputs.warnings(records))
    wanted = [
        (one.partner, one.table) for one in config.expect
        if one.years[0] <= int(night.period.removeprefix("FY")) <= one.years[1]
    ]  # fmt: skip
    looked = inputs.looked_for(records, wanted, night.period, DATES)
    night.note(
        files=inputs.compared(night.now.files, night.before.files),
        expected=[{"partner": one.partner, "table": one.table, "state": one.state} for one in looked],
    )
    _say_inputs(night)
    if missing := [one for one in looked if one.state == inputs.MISSING]:
        _missing(night, missing)
    return DONE, ""


def _ask_to_mend(night: Night, error: DataError) -> None:
    if error.faults and night.config.data.is_dir():
        written = rejected.write(night.config.data, error.faults)
        folder = rejected.folder_of(night.config.data)
        night.say(
            f"to send to those who can mend it, in {_near(folder)}: {', '.join(one.name for one in written)}"
        )


def _near(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _say_inputs(night: Night) -> None:
    held = night.record["files"]
    since = f" since the run of {night.before.ended}" if night.before.ended else ""
    for state in (inputs.NEW, inputs.REPLACED, inputs.GONE, inputs.UNCHANGED):
        if named := [name for name in held if held[name] == state]:
            night.say(f"{state}{since}: {', '.join(named)}")


def _missing(night: Night, missing: list[inputs.Wanted]) -> None:
    """Stop, or make drafts when told to."""
    lines = [f"  - {one}" for one in missing]
    if night.config.when_missing != DRAFT:
        mend = (
            "  → ask for it; or take it out of expect, if there is nothing to send; or set when_missing: draft. "
            "A draft counts as shown: a figure that later changes by less than 11 is withdrawn"
        )
        raise StepError(
            "\n".join([f"{len(missing)} expected input(s) missing, nothing was released", *lines, mend])
        )
    night.note(draft=INCOMPLETE)
    night.say("\n".join([f"{len(missing)} expected input(s) missing, so all reports are drafts", *lines]))


def _release(night: Night) -> Became:
    config, year = night.config, int(night.period.removeprefix("FY"))
    night.edition = release(
        config.data, year=year, out=config.editions, basis=config.basis, first=config.first == year,
        draft=night.record["draft"],
    )  # fmt: skip
    night.note(edition=_id_of(night.edition))
    night.now.warnings += inputs.noted_at_release(night.record["edition"])
    new = [one for one in night.now.warnings if one not in night.before.warnings]
    for one in new:
        night.say(f"new warning: {one}")
    if old := len(night.now.warnings) - len(new):
        night.say(f"{old} warning(s) as in the last run")
    return DONE, ""


def _id_of(edition: Path) -> str:
    return str(json.loads((edition / "edition.json").read_text(encoding="utf-8"))["id"])


def _batch(night: Night) -> Became:
    """Make what is stale; a sentence if some are drafts, an error if some failed."""
    code = programs.exit_code(_command(night), ROOT)
    made = run_record.read(night.config.out / run_record.BATCH)
    if (
        code not in (0, 1)
        or made.get("edition") != night.record["edition"]
        or made.get("state") not in (DONE, FAILED)
    ):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise StepError(f"the batch ended with {how} before all was made; what it said stands above", code)
    states: dict[str, str] = made["reports"]
    night.note(reports=states)
    bad = [f"  - {name}: {state}" for name, state in states.items() if state not in (*_GOOD, DEGRADED)]
    drafts = list(states.values()).count(DEGRADED)
    if bad or not states or (code and not drafts):
        raise StepError("\n".join([f"{len(bad)} of {len(states)} reports are not done", *bad]), code)
    if night.record["draft"] and drafts < len(states):
        raise StepError("reports of a draft edition were made that are not marked as drafts")
    return (DEGRADED, f"{drafts} of {len(states)} reports are drafts") if drafts else (DONE, "")


def _command(night: Night) -> list[str]:
    config = night.config
    command = [*BATCH, str(config.reports), "--edition", str(night.edition), "--out", str(config.out)]
    command += ["--notebooks", str(config.notebooks), "--only-stale"]
    return command + (["--workers", str(config.workers)] if config.workers else [])


def _audit(night: Night) -> Became:
    """Copy what would be handed over into a private folder and look through it there."""
    config, states = night.config, night.record["reports"]
    private = night.stack.enter_context(private_folder(config.hand_over, ".hand-over-"))
    night.parcel = private / night.period
    for wanted, drafts in ((_GOOD, False), ((DEGRADED,), True)):
        if named := [name for name, state in states.items() if state in wanted]:
            delivery.gather(config.out, named, night.period, night.parcel, drafts=drafts)
    delivery.refuse_findings(night.parcel)
    return DONE, ""


def _hand_over(night: Night) -> Became:
    """Lay the audited folder down under its number; drafts are never handed over."""
    if DEGRADED in night.record["reports"].values():
        return NOT_RUN, f"drafts are not handed over; they lie in {_near(night.config.out)}"
    placed = delivery.put_in_place(night.parcel, night.config.hand_over, night.period)
    night.note(hand_over=placed.name)
    return DONE, ""


def _end(night: Night) -> None:
    """Close the record; after a good run its inputs are those that the next one is compared with."""
    record, ended = night.record, run_record.now()
    if record["state"] == RUNNING:
        is_good = all(line["state"] == DONE for line in record["steps"])
        record["state"] = DONE if is_good else DEGRADED
        record["sentence"] = "" if is_good else record["draft"] or record["steps"][2]["sentence"]
    if record["state"] == DONE:
        night.now.ended = ended
        inputs.keep(night.config.path.stem, night.now)
        record["last_good"] = {
            "ended": ended,
            **{key: record[key] for key in ("period", "edition", "hand_over")},
        }
    night.note(ended=ended)
    if record["state"] == DONE and night.config.keep:
        _prune(night, night.config.keep)


def _prune(night: Night, keep: int) -> None:
    """Take old hand-overs away; a run that was done stays done where that fails."""
    try:
        old = prune.old_hand_overs(night.config.hand_over, keep)
        prune.remove(old)
    except (CtipError, OSError) as error:
        night.say(f"old hand-overs were not removed: {getattr(error, 'strerror', None) or error}")
        return
    for path in old:
        night.say(f"removed {path.name} of {night.config.hand_over.name}")
