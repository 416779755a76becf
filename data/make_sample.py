"""Write synthetic records that agree with the published totals.

    python data/make_sample.py OUT [--years 2003-2005] [--seed N] [--scale N]

The same years, seed and scale give the same bytes on every machine: draws use integers only, since floats
differ in their last digit between processors. Each table and cohort of years has a random stream of its own,
so more years leave the earlier rows unchanged. The order of the draws fixes the bytes of ``data/sample``.

Everything is invented except ``obligations``; A0 to A6 in comments are the assumptions of
``data/reference/assumptions.csv``. A sample made to agree with published totals verifies nothing.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from ctip_analysis.base import reference

Draw = np.random.Generator
Array = np.ndarray

BLANK: Any = None
SEED, YEARS = 2004, (2003, 2005)
LAUNCH, AS_OF = 2003, 2004  # first campaign year; the fact sheet's "as of" is the end of this year (A0)
NGOS = tuple(f"NGO{number:02d}" for number in range(1, 18))  # placeholders: no name is public (A6)
RECOVERY_NGOS = tuple(f"RN{number:02d}" for number in range(1, 15))
# Who reports when is invented: readers must see that a total can move because a partner came or went.
STARTS = {"NGO14": 2004, "NGO15": 2004, "NGO16": 2004, "NGO17": 2005}
STOPS = {"NGO05": 2004, "NGO11": 2009, "NGO02": 2010, "NGO08": 2012}  # last year with records
SILENT = {"NGO09": (2008, 2009)}
NAMED_PARTNERS = """
IOM|International Organization for Migration|un|prime
IJM|International Justice Mission|ingo|prime
TAF|The Asia Foundation|ingo|prime
CDP|Cambodian Defenders Project|lngo|prime
MOWVA|Ministry of Women's and Veterans' Affairs|government|counterpart
MOSALVY|Ministry of Social Affairs, Labor, Vocational Training and Youth Rehabilitation|government|counterpart
NGO_PARTNERS|NGO partners that refer or represent cases, pooled (not named)|lngo|counterpart
"""

ONE_BY_ONE = ("register", "headcount", "ticket")  # count methods that give an exact number
METHODS = {  # weights of the count methods
    "performance": "crowd_estimate 58 capacity_of_venue 12 headcount 10 register 8 ticket 8 unknown 4",
    "village_activity": "register 55 headcount 30 crowd_estimate 10 unknown 5",
    "school_session": "register 80 headcount 20",
    "broadcast": "unknown 1",
}
OTHER_EVENTS = {  # fitted number, number a year, fewest and most people, percent counted, organisers
    "village_activity": (150, 110, 20, 600, 97, "IOM 6 MOWVA 4"),
    "school_session": (40, 60, 40, 700, 97, "MOWVA 1"),
    "broadcast": (24, 14, 0, 0, 0, "IOM 1"),
}
UNDER_18 = {"performance": (15, 45), "village_activity": (10, 35), "school_session": (70, 98)}  # percent

RIGHTS = "law on trafficking and the rights of victims"
FORUM = "public forum on trafficking and child protection"
COURSES = (  # audience, partner ("" a local NGO), topic, (courses, people who complete, further places) and
    # years of the fitted cohort, courses in a later year, fewest and most people, longest duration in days
    ("police", "IJM", "investigation of trafficking cases", (6, 161, 7), (2004, 2004), 3, (16, 36), 5),
    ("police", "IJM", "first introduction to child protection law", (1, 12, 0), (2003, 2003), 0, (8, 20), 5),
    ("police", "CDP", RIGHTS, (2, 50, 2), (2003, 2004), 1, (16, 36), 5),
    ("prosecutor_judge", "IJM", "child-sensitive interviewing", (3, 46, 3), (2003, 2004), 2, (10, 24), 5),
    ("teacher", "", "recognising and preventing trafficking", (16, 512, 30), (2003, 2004), 7, (18, 48), 5),
    ("peer_educator", "", "speaking to other young people", (10, 214, 12), (2003, 2004), 6, (12, 32), 5),
    ("community_member", "", FORUM, (44, 3_318, 0), (2003, 2004), 24, (30, 180), 1),
    ("migrant_worker", "", "safe migration", (30, 2_413, 0), (2003, 2004), 17, (30, 180), 1),
)

VICTIM, FIFTEEN = "client_type == 'victim'", "age_band in ('15_17', '18_plus')"
GIRL = "client_type == 'at_risk' and age_band in ('under_15', '15_17') and sex == 'female'"
SERVICES = (  # service, clients it is open to, percent of them served, fitted number or 0, shortest and longest
    # duration in days or None for something that happens on one day, longest wait in days
    ("reintegration_support", "index >= 0", 93, 1_288, (90, 540), 200),
    ("reintegrated", "has_support", 9, 118, None, 270),  # some of those with support (A3)
    ("scholarship", f"age_band == '18_plus' or {VICTIM}", 15, 134, (120, 330), 270),
    ("scholarship", GIRL, 24, 80, (150, 330), 270),  # A4
    ("job_placement", FIFTEEN, 11, 120, None, 270),
    ("career_resource_center", f"{VICTIM} and sex == 'female'", 8, 34, (5, 60), 270),
    ("shelter", VICTIM, 48, 0, (20, 400), 20),
    ("medical", "index >= 0", 16, 0, (1, 30), 60),
    ("psychosocial", "index >= 0", 38, 0, (30, 300), 90),
    ("legal_aid", VICTIM, 18, 0, (30, 500), 120),
    ("vocational_training", FIFTEEN, 17, 0, (60, 300), 270),
    ("repatriation", VICTIM, 2, 0, None, 270),
    ("compensation", VICTIM, 1, 0, None, 700),
)
RECOVERY = ("reintegration_support", "shelter", "medical", "psychosocial")
EXPLOITATION = {"Sexual exploitation": 58, "Forced labour": 16, "Child labour": 7, "Forced begging": 8} | {
    "Servitude": 5, "Forced marriage": 2, "Other": 1, None: 3}  # invented, as all splits (A5)  # fmt: skip

UNJUDGED = "settled_out_of_court 9 accused_absconded 8 unknown 3 pending 6"
FATES = f"convicted 46 acquitted 14 dismissed 14 {UNJUDGED}"
NEVER_CONVICTED = "acquitted 3 dismissed 3 settled_out_of_court 3 accused_absconded 2 pending 4"
ADVISED = ("IJM", "advised", "trafficking 1")  # partner, its role, weights of the kinds of case
REFERRED = ("NGO_PARTNERS", "referred", "trafficking 1")
REPRESENTED = ("NGO_PARTNERS", "represented", "domestic_violence 6 rape 4")
# stages before judgment that a case with this outcome has passed; any other has passed all three
STAGES_REACHED = {"settled_out_of_court": 1, "unknown": 1, "accused_absconded": 2, "dismissed": 2}
STAGES = {  # its place; when, in percent of the time to judgment, from and below; percent written down
    "investigated": (1, 5, 21, 94),
    "charged": (2, 25, 46, 96),
    "tried": (3, 75, 99, 98),
}

NUMBERED = {  # column that orders the rows, column that numbers them, prefix of the number
    "campaign_events": ("event_date", "event_id", "EV"),
    "trainings": ("start_date", "training_id", "TR"),
    "structures": ("established_date", "structure_id", "ST"),
    "clients": ("intake_date", "client_id", "CL"),
    "services": ("start_date", "service_id", "SV"),
    "rescues": ("op_date", "operation_id", "OP"),
    "cases": ("referred_date", "case_id", "CA"),
    "subgrants": ("start_date", "subgrant_id", "SG"),
}
AIMS = {  # indicator, value before the programme, target of the first year and of each later one: all invented
    "performances_held": (0, 20, 30), "performance_attendance": (0, 60_000, 90_000),
    "village_activities_held": (0, 70, 80), "teachers_trained": (0, 200, 250),
    "police_training_completions": (BLANK, 60, 120), "clients_assisted": (BLANK, 500, 700),
    "victims_rescue_assisted": (BLANK, 50, 100), "convictions_advised": (BLANK, 20, 25),
}  # fmt: skip
HAS_FREE_TEXT = ("partners", "obligations")  # only these contain commas, so only these are quoted


class Sample(NamedTuple):
    """What is asked for: seed, first and last year, how many times the rows."""

    seed: int
    first: int
    last: int
    scale: int

    @property
    def is_fitted(self) -> bool:
        """Whether rows to the end of 2004 agree with the published totals: both campaign years are included."""
        return self.first <= LAUNCH and self.last >= AS_OF

    @property
    def centre_opens(self) -> np.datetime64:
        """Day the career resource centre opens: early in 2004, or in the first year of a sample not fitted."""
        return day(AS_OF if self.is_fitted else self.first, "01-19")

    def cohorts(self) -> list[Cohort]:
        """The fitted cohort, if there is one, then one cohort per year."""
        fitted = [Cohort(self, self.first, AS_OF, True)] if self.is_fitted else []
        start = AS_OF + 1 if self.is_fitted else self.first
        return fitted + [Cohort(self, year, year, False) for year in range(start, self.last + 1)]

    def rng(self, name: str, last: int = 0) -> Draw:
        """The random stream of a table and of the cohort that ends in *last*."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode()), last])


class Cohort(NamedTuple):
    """Years whose rows are drawn together: fitted to the published totals to 2004, or one plain year."""

    sample: Sample
    first: int
    last: int
    is_fitted: bool

    def rng(self, name: str) -> Draw:
        """The random stream of a table in this cohort."""
        return self.sample.rng(name, self.last)

    def size(self, rng: Draw, fitted: int, yearly: int) -> int:
        """Number of rows: *fitted*, or *yearly* with a slow rise and some noise; both times the scale."""
        if self.is_fitted:
            return fitted * self.sample.scale
        share = 100 + 3 * (self.first - AS_OF - 1) + int(rng.integers(-8, 9))
        return (yearly * self.sample.scale * share + 50) // 100


# ---- draws


def weights(text: str | Mapping[Any, int]) -> tuple[Array, Array]:
    """Names and cumulated weights of "name weight name weight ..." or a mapping; the name None is a blank."""
    words = text.split() if isinstance(text, str) else [part for pair in text.items() for part in pair]
    return np.array(words[::2], dtype=object), np.cumsum(np.array(words[1::2], dtype=int))


def choose(rng: Draw, weighted: str | Mapping[Any, int], n: int, *, exact: bool = False) -> Array:
    """*n* names drawn by weight; or, if *exact*, in exact proportion to their weights and in random order."""
    names, edges = weights(weighted)
    if exact:
        even = (2 * np.arange(n) + 1) * int(edges[-1]) // (2 * max(n, 1))
        return rng.permutation(names[np.searchsorted(edges, even, side="right")])
    return names[np.searchsorted(edges, rng.integers(edges[-1], size=n), side="right")]


def percent(rng: Draw, chance: int, n: int) -> Array:
    """*n* truth values, true with *chance* in a hundred."""
    return rng.integers(100, size=n) < chance


def skewed(rng: Draw, low: int, high: int | Array, n: int) -> Array:
    """*n* integers from *low* to *high*, a quarter of the way up on average: many small, few large."""
    return low + (high - low) * rng.integers(0, 1001, size=n) * rng.integers(0, 1001, size=n) // 1_000_000


def parts(total: int, shares: Array, low: int, high: int) -> Array:
    """Integers from *low* to *high*, roughly as *shares*, that add up to exactly *total*.

    >>> parts(10, np.array([1, 1, 8]), 1, 5).tolist()
    [3, 2, 5]
    """
    shares = shares + 1
    uncapped = low + shares * (total - low * len(shares)) // int(shares.sum())
    found = np.minimum(uncapped, high)
    room = high - found
    found += room * int((uncapped - found).sum()) // max(int(room.sum()), 1)
    while left := total - int(found.sum()):
        found[np.flatnonzero(found < high)[:left]] += 1
    return found


def day(year: int, month_day: str = "01-01") -> np.datetime64:
    """A day of a year, the first by default."""
    return np.datetime64(f"{year}-{month_day}")


def days(rng: Draw, first: np.datetime64, last: np.datetime64, n: int, *, dry: int = 1) -> Array:
    """*n* days from *first* to *last*, none in a festival week; dry-season days are *dry* times as likely."""
    calendar = np.arange(first, last + 1)
    month = calendar.astype("M8[M]").astype(int) % 12 + 1
    weight = np.where((month >= 11) | (month <= 4), dry, 1)  # roads are passable and people are not planting
    edges = np.cumsum(np.where(is_festival(calendar), 0, weight))
    return calendar[np.searchsorted(edges, rng.integers(edges[-1], size=n), side="right")]


def is_festival(calendar: Array) -> Array:
    """Whether a day is in the week of Khmer New Year (13 to 19 April) or of Pchum Ben."""
    found = np.zeros(len(calendar), dtype=bool)
    for year in np.unique(year_of(calendar)).tolist():
        found |= (calendar >= day(year, "04-13")) & (calendar <= day(year, "04-19"))
        found |= np.abs((calendar - pchum_ben(year)).astype(int)) <= 3
    return found


def pchum_ben(year: int) -> np.datetime64:
    """Last day of Pchum Ben, within a day: the mean new moon from 16 September to 15 October.

    >>> str(pchum_ben(2004))
    '2004-10-14'
    """
    new_moon, seconds_between = np.datetime64("2000-01-06T18:14:00", "s"), 2_551_443
    waited = int((day(year, "09-16").astype("M8[s]") - new_moon).astype(int))
    return (new_moon + -(-waited // seconds_between) * seconds_between).astype("M8[D]")


def year_of(dates: Array) -> Array:
    """Calendar year of each day."""
    return dates.astype("M8[Y]").astype(int) + 1970


@cache
def residents() -> dict[str | None, int]:
    """Residents by province in the census of 1998: the 24 units of the programme's first years."""
    census = reference.table("population").query("census_year == 1998")
    return dict(zip(census["adm1_code"], census["residents"].astype(int), strict=True))


def places(rng: Draw, codes: Array, dates: Array) -> Array:
    """*codes* as written on each date: part of Kampong Cham (KH03) is Tboung Khmum (KH25) once that exists."""
    units = reference.table("provinces").set_index("adm1_code")
    exists = dates >= np.datetime64(units["valid_from"]["KH25"])
    # 46 percent: 776,841 of the 1,676,632 residents of the old province in the census of 2019
    return np.where((codes == "KH03") & exists & percent(rng, 46, len(codes)), "KH25", codes)


def anywhere(rng: Draw, dates: Array, *, blank_percent: int) -> Array:
    """A province for each date, drawn by residents (A1); some blank."""
    codes = choose(rng, residents(), len(dates))
    codes[percent(rng, blank_percent, len(dates))] = None
    return places(rng, codes, dates)


def whole(is_known: Array, values: Array) -> pd.Series:
    """*values* as whole numbers, blank where not known."""
    return pd.Series(values, dtype="Int64").where(pd.Series(is_known))


def is_reporting(ngo: str, year: int) -> bool:
    """Whether *ngo* is a local NGO that sends records for *year*."""
    is_between = STARTS.get(ngo, year) <= year <= STOPS.get(ngo, year)
    return ngo in NGOS and is_between and year not in SILENT.get(ngo, ())


def reporting(rng: Draw, dates: Array) -> Array:
    """A local NGO for each row, among those that report in its year; the first ones are the largest."""
    years = year_of(dates)
    found = np.empty(len(years), dtype=object)
    for year in np.unique(years).tolist():
        known = {ngo: 30 - number for number, ngo in enumerate(NGOS) if is_reporting(ngo, year)}
        found[years == year] = choose(rng, known, int((years == year).sum()))
    return found


# ---- partners and money


def partners() -> pd.DataFrame:
    """One row per organisation, the pooled case partners as one."""
    rows = [line.split("|") for line in NAMED_PARTNERS.strip().splitlines()]
    rows += [[code, f"Local NGO {code[3:]} (placeholder)", "lngo", "subgrantee"] for code in NGOS]
    rows += [[code, f"Recovery NGO {code[2:]} (placeholder)", "lngo", "supported"] for code in RECOVERY_NGOS]
    return pd.DataFrame(rows, columns=["partner_id", "name", "partner_type", "role"])


def subgrants(cohort: Cohort) -> pd.DataFrame:
    """One row per award of The Asia Foundation, from 2004; 17 sub-grantees in the fitted cohort."""
    rng = cohort.rng("subgrants")
    n = cohort.size(rng, 22, 12)
    start = day(cohort.last) + rng.integers(0, 300, size=n)
    partner = reporting(rng, start)
    if cohort.is_fitted:
        partner[: len(NGOS)] = NGOS
    support = choose(rng, "subgrant 11 both 7 technical_assistance 4", n)
    currency = np.where(percent(rng, 10, n), "KHR", "USD").astype(object)
    riel, dollars = 500_000 * rng.integers(40, 121, size=n), 500 * skewed(rng, 16, 160, n)
    is_money = support != "technical_assistance"
    return pd.DataFrame(
        {
            "prime_id": "TAF",
            "subgrantee_id": partner,
            "support_type": support,
            "amount": whole(is_money & percent(rng, 88, n), np.where(currency == "KHR", riel, dollars)),
            "currency": np.where(is_money, currency, BLANK),
            "start_date": start,
            "end_date": start + rng.integers(180, 541, size=n),
            "pillar": choose(rng, {"prevention": 8, "protection": 8, "prosecution": 4, None: 1}, n),
        }
    )


def obligations(sample: Sample) -> pd.DataFrame:
    """US obligations that a source names, by US fiscal year: real rows, the same at every scale."""
    rows = reference.table("programme_history").query("indicator == 'usaid_grant_usd'")
    rows = rows.assign(fiscal_year=rows["period"].str.removeprefix("FY").astype(int))
    rows = rows.rename(columns={"partner": "recipient", "value": "amount_usd"})
    listed = rows.loc[rows["recipient"].eq("IOM"), "source"].iloc[0]
    unnamed = {
        "fiscal_year": 2003,
        "recipient": "not named in the list as held here",
        "amount_usd": (890_000, 65_998),  # derived check D14: two summands whose recipients are not known
        "source": f"{listed}; a summand of the USAID total in derived check D14",
    }
    rows = pd.concat([rows, pd.DataFrame(unnamed)]).assign(agency="USAID").astype({"amount_usd": int})
    rows = rows[rows["fiscal_year"].between(sample.first, sample.last)]
    return rows.sort_values(["fiscal_year", "amount_usd"], kind="stable", ignore_index=True)


def targets(sample: Sample) -> pd.DataFrame:
    """Invented baselines and targets of each calendar and each US fiscal year."""
    years = range(sample.first, sample.last + 1)
    rows = [
        (name, period, before, (first if year == sample.first else later) * sample.scale)
        for name, (before, first, later) in AIMS.items()
        for year in years
        for period in (str(year), f"FY{year}")
    ]
    made = pd.DataFrame(rows, columns=["indicator", "period", "baseline", "target"])
    made["baseline"] = made["baseline"].astype("Int64")
    return made.assign(assessed_on=BLANK, source="Synthetic plan of the programme", note=BLANK)


# ---- prevention: campaign, structures, trainings


def campaign_provinces(sample: Sample) -> Array:
    """The 18 planned provinces (P02); the first 13 are reached in campaign years one and two (P09)."""
    return sample.rng("campaign_plan").choice(np.array(list(residents()), dtype=object), 18, replace=False)


def campaign_plan(sample: Sample) -> pd.DataFrame:
    """The three-year plan: 5 performances in each of 18 provinces, spread 2-2-1 over the years."""
    provinces = np.sort(campaign_provinces(sample))
    planned = np.full((len(provinces), 3), 2)
    planned[np.arange(len(provinces)), sample.rng("planned").integers(3, size=len(provinces))] = 1
    return pd.DataFrame(
        {
            "adm1_code": np.repeat(provinces, 3),
            "campaign_year": np.tile([1, 2, 3], len(provinces)),
            "planned_performances": planned.ravel() * sample.scale,
        }
    )


def campaign_events(cohort: Cohort) -> pd.DataFrame:
    """One row per event: performances in the campaign's provinces, then other events anywhere."""
    rng = cohort.rng("campaign_events")
    held = [_performances(rng, cohort)]
    sizes = [cohort.size(rng, row[0], row[1]) for row in OTHER_EVENTS.values()]
    held += [_other_events(rng, cohort, kind, n) for kind, n in zip(OTHER_EVENTS, sizes, strict=True)]
    events = pd.concat(held, ignore_index=True)
    # a further campaign counts its own years 1 to 3
    return events.assign(campaign_year=(year_of(events["event_date"].to_numpy()) - LAUNCH) % 3 + 1)


def _performances(rng: Draw, cohort: Cohort) -> pd.DataFrame:
    is_first_campaign = cohort.first <= AS_OF + 1
    codes = campaign_provinces(cohort.sample)
    if cohort.is_fitted:  # 50 performances in 13 provinces: eleven have four, two have three
        codes = rng.permutation(np.repeat(codes[:13], np.array([4] * 11 + [3] * 2) * cohort.sample.scale))
    else:
        n = cohort.size(rng, 0, 34)
        reached = codes[:16] if is_first_campaign else codes
        codes = reached[rng.integers(len(reached), size=n)]
    n = len(codes)
    dates = _event_days(rng, cohort, n, dry=3)
    method = choose(rng, METHODS["performance"], n, exact=True)
    attended = _attendance(rng, cohort, method)
    partner = choose(rng, "IOM 1" if is_first_campaign else "IOM 4 NGO11 1", n)
    counted = np.ones(n, dtype=bool)
    if not cohort.is_fitted:
        counted[rng.choice(np.arange(n), n * 6 // 100, replace=False)] = False
    return _events(rng, "performance", partner, dates, codes, attended, method, counted)


def _event_days(rng: Draw, cohort: Cohort, n: int, *, launch: int = LAUNCH, dry: int) -> Array:
    first = launch if cohort.is_fitted else cohort.first  # nothing was held before the launch
    return days(rng, day(first), day(cohort.last, "12-31"), n, dry=dry)


def _attendance(rng: Draw, cohort: Cohort, method: Array) -> Array:
    """Attendances by count method; the fitted ones add up to 150,000 (published figure P08) times the scale."""
    n, total = len(method), 150_000 * cohort.sample.scale
    by_one = np.isin(method, ONE_BY_ONE)
    low, high = (0, 10_000) if cohort.is_fitted else (600, 9_000)
    attended = skewed(rng, low, high, n)
    if cohort.is_fitted:
        attended = parts(total, attended, 800, 8_800)
    attended = np.where(by_one, attended, (attended + 25) // 50 * 50)  # an estimate is a round number
    if cohort.is_fitted:
        counted, rest = np.flatnonzero(by_one), total - int(attended.sum())
        attended[counted] += rest // len(counted)
        attended[counted[: rest % len(counted)]] += 1
    return attended


def _other_events(rng: Draw, cohort: Cohort, kind: str, n: int) -> pd.DataFrame:
    *_, low, high, counted_percent, organisers = OTHER_EVENTS[kind]
    dates = _event_days(rng, cohort, n, launch=AS_OF if kind == "school_session" else LAUNCH, dry=2)
    partner = choose(rng, organisers, n)
    if kind == "village_activity":
        partner = np.where(percent(rng, 30, n), reporting(rng, dates), partner)
    counted = percent(rng, counted_percent, n)
    method, codes = choose(rng, METHODS[kind], n), choose(rng, residents(), n)
    return _events(rng, kind, partner, dates, codes, skewed(rng, low, high, n), method, counted)


def _events(rng: Draw, kind: str, partner: Array, dates: Array, codes: Array, attended: Array, method: Array,
            counted: Array) -> pd.DataFrame:  # fmt: skip
    """Rows of one kind of event; women, men and under-18s only where people were counted one by one."""
    n = len(dates)
    split = counted & np.isin(method, ("register", "headcount"))
    known = attended - attended * skewed(rng, 0, 20, n) // 100
    female = known * rng.integers(45, 66, size=n) // 100
    low, high = UNDER_18.get(kind, (0, 0))
    under_18 = attended * rng.integers(low, high + 1, size=n) // 100
    return pd.DataFrame(
        {
            "partner_id": partner,
            "event_date": dates,
            "adm1_code": places(rng, codes, dates),
            "district": _placeholders(rng, "District", 9, 10, n),
            "commune": _placeholders(rng, "Commune", 15, 25, n),
            "event_type": kind,
            "attendance_total": whole(counted, attended),
            "attendance_female": whole(split, female),
            "attendance_male": whole(split, known - female),
            "attendance_under18": whole(split, under_18),
            "count_method": np.where(counted, method, "unknown"),
        }
    )


def _placeholders(rng: Draw, noun: str, most: int, blank_percent: int, n: int) -> Array:
    """Placeholders such as "District 4", some blank: no real district is named."""
    names = np.array([f"{noun} {number}" for number in range(1, most + 1)], dtype=object)
    drawn = names[rng.integers(most, size=n)]
    return np.where(percent(rng, blank_percent, n), BLANK, drawn)


def structures(cohort: Cohort) -> pd.DataFrame:
    """Community networks, youth clubs and the career resource centre, one row each, when established."""
    rng, sample = cohort.rng("structures"), cohort.sample
    sizes = [cohort.size(rng, 24, 4), cohort.size(rng, 10, 2)]
    sizes.append(sample.scale if cohort.first == sample.first else 0)
    kind = np.repeat(["community_network", "youth_club", "career_resource_center"], sizes)
    n, is_centre = len(kind), kind == "career_resource_center"
    dates = days(rng, day(cohort.first), day(cohort.last, "12-31"), n)
    dates[is_centre] = sample.centre_opens
    return pd.DataFrame(
        {
            "structure_type": kind,
            "partner_id": reporting(rng, dates),
            "established_date": dates,
            "adm1_code": places(rng, choose(rng, residents(), n), dates),
            "members_n": whole(~is_centre & percent(rng, 90, n), skewed(rng, 8, 60, n)),
            "active": pd.Series(choose(rng, {True: 85, False: 8, None: 7}, n)).astype("boolean"),
        }
    )


def trainings_and_roster(sample: Sample) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Courses, one row each in order of date, and the roster of the police courses."""
    held = [_courses(cohort, place) for cohort in sample.cohorts() for place in range(len(COURSES))]
    courses = numbered("trainings", pd.concat(held, ignore_index=True))
    roster = training_roster(sample, courses)
    women = roster[roster["sex"].eq("female")].groupby("training_id").size()
    recounted = courses["training_id"].map(women).fillna(0).astype("Int64")
    on_roster = courses["training_id"].isin(roster["training_id"])
    return courses.assign(n_female=courses["n_female"].mask(on_roster, recounted)), roster


def _courses(cohort: Cohort, place: int) -> pd.DataFrame:
    audience, given, topic, (fitted, people, spare), years, yearly, size, longest_days = COURSES[place]
    rng, scale = cohort.rng(f"trainings {place}"), cohort.sample.scale
    n = cohort.size(rng, fitted, yearly)
    shares = rng.integers(0, 1_000, size=n)
    if cohort.is_fitted:
        completed = parts(people * scale, shares, *size)
        n_places = completed + parts(spare * scale, shares[::-1], 0, 4)
    else:
        years = (cohort.first, cohort.last)
        completed = skewed(rng, *size, n)
        n_places = completed + rng.integers(0, 3, size=n)
    start = days(rng, day(years[0]), day(years[1], "12-20"), n)
    partner = given or reporting(rng, start)
    codes = choose(rng, residents() | {None: 500_000}, n)
    return pd.DataFrame(
        {
            "partner_id": partner,
            "start_date": start,
            "end_date": start + rng.integers(0, longest_days, size=n),
            "adm1_code": places(rng, codes, start),
            "audience_type": audience,
            "topic": topic,
            "n_participants": n_places,
            "n_female": whole(percent(rng, 90, n), n_places * rng.integers(35, 70, size=n) // 100),
            "n_completed": whole(np.full(n, longest_days > 1), completed),  # nobody completes a forum
        }
    )


def training_roster(sample: Sample, courses: pd.DataFrame) -> pd.DataFrame:
    """One row per police officer and course; an officer has the same key in every course."""
    police = courses[courses["audience_type"].eq("police")]
    roster = police.loc[police.index.repeat(police["n_participants"])]
    completed = (roster.groupby(level=0).cumcount() < roster["n_completed"]).to_numpy(dtype=bool)
    years, is_cdp = year_of(roster["start_date"].to_numpy()), roster["partner_id"].eq("CDP").to_numpy()
    officer = _officers(sample, years, is_cdp, completed)
    keys = (officer * 716_193_727_641 + sample.seed * 1_000_003) % 2**40  # odd factor: one key an officer
    sex = np.where(officer % 97 == 5, "unknown", "male")
    return pd.DataFrame(
        {
            "participant_key": [f"{key:010x}" for key in keys.tolist()],
            "training_id": roster["training_id"].to_numpy(),
            "sex": np.where(officer * 7_919 % 100 < 9, "female", sex),
            "completed": completed,
        }
    )


def _officers(sample: Sample, year: Array, is_cdp: Array, completed: Array) -> Array:
    """A number for the officer on each row of the roster.

    In the fitted cohort the courses of IJM in 2004 have 168 different people (times the scale), those of 2003
    were repeated by some of them, and of CDP's 52 people 24 had been to IJM.
    """
    rng = sample.rng("roster")
    officer = np.empty(len(year), dtype=np.int64)
    known = 0
    early = (year <= AS_OF) & sample.is_fitted
    if sample.is_fitted:
        cdp, in_2004 = early & is_cdp, early & ~is_cdp & (year == AS_OF)
        before = early & ~is_cdp & ~in_2004
        ijm, both = int(in_2004.sum()), 24 * sample.scale
        officer[in_2004] = np.arange(ijm)
        officer[before] = rng.choice(np.flatnonzero(completed[in_2004]), int(before.sum()), replace=False)
        fresh = np.arange(ijm, ijm + int(cdp.sum()) - both)
        known_to_ijm = rng.choice(np.arange(ijm), both, replace=False)
        officer[cdp] = rng.permutation(np.concatenate([known_to_ijm, fresh]))
        known = ijm + len(fresh)
    for later in np.unique(year[~early]):
        rows = ~early & (year == later)
        n = int(rows.sum())
        oldest = max(known - n, 0)  # about half have been trained before
        officer[rows] = rng.choice(np.arange(oldest, oldest + 2 * n), n, replace=False)
        known = oldest + 2 * n
    return officer


# ---- protection: clients and services


def clients_and_services(sample: Sample) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clients, one row per person in order of intake, and their services, one row per episode."""
    people, given, before = [], [], 0
    for cohort in sample.cohorts():
        people.append(clients(cohort))
        given.append(services(cohort, people[-1]))
        given[-1]["client"] += before
        before += len(people[-1])
    everyone = numbered("clients", pd.concat(people, ignore_index=True))
    episodes = pd.concat(given, ignore_index=True)
    return everyone, episodes.assign(client_id=everyone["client_id"].to_numpy()[episodes["client"]])


def clients(cohort: Cohort) -> pd.DataFrame:
    """One row per client of a cohort in order of intake: no name, no address, the month of intake only."""
    rng = cohort.rng("clients")
    n = cohort.size(rng, 1_378, 640)
    months = np.arange(f"{cohort.first}-01", f"{cohort.last + 1}-01", dtype="M8[M]")
    growing = {place: 12 + place for place in range(len(months))}
    intake = months[choose(rng, growing, n).astype(int)].astype("M8[D]")
    age = choose(rng, "under_15 18 15_17 30 18_plus 47 unknown 5", n)
    kind = choose(rng, "at_risk 57 victim 38 unknown 5", n)
    exploitation = choose(rng, EXPLOITATION, n)
    exploitation[(exploitation == "Child labour") & (age == "18_plus")] = "Forced labour"
    men = 6 + max(cohort.last - AS_OF, 0)  # a slow drift that a trend can show
    rows = pd.DataFrame(
        {
            "partner_id": reporting(rng, intake),
            "intake_date": intake,
            "sex": choose(rng, {"female": 90 - men, "male": men, "unknown": 2}, n),
            "age_band": age,
            "client_type": kind,
            "exploitation_type": np.where(kind == "victim", exploitation, BLANK),
            "adm1_origin": anywhere(rng, intake, blank_percent=6),
            "consent_to_share": percent(rng, 96, n),
        }
    )
    return rows.sort_values("intake_date", kind="stable", ignore_index=True)


def services(cohort: Cohort, clients: pd.DataFrame) -> pd.DataFrame:
    """All episodes of one cohort; a client is named by position in *clients*."""
    rng, sample = cohort.rng("services"), cohort.sample
    intake = clients["intake_date"].to_numpy().astype("M8[D]")
    episodes: list[pd.DataFrame] = []
    for name, eligible, per_100, fitted, duration, longest_wait in SERVICES:
        is_counted = cohort.is_fitted and fitted > 0
        horizon = day(cohort.last if is_counted else sample.last, "12-31")
        earliest = intake
        if name == "career_resource_center":
            earliest = np.maximum(intake, sample.centre_opens)
        if name == "reintegrated":  # nobody is reintegrated before two months of support
            earliest = np.full(len(clients), horizon)
            earliest[episodes[0]["client"]] = episodes[0]["start_date"].to_numpy().astype("M8[D]") + 60
        open_to = clients.assign(has_support=earliest < horizon).query(eligible)
        n = fitted * sample.scale if is_counted else len(open_to) * per_100 // 100
        chosen = np.sort(rng.choice(open_to.index.to_numpy(), n, replace=False))
        wait = np.minimum((horizon - earliest[chosen]).astype(int), longest_wait)
        start = earliest[chosen] + skewed(rng, 0, wait, n)
        episodes.append(_episodes(rng, name, chosen, start, duration, day(sample.last, "12-31")))
    given = pd.concat([*episodes, _second_episodes(rng, episodes[0], sample)], ignore_index=True)
    return _placed(rng, given, clients["partner_id"].to_numpy())


def _episodes(rng: Draw, name: str, chosen: Array, start: Array, duration: tuple[int, int] | None,
              last_day: np.datetime64) -> pd.DataFrame:  # fmt: skip
    """Episodes of one service for the *chosen* clients, as known on *last_day*."""
    n = len(chosen)
    shortest, longest = duration or (0, 0)
    end = start + rng.integers(shortest, longest + 1, size=n)
    outcome = choose(rng, "completed 78 dropped 14 unknown 8", n)
    outcome[end > last_day] = "ongoing"
    is_over = (end <= last_day) & (duration is not None)
    return pd.DataFrame(
        {
            "client": chosen,
            "service_type": name,
            "start_date": start,
            "end_date": np.where(is_over, end, np.datetime64("NaT")),
            "outcome": outcome if duration else "completed",
            "amount_usd": whole(np.full(n, name == "scholarship"), 5 * rng.integers(8, 37, size=n)),
        }
    )


def _second_episodes(rng: Draw, first: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """A further episode for about one in twelve whose first one ended: episodes are not people."""
    ended = first[first["end_date"].notna()]
    again = ended[percent(rng, 8, len(ended))]
    start = again["end_date"].to_numpy().astype("M8[D]") + rng.integers(10, 120, size=len(again))
    again = again.assign(start_date=start, end_date=np.datetime64("NaT"), outcome="unknown")
    return again[start <= day(sample.last, "12-31")]


def _placed(rng: Draw, services: pd.DataFrame, partner: Array) -> pd.DataFrame:
    """*services* with who gave each and where: mostly the client's own NGO, recovery also by IOM's fourteen."""
    n, start = len(services), services["start_date"].to_numpy().astype("M8[D]")
    own = partner[services["client"]]
    is_active = [is_reporting(*pair) for pair in zip(own, year_of(start).tolist(), strict=True)]
    own = np.where(is_active, own, reporting(rng, start))
    by_recovery = services["service_type"].isin(RECOVERY).to_numpy() & percent(rng, 25, n)
    giver = np.where(by_recovery, choose(rng, dict.fromkeys(RECOVERY_NGOS, 1), n), own)
    ngos = [*NGOS, *RECOVERY_NGOS]
    home = dict(zip(ngos, choose(rng, residents(), len(ngos)), strict=True))
    code = pd.Series(giver).map(home).to_numpy(dtype=object)
    code[percent(rng, 6, n)] = None
    return services.assign(partner_id=giver, adm1_code=places(rng, code, start))


# ---- prosecution: rescues and cases


def rescues(cohort: Cohort) -> pd.DataFrame:
    """One row per operation IJM assisted; 94 people in 2004 in the fitted cohort (published figure P11)."""
    rng, scale = cohort.rng("rescues"), cohort.sample.scale
    if cohort.is_fitted:
        years = [(LAUNCH, 9 * scale, 44 * scale), (AS_OF, 19 * scale, 94 * scale)]
    else:
        n = cohort.size(rng, 0, 16)
        years = [(cohort.first, n, 5 * n)]
    found = []
    for year, n, victims in years:
        dates = days(rng, day(year), day(year, "12-31"), n)
        codes = anywhere(rng, dates, blank_percent=5)
        n_victims = parts(victims, skewed(rng, 0, 1_000, n), 0, 16)
        columns = {"partner_id": "IJM", "op_date": dates, "adm1_code": codes, "n_victims": n_victims}
        found.append(pd.DataFrame(columns))
    return pd.concat(found, ignore_index=True)


def cases(cohort: Cohort) -> pd.DataFrame:
    """One row per case; stages after the sample's last day are blank, the outcome pending."""
    rng = cohort.rng("cases")
    if cohort.is_fitted:
        return pd.concat(_fitted_cases(rng, cohort), ignore_index=True)
    found = []
    for docket, yearly in ((ADVISED, 26), (REFERRED, 13), (REPRESENTED, 36)):
        n = cohort.size(rng, 0, yearly)
        referred = days(rng, day(cohort.first), day(cohort.last, "12-31"), n)
        fate = choose(rng, FATES, n)
        found.append(_cases(rng, cohort, docket, referred, skewed(rng, 120, 900, n), fate))
    return pd.concat(found, ignore_index=True)


def _fitted_cases(rng: Draw, cohort: Cohort) -> list[pd.DataFrame]:
    """Cases of 2003 and 2004: 29 convictions advised in 2004, 23 cases referred with 7, 68 represented."""
    summer, n = day(LAUNCH, "07-01"), 68 * cohort.sample.scale
    represented, fate = days(rng, day(LAUNCH), day(AS_OF, "12-31"), n), choose(rng, FATES, n)
    return [
        _judged(rng, cohort, ADVISED, day(AS_OF), "convicted 21 acquitted 4 dismissed 2", 29),
        _judged(rng, cohort, ADVISED, summer, "convicted 2 acquitted 1", 3),
        _open(rng, cohort, ADVISED, summer, FATES, 18),
        _judged(rng, cohort, REFERRED, day(AS_OF), "convicted 5 acquitted 2 dismissed 3", 7),
        _open(rng, cohort, REFERRED, day(LAUNCH), NEVER_CONVICTED, 13),  # none may add to the 7 later
        _cases(rng, cohort, REPRESENTED, represented, skewed(rng, 90, 700, n), fate),
    ]


def _judged(rng: Draw, cohort: Cohort, docket: tuple[str, str, str], first: np.datetime64, fates: str,
            convictions: int) -> pd.DataFrame:  # fmt: skip
    """Cases judged from *first* to the end of its year, with a fixed number of *convictions* in all."""
    scale, (names, edges) = cohort.sample.scale, weights(fates)
    fate = np.repeat(names, np.diff(edges, prepend=0) * scale)
    year = LAUNCH if first < day(AS_OF) else AS_OF
    judgment = days(rng, first, day(year, "12-31"), len(fate))
    took = skewed(rng, 120, np.minimum((judgment - day(LAUNCH)).astype(int), 900), len(fate))
    won, is_won = np.zeros(len(fate), dtype=int), fate == "convicted"
    won[is_won] = parts(convictions * scale, skewed(rng, 0, 1_000, int(is_won.sum())), 1, 4)
    return _cases(rng, cohort, docket, judgment - took, took, fate, won)


def _open(rng: Draw, cohort: Cohort, docket: tuple[str, str, str], first: np.datetime64, fates: str,
          size: int) -> pd.DataFrame:  # fmt: skip
    """Cases referred from *first* to September 2004 and not judged by the end of that year."""
    n = size * cohort.sample.scale
    referred = days(rng, first, day(AS_OF, "09-30"), n)
    took = (day(AS_OF, "12-31") - referred).astype(int) + 10 + skewed(rng, 0, 500, n)
    return _cases(rng, cohort, docket, referred, took, choose(rng, fates, n))


def _cases(rng: Draw, cohort: Cohort, docket: tuple[str, str, str], referred: Array, took: Array, fate: Array,
           convictions: Array | None = None) -> pd.DataFrame:  # fmt: skip
    """Rows of cases that would take *took* days to their *fate*, as known on the sample's last day."""
    (partner, role, kinds), n, last_day = docket, len(fate), day(cohort.sample.last, "12-31")
    if convictions is None:
        convictions = skewed(rng, 1, 4, n)
    # a pending case is never judged but moves through the first stages at an ordinary pace
    pace = np.where(fate == "pending", skewed(rng, 300, 1_500, n), took)
    fate = np.where(referred + took > last_day, "pending", fate)
    reached = np.array([STAGES_REACHED.get(name, 3) for name in fate])
    shares = [rng.integers(low, high, size=n) for _, low, high, _ in STAGES.values()]
    is_judged = np.isin(fate, ("convicted", "acquitted", "dismissed"))
    dates = {"judgment_date": np.where(is_judged, referred + took, np.datetime64("NaT"))}
    for (name, (place, _, _, known)), share in zip(STAGES.items(), shares, strict=True):
        when = referred + pace * share // 100
        is_known = (reached >= place) & percent(rng, known, n) & (when <= last_day)
        dates[f"{name}_date"] = np.where(is_known, when, np.datetime64("NaT"))
    won = np.where(fate == "convicted", convictions, 0)
    return pd.DataFrame(
        {
            "partner_id": partner,
            "partner_role": role,
            "case_kind": choose(rng, kinds, n),
            "referred_date": referred,
            **dates,
            "outcome": fate,
            "n_accused": whole((won > 0) | percent(rng, 95, n), won + skewed(rng, 0, 3, n) + (won == 0)),
            "n_convictions": won,
            "n_victims": whole(percent(rng, 95, n), skewed(rng, 1, 7, n)),
            "adm1_code": anywhere(rng, referred, blank_percent=4),
        }
    )


# ---- files and command


def tables(sample: Sample) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every record table, one after the other so that few are in memory at once."""
    yield "partners", partners()
    yield "campaign_plan", campaign_plan(sample)
    yield from zip(("trainings", "training_roster"), trainings_and_roster(sample), strict=True)
    people, episodes = clients_and_services(sample)
    yield "clients", people
    yield "services", numbered("services", episodes)
    for make in (campaign_events, structures, rescues, cases, subgrants):
        rows = pd.concat([make(cohort) for cohort in sample.cohorts()], ignore_index=True)
        yield make.__name__, numbered(make.__name__, rows)
    yield "obligations", obligations(sample)
    yield "targets", targets(sample)


def numbered(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* in order of date, with identifiers such as CL-0000001 that follow that order."""
    date, column, prefix = NUMBERED[name]
    rows = rows.sort_values(date, kind="stable", ignore_index=True)
    rows[column] = prefix + "-" + pd.Series(np.arange(1, len(rows) + 1)).astype("str").str.zfill(7)
    return rows


def write_sample(out: Path, *, seed: int = SEED, years: tuple[int, int] = YEARS, scale: int = 1) -> Path:
    """Write a folder of synthetic records, one CSV per record table, and return it.

    Years that include 2003 and 2004 give rows to the end of 2004 that agree with the published totals, times
    *scale*; at scale 1 ``expect.csv`` names the reconciliation rules that must be met exactly. Other years get
    plain volumes. Obligations are real and never multiplied.
    """
    sample = Sample(seed, *years, scale)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables(sample):
        _write(rows, name, out / f"{name}.csv")
    if sample.is_fitted and scale == 1:
        (out / "expect.csv").write_bytes(_expected().to_csv(index=False, lineterminator="\n").encode())
    else:
        (out / "expect.csv").unlink(missing_ok=True)
    return out


def _write(rows: pd.DataFrame, name: str, path: Path) -> None:
    """Write *rows* with the columns of the table's schema; every row says that it is synthetic."""
    columns = [field["name"] for field in reference.schema(name)["fields"]]
    table = pa.Table.from_pandas(rows.assign(is_synthetic=True)[columns], preserve_index=False)
    plain = [f.with_type(pa.date32()) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    quoting = "needed" if name in HAS_FREE_TEXT else "none"
    with path.open("wb") as file:
        file.write((",".join(columns) + "\n").encode())
        options = csv.WriteOptions(include_header=False, quoting_style=quoting)
        csv.write_csv(table.cast(pa.schema(plain)), file, options)


def _expected() -> pd.DataFrame:
    """What the sample promises of each reconciliation rule: exact, or only reported."""
    rules = reference.table("reconciliation_rules")
    rules = rules[rules["rule"].str.fullmatch(r"R\d\d")]  # a rule includes its parts, such as R02b
    mode = rules["kind"].isin(["info", "guard"]).map({True: "report", False: "exact"})
    return pd.DataFrame({"rule": rules["rule"], "mode": mode})


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sample that the command line asks for and print its folder."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("out", type=Path, help="folder to write the record tables into")
    parser.add_argument("--years", default="2003-2005", help="first and last year (default 2003-2005)")
    parser.add_argument("--seed", type=int, default=SEED, help="same seed, same records (default 2004)")
    parser.add_argument("--scale", type=int, default=1, help="times the rows; above 1 none reconcile")
    asked = parser.parse_args(arguments)
    span = re.fullmatch(r"(\d{4})-(\d{4})", asked.years)
    years = (int(span[1]), int(span[2])) if span else (0, 0)
    if not 2000 <= years[0] <= years[1] <= 2050:
        parser.error(f"--years: give a first and a last year from 2000 to 2050; found {asked.years!r}")
    for name, value, least in (("--seed", asked.seed, 0), ("--scale", asked.scale, 1)):
        if value < least:
            parser.error(f"{name}: give a whole number, {least} or more; found {value}")
    print(write_sample(asked.out, seed=asked.seed, years=years, scale=asked.scale))


if __name__ == "__main__":
    main()
