"""A page of an edition that nobody reads, made before the first report: what is slow only once is then done.

Typefaces are found, selectors compiled, shapes drawn and the edition read, in the warm parent and not again in
each of its children. Only our own code runs here, no notebook's: nothing of one report can reach another.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat

from ctip_analysis import figures, methods, tables
from ctip_analysis.audit import page_findings
from ctip_analysis.edition import read_edition
from ctip_analysis.page import Page, open_page
from ctip_analysis.render import render
from ctip_analysis.table_html import OURS


def rehearse(edition: Path) -> None:
    """Make and audit a page of the last year of the *edition*, and throw it away.

    Raises whatever reports of that edition would meet.
    """
    page = open_page(edition)
    released = read_edition(edition)
    notebook = nbformat.v4.new_notebook(cells=[_cell(part) for part in _parts(page)])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"rehearsal_{page.period}_en.html"
        render(notebook, out=out, released=released)
        page_findings(out, out.name, released)


def _cell(part: str) -> nbformat.NotebookNode:
    """A cell that has shown *part*."""
    output = nbformat.v4.new_output("display_data", data={"text/html": part}, metadata={OURS: True})
    return nbformat.v4.new_code_cell(outputs=[output])


def _parts(page: Page) -> list[str]:
    """A banner, and of what is shown by province and quarter: a sentence, a map, a line and tables."""
    parts = [page.head("Rehearsal"), methods.assumptions(page.released).html()]
    held = page.released.rows(period=page.quarters, status="shown")
    shown = held.loc[held["adm1_code"].ne(""), "indicator"].value_counts()
    for indicator in shown.index[:1]:
        parts += [
            f"<h2>{page.sentence('{number:unit}', number=f'{indicator}:{page.period}')}</h2>",
            page.figure(figures.province_map(page.released, indicator, page.period)),
            page.figure(figures.trend(page.released, indicator, grain="quarter")),
            tables.by_period(page.released, [indicator], "year").html(),
            tables.definitions(page.released, [indicator]).html(),
        ]
    return parts
