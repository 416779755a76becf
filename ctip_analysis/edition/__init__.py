"""Reads an edition, the folder of plain files that has only what may be shown, and answers from it.

An :class:`Edition` gives cells as tidy frames, single facts by id, and numbers derived from shown cells with their
intervals. Beside it are the words a sentence needs (highest, direction) and totals that check whether something adds
up. Nothing here sees records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.edition.cells import CELL_COLUMNS, KEYS, PLACES, STATUSES, group_label, group_labels, total
    from ctip_analysis.edition.copies import Issue
    from ctip_analysis.edition.edition import Edition
    from ctip_analysis.edition.fact import NOUNS, STATUS_WORDS, Fact, FactId, calculated, quoted, written
    from ctip_analysis.edition.folder import content_id, open_edition
    from ctip_analysis.edition.look_up import explain, history_id
    from ctip_analysis.edition.ranking import Highest, beyond_chance, direction, highest, listed

__all__ = [
    "CELL_COLUMNS", "KEYS", "NOUNS", "PLACES", "STATUSES", "STATUS_WORDS", "Edition", "Fact", "FactId", "Highest",
    "Issue", "beyond_chance", "calculated", "content_id", "direction", "explain", "group_label", "group_labels",
    "highest", "history_id", "listed", "open_edition", "quoted", "total", "written",
]  # fmt: skip
__getattr__ = lazy.imports(__name__)
