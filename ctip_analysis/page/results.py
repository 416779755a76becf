"""Results by pillar, against targets and standards, and how long cases take.

Each function gives a data frame for ``page.table``; they are methods of :class:`~ctip_analysis.page.Page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition import Fact
from ctip_analysis.page import frames
from ctip_analysis.page.annex import stated

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

_TO_DATE_ONLY, _NOT_COUNTED = "to date only", "not counted"  # where the table plan has no such cell
_BANDS = {
    "0_6m": "under six", "6_12m": "six to under twelve", "12_18m": "twelve to under eighteen",
    "18_24m": "eighteen to under twenty-four", "24m_plus": "twenty-four or more",
}  # fmt: skip


def results(page: Page, pillar: str) -> pd.DataFrame:
    """Every national result of *pillar* in the reporting year and to date; results are never added up.

    Without stages and durations of court cases and figures that leave out the largest events.

    >>> page.table(page.results("prevention"), "Results in prevention")
    Results in prevention
    """
    known = page.edition.indicators
    if pillar not in set(known["pillar"]):
        raise ParameterError(f"there is no pillar {pillar!r}{suggestion(pillar, known['pillar'].unique())}")
    kept = (
        known["pillar"].eq(pillar) & known["case_stage"].eq("") & known["leave_out_largest"].astype(int).eq(0)
    )
    rows = [
        (
            row.name_en,
            *_given(page, row.id),
            row.counts_not,
        )
        for row in known[kept].itertuples()
    ]
    return pd.DataFrame(rows, columns=["Result", str(page.period), "To date", "Does not count"])


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


def targets(page: Page, indicators: Sequence[str] | None = None) -> pd.DataFrame:
    """Targets and baselines on record, each beside what was reached by the end of the target's own year."""
    known = page.edition.targets
    chosen = known if indicators is None else known[known["indicator"].isin(indicators)]
    rows = [_target(page, row) for row in chosen.sort_values(["indicator", "year"]).itertuples()]
    names = ["Indicator", "End of", "Baseline", "Target", "Reached by then", "Last data quality assessment"]
    return pd.DataFrame(rows, columns=names)


def _target(page: Page, row: object) -> tuple[object, ...]:
    indicator, year = row.indicator, str(row.year)  # type: ignore[attr-defined]
    name = page.edition.indicators.loc[indicator, "name_en"]
    baseline, target = (
        page.edition.fact(f"{part}.{indicator}:{year}") if getattr(row, part) else f"no {part}"
        for part in ("baseline", "target")
    )
    assessed = stated(row.assessed_on) or "none on record"  # type: ignore[attr-defined]
    return (
        name,
        f"{periods.Period(year):label}",
        baseline,
        target,
        _reached(page, indicator, year),
        assessed,
    )


def _reached(page: Page, indicator: str, year: str) -> Fact | str:
    """The number to date at the end of *year*, which a target of an end of plan is about."""
    end = periods.span(periods.year_code(int(year), page.basis))[1]
    if end > page.period.end:
        return "its year has not ended"
    first = page.to_date.partition("/")[0]
    known = frames.known_fact(page.edition, f"{indicator}:{first}/{end}")
    return _NOT_COUNTED if known is None else known


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
