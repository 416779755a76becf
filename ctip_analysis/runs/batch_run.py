"""The runs of ``ctip report`` and ``ctip batch``: plan, lock, record, and what is shown on a terminal meanwhile."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctip_analysis.base import lock
from ctip_analysis.base.errors import MissingFileError, ReportFailedError
from ctip_analysis.base.reference import described_path
from ctip_analysis.edition import Edition, open_edition
from ctip_analysis.runs import batch, outputs, plan, pool, run_record
from ctip_analysis.runs.batch import Progress, Watch
from ctip_analysis.runs.editions import Source
from ctip_analysis.runs.plan import Report
from ctip_analysis.runs.run_record import BatchRecord, State

_NAMED = 8  # running reports that are named on a terminal


@dataclass(frozen=True)
class Chosen:
    """What the operator chose."""

    workers: int | None = None
    only_stale: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    dry_run: bool = False
    draft: str = ""
    as_json: bool = False


def report(notebook: str, given: Mapping[str, object], source: Source, out: Path) -> tuple[int, str]:
    """Make the report of *notebook* with the parameters *given* into *out*; exit code and path of the page.

    ParameterError where a parameter is wrong, or the edition does not have what it asks for: nothing was started.
    ReportFailedError where it is not done: what was in *out* is as it was.
    """
    asked = plan.request(notebook or (plan.PROFILE if "province" in given else plan.ANNUAL), given)
    edition = open_edition(source.folder(lambda: (int(str(given["year"])), str(given["basis"]))))
    plan.check(asked, edition)
    source.say(f"{asked.notebook.stem}: parameters are in order; running, rendering, auditing")
    (planned,) = plan.plan([asked], edition)
    outcome = batch.make([planned], edition, out).outcomes[planned.name]
    if outcome.state not in (State.DONE, State.DEGRADED):
        raise ReportFailedError(f"{outcome.sentence}; the last good report is as it was", outcome.where)
    source.say(", ".join(f"{part} {took:.1f} s" for part, took in outcome.seconds.items()))
    page = str(out / f"{planned.page}.html")
    if outcome.state == State.DEGRADED:
        source.say(f"{planned.degraded} This page is marked DRAFT; the last good report is as it was.")
        return 1, page
    if outcome.sentence:
        source.say(outcome.sentence)
    for other in outputs.of_other_editions(out, asked.period, edition.id):
        source.say(f"{other} is of another edition than the data beside it: make it again")
    return 0, page


def run(file: Path, folder: Path, notebooks: Path, out: Path, chosen: Chosen) -> dict[str, str]:
    """Make the reports of *file* from the edition in *folder* into *out*; the state of each by name."""
    if not notebooks.is_dir():
        raise MissingFileError(f"{notebooks.name}: there is no such folder of notebooks; give one with --notebooks")
    edition = open_edition(folder)
    planned = plan.plan(plan.from_file(file, edition, notebooks), edition, degraded=chosen.draft)
    if chosen.dry_run:
        _show_plan(_less(planned, out, chosen), chosen.as_json)
        return {one.name: State.UNCHANGED for one in planned}
    with lock.hold(out / lock.BATCH, "another batch", datetime.now().astimezone()):
        before = run_record.read(out / run_record.BATCH, BatchRecord)
        if before and before.state in (State.RUNNING, State.NOT_RUN):
            planned = plan.only_stale(planned, out)
            if not chosen.as_json:
                _say(f"resuming the batch begun {before.started}, which was ended from outside")
        planned = _less(planned, out, chosen)
        if any(one.why for one in planned):
            pool.start()
        progress = _made(planned, edition, out, chosen)
    _show_summary(planned, progress, out, chosen.as_json)
    return progress.states


def _less(planned: list[Report], out: Path, chosen: Chosen) -> list[Report]:
    """*planned* without what the operator does not want made again."""
    if chosen.retry_failed:
        planned = plan.only_failed(planned, out)
    return plan.only_stale(planned, out) if chosen.only_stale else planned


def _made(planned: list[Report], edition: Edition, out: Path, chosen: Chosen) -> Progress:
    workers = chosen.workers or os.cpu_count() or 1
    record = BatchRecord(started=run_record.now(), edition=edition.id, workers=workers)
    with _watching(chosen.as_json) as show:

        def watch(progress: Progress) -> None:
            if progress.ended:
                record.state, record.ended = State.DONE if progress.is_good else State.FAILED, run_record.now()
            if progress.ended or record.reports != progress.states:
                record.reports = dict(progress.states)
                _write(out, record)
            show(progress)

        try:
            return batch.make(planned, edition, out, workers=workers, fail_fast=chosen.fail_fast, watch=watch)
        except BaseException:  # it was stopped, and did not run to its end
            record.state, record.ended = State.NOT_RUN, run_record.now()
            _write(out, record)
            raise


def _write(out: Path, record: BatchRecord) -> None:
    with suppress(OSError):  # a full disk: the exit code and the terminal still say so
        run_record.write(out / run_record.BATCH, record)


@contextmanager
def _watching(is_silent: bool) -> Iterator[Watch]:
    """A function that shows progress: a line that changes on a terminal, elsewhere one for each report that ended."""
    if is_silent:
        yield lambda progress: None
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("reports") as live:
            yield lambda progress: live.update(_line(progress))
    else:
        said: set[str] = set()
        yield lambda progress: _say_ended(progress, said)


def _line(progress: Progress) -> str:
    """How many reports are in each state, the names of those that run, and the time it takes."""
    counted = [f"{number} {state}" for state, number in Counter(progress.states.values()).items()]
    running = progress.named(State.RUNNING)[:_NAMED]
    return f"{', '.join(counted)}; {progress.seconds:.0f} s{_left(progress)}\n  " + "\n  ".join(running)


def _left(progress: Progress) -> str:
    return f", about {progress.seconds_left:.0f} s left" if progress.seconds_left else ""


def _say_ended(progress: Progress, said: set[str]) -> None:
    for name in [name for name in progress.outcomes if name not in said]:
        said.add(name)
        outcome = progress.outcomes[name]
        took = f"{outcome.seconds['all']:.1f} s" if "all" in outcome.seconds else "–"
        number = len(progress.states) - len(progress.named(State.UNCHANGED))
        _say(f"{len(said)}/{number} {outcome.state}: {name} ({took}{_left(progress)})")


def _show_plan(planned: list[Report], as_json: bool) -> None:
    """Print what a batch would do."""
    if as_json:
        _print_json({"reports": [_described(one) for one in planned]})
        return
    for one in planned:
        print(f"{'make    ' if one.why else 'nothing '} {one.page}{f': {one.why}' if one.why else ''}")
    number = sum(bool(one.why) for one in planned)
    print(f"{len(planned)} reports: {number} to make, {len(planned) - number} as they are")


def _show_summary(planned: list[Report], progress: Progress, out: Path, as_json: bool) -> None:
    """Print what became of a batch."""
    said = {name: outcome.sentence for name, outcome in progress.outcomes.items()}
    if as_json:
        became = [{"state": progress.states[one.name], "sentence": said.get(one.name, ""),
                   "record": run_record.path_of(out, one.name).name} for one in planned]  # fmt: skip
        reports = [_described(one) | more for one, more in zip(planned, became, strict=True)]
        _print_json({"is_good": progress.is_good, "seconds": round(progress.seconds, 1), "reports": reports})
        return
    for name, sentence in said.items():
        if progress.states[name] != State.DONE:
            _say(f"{progress.states[name]}: {name}: {sentence}")
    counted = [f"{number} {state}" for state, number in Counter(progress.states.values()).items()]
    _say(f"{len(planned)} reports in {progress.seconds:.1f} s: {', '.join(counted)}; they are in {described_path(out)}")
    if not progress.is_good:
        _say("the last good report of each that is not done is as it was; --retry-failed makes these alone")


def _described(one: Report) -> dict[str, object]:
    return {
        "report": one.page, "notebook": one.notebook.stem, "parameters": dict(one.settings), "is_stale": bool(one.why),
        "why": one.why,
    }  # fmt: skip


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
