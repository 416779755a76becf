"""Run records: what became of each report, batch and yearly run, for the operator.

``NAME.run-record.json`` beside a report says what became of its last run, and in ``last_good`` what the page there
was made of. Nothing read from records is in it, and it is never handed over.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ctip_analysis.base import files, provenance
from ctip_analysis.base.errors import worded
from ctip_analysis.base.reference import ROOT, described_path

SUFFIX = ".run-record.json"
LOG = ROOT / "build" / "logs" / "report.log"  # a line a run
BATCH, YEARLY = f"batch{SUFFIX}", f"yearly{SUFFIX}"
STEPS = ("check", "release", "batch", "audit", "hand over")

Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class State(StrEnum):
    """What became of a report, a cell, a step or a run."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    DEGRADED = "degraded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    NOT_RUN = "not run"
    EMPTY = "empty"
    UNCHANGED = "unchanged"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Cell(_Strict):
    """What became of one code cell: its number in the notebook (from 1), state, seconds."""

    number: int
    state: State = State.PLANNED
    seconds: float = 0.0


class Outcome(_Strict):
    """What became of a report, as its process says. ``where`` names lines of code; nothing quotes a record."""

    state: State = State.FAILED
    sentence: str = ""
    where: str = ""
    seconds: dict[str, float] = {}
    peak_mb: float = 0.0
    cells: list[Cell] = []
    findings: list[str] = []
    figures: int = 0
    tables: int = 0


class Record(_Strict):
    """What every kind of record has."""

    state: State = State.RUNNING
    sentence: str = ""
    edition: str = ""
    started: str = ""
    ended: str | None = None


class DataRecord(_Strict):
    """The data beside the reports of one period: their edition and the hashes of their files."""

    edition: str
    outputs: dict[str, Hash]


class Good(DataRecord):
    """The last good page: when it was made, of what, and the hashes of its files."""

    ended: str
    made_of: dict[str, str]


class ReportRecord(Record, Outcome):
    """What became of the last run of one report."""

    report: str
    notebook: str
    parameters: dict[str, Any]
    period: str
    outputs: dict[str, Hash] = {}
    made_of: dict[str, str] = {}
    provenance: dict[str, Any] = {}
    last_good: Good | None = None


class BatchRecord(Record):
    """How a batch went: the state of each report by name."""

    workers: int = 1
    reports: dict[str, str] = {}


class Step(_Strict):
    """One step of a yearly run."""

    step: str
    state: State = State.NOT_RUN
    seconds: float = 0.0
    exit_code: int | None = None
    sentence: str = ""


class Expected(_Strict):
    """Whether the expected rows of a partner in a table are there."""

    partner: str
    table: str
    state: str  # there, or missing


class HandedOver(_Strict):
    """The last good yearly run."""

    ended: str
    period: str
    edition: str
    hand_over: str


class YearlyRecord(Record):
    """How far a yearly run got, step by step."""

    run: str
    period: str
    log: str = ""
    draft: str = ""
    steps: list[Step] = []
    expected: list[Expected] = []
    files: dict[str, str] = {}
    reports: dict[str, str] = {}
    hand_over: str = ""
    last_good: HandedOver | None = None


Kind = TypeVar("Kind", bound=BaseModel)


def path_of(out: Path, report: str) -> Path:
    """Where the record of *report* is in *out*; a draft shares its report's record."""
    return out / f"{report.removesuffix('_DRAFT')}{SUFFIX}"


def read(path: Path, kind: type[Kind]) -> Kind | None:
    """The record at *path*; None where there is none, or one that is incomplete or of another version."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def of(report: str, out: Path) -> ReportRecord | None:
    """The record of *report* in the folder *out*; None where there is none that can be read."""
    return read(path_of(out, report), ReportRecord)


def begin(before: ReportRecord | None, **known: Any) -> ReportRecord:
    """The record of a report that is about to run; *before* is its last one, whose good page is still there."""
    good = before.last_good if before else None
    return ReportRecord(started=now(), provenance=provenance.known(), last_good=good, **known)


def end(record: ReportRecord, became: Outcome, outputs: dict[str, str]) -> ReportRecord:
    """*record* with what the run *became*; *outputs* are the hashes of the files it put in place."""
    seconds = {part: round(took, 2) for part, took in became.seconds.items()}
    known = {**dict(record), **dict(became), "seconds": seconds, "ended": now(), "outputs": outputs}
    if became.state == State.DONE:
        known["last_good"] = {name: known[name] for name in Good.model_fields}
    return ReportRecord.model_validate(known)


def write(path: Path, record: BaseModel) -> None:
    """Put *record* at *path* by one rename, so that a reader finds the old one or the new one."""
    files.write(path, record.model_dump_json(indent=1) + "\n")


def last_yearly(out: Path) -> datetime | None:
    """When the last good yearly run ended; None before the first."""
    record = read(out / YEARLY, YearlyRecord)
    return moment(record.last_good.ended) if record and record.last_good else None


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).strftime(_TIME)


def moment(text: str) -> datetime:
    """The moment that a record writes as *text*."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def logged(make: Callable[[], tuple[int, str]], what: str, say: Callable[[str], None]) -> int:
    """Run *make* with one entry in the log; its exit code. The last line said is the log's path.

    *make* returns an exit code and a path, which is printed at the end. A service manager's stop is the same as Ctrl-C.
    """
    started, outcome, where, path = time.monotonic(), "done", "", ""
    signal.signal(signal.SIGTERM, _stopped)
    try:
        code, path = make()
        if code:
            outcome = "degraded or failed in part"
    except (Exception, KeyboardInterrupt) as error:
        sentence, code = worded(error)
        say(sentence)
        # Only the headline: what follows it may quote what was found in a record.
        outcome, where = f"exit {code}, {sentence.splitlines()[0]}", getattr(error, "where", "")
    say(note(what, outcome, time.monotonic() - started, where))
    if path:
        print(path)
    return code


def _stopped(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def note(what: str, outcome: str, seconds: float, where: str = "") -> str:
    """Add one run to the log and return a line with its name. Nothing read from records may be in it."""
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {what}: {outcome} ({seconds:.1f} s)\n"
    said = f"log: {described_path(LOG)}"
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(line + (f"  at {where}\n" if where else ""))
    except OSError:  # what was said on the terminal is all there is
        said += " (can not be written)"
    return said
