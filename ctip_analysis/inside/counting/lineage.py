"""Which rows were counted for a number, and the record files they came from.

For the operator alone: kept in ``build/confidential``, where it is known which records an edition was made of.
"""

from __future__ import annotations

import json

from ctip_analysis.base import reference
from ctip_analysis.inside import confidential


def behind(edition_id: str, indicator: str) -> list[tuple[str, str]]:
    """Pairs of a label and a text: record table, filter and input files of *indicator*.

    Empty where this machine did not make the edition, or *indicator* is not counted from records.
    """
    note = confidential.FOLDER / f"{edition_id[:16]}.json"
    rules = reference.table("indicators").set_index("id")
    if not edition_id or not note.is_file() or indicator not in rules.index:
        return []
    known, rule = json.loads(note.read_text(encoding="utf-8")), rules.loc[indicator]
    files = {
        name: sha for name, sha in known["sha256"].items() if name.partition(".")[0] == rule["record_table"]
    }
    return [
        ("record table", rule["record_table"]),
        (
            "rows counted",
            f"{rule['filter'] or 'all'}{'; consent to share given' if rule['consenting_only'] else ''}",
        ),
        ("records", known["records"]),
        *(("input", f"{name} (SHA-256 {sha[:12]}…)") for name, sha in sorted(files.items())),
    ]
