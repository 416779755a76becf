"""What stands behind a printed number: definition, counting rule, source."""

from __future__ import annotations

from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released


def explained(source: Released | Internal, fact_id: str) -> list[tuple[str, str]]:
    """What stands behind a printed number, line by line: value, definition, counting rule, source."""
    found = facts.fact(source, fact_id)
    lines = [
        ("fact", found.id),
        ("number", found.words),
        ("what", found.label),
        ("period", facts.period_words(found.period)),
        ("place", found.place),
        ("kind", found.kind),
    ]
    name = facts.FactId.parse(found.id).indicator
    if name in source.indicators.index:
        rule = source.indicators.loc[name]
        lines += [
            ("one unit is", rule["one_unit_is"]),
            ("counts", rule["counts"]),
            ("counts not", rule["counts_not"]),
            ("rule", f"{rule['counting_rule']}; adds up over {rule['additive_over'] or 'nothing'}"),
            ("derivation", facts.FactId.parse(found.id).derivation or "none"),
            ("definition", rule["source"]),
        ]
    return [*lines, ("source", found.source)]
