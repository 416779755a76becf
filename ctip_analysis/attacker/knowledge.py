"""What editions show, and what else an outsider knows: figures printed elsewhere, relations between indicators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from ctip_analysis.attacker.relations import Key
from ctip_analysis.edition.cells import KEYS, PLACES
from ctip_analysis.edition.look_up import PUBLISHED_TO

_PUBLISHED_YEAR = "In 2004"
_PUBLISHED_TO = f"/{PUBLISHED_TO}"  # where the source gives no period


@dataclass(frozen=True)
class Knowledge:
    """What the editions show, one mapping per edition, and what their definitions say.

    ``shown``: values by key, 0 where there is no data. ``withheld``, ``no_data``: keys. ``published``:
    figures printed elsewhere, by the key they would be a cell of.
    """

    names: list[str]
    shown: list[dict[Key, float]]
    withheld: list[set[Key]]
    no_data: set[Key]
    indicators: pd.DataFrame
    between: pd.DataFrame
    published: dict[Key, float] = field(default_factory=dict)
    skip: frozenset[Key] = frozenset()  # keys that are not asked about

    def printed(self, edition: int) -> set[Key]:
        """Keys that are in an edition, with or without a value."""
        return set(self.shown[edition]) | self.withheld[edition]

    def everywhere(self) -> set[Key]:
        """Keys that are in any edition."""
        return set().union(*(self.printed(each) for each in range(len(self.names))))

    def restated(self) -> set[Key]:
        """Keys shown with unequal values, or shown and in a later edition withheld."""
        values: dict[Key, set[float]] = defaultdict(set)
        taken_back = set()
        for shown, withheld in zip(self.shown, self.withheld, strict=True):
            taken_back |= {key for key in withheld if values.get(key)}
            for key, value in shown.items():
                values[key].add(value)
        return taken_back | {key for key, found in values.items() if len(found) > 1}


def knowledge(
    editions: Sequence[tuple[str, pd.DataFrame]],
    indicators: pd.DataFrame,
    between: pd.DataFrame,
    published: pd.DataFrame | None = None,
) -> Knowledge:
    """What *editions*, named frames of cells in the order they came out, say about persons."""
    about = indicators[indicators["concerns_persons"].fillna(False).astype(bool)]
    known = Knowledge([], [], [], set(), about, _usable(between, about))
    for name, frame in editions:
        cells = frame[frame["indicator"].isin(about.index)]
        keys = pd.Series(list(zip(*(cells[key] for key in KEYS), strict=True)), index=cells.index, dtype=object)
        empty = cells["status"].isin(["no_data", "not_applicable"])
        values = cells["value"].astype(float).mask(empty, 0.0)
        seen = empty | cells["status"].eq("shown")
        known.names.append(name)
        known.shown.append(dict(zip(keys[seen], values[seen], strict=True)))
        known.withheld.append(set(keys[cells["status"].eq("withheld")]))
        known.no_data.update(keys[empty])
    if published is not None:
        known.published.update(_published(known, published))
    return known


def _usable(between: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Relations whose members are about persons; and each indicator as a part of the one it names, if none says so."""
    members = (between["larger"] + " " + between["smaller"]).str.split()
    free = between["implied"].str.split()
    meant = [set(names) - set(never) <= set(about.index) for names, never in zip(members, free, strict=True)]
    kept = between[pd.Series(meant, index=between.index, dtype=bool)]
    said = {
        (whole, part) for each in kept.itertuples() for whole in each.larger.split() for part in each.smaller.split()
    }
    rest = [
        {"kind": "at_least", "larger": whole, "smaller": part, "implied": ""}
        for part, whole in about["part_of"].items()
        if whole in about.index and (whole, part) not in said
    ]
    return pd.concat([kept, pd.DataFrame(rest, columns=kept.columns)], ignore_index=True).fillna("")


def _published(known: Knowledge, published: pd.DataFrame) -> dict[Key, float]:
    """Exact printed figures by the withheld national cell they would be."""
    exact = published[published["qualifier"].eq("exact")].set_index("id")
    found = {}
    for key in sorted(set().union(*known.withheld)):
        figure = known.indicators.loc[key[0], "published_id"]
        if figure in exact.index and not any(key[-len(PLACES) :]):
            in_year = exact.loc[figure, "period_as_stated"] == _PUBLISHED_YEAR
            if key[1] == "2004" if in_year else key[1].endswith(_PUBLISHED_TO):
                found[key] = float(exact.loc[figure, "value"])
    return found
