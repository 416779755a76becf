"""Run a notebook under papermill in a kernel that is told nothing but what a report needs.

The kernel gets an environment from an allow-list, so that no secret, records path or database address that
stands in the operator's environment reaches a notebook made for donors. It runs under the guard of guard.py, which
opens its edition and neither records nor the network. Both guard against accident, not against a hostile author.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from ctip_analysis.errors import CtipError
from ctip_analysis.geography import OWN_BOUNDARIES
from ctip_analysis.workspace import private_folder

PASSED = {
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "TZ",
    "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PROJ_DATA", "GDAL_DATA",
    "JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", OWN_BOUNDARIES,
}  # fmt: skip
_OUR_FRAME = re.compile(r"ctip_analysis/(\w+\.py):(\d+)")
_NUMBERED = re.compile(r"\[Errno (\d+)\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ReportFailedError(CtipError):
    """A cell of the notebook failed; nothing was written but the log. *where* names lines, never values."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What a kernel may know of the environment *given*; figures are drawn without a window."""
    passed = {name: value for name, value in given.items() if name in PASSED or name.startswith("LC_")}
    return passed | {"MPLBACKEND": "Agg"}


class _Kernel(AsyncKernelManager):
    """A guarded kernel with an environment of its own, whose own prints are dropped: they may quote data."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """This Python under the guard, whatever kernels the machine has; the first two arguments are the guard's."""
        edition, work, *rest = extra_arguments or []
        return [sys.executable, "-m", "ctip_analysis.guard", edition, work, self.connection_file, *rest]

    async def start_kernel(self, **given: Any) -> None:  # type: ignore[override]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**given, **silent, env=environment(os.environ))


def execute(source: Path, settings: Mapping[str, object], executed: Path) -> Path:
    """Run notebook *source* with parameters *settings* into *executed*, and return that path.

    Raises
    ------
    ReportFailedError
        A cell failed, or tried what the guard refuses; or the kernel was ended.
    OSError
        The disk is full, or the folder can't be written.
    """
    import papermill  # a second of imports that `ctip --help` need not wait for

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    with private_folder(executed.parent, ".kernel-") as work, warnings.catch_warnings():
        edition = source.parent / str(settings["edition"]) if "edition" in settings else work
        warnings.simplefilter("ignore")  # papermill's own, about libraries it was written for
        try:
            papermill.execute_notebook(
                source, executed, parameters=dict(settings), cwd=str(source.parent), kernel_name="python3",
                kernel_manager_class=_Kernel, progress_bar=False, log_output=False,
                extra_arguments=[str(edition.resolve()), str(work.resolve()), "--IPKernelApp.log_level=40"],
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise _failure(source, error) from None
        except DeadKernelError:
            raise ReportFailedError(
                f"{source.stem}: its kernel was ended from outside, often because memory ran out; "
                "free some and run again. The last good report is as it was"
            ) from None
        except RuntimeError:  # it never answered
            raise ReportFailedError(
                f"{source.stem}: its kernel did not start; make the environment anew (README.md) and run again. "
                "The last good report is as it was"
            ) from None
    return executed


def _failure(source: Path, error: PapermillExecutionError) -> CtipError | OSError:
    """Our own sentences as they are; a library's error by name and place only: its text may quote data."""
    numbered = _NUMBERED.match(str(error.evalue))
    if numbered and int(numbered[1]) in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
        return OSError(int(numbered[1]), os.strerror(int(numbered[1])))
    trace = _COLOUR.sub("", "\n".join(error.traceback))
    ours = trace == error.evalue  # CtipError shows its sentence in place of a traceback, nothing else does
    what = error.evalue if ours else f"ended with {error.ename}"
    where = ", ".join(f"{file} line {line}" for file, line in _OUR_FRAME.findall(trace))
    # papermill put one cell with the parameters in: its index from 0 is the notebook's own number from 1
    sentence = f"{source.stem}, cell {error.cell_index}: {what}; the last good report is as it was"
    return ReportFailedError(sentence, where)
