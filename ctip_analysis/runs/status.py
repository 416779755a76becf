"""The state of reports, as the records beside them say: what ran, when, from which edition, and what is wrong.

A record that says *running* while nobody has the lock belongs to a run that was killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctip_analysis.base import lock
from ctip_analysis.runs import run_record
from ctip_analysis.runs.run_record import BatchRecord, Record, ReportRecord, State, YearlyRecord

KILLED, NEVER = "killed", "never ran"
_HEAD = ("report", "state", "ended", "edition", "last good", "what is wrong")


@dataclass(frozen=True)
class Row:
    """The state of one report or run. Times are UTC; ``trouble`` is "" where nothing is wrong."""

    report: str
    state: str
    ended: str = ""
    edition: str = ""
    last_good: str = ""
    trouble: str = ""


def rows(folder: Path, now: datetime, max_age: int) -> list[Row]:
    """The yearly run, the batch and every report of *folder*. Late is what was last good *max_age* days ago or more."""
    yearly = run_record.read(folder / run_record.YEARLY, YearlyRecord)
    batch = run_record.read(folder / run_record.BATCH, BatchRecord)
    yearly_runs, batch_runs = (lock.is_held(folder / name) for name in (lock.YEARLY, lock.BATCH))
    found = []
    if yearly:
        found.append(_row(f"{folder.name}, yearly", yearly, yearly_runs, _late(yearly, now, max_age)))
    if batch:
        found.append(_row(f"{folder.name}, batch", batch, batch_runs, ""))
    wanted = batch.reports if batch else {}
    for name in sorted({*wanted, *_recorded(folder)}):
        record = run_record.of(name, folder)
        if record is None or (wanted.get(name) in (State.PLANNED, State.NOT_RUN) and not batch_runs):
            found.append(_not_run(name, wanted.get(name, State.NOT_RUN), record, batch_runs))
            continue
        # found as it should be by the batch, and left as it was
        seen = batch.ended if batch and wanted.get(name) in (State.DONE, State.UNCHANGED) else None
        is_asked = not wanted or name in wanted  # one that is no longer asked for can't be late
        trouble = _gone(folder, record) or (_late(record, now, max_age, seen) if is_asked else "")
        found.append(_row(name, record, yearly_runs or batch_runs, trouble))
    return found or [Row(folder.name, NEVER, trouble="nothing ran here yet: this folder has no run record")]


def _recorded(folder: Path) -> set[str]:
    """Names of the reports that have a record in *folder*."""
    paths = [path for path in folder.glob(f"*{run_record.SUFFIX}") if not path.name.startswith(".")]
    return {path.name.removesuffix(run_record.SUFFIX) for path in paths if run_record.read(path, ReportRecord)}


def _row(name: str, record: Record, is_at_work: bool, trouble: str) -> Row:
    state, sentence = str(record.state), record.sentence
    if state in (State.RUNNING, State.PLANNED) and not is_at_work:
        state, sentence = KILLED, f"the run of {record.started} was ended from outside: run it again"
    if state not in (State.DONE, State.RUNNING, State.PLANNED):
        trouble = sentence or f"it is {state}: see the log"
    return Row(name, state, record.ended or "", record.edition[:12], _last_good(record), trouble)


def _last_good(record: Record | None) -> str:
    good = getattr(record, "last_good", None)
    return good.ended if good else ""


def _not_run(name: str, state: str, record: ReportRecord | None, is_at_work: bool) -> Row:
    """A report that the last batch was asked for and did not come to."""
    if is_at_work:
        return Row(name, state)
    good = _last_good(record)
    trouble = "it was asked for and not run: run it again"
    return Row(name, State.NOT_RUN if good else NEVER, last_good=good, trouble=trouble)


def _gone(folder: Path, record: ReportRecord) -> str:
    """Which file of the last good report is gone."""
    files = record.last_good.outputs if record.last_good else {}
    absent = [name for name in files if not (folder / name).exists()]
    return f"{absent[0]} was made and is gone: make the report again" if absent else ""


def _late(record: Record, now: datetime, max_age: int, seen: str | None = None) -> str:
    ended = max(filter(None, [_last_good(record), seen]), default="")
    if not ended:
        return "" if record.state == State.RUNNING else "it was never done yet"
    days = (now - run_record.moment(ended)).days
    return f"late: last good {days} days ago, {max_age} are allowed" if days >= max_age else ""


def table(found: list[Row]) -> str:
    """*found* as lines of text in columns; the last says how many are not as they should be."""
    lines = [_HEAD, *(tuple(vars(row).values()) for row in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD) - 1)]
    shown = [
        "  ".join([*(value.ljust(width) for value, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    ]
    wrong = sum(bool(row.trouble) for row in found)
    return "\n".join([*shown, f"{wrong} of {len(found)} not as it should be" if wrong else "all as it should be"])


def summary(record: YearlyRecord) -> list[str]:
    """A finished run in lines: a step each, how many reports, and what it comes to."""
    lines = [f"{one.step:<10} {one.state:<9} {one.seconds:7.1f} s  {one.sentence}".rstrip() for one in record.steps]
    states = list(record.reports.values())
    if states:
        lines.append("reports    " + ", ".join(f"{states.count(one)} {one}" for one in dict.fromkeys(states)))
    good = record.last_good
    if record.state == State.DONE:
        became = f", handed over as {record.hand_over}"
    elif good:
        became = f"; the last good hand-over, {good.hand_over} of {good.ended}, is as it was"
    else:
        became = "; nothing was handed over, and nothing was before"
    return [*lines, f"{record.period}: {record.state}{became}"]
