"""Makes many reports: each in a process of its own, put in place by rename, with a record of how it went.

Written for any ``concurrent.futures`` executor: a task goes in, an outcome comes out, and this module alone writes into
the folder of reports.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from ctip_analysis.base import files
from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.edition import Edition
from ctip_analysis.runs import outputs, pool, run_record
from ctip_analysis.runs.plan import Report
from ctip_analysis.runs.pool import Task
from ctip_analysis.runs.run_record import Outcome, ReportRecord, State

_EVERY = 0.5  # seconds between two reports of progress
_PATIENCE = 30.0  # seconds that reports have to end when their batch is stopped


@dataclass
class Progress:
    """How a batch is going: the state of each report by name, unchanged ones too."""

    states: dict[str, str]
    workers: int = 1
    begun: float = field(default_factory=time.monotonic)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    ended: float = 0.0

    def named(self, *states: str) -> list[str]:
        """Reports in one of *states*."""
        return [name for name, state in self.states.items() if state in states]

    @property
    def seconds(self) -> float:
        """Seconds since it began, or that it took."""
        return (self.ended or time.monotonic()) - self.begun

    @property
    def seconds_left(self) -> float | None:
        """Seconds it may still take at its pace so far; None before anything ended."""
        ended, left = len(self.outcomes), len(self.named(State.PLANNED, State.RUNNING))
        return self.seconds / ended * left if ended else None

    @property
    def is_good(self) -> bool:
        """Whether every report is there and good."""
        return all(state in (State.DONE, State.UNCHANGED) for state in self.states.values())


Watch = Callable[[Progress], None]


def make(
    planned: list[Report], edition: Edition, out: Path, *, workers: int = 1, executor: Executor | None = None,
    fail_fast: bool = False, watch: Watch = lambda progress: None,
) -> Progress:  # fmt: skip
    """Make what is *planned* from *edition* into the folder *out*, *workers* at a time.

    *watch* is called now and then, and whenever a report changed its state. A report is done only if every cell ran,
    its page shows what is expected and the audit found nothing; otherwise the last good one stays. The data beside
    the reports are made too, unless they are there as they were made; no page appears without them.

    ReportFailedError where no report is stale, and the data that belong beside them may not go out.
    """
    progress = Progress({one.name: State.PLANNED if one.why else State.UNCHANGED for one in planned}, workers)
    work = deque(one for one in planned if one.why)
    are_there = not any(one.degraded for one in planned) and outputs.data_are_there(out, edition)
    if work or (planned and not are_there):
        with contextlib.ExitStack() as stack:
            private = stack.enter_context(files.private_folder(out, ".batch-"))
            # one thread more makes the data
            given = executor or stack.enter_context(ThreadPoolExecutor(workers + 1))
            batch = _Batch(edition, out, private, progress, given, watch, work)
            if not are_there:
                batch.data = given.submit(pool.run, batch.task("data-of-the-edition"))
            batch.make(fail_fast)
        outputs.remove_old_data(out)
    progress.ended = time.monotonic()
    watch(progress)
    return progress


@dataclass
class _Batch:
    """Sends tasks to workers, puts results in place, and records how each went."""

    edition: Edition
    out: Path
    private: Path
    progress: Progress
    executor: Executor
    watch: Watch
    work: deque[Report]
    running: dict[Future[Outcome], Report] = field(default_factory=dict)
    records: dict[str, ReportRecord] = field(default_factory=dict)
    data: Future[Outcome] | None = None

    def task(self, name: str, report: Report | None = None) -> Task:
        """What is sent to a worker, with a private folder for the result."""
        return Task((self.edition.path or Path()).resolve(), self.private / name, report)

    def make(self, fail_fast: bool) -> None:
        """Do all the work; when stopped, end what runs and record it."""
        try:
            if not self.work and (trouble := self._put_data(is_draft=False)):
                raise ReportFailedError(f"the reports are as they were; {trouble}")
            while self.work or self.running:
                while self.work and len(self.running) < self.progress.workers:
                    self._begin(self.work.popleft())
                done, _ = wait(self.running, timeout=_EVERY, return_when=FIRST_COMPLETED)
                for future in done:
                    is_good = self._put(self.running[future], _outcome(future))
                    del self.running[future]
                    if fail_fast and not is_good:
                        self._leave("an earlier report failed")
                self.watch(self.progress)
        except BaseException:
            _end([*self.running, *filter(None, [self.data])])
            for report in self.running.values():
                how = f"{report.notebook.stem}: was ended with its batch, which was stopped"
                self._close(report, Outcome(state=State.CRASHED, sentence=how))
            self._leave("the batch was stopped before it began")
            raise

    def _begin(self, report: Report) -> None:
        self._open(report)
        self._note(report, State.RUNNING)
        self.running[self.executor.submit(pool.run, self.task(report.name, report))] = report

    def _put(self, report: Report, outcome: Outcome) -> bool:
        """Put a page beside its data if it may go out, and record how it went; whether the report is good."""
        hashes: dict[str, str] = {}
        try:
            if outcome.state in (State.DONE, State.DEGRADED):
                if trouble := self._put_data(is_draft=bool(report.degraded)):
                    outcome.state, outcome.sentence = State.FAILED, f"{report.notebook.stem}: {trouble}"
                else:
                    made = self.private / report.name / f"{report.page}.html"
                    outputs.put_page(made, self.out, report.period)
                    hashes = outputs.hashes(self.out, report.page)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            outcome.state, outcome.sentence = State.FAILED, f"{report.name} could not be put in place: {why}"
        shutil.rmtree(self.private / report.name, ignore_errors=True)
        self._close(report, outcome, hashes)
        return outcome.state == State.DONE

    def _put_data(self, *, is_draft: bool) -> str:
        """Wait for the data and put them in place, once; what is wrong with them, or ""."""
        outcome = _outcome(self.data) if self.data else Outcome(state=State.DONE)
        made, period = self.private / "data-of-the-edition" / "data", str(self.edition.info["period"])
        if outcome.state == State.DONE and made.is_dir():
            files.put_folder(made, outputs.data_folder(self.out, period, is_draft=is_draft))
            shutil.rmtree(made, ignore_errors=True)
            if not is_draft:
                outputs.note_data(self.out, self.edition)
        return "" if outcome.state == State.DONE else outcome.sentence

    def _leave(self, why: str) -> None:
        """What is not begun is not run any more."""
        while self.work:
            report = self.work.popleft()
            self._open(report)
            self._close(report, Outcome(state=State.NOT_RUN, sentence=why))

    def _open(self, report: Report) -> None:
        self.records[report.name] = run_record.begin(
            run_record.of(report.name, self.out), report=report.name, notebook=report.notebook.name,
            parameters=dict(report.settings), edition=self.edition.id, period=report.period,
            made_of=dict(report.made_of),
        )  # fmt: skip

    def _close(self, report: Report, outcome: Outcome, hashes: dict[str, str] | None = None) -> None:
        self.progress.outcomes[report.name] = outcome
        self.records[report.name] = run_record.end(self.records[report.name], outcome, hashes or {})
        self._note(report, outcome.state)

    def _note(self, report: Report, state: str) -> None:
        with contextlib.suppress(OSError):  # a full disk: the exit code and the terminal still say so
            run_record.write(run_record.path_of(self.out, report.name), self.records[report.name])
        self.progress.states[report.name] = state
        self.watch(self.progress)


def _end(begun: Iterable[Future[Outcome]]) -> None:
    """End what was *begun* here, also what is only about to start; an executor elsewhere ends its own."""
    left = {future for future in begun if not future.cancel()}
    until = time.monotonic() + _PATIENCE
    while left and time.monotonic() < until:
        pool.end_all()
        _, left = wait(left, timeout=_EVERY)


def _outcome(future: Future[Outcome]) -> Outcome:
    """What a worker says; a worker that is lost says nothing."""
    error = future.exception()
    lost = f"its worker was lost ({type(error).__name__})"
    return future.result() if error is None else Outcome(state=State.CRASHED, sentence=lost)
