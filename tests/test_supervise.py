"""Whatever a notebook does to its process, its outcome says what it was, in time, and nothing is left running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import pytest
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.runs.supervise import _GRACE, end_all, supervise
from ctip_analysis.runs.task import (
    DEAD_KERNEL,
    DONE,
    EMPTY,
    FAILED,
    NOT_RUN,
    TIMED_OUT,
    Limits,
    Outcome,
    Task,
)

SAYS_ITSELF = "import os, pathlib; pathlib.Path('process').write_text(f'{os.getpid()} {os.getpgrp()}')"
FULL = "# input() asks for a kernel of full fidelity\n"
PAGES = {"cambodia_ctip_small_2004_en_SYNTHETIC.html", "cambodia_ctip_small_2004_en_SYNTHETIC.facts.json"}


@pytest.fixture(scope="module")
def edition(tmp_path_factory) -> Path:
    return write_small_edition(tmp_path_factory.mktemp("editions") / "2004")


@dataclass
class Ran:
    """What became of a notebook, and what it left."""

    outcome: Outcome
    place: Path
    seconds: float

    @property
    def cells(self) -> list[str]:
        return [cell.state for cell in self.outcome.cells]

    @property
    def pages(self) -> set[str]:
        return PAGES & {path.name for path in self.place.iterdir()}

    def is_alone(self) -> bool:
        """Whether nothing is left of its group; what was killed just now takes a moment to die."""
        group = int((self.place / "process").read_text().split()[1])
        return eventually(lambda: not members(group), 3)


def members(group: int) -> list[int]:
    """Processes of a group that still run; a dead one that nobody has waited for doesn't."""
    listed = subprocess.run(["ps", "-eo", "pid,pgid,stat"], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()[1:]]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


def task(folder: Path, edition: Path, *cells: str, limits: Limits = Limits()) -> Task:  # noqa: B008  frozen
    """The small notebook with more *cells*, from the third on, in a place of its own in *folder*."""
    notebook = write_notebook(folder / "nb" / "90_small.ipynb", *cells)
    place = folder / "place"
    place.mkdir()
    settings = {"edition": str(edition), "year": 2004, "basis": "calendar", "language": "en"}
    name = "cambodia_ctip_small_2004_en_SYNTHETIC"
    return Task(notebook, settings, edition, name, "2004", place, limits)


@pytest.fixture
def run(tmp_path, edition) -> Callable[..., Ran]:
    """Supervise a notebook with the cells given, and time it."""

    def run(*cells: str, **given: float) -> Ran:
        asked = task(tmp_path, edition, *cells, limits=Limits(**given))
        begun = time.monotonic()
        return Ran(supervise(asked), asked.place, time.monotonic() - begun)

    return run


def eventually(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    return is_so()


CHILD = (
    "import ctypes; ctypes.CDLL(None).fork() or __import__('time').sleep(600)"  # past the guard, on purpose
)
FAULTS = {
    "a process that ends itself": (
        "import os; os._exit(3)", DEAD_KERNEL, "90_small, cell 4: its process ended before it was done (exit code 3)",
    ),
    "a fault of memory": (
        "import ctypes; ctypes.string_at(0)", DEAD_KERNEL,
        "90_small, cell 4: its process ended before it was done (signal 11)",
    ),
    "killed, as by the system when memory runs out": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", DEAD_KERNEL,
        "90_small, cell 4: its process ended before it was done (signal 9, often because memory ran out)",
    ),
    "no memory left": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32)); x = bytearray(2**33)", FAILED,
        "90_small, cell 4: ended with MemoryError",
    ),
    "an error that quotes a person": (
        "raise ValueError('CL-000123, female, Phnom Penh')", FAILED, "90_small, cell 4: ended with ValueError",
    ),
    "an exit in the middle, with code 1": (
        "import sys; sys.exit(1)", FAILED, "90_small, cell 4: ended with SystemExit",
    ),
    "an exit in the middle, with code 0": (
        "import sys; sys.exit(0)", FAILED,
        "90_small: the notebook ended itself before its end; cell 5 and those after it did not run",
    ),
    "Ctrl-C of its own": ("raise KeyboardInterrupt", FAILED, "90_small, cell 4: ended with KeyboardInterrupt"),
    "no room on the disk": (
        "raise OSError(28, 'No space left on device', 'x.png')", FAILED,
        "the disk is full: free some space and run again",
    ),
    "a kernel of full fidelity that ends itself": (
        FULL + "import os; os._exit(3)", DEAD_KERNEL,
        "90_small: its kernel was ended from outside, often because memory ran out; free some and run again",
    ),
    "a question to a person": (FULL + "input('who?')", FAILED, "90_small, cell 4: ended with StdinNotImplementedError"),
}  # fmt: skip


@pytest.mark.parametrize("code, state, sentence", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_as_what_it_was_cell_by_cell_and_leaves_no_page(run, code, state, sentence):
    ran = run(SAYS_ITSELF, code, "'never'")
    assert (ran.outcome.state, ran.outcome.sentence) == (state, sentence)
    assert ran.cells == [DONE, DONE, DONE, state, NOT_RUN]
    assert not ran.pages and ran.is_alone() and not ran.outcome.is_good
    assert "CL-" not in repr(ran.outcome)


@pytest.mark.parametrize(
    "code, limits, sentence",
    [
        ("while True: pass", {"cell": 1}, "90_small, cell 4: was ended at its limit of 1 seconds a cell"),
        ("while True: pass", {"run": 2.5}, "90_small, cell 4: was ended at its limit of 2.5 seconds a run"),
        ("import time\nwhile True:\n  try: time.sleep(600)\n  except BaseException: pass", {"cell": 1},
         "90_small, cell 4: was ended at its limit of 1 seconds a cell"),
        ("import ctypes; ctypes.CDLL(None).sleep(600)", {"cell": 1},
         "90_small, cell 4: was ended at its limit of 1 seconds a cell"),
        (CHILD + "\nwhile True: pass", {"cell": 1}, "90_small, cell 4: was ended at its limit of 1 seconds a cell"),
        (FULL + "while True: pass", {"cell": 1}, "90_small, cell 4: was ended at its limit of 1 seconds a cell"),
    ],
    ids=["cell", "run", "a loop that catches all", "a library that hangs", "with a child", "in a kernel"],
)  # fmt: skip
def test_what_does_not_end_is_ended_at_its_limit(run, code, limits, sentence):
    ran = run(SAYS_ITSELF, code, "'never'", **limits)
    assert (ran.outcome.state, ran.outcome.sentence) == (TIMED_OUT, sentence)
    assert ran.cells == [DONE, DONE, DONE, TIMED_OUT, NOT_RUN]
    assert ran.outcome.cells[3].seconds >= limits.get("cell", 0)
    assert ran.seconds < sum(limits.values()) + 5 + (0 if "run" in limits else 5), (
        "the cells before took the rest"
    )
    assert not ran.pages and ran.is_alone()


def test_a_thread_or_a_process_that_never_ends_is_no_fault_and_ends_with_its_report(run):
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"
    ran = run(SAYS_ITSELF, thread, CHILD, "1 + 1")
    assert ran.outcome.state == DONE, ran.outcome.sentence
    assert ran.pages == PAGES and ran.is_alone()


def test_every_cell_of_a_good_report_is_done_and_it_says_what_it_took_and_read(run):
    ran = run("1 + 1")
    assert (ran.outcome.state, ran.outcome.sentence, ran.outcome.tables) == (DONE, "", 1)
    assert ran.cells == [DONE, DONE, DONE] and ran.pages == PAGES
    assert {"run", "render", "audit", "all"} <= set(ran.outcome.seconds) and ran.outcome.peak_mb > 50
    assert "performances_held" in repr(ran.outcome.reads)


def test_what_is_printed_is_seen_by_nobody(run, capfd):
    aloud = "import os, sys\nos.write(1, b'CL-000123'); os.write(2, b'CL-000123')\n"
    ran = run(
        aloud + "print('CL-000123'); print('CL-000123', file=sys.stderr)", "raise KeyError('CL-000123')"
    )
    printed = capfd.readouterr()
    assert ran.outcome.sentence == "90_small, cell 4: ended with KeyError"
    assert "CL-" not in printed.out + printed.err + repr(ran.outcome)


def test_a_mistake_of_ours_is_named_by_lines_of_ours(run):
    ran = run("tables.by_period(page.released, ['performances_held'], object())")
    assert ran.outcome.state == FAILED and ran.outcome.sentence.startswith("90_small, cell 3: ended with ")
    assert re.search(r"\w+\.py line \d+", ran.outcome.where) and "object" not in repr(ran.outcome)


@pytest.mark.parametrize("expect", [{"figures": 1}, {"tables": 2}])
def test_a_page_that_shows_less_than_is_expected_is_empty(run, expect):
    ran = run("1 + 1", **expect)
    assert ran.outcome.state == EMPTY and ran.cells == [DONE] * 3
    assert "the page shows 0 figures and 1 tables with rows; at least" in ran.outcome.sentence


def test_a_page_with_a_number_nothing_stands_behind_is_not_shared(run):
    ran = run("from IPython.display import HTML, display\n"
              "page.show if False else display({'text/html': '<p>47,110 clients</p>'}, raw=True, "
              "metadata={__import__('ctip_analysis.page.table_html').table_html.OURS: True})")  # fmt: skip
    assert ran.outcome.state == FAILED and ran.outcome.findings
    assert ran.outcome.sentence.startswith("90_small: not to be shared: 1 finding(s) in its page, such as ")
    assert "47" not in ran.outcome.sentence


def test_a_process_has_no_secret_and_writes_nowhere_else(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CTIP_DATABASE_URL", "postgresql://host/records")
    look = "import os, pathlib; pathlib.Path('seen').write_text(repr(dict(os.environ)) + os.getcwd())"
    elsewhere = f"open({str(tmp_path / 'elsewhere')!r}, 'w')"
    ran = run(look, elsewhere)
    seen = (ran.place / "seen").read_text()
    assert "postgresql" not in seen and seen.endswith(str(ran.place)) and "PATH" in seen
    assert ran.outcome.sentence.startswith("90_small, cell 4: 'elsewhere' of ")
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_left_of_the_process_before(tmp_path, edition):
    """What one report sets, the next does not find: each is a process of its own."""
    mark = "import builtins, matplotlib; builtins.left = 1; matplotlib.rcParams['figure.dpi'] = 7"
    find = "import builtins as b, matplotlib as m; assert not hasattr(b, 'left') and m.rcParams['figure.dpi'] != 7"
    for name, code in (("first", mark), ("second", find)):
        assert supervise(task(tmp_path / name, edition, code)).state == DONE


def test_all_that_is_supervised_can_be_ended(tmp_path, edition):
    asked = task(tmp_path, edition, SAYS_ITSELF, "while True: pass")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(supervise, asked)
        assert eventually((asked.place / "process").exists, 30)
        end_all()
        assert future.result(10).state == DEAD_KERNEL


SUPERVISOR = """
import sys
sys.path[:0] = {path!r}
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from test_supervise import FULL, SAYS_ITSELF, task
from ctip_analysis.runs.supervise import supervise
if __name__ == "__main__":
    folder, edition = map(Path, sys.argv[1:])
    ways = {{"process": SAYS_ITSELF, "kernel": FULL + SAYS_ITSELF}}
    tasks = [task(folder / way, edition, code, "import time; time.sleep(600)") for way, code in ways.items()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(supervise, tasks))
"""


def test_processes_and_their_kernels_end_when_their_supervisor_is_killed(tmp_path, edition):
    (tmp_path / "supervisor.py").write_text(SUPERVISOR.format(path=[str(Path(__file__).parent)]))
    supervisor = subprocess.Popen(
        [sys.executable, *map(str, (tmp_path / "supervisor.py", tmp_path, edition))]
    )
    said = [tmp_path / way / "place" / "process" for way in ("process", "kernel")]
    assert eventually(lambda: all(path.exists() and path.read_text() for path in said), 60)
    own, kernel = ([int(part) for part in path.read_text().split()] for path in said)
    assert own[0] == own[1] and kernel[0] != kernel[1], "the second runs in a kernel of its process"
    assert own[0] in members(own[1]) and kernel[0] in members(kernel[1])
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    assert eventually(lambda: not members(own[1]) and not members(kernel[1]), _GRACE)


def test_a_warm_parent_that_was_killed_takes_its_reports_along_and_is_started_again(run, tmp_path, edition):
    """The first kill comes between two reports, the second in the middle of one."""
    assert supervise(task(tmp_path / "before", edition)).state == DONE
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    ran = run(
        SAYS_ITSELF,
        "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)",
        cell=30,
    )
    assert ran.outcome.state == DEAD_KERNEL and ran.cells == [DONE, DONE, DONE, DEAD_KERNEL]
    assert ran.is_alone()
    assert supervise(task(tmp_path / "after", edition)).state == DONE


def test_a_notebook_that_was_reset_can_still_have_a_report_made(tmp_path, edition, monkeypatch):
    monkeypatch.delattr(sys.modules["__main__"], "__spec__")
    assert supervise(task(tmp_path / "reset", edition)).state == DONE
