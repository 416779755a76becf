"""What an edition carries beside its cells, so that a reader needs nothing else: published figures, the
national series, residents, indicators, and what changed since earlier editions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.base.periods import UNSTATED
from ctip_analysis.edition.cells import KEYS
from ctip_analysis.inside.records import Records
from ctip_analysis.inside.records.reconcile import target_faults
from ctip_analysis.places.provinces import units, vintages

CORRECTED, WITHDRAWN = "records_corrected", "withdrawn"  # why a cell of an earlier edition reads otherwise now
CENSUSES = (1998, 2008, 2019)
SPLIT = {"KH03": "KH03", "KH25": "KH03"}  # census frame of 24 units that holds each unit of 25

# Columns that say how the records are counted stay inside.
_INSIDE = [
    "record_table", "date_column", "undated", "no_rows_are", "place_column", "measure", "filter", "consenting_only",
]  # fmt: skip
def published() -> pd.DataFrame:
    """The 28 printed figures and the derived ones that may be printed, one row each.

    ``period`` is the year where the source states one, else ``unstated``: such a figure is never drawn
    on a time axis.
    """
    printed = reference.table("published_results")
    stated = printed["period_as_stated"].eq("In 2004")
    figures = printed.assign(period=np.where(stated, "2004", UNSTATED), kind="published", meaning="")
    checks = reference.table("derived_checks")
    derived = checks[checks["publish"].eq("yes")].assign(
        indicator=lambda rows: rows["id"],
        period=UNSTATED,
        period_as_stated="not stated",
        qualifier="derived",
        kind="derived",
        numeral_as_printed="",
        pillar="",
        partner="",
        additive_note=lambda rows: rows["publish_rule_or_warning"],
        ambiguity="",
        label=lambda rows: rows["meaning"],
        source=lambda rows: "computed from published figures: " + rows["formula"],
    )
    both = pd.concat([figures, derived], ignore_index=True)[_columns("published")]
    both["value"] = both["value"].map(_plain)
    return both.fillna("")


def _plain(value: object) -> str:
    number = pd.to_numeric(value, errors="coerce")
    return str(value) if pd.isna(number) else f"{float(number):.10g}"


def _columns(table: str) -> list[str]:
    """Columns of a *table* of an edition, in their order."""
    described = reference.table("edition_columns")
    return list(described.loc[described["table"].eq(table), "column"])


def context() -> pd.DataFrame:
    """National series, one row per figure and reporter; a year for which no figure was found has no value.

    Figures from memory are left out. ``period`` carries the basis: half years and odd spans are not years.
    """
    rows = reference.table("national_series")
    rows = rows[rows["evidence_level"].ne("memory") & rows["year"].notna()].copy()
    rows["value"] = rows["value"].astype(str).replace("<NA>", "")
    rows["reporter_slug"] = rows["reporter"].map(lambda name: re.sub(r"\W+", "_", name).strip("_").lower())
    return rows[_columns("context")]


def indicators() -> pd.DataFrame:
    """Definitions of the indicators, less the columns that describe the records."""
    return reference.table("indicators").drop(columns=_INSIDE)


def targets(records: Records) -> pd.DataFrame:
    """Baselines and targets that sources print, then those of the record folder, each with its ``kind``.

    Raises
    ------
    DataError
        The folder has a target of an unknown indicator, or one for which a source prints another.
    """
    if faults := target_faults(records):
        raise DataError("the targets can't be used", faults)
    printed = reference.table("published_targets").assign(kind="published")
    own = records["targets"].drop(columns="is_synthetic")
    own = own.sort_values(["indicator", "period"])  # the order of a file means nothing
    own = own.assign(
        kind="synthetic" if records.is_synthetic else "published",
        assessed_on=pd.to_datetime(own["assessed_on"]).dt.strftime("%Y-%m-%d"),
    )
    made = pd.concat([printed, own], ignore_index=True).astype(object)
    numbers = {name: made[name].map(_plain, na_action="ignore") for name in ("baseline", "target")}
    return made.assign(**numbers).fillna("")


def changes(cells: pd.DataFrame, previous: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Cells of which one of the *previous* editions said something else: KEYS, old, new and the reason's code.

    A number is withdrawn when it is withheld now; neither the old nor the new one is repeated then.
    """
    columns = [*KEYS, "old", "new", "reason"]
    if not previous:
        return pd.DataFrame(columns=columns)
    shown = pd.concat([frame[frame["status"].eq("shown")] for frame in previous])
    before = shown.drop_duplicates(KEYS, keep="last")[[*KEYS, "value"]].rename(columns={"value": "old"})
    both = cells.rename(columns={"value": "new"}).merge(before, on=KEYS, validate="one_to_one")
    corrected = both[both["status"].eq("shown") & both["old"].ne(both["new"])].assign(reason=CORRECTED)
    withdrawn = both[both["status"].eq("withheld")].assign(old=float("nan"), reason=WITHDRAWN)
    return pd.concat([corrected, withdrawn])[columns].sort_values(KEYS, kind="stable")


def population(years: range) -> pd.DataFrame:
    """Residents of each unit of the time, and of the country, for each of *years*.

    Linear between the censuses of 1998, 2008 and 2019 on the 24 units all three can be brought to; where 25
    units existed, Kampong Cham and Tboung Khmum share theirs as in 2019. Outside the censuses there is
    no row. ``status`` is unchecked where a census value it is computed from was not yet compared with print.
    """
    census = reference.table("population")
    frame = census.assign(unit=census["adm1_code"].map(lambda code: SPLIT.get(code, code)))
    residents = frame.pivot_table(index="unit", columns="census_year", values="residents", aggfunc="sum").astype(float)
    unchecked = frame[frame["status"].ne("checked")].groupby("unit")["census_year"].apply(set)
    latest = census[census["census_year"].eq(CENSUSES[-1])].set_index("adm1_code")["residents"].astype(float)
    rows = [
        row
        for year in years
        if CENSUSES[0] <= year <= CENSUSES[-1]
        for row in _year(year, residents, unchecked, latest)
    ]
    return pd.DataFrame(rows, columns=["adm1_code", "year", "residents", "method", "status", "source"])


def _year(year: int, residents: pd.DataFrame, unchecked: pd.Series, latest: pd.Series) -> list[tuple[object, ...]]:
    codes = list(units(year)["adm1_code"])
    whole = {unit: float(np.interp(year, CENSUSES, residents.loc[unit, list(CENSUSES)])) for unit in residents.index}
    split = "KH25" in codes
    method = "census" if year in CENSUSES else "interpolated"
    around = {max(c for c in CENSUSES if c <= year), min(c for c in CENSUSES if c >= year)}
    source = "NIS, General Population Census of Cambodia " + " and ".join(str(each) for each in sorted(around))
    rows: list[tuple[object, ...]] = []
    for code in codes:
        unit = SPLIT.get(code, code)
        part = latest[code] / (latest["KH03"] + latest["KH25"]) if split and code in SPLIT else 1.0
        how = f"{method}, shared as in 2019" if part != 1.0 and method != "census" else method
        status = "unchecked" if around & unchecked.get(unit, set()) else "checked"
        rows.append((code, year, round(whole[unit] * part), how, status, source))
    total = sum(int(row[2]) for row in rows)  # type: ignore[call-overload]
    status = "unchecked" if any(row[4] == "unchecked" for row in rows) else "checked"
    return [*rows, ("", year, total, method, status, source)]


def provinces(first: int, last: int) -> dict[str, Any]:
    """GeoJSON of every province unit that existed from *first* to *last*, by period of unchanged shape."""
    shapes = vintages()
    shapes = shapes[
        shapes["valid_from"].lt(f"{last + 1}") & (shapes["valid_to"].eq("") | shapes["valid_to"].ge(f"{first}"))
    ]
    shapes = shapes.assign(area_km2=shapes["area_km2"].round(1))
    collection = shapes.sort_values(["adm1_code", "valid_from"]).to_geo_dict(drop_id=True)
    # six decimals, a tenth of a metre, so that the file does not depend on a library's printing
    rounded: dict[str, Any] = json.loads(json.dumps(collection), parse_float=lambda text: round(float(text), 6))
    return rounded


def reporting_years(first: int, last: int, basis: str) -> range:
    """Calendar years whose residents a rate of any period may need."""
    start = periods.span(periods.year_code(first, basis))[0].year
    return range(start, last + 1)
