"""How reports stand, as the records beside them say: what ran, when, on which edition, and what is wrong with it.

A record that says *running* while nobody holds the lock tells of a run that was ended from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctip_analysis.base import lock
from ctip_analysis.runs import run_record, yearly_record
from ctip_analysis.runs.task import DONE, NOT_RUN, PLANNED, RUNNING

KILLED, NEVER = "killed", "never ran"
UNCHANGED = "unchanged"  # as a batch calls a report that it found good
_HEAD = ("report", "state", "ended", "edition", "last good", "what is wrong")


@dataclass(frozen=True)
class Row:
    """How one report or run stands. Times are UTC; ``trouble`` is "" where nothing is wrong."""

    report: str
    state: str
    ended: str = ""
    edition: str = ""
    last_good: str = ""
    trouble: str = ""


def rows(folder: Path, now: datetime, max_age: int) -> list[Row]:
    """The yearly run, the batch and every report of *folder*. Late is what was last good *max_age* days ago or more."""
    yearly, batch = (run_record.read(folder / name) for name in (yearly_record.NAME, run_record.BATCH))
    at_work = {name: lock.is_held(folder / name) for name in (lock.YEARLY, lock.BATCH)}
    found = []
    if yearly:
        found.append(
            _row(f"{folder.name}, yearly", yearly, at_work[lock.YEARLY], _late(yearly, now, max_age))
        )
    if batch:
        found.append(_row(f"{folder.name}, batch", batch, at_work[lock.BATCH], ""))
    wanted: dict[str, str] = batch.get("reports", {})
    for name in sorted({*wanted, *_recorded(folder)}):
        record = run_record.read(run_record.path_of(folder, name))
        if not record or (wanted.get(name) in (PLANNED, NOT_RUN) and not at_work[lock.BATCH]):
            found.append(_not_run(name, wanted[name], record, at_work[lock.BATCH]))
            continue
        is_asked = not wanted or name in wanted  # one that is asked for no more can't be late
        seen = (
            batch.get("ended") if wanted.get(name) in (DONE, UNCHANGED) else None
        )  # found as it should be, and left as it was
        trouble = _gone(folder, record) or (_late(record, now, max_age, seen) if is_asked else "")
        found.append(_row(name, record, any(at_work.values()), trouble))
    return found or [
        Row(folder.name, NEVER, trouble="nothing ran here yet: no run record lies in this folder")
    ]


def _recorded(folder: Path) -> set[str]:
    """Names of the reports that have a record in *folder*."""
    paths = [path for path in folder.glob(f"*{run_record.SUFFIX}") if not path.name.startswith(".")]
    return {path.name.removesuffix(run_record.SUFFIX) for path in paths if "report" in run_record.read(path)}


def _row(name: str, record: dict[str, Any], is_at_work: bool, trouble: str) -> Row:
    state, good = str(record.get("state", "")), record.get("last_good") or {}
    sentence = str(record.get("sentence", ""))
    if state in (RUNNING, PLANNED) and not is_at_work:
        state, sentence = KILLED, f"the run of {record.get('started')} was ended from outside: run it again"
    if state not in (DONE, RUNNING, PLANNED):
        trouble = sentence or f"it is {state}: see the log"
    return Row(
        name, state, str(record.get("ended") or ""), str(record.get("edition", ""))[:12], str(good.get("ended", "")),
        trouble,
    )  # fmt: skip


def _not_run(name: str, state: str, record: dict[str, Any], is_at_work: bool) -> Row:
    """A report that the last batch was asked for and did not come to."""
    if is_at_work:
        return Row(name, state)
    good = str((record.get("last_good") or {}).get("ended", ""))
    return Row(
        name, NOT_RUN if good else NEVER, last_good=good, trouble="it was asked for and not run: run it again"
    )


def _gone(folder: Path, record: dict[str, Any]) -> str:
    """What lies there no more of the last good report."""
    outputs = (record.get("last_good") or {}).get("outputs", {})
    absent = [name for name in outputs if not (folder / name).exists()]
    return f"{absent[0]} was made and is gone: make the report again" if absent else ""


def _late(record: dict[str, Any], now: datetime, max_age: int, seen: str | None = None) -> str:
    ended = max(filter(None, [(record.get("last_good") or {}).get("ended"), seen]), default="")
    if not ended:
        return "" if record.get("state") == RUNNING else "it was never done yet"
    days = (now - datetime.strptime(ended, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)).days
    return f"late: last good {days} days ago, {max_age} are allowed" if days >= max_age else ""


def table(found: list[Row]) -> str:
    """*found* as lines of text, a column each; the last says how many are not as they should be."""
    lines = [_HEAD, *(tuple(vars(row).values()) for row in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD) - 1)]
    shown = [
        "  ".join(
            [*(value.ljust(width) for value, width in zip(line, widths, strict=False)), line[-1]]
        ).rstrip()
        for line in lines
    ]
    wrong = sum(bool(row.trouble) for row in found)
    return "\n".join(
        [*shown, f"{wrong} of {len(found)} not as it should be" if wrong else "all as it should be"]
    )
