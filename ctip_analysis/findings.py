"""What a heading says, worked out from shown cells: where a number is highest, which way it went, what carries it.

Every function gives words, fact ids or a table, never a bare number, and survives withheld cells and
cells without data: the words then say so.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctip_analysis import describe, facts, periods, rates
from ctip_analysis.edition import Internal, Released, require
from ctip_analysis.facts import Fact
from ctip_analysis.page import Words
from ctip_analysis.tables import Cell, Table, marks

# What happens once by itself. Attendances, completions of a course, persons of one rescue and convictions
# of one case come together: two Poisson counts are no yardstick for them.
ONE_BY_ONE = frozenset(
    {"performances", "village activities", "school sessions", "broadcasts", "networks", "clubs", "centres", "cases", "awards"}
)
NO_CLEAR_CHANGE = 0.05  # p-value from which a change is no longer called clear
_MOST_NAMED = 3
_SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def highest(released: Released | Internal, indicator: str, period: str, by: str = "adm1_code", derivation: str = "") -> tuple[str, Words]:
    """Fact id of the highest shown value of *period*, and whose it is; the names of a tie are joined.

    *by* is adm1_code, partner, sex or age_band. If nothing above zero is shown the name is "no province"
    (or "no partner" …) and the id that of a cell that says why. A name bears "of those shown" where a cell is not.
    """
    require(released, "highest")
    nobody = "province" if by == "adm1_code" else by.replace("_", " ")
    cells = released.select(indicator, period=period, **{by: None})
    cells = cells[cells[by].ne("unknown")]
    if cells.empty:
        return str(facts.FactId(indicator, period, derivation=derivation)), Words(f"no {nobody}")
    rows = rates.derive(released, cells, derivation)
    ids = pd.Series(describe.fact_ids(rows, derivation), index=rows.index)
    shown = rows[rows["status"].eq("shown") & rows["value"].gt(0)]
    if shown.empty:
        hidden = rows[rows["status"].ne("shown")]
        return ids[(hidden if len(hidden) else rows).index[0]], Words(f"no {nobody}")
    top = shown[shown["value"].eq(shown["value"].max())]
    names = [facts.place_name(released, code, period) if by == "adm1_code" else code for code in top[by]]
    where = describe.listed(names) if len(names) <= _MOST_NAMED else f"{_spelled(len(names))} {nobody}s together"
    return ids[top.index[0]], Words(where if rows["status"].eq("shown").all() else f"{where} (of those shown)")


def direction(released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str = "") -> Words:
    """Which way an indicator went: "rose", "fell", "did not change", "did not clearly change" or "can't be judged".

    Of what happens one by one a change is clear where two Poisson counts would differ as much less than
    once in twenty times; of the rest the words tell the direction only (see :func:`beyond_chance`).
    *before* is "" where the edition holds no earlier period.
    """
    pair = _pair(released, indicator, before, after, adm1_code)
    if pair is None:
        return Words("can't be judged")
    if pair[0] == pair[1]:
        return Words("did not change")
    if _unit(released, indicator) in ONE_BY_ONE and rates.change_beyond_chance(*pair) >= NO_CLEAR_CHANGE:
        return Words("did not clearly change")
    return Words("rose" if pair[1] > pair[0] else "fell")


def beyond_chance(released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str = "") -> Words:
    """Whether a change is more than chance: a sentence, which also says when that can't be said."""
    unit = _unit(released, indicator)
    if not before:
        return Words("There is no earlier period to compare with.")
    pair = _pair(released, indicator, before, after, adm1_code)
    if pair is None:
        return Words("One of the two numbers is not shown, so they can't be compared.")
    if unit not in ONE_BY_ONE:
        return Words(f"Whether the change is more than chance can't be said: {unit} come many at a time, not one by one.")
    if rates.change_beyond_chance(*pair) >= NO_CLEAR_CHANGE:
        return Words("Two such counts would often differ as much by chance alone.")
    return Words("By chance alone two such counts would differ as much less than once in twenty times.")


def _pair(released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str) -> tuple[float, float] | None:
    """Both values, or None unless both are shown."""
    require(released, "direction")
    if not before:
        return None
    found = [released.select(indicator, period=code, adm1_code=adm1_code) for code in (before, after)]
    if any(rows.empty or rows["status"].iloc[0] != "shown" for rows in found):
        return None
    return float(found[0]["value"].iloc[0]), float(found[1]["value"].iloc[0])


def _unit(released: Released | Internal, indicator: str) -> str:
    return str(released.indicators.loc[indicator, "unit"])


def beside(released: Released | Internal, fact_id: str, other_id: str) -> Words:
    """How one fact stands to another of the same unit: "above", "below", "as high as" or "not comparable with"."""
    one, other = facts.fact(released, fact_id), facts.fact(released, other_id)
    if not isinstance(one.value, float) or not isinstance(other.value, float):
        return Words("not comparable with")
    if facts.written(one.value, one.unit) == facts.written(other.value, other.unit):
        return Words("as high as")
    return Words("above" if one.value > other.value else "below")


def part(released: Released | Internal, indicator: str, whole: str, period: str, adm1_code: str = "") -> Words:
    """What part of *whole* an indicator makes up: "all", "most", "half", "less than half", "none" or "an unknown part"."""
    one, all_ = (facts.fact(released, str(facts.FactId(name, period, adm1_code))).value for name in (indicator, whole))
    if not isinstance(one, float) or not isinstance(all_, float) or not all_:
        return Words("an unknown part" if all_ != 0 else "none")
    if one in (0, all_):
        return Words("all" if one else "none")
    return Words("half" if 2 * one == all_ else "most" if 2 * one > all_ else "less than half")


def planned_not_reached(released: Released | Internal, period: str) -> Words:
    """Names of the provinces that were planned and had no performance by the end of *period*; "no province" if none."""
    sets = {name: _yes(released, f"campaign_provinces_{name}", period) for name in ("planned", "reached")}
    left = sorted(facts.place_name(released, code, period) for code in sets["planned"] - sets["reached"])
    return Words(describe.listed(left) or "no province")


def reached_not_planned(released: Released | Internal, period: str) -> Words:
    """Names of the provinces with a performance by the end of *period* that were not planned; "no province" if none."""
    sets = {name: _yes(released, f"campaign_provinces_{name}", period) for name in ("planned", "reached")}
    more = sorted(facts.place_name(released, code, period) for code in sets["reached"] - sets["planned"])
    return Words(describe.listed(more) or "no province")


def _yes(released: Released | Internal, indicator: str, period: str) -> set[str]:
    rows = released.select(indicator, period=period, adm1_code=None)
    return set(rows.loc[rows["status"].eq("shown") & rows["value"].gt(0), "adm1_code"]) - {"unknown"}


def carrying(released: Released | Internal, indicator: str, period: str, grain: str = "month") -> tuple[list[str], Words]:
    """Fact ids of the fewest cells by province and *grain* inside *period* that hold half of the national value, and their number in words.

    Largest first. Empty, with "no", where nothing above zero is shown, or the total is not.
    """
    require(released, "carrying")
    first, last = periods.span(period)
    rows = released.select(indicator, grain=grain, adm1_code=None)
    inside = rows["period"].map({code: first <= periods.span(code)[0] and periods.span(code)[1] <= last for code in rows["period"].unique()})
    rows = rows[inside.astype(bool) & rows["status"].eq("shown") & rows["value"].gt(0)]
    whole = facts.fact(released, str(facts.FactId(indicator, period))).value
    if rows.empty or not isinstance(whole, float):
        return [], Words("no")
    rows = rows.sort_values(["value", "period", "adm1_code"], ascending=[False, True, True])
    needed = int((rows["value"].cumsum() < whole / 2).sum()) + 1
    return describe.fact_ids(rows.head(needed)), Words(_spelled(min(needed, len(rows))))


def _spelled(count: int) -> str:
    return _SPELLED[count] if count < len(_SPELLED) else "more than a dozen"


def cells_table(released: Released | Internal, fact_ids: Sequence[str], beside: Sequence[str] = (), caption: str = "") -> Table:
    """A table of single cells, each with its place and period; *beside* are further indicators or derivations of the same cell."""
    require(released, "cells_table")
    found = [facts.FactId.parse(one) for one in fact_ids]
    names = [str(released.indicators.loc[one.partition(":")[0], "name_en"]) for one in beside]
    rows = [(_where(released, one), periods.label(one.period), *_cells(released, one, beside)) for one in found]
    first = str(released.indicators.loc[found[0].indicator, "name_en"]) if found else "Value"
    sources = dict.fromkeys(cell.source for row in rows for cell in row if isinstance(cell, Fact))
    return Table(
        caption or first, ("Place", "Period", first, *names), tuple(rows), source="; ".join(sources), marks=marks(released), form="words"
    )


def _where(released: Released | Internal, one: facts.FactId) -> str:
    return facts.place_name(released, one.adm1_code, one.period)


def _cells(released: Released | Internal, one: facts.FactId, beside: Sequence[str]) -> list[Cell]:
    wanted = [(one.indicator, one.derivation), *(asked.partition(":")[::2] for asked in beside)]
    return [facts.fact(released, str(facts.FactId(name, *_places(one), derivation=derivation))) for name, derivation in wanted]


def _places(one: facts.FactId) -> tuple[str, ...]:
    return one.period, one.adm1_code, one.sex, one.age_band, one.partner


def same_partners(released: Released | Internal, indicator: str, before: str, after: str) -> Words:
    """Which way the indicator went among the partners that reported in both periods: "rose", "fell", "did not change" …"""
    require(released, "same_partners")
    if not before:
        return Words("can't be judged")
    first, second, partners = rates.same_partners(released, indicator, before, after)
    if not partners:
        return Words("can't be judged")
    return Words("did not change" if first == second else "rose" if second > first else "fell")


def partners_in_both(released: Released | Internal, indicator: str, before: str, after: str) -> Table:
    """Each partner's numbers of two periods, those that reported in both first: what began or stopped is seen apart."""
    require(released, "partners_in_both")
    codes = [code for code in (before, after) if code]
    reported = {code: _reporting(released, indicator, code) for code in codes}
    both = sorted(set.intersection(*reported.values()))
    one = sorted(set.union(*reported.values()) - set(both))
    groups = {"Reported in both periods" if before else "Reported": both, "Reported in one of them only": one}
    rows: list[tuple[Cell, ...]] = []
    for words, partners in groups.items():
        rows += [(words,)] if partners else []
        rows += [(name, *_of_partner(released, indicator, codes, name)) for name in partners]
    rows += [("Together",), ("All partners", *_of_partner(released, indicator, codes, ""))]
    name, unit = released.indicators.loc[indicator, ["name_en", "unit"]]
    sources = dict.fromkeys(cell.source for row in rows for cell in row if isinstance(cell, Fact))
    heads = ("Partner", *(f"{periods.label(code)}\n{unit}" for code in codes))
    return Table(f"{name} by partner", heads, tuple(rows), source="; ".join(sources), marks=marks(released), total=True)


def _reporting(released: Released | Internal, indicator: str, period: str) -> set[str]:
    rows = released.select(indicator, period=period, partner=None)
    return set(rows.loc[rows["status"].ne("shown") | rows["value"].gt(0), "partner"])


def _of_partner(released: Released | Internal, indicator: str, codes: Sequence[str], partner: str) -> list[Cell]:
    return [facts.fact(released, str(facts.FactId(indicator, code, partner=partner))) for code in codes]
