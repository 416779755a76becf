"""Every fault at once, with the rows a person can look up, and nothing personal in a message."""

from __future__ import annotations

import pytest
from record_folder import MINIMAL, edit, faults

from ctip_analysis.inside.records import load_records

WRONG = [  # table, what is there, what is written instead, what is said
    ("trainings", "20,5,18", "20,5.5,18", "column n_female, row 2: must be a whole number; found “5.5”"),
    ("services", "120.5", "12o.5", "column amount_usd, row 2: must be a number → "),
    ("clients", "KH12,true", "KH12,perhaps", "must be true or false; found “perhaps”"),
    ("clients", "at_risk,,", "at_risk,Forced labour,", "for identified victims only"),
    ("structures", "youth_club", "youth_clubb", "found “youth_clubb” → perhaps youth_club for “youth_clubb”"),
    ("campaign_events", "3000", "20001", "column attendance_total, row 2: must be 20,000 or less"),
    ("campaign_events", "Siem Reap", "Siem Rep", "for “Siem Rep” perhaps Siem Reap"),
    ("cases", "2004-03-05,,2004-09-05", "2004-10-05,,2004-09-05", "Stage dates do not decrease"),
    ("cases", "pending,,0", "pending,,1", "There are convictions only where"),
    ("subgrants", "TAF,NGO01", "TAF,NGO1", "must be a partner_id of partners; found “NGO1” → perhaps NGO01 for “NGO1”"),
    ("campaign_plan", "KH17,2", "Phnom Penh,1", "adm1_code, campaign_year, row 2, 3: must be together in one row only"),
]
RESCUES = """\
OP-2,IOM,01/04/2004,,3,true
OP-3,IOM,2004-02-30,,3,true
OP-4,IOM,2547-05-01,,3,true
OP-5,IOM,,,3,true
OP-6,IOM,2004-04-01,,-3,true
"""


def test_a_broken_rule_is_named_with_its_row_and_what_was_found(small):
    for table, old, new, _ in WRONG:
        edit(small, table, old, new)
    found = [str(fault) for fault in faults(small)]
    absent = [said for table, _, _, said in WRONG
              if not any(f"{table}.csv" in one and said in one for one in found)]  # fmt: skip
    assert not absent, found


def test_each_row_of_a_table_has_its_fault(small):
    (small / "rescues.csv").write_text(MINIMAL["rescues"] + RESCUES)
    found = "\n".join(map(str, faults(small)))
    assert "op_date, row 3, 4: must be a date written YYYY-MM-DD; found “01/04/2004”, “2004-02-30”" in found
    assert "op_date, row 5: must be a date from 1999 to 2030" in found
    assert "op_date, row 6: must not be empty → fill the cell" in found
    assert "n_victims, row 7: must be 0 or more; found “-3”" in found


def test_a_number_below_its_least_is_one_fault_and_breaks_no_rule_between_columns(small):
    edit(small, "campaign_events", "3000,1600", "-9,1600")
    (fault,) = map(str, faults(small))
    assert "row 2: must be 0 or more; found “-9” → write digits only; leave the cell empty" in fault


def test_women_and_men_are_not_more_than_all(small):
    edit(small, "campaign_events", "1600,1300", "1600,1500")
    assert "Women and men together are not more than the total”; found attendance_total 3000" in str(faults(small)[0])


def test_faults_of_several_files_come_together(small):
    edit(small, "rescues", "2004-04-01", "spring")
    edit(small, "clients", "female,18_plus", "x,18_plus")
    edit(small, "subgrants", "pillar", "piller")
    assert {fault.file for fault in faults(small)} == {"rescues.csv", "clients.csv", "subgrants.csv"}


def test_equal_faults_are_one_with_every_row_kept_and_three_values_quoted(small):
    header, line = MINIMAL["rescues"].splitlines()
    lines = [line.replace("OP-1", f"OP-{i}").replace("2004-04-01", f"day {i % 4}") for i in range(9)]
    (small / "rescues.csv").write_text("\n".join([header, *lines]) + "\n")
    (fault,) = faults(small)
    assert fault.rows == tuple(range(2, 11))
    assert "row 2, 3, 4, 5, 6 and 4 more: must be a date" in str(fault)
    assert "found “day 0”, “day 1”, “day 2” and 1 more" in str(fault)


def test_a_province_that_did_not_exist_yet_names_the_day_of_the_split_and_its_predecessor(small):
    edit(small, "structures", "KH17", "Tbong Khmum")
    (fault,) = faults(small)
    assert fault.rule == "KH25 Tboung Khmum did not exist before 31 December 2013"
    assert fault.mend == "until then it was part of KH03 Kampong Cham: write KH03"
    edit(small, "structures", "2004-05-01", "2013-12-31")
    assert load_records(small).table("structures").to_pandas()["adm1_code"].tolist() == ["KH25"]


def test_a_plan_has_no_date_to_compare_a_province_with(small):
    edit(small, "campaign_plan", "KH17", "KH25")
    load_records(small)


def test_a_case_counts_from_its_judgment_where_no_referral_is_known(small):
    edit(small, "cases", "2004-01-05,,2004-03-05,,", ",,,,")
    edit(small, "cases", "KH12", "KH25")
    assert "did not exist before" in faults(small)[0].rule


def test_values_of_a_sensitive_column_are_never_quoted(small):
    edit(small, "services", "SV-1,CL-1", "SV-1,CL-9")
    edit(small, "clients", "CL-2", "CL-1")
    text = "\n".join(map(str, faults(small)))
    assert "services.csv, column client_id, row 2, 4: must be a client_id of clients" in text
    assert "column client_id, row 2, 3: must be in one row only" in text
    assert "Sok" not in text and "CL-" not in text


PERSONAL = {
    "rescues": "First Name", "trainings": "victim_name", "structures": "phoneNumber", "campaign_plan": "Date of Birth",
    "subgrants": "address", "obligations": "ឈ្មោះ", "campaign_events": "DOB",
}  # fmt: skip


def test_a_personal_column_refuses_its_table_and_only_its_name_is_printed(small):
    for table, column in PERSONAL.items():
        header, line, *_ = MINIMAL[table].splitlines()
        text = f"{header},{column}\n{line},Sok Dara\nx{',' * header.count(',')},Chan\n"
        (small / f"{table}.csv").write_text(text, encoding="utf-8")
    found = faults(small)
    refused = [fault for fault in found if "identified people: the table is refused" in fault.rule]
    assert {fault.file.removesuffix(".csv"): fault.column for fault in refused} == PERSONAL
    assert len(refused) == len(PERSONAL) and all(not fault.rows for fault in refused)
    assert all(not fault.found for fault in found) and "Chan" not in str(found)


def test_unknown_and_missing_columns_are_named_with_the_nearest(small):
    edit(small, "rescues", "n_victims", "victims_n")
    found = [str(fault) for fault in faults(small)]
    mend = "did you mean n_victims, which is missing?"
    assert f"rescues.csv, column victims_n: the table has no such column → {mend}" in found
    edit(small, "structures", ",members_n,", ",,")
    found = [str(fault) for fault in faults(small)]
    assert any(text.startswith("structures.csv, column members_n: the column is missing") for text in found)


@pytest.mark.parametrize("heading", ["ខេត្ត", "Province", "LOCATION"])
def test_a_heading_that_other_files_have_is_proposed_and_not_taken(small, heading):
    edit(small, "structures", ",adm1_code,members_n,", f",{heading},remark,")
    found = {fault.column: fault.mend.split(",")[0] for fault in faults(small)}
    assert found[heading] == "did you mean adm1_code" and found["remark"] == "name it members_n"


def test_a_key_of_a_table_that_could_not_be_read_is_no_second_fault(small):
    (small / "clients.csv").write_bytes(b"")
    assert [fault.file for fault in faults(small)] == ["clients.csv"]


def test_whole_numbers_written_with_a_point_are_whole(small):
    edit(small, "rescues", ",3,", ",3.0,")
    assert load_records(small).table("rescues").to_pandas()["n_victims"].tolist() == [3]


@pytest.mark.parametrize(
    "old, new", [("female,18_plus", "Sok Dara,18_plus"), ("Forced labour,KH12", "Forced labour,Phum Thmei")]
)
def test_a_value_in_a_column_of_clients_is_never_quoted_because_it_may_be_a_name(small, old, new):
    edit(small, "clients", old, new)
    wrong = faults(small)
    assert wrong and all(part not in str(fault) for fault in wrong for part in ("Sok", "Dara", "Phum", "Thmei"))
