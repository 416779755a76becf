"""The operator's commands of ``ctip``: whole runs, how they stand, and what they need and leave behind."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.reference import ROOT, described_path
from ctip_analysis.options import worded

BUILD = ROOT / "build"
Json = Annotated[bool, typer.Option("--json", help="The same as JSON.")]


def yearly(
    config: Annotated[Path, typer.Argument(help="YAML file that says what to make; see README.")],
    due: Annotated[
        bool, typer.Option("--due", help="Only if the last good run is older than the last day it was due.")
    ] = False,
    on_failure: Annotated[
        str, typer.Option(help="Command that gets the path of a record without data if the run is not done.")
    ] = "",
) -> None:
    """Check, release, batch, audit and hand over, one run at a time; the last good hand-over stays until then."""
    from ctip_analysis.base.lock import LockedError
    from ctip_analysis.runs import programs
    from ctip_analysis.runs import report as reports
    from ctip_analysis.runs import yearly as nights
    from ctip_analysis.runs.yearly_config import read_config, slot
    from ctip_analysis.runs.yearly_record import NAME, last_done, summary

    asked, now = read_config(config), datetime.now().astimezone()
    year = asked.year_at(now)
    if due:
        if not asked.due:
            raise ParameterError(f"--due needs a day in {config.name}, such as `due: 03-15`")
        day, done = slot(asked.due, now), last_done(asked.out)
        if done and done >= day:
            typer.echo(f"not due: the last good run ended on {done.date()}, the last slot was {day.date()}")
            return
        year = asked.year_at(day)
    signal.signal(signal.SIGTERM, _stopped)
    command = on_failure or asked.on_failure
    started, log = time.monotonic(), described_path(reports.LOG)
    try:
        record = nights.run(asked, now=now, year=year, say=lambda text: typer.echo(text, err=True), log=log)
        for line in summary(record):
            typer.echo(line)
        code, outcome = (
            (0 if record["state"] == "done" else 1),
            f"{record['state']}. {record['sentence']}".strip(". "),
        )
    except (Exception, KeyboardInterrupt) as error:
        sentence, code = worded(error)
        typer.echo(sentence, err=True)
        outcome = f"exit {code}, {sentence.splitlines()[0]}"
        if isinstance(error, LockedError):
            command = ""  # the record is the other run's
    if code and command and (trouble := programs.tell(command, asked.out / NAME)):
        typer.echo(trouble, err=True)
    written = reports.note(f"yearly {config.name} {year} {asked.basis}", outcome, time.monotonic() - started)
    typer.echo(f"log: {log}{'' if written else ' (can not be written)'}", err=True)
    raise typer.Exit(code)


def _stopped(*_: object) -> None:
    """A service manager's request to stop ends a run as Ctrl-C does: in good order."""
    raise KeyboardInterrupt


def status(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of reports.", show_default="build/reports")
    ] = None,
    max_age: Annotated[
        int, typer.Option(min=1, help="Days after which a report is late.", metavar="DAYS")
    ] = 400,
    as_json: Json = False,
) -> None:
    """How reports stand, as their records say: exit 1 if one is late, failed, a draft, cut off, or never ran."""
    from ctip_analysis.runs import status as standing

    rows = [
        row
        for folder in folders or [BUILD / "reports"]
        for row in standing.rows(folder, datetime.now().astimezone(), max_age)
    ]
    typer.echo(
        json.dumps([vars(row) for row in rows], ensure_ascii=False, indent=1)
        if as_json
        else standing.table(rows)
    )
    raise typer.Exit(1 if any(row.trouble for row in rows) else 0)


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="YAML file of a yearly run: looks at its folders too.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look whether a run can go well here: disk, memory, fonts, permissions, hashes, packages, locks."""
    from ctip_analysis.runs import doctor as examination
    from ctip_analysis.runs.yearly_config import read_config

    asked = read_config(config) if config else None
    findings = examination.examine(asked, datetime.now().astimezone())
    if as_json:
        typer.echo(json.dumps([vars(one) for one in findings], ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(map(str, findings)))
    raise typer.Exit(0 if all(one.is_ok for one in findings) else 1)


def prune(
    keep: Annotated[
        int, typer.Option(min=1, help="How many hand-overs of each year stay, and how many logs.")
    ],
    folder: Annotated[
        Path, typer.Argument(help="Folder of hand-overs.", show_default="build/hand-over")
    ] = BUILD / "hand-over",
    notebooks: Annotated[
        int | None, typer.Option(min=0, help="Kept executed notebooks that stay.", show_default="as --keep")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove old hand-overs, kept notebooks and logs; never a report, an edition, or a year's last hand-over."""
    from ctip_analysis.runs import prune as pruning

    old = [
        *pruning.old_hand_overs(folder, keep),
        *pruning.old_files(BUILD / "kept", "*.ipynb", keep if notebooks is None else notebooks),
        *pruning.old_files(BUILD / "logs", "*.log*", keep),
    ]
    if not dry_run:
        pruning.remove(old)
    for path in old:
        typer.echo(f"{'would remove' if dry_run else 'removed'} {described_path(path)}")
    if not old:
        typer.echo("nothing to remove", err=True)
