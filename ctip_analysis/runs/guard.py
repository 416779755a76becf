"""A kernel for donor notebooks that opens its edition and no records, no network and no other program.

Before the first cell runs, an audit hook is set that lists and opens only what stands in ``_rules``: Python and its
packages, the system's own files, the project's public tables and shapes, files beside the notebook that are no
tables, and the edition; and never a folder that holds a record table. It writes only into the run's own folder and
the caches of fonts. Libraries that open files or databases in C, past Python's audit, can't be imported, and neither
can the modules of ours that read records.

It guards against accident, not against a hostile author. Not seen: a library in C that is not named here, what
pyarrow opens by itself (``pyarrow.memory_map``), a table that GDAL reads with a driver not named here, a ZeroMQ
socket of the notebook's own, ctypes, and whether a file exists and how large it is. A notebook under plain papermill
or in JupyterLab runs without it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.machinery
import os
import re
import site
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from ctip_analysis.base.environment import OWN_BOUNDARIES
from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.base.reference import DATA, ROOT, package
from ctip_analysis.charts.typefaces import FOLDER as FONTS

# What may be done below a path; the longest path that holds a file decides. NEAR: files of the folder itself
# that are no tables, and code below it. CODE: code only.
NO, CODE, NEAR, READ, WRITE = range(5)
_SYSTEM = [
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/nix", "/proc", "/sys", "/System", "/Library", "/dev/urandom",
]  # fmt: skip
_SECRETS = {"environ", "mem"}  # of /proc/PID: the operator's own environment stands there
_CODE_SUFFIXES = tuple(importlib.machinery.all_suffixes())
_TABLES = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet", ".feather", ".arrow", ".json",
    ".jsonl", ".db", ".sqlite", ".duckdb", ".dta", ".sav", ".mdb", ".accdb", ".zip", ".gz",
)  # fmt: skip

_PAST_THE_AUDIT = {
    "duckdb", "ibis", "polars", "fastparquet", "python_calamine", "fiona", "osgeo", "rasterio", "h5py", "tables",
    "datafusion", "pyspark", "psycopg", "psycopg2", "pyodbc", "pymssql", "oracledb", "MySQLdb", "sqlalchemy",
    "adbc_driver_manager", "pycurl", "grpc",
}  # fmt: skip
_PYARROW = {"csv", "dataset", "feather", "flight", "fs", "json", "orc", "parquet", "substrait"}
_OURS = ("inside", "sample")
_CLOSED = {  # why a module, and what lies below it, is closed to donor notebooks
    **dict.fromkeys((f"ctip_analysis.{name}" for name in _OURS), "works on records"),
    **dict.fromkeys(
        [*_PAST_THE_AUDIT, *(f"pyarrow.{mark}{name}" for name in _PYARROW for mark in ("", "_"))],
        "opens files past the guard of a donor notebook",
    ),
}
GDAL = {
    # The edition's GeoJSON is read by GDAL, in C: it is left without its readers of tables and of addresses.
    "GDAL_SKIP": "HTTP",
    "OGR_SKIP": "CSV,XLSX,XLS,ODS,Parquet,Arrow,PostgreSQL,ODBC,MSSQLSpatial,MySQL,OGR_VRT",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
}

_NEEDED = {  # of Python's platform module, and of matplotlib when it lists the machine's fonts
    ("uname", "-p"), ("fc-list", "--help"), ("fc-list", "--format=%{file}\\n"),
    ("system_profiler", "-xml", "SPFontsDataType"),
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HOW = "a donor notebook takes its numbers from its edition and nothing else (METHODS.md, what the wall is)"


class RefusedError(NotShareableError, PermissionError):
    """A donor notebook tried what its kernel may not. Libraries that can do without get a PermissionError."""


def install(edition: Path, work: Path, code: Path, *also: Path) -> None:
    """Set the guard in this process, for good: an audit hook can't be taken off again.

    *edition* is the one folder of an edition that may be read, *work* the one folder that may be written,
    *code* the folder the notebook lies in; *also* are files that may be read besides.
    """
    _prepare(work)
    places = Places(_rules([edition, *also], work, code), _record_files())
    sys.meta_path.insert(0, _Imports())
    _forget_closed()
    _watch(places)


def _prepare(work: Path) -> None:
    """What this process keeps, it keeps in its own folder; no file of another folder stands in for a library."""
    os.environ.update(GDAL, TMPDIR=str(work), IPYTHONDIR=str(work / "ipython"))
    tempfile.tempdir = None  # asked before, it would remember the machine's
    with contextlib.suppress(OSError):
        FONTS.mkdir(parents=True, exist_ok=True)
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # as in ipykernel itself


def main(arguments: Sequence[str]) -> None:
    """Start a guarded kernel: EDITION WORK CODE CONNECTION_FILE, then what ipykernel is given."""
    edition, work, code, connection, *rest = arguments
    install(Path(edition), Path(work), Path(code), Path(connection))
    from ipykernel import kernelapp

    kernelapp.launch_new_instance(argv=["-f", connection, *rest])


def _rules(read: Sequence[Path], work: Path, beside: Path) -> dict[str, int]:
    """What may be done below each path; nothing where no path holds the file."""
    home = Path.home()
    python = [Path(path) for path in (sys.prefix, sys.base_prefix, site.getusersitepackages())]
    code = [path for path in sys.path if path and not any(Path(path).is_relative_to(at) for at in python)]
    fonts = [home / ".fonts", home / ".local/share/fonts", home / "Library/Fonts"]
    ours = [Path(__file__).parents[1], DATA / "reference", DATA / "published", DATA / "datapackage.json"]
    own_boundaries = os.environ.get(OWN_BOUNDARIES, "").partition("::")[0]
    shapes: list[Path | str] = [ROOT / "shapefiles", *filter(None, [own_boundaries])]
    # A later line stands over an earlier one with the same path.
    allowed: list[tuple[int, Sequence[Path | str]]] = [
        (NO, [home, ROOT]),
        (CODE, code),
        (NEAR, [beside]),
        (READ, [*_SYSTEM, *python, *fonts, *ours, *shapes, *read]),
        (WRITE, [*_drawing(home), FONTS, "/dev/null", work]),
    ]
    return {os.path.realpath(path): rule for rule, paths in allowed for path in paths}


def _drawing(home: Path) -> list[Path]:
    """Where matplotlib keeps its settings and its list of fonts."""
    if own := os.environ.get("MPLCONFIGDIR"):
        return [Path(own)]
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return [config / "matplotlib", cache / "matplotlib", home / ".matplotlib"]


def _record_files() -> list[str]:
    """Names by which a folder of records is known: clients.csv, clients.xlsx …"""
    tables = [name for name, part in package().items() if part["path"].startswith("sample/")]
    suffixes = (".csv", ".xlsx", ".xls", ".parquet")
    return [
        f"{name}{written}" for name in tables for suffix in suffixes for written in (suffix, suffix.upper())
    ]


class Places:
    """What may be listed, opened and written. Asks the disk by stat alone, which raises no audit event."""

    def __init__(self, rules: Mapping[str, int], record_files: Sequence[str]) -> None:
        self._rules = rules
        self._record_files = record_files
        self._python = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix)}
        self._rule_of = functools.cache(self._find_rule)
        self._is_of_records = functools.cache(self._look_for_records)

    def check(self, given: Any, *, writes: bool = False, lists: bool = False) -> None:
        """RefusedError unless the path *given* may be opened, written or listed; what is open already may."""
        if not isinstance(given, str | bytes | os.PathLike):
            return
        path = os.path.realpath(os.fsdecode(given))
        folder, name = os.path.split(path)
        if self._is_of_records(path if lists else folder):
            _refuse(f"{_named(path)} was not opened: it lies in a folder of records")
        if name in _SECRETS and path.startswith("/proc/"):
            _refuse(f"{name} of a process was not opened: it may hold what only the operator may know")
        rule, root = self._rule_of(path)
        if writes:
            caches_code = rule == READ and os.path.basename(folder) == "__pycache__"
            if rule < WRITE and not caches_code:
                _refuse(f"{_named(path)} was not written: a donor notebook leaves nothing but its page")
        elif rule < READ and not (rule > NO and (lists or _is_harmless(path, rule, root))):
            _refuse(f"{_named(path)} was not opened: it is no part of the edition")

    def _find_rule(self, path: str) -> tuple[int, str]:
        """The rule of the longest path that holds *path*, and that path."""
        if path in self._rules:
            return self._rules[path], path
        parent = os.path.dirname(path)
        return (NO, path) if parent == path else self._rule_of(parent)

    def _look_for_records(self, folder: str) -> bool:
        """Whether *folder*, or one around it up to the one that the rule names, is a folder of records."""
        if folder in self._python:
            return False
        here = any(os.path.exists(os.path.join(folder, name)) for name in self._record_files)
        parent = os.path.dirname(folder)
        is_last = folder in self._rules or parent == folder  # an edition may lie inside a folder of records
        return here or (not is_last and self._is_of_records(parent))


def _is_harmless(path: str, rule: int, root: str) -> bool:
    """Code, or a file right beside the notebook that is no table."""
    beside = rule == NEAR and os.path.dirname(path) == root
    return path.endswith(_CODE_SUFFIXES) or (beside and not path.lower().endswith(_TABLES))


def _open(places: Places, path: Any, mode: str | None, flags: int | None) -> None:
    places.check(path, writes=bool((flags or 0) & _WRITING) or not set("wax+").isdisjoint(mode or ""))


def _list(places: Places, folder: Any, *_: Any) -> None:
    places.check("." if folder is None else folder, lists=True)


def _glob(places: Places, pattern: Any, *_: Any) -> None:
    places.check(os.path.dirname(re.split(r"[*?[]", os.fsdecode(pattern))[0]) or ".", lists=True)


def _open_database(places: Places, database: Any, *_: Any) -> None:
    places.check(None if database == ":memory:" else database, writes=True)


def _change(places: Places, *args: Any) -> None:
    beneath = isinstance(args[-1], int) and args[-1] >= 0  # of a folder that was opened under these rules
    for path in () if beneath else args[:2]:
        places.check(path, writes=True)


def _ask_network(places: Places, *_: Any) -> NoReturn:
    _refuse("the network was not asked: a report is made without it")


def _start_program(places: Places, *_: Any) -> NoReturn:
    _refuse("another program was not started: no guard would stand over it")


def _start_process(places: Places, executable: Any, line: Any, *_: Any) -> None:
    if not (isinstance(line, list) and tuple(line) in _NEEDED):
        _start_program(places)


_CHECKS: dict[str, Callable[..., None]] = {  # what is checked of which event of Python's audit; the rest may happen
    "open": _open,
    "glob.glob": _glob,
    "sqlite3.connect": _open_database,
    "subprocess.Popen": _start_process,
    **dict.fromkeys(["os.listdir", "os.scandir", "os.walk", "pathlib.Path.glob", "pathlib.Path.rglob"], _list),
    **dict.fromkeys([
        "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.utime",
    ], _change),
    **dict.fromkeys([
        "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname",
        "socket.getnameinfo", "socket.sendto", "urllib.Request", "http.client.connect", "ftplib.connect",
        "smtplib.connect", "poplib.connect", "imaplib.open", "nntplib.connect", "telnetlib.Telnet.open",
        "webbrowser.open",
    ], _ask_network),
    **dict.fromkeys([
        "os.system", "os.exec", "os.fork", "os.forkpty", "os.spawn", "os.posix_spawn", "os.startfile", "pty.spawn",
    ], _start_program),
}  # fmt: skip


def _watch(places: Places) -> None:
    """Have Python tell of its audit's events from now on, thousands a report: most need a look into a table alone."""

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if check := _CHECKS.get(event):
            check(places, *args)

    sys.addaudithook(hear)


def _named(path: str) -> str:
    """A file with its folder, never the whole path of a machine."""
    return f"{os.path.basename(path)!r} of {os.path.basename(os.path.dirname(path))!r}"


def _refuse(what: str) -> NoReturn:
    raise RefusedError(f"{what}; {_HOW}")


class _Imports(MetaPathFinder):
    """Refuses modules; finds none. An import hook, because ``importlib.import_module`` raises no audit event."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Nothing, so that the next finder is asked; RefusedError if the module is closed to donor notebooks."""
        if why := _closed(fullname):
            _refuse(f"{fullname} was not imported: it {why}")


def _closed(module: str) -> str:
    """Why *module* is closed to donor notebooks; "" where it is not."""
    first, *rest = module.split(".", 2)
    return _CLOSED.get(first) or _CLOSED.get(".".join([first, *rest[:1]]), "")


def _forget_closed() -> None:
    """What a warm parent imported along with a library, such as pyarrow.fs, is asked for anew, and refused.

    Asked for by name: who goes through all modules writes to the memory of each, which is the parent's until then.
    """
    there = _CLOSED.keys() & sys.modules.keys()
    if any(hasattr(sys.modules[name], "__path__") for name in there):
        there = {name for name in sys.modules if _closed(name)}
    for name in there:
        del sys.modules[name]
        parent, _, last = name.rpartition(".")
        vars(sys.modules.get(parent, sys)).pop(last, None)


if __name__ == "__main__":
    from ctip_analysis.runs import guard

    guard.main(sys.argv[1:])
