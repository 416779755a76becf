"""Files and folders that appear whole or not at all: private folders, and one rename at the end.

A process that dies without tidying (power, ``kill -9``) leaves its private folder; the next run into the same
place removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import filecmp
import os
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # as fcntl.h and stdio.h number them


class TemporaryFolder:
    """A private folder in the machine's temporary folder: removed with this object, or when Python ends.

    What a run that was killed left under the same *prefix* is removed first.
    """

    def __init__(self, prefix: str) -> None:
        held = contextlib.ExitStack()
        self.path = held.enter_context(private_folder(Path(tempfile.gettempdir()), prefix))
        self.close = weakref.finalize(self, held.close)


@contextlib.contextmanager
def private_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A new folder in *beside*, named from *prefix*, for this run alone; removed afterwards.

    Those that killed runs left are removed first. Only its owner may list, read or write it (mode 0700).
    """
    begun = time.time()
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(f"{prefix}*"):
        _remove_if_left(left, begun)
    folder, handle = _locked_folder(beside, prefix)
    try:
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def write(path: Path, content: str | bytes) -> None:
    """Write *content* to *path*, which has either its old content or all of the new one, also after a power cut."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o666 & ~_umask())
        put(Path(name), path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def put(made: Path, there: Path) -> None:
    """Give the file or folder *made* the name *there* by one rename.

    All that is in it reaches the disk first, or a power cut could leave the name and nothing under it.
    """
    _settle_all(made)
    os.replace(made, there)


def put_folder(made: Path, there: Path) -> None:
    """Put the folder *made* in the place of *there* as a whole; nothing is done where both have the same files.

    What was there is removed, and comes back if that fails.
    """
    there.parent.mkdir(parents=True, exist_ok=True)
    if is_same(made, there):
        return
    if not there.exists():
        put(made, there)
    elif _swap(made, there):
        shutil.rmtree(made)
    else:
        aside = made.with_name(f"{made.name}.superseded")
        os.rename(there, aside)
        try:
            put(made, there)
        except OSError:
            os.rename(aside, there)
            raise
        shutil.rmtree(aside)
    settle(there.parent)


def is_same(made: Path, there: Path) -> bool:
    """Whether two folders have the same files, byte for byte, in folders of the same names."""
    names = sorted(path.relative_to(made) for path in made.rglob("*"))
    plain = [name for name in names if (made / name).is_file()]
    others = sorted(path.relative_to(there) for path in there.rglob("*"))
    if not there.is_dir() or names != others:
        return False
    return filecmp.cmpfiles(made, there, plain, shallow=False)[0] == plain


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


def _settle_all(made: Path) -> None:
    for path in [*(made.rglob("*") if made.is_dir() else ()), made]:
        settle(path)


def _swap(made: Path, there: Path) -> bool:
    """Let two folders change names in one step, so that *there* is never without one; whether the system can."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    _settle_all(made)
    return rename(_AT_FDCWD, os.fsencode(made), _AT_FDCWD, os.fsencode(there), _RENAME_EXCHANGE) == 0


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _locked_folder(beside: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and the handle that has its lock; another one if a run that began now took it for dead."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=beside.absolute()))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # some network disks know no locks: then age alone protects it
                fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _remove_if_left(folder: Path, begun: float) -> None:
    """Remove our own folder from before *begun* whose run has no lock on it any more."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(handle)
            if found.st_mtime < begun and found.st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
