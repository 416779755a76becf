"""Take away what has piled up: old hand-over folders, kept executed notebooks, logs.

Never the newest hand-over of a year, never a report, never an edition: protection needs all editions that were shown.
"""

from __future__ import annotations

import os
import shutil
from itertools import groupby
from pathlib import Path

from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.base.workspace import private_folder
from ctip_analysis.runs.delivery import NAMED, numbered


def old_hand_overs(folder: Path, keep: int) -> list[Path]:
    """Hand-over folders in *folder* beyond the newest *keep* of each year.

    Raises NotShareableError where editions lie: those are never taken away.
    """
    if any(folder.glob("*/edition.json")) or any(folder.glob("history/*/edition.json")):
        raise NotShareableError(
            f"{folder.name} holds editions, and the protection of every later one needs them: nothing was removed; "
            "give the folder of hand-overs"
        )
    by_period = groupby(numbered(folder), key=lambda path: NAMED.fullmatch(path.name)["period"])  # type: ignore[index]
    return [path for _, held in by_period for path in list(held)[:-keep]]


def old_files(folder: Path, pattern: str, keep: int) -> list[Path]:
    """Files in *folder* of that *pattern* beyond the *keep* that were written last."""
    held = [path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink()]
    oldest_first = sorted(held, key=lambda path: (path.stat().st_mtime_ns, path.name))
    return oldest_first[: max(len(held) - keep, 0)]


def remove(paths: list[Path]) -> None:
    """Remove files, and folders as a whole: each is renamed away first, so that none is found half removed."""
    for path in paths:
        if path.is_dir():
            with private_folder(path.parent, ".prune-") as private:
                os.rename(path, private / path.name)
                shutil.rmtree(private / path.name)
        else:
            path.unlink(missing_ok=True)
