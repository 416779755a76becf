"""Fact ids: ``indicator:period:place:sex:age:partner[:derivation]``, and what is behind one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.places import names

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


@dataclass(frozen=True)
class FactId:
    """The seven parts of a fact id; ``str()`` gives the canonical form.

    >>> str(FactId.parse("performance_attendance:2004:Siem Reap"))
    'performance_attendance:2004:KH17:::'
    """

    indicator: str
    period: str = ""
    place: str = ""
    sex: str = ""
    age_band: str = ""
    partner: str = ""
    derivation: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The parts of *text*; trailing empty parts may be left off.

        A place may be a P-code, a zone, or any spelling of a province. Raises ParameterError for text that is no
        id, and UnknownNameError for a place that is not known.
        """
        parts = text.strip().split(":", 6)
        if not parts[0] or ":" in parts[-1] * (len(parts) == 7):
            raise ParameterError(
                f"{text!r} is not a fact id; write indicator:period:place:sex:age:partner[:derivation]"
            )
        if len(parts) > 2:
            parts[2] = names.place(parts[2])
        return cls(*parts)

    def __str__(self) -> str:
        plain = ":".join([self.indicator, self.period, self.place, self.sex, self.age_band, self.partner])
        return f"{plain}:{self.derivation}" if self.derivation else plain


def joined(*columns: Iterable[str], derivations: Iterable[str]) -> list[str]:
    """Canonical ids of many cells, from indicator, period, place, sex, age and partner column by column."""
    return [
        ":".join(parts) + (f":{derivation}" if derivation else "")
        for parts, derivation in zip(zip(*columns, strict=True), derivations, strict=True)
    ]


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
