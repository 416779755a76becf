"""Runs each task in a process of its own, which never outlasts its time limit and fails alone.

Processes are forked from a fork server that has imported everything. :func:`run` is an ordinary function, so a task
can be given to any ``concurrent.futures`` executor: threads here, or the workers of a cluster.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TimeLimitError

from pebble import CONSTS, ProcessExpired, ProcessFuture, concurrent

from ctip_analysis.runs import forking, worker
from ctip_analysis.runs.run_record import CRASHED, TIMED_OUT
from ctip_analysis.runs.worker import DataTask, Outcome, Task, cells_of

CONSTS.sleep_unit = 0.05  # seconds between two looks at a process: a report takes about one
_running: set[ProcessFuture] = set()


def run(task: Task | DataTask) -> Outcome:
    """What becomes of *task* in a process of its own."""
    future = _begun(task)
    begun = time.monotonic()
    _running.add(future)
    try:
        outcome: Outcome = future.result()
    except TimeLimitError:
        outcome = _ended(task, TIMED_OUT, _limit(task.limits.run, "run"))
    except ProcessExpired as error:
        outcome = _died(task, error.exitcode)
    except CancelledError:
        outcome = _ended(task, CRASHED, "was ended with its batch, which was stopped")
    finally:
        _running.discard(future)
    outcome.seconds["all"] = time.monotonic() - begun
    return outcome


def _begun(task: Task | DataTask) -> ProcessFuture:
    """*task* in its process, forked from another server if the one there was is just ending."""
    given = {"timeout": task.limits.run, "context": forking.start(), "daemon": False}
    call: Callable[[Task | DataTask], ProcessFuture] = concurrent.process(**given)(worker.make)  # type: ignore[call-overload]
    try:
        return call(task)
    except (EOFError, ConnectionError):
        time.sleep(0.2)
        forking.start()
        return call(task)


def end_all() -> None:
    """End every process that :func:`run` waits for here."""
    for future in list(_running):
        future.cancel()


def _limit(seconds: float, what: str) -> str:
    return f"was ended at its limit of {seconds:g} seconds a {what}"


def _died(task: Task | DataTask, code: int | None) -> Outcome:
    if code == -signal.SIGALRM:
        return _ended(task, TIMED_OUT, _limit(task.limits.cell, "cell"))
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    how += ", often because memory ran out" if code == -signal.SIGKILL else ""
    return _ended(task, CRASHED, f"its process ended before it was done ({how})")


def _ended(task: Task | DataTask, state: str, how: str) -> Outcome:
    """The outcome of a task whose process could not say it."""
    if isinstance(task, DataTask):
        return Outcome(task.name, state, f"the data {how}")
    cells = cells_of(task, state)
    at = next((cell.number for cell in cells if cell.state == state), None)
    where = "" if at is None else f", cell {at}"
    return Outcome(task.name, state, f"{task.notebook.stem}{where}: {how}", cells=cells)
