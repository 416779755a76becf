"""Everything that ``ctip check`` says about a record folder, a database, or one file as a partner sent it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ctip_analysis.base.errors import Assessment, DataError
from ctip_analysis.inside.records.completeness import missing
from ctip_analysis.inside.records.database import is_address, label
from ctip_analysis.inside.records.load import Loading
from ctip_analysis.inside.records.reconcile import breaches, reconcile


def assess(data: str, progress: Callable[[str], None] = lambda step: None) -> Assessment:
    """Read *data* and say everything about it; *progress* is called with each step.

    Raises
    ------
    CtipError
        A database can't be reached.
    """
    try:
        loading = Loading(data, progress)
    except DataError as error:
        if not error.faults:
            raise
        return Assessment(label(data), error.faults)
    try:
        progress("looking for doubts")
        warnings = loading.named(loading.intake.warnings())
        found = Assessment(loading.name, loading.faults, warnings, list(loading.notes), loading.absent)
        if not found.faults and (is_address(data) or Path(data).is_dir()):
            progress("comparing with the published figures")
            records = loading.records()
            found.rules = reconcile(records)
            found.faults = breaches(records) + missing(records)
    except DataError as error:
        found.faults = error.faults
    finally:
        loading.close()
    return found
