"""What a report is made of, so that only stale ones are made again.

A report's key is its notebook, the code it uses, its parameters, the packages, and the parts of the edition it
reads. Where these are as they were, the notebook that was executed then still holds: rendering it again gives
the page of a new edition.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ctip_analysis.base import provenance
from ctip_analysis.base.environment import OWN_BOUNDARIES
from ctip_analysis.base.reference import DATA, ROOT, sha256
from ctip_analysis.edition.reads import Contents, Read
from ctip_analysis.runs.task import Outcome, Task

KEPT = ROOT / "build" / "kept"  # executed notebooks that may still hold, the newest of each report
PACKAGE = Path(__file__).parents[1]
RUN, RENDER, NOTHING = "run", "render", "nothing"
_PAGE = ("render", "webfonts", "worker")  # modules that turn an executed notebook into a page
_NOTE = "ctip_kept"  # where a kept notebook says what it was made of
WORDS = {
    "notebook": "its notebook was changed",
    "code": "the code it uses was changed",
    "parameters": "its parameters were changed",
    "packages": "packages were changed",
    "page": "the code that renders it was changed",
    "edition": "it is of another edition",
}


def made_of(notebook: Path, settings: Mapping[str, object], edition_id: str) -> dict[str, str]:
    """Hashes of what the report is made of, part by part; the edition by its id."""
    read = _read(notebook)
    return {
        "notebook": _sha(read.encode()),
        "code": _code(),
        "parameters": _sha(json.dumps(dict(settings), sort_keys=True, default=str).encode()),
        "packages": _packages(),
        "page": _code(),
        "edition": edition_id,
    }


def reason(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, str]:
    """What has to be done about a report that was made of *before*: how much, and why in words.

    RENDER at most where only the page or the edition differ; whether the kept notebook holds is another question.
    """
    changed = [part for part in now if before.get(part) != now[part]]
    why = ", ".join(WORDS[part] for part in changed)
    if not changed:
        return NOTHING, ""
    return (RENDER if set(changed) <= {"page", "edition"} else RUN), why


def of_code(module: str) -> tuple[str, str]:
    """Hashes of *module* with all it imports of ours and the pinned tables, and of the packages."""
    return _code(), _packages()


def keep(task: Task, outcome: Outcome, parts: Mapping[str, str], contents: Contents) -> None:
    """Keep the executed notebook of a task that was run, if it is known what it read."""
    if outcome.reads is None or outcome.was_rendered_only:
        return
    executed = json.loads(task.executed.read_text(encoding="utf-8"))
    executed["metadata"][_NOTE] = {
        "made_of": {name: value for name, value in parts.items() if name not in ("page", "edition")},
        "reads": [[one.part, one.last_period, [list(each) for each in one.where]] for one in outcome.reads],
        "contents": contents.of(outcome.reads),
        "cells": _cells(executed),
    }  # fmt: skip
    KEPT.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = task.place / "kept.ipynb"
    on_one_line = json.dumps(executed)  # which is written ten times as fast
    beside.write_text(on_one_line, encoding="utf-8")
    os.replace(beside, _kept_at(parts))


def kept(parts: Mapping[str, str], contents: Contents) -> Path | None:
    """The kept notebook of a report made of *parts*, if it read nothing that is otherwise in *contents*."""
    path = _kept_at(parts)
    return path if _holds(path, parts, contents) else None


def take(parts: Mapping[str, str], contents: Contents, place: Path) -> Path | None:
    """A copy of the kept notebook in *place*, if it holds: another batch may keep a newer one at any time."""
    taken = place / "kept.ipynb"
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(_kept_at(parts), taken)
    return taken if _holds(taken, parts, contents) else None


def _holds(path: Path, parts: Mapping[str, str], contents: Contents) -> bool:
    try:
        executed = json.loads(path.read_text(encoding="utf-8"))
        note = executed["metadata"][_NOTE]
        reads = [
            Read(part, last, tuple((column, tuple(values)) for column, values in where))
            for part, last, where in note["reads"]
        ]
        same = all(parts[name] == value for name, value in note["made_of"].items())
        same &= note["cells"] == _cells(executed) and note["contents"] == contents.of(reads)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return same


def _cells(executed: dict[str, Any]) -> str:
    """Digest of the cells of a notebook as they stand in its file."""
    return _sha(json.dumps(executed["cells"], sort_keys=True).encode())


def _kept_at(parts: Mapping[str, str]) -> Path:
    return KEPT / f"{_sha((parts['notebook'] + parts['parameters']).encode())[:32]}.ipynb"


@cache
def _read(notebook: Path) -> str:
    return notebook.read_text(encoding="utf-8")


@cache
def _code() -> str:
    """One hash over the package, the pinned tables and the boundaries."""
    files = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    files += [DATA / "datapackage.json", ROOT / "shapefiles" / "datapackage.json"]
    own = os.environ.get(OWN_BOUNDARIES, "").partition("::")[0]
    return _sha_of([*files, Path(own)] if own else files)


def _packages() -> str:
    known = provenance.known()
    return _sha(json.dumps([known["lock"], known["python"], known["packages"]]).encode())


def _sha_of(files: Iterable[Path]) -> str:
    """One hash over names and contents of *files*, wherever they lie."""
    lines = sorted(f"{path.name} {sha256(path)}\n" for path in set(files) if path.is_file())
    return _sha("".join(lines).encode())


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
