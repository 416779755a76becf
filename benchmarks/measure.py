"""Wall seconds, processor seconds and peak memory of commands and functions, each in a fresh process.

Benchmarks import only the standard library at the top: a process inherits the peak memory of the one
that started it, so the one that measures must stay small. 1 MB is 10^6 bytes.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAKE_SAMPLE = (sys.executable, ROOT / "data" / "make_sample.py")
COMMANDS = Path(sys.executable).parent  # not resolved: a virtual environment's python is a link
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_SAMPLE_EVERY = 0.02  # seconds
_LONGEST = 3_600  # seconds that a function may take


@dataclass(frozen=True)
class Run:
    """One run: wall and processor seconds, peak resident memory in MB, and what a function returned."""

    seconds: float
    cpu: float
    peak_mb: float
    answer: Any = None


def command(*lines: Sequence[str | Path], folder: Path) -> Run:
    """Run the command *lines* one after the other in *folder*, times added up, largest peak kept.

    Processor seconds and peak are those of every process a command started: a kernel, a fork server. The peak is
    looked at every 20 ms, on Linux; elsewhere it is unknown.
    """
    runs = [_command([str(part) for part in line], folder) for line in lines]
    peak = max(run.peak_mb for run in runs)
    return Run(sum(run.seconds for run in runs), sum(run.cpu for run in runs), peak)


# Starts a command and waits for all that it started, also for what outlives it, as the server of `ctip` does.
# Prints the exit code and the seconds of the command, and the processor seconds of all.
_WAITING = """
import ctypes, os, subprocess, sys, time
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: those that lose their parent come here
begun, used, said = time.perf_counter(), 0.0, ""
command = subprocess.Popen(sys.argv[2:], stdout=sys.stderr)
while True:
    try:
        process, status, usage = os.wait4(-1, 0)
    except ChildProcessError:
        break
    used += usage.ru_utime + usage.ru_stime
    if process == command.pid:
        said = f"{os.waitstatus_to_exitcode(status)} {time.perf_counter() - begun}"
open(sys.argv[1], "w").write(f"{said} {used}")
"""


def _command(line: list[str], folder: Path) -> Run:
    with tempfile.TemporaryFile() as said, tempfile.NamedTemporaryFile() as counted:
        waiting = [sys.executable, "-c", _WAITING, counted.name, *line]
        process = subprocess.Popen(waiting, cwd=folder, stdout=said, stderr=said)
        tree = _Tree(process.pid)
        process.wait()
        code, seconds, used = map(float, Path(counted.name).read_text().split())
        if code:
            said.seek(0)
            raise SystemExit(f"{' '.join(line)} ended with {code:g}:\n{said.read().decode()}")
    return Run(seconds, used, tree.peak())


def function(
    work: Callable[[Any], Any],
    *given: object,
    prepare: Callable[..., Any],
    conclude: Callable[[Any], Any] | None = None,
) -> Run:
    """Time ``work(prepare(*given))`` without the preparing, in a process of its own.

    The peak is that of the whole process until *work* is done: imports and what was prepared are in it.
    ``answer`` is what *conclude* makes of the outcome, after the clock was stopped; None without it.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_inside, args=(there, work, given, prepare, conclude))
    process.start()
    there.close()
    try:
        if here.poll(_LONGEST):
            return here.recv()
        process.kill()
        raise SystemExit(f"{work.__name__} was stopped after {_LONGEST:,} s")
    except EOFError:
        raise SystemExit(f"{work.__name__} did not come to its end; see above") from None
    finally:
        process.join()


def _inside(answer_to: Any, work: Any, given: Sequence[object], prepare: Any, conclude: Any) -> None:
    prepared = prepare(*given)
    cpu, started = time.process_time(), time.perf_counter()
    outcome = work(prepared)
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    peak = _mb(resource.getrusage(resource.RUSAGE_SELF))
    answer_to.send(Run(seconds, used, peak, conclude(outcome) if conclude else None))


def in_turns(cases: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Every case once, then all again: whatever else the machine does falls on all of them alike."""
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            runs[name].append(case())
    return runs


def report(
    title: str, runs: Mapping[str, list[Run]], baselines: Mapping[str, str], libraries: Sequence[str]
) -> None:
    """Print one aligned Markdown row a case: medians, spread, and what that is of its baseline's."""
    counts = sorted({len(own) for own in runs.values()})
    print(
        f"\n**{title}**, median of {' or '.join(map(str, counts))} runs; {_machine()}; {_versions(libraries)}\n"
    )
    head = ["", "s", "lowest–highest", "processor s", "peak MB", "s ÷ baseline", "processor s ÷ baseline"]
    rows = [_row(name, own, runs.get(baselines.get(name, ""))) for name, own in runs.items()]
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        first, *rest = zip(row, widths, strict=True)
        numbers = " | ".join(f"{cell:>{width}}" for cell, width in rest)
        print(f"| {first[0]:<{first[1]}} | {numbers} |", flush=True)


def _row(name: str, own: list[Run], baseline: list[Run] | None) -> list[str]:
    seconds, cpu = ([getattr(run, what) for run in own] for what in ("seconds", "cpu"))
    row = [name, f"{median(seconds):.2f}", f"{min(seconds):.2f}–{max(seconds):.2f}", f"{median(cpu):.2f}"]
    peak = median(run.peak_mb for run in own)
    row.append("" if math.isnan(peak) else f"{peak:,.0f}")
    if baseline is None:
        return [*row, "", ""]
    of_wall = median(seconds) / median(run.seconds for run in baseline)
    return [*row, f"{of_wall:.2f}", f"{median(cpu) / median(run.cpu for run in baseline):.2f}"]


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    busy = os.getloadavg()[0]
    where = f"{platform.system()} {platform.machine()}"
    return f"{date.today()}, {cores} cores, {memory:.0f} GB, {where}, load {busy:.1f} at the end"


def _versions(libraries: Sequence[str]) -> str:
    named = [f"{name} {version(name)}" for name in libraries]
    return ", ".join([f"Python {platform.python_version()}", *named])


def _mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss * _RSS_UNIT / 1e6


class _Tree(threading.Thread):
    """Looks at the memory of a process and all its descendants until it is gone."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.largest, self.done = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        pause = _SAMPLE_EVERY
        while not self.done.wait(pause):
            begun = time.perf_counter()
            self.largest = max(self.largest, sum(map(_resident, _descendants(self.pid))))
            took = time.perf_counter() - begun
            pause = max(_SAMPLE_EVERY, 100 * took)  # looking must not slow what it sees

    def peak(self) -> float:
        self.done.set()
        self.join()
        return self.largest / 1e6


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for each in found:  # grows on the way
        for thread in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, _read(thread).split())
    return found


def _resident(pid: int) -> int:
    pages = _read(Path(f"/proc/{pid}/statm")).split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process ended meanwhile, or this is not Linux
        return ""
