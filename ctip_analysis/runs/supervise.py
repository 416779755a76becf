"""Run one task in a process of its own, and say what became of it, whatever that was.

The process is forked from the warm parent (or started anew where that can't be). It ends at its limits, with all it
started; it ends too when whoever supervises it dies. A supervisor can stand in any worker of any
``concurrent.futures`` executor: a task goes in, an outcome comes out.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import nbformat

from ctip_analysis.runs.task import (
    DEAD_KERNEL,
    NOT_RUN,
    PLANNED,
    RUNNING,
    TIMED_OUT,
    Cell,
    DataTask,
    Outcome,
    Task,
)
from ctip_analysis.runs.warm_parent import can_fork, start, warm_context

_GRACE = 5.0  # seconds after the limit at which a process ends itself, if nobody is left to end it


def supervise(task: Task | DataTask) -> Outcome:
    """Do *task* in a process of its own, which never outlasts its limits."""
    return _Supervised(task).outcome()


def end_all() -> None:
    """End every process that is supervised here; what they were at is told as a dead kernel."""
    for process in list(_running):
        _end(process)


_running: set[Any] = set()


class _Supervised:
    """One process, watched until it ends or its time is up."""

    def __init__(self, task: Task | DataTask) -> None:
        self.task = task
        self.what, self.cells = task.name, []
        if isinstance(task, Task):
            self.what = task.notebook.stem
            self.cells = [] if task.kept else [Cell(number) for number in _code_cells(task.notebook)]
        self.begun = self.cell_begun = time.monotonic()

    def outcome(self) -> Outcome:
        context = warm_context() if can_fork() else multiprocessing.get_context("spawn")
        here, there = context.Pipe(duplex=False)
        life_there, life_here = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(self.task, there, life_there))  # type: ignore[attr-defined]
        _start(process)
        _running.add(process)
        there.close()
        life_there.close()
        try:
            found = self._watched(here, process)
        finally:
            _end(process)
            _running.discard(process)
            here.close()
            life_here.close()
        found.cells = self.cells
        found.seconds["all"] = time.monotonic() - self.begun
        return found

    def _watched(self, here: Connection, process: Any) -> Outcome:
        while True:
            left, what = min((self._left(self.task.limits.run, self.begun), "run"), self._cell_left())
            if left <= 0:
                return self._stopped(
                    TIMED_OUT, f"was ended at its limit of {self._limit(what):g} seconds a {what}"
                )
            if here not in wait([here, process.sentinel], timeout=left):
                if process.is_alive():
                    continue
                if not here.poll():
                    return self._died(process)
            try:
                told = here.recv()
            except (EOFError, OSError):
                return self._died(process)
            if isinstance(told, Outcome):
                self._close_cells(told)
                return told
            self._hear(told)

    def _limit(self, what: str) -> float:
        return self.task.limits.run if what == "run" else self.task.limits.cell

    def _left(self, limit: float, since: float) -> float:
        return since + limit - time.monotonic()

    def _cell_left(self) -> tuple[float, str]:
        is_running = any(cell.state == RUNNING for cell in self.cells)
        return (self._left(self.task.limits.cell, self.cell_begun) if is_running else float("inf")), "cell"

    def _hear(self, told: Cell) -> None:
        for place, cell in enumerate(self.cells):
            if cell.number == told.number:
                self.cells[place] = told
        if told.state == RUNNING:
            self.cell_begun = time.monotonic()

    def _died(self, process: Any) -> Outcome:
        process.join(_GRACE)
        code = process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        if code == -signal.SIGKILL:
            how += ", often because memory ran out"
        return self._stopped(DEAD_KERNEL, f"its process ended before it was done ({how})")

    def _stopped(self, state: str, how: str) -> Outcome:
        at = next((cell.number for cell in self.cells if cell.state == RUNNING), None)
        where = "" if at is None else f", cell {at}"
        for cell in self.cells:
            cell.state = {RUNNING: state, PLANNED: NOT_RUN}.get(cell.state, cell.state)
        if at is not None:
            next(cell for cell in self.cells if cell.number == at).seconds = (
                time.monotonic() - self.cell_begun
            )
        return Outcome(self.task.name, state, f"{self.what}{where}: {how}")

    def _close_cells(self, told: Outcome) -> None:
        """Cells that never started did not run; one that was running when its kernel ended is dead with it."""
        for cell in self.cells:
            cell.state = {RUNNING: told.state, PLANNED: NOT_RUN}.get(cell.state, cell.state)


def _code_cells(notebook: Path) -> list[int]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [number for number, cell in enumerate(cells, start=1) if cell.cell_type == "code"]


def _start(process: Any) -> None:
    """Start *process*, of another warm parent if the one there was is being ended just now."""
    for _ in range(10):
        with contextlib.suppress(EOFError, ConnectionError):
            return start(process)
        time.sleep(0.1)
    start(process)


def _end(process: Any) -> None:
    """End *process* and all it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # all gone, or not yet a group of its own
            process.kill()
    else:
        process.kill()
    process.join()


def _child(task: Task | DataTask, tell: Connection, life: Connection) -> None:
    """What runs in the process: alone in its group and its folder, silent, gone when its supervisor is."""
    if hasattr(os, "setsid"):
        os.setsid()
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)  # a library's own prints may quote data
    faulthandler.dump_traceback_later(task.limits.run + _GRACE, exit=True, file=silence)
    os.chdir(task.place)
    from ctip_analysis.base import environment
    from ctip_analysis.runs import worker

    kept = environment.passed(os.environ)
    os.environ.clear()
    os.environ.update(kept | {"MPLCONFIGDIR": str(task.place / "matplotlib")})
    done = worker.make(task, tell.send) if isinstance(task, Task) else worker.lay_out_data(task, tell.send)
    tell.send(done)
    tell.close()
    sys.stdout.flush()
    os._exit(0)


def _end_with(life: Connection) -> None:
    """Wait until the other end of *life* is gone, then end this process and all it started."""
    try:
        life.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)
