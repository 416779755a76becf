"""Frames of cells as a page reads them: the fact behind each row, and the words of its labels."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

import pandas as pd

from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import Edition, Fact, calculated, derivations, group_label

LABELS = ("indicator", "period", "province", "zone", "sex", "age_band", "partner", "reporter")  # what a row is about
HEADS = {"age_band": "Age", "low": "Interval from", "high": "Interval to", "name_en": "Province"}
_TOTALS = {
    "province": "Cambodia", "adm1_code": "Cambodia", "zone": "Cambodia", "sex": "Both sexes", "age_band": "All ages",
    "partner": "All partners",
}  # fmt: skip
_GEOGRAPHY = ("geometry", "name_en", "name_km", "type", "area_km2", "valid_from", "valid_to", "predecessor")
NOT_SHOWN = (*_GEOGRAPHY, "adm1_code", "start", "end", "id", "kind", "status", "unit", "value", "low", "high",
             "table", "period_basis", "qualifier", "source", "series_id")  # fmt: skip


def is_tidy(frame: pd.DataFrame) -> bool:
    """Whether *frame* has one row a cell, as ``edition.cells`` gives it."""
    return {"value", "status", "unit", "id"} <= set(frame.columns)


def require_status(frame: pd.DataFrame, edition: Edition) -> None:
    """Stop at values without the column status where the edition withholds some: a sum would skip them.

    ParameterError: the message says which frame is wanted.
    """
    if "value" not in frame or "status" in frame or edition.is_internal:
        return
    cells = edition.frame
    if "indicator" in frame:
        cells = cells[cells["indicator"].isin(frame["indicator"].unique())]
    if cells["status"].eq("withheld").any():
        raise ParameterError(
            "this frame has values and no column status, and some of the numbers behind it may be withheld: give the "
            "frame of edition.cells, or the one of ctip.total"
        )


def facts_of(frame: pd.DataFrame, edition: Edition) -> list[Fact]:
    """The fact of each row of a tidy *frame*; a row that is no cell of *edition* is an own calculation."""
    known = frame.fillna({"id": "", "status": "no_data", "unit": ""})  # rows that a left join added
    columns = (known[name] for name in ("id", "value", "status", "unit"))
    rows = zip(*columns, strict=True)
    return [_fact(edition, str(name), value, status, unit) for name, value, status, unit in rows]


def _fact(edition: Edition, name: str, value: float, status: str, unit: str) -> Fact:
    known = known_fact(edition, name)
    if known is not None and known.status == status and (not known or _same(known, value)):
        return known
    return calculated(value, unit, of=pd.DataFrame({"status": [status]}))


def known_fact(edition: Edition, name: str) -> Fact | None:
    """The fact with that id, or None."""
    try:
        return edition.fact(name)
    except CtipError:
        return None


def _same(known: Fact, value: float) -> bool:
    return isinstance(known.value, str) or math.isclose(float(known), value, rel_tol=1e-9, abs_tol=1e-9)


def words_of(frame: pd.DataFrame, facts: Sequence[Fact], edition: Edition) -> pd.DataFrame:
    """The labels of each row of a tidy *frame* as HTML; an indicator has its unit beside its name."""
    known = [name for name in LABELS if name in frame]
    words = pd.DataFrame({name: [label(name, one, edition) for one in frame[name]] for name in known}, dtype=object)
    groups: dict[tuple[str, str], list[Fact]] = {}
    keys = list(zip(words.get("indicator", [""] * len(words)), (fact.unit for fact in facts), strict=True))
    for key, fact in zip(keys, facts, strict=True):
        groups.setdefault(key, []).append(fact)
    units = {key: unit_words(found) for key, found in groups.items()}
    return words.assign(indicator=[with_unit(key[0] or "Value", units[key]) for key in keys])


def with_unit(words: str, unit: str) -> str:
    """HTML of *words* with their unit."""
    return f'{words} <span class="unit">({html.escape(unit)})</span>' if unit else words


def label_columns(frame: pd.DataFrame) -> list[str]:
    """The label columns in which the rows of a tidy *frame* differ, in their usual order."""
    known = [name for name in LABELS if name in frame and frame[name].nunique(dropna=False) > 1]
    return known or [name for name in ("province", "period") if name in frame and len(frame)][-1:]


def label(column: str, value: object, edition: Edition) -> str:
    """HTML of one label: the words for a code, with a period as its own element."""
    words = "–" if not isinstance(value, str) and pd.isna(value) else str(value)
    if words == "–":  # of a row that a join added
        return words
    if column == "period" and words:
        return f"{Period(words):label}"
    if column == "indicator" and words in edition.indicators.index:
        words = str(edition.indicators.loc[words, "name_en"])
    elif words == "" and column in _TOTALS:
        words = _TOTALS[column]
    else:
        words = group_label("adm1_code" if column == "province" else column, words)
        words = words if column == "partner" else words[:1].upper() + words[1:]
    return html.escape(words)


def heading(column: str) -> str:
    """Words for the name of a column."""
    name = str(column)
    return html.escape(HEADS.get(name, name[:1].upper() + name[1:].replace("_", " ")))


def unit_words(facts: Iterable[Fact]) -> str:
    """Unit and qualifier that *facts* share; "" where they have several units."""
    known = list(facts)
    units = {fact.unit for fact in known if fact.unit}
    if len(units) != 1:
        return ""
    shown = [fact for fact in known if fact and fact.value]
    qualifiers = {fact.qualifier for fact in shown} - {"", "exact"}
    every = all(fact.qualifier in qualifiers for fact in shown)
    return ", ".join([*units, *(f"{'' if every else 'some '}{word}" for word in sorted(qualifiers))])


def sources(facts: Sequence[Fact]) -> str:
    """What the *facts* come from, each source once."""
    return "; ".join(dict.fromkeys(fact.source for fact in facts if fact.source))


def bounds(frame: pd.DataFrame, edition: Edition, end: str) -> list[Fact | None]:
    """The lower or upper ("low", "high") end of the interval of each row; None where there is none."""
    rows = zip(frame["id"], frame[end], frame["unit"], strict=True)
    return [None if pd.isna(value) else _bound(edition, name, value, unit, end) for name, value, unit in rows]


def _bound(edition: Edition, name: str, value: float, unit: str, end: str) -> Fact:
    parts = [*name.split(":"), *[""] * 6][:7]
    wanted = ":".join([*parts[:6], derivations.end_of_interval(parts[6], end)])
    known = known_fact(edition, wanted)
    return known if known and _same(known, value) else calculated(value, unit, of=[])
