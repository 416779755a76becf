"""The warm parent, from which processes are forked that have every library already.

It is the fork server of :mod:`multiprocessing` with :mod:`ctip_analysis.runs.warm` loaded, or, inside a process it
forked, that process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType
from typing import Any

from ctip_analysis.base.environment import EDITION

WARM = "ctip_analysis.runs.warm"
_starting = threading.Lock()


def can_fork() -> bool:
    """Whether this machine has a fork server."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def warm_context() -> BaseContext:
    """Where warm processes are forked from: this process if it is warm itself, else the fork server."""
    if WARM in sys.modules:
        return multiprocessing.get_context("fork")
    # memory in large pages, where the system has them: a child is forked sooner, and asks less often for memory
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([WARM])
    return context


def warm_up(edition: Path) -> None:
    """Have the warm parent begin, for many reports of *edition*; does not wait for it.

    Where it stands already it stays what it is: its reports then read the edition themselves.
    """
    if not can_fork() or WARM in sys.modules:
        return
    warm_context()
    os.environ[EDITION] = str(edition.resolve())
    try:
        _begin()
    finally:
        del os.environ[EDITION]


def start(process: Any) -> None:
    """Start a *process* of :func:`warm_context`, which then knows nothing of the script that asked for it."""
    if WARM in sys.modules:  # it is a copy of this one, and runs nothing again
        process.start()
        return
    if can_fork():
        _begin()
    with _without_main():
        process.start()


def _begin() -> None:
    """Have the fork server run. Until it is warm it hears no Ctrl-C, which it would answer with a traceback."""
    resource_tracker.ensure_running()  # begun below, it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _without_main():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """A process that is started inside does not run the main script of this one again, as it would."""
    with _starting:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _begin_without_server() -> None:
    """A forked process can't wait for the fork server of its parent: it starts its own when it needs one."""
    server: Any = forkserver._forkserver
    server._forkserver_address = server._forkserver_alive_fd = server._forkserver_pid = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_without_server)
