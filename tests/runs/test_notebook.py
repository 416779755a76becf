"""What a notebook lets be set is declared line by line, what is given is taken as meant or refused; a new one works."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_batch import lay_data
from small_edition import write_small_edition

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import open_edition
from ctip_analysis.runs import batch_run
from ctip_analysis.runs.editions import Source
from ctip_analysis.runs.notebook import Parameter, checked, declared, read_notebook, write

KNOWN = {
    "year": Parameter("year", int, 2004, "reporting year"),
    "code": Parameter("code", str, "03", "code of a district"),
    "share": Parameter("share", float, 0.5, "share"),
    "is_draft": Parameter("is_draft", bool, False, "draft or not"),
}


def notebook(source: str, tag: str = "parameters") -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}),
    ]
    return made


def test_each_line_of_the_cell_declares_a_parameter_in_its_order():
    found = declared(notebook('# what can be set\nyear: int = 2004  # reporting year\n\ncode = "03"\nx: float = 1'))
    assert list(found.values()) == [
        Parameter("year", int, 2004, "reporting year"),
        Parameter("code", str, "03", ""),
        Parameter("x", float, 1, ""),
    ]


def test_a_notebook_without_such_a_cell_declares_nothing():
    assert declared(notebook("year: int = 2004", tag="other")) == {}


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "year: int = 2004 = 5",
        "year: int = this_year()",
        "year: date = 2004",
        "year: int",
        "year = 03",
        "years = [2003, 2004]",
    ],
)
def test_a_line_that_declares_nothing_is_refused_and_quoted(line):
    with pytest.raises(ParameterError, match="which declares nothing; write it like year: int = 2004") as refused:
        declared(notebook(line))
    assert repr(line) in str(refused.value)


@pytest.mark.parametrize(
    "name, given, value",
    [
        ("year", 2004, 2004),
        ("year", "2004", 2004),
        ("year", "-1", -1),
        ("year", "0", 0),
        ("share", "0.25", 0.25),
        ("share", 1, 1.0),
        ("is_draft", "true", True),
        ("is_draft", "False", False),
        ("is_draft", True, True),
        ("code", "007", "007"),
        ("code", "1e3", "1e3"),
        ("code", "on", "on"),
    ],
)
def test_a_value_becomes_the_type_that_is_declared(name, given, value):
    (found,) = checked(KNOWN, {name: given}, "90_small").values()
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "name, given, said",
    [
        ("year", "03", "year must be a whole number; found '03'"),
        ("year", "2004.0", "year must be a whole number; found '2004.0'"),
        ("year", 2004.0, "year must be a whole number; found 2004.0"),
        ("year", True, "year must be a whole number; found True"),
        ("year", "two", "year must be a whole number; found 'two'"),
        ("code", 3, "code must be text; found 3"),
        ("share", "half", "share must be a number; found 'half'"),
        ("is_draft", "1", "is_draft must be true or false; found '1'"),
        ("is_draft", 1, "is_draft must be true or false; found 1"),
        (
            "yaer",
            "2004",
            "90_small has no parameter yaer; did you mean year?",
        ),
    ],
)
def test_what_papermill_would_turn_into_something_else_is_refused(name, given, said):
    with pytest.raises(ParameterError) as refused:
        checked(KNOWN, {name: given}, "90_small")
    assert str(refused.value) == said


def test_every_fault_is_said_at_once():
    with pytest.raises(ParameterError) as refused:
        checked(KNOWN, {"year": "03", "is_draft": "no", "cod": "1"}, "90_small")
    assert len(str(refused.value).split("; found")) == 3 and "no parameter cod;" in str(refused.value)


@pytest.mark.parametrize("given", ["nan", "inf", "1_000"])
def test_a_number_is_written_as_people_write_one(given):
    with pytest.raises(ParameterError, match="share must be a number"):
        checked(KNOWN, {"share": given}, "90_small")


@given(st.text())
def test_text_comes_back_byte_for_byte(text):
    assert checked(KNOWN, {"code": text}, "90_small") == {"code": text}


@given(st.integers())
def test_a_whole_number_is_read_exactly_as_it_is_written(number):
    assert checked(KNOWN, {"year": str(number)}, "90_small") == {"year": number}


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
