"""A private folder beside the place where results will appear by one rename.

Whoever dies without tidying (power, ``kill -9``) leaves the folder; the next run into the same place removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def private_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A folder in *beside*, named from *prefix*, for this run alone; gone afterwards. Those of dead runs go first."""
    begun = time.time()
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(f"{prefix}*"):
        _remove_if_dead(left, begun)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=beside))
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network disks know no locks: then age alone protects it
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_dead(folder: Path, begun: float) -> None:
    """Remove a folder from before *begun* whose run holds no lock on it any more."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.stat().st_mtime < begun:
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
