"""A file that names a person is refused; the message has names of columns and counts, and no cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from record_folder import MINIMAL, edit, write_minimal
from table_files import write

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.inside.records import load_records
from ctip_analysis.inside.records.personal import kind_of
from ctip_analysis.inside.records.tables import record_tables

TEXT = {"type": "string"}
ID = {"type": "string", "sensitive": True}


@pytest.mark.parametrize(
    "cell, kind",
    [
        *(
            (name, "names")
            for name in ("Sok Dara", "CHEA SOPHEAP", "Kunthea Chan", "Sok  Srey Dara", "Ms. Smith")
        ),
        *((name, "names") for name in ("សុខ ដារ៉ា", "ចាន់ ធីតា", "លោក សុខ", "អ្នកស្រី ចាន់")),
        *(
            (number, "telephone numbers")
            for number in ("012 345 678", "+855 12 345 678", "0971234567", "០១២ ៣៤៥ ៦៧៨")
        ),
        ("call 092-123-456", "telephone numbers"),
        ("dara@example.org", "addresses of mail"),
        ("12/03/1990", "dates of birth"),
        ("DOB 1990", "dates of birth"),
        ("1988-05-06", "dates of birth"),
        ("150234567", "national ids"),
        ("150 234 567", "national ids"),
    ],
)
def test_a_cell_about_a_person_is_known(cell, kind):
    assert kind_of(cell, TEXT) == kind


@pytest.mark.parametrize(
    "cell",
    ["Siem Reap", "Svay Rieng", "Law on trafficking", "Chamkar Mon", "Sok San", "District 2", "EV-0000001", "3000",
     "The Asia Foundation", "2004-03-01", "12,500", "USAID list of awards", "ភ្នំពេញ", "hotline 1288", "FY 2004-2005"],
)  # fmt: skip
def test_a_cell_about_a_place_or_a_thing_is_not(cell):
    assert kind_of(cell, TEXT) == ""


def test_an_id_of_words_alone_is_a_name():
    assert kind_of("Maria Gomez", ID, is_id=True) == "names"
    assert kind_of("CL-0001", ID, is_id=True) == "" and kind_of("case 12", ID, is_id=True) == ""


def test_no_province_partner_or_word_of_a_list_is_taken_for_a_person():
    said = [*reference.table("provinces")["name_en"], *reference.table("provinces")["name_km"],
            *reference.table("province_aliases")["alias"], *reference.table("vocabularies")["value"]]  # fmt: skip
    assert [text for text in said if kind_of(str(text), TEXT)] == []


def test_no_cell_of_the_shipped_sample_is_taken_for_a_person():
    import csv

    for name, table in record_tables().items():
        with (ROOT / "data" / "sample" / f"{name}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                ids = {*table.key, *table.links} - set(table.places)
                assert not [
                    c for c, cell in row.items() if cell and kind_of(cell, table.fields[c], is_id=c in ids)
                ]


@pytest.mark.parametrize("form", ["csv", "xls", "parquet"])
def test_a_file_that_names_a_person_is_refused_without_a_word_of_it(tmp_path: Path, form):
    folder = write_minimal(tmp_path / "records")
    rows = [line.split(",") for line in MINIMAL["campaign_events"].splitlines()]
    rows[1][5], rows[2][6], rows[2][7] = "Sok Dara", "012 345 678", "សុខ ដារ៉ា"
    write(folder, "campaign_events", rows, form)
    with pytest.raises(DataError) as caught:
        load_records(folder)
    assert [(fault.column, fault.rule, fault.rows, fault.found) for fault in caught.value.faults] == [
        (column, f"1 cell looks like {kind}: the table is refused", (), "")
        for column, kind in (("district", "names"), ("commune", "telephone numbers"), ("event_type", "names"))
    ]
    assert not any(word in str(caught.value) for word in ("Sok", "345", "ដារ៉ា"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_name_hides_no_other_fault_of_its_file_and_nothing_of_the_file_is_quoted(tmp_path: Path, form):
    folder = write_minimal(tmp_path / "records")
    rows = [line.split(",") for line in MINIMAL["campaign_events"].splitlines()]
    rows[1][5], rows[1][4], rows[2][7], rows[2][0] = "Sok Dara", "Nowhere", "parade", rows[1][0]
    write(folder, "campaign_events", rows, form)
    with pytest.raises(DataError) as caught:
        load_records(folder)
    assert {(fault.column, fault.rows) for fault in caught.value.faults} == {
        ("district", ()), ("adm1_code", (2,)), ("event_type", (3,)), ("event_id", (2, 3)),
    }  # fmt: skip
    assert not any(word in str(caught.value) for word in ("Sok", "Nowhere", "parade", "EV-1"))


def test_an_id_that_is_a_name_is_proposed_to_no_other_table(tmp_path: Path):
    folder = write_minimal(tmp_path / "records")
    edit(folder, "partners", "NGO01,Placeholder", "Maria Gomez,Placeholder")
    edit(folder, "trainings", "TR-1,IOM", "TR-1,Mario Gomes1")
    with pytest.raises(DataError, match="must be a partner_id of partners") as caught:
        load_records(folder)
    assert "Maria" not in str(caught.value)


def test_a_large_file_that_names_a_person_is_refused_as_well(tmp_path: Path, monkeypatch):
    from ctip_analysis.inside.records import flat_files

    monkeypatch.setattr(flat_files, "LARGE", 0)
    folder = write_minimal(tmp_path / "records")
    edit(folder, "trainings", "police,law", "police,Sok Dara")
    with pytest.raises(DataError, match=r"column topic: 1 cell looks like names"):
        load_records(folder)


def test_a_plan_with_names_of_provinces_in_its_key_names_nobody(tmp_path: Path):
    folder = write_minimal(tmp_path / "records")
    edit(folder, "campaign_plan", "KH17,2", "Phnom Penh,2")
    assert load_records(folder)["campaign_plan"]["adm1_code"].tolist() == ["KH12", "KH12"]
