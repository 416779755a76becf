"""Reading a record folder: files, formats, types, and what makes a folder unreadable."""

from __future__ import annotations

import datetime as dt
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from record_folder import MINIMAL, edit, sentences

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.inside.records import load_records


def as_frame(small: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(small / f"{table}.csv", dtype=str, keep_default_na=False)


def write_workbook(path: Path, rows: list[list[object]], sheet: str = "Sheet1") -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = sheet
    for row in rows:
        workbook.active.append(row)
    workbook.save(path)


def test_a_valid_folder_gives_typed_and_coded_tables(small):
    events = load_records(small).table("campaign_events").to_pandas()
    assert events["adm1_code"].tolist() == ["KH12", "KH17"]  # the second is spelt "Siem Reap" in the file
    assert events["attendance_total"].tolist()[0] == 3000 and pd.isna(events["attendance_total"][1])
    schema = load_records(small).table("campaign_events").schema()
    assert str(schema["event_date"]) == "date" and str(schema["attendance_total"]) == "int64"
    assert str(schema["is_synthetic"]) == "boolean" and str(schema["event_id"]) == "string"


def test_an_optional_table_without_a_file_is_empty_and_has_its_columns(small):
    roster = load_records(small).table("training_roster")
    assert roster.columns == ("participant_key", "training_id", "sex", "completed", "is_synthetic")
    assert roster.count().execute() == 0


def test_services_come_with_what_is_known_of_their_client(small):
    rows = load_records(small).table("services_clients").order_by("service_id").to_pandas()
    assert rows["client_type"].tolist() == ["victim", "victim", "at_risk"]
    assert rows["consent_to_share"].tolist() == [True, True, False]
    assert rows["adm1_code"].tolist()[0] == "KH12" and rows["adm1_origin"].isna().tolist() == [
        False,
        False,
        True,
    ]


def test_roster_rows_come_with_date_and_audience_of_their_course(small):
    (small / "training_roster.csv").write_text(
        "participant_key,training_id,sex,completed,is_synthetic\nab12,TR-1,female,true,true\n"
    )
    (row,) = load_records(small).table("roster_trainings").to_pandas().to_dict("records")
    assert row["audience_type"] == "police" and row["partner_id"] == "IOM"
    assert row["start_date"] == pd.Timestamp("2004-02-01")


def test_one_synthetic_row_makes_the_records_synthetic(small):
    for path in small.glob("*.csv"):
        path.write_text(path.read_text().replace(",true\n", ",false\n"))
    assert not load_records(small).is_synthetic
    edit(small, "rescues", "3,false", "3,true")
    assert load_records(small).is_synthetic


def test_an_unknown_table_is_refused_with_the_tables_there_are(small):
    with pytest.raises(ParameterError, match="no record table 'events'; there are partners, campaign_plan"):
        load_records(small).table("events")


def test_excel_gives_the_same_table_as_csv(small):
    expected = load_records(small)["campaign_events"]
    header, *lines = (line.split(",") for line in MINIMAL["campaign_events"].splitlines())
    rows = [[dt.date.fromisoformat(c) if "-0" in c and c[0] == "2" else int(c) if c.isdigit() else c or None
             for c in line] for line in lines]  # fmt: skip
    write_workbook(small / "campaign_events.xlsx", [header, *rows])
    (small / "campaign_events.csv").unlink()
    pd.testing.assert_frame_equal(load_records(small).table("campaign_events").to_pandas(), expected)


def test_a_workbook_is_read_at_the_sheet_named_like_the_table(small):
    workbook = openpyxl.Workbook()
    workbook.active.append(["notes"])
    sheet = workbook.create_sheet("rescues")
    for line in MINIMAL["rescues"].splitlines():
        sheet.append(line.split(","))
    workbook.save(small / "rescues.xlsx")
    (small / "rescues.csv").unlink()
    assert load_records(small).table("rescues").count().execute() == 1


def test_row_numbers_of_a_workbook_count_empty_rows(small):
    header, line = (line.split(",") for line in MINIMAL["rescues"].splitlines())
    bad = ["OP-2", "IOM", "spring", None, 2, True]
    write_workbook(small / "rescues.xlsx", [header, line, [None] * 6, bad], sheet="2004")
    (small / "rescues.csv").unlink()
    (fault,) = sentences(small)
    assert fault.startswith("rescues.xlsx, sheet 2004, column op_date, row 4: must be a date")


def test_parquet_gives_the_same_table_as_csv(small):
    expected = load_records(small).table("services").to_pandas()
    frame = as_frame(small, "services").replace("", None)
    frame["amount_usd"] = pd.to_numeric(frame["amount_usd"])
    frame["start_date"] = pd.to_datetime(frame["start_date"])
    frame["is_synthetic"] = True
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), small / "services.parquet")
    (small / "services.csv").unlink()
    pd.testing.assert_frame_equal(load_records(small).table("services").to_pandas(), expected)


def test_a_byte_order_mark_spaces_and_empty_lines_change_nothing(small):
    expected = load_records(small).table("rescues").to_pandas()
    header, line = MINIMAL["rescues"].splitlines()
    (small / "rescues.csv").write_text(
        f"\ufeff{header}\n\n {line.replace(',', ' , ')}\n,,,,,\n", encoding="utf-8"
    )
    pd.testing.assert_frame_equal(load_records(small).table("rescues").to_pandas(), expected)


def test_row_numbers_of_a_csv_count_empty_lines_and_quoted_line_breaks_as_rows_of_a_sheet(small):
    header, line = MINIMAL["rescues"].splitlines()
    quoted = line.replace("OP-1", '"OP\n-0"')
    (small / "rescues.csv").write_text(f"{header}\n{quoted}\n\n{line.replace('IOM', 'IMO')}\n")
    assert any(
        "column partner_id, row 4: must be a partner_id of partners" in fault for fault in sentences(small)
    )


DAMAGED = {  # table: what is in its file, of which {} are its first two columns, and what is said
    "partners": ("{0},{0},{1}\nIOM,x,y\n", "is in the header twice"),
    "campaign_plan": ("{},{}\nIOM,a,b\n", "row 2: the row has 3 cells, the header has 2"),
    "obligations": ("{},{}\nIOM\n", "row 2: the row has 1 of 2 cells"),
    "rescues": ("{},,{}\nIOM,x,y\n", "column 2 has values and no name"),
    "structures": ('{},{}\nIOM,"x\n', "a quotation mark that is never closed"),
    "cases": ("", "the file is empty (0 bytes)"),
    "clients": ("{},{}\nIOM,¬¤ø", "byte at position"),
    "services": ("PK\x03\x04{},{}\n", "is a workbook or an archive, not text"),
}


def test_a_damaged_csv_is_a_fault(small):
    for table, (text, _) in DAMAGED.items():
        columns = MINIMAL[table].split(",")[:2]
        (small / f"{table}.csv").write_bytes(text.format(*columns).encode("cp1252"))
    found = sentences(small)
    unsaid = {table for table, (_, said) in DAMAGED.items()
              if not any(fault.startswith(f"{table}.csv") and said in fault for fault in found)}  # fmt: skip
    assert not unsaid, found


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_a_file_that_is_not_what_its_name_says_is_a_fault(small, suffix):
    (small / "partners.csv").rename(small / f"partners.{suffix}")
    assert any("damaged" in fault for fault in sentences(small))


def test_a_required_table_without_rows_is_a_fault_and_an_optional_one_is_not(small):
    (small / "training_roster.csv").write_text("participant_key,training_id,sex,completed,is_synthetic\n")
    load_records(small)
    (small / "rescues.csv").write_text(MINIMAL["rescues"].splitlines()[0] + "\n")
    (fault,) = sentences(small)
    assert fault == "rescues.csv: the table has a header and no rows → this table is required: add its rows"


def test_obligations_may_be_without_rows_for_no_list_is_known_of_most_years(small):
    (small / "obligations.csv").write_text("fiscal_year,agency,recipient,amount_usd,source\n")
    load_records(small)
    (small / "obligations.csv").unlink()
    assert sentences(small) == ["obligations.csv: the table is missing → add it as .csv, .xlsx or .parquet"]


def test_a_missing_folder_and_a_file_in_its_place_are_faults(tmp_path, small):
    assert sentences(tmp_path / "nowhere")[0].startswith("nowhere: there is no such folder")
    assert sentences(small / "cases.csv")[0].startswith("cases.csv: must be a folder of record tables")


def test_faults_of_the_folder_are_all_named(small):
    (small / "cases.csv").rename(small / "case.csv")
    (small / "partners.parquet").write_bytes(b"x")
    (small / "rescues.csv").rename(small / "rescues.xlsb")
    (small / "expect.csv").write_text("rule,mode\n")
    (small / "~$clients.xlsx").write_bytes(b"lock")
    found = sentences(small)
    assert "case.csv: no record table has this name → did you mean cases.csv?" in found
    assert "cases.csv: the table is missing → add it as .csv, .xlsx or .parquet" in found
    assert "partners.parquet: the table partners has two files, this and partners.csv → keep one" in found
    assert "rescues.xlsb: this kind of file is not read → save it as .xlsx, .csv or .parquet" in found
    assert not any(name in fault for fault in found for name in ("expect", "~$"))


def test_the_same_folder_gives_the_same_rows_in_the_same_order(small):
    first, second = (load_records(small).table("clients").to_pandas() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert first["client_id"].tolist() == ["CL-1", "CL-2"]


SPILLING = """
import sys, time
from ctip_analysis.inside.records import load_records
records = load_records(sys.argv[1])
records._database.con.execute("SET memory_limit='60MB'")
assert records._database.con.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
records._database.con.execute("CREATE TEMP TABLE much AS SELECT random() AS a, uuid() AS b FROM range(6_000_000)")
print(records._spill.path, flush=True)
time.sleep(600)
"""


@pytest.mark.long
def test_what_a_killed_run_spilled_was_private_and_goes_with_the_next_run(small, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", SPILLING, str(small)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as run:
        said = run.stdout.readline().strip()
        assert said, f"the run ended with {run.wait()} before it spilled"
        spill = Path(said)
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        load_records(small)
        assert spill.is_dir(), "a run at work lost its folder to another"
        run.send_signal(signal.SIGKILL)
    assert spill.parent == temporary and stat.S_IMODE(spill.stat().st_mode) == 0o700
    assert sum(path.stat().st_size for path in spill.iterdir()) > 0, (
        "nothing was spilled, so nothing is tested"
    )
    records = load_records(small)
    assert not spill.exists() and len(list(temporary.iterdir())) == 1
    del records
    assert list(temporary.iterdir()) == []
