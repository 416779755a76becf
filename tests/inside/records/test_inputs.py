"""Which partner's rows are there, which files changed, which warnings are new; hashes stay inside the wall."""

from __future__ import annotations

import hashlib

import pytest
from record_folder import edit

from ctip_analysis.inside.records import inputs, load_records

pytestmark = pytest.mark.usefixtures("operator_notes")


def missing(folder, wanted, period="2004"):
    looked = inputs.looked_for(load_records(folder), wanted, period)
    return [str(one) for one in looked if one.state == inputs.MISSING]


def test_a_partner_without_a_row_of_the_year_is_named_with_table_and_year(small):
    wanted = [("NGO01", "clients"), ("NGO01", "services"), ("IOM", "clients"), ("IOM", "rescues")]
    assert missing(small, wanted) == ["IOM has not sent clients of 2004 yet"]
    assert missing(small, wanted[:1], "2005") == ["NGO01 has not sent clients of 2005 yet"]


def test_a_fiscal_year_begins_in_october(small):
    """Both clients came in January and February 2004: in fiscal 2004, not in fiscal 2005."""
    assert missing(small, [("NGO01", "clients")], "FY2004") == []
    edit(small, "clients", "2004-01-10", "2004-10-01")
    edit(small, "clients", "2004-02-10", "2004-10-02")
    assert len(missing(small, [("NGO01", "clients")], "FY2004")) == 1


def test_a_case_counts_by_any_of_its_dates(small):
    edit(small, "cases", "2004-01-05,,2004-03-05,,2004-09-05", "2003-01-05,,2003-03-05,,2005-09-05")
    edit(small, "cases", "2004-08-05", "2003-08-05")
    assert missing(small, [("NGO01", "cases")], "2005") == []
    assert missing(small, [("NGO01", "cases")], "2004") == ["NGO01 has not sent cases of 2004 yet"]


def test_an_id_that_no_partner_has_is_missing_and_said_to_be_unknown(small):
    (said,) = missing(small, [("NGO10", "clients")])
    assert (
        said == "NGO10 has not sent clients of 2004 yet (the table partners has no NGO10; nearest is NGO01)"
    )


def test_files_are_new_unchanged_replaced_or_gone(small):
    before = inputs.hashes(small)
    edit(small, "rescues", ",3,true", ",4,true")
    (small / "trainings.csv").rename(small / "trainings.xlsx")
    (small / "a letter of somebody.docx").write_text("no table: its name is not taken along")
    states = inputs.compared(inputs.hashes(small), before)
    assert states["rescues.csv"] == inputs.REPLACED and states["clients.csv"] == inputs.UNCHANGED
    assert (states["trainings.csv"], states["trainings.xlsx"]) == (inputs.GONE, inputs.NEW)
    assert not [name for name in states if "letter" in name]
    assert before["rescues.csv"] == hashlib.sha256(b"".join(
        [(small / "rescues.csv").read_bytes().replace(b",4,true", b",3,true")])).hexdigest()  # fmt: skip


def test_what_is_kept_of_a_run_is_found_by_the_next_and_is_confidential(operator_notes):
    kept = inputs.Inputs({"clients.csv": "ab"}, ["R01 does not hold"], "2005-03-15T02:00:00Z")
    inputs.keep("year", kept)
    assert inputs.last("year") == kept
    assert [path.name for path in operator_notes.iterdir()] == ["inputs-year.json"]
    assert inputs.last("another") == inputs.Inputs()
    (operator_notes / "inputs-year.json").write_text("{cut o")
    assert inputs.last("year") == inputs.Inputs()


def test_a_rule_that_does_not_hold_is_a_warning_without_what_was_found(small):
    """Two performances are far from the published number; nothing demands that they agree."""
    (said,) = [one for one in inputs.warnings(load_records(small)) if one.startswith("R03 ")]
    assert (
        said.startswith("R03 does not hold, campaign_events: ") and "3,000" not in said and "3000" not in said
    )
