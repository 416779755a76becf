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
from dataclasses import dataclass, replace
from multiprocessing import forkserver
from pathlib import Path

import pytest
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.runs import pool
from ctip_analysis.runs.plan import Expect, Limits, request
from ctip_analysis.runs.pool import Task
from ctip_analysis.runs.run_record import Outcome, State

pytestmark = pytest.mark.long

SAYS_ITSELF = "import os, pathlib; pathlib.Path('process').write_text(f'{os.getpid()} {os.getpgrp()}')"
NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"
PAGES = {f"{NAME}.html", f"{NAME}.facts.json"}
CHILD = "import ctypes; ctypes.CDLL(None).fork() or __import__('time').sleep(600)"  # past the guard, on purpose


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
        """Whether nothing is left of its group; what was killed just now takes a moment to end."""
        group = int((self.place / "process").read_text().split()[1])
        return eventually(lambda: not members(group), 3)


def members(group: int) -> list[int]:
    """Processes of a group that still run; a dead one that nobody has waited for doesn't."""
    listed = subprocess.run(["ps", "-eo", "pid,pgid,stat"], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()[1:]]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


def eventually(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    return is_so()


def task(folder: Path, edition: Path, *cells: str, expect: Expect | None = None, **limits: float) -> Task:
    """The small notebook with more *cells*, from the third on, in a place of its own in *folder*."""
    notebook = write_notebook(folder / "nb" / "90_small.ipynb", *cells)
    place = folder / "place"
    place.mkdir()
    asked = request(str(notebook), {"year": 2004}, limits=Limits(**limits), expect=expect or Expect())
    return Task(edition, place, replace(asked, name=NAME))


@pytest.fixture
def run(tmp_path, edition) -> Callable[..., Ran]:
    """Run a notebook with the cells given in a process of its own, and time it."""

    def run(*cells: str, **given: object) -> Ran:
        asked = task(tmp_path, edition, *cells, **given)
        begun = time.monotonic()
        return Ran(pool.run(asked), asked.place, time.monotonic() - begun)

    return run


WHY = "; run it in JupyterLab to read why"
FAULTS = {
    "a process that ends itself": (
        "import os; os._exit(0)", State.CRASHED, "90_small, cell 4: its process ended before it was done (exit code 0)",
    ),
    "a fault of memory": (
        "import ctypes; ctypes.string_at(0)", State.CRASHED,
        "90_small, cell 4: its process ended before it was done (signal 11)",
    ),
    "killed, as by the system when memory runs out": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", State.CRASHED,
        "90_small, cell 4: its process ended before it was done (signal 9, often because memory ran out)",
    ),
    "no memory left": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32)); x = bytearray(2**33)", State.FAILED,
        f"90_small, cell 4, line 1: ended with MemoryError{WHY}",
    ),
    "an error that quotes a person": (
        "raise ValueError('CL-000123, female, Phnom Penh')", State.FAILED,
        f"90_small, cell 4, line 1: ended with ValueError{WHY}",
    ),
    "an exit in the middle": (
        "import sys; sys.exit(0)", State.FAILED,
        "90_small: the notebook ended itself before its end; cell 5 and those after it did not run",
    ),
    "Ctrl-C of its own": (
        "raise KeyboardInterrupt", State.FAILED, f"90_small, cell 4, line 1: ended with KeyboardInterrupt{WHY}",
    ),
    "no room on the disk": (
        "raise OSError(28, 'No space left on device', 'x.png')", State.FAILED,
        "the disk is full: free some space and run again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code, state, sentence", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_recorded_cell_by_cell_and_leaves_no_page(run, code, state, sentence):
    ran = run(SAYS_ITSELF, code, "'never'")
    assert (ran.outcome.state, ran.outcome.sentence) == (state, sentence)
    assert ran.cells == [State.DONE, State.DONE, State.DONE, state, State.NOT_RUN]
    assert not ran.pages and ran.is_alone()
    assert "CL-" not in repr(ran.outcome)


@pytest.mark.parametrize(
    "code, limits, what",
    [
        ("while True: pass", {"cell": 1}, "1 seconds a cell"),
        ("while True:\n  try:\n    while True: pass\n  except BaseException: pass", {"cell": 1}, "1 seconds a cell"),
        ("import ctypes; ctypes.PyDLL(None).sleep(600)", {"cell": 1}, "1 seconds a cell"),
        (CHILD + "\nwhile True: pass", {"run": 6}, "6 seconds a run"),
    ],
    ids=["cell", "a loop that catches all", "a library that hangs", "a run with a child"],
)  # fmt: skip
def test_what_does_not_end_is_ended_at_its_limit(run, code, limits, what):
    ran = run(SAYS_ITSELF, code, "'never'", **limits)
    assert ran.outcome.sentence == f"90_small, cell 4: was ended at its limit of {what}"
    assert ran.outcome.state == State.TIMED_OUT
    assert ran.cells == [State.DONE, State.DONE, State.DONE, State.TIMED_OUT, State.NOT_RUN]
    if "run" in limits:
        assert ran.outcome.seconds["all"] < limits["run"] + 5
    assert not ran.pages and ran.is_alone()


def test_every_cell_of_a_good_report_is_done_and_the_outcome_says_what_it_took(run):
    ran = run("1 + 1")
    assert (ran.outcome.state, ran.outcome.sentence, ran.outcome.tables) == (State.DONE, "", 1)
    assert ran.cells == [State.DONE, State.DONE, State.DONE] and ran.pages == PAGES
    assert {"run", "render", "audit", "all"} <= set(ran.outcome.seconds) and ran.outcome.peak_mb > 50


def test_nobody_sees_what_is_printed(run, capfd):
    aloud = "import os, sys\nos.write(1, b'CL-000123'); os.write(2, b'CL-000123')\n"
    ran = run(f"{aloud}print('CL-000123'); print('CL-000123', file=sys.stderr)", "raise KeyError('CL-000123')")
    printed = capfd.readouterr()
    assert ran.outcome.sentence == f"90_small, cell 4, line 1: ended with KeyError{WHY}"
    assert "CL-" not in printed.out + printed.err + repr(ran.outcome)


def test_a_mistake_of_ours_is_named_by_lines_of_ours(run):
    ran = run("page.edition.cells('performances_held', by=[{'CL-000123': 1}])")
    assert ran.outcome.state == State.FAILED
    assert ran.outcome.sentence.startswith("90_small, cell 3, line 1: ended with ")
    assert re.search(r"\w+\.py line \d+", ran.outcome.where) and "CL-" not in repr(ran.outcome)


@pytest.mark.parametrize("expect", [{"figures": 1}, {"tables": 2}])
def test_a_page_that_shows_less_than_is_expected_is_empty(run, expect):
    ran = run("1 + 1", expect=Expect(**expect))
    assert ran.outcome.state == State.EMPTY and ran.cells == [State.DONE] * 3
    assert "the page shows 0 figures and 1 tables with rows; at least" in ran.outcome.sentence


def test_a_file_that_a_notebook_writes_is_not_kept_and_the_outcome_says_so(run):
    outcome = run("page.edition.cells('performances_held').to_csv('held.csv')").outcome
    assert outcome.state == State.DONE
    assert "keeps no files of its notebook (held.csv): run it in JupyterLab" in outcome.sentence


@pytest.mark.parametrize("code", ["import matplotlib.pyplot as plt\nplt.plot([1, 2]);", "page.edition.targets"])
def test_a_figure_or_frame_that_did_not_come_through_the_page_is_refused_with_its_cell(run, code):
    ran = run(code)
    assert ran.outcome.state == State.FAILED and "shows a" in ran.outcome.sentence
    assert "did not come through the page" in ran.outcome.sentence


def test_a_page_with_a_number_of_no_fact_is_not_shared(run):
    ran = run("from IPython.display import display\n"
              "display({'text/html': '<p>47,110 clients</p>'}, raw=True, metadata={'ctip': True})")  # fmt: skip
    assert ran.outcome.state == State.FAILED and ran.outcome.findings
    assert ran.outcome.sentence.startswith("90_small: not to be shared: 1 finding(s) in its page, such as ")
    assert "47,110" not in ran.outcome.sentence


def test_a_process_has_no_secret_writes_nowhere_else_and_its_time_is_without_the_start_of_the_server(
    run, tmp_path, monkeypatch
):
    monkeypatch.setenv("CTIP_DATABASE_URL", "postgresql://host/records")
    if pid := forkserver._forkserver._forkserver_pid:
        os.kill(pid, signal.SIGKILL)  # the next one starts with this environment
    look = "import os, pathlib; pathlib.Path('seen').write_text(repr(dict(os.environ)) + os.getcwd())"
    ran = run(look, f"open({str(tmp_path / 'elsewhere')!r}, 'w')")
    assert ran.seconds - ran.outcome.seconds["all"] > 0.5  # to start the server takes longer than that
    seen = (ran.place / "seen").read_text()
    assert "postgresql" not in seen and seen.endswith(str(ran.place)) and "PATH" in seen
    assert ran.outcome.sentence.startswith("90_small, cell 4: 'elsewhere' of ")
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_left_of_the_process_before(tmp_path, edition):
    """What one report sets, the next does not find; what is drawn by chance differs."""
    mark = "import builtins, matplotlib; builtins.left = 1; matplotlib.rcParams['figure.dpi'] = 7"
    find = "import builtins as b, matplotlib as m; assert not hasattr(b, 'left') and m.rcParams['figure.dpi'] != 7"
    draw = "import numpy, pathlib; pathlib.Path('drawn').write_text(str(numpy.random.random()))"
    tasks = [task(tmp_path / name, edition, code, draw) for name, code in (("first", mark), ("second", find))]
    assert [pool.run(one).state for one in tasks] == [State.DONE, State.DONE]
    assert len({(one.place / "drawn").read_text() for one in tasks}) == 2


def test_all_that_runs_can_be_ended(tmp_path, edition):
    asked = task(tmp_path, edition, SAYS_ITSELF, "while True: pass")
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.run, asked)
        assert eventually((asked.place / "process").exists, 30)
        pool.end_all()
        assert future.result(10).state == State.CRASHED


COMMAND = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from test_process import SAYS_ITSELF, task
from ctip_analysis.runs import pool
if __name__ == "__main__":
    folder, edition = map(Path, sys.argv[1:])
    pool.run(task(folder, edition, SAYS_ITSELF, "import time; time.sleep(600)"))
"""


def test_a_report_ends_when_its_command_is_killed(tmp_path, edition):
    here = Path(__file__).parent
    (tmp_path / "command.py").write_text(COMMAND.format(path=[str(here), str(here.parent)]))
    command = subprocess.Popen([sys.executable, *map(str, (tmp_path / "command.py", tmp_path, edition))])
    said = tmp_path / "place" / "process"
    assert eventually(lambda: said.exists() and said.read_text() != "", 60)
    pid, group = map(int, said.read_text().split())
    assert pid == group and pid in members(group)
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert eventually(lambda: not members(group), 4)
