"""A batch of 24 province profiles with the audit, beside papermill and nbconvert one after the other.

    python benchmarks/bench_batch.py [--edition build/editions/2004] [--reports 24] [--workers 2]

A few profiles are made with the commands and their seconds multiplied. The batch is run without PDFs, which the
commands do not make, with them, and again with nothing stale.
"""

from __future__ import annotations

import argparse
import json
import os
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


def without_pdf(work: Path) -> Path:
    """A folder with the notebook of profiles, which asks for no PDF."""
    notebook = json.loads(PROFILE.read_text(encoding="utf-8"))
    notebook["metadata"].pop("pdf")
    folder = work / "notebooks"
    folder.mkdir()
    (folder / PROFILE.name).write_text(json.dumps(notebook), encoding="utf-8")
    return folder


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
        alike = batch(
            listed, edition, work / "without", chosen.workers, "--notebooks", str(without_pdf(work))
        )
        made = batch(listed, edition, work / "out", chosen.workers)
        again = batch(listed, edition, work / "out", chosen.workers, "--only-stale")
        helped = measure.command([measure.COMMANDS / "ctip", "--help"], folder=work)
        plain = [bench_report.plain(PROFILE, edition, work) for _ in range(SAMPLED)]
    scale = chosen.reports / SAMPLED
    commands = measure.Run(
        scale * sum(run.seconds for run in plain), scale * sum(run.cpu for run in plain), 0
    )
    print(f"JupyterLab is {bench_report.lab()}; {chosen.workers} workers; load {os.getloadavg()[0]:.1f}\n")
    print("| | s | processor s | peak MB |\n|---|---:|---:|---:|")
    rows = {f"{chosen.reports} province profiles with audit and data, ctip batch": alike,
            "the same with PDFs": made,
            "again with --only-stale, nothing stale (goal 2)": again,
            f"papermill and nbconvert one after the other, {SAMPLED} of them scaled": commands,
            "ctip --help (goal 0.5)": helped}  # fmt: skip
    for what, run in rows.items():
        print(f"| {what} | {run.seconds:.2f} | {run.cpu:.2f} | {run.peak_mb:,.0f} |")
    times = [getattr(commands, part) / getattr(alike, part) for part in ("seconds", "cpu")]
    print(
        f"\n{times[0]:.1f} times as fast as the commands (5.3 before, goal 8), processor seconds {times[1]:.1f}."
    )


if __name__ == "__main__":
    main()
