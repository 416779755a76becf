"""Typefaces that were cut out of variable fonts: each is cut once on a machine, which takes seconds, and kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ctip_analysis.reference import ROOT

FOLDER = ROOT / "build" / "fonts"


def kept(name: str, cut: Callable[[], bytes]) -> Path:
    """The file *name* among the kept typefaces, *cut* if it is not there.

    *name* must say all that the bytes depend on: the release of the font, the weight, the letters. Two processes may
    cut one at once; what is there is always whole.
    """
    path = FOLDER / name
    if not path.is_file():
        face = cut()
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=FOLDER, delete=False) as draft:
            draft.write(face)
            draft.flush()
            os.fsync(draft.fileno())
        os.replace(draft.name, path)
    return path
