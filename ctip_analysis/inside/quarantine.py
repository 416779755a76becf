"""What an edition says when rows were set aside or expected ones are missing: in coarse words, nothing about persons.

The words are the same whatever happened to rows about persons, so that nothing follows from them about any person.
"""

from __future__ import annotations

import datetime as dt

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import Records, breaches
from ctip_analysis.inside.records.completeness import missing
from ctip_analysis.inside.records.tables import label, record_tables

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
        f"{label(name)}: {_share(*records.set_aside[name])}"
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
