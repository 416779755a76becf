"""What code, packages and boundaries are used here: the commit, hashes, versions. Nothing about the machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ctip_analysis.base.reference import DATA, ROOT, sha256

LOCK = ROOT / "requirements.lock"
PACKAGE = Path(__file__).parents[1]
_PACKAGES = ("pandas", "geopandas", "matplotlib", "seaborn", "papermill", "nbclient", "highspy")


def commit() -> str:
    """Short commit of the product, marked where the tree differs from it; "unknown" without git."""
    return _git("describe", "--always", "--dirty", "--exclude=*") or "unknown"


@cache
def known() -> dict[str, Any]:
    """Commit (``is_dirty`` where files differ from it, None without git), SHA-256 of the lock file, versions."""
    found = _git("rev-parse", "HEAD")
    status = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "commit": found or "",
        "is_dirty": None if found is None else bool(status),
        "lock": sha256(LOCK) if LOCK.is_file() else "",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def packages() -> str:
    """Hash of the lock file, and of the versions of Python and of the packages that a report depends on."""
    return hashed(json.dumps([known()["lock"], known()["python"], known()["packages"]]))


@cache
def code() -> str:
    """One hash over the files of the package, the pinned tables and the shapes."""
    paths = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lines = [f"{path.relative_to(PACKAGE)} {sha256(path)}" for path in paths]
    pinned = [folder / "datapackage.json" for folder in (DATA, ROOT / "shapefiles")]
    return hashed("\n".join([*lines, *(sha256(path) for path in pinned if path.is_file())]))


def boundaries() -> str:
    """Hash of the analyst's own boundaries and the column they name; "" where none are given."""
    given = os.environ.get("CTIP_BOUNDARIES", "").strip()
    path = Path(given.partition("::")[0])
    return hashed(f"{given} {sha256(path)}") if given and path.is_file() else given


def hashed(text: str) -> str:
    """SHA-256 of *text*."""
    return hashlib.sha256(text.encode()).hexdigest()


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
