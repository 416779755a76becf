"""Exports as Kobo, ODK and HTCDS systems write them, imported and then checked like any record folder."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from record_folder import MINIMAL, write_minimal
from typer.testing import CliRunner

from ctip_analysis.base.errors import DataError
from ctip_analysis.cli import app
from ctip_analysis.inside import load_records
from ctip_analysis.inside.records.exports import read_export

VISITS = {
    "start": ["2004-03-01T08:00:00", "2004-03-02T08:00:00"],
    "visit/client_id": ["CL-1", "CL-2"],
    "visit/partner_id": ["NGO01", "NGO01"],
    "visit/start_date": ["2004-03-01", "2004-03-02"],
    "visit/help/service_type": ["shelter medical", "legal_aid"],
    "visit/help/service_type/shelter": ["1", "0"],
    "visit/help/service_type/medical": ["1", "0"],
    "visit/help/service_type/legal_aid": ["0", "1"],
    "visit/full_name": ["Somebody Real", "Another Person"],
    "_id": ["901", "902"],
    "_index": ["1", "2"],
}


def workbook(path, **sheets):
    with pd.ExcelWriter(path) as book:
        for name, columns in sheets.items():
            pd.DataFrame(columns).to_excel(book, sheet_name=name, index=False)
    return path


def test_groups_are_dropped_and_several_answers_are_one_row_each(tmp_path):
    made = read_export(workbook(tmp_path / "visits.xlsx", visits=VISITS), is_synthetic=True)
    services = made.tables["services"]
    assert services[["service_id", "client_id", "service_type"]].values.tolist() == [
        ["901-1", "CL-1", "shelter"], ["901-2", "CL-1", "medical"], ["902", "CL-2", "legal_aid"],
    ]  # fmt: skip
    assert services["start_date"].tolist() == ["2004-03-01", "2004-03-01", "2004-03-02"]


def test_a_column_that_is_not_described_is_named_and_never_taken(tmp_path):
    made = read_export(workbook(tmp_path / "visits.xlsx", visits=VISITS))
    assert made.left_out == ["full_name", "start"]
    assert "Somebody" not in made.tables["services"].to_csv()


def test_the_same_export_as_csv_with_semicolons(tmp_path):
    pd.DataFrame(VISITS).to_csv(tmp_path / "visits.csv", sep=";", index=False, encoding="utf-8-sig")
    from_book = read_export(workbook(tmp_path / "visits.xlsx", visits=VISITS)).tables["services"]
    assert read_export(tmp_path / "visits.csv").tables["services"].equals(from_book)


def test_a_hidden_sheet_and_a_hidden_row_are_not_imported(tmp_path):
    old = VISITS | {"visit/client_id": ["CL-8", "CL-9"], "_index": ["3", "4"]}
    path = workbook(tmp_path / "visits.xlsx", visits=VISITS, older=old)
    book = openpyxl.load_workbook(path)
    book["older"].sheet_state = "hidden"
    book["visits"].row_dimensions[3].hidden = True
    book.save(path)
    assert set(read_export(path).tables["services"]["client_id"]) == {"CL-1"}


def test_a_repeat_takes_the_columns_of_its_parent(tmp_path):
    intake = {
        "client_id": ["CL-1", "CL-2"], "partner_id": ["NGO01", "NGO01"], "intake_date": ["2004-01-10", "2004-02-10"],
        "who/sex": ["female", "male"], "who/age_band": ["18_plus", "15_17"], "client_type": ["victim", "at_risk"],
        "consent_to_share": ["true", "true"], "_id": ["7", "8"], "_index": ["1", "2"],
    }  # fmt: skip
    services = {
        "services/service_type": ["scholarship", "medical", "medical"], "services/start_date": ["2004-03-01"] * 3,
        "_index": ["1", "2", "3"], "_parent_table_name": ["intake"] * 3, "_parent_index": ["2", "2", "1"],
        "_submission__id": ["8", "8", "7"],
    }  # fmt: skip
    made = read_export(workbook(tmp_path / "e.xlsx", intake=intake, services=services), is_synthetic=True)
    assert made.tables["clients"]["sex"].tolist() == ["female", "male"]
    rows = made.tables["services"][["service_id", "client_id", "partner_id", "service_type"]]
    assert rows.values.tolist() == [
        ["8-1", "CL-2", "NGO01", "scholarship"], ["8-2", "CL-2", "NGO01", "medical"], ["7", "CL-1", "NGO01", "medical"],
    ]  # fmt: skip


def test_labels_are_read_with_the_form(tmp_path):
    form = workbook(
        tmp_path / "form.xlsx",
        survey={
            "type": ["begin_group", "text", "date", "select_one sex", "select_multiple help"],
            "name": ["visit", "client_id", "start_date", "sex", "service_type"],
            "label::English (en)": ["Visit", "Client", "Day", "Sex", "What help was given?"],
        },
        choices={
            "list_name": ["sex", "help", "help"], "name": ["female", "legal_aid", "medical"],
            "label::English (en)": ["Woman", "Lawyer", "Doctor"],
        },
    )  # fmt: skip
    answers = {
        "Visit/Client": ["CL-1"], "Visit/Day": ["2004-03-01"], "Visit/What help was given?": ["Lawyer Doctor"],
        "Visit/What help was given?/Lawyer": ["1"], "Visit/What help was given?/Doctor": ["1"], "_id": ["5"],
        "_index": ["1"],
    }  # fmt: skip
    export = workbook(tmp_path / "labels.xlsx", data=answers)
    made = read_export(export, form=form, partner="NGO01").tables["services"]
    assert made["service_type"].tolist() == ["legal_aid", "medical"]
    assert made["partner_id"].tolist() == ["NGO01", "NGO01"]


def htcds(**other):
    return {
        "Id": ["C1", "C2", "C3"],
        "prs_FirstName": ["Somebody", "Another", "Third"],
        "prs_Birthdate": ["1989-03-10", "1986-03-11", "1989-03-11"],
        "prs_Gender": ["Feminine", "Masculine", "Transgender Feminine"],
        "prs_MailingState": ["Siem Reap", "Kandal", "Takeo"],
        "vic_TraffickingStatus": ["Actual victim of trafficking", "Possible victim of trafficking", ""],
        "cas_IncomingReferralDate": ["2004-03-10", "2004-03-10", "2004-03-10"],
        "con_Consent": ["1", "0", "1"],
    } | other


def test_htcds_fields_become_clients_and_only_the_age_is_kept_of_a_birth_date(tmp_path):
    """15 on the day of intake; 17 on the day before the eighteenth birthday; 14 on the day before the fifteenth."""
    made = read_export(workbook(tmp_path / "h.xlsx", Person=htcds()), partner="NGO01", is_synthetic=True)
    clients = made.tables["clients"]
    assert clients["age_band"].tolist() == ["15_17", "15_17", "under_15"]
    assert clients["sex"].tolist() == ["female", "male", "other"]
    assert clients["client_type"].tolist()[:2] == ["victim", "unknown"]
    assert clients["consent_to_share"].tolist() == ["true", "false", "true"]
    text = clients.to_csv()
    assert "1989" not in text and "Somebody" not in text
    assert made.left_out == ["prs_FirstName"]


def test_a_birth_date_that_cannot_be_read_leaves_the_age_unknown(tmp_path):
    wrong = htcds(prs_Birthdate=["1989-03-10", "about 1986", "2005-01-01"])
    made = read_export(workbook(tmp_path / "h.xlsx", Person=wrong))
    assert made.tables["clients"]["age_band"].tolist() == ["15_17", "unknown", "unknown"]


def test_a_sheet_of_no_record_table_is_refused_by_name(tmp_path):
    export = workbook(tmp_path / "labels.xlsx", data={"Client": ["CL-1"], "Day": ["2004-03-01"]})
    with pytest.raises(DataError, match=r"sheet data: no record table has these columns → .*--form"):
        read_export(export)


def test_the_command_fills_a_record_folder_that_then_loads(tmp_path):
    folder = write_minimal(tmp_path / "records")
    (folder / "services.csv").unlink()
    export = workbook(tmp_path / "visits.xlsx", visits=VISITS)
    line = ["import", str(export), "--into", str(folder), "--synthetic"]
    done = CliRunner().invoke(app, line)
    assert (done.exit_code, "services.csv: 3 rows" in done.output) == (0, True)
    assert "columns left out: full_name, start" in done.output and "Somebody" not in done.output
    assert (folder / "services.csv").stat().st_mode & 0o077 == 0
    assert load_records(folder)["services"]["service_type"].tolist() == ["shelter", "medical", "legal_aid"]
    again = CliRunner().invoke(app, line)
    assert isinstance(again.exception, DataError) and "has services.csv already" in str(again.exception)


def test_a_file_that_is_no_export_is_refused(tmp_path):
    (tmp_path / "x.xlsx").write_text(MINIMAL["clients"])
    with pytest.raises(DataError, match=r"x\.xlsx can't be read"):
        read_export(tmp_path / "x.xlsx")
