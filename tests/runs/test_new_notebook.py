"""A new notebook works as it is: in a report, and for the person who goes on from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_batch import lay_data
from small_edition import write_small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import open_edition
from ctip_analysis.runs import batch_run
from ctip_analysis.runs.editions import Source
from ctip_analysis.runs.notebook import declared, read_notebook, write


def test_a_new_notebook_makes_a_report_at_once(tmp_path):
    edition = write_small_edition(tmp_path / "2004")
    lay_data(tmp_path / "out", open_edition(edition))
    path = write(str(tmp_path / "80_school_visits.ipynb"))
    given = {"year": 2004, "basis": "calendar"}
    source = Source(edition, None, print, release=NotImplemented)
    code, made = batch_run.report(str(path), given, source, tmp_path / "out")
    assert code == 0 and made.endswith("cambodia_ctip_school_visits_2004_en_SYNTHETIC.html")
    page = Path(made).read_text(encoding="utf-8")
    assert '<figure class="plot">' in page and "The largest attendance was in" in page and "School visits" in page


def test_its_parameters_are_declared_and_its_cells_are_short(tmp_path):
    path = write(str(tmp_path / "mine.ipynb"))
    content = read_notebook(path)
    assert list(declared(content)) == ["edition", "year", "basis", "language"]
    assert all(one.meaning for one in declared(content).values())
    assert max(len(cell["source"]) for cell in content["cells"]) <= 10


@pytest.mark.parametrize("name", ["80 school", "../x y.ipynb", "", "é"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match="letters, digits and underscores"):
        write(name)


def test_a_notebook_is_never_overwritten():
    with pytest.raises(ParameterError, match=r"there is a notebook 90_annual_report.ipynb already"):
        write("90_annual_report")
