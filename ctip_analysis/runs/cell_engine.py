"""The papermill engine ``ctip``: ordinary notebooks, without a new Python for each of them.

``papermill --engine ctip …`` runs cells in a kernel that is forked from a warm parent, an ordinary one where
this machine can't fork. A process that belongs to one report alone runs the cells in itself.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable
from typing import Any

from nbclient.client import timestamp
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from papermill.log import logger

from ctip_analysis.runs import own_kernel
from ctip_analysis.runs.forked_kernel import ForkedKernel
from ctip_analysis.runs.warm_parent import can_fork

# What a process can't do for itself as a kernel does: ask a person, talk to widgets, mix streams in exact order.
_NEEDS_KERNEL = re.compile(
    r"\binput\s*\(|\bgetpass\b|\bipywidgets\b|\btqdm\b|\bawait\b|^\s*%%(?!time\b|capture\b)|^[ \t]*\S+\?\s*$|^\s*\?",
    re.MULTILINE,
)


class CellEngine(Engine):
    """Runs a notebook's cells; what it leaves equals what papermill's own engine leaves."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, own_process: bool = False,
        tell: Callable[[NotebookNode, NotebookNode], None] | None = None, **given: Any,
    ) -> None:  # fmt: skip
        """Run the cells of ``nb_man.nb``: in this process if it is the report's *own_process*, else in a kernel.

        *tell* hears of the notebook and each of its cells that starts or ends.
        """
        if tell:
            _tell_of_cells(nb_man, tell)
        if own_process:
            _Cells(nb_man, log=logger).execute()
            return
        if can_fork():
            given.setdefault("kernel_manager_class", ForkedKernel)
        NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **given)


def _tell_of_cells(
    nb_man: NotebookExecutionManager, tell: Callable[[NotebookNode, NotebookNode], None]
) -> None:
    start, complete = nb_man.cell_start, nb_man.cell_complete

    def started(cell: NotebookNode, cell_index: int | None = None, **given: Any) -> None:
        start(cell, cell_index, **given)
        tell(nb_man.nb, cell)

    def completed(cell: NotebookNode, cell_index: int | None = None, **given: Any) -> None:
        complete(cell, cell_index=cell_index, **given)
        if not isinstance(sys.exc_info()[1], DeadKernelError):  # papermill takes its cell for completed
            tell(nb_man.nb, cell)

    nb_man.cell_start, nb_man.cell_complete = started, completed


def needs_kernel(notebook: NotebookNode) -> bool:
    """Whether *notebook* must run in a kernel of full fidelity: it says so (``"kernel": "full"``), or its code does."""
    if notebook.metadata.get("kernel") == "full":
        return True
    return any(cell.cell_type == "code" and _NEEDS_KERNEL.search(cell.source) for cell in notebook.cells)


class _Cells(PapermillNotebookClient):
    """Papermill's client on a kernel that lives in this process: same messages, no sockets."""

    def execute(self, **given: Any) -> NotebookNode:
        """Run all cells up to the first that fails."""
        self.reset_execution_trackers()
        with own_kernel.taken() as self.inside:
            self.papermill_execute_cells()
        self.nb.metadata["language_info"] = self.inside.language_info
        return self.nb

    def execute_cell(self, cell: NotebookNode, cell_index: int, *_: Any, **__: Any) -> NotebookNode:
        """Run one cell, and put its outputs into it; raises CellExecutionError as papermill expects."""
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        if self.skip_cells_with_tag in cell.metadata.get("tags", []):
            return cell
        cell.outputs = []
        cell.metadata["execution"] = {}
        self.clear_before_next_output = False
        asked = self.inside.run(cell.source)
        reply: dict[str, Any] = {}
        with contextlib.suppress(CellExecutionComplete):  # idle: nothing more will come
            while self.inside.said:
                message = self.inside.said.popleft()
                if message["parent_header"].get("msg_id", asked) != asked:  # what is printed names no cell
                    continue
                if message["msg_type"] == "execute_reply":
                    reply = message
                else:
                    self.process_message(message, cell, cell_index)
        if self.record_timing:
            cell.metadata["execution"]["shell.execute_reply"] = timestamp(reply)
        if reply["content"]["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError.from_cell_and_msg(cell, reply["content"])
        return cell
