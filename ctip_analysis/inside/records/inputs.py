"""What came in for a year, and what an edition of it lacks: partners' rows, files that are new, replaced or gone.

A reader is given coarse words about rows that were set aside, which are the same whatever happened to rows about
persons: nothing follows from them about any person.

Which rows should be there, the yearly configuration says, or ``expected_submissions.csv`` in the folder: a line has
partner_id, table and period (2004, 2004Q1, 2004-03 …). A row counts for a period by any of its dates.

Confidential. The hashes that files are compared by, and the warnings, are kept in the operator's folder
(``build/confidential/``); what goes into a run record is names and states, nothing read from records.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CtipError, DataError, Fault
from ctip_analysis.base.files import private_folder
from ctip_analysis.inside import confidential
from ctip_analysis.inside.records.engine import Records
from ctip_analysis.inside.records.files import nearest, table_of
from ctip_analysis.inside.records.reconcile import breaches, reconcile
from ctip_analysis.inside.records.sheets import FILE_ROW
from ctip_analysis.inside.records.statements import EXPECT, EXPECTED, lines
from ctip_analysis.inside.records.tables import label, record_tables

NEW, UNCHANGED, REPLACED, GONE = "new", "unchanged", "replaced", "gone"  # files, as in a run record
_COLUMNS = ("partner_id", "table", "period")  # of expected_submissions.csv
THERE, MISSING = "there", "missing"  # rows that are expected
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


@dataclass(frozen=True)
class Wanted:
    """Rows of one partner in one table that should be dated in a period, and whether there are any."""

    partner: str
    table: str
    period: str
    state: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.partner} has not sent {self.table} of {self.period} yet{self.hint}"


@dataclass
class Inputs:
    """The hashes of a record folder's files, and the warnings of a run; ``ended`` is when that run ended."""

    files: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    ended: str = ""


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of the files of record tables in a folder, by name. They stay inside."""
    known, found = record_tables(), {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and (path.name == EXPECT or table_of(path)[0] in known):
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def compared(now: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """State of each file, by name: new, unchanged, replaced or gone since *before*."""
    return {
        name: GONE if name not in now else NEW if name not in before
        else UNCHANGED if now[name] == before[name] else REPLACED
        for name in sorted({*now, *before})
    }  # fmt: skip


def looked_for(records: Records, wanted: Iterable[tuple[str, str]], period: str) -> list[Wanted]:
    """Each *wanted* (partner, table) with whether it has a row dated in *period* by any date of the table."""
    pairs = list(dict.fromkeys(wanted))
    known = _values(records.table("partners").partner_id)
    sent = {table: _partners(records, table, period) for table in {table for _, table in pairs}}
    return [
        Wanted(partner, table, period, THERE if partner in sent[table] else MISSING, _hint(partner, known))
        for partner, table in pairs
    ]


def _partners(records: Records, table: str, period: str) -> set[str]:
    """Ids of partners with a row of *table* dated in *period*."""
    rows, (first, last) = records.table(table), periods.span(period)
    found: set[str] = set()
    for column in reference.dates_of_tables()[table]:
        found |= _values(rows.filter(rows[column].between(first, last)).partner_id)
    return found


def _values(column: Any) -> set[str]:
    return set(column.name("value").as_table().distinct().execute()["value"])


def _hint(partner: str, known: set[str]) -> str:
    if partner in known:
        return ""
    near = nearest(partner, sorted(known))
    return f" (the table partners has no {partner}{f'; nearest is {near}' if near else ''})"


def missing(records: Records, until: dt.date = dt.date.max) -> list[Fault]:
    """A fault for each expected submission that is not in *records*, of periods that end by *until*.

    Raises
    ------
    DataError
        A line of the file names no table of partners, or no period; all such lines are listed.
    """
    said = lines(records.path, EXPECTED, _COLUMNS)
    if faults := [fault for line in said for fault in _faults(line)]:
        raise DataError(f"{EXPECTED} can't be used", faults)
    made = []
    for line in said:
        partner, table, period = (line[name] for name in _COLUMNS)
        if periods.span(period)[1] > until:
            continue
        (found,) = looked_for(records, [(partner, table)], period)
        if found.state == MISSING:
            mend = "ask the partner for it, or take the line out if there is nothing to send"
            made.append(Fault(EXPECTED, str(found), rows=(line[FILE_ROW],), mend=mend))
    return made


def _faults(line: dict[str, Any]) -> Iterator[Fault]:
    at, tables = (line[FILE_ROW],), reference.dates_of_tables()
    if line["table"] not in tables:
        yield Fault(EXPECTED, f"must be one of {', '.join(tables)}", column="table", rows=at)
    if not line["partner_id"]:
        yield Fault(EXPECTED, "must not be empty", column="partner_id", rows=at)
    try:
        periods.span(line["period"])
    except (CtipError, ValueError):
        mend = "write 2004, 2004Q1 or 2004-03"
        yield Fault(EXPECTED, "must be a period", column="period", rows=at, mend=mend)


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


def warnings(records: Records) -> list[str]:
    """Reconciliation rules that are broken though nothing demands them, without the numbers found."""
    rules = reconcile(records)
    broken = rules[rules["outcome"].eq("breach")]
    return [f"{rule.rule} does not hold, {rule.table}: {rule.text}" for rule in broken.itertuples()]


def noted_at_release(edition_id: str) -> list[str]:
    """Warnings that the release of an edition left for the operator."""
    found = _json(confidential.FOLDER / f"{edition_id[:16]}.json")
    return [str(one).splitlines()[0] for one in found.get("warnings", [])]


def last(name: str) -> Inputs:
    """The inputs of the last run called *name* that was done; empty ones before the first."""
    found = _json(_kept(name))
    return Inputs(found.get("files", {}), found.get("warnings", []), found.get("ended", ""))


def keep(name: str, inputs: Inputs) -> None:
    """Keep *inputs* as those of the last run called *name*, in the operator's folder."""
    with private_folder(confidential.FOLDER, ".inputs-") as private:
        made = private / "inputs.json"
        made.write_text(json.dumps(vars(inputs), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        made.replace(_kept(name))


def _kept(name: str) -> Path:
    return confidential.FOLDER / f"inputs-{name}.json"


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
