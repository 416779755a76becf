"""Synthetic training records: courses, and the roster that tells officers from training places."""

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
    choose,
    days,
    numbered,
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


@dataclass(frozen=True)
class Course:
    """One line of the training programme: who is taught what, and how often.

    *fitted* is (courses, people who complete, places beyond those) over *fitted_years*; *yearly* is
    courses a year after that. *partner* "" is any reporting local NGO.
    """

    audience: str
    partner: str
    topic: str
    fitted: tuple[int, int, int]
    yearly: int
    people: tuple[int, int]
    longest_days: int = 5
    fitted_years: tuple[int, int] = (LAUNCH, AS_OF)


COURSES = (
    Course(
        "police",
        "IJM",
        "investigation of trafficking cases",
        (6, 161, 7),
        3,
        (16, 36),
        fitted_years=(AS_OF, AS_OF),
    ),
    Course(
        "police",
        "IJM",
        "first introduction to child protection law",
        (1, 12, 0),
        0,
        (8, 20),
        fitted_years=(LAUNCH, LAUNCH),
    ),
    Course("police", "CDP", "law on trafficking and the rights of victims", (2, 50, 2), 1, (16, 36)),
    Course("prosecutor_judge", "IJM", "child-sensitive interviewing", (3, 46, 3), 2, (10, 24)),
    Course("teacher", "", "recognising and preventing trafficking", (16, 512, 30), 7, (18, 48)),
    Course("peer_educator", "", "speaking to other young people", (10, 214, 12), 6, (12, 32)),
    Course(
        "community_member",
        "",
        "public forum on trafficking and child protection",
        (44, 3_318, 0),
        24,
        (30, 180),
        1,
    ),
    Course("migrant_worker", "", "safe migration", (30, 2_413, 0), 17, (30, 180), 1),
)


def trainings(frame: Frame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Courses, one row each in order of date, and the roster of the police courses."""
    held = [
        _courses(frame.rng(f"trainings {number}", cohort), cohort, course)
        for cohort in frame.cohorts()
        for number, course in enumerate(COURSES)
    ]
    courses = pd.concat(held, ignore_index=True).sort_values("start_date", kind="stable", ignore_index=True)
    courses["training_id"] = numbered("TR", len(courses))
    roster = training_roster(frame, courses)
    women = roster[roster["sex"].eq("female")].groupby("training_id").size()
    on_roster = courses["training_id"].isin(roster["training_id"])
    recounted = courses["training_id"].map(women).fillna(0).astype("Int64")
    courses["n_female"] = courses["n_female"].mask(on_roster, recounted)
    return courses, roster


def _courses(rng: Draw, cohort: Cohort, course: Course) -> pd.DataFrame:
    fitted, people, spare = course.fitted
    n = cohort.size(rng, fitted=fitted, yearly=course.yearly)
    low, high = course.people
    shares = rng.integers(0, 1_000, size=n)
    if cohort.is_fitted:
        first, last = course.fitted_years
        completed = parts(people * cohort.scale, shares, low, high)
        n_places = completed + parts(spare * cohort.scale, shares[::-1], 0, 4)
    else:
        first, last = cohort.first, cohort.last
        completed = skewed(rng, low, high, n)
        n_places = completed + rng.integers(0, 3, size=n)
    start = days(rng, np.datetime64(f"{first}-01-01"), np.datetime64(f"{last}-12-20"), n)
    partner = np.full(n, course.partner, dtype=object) if course.partner else reporting(rng, year_of(start))
    is_forum = course.longest_days == 1
    codes = choose(rng, residents() | {None: 500_000}, n)
    return pd.DataFrame(
        {
            "partner_id": partner,
            "start_date": start,
            "end_date": start + rng.integers(0, course.longest_days, size=n),
            "adm1_code": places(rng, codes, start),
            "audience_type": np.full(n, course.audience, dtype=object),
            "topic": np.full(n, course.topic, dtype=object),
            "n_participants": n_places,
            "n_female": whole(percent(rng, 90, n), n_places * rng.integers(35, 70, size=n) // 100),
            "n_completed": whole(np.full(n, not is_forum), completed),
        }
    )


def training_roster(frame: Frame, courses: pd.DataFrame) -> pd.DataFrame:
    """One row per police officer and course; an officer has the same key in every course.

    To the end of 2004 the courses of IJM in 2004 have 168 different people (times the scale), those
    of 2003 were repeated by some of them, and of CDP's 52 people 24 had been to IJM.
    """
    police = courses[courses["audience_type"].eq("police")].reset_index(drop=True)
    size = police["n_participants"].to_numpy()
    course = np.repeat(np.arange(len(police)), size)
    place = np.arange(len(course)) - np.repeat(np.cumsum(size) - size, size)
    completed = place < police["n_completed"].to_numpy(dtype=int)[course]
    officer = _officers(
        frame,
        year_of(police["start_date"].to_numpy())[course],
        police["partner_id"].eq("CDP").to_numpy()[course],
        completed,
    )
    return pd.DataFrame(
        {
            "participant_key": _keys(officer, frame.seed),
            "training_id": police["training_id"].to_numpy()[course],
            "sex": np.where(
                officer * 7_919 % 100 < 9, "female", np.where(officer % 97 == 5, "unknown", "male")
            ),
            "completed": completed,
        }
    )


def _officers(frame: Frame, year: np.ndarray, is_cdp: np.ndarray, completed: np.ndarray) -> np.ndarray:
    """A number for the officer on each row of the roster."""
    rng = frame.rng("roster")
    officer = np.empty(len(year), dtype=np.int64)
    known = 0
    early = (year <= AS_OF) & frame.is_fitted
    if frame.is_fitted:
        cdp, in_2004 = early & is_cdp, early & ~is_cdp & (year == AS_OF)
        before = early & ~is_cdp & ~in_2004
        ijm, both = int(in_2004.sum()), 24 * frame.scale
        officer[in_2004] = np.arange(ijm)
        officer[before] = pick(rng, np.flatnonzero(completed[in_2004]), int(before.sum()))
        fresh = np.arange(ijm, ijm + int(cdp.sum()) - both)
        officer[cdp] = rng.permutation(np.concatenate([pick(rng, np.arange(ijm), both), fresh]))
        known = ijm + len(fresh)
    for later in np.unique(year[~early]):
        rows = ~early & (year == later)
        n = int(rows.sum())
        oldest = max(known - n, 0)
        window = np.arange(oldest, oldest + 2 * n)  # about half have been trained before
        officer[rows] = pick(rng, window, n)
        known = int(window[-1]) + 1
    return officer


def _keys(officer: np.ndarray, seed: int) -> list[str]:
    """Ten hexadecimal digits for each officer: one to one, and in no order."""
    mixed = (officer * 716_193_727_641 + seed * 1_000_003) % 2**40  # an odd factor keeps it one to one
    return [f"{key:010x}" for key in mixed.tolist()]
