"""A batch leaves every report whole, new or as it was, and says of each what became of it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from small_batch import edition_in, handed, lay_data, states
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.base import placing
from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.runs import batch, run_record, stale
from ctip_analysis.runs.batch import UNCHANGED, Progress, make
from ctip_analysis.runs.plan import Edition, Planned, only_failed, only_stale, plan
from ctip_analysis.runs.report import wanted
from ctip_analysis.runs.stale import NOTHING, RUN
from ctip_analysis.runs.task import (
    DEAD_KERNEL,
    DONE,
    EMPTY,
    FAILED,
    NOT_RUN,
    TIMED_OUT,
    DataTask,
    Limits,
    Outcome,
)

UNSHARED = """\
from IPython.display import display
from ctip_analysis.page.table_html import OURS
display({'text/html': '<p>47,110 clients</p>'}, raw=True, metadata={OURS: True})"""


def page_of(name: str) -> str:
    return f"cambodia_ctip_{name}_2004_en_SYNTHETIC"


def write(folder: Path, name: str, *cells: str) -> Path:
    """A notebook whose page is named after it."""
    path = write_notebook(folder / f"90_{name}.ipynb", *cells)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["report_name"] = name
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def edition(tmp_path_factory) -> Edition:
    return edition_in(write_small_edition(tmp_path_factory.mktemp("editions") / "2004"))


@pytest.fixture(autouse=True, scope="module")
def kept(tmp_path_factory):
    """Notebooks of tests are kept apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stale, "KEPT", tmp_path_factory.mktemp("kept"))
        yield


@pytest.fixture
def planned(tmp_path, edition) -> Callable[..., list[Planned]]:
    """Reports of notebooks by name, each with one more cell of code."""

    def planned(limits: Limits = Limits(), **cells: str) -> list[Planned]:  # noqa: B008  frozen
        asked = []
        for name, code in cells.items():
            write(tmp_path / "nb", name, code)
            asked.append(wanted(f"90_{name}", {"year": 2004}, folder=tmp_path / "nb", limits=limits))
        stale._read.cache_clear()
        return plan(asked, edition)

    return planned


@pytest.fixture
def out(tmp_path, edition) -> Path:
    lay_data(tmp_path / "out", edition)
    return tmp_path / "out"


def made(planned: list[Planned], edition: Edition, out: Path, **given) -> Progress:
    return make(planned, edition, out, **given)


def test_each_report_is_made_and_recorded_and_nothing_else_lies_there(planned, edition, out):
    progress = made(planned(one="1", two="2", three="3"), edition, out, workers=2)
    assert progress.is_good and progress.seconds_left == 0
    names = [page_of(name) for name in ("one", "three", "two")]
    assert states(out) == dict.fromkeys(names, DONE)
    assert set(handed(out)) == {"data/2004/cells_SYNTHETIC.csv"} | {
        f"{name}.{suffix}" for name in names for suffix in ("html", "facts.json")
    }
    record = run_record.read(run_record.path_of(out, names[0]))
    assert record["outputs"] == placing.outputs(out, names[0]) == record["last_good"]["outputs"]
    assert [cell["state"] for cell in record["cells"]] == [DONE] * 3


@pytest.mark.parametrize(
    "code, given, state",
    [
        ("1 / 0", {}, FAILED),
        ("import os; os._exit(1)", {}, DEAD_KERNEL),
        ("while True: pass", {"limits": Limits(cell=1)}, TIMED_OUT),
        ("1", {"limits": Limits(figures=1)}, EMPTY),
        (UNSHARED, {}, FAILED),
    ],
    ids=["failed", "dead", "timed out", "empty", "not to be shared"],
)
def test_a_good_report_is_never_overwritten_by_one_that_is_not(planned, edition, out, code, given, state):
    good = made(planned(one="1"), edition, out)
    before, last_good = handed(out), run_record.read(run_record.path_of(out, page_of("one")))["last_good"]
    assert good.is_good and last_good
    progress = made(planned(one=code, **given), edition, out)
    after = handed(out)
    assert progress.states == states(out) == {page_of("one"): state} and not progress.is_good
    assert after == before
    assert run_record.read(run_record.path_of(out, page_of("one")))["last_good"] == last_good


def test_one_that_fails_takes_no_other_along(planned, edition, out):
    progress = made(planned(one="import os; os._exit(1)", two="2", three="1 / 0"), edition, out, workers=3)
    assert [progress.states[page_of(name)] for name in ("one", "two", "three")] == [DEAD_KERNEL, DONE, FAILED]


def test_after_a_failure_nothing_more_is_begun_if_so_asked(planned, edition, out):
    asked = planned(one="1 / 0", two="2", three="3")
    progress = made(asked, edition, out, fail_fast=True)
    assert [progress.states[page_of(name)] for name in ("one", "two", "three")] == [FAILED, NOT_RUN, NOT_RUN]
    assert states(out) == progress.states
    assert [one.work for one in only_failed(asked, out)] == [RUN, RUN, RUN]


def test_a_report_that_was_left_out_is_not_taken_for_done_because_it_once_was(planned, edition, out):
    asked = planned(one="1 / 0", two="2")
    made(asked[1:], edition, out)
    before = handed(out)
    made(asked, edition, out, fail_fast=True)
    record = run_record.read(run_record.path_of(out, page_of("two")))
    assert (record["state"], record["sentence"]) == (NOT_RUN, "an earlier report failed")
    assert record["last_good"] and handed(out) == before
    assert [one.work for one in only_failed(asked, out)] == [RUN, RUN]


def test_what_there_is_nothing_to_do_about_is_left_alone(planned, edition, out):
    asked = planned(one="1")
    made(asked, edition, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = only_stale(asked, edition, out)
    progress = made(again, edition, out)
    assert again[0].work == NOTHING and progress.states == {page_of("one"): UNCHANGED} and progress.is_good
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("at", [1, 2], ids=["facts", "page"])
def test_a_full_disk_leaves_the_last_good_report_whole(planned, edition, out, monkeypatch, at):
    made(planned(one="1"), edition, out)
    before, moved, replace = handed(out), [], os.replace

    def full(source, target):
        moved.append(source)
        if len(moved) == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    asked = planned(one="page.table(tables.by_period(page.released, ['performance_attendance'], 'year'))")
    with monkeypatch.context() as patch:
        patch.setattr(placing.os, "replace", lambda *paths: full(*paths) if ".batch-" in str(paths[0]) and
                      not str(paths[1]).startswith(str(stale.KEPT)) else replace(*paths))  # fmt: skip
        progress = made(asked, edition, out)
    assert progress.outcomes[page_of("one")].sentence == (
        f"{page_of('one')} could not be put in place: no space left on device"
    )
    assert progress.states == states(out) == {page_of("one"): FAILED} and handed(out) == before


def test_a_full_disk_before_it_is_begun_fails_that_report_alone(planned, edition, out, monkeypatch):
    mkdir = Path.mkdir

    def full(path, *given, **named):
        if path.name == page_of("one"):
            raise OSError(errno.ENOSPC, "No space left on device")
        mkdir(path, *given, **named)

    monkeypatch.setattr(Path, "mkdir", full)
    progress = made(planned(one="1", two="2"), edition, out)
    assert progress.outcomes[page_of("one")].sentence == (
        f"{page_of('one')} could not be begun: no space left on device"
    )
    assert states(out) == progress.states == {page_of("one"): FAILED, page_of("two"): DONE}


def test_records_that_can_not_be_written_are_told_by_the_progress(planned, edition, out, monkeypatch):
    def full(path, record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_record, "write", full)
    progress = made(planned(one="1", two="1 / 0"), edition, out)
    assert [progress.states[page_of(name)] for name in ("one", "two")] == [DONE, FAILED] and states(out) == {}


def test_without_its_data_no_page_is_put_in_place(planned, edition, tmp_path):
    """The small edition has no dictionary, so that its data can't be made."""
    progress = made(planned(one="1"), edition, tmp_path / "other")
    assert progress.outcomes[page_of("one")].sentence == (
        "90_one: No such file or directory in the report's working folder"
    )
    assert progress.states == {page_of("one"): FAILED} and handed(tmp_path / "other") == {}


def test_an_executor_of_processes_makes_the_same_files(planned, edition, out, tmp_path):
    asked = planned(one="1", two="1 / 0", three="page.say('Three.')")
    made(asked, edition, out, workers=2)
    lay_data(tmp_path / "other", edition)
    with ProcessPoolExecutor(1) as pool:
        progress = made(asked, edition, tmp_path / "other", workers=2, executor=pool)
    assert handed(tmp_path / "other") == handed(out) and len(handed(out)) == 5
    assert states(tmp_path / "other") == states(out) == progress.states


MARK = """\
import builtins, os, pathlib, random, sys, tempfile
import matplotlib, numpy
own = {own!r}
there = [path.name for path in pathlib.Path('.').iterdir() if path.suffix == '.mark']
there += [path.name for path in pathlib.Path(tempfile.gettempdir()).iterdir() if path.suffix == '.mark']
there += [name for name in os.environ if name.startswith('MARK')] + [name for name in dir(builtins) if 'MARK' in name]
there += [matplotlib.rcParams['svg.hashsalt'] or ''] + [name for name in sys.modules if 'MARK' in name]
assert not [one for one in there if one], there
first = str(numpy.random.random()) + str(random.random())
pathlib.Path(own + '.mark').write_text(own)
pathlib.Path(tempfile.mkdtemp(), own + '.mark').write_text(own)
pathlib.Path(tempfile.gettempdir(), own + '.mark').write_text(own)
os.environ['MARK' + own] = own
setattr(builtins, 'MARK' + own, own)
sys.modules['MARK' + own] = sys
matplotlib.rcParams['svg.hashsalt'] = own
numpy.random.seed(int(own)); random.seed(int(own))
__import__('time').sleep(0.05)
assert matplotlib.rcParams['svg.hashsalt'] == own and os.environ['MARK' + own] == own
raise RuntimeError(first)"""
RUNS = 200


def test_no_run_finds_what_another_left_where_it_works(tmp_path, edition):
    """Each run looks for marks, sets its own, and ends there: no page is needed for that."""
    from concurrent.futures import ThreadPoolExecutor

    from ctip_analysis.runs.supervise import supervise
    from ctip_analysis.runs.task import Task

    def one(number: int) -> tuple[str, str]:
        notebook = write_notebook(tmp_path / f"{number}" / "90_mark.ipynb", page=MARK.format(own=str(number)))
        place = tmp_path / f"{number}" / "place"
        place.mkdir()
        outcome = supervise(Task(notebook, {"year": 2004}, edition.folder, "mark", "2004", place))
        executed = nbformat.read(place / "executed.ipynb", as_version=4)
        (error,) = [output for cell in executed.cells for output in cell.get("outputs", [])]
        return outcome.sentence, error.evalue

    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(one, range(RUNS)))
    assert {sentence for sentence, _ in ended} == {"90_mark, cell 2: ended with RuntimeError"}
    assert len({drawn for _, drawn in ended}) == RUNS, "two runs drew the same numbers without a seed"
    assert len(list(tmp_path.rglob("*.mark"))) == RUNS * 2


def command(folder: Path, edition: Edition, *names: str) -> list[str]:
    """A batch of the notebooks of *folder* by the command, one report after the other."""
    listed = "reports:\n" + "".join(f"  - notebook: 90_{name}\n" for name in names)
    (folder / "reports.yml").write_text(listed)
    given = [
        "--edition",
        edition.folder,
        "--notebooks",
        folder / "nb",
        "--out",
        folder / "out",
        "--workers",
        1,
    ]
    return [
        str(part) for part in (sys.executable, folder / "command.py", "batch", folder / "reports.yml", *given)
    ]


COMMAND = """
import pathlib
from ctip_analysis import cli
from ctip_analysis.runs import report, stale
if __name__ == "__main__":
    report.LOG, stale.KEPT = (pathlib.Path(__file__).parent / name for name in ("report.log", "kept"))
    cli.main()
"""


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_that_is_ended_at_half_leaves_whole_reports_and_the_next_one_resumes(
    tmp_path, edition, out, ended_by
):
    """Four reports, of which the third waits for a file that comes with the second batch."""
    (tmp_path / "command.py").write_text(COMMAND)
    names = ["first", "second", "third", "fourth"]
    for name in names:
        write(tmp_path / "nb", name, "1")
    waits = "import os, pathlib, time; pathlib.Path('at').write_text(str(os.getpid()))\ntime.sleep(600)"
    write(tmp_path / "nb", "third", waits)
    for name in names:
        (out / f"{page_of(name)}.html").write_text(f"the last good one of {name}")
    running = subprocess.Popen(command(tmp_path, edition, *names), stderr=subprocess.PIPE, text=True)
    at = until(lambda: next(out.glob(f".batch-*/{page_of('third')}/at"), None))
    process = int(until(at.read_text))
    pages = handed(out)
    running.send_signal(ended_by)
    said = running.communicate()[1]
    until(lambda: not is_there(process))
    assert running.returncode == (130 if ended_by == signal.SIGTERM else -9)
    assert handed_outside(out) == {name: pages[name] for name in pages if not name.startswith(".batch-")}
    assert [states(out).get(page_of(name)) for name in names[:2]] == [DONE, DONE]
    stopped = {signal.SIGKILL: ["running", None], signal.SIGTERM: [DEAD_KERNEL, NOT_RUN]}[ended_by]
    assert [states(out).get(page_of(name)) for name in names[2:]] == stopped, said
    assert run_record.read(out / run_record.BATCH)["state"] == (
        NOT_RUN if ended_by == signal.SIGTERM else "running"
    )

    if ended_by == signal.SIGTERM:
        return  # the record says the same to the next batch; one kind of end is enough for its time
    write(tmp_path / "nb", "third", "3")
    done = subprocess.run(command(tmp_path, edition, *names), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "resuming the batch begun " in done.stderr and "2 unchanged, 2 done" in done.stderr
    assert states(out) == {page_of(name): DONE for name in sorted(names)}
    assert not list(out.glob(".batch-*")) and not list(out.glob(".*-run-record*"))


def handed_outside(out: Path) -> dict[str, bytes]:
    """What lies there but for the private folder that a dead batch leaves."""
    return {name: content for name, content in handed(out).items() if not name.startswith(".batch-")}


def until(found: Callable[[], object], seconds: float = 60) -> object:
    """What is found at last."""
    end = time.monotonic() + seconds
    while not (one := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return one


def is_there(process: int) -> bool:
    """Whether a process still runs."""
    listed = subprocess.run(
        ["ps", "-p", str(process), "-o", "stat="], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() not in ("", "Z", "Zs", "Zl")


def test_data_that_were_changed_are_made_again_though_no_report_is_stale(planned, edition, out, monkeypatch):
    def lay_out(task: DataTask) -> Outcome:
        (task.place / "data").mkdir()
        (task.place / "data" / "cells_SYNTHETIC.csv").write_text("made")
        return Outcome("data", DONE)

    monkeypatch.setattr(batch, "supervise", lay_out)
    cells = out / "data" / "2004" / "cells_SYNTHETIC.csv"
    assert batch.data_lie_there(out, edition.released)
    cells.write_text("changed")
    assert not batch.data_lie_there(out, edition.released)
    idle = [replace(one, work=NOTHING) for one in planned(one="1")]
    assert make(idle, edition, out).is_good
    assert cells.read_text() == "made" and batch.data_lie_there(out, edition.released)


def test_data_that_may_not_go_out_are_told_though_no_report_is_stale(planned, edition, out, monkeypatch):
    cells = out / "data" / "2004" / "cells_SYNTHETIC.csv"
    cells.unlink()
    told = Outcome("data", FAILED, "1 finding(s) in the data")
    monkeypatch.setattr(batch, "supervise", lambda task: told)
    with pytest.raises(ReportFailedError, match="the reports are as they were; 1 finding"):
        make([replace(one, work=NOTHING) for one in planned(one="1")], edition, out)
    assert not cells.exists()
