"""The command ``ctip batch``: the plan as a table, how it goes while it goes, and a summary at the end."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ctip_analysis.base import lock
from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.base.reference import described_path
from ctip_analysis.edition.read import read_edition
from ctip_analysis.runs import run_record, warm_parent
from ctip_analysis.runs.batch import UNCHANGED, Progress, make
from ctip_analysis.runs.plan import Edition, Planned, from_file, only_failed, only_stale, plan
from ctip_analysis.runs.report import note
from ctip_analysis.runs.reports_file import read
from ctip_analysis.runs.stale import NOTHING, RENDER
from ctip_analysis.runs.task import DONE, FAILED, NOT_RUN, RUNNING

_RUNNING_SHOWN = 8


@dataclass(frozen=True)
class Chosen:
    """What the operator chose."""

    workers: int = 1
    only_stale: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    dry_run: bool = False
    draft: str = ""
    as_json: bool = False


def last_year(file: Path) -> tuple[int, str]:
    """The last year that the reports of *file* name, and its basis: its edition holds all of them."""
    named = [one for entry in read(file) for one in entry.combinations if one.get("year", "").isdigit()]
    if not named:
        raise ParameterError("no report names a year: give --edition, or a year in each matrix")
    last = max(named, key=lambda one: int(one["year"]))
    return int(last["year"]), last.get("basis", "calendar")


def run(file: Path, edition: Path, notebooks: Path, out: Path, chosen: Chosen) -> int:
    """Make the reports of *file* from the *edition* into *out*; 0 if every one is done, else 1."""
    if not notebooks.is_dir():
        raise MissingFileError(
            f"{notebooks.name}: there is no such folder of notebooks; give one with --notebooks"
        )
    source = Edition.of(edition, read_edition(edition))
    planned = plan(from_file(file, source, notebooks), source, degraded=chosen.draft)
    if chosen.dry_run:
        _show_plan(_less(planned, source, out, chosen), chosen)
        return 0
    with lock.hold(out / lock.BATCH, "another batch", datetime.now().astimezone()):
        before = run_record.read(out / run_record.BATCH)
        if before.get("state") in (RUNNING, NOT_RUN):
            planned = only_stale(planned, source, out)
            if not chosen.as_json:
                _say(f"resuming the batch begun {before['started']}, which was ended from outside")
        planned = _less(planned, source, out, chosen)
        if any(one.work != NOTHING for one in planned):
            warm_parent.warm_up(edition)
        progress = _made(planned, source, out, chosen)
    _show_summary(planned, progress, out, chosen)
    return 0 if progress.is_good else 1


def _less(planned: list[Planned], edition: Edition, out: Path, chosen: Chosen) -> list[Planned]:
    """*planned* without what the operator does not want made again."""
    if chosen.retry_failed:
        planned = only_failed(planned, out)
    return only_stale(planned, edition, out) if chosen.only_stale else planned


def _made(planned: list[Planned], edition: Edition, out: Path, chosen: Chosen) -> Progress:
    record: dict[str, Any] = {
        "state": RUNNING, "started": run_record.now(), "ended": None, "edition": edition.released.id,
        "workers": chosen.workers, "reports": {},
    }  # fmt: skip

    def note(progress: Progress) -> None:
        is_over = bool(progress.ended)
        state = (DONE if progress.is_good else FAILED) if is_over else RUNNING
        ended = run_record.now() if is_over else None
        write(state, ended, progress.states)

    def write(state: str, ended: str | None, states: dict[str, str]) -> None:
        record.update(state=state, ended=ended, reports=states)
        with suppress(OSError):  # a full disk: the exit code and the terminal still tell
            run_record.write(out / run_record.BATCH, record)

    try:
        with _watching(chosen) as watch:
            return make(
                planned,
                edition,
                out,
                workers=chosen.workers,
                fail_fast=chosen.fail_fast,
                watch=watch,
                note=note,
            )
    except BaseException:
        write(NOT_RUN, run_record.now(), record["reports"])
        raise


@contextmanager
def _watching(chosen: Chosen) -> Iterator[Callable[[Progress], None]]:
    """A live table on a terminal; elsewhere a line for each report that ended."""
    if chosen.as_json:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield lambda progress: live.update(_table(progress))
    else:
        said: set[str] = set()

        def tell(progress: Progress) -> None:
            for name in [name for name in progress.outcomes if name not in said]:
                said.add(name)
                outcome = progress.outcomes[name]
                took = f"{outcome.seconds['all']:.1f} s" if "all" in outcome.seconds else "–"
                left = f", about {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
                of = len(progress.states) - len(progress.named(UNCHANGED))
                _say(f"{len(said)}/{of} {outcome.state}: {name} ({took}{left})")

        yield tell


def _table(progress: Progress) -> Table:
    counted = Counter(progress.states.values())
    left = progress.seconds_left
    table = Table(title="Reports", title_justify="left", box=None)
    for column in ("state", "reports"):
        table.add_column(column)
    for state, number in counted.items():
        names = progress.named(state)
        shown = ", ".join(names[:_RUNNING_SHOWN]) if state == RUNNING else str(number)
        table.add_row(state, shown)
    table.add_row(
        "time", f"{progress.seconds:.0f} s" + (f", about {left:.0f} s left" if left is not None else "")
    )
    return table


def _show_plan(planned: list[Planned], chosen: Chosen) -> None:
    if chosen.as_json:
        _print_json({"reports": [_described(one) for one in planned]})
        return
    for one in planned:
        print(f"{one.work:<8} {one.page}{'' if one.work == NOTHING else f': {one.why}'}")
    counted = Counter(one.work for one in planned)
    print(
        f"{len(planned)} reports: "
        + ", ".join(f"{number} to {work}" for work, number in sorted(counted.items()))
    )


def _described(one: Planned) -> dict[str, Any]:
    return {
        "report": one.page, "notebook": one.asked.source.stem, "parameters": dict(one.asked.settings),
        "work": one.work, "why": one.why,
    }  # fmt: skip


def _show_summary(planned: list[Planned], progress: Progress, out: Path, chosen: Chosen) -> None:
    if chosen.as_json:
        reports = [
            {
                **_described(one), "state": progress.states[one.name],
                "sentence": progress.outcomes[one.name].sentence if one.name in progress.outcomes else "",
                "record": run_record.path_of(out, one.name).name,
            }
            for one in planned
        ]  # fmt: skip
        _print_json({"is_good": progress.is_good, "seconds": round(progress.seconds, 1), "reports": reports})
        return
    for name, outcome in progress.outcomes.items():
        if outcome.state != DONE:
            _say(f"{outcome.state}: {name}: {outcome.sentence}")
            note(name, f"{outcome.state}, {outcome.sentence}", outcome.seconds.get("all", 0.0), outcome.where)
    counted = Counter(progress.states.values())
    rendered = sum(one.work == RENDER for one in planned)
    text = ", ".join(f"{number} {state}" for state, number in counted.items())
    again = f" ({rendered} rendered again from kept notebooks)" if rendered else ""
    _say(
        f"{len(planned)} reports in {progress.seconds:.1f} s: {text}{again}; they lie in {described_path(out)}"
    )
    if not progress.is_good:
        _say("the last good report of each that is not done is as it was; --retry-failed makes these alone")


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))


def _say(text: str) -> None:
    print(text, file=sys.stderr)
