"""One run at a time in a folder: a lock on a hidden file, which the system lets go when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ctip_analysis.base.errors import CtipError

YEARLY, BATCH = ".yearly.lock", ".batch.lock"
_TRIES = 5  # somebody may only be looking whether it is held


class LockedError(CtipError):
    """Another run is at work where this one would be."""


@contextlib.contextmanager
def hold(path: Path, what: str, now: datetime) -> Iterator[None]:
    """Hold the lock at *path* for the run *what*, which begins *now*; LockedError says since when another does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        if not _taken(file.fileno(), fcntl.LOCK_EX, _TRIES):
            raise LockedError(
                f"{what} is already at work on {path.parent.name} since {since(path) or 'a moment ago'}: "
                "nothing was started; wait for its end (`ctip status` shows how far it is)"
            )
        file.truncate(0)
        file.write(now.isoformat(timespec="seconds"))
        file.flush()
        yield


def is_held(path: Path) -> bool:
    """Whether a living run holds the lock at *path*."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _taken(handle, fcntl.LOCK_SH, 1)
    finally:
        os.close(handle)


def since(path: Path) -> str:
    """When the last holder of the lock at *path* took it, as it noted that; "" where nothing is noted."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _taken(handle: int, kind: int, tries: int) -> bool:
    for left in reversed(range(tries)):
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if left:
                time.sleep(0.1)
    return False
