"""Which rows a partner should have sent by now, as ``expected_submissions.csv`` says, and which are not there.

A line has partner_id, table and period (2004, 2004Q1, 2004-03 …). A row counts for a period by any of its dates.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError, DataError, Fault
from ctip_analysis.inside.records import files
from ctip_analysis.inside.records.inputs import MISSING, looked_for
from ctip_analysis.inside.records.load import Records
from ctip_analysis.inside.records.sheets import FILE_ROW
from ctip_analysis.inside.records.tables import RecordTable, record_tables

COLUMNS = ("partner_id", "table", "period")


def missing(records: Records, until: dt.date = dt.date.max) -> list[Fault]:
    """A fault for each expected submission that is not in *records*, of periods that end by *until*.

    Raises
    ------
    DataError
        A line of the file names no table of partners, or no period; all such lines are listed.
    """
    path = records.path / files.EXPECTED
    if not path.is_file():
        return []
    (sheet,) = files.read(path, {name: {"type": "string"} for name in COLUMNS})
    lines = sheet.text.to_pylist()
    if faults := _faults(lines, sheet.columns):
        raise DataError(f"{files.EXPECTED} can't be used", faults)
    made = []
    for line in lines:
        partner, table, period = (line[name].strip() for name in COLUMNS)
        dates = {table: _dates(record_tables()[table])}
        if periods.span(period)[1] > until:
            continue
        (found,) = looked_for(records, [(partner, table)], period, dates)
        if found.state == MISSING:
            mend = "ask the partner for it, or take the line out if there is nothing to send"
            made.append(Fault(files.EXPECTED, str(found), rows=(line[FILE_ROW],), mend=mend))
    return made


def _dates(table: RecordTable) -> tuple[str, ...]:
    return tuple(name for name, field in table.fields.items() if field["type"] == "date")


def _faults(lines: list[dict[str, Any]], columns: list[str]) -> list[Fault]:
    if absent := [name for name in COLUMNS if name not in columns]:
        return [Fault(files.EXPECTED, "the column is missing", column=name) for name in absent]
    tables = [name for name, table in record_tables().items() if "partner_id" in table.fields and _dates(table)]
    wrong = []
    for line in lines:
        at = (line[FILE_ROW],)
        if (line["table"] or "").strip() not in tables:
            wrong.append(Fault(files.EXPECTED, f"must be one of {', '.join(tables)}", column="table", rows=at))
        if not line["partner_id"]:
            wrong.append(Fault(files.EXPECTED, "must not be empty", column="partner_id", rows=at))
        try:
            periods.span((line["period"] or "").strip())
        except (CtipError, ValueError):
            mend = "write 2004, 2004Q1 or 2004-03"
            wrong.append(Fault(files.EXPECTED, "must be a period", column="period", rows=at, mend=mend))
    return wrong
