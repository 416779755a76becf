"""Each kind of dirty data in dirty_data_cases.csv is read with its right value, or refused by its place.

The list of kinds is a copy of the project's own collection, with the source of each kind in its last column.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest
from record_folder import MINIMAL, edit, faults
from table_files import FORMATS, ods, write, xls

from ctip_analysis import direction
from ctip_analysis.base.errors import CountingRuleError, DataError
from ctip_analysis.inside import count, protect
from ctip_analysis.inside.records import Records, load_records
from ctip_analysis.inside.records.intake import assess

pytestmark = pytest.mark.long

KINDS = [
    row["id"]
    for row in csv.DictReader((Path(__file__).parent / "dirty_data_cases.csv").open(encoding="utf-8"))
]
TABLES = {name: list(csv.reader(text.splitlines())) for name, text in MINIMAL.items()}
HEADER = TABLES["campaign_events"][0]
EVENT = dict(zip(HEADER, TABLES["campaign_events"][1], strict=True)) | {
    "attendance_female": "",
    "attendance_male": "",
    "attendance_under18": "",
}

# kind, column, what is written, what it means
EVENTS_READ = [
    ("DD07", "attendance_total", "1,288*", 1288),
    ("DD07", "attendance_total", "161 (a)", 161),
    ("DD07", "attendance_total", "161²", 161),
    ("DD11", "adm1_code", "ភ្នំ\u200bពេញ", "KH12"),
    ("DD11", "adm1_code", "Siem\u00a0Reap", "KH17"),
    ("DD12", "attendance_total", "១,៣៧៨", 1378),
    ("DD12", "attendance_total", "๑๒๐", 120),
    *(("DD12", "attendance_total", text, 3000) for text in ("៣០០០", "٣٠٠٠")),
    *(("DD13", "attendance_total", text, 3000) for text in ("3 000", "3,000", "3000.0", "+3000", "3\u00a0000")),
    ("DD13", "attendance_total", "3000\u200b", 3000),
    ("DD13", "attendance_total", "1,378", 1378),
    ("DD14", "attendance_total", "over 5,700", 5700),
    ("DD14", "attendance_total", "about 3000", 3000),
    ("DD14", "attendance_total", ">500", 500),
    ("DD14", "attendance_total", "500+", 500),
    ("DD14", "attendance_total", "Ten", 10),
    ("DD14", "attendance_total", "Twenty-three", 23),
    ("DD14", "attendance_total", "ប្រហែល ៣០០", 300),
    *(("DD15", "attendance_total", text, None) for text in ("ND", "N/A", "n.a.", "-", "--", "TBD", "...", "គ្មាន")),
    ("DD16", "attendance_total", "0", 0),
    ("DD17", "attendance_total", "1.5E+03", 1500),
    ("DD17", "attendance_total", "89e2", 8900),
    ("DD21", "event_date", "2547-03-01", "2004-03-01"),
    ("DD21", "event_date", "២៥៤៨-០៨-១៥", "2004-08-15"),
    ("DD24", "event_date", "15 កក្កដា ២០០៤", "2004-07-15"),
    ("DD24", "event_date", "ថ្ងៃទី១៥ ខែកក្កដា ឆ្នាំ២០០៤", "2004-07-15"),
    ("DD24", "event_date", "1 March 2004", "2004-03-01"),
    ("DD24", "event_date", "July 4th, 2004", "2004-07-04"),
    ("DD24", "event_date", "2004/3/1", "2004-03-01"),
    *(
        ("DD24", "event_date", text, "2004-03-01")
        for text in ("2004-03-01T09:30:00.000+07:00", "2004-03-01 00:00:00", "២០០៤-០៣-០១")
    ),
    ("DD25", "campaign_year", "Year 2", 2),
    *(
        ("DD28", "adm1_code", name, code)
        for name, code in {
            "Siem Riep": "KH17", "Kompong Cham": "KH03", "Svey Rieng": "KH20", "Rattanakiri": "KH16",
            "Mondul Kiri": "KH11", "Udor Meanchey": "KH22", "Takéo": "KH21", "Kratié": "KH10", "Kampong Som": "KH18",
        }.items()
    ),
    ("DD30", "adm1_code", "Poipet", "KH01"),
    ("DD30", "adm1_code", "Sihanoukville", "KH18"),
    ("DD30", "adm1_code", "Bavet", "KH20"),
    ("DD30", "adm1_code", "Pailin town", "KH24"),
    *(("DD32", "adm1_code", code, "KH01") for code in ("1", "01", "KH01", "KH-1", "kh1", "1.0", "០១")),
    ("DD42", "event_type", "Village activity  ", "village_activity"),
]  # fmt: skip
EVENTS_REFUSED = [
    ("DD05", "campaign_year", "KH12"),
    ("DD09", "adm1_code", "PñMeBj"),
    *(("DD13", "attendance_total", text) for text in ("3.000", "12.000", "3.000.000", "3,00", "30 00")),
    *(("DD18", "attendance_total", text) for text in ("under 5700", "-9", "12o", "1e-3")),
    ("DD14", "attendance_total", "<5"),
    ("DD14", "attendance_total", "300-500"),
    ("DD18", "attendance_total", "-5"),
    ("DD18", "attendance_total", "12.5"),
    ("DD18", "attendance_total", "45000"),
    ("DD18", "attendance_total", "50%"),
    ("DD21", "event_date", "2547-05-03"),
    ("DD21", "event_date", "2548"),
    ("DD22", "event_date", "03/04/2004"),
    ("DD22", "event_date", "13/04/2004"),
    *(("DD24", "event_date", text) for text in ("March 2004", "1 March 04")),
    ("DD23", "event_date", "38047"),
    ("DD23", "event_date", "38191"),
    ("DD23", "event_date", "2038-01-01"),
    *(("DD25", "event_date", text) for text in ("Year 2", "FY04", "2004-05", "Q3", "2004")),
    ("DD28", "adm1_code", "Kampong Xyz"),
    ("DD29", "adm1_code", "Tbong Khmum"),
    ("DD31", "adm1_code", "13 provinces"),
    ("DD31", "adm1_code", "Nationwide"),
    *(("DD32", "adm1_code", code) for code in ("KH26", "-9", "-1", "99", "26", "0")),
    ("DD37", "event_id", "REUSED"),
    ("DD37", "event_id", "reused"),
    ("DD41", "event_type", "show + bike"),
]
CLIENTS_READ = [
    *(("DD38", "sex", text, "female") for text in ("F", "f", "Female", "FEMALE", "female ", "Girl", "ស្រី", "woman")),
    *(("DD38", "sex", text, "male") for text in ("M", "Boy", "ប្រុស")),
    ("DD39", "age_band", "0-14", "under_15"),
    ("DD39", "age_band", "15-17", "15_17"),
    ("DD39", "age_band", "18+", "18_plus"),
    ("DD40", "age_band", "adult", "18_plus"),
    ("DD40", "age_band", "-99", "unknown"),
    ("DD40", "age_band", "99", "unknown"),
    ("DD31", "adm1_origin", "Various", None),
    ("DD31", "adm1_origin", "Nationwide", None),
    ("DD15", "adm1_origin", "N/A", None),
    ("DD49", "consent_to_share", "no", False),
    ("DD49", "consent_to_share", "Yes", True),
]
CLIENTS_REFUSED = [
    *(("DD38", "sex", text) for text in ("1", "2", "x")),
    *(("DD39", "age_band", text) for text in ("<18", "9--17", "15-24", "0")),
    ("DD49", "consent_to_share", "perhaps"),
]  # fmt: skip


def table(small: Path, name: str, base: dict[str, str], rows: list[tuple[str, ...]]) -> None:
    """Write the table *name* with a row for each (kind, column, written, …), numbered in its key."""
    header, key = list(base), next(iter(base))
    differs = (
        "commune" if "commune" in base else key
    )  # rows that agree in all columns are a fault of their own
    lines = [
        list((base | {differs: f"Commune {nth}", key: f"ROW-{nth}"} | {row[1]: row[2]}).values())
        for nth, row in enumerate(rows)
    ]
    write(small, name, [header, *lines], "csv")


CLIENT = dict(zip(*TABLES["clients"][:2], strict=True)) | {"client_type": "victim"}


@pytest.mark.parametrize(
    "name, base, rows", [("campaign_events", EVENT, EVENTS_READ), ("clients", CLIENT, CLIENTS_READ)],
    ids=["events", "clients"],
)  # fmt: skip
def test_what_has_one_meaning_is_read_with_it(small, name, base, rows):
    (small / "services.csv").write_text(MINIMAL["services"].replace("CL-1", "ROW-0").replace("CL-2", "ROW-1"))
    table(small, name, base, rows)
    if name == "campaign_events":
        (small / "services.csv").write_text(MINIMAL["services"])
    read = load_records(small)[name].astype({"event_date": "string"} if "event_date" in base else {})
    read = read.astype(object).where(read.notna(), None)
    wrong = [
        (kind, written, found, meant)
        for (kind, column, written, meant), (_, row) in zip(rows, read.iterrows(), strict=True)
        if (found := row[column]) != meant and str(found)[:10] != meant
    ]
    assert not wrong


@pytest.mark.parametrize(
    "name, base, rows",
    [("campaign_events", EVENT, EVENTS_REFUSED), ("clients", CLIENT, CLIENTS_REFUSED)],
    ids=["events", "clients"],
)
def test_what_could_mean_something_else_is_refused_by_its_column_and_row(small, name, base, rows):
    table(small, name, base, rows)
    found = {
        (fault.column, row) for fault in faults(small) if fault.file == f"{name}.csv" for row in fault.rows
    }
    assert found == {(column, number) for number, (_, column, _) in enumerate(rows, start=2)}


def test_a_word_that_was_left_out_is_noted_with_its_row(small):
    table(
        small,
        "campaign_events",
        EVENT,
        [row for row in EVENTS_READ if row[0] in ("DD07", "DD14", "DD15", "DD17")],
    )
    notes = [note for note in load_records(small).notes if note.column == "attendance_total"]
    assert sorted(row for note in notes for row in note.rows) == list(range(2, 2 + 20))


# Kinds of a row, a sheet or a file


def dd01(small: Path) -> int:
    """Two rows of headings, merged, below a title."""
    book = openpyxl.Workbook()
    first = [name.replace("attendance_", "") if name.startswith("attendance_") else None for name in HEADER]
    above = [name if short is None else None for name, short in zip(HEADER, first, strict=True)]
    above[HEADER.index("attendance_total")] = "Attendance"
    book.active.append(["Information campaign"])
    for row in (above, first, *TABLES["campaign_events"][1:]):
        book.active.append(list(row))
    place = HEADER.index("attendance_total") + 1
    book.active.merge_cells(start_row=2, end_row=2, start_column=place, end_column=place + 3)
    book.save(small / "campaign_events.xlsx")
    (small / "campaign_events.csv").unlink()
    return 3000


def dd02(small: Path) -> int:
    """Totals that are the sums of the rows above them."""
    path = small / "campaign_events.csv"
    first, *others = path.read_text().splitlines()[1:]
    lines = [
        ",".join(HEADER),
        first,
        "Sub-total,,,,,,,,3000,1600,1300,900,,",
        *others,
        "សរុប,,,,,,,,3000,1600,1300,900,,",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 3000


def dd03(small: Path) -> int:
    """A hidden sheet with an older version, in an old workbook."""
    rows = TABLES["campaign_events"]
    old = [[cell.replace("3000", "9999") for cell in row] for row in rows]
    (small / "campaign_events.csv").unlink()
    (small / "campaign_events.xls").write_bytes(xls([("old", True, old, ()), ("2004", False, rows, ())]))
    return 3000


def dd04(small: Path) -> int:
    """Sheets of two years with the columns in another order."""
    header, first, _ = TABLES["campaign_events"]
    later = [
        [{"EV-1": "EV-9", "2004-03-01": "2004-03-02"}.get(cell, cell) for cell in row[::-1]]
        for row in (header, first)
    ]
    (small / "campaign_events.csv").unlink()
    ods(small / "campaign_events.ods", [("2003", False, TABLES["campaign_events"]), ("2004", False, later)])
    return 6000


def dd08(small: Path) -> int:
    """Blank rows and the header again."""
    path = small / "campaign_events.csv"
    header, first, other = path.read_text().splitlines()
    path.write_text("\n".join([header, first, "", "   ", header.upper(), other]) + "\n")
    return 3000


def dd10(small: Path) -> int:
    """UTF-16 without a mark, with semicolons and old line ends."""
    text = MINIMAL["campaign_events"].replace("Siem Reap", "សៀមរាប").replace(",", ";").replace("\n", "\r")
    (small / "campaign_events.csv").write_bytes(text.encode("utf-16-le"))
    return 3000


def dd23(small: Path) -> int:
    """A day as a number in a workbook: in the system of 1904 it is another day than in that of 1900."""
    rows = [list(row) for row in TABLES["campaign_events"]]
    rows[1][2] = (dt.date(2004, 3, 1) - dt.date(1904, 1, 1)).days
    (small / "campaign_events.csv").unlink()
    (small / "campaign_events.xls").write_bytes(xls([("2004", False, rows, ())], is_1904=True))
    assert str(load_records(small)["campaign_events"]["event_date"].iloc[0])[:10] == "2004-03-01"
    return 3000


def dd50(small: Path) -> int:
    """An .xls that is called .xlsx, and text that is called .xls by a web page's export."""
    (small / "campaign_events.csv").unlink()
    content = xls([("2004", False, TABLES["campaign_events"], ())])
    (small / "campaign_events.xlsx").write_bytes(content)
    return 3000


@pytest.mark.parametrize(
    "make", [dd01, dd02, dd03, dd04, dd08, dd10, dd23, dd50], ids=lambda make: make.__name__
)
def test_a_file_as_partners_send_it_has_its_sum(small, make):
    meant = make(small)
    assert load_records(small)["campaign_events"]["attendance_total"].sum() == meant


REFUSED = {
    "DD02": (
        "campaign_events",
        "EV-2,",
        "Total,,,,,,,,757,,,,,\nEV-2,",
        "row 3: the row is a total that is not",
    ),
    "DD06": (
        "campaign_events",
        "district,commune,event_type",
        "Kep,Kampot,Takeo",
        "a column for each province",
    ),
    "DD10": ("campaign_events", "Siem Reap", "Siem \udcff\udc81Reap", "the text must be UTF-8"),
    "DD19": (
        "campaign_events",
        "3000,1600,1300,900",
        "3000,1600,1500,900",
        "Women and men together are not more",
    ),
    "DD20": ("subgrants", "5000,USD", "4000000,", "An amount has a currency"),
    "DD22": (
        "trainings",
        "2004-02-01,2004-02-05",
        "13/04/2004,04/14/2004",
        "must be a date written YYYY-MM-DD",
    ),
    "DD27": ("cases", "2004-03-05,,2004-09-05", "2004-10-05,,2004-09-05", "Stage dates do not decrease"),
    "DD43": (
        "cases",
        "CA-2,NGO01,referred,trafficking",
        "CA-2,NGO01,referred,",
        "case_kind, row 3: must not be empty",
    ),
    "DD47": (
        "clients",
        "client_id,partner_id,intake_date",
        "client_id,ឈ្មោះ,intake_date",
        "identified people",
    ),
    "DD49": ("clients", "KH12,true,true", "KH12,,true", "consent_to_share, row 2: must not be empty"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_fault_of_a_row_or_a_file_is_named(small, kind):
    name, old, new, sentence = REFUSED[kind]
    path = small / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode("utf-8", "surrogateescape"))
    assert any(sentence in str(fault) for fault in faults(small))


UNREADABLE = {
    "rescues": (b"", "empty (0 bytes)"),
    "trainings": (b"PK\x03\x04", "no Excel workbook"),
    "structures": (b"\xd0\xcf\x11\xe0\xa1\xb1", "protected by a password"),
    "subgrants": (b"<html><table>", "no Excel workbook"),
}


def test_dd50_a_file_that_can_not_be_read_is_named_with_the_cause(small):
    for table, (content, _) in UNREADABLE.items():
        (small / f"{table}.csv").unlink()
        (small / f"{table}.xlsx").write_bytes(content)
    found = {fault.file.removesuffix(".xlsx"): str(fault) for fault in faults(small)}
    assert all(sentence in found[table] for table, (_, sentence) in UNREADABLE.items())


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods"])
def test_dd52_an_error_in_a_cell_is_named_in_every_kind_of_workbook(small, form):
    rows = [list(row) for row in TABLES["cases"]]
    rows[1][6], rows[1][8], rows[2][4] = "#N/A", "#REF!", "#DIV/0!"
    write(small, "cases", rows, form)
    found = {fault.cells: fault.rule.removeprefix("the cell has the error ") for fault in faults(small)}
    assert found == {("G2",): "#N/A", ("I2",): "#REF!", ("E3",): "#DIV/0!"}


def test_dd51_a_formula_without_a_value_is_named_in_an_open_document(small):
    rows = [list(row) for row in TABLES["cases"]]
    rows[1][8] = '<table:table-cell table:formula="of:=A1"/>'
    write(small, "cases", rows, "ods")
    (fault,) = faults(small)
    assert fault.rule == "the cell has a formula without a stored value" and fault.rows == (2,)


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods"])
def test_dd03_only_rows_that_are_seen_are_read_in_every_kind_of_workbook(small, form):
    header, first, other = TABLES["campaign_events"]
    old = [{"EV-1": "EV-0", "3000": "9999", "KH12": "#N/A"}.get(cell, cell) for cell in first]
    write(small, "campaign_events", [header, old, first, other], form, hidden=[2])
    records = load_records(small)
    assert records["campaign_events"]["attendance_total"].sum() == 3000
    assert [(note.rule, note.rows, note.mend) for note in records.notes] == [
        ("the row is hidden", (2,), "it was left out")
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_rows(small, form):
    expected = load_records(small)["campaign_events"]
    write(small, "campaign_events", TABLES["campaign_events"], form)
    assert load_records(small)["campaign_events"].equals(expected)


def test_dd33_coordinates_are_no_column_of_any_table_and_are_named(small):
    edit(small, "campaign_events", "commune,event_type", "latitude,event_type")
    assert any(fault.column == "latitude" and "no such column" in fault.rule for fault in faults(small))


def test_dd36_two_files_of_one_table_are_named(small):
    write(small, "campaign_events", TABLES["campaign_events"], "xlsx")
    (small / "campaign_events.csv").write_text(MINIMAL["campaign_events"])
    assert "has two files" in faults(small)[0].rule


def test_dd35_a_person_in_two_courses_has_two_places(small):
    (small / "training_roster.csv").write_text(
        "participant_key,training_id,sex,completed,is_synthetic\nP-1,TR-1,F,yes,true\nP-1,TR-2,F,no,true\n"
    )
    path = small / "trainings.csv"
    path.write_text(path.read_text() + "TR-2,IOM,2004-03-01,2004-03-05,KH12,police,law,20,5,18,true\n")
    roster = load_records(small)["training_roster"]
    assert len(roster) == 2 and roster["participant_key"].nunique() == 1


# What a folder says about its files


def declared(small: Path, *lines: str) -> Records:
    (small / "formats.csv").write_text(
        "table,column,setting,value\n" + "".join(f"{line}\n" for line in lines)
    )
    return load_records(small)


def test_what_is_declared_is_no_longer_ambiguous(small):
    edit(small, "campaign_events", "2004-03-01", "01/03/2004")
    edit(small, "campaign_events", "2004-06-15", "15/06/2004")
    edit(small, "campaign_events", "performance,3000,1600,1300,900", "performance,3.000,1.600,1.300,-9")
    edit(small, "subgrants", "5000,USD", '"1.234,50",USD')
    records = declared(small, "campaign_events,event_date,dates,day_first", "campaign_events,,decimals,comma",
                       "campaign_events,attendance_under18,missing,-9", "subgrants,amount,decimals,comma")  # fmt: skip
    events = records["campaign_events"]
    assert events["event_date"].astype(str).tolist() == ["2004-03-01", "2004-06-15"]
    assert events["attendance_total"].iloc[0] == 3000 and events["attendance_under18"].isna().all()
    assert records["subgrants"]["amount"].tolist() == [1234.5]


def test_a_day_of_another_order_than_declared_is_refused(small):
    edit(small, "campaign_events", "2004-03-01", "04/13/2004")
    with pytest.raises(DataError, match="event_date, row 2: must be a date"):
        declared(small, "campaign_events,event_date,dates,day_first")


def test_a_statement_that_is_not_known_is_named(small):
    with pytest.raises(DataError) as caught:
        declared(
            small,
            "campaign_events,event_day,dates,day_first",
            "events,,decimals,comma",
            "clients,,dates,any",
        )
    found = [(fault.column, fault.rows) for fault in caught.value.faults]
    assert found == [("column", (2,)), ("table", (3,)), ("value", (4,))]


# Kinds that several rows, or a published series, show


def test_dd34_one_event_of_two_partners_with_other_numbers_is_a_fault_until_it_is_decided(small):
    path = small / "campaign_events.csv"
    edit(small, "campaign_events", "1,KH12,,,performance,3000", "1,KH12,,Phsar Thmei,performance,3000")
    again = "EV-3,TAF,2004-03-01,1,Phnom Penh,,Phsar Thmei,performance,1900,,,,register,true\n"
    path.write_text(path.read_text() + again)
    (fault,) = faults(small)
    columns = "event_date, adm1_code, event_type, commune / attendance_total"
    assert fault.rule == f"two partners may report one thing: the rows agree in {columns}"
    assert fault.rows == (2, 4) and "corrections.csv" in fault.mend
    (small / "corrections.csv").write_text(
        "table,key,column,old,new,who,why\ncampaign_events,EV-3,row,2004-03-01,delete,analyst,IOM counted at the door\n"
    )
    assert load_records(small)["campaign_events"]["attendance_total"].sum() == 3000


@pytest.mark.parametrize("attended, is_doubtful", [
    pytest.param([400, 900, 900, 1500], True, id="each may include the quarters before"),
    pytest.param([400, 900, 700, 1500], False, id="one falls"),
    pytest.param([400, 900], False, id="two quarters say nothing"),
    pytest.param([400, 400, 400], False, id="the same number"),
])  # fmt: skip
def test_dd46_quarters_that_only_grow_are_a_doubt(small, attended, is_doubtful):
    path = small / "campaign_events.csv"
    days = ("2004-03-31", "2004-06-30", "2004-09-30", "2004-12-31")
    path.write_text(path.read_text() + "".join(
        f"EV-1{nth},TAF,{day},1,KH17,,,performance,{number},,,,register,true\n"
        for nth, (day, number) in enumerate(zip(days, attended, strict=False))))  # fmt: skip
    found = assess(str(small))
    assert found.faults == []
    assert [fault.cells for fault in found.warnings] == [("I4", "I5", "I6", "I7")] * is_doubtful
    assert all("each may include the quarters before" in fault.rule for fault in found.warnings)


def national(edition, indicator: str, *years: int):
    rows = edition.context[edition.context["indicator"].eq(indicator)]
    return rows[rows["year"].astype(str).isin(map(str, years))]


def test_dd26_reporting_years_and_parts_of_years_are_no_calendar_years_and_are_not_compared(edition):
    suspects = national(edition, "suspects_arrested", 2016, 2017).set_index("reporter")["period"]
    assert suspects["National Police"] == "2015-12-25/2016-12-25"
    assert set(suspects["NCCT"]) == {"2016", "2017", "2017-01-01/2017-10-31"}
    whole, part = (edition.fact(f"national.suspects_arrested:{period}::::ncct")
                   for period in ("2016", "2017-01-01/2017-10-31"))  # fmt: skip
    assert (whole.value, part.value) == (113, 158)
    with pytest.raises(CountingRuleError, match="are periods of unequal length or basis"):
        direction(whole, part)


def test_dd44_growth_that_was_printed_on_the_wrong_base_is_recomputed_and_both_are_said(edition):
    """104 cases after 87 are 17 more: of 87 that is 19.5%, of 104 it is the 16.35% that was printed."""
    cases = national(edition, "cases_handled", 2023, 2024).query("period.str.endswith('H1')").set_index("period")
    before, now = cases["value"].astype(int)[["2023H1", "2024H1"]]
    right, printed = f"{100 * (now - before) / before:.1f}%", f"{100 * (now - before) / now:.2f}%"
    assert (right, printed) == ("19.5%", "16.35%")
    assert right in cases["caveat"]["2023H1"] and printed in cases["caveat"]["2023H1"]


def test_dd45_two_official_numbers_of_a_year_both_stand_and_none_is_taken_without_its_reporter(edition):
    victims = national(edition, "victims_rescued", 2016)
    assert set(victims["value"]) == {"244", "298"} and victims["reporter"].nunique() == 2
    assert set(national(edition, "suspects_arrested", 2016)["value"]) == {"113", "124"}


def test_dd48_a_cell_of_few_persons_is_withheld(small):
    cells = protect(count(load_records(small), year=2004))
    clients = cells[cells["indicator"].eq("clients_assisted") & cells["period"].eq("2004")]
    assert set(clients["status"]) <= {"withheld", "no_data", "not_applicable"} and "withheld" in set(clients["status"])
    assert clients["value"].isna().all()


def test_every_kind_of_the_list_is_tested():
    here = {
        row[0] for rows in (EVENTS_READ, EVENTS_REFUSED, CLIENTS_READ, CLIENTS_REFUSED) for row in rows
    } | set(REFUSED)
    here |= {kind.upper() for kind in re.findall(r"dd\d\d", Path(__file__).read_text(encoding="utf-8"))}
    assert set(KINDS) == here
