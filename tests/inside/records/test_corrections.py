"""corrections.csv: a cell or a row is corrected while it reads what the correction says, and not otherwise."""

from __future__ import annotations

import pytest
from record_folder import edit, sentences

from ctip_analysis.inside.records import load_records

HEADER = "table,key,column,old,new,who,why\n"


def correct(small, *lines):
    (small / "corrections.csv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


def test_a_faulty_cell_is_corrected_and_the_partners_file_is_as_it_was(small):
    edit(small, "campaign_events", "3000,1600", "30oo,1600")
    before = (small / "campaign_events.csv").read_bytes()
    correct(small, "campaign_events,ev-1,attendance_total,30oo,3000,Dara,asked IOM on the phone")
    assert load_records(small)["campaign_events"]["attendance_total"].tolist()[0] == 3000
    assert (small / "campaign_events.csv").read_bytes() == before


def test_a_correction_of_a_cell_that_was_sent_anew_stops_the_load_and_quotes_nothing(small):
    correct(small, "clients,CL-1,sex,male,other,Dara,typing error")
    (fault,) = sentences(small)
    assert fault.startswith("corrections.csv, row 2: the correction is out of date: column sex of clients ")
    assert "female" not in fault


LINES = {
    "client,CL-1,sex,male,female,Dara,why": "column table, row 2: must be a record table",
    "clients,CL-1,name,male,female,Dara,why": "column column, row 3: must be a column of the table, or row",
    "clients,CL-1,row,2004-01-10,remove,Dara,why": "column new, row 4: must be keep or delete",
    "clients,CL-1,sex,female,male,,why": "column who, row 5: must not be empty",
    "clients,CL-1,sex,female,male,Dara,": "column why, row 6: must not be empty",
}


def test_lines_that_can_not_be_applied_are_named(small):
    correct(small, *LINES)
    found = "\n".join(sentences(small))
    assert not [said for said in LINES.values() if said not in found], found


def test_a_line_that_fits_no_row_is_named(small):
    correct(small, "clients,CL-9,sex,male,female,Dara,why")
    assert "the correction fits no row of clients" in sentences(small)[0]


def test_a_reused_id_is_corrected_by_its_row(small):
    path = small / "cases.csv"
    path.write_text(path.read_text() + "CA-1,NGO01,referred,trafficking,2005-01-05,,,,,pending,,0,,,true\n")
    assert "column case_id, row 2, 4: must be in one row only" in sentences(small)[0]
    correct(small, "cases,row 4,case_id,CA-1,CA-1-2005,Dara,numbers begin anew each year")
    assert load_records(small)["cases"]["case_id"].tolist() == ["CA-1", "CA-2", "CA-1-2005"]


TWICE = "EV-1,IOM,2004-03-01,1,KH12,,,performance,3000,"


@pytest.fixture
def two_partners(small):
    path = small / "campaign_events.csv"
    path.write_text(
        path.read_text() + "EV-7,TAF,2004-03-01,1,Phnom Penh,,,performance,3000,,,,register,true\n"
    )
    return small


def test_an_event_that_two_partners_report_waits_for_a_decision(two_partners):
    (fault,) = sentences(two_partners)
    assert "row 2, 4: two partners may report one thing" in fault and "found IOM, TAF" in fault
    assert "decide in corrections.csv: column row, old its event_date, new keep or delete" in fault


@pytest.mark.long
def test_the_decision_deletes_one_or_keeps_both(two_partners):
    correct(two_partners, "campaign_events,EV-7,row,2004-03-01,delete,Dara,IOM held it")
    assert load_records(two_partners)["campaign_events"]["event_id"].tolist() == ["EV-1", "EV-2"]
    keep = "campaign_events,{},row,2004-03-01,keep,Dara,two plays on one day"
    correct(two_partners, keep.format("EV-1"), keep.format("EV-7"))
    assert len(load_records(two_partners)["campaign_events"]) == 3


def test_the_same_row_under_another_id_is_a_fault(small):
    path = small / "trainings.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1].replace("TR-1", "TR-2") + "\n")
    assert (
        "column training_id, row 2, 3: the row is there twice, in all columns but its key"
        in sentences(small)[0]
    )


def test_a_table_without_a_key_has_no_row_twice(small):
    path = small / "obligations.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert "obligations.csv, row 2, 3: the row is there twice" in sentences(small)[0]
    correct(small, "obligations,row 3,row,2004,delete,Dara,printed twice")
    assert load_records(small)["obligations"]["amount_usd"].sum() == 94012
