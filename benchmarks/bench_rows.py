"""Two million events loaded, validated and counted, beside DuckDB's own scan of the same CSV."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path
from typing import Any

from measure import MAKE_SAMPLE, function, in_turns, report

SCALE = 4_150  # times the events of the shipped sample; the other tables stay as small as they are
ROUNDS = 2
LOAD = "load_records: read, validate, type"
BOTH = "load_records and count: every cell of edition 2005"
SCAN = "baseline: DuckDB scans the CSV, sums by province, year, kind"


def main() -> None:
    """Print seconds and memory, after the sums were compared with DuckDB's."""
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name:
        folder = Path(name)
        n_rows = function(write_events, folder, prepare=write_rest, conclude=int).answer
        cases = {
            LOAD: lambda: function(load, folder, prepare=ready),
            BOTH: lambda: function(load_and_count, folder, prepare=ready, conclude=attendance),
            SCAN: lambda: function(scan, folder, prepare=ready, conclude=dict),
        }
        runs = in_turns(cases, ROUNDS)
        megabytes = (folder / "campaign_events.csv").stat().st_size / 1e6
    if runs[BOTH][0].answer != runs[SCAN][0].answer:
        raise SystemExit("count and DuckDB's own scan differ on the same events")
    title = f"{n_rows:,} events, a CSV of {megabytes:.0f} MB"
    report(title, runs, dict.fromkeys(runs, SCAN), ["duckdb", "ibis-framework", "pandas"])
    print("\nAttendance at performances by province and year is the same in both.")


def _make_sample() -> dict[str, Any]:
    return runpy.run_path(str(MAKE_SAMPLE[1]))


def write_rest(folder: Path) -> Path:
    """The shipped sample's tables, made anew."""
    return _make_sample()["write_sample"](folder)


def write_events(folder: Path) -> int:
    """Put many events, drawn as the sample's are, in place of the few; returns how many."""
    import duckdb
    import pandas as pd

    make = _make_sample()
    target = folder / "campaign_events.csv"
    with target.open(encoding="utf-8") as file:
        columns = file.readline().strip()
    cohorts = make["Sample"](2004, 2003, 2005, SCALE).cohorts()
    events = pd.concat(map(make["campaign_events"], cohorts), ignore_index=True).assign(is_synthetic=True)
    events = make["numbered"]("campaign_events", events)
    events["event_date"] = events["event_date"].astype(str)
    duckdb.from_df(events).project(columns).write_csv(str(target), header=True)
    return len(events)


def ready(folder: Path) -> Path:
    """The folder, with everything imported that is to be timed without its import."""
    import duckdb  # noqa: F401

    return folder


def load(folder: Path) -> Any:
    """The records, read, validated and typed."""
    from ctip_analysis.inside.records.load import load_records

    return load_records(folder)


def load_and_count(folder: Path) -> Any:
    """All cells of all indicators, for the years to 2005."""
    from ctip_analysis.inside.counting.count import count

    return count(load(folder), year=2005)


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
    main()
