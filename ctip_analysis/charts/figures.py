"""Figures for reports. Each takes a Released (or Internal) table first and returns the Axes it drew on.

What they have in common: arguments are never changed; ``ax.ctip`` carries alternative text, source and
fact ids (:class:`describe.Description`); SYNTHETIC (or INTERNAL) stands across the inside of every frame;
zero, withheld, no data and not applicable never look alike; and nothing about a withheld number
decides an axis, an order or a length. Figures are as wide as the page, with text of 8 points or more.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from ctip_analysis.charts import bars, context_charts, groups, panels, ranked, status_maps, style, trends
from ctip_analysis.charts import dumbbell as dumbbell_chart
from ctip_analysis.charts import province_maps as _maps
from ctip_analysis.charts.classes import breaks_for
from ctip_analysis.charts.describe import Description
from ctip_analysis.edition.read import Internal, Released, require

__all__ = [
    "Description",
    "bars_by_province",
    "breaks_for",
    "by_sex_and_age",
    "dumbbell",
    "named_projects_map",
    "national_series",
    "planned_actual",
    "province_map",
    "province_maps",
    "reach_status_map",
    "share_bar",
    "small_multiples",
    "stages",
    "tier_strip",
    "trend",
]


def province_map(
    released: Released | Internal,
    indicator: str,
    period: str,
    *,
    derivation: str = "",
    breaks: Sequence[float] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Colour the provinces of *period* by class of *indicator*, each with its number.

    *breaks* are the lower bounds of the second and later classes, in the unit shown; by default those
    of :func:`breaks_for`, the same for every map of the indicator by that grain in the edition. Numbers
    are rounded first, then classified. Without boundaries a box says so and ``ax.ctip.degraded`` is True.
    """
    require(released, "province_map")
    with style.theme():
        return _maps.province_map(released, indicator, period, derivation, breaks, title, ax)


def province_maps(
    released: Released | Internal,
    indicator: str,
    periods: Sequence[str],
    *,
    derivation: str = "",
    breaks: Sequence[float] | None = None,
    title: str = "",
) -> Axes:
    """Maps of several *periods* of one grain with the same classes and one legend; returns the first Axes."""
    require(released, "province_maps")
    with style.theme():
        return status_maps.province_maps_of(released, indicator, periods, derivation, breaks, title)


def reach_status_map(
    released: Released | Internal, period: str, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Which provinces the campaign planned, and which it reached, by the end of *period* (a to-date period).

    Reached means at least one performance, not a share of the people.
    """
    require(released, "reach_status_map")
    with style.theme():
        return status_maps.reach_status_map(released, period, title, ax)


def named_projects_map(
    released: Released | Internal, programme: str, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Provinces that a published source names for *programme* ("CTIP II", "CTIP IV"), on the units then.

    Real geography; it says where a project was, not what it reached.
    """
    require(released, "named_projects_map")
    with style.theme():
        return status_maps.named_projects_map(released, programme, title, ax)


def trend(
    released: Released | Internal,
    indicators: Sequence[str] | str,
    *,
    grain: str,
    derivation: str = "",
    interval: bool | None = None,
    adm1_code: str = "",
    partner: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Lines by month, quarter or year, from zero, labelled at their ends; up to four indicators of one unit.

    Gaps are not joined. A withheld period is a hatched band, one without data a dotted one. With
    *interval* a band shows the exact 95% Poisson interval; what does not happen one by one
    (attendances, money) has none and raises CountingRuleError. The split of Kampong Cham is marked.
    """
    require(released, "trend")
    names = [indicators] if isinstance(indicators, str) else list(indicators)
    with style.theme():
        return trends.trend(released, names, grain, derivation, interval, adm1_code, partner, title, ax)


def small_multiples(
    released: Released | Internal, indicator: str, grain: str, *, derivation: str = "", title: str = ""
) -> Axes:
    """A small panel for each province with a number above zero, all on one axis, with first and last value.

    Provinces with none, and those without a number shown, are named below. Returns the first Axes.
    """
    require(released, "small_multiples")
    with style.theme():
        return panels.small_multiples(released, indicator, grain, derivation, title)


def bars_by_province(
    released: Released | Internal,
    indicator: str,
    period: str,
    *,
    derivation: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Bars by province from high to low, each with its number; those not shown stand last, by name."""
    require(released, "bars_by_province")
    with style.theme():
        return ranked.bars_by_province(released, indicator, period, derivation, title, ax)


def by_sex_and_age(released: Released | Internal, indicator: str, period: str, *, title: str = "") -> Axes:
    """Persons by age band: all, female and male side by side, on one scale. National only.

    What is withheld has a hatched swatch with words in place of a bar. Returns the first Axes.
    """
    require(released, "by_sex_and_age")
    with style.theme():
        return groups.by_sex_and_age(released, indicator, period, title)


def dumbbell(
    released: Released | Internal,
    indicator: str,
    first_period: str,
    last_period: str,
    by: str = "adm1_code",
    *,
    derivation: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Two periods per place, sorted by change, in groups: rose, no clear change, fell.

    For counts of independent events a change is clear when two Poisson counts would differ as much
    less than once in 20 times, and both ends carry an exact 95% interval; attendances and money
    have neither and only rise, fall or stay. Places not shown in both periods are named below.
    """
    require(released, "dumbbell")
    with style.theme():
        return dumbbell_chart.draw(released, indicator, first_period, last_period, by, derivation, title, ax)


def planned_actual(
    released: Released | Internal,
    indicators: Sequence[str] | None = None,
    period: str = "",
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """What was reached in *period* (default: to date) in percent of its target; says "no baseline" aloud."""
    require(released, "planned_actual")
    with style.theme():
        return bars.planned_actual(released, indicators, period, title, ax)


def share_bar(
    released: Released | Internal,
    indicators: Sequence[str],
    period: str,
    *,
    adm1_code: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """One bar cut into *indicators* that add up, such as registered and estimated attendance.

    If a part is withheld, the others are bars of their own: no whole, no shares.
    """
    require(released, "share_bar")
    with style.theme():
        return bars.share_bar(released, indicators, period, adm1_code, title, ax)


def stages(
    released: Released | Internal,
    indicators: Sequence[str],
    period: str,
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Case stages as separate bars, not a funnel; one hatched panel when all are withheld."""
    require(released, "stages")
    with style.theme():
        return bars.stages(released, indicators, period, title, ax)


def national_series(
    released: Released | Internal, series: str, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """A published national series with its gaps.

    Calendar years are joined only to the next year of the same reporter, basis and unit. Half years and
    odd spans are bars as long as they are; where reporters disagree both figures stand.
    """
    require(released, "national_series")
    with style.theme():
        return context_charts.national_series(released, series, title, ax)


def tier_strip(released: Released | Internal, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Cambodia's tier in every edition of the US Trafficking in Persons Report."""
    require(released, "tier_strip")
    with style.theme():
        return context_charts.tier_strip(released, title, ax)
