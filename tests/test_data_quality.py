"""The notebook on the quality of records runs on the sample, and on records with faults, and names what it finds."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from record_folder import edit, write_minimal

from ctip_analysis.base.reference import ROOT

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
