"""What is behind a printed number: definition, counting rule, source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import periods
from ctip_analysis.edition.fact_ids import FactId

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


def explain(edition: Edition, fact_id: str) -> list[tuple[str, str]]:
    """What is behind a printed number, line by line: its value, definition, counting rule and source."""
    found = edition.fact(fact_id)
    wanted = FactId.parse(found.id)
    lines = [
        ("fact", found.id),
        ("number", found.words),
        ("what", found.label),
        ("period", periods.label(found.period or periods.UNSTATED)),
        ("place", found.place),
        ("kind", found.kind),
    ]
    if wanted.indicator in edition.indicators.index:
        rule = edition.definition(wanted.indicator)
        lines += [
            ("one unit is", rule["one_unit_is"]),
            ("counts", rule["counts"]),
            ("counts not", rule["counts_not"]),
            ("rule", f"{rule['counting_rule']}; adds up over {rule['additive_over'] or 'nothing'}"),
            ("derivation", wanted.derivation or "none"),
            ("definition", rule["source"]),
        ]
    return [*lines, ("source", found.source)]
