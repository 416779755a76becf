"""Synthetic clients and the services they receive: pseudonyms, month of intake, no name, no address.

Splits by sex, age, kind of exploitation and origin are invented (assumption A5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctip_analysis.sample.activities import centre_opens
from ctip_analysis.sample.draws import (
    AS_OF,
    Cohort,
    Draw,
    Frame,
    anywhere,
    choose,
    numbered,
    percent,
    pick,
    places,
    residents,
    skewed,
    whole,
    year_of,
)
from ctip_analysis.sample.partners import NGOS, RECOVERY_NGOS, are_reporting, reporting

_AGES = {"under_15": 18, "15_17": 30, "18_plus": 47, "unknown": 5}
_TYPES = {"at_risk": 57, "victim": 38, "unknown": 5}
_EXPLOITATION = {
    "Sexual exploitation": 58,
    "Forced labour": 16,
    "Child labour": 7,
    "Forced begging": 8,
    "Servitude": 5,
    "Forced marriage": 2,
    "Other": 1,
    None: 3,
}


@dataclass(frozen=True)
class Kind:
    """One kind of service: how many clients get it and how long it lasts.

    *fitted* clients by the end of 2004, or, where None, *per_100* of those eligible. *days* is the
    shortest and longest duration; None is something that happens on one day.
    """

    service: str
    eligible: str
    per_100: int
    fitted: int | None = None
    days: tuple[int, int] | None = None
    longest_wait: int = 270


KINDS = (
    Kind("reintegration_support", "all", 93, 1_288, (90, 540), 200),
    Kind("reintegrated", "supported", 9, 118),
    Kind("scholarship", "women and victims", 15, 134, (120, 330)),
    Kind("scholarship", "girls", 24, 80, (150, 330)),
    Kind("job_placement", "15 and older", 11, 120),
    Kind("career_resource_center", "female victims", 8, 34, (5, 60)),
    Kind("shelter", "victims", 48, None, (20, 400), 20),
    Kind("medical", "all", 16, None, (1, 30), 60),
    Kind("psychosocial", "all", 38, None, (30, 300), 90),
    Kind("legal_aid", "victims", 18, None, (30, 500), 120),
    Kind("vocational_training", "15 and older", 17, None, (60, 300)),
    Kind("repatriation", "victims", 2),
    Kind("compensation", "victims", 1, None, None, 700),
)
_RECOVERY = ("reintegration_support", "shelter", "medical", "psychosocial")


def clients_and_services(frame: Frame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clients, one row per person in order of intake, and their services, one row per episode."""
    known, given, before = [], [], 0
    for cohort in frame.cohorts():
        clients = _clients(frame.rng("clients", cohort), cohort).sort_values(
            "intake_date", kind="stable", ignore_index=True
        )
        services = _services(frame.rng("services", cohort), frame, cohort, clients)
        services["client"] += before
        before += len(clients)
        known.append(clients)
        given.append(services)
    people = pd.concat(known, ignore_index=True)
    people["client_id"] = numbered("CL", len(people))
    services = pd.concat(given, ignore_index=True)
    services["client_id"] = people["client_id"].to_numpy()[services.pop("client")]
    return people, services


def _clients(rng: Draw, cohort: Cohort) -> pd.DataFrame:
    n = cohort.size(rng, fitted=1_378, yearly=640)
    months = np.arange(cohort.first_day.astype("M8[M]"), cohort.last_day.astype("M8[M]") + 1)
    # intake grows within the first years; the day is always the first: a month is precise enough
    drawn = choose(rng, {number: 12 + number for number in range(len(months))}, n).astype(int)
    intake = months[drawn].astype("M8[D]")
    age = choose(rng, _AGES, n)
    kind = choose(rng, _TYPES, n)
    exploitation = choose(rng, _EXPLOITATION, n)
    exploitation[(exploitation == "Child labour") & (age == "18_plus")] = "Forced labour"
    exploitation[kind != "victim"] = None
    men = 6 + max(cohort.last - AS_OF, 0)  # a slow drift that a trend can show
    return pd.DataFrame(
        {
            "partner_id": reporting(rng, year_of(intake)),
            "intake_date": intake,
            "sex": choose(rng, {"female": 90 - men, "male": men, "unknown": 2}, n),
            "age_band": age,
            "client_type": kind,
            "exploitation_type": exploitation,
            "adm1_origin": anywhere(rng, intake, blank_percent=6),
            "consent_to_share": percent(rng, 96, n),
        }
    )


def _eligible(clients: pd.DataFrame) -> dict[str, np.ndarray]:
    """Which clients each kind of service is open to."""
    is_victim = clients["client_type"].eq("victim").to_numpy()
    is_adult = clients["age_band"].eq("18_plus").to_numpy()
    is_minor = clients["age_band"].isin(["under_15", "15_17"]).to_numpy()
    is_female = clients["sex"].eq("female").to_numpy()
    return {
        "all": np.ones(len(clients), dtype=bool),
        "victims": is_victim,
        "female victims": is_victim & is_female,
        "women and victims": is_adult | is_victim,
        "girls": clients["client_type"].eq("at_risk").to_numpy() & is_minor & is_female,
        "15 and older": clients["age_band"].isin(["15_17", "18_plus"]).to_numpy(),
    }


def _services(rng: Draw, frame: Frame, cohort: Cohort, clients: pd.DataFrame) -> pd.DataFrame:
    """All episodes of one cohort; a client stands as its position in *clients*."""
    intake = clients["intake_date"].to_numpy().astype("M8[D]")
    eligible = _eligible(clients)
    episodes: list[pd.DataFrame] = []
    for kind in KINDS:
        is_counted = cohort.is_fitted and kind.fitted is not None
        horizon = cohort.last_day if is_counted else frame.last_day
        earliest = intake
        if kind.service == "career_resource_center":
            earliest = np.maximum(intake, centre_opens(frame))
        if kind.eligible == "supported":  # nobody is reintegrated before two months of support
            supported = np.full(len(clients), horizon)
            supported[episodes[0]["client"]] = episodes[0]["start_date"].to_numpy().astype("M8[D]")
            earliest = supported + 60
            pool = np.flatnonzero(earliest < horizon)
        else:
            pool = np.flatnonzero(eligible[kind.eligible])
        n = (kind.fitted or 0) * cohort.scale if is_counted else len(pool) * kind.per_100 // 100
        chosen = np.sort(pick(rng, pool, n))
        episodes.append(_episodes(rng, kind, chosen, earliest[chosen], horizon, frame.last_day))
    again = _second_episodes(rng, episodes[0], frame.last_day)
    given = pd.concat([*episodes, again], ignore_index=True)
    return _placed(rng, given, clients["partner_id"].to_numpy())


def _episodes(
    rng: Draw,
    kind: Kind,
    chosen: np.ndarray,
    earliest: np.ndarray,
    horizon: np.datetime64,
    last_day: np.datetime64,
) -> pd.DataFrame:
    n = len(chosen)
    wait = np.minimum((horizon - earliest).astype(int), kind.longest_wait)
    start = earliest + skewed(rng, 0, wait, n)
    shortest, longest = kind.days or (0, 0)
    end = start + rng.integers(shortest, longest + 1, size=n)
    outcome = choose(rng, {"completed": 78, "dropped": 14, "unknown": 8}, n)
    outcome[end > last_day] = "ongoing"
    if kind.days is None:
        outcome[:] = "completed"
    is_over = (end <= last_day) & (kind.days is not None)
    return pd.DataFrame(
        {
            "client": chosen,
            "service_type": np.full(n, kind.service, dtype=object),
            "start_date": start,
            "end_date": np.where(is_over, end, np.datetime64("NaT")),
            "outcome": outcome,
            "amount_usd": whole(np.full(n, kind.service == "scholarship"), 5 * rng.integers(8, 37, size=n)),
        }
    )


def _second_episodes(rng: Draw, first: pd.DataFrame, last_day: np.datetime64) -> pd.DataFrame:
    """A further episode for about one in twelve whose first one ended: episodes are not people."""
    ended = first[first["end_date"].notna()]
    again = ended[percent(rng, 8, len(ended))]
    start = again["end_date"].to_numpy().astype("M8[D]") + rng.integers(10, 120, size=len(again))
    again = again.assign(start_date=start, end_date=np.datetime64("NaT"), outcome="unknown")
    return again[np.less_equal(start, last_day)]


def _placed(rng: Draw, services: pd.DataFrame, partner: np.ndarray) -> pd.DataFrame:
    """Who gave each service, and where: mostly the client's own NGO, recovery also by IOM's fourteen."""
    start = services["start_date"].to_numpy().astype("M8[D]")
    years = year_of(start)
    own = partner[services["client"]]
    own = np.where(are_reporting(own, years), own, reporting(rng, years))
    by_recovery = services["service_type"].isin(_RECOVERY).to_numpy() & percent(rng, 25, len(services))
    giver = np.where(by_recovery, choose(rng, dict.fromkeys(RECOVERY_NGOS, 1), len(services)), own)
    ngos = [*NGOS, *RECOVERY_NGOS]
    home = dict(zip(ngos, choose(rng, residents(), len(ngos)), strict=True))
    code = pd.Series(giver).map(home).to_numpy(dtype=object)
    code[percent(rng, 6, len(services))] = None
    return services.assign(partner_id=giver, adm1_code=places(rng, code, start))
