"""The guard of a donor notebook: it opens its edition, and no records, no network and no other program.

An audit hook refuses folders of records, confidential files, sockets, programs, and writing outside the report's own
folder; modules that read records, or files past Python, can't be imported. It protects against accident, not against a
hostile author. A notebook in JupyterLab or under papermill runs without it.
"""

from __future__ import annotations

import functools
import os
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.base.reference import PACKED, RECORD_KINDS, ROOT, closed_tables

CONFIDENTIAL = str(ROOT / "build" / "confidential")
_CLOSED = (
    "ctip_analysis.inside", "duckdb", "ibis", "polars", "fiona", "osgeo", "sqlalchemy",
    *(f"pyarrow.{name}" for name in ("csv", "dataset", "feather", "orc", "parquet")),
)  # fmt: skip
_LISTING = ("os.listdir", "os.scandir", "glob.glob")
_CHANGING = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate")
_PROGRAMS = (
    "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "pty.",
)  # fmt: skip
_NETWORK = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostby", "socket.sendto", "urllib.",
)  # fmt: skip
_WHY = "a donor notebook takes its numbers from its edition and nothing else"
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class RefusedError(NotShareableError, PermissionError):
    """A donor notebook tried what it may not. Libraries that can do without get a PermissionError."""


class RefusedImportError(NotShareableError, ImportError):
    """A donor notebook tried to import a closed module."""


class _Imports(MetaPathFinder):
    """Refuses closed modules and finds none: ``importlib.import_module`` raises no audit event."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """None; RefusedImportError for a closed module."""
        if f"{fullname}.".startswith(tuple(f"{closed}." for closed in _CLOSED)):
            raise RefusedImportError(f"{fullname} was not imported: {_WHY}")


def install(edition: Path, work: Path) -> None:
    """Guard this process for good: *edition* may be read wherever it is, *work* alone may be written."""
    for name in [name for name in sys.modules if name.startswith(_CLOSED)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Imports())
    may_read = _readable(os.path.realpath(edition))
    own = os.path.realpath(work) + os.sep

    def check(path: str, writes: bool) -> None:
        named = f"{os.path.basename(path)!r} of {os.path.basename(os.path.dirname(path))!r}"
        if not may_read(path) or path.endswith(("/environ", "/mem")):
            raise RefusedError(f"{named} was not opened: {_WHY}")
        is_own = f"{path}{os.sep}".startswith(own) or path == os.devnull or "__pycache__" in path
        if writes and not is_own:
            raise RefusedError(f"{named} was not written: {_WHY}")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(args[0], int):
            mode, flags = args[1] or "", args[2] or 0
            check(
                os.path.realpath(os.fsdecode(args[0])),
                bool(flags & _WRITING) or bool(set("wax+") & set(mode)),
            )
        elif event in _LISTING and not isinstance(args[0], int):
            check(os.path.join(os.path.realpath(os.fsdecode(args[0] or ".")), "*"), False)
        elif event in _CHANGING or (event == "sqlite3.connect" and args[0] != ":memory:"):
            for path in args[:2]:
                if isinstance(path, str | bytes | os.PathLike):
                    check(os.path.realpath(os.fsdecode(path)), True)
        elif event.startswith((*_PROGRAMS, *_NETWORK)):
            what = "the network was not used" if event.startswith(_NETWORK) else "a program was not started"
            raise RefusedError(f"{what}: {_WHY}")

    sys.addaudithook(hook)


def _readable(edition: str) -> Any:
    """A function that says whether a path may be read: it is in *edition*, or in no folder of records."""
    kinds = [f"{kind}{packed}" for kind in ("", *RECORD_KINDS) for packed in ("", *PACKED) if kind or packed]
    names = [f"{name}{kind}" for name in closed_tables() for kind in kinds]

    @functools.cache
    def is_open(folder: str) -> bool:
        if folder in (CONFIDENTIAL, edition) or folder == os.path.dirname(folder):
            return folder != CONFIDENTIAL
        has_records = any(os.path.exists(os.path.join(folder, name)) for name in names)
        return not has_records and is_open(os.path.dirname(folder))

    return lambda path: is_open(os.path.dirname(path))
