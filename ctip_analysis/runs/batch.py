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
from ctip_analysis.runs.plan import Planned
from ctip_analysis.runs.run_record import ReportRecord, State
from ctip_analysis.runs.worker import DataTask, Outcome

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
    planned: list[Planned], edition: Edition, out: Path, *, workers: int = 1, executor: Executor | None = None,
    fail_fast: bool = False, watch: Watch = lambda progress: None, note: Watch = lambda progress: None,
) -> Progress:  # fmt: skip
    """Make what is *planned* from *edition* into the folder *out*, *workers* at a time.

    *watch* is called now and then, *note* whenever a report changed its state. A report is done only if every cell
    ran, its page shows what is expected and the audit found nothing; otherwise the last good one stays. The data
    beside the reports are made too, unless they are there as they were made.

    Raises
    ------
    ReportFailedError
        No report is stale, and the data that belong beside them may not go out.
    """
    progress = Progress({one.name: State.PLANNED if one.why else State.UNCHANGED for one in planned}, workers)
    work = deque(one for one in planned if one.why)
    is_draft = any(one.degraded for one in planned)
    if work or (planned and not is_draft and not outputs.data_are_there(out, edition)):
        with contextlib.ExitStack() as stack:
            private = stack.enter_context(files.private_folder(out, ".batch-"))
            # one thread more makes the data
            given = executor or stack.enter_context(ThreadPoolExecutor(workers + 1))
            _Batch(edition, out, private, progress, given, fail_fast, watch, note, work).make(is_draft)
    progress.ended = time.monotonic()
    note(progress)
    return progress


@dataclass
class _Batch:
    """Sends tasks to workers, puts results in place, and records how each went."""

    edition: Edition
    out: Path
    private: Path
    progress: Progress
    executor: Executor
    fail_fast: bool
    watch: Watch
    note: Watch
    work: deque[Planned]
    running: dict[Future[Outcome], Planned] = field(default_factory=dict)
    ready: list[tuple[Planned, Outcome]] = field(default_factory=list)  # until the data are there, no page is put
    records: dict[str, ReportRecord] = field(default_factory=dict)
    data: Future[Outcome] | None = None

    def make(self, is_draft: bool) -> None:
        """Do all the work; when stopped, end what runs and record it."""
        try:
            self.data = self._begin_data(is_draft)
            if not self.work and (trouble := self._put_data(is_draft=False)):
                raise ReportFailedError(f"the reports are as they were; {trouble}")
            while self.work or self.running or self.ready:
                self._put_ready()
                while self.work and len(self.running) < self.progress.workers:
                    self._begin(self.work.popleft())
                self._wait()
                self.watch(self.progress)
        except BaseException:
            _end([*self.running, *filter(None, [self.data])])
            for planned in [*self.running.values(), *(planned for planned, _ in self.ready)]:
                how = f"{planned.asked.notebook.stem}: was ended with its batch, which was stopped"
                self._close(planned, Outcome(planned.name, State.CRASHED, how), {})
            self._leave("the batch was stopped before it began")
            raise

    def _wait(self) -> None:
        """Wait a moment for what ends."""
        until = [*self.running, *([self.data] if self.ready and self.data else [])]
        if until:
            wait(until, timeout=_EVERY, return_when=FIRST_COMPLETED)
        self.ready += [(self.running.pop(one), _outcome(one)) for one in list(self.running) if one.done()]

    def _put_ready(self) -> None:
        """Put in place what is ready, once the data are there."""
        while self.ready and (self.data is None or self.data.done()):
            if not self._end(*self.ready.pop(0)) and self.fail_fast:
                self._leave("an earlier report failed")

    def _begin(self, planned: Planned) -> None:
        self._open(planned)
        self._write(planned)
        self._is(planned, State.RUNNING)
        place = self.private / planned.name
        try:
            place.mkdir(mode=0o700)
            future = self.executor.submit(pool.run, planned.task(self.edition_folder, place))
        except OSError as error:
            future = Future()
            how = f"{planned.name} could not be begun: {os.strerror(error.errno or 0).lower()}"
            future.set_result(Outcome(planned.name, State.FAILED, how))
        self.running[future] = planned

    @property
    def edition_folder(self) -> Path:
        """Folder that the edition was read from."""
        return (self.edition.path or Path()).resolve()

    def _end(self, planned: Planned, outcome: Outcome) -> bool:
        """Put a result in place if it may, and record how it went; whether the report is good."""
        hashes: dict[str, str] = {}
        try:
            if outcome.state in (State.DONE, State.DEGRADED):
                hashes = self._put(planned, outcome)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            outcome.state, outcome.sentence = State.FAILED, f"{planned.name} could not be put in place: {why}"
        shutil.rmtree(self.private / planned.name, ignore_errors=True)
        self._close(planned, outcome, hashes)
        return outcome.state == State.DONE

    def _put(self, planned: Planned, outcome: Outcome) -> dict[str, str]:
        """Put the page beside its data; hashes of its files. A page whose data may not go out is not put there."""
        if trouble := self._put_data(is_draft=bool(planned.degraded)):
            outcome.state, outcome.sentence = State.FAILED, f"{planned.asked.notebook.stem}: {trouble}"
            return {}
        page = self.private / planned.name / f"{planned.page}.html"
        outputs.put_page(page, self.out, planned.asked.period)
        return outputs.hashes(self.out, planned.page)

    def _leave(self, why: str) -> None:
        """What is not begun is not run any more."""
        while self.work:
            planned = self.work.popleft()
            self._open(planned)
            self._close(planned, Outcome(planned.name, State.NOT_RUN, why), {})

    def _open(self, planned: Planned) -> None:
        asked = planned.asked
        self.records[planned.name] = run_record.begin(
            run_record.read(run_record.path_of(self.out, planned.name), ReportRecord), report=planned.name,
            notebook=asked.notebook.name, parameters=dict(asked.settings), edition=self.edition.id,
            period=asked.period, made_of=dict(planned.made_of),
        )  # fmt: skip

    def _close(self, planned: Planned, outcome: Outcome, hashes: dict[str, str]) -> None:
        self.progress.outcomes[planned.name] = outcome
        self.records[planned.name] = run_record.end(self.records[planned.name], outcome.noted(), hashes)
        self._write(planned)
        self._is(planned, outcome.state)

    def _write(self, planned: Planned) -> None:
        with contextlib.suppress(OSError):  # a full disk: the exit code and the terminal still say so
            run_record.write(run_record.path_of(self.out, planned.name), self.records[planned.name])

    def _is(self, planned: Planned, state: str) -> None:
        self.progress.states[planned.name] = state
        self.note(self.progress)
        self.watch(self.progress)

    def _begin_data(self, is_draft: bool) -> Future[Outcome] | None:
        """Have the data of the edition made, unless they are there."""
        if not is_draft and outputs.data_are_there(self.out, self.edition):
            return None
        place = self.private / "data-of-the-edition"
        place.mkdir(mode=0o700)
        return self.executor.submit(pool.run, DataTask(self.edition_folder, place))

    def _put_data(self, *, is_draft: bool) -> str:
        """Put the data in place before the first page that needs them; what is wrong with them, or ""."""
        outcome = _outcome(self.data) if self.data else None
        if outcome is None or outcome.state != State.DONE:
            return outcome.sentence if outcome else ""
        made, period = self.private / "data-of-the-edition" / "data", str(self.edition.info["period"])
        if made.is_dir():
            there = outputs.data_folder(self.out, period, is_draft=is_draft)
            files.put_folder(made, there)
            shutil.rmtree(made, ignore_errors=True)
            if not is_draft:
                outputs.note_data(self.out, self.edition)
        return ""


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
    return future.result() if error is None else Outcome("", State.CRASHED, lost)
