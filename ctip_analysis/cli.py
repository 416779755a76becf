"""The command ``ctip``: exit code 0 done; 1 it found what it looks for, or failed; 2 wrong arguments.

Modules are imported inside the commands, so that ``ctip --help`` answers at once.
"""

from __future__ import annotations

import errno
import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ctip_analysis.errors import CtipError, DataError, ParameterError
from ctip_analysis.reference import ROOT, described_path

app = typer.Typer(
    help="Programme analysis for counter-trafficking in Cambodia: records in, safe editions and reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes break a message into lines, and tell a log nothing
)


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
DATA = ROOT / "data" / "sample"
UNTOUCHED = "earlier editions and reports are as they were"
DEGRADED = (
    "Restore them (git checkout -- shapefiles) and run again. This page is marked DRAFT; "
    "the last good report is as it was."
)


@app.command()
def sample(
    out: Annotated[Path, typer.Argument(help="Folder to write the record tables into.")],
    seed: Annotated[int, typer.Option(help="Same seed, same records.")] = 2004,
    years: Annotated[str, typer.Option(help="First and last year, as 2003-2005.")] = "2003-2005",
    scale: Annotated[int, typer.Option(min=1, help="Multiplies the rows; above 1 none reconcile.")] = 1,
) -> None:
    """Write synthetic records of every kind: made up, and marked so in every row."""
    from ctip_analysis.sample import write_sample

    if not (span := re.fullmatch(r"(\d{4})-(\d{4})", years)) or int(span[1]) > int(span[2]):
        raise ParameterError(f"--years is written like 2003-2005, the first year first; found {years!r}")
    typer.echo(write_sample(out, seed=seed, years=(int(span[1]), int(span[2])), scale=scale))


@app.command()
def check(
    data: Annotated[Path, typer.Argument(help="Folder of record tables.")],
    as_json: Annotated[bool, typer.Option("--json", help="Every fault with all its rows.")] = False,
) -> None:
    """Find every fault of a record folder, and hold it against the published figures."""
    from ctip_analysis.load import load_records
    from ctip_analysis.reconcile import breaches, reconcile

    try:
        records = load_records(data)
        rules, faults = reconcile(records), breaches(records)
    except DataError as error:
        if not as_json or not error.faults:
            raise
        rules, faults = None, error.faults
    if as_json:
        typer.echo(json.dumps({"faults": [vars(fault) for fault in faults]}, ensure_ascii=False, indent=1))
    else:
        _print_rules(rules)
        for fault in faults:
            typer.echo(f"  - {fault}", err=True)
        found = f"{len(faults)} broken rule(s)" if faults else "no fault found"
        typer.echo(f"{data.name}: {found}", err=bool(faults))
    raise typer.Exit(1 if faults else 0)


def _print_rules(rules: object) -> None:
    for row in rules.itertuples():  # type: ignore[attr-defined]
        typer.echo(f"{row.rule}  {row.outcome:<7} {row.table}: {row.text}")


@app.command()
def release(
    data: Annotated[Path, typer.Argument(help="Folder of record tables.")],
    year: Year,
    out: Annotated[Path, typer.Option(help="Folder of editions; earlier ones in it are taken into account.")],
    basis: BasisOption = Basis.calendar,
    first: Annotated[bool, typer.Option("--first", help="Real records, no edition shared before.")] = False,
) -> None:
    """Write the edition of a year: only what may be shown."""
    from ctip_analysis.release import release as write_edition

    typer.echo(write_edition(data, year=year, basis=basis, out=out, first=first))


@app.command()
def report(
    year: Year,
    notebook: Annotated[str, typer.Option(help="Such as 20_campaign_reach; default: annual report.")] = "",
    province: Annotated[str, typer.Option(help="Code, KH01 to KH25: the profile of one province.")] = "",
    basis: BasisOption = Basis.calendar,
    data: Annotated[Path | None, typer.Option(help="Folder of record tables; default: the sample.")] = None,
    edition: Annotated[Path | None, typer.Option(help="Folder of one edition, instead of records.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the page.")] = Language.en,
    out: Annotated[
        Path, typer.Option(help="Where page, facts and data go.", show_default="build/reports")
    ] = ROOT / "build" / "reports",
) -> None:
    """Make a report to hand over: one HTML file, its facts and its data. The last line is its path."""
    from ctip_analysis import report as reports

    def make() -> tuple[int, str]:
        if data and edition:
            raise ParameterError("give --data or --edition, not both: an edition was made from its records")
        asked = reports.wanted(notebook, year=year, basis=basis, province=province, language=language)
        folder = reports.require_edition(edition) if edition else _released(data or DATA, year, basis)
        made = reports.report(folder, asked, out)
        for name in made.outdated:
            typer.echo(f"{name} is of another edition than the data beside it: make it again", err=True)
        if made.degraded:
            typer.echo(f"{made.degraded} {DEGRADED}", err=True)
        return (1 if made.degraded else 0), str(made.page)

    name = notebook or (reports.PROFILE if province else reports.ANNUAL)
    raise typer.Exit(_logged(make, " ".join(filter(None, ["report", name, province, str(year), str(basis)]))))


def _logged(make: Callable[[], tuple[int, str]], what: str) -> int:
    """Run *make*; one entry in the log, whose path is printed last, or only before the path that was made."""
    from ctip_analysis import report as reports

    started, outcome, where, path = time.monotonic(), "done", "", ""
    try:
        code, path = make()
        if code:
            outcome = "degraded, a draft was written"
    except (Exception, KeyboardInterrupt) as error:
        sentence, code = worded(error)
        typer.echo(sentence, err=True)
        # Only the headline: what follows it may quote what was found in a record.
        outcome, where = f"exit {code}, {sentence.splitlines()[0]}", getattr(error, "where", "")
    written = reports.note(what, outcome, time.monotonic() - started, where)
    typer.echo(f"log: {described_path(reports.LOG)}{'' if written else ' (can not be written)'}", err=True)
    if path:
        typer.echo(path)
    return code


def _released(data: Path, year: int, basis: Basis) -> Path:
    from ctip_analysis import report as reports
    from ctip_analysis.release import release as write_edition

    return write_edition(data, year=year, basis=basis, out=reports.editions_folder(data))


@app.command()
def explain(
    edition: Annotated[Path, typer.Argument(help="Folder of an edition.")],
    fact_id: Annotated[str, typer.Argument(help="Id as printed, such as performance_attendance:2004::::")],
) -> None:
    """Say what a printed number is: value, definition, counting rule and source."""
    from ctip_analysis.edition import read_edition
    from ctip_analysis.explain import explained

    for name, text in explained(read_edition(edition), fact_id):
        typer.echo(f"{name:<12} {text}")


@app.command()
def audit(
    paths: Annotated[
        list[Path], typer.Argument(help="Reports and their data: files or whole folders.", show_default=False)
    ],
) -> None:
    """Look through rendered files for what must not leave; says where and of what kind, never what it was."""
    from ctip_analysis.audit import audit as look_through

    found = look_through(paths)
    for one in found:
        typer.echo(f"  - {one}", err=True)
    typer.echo(f"{len(found)} finding(s): not to be shared" if found else "nothing found", err=bool(found))
    raise typer.Exit(1 if found else 0)


def main() -> None:
    """Run the command; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    try:
        app()
    except Exception as error:
        sentence, code = worded(error)
        typer.echo(sentence, err=True)
        sys.exit(code)


def worded(error: BaseException) -> tuple[str, int]:
    """What to tell a person about *error*, and the exit code."""
    if isinstance(error, CtipError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "stopped; nothing was put in place", 130
    if isinstance(error, OSError):
        return _file_trouble(error), 1
    frames = traceback.extract_tb(error.__traceback__)
    # Never its text: a library may quote a record in it.
    where = " < ".join(f"{Path(at.filename).name} line {at.lineno}" for at in frames[:-4:-1])
    return f"a mistake in ctip itself, {type(error).__name__} at {where}: please report this line", 1


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


if __name__ == "__main__":
    main()
