"""Protect, then attack: what may be shown, once an outsider who holds every edition could open none of it.

The attacker is a program of its own that knows nothing of how cells were chosen. Where it opens one, more
is withheld, a rung of the ladder at a time; where it still does on the last rung, there is no edition.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ctip_analysis.attacker import attack, opened
from ctip_analysis.disclosure import THRESHOLD
from ctip_analysis.edition import KEYS, Released
from ctip_analysis.errors import NotShareableError
from ctip_analysis.protect import RUNGS, Decision, decide


@dataclass(frozen=True)
class Safe:
    """A decision that the attacker could not open, the rung it took, and cells that print alone gives away."""

    decision: Decision
    rung: str
    already_public: list[str]


def safe(cells: pd.DataFrame, previous: list[Released], *, threshold: int = THRESHOLD) -> Safe:
    """What may be shown of *cells*, proved by the attacker over all *previous* editions and this one.

    Raises
    ------
    NotShareableError
        Something small could be worked out on every rung of the ladder.
    """
    why: NotShareableError | None = None
    for rung in RUNGS:
        try:
            decision = decide(cells, previous, threshold=threshold, besides=rung)
        except NotShareableError as error:
            why = error
            continue
        if (found := _opened(decision, previous, with_published=False)).empty:
            public = _opened(decision, previous, with_published=True)
            return Safe(
                decision, rung, sorted({f"{row.indicator} {row.period}" for row in public.itertuples()})
            )
        names = sorted({f"{row.indicator} {row.period}" for row in found.itertuples()})
        why = NotShareableError(
            f"no edition was written: {len(names)} cells about persons could be worked out however much is withheld "
            f"now ({', '.join(names[:5])}{', …' if len(names) > 5 else ''}). Use a new EDITIONS folder only if the "
            "earlier editions were never shared."
        )
    raise why or NotShareableError("no edition was written")


def _opened(decision: Decision, previous: list[Released], *, with_published: bool) -> pd.DataFrame:
    """What the attacker opens: cells of this edition held against the truth, those of earlier ones as they stand."""
    frames = [*(edition.frame for edition in previous), decision.released.frame]
    intervals = attack(frames, with_published=with_published)
    ours = intervals["edition"].isin(["", str(len(frames))])
    found = [opened(intervals[ours], _truth(decision, intervals[ours]))]
    if not ours.all():
        found.append(opened(intervals[~ours]))
    return pd.concat(found)


def _truth(decision: Decision, intervals: pd.DataFrame) -> pd.DataFrame:
    keys = pd.MultiIndex.from_frame(intervals[[name for name in KEYS if name != "period_basis"]])
    return intervals[KEYS].assign(value=decision.values.reindex(keys).to_numpy())
