"""What the commands of ``ctip`` share: options, and the sentence and exit code that each error becomes."""

from __future__ import annotations

import errno
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ctip_analysis.base.errors import CtipError, mistake

UNTOUCHED = "earlier editions and reports are as they were"


class Basis(StrEnum):
    """Which years are counted."""

    calendar = "calendar"
    fiscal = "fiscal"


class Language(StrEnum):
    """Language of a report."""

    en = "en"
    km = "km"


def _year(text: str) -> int:
    if not re.fullmatch(r"\d{4}", text):
        raise typer.BadParameter(f"a year is four digits such as 2004; found {text!r}")
    return int(text)


Year = Annotated[
    int,
    typer.Option(
        help="Reporting year; with --basis fiscal, 2004 is 1 Oct 2003 to 30 Sep 2004.",
        parser=_year,
        metavar="YEAR",
    ),
]
BasisOption = Annotated[Basis, typer.Option(help="Calendar years, or US fiscal years.")]


def worded(error: BaseException) -> tuple[str, int]:
    """What to tell a person about *error*, and the exit code."""
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
    return f"{name}: {error.strerror or 'could not be read or written'}; {UNTOUCHED}"
