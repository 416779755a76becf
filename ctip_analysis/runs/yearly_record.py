"""The record of a yearly run: how far it got and what became of each step, and nothing read from records in it.

It lies as ``OUT/yearly.run-record.json`` beside the records of the reports, and is never handed over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctip_analysis.runs import run_record
from ctip_analysis.runs.task import DEGRADED, DONE, FAILED, NOT_RUN, RUNNING

NAME = f"yearly{run_record.SUFFIX}"
STEPS = ("check", "release", "batch", "audit", "hand over")

_TEXT, _NUMBER, _CODE = {"type": "string"}, {"type": "number"}, {"type": ["integer", "null"]}
_STATE = {"enum": [RUNNING, DONE, DEGRADED, FAILED, NOT_RUN]}


def _rows(**properties: Any) -> dict[str, Any]:
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }
    return {"type": "array", "items": one}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Run record of a yearly run",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "run", "state", "sentence", "period", "started", "ended", "edition", "draft", "steps", "expected", "files",
        "reports", "hand_over", "log", "last_good",
    ],
    "properties": {
        "run": _TEXT, "state": _STATE, "sentence": _TEXT, "period": _TEXT, "started": _TEXT,
        "ended": {"type": ["string", "null"]}, "edition": _TEXT, "draft": _TEXT,
        "steps": _rows(step={"enum": list(STEPS)}, state=_STATE, seconds=_NUMBER, exit_code=_CODE, sentence=_TEXT),
        "expected": _rows(partner=_TEXT, table=_TEXT, state={"enum": ["there", "missing"]}),
        "files": {"type": "object", "additionalProperties": {"enum": ["new", "unchanged", "replaced", "gone"]}},
        "reports": {"type": "object", "additionalProperties": _TEXT},
        "hand_over": _TEXT, "log": _TEXT,
        "last_good": {
            "type": ["object", "null"], "additionalProperties": False,
            "required": ["ended", "period", "edition", "hand_over"],
            "properties": {"ended": _TEXT, "period": _TEXT, "edition": _TEXT, "hand_over": _TEXT},
        },
    },
}  # fmt: skip


def begin(run: str, period: str, log: str, before: dict[str, Any]) -> dict[str, Any]:
    """The record of a run that begins; *before* is the last one, whose good hand-over still lies there."""
    steps = [
        {"step": name, "state": NOT_RUN, "seconds": 0.0, "exit_code": None, "sentence": ""} for name in STEPS
    ]
    return {
        "run": run, "state": RUNNING, "sentence": "", "period": period, "started": run_record.now(),
        "ended": None, "edition": "", "draft": "", "steps": steps, "expected": [], "files": {}, "reports": {},
        "hand_over": "", "log": log, "last_good": before.get("last_good"),
    }  # fmt: skip


def step_of(record: dict[str, Any]) -> str:
    """The step that a run was in when its record was last written."""
    reached = [one["step"] for one in record.get("steps", []) if one["state"] == RUNNING]
    return reached[0] if reached else STEPS[0]


def summary(record: dict[str, Any]) -> list[str]:
    """A finished run in lines: a step each, how many reports, and what it comes to."""
    lines = [
        f"{one['step']:<10} {one['state']:<9} {one['seconds']:7.1f} s  {one['sentence']}".rstrip()
        for one in record["steps"]
    ]
    states = list(record["reports"].values())
    if states:
        lines.append("reports    " + ", ".join(f"{states.count(one)} {one}" for one in dict.fromkeys(states)))
    return [*lines, f"{record['period']}: {record['state']}{untouched(record)}"]


def untouched(record: dict[str, Any]) -> str:
    """What is as it was after a run that did not end well."""
    if record["state"] == DONE:
        return f", handed over as {record['hand_over']}"
    good = record["last_good"]
    return "; " + (
        f"the last good hand-over, {good['hand_over']} of {good['ended']}, is as it was"
        if good else "nothing was handed over, and nothing was before"
    )  # fmt: skip


def last_done(out: Path) -> datetime | None:
    """When the last run that was done ended; None before the first."""
    good = run_record.read(out / NAME).get("last_good")
    return datetime.strptime(good["ended"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if good else None
