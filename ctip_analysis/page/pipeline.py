"""How long trafficking cases take from referral to judgment, with cases still open kept in (censored).

The cells count cases by months since referral: those judged in each interval, and those still open that
long. A mean over judged cases alone would be too short, because the slow ones are still open.
"""

from __future__ import annotations

from ctip_analysis.base import periods
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks

INTERVALS = {
    "0_6m": 6,
    "6_12m": 12,
    "12_18m": 18,
    "18_24m": 24,
    "24m_plus": 0,
}  # ends in months; the last has none
_WORST = ("withheld", "no_data", "not_applicable")


def life_table(source: Released | Internal, to_date: str) -> Table:
    """Cases judged and still open by time since referral, and the share not yet judged at each end.

    One row per interval, for all cases referred with a date up to the end of *to_date*. Shares are
    withheld as soon as one number of the table is.
    """
    require(source, "life_table")
    judged = [facts.fact(source, f"cases_judged_{name}:{to_date}") for name in INTERVALS]
    still_open = [facts.fact(source, f"cases_open_{name}:{to_date}") for name in INTERVALS]
    shares: list[Cell] = [facts.fact(source, f"{cell.id}:still_open") for cell in judged[:-1]]
    shares.append("–")  # the last interval has no end
    rows = tuple(zip(map(_words, INTERVALS), judged, still_open, shares, strict=True))
    return Table(
        f"Months from referral to judgment, trafficking cases, {periods.label(to_date)}",
        (
            "Months since referral",
            "Judged\ncases",
            "Still open\ncases",
            "Not yet judged at the end\npercent of cases",
        ),
        rows,
        source="; ".join(dict.fromkeys(cell.source for cell in judged)),
        note="a case still open leaves the reckoning half way through its interval (actuarial life table)",
        marks=marks(source),
    )


def _words(name: str) -> str:
    first, _, last = name.removesuffix("m").partition("_")
    return "24 or more" if name == "24m_plus" else f"{first} to under {last}"
