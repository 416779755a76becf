"""What an operator can know of a run: a JSON file beside each report, and nothing read from records in it.

``NAME.run-record.json`` says what became of the last run of the report NAME, as it really was, and in
``last_good`` what the page that lies there was made of. It is never handed over.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctip_analysis.base import provenance
from ctip_analysis.base.workspace import put
from ctip_analysis.runs.task import DEGRADED, DONE, STATES, Outcome

SUFFIX = ".run-record.json"
BATCH = f"batch{SUFFIX}"

_TEXT, _NUMBER, _WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_STATE = {"enum": list(STATES)}
_HASHES = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
_CELL = {
    "type": "object", "required": ["cell", "state", "seconds"], "additionalProperties": False,
    "properties": {"cell": _WHOLE, "state": _STATE, "seconds": _NUMBER},
}  # fmt: skip
_LAST_GOOD = {
    "type": ["object", "null"], "required": ["ended", "edition", "outputs", "made_of"], "additionalProperties": False,
    "properties": {
        "ended": _TEXT, "edition": _TEXT, "outputs": _HASHES,
        "made_of": {"type": "object", "additionalProperties": _TEXT},
    },
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Run record of one report",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "report", "state", "sentence", "notebook", "parameters", "edition", "period", "started", "ended", "cells",
        "outputs", "made_of", "provenance", "last_good",
    ],
    "properties": {
        "report": _TEXT,
        "state": _STATE,
        "sentence": _TEXT,
        "where": _TEXT,
        "notebook": _TEXT,
        "parameters": {"type": "object"},
        "edition": _TEXT,
        "period": _TEXT,
        "started": _TEXT,
        "ended": {"type": ["string", "null"]},
        "seconds": {"type": "object", "additionalProperties": _NUMBER},
        "peak_mb": _NUMBER,
        "unshared_mb": _NUMBER,
        "was_rendered_only": {"type": "boolean"},
        "cells": {"type": "array", "items": _CELL},
        "findings": {"type": "array", "items": _TEXT},
        "figures": _WHOLE,
        "tables": _WHOLE,
        "outputs": _HASHES,
        "made_of": {"type": "object", "additionalProperties": _TEXT},
        "provenance": {
            "type": "object", "additionalProperties": False,
            "required": ["commit", "is_dirty", "lock", "python", "packages"],
            "properties": {
                "commit": _TEXT, "is_dirty": {"type": ["boolean", "null"]}, "lock": _TEXT, "python": _TEXT,
                "packages": {"type": "object", "additionalProperties": _TEXT},
            },
        },
        "last_good": _LAST_GOOD,
    },
}  # fmt: skip


def path_of(out: Path, report: str) -> Path:
    """Where the record of *report* lies in the folder *out*; a draft has its report's record."""
    return out / f"{report.removesuffix('_DRAFT')}{SUFFIX}"


def read(path: Path) -> dict[str, Any]:
    """The record at *path*; empty where there is none, or a cut-off one of a machine that lost its power."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def begin(
    report: str, *, notebook: str, parameters: dict[str, object], edition: str, period: str,
    made_of: dict[str, str], before: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The record of a report that is about to run; *before* is its last one, whose good page still lies there."""
    return {
        "report": report, "state": "running", "sentence": "", "notebook": notebook, "parameters": parameters,
        "edition": edition, "period": period, "started": now(), "ended": None, "cells": [], "outputs": {},
        "made_of": made_of, "provenance": provenance.known(), "last_good": before.get("last_good"),
    }  # fmt: skip


def end(record: dict[str, Any], outcome: Outcome, outputs: dict[str, str]) -> dict[str, Any]:
    """*record* with what became of the run; *outputs* are the hashes of the files it put in place."""
    ended = {
        **record, "state": outcome.state, "sentence": outcome.sentence, "ended": now(),
        "where": outcome.where, "seconds": {name: round(took, 3) for name, took in outcome.seconds.items()},
        "peak_mb": round(outcome.peak_mb, 1), "unshared_mb": round(outcome.unshared_mb, 1),
        "was_rendered_only": outcome.was_rendered_only,
        "cells": [{"cell": one.number, "state": one.state, "seconds": round(one.seconds, 3)} for one in outcome.cells],
        "findings": outcome.findings, "figures": outcome.figures, "tables": outcome.tables,
        "outputs": outputs if outcome.state in (DONE, DEGRADED) else {},
    }  # fmt: skip
    if outcome.state == DONE:
        ended["last_good"] = {name: ended[name] for name in ("ended", "edition", "outputs", "made_of")}
    return ended


def write(path: Path, record: dict[str, Any]) -> None:
    """Put *record* at *path* by one rename, so that a reader finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        put(Path(beside), path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
