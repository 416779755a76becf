"""Whether a report was issued, when and by whom: what a person entered, never what a run decided.

``data/reference/issues.csv`` has one row per issued edition; its first row holds for all others. So the
day of issue is not the day of a run, and two runs give the same page.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.edition.read import Internal, Released, require

DRAFT, FINAL = "draft", "final"


@dataclass(frozen=True)
class Issue:
    """State of issue of one edition, in words."""

    state: str
    contact: str

    @classmethod
    def of(cls, source: Released | Internal) -> Issue:
        """The issue of the edition behind *source*.

        Raises
        ------
        DataError
            A row says final and lacks the day or the person who approved it.
        """
        require(source, "Issue.of")
        rows = reference.table("issues")
        own = rows[
            rows["edition_id"].ne("") & rows["edition_id"].map(lambda start: source.id.startswith(start))
        ]
        row = own.iloc[-1] if len(own) else rows[rows["edition_id"].eq("")].iloc[0]
        if row["state"] != FINAL:
            return cls("Draft, not approved for circulation; not issued yet", row["contact"])
        if not row["issued_on"] or not row["approved_by"]:
            raise DataError(
                "data/reference/issues.csv: a final edition needs the day of issue and who approved it"
            )
        day = periods.day_words(date.fromisoformat(row["issued_on"]))
        return cls(f"Final, issued {day}, approved by {row['approved_by']}", row["contact"])


def listed(source: Released | Internal, records_up_to: str) -> str:
    """HTML of what a banner says of the edition behind *source*: issue, records, id, contact."""
    require(source, "listed")
    issue = Issue.of(source)
    entries = {
        "Issue": issue.state, "Records up to": records_up_to, "Edition": source.id[:12] or "none",
        "Contact": issue.contact,
    }  # fmt: skip
    lines = "".join(
        f'<div><dt>{name}</dt><dd class="{name.split()[0].lower()}">{html.escape(text)}</dd></div>'
        for name, text in entries.items()
    )
    return f'<dl class="issue">{lines}</dl>'
