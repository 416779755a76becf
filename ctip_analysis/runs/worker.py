"""What the process of one report does: run the cells, render the page, audit it, say how it went.

It works under the guard, in a folder of its own. What it leaves there appears among the reports only when the batch
puts it there.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctip_analysis.base.errors import CtipError, mistake
from ctip_analysis.runs import pool
from ctip_analysis.runs.configuration import Expect, Limits
from ctip_analysis.runs.run_record import Cell, State

_PROGRESS = "cells.jsonl"


@dataclass(frozen=True)
class Task:
    """One report: a notebook with its settings, and a private folder ``place`` for the result."""

    notebook: Path
    settings: Mapping[str, object]
    edition: Path
    name: str
    period: str
    place: Path
    limits: Limits = field(default_factory=Limits)
    expect: Expect = field(default_factory=Expect)
    degraded: str = ""
    pdf: bool = False

    @property
    def page(self) -> Path:
        """Where the page is written, for the batch to put in place."""
        return self.place / f"{self.name}.html"


@dataclass(frozen=True)
class DataTask:
    """The data that go out beside the reports of one edition: written into ``place/data`` and audited."""

    edition: Path
    place: Path
    limits: Limits = field(default_factory=Limits)
    name: str = "data"


@dataclass
class Outcome:
    """What became of a task. ``where`` names lines of code for the operator; nothing quotes a record."""

    name: str
    state: str = State.FAILED
    sentence: str = ""
    where: str = ""
    cells: list[Cell] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    figures: int = 0
    tables: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0

    def noted(self) -> dict[str, Any]:
        """The outcome as a run record has it."""
        known = {name: value for name, value in vars(self).items() if name != "name"}
        return known | {"seconds": {part: round(took, 2) for part, took in self.seconds.items()}}


def make(task: Task | DataTask) -> Outcome:
    """Do *task* in this process, which belongs to it alone from now on; a failure is an outcome, not an error."""
    pool.be_alone(task.place, task.limits.run)
    outcome = Outcome(task.name)
    try:
        _make_report(task, outcome) if isinstance(task, Task) else _make_data(task, outcome)
    except CtipError as error:
        outcome.sentence, outcome.where = str(error), getattr(error, "where", "")
    except OSError as error:
        outcome.sentence = _trouble(error)
    except Exception as error:
        outcome.sentence = mistake(error)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if isinstance(task, Task):
        outcome.cells = cells_of(task, State.FAILED)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome.peak_mb = round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
    return outcome


def _make_report(task: Task, outcome: Outcome) -> None:
    from ctip_analysis.audit import findings_of_page
    from ctip_analysis.edition import open_edition
    from ctip_analysis.page import facts_of, render
    from ctip_analysis.runs import engine, guard

    edition = open_edition(task.edition)
    printer = _printer(task)  # loads system libraries, so before the guard
    guard.install(task.edition, task.place)
    with _timed(outcome, "run"):
        executed = engine.execute(task.notebook, task.settings, task.place, _teller(task))
    shown = edition.until(task.period)
    with _timed(outcome, "render"):
        page = render(executed, shown, language=str(task.settings.get("language", "en")), degraded=task.degraded)
        task.page.write_text(page, encoding="utf-8", newline="\n")
        facts = json.dumps(facts_of(page, shown), ensure_ascii=False, indent=1)
        task.page.with_suffix(".facts.json").write_text(f"{facts}\n", encoding="utf-8", newline="\n")
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in findings_of_page(page, shown, task.page.name)]
    if printer is not None:
        _print(task, page, outcome, printer)
    outcome.figures, outcome.tables = _shown(page)
    outcome.state, outcome.sentence = _judged(task, outcome)


def _printer(task: Task) -> Callable[[str], bytes] | None:
    """What makes the PDF of a page; None where none is asked for, or none can be made."""
    from ctip_analysis.page import pdf

    return pdf.to_pdf if task.pdf and not pdf.lacks() else None


def _print(task: Task, page: str, outcome: Outcome, printer: Callable[[str], bytes]) -> None:
    """Write the PDF of *page* beside it, and audit it."""
    from ctip_analysis.audit.document import findings_of_document

    with _timed(outcome, "pdf"):
        content = printer(page)
        path = task.page.with_suffix(".pdf")
        path.write_bytes(content)
        outcome.findings += [str(one) for one in findings_of_document(content, page, path.name)]


def _make_data(task: DataTask, outcome: Outcome) -> None:
    from ctip_analysis.audit import audit
    from ctip_analysis.edition import open_edition
    from ctip_analysis.edition.copies import write_copy

    with _timed(outcome, "data"):
        write_copy(task.edition, open_edition(task.edition), task.place / "data")
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in audit([task.place / "data"])]
    found = f"{len(outcome.findings)} finding(s) in the data, such as {next(iter(outcome.findings), '')}"
    outcome.state, outcome.sentence = (State.FAILED, found) if outcome.findings else (State.DONE, "")


def _teller(task: Task) -> Callable[[int, bool], None]:
    """Notes each cell that starts and ends, and has the system end this process at the limit of a cell."""
    notes = (task.place / _PROGRESS).open("w", encoding="utf-8", buffering=1)

    def tell(number: int, is_over: bool) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0 if is_over else task.limits.cell)
        notes.write(json.dumps({"number": number, "is_over": is_over, "at": time.time()}) + "\n")

    return tell


def cells_of(task: Task, unfinished: State = State.RUNNING) -> list[Cell]:
    """The code cells of *task* as its process noted them, also after it was killed; one is *unfinished* at most."""
    notebook = json.loads(task.notebook.read_text(encoding="utf-8"))
    numbers = [number for number, cell in enumerate(notebook["cells"], 1) if cell["cell_type"] == "code"]
    cells = {number: Cell(number=number, state=State.NOT_RUN) for number in numbers}
    begun: dict[int, float] = {}
    with contextlib.suppress(OSError, ValueError):  # the last line of a killed process may be incomplete
        for line in (task.place / _PROGRESS).read_text(encoding="utf-8").splitlines():
            note = json.loads(line)
            number, at = note["number"], note["at"]
            if number in cells:
                took = at - begun.setdefault(number, at)
                cells[number] = Cell(number=number, state=State.DONE if note["is_over"] else unfinished, seconds=took)
    return list(cells.values())


def _shown(page: str) -> tuple[int, int]:
    """Figures of a page, and tables outside figures that have at least one row."""
    from ctip_analysis.audit.markup import soup_of

    soup = soup_of(page)  # as the audit has just read it
    tables = [table for table in soup.find_all("table") if table.find_parent("figure") is None]
    filled = [any(part.find("tr") for part in table.find_all("tbody")) for table in tables]
    return len(soup.find_all("figure", class_="plot")), sum(filled)


def _judged(task: Task, outcome: Outcome) -> tuple[str, str]:
    """State and sentence of a page that was made."""
    if outcome.findings:
        found = f"{len(outcome.findings)} finding(s) in its page, such as {outcome.findings[0]}"
        return State.FAILED, f"{task.notebook.stem}: not to be shared: {found}"
    if outcome.figures < task.expect.figures or outcome.tables < task.expect.tables:
        return State.EMPTY, (
            f"{task.notebook.stem}: the page shows {outcome.figures} figures and {outcome.tables} tables with rows; "
            f"at least {task.expect.figures} and {task.expect.tables} are expected"
        )
    if task.degraded:
        return State.DEGRADED, task.degraded
    from ctip_analysis.page import pdf

    return State.DONE, pdf.lacks() if task.pdf else ""


def _trouble(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: free some space and run again"
    return f"{os.strerror(error.errno) if error.errno else type(error).__name__} in the report's working folder"


@contextlib.contextmanager
def _timed(outcome: Outcome, part: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        outcome.seconds[part] = time.monotonic() - begun
