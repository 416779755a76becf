"""The papermill engine that runs cells in the report's own process, in an IPython shell.

Outputs are collected as a kernel's are: streams, displays, results, errors. A figure that is left open at the end of
a cell is displayed, as in Jupyter. One process runs one notebook: a shell leaves figures and modules behind.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import Type
from traitlets.config import Config

from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.page.document import INJECTED

NAME = "ctip"
_SETTINGS = Config(
    HistoryManager={"enabled": False},
    InteractiveShell={"colors": "nocolor", "xmode": "Plain", "autoawait": True},
)
_OUR_FRAME = re.compile(r"ctip_analysis/(?:\w+/)*(\w+\.py)(?::|\", line )(\d+)")
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}  # what the operator mends, not the author
Tell = Callable[[int, bool], None]


class _Publisher(DisplayPublisher):
    """Collects what a cell displays."""

    def publish(self, data: dict[str, Any], metadata: Any = None, source: Any = None, *, transient: Any = None,
                update: bool = False, **_: Any) -> None:  # fmt: skip
        """Add one display, or change those with the same display id."""
        made = new_output("display_data", data=_as_text(data), metadata=metadata or {})
        same = self.shell.displays.setdefault((transient or {}).get("display_id", id(made)), [])
        if update:
            for earlier in same:
                earlier.update(data=made.data, metadata=made.metadata)
            return
        same.append(made)
        self.shell.outputs.append(made)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the outputs of the running cell."""
        self.shell.outputs.clear()


class _Results(DisplayHook):
    """Collects the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """There is no prompt."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Add the value in all its formats."""
        data = _as_text(format_dict)
        made = new_output("execute_result", data=data, metadata=md_dict or {}, execution_count=self.prompt_count)
        self.shell.outputs.append(made)  # type: ignore[union-attr]

    def finish_displayhook(self) -> None:
        """Nothing was printed, so nothing is flushed."""


class _Stream(io.TextIOBase):
    """Collects what is printed."""

    def __init__(self, shell: _Shell, name: str) -> None:
        self._shell, self._name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self._shell.outputs[-1] if self._shell.outputs else None
        if last is not None and last.get("name") == self._name:
            last.text += text
        else:
            self._shell.outputs.append(new_output("stream", name=self._name, text=text))
        return len(text)


class _Shell(InteractiveShell):
    """An IPython shell whose outputs are collected in the cell that runs."""

    displayhook_class = Type(_Results)
    display_pub_class = Type(_Publisher)

    def __init__(self, **given: Any) -> None:
        self.outputs: list[NotebookNode] = []
        self.displays: dict[object, list[NotebookNode]] = {}
        super().__init__(**given)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window; matplotlib asks for one all the same."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.append(new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=stb))

    def run(self, cell: NotebookNode) -> BaseException | None:
        """Run *cell* and put its outputs into it; the error it ended with, if any."""
        cell.outputs = self.outputs = []
        with (
            contextlib.redirect_stdout(_Stream(self, "stdout")),
            contextlib.redirect_stderr(_Stream(self, "stderr")),
        ):
            result = self.run_cell(cell.source, store_history=True)
        cell.execution_count = result.execution_count
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        if error and not any(output.output_type == "error" for output in self.outputs):
            self._showtraceback(type(error), error, [])
        return error


class CtipEngine(Engine):
    """Runs the cells of a notebook in this process, up to the first that fails."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        tell: Tell = lambda number, is_over: None,
        **_: Any,
    ) -> None:
        """Run ``nb_man.nb``; *tell* is called with the number of each code cell that starts, and that ends well."""
        shell = _Shell.instance(config=_SETTINGS)
        shell.enable_matplotlib("inline")
        numbers = {id(cell): number for number, cell in numbered(nb_man.nb)}
        for index, cell in enumerate(nb_man.nb.cells):
            number = numbers.get(id(cell), 0)
            nb_man.cell_start(cell, index)
            if (number and cell.source.strip()) or INJECTED in cell.metadata.get("tags", []):
                tell(number, False)
                error = shell.run(cell)
                if isinstance(error, OSError) and error.errno in _MACHINE:
                    raise OSError(error.errno, os.strerror(error.errno))
                if error:
                    nb_man.cell_exception(cell, cell_index=index, exception=error)
                    return
                tell(number, True)
            nb_man.cell_complete(cell, cell_index=index)


def numbered(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Code cells with their numbers as a person sees them: from 1, papermill's own cell left out."""
    own = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    return ((number, cell) for number, cell in enumerate(own, start=1) if cell.cell_type == "code")


def execute(notebook: Path, settings: Mapping[str, object], work: Path, tell: Tell) -> NotebookNode:
    """*notebook* after a run with the parameters *settings*, in the working folder *work*.

    ReportFailedError: a cell failed, or the notebook ended itself.
    OSError: the disk is full, or a folder can't be written.
    """
    papermill_engines.register(NAME, CtipEngine)
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    read = nbformat.read(notebook, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill's own, about libraries it was written for
        try:
            executed = papermill.execute_notebook(
                read, None, parameters=dict(settings), cwd=str(work), kernel_name="python3", language="python",
                engine_name=NAME, progress_bar=False, tell=tell,
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise _failure(notebook, error) from None
    if left := [number for number, cell in numbered(executed) if cell.source.strip() and not cell.execution_count]:
        raise ReportFailedError(
            f"{notebook.stem}: the notebook ended itself before its end; cell {left[0]} and those after it did not run"
        )
    return executed


def _failure(notebook: Path, error: PapermillExecutionError) -> ReportFailedError:
    """Our own sentences as they are; a library's error by name and place only: its text may quote data."""
    trace = "\n".join(error.traceback)
    ours = trace == error.evalue  # CtipError shows its sentence in place of a traceback, nothing else does
    lines = [] if ours else re.findall(r"Cell In\[\d+\], line (\d+)", trace)  # the first is of the cell itself
    at = f", line {lines[0]}" if lines else ""
    what = error.evalue if ours else f"ended with {error.ename}; run it in JupyterLab to read why"
    where = ", ".join(f"{file} line {line}" for file, line in _OUR_FRAME.findall(trace))
    # papermill added one cell with the parameters: its index from 0 is the notebook's own number from 1
    return ReportFailedError(f"{notebook.stem}, cell {error.cell_index}{at}: {what}", where)


def _as_text(data: Mapping[str, Any]) -> dict[str, Any]:
    """A mime bundle with bytes in base64, as notebooks keep them."""
    return {kind: base64.b64encode(one).decode() if isinstance(one, bytes) else one for kind, one in data.items()}
