"""A donor notebook as small as it may be, for tests: its parameters, a page with a banner, one table."""

from __future__ import annotations

from pathlib import Path

import nbformat

PARAMETERS = """\
edition: str = "../build/editions/2004"  # folder of the edition
year: int = 2004  # reporting year
basis: str = "calendar"  # calendar or fiscal
language: str = "en"  # language of the page"""
PAGE = """\
import ctip_analysis as ctip
page = ctip.open_page(edition, year=year, basis=basis, language=language)
page.banner("Small")
page.table(page.edition.cells("performances_held", by="year"), "Performances held, by year.")"""


def write_notebook(
    path: Path, *cells: str, page: str = PAGE, more: str = "", audience: str = "donor"
) -> Path:
    """Write the notebook *path*: parameters with *more* lines, *page*, then *cells* of code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook(metadata={"audience": audience, "report_name": "small"})
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    parameters = f"{PARAMETERS}\n{more}".strip()
    made.cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made.cells += [nbformat.v4.new_code_cell(code) for code in (page, *cells)]
    nbformat.write(made, path)
    return path
