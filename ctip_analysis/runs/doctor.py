"""Whether a run can go well on this machine: one finding a line, *ok* or a sentence that says what to do."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ctip_analysis.base import lock
from ctip_analysis.base.errors import CtipError
from ctip_analysis.base.provenance import LOCK
from ctip_analysis.base.reference import DATA, ROOT, package, pinned
from ctip_analysis.runs import warm_parent
from ctip_analysis.runs.yearly_config import Config

BUILD = ROOT / "build"
DISK_MB, MEMORY_MB = 500, 1500  # a run on the sample takes 41 and 1,200; see README
LEFT = (".report-", ".release-", ".batch-", ".hand-over-", ".prune-", ".inputs-", ".rejected-")
_SPILLED = "ctip-records-"
# In a Python of its own: whoever asks may have a fork server already, or want a warm one later.
_FORK = """
import multiprocessing
child = multiprocessing.get_context("forkserver").Process(target=int)
child.start()
child.join(30)
raise SystemExit(child.exitcode != 0)
"""
_LONG = 86_400  # seconds after which a run that holds a lock is looked at


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: ``said`` is a value where it is well, else what to do."""

    name: str
    is_ok: bool
    said: str

    def __str__(self) -> str:
        return f"{self.name:<12} {'ok' if self.is_ok else 'NO'}  {self.said}".rstrip()


def examine(config: Config | None, now: datetime) -> list[Check]:
    """Look at everything; of a yearly run's *config* its folders too. A check that breaks is a finding itself."""
    written = [BUILD, BUILD / "logs", BUILD / "confidential"]
    written += (
        [config.out, config.editions, config.hand_over] if config else [BUILD / "reports", BUILD / "editions"]
    )
    folders = list(dict.fromkeys(written))
    looks: dict[str, Callable[[], tuple[bool, str]]] = {
        "python": lambda: python(sys.version_info[:3]),
        "packages": lambda: packages(LOCK.read_text(encoding="utf-8")),
        "cores": lambda: (True, f"{len(os.sched_getaffinity(0))}"),
        "memory": lambda: memory(_available_mb()),
        "disk": lambda: disk([BUILD, Path(tempfile.gettempdir()), *folders]),
        "permissions": lambda: permissions(folders, config.data if config else None),
        "hashes": hashes,
        "fonts": fonts,
        "fork server": fork_server,
        "clock": lambda: clock(now, ROOT / "ctip_analysis"),
        "leftovers": lambda: leftovers(folders),
        "lock": lambda: locks(folders, now),
    }
    return [_looked(name, look) for name, look in looks.items()]


def _looked(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    try:
        return Check(name, *look())
    except CtipError as error:
        return Check(name, False, str(error).splitlines()[0])
    except Exception as error:
        return Check(name, False, f"could not be looked at: {type(error).__name__}")


def python(found: tuple[int, ...]) -> tuple[bool, str]:
    """Python 3.11 or newer."""
    named = ".".join(map(str, found))
    return (
        (True, named)
        if found >= (3, 11)
        else (False, f"{named}: install Python 3.11 or newer, then make report")
    )


def packages(locked: str) -> tuple[bool, str]:
    """Every package is installed in the version that the lock file *locked* names."""
    allowed: dict[str, set[str]] = {}
    optional = set()  # needed on some systems only
    for name, pin, marker in re.findall(r"^([\w.-]+)==([^\s;\\]+)[ ]*(;[^\\\n]+)?", locked, re.MULTILINE):
        allowed.setdefault(name, set()).add(pin)
        optional |= {name} if marker else set()
    found = {name: _version(name) for name in allowed}
    wrong = [
        f"{name} is {found[name] or 'not installed'}, must be {' or '.join(sorted(pins))}"
        for name, pins in allowed.items()
        if found[name] not in pins and not (found[name] is None and name in optional)
    ]
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    if wrong:
        return False, f"{'; '.join(wrong[:5])}{more}: run `sh environment.sh report`"
    return True, f"{sum(one is not None for one in found.values())} as in requirements.lock"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def memory(available_mb: float | None) -> tuple[bool, str]:
    """Memory enough for a run on two cores."""
    if available_mb is None:
        return True, "not known on this system"
    if available_mb < MEMORY_MB:
        return (
            False,
            f"{available_mb:,.0f} MB are free, {MEMORY_MB:,} are needed: end other programs, or fewer --workers",
        )
    return True, f"{available_mb:,.0f} MB free"


def _available_mb() -> float | None:
    """What the system, or the limit this process stands under, leaves."""
    found = []
    meminfo, limit = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
    if meminfo.is_file() and (free := re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text())):
        found.append(int(free[1]) / 1024)
    if limit.is_file() and (text := limit.read_text().strip()).isdigit():
        used = int((limit.parent / "memory.current").read_text())
        found.append((int(text) - used) / 2**20)
    return min(found, default=None)


def disk(folders: list[Path]) -> tuple[bool, str]:
    """Room on every disk that a run writes to."""
    free = {folder: shutil.disk_usage(_existing(folder)).free / 2**20 for folder in folders}
    folder, least = min(free.items(), key=lambda one: one[1])
    if least < DISK_MB:
        return (
            False,
            f"{least:,.0f} MB are free for {folder.name}, {DISK_MB:,} are needed: free some, or `ctip prune`",
        )
    return True, f"{least:,.0f} MB free"


def _existing(folder: Path) -> Path:
    """*folder*, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def permissions(folders: list[Path], data: Path | None) -> tuple[bool, str]:
    """Every folder of a run can be written to, and the records can be read."""
    refused = []
    for folder in folders:
        try:
            with tempfile.TemporaryFile(dir=_existing(folder)):
                pass
        except OSError:
            refused.append(folder.name)
    if refused:
        return False, f"{', '.join(refused)} can't be written: give the folder to the account that runs ctip"
    if data is not None and not (data.is_dir() and all(os.access(path, os.R_OK) for path in data.iterdir())):
        return False, f"{data.name} can't be read: name the folder of records, or let this account read it"
    return True, ""


def hashes() -> tuple[bool, str]:
    """Every file of data/ and shapefiles/ that is pinned is the one that was described."""
    shapes = ROOT / "shapefiles"
    described = [
        *((DATA / one["path"], one) for one in package().values() if "hash" in one),
        *(
            (shapes / one["path"], one)
            for one in package(shapes / "datapackage.json").values()
            if "hash" in one
        ),
    ]
    wrong = []
    for path, one in described:
        try:
            pinned(path, one)
        except CtipError as error:
            wrong.append(str(error))
    return (
        not wrong,
        f"{len(wrong)} of {len(described)}: {wrong[0]}" if wrong else f"{len(described)} pinned files",
    )


def fonts() -> tuple[bool, str]:
    """The figures' typefaces are there, with Latin and Khmer letters."""
    from fontTools.ttLib import TTFont
    from matplotlib import font_manager

    from ctip_analysis.charts import style

    held: set[int] = set()
    for family in style.families():
        with TTFont(font_manager.findfont(family, fallback_to_default=False)) as face:
            held |= set(face.getBestCmap())
    absent = [name for name, letter in (("Latin", ord("A")), ("Khmer", 0x1780)) if letter not in held]
    if absent:
        return (
            False,
            f"no {' or '.join(absent)} letters: run `sh environment.sh report` and remove build/fonts",
        )
    return True, ", ".join(style.families())


def fork_server() -> tuple[bool, str]:
    """Reports can be made in forked processes; without them each starts a Python of its own."""
    if not warm_parent.can_fork():
        return True, "none on this system: reports run in ordinary kernels, several times slower"
    try:
        code = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, timeout=60).returncode
    except (OSError, subprocess.TimeoutExpired):
        code = 1
    if code:
        return False, "a process could not be forked: look for a limit on processes (ulimit -u) or on memory"
    return True, ""


def clock(now: datetime, code: Path) -> tuple[bool, str]:
    """The clock is not behind this copy's own files, and has a time zone."""
    newest = max(path.stat().st_mtime for path in code.glob("*.py"))
    if now.timestamp() < newest - 60:
        return False, f"the clock says {now.date()}, earlier than the program's own files: set the clock"
    return True, f"{now:%Y-%m-%d %H:%M %Z}"


def leftovers(folders: list[Path]) -> tuple[bool, str]:
    """Private folders whose run is dead; the next run of the same kind takes them away."""
    places = [(folder, prefix) for folder in folders for prefix in LEFT]
    dead = [
        path for folder, prefix in [*places, (Path(tempfile.gettempdir()), _SPILLED)]
        for path in folder.glob(f"{prefix}*") if path.is_dir() and _is_dead(path)
    ]  # fmt: skip
    if dead:
        named = ", ".join(sorted({f"{path.parent.name}/{path.name}" for path in dead})[:3])
        return False, f"{len(dead)} left by a run that died ({named}): run it again, that removes them"
    return True, "none"


def _is_dead(folder: Path) -> bool:
    """Whether nobody holds the lock on a private folder of ours."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return os.fstat(handle).st_uid == os.geteuid()
    except OSError:
        return False
    finally:
        os.close(handle)


def locks(folders: list[Path], now: datetime) -> tuple[bool, str]:
    """Whether a run is at work; one that has been for more than a day is looked at."""
    held = list(_held(folders))
    long = [f"{path.parent.name} since {since}" for path, since in held if since and _age(since, now) > _LONG]
    if long:
        return False, f"a run is at work on {', '.join(long)}: see with `ctip status` whether it hangs"
    named = [f"{path.parent.name}{f' since {since}' if since else ''}" for path, since in held]
    return True, f"a run is at work on {', '.join(named)}" if named else "nobody holds one"


def _held(folders: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in [folder / name for folder in folders for name in (lock.YEARLY, lock.BATCH)]:
        if lock.is_held(path):
            yield path, lock.since(path)


def _age(since: str, now: datetime) -> float:
    try:
        return (now - datetime.fromisoformat(since)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
