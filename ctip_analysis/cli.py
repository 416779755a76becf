"""The command ``ctip``, one function a sub-command.

Exit codes: 0 done; 1 it found what it looks for, or failed; 2 wrong arguments; 130 stopped. Rooms are imported inside
the functions, so that ``ctip --help`` answers at once.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ctip_analysis import cli_exchange
from ctip_analysis.base.errors import ParameterError

ROOT = Path(__file__).resolve().parents[1]
REPORTS, NOTEBOOKS = ROOT / "build" / "reports", ROOT / "notebooks"

app = typer.Typer(
    help="Programme analysis for counter-trafficking in Cambodia: records in, safe editions and reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes break a message into lines, which a log can't be searched for
)


def _year(text: str) -> int:
    if not re.fullmatch(r"\d{4}", text):
        raise typer.BadParameter(f"a year is four digits such as 2004; found {text!r}")
    return int(text)


Year = Annotated[
    int,
    typer.Option(
        parser=_year, metavar="YEAR",
        help="Reporting year; with --basis fiscal, 2004 is 1 Oct 2003 to 30 Sep 2004.",
    ),
]  # fmt: skip
Basis = Annotated[Literal["calendar", "fiscal"], typer.Option(help="Calendar years, or US fiscal years.")]
Data = Annotated[Path | None, typer.Option(help="Folder of record tables; default: the sample.")]
EditionOption = Annotated[Path | None, typer.Option(help="Folder of one edition, instead of records.")]
Out = Annotated[Path, typer.Option(help="Where pages, facts and data go.", show_default="build/reports")]
Json = Annotated[bool, typer.Option("--json", help="The same as JSON, for programs.")]
Notebooks = Annotated[Path, typer.Option(help="Folder of the notebooks.", show_default="notebooks")]
Workers = Annotated[int | None, typer.Option(min=1, help="Reports at a time.", show_default="cores")]
Records = Annotated[
    str, typer.Argument(help="Folder of record tables (check: or a file), postgresql://USER@HOST/DATABASE, duckdb:///FILE.")
]


def _print(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


def _say(text: str) -> None:
    typer.echo(text, err=True)


@app.command()
def check(
    data: Records,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to send back.")] = None,
    workbook: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the files, cells marked.")] = None,
    as_json: Json = False,
) -> None:
    """Find every fault of a record folder, a database or one file, and compare it with the published figures."""
    from ctip_analysis.inside.records import returned
    from ctip_analysis.inside.records.assessment import assess
    from ctip_analysis.runs import check_report

    with check_report.progress(is_silent=as_json) as progress:
        found = assess(data, progress)
    _print(check_report.as_json(found)) if as_json else check_report.show(found)
    if html:
        _say(f"page to send back: {check_report.write_page(found, html)}")
    if workbook:
        for made in returned.write_workbooks(Path(data), found.faults, found.warnings, workbook):
            _say(f"workbook to send back: {made}")
    raise typer.Exit(1 if found.faults else 0)


@app.command()
def release(
    data: Records,
    year: Year,
    out: Annotated[Path, typer.Option(help="Folder of editions; earlier ones in it are taken into account.")],
    basis: Basis = "calendar",
    first: Annotated[bool, typer.Option("--first", help="Real records, no edition shared before.")] = False,
    quarantine: Annotated[bool, typer.Option("--with-quarantine", help="A draft without faulty rows.")] = False,
    incomplete: Annotated[bool, typer.Option("--with-missing", help="A draft without expected rows.")] = False,
) -> None:
    """Write the edition of a year: only what may be shown."""
    lacking = {"quarantine": quarantine, "incomplete": incomplete}
    from ctip_analysis.runs import check_report

    with check_report.progress(is_silent=False) if sys.stderr.isatty() else nullcontext(_say) as progress:
        made = _write_edition(data, year=year, basis=basis, out=out, first=first, progress=progress, **lacking)
    typer.echo(made)


def _write_edition(*given: Any, **more: Any) -> Path:
    """A release; the room that sees records takes a second to import, and most reports are made without it."""
    from ctip_analysis.inside import release

    return release(*given, **more)


def _help_notebook(name: str) -> None:
    """Print the parameters of a notebook as it declares them, and end."""
    if not name:
        return
    from ctip_analysis.runs.request import declared, find_notebook, read_notebook

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
    from ctip_analysis.runs import log, pool

    pool.start()  # first: it imports while the rest is looked at
    given = {"year": year, "basis": basis, "language": language, **_named(parameter or [])}
    given |= {"province": province} if province else {}
    what = " ".join(filter(None, ["report", notebook, province, str(year), basis]))

    def make() -> tuple[int, str]:
        from ctip_analysis.runs import batch_run, editions

        source = editions.Source(edition, data, _say, _write_edition)
        return batch_run.report(notebook, given, source, out)

    raise typer.Exit(log.logged(make, what, _say))


def _named(given: list[str]) -> dict[str, str]:
    """NAME=VALUE, split; the notebook's own types come later."""
    if wrong := [one for one in given if "=" not in one]:
        raise ParameterError(f"--parameter is written NAME=VALUE; found {', '.join(wrong)}")
    return {name: value for name, _, value in (one.partition("=") for one in given)}


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
        from ctip_analysis.runs import batch_run, configuration, editions

        listed = configuration.read_reports(reports)
        source = editions.Source(edition, data, _say, _write_edition)
        folder = source.folder(listed.last_year)
        chosen = batch_run.Chosen(workers, only_stale, retry_failed, fail_fast, dry_run, draft, as_json)
        states = batch_run.run(reports, folder, notebooks, out, chosen)
        return (0 if set(states.values()) <= {"done", "unchanged"} else 1), ""

    from ctip_analysis.runs import log

    raise typer.Exit(log.logged(make, f"batch {reports.name}", _say))


@app.command()
def audit(
    paths: Annotated[list[Path], typer.Argument(help="Reports and their data: files or whole folders.")],
) -> None:
    """Scan what will be shared for what must not leave; says where and of what kind, never what it was."""
    from ctip_analysis.audit import audit as findings

    found = findings(paths)
    for one in found:
        _say(f"  - {one}")
    typer.echo(f"{len(found)} finding(s): not to be shared" if found else "nothing found", err=bool(found))
    raise typer.Exit(1 if found else 0)


@app.command()
def explain(
    edition: Annotated[Path, typer.Argument(help="Folder of an edition.")],
    fact_id: Annotated[str, typer.Argument(help="Id as printed, such as performance_attendance:2004::::")],
) -> None:
    """Say what a printed number is; where the edition was made, also which rows and files were counted."""
    from ctip_analysis.edition import FactId, open_edition
    from ctip_analysis.edition import explain as explained
    from ctip_analysis.inside.confidential import behind

    source = open_edition(edition)
    for name, text in explained(source, fact_id) + behind(source.id, FactId.parse(fact_id).indicator):
        typer.echo(f"{name:<12} {text}")


@app.command()
def new_notebook(
    name: Annotated[str, typer.Argument(help="Name such as 80_school_visits, or FILE.ipynb.")],
) -> None:
    """Write a working notebook to start from, and say how to make a report of it."""
    from ctip_analysis.runs import new_notebook as notebooks

    path = notebooks.write(name)
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
    from ctip_analysis.runs import log, run_record, yearly_config

    asked, now = yearly_config.read_config(config), datetime.now().astimezone()
    year = asked.year_at(now)
    if due:
        day = yearly_config.due_day(asked, now)
        done = run_record.last_yearly(asked.out)
        if done and done >= day:
            typer.echo(f"not due: the last good run ended on {done.date()}, the last slot was {day.date()}")
            return
        year = asked.year_at(day)
    from ctip_analysis.runs import yearly as runs

    command = on_failure or asked.on_failure

    def make() -> tuple[int, str]:
        nonlocal command
        try:
            record = runs.run(asked, now=now, year=year, say=_say)
        except LockedError:
            command = ""  # the record is the other run's
            raise
        typer.echo("\n".join(runs.summary(record)))
        return (0 if record.state == run_record.DONE else 1), ""

    code = log.logged(make, f"yearly {config.name} {year} {asked.basis}", _say)
    if code and command and (trouble := log.tell(command, asked.out / run_record.YEARLY)):
        _say(trouble)
    raise typer.Exit(code)


@app.command()
def status(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of reports.", show_default="build/reports")
    ] = None,
    max_age: Annotated[
        int, typer.Option(min=1, help="Days after which a report is late.", metavar="DAYS")
    ] = 400,
    as_json: Json = False,
) -> None:
    """The state of reports: exit code 1 if one is late, failed, a draft, cut off, or never ran."""
    from ctip_analysis.runs import status as states

    now = datetime.now().astimezone()
    rows = [row for folder in folders or [REPORTS] for row in states.rows(folder, now, max_age)]
    _print([vars(row) for row in rows]) if as_json else typer.echo(states.table(rows))
    raise typer.Exit(1 if any(row.trouble for row in rows) else 0)


@app.command()
def site(
    reports: Annotated[Path, typer.Argument(help="Folder of reports, or a hand-over.")],
    out: Annotated[Path, typer.Option(help="Folder for the index and copies of what it links.")],
) -> None:
    """Gather reports and data in a folder with an index page, for a web server or a disk. Prints its path."""
    from ctip_analysis.runs import site as sites

    typer.echo(sites.build(reports, out))


app.command(name="import")(cli_exchange.import_export)
app.command()(cli_exchange.export)


def main() -> None:
    """Run the command; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    try:
        app()
    except Exception as error:
        from ctip_analysis.runs import log

        sentence, code = log.worded(error)
        _say(sentence)
        sys.exit(code)
