"""What a figure says to somebody who does not see it: alternative text, source and the facts it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require

KIND_WORDS = {
    "synthetic": "Synthetic data.",
    "counted": "Counted from programme records.",
    "published": "Published figures.",
    "derived": "Derived from published figures.",
}


@dataclass(frozen=True)
class Description:
    """Carried by every figure as ``ax.ctip``; ``degraded`` marks one that could not be drawn as meant."""

    alt: str
    source: str
    fact_ids: list[str] = field(default_factory=list)
    kind: str = "synthetic"
    title: str = ""
    degraded: bool = False


def described(
    released: Released | Internal,
    sentences: Iterable[str],
    fact_ids: Sequence[str],
    title: str,
    sources: Iterable[str],
    **more: object,
) -> Description:
    """A description whose text ends with the kind of data, and which says aloud that internal is internal."""
    require(released, "described")
    kind = str(more.pop("kind", "synthetic" if released.is_synthetic else "counted"))
    said = [sentence for sentence in sentences if sentence]
    ending = ["Internal: not to be shared."] if released.is_internal else []
    alt = " ".join([*said, *ending, KIND_WORDS[kind]])
    source = "; ".join(dict.fromkeys(text for text in sources if text))
    return Description(alt, source, list(dict.fromkeys(fact_ids)), kind, title, **more)  # type: ignore[arg-type]


def fact_ids(rows: pd.DataFrame, derivation: str = "") -> list[str]:
    """Ids of the cells in *rows*, in their order."""
    keys = ["indicator", "period", "adm1_code", "sex", "age_band", "partner"]
    return [
        str(facts.FactId.parse(":".join([*parts, derivation])))
        for parts in rows[keys].itertuples(index=False, name=None)
    ]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: "Kep", "Kep and Pailin", "Kep, Pailin and Takeo"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def number_of(count: int, noun: str) -> str:
    """A count with its noun: "1 province", "3 provinces"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def not_shown(names: pd.Series, status: pd.Series) -> list[str]:
    """Sentences that name the places whose number is not shown, by reason; order is that of the code."""
    words = facts.STATUS_WORDS
    return [
        f"{text.capitalize()}: {listed(sorted(names[status.eq(code)]))}."
        for code, text in words.items()
        if status.eq(code).any()
    ]


def wrapped(text: str, width: int) -> list[str]:
    """*text* in lines of at most *width* letters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
