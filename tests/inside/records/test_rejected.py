"""A file for each partner and table that is to be mended: sheet, row, column, how, and nothing that names a person."""

from __future__ import annotations

import pytest
from record_folder import edit

from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import load_records, rejected

pytestmark = pytest.mark.usefixtures("operator_notes")


def letters(folder):
    with pytest.raises(DataError) as raised:
        load_records(folder)
    return {
        path.name: path.read_text(encoding="utf-8") for path in rejected.write(folder, raised.value.faults)
    }


def test_a_partner_gets_its_rows_with_column_and_how_to_mend_them(small):
    edit(
        small,
        "campaign_events",
        "EV-1,IOM,2004-03-01,1,KH12,,,performance",
        "EV-1,IOM,2004-03-01,1,KH12,,,performence",
    )
    ((name, text),) = letters(small).items()
    assert name == "IOM_campaign_events.txt"
    assert "1 thing to mend in campaign_events.csv of the records called records" in text
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
    rejected.clear(small)
    assert not rejected.folder_of(small).exists()
