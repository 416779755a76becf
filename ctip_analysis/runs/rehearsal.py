"""A report of an edition that nobody reads, made before the first one: what is slow only once is then done.

Typefaces are found, selectors compiled, shapes drawn and the edition read, in the warm parent and not again in
each of its children. Only our own code runs here, no notebook's: nothing of one report can reach another.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat

from ctip_analysis.audit.scan import page_findings
from ctip_analysis.base.errors import CtipError
from ctip_analysis.charts import figures
from ctip_analysis.edition.read import read_edition
from ctip_analysis.page import methods, tables
from ctip_analysis.page.page import open_page
from ctip_analysis.page.render import render
from ctip_analysis.runs import kernel

_PARAMETERS = 'edition: str = ""  # folder of the edition'
_SHOWN = "from ctip_analysis import rehearsal\nrehearsal.show(edition)"


def rehearse(edition: Path) -> None:
    """Make and audit a report of the last year of the *edition*, and throw it away.

    Raises whatever reports of that edition would meet.
    """
    plt.switch_backend("agg")  # while no kernel runs: matplotlib ties itself to the first it sees
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = work / "rehearsal.ipynb"
        nbformat.write(_notebook(), source)
        settings, out = {"edition": str(edition)}, work / "executed.ipynb"
        executed = kernel.execute(source, settings, out, edition=edition, work=work, in_process=True)
        page, released = work / "rehearsal.html", read_edition(edition)
        render(executed, out=page, released=released)
        page_findings(page, page.name, released)


def _notebook() -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_code_cell(_PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(_SHOWN),
    ]
    spoken = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spoken})


def show(edition: str) -> None:
    """Show a banner, and of what is shown by province and quarter a sentence, maps, a line and tables."""
    page = open_page(edition)
    page.banner("Rehearsal")
    page.table(methods.assumptions(page.released))
    held = page.released.rows(period=page.quarters, status="shown")
    shown = held.loc[held["adm1_code"].ne(""), "indicator"].value_counts()
    for indicator in shown.index[:1]:
        page.say("## {number:unit}", number=f"{indicator}:{page.period}")
        page.show(figures.province_map(page.released, indicator, page.period))
        page.show(figures.trend(page.released, indicator, grain="quarter"))
        page.table(tables.by_period(page.released, [indicator], "year"))
        page.table(tables.definitions(page.released, [indicator]))
    with contextlib.suppress(CtipError):  # an edition without the campaign
        page.show(figures.reach_status_map(page.released, page.to_date))
