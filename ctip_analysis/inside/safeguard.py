"""Protect, then attack: what may be shown, once an outsider who holds every edition could open none of it.

The attacker is a program of its own that knows nothing of how cells were chosen. Where it opens one, more
is withheld, a rung of the ladder at a time; where it still does on the last rung, there is no edition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from ctip_analysis.attacker import attack, opened
from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.edition.cells import KEYS
from ctip_analysis.inside.protection import RUNGS, THRESHOLD, Decision, decide


@dataclass(frozen=True)
class Safe:
    """A decision that the attacker could not open, the rung it took, and cells that print alone gives away."""

    decision: Decision
    rung: str
    already_public: list[str]


def safe(
    cells: pd.DataFrame,
    previous: Sequence[pd.DataFrame],
    *,
    threshold: int = THRESHOLD,
    progress: Callable[[str], None] = lambda step: None,
) -> Safe:
    """What may be shown of *cells*, proved by the attacker over the cells of all *previous* editions and these.

    *progress* is called with each step.

    Raises
    ------
    NotShareableError
        Something small could be worked out on every rung of the ladder.
    """
    why: NotShareableError | None = None
    for rung in RUNGS:
        also = "" if rung == RUNGS[0] else f", withholding {rung} as well"
        progress(f"deciding what may be shown{also}")
        try:
            decision = decide(cells, previous, threshold=threshold, besides=rung)
        except NotShareableError as error:
            why = error
            continue
        progress("attacking all editions together")
        found, already_public = _attacked(decision, [*previous, decision.frame])
        if not found:
            return Safe(decision, rung, already_public)
        why = NotShareableError(
            f"no edition was written: {len(found)} cells about persons could be worked out however much is withheld "
            f"now ({', '.join(found[:5])}{', …' if len(found) > 5 else ''}). Use a new EDITIONS folder only if the "
            "earlier editions were never shared."
        )
    raise why or NotShareableError("no edition was written")


def _attacked(decision: Decision, frames: list[pd.DataFrame]) -> tuple[list[str], list[str]]:
    """Names of the cells that editions open by themselves, and of those opened with print."""
    alone, helped = (_told(decision, attack(frames, with_published=given), len(frames)) for given in (False, True))
    return alone, helped


def _told(decision: Decision, intervals: pd.DataFrame, last: int) -> list[str]:
    """Names of opened cells: those of the *last* edition against the truth, those of earlier ones by themselves."""
    ours = intervals["edition"].isin(["", str(last)])
    now, before = opened(intervals[ours], _truth(decision, intervals[ours])), opened(intervals[~ours])
    return sorted({f"{row.indicator} {row.period}" for row in pd.concat([now, before]).itertuples()})


def _truth(decision: Decision, intervals: pd.DataFrame) -> pd.DataFrame:
    keys = pd.MultiIndex.from_frame(intervals[[name for name in KEYS if name != "period_basis"]])
    return intervals[KEYS].assign(value=decision.values.reindex(keys).to_numpy())
