"""The notebook on the quality of records names what it finds; the one for donors says what the edition's cells say."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from record_folder import edit, write_minimal

from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import batch_run
from ctip_analysis.runs.editions import Source

pytestmark = pytest.mark.long

NOTEBOOK = ROOT / "notebooks" / "10_data_quality.ipynb"


def shown(data: Path) -> str:
    """What the notebook shows about *data*, as HTML; an error in a cell fails the test."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace('"../data/sample"', repr(str(data)))
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOK.parent)}}, timeout=300).execute()
    outputs = [one for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]
    return "\n".join(str(one.get("data", {}).get("text/html", "")) for one in outputs)


def test_the_quality_of_the_sample_is_shown_and_marked_internal():
    html = shown(ROOT / "data" / "sample")
    assert "INTERNAL" in html and "SYNTHETIC" in html
    assert "A service that has ended has its last day" in html  # a doubt that the sample has
    assert "Events on record by partner and month" in html and "NGO17" in html


def test_a_faulty_row_is_counted_as_set_aside_and_nothing_sensitive_is_quoted(tmp_path):
    records = write_minimal(tmp_path / "records")
    edit(records, "clients", "CL-1,NGO01,2004-01-10,female", "CL-1,NGO01,2004-01-10,Sok")
    html = shown(records)
    assert "must be one of female, male, other, unknown" in html and "Sok" not in html


def test_a_donor_sees_each_partners_months_with_a_training(report_2004):
    page = BeautifulSoup(report_2004("12_data_quality_summary").read_text(encoding="utf-8"), "html.parser")
    with (ROOT / "data" / "sample" / "trainings.csv").open(encoding="utf-8-sig") as file:
        held = Counter((row["partner_id"], row["start_date"][:7]) for row in csv.DictReader(file))
    rows = page.select("figure details tbody tr")
    shown = {fact["value"]: fact.get_text() for row in rows for fact in row.select(".fact")}
    partners = {name.split(":")[5] for name in shown}
    assert shown == {
        f"trainings_held:2004-{month:02d}::::{partner}": str(held[partner, f"2004-{month:02d}"])
        for month in range(1, 13)
        for partner in partners
    }
    assert {partner for (partner, month) in held if month < "2005"} == partners


def test_a_donor_is_told_of_rows_set_aside_what_the_draft_says_and_no_more(edition_2004, tmp_path):
    draft = shutil.copytree(edition_2004, tmp_path / "2004")
    said = "Rows that could not be read are not counted. Not counted: trainings: fewer than one row in a hundred."
    info = json.loads((draft / "edition.json").read_text(encoding="utf-8"))
    (draft / "edition.json").write_text(json.dumps(info | {"draft": said}), encoding="utf-8")
    given = {"year": 2004, "basis": "calendar", "language": "en"}
    notebook = str(ROOT / "notebooks" / "12_data_quality_summary.ipynb")
    code, page = batch_run.report(notebook, given, Source(draft, None, print, release=NotImplemented), tmp_path / "out")
    words = BeautifulSoup(Path(page).read_text(encoding="utf-8"), "html.parser").get_text(" ")
    assert code == 1 and said in " ".join(words.split())
    assert "No row of the records was set aside" not in " ".join(words.split())
