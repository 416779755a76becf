"""Whether a report was issued, when and by whom: what a person entered, never what a run decided.

``data/reference/issues.csv`` has one row per issued edition; its first row is for all others. So the day of
issue is not the day of a run, and two runs give the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.edition import Edition

_FINAL = "final"


@dataclass(frozen=True)
class Issue:
    """State of issue of an edition in words, and whom to ask."""

    state: str
    contact: str


def of(edition: Edition) -> Issue:
    """The issue of *edition*.

    Raises
    ------
    DataError
        A row says final and lacks the day or the person who approved it.
    """
    rows = reference.table("issues")
    own = rows[rows["edition_id"].ne("") & rows["edition_id"].map(edition.id.startswith)]
    row = own.iloc[-1] if len(own) else rows[rows["edition_id"].eq("")].iloc[0]
    if row["state"] != _FINAL:
        return Issue("Draft, not approved for circulation; not issued yet", row["contact"])
    if not row["issued_on"] or not row["approved_by"]:
        raise DataError("data/reference/issues.csv: a final edition needs the day of issue and who approved it")
    day = periods.day_words(date.fromisoformat(row["issued_on"]))
    return Issue(f"Final, issued {day}, approved by {row['approved_by']}", row["contact"])
