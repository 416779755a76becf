"""Rows set aside and submissions that are missing: counted inside, said in coarse words, never of persons."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from record_folder import edit

from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import load_records
from ctip_analysis.inside.records.inputs import INCOMPLETE, SET_ASIDE, lacks
from ctip_analysis.inside.records.intake import assess

END = dt.date(2004, 12, 31)


def said(folder, **allowed):
    records = load_records(folder, quarantine=True)
    return lacks(records, END, **{"quarantine": True, "incomplete": False, **allowed})


def test_a_faulty_row_is_set_aside_with_the_rows_that_point_to_it(small):
    edit(small, "clients", "CL-1,NGO01,2004-01-10,female", "CL-1,NGO01,2004-01-10,Sok")
    records = load_records(small, quarantine=True)
    assert records.set_aside == {"clients": (1, 2), "services": (2, 3)}
    assert records["clients"]["client_id"].tolist() == ["CL-2"]
    assert records["services"]["service_id"].tolist() == ["SV-3"]


def test_a_row_of_totals_is_left_out_and_is_nothing_that_is_missing(small):
    path = small / "obligations.csv"
    path.write_text(path.read_text() + "2004,,TOTAL,94012,sum\n")
    records = load_records(small, quarantine=True)
    assert records["obligations"]["amount_usd"].sum() == 94012 and records.set_aside == {}


def test_without_quarantine_and_for_a_fault_of_a_whole_file_nothing_is_loaded(small):
    edit(small, "campaign_events", "3000,1600", "30oo,1600")
    with pytest.raises(DataError):
        load_records(small)
    (small / "rescues.csv").unlink()
    with pytest.raises(DataError, match="the table is missing"):
        load_records(small, quarantine=True)


def test_records_without_a_fault_lack_nothing(small):
    assert said(small) == ""


@pytest.mark.long
def test_shares_are_coarse_and_without_a_digit(small):
    edit(small, "campaign_events", "3000,1600", "30oo,1600")
    assert said(small) == f"{SET_ASIDE}. Not counted: campaign events: one row in ten or more."
    lines = "".join(f"TR-{n},IOM,2004-02-{n},2004-02-28,KH12,police,law,{n},,,true\n" for n in range(10, 27))
    path = small / "trainings.csv"
    path.write_text(path.read_text() + lines + "TR-99,IOM,2004-02-01,2004-02-05,KH12,police,law,-1,,,true\n")
    sentence = said(small)  # 1 of 19
    assert "trainings: fewer than one row in ten" in sentence and not re.search(r"\d", sentence)


@pytest.mark.long
def test_nothing_follows_from_the_sentence_about_rows_of_persons(small):
    edit(small, "campaign_events", "3000,1600", "30oo,1600")
    alone = said(small)
    edit(small, "clients", "CL-1,NGO01,2004-01-10,female", "CL-1,NGO01,2004-01-10,Sok")
    edit(small, "rescues", ",3,true", ",-3,true")
    assert said(small) == alone


def expect(folder, *lines):
    (folder / "expected_submissions.csv").write_text("partner_id,table,period\n" + "\n".join(lines) + "\n")


@pytest.mark.long
def test_a_missing_submission_is_a_fault_and_makes_a_draft_only_when_told(small):
    expect(small, "IOM,campaign_events,2004Q1", "TAF,campaign_events,2004-03", "IOM,rescues,2005")
    assert [str(fault).split(" →")[0] for fault in assess(str(small)).faults] == [
        "expected_submissions.csv, row 3: TAF has not sent campaign_events of 2004-03 yet",
        "expected_submissions.csv, row 4: IOM has not sent rescues of 2005 yet",
    ]
    with pytest.raises(DataError, match=r"1 expected submission\(s\) are missing"):
        said(small)
    assert said(small, incomplete=True) == INCOMPLETE


def test_a_line_of_expected_submissions_that_says_nothing_is_named(small):
    expect(small, "IOM,campaign_event,2004Q1", ",rescues,soon")
    found = " ".join(map(str, assess(str(small)).faults))
    assert "column table, row 2: must be one of" in found
    assert "column partner_id, row 3" in found and "column period, row 3: must be a period" in found
