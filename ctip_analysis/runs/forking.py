"""The fork server, from which the process of each report is forked with everything imported.

Imports nothing but the standard library, so that a command can start it first and go on while it imports.
"""

from __future__ import annotations

import os
import signal
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess


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
