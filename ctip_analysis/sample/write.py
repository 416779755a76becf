"""Synthetic record folders, made to agree with the published totals: they verify nothing.

Assumptions: A0 the fact sheet's "as of" is 31 December 2004, later rows come on top; A1 provinces are
drawn at random; A2 "2004" is the calendar year and campaign-year dates are invented; A3 reintegrated
is a subset of reintegration support; A4 the 80 school scholarships lie outside the 134; A5 splits by
sex, age and exploitation are invented; A6 NGO names are placeholders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.sample.activities import campaign_events, campaign_plan, structures
from ctip_analysis.sample.draws import Frame, numbered
from ctip_analysis.sample.justice import cases, rescues
from ctip_analysis.sample.partners import obligations, partners, subgrants
from ctip_analysis.sample.people import clients_and_services
from ctip_analysis.sample.trainings import trainings

SEED, YEARS = 2004, (2003, 2005)
_FIRST_YEAR, _LAST_YEAR = 2000, 2050

# table -> (column that numbers its rows, prefix, column that orders them)
_NUMBERED = {
    "campaign_events": ("event_id", "EV", "event_date"),
    "structures": ("structure_id", "ST", "established_date"),
    "services": ("service_id", "SV", "start_date"),
    "rescues": ("operation_id", "OP", "op_date"),
    "cases": ("case_id", "CA", "referred_date"),
    "subgrants": ("subgrant_id", "SG", "start_date"),
}
_HAS_FREE_TEXT = ("partners", "obligations")  # only these hold commas, so only these are quoted
_REPORT_ONLY = ("info", "guard")


def write_sample(out: Path, *, seed: int = SEED, years: tuple[int, int] = YEARS, scale: int = 1) -> Path:
    """Write a folder of synthetic records, one CSV per record table, and return it.

    The same seed, years and scale give the same bytes everywhere. Years that hold 2003 and 2004 give
    rows to the end of 2004 that meet the published totals, times *scale*; at scale 1 ``expect.csv``
    says which reconciliation rules are expected to hold exactly. Other years get plain volumes. Rows
    of ``obligations`` are real and never multiplied. Before 31 December 2013 nothing lies in KH25.
    """
    frame = Frame(seed, *_checked(seed, years, scale), scale)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in _tables(frame):
        _write(rows, name, out / f"{name}.csv")
    expect = out / "expect.csv"
    if frame.is_fitted and scale == 1:
        expect.write_bytes(_expected().to_csv(index=False, lineterminator="\n").encode())
    else:
        expect.unlink(missing_ok=True)
    return out


def _checked(seed: int, years: tuple[int, int], scale: int) -> tuple[int, int]:
    first, last = years
    if not _FIRST_YEAR <= first <= last <= _LAST_YEAR:
        raise ParameterError(
            f"years {first}-{last}: give a first and a last year from {_FIRST_YEAR} "
            f"to {_LAST_YEAR}, like 2003-2005"
        )
    if scale < 1:
        raise ParameterError(f"scale {scale}: rows can be multiplied by 1 or more")
    if seed < 0:
        raise ParameterError(f"seed {seed}: give 0 or a positive whole number")
    return first, last


def _tables(frame: Frame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every record table with its rows numbered, one after the other so that few are in memory at once."""
    yield "partners", partners()
    yield "campaign_plan", campaign_plan(frame)
    yield "campaign_events", _number("campaign_events", campaign_events(frame))
    courses, roster = trainings(frame)
    yield "trainings", courses
    yield "training_roster", roster
    yield "structures", _number("structures", structures(frame))
    clients, services = clients_and_services(frame)
    yield "clients", clients
    yield "services", _number("services", services)
    yield "rescues", _number("rescues", rescues(frame))
    yield "cases", _number("cases", cases(frame))
    yield "subgrants", _number("subgrants", subgrants(frame))
    yield "obligations", obligations(frame)


def _number(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* in order of date, with identifiers that follow that order."""
    column, prefix, date = _NUMBERED[name]
    rows = rows.sort_values(date, kind="stable", ignore_index=True)
    rows[column] = numbered(prefix, len(rows))
    return rows


def _write(rows: pd.DataFrame, name: str, path: Path) -> None:
    """Write *rows* with the columns of the table's schema; every row says that it is synthetic."""
    columns = [field["name"] for field in reference.schema(name)["fields"]]
    if "is_synthetic" in columns:
        rows = rows.assign(is_synthetic=True)
    table = pa.Table.from_pandas(rows[columns], preserve_index=False)
    for place, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(place, column.name, table[place].cast(pa.date32()))
    quoting = "needed" if name in _HAS_FREE_TEXT else "none"
    with path.open("wb") as file:
        file.write((",".join(columns) + "\n").encode())
        csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style=quoting))


def _expected() -> pd.DataFrame:
    """What the shipped sample promises of each reconciliation rule: exact, or only reported."""
    rules = reference.table("reconciliation_rules")
    rules = rules[rules["rule"].str.fullmatch(r"R\d\d")]  # a rule stands for its parts, such as R02b
    mode = rules["kind"].isin(_REPORT_ONLY).map({True: "report", False: "exact"})
    return pd.DataFrame({"rule": rules["rule"], "mode": mode})
