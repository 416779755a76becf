"""Files as partners send them give the right value or the right sentence, never a wrong number that looks right."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import openpyxl
import pytest
from record_folder import MINIMAL, edit, faults, sentences
from table_files import write

from ctip_analysis.inside import count
from ctip_analysis.inside.records import flat_files, load_records
from ctip_analysis.inside.records.intake import assess

pytestmark = pytest.mark.long

EVENTS = [line.split(",") for line in MINIMAL["campaign_events"].splitlines()]


def attendance(small: Path) -> int:
    return int(load_records(small)["campaign_events"]["attendance_total"].sum())


def typed(cell: str) -> object:
    return int(cell) if cell.isdigit() else cell or None


def workbook(
    small: Path, table: str = "campaign_events", sheet: str = "2004"
) -> tuple[openpyxl.Workbook, Path]:
    """The table as a workbook of one sheet in place of the CSV, to be changed and saved."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in MINIMAL[table].splitlines():
        book.active.append([typed(cell) for cell in line.split(",")])
    (small / f"{table}.csv").unlink()
    return book, small / f"{table}.xlsx"


# Workbooks


def test_a_hidden_sheet_is_left_out_and_named(small):
    book, path = workbook(small)
    old = book.create_sheet("old version", 0)
    for row in book["2004"].values:
        old.append([9_999 if cell == 3000 else cell for cell in row])
    old.sheet_state = "hidden"
    book.save(path)
    assert attendance(small) == 3_000
    (note,) = load_records(small).notes
    assert str(note) == "campaign_events.xlsx, sheet old version: the sheet is hidden → it was left out"


def test_a_workbook_with_hidden_sheets_alone_is_refused(small):
    book, path = workbook(small, sheet="data")
    book["data"].sheet_state = "hidden"
    book.create_sheet("notes")
    book.save(path)
    assert "hidden and not read: data" in sentences(small)[0]


def test_all_sheets_with_the_columns_of_the_table_are_read_by_name_of_column(small):
    book, path = workbook(small)
    later = book.create_sheet("2005")
    header, first, _ = book["2004"].values
    later.append(header[::-1])
    later.append(["EV-9" if cell == "EV-1" else 500 if cell == 3000 else 5 if cell in (1600, 1300, 900) else cell
                  for cell in first[::-1]])  # fmt: skip
    book.save(path)
    assert attendance(small) == 3_500
    later["A2"] = "not so"
    book.save(path)
    assert sentences(small) == [
        "campaign_events.xlsx, sheet 2005, column is_synthetic, row 2: must be true or false; found “not so” "
        "→ write true or false"
    ]


def test_a_sheet_with_rows_and_other_columns_is_named_and_a_note_to_the_reader_is_not(small):
    book, path = workbook(small)
    book.create_sheet("read me").append(["Numbers were counted at the door."])
    book.save(path)
    assert attendance(small) == 3_000
    other = book.create_sheet("2005")
    other.append(["Date", "Place", "People"])
    other.append(["2005-01-01", "Kep", 400])
    book.save(path)
    (fault,) = sentences(small)
    assert fault.startswith(
        "campaign_events.xlsx, sheet 2005: the sheet has rows and no header of campaign_events"
    )


def test_a_formula_without_a_stored_value_is_named_by_its_cell(small):
    book, path = workbook(small)
    book.active["I2"] = "=1600+1300"
    book.save(path)
    (fault,) = faults(small)
    assert (fault.cells, fault.rule) == (("I2",), "the cell has a formula without a stored value")


def test_a_text_merged_downwards_is_that_of_each_row(small):
    book, path = workbook(small)
    book.active["E3"] = None
    book.active.merge_cells("E2:E3")
    book.save(path)
    assert load_records(small)["campaign_events"]["adm1_code"].tolist() == ["KH12", "KH12"]


def test_a_merged_number_can_not_be_divided(small):
    book, path = workbook(small)
    book.active.merge_cells("I2:I3")
    book.save(path)
    (fault,) = sentences(small)
    assert "column attendance_total, row 2, 3: merged cells can't be divided among rows or columns" in fault


def test_a_total_over_hidden_rows_is_not_the_sum_of_what_is_seen(small):
    book, path = workbook(small)
    _, first, _ = book.active.values
    book.active.append(["EV-9", *first[1:8], 500])
    book.active.append(["Total", *[None] * 7, 3500])
    book.active.row_dimensions[4].hidden = True
    book.save(path)
    (fault,) = sentences(small)
    assert "sheet 2004, row 5: the row is a total that is not the sum of the rows above it" in fault


def test_the_header_is_found_below_titles_and_rows_keep_their_numbers(small):
    book, path = workbook(small)
    book.active.insert_rows(1, 3)
    book.active["A1"] = "Information campaign, attendance by event"
    book.active["A2"] = "as of December 2004"
    book.active["C6"] = "spring"
    book.save(path)
    (fault,) = sentences(small)
    assert "column event_date, row 6: must be a date" in fault


def test_dates_of_the_system_of_1904_are_the_days_a_person_sees(small):
    book, path = workbook(small)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["C2"] = dt.date(2004, 3, 1)
    book.save(path)
    assert load_records(small)["campaign_events"]["event_date"].astype(str).tolist()[0] == "2004-03-01"


def test_a_number_with_three_decimals_is_no_thousands_in_a_workbook(small):
    book, path = workbook(small, "subgrants")
    book.active["E2"] = 5.125
    book.save(path)
    assert load_records(small)["subgrants"]["amount"].tolist() == [5.125]


def test_a_stray_cell_at_the_end_of_the_sheet_costs_nothing_and_is_named(small):
    book, path = workbook(small)
    book.active["A1048576"] = "x"
    book.save(path)
    found = sentences(small)
    assert found and all("row 1048576" in fault for fault in found)


def test_a_protected_workbook_says_how_to_save_it(small):
    (small / "rescues.csv").unlink()
    (small / "rescues.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert "rescues.xlsx: the workbook is protected by a password, or damaged" in sentences(small)[0]


# Text files


@pytest.mark.parametrize(
    "encoding, separator", [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ";")]
)
def test_usual_encodings_and_separators_give_the_same_rows(small, encoding, separator):
    text = MINIMAL["campaign_events"].replace("Siem Reap", "Takéo").replace(",", separator)
    (small / "campaign_events.csv").write_bytes(text.encode(encoding))
    events = load_records(small)["campaign_events"]
    assert events["adm1_code"].tolist() == ["KH12", "KH21"] and events["attendance_total"].sum() == 3_000


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_usual_line_ends_give_the_same_rows(small, line_end):
    text = MINIMAL["campaign_events"].replace("\n", line_end)
    (small / "campaign_events.csv").write_bytes(text.encode())
    assert attendance(small) == 3_000


def test_what_is_no_record_changes_nothing(small):
    """A blank line, a title, and the header again; spaces and commas in the last lines."""
    text = MINIMAL["campaign_events"]
    again = text.splitlines()[0]
    (small / "campaign_events.csv").write_text(f"\nAttendance of 2004\n\n{text}{again}\n,,,,,,,,,,,,,\n   \n")
    assert len(load_records(small)["campaign_events"]) == 2


def test_a_row_of_hxl_hashtags_is_left_out_and_noted(small):
    header, *lines = MINIMAL["rescues"].splitlines()
    tags = "#meta+id,#org,#date,#adm1+code,#affected,#meta"
    (small / "rescues.csv").write_text("\n".join([header, tags, *lines]) + "\n")
    records = load_records(small)
    assert records["rescues"]["n_victims"].tolist() == [3]
    assert str(records.notes[0]).startswith("rescues.csv, row 2: the row has HXL hashtags")


def test_a_file_without_a_header_is_refused_without_a_word_of_its_rows(small):
    (small / "clients.csv").write_text(
        "Sok Dara,NGO01,2004-01-10,female,18_plus,victim,Forced labour,KH12,true,true\n"
    )
    (fault,) = sentences(small)
    assert fault.startswith(
        "clients.csv: no row with the names of the columns was found in the first 15 rows"
    )
    assert "Sok" not in fault and "Forced" not in fault


def test_a_row_that_was_joined_to_the_header_is_not_repeated(small):
    path = small / "clients.csv"
    path.write_text(path.read_text().replace("synthetic\nCL-1,NGO01", "syntheticCL-1,Qzxwvk"))
    found = sentences(small)
    assert not [fault for fault in found if "Qzxwvk" in fault or "labour" in fault]
    assert "clients.csv: 9 columns are not of the table, the first are J, K, L" in "".join(found)


def test_part_of_a_row_that_was_joined_to_part_of_the_header_is_not_repeated(small):
    path = small / "clients.csv"
    first, second, other = path.read_text().splitlines()
    path.write_text(f"{first[:40]}{second[-40:].replace('victim', 'Qzxwvk')}\n{other}\n")
    found = sentences(small)
    assert "columns are not of the table" in "".join(found) and "Qzxwvk" not in "".join(found)


def test_a_column_of_a_parquet_file_with_a_blank_name_is_a_fault(small):
    rows = [[*EVENTS[0], " "], *([*row, "x"] for row in EVENTS[1:])]
    write(small, "campaign_events", rows, "parquet")
    (fault,) = faults(small)
    assert fault.rule == "the table has no such column"


def test_a_row_that_was_cut_off_is_named_with_its_cells(small):
    path = small / "campaign_events.csv"
    path.write_text(path.read_text() + "EV-3,IOM,2004-11-01,1,KH12,,,performance\n")
    assert sentences(small) == [
        "campaign_events.csv, row 4: the row has 8 of 14 cells → look for a row that was cut off"
    ]


def test_a_total_that_its_rows_do_not_add_up_to_is_named_and_breaks_no_other_rule(small):
    path = small / "campaign_events.csv"
    path.write_text(path.read_text() + "TOTAL,,,,,,,,3001,,,,,\n")
    assert sentences(small) == [
        "campaign_events.csv, row 4: the row is a total that is not the sum of the rows above it → "
        "look for rows that are missing or were not read, and delete the row: totals are computed here"
    ]
    path.write_text(path.read_text().replace("TOTAL", "សរុប:"), encoding="utf-8")
    assert "row 4: the row is a total" in sentences(small)[0]


def test_a_total_that_is_the_sum_of_its_rows_is_left_out_and_noted(small):
    path = small / "campaign_events.csv"
    path.write_text(path.read_text() + "Grand Total 2004,,,,,,,,3000,1600,1300,900,,\n")
    records = load_records(small)
    assert records["campaign_events"]["attendance_total"].sum() == 3_000
    assert [str(note) for note in records.notes] == [
        "campaign_events.csv, row 4: the row is a total, and the sum of its rows → it was left out"
    ]


def test_a_column_with_the_name_of_a_province_is_no_person_s(small):
    header, *lines = MINIMAL["campaign_events"].splitlines()
    text = "\n".join([f"{header},province_name", *(f"{line},Kep" for line in lines)])
    (small / "campaign_events.csv").write_text(text + "\n")
    (fault,) = sentences(small)
    assert "column province_name: the table has no such column" in fault


@pytest.mark.parametrize("words", ["Grand total", "Sub total", "TOTAL"])
def test_a_total_above_its_rows_is_left_out_and_no_person_s_name(small, words):
    path = small / "campaign_events.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, f"{words},,,,,,,,3000,1600,1300,900,,", *rows]) + "\n")
    assert load_records(small)["campaign_events"]["attendance_total"].sum() == 3_000


def test_names_of_columns_are_known_in_other_case_and_with_spaces(small):
    path = small / "rescues.csv"
    path.write_text(path.read_text().replace("operation_id,partner_id", "Operation ID,Partner-ID *"))
    assert load_records(small)["rescues"]["operation_id"].tolist() == ["OP-1"]


@pytest.mark.parametrize("words", [
    "Total USAID", "USAID total", "TOTAL (all)", "Subtotal: USAID", "Overall", "All agencies", "Sum of the above",
    "សរុប ២០០៤",
])  # fmt: skip
def test_a_total_in_other_words_and_with_every_cell_filled_is_not_added_to_its_rows(small, words):
    path = small / "obligations.csv"
    path.write_text(path.read_text() + f"2004,{words},all,94012,list of awards\n", encoding="utf-8")
    assert load_records(small)["obligations"]["amount_usd"].sum() == 94_012
    path.write_text(path.read_text().replace(f"{words},all,94012", f"{words},all,94013"), encoding="utf-8")
    assert "row 3: the row is a total that is not the sum" in sentences(small)[0]


def test_a_total_is_not_compared_with_rows_that_have_faults(small):
    """Its rows add up once the one that can't be read is mended: only that one is named."""
    path = small / "campaign_events.csv"
    path.write_text(path.read_text().replace("3000,1600,1300,900", "3.000,,,") + "TOTAL,,,,,,,,3000,,,,,\n")
    (fault,) = sentences(small)
    assert "row 2: is ambiguous" in fault


def test_faults_of_cells_hide_no_other_fault_of_the_sheet(small):
    """An error in a cell, a cell too many and a wrong word, each in a row of its own; a row points to one of them."""
    book, path = workbook(small, "clients")
    book.active["G2"] = "#REF!"
    book.active["L3"] = "beside the table"
    book.active.append(["CL-3", "NGO01", "2004-02-10", "young", "15_17", "at_risk", None, None, False, True])
    book.save(path)
    assert sorted(fault.split(": ", 1)[1].split(";")[0].split(" →")[0] for fault in sentences(small)) == [
        "must be one of female, male, other, unknown",
        "the cell has the error #REF!",
        "the row has a value in column L, where the header has no name",
    ]


def test_a_remark_below_the_table_is_one_fault(small):
    path = small / "campaign_events.csv"
    path.write_text(path.read_text() + "Prepared by: programme assistant,,,,,,,,,,,,,\n")
    (fault,) = sentences(small)
    assert fault.startswith("campaign_events.csv, row 4: the row has one filled cell") and "assistant" not in fault


# Packed files


def test_files_packed_by_gzip_or_zip_are_read(small):
    for table, pack in (("rescues", "gz"), ("trainings", "csv.zip"), ("structures", "zip")):
        content = (small / f"{table}.csv").read_bytes()
        (small / f"{table}.csv").unlink()
        if pack == "gz":
            (small / f"{table}.csv.gz").write_bytes(gzip.compress(content))
            continue
        with zipfile.ZipFile(small / f"{table}.{pack}", "w") as archive:
            archive.writestr("report/data.csv", content)
    records = load_records(small)
    assert [len(records[name]) for name in ("rescues", "trainings", "structures")] == [1, 1, 1]


def test_faults_in_a_packed_file_are_named_by_the_file_that_was_sent(small):
    content = (small / "rescues.csv").read_bytes().replace(b",3,", b",thre,")
    (small / "rescues.csv").unlink()
    (small / "rescues.csv.gz").write_bytes(gzip.compress(content))
    assert sentences(small)[0].startswith("rescues.csv.gz, column n_victims, row 2: must be a whole number")


@pytest.mark.parametrize("name", ["training_roster.csv.gz", "training_roster.zip"])
def test_a_damaged_archive_of_an_optional_table_is_not_passed_over(small, name):
    (small / name).write_bytes(b"x")
    assert sentences(small)[0].startswith(f"{name}: the archive is damaged")


@pytest.mark.parametrize("name", [
    "training_roster", "training_roster.pdf", "training_roster.html", "training_roster.csv.bak",
    "2004/training_roster.csv",
])  # fmt: skip
def test_a_table_in_a_file_that_is_not_read_is_named_and_a_copy_beside_the_file_is_not(small, name):
    (small / name).parent.mkdir(exist_ok=True)
    (small / name).write_bytes(b"x")
    (fault,) = sentences(small)
    assert fault.startswith((f"{name}: the table is in a folder below", f"{name}: this kind of file is not read"))
    (small / "training_roster.csv").write_text("participant_key,training_id,sex,completed,is_synthetic\n")
    assert [note.file for note in load_records(small).notes] == [name]


@pytest.mark.parametrize("name", ["training_roster.xlsb", "training_roster.csv.bz2", "training_roster.json"])
def test_a_kind_that_is_not_read_is_named(small, name):
    (small / name).write_bytes(b"x")
    (fault,) = sentences(small)
    assert fault.startswith(f"{name}: ") and (
        "kind of file is not read" in fault or "no record table" in fault
    )


# Values


def test_a_point_before_three_digits_is_ambiguous(small):
    edit(small, "campaign_events", "3000,1600,1300,900", "3.000,,,")
    edit(small, "subgrants", "5000,USD", "12.000,USD")
    counted, paid = sentences(small)
    assert "is ambiguous: the point can mean thousands or decimals; found “3.000”" in counted
    assert "column amount, row 2: is ambiguous" in paid


def test_the_month_is_enough_where_the_description_says_so(small):
    edit(small, "clients", "2004-01-10", "2004-01")
    cells = count(load_records(small), year=2004)
    assisted = cells[cells["indicator"].eq("clients_assisted") & cells["period"].eq("2004")].iloc[0]
    assert assisted["value"] == 1
    edit(small, "rescues", "2004-04-01", "2004-04")
    assert "rescues.csv, column op_date, row 2: must be a date written YYYY-MM-DD;" in sentences(small)[0]


@pytest.mark.parametrize("written, day", [
    ("2003-12-31T17:00:00Z", "2004-01-01"),  # midnight in Cambodia, as programs write it
    ("2003-12-31 20:15:00.000+00:00", "2004-01-01"),
    ("2003-12-31T10:00:00-05:00", "2003-12-31"),
    ("2004-01-01T06:30:00.000+07:00", "2004-01-01"),
])  # fmt: skip
def test_a_time_of_another_zone_is_the_day_it_was_in_cambodia(small, written, day):
    edit(small, "campaign_events", "2004-03-01", written)
    assert str(load_records(small)["campaign_events"]["event_date"].iloc[0])[:10] == day


def test_a_comma_before_three_digits_is_ambiguous_where_semicolons_separate_cells(small):
    """Excel of a country that writes 1,5 for one and a half saves semicolons."""
    path = small / "subgrants.csv"
    path.write_text(path.read_text().replace(",", ";").replace("5000", "1,500"))
    (fault,) = sentences(small)
    assert "column amount, row 2: is ambiguous" in fault
    path.write_text(path.read_text().replace("1,500", "1,500,000"))
    assert load_records(small)["subgrants"]["amount"].tolist() == [1_500_000]


@pytest.mark.parametrize("parts", [",1600,1300,900", ",1600,,", ",,,900"])
def test_attendance_by_sex_or_age_without_its_total_is_not_lost(small, parts):
    edit(small, "campaign_events", "3000,1600,1300,900", parts)
    (fault,) = sentences(small)
    assert "breaks “Attendance by sex or age has its total”" in fault


def test_ids_are_the_same_without_what_cannot_be_seen(small):
    header, first, _ = MINIMAL["campaign_events"].splitlines()
    ids = ["EV-1", "EV\u200b-1", "\u00a0EV-1", "ev-1", "EV -1"]
    lines = [first.replace("EV-1", one).replace(",,,performance", f",Commune {n},,performance")
             for n, one in enumerate(ids)]  # fmt: skip
    (small / "campaign_events.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    assert "column event_id, row 2, 3, 4, 5, 6: must be in one row only" in sentences(small)[0]


def test_a_word_that_is_not_in_the_list_names_the_list_and_not_the_word(small):
    edit(small, "clients", "2004-01-10,female", "2004-01-10,young")
    (fault,) = sentences(small)
    assert fault.startswith("clients.csv, column sex, row 2: must be one of female, male, other, unknown → write")
    assert "young" not in fault


def test_khmer_signs_in_another_order_are_the_same_province(small):
    edit(small, "clients", "Forced labour,KH12", "Forced labour,ភំ្នពេញ")
    assert load_records(small)["clients"]["adm1_origin"].tolist()[0] == "KH12"


def test_an_amount_has_a_currency(small):
    edit(small, "subgrants", "5000,USD", "4000000,")
    (fault,) = sentences(small)
    assert "subgrants.csv, column amount, currency, row 2: breaks “An amount has a currency”" in fault


@pytest.mark.parametrize(
    "old, new",
    [("2004-09-05,convicted,2,1", ",convicted,2,1"), ("2004-09-05,convicted,2,1", ",convicted,2,0")],
)
def test_a_conviction_has_the_date_of_its_judgment(small, old, new):
    edit(small, "cases", old, new)
    (fault,) = sentences(small)
    assert "row 2: breaks “A conviction has the date of its judgment”" in fault


def test_a_de_obligation_is_negative_and_counts(small):
    path = small / "obligations.csv"
    path.write_text(path.read_text() + "2004,USAID,IOM,-12000,list of awards\n")
    assert load_records(small)["obligations"]["amount_usd"].sum() == 82_012


# Large files


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_large_file_gives_the_same_rows_and_faults(small, kind, monkeypatch):
    """A file that counts as large from its first byte is read by the engine first, row by row if a row is wrong."""
    def in_place(text: str) -> None:
        import duckdb

        path = small / "campaign_events.csv"
        path.write_text(text, encoding="utf-8")
        if kind == "parquet":
            rows = duckdb.sql(f"FROM read_csv('{path}', all_varchar=true)")
            rows.write_parquet(str(small / "campaign_events.parquet"))
            path.unlink()

    in_place(MINIMAL["campaign_events"])
    expected = load_records(small)["campaign_events"]
    monkeypatch.setattr(flat_files, "LARGE", 0)
    monkeypatch.setattr(flat_files, "LARGE_PARQUET", 0)
    assert load_records(small)["campaign_events"].equals(expected)
    in_place(MINIMAL["campaign_events"].replace("EV-2", "EV-1"))
    assert "column event_id, row 2, 3: must be in one row only" in sentences(small)[0]
    in_place(MINIMAL["campaign_events"].replace("2004-06-15", "June"))
    assert "column event_date, row 3: must be a date" in sentences(small)[0]


def test_repeated_rows_of_a_large_file_are_a_doubt(small, monkeypatch):
    path = small / "campaign_events.csv"
    monkeypatch.setattr(flat_files, "LARGE", 0)
    assert assess(str(small)).warnings == []
    path.write_text(path.read_text() + path.read_text().splitlines()[1].replace("EV-1", "EV-9") + "\n")
    found = assess(str(small))
    assert found.faults == []
    assert [fault.rule for fault in found.warnings] == ["the row is there twice, in all columns but its key"]
