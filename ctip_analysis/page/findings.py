"""What a heading says, worked out from shown cells: where it is highest, which way it went, what carries it.

Every function gives words and fact ids, never a bare number, and survives withheld cells and cells
without data: the words then say so.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.charts import describe
from ctip_analysis.edition import facts, rates
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.page import Words

NO_CLEAR_CHANGE = 0.05  # p-value from which a change is no longer called clear
NO_EARLIER = "can't be compared with an earlier year: there is none"
HIDDEN = {
    "withheld": f"can't be compared: a number is {facts.WITHHELD}",
    "no_data": "can't be compared: for one of the two there is no data",
    "not_applicable": "can't be compared: a number is not applicable",
}
_MOST_NAMED = 3
_SPELLED = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def highest(
    released: Released | Internal, indicator: str, period: str, by: str = "adm1_code", derivation: str = ""
) -> tuple[str, Words]:
    """Fact id of the highest shown value of *period*, and whose it is; the names of a tie are joined.

    *by* is adm1_code, partner, sex or age_band. If nothing above zero is shown the name is "no province"
    (or "no partner" …) and the id that of a cell that says why. The name says "of those shown" where a
    cell is not.
    """
    require(released, "highest")
    noun = "province" if by == "adm1_code" else by.replace("_", " ")
    cells = released.select(indicator, period=period, **{by: None})
    cells = cells[cells[by].ne("unknown")]
    if cells.empty:
        return str(facts.FactId(indicator, period, derivation=derivation)), Words(f"no {noun}")
    rows = rates.derive(released, cells, derivation).reset_index(drop=True)
    ids, is_shown = describe.fact_ids(rows, derivation), rows["status"].eq("shown")
    shown = rows[is_shown & rows["value"].gt(0)]
    if shown.empty:
        return ids[int((~is_shown).idxmax())], Words(f"no {noun}")
    top = shown[shown["value"].eq(shown["value"].max())]
    names = [facts.place_name(released, code, period) if by == "adm1_code" else code for code in top[by]]
    where = _joined(names, noun)
    return ids[top.index[0]], Words(where if is_shown.all() else f"{where} (of those shown)")


def _joined(names: list[str], noun: str) -> str:
    """Up to three names, else how many there are."""
    if len(names) <= _MOST_NAMED:
        return describe.listed(names)
    return f"{_spelled(len(names))} {noun}s alike"


def _spelled(count: int) -> str:
    return _SPELLED[count] if count < len(_SPELLED) else "more than a dozen"


def direction(
    released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str = ""
) -> Words:
    """Which way an indicator went: rose, fell, did not change, did not clearly change; or can't be compared.

    Of what happens one by one a change is clear where two Poisson counts would differ as much less than
    once in twenty times; of the rest the words tell the direction only (see :func:`beyond_chance`).
    *before* is "" where the edition holds no earlier period; the words then say so.
    """
    require(released, "direction")
    if not before:
        return Words(NO_EARLIER)
    pair = _pair(released, indicator, before, after, adm1_code)
    if not isinstance(pair, tuple):
        return Words(HIDDEN[pair])
    return Words(f"{_change(_unit(released, indicator), *pair)} since the year before")


def directions(released: Released | Internal, indicators: Sequence[str], before: str, after: str) -> Words:
    """One sentence that tells which way each of several indicators went."""
    require(released, "directions")
    if not before:
        return Words("There is no earlier year to compare with.")
    told = []
    for name in indicators:
        pair = _pair(released, name, before, after, "")
        way = _change(_unit(released, name), *pair) if isinstance(pair, tuple) else HIDDEN[pair]
        told.append(f"{str(released.indicators.loc[name, 'name_en']).lower()} {way}")
    return Words(f"Compared with the year before, {describe.listed(told)}.")


def _change(unit: str, before: float, after: float) -> str:
    """The direction; of what happens one by one only if it is clear."""
    tested = unit in rates.ONE_BY_ONE and before != after
    if tested and rates.change_beyond_chance(before, after) >= NO_CLEAR_CHANGE:
        return "did not clearly change"
    return _way(before, after)


def _way(before: float, after: float) -> str:
    return "did not change" if before == after else "rose" if after > before else "fell"


def beyond_chance(
    released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str = ""
) -> Words:
    """Whether a change is more than chance: a sentence, which also says when that can't be said.

    Empty where there is nothing to compare, which :func:`direction` says.
    """
    require(released, "beyond_chance")
    if not before:
        return Words("")
    pair = _pair(released, indicator, before, after, adm1_code)
    if not isinstance(pair, tuple):
        return Words("")
    unit = _unit(released, indicator)
    if unit not in rates.ONE_BY_ONE:
        return Words(f"Whether that is more than chance can't be said: {unit} do not come one by one.")
    if pair[0] == pair[1]:
        return Words("The two numbers are the same.")
    if rates.change_beyond_chance(*pair) >= NO_CLEAR_CHANGE:
        return Words("Two such counts would often differ as much by chance alone.")
    return Words("By chance alone two such counts would differ as much less than once in twenty times.")


def same_partners(released: Released | Internal, indicator: str, before: str, after: str) -> Words:
    """Which way the indicator went among the partners that reported in both periods."""
    require(released, "same_partners")
    if not before:
        return Words("can't be compared")
    first, second, partners = rates.same_partners(released, indicator, before, after)
    return Words(_way(first, second) if partners else "can't be compared")


def _pair(
    released: Released | Internal, indicator: str, before: str, after: str, adm1_code: str
) -> tuple[float, float] | str:
    """Both values; or, unless both are shown, the status that says why."""
    found = [released.select(indicator, period=code, adm1_code=adm1_code) for code in (before, after)]
    statuses = [rows["status"].iloc[0] if len(rows) else "no_data" for rows in found]
    if hidden := [status for status in HIDDEN if status in statuses]:
        return hidden[0]
    return float(found[0]["value"].iloc[0]), float(found[1]["value"].iloc[0])


def _unit(released: Released | Internal, indicator: str) -> str:
    return str(released.indicators.loc[indicator, "unit"])


def beside(released: Released | Internal, fact_id: str, other_id: str) -> Words:
    """How one fact, as printed, stands to another: above, below, as high as, not comparable with."""
    one, other = facts.fact(released, fact_id), facts.fact(released, other_id)
    if not isinstance(one.value, float) or not isinstance(other.value, float):
        return Words("not comparable with")
    if one.number == other.number:
        return Words("as high as")
    return Words("above" if one.value > other.value else "below")


def part(
    released: Released | Internal, indicator: str, whole: str, period: str, adm1_code: str = ""
) -> Words:
    """What part of *whole* an indicator is: all, most, half, less than half, none, an unknown part."""
    require(released, "part")
    ids = [str(facts.FactId(name, period, adm1_code)) for name in (indicator, whole)]
    one, all_ = (facts.fact(released, each).value for each in ids)
    if not isinstance(one, float) or not isinstance(all_, float):
        return Words("an unknown part")
    if one in (0, all_):
        return Words("all" if one else "none")
    return Words("half" if 2 * one == all_ else "most" if 2 * one > all_ else "less than half")


def any_shown(
    released: Released | Internal, indicators: Sequence[str], period: str, by: str = "adm1_code"
) -> bool:
    """Whether any cell of *indicators* by *by* (adm1_code, partner, sex or age_band) is shown in *period*."""
    require(released, "any_shown")
    return any(
        released.select(one, period=period, **{by: None})["status"].eq("shown").any() for one in indicators
    )


def planned_not_reached(released: Released | Internal, period: str) -> Words:
    """Provinces that were planned and had no performance by the end of *period*; "no province" if none."""
    require(released, "planned_not_reached")
    left = _with(released, "campaign_provinces_planned", period) & _without(
        released, "campaign_provinces_reached", period
    )
    return _names(released, left, period)


def reached_not_planned(released: Released | Internal, period: str) -> Words:
    """Provinces with a performance by the end of *period* that were not planned; "no province" if none."""
    require(released, "reached_not_planned")
    more = _with(released, "campaign_provinces_reached", period) & _without(
        released, "campaign_provinces_planned", period
    )
    return _names(released, more, period)


def campaign_state(released: Released | Internal, adm1_code: str, period: str) -> Words:
    """Whether a province was planned and reached by the end of *period*, in words."""
    require(released, "campaign_state")
    for name in ("campaign_provinces_planned", "campaign_provinces_reached"):
        if adm1_code not in _with(released, name, period) | _without(released, name, period):
            return Words("in the plan or reached, or not: a number is not shown")
    reached = adm1_code in _with(released, "campaign_provinces_reached", period)
    if adm1_code in _with(released, "campaign_provinces_planned", period):
        return Words("planned and reached" if reached else "planned, and not reached so far")
    return Words("reached, though not planned" if reached else "neither planned nor reached")


def _with(released: Released | Internal, indicator: str, period: str) -> set[str]:
    """Codes of the provinces with a shown value above zero."""
    rows = released.select(indicator, period=period, adm1_code=None)
    return set(rows.loc[rows["status"].eq("shown") & rows["value"].gt(0), "adm1_code"]) - {"unknown"}


def _without(released: Released | Internal, indicator: str, period: str) -> set[str]:
    """Codes of the provinces with a shown zero; one that is not shown is in neither set."""
    rows = released.select(indicator, period=period, adm1_code=None)
    return set(rows.loc[rows["status"].eq("shown") & rows["value"].eq(0), "adm1_code"]) - {"unknown"}


def _names(released: Released | Internal, codes: set[str], period: str) -> Words:
    names = sorted(facts.place_name(released, code, period) for code in codes)
    return Words(describe.listed(names) if names else "no province")


def busiest(
    released: Released | Internal, indicator: str, period: str, grain: str = "month", adm1_code: str = ""
) -> tuple[str, Words]:
    """Fact id of the highest shown cell by *grain* inside *period*, and its months, or "none".

    The months say "of those shown" where a cell is not.
    """
    require(released, "busiest")
    rows = _inside(released.select(indicator, grain=grain, adm1_code=adm1_code), period)
    shown = rows[rows["status"].eq("shown") & rows["value"].gt(0)]
    if shown.empty:
        words = "none" if rows["status"].eq("shown").all() else "can't be said"
        return str(facts.FactId(indicator, period, adm1_code)), Words(words)
    top = shown[shown["value"].eq(shown["value"].max())]
    when = _joined([_months(code) for code in top["period"]], grain)
    every = rows["status"].eq("shown").all()
    return describe.fact_ids(top)[0], Words(when if every else f"{when} (of those shown)")


def _months(code: str) -> str:
    """Months of a period without its year: "March", "January to March"."""
    first, last = periods.span(code)
    return f"{first:%B}" if first.month == last.month else f"{first:%B} to {last:%B}"


def _inside(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """Rows whose period lies within *period*."""
    first, last = periods.span(period)
    spans = {code: periods.span(code) for code in rows["period"].unique()}
    held = [code for code, (begins, ends) in spans.items() if first <= begins and ends <= last]
    return rows[rows["period"].isin(held)]


def carrying(
    released: Released | Internal, indicator: str, period: str, grain: str = "month"
) -> tuple[list[str], Words]:
    """The fewest cells by province and *grain* inside *period* that hold half of the national value.

    Fact ids, largest first, and how many they are in words. Empty, and "no", where nothing above zero is
    shown or the total is not; empty, and "an unknown number of", where a cell is withheld: it might be larger.
    """
    require(released, "carrying")
    rows = _inside(released.select(indicator, grain=grain, adm1_code=None), period)
    if rows["status"].eq("withheld").any():
        return [], Words("an unknown number of")
    rows = rows[rows["status"].eq("shown") & rows["value"].gt(0)]
    whole = facts.fact(released, str(facts.FactId(indicator, period))).value
    if rows.empty or not isinstance(whole, float):
        return [], Words("no")
    rows = rows.sort_values(["value", "period", "adm1_code"], ascending=[False, True, True])
    before = rows["value"].cumsum() - rows["value"]
    needed = rows[before < whole / 2]
    return describe.fact_ids(needed), Words(_spelled(len(needed)))
