"""One run of a batch: plan, lock, record, progress on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctip_analysis.base import lock
from ctip_analysis.base.errors import MissingFileError
from ctip_analysis.edition import Edition, open_edition
from ctip_analysis.runs import batch, console, forking, run_record
from ctip_analysis.runs.batch import Progress
from ctip_analysis.runs.plan import Planned, from_file, only_failed, only_stale, plan
from ctip_analysis.runs.run_record import DONE, FAILED, NOT_RUN, RUNNING, UNCHANGED, BatchRecord


@dataclass(frozen=True)
class Chosen:
    """What the operator chose."""

    workers: int | None = None
    only_stale: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    dry_run: bool = False
    draft: str = ""
    as_json: bool = False


def run(file: Path, folder: Path, notebooks: Path, out: Path, chosen: Chosen) -> dict[str, str]:
    """Make the reports of *file* from the edition in *folder* into *out*; the state of each by name."""
    if not notebooks.is_dir():
        raise MissingFileError(
            f"{notebooks.name}: there is no such folder of notebooks; give one with --notebooks"
        )
    edition = open_edition(folder)
    planned = plan(from_file(file, edition, notebooks), edition, degraded=chosen.draft)
    if chosen.dry_run:
        console.show_plan(_less(planned, out, chosen), chosen.as_json)
        return {one.name: UNCHANGED for one in planned}
    with lock.hold(out / lock.BATCH, "another batch", datetime.now().astimezone()):
        before = run_record.read(out / run_record.BATCH, BatchRecord)
        if before and before.state in (RUNNING, NOT_RUN):
            planned = only_stale(planned, out)
            if not chosen.as_json:
                console.say(f"resuming the batch begun {before.started}, which was ended from outside")
        planned = _less(planned, out, chosen)
        if any(one.why for one in planned):
            forking.start()
        progress = _made(planned, edition, out, chosen)
    console.show_summary(planned, progress, out, chosen.as_json)
    return progress.states


def _less(planned: list[Planned], out: Path, chosen: Chosen) -> list[Planned]:
    """*planned* without what the operator does not want made again."""
    if chosen.retry_failed:
        planned = only_failed(planned, out)
    return only_stale(planned, out) if chosen.only_stale else planned


def _made(planned: list[Planned], edition: Edition, out: Path, chosen: Chosen) -> Progress:
    workers = chosen.workers or os.cpu_count() or 1
    record = BatchRecord(started=run_record.now(), edition=edition.id, workers=workers)
    with _recorded(record, out / run_record.BATCH), console.watching(chosen.as_json) as watch:

        def note(progress: Progress) -> None:
            if progress.ended:
                record.state, record.ended = DONE if progress.is_good else FAILED, run_record.now()
            record.reports = dict(progress.states)
            _write(out, record)

        return batch.make(
            planned, edition, out, workers=workers, fail_fast=chosen.fail_fast, watch=watch, note=note
        )


@contextmanager
def _recorded(record: BatchRecord, path: Path) -> Iterator[None]:
    """Records a batch that is stopped as not run to its end."""
    try:
        yield
    except BaseException:
        record.state, record.ended = NOT_RUN, run_record.now()
        _write(path.parent, record)
        raise


def _write(out: Path, record: BatchRecord) -> None:
    with suppress(OSError):  # a full disk: the exit code and the terminal still tell
        run_record.write(out / run_record.BATCH, record)
