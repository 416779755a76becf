"""What can go wrong for a user, each as a sentence: what, where, expected, found, what to do."""

from __future__ import annotations

import difflib
import errno
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

UNTOUCHED = "earlier editions and reports are as they were"
ROWS_NAMED = 5  # a person looks at a few rows; `ctip check --json` lists them all


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one column (or file), with every row it was found in.

    *rows* are numbered as a person sees them: the header is row 1. *found* is empty where the
    column is sensitive, because a value there may name a person. *letter* is the column's in a spreadsheet;
    a rule between columns has several, as *column* ("H, I").
    """

    file: str
    rule: str
    sheet: str = ""
    column: str = ""
    rows: tuple[int, ...] = field(default=())
    found: str = ""
    mend: str = ""
    letter: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Addresses of the cells in a spreadsheet: ("I2", "I7"); () where the fault is not in cells."""
        letters = filter(None, self.letter.split(", "))
        return tuple(f"{letter}{row}" for letter in letters for row in self.rows)

    def __str__(self) -> str:
        where = self.file + (f", sheet {self.sheet}" if self.sheet else "")
        where += f", column {self.column}" if self.column else ""
        if self.rows:
            named = ", ".join(str(row) for row in self.rows[:ROWS_NAMED])
            more = len(self.rows) - ROWS_NAMED
            where += f", row {named}" + (f" and {more:,} more" if more > 0 else "")
        found = f"; found {self.found}" if self.found else ""
        mend = f" → {self.mend}" if self.mend else ""
        return f"{where}: {self.rule}{found}{mend}"


@dataclass
class Assessment:
    """What is wrong, doubtful and left out of the records called *name*.

    ``rules`` are the reconciliation rules, None where they were not tried. ``absent`` are tables that rows point to
    and that are not in the one file that was checked.
    """

    name: str
    faults: list[Fault]
    warnings: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    rules: pd.DataFrame | None = None


class CtipError(Exception):
    """A user's mistake or a refusal, worded for the user. Exit code 1 unless a subclass says otherwise."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback."""
        return [str(self)]


class ParameterError(CtipError):
    """A wrong argument or parameter: nothing was started."""

    exit_code = 2


class DataError(CtipError):
    """Data that do not fit their description. Lists every fault, not only the first."""

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        self.faults = list(faults or [])
        lines = [message, *(f"  - {fault}" for fault in self.faults)]
        super().__init__("\n".join(lines))


class UnknownNameError(DataError):
    """A spelling that matches no code, or more than one."""


class MissingFileError(CtipError):
    """A file or folder that should be there is not."""


class ChangedFileError(CtipError):
    """A pinned file is not the one that was described: its hash differs."""


class CountingRuleError(CtipError):
    """Adding up, comparing or dividing what may not be."""


class NotShareableError(CtipError):
    """A command that shares was asked for what may not be shared."""


class LockedError(CtipError):
    """Another run is at work in the same folder."""


class ReportFailedError(CtipError):
    """A cell of the notebook failed. *where* names lines of code, never values."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


def mistake(error: BaseException) -> str:
    """A sentence about an error in our own code: never its text, because a library may quote a record in it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(at.filename).name} line {at.lineno}" for at in frames[:-4:-1])
    return f"a mistake in ctip itself, {type(error).__name__} at {where}: please report this line"


def worded(error: BaseException) -> tuple[str, int]:
    """The message to a user about *error*, and the exit code."""
    if isinstance(error, CtipError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "stopped; nothing was put in place", 130
    if isinstance(error, OSError):
        return _file_trouble(error), 1
    return mistake(error), 1


def _file_trouble(error: OSError) -> str:
    name = "a file"
    if error.filename:
        path = Path(error.filename)
        name = path.parent.name if path.name.startswith(".") else path.name  # a private folder says nothing
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full: free some space and run again; {UNTOUCHED}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write {name}: check who owns its folder; {UNTOUCHED}"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{name} can't be made, because a file is where a folder is expected: give another place; {UNTOUCHED}"
    return f"{name}: {error.strerror or 'could not be read or written'}; {UNTOUCHED}"


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Up to *most* of the *known* names that are spelt like *name*, nearest first; empty if none is near.

    >>> nearest("performance_held", ["performances_held", "youth_clubs"])
    ['performances_held']
    """
    return difflib.get_close_matches(name, list(known), n=most, cutoff=0.6)


def suggestion(name: str, known: Iterable[str]) -> str:
    """End of a sentence that refuses *name*: the nearest known names, or all of them where they are few.

    >>> suggestion("mnth", ["month", "year"])
    '; did you mean month?'
    """
    names = list(known)
    if near := nearest(name, names):
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"; there are {', '.join(names[:8])}{more}" if names else ""
