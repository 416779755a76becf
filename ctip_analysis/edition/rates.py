"""Numbers made from shown cells: rates, shares, changes, intervals. A number made from a withheld one is withheld.

A derivation is written as the last part of a fact id:

====================  ====================================================================
per_1000_residents    value per 1,000 residents of the province (or country) in that year
interval_low, _high   ends of the exact Poisson interval of a count itself
per=INDICATOR         value divided by another indicator of the same period and place
share                 share of the national value of the same period, in percent
share_of=INDICATOR    share of another indicator of the same period and place, in percent
change=PERIOD         value less the value of PERIOD
pct_change=PERIOD     the same in percent of the value of PERIOD
same_partners=PERIOD  value of the partners with a positive shown value in both periods
earlier               number an earlier edition showed in the cell's place, where it was corrected
still_open            of ``cases_judged_BAND``: cases not yet judged by the end of the band, in percent
====================  ====================================================================

``_low`` or ``_high`` behind the first word gives the end of the 95% interval: exact Poisson for a
rate per 1,000 residents, Wilson for a share of another indicator.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy  # its statistics are loaded when the first interval is asked for: half a second

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, DataError, ParameterError
from ctip_analysis.edition.read import KEYS, Internal, Released, require

RESIDENTS = "residents"
# Units of which one happening says nothing about the next, so that a Poisson interval means something.
# Attendances, completions of a course, persons of one rescue and convictions of one case come together.
ONE_BY_ONE = {
    *("performances", "village activities", "school sessions", "broadcasts"),
    *("networks", "clubs", "centres", "cases", "awards"),
}
_ENDS = {"low": ", lower end of the 95% interval", "high": ", upper end of the 95% interval"}
_WORST = ["withheld", "no_data", "not_applicable", "shown"]  # the first that any part has is the result's


def poisson_interval(count: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of the mean of a Poisson count (Garwood 1936).

    Right for events that happen independently; attendances at one performance do not, so an
    attendance gets no interval.

    >>> [round(end, 2) for end in poisson_interval(10)]
    [4.8, 18.39]
    """
    tail = (1 - level) / 2
    low = scipy.stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return float(low), float(scipy.stats.chi2.ppf(1 - tail, 2 * count + 2) / 2)


def wilson_interval(part: float, whole: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of the share *part* of *whole*, as fractions.

    >>> [round(end, 3) for end in wilson_interval(13, 18)]
    [0.491, 0.875]
    """
    z = scipy.stats.norm.ppf((1 + level) / 2)
    share, weight = part / whole, z**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(share * (1 - share) / whole + weight / (4 * whole))
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return float(low) if part else 0.0, float(high) if part < whole else 1.0  # exactly, whatever the rounding


def change_beyond_chance(before: float, after: float) -> float:
    """Two-sided exact p-value that two Poisson counts over equal spans have one mean.

    For counts of independent events (performances, courses). It says nothing about why they changed.

    >>> round(change_beyond_chance(10, 10), 2)
    1.0
    """
    return (
        float(scipy.stats.binomtest(int(after), int(before + after), 0.5).pvalue) if before + after else 1.0
    )


def survival(judged: list[float], still_open: list[float], ends: list[float]) -> list[float]:
    """Share of cases still open at each of *ends* (months), with open cases censored in their interval.

    Actuarial life table: a case that is still open leaves the risk set half way through its
    interval (Cutler and Ederer 1958). *judged* and *still_open* count cases by interval.

    >>> survival([0, 0], [6, 4], [6, 12])
    [1.0, 1.0]
    >>> survival([5, 5], [0, 0], [6, 12])
    [0.5, 0.0]
    """
    if not len(judged) == len(still_open) == len(ends):
        raise ValueError("judged, still_open and ends need one entry per interval")
    at_risk, open_share, shares = float(sum(judged) + sum(still_open)), 1.0, []
    if not sum(judged):
        return [1.0] * len(ends)
    for done, censored in zip(judged, still_open, strict=True):
        exposed = at_risk - censored / 2
        open_share *= 1 - done / exposed if exposed else 1.0
        shares.append(open_share)
        at_risk -= done + censored
    return shares


def derive(source: Released | Internal, rows: pd.DataFrame, derivation: str) -> pd.DataFrame:
    """*rows* of cells with ``value``, ``status`` and ``unit`` replaced by those of *derivation*.

    Missing where a part is withheld, has no data, or where nothing can be divided (status says which).

    Raises
    ------
    ParameterError
        The derivation is not one of those above.
    CountingRuleError
        An interval was asked for where none can be given.
    """
    require(source, "derive")
    if not derivation:
        return rows
    name, _, argument = derivation.partition("=")
    name, end = _end(name)
    makers = {
        "per_1000_residents": _per_1000,
        "interval": _interval,
        "per": _per,
        "share": _share,
        "share_of": _share_of,
        "change": _change,
        "pct_change": _pct_change,
        "same_partners": _same_partners,
        "still_open": _still_open,
        "earlier": _earlier,
    }
    if name not in makers:
        raise ParameterError(f"no derivation {derivation!r}; there are {', '.join(makers)}")
    if end and name not in ("per_1000_residents", "share_of", "interval"):
        raise CountingRuleError(f"no interval is given for {name}: only a rate or a share of a whole has one")
    made = makers[name](source, rows, argument, end)
    return made.assign(unit=made["unit"] + _ENDS[end]) if end else made


def _end(name: str) -> tuple[str, str]:
    for end in ("_low", "_high"):
        if name.endswith(end):
            return name.removesuffix(end), end[1:]
    return name, ""


def _combined(rows: pd.DataFrame, other: pd.DataFrame, value: pd.Series, unit: str) -> pd.DataFrame:
    """Rows with *value* where both parts are shown; else the status that says least."""
    pairs = zip(rows["status"].to_numpy(dtype=object), other["status"].to_numpy(dtype=object), strict=True)
    status = np.array([min(pair, key=_WORST.index) for pair in pairs], dtype=object)
    number = value.to_numpy(dtype=float, na_value=np.nan)
    status[(status == "shown") & ~np.isfinite(number)] = "not_applicable"
    kept = np.where(status == "shown", number, np.nan)
    return rows.assign(value=kept, status=list(status), unit=unit, qualifier="")


def _beside(source: Released | Internal, rows: pd.DataFrame, **changed: str) -> pd.DataFrame:
    """The cells that stand at the keys of *rows* with some keys changed; absent ones have no data."""
    wanted = rows[KEYS].assign(**changed)
    if "period" in changed:
        wanted["period_basis"] = periods.basis(changed["period"])
    held = source.beside(wanted)
    place = {key: at for at, key in enumerate(_keys(held))}
    if len(place) < len(held):
        raise DataError("a cell stands twice among these cells: nothing can be set beside another")
    at = [place.get(key, -1) for key in _keys(wanted)]  # -1 is the one that holds nothing
    return wanted.assign(
        value=np.append(held["value"].to_numpy(dtype=float, na_value=np.nan), np.nan)[at],
        status=np.append(held["status"].to_numpy(dtype=object), "no_data")[at],
    )


def _keys(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    return zip(*(rows[column].to_numpy(dtype=object) for column in KEYS), strict=True)


def residents(source: Released | Internal, rows: pd.DataFrame) -> pd.Series:
    """Residents of each row's place in the last year of its period; missing where none are known."""
    require(source, "residents")
    known = source.residents()
    pairs = [
        (code, periods.span(at)[1].year) for code, at in zip(rows["adm1_code"], rows["period"], strict=True)
    ]
    return pd.Series([known.get(pair, np.nan) for pair in pairs], index=rows.index, dtype=float)


def _per_1000(source: Released | Internal, rows: pd.DataFrame, _: str, end: str) -> pd.DataFrame:
    value = rows["value"].astype(float)
    if end:
        value = _poisson(rows, end)
    people = residents(source, rows)
    known = people.isna().map({True: "no_data", False: "shown"}).to_frame("status")
    return _combined(
        rows, known, 1000 * value / people, f"{rows['unit'].iloc[0] if len(rows) else ''} per 1,000 residents"
    )


def _poisson(rows: pd.DataFrame, end: str) -> pd.Series:
    """One end of the interval of each row's count; refused for what does not happen one by one."""
    if not set(rows["unit"]) <= ONE_BY_ONE:
        raise CountingRuleError(
            f"no interval for {', '.join(sorted(set(rows['unit'])))}: they do not happen one by one"
        )
    return (
        rows["value"]
        .astype(float)
        .map(lambda count: poisson_interval(count)[end == "high"], na_action="ignore")
    )


def _interval(_: Released | Internal, rows: pd.DataFrame, __: str, end: str) -> pd.DataFrame:
    return _combined(
        rows, rows, _poisson(rows, end or "low").round(1), rows["unit"].iloc[0] if len(rows) else ""
    )


def _ratio(
    source: Released | Internal, rows: pd.DataFrame, other: pd.DataFrame, factor: float, unit: str
) -> pd.DataFrame:
    below = other["value"].astype(float).replace(0, np.nan)
    return _combined(rows, other, factor * rows["value"].astype(float) / below, unit)


def _per(source: Released | Internal, rows: pd.DataFrame, indicator: str, _: str) -> pd.DataFrame:
    source.select(indicator)
    one = source.indicators.loc[indicator, "unit"].rstrip("s")
    unit = f"{rows['unit'].iloc[0]} per {one}" if len(rows) else ""
    return _ratio(source, rows, _beside(source, rows, indicator=indicator), 1, unit)


def _share(source: Released | Internal, rows: pd.DataFrame, _: str, __: str) -> pd.DataFrame:
    return _ratio(source, rows, _beside(source, rows, adm1_code=""), 100, "percent of the national figure")


def _share_of(source: Released | Internal, rows: pd.DataFrame, indicator: str, end: str) -> pd.DataFrame:
    source.select(indicator)
    whole = _beside(source, rows, indicator=indicator)
    unit = f"percent of {source.indicators.loc[indicator, 'name_en'].lower()}"
    if not end:
        return _ratio(source, rows, whole, 100, unit)
    pairs = zip(rows["value"].astype(float), whole["value"].astype(float), strict=True)
    ends = [
        100 * wilson_interval(part, all_)[end == "high"] if all_ > 0 and part <= all_ else np.nan
        for part, all_ in pairs
    ]
    return _combined(rows, whole, pd.Series(ends, index=rows.index, dtype=float), unit)


def _change(source: Released | Internal, rows: pd.DataFrame, period: str, _: str) -> pd.DataFrame:
    before = _beside(source, rows, period=_comparable(rows, period))
    return _combined(
        rows,
        before,
        rows["value"].astype(float) - before["value"].astype(float),
        rows["unit"].iloc[0] if len(rows) else "",
    )


def _pct_change(source: Released | Internal, rows: pd.DataFrame, period: str, _: str) -> pd.DataFrame:
    before = _beside(source, rows, period=_comparable(rows, period))
    base = before["value"].astype(float).replace(0, np.nan)
    return _combined(
        rows, before, 100 * (rows["value"].astype(float) / base - 1), f"percent of {periods.label(period)}"
    )


def _earlier(source: Released | Internal, rows: pd.DataFrame, _: str, __: str) -> pd.DataFrame:
    """What an earlier edition showed: withheld if it was withdrawn, no data where nothing was changed."""
    held = source.changes if len(source.changes) else pd.DataFrame(columns=[*KEYS, "old", "reason"])
    found = rows[KEYS].merge(held, on=KEYS, how="left", validate="many_to_one").set_index(rows.index)
    value = found["old"].astype(float)
    status = value.notna().map({True: "shown", False: "withheld"}).where(found["reason"].notna(), "no_data")
    return rows.assign(value=value, status=status, qualifier="")


BANDS = {"0_6m": 6.0, "6_12m": 12.0, "12_18m": 18.0, "18_24m": 24.0, "24m_plus": np.inf}


def _still_open(source: Released | Internal, rows: pd.DataFrame, _: str, __: str) -> pd.DataFrame:
    """Actuarial share not yet judged by the end of each row's band; withheld if any cell of the table is."""
    bands = rows["indicator"].str.removeprefix("cases_judged_")
    if not set(bands) <= set(BANDS):
        raise CountingRuleError(
            "still_open is the share of cases not yet judged: it is made from cases_judged_0_6m and so on"
        )
    parts = {
        (state, band): _beside(source, rows, indicator=f"cases_{state}_{band}")
        for state in ("judged", "open")
        for band in BANDS
    }
    made = rows
    for part in parts.values():
        made = _combined(made, part, made["value"].astype(float), made["unit"].iloc[0])
    columns = {
        state: np.column_stack([parts[state, band]["value"] for band in BANDS])
        for state in ("judged", "open")
    }
    ends = list(BANDS.values())
    shares = [
        100 * survival(list(judged), list(still_open), ends)[ends.index(BANDS[band])]
        if status == "shown"
        else np.nan
        for judged, still_open, band, status in zip(
            columns["judged"], columns["open"], bands, made["status"], strict=True
        )
    ]
    return made.assign(value=shares, unit="percent of trafficking cases")


def _comparable(rows: pd.DataFrame, period: str) -> str:
    """*period*, unless its grain or basis differs from that of the rows."""
    wanted = (periods.grain(period), periods.basis(period))
    for code in rows["period"].unique():
        if (periods.grain(code), periods.basis(code)) != wanted:
            raise CountingRuleError(
                f"{code} and {period} are periods of unequal length or basis: no change is given"
            )
    return period


def same_partners(
    source: Released | Internal, indicator: str, before: str, after: str
) -> tuple[float, float, list[str]]:
    """Values of *before* and *after* among the partners with a positive shown value in both, and who they are.

    Beside the raw change it shows how much of a change comes from partners that began or stopped reporting.
    Missing, with no partner named, where a partner's cell is withheld.
    """
    require(source, "same_partners")
    rows = source.select(indicator, partner=None)
    rows = rows[rows["period"].isin([before, after])]
    if rows["status"].eq("withheld").any():
        return np.nan, np.nan, []
    wide = rows[rows["value"].gt(0)].pivot(index="partner", columns="period", values="value")
    both = wide.reindex(columns=[before, after]).dropna()
    return float(both[before].sum()), float(both[after].sum()), list(both.index)


def _same_partners(source: Released | Internal, rows: pd.DataFrame, period: str, _: str) -> pd.DataFrame:
    other = _comparable(rows, period)
    sums = [same_partners(source, row.indicator, other, row.period)[1] for row in rows.itertuples()]
    value = pd.Series(sums, index=rows.index, dtype=float)
    kept = rows.assign(status=rows["status"].mask(value.isna(), "withheld"))
    return _combined(rows, kept, value, rows["unit"].iloc[0] if len(rows) else "")
