"""What code and which packages run here: the commit, the lock file, versions. Nothing about the machine."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib.metadata import version
from typing import Any

from ctip_analysis.base.reference import ROOT, sha256

LOCK = ROOT / "requirements.lock"
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


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
