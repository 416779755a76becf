"""Batches of small notebooks: the data of their edition are there from the start, because they can't be attacked."""

from __future__ import annotations

from pathlib import Path

from ctip_analysis.edition import Edition
from ctip_analysis.runs import outputs, run_record

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"


def lay_data(out: Path, edition: Edition) -> None:
    """Put a file in the place of the data of *edition*, with the record that says it was made from it."""
    period = str(edition.info["period"])
    folder = outputs.data_folder(out, period)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cells_SYNTHETIC.csv").write_text("made before")
    outputs.note_data(out, edition)


def handed(out: Path) -> dict[str, bytes]:
    """What is in *out* for others: run records and locks are the operator's."""
    files = [path for path in out.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in files
        if not path.name.endswith(run_record.SUFFIX)
    }


def states(out: Path) -> dict[str, str]:
    """State of each report, as its record says."""
    paths = sorted(out.glob(f"cambodia*{run_record.SUFFIX}"))
    records = [run_record.read(path, run_record.ReportRecord) for path in paths]
    return {record.report: record.state for record in records if record}
