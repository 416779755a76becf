"""Synthetic rescues and court cases: what was advised, referred and represented, and how far each got.

Invented throughout; the place of a rescue or court is drawn by residents, so it hints at no real place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctip_analysis.sample.draws import (
    AS_OF,
    LAUNCH,
    Cohort,
    Draw,
    Frame,
    anywhere,
    choose,
    days,
    parts,
    percent,
    skewed,
    whole,
)

_JUDGED = ("convicted", "acquitted", "dismissed")
_FATES = {
    "convicted": 46,
    "acquitted": 14,
    "dismissed": 14,
    "settled_out_of_court": 9,
    "accused_absconded": 8,
    "unknown": 3,
    "pending": 6,
}
_NEVER_CONVICTED = {
    "acquitted": 3,
    "dismissed": 3,
    "settled_out_of_court": 3,
    "accused_absconded": 2,
    "pending": 4,
}
_NEVER_JUDGED = 100_000  # days: a case that stays pending to the end of any sample


def rescues(frame: Frame) -> pd.DataFrame:
    """One row per operation IJM assisted; 94 people in 2004 in the fitted cohort (published figure P11)."""
    found = []
    for cohort in frame.cohorts():
        rng = frame.rng("rescues", cohort)
        if cohort.is_fitted:
            found += [
                _rescues(rng, LAUNCH, 9 * cohort.scale, 44 * cohort.scale),
                _rescues(rng, AS_OF, 19 * cohort.scale, 94 * cohort.scale),
            ]
        else:
            n = cohort.size(rng, fitted=0, yearly=16)
            found.append(_rescues(rng, cohort.first, n, 5 * n))
    return pd.concat(found, ignore_index=True)


def _rescues(rng: Draw, year: int, n: int, victims: int) -> pd.DataFrame:
    dates = days(rng, np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31"), n)
    return pd.DataFrame(
        {
            "partner_id": np.full(n, "IJM", dtype=object),
            "op_date": dates,
            "adm1_code": anywhere(rng, dates, blank_percent=5),
            "n_victims": parts(victims, skewed(rng, 0, 1_000, n), 0, 16),
        }
    )


@dataclass(frozen=True)
class Docket:
    """Whose cases, in what role, and the weights of the kinds of case."""

    partner: str
    role: str
    kinds: dict[str | None, int]


_ADVISED = Docket("IJM", "advised", {"trafficking": 1})
_REFERRED = Docket("NGO_PARTNERS", "referred", {"trafficking": 1})
_REPRESENTED = Docket("NGO_PARTNERS", "represented", {"domestic_violence": 6, "rape": 4})


def cases(frame: Frame) -> pd.DataFrame:
    """One row per case; stages that the sample's last day has not seen are blank, the outcome pending."""
    held = []
    for cohort in frame.cohorts():
        rng = frame.rng("cases", cohort)
        held += _fitted_cases(rng, cohort, frame) if cohort.is_fitted else _later_cases(rng, cohort, frame)
    return pd.concat(held, ignore_index=True)


def _fitted_cases(rng: Draw, cohort: Cohort, frame: Frame) -> list[pd.DataFrame]:
    """Cases of 2003 and 2004: 29 convictions advised in 2004, 23 cases referred with 7, 68 represented."""
    n, launch = cohort.scale, np.datetime64(f"{LAUNCH}-01-01")
    summer, new_year = np.datetime64(f"{LAUNCH}-07-01"), np.datetime64(f"{AS_OF}-01-01")
    autumn = np.datetime64(f"{AS_OF}-09-30")
    end = cohort.last_day

    def judged(docket: Docket, first: np.datetime64, fates: dict[str, int], convictions: int) -> pd.DataFrame:
        fate = np.repeat(list(fates), np.array(list(fates.values())) * n).astype(object)
        judgment = days(rng, first, end if first >= new_year else new_year - 1, len(fate))
        took = skewed(rng, 120, np.minimum((judgment - launch).astype(int), 900), len(fate))
        won = np.zeros(len(fate), dtype=int)
        is_won = fate == "convicted"
        won[is_won] = parts(convictions * n, skewed(rng, 0, 1_000, int(is_won.sum())), 1, 4)
        return _case_rows(rng, frame, docket, judgment - took, took, fate, won)

    def open_(docket: Docket, size: int, weights: dict[str, int], first: np.datetime64) -> pd.DataFrame:
        referred = days(rng, first, autumn, size * n)
        took = (end - referred).astype(int) + 10 + skewed(rng, 0, 500, size * n)
        fate = choose(rng, weights, size * n)
        return _case_rows(rng, frame, docket, referred, took, fate, _convictions(rng, fate))

    represented = days(rng, launch, end, 68 * n)
    fate = choose(rng, _FATES, 68 * n)
    return [
        judged(_ADVISED, new_year, {"convicted": 21, "acquitted": 4, "dismissed": 2}, 29),
        judged(_ADVISED, summer, {"convicted": 2, "acquitted": 1}, 3),
        open_(_ADVISED, 18, _FATES, summer),
        judged(_REFERRED, new_year, {"convicted": 5, "acquitted": 2, "dismissed": 3}, 7),
        open_(_REFERRED, 13, _NEVER_CONVICTED, launch),  # none of the 23 may add to the 7 later
        _case_rows(
            rng, frame, _REPRESENTED, represented, skewed(rng, 90, 700, 68 * n), fate, _convictions(rng, fate)
        ),
    ]


def _later_cases(rng: Draw, cohort: Cohort, frame: Frame) -> list[pd.DataFrame]:
    found = []
    for docket, yearly in ((_ADVISED, 26), (_REFERRED, 13), (_REPRESENTED, 36)):
        n = cohort.size(rng, fitted=0, yearly=yearly)
        referred = days(rng, cohort.first_day, cohort.last_day, n)
        fate = choose(rng, _FATES, n)
        took = skewed(rng, 120, 900, n)
        found.append(_case_rows(rng, frame, docket, referred, took, fate, _convictions(rng, fate)))
    return found


def _convictions(rng: Draw, fate: np.ndarray) -> np.ndarray:
    return np.where(fate == "convicted", skewed(rng, 1, 4, len(fate)), 0)


def _case_rows(
    rng: Draw,
    frame: Frame,
    docket: Docket,
    referred: np.ndarray,
    took: np.ndarray,
    fate: np.ndarray,
    convictions: np.ndarray,
) -> pd.DataFrame:
    """Rows of cases that would take *took* days to their *fate*, as they stand on the sample's last day."""
    n = len(fate)
    took = np.where(fate == "pending", _NEVER_JUDGED, took)
    # pending cases still move through the first stages at an ordinary pace
    pace = np.where(fate == "pending", skewed(rng, 300, 1_500, n), took)
    is_open = referred + took > frame.last_day
    fate = np.where(is_open, "pending", fate)
    reached = np.select(
        [
            np.isin(fate, ("settled_out_of_court", "unknown")),
            fate == "accused_absconded",
            fate == "dismissed",
        ],
        [1, 2, 2],
        default=3,
    )
    stages = {
        "investigated_date": (1, rng.integers(5, 21, size=n), 94),
        "charged_date": (2, rng.integers(25, 46, size=n), 96),
        "tried_date": (3, rng.integers(75, 99, size=n), 98),
    }
    dates = {
        name: _stage(frame, referred + pace * share // 100, (reached >= step) & percent(rng, known, n))
        for name, (step, share, known) in stages.items()
    }
    won = np.where(fate == "convicted", convictions, 0)
    return pd.DataFrame(
        {
            "partner_id": np.full(n, docket.partner, dtype=object),
            "partner_role": np.full(n, docket.role, dtype=object),
            "case_kind": choose(rng, docket.kinds, n),
            "referred_date": referred,
            **dates,
            "judgment_date": _stage(frame, referred + took, np.isin(fate, _JUDGED)),
            "outcome": fate,
            "n_accused": whole((won > 0) | percent(rng, 95, n), won + skewed(rng, 0, 3, n) + (won == 0)),
            "n_convictions": won,
            "n_victims": whole(percent(rng, 95, n), skewed(rng, 1, 7, n)),
            "adm1_code": anywhere(rng, referred, blank_percent=4),
        }
    )


def _stage(frame: Frame, dates: np.ndarray, is_reached: np.ndarray) -> np.ndarray:
    """Days of a stage, blank where it was not reached, not written down or lies after the sample."""
    return np.where(is_reached & (dates <= frame.last_day), dates, np.datetime64("NaT"))
