"""Whether a report was issued, when and by whom: what a person entered, never what a run decided.

``data/reference/issues.csv`` has one row per issued edition; its first row is for all others. So the
day of issue is not the day of a run, and two runs give the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Self

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

DRAFT, FINAL = "draft", "final"


@dataclass(frozen=True)
class Issue:
    """State of issue of one edition, in words, whom to ask, and under which licence it may be passed on."""

    state: str
    contact: str
    licence: str
    is_draft: bool

    @classmethod
    def of(cls, edition: Edition) -> Self:
        """The issue of *edition*; DataError where a final one lacks the day or the person who approved it."""
        rows = reference.table("issues")
        own = rows[rows["edition_id"].ne("") & rows["edition_id"].map(edition.id.startswith)]
        row = own.iloc[-1] if len(own) else rows[rows["edition_id"].eq("")].iloc[0]
        if row["state"] != FINAL:
            return cls(
                "Draft, not approved for circulation; not issued yet", row["contact"], row["licence"], True
            )
        if not row["issued_on"] or not row["approved_by"]:
            raise DataError(
                "data/reference/issues.csv: a final edition needs the day of issue and who approved it"
            )
        day = periods.day_words(date.fromisoformat(row["issued_on"]))
        words = f"Final, issued {day}, approved by {row['approved_by']}"
        return cls(words, row["contact"], row["licence"], False)
