"""Which cells an analyst asked for, and the tidy frame made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition import derivations
from ctip_analysis.edition.cells import BREAKDOWNS, GRAINS, PLACES, TIDY_COLUMNS, breakdowns, places
from ctip_analysis.edition.fact import FactId
from ctip_analysis.places import names

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition


@dataclass(frozen=True)
class Selection:
    """What was asked for: indicators, the places by column (None: each but the total), grain and period."""

    indicators: list[str]
    places: dict[str, str | None]
    grain: str
    period: str

    @classmethod
    def of(
        cls, edition: Edition, indicator: str | Sequence[str], by: str | Sequence[str], period: str | None,
        province: str | None,
    ) -> Self:  # fmt: skip
        """The selection an analyst's words mean; raises ParameterError with the nearest word."""
        indicators = list(dict.fromkeys([indicator] if isinstance(indicator, str) else _several(indicator)))
        for name in indicators:
            edition.definition(name)
        asked = breakdowns(by)
        places = {column: None if name in asked else "" for name, column in BREAKDOWNS.items()}
        if province:
            places |= _one_place(edition, province, str(period or edition.year))
        grains = [name for name in GRAINS if name in asked]
        if len(grains) > 1:
            raise ParameterError(f"cells are split by one length of time, not by {' and '.join(grains)}")
        if period is not None:
            periods.grain(str(period))
        return cls(indicators, places, grains[0] if grains else "" if period else "year", str(period or ""))

    def positions(self, edition: Edition, indicator: str) -> np.ndarray:
        """Positions in the edition's index of the cells of one indicator."""
        found = edition.index.find(indicator, self.places)
        codes = edition.index.columns["period"][found]
        if self.grain:
            return found[self._of_grain(edition, codes)]
        return found[codes == self.period]

    def _of_grain(self, edition: Edition, codes: np.ndarray) -> np.ndarray:
        """Which *codes* are of the grain asked for and inside the period; other bases only if nothing else is there."""
        held = {code for code in set(codes) if periods.grain(code) == self.grain}
        own = {code for code in held if self.grain == "month" or periods.basis(code) == edition.basis}
        kept = {code for code in own or held if not self.period or periods.contains(self.period, code)}
        return np.array([code in kept for code in codes], dtype=bool)


def _several(indicator: object) -> list[str]:
    """*indicator* as a list with a name in it."""
    if not isinstance(indicator, Iterable) or not (several := list(indicator)):
        raise ParameterError(f"which indicator? expected an id of edition.indicators, found {indicator!r}")
    return several


def _one_place(edition: Edition, name: str, period: str) -> dict[str, str | None]:
    """The place *name* by column: a zone if it is the name of one and of no province."""
    if not isinstance(name, str | int):
        raise ParameterError(f'province is one name or code, as "Kampot"; found {name!r}: split several by="province"')
    found = names.lookup(pd.Series([name], dtype=object)).iloc[0]
    by_fold = {zone.casefold(): zone for zone in names.zones().values()}
    if pd.isna(found) and str(name).casefold() in by_fold:
        return {"zone": by_fold[str(name).casefold()]}
    code = str(names.province_codes([name]).iloc[0]) if pd.isna(found) else str(found)
    if (units := edition.units(period)) and code not in units:
        raise ParameterError(f"there was no province {code} in {period}")
    return {"adm1_code": code}


def tidy(edition: Edition, wanted: Selection, derivation: str, interval: bool) -> pd.DataFrame:
    """The frame of ``edition.cells``."""
    parts = [_tidy_of(edition, wanted, indicator, derivation, interval) for indicator in wanted.indicators]
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    frame.attrs = {"edition": edition.id}
    return frame


def _tidy_of(edition: Edition, wanted: Selection, indicator: str, derivation: str, interval: bool) -> pd.DataFrame:
    found = wanted.positions(edition, indicator)
    if not len(found):
        _explain_nothing(edition, wanted, indicator)
    rows = edition.index.take(found)
    if interval:
        derivations.check_interval(rows, derivation)
    made = derivations.derive(edition, rows, derivation) if interval or derivation else rows
    codes = rows["period"]
    keys = [rows["indicator"], codes, places(rows), *(rows[column] for column in ("sex", "age_band", "partner"))]
    endings = [derivations.completed(derivation, code) for code in codes]
    return pd.DataFrame({
        **{name: made[name] for name in TIDY_COLUMNS if name in made},
        "start": np.array([_days(code)[0] for code in codes], dtype="datetime64[s]"),
        "end": np.array([_days(code)[1] for code in codes], dtype="datetime64[s]"),
        "province": _provinces(edition, rows["adm1_code"], codes),
        "low": made["low"] if interval else np.full(len(codes), np.nan),
        "high": made["high"] if interval else np.full(len(codes), np.nan),
        "id": [str(FactId(*parts)) for parts in zip(*keys, endings, strict=True)],
    }, columns=TIDY_COLUMNS)  # fmt: skip


def _provinces(edition: Edition, places: np.ndarray, codes: np.ndarray) -> list[str]:
    """Names of provinces at the time of each row; "" for the country."""
    return [edition.place_name(at, code) if at else "" for at, code in zip(places, codes, strict=True)]


@cache
def _days(code: str) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a period, NaT where they are not recorded."""
    try:
        first, last = periods.span(code)
    except ParameterError:
        return np.datetime64("NaT"), np.datetime64("NaT")
    return np.datetime64(first), np.datetime64(last)


def _explain_nothing(edition: Edition, wanted: Selection, indicator: str) -> None:
    """Raise a ParameterError that says what there is, unless the period is before the first of the edition."""
    if wanted.period and is_before_first(edition, wanted.period):
        return
    asked = [name for name, column in BREAKDOWNS.items() if wanted.places[column] != ""]
    held = edition.index.find(indicator, wanted.places)
    if not len(held):
        raise ParameterError(
            f"this edition does not split {indicator} by {' and '.join(asked)}; it has it {_splits(edition, indicator)}"
        )
    codes = periods.in_order(set(edition.index.columns["period"][held]))
    grains = dict.fromkeys(periods.grain(code) for code in codes)
    what = f"by {wanted.grain}" if wanted.grain else f"for {wanted.period}"
    inside = f" inside {wanted.period}" if wanted.grain and wanted.period else ""
    near = suggestion(wanted.period, codes) if wanted.period and not wanted.grain else ""
    raise ParameterError(
        f"this edition has no cells of {indicator} {what}{inside}; it has {', '.join(grains)} periods "
        f"from {codes[0]} to {codes[-1]}{near}"
    )


def is_before_first(edition: Edition, period: str) -> bool:
    """Whether *period* ends before the first reporting year of the edition begins."""
    try:
        return periods.span(period)[1] < periods.span((edition.years or edition.periods)[0])[0]
    except ParameterError:
        return False


def _splits(edition: Edition, indicator: str) -> str:
    """The breakdowns an edition has of an indicator, in words."""
    rows = edition.index.rows(indicator)
    words = {column: name for name, column in BREAKDOWNS.items()}
    columns = [edition.index.columns[column][rows] for column in PLACES]
    splits = {
        tuple(words[c] for c, v in zip(PLACES, values, strict=True) if v) for values in zip(*columns, strict=True)
    }
    named = [" and ".join(split) for split in sorted(splits) if split]
    return f"by {', by '.join(named)}" if named else "for the whole country only"
