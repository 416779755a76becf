"""What can be worked out from all files of a hand-over together: the attack on the editions that are in it.

An attack takes a while and gives the same result for the same numbers, so editions in which it found nothing are
cached, by their ids and by the code of the attack.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from ctip_analysis.attacker.attack import attack, opened
from ctip_analysis.audit.known import FLOOR
from ctip_analysis.audit.text import Finding
from ctip_analysis.base import reference
from ctip_analysis.edition import KEYS, PLACES, Edition

CACHE = reference.ROOT / "build" / "cache" / "attacks"  # an empty file for each, named by its hash
_SOLVERS = ("highspy", "scipy", "numpy", "pandas")


def together(shown: Sequence[Edition | pd.DataFrame]) -> list[Finding]:
    """Withheld cells that an outsider can work out from *shown*: editions, or cells (KEYS, value, status)."""
    if not shown or (CACHE / _key(shown)).exists():
        return []
    found = opened(attack(shown))
    found = found[~(found["is_implied"] & found["lowest"].ge(FLOOR))]  # never printed; harmless unless small
    if found.empty:
        _cache(shown)
    ids = (":".join(map(str, row)) for row in found[["indicator", "period", *PLACES]].itertuples(index=False))
    detail = "a withheld number can be worked out from those shown"
    return [Finding("all files together", each, "derivable", detail) for each in ids]


def _cache(shown: Sequence[Edition | pd.DataFrame]) -> None:
    """Note that the attack found nothing in *shown*."""
    with contextlib.suppress(OSError):  # a read-only checkout: they are attacked again
        CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)
        (CACHE / _key(shown)).touch()


def _key(shown: Sequence[Edition | pd.DataFrame]) -> str:
    """Hash of what an attack sees of *shown*, in their order, and of the code that makes it."""
    made = hashlib.sha256(_code().encode())
    for each in shown:
        made.update(f"{each.id}\n".encode() if isinstance(each, Edition) else _bytes(each))
    return made.hexdigest()


def _bytes(cells: pd.DataFrame) -> bytes:
    seen = cells[[*KEYS, "value", "status"]].sort_values(KEYS, kind="stable")
    return seen.to_csv(index=False, float_format="%.12g").encode()


@cache
def _code() -> str:
    """Hash of the attacker's code, of the definitions it reads, and of the versions of its solvers."""
    rooms = [Path(__file__).parents[1] / room for room in ("attacker", "audit", "edition", "base")]
    tables = [reference.DATA / "reference" / f"{name}.csv" for name in ("indicators", "relations", "tables", "zones")]
    files = [path for room in rooms for path in sorted(room.rglob("*.py"))]
    parts = [reference.sha256(path) for path in [*files, *tables]]
    parts += [importlib.metadata.version(name) for name in _SOLVERS]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
