"""Run a notebook under papermill, told nothing but what a report needs.

Cells run in this process where it belongs to the report alone, else in a kernel: forked from a warm parent, or
an ordinary one. Each gets an environment from an allow-list and runs under the guard of guard.py, which
opens its edition and neither records nor the network. Both guard against accident, not against a hostile author.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from ctip_analysis.base.environment import passed
from ctip_analysis.base.errors import CtipError, ReportFailedError
from ctip_analysis.runs.forked_kernel import ForkedKernel
from ctip_analysis.runs.task import DONE, FAILED, RUNNING, Cell
from ctip_analysis.runs.warm_parent import can_fork

_OUR_FRAME = re.compile(r"ctip_analysis/(?:\w+/)*(\w+\.py):(\d+)")
_NUMBERED = re.compile(r"\[Errno (\d+)\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_INJECTED = "injected-parameters"  # papermill's own cell, in no notebook of ours


class KernelDiedError(ReportFailedError):
    """The kernel ended before the notebook did, or never answered."""


class OrdinaryKernel(AsyncKernelManager):
    """A guarded kernel with an environment of its own, whose own prints are dropped: they may quote data."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """This Python under the guard, whatever kernels the machine has; the first three arguments are the guard's."""
        edition, work, code, *rest = extra_arguments or []
        return [
            sys.executable, "-m", "ctip_analysis.runs.guard", edition, work, code, self.connection_file, *rest,
        ]  # fmt: skip

    async def start_kernel(self, **given: Any) -> None:  # type: ignore[override]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**given, **silent, env=passed(os.environ))


def execute(
    notebook: Path, settings: Mapping[str, object], executed: Path, *, edition: Path, work: Path,
    in_process: bool = False, tell: Callable[[Cell], None] = lambda cell: None,
) -> NotebookNode:  # fmt: skip
    """Run *notebook* with parameters *settings* into *executed*, and return it; *work* is its working folder.

    *in_process*: this process is under the guard and belongs to the report alone. *tell* hears of every
    cell that starts and ends.

    Raises
    ------
    ReportFailedError
        A cell failed, or tried what the guard refuses; KernelDiedError if the kernel was ended.
    OSError
        The disk is full, or the folder can't be written.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    given: dict[str, Any] = {"own_process": True} if in_process else _kernel(edition, work, notebook.parent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill's own, about libraries it was written for
        try:
            return papermill.execute_notebook(
                notebook, executed, parameters=dict(settings), cwd=str(work), kernel_name="python3",
                engine_name="ctip", progress_bar=False, log_output=False, request_save_on_cell_execute=False,
                tell=_heard(tell), **given,
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise _failure(notebook, error) from None
        except DeadKernelError:
            raise KernelDiedError(
                f"{notebook.stem}: its kernel was ended from outside, often because memory ran out; "
                "free some and run again"
            ) from None
        except RuntimeError:  # it never answered
            raise KernelDiedError(
                f"{notebook.stem}: its kernel did not start; make the environment anew (README.md) and run again"
            ) from None


def _kernel(edition: Path, work: Path, code: Path) -> dict[str, Any]:
    """What papermill is told of the kernel: which one, and what its guard lets it open."""
    guarded = [str(path.resolve()) for path in (edition, work, code)]
    return {
        "kernel_manager_class": ForkedKernel if can_fork() else OrdinaryKernel,
        "extra_arguments": [*guarded, "--IPKernelApp.log_level=40"],
    }


def numbered(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Code cells with their numbers in the notebook as a person sees it: from 1, papermill's own left out."""
    own = [cell for cell in notebook.cells if _INJECTED not in cell.metadata.get("tags", [])]
    return ((number, cell) for number, cell in enumerate(own, start=1) if cell.cell_type == "code")


def _heard(tell: Callable[[Cell], None]) -> Callable[[NotebookNode, NotebookNode], None]:
    """For the engine: how a cell of a notebook stands now, told by its own number."""
    begun: dict[int, float] = {}

    def told(notebook: NotebookNode, at: NotebookNode) -> None:
        for number, cell in numbered(notebook):
            if cell is at:
                status = cell.metadata.papermill["status"]
                started = begun.setdefault(number, time.monotonic())
                state = {"running": RUNNING, "completed": DONE}.get(status, FAILED)
                tell(Cell(number, state, time.monotonic() - started))

    return told


def _failure(notebook: Path, error: PapermillExecutionError) -> CtipError | OSError:
    """Our own sentences as they are; a library's error by name and place only: its text may quote data."""
    number = _NUMBERED.match(str(error.evalue))
    if number and int(number[1]) in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
        return OSError(int(number[1]), os.strerror(int(number[1])))
    trace = _COLOUR.sub("", "\n".join(error.traceback))
    ours = trace == error.evalue  # CtipError shows its sentence in place of a traceback, nothing else does
    what = error.evalue if ours else f"ended with {error.ename}"
    where = ", ".join(f"{file} line {line}" for file, line in _OUR_FRAME.findall(trace))
    # papermill put one cell with the parameters in: its index from 0 is the notebook's own number from 1
    return ReportFailedError(f"{notebook.stem}, cell {error.cell_index}: {what}", where)
