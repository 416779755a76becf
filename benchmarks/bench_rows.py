"""Ten million events loaded, validated and counted from CSV, Parquet and PostgreSQL, beside DuckDB's scan of the CSV.

PostgreSQL is started on loopback, where it is installed; its own memory is not in the column.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import function, in_turns, report

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
COPIES = 20_500  # of the sample's 488 events, each with an id of its own
TESTS = SAMPLE.parents[1] / "tests"
ROUNDS = 2
SCAN = "baseline: DuckDB scans the CSV, sums by province, year, kind"


def main(copies: int = COPIES, rounds: int = ROUNDS) -> None:
    """Print seconds and memory, after the sums were compared with DuckDB's."""
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name, contextlib.ExitStack() as stack:
        folders = {kind: Path(name) / kind for kind in ("csv", "parquet")}
        n_rows = write(folders, copies)
        sources = {**folders, **in_postgresql(folders["csv"], stack)}
        cases = {
            f"load_records and count, {kind}": lambda source=source: function(
                load_and_count, source, prepare=ready, conclude=attendance
            )
            for kind, source in sources.items()
        }
        cases[SCAN] = lambda: function(scan, folders["csv"], prepare=ready, conclude=dict)
        runs = in_turns(cases, rounds)
        megabytes = (folders["csv"] / "campaign_events.csv").stat().st_size / 1e6
    if any(run[0].answer != runs[SCAN][0].answer for run in runs.values()):
        raise SystemExit("count and DuckDB's own scan differ on the same events")
    title = f"{n_rows:,} events, a CSV of {megabytes:.0f} MB"
    report(title, runs, dict.fromkeys(runs, SCAN), ["duckdb", "ibis-framework", "pandas"])
    print("\nAttendance at performances by province and year is the same in all.")


def write(folders: dict[str, Path], copies: int) -> int:
    """The sample in each folder with many times its events; returns how many."""
    import duckdb

    rows = f"""SELECT 'EV-' || lpad((i * 1000 + row_number() OVER (PARTITION BY i))::VARCHAR, 8, '0') AS event_id,
        e.* EXCLUDE (event_id)
        FROM range({copies}) r(i), read_csv('{SAMPLE / "campaign_events.csv"}', all_varchar=true) e"""
    for kind, folder in folders.items():
        shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("expect.csv", "campaign_events.csv"))
        duckdb.sql(f"COPY ({rows}) TO '{folder / f'campaign_events.{kind}'}' (FORMAT {kind})")
    (found,) = duckdb.sql(
        f"SELECT count(*) FROM '{folders['parquet'] / 'campaign_events.parquet'}'"
    ).fetchall()
    return int(found[0])


def in_postgresql(folder: Path, stack: contextlib.ExitStack) -> dict[str, str]:
    """The address of a server with the tables of *folder*; none where no server is installed."""
    sys.path.insert(0, str(TESTS))
    import postgres_server

    from ctip_analysis.inside.records.tables import record_tables

    if postgres_server.programs() is None:
        return {}
    kinds = {"string": "text", "integer": "integer", "number": "double precision", "boolean": "boolean", "date": "date"}
    server = stack.enter_context(postgres_server.running())
    described = record_tables().items()
    server.fill(folder, {name: {c: kinds[f["type"]] for c, f in table.fields.items()} for name, table in described})
    return {"postgresql": server.address}


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


def scan(folder: Path) -> dict[tuple[str, int], int]:
    """Attendance at performances by province and year, straight from the file: nothing is checked."""
    import duckdb

    rows = duckdb.sql(f"""
        SELECT adm1_code, year(event_date), event_type, sum(attendance_total)
        FROM read_csv('{folder / "campaign_events.csv"}') GROUP BY ALL""").fetchall()
    return {(code, year): int(n) for code, year, kind, n in rows if kind == "performance" and n}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
