"""Facts: every printed number by its id, with unit, qualifier, kind and source.

An id is ``indicator:period:adm1:sex:age:partner[:derivation]``; trailing empty parts may be left off.
Published figures stand under their own indicator (``people_directly_exposed:unstated``), derived ones
under their number (``D01``), national context under ``national.INDICATOR:PERIOD::::REPORTER``,
what later sources print of the programme's money under ``history.INDICATOR:PERIOD::::PROGRAMME_PARTNER``,
residents under ``residents:YEAR:ADM1``, baselines and targets under ``baseline.INDICATOR:YEAR``.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import rates
from ctip_analysis.edition.read import PLACES, Internal, Released, require

WITHHELD = "withheld to protect people"
STATUS_WORDS = {"withheld": WITHHELD, "no_data": "no data", "not_applicable": "not applicable"}
QUALIFIER_WORDS = {
    "approximately": "about",
    "over": "over",
    "estimated": "an estimated",
    "average": "on average",
    "at least": "at least",
    "at_least": "at least",
}
SIGNED = ("change", "pct_change")
_AGES = {"under_15": "under 15", "15_17": "15 to 17", "18_plus": "18 and over", "unknown": "age unknown"}


@dataclass(frozen=True)
class FactId:
    """The seven parts of a fact id; ``str()`` gives the canonical form."""

    indicator: str
    period: str = ""
    adm1_code: str = ""
    sex: str = ""
    age_band: str = ""
    partner: str = ""
    derivation: str = ""

    @classmethod
    def parse(cls, text: str) -> FactId:
        """Read an id; ParameterError if it has more parts than an id has."""
        parts = text.strip().split(":")
        if len(parts) > 7 or not parts[0]:
            raise ParameterError(
                f"{text!r} is not a fact id; write indicator:period:adm1:sex:age:partner[:derivation]"
            )
        return cls(*parts)

    def __str__(self) -> str:
        plain = ":".join([self.indicator, self.period, self.adm1_code, self.sex, self.age_band, self.partner])
        return f"{plain}:{self.derivation}" if self.derivation else plain


@dataclass(frozen=True)
class Fact:
    """One number with everything that has to travel with it. ``value`` is None unless it is shown."""

    id: str
    value: float | str | None
    status: str
    unit: str
    qualifier: str
    kind: str
    source: str
    period: str
    place: str
    label: str

    @property
    def number(self) -> str:
        """The number alone, or the words that stand in its place: "150,000", "withheld to protect people"."""
        if self.value is None:
            return STATUS_WORDS[self.status]
        return self.value if isinstance(self.value, str) else written(self.value, self.unit, self.id)

    @property
    def text(self) -> str:
        """Qualifier and number as the source prints them: "an estimated 150,000". Nothing estimates a zero."""
        qualifier = QUALIFIER_WORDS.get(self.qualifier, "") if self.value else ""
        return f"{qualifier} {self.number}".strip() if self.value is not None else self.number

    @property
    def words(self) -> str:
        """Qualifier, number and unit: "an estimated 150,000 people"."""
        if (
            self.value is None
            or isinstance(self.value, str)
            or self.unit == "USD"
            or self.unit.startswith("percent")
        ):
            return self.text
        unit = self.unit
        if self.value == 1 and " per " not in unit:
            unit = (
                re.sub(r"ies$", "y", unit)
                if unit.endswith("ies")
                else unit.replace("people", "person").removesuffix("s")
            )
        return f"{self.text} {unit}"

    @property
    def delta(self) -> str:
        """The number with its sign, as for a change: "+1,200", "−3"."""
        if isinstance(self.value, float | int) and self.value > 0:
            return f"+{self.number}"
        return self.number

    def html(self, form: str = "text") -> str:
        """The fact as ``<data class="fact KIND" value="ID">…</data>``; *form* is number, text, words or delta."""
        shown = html.escape(getattr(self, form))
        state = "" if self.status == "shown" else f" {self.status}"
        return f'<data class="fact {self.kind}{state}" value="{html.escape(self.id)}">{shown}</data>'


def written(value: float, unit: str, fact_id: str = "") -> str:
    """A number as people read it: thousands set apart, no more decimals than it can bear, a true minus.

    >>> written(150000, "attendances"), written(9.16, "percent of clients"), written(-3, "cases")
    ('150,000', '9.2%', '−3')
    """
    percent = unit.startswith("percent")
    whole = float(value).is_integer() and "per 1,000" not in unit and not percent
    decimals = 0 if whole or (abs(value) >= 100 and not percent) else 1
    text = f"{abs(value):,.{decimals}f}" + ("%" if percent else "")
    sign = "−" if value < 0 and float(f"{abs(value):.{decimals}f}") else ""
    return f"{sign}USD {text}" if unit == "USD" else sign + text


def fact(source: Released | Internal, fact_id: str) -> Fact:
    """The fact *fact_id* of *source*.

    Raises
    ------
    NotReleasedError
        *source* is neither Released nor Internal.
    ParameterError
        No such indicator, or no such cell in the table plan; the message names near ones.
    """
    require(source, "fact")
    wanted = FactId.parse(fact_id)
    if wanted.indicator == "residents":
        return _residents(source, wanted)
    if wanted.indicator.startswith("national."):
        return _context(source, wanted)
    if wanted.indicator.startswith(("baseline.", "target.")):
        return _target(source, wanted)
    if wanted.indicator.startswith("history."):
        return _history(wanted)
    printed = np.flatnonzero(source.published["indicator"].to_numpy(dtype=object) == wanted.indicator)
    is_counted = wanted.indicator in source.indicators.index
    if len(printed):
        row = source.published.iloc[printed[0]]
        if not is_counted or wanted.period in ("", row["period"]):
            return _published(row, wanted)
    return _counted(source, wanted)


def _counted(source: Released | Internal, wanted: FactId) -> Fact:
    keys = {column: getattr(wanted, column) for column in PLACES}
    cell = source.cell(wanted.indicator, wanted.period, **keys)
    if cell is None:
        held = source.select(wanted.indicator, adm1_code="", sex="", age_band="", partner="")[
            "period"
        ].unique()
        raise ParameterError(
            f"no cell {wanted} in this edition; nationally it holds {', '.join(held) or 'nothing'}"
        )
    if wanted.derivation:
        rows = source.select(wanted.indicator, period=wanted.period, **keys)
        cell = rates.derive(source, rows, wanted.derivation).iloc[0].to_dict()
    name = str(source.indicators.loc[wanted.indicator, "name_en"])
    return Fact(
        id=str(wanted),
        value=None if cell["status"] != "shown" else float(cell["value"]),
        status=cell["status"],
        unit=cell["unit"],
        qualifier=cell["qualifier"],
        kind=cell["kind"],
        source=cell["source"],
        period=wanted.period,
        place=place_name(source, wanted.adm1_code, wanted.period),
        label=", ".join([name, *_breakdown(wanted)]),
    )


def _breakdown(wanted: FactId) -> list[str]:
    age = _AGES.get(wanted.age_band, wanted.age_band)
    return [part for part in (wanted.sex, age, wanted.partner) if part]


def place_name(source: Released | Internal, adm1_code: str, period: str) -> str:
    """Name of the province at that time; "Cambodia" for all together."""
    require(source, "place_name")
    if not adm1_code:
        return "Cambodia"
    if adm1_code == "unknown":
        return "place unknown"
    if source.geometry is None:
        return adm1_code
    day, last = periods.midyear(period).isoformat(), adm1_code
    for code, begun, ended, name in source.unit_names:  # "" sorts before every day
        if code == adm1_code:
            last = str(name)
            if begun <= day and (not ended or day <= ended):
                break
    return last


def _published(row: pd.Series, wanted: FactId) -> Fact:
    if wanted.period not in ("", row["period"]):
        raise ParameterError(f"{wanted.indicator} is published for {row['period']}, not for {wanted.period}")
    number = pd.to_numeric(row["value"], errors="coerce")
    return Fact(
        id=str(FactId(wanted.indicator, row["period"])),
        value=row["value"] if pd.isna(number) or row["unit"] == "calendar year" else float(number),
        status="shown",
        unit=row["unit"],
        qualifier=row["qualifier"],
        kind=row["kind"],
        source=row["source"],
        period=row["period"],
        place="Cambodia",
        label=row["label"],
    )


def _context(source: Released | Internal, wanted: FactId) -> Fact:
    rows = source.context
    found = rows[
        rows["indicator"].eq(wanted.indicator.removeprefix("national.")) & rows["period"].eq(wanted.period)
    ]
    if wanted.partner:
        found = found[found["reporter_slug"].eq(wanted.partner)]
    if len(found) != 1:
        reporters = ", ".join(found["reporter_slug"]) or "none"
        raise ParameterError(
            f"{wanted}: needs one national figure, the reporters for that period are: {reporters}"
        )
    row = found.iloc[0]
    number = pd.to_numeric(row["value"], errors="coerce")
    missing = row["value"] == ""
    return Fact(
        id=str(FactId(wanted.indicator, row["period"], partner=row["reporter_slug"])),
        value=None if missing else row["value"] if pd.isna(number) else float(number),
        status="no_data" if missing else "shown",
        unit=row["unit"],
        qualifier=row["qualifier"],
        kind="derived" if row["qualifier"].startswith("derived") else "published",
        source=row["source"],
        period=row["period"],
        place="Cambodia",
        label=row["indicator"].replace("_", " "),
    )


def history_id(row: pd.Series) -> FactId:
    """Id of one row of ``data/published/programme_history.csv``."""
    slug = re.sub(r"\W+", "_", f"{row['programme']} {row['partner']}").strip("_").lower()
    period = re.sub(r"[^\w-]", "", str(row["period"]))
    return FactId(f"history.{row['indicator']}", period, partner=slug)


def _history(wanted: FactId) -> Fact:
    rows = reference.table("programme_history")
    found = [row for _, row in rows.iterrows() if history_id(row) == wanted and row["value"]]
    if len(found) != 1:
        raise ParameterError(f"{wanted}: the programme's history holds {len(found)} such figures")
    row = found[0]
    number = pd.to_numeric(row["value"], errors="coerce")
    return Fact(
        id=str(wanted),
        value=row["value"] if pd.isna(number) else float(number),
        status="shown",
        unit=row["unit"],
        qualifier="",
        kind="published",
        source=row["source"],
        period=wanted.period,
        place="Cambodia",
        label=f"{row['programme']}: {row['indicator'].replace('_', ' ')}",
    )


def _target(source: Released | Internal, wanted: FactId) -> Fact:
    part, _, indicator = wanted.indicator.partition(".")
    rows = source.targets
    found = rows[
        rows["indicator"].eq(indicator) & rows["year"].astype(str).eq(wanted.period) & rows[part].ne("")
    ]
    if found.empty:
        raise ParameterError(f"{wanted}: no {part} is on record for {indicator} in {wanted.period}")
    row = found.iloc[0]
    return Fact(
        id=str(FactId(wanted.indicator, wanted.period)),
        value=float(row[part]),
        status="shown",
        unit=str(source.indicators.loc[indicator, "unit"]),
        qualifier="",
        kind="published",
        source=row["source"],
        period=wanted.period,
        place="Cambodia",
        label=f"{part.capitalize()}: {source.indicators.loc[indicator, 'name_en']}",
    )


def _residents(source: Released | Internal, wanted: FactId) -> Fact:
    rows = source.population
    found = rows[rows["adm1_code"].eq(wanted.adm1_code) & rows["year"].astype(str).eq(wanted.period)]
    if found.empty:
        raise ParameterError(f"{wanted}: no residents in this edition for that year and place")
    row = found.iloc[0]
    return Fact(
        id=str(FactId("residents", wanted.period, wanted.adm1_code)),
        value=float(row["residents"]),
        status="shown",
        unit="residents",
        qualifier="",
        kind="published" if row["method"] == "census" else "derived",
        source=row["source"],
        period=wanted.period,
        place=place_name(source, wanted.adm1_code, wanted.period),
        label=f"Residents ({row['method']})",
    )


def period_words(period: str) -> str:
    """A fact's period in words; a figure whose source gives no period says so."""
    return "period not stated" if period in ("", periods.UNSTATED) else periods.label(period)
