"""Runs each task in a process of its own, which never outlasts its time limit and fails alone.

Processes are forked from a fork server that has imported everything. :func:`run` is an ordinary function, so a task
can be given to any ``concurrent.futures`` executor: threads here, or the workers of a cluster. This module imports
little, so that a command can start the server first and go on while that imports.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TimeLimitError
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import TYPE_CHECKING

from pebble import CONSTS, ProcessExpired, ProcessFuture, concurrent

if TYPE_CHECKING:
    from ctip_analysis.runs.run_record import Outcome, State
    from ctip_analysis.runs.worker import Task

CONSTS.sleep_unit = 0.05  # seconds between two looks at a process: a report takes about one
_running: set[ProcessFuture] = set()


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
    context.set_forkserver_preload(["ctip_analysis.runs.preload"])
    resource_tracker.ensure_running()  # begun by the server, it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:  # the server inherits the mask, and takes it off when it ignores Ctrl-C, which is for the command
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
    from ctip_analysis.runs import worker

    call = concurrent.process(timeout=task.limits.run, context=start(), daemon=False)(worker.make)  # type: ignore[call-overload]
    try:
        return call(task)
    except (EOFError, ConnectionError):
        time.sleep(0.2)
        start()
        return call(task)


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
    from ctip_analysis.runs.worker import cells_of

    cells = cells_of(task, state)
    at = [f", cell {cell.number}" for cell in cells if cell.state == state]
    what = f"{task.report.notebook.stem}{''.join(at[:1])}:" if task.report else "the data"
    return Outcome(state=state, sentence=f"{what} {how}", cells=cells)
