"""Tables of cells by province, period, partner, sex and age, and the definitions of what they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.facts import Fact
from ctip_analysis.edition.read import PLACES, Internal, Released, require
from ctip_analysis.page.table_html import Cell, Table, marks

AGES = {"under_15": "Under 15", "15_17": "15 to 17", "18_plus": "18 and over", "unknown": "Age unknown"}
SEXES = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Sex unknown"}
REASONS = {
    "records_corrected": "the records were corrected",
    "withdrawn": "was shown before, is withheld to protect people now",
}
_MOST_LISTED = 20


def _asked(source: Released | Internal, asked: str) -> tuple[str, str]:
    """Indicator and derivation of "indicator" or "indicator:derivation"."""
    indicator, _, derivation = asked.partition(":")
    if indicator not in source.indicators.index:
        raise ParameterError(
            f"no indicator {indicator!r} in this edition; it has {', '.join(source.indicators.index)}"
        )
    return indicator, derivation


def _head(source: Released | Internal, asked: str, column: Sequence[Cell]) -> str:
    """Column head with unit and qualifier below; a derivation's unit is the one its own facts carry."""
    indicator, _ = _asked(source, asked)
    shown = [cell for cell in column if isinstance(cell, Fact) and cell.status == "shown"]
    units = {cell.unit: None for cell in shown} or {str(source.indicators.loc[indicator, "unit"]): None}
    qualifiers = {cell.qualifier for cell in shown if cell.value} - {"", "exact"}
    every = all(cell.qualifier in qualifiers for cell in shown if cell.value)
    below = [*units, *(f"{'' if every else 'some '}{word}" for word in sorted(qualifiers))]
    return f"{source.indicators.loc[indicator, 'name_en']}\n{', '.join(below)}"


def _built(
    source: Released | Internal,
    asked: Sequence[str],
    first: str,
    names: list[str],
    cells: Sequence[Sequence[Cell]],
    caption: str,
    note: str = "",
    total: bool = False,
) -> Table:
    """A table whose columns are what was asked for and whose rows are *names*."""
    heads = [_head(source, one, [row[at] for row in cells]) for at, one in enumerate(asked)]
    rows = tuple((name, *row) for name, row in zip(names, cells, strict=True))
    return Table(caption, (first, *heads), rows, _sources(cells), note, marks(source), total, form="number")


def _sources(cells: Sequence[Sequence[Cell]]) -> str:
    return "; ".join(
        dict.fromkeys(cell.source for row in cells for cell in row if isinstance(cell, Fact) and cell.source)
    )


def _id(
    indicator: str,
    period: str,
    place: str = "",
    sex: str = "",
    age: str = "",
    partner: str = "",
    derivation: str = "",
) -> str:
    return str(facts.FactId(indicator, period, place, sex, age, partner, derivation))


def _row(source: Released | Internal, asked: Sequence[str], period: str, **keys: str) -> list[Fact]:
    wanted = [_asked(source, one) for one in asked]
    return [
        facts.fact(source, _id(indicator, period, derivation=derivation, **keys))
        for indicator, derivation in wanted
    ]


def by_province(source: Released | Internal, asked: Sequence[str], period: str) -> Table:
    """One row per province of that time, by name, and the country last.

    *asked* are indicators, or ``indicator:derivation`` for a rate, share or change.
    """
    require(source, "by_province")
    held = {
        _asked(source, one)[0]: source.select(one.partition(":")[0], period=period, adm1_code=None)
        for one in asked
    }
    codes = sorted(set().union(*(rows["adm1_code"] for rows in held.values())))
    names = {code: facts.place_name(source, code, period) for code in codes}
    order = sorted(codes, key=lambda code: (code == "unknown", names[code]))
    cells = [_row(source, asked, period, place=code) for code in [*order, ""]]
    apart = [
        source.indicators.loc[one, "name_en"]
        for one in held
        if "adm1_code" not in source.indicators.loc[one, "additive_over"].split()
    ]
    note = f"provinces do not add up to the country in {'; '.join(apart)}" if apart else ""
    caption = f"{_named(source, asked)} by province, {periods.label(period)}"
    rows = [*(names[code] for code in order), "Cambodia"]
    return _built(source, asked, "Province", rows, cells, caption, note, total=True)


def by_period(
    source: Released | Internal, asked: Sequence[str], grain: str, *, province: str = "", within: str = ""
) -> Table:
    """One row per period of one grain, in time order; *within* keeps those inside that period."""
    require(source, "by_period")
    rows = source.select(asked[0].partition(":")[0], grain=grain, adm1_code=province)
    codes = sorted(rows["period"].unique(), key=periods.span)
    if within:
        first, last = periods.span(within)
        codes = [code for code in codes if first <= periods.span(code)[0] and periods.span(code)[1] <= last]
    if len({periods.basis(code) for code in codes}) > 1:
        codes = [code for code in codes if periods.basis(code) == source.basis]
    cells = [_row(source, asked, code, place=province) for code in codes]
    place = facts.place_name(source, province, codes[-1] if codes else "")
    caption = f"{_named(source, asked)} by {grain.replace('_', ' ')}, {place}"
    return _built(source, asked, "Period", [periods.label(code) for code in codes], cells, caption)


def by_partner(source: Released | Internal, asked: Sequence[str], period: str) -> Table:
    """One row per implementing partner that has something in any column, and all partners last."""
    require(source, "by_partner")
    held = [source.select(_asked(source, one)[0], period=period, partner=None)["partner"] for one in asked]
    rows = {code: _row(source, asked, period, partner=code) for code in sorted(set(pd.concat(held)))}
    kept = {code: row for code, row in rows.items() if any(cell.value != 0 for cell in row)}
    note = "partners with none are left out" if len(kept) < len(rows) else ""
    names, cells = [*kept, "All partners"], [*kept.values(), _row(source, asked, period)]
    caption = f"{_named(source, asked)} by partner, {periods.label(period)}"
    return _built(source, asked, "Partner", names, cells, caption, note=note, total=True)


def by_sex_and_age(source: Released | Internal, indicator: str, period: str) -> Table:
    """Rows are age bands, columns are sexes; all ages last. National only."""
    require(source, "by_sex_and_age")
    name = source.indicators.loc[_asked(source, indicator)[0], "name_en"]
    held = source.select(_asked(source, indicator)[0], period=period, sex=None, age_band=None)
    sexes = {code: words for code, words in SEXES.items() if code in set(held["sex"])}
    sexes |= (
        {"": "All"} if len(source.select(_asked(source, indicator)[0], period=period, age_band=None)) else {}
    )
    ages = AGES | {"": "All ages"}
    cells: list[list[Cell]] = [
        [facts.fact(source, _id(indicator, period, sex=sex, age=age)) for sex in sexes] for age in ages
    ]
    return Table(
        f"{name} by sex and age, {periods.label(period)}",
        ("Age", *sexes.values()),
        tuple((words, *row) for words, row in zip(ages.values(), cells, strict=True)),
        source=_sources(cells),
        marks=marks(source),
        total=True,
        form="number",
    )


def corrections(source: Released | Internal) -> Table:
    """Cells of which an earlier edition said something else: the number then, the number now, and why.

    Neither number stands where what was shown before is withheld now. Of many changes only the national
    ones of whole years and to date are listed; all of them are in the edition's ``changes.csv``.
    """
    require(source, "corrections")
    known = listed = source.changes
    if len(known) > _MOST_LISTED:
        whole = known["period"].map(periods.grain).isin(["year", "to_date"])
        listed = known[whole & known[PLACES].eq("").all(axis=1)]
    rows = tuple(_changed(source, row) for row in listed.itertuples())
    cells = [[cell for cell in row if isinstance(cell, Fact)] for row in rows]
    return Table(
        "Numbers that an earlier edition showed otherwise",
        ("Result\nperiod, place and group", "Before", "Now", "Why"),
        rows,
        source=_sources(cells),
        note="other changed numbers stand in the data beside this report" if len(listed) < len(known) else "",
        marks=marks(source),
        form="number",
    )


def _changed(source: Released | Internal, row: Any) -> tuple[Cell, ...]:
    keys = (row.indicator, row.period, row.adm1_code, row.sex, row.age_band, row.partner)
    place = facts.place_name(source, row.adm1_code, row.period)
    group = [SEXES.get(row.sex, "").lower(), AGES.get(row.age_band, "").lower(), row.partner]
    below = ", ".join([periods.label(row.period), place, *filter(None, group)])
    name, unit = source.indicators.loc[row.indicator, ["name_en", "unit"]]
    before, now = facts.fact(source, _id(*keys, "earlier")), facts.fact(source, _id(*keys))
    return (f"{name}, {unit}\n{below}", before, now, REASONS[row.reason])


def _named(source: Released | Internal, asked: Sequence[str]) -> str:
    names = dict.fromkeys(str(source.indicators.loc[one.partition(":")[0], "name_en"]) for one in asked)
    first, *rest = names
    return (
        first
        if not rest
        else f"{first} and {len(rest)} more measures"
        if len(rest) > 1
        else f"{first} and {rest[0].lower()}"
    )


def definitions(source: Released | Internal, indicators: Sequence[str]) -> Table:
    """What each indicator counts and what it does not."""
    require(source, "definitions")
    for one in indicators:
        _asked(source, one)
    known = source.indicators.loc[list(indicators)]
    rows = tuple((row.name_en, row.one_unit_is, row.counts, row.counts_not) for row in known.itertuples())
    return Table(
        "What is counted, and what is not",
        ("Indicator", "One unit is", "Counts", "Does not count"),
        rows,
        look="words",
    )
