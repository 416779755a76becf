"""Runs each task in a process of its own, which never outlasts its time limit and fails alone.

Processes are forked from a fork server that has imported everything. :func:`run` is an ordinary function, so a task
can be given to any ``concurrent.futures`` executor: threads here, or the workers of a cluster. This module imports
little, so that a command can start the server first and go on while that imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TimeLimitError
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING

from pebble import CONSTS, ProcessExpired, ProcessFuture, concurrent

if TYPE_CHECKING:
    from ctip_analysis.runs.plan import Limits, Report
    from ctip_analysis.runs.run_record import Cell, Outcome, State

PROGRESS = "cells.jsonl"  # in a report's private folder: which cell began and ended when
CONSTS.sleep_unit = 0.05  # seconds between two looks at a process: a report takes about one
_running: set[ProcessFuture] = set()


@dataclass(frozen=True)
class Task:
    """A *report* from an edition, or with none the data that go out beside reports, made in the private folder *place*.

    A report leaves its page in ``place``, the data are in ``place/data``.
    """

    edition: Path
    place: Path
    report: Report | None = None

    @property
    def limits(self) -> Limits:
        """Seconds after which it is ended."""
        from ctip_analysis.runs.plan import Limits

        return self.report.limits if self.report else Limits()


class Process(ForkServerProcess):
    """A process that is ended with all it started."""

    def terminate(self) -> None:
        """Kill its group; the process alone while it has none yet."""
        try:
            os.killpg(self.pid or 0, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.kill()


class Context(ForkServerContext):
    """A multiprocessing context of such processes."""

    Process = Process


def start() -> Context:
    """The context, with its server running; the server's imports may not be finished."""
    context = Context()
    context.set_forkserver_preload(["ctip_analysis.runs.worker"])
    resource_tracker.ensure_running()  # begun by the server, it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:  # the server and its reports inherit the mask: Ctrl-C is for the command
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def run(task: Task) -> Outcome:
    """What becomes of *task* in a process of its own."""
    from ctip_analysis.runs.run_record import State

    future = _begun(task)
    begun = time.monotonic()
    _running.add(future)
    try:
        outcome: Outcome = future.result()
    except TimeLimitError:
        outcome = _ended(task, State.TIMED_OUT, f"was ended at its limit of {task.limits.run:g} seconds a run")
    except ProcessExpired as error:
        outcome = _died(task, error.exitcode)
    except CancelledError:
        outcome = _ended(task, State.CRASHED, "was ended with its batch, which was stopped")
    finally:
        _running.discard(future)
    outcome.seconds["all"] = time.monotonic() - begun
    return outcome


def _begun(task: Task) -> ProcessFuture:
    """*task* in its process, forked from another server if the one there was is just ending."""
    call = concurrent.process(timeout=task.limits.run, context=start(), daemon=False)(_made)  # type: ignore[call-overload]
    try:
        return call(task)
    except (EOFError, ConnectionError):
        time.sleep(0.2)
        start()
        return call(task)


def _made(task: Task) -> Outcome:
    """What becomes of *task* in this process, which has imported the worker already."""
    from ctip_analysis.runs import worker

    return worker.make(task)


def end_all() -> None:
    """End every process that :func:`run` waits for here."""
    for future in list(_running):
        future.cancel()


def _died(task: Task, code: int | None) -> Outcome:
    from ctip_analysis.runs.run_record import State

    if code == -signal.SIGALRM:
        return _ended(task, State.TIMED_OUT, f"was ended at its limit of {task.limits.cell:g} seconds a cell")
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    how += ", often because memory ran out" if code == -signal.SIGKILL else ""
    return _ended(task, State.CRASHED, f"its process ended before it was done ({how})")


def _ended(task: Task, state: State, how: str) -> Outcome:
    """The outcome of a task whose process could not say it."""
    from ctip_analysis.runs.run_record import Outcome

    cells = cells_of(task, state)
    at = [f", cell {cell.number}" for cell in cells if cell.state == state]
    what = f"{task.report.notebook.stem}{''.join(at[:1])}:" if task.report else "the data"
    return Outcome(state=state, sentence=f"{what} {how}", cells=cells)


def cells_of(task: Task, unfinished: State) -> list[Cell]:
    """The code cells of *task* as its process noted them, also after it was killed; one is *unfinished* at most."""
    from ctip_analysis.runs.run_record import Cell, State

    if task.report is None:
        return []
    notebook = json.loads(task.report.notebook.read_text(encoding="utf-8"))
    numbers = [number for number, cell in enumerate(notebook["cells"], 1) if cell["cell_type"] == "code"]
    cells = {number: Cell(number=number, state=State.NOT_RUN) for number in numbers}
    begun: dict[int, float] = {}
    with contextlib.suppress(OSError, ValueError):  # the last line of a killed process may be incomplete
        for line in (task.place / PROGRESS).read_text(encoding="utf-8").splitlines():
            note = json.loads(line)
            number, at = note["number"], note["at"]
            if number in cells:
                took = at - begun.setdefault(number, at)
                cells[number] = Cell(number=number, state=State.DONE if note["is_over"] else unfinished, seconds=took)
    return list(cells.values())
