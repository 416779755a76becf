"""One run at a time in a folder: a file lock, which the system releases when its process dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ctip_analysis.base.errors import LockedError

YEARLY, BATCH = ".yearly.lock", ".batch.lock"
_PATIENCE = 0.5  # seconds: is_held takes the lock for a moment to see whether it can


@contextlib.contextmanager
def hold(path: Path, what: str, now: datetime) -> Iterator[None]:
    """Hold the lock at *path* for the run *what*, which begins *now*; LockedError says since when another does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout:
        raise LockedError(
            f"{what} is already at work on {path.parent.name} since {since(path) or 'a moment ago'}: "
            "nothing was started; wait for its end (`ctip status` shows how far it is)"
        ) from None
    try:
        _note(path).write_text(now.isoformat(timespec="seconds"), encoding="utf-8")
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a living run has the lock at *path*."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def since(path: Path) -> str:
    """When the last run took the lock at *path*, as it noted; "" where nothing is noted."""
    try:
        return _note(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _note(path: Path) -> Path:
    """The file beside a lock that has the time: a lock file is emptied by whoever tries to take it."""
    return path.with_suffix(".since")
