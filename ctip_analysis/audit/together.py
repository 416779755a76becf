"""What all files give away together: the attack on the editions in them, and which editions withstood it.

An attack takes long and comes to the same end on the same numbers. What withstood it is noted by a hash over
every number and mark the attack sees, and by the code that makes it, so that anything else is attacked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from ctip_analysis.audit.known import FLOOR
from ctip_analysis.audit.text import Finding
from ctip_analysis.base.reference import ROOT
from ctip_analysis.edition.read import KEYS, Released
from ctip_analysis.runs import stale

NOTED = (
    ROOT / "build" / "kept" / "withstood"
)  # an empty file for each, named by its hash, in a folder by code
_ID = ("indicator", "period", "adm1_code", "sex", "age_band", "partner")


def derivable(
    editions: Sequence[Released | pd.DataFrame],
    *,
    skip: pd.DataFrame | None = None,
    withstood: Collection[str] = (),
) -> list[Finding]:
    """Withheld cells that an outsider can work out from what *editions* show together.

    *skip* are cells known to be safe from more than this outsider holds; *withstood* are hashes (:func:`key`) of
    editions that need not be attacked again.
    """
    if not editions or (withstood and key(editions) in withstood):
        return []
    from ctip_analysis.attacker import attack as attacker

    opened = attacker.opened(attacker.attack(editions, skip=skip))
    opened = opened[
        ~(opened["is_implied"] & opened["lowest"].ge(FLOOR))
    ]  # never printed; harmless unless small
    return [
        Finding(
            "all files together", ":".join(str(getattr(row, part)) for part in _ID), "derivable",
            "a withheld number can be worked out from those shown",
        )
        for row in opened.itertuples()
    ]  # fmt: skip


def key(editions: Sequence[Released | pd.DataFrame]) -> str:
    """Hash of all that an attack sees of *editions*, in the order they came out."""
    made = hashlib.sha256()
    for each in editions:
        name, frame = (each.info.get("period"), each.frame) if isinstance(each, Released) else ("", each)
        seen = frame[[*KEYS, "value", "status"]].sort_values(KEYS, kind="stable")
        made.update(f"{name}\n".encode())
        made.update(seen.to_csv(index=False, float_format="%.12g").encode())
    return made.hexdigest()


def withstood() -> frozenset[str]:
    """Hashes of the editions that were attacked on this machine, by this code, and gave nothing away."""
    return frozenset(path.name for path in _noted().glob("*"))


def note(editions: Sequence[Released | pd.DataFrame]) -> None:
    """Note that *editions* were attacked and gave nothing away."""
    _noted().mkdir(parents=True, exist_ok=True, mode=0o700)
    (_noted() / key(editions)).touch()


def _noted() -> Path:
    """Folder of what withstood the attack as this code and these packages make it."""
    return NOTED / hashlib.sha256("\n".join(stale.of_code("audit_together")).encode()).hexdigest()[:16]
