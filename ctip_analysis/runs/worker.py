"""What a process that belongs to one report does: run the cells, render the page, look through it, say how it went.

It is told nothing of the operator's environment and works under the guard, in a folder of its own. What it
lays there appears among the reports only when the batch puts it there.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from ctip_analysis.audit.html import soup_of
from ctip_analysis.audit.scan import audit, page_findings
from ctip_analysis.base.errors import CtipError, ReportFailedError, mistake
from ctip_analysis.edition import reads
from ctip_analysis.edition.read import read_edition
from ctip_analysis.page.render import render
from ctip_analysis.runs import guard, kernel
from ctip_analysis.runs.cell_engine import needs_kernel
from ctip_analysis.runs.handover import hand_over
from ctip_analysis.runs.task import DEAD_KERNEL, DEGRADED, DONE, EMPTY, FAILED, Cell, DataTask, Outcome, Task
from ctip_analysis.runs.warm_parent import can_fork

Tell = Callable[[Cell], None]


def make(task: Task, tell: Tell) -> Outcome:
    """Make the report *task* in its place; *tell* hears of every cell that starts and ends.

    A mistake of the notebook, a leak found in its page or a page that shows too little are outcomes, not errors.
    """
    outcome = Outcome(task.name)
    return _ended(outcome, lambda: _make(task, tell, outcome))


def _ended(outcome: Outcome, work: Callable[[], None]) -> Outcome:
    """*outcome* after *work*, whatever came of it, with the memory this process took."""
    try:
        work()
    except kernel.KernelDiedError as died:
        outcome.state, outcome.sentence = DEAD_KERNEL, str(died)
    except CtipError as error:
        outcome.state, outcome.sentence = FAILED, str(error)
        outcome.where = getattr(error, "where", "")
    except OSError as error:
        outcome.state, outcome.sentence = FAILED, _trouble(error)
    except Exception as error:
        outcome.state, outcome.sentence = FAILED, mistake(error)
    outcome.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 1e6
    outcome.unshared_mb = _unshared()
    return outcome


_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def lay_out_data(task: DataTask, tell: Tell) -> Outcome:
    """Make the data that go out beside the reports, and attack them as an outsider would."""
    outcome = Outcome(task.name)
    return _ended(outcome, lambda: _lay_out(task, outcome))


def _lay_out(task: DataTask, outcome: Outcome) -> None:
    guard.install(task.edition, task.place, task.place)
    with _timed(outcome, "data"):
        hand_over(task.edition, read_edition(task.edition), task.place / "data")
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in audit([task.place / "data"], withstood=task.withstood)]
    found = f"{len(outcome.findings)} finding(s) in the data, such as {next(iter(outcome.findings), '')}"
    outcome.state, outcome.sentence = (FAILED, found) if outcome.findings else (DONE, "")


def _make(task: Task, tell: Tell, outcome: Outcome) -> None:
    with _timed(outcome, "run"):
        if task.kept is None:
            executed, outcome.reads = _run(task, tell)
        else:
            executed = nbformat.read(task.kept, as_version=4)
        outcome.was_rendered_only = task.kept is not None
    if unfinished := _not_ended(executed):
        raise ReportFailedError(
            f"{task.notebook.stem}: the notebook ended itself before its end; cell {unfinished[0]} and those after "
            "it did not run"
        )
    with _timed(outcome, "render"):
        released = read_edition(task.edition)
        render(executed, out=task.page, released=released, degraded=task.degraded)
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in page_findings(task.page, task.page.name, released)]
    outcome.figures, outcome.tables = _shown(task.page)
    outcome.state, outcome.sentence = _judged(task, outcome)


def _run(task: Task, tell: Tell) -> tuple[nbformat.NotebookNode, list[reads.Read] | None]:
    """The executed notebook, and what it read of the edition, if it ran where that can be known."""
    settings = dict(task.settings)
    notebook = nbformat.read(task.notebook, as_version=4)
    in_process = can_fork() and not needs_kernel(notebook)
    if in_process:
        guard.install(task.edition, task.place, task.notebook.parent)
    reads.forget()
    executed = kernel.execute(
        task.notebook, settings, task.executed, edition=task.edition, work=task.place, in_process=in_process,
        tell=tell,
    )  # fmt: skip
    return executed, reads.noted() if in_process else None


def _not_ended(executed: nbformat.NotebookNode) -> list[int]:
    """Numbers of the code cells that were never run."""
    return [
        number
        for number, cell in kernel.numbered(executed)
        if cell.source.strip() and cell.execution_count is None
    ]


def _shown(page: Path) -> tuple[int, int]:
    """Figures of a page, and tables that hold at least one row."""
    body = soup_of(page.read_text(encoding="utf-8"))  # as the audit has just read it
    # by name: a selector would be held against every element
    figures = body.find_all("figure", class_="plot")
    filled = [any(part.find("tr") for part in table.find_all("tbody")) for table in body.find_all("table")]
    return sum(len(figure.find_all("img")) for figure in figures), sum(filled)


def _judged(task: Task, outcome: Outcome) -> tuple[str, str]:
    """State and sentence of a page that was made."""
    if outcome.findings:
        found = f"{len(outcome.findings)} finding(s) in its page, such as {outcome.findings[0]}"
        return FAILED, f"{task.notebook.stem}: not to be shared: {found}"
    wanted = task.limits
    if outcome.figures < wanted.figures or outcome.tables < wanted.tables:
        return EMPTY, (
            f"{task.notebook.stem}: the page shows {outcome.figures} figures and {outcome.tables} tables with rows; "
            f"at least {wanted.figures} and {wanted.tables} are expected"
        )
    return (DEGRADED, task.degraded) if task.degraded else (DONE, "")


def _trouble(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: free some space and run again"
    return (
        f"{os.strerror(error.errno) if error.errno else type(error).__name__} in the report's working folder"
    )


def _unshared() -> float:
    """Memory in MB that this process shares with no other; 0 where the system does not say."""
    try:
        text = Path("/proc/self/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(found) for found in re.findall(r"Private_(?:Clean|Dirty): +(\d+)", text)) / 1e3


@contextmanager
def _timed(outcome: Outcome, part: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        outcome.seconds[part] = time.monotonic() - begun
