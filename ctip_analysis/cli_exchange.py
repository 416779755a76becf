"""The commands that exchange data with other systems: exports of theirs come in, cells of an edition go out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    from ctip_analysis.edition import open_edition, takeaway

    typer.echo(takeaway.write_tagged(open_edition(edition), out))
