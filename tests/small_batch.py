"""Batches of small notebooks: their edition is too small to be attacked, so its data lie there from the start."""

from __future__ import annotations

from pathlib import Path

from ctip_analysis.base import provenance
from ctip_analysis.edition.reading import open_edition
from ctip_analysis.runs import batch, run_record, stale
from ctip_analysis.runs.plan import Edition


def edition_in(folder: Path) -> Edition:
    """The edition in *folder*, read anew."""
    return Edition.of(folder, open_edition(folder))


def lay_data(out: Path, edition: Edition) -> None:
    """Put something in the place of the data of *edition*, with the record that says it was made of it."""
    folder = out / "data" / edition.period
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cells_SYNTHETIC.csv").write_text("made before")
    run_record.write(batch._data_record(out, edition.released), batch._files(folder, edition.released))


def read_anew() -> None:
    """Forget what notebooks, modules and the lock were in this process: they may be others now."""
    for cached in (stale._read, stale._code, stale._imported, provenance.known):
        cached.cache_clear()


def handed(out: Path) -> dict[str, bytes]:
    """What lies there for others: the operator's run records and locks are left out."""
    files = [path for path in out.rglob("*") if path.is_file() and not path.name.startswith(".batch")]
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in files
        if not path.name.endswith(run_record.SUFFIX)
    }


def states(out: Path) -> dict[str, str]:
    """What the record of each report says, by the last part of its name before the year."""
    records = [run_record.read(path) for path in sorted(out.glob(f"cambodia*{run_record.SUFFIX}"))]
    return {record["report"]: record["state"] for record in records}
