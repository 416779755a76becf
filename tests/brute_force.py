"""Every world that fits what is shown: the independent method that protection is compared with.

A world is so many people of each kind, and a cell counts the people of some kinds. No relation between
cells is written down anywhere: sums over places, years and to-date spans, and bounds between distinct
persons, all follow from who is counted in what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from ctip_analysis.base import periods
from ctip_analysis.edition.cells import PLACES

Key = tuple[str, str, str, str, str, str]
SMALL = 11
REACH = 14  # people more or fewer of each kind than there are: most doubts are settled so near
_MOST = 4_000_000
_FAR = 1_000

YEARS = ("2003", "2004", "2005")
SPANS = tuple(f"2003-01-01/{year}-12-31" for year in YEARS)


def key(indicator: str, period: str, **places: str) -> Key:
    """Key of a cell; a place not named is all together."""
    return (indicator, period, *(places.get(place, "") for place in PLACES))  # type: ignore[return-value]


def cells(values: Mapping[Key, float], **behind: float) -> pd.DataFrame:
    """Unprotected cells as they are counted, with what is *behind* each: by default nothing that discloses."""
    usual = {"contributors": 99, "top2_share": 0.0, "top_partner_share": 0.0}
    rows = [
        {
            "indicator": name,
            "table": "t",
            "period": period,
            "period_basis": periods.basis(period),
            **dict(zip(PLACES, places, strict=True)),
            "value": float(value),
            "status": "shown",
            "unit": "people",
            "qualifier": "",
            "kind": "synthetic",
            "source": "made by hand",
            **usual,
            **behind,
        }
        for (name, period, *places), value in values.items()
    ]
    return pd.DataFrame(rows)


def shown(frame: pd.DataFrame) -> dict[Key, float]:
    """Shown values of an edition's cells by key."""
    rows = frame[frame["status"].eq("shown")]
    names = ["indicator", "period", *PLACES]
    return dict(zip(rows[names].itertuples(index=False, name=None), rows["value"], strict=True))


def withheld(frame: pd.DataFrame) -> set[Key]:
    rows = frame[frame["status"].eq("withheld")]
    return set(rows[["indicator", "period", *PLACES]].itertuples(index=False, name=None))


@dataclass(frozen=True)
class World:
    """Which kinds of people (by number) each cell counts; ``unprinted`` are counts no edition has a cell for.

    A kind that a cell counts twice is listed twice.
    """

    n_kinds: int
    counts: dict[Key, Sequence[int]]
    unprinted: dict[str, Sequence[int]]

    def values(self, people: Sequence[int], keys: Iterable[Key] | None = None) -> dict[Key, float]:
        """What the cells say of so many *people* of each kind."""
        return {name: float(sum(people[kind] for kind in self.counts[name])) for name in keys or self.counts}

    def fitting(self, known: Mapping[Key, float], people: Sequence[int]) -> np.ndarray | None:
        """All worlds near *people* in which every *known* cell has its value, a row each; None if too many."""
        found = np.zeros((1, 0), dtype=np.int16)
        for kind in range(self.n_kinds):
            near = np.arange(max(0, people[kind] - REACH), people[kind] + REACH + 1, dtype=np.int16)
            near = np.unique(np.append(near, 0)).astype(np.int16)
            if len(found) * len(near) > _MOST:
                return None
            found = np.c_[np.repeat(found, len(near), axis=0), np.tile(near, len(found))]
            for name, value in known.items():
                if kind not in self.counts[name]:
                    continue
                there = [each for each in self.counts[name] if each <= kind]
                total = found[:, there].sum(axis=1)
                whole = max(self.counts[name]) == kind
                found = found[total == value if whole else total <= value]
        return found

    def ends(self, kinds: Sequence[int], known: Mapping[Key, float]) -> tuple[float, float]:
        """Fewest and most people of *kinds* in any world, near or far, in which every *known* cell has its value."""
        wanted = np.bincount(kinds, minlength=self.n_kinds)
        counted = [np.bincount(self.counts[name], minlength=self.n_kinds) for name in known]
        fits = [LinearConstraint(np.array(counted, float), *[list(known.values())] * 2)] if known else []
        found = []
        for way in (1, -1):
            best = milp(
                way * wanted, constraints=fits, integrality=np.ones(self.n_kinds), bounds=Bounds(0, _FAR)
            )
            assert best.success, best.message
            found.append(way * round(best.fun))
        return found[0], found[1]

    def told(self, frames: Iterable[pd.DataFrame], people: Sequence[int]) -> list[object]:
        """Withheld cells and unprinted counts that readers of all *frames* can tell.

        A small count is told unless it could be nothing, and could be eleven; any other if it can be but one.
        Worlds near the truth are tried one by one; what none of them leaves in doubt (or all of it, where
        they are too many) is told only if no world at all does.
        """
        frames = list(frames)
        known = {name: value for frame in frames for name, value in shown(frame).items()}
        hidden = set().union(*(withheld(frame) for frame in frames)) - set(known)
        left = self.fitting(known, people)
        assert left is None or len(left), "what is shown must fit the truth"
        asked = [(name, self.counts[name], False) for name in sorted(hidden)]
        asked += [(name, kinds, True) for name, kinds in self.unprinted.items()]
        told: list[object] = []
        for name, kinds, is_unprinted in asked:
            true = sum(people[kind] for kind in kinds)
            if is_unprinted and not 0 < true < SMALL:
                continue
            near = (true, true)
            if left is not None:
                could_be = left[:, list(kinds)].sum(axis=1)
                near = (could_be.min(), could_be.max())
            if _is_told(true, near) and _is_told(true, self.ends(kinds, known)):
                told.append(name)
        return told


def _is_told(true: float, ends: tuple[float, float]) -> bool:
    if true < SMALL:
        return ends[0] > 0 or ends[1] < SMALL
    return ends[0] == ends[1]


def table(indicator: str, period: str = "2004", **domains: Sequence[str]) -> World:
    """A table with all its margins; a kind of people is one of its inner cells."""
    inner = list(product(*domains.values()))
    counts = {}
    for place in product(*(["", *values] for values in domains.values())):
        name = key(indicator, period, **dict(zip(domains, place, strict=True)))
        counts[name] = [
            at
            for at, each in enumerate(inner)
            if all(one in ("", other) for one, other in zip(place, each, strict=True))
        ]
    return World(len(inner), counts, {})


def services(*names: str) -> World:
    """Services of one year: a kind of people is who had which of *names* or another one, the last an episode more."""
    sets = [each for each in product((0, 1), repeat=len(names) + 1) if any(each)]
    counts = {
        key("service_episodes", "2004"): [kind for kind, had in enumerate(sets) for _ in range(sum(had))],
        key("clients_served", "2004"): list(range(len(sets))),
        key("clients_two_or_more_services", "2004"): [kind for kind, had in enumerate(sets) if sum(had) > 1],
    }
    counts[key("service_episodes", "2004")].append(len(sets))
    for place, name in enumerate(names):
        counts[key(name, "2004")] = [kind for kind, had in enumerate(sets) if had[place]]
    without = {
        f"served, no {name}": [kind for kind, had in enumerate(sets) if not had[place]]
        for place, name in enumerate(names)
    }
    return World(len(sets) + 1, counts, without)


def supported(*sexes: str) -> World:
    """Whoever was served, with reintegration support or without, by sex and together."""
    kinds = list(product((False, True), sexes))
    counts: dict[Key, Sequence[int]] = {}
    unprinted: dict[str, Sequence[int]] = {}
    for sex in ("", *sexes):
        among = [at for at, each in enumerate(kinds) if sex in ("", each[1])]
        counts[key("clients_served", "2004", sex=sex)] = among
        counts[key("clients_reintegration_support", "2004", sex=sex)] = [at for at in among if kinds[at][0]]
        unprinted[f"no support {sex}"] = [at for at in among if not kinds[at][0]]
    return World(len(kinds), counts, unprinted)


def over_years(indicator: str, n_years: int, sexes: Sequence[str] = ()) -> World:
    """Events that fall in one year each: years, to-date spans and, if *sexes* are given, these too."""
    return _over_time(indicator, [(year,) for year in range(n_years)], n_years, sexes, new=False)


def served_over_years(indicator: str, n_years: int, sexes: Sequence[str] = ()) -> World:
    """Distinct people, a kind for every set of years in which someone may be served."""
    sets = [tuple(year for year in range(n_years) if number >> year & 1) for number in range(1, 2**n_years)]
    return _over_time(indicator, sets, n_years, sexes, new=True)


def _over_time(
    indicator: str, years_of: Sequence[tuple[int, ...]], n_years: int, sexes: Sequence[str], *, new: bool
) -> World:
    kinds = list(product(years_of, sexes or [""]))
    counts: dict[Key, Sequence[int]] = {}
    unprinted: dict[str, Sequence[int]] = {}
    for sex in ["", *sexes]:
        for year in range(n_years):
            among = [at for at, each in enumerate(kinds) if sex in ("", each[1])]
            counts[key(indicator, YEARS[year], sex=sex)] = [at for at in among if year in kinds[at][0]]
            counts[key(indicator, SPANS[year], sex=sex)] = [at for at in among if min(kinds[at][0]) <= year]
            if new and year:
                unprinted[f"new {sex} {YEARS[year]}"] = [at for at in among if min(kinds[at][0]) == year]
    return World(len(kinds), counts, unprinted)
