"""What can go wrong for a user, each as a sentence: what, where, expected, found, what to do."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path

ROWS_NAMED = 5  # a person mends by looking at a few rows; `ctip check --json` lists them all


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one column (or file), with every row it was found in.

    *rows* are numbered as a person sees them: the header is row 1. *found* is empty where the
    column is sensitive, because a value there may name a person.
    """

    file: str
    rule: str
    sheet: str = ""
    column: str = ""
    rows: tuple[int, ...] = field(default=())
    found: str = ""
    mend: str = ""

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


class CtipError(Exception):
    """A user's mistake or a refusal, worded for the user. Exit code 1 unless a subclass says otherwise."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback."""
        return [str(self)]


def mistake(error: BaseException) -> str:
    """A sentence about a mistake of our own: never the error's text, because a library may quote a record in it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(at.filename).name} line {at.lineno}" for at in frames[:-4:-1])
    return f"a mistake in ctip itself, {type(error).__name__} at {where}: please report this line"


class ParameterError(CtipError):
    """A wrong argument or parameter: nothing was started."""

    exit_code = 2


class DataError(CtipError):
    """Data that break their description. Lists every fault, not the first."""

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        self.faults = list(faults or [])
        lines = [message, *(f"  - {fault}" for fault in self.faults)]
        super().__init__("\n".join(lines))


class UnknownNameError(DataError):
    """A spelling that leads to no code."""


class MissingFileError(CtipError):
    """A file or folder that should be there is not."""


class ChangedFileError(CtipError):
    """A pinned file is not the one that was described: its hash differs."""


class CountingRuleError(CtipError):
    """Adding up what does not add up."""


class NotReleasedError(CtipError, TypeError):
    """Something else than a Released (or Internal) table was handed to a figure, table or fact."""


class NotShareableError(CtipError):
    """A command that shares was asked for what may not be shared."""


class ReportFailedError(CtipError):
    """A cell of the notebook failed. *where* names lines of ours, never values."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where
