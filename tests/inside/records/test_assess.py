"""What ``ctip check`` says: faults and doubts apart, of a folder or of the one file that a partner sent."""

from __future__ import annotations

import openpyxl
import pytest
from record_folder import MINIMAL, edit

from ctip_analysis.inside.records.intake import assess

FIVE = ("campaign_events", "trainings", "clients", "services", "cases")


def typed(cell):
    return int(cell) if cell.isdigit() else cell or None


@pytest.fixture
def book():
    """A workbook as a partner might send it: a note, and five tables under titles of their own."""
    made = openpyxl.Workbook()
    made.active.title = "Read me"
    made.active.append(["Quarterly report of NGO01"])
    for table in FIVE:
        sheet = made.create_sheet(table.replace("_", " ").title())
        if table == "trainings":
            sheet.append(["Trainings held in 2004"])
        for line in MINIMAL[table].splitlines():
            sheet.append([typed(cell) for cell in line.split(",")])
    return made


def found(book, path):
    book.save(path)
    return assess(str(path))


def said(faults):
    return [(fault.sheet, fault.cells, fault.rule) for fault in faults]


def test_five_sheets_of_one_workbook_are_five_tables(book, tmp_path):
    result = found(book, tmp_path / "NGO01 report.xlsx")
    assert (result.faults, result.warnings, result.notes) == ([], [], [])
    assert result.absent == ["partners"]


def test_each_fault_of_the_workbook_has_its_sheet_and_cells(book, tmp_path):
    book["Campaign Events"]["I2"] = "12o"
    book["Trainings"]["I3"] = 25
    book["Clients"]["D2"] = "Sok"
    book["Services"]["B4"] = "CL-77"
    result = found(book, tmp_path / "NGO01 report.xlsx")
    assert said(result.faults) == [
        ("Campaign Events", ("I2",), "must be a whole number"),
        ("Trainings", ("I3", "H3"), "breaks “Women are not more than all participants”"),
        ("Clients", ("D2",), "must be one of female, male, other, unknown"),
        ("Services", ("B4",), "must be a client_id of clients"),
    ]
    assert "Sok" not in str(result) and "CL-77" not in str(result)


def test_a_hidden_sheet_is_named_and_a_sheet_of_no_table_is_a_fault(book, tmp_path):
    old = book.copy_worksheet(book["Cases"])
    old.title, old.sheet_state = "old", "hidden"
    book.create_sheet("Budget").append(["Line", "Planned", "Spent"])
    result = found(book, tmp_path / "report.xlsx")
    assert {(note.sheet, note.rule) for note in result.notes} == {("old", "the sheet is hidden")}
    assert said(result.faults) == [("Budget", (), "the sheet has the columns of no record table")]


def test_a_table_that_is_named_after_the_partner_is_known_by_its_columns(tmp_path):
    path = tmp_path / "NGO01 Q1 2004.csv"
    path.write_text(MINIMAL["trainings"].replace(",", ";"), encoding="utf-8")
    result = assess(str(path))
    assert result.faults == [] and result.absent == ["partners"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"one,two\n1,2\n"])
@pytest.mark.parametrize("name", ["sent.xlsx", "sent.csv", "sent.doc"])
def test_a_file_without_a_table_is_a_fault_and_no_traceback(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (fault,) = assess(str(tmp_path / name)).faults
    assert fault.file == name and fault.mend


DOUBTS = {  # table: what is there, what is written instead, the cells that are named
    "campaign_events": ("3000,1600,1300,900", "12000,1600,1300,900", ("I2",)),  # over 10,000
    "services": ("2004-09-30,completed", ",completed", ("G3", "F3")),  # ended without a day
    "cases": ("2004-08-05,,,,,pending", "2004-08-05,,,,,acquitted", ("J3", "I3")),  # acquitted without a day
    "structures": ("2004-05-01", "", ("D2",)),  # without a day
    "subgrants": (",5000,USD", ",4000000,USD", ("F2", "E2")),  # riel in a column of dollars
}


@pytest.mark.long
def test_a_doubt_is_a_warning_and_no_fault(small):
    assert assess(str(small)).warnings == []
    for table, (old, new, _) in DOUBTS.items():
        edit(small, table, old, new)
    result = assess(str(small))
    found = {fault.file.removesuffix(".csv"): fault.cells for fault in result.warnings}
    assert result.faults == [] and len(result.warnings) == len(DOUBTS)
    assert found == {table: cells for table, (_, _, cells) in DOUBTS.items()}


def events(small, attended):
    lines = [f"EV-{10 + n},TAF,2004-03-{n + 1:02},1,KH12,,,performance,{count},,,,register,true"
             for n, count in enumerate(attended)]  # fmt: skip
    path = small / "campaign_events.csv"
    path.write_text(path.read_text() + "\n".join(lines) + "\n")
    return [(fault.rule, fault.cells, fault.found) for fault in assess(str(small)).warnings]


@pytest.mark.long
def test_a_number_far_above_the_partners_own_past_is_a_doubt(small):
    assert events(small, [300] * 8 + [3000]) == []  # ten times as many
    assert events(small, [3001]) == [
        ("the number is more than 10 times what the partner usually reports", ("I13",), "“3001”")
    ]


@pytest.mark.long
def test_a_partner_with_only_zeros_is_a_doubt_from_three_rows_on(small):
    assert events(small, [0, 0]) == []
    assert events(small, [0]) == [("the partner reports only zeros in this column", ("I4", "I5", "I6"), "TAF")]
