"""Looking up a fact by its id, whatever kind of number it is, and what is behind it.

``indicator:period:place:sex:age:partner[:derivation]`` is a cell. Published figures have an indicator of
their own (``people_directly_exposed:unstated``), figures derived from them a number (``D01``). National context
is ``national.INDICATOR:PERIOD::::REPORTER``, what later sources print of the programme's money
``history.INDICATOR:PERIOD::::PROGRAMME_PARTNER``, residents ``residents:YEAR:PLACE``, baselines and targets
``baseline.INDICATOR:PERIOD`` and ``target.INDICATOR:PERIOD``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition import derivations, selection
from ctip_analysis.edition.cells import Key, group_label
from ctip_analysis.edition.fact import Fact, FactId
from ctip_analysis.places import names

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

MOST_LISTED = 8  # periods named in a message
PUBLISHED_TO = date(2004, 12, 31)  # the published figures are as of that day (assumption A0)
NATIONAL_COLUMNS = [
    "series_id", "period", "start", "end", "reporter", "value", "status", "unit", "kind", "id", "source",
]  # fmt: skip
_NO_EVIDENCE = {"not_found", "memory"}


def fact(edition: Edition, fact_id: str) -> Fact:
    """The fact *fact_id* of *edition*; see ``Edition.fact``."""
    wanted = FactId.parse(fact_id)
    kind, dot, _ = wanted.indicator.partition(".")
    if wanted.indicator == "residents":
        return _residents(edition, wanted)
    if dot and kind in _BY_PREFIX:
        return _BY_PREFIX[kind](edition, wanted)
    row = edition.printed(wanted.indicator)
    is_counted = wanted.indicator in edition.indicators.index
    if row is not None and (not is_counted or wanted.period in ("", row["period"])):
        return _published(row, wanted)
    return _counted(edition, wanted)


def history_id(row: pd.Series) -> FactId:
    """Id of one row of ``data/published/programme_history.csv``."""
    slug = re.sub(r"\W+", "_", f"{row['programme']} {row['partner']}").strip("_").lower()
    period = re.sub(r"[^\w-]", "", str(row["period"]))
    return FactId(f"history.{row['indicator']}", period, partner=slug)


def _counted(edition: Edition, wanted: FactId) -> Fact:
    definition = edition.definition(wanted.indicator)
    wanted, key = _held(edition, wanted)
    position = edition.index.at(key)
    if position < 0:
        cell = _before_first(edition, wanted, definition["unit"])
    else:
        wanted = replace(wanted, derivation=derivations.completed(wanted.derivation, wanted.period))
        rows = edition.index.take([position])
        made = derivations.derive(edition, rows, wanted.derivation) if wanted.derivation else rows
        cell = {name: column[0] for name, column in made.items()}
    breakdown = [group_label("sex", wanted.sex), group_label("age_band", wanted.age_band), wanted.partner]
    return Fact(
        id=str(wanted),
        value=None if cell["status"] != "shown" else float(cell["value"]),
        **{name: cell[name] for name in ("status", "unit", "qualifier", "kind", "source")},
        period=wanted.period,
        place=edition.place_name(wanted.place, wanted.period),
        label=", ".join([str(definition["name_en"]), *(part for part in breakdown if part)]),
    )


def _held(edition: Edition, wanted: FactId) -> tuple[FactId, Key]:
    """*wanted* and the key of its cell. "Phnom Penh" is a zone and a province: the one that has a cell."""
    key = (wanted.indicator, wanted.period, wanted.place, wanted.sex, wanted.age_band, wanted.partner)
    capital = (
        names.lookup(pd.Series([wanted.place], dtype=object)).iloc[0]
        if wanted.place in names.zones().values()
        else pd.NA
    )
    if pd.isna(capital) or edition.index.at(key) >= 0:
        return wanted, key
    return replace(wanted, place=str(capital)), (*key[:2], str(capital), *key[3:])


def _before_first(edition: Edition, wanted: FactId, unit: str) -> dict[str, Any]:
    """A cell without data for a period before the first of the edition; ParameterError for any other."""
    if wanted.period and selection.is_before_first(edition, wanted.period):
        kind = "synthetic" if edition.is_synthetic else "counted"
        source = "no earlier period in this edition"
        return {"status": "no_data", "unit": unit, "qualifier": "", "kind": kind, "source": source}
    units = edition.units(wanted.period) if wanted.place.startswith("KH") and wanted.period else {}
    if units and wanted.place not in units:
        raise ParameterError(f"no cell {wanted}: there was no province {wanted.place} in {wanted.period}")
    national = {"adm1_code": "", "zone": "", "sex": "", "age_band": "", "partner": ""}
    held = edition.index.columns["period"][edition.index.find(wanted.indicator, national)]
    codes = periods.in_order(set(held))
    few = ", ".join(codes) if len(codes) <= MOST_LISTED else f"periods from {codes[0]} to {codes[-1]}"
    wants = "" if wanted.period else "; write the period after the indicator, as INDICATOR:2004"
    raise ParameterError(
        f"no cell {wanted} in this edition; nationally it has {few or 'none'}{wants}"
        + (suggestion(wanted.period, codes) if wanted.period and len(codes) > MOST_LISTED else "")
    )


def _published(row: dict[str, Any], wanted: FactId) -> Fact:
    if wanted.period not in ("", row["period"]):
        raise ParameterError(f"{wanted.indicator} is published for {row['period']}, not for {wanted.period}")
    value = row["value"] or None if row["unit"] == "calendar year" else _number(row["value"])
    names = ("unit", "qualifier", "kind", "source", "label")
    return _printed(FactId(wanted.indicator, row["period"]), value, **{name: row[name] for name in names})


def _printed(wanted: FactId, value: float | str | None, place: str = "Cambodia", **rest: str) -> Fact:
    """The fact *wanted* that a source prints; without a *value* it has no data."""
    status = "no_data" if value is None else "shown"
    return Fact(str(wanted), value, status, period=wanted.period, place=place, **rest)


def _number(text: str) -> float | str | None:
    """The number a source prints; its text where that is none; None where it prints nothing."""
    number = pd.to_numeric(text, errors="coerce")
    return (text or None) if pd.isna(number) else float(number)


def _context(edition: Edition, wanted: FactId) -> Fact:
    rows = edition.context
    name = wanted.indicator.removeprefix("national.")
    found = rows[rows["indicator"].eq(name) & rows["period"].eq(wanted.period)]
    if wanted.partner:
        found = found[found["reporter_slug"].eq(wanted.partner)]
    if len(found) != 1:
        reporters = ", ".join(found["reporter_slug"]) or "none"
        raise ParameterError(f"{wanted}: needs one national figure, the reporters for that period are: {reporters}")
    row = found.iloc[0]
    return _printed(
        FactId(wanted.indicator, row["period"], partner=row["reporter_slug"]), _number(row["value"]),
        kind=_kind(row["qualifier"]), label=name.replace("_", " "),
        **{name: row[name] for name in ("unit", "qualifier", "source")},
    )  # fmt: skip


def _kind(qualifier: str) -> str:
    return "derived" if qualifier.startswith("derived") else "published"


def _history(_: Edition, wanted: FactId) -> Fact:
    rows = reference.table("programme_history")
    found = [row for _, row in rows.iterrows() if history_id(row) == wanted and row["value"]]
    if len(found) != 1:
        raise ParameterError(f"{wanted}: the programme's history has {len(found)} such figures")
    row = found[0]
    label = f"{row['programme']}: {row['indicator'].replace('_', ' ')}"
    given = {name: row[name] for name in ("unit", "source")}
    return _printed(wanted, _number(row["value"]), kind="published", label=label, **given)


def _target(edition: Edition, wanted: FactId) -> Fact:
    part, _, indicator = wanted.indicator.partition(".")
    rows, definition = edition.targets, edition.definition(indicator)
    is_meant = rows["indicator"].eq(indicator) & rows["period"].eq(wanted.period) & rows[part].ne("")
    if not is_meant.any():
        raise ParameterError(f"{wanted}: no {part} is on record for {indicator} in {wanted.period}")
    row, label = rows[is_meant].iloc[0], f"{part.capitalize()}: {definition['name_en']}"
    wanted, unit = FactId(wanted.indicator, wanted.period), str(definition["unit"])
    return _printed(wanted, float(row[part]), unit=unit, kind=row["kind"], source=row["source"], label=label)


def _residents(edition: Edition, wanted: FactId) -> Fact:
    year = int(wanted.period) if wanted.period.isdigit() else 0
    people = edition.residents.get((wanted.place, year))
    if people is None:
        raise ParameterError(f"{wanted}: no residents in this edition for that year and place")
    rows = edition.population[edition.population["year"].astype(str).eq(wanted.period)]
    own = rows[rows["adm1_code"].eq(wanted.place)]
    row = (rows if own.empty else own).iloc[0]
    return _printed(
        FactId("residents", wanted.period, wanted.place), people, edition.place_name(wanted.place, wanted.period),
        unit="residents", kind="published" if row["method"] == "census" else "derived", source=row["source"],
        label=f"Residents ({row['method']})",
    )  # fmt: skip


def residents(edition: Edition) -> dict[tuple[str, int], float]:
    """Residents by place and year; see ``Edition.residents``."""
    if edition.population.empty:
        return {}
    people = edition.population.assign(residents=edition.population["residents"].astype(float))
    by_zone = people.assign(adm1_code=people["adm1_code"].map(names.zones())).dropna(subset="adm1_code")
    zones = by_zone.groupby(["adm1_code", "year"], as_index=False)["residents"].sum()
    columns = pd.concat([people[zones.columns], zones])
    return {(place, int(year)): number for place, year, number in columns.itertuples(index=False)}


_BY_PREFIX = {"national": _context, "history": _history, "baseline": _target, "target": _target}


def national(edition: Edition, series: str) -> pd.DataFrame:
    """National figures of one *series*; see ``Edition.national``."""
    known = sorted({*edition.context["series_id"], *reference.table("national_series")["series_id"]})
    if series not in known:
        raise ParameterError(f"there is no national series {series!r}{suggestion(series, known)}")
    rows = edition.context[edition.context["series_id"].eq(series)]
    rows = rows[~rows["evidence_level"].isin(_NO_EVIDENCE) & rows["value"].ne("")]
    spans = [periods.span(code) for code in rows["period"]]
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    ids = zip(rows["indicator"], rows["period"], rows["reporter_slug"], strict=True)
    made = rows.assign(
        start=np.array([start for start, _ in spans], dtype="datetime64[s]"),
        end=np.array([end for _, end in spans], dtype="datetime64[s]"),
        value=numbers if numbers.notna().all() else rows["value"],
        status="shown",
        kind=rows["qualifier"].map(_kind),
        id=[str(FactId(f"national.{name}", period, partner=reporter)) for name, period, reporter in ids],
    )
    return made[NATIONAL_COLUMNS].sort_values("start", kind="stable", ignore_index=True)


def explain(edition: Edition, fact_id: str) -> list[tuple[str, str]]:
    """What is behind a printed number, line by line: its value, definition, counting rule and source."""
    found = edition.fact(fact_id)
    wanted = FactId.parse(found.id)
    lines = [
        ("fact", found.id),
        ("number", found.words),
        ("what", found.label),
        ("period", periods.label(found.period or periods.UNSTATED)),
        ("place", found.place),
        ("kind", found.kind),
    ]
    if wanted.indicator in edition.indicators.index:
        rule = edition.definition(wanted.indicator)
        lines += [
            ("one unit is", rule["one_unit_is"]),
            ("counts", rule["counts"]),
            ("counts not", rule["counts_not"]),
            ("rule", f"{rule['counting_rule']}; adds up over {rule['additive_over'] or 'nothing'}"),
            ("derivation", wanted.derivation or "none"),
            ("definition", rule["source"]),
        ]
    return [*lines, ("source", found.source)]
