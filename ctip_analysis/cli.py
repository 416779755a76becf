"""The command ``ctip``, one function a sub-command.

Exit codes: 0 done; 1 it found what it looks for, or failed; 2 wrong arguments; 130 stopped. Rooms are imported inside
the functions, so that ``ctip --help`` answers at once.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from ctip_analysis import cli_data
from ctip_analysis.base.errors import ParameterError, worded
from ctip_analysis.cli_data import Basis, Json, Year, print_json, say, write_edition

ROOT = Path(__file__).resolve().parents[1]
REPORTS, NOTEBOOKS = ROOT / "build" / "reports", ROOT / "notebooks"

app = typer.Typer(
    help="Programme analysis for counter-trafficking in Cambodia: records in, safe editions and reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes break a message into lines, which a log can't be searched for
)


Data = Annotated[Path | None, typer.Option(help="Folder of record tables; default: the sample.")]
EditionOption = Annotated[Path | None, typer.Option(help="Folder of one edition, instead of records.")]
Out = Annotated[Path, typer.Option(help="Where pages, facts and data go.", show_default="build/reports")]
Notebooks = Annotated[Path, typer.Option(help="Folder of the notebooks.", show_default="notebooks")]
Workers = Annotated[int | None, typer.Option(min=1, help="Reports at a time.", show_default="cores")]


app.command()(cli_data.check)
app.command()(cli_data.release)


def _help_notebook(name: str) -> None:
    """Print the parameters of a notebook as it declares them, and end."""
    if not name:
        return
    from ctip_analysis.runs.notebook import declared, find_notebook, read_notebook

    path = find_notebook(name)
    typer.echo(f"Parameters of {path.stem}")
    for one in declared(read_notebook(path)).values():
        typer.echo(f"  {one.name}: {one.type.__name__} (default {one.default!r})  {one.meaning}")
    raise typer.Exit


@app.command()
def report(
    year: Year,
    notebook: Annotated[str, typer.Option(help="A name such as 20_campaign_reach, or FILE.ipynb.")] = "",
    province: Annotated[str, typer.Option(help="Name or code of a province: its profile.")] = "",
    basis: Basis = "calendar",
    data: Data = None,
    edition: EditionOption = None,
    language: Annotated[Literal["en", "km"], typer.Option(help="Language of the page.")] = "en",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Another parameter; repeat for more."),
    ] = None,
    out: Out = REPORTS,
    help_notebook: Annotated[
        str,
        typer.Option("--help-notebook", metavar="NAME", is_eager=True, callback=_help_notebook,
                     help="Show what can be set in a notebook, and make nothing."),
    ] = "",
) -> None:  # fmt: skip
    """Make a report to hand over: one HTML file, its facts and its data. The last line is its path."""
    from ctip_analysis.runs import pool, run_record

    pool.start()  # first: it imports while the rest is looked at
    given = {"year": year, "basis": basis, "language": language, **_named(parameter or [])}
    given |= {"province": province} if province else {}
    what = " ".join(filter(None, ["report", notebook, province, str(year), basis]))

    def make() -> tuple[int, str]:
        from ctip_analysis.runs import batch_run, editions

        source = editions.Source(edition, data, say, write_edition)
        return batch_run.report(notebook, given, source, out)

    raise typer.Exit(run_record.logged(make, what, say))


def _named(given: list[str]) -> dict[str, str]:
    """NAME=VALUE, split; the notebook's own types come later."""
    if wrong := [one for one in given if "=" not in one]:
        raise ParameterError(f"--parameter is written NAME=VALUE; found {', '.join(wrong)}")
    named = {name: value for name, _, value in (one.partition("=") for one in given)}
    for name in ("edition", "year", "basis", "province", "language"):
        if name in named:
            raise ParameterError(f"{name} has an option of its own: write --{name} {named[name]}")
    return named


@app.command()
def batch(
    reports: Annotated[Path, typer.Argument(help="File that lists the reports, as notebooks/reports.yml.")],
    edition: EditionOption = None,
    data: Data = None,
    notebooks: Notebooks = NOTEBOOKS,
    out: Out = REPORTS,
    workers: Workers = None,
    only_stale: Annotated[bool, typer.Option("--only-stale", help="Make only what would differ.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make what is not done yet.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Begin nothing after a failure.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and make nothing.")] = False,
    draft: Annotated[str, typer.Option(metavar="SENTENCE", help="Mark every page DRAFT, and say why.")] = "",
    as_json: Json = False,
) -> None:
    """Make the reports that a file lists, several at a time; exit code 0 only if every one is done."""

    def make() -> tuple[int, str]:
        from ctip_analysis.runs import pool

        if edition and not (dry_run or only_stale or retry_failed):  # else there may be nothing to make
            pool.start()
        from ctip_analysis.runs import batch_run, editions
        from ctip_analysis.runs.plan import ReportsFile

        listed = ReportsFile.read(reports)
        folder = editions.Source(edition, data, say, write_edition).folder(listed.last_year)
        chosen = batch_run.Chosen(workers, only_stale, retry_failed, fail_fast, dry_run, draft, as_json)
        states = batch_run.run(reports, folder, notebooks, out, chosen)
        return (0 if set(states.values()) <= {"done", "unchanged"} else 1), ""

    from ctip_analysis.runs import run_record

    raise typer.Exit(run_record.logged(make, f"batch {reports.name}", say))


app.command()(cli_data.audit)
app.command()(cli_data.explain)


@app.command()
def new_notebook(
    name: Annotated[str, typer.Argument(help="Name such as 80_school_visits, or FILE.ipynb.")],
) -> None:
    """Write a working notebook to start from, and say how to make a report of it."""
    from ctip_analysis.runs import notebook

    path = notebook.write(name)
    shown = path.stem if path.parent == NOTEBOOKS else path
    typer.echo(f"{path}\nA report of it: ctip report --year 2004 --notebook {shown}")


@app.command()
def yearly(
    config: Annotated[Path, typer.Argument(help="YAML file that says what to make, as recipes/sample.yml.")],
    due: Annotated[
        bool, typer.Option("--due", help="Only if the last good run is older than the last day it was due.")
    ] = False,
    on_failure: Annotated[
        str, typer.Option(help="Command that gets the path of a record without data if the run is not done.")
    ] = "",
) -> None:
    """Check, release, batch, audit and hand over, one run at a time; the last good hand-over stays until then."""
    from ctip_analysis.base.errors import LockedError
    from ctip_analysis.runs import configuration, run_record

    asked, now = configuration.read_config(config), datetime.now().astimezone()
    year = asked.year_at(now)
    if due:
        day = asked.due_at(now)
        done = run_record.last_yearly(asked.out)
        if done and done >= day:
            typer.echo(f"not due: the last good run ended on {done.date()}, the last slot was {day.date()}")
            return
        year = asked.year_at(day)
    from ctip_analysis.runs import status as states
    from ctip_analysis.runs import yearly as runs

    command = on_failure or asked.on_failure

    def make() -> tuple[int, str]:
        nonlocal command
        try:
            record = runs.run(asked, now=now, year=year, say=say)
        except LockedError:
            command = ""  # the record is the other run's
            raise
        typer.echo("\n".join(states.summary(record)))
        return (0 if record.state == run_record.State.DONE else 1), ""

    code = run_record.logged(make, f"yearly {config.name} {year} {asked.basis}", say)
    if code and command and (trouble := runs.tell(command, asked.out / run_record.YEARLY)):
        say(trouble)
    raise typer.Exit(code)


@app.command()
def status(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of reports.", show_default="build/reports")
    ] = None,
    max_age: Annotated[int, typer.Option(min=1, help="Days after which a report is late.", metavar="DAYS")] = 400,
    as_json: Json = False,
) -> None:
    """The state of reports: exit code 1 if one is late, failed, a draft, cut off, or never ran."""
    from ctip_analysis.runs import status as states

    now = datetime.now().astimezone()
    rows = [row for folder in folders or [REPORTS] for row in states.rows(folder, now, max_age)]
    print_json([vars(row) for row in rows]) if as_json else typer.echo(states.table(rows))
    raise typer.Exit(1 if any(row.trouble for row in rows) else 0)


@app.command()
def site(
    reports: Annotated[Path, typer.Argument(help="Folder of reports, or a hand-over.")],
    out: Annotated[Path, typer.Option(help="Folder for the index and copies of what it links.")],
) -> None:
    """Gather reports and data in a folder with an index page, for a web server or a disk. Prints its path."""
    from ctip_analysis.runs import site as sites

    typer.echo(sites.build(reports, out))


app.command(name="import")(cli_data.import_export)
app.command()(cli_data.export)


def main() -> None:
    """Run the command; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    try:
        app()
    except Exception as error:
        sentence, code = worded(error)
        say(sentence)
        sys.exit(code)
