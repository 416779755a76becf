"""Synthetic partner records: organisations, sub-grants; and the obligations, which are real.

Names of the local NGOs are not public: NGO01–NGO17 and RN01–RN14 are placeholders (assumption A6).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.sample.draws import AS_OF, Cohort, Draw, Frame, choose, percent, skewed, whole, year_of

NGOS = tuple(f"NGO{number:02d}" for number in range(1, 18))
RECOVERY_NGOS = tuple(f"RN{number:02d}" for number in range(1, 15))

# Who reports when is invented: readers must see that a total can move because a partner came or went.
_STARTS = {"NGO14": 2004, "NGO15": 2004, "NGO16": 2004, "NGO17": 2005}
_STOPS = {"NGO05": 2004, "NGO11": 2009, "NGO02": 2010, "NGO08": 2012}  # last year with records
_SILENT = {"NGO09": (2008, 2009)}

_NAMED = (
    ("IOM", "International Organization for Migration", "un", "prime"),
    ("IJM", "International Justice Mission", "ingo", "prime"),
    ("TAF", "The Asia Foundation", "ingo", "prime"),
    ("CDP", "Cambodian Defenders Project", "lngo", "prime"),
    ("MOWVA", "Ministry of Women's and Veterans' Affairs", "government", "counterpart"),
    (
        "MOSALVY",
        "Ministry of Social Affairs, Labor, Vocational Training and Youth Rehabilitation",
        "government",
        "counterpart",
    ),
    ("NGO_PARTNERS", "NGO partners that refer or represent cases, pooled (not named)", "lngo", "counterpart"),
)
_UNNAMED_FY2003 = (890_000, 65_998)  # derived check D14: two summands whose recipients we do not hold


def partners() -> pd.DataFrame:
    """One row per organisation, the pooled case partners as one."""
    rows = list(_NAMED)
    rows += [(code, f"Local NGO {code[3:]} (placeholder)", "lngo", "subgrantee") for code in NGOS]
    rows += [(code, f"Recovery NGO {code[2:]} (placeholder)", "lngo", "supported") for code in RECOVERY_NGOS]
    return pd.DataFrame(rows, columns=["partner_id", "name", "partner_type", "role"])


def is_reporting(partner: str, year: int) -> bool:
    """Whether a local NGO sends records for *year*."""
    is_between = _STARTS.get(partner, year) <= year <= _STOPS.get(partner, year)
    return is_between and year not in _SILENT.get(partner, ())


def are_reporting(partner: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Whether the local NGO of each row sends records for the row's year."""
    found = np.zeros(len(years), dtype=bool)
    for year in np.unique(years):
        names = [ngo for ngo in NGOS if is_reporting(ngo, int(year))]
        found |= (years == year) & pd.Series(partner).isin(names).to_numpy()
    return found


def reporting(rng: Draw, years: np.ndarray) -> np.ndarray:
    """A local NGO for each row, among those that report in its year; the first ones are the largest."""
    found = np.empty(len(years), dtype=object)
    for year in np.unique(years):
        weights = {ngo: 30 - number for number, ngo in enumerate(NGOS) if is_reporting(ngo, int(year))}
        found[years == year] = choose(rng, weights, int((years == year).sum()))
    return found


def subgrants(frame: Frame) -> pd.DataFrame:
    """One row per award of The Asia Foundation; 17 sub-grantees by the end of 2004 in the fitted cohort."""
    return pd.concat(
        [_awards(frame.rng("subgrants", cohort), cohort) for cohort in frame.cohorts()], ignore_index=True
    )


def _awards(rng: Draw, cohort: Cohort) -> pd.DataFrame:
    n = cohort.size(rng, fitted=len(NGOS) + 5, yearly=12)
    year = AS_OF if cohort.is_fitted else cohort.first  # The Asia Foundation became primary partner in 2004
    start = np.datetime64(f"{year}-01-01") + rng.integers(0, 300, size=n)
    partner = reporting(rng, year_of(start))
    if cohort.is_fitted:
        partner[: len(NGOS)] = NGOS
    support = choose(rng, {"subgrant": 11, "both": 7, "technical_assistance": 4}, n)
    currency = np.where(percent(rng, 10, n), "KHR", "USD").astype(object)
    riel, dollars = 500_000 * rng.integers(40, 121, size=n), 500 * skewed(rng, 16, 160, n)
    is_money = support != "technical_assistance"
    currency[~is_money] = None
    return pd.DataFrame(
        {
            "prime_id": np.full(n, "TAF", dtype=object),
            "subgrantee_id": partner,
            "support_type": support,
            "amount": whole(is_money & percent(rng, 88, n), np.where(currency == "KHR", riel, dollars)),
            "currency": currency,
            "start_date": start,
            "end_date": start + rng.integers(180, 541, size=n),
            "pillar": choose(rng, {"prevention": 8, "protection": 8, "prosecution": 4, None: 1}, n),
        }
    )


def obligations(frame: Frame) -> pd.DataFrame:
    """US obligations that a source names, by US fiscal year: real rows, the same at every scale."""
    history = reference.table("programme_history").query("indicator == 'usaid_grant_usd'")
    named = pd.DataFrame(
        {
            "fiscal_year": history["period"].str.removeprefix("FY").astype(int),
            "agency": "USAID",
            "recipient": history["partner"],
            "amount_usd": history["value"].astype(int),
            "source": history["source"],
        }
    )
    listed = named.loc[named["recipient"].eq("IOM"), "source"].iloc[0]
    unnamed = pd.DataFrame(
        {
            "fiscal_year": 2003,
            "agency": "USAID",
            "recipient": "not named in the list as held here",
            "amount_usd": _UNNAMED_FY2003,
            "source": f"{listed}; a summand of the USAID total in derived check D14",
        }
    )
    rows = pd.concat([named, unnamed], ignore_index=True)
    return rows[rows["fiscal_year"].between(frame.first, frame.last)].sort_values(
        ["fiscal_year", "amount_usd"], kind="stable", ignore_index=True
    )
