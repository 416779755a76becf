"""Private folders, beside the place where results will appear or for what memory can't hold; and that one rename.

Whoever dies without tidying (power, ``kill -9``) leaves the folder; the next run into the same place removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator
from pathlib import Path


class TemporaryFolder:
    """A private folder in the machine's temporary folder: gone with this object, or when Python ends.

    What a dead run left under the same *prefix* goes first.
    """

    def __init__(self, prefix: str) -> None:
        held = contextlib.ExitStack()
        self.path = held.enter_context(private_folder(Path(tempfile.gettempdir()), prefix))
        self.close = weakref.finalize(self, held.close)


@contextlib.contextmanager
def private_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A folder in *beside*, named from *prefix*, for this run alone; gone afterwards. Those of dead runs go first.

    Only its owner may list, read or write it (mode 0700).
    """
    begun = time.time()
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(f"{prefix}*"):
        _remove_if_dead(left, begun)
    folder, handle = _held(beside, prefix)
    try:
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def put(made: Path, there: Path) -> None:
    """Give the file or folder *made* the name *there* by one rename.

    All that is in it reaches the disk first, or a power cut could leave the name and nothing under it.
    """
    _settle_all(made)
    os.replace(made, there)


def swap(made: Path, there: Path) -> bool:
    """Let two folders change names in one step, so that *there* is never without one; whether the system can.

    All that is in *made* reaches the disk first, as with :func:`put`.
    """
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    _settle_all(made)
    return rename(_HERE, os.fsencode(made), _HERE, os.fsencode(there), _EXCHANGE) == 0


_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE, as fcntl.h and stdio.h number them


def _settle_all(made: Path) -> None:
    for path in [*(made.rglob("*") if made.is_dir() else ()), made]:
        settle(path)


def settle(path: Path) -> None:
    """Have the bytes of a file, or the names in a folder, reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # some network disks can't do that with folders
        if not (path.is_dir() and error.errno == errno.EINVAL):
            raise
    finally:
        os.close(handle)


def _held(beside: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and the handle that holds its lock; another one if a run that began now took it for dead."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=beside.absolute()))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # some network disks know no locks: then age alone protects it
                fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _remove_if_dead(folder: Path, begun: float) -> None:
    """Remove our own folder from before *begun* whose run holds no lock on it any more."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(handle)
            if found.st_mtime < begun and found.st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
