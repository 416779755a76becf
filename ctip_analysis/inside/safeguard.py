"""Protect, then attack: what may be shown, once an outsider who holds every edition could open none of it.

The attacker is a program of its own that knows nothing of how cells were chosen. Where it opens one, more
is withheld, a rung of the ladder at a time; where it still does on the last rung, there is no edition.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ctip_analysis.attacker.attack import attack, opened
from ctip_analysis.base.errors import NotShareableError
from ctip_analysis.edition.read import KEYS, Released
from ctip_analysis.inside.protection.disclosure import THRESHOLD
from ctip_analysis.inside.protection.protect import RUNGS, Decision, decide


@dataclass(frozen=True)
class Safe:
    """A decision that the attacker could not open, and the rung it took.

    ``in_doubt`` are cells (KEYS) that stay in doubt for whoever holds all editions and print, and so for anybody;
    ``already_public`` those that print alone gives away.
    """

    decision: Decision
    rung: str
    in_doubt: pd.DataFrame
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
        frames = [*(edition.frame for edition in previous), decision.released.frame]
        helped = attack(frames, with_published=True)
        in_doubt = _in_doubt(decision, helped, len(frames))
        found = _told(decision, attack(frames, skip=in_doubt), len(frames))
        if found.empty:
            return Safe(decision, rung, in_doubt, _names(_told(decision, helped, len(frames))))
        names = _names(found)
        why = NotShareableError(
            f"no edition was written: {len(names)} cells about persons could be worked out however much is withheld "
            f"now ({', '.join(names[:5])}{', …' if len(names) > 5 else ''}). Use a new EDITIONS folder only if the "
            "earlier editions were never shared."
        )
    raise why or NotShareableError("no edition was written")


def _names(cells: pd.DataFrame) -> list[str]:
    return sorted({f"{row.indicator} {row.period}" for row in cells.itertuples()})


def _in_doubt(decision: Decision, helped: pd.DataFrame, n_editions: int) -> pd.DataFrame:
    """Cells that print leaves in doubt.

    Who knows less can tell less: without print, or an earlier edition, they need not be asked about again.
    """
    doubtful = _ours(helped, n_editions) & _is_in_doubt(helped, _truth(decision, helped)["value"])
    keys = pd.MultiIndex.from_frame(helped[KEYS])
    return helped.loc[~keys.isin(keys[~doubtful]), KEYS]


def _ours(intervals: pd.DataFrame, n_editions: int) -> pd.Series:
    """Whether an interval is of the newest edition, or of all."""
    return intervals["edition"].isin(["", str(n_editions)])


def _told(decision: Decision, intervals: pd.DataFrame, n_editions: int) -> pd.DataFrame:
    """Cells of this edition held against the truth, those of earlier ones as they stand."""
    ours = _ours(intervals, n_editions)
    found = [opened(intervals[ours], _truth(decision, intervals[ours]))]
    if not ours.all():
        found.append(opened(intervals[~ours]))
    return pd.concat(found)


def _is_in_doubt(intervals: pd.DataFrame, true: pd.Series) -> pd.Series:
    """Whether an interval tells nobody of the true value: a small one lies in it, of a large one two remain."""
    low, high = intervals["lowest"], intervals["highest"]
    covers = low.le(intervals["floor"]) & high.ge(THRESHOLD) & low.le(true)
    return low.lt(high).where(true.ge(THRESHOLD), covers)


def _truth(decision: Decision, intervals: pd.DataFrame) -> pd.DataFrame:
    keys = pd.MultiIndex.from_frame(intervals[[name for name in KEYS if name != "period_basis"]])
    return intervals[KEYS].assign(value=decision.values.reindex(keys).to_numpy())
