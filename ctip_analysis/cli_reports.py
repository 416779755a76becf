"""Commands of ``ctip`` that make reports of an edition, look through them and say what stands in them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.reference import ROOT, described_path
from ctip_analysis.options import Basis, BasisOption, Language, Year, worded

SAMPLE = ROOT / "data" / "sample"
REPORTS = ROOT / "build" / "reports"
RESTORE = "Restore them (git checkout -- shapefiles) and run again."
DEGRADED = "This page is marked DRAFT; the last good report is as it was."
Data = Annotated[Path | None, typer.Option(help="Folder of record tables; default: the sample.")]
Notebooks = Annotated[Path, typer.Option(help="Folder of the notebooks.", show_default="notebooks")]
Out = Annotated[Path, typer.Option(help="Where pages, facts and data go.", show_default="build/reports")]


def _show_notebook(name: str) -> None:
    """Print the parameters of a notebook as it declares them, and end."""
    if not name:
        return
    import nbformat

    from ctip_analysis.runs.parameters import declared
    from ctip_analysis.runs.report import find_notebook

    path = find_notebook(name)
    typer.echo(f"Parameters of {path.stem}")
    for one in declared(nbformat.read(path, as_version=4)).values():
        typer.echo(f"  {one.name}: {one.type.__name__} (default {one.default!r})  {one.meaning}")
    raise typer.Exit


HelpNotebook = Annotated[
    str,
    typer.Option(
        "--help-notebook", metavar="NAME", is_eager=True, callback=_show_notebook,
        help="Show what can be set in a notebook, and make nothing.",
    ),
]  # fmt: skip
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Another parameter; repeat for more."),
]


def report(
    year: Year,
    notebook: Annotated[str, typer.Option(help="Such as 20_campaign_reach; default: annual report.")] = "",
    province: Annotated[str, typer.Option(help="Code, KH01 to KH25: the profile of one province.")] = "",
    basis: BasisOption = Basis.calendar,
    data: Data = None,
    edition: Annotated[Path | None, typer.Option(help="Folder of one edition, instead of records.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the page.")] = Language.en,
    parameter: Parameters = None,
    out: Out = REPORTS,
    help_notebook: HelpNotebook = "",
) -> None:
    """Make a report to hand over: one HTML file, its facts and its data. The last line is its path."""
    from ctip_analysis.runs import report as reports

    def make() -> tuple[int, str]:
        from ctip_analysis.runs import batch as making

        if data and edition:
            raise ParameterError("give --data or --edition, not both: an edition was made from its records")
        given = {"year": year, "basis": str(basis), "language": str(language), **_named(parameter or [])}
        given |= {"province": province} if province else {}
        asked = reports.wanted(_notebook(notebook, province), given)
        folder = reports.require_edition(edition) if edition else _released(data or SAMPLE, year, basis)
        made = making.report(folder, asked, out)
        for name in made.outdated:
            typer.echo(f"{name} is of another edition than the data beside it: make it again", err=True)
        if made.degraded:
            mend = [RESTORE] if reports.NO_MAPS in made.degraded else []
            typer.echo(" ".join([made.degraded, *mend, DEGRADED]), err=True)
        return (1 if made.degraded else 0), str(made.page)

    parts = ["report", _notebook(notebook, province), province, str(year), str(basis)]
    raise typer.Exit(_logged(make, " ".join(filter(None, parts))))


def _notebook(asked: str, province: str) -> str:
    from ctip_analysis.runs import report as reports

    return asked or (reports.PROFILE if province else reports.ANNUAL)


def _named(given: list[str]) -> dict[str, str]:
    """NAME=VALUE, split; the notebook's own types come later."""
    if wrong := [one for one in given if "=" not in one]:
        raise ParameterError(f"--parameter is written NAME=VALUE; found {', '.join(wrong)}")
    return {name: value for name, _, value in (one.partition("=") for one in given)}


def _logged(make: Callable[[], tuple[int, str]], what: str) -> int:
    """Run *make*; one entry in the log, whose path is printed last, or only before the path that was made."""
    from ctip_analysis.runs import report as reports

    started, outcome, where, path = time.monotonic(), "done", "", ""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code, path = make()
        if code:
            outcome = "degraded or failed in part"
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


def _interrupt(*_: object) -> NoReturn:
    """What a service manager's stop becomes: the same as Ctrl-C."""
    raise KeyboardInterrupt


def _released(data: Path, year: int, basis: str) -> Path:
    from ctip_analysis.inside.release import release as write_edition
    from ctip_analysis.runs import report as reports

    return write_edition(data, year=year, basis=basis, out=reports.editions_folder(data))


def batch(
    reports: Annotated[
        Path, typer.Argument(help="File that lists the reports, such as notebooks/reports.yml.")
    ],
    edition: Annotated[Path | None, typer.Option(help="Folder of one edition, instead of records.")] = None,
    data: Data = None,
    notebooks: Annotated[
        Path, typer.Option(help="Folder of the notebooks.", show_default="notebooks")
    ] = Path("notebooks"),
    out: Out = REPORTS,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Reports at a time.", show_default="cores")
    ] = None,
    only_stale: Annotated[
        bool, typer.Option("--only-stale", help="Make what is not as it would be made now.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make what is not done yet.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Begin nothing after a failure.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and make nothing.")] = False,
    draft: Annotated[str, typer.Option(metavar="SENTENCE", help="Mark every page DRAFT, and say why.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Plan and outcome as JSON, for programs.")] = False,
) -> None:
    """Make the reports that a file lists, several at a time; exit code 0 only if every one is done."""

    def make() -> tuple[int, str]:
        from ctip_analysis.runs import warm_parent

        if edition and not (dry_run or only_stale or retry_failed):  # else there may be nothing to make
            warm_parent.warm_up(edition)
        from ctip_analysis.runs import batch_command
        from ctip_analysis.runs.report import require_edition

        if data and edition:
            raise ParameterError("give --data or --edition, not both: an edition was made from its records")
        folder = (
            require_edition(edition)
            if edition
            else _released(data or SAMPLE, *batch_command.last_year(reports))
        )
        chosen = batch_command.Chosen(
            workers or os.cpu_count() or 1, only_stale, retry_failed, fail_fast, dry_run, draft, as_json
        )
        return batch_command.run(reports, folder, notebooks, out, chosen), ""

    raise typer.Exit(_logged(make, f"batch {reports.name}"))


def explain(
    edition: Annotated[Path, typer.Argument(help="Folder of an edition.")],
    fact_id: Annotated[str, typer.Argument(help="Id as printed, such as performance_attendance:2004::::")],
) -> None:
    """Say what a printed number is: value, definition, counting rule, source; inside the wall filter and inputs too."""
    from ctip_analysis.edition.explain import explained
    from ctip_analysis.edition.facts import FactId
    from ctip_analysis.edition.read import read_edition
    from ctip_analysis.inside.counting.lineage import behind

    source = read_edition(edition)
    lines = explained(source, fact_id) + behind(source.id, FactId.parse(fact_id).indicator)
    for name, text in lines:
        typer.echo(f"{name:<12} {text}")


def verify(
    reports: Annotated[
        list[Path],
        typer.Argument(help="HTML files of reports, their run records beside them.", show_default=False),
    ],
    editions: Annotated[
        Path, typer.Option(help="Folder below which the editions lie.", show_default="build")
    ] = ROOT / "build",
    notebooks: Notebooks = Path("notebooks"),
) -> None:
    """Make reports anew from the editions they were made of; says which differ and in what. Touches none of them."""
    from ctip_analysis.runs.verify import verify as compared

    differing = 0
    for one in compared(reports, editions, notebooks):
        differing += bool(one.differs)
        typer.echo(
            f"{one.name}: {'; '.join(one.differs) if one.differs else 'the same, byte for byte'}",
            err=bool(one.differs),
        )
    raise typer.Exit(1 if differing else 0)


def audit(
    paths: Annotated[
        list[Path], typer.Argument(help="Reports and their data: files or whole folders.", show_default=False)
    ],
) -> None:
    """Look through rendered files for what must not leave; says where and of what kind, never what it was."""
    from ctip_analysis.audit.scan import audit as look_through

    found = look_through(paths)
    for one in found:
        typer.echo(f"  - {one}", err=True)
    typer.echo(f"{len(found)} finding(s): not to be shared" if found else "nothing found", err=bool(found))
    raise typer.Exit(1 if found else 0)
