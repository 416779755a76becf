"""A batch of 24 province profiles with the audit, beside papermill and nbconvert one after the other.

    python benchmarks/bench_batch.py [--edition build/editions/2004] [--reports 24] [--workers 2]

A few profiles are made with the commands and their seconds multiplied. Then the batch is run again with nothing stale.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import bench_report
import measure

PROFILE = measure.ROOT / "notebooks" / "60_province_profile.ipynb"
SAMPLED = 3  # profiles made with the commands


def batch(listed: Path, edition: Path, out: Path, workers: int, *more: str) -> measure.Run:
    """One `ctip batch`."""
    given = ["--edition", edition, "--out", out, "--workers", str(workers), *more]
    return measure.command([measure.COMMANDS / "ctip", "batch", listed, *given], folder=measure.ROOT)


def main() -> None:
    """Print the seconds and how many times as fast as the commands that is."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--edition", type=Path, default=measure.ROOT / "build" / "editions" / "2004")
    asked.add_argument("--reports", type=int, default=24)
    asked.add_argument("--workers", type=int, default=2)
    chosen = asked.parse_args()
    codes = ", ".join(f"KH{number:02d}" for number in range(1, chosen.reports + 1))
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as folder:
        work = Path(folder)
        listed = work / "reports.yml"
        listed.write_text(
            f"reports:\n  - notebook: 60_province_profile\n    matrix: {{province: [{codes}]}}\n"
        )
        edition = chosen.edition.resolve()
        made = batch(listed, edition, work / "out", chosen.workers)
        again = batch(listed, edition, work / "out", chosen.workers, "--only-stale")
        helped = measure.command([measure.COMMANDS / "ctip", "--help"], folder=work)
        plain = [bench_report.plain(PROFILE, edition, work).seconds for _ in range(SAMPLED)]
    commands = sum(plain) / SAMPLED * chosen.reports
    each = f"the commands {sum(plain) / SAMPLED:.1f} s a report"
    print(f"JupyterLab is {bench_report.lab()}; {chosen.workers} workers; {each}\n")
    print("| | s | peak MB |\n|---|---:|---:|")
    what = f"{chosen.reports} province profiles with audit and data, ctip batch"
    print(f"| {what} | {made.seconds:.1f} | {made.peak_mb:,.0f} |")
    print(f"| again with --only-stale, nothing stale (goal 2) | {again.seconds:.1f} | {again.peak_mb:,.0f} |")
    print(f"| papermill and nbconvert one after the other, scaled | {commands:.1f} | |")
    print(f"| ctip --help (goal 0.5) | {helped.seconds:.2f} | |")
    print(f"\n{commands / made.seconds:.1f} times as fast as the commands (5.3 before, goal 8).")


if __name__ == "__main__":
    main()
