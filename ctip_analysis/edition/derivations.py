"""Numbers made from shown cells: rates, shares, changes. A number made from a withheld one is withheld.

A derivation is the last part of a fact id, and the ``derive`` of ``edition.cells``:

====================  ====================================================================
per_1000_residents    value per 1,000 residents of the place in the last year of the period
per=INDICATOR         value divided by another indicator of the same period and place
share                 share of the national value of the same period, in percent
share_of=INDICATOR    share of another indicator of the same period and place, in percent
change=PERIOD         value less the value of PERIOD; ``change`` alone means the period before
pct_change=PERIOD     the same in percent of the value of PERIOD
same_partners=PERIOD  value of the partners with a positive shown value in both periods
earlier               number an earlier edition showed for the cell, where it was corrected
still_open            of ``cases_judged_BAND``: cases not yet judged by the end of the band, in percent
interval_low, _high   ends of the exact Poisson interval of a count itself
====================  ====================================================================

``_low`` or ``_high`` behind the first word gives an end of the 95% interval: exact Poisson for a
rate per 1,000 residents, Wilson for a share of another indicator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CountingRuleError, ParameterError, suggestion
from ctip_analysis.edition import intervals
from ctip_analysis.edition.columns import KEYS
from ctip_analysis.edition.fact import WORST_FIRST

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

BANDS = ("0_6m", "6_12m", "12_18m", "18_24m", "24m_plus")
WITH_INTERVAL = ("", "per_1000_residents", "share_of")
_WITH_PERIOD = ("change", "pct_change", "same_partners")
_ENDS = {"low": ", lower end of the 95% interval", "high": ", upper end of the 95% interval"}


def derive(edition: Edition, rows: pd.DataFrame, derivation: str) -> pd.DataFrame:
    """*rows* of cells with value, status and unit replaced by those of *derivation*, and columns low and high.

    Missing where a part is withheld, has no data, or where nothing can be divided (status says which). low and
    high are the ends of the 95% interval, missing where none can be given.

    Raises
    ------
    ParameterError
        The derivation is none of those above.
    CountingRuleError
        An interval was asked for where none can be given, or two periods can't be compared.
    """
    name, end, argument = split(derivation)
    made = _MAKERS[name](edition, rows, argument)
    if "low" not in made:
        made = made.assign(low=np.nan, high=np.nan)
    if end:
        check_interval(rows, derivation)
        made = made.assign(value=made[end], unit=made["unit"] + _ENDS[end])
    return made


def split(derivation: str) -> tuple[str, str, str]:
    """Name, end of the interval ("low", "high" or "") and argument of a derivation.

    >>> split("share_of_low=performance_attendance")
    ('share_of', 'low', 'performance_attendance')
    """
    name, equals, argument = derivation.partition("=")
    end = next((end for end in _ENDS if name.endswith(f"_{end}")), "")
    name = name.removesuffix(f"_{end}") if end else name
    name = "" if name == "interval" and end else name
    if name not in _MAKERS:
        known = [one for one in _MAKERS if one]
        raise ParameterError(f"no derivation {derivation!r}" + suggestion(name, known))
    if bool(argument) != bool(equals) or (name in ("per", "share_of") and not argument):
        raise ParameterError(f"derivation {derivation!r} needs a name behind the =, such as {name}=performances_held")
    return name, end, argument


def completed(derivation: str, period: str) -> str:
    """*derivation* as it appears in the id of a cell of *period*: ``change`` names the period before.

    >>> completed("change", "2004"), completed("share", "2004")
    ('change=2003', 'share')
    """
    return f"{derivation}={periods.previous(period)}" if derivation in _WITH_PERIOD else derivation


def end_of_interval(derivation: str, end: str) -> str:
    """The derivation that gives one *end*, "low" or "high", of the interval of *derivation*.

    >>> end_of_interval("", "low"), end_of_interval("share_of=performance_attendance", "high")
    ('interval_low', 'share_of_high=performance_attendance')
    """
    name, equals, argument = (derivation or "interval").partition("=")
    return f"{name}_{end}{equals}{argument}"


def check_interval(rows: pd.DataFrame, derivation: str) -> None:
    """Stop with a CountingRuleError unless *derivation* of *rows* has an interval."""
    name, _, _ = split(derivation)
    if name not in WITH_INTERVAL:
        raise CountingRuleError(f"no interval is given for {name}: only a count, a rate or a share of a whole has one")
    if name != "share_of" and not set(rows["unit"]) <= intervals.ONE_BY_ONE:
        units = ", ".join(sorted(set(rows["unit"]) - intervals.ONE_BY_ONE))
        raise CountingRuleError(f"no interval for {units}: they do not happen one by one")


def _numbers(rows: pd.DataFrame) -> np.ndarray:
    return rows["value"].to_numpy(dtype=float, na_value=np.nan)


def _unit(rows: pd.DataFrame, ending: str = "") -> pd.Series:
    return rows["unit"] + ending


def _combined(
    rows: pd.DataFrame, other: pd.DataFrame, value: np.ndarray, unit: pd.Series | str,
    low: np.ndarray | float = np.nan, high: np.ndarray | float = np.nan,
) -> pd.DataFrame:  # fmt: skip
    """Rows with *value* where both parts are shown; else the status that says least."""
    pairs = zip(rows["status"].to_numpy(dtype=object), other["status"].to_numpy(dtype=object), strict=True)
    status = np.array([min(pair, key=WORST_FIRST.index) for pair in pairs], dtype=object)
    status[(status == "shown") & ~np.isfinite(value)] = "not_applicable"
    shown = status == "shown"
    numbers = {name: np.where(shown, held, np.nan) for name, held in (("value", value), ("low", low), ("high", high))}
    return rows.assign(**numbers, status=list(status), unit=unit, qualifier="")


def _beside(edition: Edition, rows: pd.DataFrame, **changed: str) -> pd.DataFrame:
    """The cells at the keys of *rows* with some keys *changed*; absent ones have no data."""
    wanted = rows[KEYS].assign(**changed)
    place = wanted["adm1_code"].where(wanted["adm1_code"].ne(""), wanted["zone"])
    parts = [wanted["indicator"], wanted["period"], place, wanted["sex"], wanted["age_band"], wanted["partner"]]
    at = np.array([edition.index.at(key) for key in zip(*parts, strict=True)], dtype=int)  # -1: the one without data
    columns = edition.index.columns
    return wanted.assign(
        value=np.append(columns["value"], np.nan)[at], status=np.append(columns["status"], "no_data")[at]
    )


def _itself(_: Edition, rows: pd.DataFrame, __: str) -> pd.DataFrame:
    if not set(rows["unit"]) <= intervals.ONE_BY_ONE:
        return rows
    low, high = intervals.poisson_interval(_numbers(rows))
    return rows.assign(low=low.round(1), high=high.round(1))


def _per_1000(edition: Edition, rows: pd.DataFrame, _: str) -> pd.DataFrame:
    people = edition.residents_of(rows)
    known = pd.DataFrame({"status": np.where(np.isnan(people), "no_data", "shown")})
    rate, count = 1000 / people, _numbers(rows)
    low = high = np.full(len(rows), np.nan)
    if set(rows["unit"]) <= intervals.ONE_BY_ONE:
        low, high = (rate * end for end in intervals.poisson_interval(count))
    return _combined(rows, known, rate * count, _unit(rows, " per 1,000 residents"), low, high)


def _ratio(rows: pd.DataFrame, other: pd.DataFrame, factor: float, unit: pd.Series | str) -> pd.DataFrame:
    below = _numbers(other)
    return _combined(rows, other, factor * _numbers(rows) / np.where(below == 0, np.nan, below), unit)


def _per(edition: Edition, rows: pd.DataFrame, indicator: str) -> pd.DataFrame:
    one = edition.definition(indicator)["unit"].rstrip("s")
    return _ratio(rows, _beside(edition, rows, indicator=indicator), 1, _unit(rows, f" per {one}"))


def _share(edition: Edition, rows: pd.DataFrame, _: str) -> pd.DataFrame:
    return _ratio(rows, _beside(edition, rows, adm1_code="", zone=""), 100, "percent of the national figure")


def _share_of(edition: Edition, rows: pd.DataFrame, indicator: str) -> pd.DataFrame:
    unit = f"percent of {edition.definition(indicator)['name_en'].lower()}"
    whole = _beside(edition, rows, indicator=indicator)
    made = _ratio(rows, whole, 100, unit)
    shown = made["status"].eq("shown").to_numpy()
    ends = intervals.wilson_interval(_numbers(rows), _numbers(whole))
    return made.assign(**{name: np.where(shown, 100 * end, np.nan) for name, end in zip(_ENDS, ends, strict=True)})


def _before(edition: Edition, rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """The cells of *period* beside *rows*, or of the period before each row's own."""
    codes = {code: _comparable(code, period or periods.previous(code)) for code in rows["period"].unique()}
    before = rows["period"].map(codes).astype(rows["period"].dtype)
    return _beside(edition, rows, period=before)


def _comparable(code: str, other: str) -> str:
    """*other*, unless its grain or basis differs from that of *code*."""
    if (periods.grain(code), periods.basis(code)) != (periods.grain(other), periods.basis(other)):
        raise CountingRuleError(f"{code} and {other} are periods of unequal length or basis: no change is given")
    return other


def _change(edition: Edition, rows: pd.DataFrame, period: str) -> pd.DataFrame:
    before = _before(edition, rows, period)
    return _combined(rows, before, _numbers(rows) - _numbers(before), _unit(rows))


def _pct_change(edition: Edition, rows: pd.DataFrame, period: str) -> pd.DataFrame:
    before = _before(edition, rows, period)
    made = _ratio(rows, before, 100, "percent of " + before["period"].map(periods.label).astype(str))
    return made.assign(value=made["value"] - 100)


def _earlier(edition: Edition, rows: pd.DataFrame, _: str) -> pd.DataFrame:
    """What an earlier edition showed: withheld if it was withdrawn, no data where nothing was changed."""
    changes = edition.changes if len(edition.changes) else pd.DataFrame(columns=[*KEYS, "old", "reason"])
    found = rows[KEYS].merge(changes, on=KEYS, how="left", validate="many_to_one")
    old = pd.to_numeric(found["old"]).to_numpy(dtype=float, na_value=np.nan)
    status = np.where(found["reason"].isna(), "no_data", np.where(np.isnan(old), "withheld", "shown"))
    return rows.assign(value=old, status=status, qualifier="")


def _same_partners(edition: Edition, rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """Sum over the partners with a positive shown value in both periods; withheld with any partner's cell."""
    made = [_of_same_partners(edition, row, _comparable(row.period, period or periods.previous(row.period)))
            for row in rows.itertuples()]  # fmt: skip
    value = np.array(made, dtype=float)
    return rows.assign(
        value=value, status=np.where(np.isnan(value), "withheld", "shown"), unit=_unit(rows), qualifier=""
    )


def _of_same_partners(edition: Edition, row: object, period: str) -> float:
    places = {"adm1_code": row.adm1_code, "zone": row.zone, "sex": "", "age_band": "", "partner": None}
    held = edition.index.frame.iloc[edition.index.find(row.indicator, places)]
    held = held[held["period"].isin([period, row.period])]
    if held["status"].eq("withheld").any():
        return np.nan
    wide = held[held["value"].gt(0)].pivot(index="partner", columns="period", values="value")
    return float(wide.reindex(columns=[period, row.period]).dropna()[row.period].sum())


def _still_open(edition: Edition, rows: pd.DataFrame, _: str) -> pd.DataFrame:
    """Actuarial share not yet judged by the end of each row's band; withheld if any cell of the table is."""
    bands = rows["indicator"].str.removeprefix("cases_judged_")
    if not set(bands) <= set(BANDS):
        raise CountingRuleError(
            "still_open is the share of cases not yet judged: it is made from cases_judged_0_6m and so on"
        )
    parts = [_beside(edition, rows, indicator=f"cases_{state}_{band}") for state in ("judged", "open") for band in BANDS]
    made = rows
    for part in parts:
        made = _combined(made, part, _numbers(made), made["unit"])
    counts = np.column_stack([_numbers(part) for part in parts])
    judged, still_open = counts[:, : len(BANDS)], counts[:, len(BANDS) :]
    shares = [
        100 * intervals.survival(list(done), list(left))[BANDS.index(band)] if status == "shown" else np.nan
        for done, left, band, status in zip(judged, still_open, bands, made["status"], strict=True)
    ]
    return made.assign(value=shares, unit="percent of trafficking cases")


_MAKERS: dict[str, Callable[[Edition, pd.DataFrame, str], pd.DataFrame]] = {
    "": _itself,
    "per_1000_residents": _per_1000,
    "per": _per,
    "share": _share,
    "share_of": _share_of,
    "change": _change,
    "pct_change": _pct_change,
    "same_partners": _same_partners,
    "earlier": _earlier,
    "still_open": _still_open,
}
