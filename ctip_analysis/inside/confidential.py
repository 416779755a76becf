"""The operator's own records, in ``build/confidential``: nothing in them is ever handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ctip_analysis.base import reference

FOLDER = reference.ROOT / "build" / "confidential"


def note(name: str, content: Mapping[str, object]) -> None:
    """Write *content* as ``NAME.json``; an earlier note of that name is replaced."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
