"""A partner gets back its own file with faulty cells marked, and a letter that names rows and columns, not people."""

from __future__ import annotations

import openpyxl
import pytest
from record_folder import MINIMAL, edit, faults

from ctip_analysis.inside.records import returned
from ctip_analysis.inside.records.findings import UNREVIEWED
from ctip_analysis.inside.records.intake import assess

pytestmark = pytest.mark.usefixtures("operator_notes")


# Workbooks


def written(source, into):
    found = assess(str(source))
    return {path.name: openpyxl.load_workbook(path) for path in
            returned.write_workbooks(source, found.faults, found.warnings, into)}  # fmt: skip


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


def test_a_list_in_another_language_has_its_note_above_it(small, tmp_path):
    edit(small, "trainings", ",20,5,18,", ",20,25,18,")
    found = assess(str(small))
    (path,) = returned.write_workbooks(small, found.faults, [], tmp_path, str.upper, "not reviewed")
    sheet = openpyxl.load_workbook(path)["To mend"]
    assert sheet["A1"].value == "not reviewed" and sheet["D2"].value == "WHAT IS WRONG"


# Letters


def letters(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in returned.write_letters(folder, faults(folder))}


def test_a_partner_gets_its_rows_with_column_and_how_to_mend_them(small):
    edit(
        small,
        "campaign_events",
        "EV-1,IOM,2004-03-01,1,KH12,,,performance",
        "EV-1,IOM,2004-03-01,1,KH12,,,performence",
    )
    ((name, text),) = letters(small).items()
    assert name == "IOM_campaign_events.txt"
    text, khmer = text.split(UNREVIEWED)
    assert "1 thing to mend in campaign_events.csv of the records called records" in text
    assert "ជួរឈរ: event_type\n  ជួរដេក: 2\n" in khmer and "mend" not in khmer
    assert (
        "column: event_type\n  row: 2\n" in text
        and "found: “performence”" in text
        and "how to mend it: " in text
    )


def test_a_partner_sees_no_row_and_no_value_of_another(small):
    edit(
        small,
        "campaign_events",
        "EV-2,IOM,2004-06-15,2,Siem Reap,,,performance",
        "EV-2,TAF,2004-06-15,2,Siem Reap,,,play",
    )
    edit(small, "campaign_events", "KH12,,,performance", "KH12,,,concert")
    found = letters(small)
    assert set(found) == {"IOM_campaign_events.txt", "TAF_campaign_events.txt"}
    assert "row: 2\n" in found["IOM_campaign_events.txt"] and "play" not in found["IOM_campaign_events.txt"]
    assert (
        "row: 3\n" in found["TAF_campaign_events.txt"] and "concert" not in found["TAF_campaign_events.txt"]
    )


def test_every_row_is_named_and_nothing_about_a_person_is_quoted(small):
    rows = "".join(f"CL-{n},NGO01,2004-01-10,Sok,18_plus,victim,,,true,true\n" for n in range(10, 20))
    (small / "clients.csv").write_text((small / "clients.csv").read_text() + rows)
    text = letters(small)["NGO01_clients.txt"]
    assert "row: 4, 5, 6, 7, 8, 9, 10, 11, 12, 13" in text and "column: sex" in text
    assert "Sok" not in text and "CL-1" not in text


def test_what_is_no_partners_goes_to_the_analyst(small):
    (small / "rescues.csv").unlink()
    edit(small, "clients", "CL-1,NGO01,2004-01-10,female", "CL-1,Sok Dara,2004-01-10,woman")
    found = letters(small)
    assert set(found) == {"analyst_rescues.txt", "analyst_clients.txt"}
    assert "the table is missing" in found["analyst_rescues.txt"]
    assert not [text for text in found.values() if "Sok" in text]


def test_what_was_mended_is_asked_for_no_more(small):
    edit(small, "rescues", "2004-04-01", "1 April")
    assert list(letters(small)) == ["IOM_rescues.txt"]
    edit(small, "rescues", "1 April", "2004-04-01")
    edit(small, "trainings", ",police,", ",pollice,")
    assert list(letters(small)) == ["IOM_trainings.txt"]
    returned.clear(small)
    assert not returned.folder_of(small).exists()
