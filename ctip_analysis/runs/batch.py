"""Make many reports: each in a process of its own, each put in place by rename, each with a record of how it went.

Written against ``concurrent.futures.Executor``: a task with explicit inputs goes in, an outcome comes out, and
this module alone writes into the folder of reports. An executor of a cluster can take the place of the threads.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ctip_analysis.audit import together as audit_together
from ctip_analysis.base import placing
from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.base.reference import sha256
from ctip_analysis.base.workspace import private_folder
from ctip_analysis.edition.read import Released, read_edition, require
from ctip_analysis.runs import run_record, stale
from ctip_analysis.runs.plan import Edition, Planned, plan
from ctip_analysis.runs.report import Wanted, check
from ctip_analysis.runs.stale import NOTHING
from ctip_analysis.runs.supervise import end_all, supervise
from ctip_analysis.runs.task import (
    DEAD_KERNEL,
    DEGRADED,
    DONE,
    FAILED,
    NOT_RUN,
    PLANNED,
    RUNNING,
    DataTask,
    Outcome,
)

UNCHANGED = "unchanged"
_DATA = "data-of-the-edition"
_EVERY = 0.5  # seconds between two looks of whoever watches
_PATIENCE = 30.0  # seconds that reports have to end when their batch is stopped


@dataclass
class Progress:
    """How a batch stands: the state of each report by name, unchanged ones too, and when it began."""

    states: dict[str, str]
    workers: int
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
        ended, left = len(self.outcomes), len(self.named(PLANNED, RUNNING))
        return self.seconds / ended * left if ended else None

    @property
    def is_good(self) -> bool:
        """Whether every report is there and good."""
        return not [state for state in self.states.values() if state not in (DONE, UNCHANGED)]


def make(
    planned: list[Planned], edition: Edition, out: Path, *, workers: int = 1, executor: Executor | None = None,
    fail_fast: bool = False, watch: Callable[[Progress], None] = lambda progress: None,
    note: Callable[[Progress], None] = lambda progress: None,
) -> Progress:  # fmt: skip
    """Make what is *planned* of *edition* into the folder *out*, *workers* at a time.

    *watch* hears how it stands now and then, *note* whenever a report changed its state. A report is done only if
    every cell ran, its page shows what is expected and the audit found nothing; else the last good one stays.
    The data beside the reports are made too, unless they lie there as they were made.

    Raises
    ------
    ReportFailedError
        No report is stale, and the data that should lie beside them may not go out.
    """
    states = {one.name: UNCHANGED if one.work == NOTHING else PLANNED for one in planned}
    progress = Progress(states, workers)
    work = [one for one in planned if one.work != NOTHING]
    is_draft = any(one.degraded for one in planned)
    if work or (planned and not is_draft and not data_lie_there(out, edition.released)):
        with private_folder(out, ".batch-") as private, _threads(executor, workers) as pool:
            _Batch(edition, out, private, progress, pool, fail_fast, watch, note).make(deque(work))
    progress.ended = time.monotonic()
    note(progress)
    return progress


@contextlib.contextmanager
def _threads(given: Executor | None, workers: int) -> Iterator[Executor]:
    if given is not None:
        yield given
        return
    with ThreadPoolExecutor(workers + 1) as pool:  # one more makes the data
        yield pool


@dataclass
class _Batch:
    """The one that puts results in place, and writes down how each went."""

    edition: Edition
    out: Path
    private: Path
    progress: Progress
    pool: Executor
    fail_fast: bool
    watch: Callable[[Progress], None]
    note: Callable[[Progress], None]
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: Future[Outcome] | None = None

    def make(self, work: deque[Planned]) -> None:
        running: dict[Future[Outcome], Planned] = {}
        ready: list[tuple[Planned, Outcome]] = []  # until the data lie there, no page is put beside them
        try:
            self.data = self._begin_data(is_draft=bool(work and work[0].degraded))
            if not work and (trouble := self._lay_data(is_draft=False)):
                raise ReportFailedError(f"the reports are as they were; {trouble}")
            while work or running or ready:
                if self.fail_fast:  # else no worker waits for what is put in place
                    self._put(ready, work)
                while work and len(running) < self.progress.workers:
                    planned = work.popleft()
                    running[self._begin(planned)] = planned
                self._put(ready, work)
                self._take(running, ready)
                self.watch(self.progress)
        except BaseException:
            _end([*running, *filter(None, [self.data])])
            self._stop([*running.values(), *(planned for planned, _ in ready)], work)
            raise

    def _take(self, running: dict[Future[Outcome], Planned], ready: list[tuple[Planned, Outcome]]) -> None:
        """Wait a moment for what ends."""
        until = [*running, *([self.data] if ready and self.data else [])]
        if until:
            wait(until, timeout=_EVERY, return_when=FIRST_COMPLETED)
        ready += [(running.pop(one), _outcome(one)) for one in list(running) if one.done()]

    def _put(self, ready: list[tuple[Planned, Outcome]], work: deque[Planned]) -> None:
        """Put in place what is *ready*, once the data lie there."""
        if self.data is None or self.data.done():
            while ready:
                if not self._end(*ready.pop(0)) and self.fail_fast:
                    self._leave(work, "an earlier report failed")

    def _begin(self, planned: Planned) -> Future[Outcome]:
        self._open(planned)
        self._write(planned)
        self._is(planned, RUNNING)
        place = self.private / planned.name
        try:
            place.mkdir(mode=0o700)
            kept = stale.take(planned.made_of, self.edition.contents, place) if planned.kept else None
        except OSError as error:
            return _failed(planned, f"could not be begun: {os.strerror(error.errno or 0).lower()}")
        return self.pool.submit(supervise, replace(planned, kept=kept).task(self.edition.folder, place))

    def _end(self, planned: Planned, outcome: Outcome) -> bool:
        """Put a result in place if it may, and write down how it went; whether the report is good."""
        outputs: dict[str, str] = {}
        place = self.private / planned.name
        try:
            if outcome.state in (DONE, DEGRADED):
                outputs = self._put_in_place(planned, outcome)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            outcome.state, outcome.sentence = FAILED, f"{planned.name} could not be put in place: {why}"
        shutil.rmtree(place, ignore_errors=True)
        outcome.reads = None
        self._close(planned, outcome, outputs)
        return outcome.state == DONE

    def _put_in_place(self, planned: Planned, outcome: Outcome) -> dict[str, str]:
        """The page beside its data; hashes of its files. A page whose data may not go out is not put there."""
        if trouble := self._lay_data(is_draft=bool(planned.degraded)):
            outcome.state, outcome.sentence = FAILED, f"{planned.asked.source.stem}: {trouble}"
            return {}
        task = planned.task(self.edition.folder, self.private / planned.name)
        stale.keep(task, outcome, planned.made_of, self.edition.contents)
        placing.lay_page(task.page, self.out, planned.asked.period)
        return placing.outputs(self.out, planned.page)

    def _leave(self, work: deque[Planned], why: str) -> None:
        """What is not begun is not run any more."""
        while work:
            planned = work.popleft()
            self._open(planned)
            self._close(planned, Outcome(planned.name, NOT_RUN, why), {})

    def _stop(self, running: Iterable[Planned], work: deque[Planned]) -> None:
        """Once the batch was stopped from outside no record says that a report runs, or is as it should be."""
        for planned in running:
            how = f"{planned.asked.source.stem}: was ended with its batch, which was stopped"
            self._close(planned, Outcome(planned.name, DEAD_KERNEL, how), {})
        self._leave(work, "the batch was stopped before it began")

    def _open(self, planned: Planned) -> None:
        before = run_record.read(run_record.path_of(self.out, planned.name))
        self.records[planned.name] = run_record.begin(
            planned.name, notebook=planned.asked.source.name, parameters=dict(planned.asked.settings),
            edition=self.edition.released.id, period=planned.asked.period, made_of=dict(planned.made_of), before=before,
        )  # fmt: skip

    def _close(self, planned: Planned, outcome: Outcome, outputs: dict[str, str]) -> None:
        self.progress.outcomes[planned.name] = outcome
        self.records[planned.name] = run_record.end(self.records[planned.name], outcome, outputs)
        self._write(planned)
        self._is(planned, outcome.state)

    def _write(self, planned: Planned) -> None:
        with contextlib.suppress(OSError):  # a full disk: the exit code and the terminal still tell
            run_record.write(run_record.path_of(self.out, planned.name), self.records[planned.name])

    def _is(self, planned: Planned, state: str) -> None:
        self.progress.states[planned.name] = state
        self.note(self.progress)
        self.watch(self.progress)

    def _begin_data(self, *, is_draft: bool) -> Future[Outcome] | None:
        """Have the data of the edition made, unless they lie there."""
        if not is_draft and data_lie_there(self.out, self.edition.released):
            return None
        place = self.private / _DATA
        place.mkdir(mode=0o700)
        return self.pool.submit(
            supervise, DataTask(self.edition.folder.resolve(), place, audit_together.withstood())
        )

    def _lay_data(self, *, is_draft: bool) -> str:
        """Put the data in place before the first page that rests on them; what is wrong with them, or ""."""
        outcome = _outcome(self.data) if self.data else None
        if outcome is None or outcome.state != DONE:
            return outcome.sentence if outcome else ""
        made = self.private / _DATA / "data"
        if made.is_dir():
            there = placing.lay_data(made, self.out, self.edition.period, is_draft=is_draft)
            shutil.rmtree(made, ignore_errors=True)  # the same lay there already
            if not is_draft:
                released = self.edition.released
                audit_together.note([released])
                run_record.write(_data_record(self.out, released), _files(there, released))
        return ""


@dataclass(frozen=True)
class Finished:
    """What one report left: the page, what it lacks ("" if nothing), and pages beside it from other editions."""

    page: Path
    degraded: str
    outdated: list[str]


def report(edition: Path, asked: Wanted, out: Path) -> Finished:
    """Make the report that was *asked* for from the edition in folder *edition*, and put it into *out*.

    Raises
    ------
    ParameterError
        A parameter has a value that the edition doesn't hold.
    ReportFailedError
        It is not done; what lay in *out* is as it was.
    """
    source = Edition.of(edition, read_edition(edition))
    check(asked, source.released)
    planned = plan([asked], source)
    made = make(planned, source, out)
    outcome = made.outcomes[planned[0].name]
    if outcome.state not in (DONE, DEGRADED):
        raise ReportFailedError(f"{outcome.sentence}; the last good report is as it was", outcome.where)
    page = out / f"{planned[0].page}.html"
    outdated = (
        [] if outcome.state == DEGRADED else placing.of_other_editions(out, asked.period, source.released.id)
    )
    return Finished(page, planned[0].degraded, outdated)


def _end(begun: Iterable[Future[Outcome]]) -> None:
    """End what was *begun* here, also what is only about to start; an executor elsewhere ends its own."""
    left = {future for future in begun if not future.cancel()}
    until = time.monotonic() + _PATIENCE
    while left and time.monotonic() < until:
        end_all()
        _, left = wait(left, timeout=_EVERY)


def _failed(planned: Planned, how: str) -> Future[Outcome]:
    """What became of a report that no worker was asked for."""
    future: Future[Outcome] = Future()
    future.set_result(Outcome(planned.name, FAILED, f"{planned.name} {how}"))
    return future


def _outcome(future: Future[Outcome]) -> Outcome:
    """What a worker says; a worker that is lost says nothing."""
    error = future.exception()
    if error is None:
        return future.result()
    return Outcome("", DEAD_KERNEL, f"its worker was lost ({type(error).__name__})")


def data_lie_there(out: Path, released: Released) -> bool:
    """Whether the data of the edition lie in *out* as they were made."""
    require(released, "data_lie_there")
    there = out / "data" / str(released.info["period"])
    return there.is_dir() and run_record.read(_data_record(out, released)) == _files(there, released)


def _data_record(out: Path, released: Released) -> Path:
    return out / f"data-{released.info['period']}{run_record.SUFFIX}"


def _files(folder: Path, released: Released) -> dict[str, Any]:
    files = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    return {"edition": released.id, "outputs": files}
