"""Synthetic prevention records: campaign plan, campaign events, structures.

All invented. Which provinces the real campaign planned and reached is not public (assumption A1).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctip_analysis.sample.draws import (
    AS_OF,
    LAUNCH,
    Cohort,
    Draw,
    Frame,
    choose,
    days,
    mix,
    parts,
    percent,
    pick,
    places,
    residents,
    skewed,
    whole,
    year_of,
)
from ctip_analysis.sample.partners import reporting

PLANNED, REACHED = 18, 13  # provinces: published figures P02 and P09
COUNTED_ONE_BY_ONE = ("register", "headcount", "ticket")

_METHODS = {
    "performance": {
        "crowd_estimate": 58,
        "capacity_of_venue": 12,
        "headcount": 10,
        "register": 8,
        "ticket": 8,
        "unknown": 4,
    },
    "village_activity": {"register": 55, "headcount": 30, "crowd_estimate": 10, "unknown": 5},
    "school_session": {"register": 80, "headcount": 20},
    "broadcast": {"unknown": 1},
}
_PARTNERS = {
    "village_activity": {"IOM": 6, "MOWVA": 4},  # some of them local NGOs, see _other
    "school_session": {"MOWVA": 1},
    "broadcast": {"IOM": 1},
}
_UNDER_18 = {"performance": (15, 45), "village_activity": (10, 35), "school_session": (70, 98)}  # percent


def campaign_provinces(frame: Frame) -> np.ndarray:
    """The planned provinces; the first 13 are those reached in campaign years one and two."""
    return pick(frame.rng("campaign_plan"), np.array(list(residents()), dtype=object), PLANNED)


def campaign_plan(frame: Frame) -> pd.DataFrame:
    """The three-year plan: 5 performances in each of 18 provinces, spread 2-2-1 over the years."""
    provinces = np.sort(campaign_provinces(frame))
    planned = np.full((PLANNED, 3), 2)
    planned[np.arange(PLANNED), frame.rng("planned").integers(3, size=PLANNED)] = 1
    return pd.DataFrame(
        {
            "adm1_code": np.repeat(provinces, 3),
            "campaign_year": np.tile([1, 2, 3], PLANNED),
            "planned_performances": planned.ravel() * frame.scale,
        }
    )


def campaign_events(frame: Frame) -> pd.DataFrame:
    """One row per event, in order of date."""
    held = []
    for cohort in frame.cohorts():
        rng = frame.rng("campaign_events", cohort)
        if cohort.is_fitted:
            cohort = Cohort(LAUNCH, cohort.last, True, cohort.scale)  # nothing was held before the launch
        held += [_performances(rng, cohort, campaign_provinces(frame)), *_other_events(rng, cohort)]
    events = pd.concat(held, ignore_index=True)
    # a further campaign counts its own years 1 to 3
    events["campaign_year"] = (year_of(events["event_date"].to_numpy()) - LAUNCH) % 3 + 1
    return events


def _performances(rng: Draw, cohort: Cohort, provinces: np.ndarray) -> pd.DataFrame:
    if cohort.is_fitted:
        # 50 performances in 13 provinces: eleven have four, two have three
        codes = rng.permutation(np.repeat(provinces[:REACHED], np.array([4] * 11 + [3] * 2) * cohort.scale))
    else:
        reached = provinces[: REACHED + 3] if cohort.first <= AS_OF + 1 else provinces
        n = cohort.size(rng, fitted=0, yearly=34)
        codes = reached[rng.integers(len(reached), size=n)]
    dates = days(rng, cohort.first_day, cohort.last_day, len(codes), dry=3)
    method = mix(rng, _METHODS["performance"], len(codes))
    attended = _fitted_attendance(rng, method, cohort.scale) if cohort.is_fitted else _attendance(rng, method)
    partner = choose(rng, {"IOM": 1} if cohort.first <= AS_OF + 1 else {"IOM": 4, "NGO11": 1}, len(codes))
    counted = np.ones(len(codes), dtype=bool)
    if not cohort.is_fitted:
        counted[pick(rng, np.arange(len(codes)), len(codes) * 6 // 100)] = False
    return _events(rng, "performance", partner, dates, codes, attended, method, counted)


def _attendance(rng: Draw, method: np.ndarray) -> np.ndarray:
    """Attendances from 600 to 9,000; who estimates a crowd writes a round number."""
    attended = skewed(rng, 600, 9_000, len(method))
    return np.where(np.isin(method, COUNTED_ONE_BY_ONE), attended, (attended + 25) // 50 * 50)


def _fitted_attendance(rng: Draw, method: np.ndarray, scale: int) -> np.ndarray:
    """Attendances that add up to 150,000 (published figure P08) times the scale."""
    total = 150_000 * scale
    attended = parts(total, skewed(rng, 0, 10_000, len(method)), 800, 8_800)
    by_one = np.isin(method, COUNTED_ONE_BY_ONE)
    attended = np.where(by_one, attended, (attended + 25) // 50 * 50)
    rest = total - int(attended.sum())
    counted = np.flatnonzero(by_one)
    attended[counted] += rest // len(counted)
    attended[counted[: rest % len(counted)]] += 1
    return attended


def _other_events(rng: Draw, cohort: Cohort) -> list[pd.DataFrame]:
    """Village activities, school sessions (from 2004) and broadcasts, in any province."""
    school = Cohort(max(cohort.first, min(AS_OF, cohort.last)), cohort.last, cohort.is_fitted, cohort.scale)
    kinds = [
        ("village_activity", cohort, cohort.size(rng, fitted=150, yearly=110), (20, 600)),
        ("school_session", school, cohort.size(rng, fitted=40, yearly=60), (40, 700)),
        ("broadcast", cohort, cohort.size(rng, fitted=24, yearly=14), (0, 0)),
    ]
    return [_other(rng, kind, span, n, low, high) for kind, span, n, (low, high) in kinds]


def _other(rng: Draw, kind: str, cohort: Cohort, n: int, low: int, high: int) -> pd.DataFrame:
    dates = days(rng, cohort.first_day, cohort.last_day, n, dry=2)
    partner = choose(rng, _PARTNERS[kind], n)
    if kind == "village_activity":
        partner = np.where(percent(rng, 30, n), reporting(rng, year_of(dates)), partner)
    counted = percent(rng, 0 if kind == "broadcast" else 97, n)
    method, codes = choose(rng, _METHODS[kind], n), choose(rng, residents(), n)
    return _events(rng, kind, partner, dates, codes, skewed(rng, low, high, n), method, counted)


def _events(
    rng: Draw,
    kind: str,
    partner: np.ndarray,
    dates: np.ndarray,
    codes: np.ndarray,
    attended: np.ndarray,
    method: np.ndarray,
    counted: np.ndarray,
) -> pd.DataFrame:
    """Rows of one kind of event; women, men and under-18s only where people were counted one by one."""
    n = len(dates)
    split = counted & np.isin(method, ("register", "headcount"))
    known = attended - attended * skewed(rng, 0, 20, n) // 100
    female = known * rng.integers(45, 66, size=n) // 100
    low, high = _UNDER_18.get(kind, (0, 0))
    under_18 = attended * rng.integers(low, high + 1, size=n) // 100
    return pd.DataFrame(
        {
            "partner_id": partner,
            "event_date": dates,
            "adm1_code": places(rng, codes, dates),
            "district": _numbered(rng, "District", 9, 10, n),
            "commune": _numbered(rng, "Commune", 15, 25, n),
            "event_type": np.full(n, kind, dtype=object),
            "attendance_total": whole(counted, attended),
            "attendance_female": whole(split, female),
            "attendance_male": whole(split, known - female),
            "attendance_under18": whole(split, under_18),
            "count_method": np.where(counted, method, "unknown"),
        }
    )


def _numbered(rng: Draw, noun: str, most: int, blank_percent: int, n: int) -> np.ndarray:
    """Placeholders such as "District 4": no real district is named."""
    names = np.array([f"{noun} {number}" for number in range(1, most + 1)], dtype=object)
    drawn = names[rng.integers(most, size=n)]
    drawn[percent(rng, blank_percent, n)] = None
    return drawn


def structures(frame: Frame) -> pd.DataFrame:
    """Community networks, youth clubs and the career resource centre, one row each, when established."""
    formed = []
    for cohort in frame.cohorts():
        rng = frame.rng("structures", cohort)
        n_networks = cohort.size(rng, fitted=24, yearly=4)
        n_clubs = cohort.size(rng, fitted=10, yearly=2)
        n_centres = frame.scale if cohort.first == frame.first else 0
        kind = np.repeat(
            ["community_network", "youth_club", "career_resource_center"], [n_networks, n_clubs, n_centres]
        ).astype(object)
        n, is_centre = len(kind), kind == "career_resource_center"
        dates = days(rng, cohort.first_day, cohort.last_day, n)
        dates[is_centre] = centre_opens(frame)
        formed.append(
            pd.DataFrame(
                {
                    "structure_type": kind,
                    "partner_id": reporting(rng, year_of(dates)),
                    "established_date": dates,
                    "adm1_code": places(rng, choose(rng, residents(), n), dates),
                    "members_n": whole(~is_centre & percent(rng, 90, n), skewed(rng, 8, 60, n)),
                    "active": pd.Series(choose(rng, {True: 85, False: 8, None: 7}, n)).astype("boolean"),
                }
            )
        )
    return pd.concat(formed, ignore_index=True)


def centre_opens(frame: Frame) -> np.datetime64:
    """Day the career resource centre opens: early in 2004, or in the first year of a sample not fitted."""
    return np.datetime64(f"{AS_OF if frame.is_fitted else frame.first}-01-19")
