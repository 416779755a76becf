"""The commands about data: records are checked, released or imported, editions audited, explained and exported."""

from __future__ import annotations

import json
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal

import typer


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
Json = Annotated[bool, typer.Option("--json", help="The same as JSON, for programs.")]
Records = Annotated[
    str,
    typer.Argument(help="Folder of record tables (check: or a file), postgresql://USER@HOST/DATABASE, duckdb:///FILE."),
]


def print_json(content: object) -> None:
    """Print *content* as JSON, for programs."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


def say(text: str) -> None:
    """Print a line for the person at the terminal: not part of what a program reads."""
    typer.echo(text, err=True)


def check(
    data: Records,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to send back.")] = None,
    workbook: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the files, cells marked.")] = None,
    language: Annotated[Literal["en", "km"], typer.Option(help="Language of what a partner reads.")] = "en",
    as_json: Json = False,
) -> None:
    """Find every fault of a record folder, a database or one file, and compare it with the published figures."""
    from ctip_analysis.inside.records import findings
    from ctip_analysis.inside.records.intake import assess

    with findings.progress(is_silent=as_json) as progress:
        found = assess(data, progress)
    said, note = findings.said_in(language), findings.note_in(language)
    print_json(findings.as_json(found)) if as_json else findings.show(found, said)
    if html:
        from ctip_analysis.page.template import faces

        fonts = faces(note) if note else ""
        say(f"page to send back: {findings.write_page(found, html, language, fonts)}")
    if workbook:
        from ctip_analysis.inside.records import returned

        for made in returned.write_workbooks(Path(data), found.faults, found.warnings, workbook, said, note):
            say(f"workbook to send back: {made}")
    raise typer.Exit(1 if found.faults else 0)


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
    from ctip_analysis.inside.records import findings
    from ctip_analysis.runs import editions

    editions.refuse_others(out, Path(data))
    with findings.progress(is_silent=False) if sys.stderr.isatty() else nullcontext(say) as progress:
        made = write_edition(data, year=year, basis=basis, out=out, first=first, progress=progress, **lacking)
    editions.bind(out, Path(data), made.name)
    typer.echo(made)


def write_edition(*given: Any, **more: Any) -> Path:
    """Release an edition; the room that sees records takes a second to import, and most reports are made without it."""
    from ctip_analysis.inside import release

    return release(*given, **more)


def audit(
    paths: Annotated[list[Path], typer.Argument(help="Reports and their data: files or whole folders.")],
) -> None:
    """Scan what will be shared for what must not leave; says where and of what kind, never what it was."""
    from ctip_analysis.audit import audit as findings

    found = findings(paths)
    for one in found:
        say(f"  - {one}")
    typer.echo(f"{len(found)} finding(s): not to be shared" if found else "nothing found", err=bool(found))
    raise typer.Exit(1 if found else 0)


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


def import_export(
    export: Annotated[Path, typer.Argument(help="Export of Kobo, ODK or an HTCDS system: .xlsx or .csv.")],
    into: Annotated[Path, typer.Option(help="Record folder; the tables must not be in it yet.")],
    form: Annotated[Path | None, typer.Option(help="XLSForm, for an export that has labels.")] = None,
    partner: Annotated[str, typer.Option(help="partner_id of all rows that have none.")] = "",
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The rows are invented.")] = False,
) -> None:
    """Turn an export into record tables. Only described columns are taken; check them with ctip check."""
    from ctip_analysis.inside.records import exports

    made = exports.read_export(export, form=form, partner=partner, is_synthetic=synthetic)
    for path, rows in zip(exports.write_tables(made, into), made.tables.values(), strict=True):
        typer.echo(f"{path.name}: {len(rows):,} rows")
    if made.left_out:
        typer.echo(f"columns left out: {', '.join(made.left_out)}", err=True)


def export(
    edition: Annotated[Path, typer.Argument(help="Folder of an edition.")],
    out: Annotated[Path, typer.Option(help="Folder for the file.")],
) -> None:
    """Write the cells of an edition as one CSV with HXL hashtags and P-codes. Prints its path."""
    from ctip_analysis.edition import copies, open_edition

    typer.echo(copies.write_tagged(open_edition(edition), out))
