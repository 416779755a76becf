"""What the process of one report does: run the cells, render the page, audit it, say how it went.

It works under the guard, in a folder of its own; what it leaves there appears among the reports only when the batch
puts it there. The fork server imports this module, and with it all that a report may use, so that no report has to.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import gc
import importlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

gc.disable()  # nothing that is imported goes again
os.environ |= {  # before the libraries that read it are imported
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",  # threads of a parent hang its children
    "OGR_SKIP": "CSV,XLSX,ODS",  # GDAL opens tables past the guard
}
for _name in ("rfc3987_syntax", "isoduration"):  # take seconds; jsonschema does without, and nbformat uses neither
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]

from ctip_analysis.audit import findings_of_page
from ctip_analysis.audit.markup import soup_of
from ctip_analysis.base.errors import CtipError, mistake
from ctip_analysis.edition import open_edition
from ctip_analysis.page import facts_of, pdf, render
from ctip_analysis.runs import engine, guard
from ctip_analysis.runs.plan import Report
from ctip_analysis.runs.pool import PROGRESS, Task, cells_of
from ctip_analysis.runs.run_record import Outcome, State

for _name in ("matplotlib_inline.backend_inline", "pyogrio", "seaborn"):
    importlib.import_module(_name)
for _room in ("charts", "edition", "page", "places"):  # every public name that a notebook may use
    _face = importlib.import_module(f"ctip_analysis.{_room}")
    for _name in _face.__all__:
        getattr(_face, _name)
gc.freeze()  # what is shared stays shared: the collector of a child does not write to it
gc.enable()

GRACE = 4.0  # seconds after its limit at which a process ends itself, if nobody is left to end it
PASSED = {  # what a report may know of the environment, so that no secret is in it
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH",
    "PYTHONHASHSEED", "PYTHONUTF8", "PROJ_DATA", "GDAL_DATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "CTIP_BOUNDARIES", "MPLBACKEND", "OMP_NUM_THREADS", "OGR_SKIP",
}  # fmt: skip


def make(task: Task) -> Outcome:
    """Do *task* in this process, which belongs to it alone from now on; a failure is an outcome, not an error."""
    outcome = Outcome()
    try:
        _be_alone(task.place, task.limits.run)
        _make_report(task, task.report, outcome) if task.report else _make_data(task, outcome)
    except CtipError as error:
        outcome.sentence, outcome.where = str(error), getattr(error, "where", "")
    except OSError as error:
        outcome.sentence = _trouble(error)
    except Exception as error:
        outcome.sentence = mistake(error)
    signal.setitimer(signal.ITIMER_REAL, 0)
    outcome.cells = cells_of(task, State.FAILED)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome.peak_mb = round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
    return outcome


def _be_alone(place: Path, limit: float) -> None:
    """In a group and a new folder of its own, silent, gone when the command is, or soon after its limit."""
    os.setsid()
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)  # a library's own prints may quote data
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    faulthandler.dump_traceback_later(limit + GRACE, exit=True, file=silence)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends its reports
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    place.mkdir(mode=0o700, exist_ok=True)
    os.chdir(place)
    kept = {name: text for name, text in os.environ.items() if name in PASSED or name.startswith("LC_")}
    own = {"TMPDIR": place, "IPYTHONDIR": place / "ipython", "MPLCONFIGDIR": place / "mpl"}
    os.environ.clear()
    os.environ.update(kept | {name: str(path) for name, path in own.items()})
    tempfile.tempdir = str(place)  # the parent may have found another already
    sys.modules["numpy"].random.seed()  # forked from one parent, all would draw the same


def _end_with(parent: Any) -> None:
    parent.join()
    os.killpg(0, signal.SIGKILL)


def _make_report(task: Task, report: Report, outcome: Outcome) -> None:
    edition = open_edition(task.edition)
    has_pdf = report.pdf and not pdf.lacks()  # loads system libraries, so before the guard
    guard.install(task.edition, task.place)
    path = task.place / f"{report.page}.html"
    with _timed(outcome, "run"):
        settings, tell = report.for_notebook(task.edition), _teller(task)
        known = set(task.place.iterdir())
        executed = engine.execute(report.notebook, settings, task.place, tell)
    lost = sorted(path.name for path in set(task.place.iterdir()) - known if path.is_file())
    shown = edition.until(report.period)
    with _timed(outcome, "render"):
        page = render(executed, shown, language=str(report.settings["language"]), degraded=report.degraded)
        path.write_text(page, encoding="utf-8", newline="\n")
        facts = json.dumps(facts_of(page, shown), ensure_ascii=False, indent=1)
        path.with_suffix(".facts.json").write_text(f"{facts}\n", encoding="utf-8", newline="\n")
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in findings_of_page(page, shown, path.name)]
    if has_pdf:
        from ctip_analysis.audit.document import findings_of_document

        with _timed(outcome, "pdf"):
            path.with_suffix(".pdf").write_bytes(content := pdf.to_pdf(page))
            outcome.findings += map(str, findings_of_document(content, page, f"{report.page}.pdf"))
    outcome.figures, outcome.tables = _shown(page)
    outcome.state, outcome.sentence = _judged(report, outcome, lost)


def _make_data(task: Task, outcome: Outcome) -> None:
    from ctip_analysis.audit import audit
    from ctip_analysis.edition.copies import write_copy

    with _timed(outcome, "data"):
        write_copy(task.edition, open_edition(task.edition), task.place / "data")
    with _timed(outcome, "audit"):
        outcome.findings = [str(one) for one in audit([task.place / "data"])]
    found = f"{len(outcome.findings)} finding(s) in the data, such as {next(iter(outcome.findings), '')}"
    outcome.state, outcome.sentence = (State.FAILED, found) if outcome.findings else (State.DONE, "")


def _teller(task: Task) -> Callable[[int, bool], None]:
    """Notes each cell that starts and ends, and has the system end this process at the limit of a cell."""
    notes = (task.place / PROGRESS).open("w", encoding="utf-8", buffering=1)

    def tell(number: int, is_over: bool) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0 if is_over else task.limits.cell)
        notes.write(json.dumps({"number": number, "is_over": is_over, "at": time.time()}) + "\n")

    return tell


def _shown(page: str) -> tuple[int, int]:
    """Figures of a page, and tables outside figures that have at least one row."""
    soup = soup_of(page)  # as the audit has just read it
    tables = [table for table in soup.find_all("table") if table.find_parent("figure") is None]
    filled = [any(part.find("tr") for part in table.find_all("tbody")) for table in tables]
    return len(soup.find_all("figure", class_="plot")), sum(filled)


def _judged(report: Report, outcome: Outcome, lost: list[str]) -> tuple[State, str]:
    """State and sentence of a page that was made; *lost* are files that the notebook wrote."""
    if outcome.findings:
        found = f"{len(outcome.findings)} finding(s) in its page, such as {outcome.findings[0]}"
        return State.FAILED, f"{report.notebook.stem}: not to be shared: {found}"
    if outcome.figures < report.expect.figures or outcome.tables < report.expect.tables:
        return State.EMPTY, (
            f"{report.notebook.stem}: the page shows {outcome.figures} figures and {outcome.tables} tables with rows; "
            f"at least {report.expect.figures} and {report.expect.tables} are expected"
        )
    if report.degraded:
        return State.DEGRADED, report.degraded
    notes = [pdf.lacks()] if report.pdf else []
    if lost:
        notes.append(f"a report keeps no files of its notebook ({', '.join(lost)}): run it in JupyterLab to have them")
    return State.DONE, "; ".join(filter(None, notes))


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
