"""Results by pillar, against targets and standards, how long cases take, and what an annex says of the numbers.

Each function gives a data frame for ``page.table``, or a sentence; they are methods of
:class:`~ctip_analysis.page.Page`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition import PLACES, STATUS_WORDS, Fact, quoted
from ctip_analysis.page import frames

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

_TO_DATE_ONLY, _NOT_COUNTED = "to date only", "not counted"  # where the table plan has no such cell
_BANDS = {
    "0_6m": "under six", "6_12m": "six to under twelve", "12_18m": "twelve to under eighteen",
    "18_24m": "eighteen to under twenty-four", "24m_plus": "twenty-four or more",
}  # fmt: skip


def stated(words: str) -> str:
    """Text of a reference table, marked as a quotation where it has digits."""
    return quoted(words) if re.search(r"\d", words) else words


def results(page: Page, pillar: str) -> pd.DataFrame:
    """Every national result of *pillar* in the reporting year and to date (in the first year one column).

    Results are never added up.

    Without stages and durations of court cases and figures that leave out the largest events.

    >>> page.table(page.results("prevention"), "Results in prevention")
    Results in prevention
    """
    known = page.edition.indicators
    if pillar not in set(known["pillar"]):
        raise ParameterError(f"there is no pillar {pillar!r}{suggestion(pillar, known['pillar'].unique())}")
    kept = known["pillar"].eq(pillar) & known["case_stage"].eq("") & known["leave_out_largest"].astype(int).eq(0)
    rows = [(row.name_en, *_given(page, row.id), row.counts_not) for row in known[kept].itertuples()]
    made = pd.DataFrame(rows, columns=["Result", str(page.period), "To date", "Does not count"])
    if page.to_date.start < page.period.start:
        return made
    to_date = made.pop("To date")
    return made.assign(**{page.period: made[page.period].where(made[page.period].ne(_TO_DATE_ONLY), to_date)})


def _given(page: Page, indicator: str) -> tuple[Fact | str, Fact | str]:
    """The number of the reporting year and that to date, or words where the edition has no such cell."""
    year, to_date = (frames.known_fact(page.edition, f"{indicator}:{code}") for code in (page.period, page.to_date))
    return (_TO_DATE_ONLY if year is None else year), (_NOT_COUNTED if to_date is None else to_date)


def survival(page: Page) -> pd.DataFrame:
    """Trafficking cases judged and still open by months since referral, and the share not yet judged.

    Cases that are still open count as long as they were seen (actuarial life table); the shares are withheld
    as soon as one number of the table is. No row where more than half of the numbers are not shown.
    """
    rows = []
    for band, words in _BANDS.items():
        judged = page.edition.fact(f"cases_judged_{band}:{page.to_date}")
        open_ = page.edition.fact(f"cases_open_{band}:{page.to_date}")
        share = "" if band == "24m_plus" else page.edition.fact(f"{judged.id}:still_open")
        rows.append((words, judged, open_, share))
    names = ["Months since referral", "Judged", "Still open", "Not yet judged at the end"]
    facts = [one for row in rows for one in row if isinstance(one, Fact)]
    is_readable = sum(map(bool, facts)) * 2 >= len(facts)
    return pd.DataFrame(rows if is_readable else [], columns=names)


def targets(page: Page) -> pd.DataFrame:
    """Targets that the reporting year is part of, each beside what was counted in the target's own period.

    ``Met`` is yes or no; "period has not ended", "not counted", or why the number is not shown.

    >>> page.table(page.targets(), "Baseline, target and actual")
    Baseline, target and actual
    """
    known = page.edition.targets
    own = [str(code) == page.period or _is_part(page, str(code)) for code in known["period"]]
    rows = [_target(page, row) for row in known[own].itertuples()]
    names = ["Indicator", "Baseline", "Target", "Actual", "Of target", "Met", "Data quality assessed"]
    made = pd.DataFrame(rows, columns=names)
    return made if made[names[-1]].any() else made.drop(columns=names[-1])


def _is_part(page: Page, period: str) -> bool:
    """Whether *period* is several years with the reporting year in them."""
    return "/" in period and periods.contains(period, page.period)


def _target(page: Page, row: Any) -> tuple[object, ...]:
    cell, name = f"{row.indicator}:{row.period}", page.edition.indicators.loc[row.indicator, "name_en"]
    when = "" if row.period == page.period else f", {periods.Period(row.period):label}"
    baseline, target = (
        page.edition.fact(f"{part}.{cell}") if getattr(row, part) else f"no {part}" for part in ("baseline", "target")
    )
    compared = _compared(page, row, cell, target)
    return f"{name}{when}", baseline, target, *compared, stated(row.assessed_on)


def _compared(page: Page, row: Any, cell: str, target: Fact | str) -> tuple[object, object, str]:
    """What was counted in the target's period, how much of the target it is, and whether that is met."""
    actual, share = (frames.known_fact(page.edition, one) for one in (cell, f"{cell}:::::of_target"))
    if periods.span(row.period)[1] > page.period.end:
        return _so_far(page, row), "", "period has not ended"
    if actual is None or not isinstance(target, Fact):
        return _NOT_COUNTED if actual is None else actual, "", "no target" if actual else _NOT_COUNTED
    is_met = "yes" if float(actual) >= float(target) else "no"
    return actual, share, is_met if actual else STATUS_WORDS[actual.status]


def _so_far(page: Page, row: Any) -> str:
    """What was counted from the first day of a target's period to the end of the reporting year."""
    so_far = frames.known_fact(page.edition, f"{row.indicator}:{str(row.period).partition('/')[0]}/{page.period.end}")
    return f"{so_far:unit} so far" if so_far else _NOT_COUNTED


def standards(page: Page) -> pd.DataFrame:
    """Standard indicators: which can be reported from these records, and why not the others."""
    wording = reference.table("indicator_standards").set_index("code")["wording"]
    known = page.edition.indicators
    rows = []
    for row in reference.table("standards_reporting").itertuples():
        source = f", from “{known.loc[row.indicator, 'name_en']}”" if row.indicator in known.index else ""
        words = (row.code, wording[row.code], f"{row.answer}{source}", row.why)
        rows.append([stated(one) for one in words])
    return pd.DataFrame(rows, columns=["Code", "Wording", "Can it be reported?", "Condition or reason"])


def definitions(page: Page, indicators: Sequence[str]) -> pd.DataFrame:
    """What each of the *indicators* counts and what it does not.

    >>> page.table(page.definitions(["performances_held"]), "What is counted, and what is not")
    What is counted, and what is not
    """
    known = page.edition.indicators
    for name in indicators:
        if name not in known.index:
            raise ParameterError(f"there is no indicator {name!r}{suggestion(name, known.index)}")
    chosen = known.loc[list(indicators), ["name_en", "one_unit_is", "counts", "counts_not"]]
    return chosen.set_axis(["Indicator", "One unit is", "Counts", "Does not count"], axis=1).reset_index(drop=True)


def rules(page: Page) -> pd.DataFrame:
    """The rules by which numbers of this edition are withheld, in the edition's own words."""
    return pd.DataFrame({"What may not be shown": list(page.edition.info.get("rules", []))}, dtype=object)


def assumptions(page: Page) -> pd.DataFrame:
    """What the numbers take for granted and what depends on it; the sample's only where it is the source.

    That of published figures only where the reporting year has some.
    """
    known = reference.table("assumptions")
    applies = {"all"} | ({"sample"} if page.edition.is_synthetic else set())
    applies |= {"published"} if page.edition.published["value"].ne("").any() else set()
    kept = known[known["applies_to"].isin(applies)]
    names = {"id": "Assumption", "assumption": "What is taken for granted", "rests_on_it": "What depends on it"}
    return kept[list(names)].rename(columns=names).map(stated)


def withheld(page: Page) -> str:
    """Sentences that name the results about persons of which the reporting year withholds a number; "" without one."""
    cells = page.edition.frame
    hidden = cells[cells["period"].eq(page.period) & cells["status"].eq("withheld")]
    is_split = hidden[PLACES].ne("").any(axis=1)
    national = set(hidden.loc[~is_split, "indicator"])
    return " ".join([
        *_named(page, f"Withheld in {page.period:label} to protect people", national),
        *_named(page, "Withheld for some groups or places only", set(hidden["indicator"]) - national),
    ])  # fmt: skip


def _named(page: Page, said: str, indicators: set[str]) -> list[str]:
    """One sentence with the names of *indicators*, in the order of their definitions; none without any."""
    names = page.edition.indicators["name_en"]
    found = [name[:1].lower() + name[1:] for name in names[names.index.isin(indicators)]]
    return [f"{said}: {', '.join(found)}."] if found else []
