"""The operator's own records, in ``build/confidential``: nothing in them is ever handed over.

They say of which record files an edition was made, so that a printed number leads on to the rows that were counted.
"""

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


def behind(edition_id: str, indicator: str) -> list[tuple[str, str]]:
    """Pairs of a label and a text: record table, filter and input files of *indicator*.

    Empty where this machine did not make the edition, or *indicator* is not counted from records.
    """
    path = FOLDER / f"{edition_id[:16]}.json"
    rules = reference.table("indicators").set_index("id")
    if not edition_id or not path.is_file() or indicator not in rules.index:
        return []
    known, rule = json.loads(path.read_text(encoding="utf-8")), rules.loc[indicator]
    table = rule["record_table"]
    files = sorted((name, sha) for name, sha in known["sha256"].items() if name.partition(".")[0] == table)
    counted = f"{rule['filter'] or 'all'}{'; consent to share given' if rule['consenting_only'] else ''}"
    return [
        ("record table", table),
        ("rows counted", counted),
        ("records", known["records"]),
        *(("input", f"{name} (SHA-256 {sha[:12]}…)") for name, sha in files),
    ]
