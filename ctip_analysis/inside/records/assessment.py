"""Everything that ``ctip check`` says about a record folder, a database, or one file as a partner sent it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records.completeness import missing
from ctip_analysis.inside.records.database import is_address, label
from ctip_analysis.inside.records.load import Loading
from ctip_analysis.inside.records.reconcile import breaches, reconcile


@dataclass
class Assessment:
    """What is wrong, doubtful and left out. ``rules`` are the reconciliation rules, None where they were not tried.

    ``absent`` are tables that rows point to and that are not in the one file that was checked.
    """

    name: str
    faults: list[Fault]
    warnings: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    rules: pd.DataFrame | None = None


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
