"""What a kernel is told, and how the failure of a cell is worded: in a forked kernel and in an ordinary one."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from small_notebook import write_notebook

from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.runs import kernel
from ctip_analysis.runs.kernel import KernelDiedError
from ctip_analysis.runs.task import DONE, FAILED, RUNNING, Cell

SECRET = "postgresql://host/records"


@pytest.fixture(params=["forked", "ordinary"])
def way(request, monkeypatch) -> str:
    """Both kinds of kernel: forked from the warm parent, and started anew where that can not be."""
    if request.param == "ordinary":
        monkeypatch.setattr(kernel, "can_fork", lambda: False)
    return request.param


def execute(
    source: Path, edition: Path, work: Path, cells: list[Cell] | None = None
) -> nbformat.NotebookNode:
    """Run *source* in a working folder of its own; the executed notebook."""
    work.mkdir()
    told = [] if cells is None else cells
    settings, out = {"edition": str(edition)}, work / "executed.ipynb"
    return kernel.execute(source, settings, out, edition=edition, work=work, tell=told.append)


def test_no_secret_of_the_operator_reaches_a_notebook(tmp_path, edition_2004, monkeypatch, way):
    monkeypatch.setenv("CTIP_DATABASE_URL", SECRET)
    look = (
        "import json, os, tempfile; print(json.dumps([dict(os.environ), tempfile.gettempdir(), os.getcwd()]))"
    )
    source = write_notebook(tmp_path / "90_small.ipynb", look)
    executed = execute(source, edition_2004, tmp_path / "work")
    seen, temporary, folder = json.loads(executed.cells[-1].outputs[0].text)
    assert seen["PATH"] and not [name for name, value in seen.items() if SECRET in value]
    assert temporary == folder == str(tmp_path / "work")


def test_an_error_of_a_library_is_named_and_never_quoted(tmp_path, edition_2004, way):
    source = write_notebook(tmp_path / "90_small.ipynb", "raise KeyError('CL-000123, female, Phnom Penh')")
    with pytest.raises(ReportFailedError) as failed:
        execute(source, edition_2004, tmp_path / "work")
    assert str(failed.value) == "90_small, cell 3: ended with KeyError"
    assert "CL-" not in failed.value.where


def test_a_sentence_of_ours_comes_through_with_the_place_in_the_notebook(tmp_path, way):
    source = write_notebook(tmp_path / "90_small.ipynb")
    with pytest.raises(ReportFailedError, match=r"90_small, cell 2: there is no edition in 'none'"):
        execute(source, tmp_path / "none", tmp_path / "work")


@pytest.mark.parametrize(
    "code, error, said",
    [
        ("raise OSError(28, 'No space left on device', 'x.png')", OSError, "No space left on device"),
        ("import os; os._exit(9)", KernelDiedError, "its kernel was ended from outside"),
    ],
    ids=["disk full", "killed"],
)
def test_trouble_of_the_machine_is_told_from_trouble_of_the_notebook(tmp_path, code, error, said, way):
    source = write_notebook(tmp_path / "90_small.ipynb", page=code)
    with pytest.raises(error, match=said):
        execute(source, tmp_path, tmp_path / "work")


def test_each_cell_is_told_as_it_starts_and_ends_under_its_own_number(tmp_path, edition_2004, way):
    source = write_notebook(tmp_path / "90_small.ipynb", "1 / 0", "never", page="1 + 1")
    cells: list[Cell] = []
    with pytest.raises(ReportFailedError):
        execute(source, edition_2004, tmp_path / "work", cells)
    last = {cell.number: cell.state for cell in cells}
    assert last == {1: DONE, 2: DONE, 3: FAILED}
    assert [cell.state for cell in cells if cell.number == 2] == [RUNNING, DONE]
