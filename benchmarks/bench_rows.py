"""A million events loaded, validated and counted from CSV and Parquet, beside pandas and DuckDB's scan of the CSV.

``--events 10_000_000`` for more, after a tenth of them, for the growth. With ``--postgresql`` also from a server,
started on loopback: its processor seconds are in the column, its memory is not. Files are in the temporary folder
and go afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure import Run, function, in_turns, report

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
EVENTS = 1_000_000
OF_SAMPLE = 488  # events of the sample, each many times with an id of its own
TESTS = SAMPLE.parents[1] / "tests"
SCAN = "baseline: DuckDB scans the CSV, sums by province, year, kind"


def main() -> None:
    """Print seconds and memory of a tenth and of all, after the sums were compared with DuckDB's."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=EVENTS)
    asked.add_argument("--rounds", type=int, default=1)
    asked.add_argument("--postgresql", action="store_true")
    given = asked.parse_args()
    for events in (given.events // 10, given.events):
        measured(events, given.rounds, given.postgresql)
    print("\nAttendance at performances by province and year is the same in all.")


def measured(events: int, rounds: int, postgresql: bool) -> None:
    """Print a row for each way to count *events*; stop if the sums differ."""
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name, contextlib.ExitStack() as stack:
        folders = {kind: Path(name) / kind for kind in ("csv", "parquet")}
        n_rows = write(folders, events // OF_SAMPLE)
        megabytes = (folders["csv"] / "campaign_events.csv").stat().st_size / 1e6
        cases = {f"load_records and count, {kind}": lambda source=source: counted(source)
                 for kind, source in folders.items()}  # fmt: skip
        if postgresql and (server := filled(folders["csv"], stack)):
            cases["load_records, count in PostgreSQL"] = lambda: with_server(server)
        cases["plain pandas, CSV, one sum, nothing checked"] = lambda: of_file(in_pandas, folders["csv"])
        cases[SCAN] = lambda: of_file(scan, folders["csv"])
        runs = in_turns(cases, rounds)
    if any(run[0].answer != runs[SCAN][0].answer for run in runs.values()):
        raise SystemExit("count, pandas and DuckDB's own scan differ on the same events")
    title = f"{n_rows:,} events, a CSV of {megabytes:.0f} MB"
    report(title, runs, dict.fromkeys(runs, SCAN), ["duckdb", "ibis-framework", "pandas"])


def counted(source: Path | str) -> Run:
    """Load and count *source*, a folder or the address of a database."""
    return function(load_and_count, source, prepare=ready, conclude=attendance)


def with_server(server: Any) -> Run:
    """The same from a database; the processor seconds of its server are added."""
    before, run = used(server), counted(server.address)
    return replace(run, cpu=run.cpu + used(server) - before)


def used(server: Any) -> float:
    """Processor seconds that the server and its processes that have ended took, on Linux; 0 elsewhere."""
    time.sleep(2)  # a process of the server ends after its connection
    path = Path(f"/proc/{server.process.pid}/stat")
    ticks = path.read_text().rpartition(")")[2].split()[11:15] if path.exists() else []
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def of_file(work: Any, folder: Path) -> Run:
    """A run that gives the sums by itself."""
    return function(work, folder, prepare=ready, conclude=dict)


def write(folders: dict[str, Path], copies: int) -> int:
    """The sample in each folder with many times its events, by a process of its own; returns how many."""
    return int(function(written, folders, copies, prepare=both, conclude=int).answer)


def both(folders: dict[str, Path], copies: int) -> tuple[dict[str, Path], int]:
    """What to write."""
    return folders, copies


def written(what: tuple[dict[str, Path], int]) -> int:
    """Write the folders; returns the number of events."""
    import duckdb

    folders, copies = what
    rows = f"""SELECT 'EV-' || lpad((i * 1000 + row_number() OVER (PARTITION BY i))::VARCHAR, 8, '0') AS event_id,
        e.* EXCLUDE (event_id) REPLACE ('District ' || (i % 1600) AS district)
        FROM range({copies}) r(i), read_csv('{SAMPLE / "campaign_events.csv"}', all_varchar=true) e"""
    for kind, folder in folders.items():
        shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("expect.csv", "campaign_events.csv"))
        duckdb.sql(f"COPY ({rows}) TO '{folder / f'campaign_events.{kind}'}' (FORMAT {kind})")
    (found,) = duckdb.sql(f"SELECT count(*) FROM '{folders['parquet'] / 'campaign_events.parquet'}'").fetchall()
    return int(found[0])


def filled(folder: Path, stack: contextlib.ExitStack) -> Any:
    """A server with the tables of *folder*; None where none is installed."""
    sys.path.insert(0, str(TESTS))
    import postgres_server

    from ctip_analysis.inside.records.tables import record_tables

    if postgres_server.programs() is None:
        return None
    kinds = {"string": "text", "integer": "integer", "number": "double precision", "boolean": "boolean", "date": "date"}
    server = stack.enter_context(postgres_server.running())
    described = record_tables().items()
    server.fill(folder, {name: {c: kinds[f["type"]] for c, f in table.fields.items()} for name, table in described})
    return server


def ready(folder: Path | str) -> Path | str:
    """The folder or address, with everything imported that is to be timed without its import."""
    from ctip_analysis.inside import count, load_records  # noqa: F401

    return folder


def load_and_count(folder: Path | str) -> Any:
    """All cells of all indicators, for the years to 2005."""
    from ctip_analysis.inside import count, load_records

    return count(load_records(folder), year=2005)


def attendance(cells: Any) -> dict[tuple[str, int], int]:
    """Attendance at performances by province and year, out of all cells."""
    wanted = cells["indicator"].eq("performance_attendance") & cells["period"].str.fullmatch(r"\d{4}")
    own = cells[wanted & cells["adm1_code"].ne("") & cells["partner"].eq("") & cells["value"].gt(0)]
    return {(row.adm1_code, int(row.period)): int(row.value) for row in own.itertuples()}


def in_pandas(folder: Path) -> dict[tuple[str, int], int]:
    """Attendance at performances by province and year as a notebook would write it: nothing is checked."""
    import pandas as pd

    columns = ["adm1_code", "event_date", "event_type", "attendance_total"]
    events = pd.read_csv(folder / "campaign_events.csv", usecols=columns, parse_dates=["event_date"])
    held = events[events["event_type"].eq("performance")]
    sums = held.groupby(["adm1_code", held["event_date"].dt.year])["attendance_total"].sum()
    return {(str(code), int(year)): int(n) for (code, year), n in sums.items() if n}


def scan(folder: Path) -> dict[tuple[str, int], int]:
    """Attendance at performances by province and year, straight from the file: nothing is checked."""
    import duckdb

    rows = duckdb.sql(f"""
        SELECT adm1_code, year(event_date), event_type, sum(attendance_total)
        FROM read_csv('{folder / "campaign_events.csv"}') GROUP BY ALL""").fetchall()
    return {(code, year): int(n) for code, year, kind, n in rows if kind == "performance" and n}


if __name__ == "__main__":
    main()
