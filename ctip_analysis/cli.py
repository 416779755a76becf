"""The command ``ctip``: exit code 0 done; 1 it found what it looks for, or failed; 2 wrong arguments.

Modules are imported inside the commands, so that ``ctip --help`` answers at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ctip_analysis import cli_reports, cli_runs
from ctip_analysis.base.errors import DataError
from ctip_analysis.options import Basis, BasisOption, Year, worded
from ctip_analysis.runs.spared_imports import without_grammars

app = typer.Typer(
    help="Programme analysis for counter-trafficking in Cambodia: records in, safe editions and reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes break a message into lines, and tell a log nothing
)


@app.command()
def check(
    data: Annotated[Path, typer.Argument(help="Folder of record tables.")],
    as_json: Annotated[bool, typer.Option("--json", help="Every fault with all its rows.")] = False,
) -> None:
    """Find every fault of a record folder, and hold it against the published figures."""
    from ctip_analysis.inside.records.load import load_records
    from ctip_analysis.inside.records.reconcile import breaches, reconcile

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
    from ctip_analysis.inside.release import release as write_edition

    typer.echo(write_edition(data, year=year, basis=basis, out=out, first=first))


app.command()(cli_reports.report)
app.command()(cli_reports.batch)
app.command()(cli_reports.explain)
app.command()(cli_reports.audit)
app.command()(cli_reports.verify)
app.command()(cli_runs.yearly)
app.command()(cli_runs.status)
app.command()(cli_runs.doctor)
app.command()(cli_runs.prune)


def main() -> None:
    """Run the command; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    try:
        with without_grammars():
            app()
    except Exception as error:
        sentence, code = worded(error)
        typer.echo(sentence, err=True)
        sys.exit(code)
