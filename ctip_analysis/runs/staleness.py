"""What a report is made of, so that only stale reports are made again.

A report is stale when its notebook, its parameters, the edition, a file of the package, the packages installed, or the
analyst's own boundaries differ from what its last good page was made of.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ctip_analysis.base import provenance
from ctip_analysis.base.reference import DATA, ROOT, sha256

PACKAGE = Path(__file__).parents[1]
_WORDS = {
    "notebook": "its notebook was changed",
    "parameters": "its parameters were changed",
    "edition": "it is of another edition",
    "code": "the code was changed",
    "packages": "packages were changed",
    "boundaries": "the boundaries were changed",
}


def made_of(notebook: Path, settings: Mapping[str, object], edition_id: str) -> dict[str, str]:
    """Hashes of what a report is made of, part by part; the edition by its id."""
    return {
        "notebook": sha256(notebook),
        "parameters": _hash(json.dumps(dict(settings), sort_keys=True, default=str)),
        "edition": edition_id,
        "code": code(),
        "packages": _packages(),
        "boundaries": boundaries(),
    }


def reason(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Why a report that was made of *before* is stale; "" if it is not."""
    return ", ".join(words for part, words in _WORDS.items() if before.get(part) != now[part])


@cache
def code() -> str:
    """One hash over the files of the package, the pinned tables and the shapes."""
    paths = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lines = [f"{path.relative_to(PACKAGE)} {sha256(path)}" for path in paths]
    pinned = [folder / "datapackage.json" for folder in (DATA, ROOT / "shapefiles")]
    return _hash("\n".join([*lines, *(sha256(path) for path in pinned if path.is_file())]))


def boundaries() -> str:
    """Hash of the analyst's own boundaries and the column they name; "" where none are given."""
    given = os.environ.get("CTIP_BOUNDARIES", "").strip()
    path = Path(given.partition("::")[0])
    return _hash(f"{given} {sha256(path)}") if given and path.is_file() else given


def _packages() -> str:
    known = provenance.known()
    return _hash(json.dumps([known["lock"], known["python"], known["packages"]]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
