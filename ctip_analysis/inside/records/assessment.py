"""What there is to say about records: everything to who checks them, and to readers what an edition of them lacks.

A reader is told in coarse words, which are the same whatever happened to rows about persons: nothing follows from
them about any person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from ctip_analysis.base import reference
from ctip_analysis.base.errors import Assessment, DataError
from ctip_analysis.inside.companions import target_faults
from ctip_analysis.inside.records.database import is_address, label
from ctip_analysis.inside.records.engine import Records
from ctip_analysis.inside.records.inputs import missing
from ctip_analysis.inside.records.intake import Intake
from ctip_analysis.inside.records.reconcile import breaches, reconcile
from ctip_analysis.inside.records.tables import label as label_of_table
from ctip_analysis.inside.records.tables import record_tables

SET_ASIDE = (
    "Rows that could not be read are not counted, and numbers will change. "
    "Of records about persons nothing is said here"
)
INCOMPLETE = "Not all records that are expected are in yet: numbers will change."
_SHARES = (
    (0.01, "fewer than one row in a hundred"),
    (0.05, "fewer than one row in twenty"),
    (0.1, "fewer than one row in ten"),
    (1.0, "one row in ten or more"),
)


def assess(data: str, progress: Callable[[str], None] = lambda step: None) -> Assessment:
    """Read *data*, a folder, the address of a database, or one file as a partner sent it, and say everything about it.

    *progress* is called with each step.

    Raises
    ------
    CtipError
        A database can't be reached.
    """
    try:
        intake = Intake(data, progress)
    except DataError as error:
        if not error.faults:
            raise
        return Assessment(label(data), error.faults)
    try:
        progress("looking for doubts")
        found = Assessment(intake.name, intake.faults, intake.warnings, list(intake.notes), intake.absent)
        if not found.faults and (is_address(data) or Path(data).is_dir()):
            progress("comparing with the published figures")
            records = intake.records()
            found.rules = reconcile(records)
            found.faults = breaches(records, found.rules) + missing(records) + target_faults(records)
    except DataError as error:
        found.faults = error.faults
    finally:
        intake.close()
    return found


def lacks(records: Records, until: dt.date, *, quarantine: bool, incomplete: bool) -> str:
    """What *records* lack for an edition to *until*, as the sentence on its drafts; "" where they lack nothing.

    Raises
    ------
    DataError
        A rule declared exact is broken and no row was set aside; or expected rows are missing and not *incomplete*.
    """
    broken = breaches(records)
    if broken and not records.set_aside:
        head = f"{records.name}: the records break {len(broken)} of their reconciliation rules; nothing was released"
        raise DataError(head, broken)
    absent = missing(records, until)
    if absent and not incomplete:
        head = (f"{records.name}: {len(absent)} expected submission(s) are missing; nothing was released. "
                "With --with-missing the edition is a draft")  # fmt: skip
        raise DataError(head, absent)
    return " ".join(filter(None, [_set_aside(records) if quarantine else "", INCOMPLETE if absent else ""]))


def _set_aside(records: Records) -> str:
    if not records.set_aside:
        return ""
    shares = [
        f"{label_of_table(name)}: {_share(*records.set_aside[name])}"
        for name in record_tables()
        if name in records.set_aside and not _about_persons(name)
    ]
    return f"{SET_ASIDE}. Not counted: {'; '.join(shares)}." if shares else f"{SET_ASIDE}."


def _share(aside: int, rows: int) -> str:
    return next(words for limit, words in _SHARES if aside / max(rows, 1) < limit or limit == 1.0)


def _about_persons(table: str) -> bool:
    """Whether the rows, or an indicator that counts them, are about persons."""
    indicators = reference.table("indicators")
    counted = indicators[indicators["concerns_persons"].fillna(False)]["record_table"]
    has_key = any(record_tables()[table].fields[name].get("sensitive") for name in record_tables()[table].key)
    return has_key or any(table in str(name) for name in counted)
