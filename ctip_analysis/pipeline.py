"""How long trafficking cases take from referral to judgment, with cases still open kept in (censored).

The cells count cases by months since referral: those judged in each interval, and those still open that
long. A mean over judged cases alone would be too short, because the slow ones are still open.
"""

from __future__ import annotations

from ctip_analysis import facts, periods, rates
from ctip_analysis.edition import Internal, Released, require
from ctip_analysis.facts import Fact, FactId
from ctip_analysis.table_html import Cell, Table, marks

INTERVALS = {"0_6m": 6, "6_12m": 12, "12_18m": 18, "18_24m": 24, "24m_plus": 0}  # ends in months; the last has none
_WORST = ("withheld", "no_data", "not_applicable")


def life_table(source: Released | Internal, to_date: str) -> Table:
    """Cases judged and still open by time since referral, and the share not yet judged at each end.

    One row per interval, for all cases referred with a date up to the end of *to_date*. Shares are
    withheld as soon as one number of the table is.
    """
    require(source, "life_table")
    judged = [facts.fact(source, f"cases_judged_{name}:{to_date}") for name in INTERVALS]
    still_open = [facts.fact(source, f"cases_open_{name}:{to_date}") for name in INTERVALS]
    shares: list[Cell] = [*open_shares(judged, still_open), "–"]
    rows = tuple(zip(map(_words, INTERVALS), judged, still_open, shares, strict=True))
    return Table(
        f"Months from referral to judgment, trafficking cases, {periods.label(to_date)}",
        ("Months since referral", "Judged\ncases", "Still open\ncases", "Not yet judged at the end\npercent of cases"),
        rows,
        source="; ".join(dict.fromkeys(cell.source for cell in judged)),
        note="a case still open leaves the reckoning half way through its interval (actuarial life table)",
        marks=marks(source),
    )


def open_shares(judged: list[Fact], still_open: list[Fact]) -> list[Fact]:
    """Share of cases not yet judged at the end of each interval but the last, in percent of cases referred.

    Every share has the status of the least known of the counts it rests on: all of them.
    """
    found = {cell.status for cell in (*judged, *still_open)}
    status = next((each for each in _WORST if each in found), "shown")
    values: list[float | None] = [None] * (len(judged) - 1)
    if status == "shown":
        counts = [[float(cell.value or 0) for cell in cells] for cells in (judged, still_open)]
        values = [100 * share for share in rates.survival(*counts, [float(end) for end in INTERVALS.values()])[:-1]]
    return [_share(cell, value, status) for cell, value in zip(judged[:-1], values, strict=True)]


def _share(cell: Fact, value: float | None, status: str) -> Fact:
    wanted = FactId.parse(cell.id)
    fact_id = str(FactId(wanted.indicator, wanted.period, derivation="still_open"))
    label = f"{cell.label}: share of cases not yet judged at the end of the interval"
    return Fact(fact_id, value, status, "percent of cases", "", cell.kind, cell.source, cell.period, cell.place, label)


def _words(name: str) -> str:
    first, _, last = name.removesuffix("m").partition("_")
    return "24 or more" if name == "24m_plus" else f"{first} to under {last}"
