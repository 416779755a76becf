"""The partner's own file with its cells marked: the cells it had, a comment where one is to be mended."""

from __future__ import annotations

import openpyxl
import pytest
from record_folder import MINIMAL, edit

from ctip_analysis.inside.records import marked
from ctip_analysis.inside.records.assessment import assess


def written(source, into):
    found = assess(str(source))
    return {path.name: openpyxl.load_workbook(path) for path in
            marked.write(source, found.faults, found.warnings, into)}  # fmt: skip


def test_the_partners_workbook_comes_back_with_a_comment_at_each_cell(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "2004"
    for line in ["Courses", "", *MINIMAL["trainings"].splitlines()]:
        book.active.append(line.split(","))
    book.active["I4"] = "5o"
    book.active["B4"].font = openpyxl.styles.Font(italic=True)
    book.save(tmp_path / "trainings.xlsx")
    (made,) = written(tmp_path / "trainings.xlsx", tmp_path / "back").values()
    sheet = made["2004"]
    assert sheet["I4"].value == "5o" and sheet["B4"].font.italic and sheet["A1"].value == "Courses"
    assert [cell.coordinate for row in sheet for cell in row if cell.comment] == ["I4"]
    assert sheet["I4"].comment.text.startswith("must be a whole number\n→ write digits only")
    assert [cell.value for cell in made["To mend"][2]][:4] == ["2004", "n_female", "I4", "must be a whole number"]


def test_a_text_file_becomes_a_workbook_and_what_looks_like_a_formula_stays_text(small, tmp_path):
    edit(small, "trainings", ",law,", ",=1+1,")
    edit(small, "trainings", ",20,5,18,", ",20,25,18,")
    (made,) = written(small, tmp_path / "back").values()
    sheet = made["trainings"]
    assert (sheet["G2"].value, sheet["G2"].data_type, sheet["I2"].value) == ("=1+1", "s", "25")
    assert sheet["I2"].comment and sheet["H2"].comment and not sheet["J2"].comment


def test_only_files_with_something_to_mend_are_written_for_their_owner_alone(small, tmp_path):
    edit(small, "clients", "CL-1,NGO01,2004-01-10,female", "CL-1,NGO01,2004-01-10,Sok")
    made = written(small, tmp_path / "back")
    assert list(made) == ["clients_to_mend.xlsx"]
    assert (tmp_path / "back" / "clients_to_mend.xlsx").stat().st_mode & 0o077 == 0
    book = made["clients_to_mend.xlsx"]
    assert book["clients"]["D2"].value == "Sok" and "Sok" not in book["clients"]["D2"].comment.text
    assert not [cell for row in book["To mend"].values for cell in row if cell and "Sok" in cell]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more"])
def test_a_file_that_can_not_be_read_has_the_list_alone(small, tmp_path, content):
    (small / "rescues.csv").unlink()
    (small / "rescues.xlsx").write_bytes(content)
    (made,) = written(small, tmp_path / "back").values()
    assert made.sheetnames == ["To mend"] and made["To mend"]["D2"].value
