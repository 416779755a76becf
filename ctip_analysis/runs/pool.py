"""Runs each task in a process of its own, which never outlasts its time limit and fails alone.

Processes are forked from a fork server that has imported everything. :func:`run` is an ordinary function, so a task
can be given to any ``concurrent.futures`` executor: threads here, or the workers of a cluster. This module imports
little, so that a command can start the server first and go on while that imports.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TimeLimitError
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pebble import CONSTS, ProcessExpired, ProcessFuture, concurrent

if TYPE_CHECKING:
    from ctip_analysis.runs.run_record import State
    from ctip_analysis.runs.worker import DataTask, Outcome, Task

CONSTS.sleep_unit = 0.05  # seconds between two looks at a process: a report takes about one
GRACE = 4.0  # seconds after its limit at which a process ends itself, if nobody is left to end it
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


def run(task: Task | DataTask) -> Outcome:
    """What becomes of *task* in a process of its own."""
    from ctip_analysis.runs.run_record import State

    future = _begun(task)
    begun = time.monotonic()
    _running.add(future)
    try:
        outcome: Outcome = future.result()
    except TimeLimitError:
        outcome = _ended(task, State.TIMED_OUT, _limit(task.limits.run, "run"))
    except ProcessExpired as error:
        outcome = _died(task, error.exitcode)
    except CancelledError:
        outcome = _ended(task, State.CRASHED, "was ended with its batch, which was stopped")
    finally:
        _running.discard(future)
    outcome.seconds["all"] = time.monotonic() - begun
    return outcome


def _begun(task: Task | DataTask) -> ProcessFuture:
    """*task* in its process, forked from another server if the one there was is just ending."""
    from ctip_analysis.runs import worker

    given = {"timeout": task.limits.run, "context": start(), "daemon": False}
    call: Callable[[Task | DataTask], ProcessFuture] = concurrent.process(**given)(worker.make)  # type: ignore[call-overload]
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


def _limit(seconds: float, what: str) -> str:
    return f"was ended at its limit of {seconds:g} seconds a {what}"


def _died(task: Task | DataTask, code: int | None) -> Outcome:
    from ctip_analysis.runs.run_record import State

    if code == -signal.SIGALRM:
        return _ended(task, State.TIMED_OUT, _limit(task.limits.cell, "cell"))
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    how += ", often because memory ran out" if code == -signal.SIGKILL else ""
    return _ended(task, State.CRASHED, f"its process ended before it was done ({how})")


def _ended(task: Task | DataTask, state: State, how: str) -> Outcome:
    """The outcome of a task whose process could not say it."""
    from ctip_analysis.runs.worker import DataTask, Outcome, cells_of

    if isinstance(task, DataTask):
        return Outcome(task.name, state, f"the data {how}")
    cells = cells_of(task, state)
    at = next((cell.number for cell in cells if cell.state == state), None)
    where = "" if at is None else f", cell {at}"
    return Outcome(task.name, state, f"{task.notebook.stem}{where}: {how}", cells=cells)


def be_alone(place: Path, limit: float) -> None:
    """In a group and a folder of its own, silent, gone when the command is, or soon after its limit."""
    os.setsid()
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)  # a library's own prints may quote data
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    faulthandler.dump_traceback_later(limit + GRACE, exit=True, file=silence)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.chdir(place)
    os.environ |= {
        "TMPDIR": str(place),
        "IPYTHONDIR": str(place / "ipython"),
        "MPLCONFIGDIR": str(place / "mpl"),
    }
    tempfile.tempdir = str(place)  # the parent may have found another already
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # forked from one parent, all would draw the same


def _end_with(parent: Any) -> None:
    parent.join()
    os.killpg(0, signal.SIGKILL)
