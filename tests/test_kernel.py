"""What a kernel is told, and how the failure of a cell is worded."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from small_notebook import write_notebook

from ctip_analysis.kernel import ReportFailedError, environment, execute

SECRET = "postgresql://host/records"


def test_only_names_on_the_list_are_passed():
    given = {"PATH": "/bin", "LC_ALL": "C", "DATABASE_URL": SECRET, "CTIP_DATA": "records", "AWS_SECRET": "x"}
    assert environment(given) == {"PATH": "/bin", "LC_ALL": "C", "MPLBACKEND": "Agg"}


def test_no_secret_of_the_operator_reaches_a_notebook(tmp_path, edition_2004, monkeypatch):
    monkeypatch.setenv("CTIP_DATABASE_URL", SECRET)
    look = "import json, os, tempfile; print(json.dumps([dict(os.environ), tempfile.gettempdir()]))"
    source = write_notebook(tmp_path / "90_small.ipynb", look)
    executed = nbformat.read(
        execute(source, {"edition": str(edition_2004)}, tmp_path / "executed.ipynb"), as_version=4
    )
    seen, temporary = json.loads(executed.cells[-1].outputs[0].text)
    assert seen["PATH"] and not [name for name, value in seen.items() if SECRET in value]
    assert Path(temporary).parent == tmp_path and not Path(temporary).exists()


def test_an_error_of_a_library_is_named_and_never_quoted(tmp_path, edition_2004):
    source = write_notebook(tmp_path / "90_small.ipynb", "raise KeyError('CL-000123, female, Phnom Penh')")
    with pytest.raises(ReportFailedError) as failed:
        execute(source, {"edition": str(edition_2004)}, tmp_path / "executed.ipynb")
    said = str(failed.value)
    assert said == "90_small, cell 3: ended with KeyError; the last good report is as it was"
    assert "CL-" not in failed.value.where


def test_a_sentence_of_ours_comes_through_with_the_place_in_the_notebook(tmp_path):
    source = write_notebook(tmp_path / "90_small.ipynb")
    with pytest.raises(ReportFailedError, match=r"90_small, cell 2: there is no edition in 'none'"):
        execute(source, {"edition": str(tmp_path / "none")}, tmp_path / "executed.ipynb")


@pytest.mark.parametrize(
    "code, said",
    [
        ("raise OSError(28, 'No space left on device', 'x.png')", "No space left on device"),
        ("import os; os._exit(9)", "its kernel was ended from outside, often because memory ran out"),
    ],
    ids=["disk full", "killed"],
)
def test_trouble_of_the_machine_is_told_from_trouble_of_the_notebook(tmp_path, code, said):
    source = write_notebook(tmp_path / "90_small.ipynb", page=code)
    with pytest.raises((OSError, ReportFailedError), match=said):
        execute(source, {"edition": str(tmp_path)}, tmp_path / "executed.ipynb")
