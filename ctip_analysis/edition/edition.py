"""An edition: cells that may be shown, and the tables a reader needs to understand them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import MissingFileError, ParameterError, suggestion
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import look_up, selection
from ctip_analysis.edition.cells import CellIndex
from ctip_analysis.edition.fact import Fact
from ctip_analysis.places import names

if TYPE_CHECKING:
    import geopandas as gpd

_TEXTS = ["adm1_code", "name_en", "name_km", "type", "valid_from", "valid_to", "predecessor"]


@dataclass(frozen=True, eq=False)
class Edition:
    """Cells with the tables that explain them; ``ctip.open_edition`` reads one from its folder.

    ``frame`` has one row per cell as its file has it; "" in a place column means all together, ``value`` (float)
    is missing where ``status`` is not "shown". ``indicators`` defines what is counted, ``published`` has figures
    of the fact sheet and others, ``context`` national series, ``population`` residents, ``targets`` baselines and
    targets. ``changes`` has one row per cell of which an earlier edition said something else: ``old`` and
    ``new``, missing where the number is withheld now, and ``reason``.
    """

    frame: pd.DataFrame
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    context: pd.DataFrame = field(default_factory=pd.DataFrame)
    population: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    boundaries: Path | gpd.GeoDataFrame | None = None
    info: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    is_internal: bool = False

    @classmethod
    def internal(cls, cells: pd.DataFrame, info: dict[str, Any], **parts: Any) -> Self:
        """An edition in memory of unprotected *cells*: internal, and never to be shared.

        *info* needs year, basis and is_synthetic; *parts* are tables of the class. The definitions are those of
        ``data/reference/indicators.csv`` unless given.
        """
        parts.setdefault("indicators", reference.table("indicators").set_index("id", drop=False))
        frame = cells if "zone" in cells else cells.assign(zone="")
        return cls(frame, info=info, is_internal=True, **parts)

    def __repr__(self) -> str:
        marks = ", synthetic" * self.is_synthetic + ", internal: unprotected" * self.is_internal
        years = f"{self.years[0]} to {self.years[-1]}" if self.years else "no year"
        return f"<Edition {self.year}: {len(self.indicators)} indicators, {years}, {self.basis}{marks}>"

    @property
    def id(self) -> str:
        """SHA-256 over the files of the edition; "" for one in memory."""
        return str(self.info.get("id", ""))

    @property
    def year(self) -> int:
        """Last reporting year."""
        return int(self.info["year"])

    @property
    def basis(self) -> str:
        """calendar or fiscal."""
        return str(self.info.get("basis", "calendar"))

    @property
    def is_synthetic(self) -> bool:
        """True as soon as one record behind the cells was synthetic."""
        return bool(self.info.get("is_synthetic", True))

    @cached_property
    def index(self) -> CellIndex:
        """Index over the cells, for look-ups."""
        return CellIndex(self.frame)

    @cached_property
    def periods(self) -> list[Period]:
        """All periods that have a cell, in time order."""
        return periods.in_order(self.frame["period"].unique())

    @property
    def years(self) -> list[Period]:
        """Reporting years of the edition's own basis, in time order."""
        return [code for code in self.periods if periods.grain(code) == "year" and periods.basis(code) == self.basis]

    def cells(
        self, indicator: str | Sequence[str], by: str | Sequence[str] = (), period: str | None = None,
        derive: str | None = None, interval: bool = False, *, province: str | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """Cells of one or several indicators as a tidy frame, one row each, in the order of time and code.

        Columns indicator, period, start, end (first and last day), adm1_code, province, zone, sex, age_band,
        partner, value, low, high, status, unit, kind, id. ``value`` is missing unless ``status`` is "shown".

        Parameters
        ----------
        indicator
            One id of ``edition.indicators``, or several.
        by
            What the number is split by, one or several of province, zone, month, quarter, year, sex, age, partner.
            The total is not among the rows.
        period
            A period such as "2004" or "2004Q1". With month, quarter or year in *by*: those inside it. None: all
            years, or all months, quarters or years where *by* asks for them.
        derive
            Replaces the value: per_1000_residents, share, share_of=INDICATOR, per=INDICATOR, change,
            pct_change (of the period before; ``change=2003`` names it). Withheld where a part of it is.
        interval
            Fill ``low`` and ``high`` with the 95% interval: exact Poisson for counts and rates of independent
            events, Wilson for share_of.
        province
            Only this province, in any spelling, or this zone.

        ParameterError names what is nearest where the edition has no such indicator, breakdown, period or derivation;
        CountingRuleError: no interval can be given, or periods can't be compared.

        >>> edition.cells("performances_held", by="year")[["period", "value"]].values.tolist()
        [['2003', 21.0], ['2004', 29.0]]
        """
        wanted = selection.Selection.of(self, indicator, by, period, province)
        return selection.tidy(self, wanted, str(derive or ""), interval)

    def fact(self, fact_id: str) -> Fact:
        """The number with the id ``indicator:period:place:sex:age:partner[:derivation]``; see :class:`Fact`.

        Trailing empty parts may be left off; the place may be any spelling of a province. A period before the
        first one of the edition has no data. ParameterError names what there is where the edition has no such number.

        >>> print(edition.fact("performances_held:2004"))
        29
        """
        if not isinstance(fact_id, str):
            raise ParameterError(f'a fact has an id, as "performances_held:2004"; found {fact_id!r}')
        if fact_id not in self._facts:
            self._facts[fact_id] = look_up.fact(self, fact_id)
        return self._facts[fact_id]

    @cached_property
    def _facts(self) -> dict[str, Fact]:
        return {}

    def definition(self, indicator: str) -> dict[str, Any]:
        """The row of ``indicators`` for *indicator*, by column; raises ParameterError with the nearest name."""
        if indicator not in self._definitions:
            by_name = {row["name_en"].casefold(): name for name, row in self._definitions.items()}
            near = suggestion(by_name.get(folded := str(indicator).casefold(), folded), self._definitions)
            raise ParameterError(f"no indicator {indicator!r} in this edition{near}")
        return self._definitions[indicator]

    @cached_property
    def _definitions(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.indicators.to_dict("records")}

    def printed(self, indicator: str) -> dict[str, Any] | None:
        """The row of ``published`` for *indicator*, by column, or None."""
        return self._printed.get(indicator)

    @cached_property
    def _printed(self) -> dict[str, dict[str, Any]]:
        return {row["indicator"]: row for row in reversed(self.published.to_dict("records"))}

    def until(self, period: str) -> Self:
        """The same edition without the numbers of any later period.

        Cells, changes and national figures lose their rows; published figures stay as rows without a value, so that
        a fact of one has the status ``no_data``.
        """
        end = periods.span(period)[1]
        parts = {name: getattr(self, name) for name in ("frame", "changes", "context")}
        parts = {name: part for name, part in parts.items() if len(part)}
        codes = {code for part in parts.values() for code in part["period"].unique()}
        over = {code for code in codes if periods.span(code)[1] <= end}
        kept = {name: part[part["period"].isin(over)] for name, part in parts.items()} if over < codes else {}
        if end.year < look_up.PUBLISHED_TO.year:
            kept["published"] = self.published.assign(value="")
        return replace(self, **kept) if kept else self

    def national(self, series: str) -> pd.DataFrame:
        """National figures of one *series* of ``context`` that others published, in the order of time.

        Columns series_id, period, start, end (first and last day), reporter, value (text for a tier), status, unit,
        kind, id, source; without figures that were looked for and not found.

        >>> edition.national("tier")["value"].iloc[0]
        'Tier 2'
        """
        return look_up.national(self, series)

    def provinces(self, period: str | int) -> gpd.GeoDataFrame:
        """The province-level units of a period: those of 1 July of its year, ready to merge on ``adm1_code``.

        Columns adm1_code, name_en, name_km, type, area_km2, geometry (EPSG:4326); rows in the order of the codes.

        ParameterError: the period is after the last year of the edition, whose shapes end there.

        >>> len(edition.provinces("2004"))
        24
        """
        if (year := periods.midyear(period).year) > self.year:
            raise ParameterError(f"this edition ends with {self.year}; later provinces: ctip.load_provinces({year})")
        columns = [*_TEXTS[:4], "area_km2", "geometry"]
        units, day = self.geometry, periods.midyear(period).isoformat()
        is_there = units["valid_from"].le(day) & (units["valid_to"].eq("") | units["valid_to"].ge(day))
        return units.loc[is_there, columns].sort_values("adm1_code", ignore_index=True)

    @cached_property
    def geometry(self) -> gpd.GeoDataFrame:
        """Every unit in every span of days in which it stayed the same, with its shape; read when a map needs it."""
        if self.boundaries is None:
            raise MissingFileError("this edition has no province boundaries, so no map can be drawn from it")
        if not isinstance(self.boundaries, Path):
            return self.boundaries
        import geopandas as gpd  # a second, which the plan of a batch does without

        units = gpd.read_file(self.boundaries)
        units[_TEXTS] = units[_TEXTS].fillna("").astype(str)
        return units

    def units(self, period: str | int) -> dict[str, str]:
        """English names of the province-level units of a period by code; {} where the edition has no boundaries.

        >>> edition.units("2004")["KH12"]
        'Phnom Penh'
        """
        day = periods.midyear(period).isoformat()
        return {code: name for code, begun, end, name in self._spans if begun <= day and (not end or day <= end)}

    def place_name(self, place: str, period: str) -> str:
        """Name of a P-code or zone at that time; "Cambodia" for all together."""
        if place in ("", names.UNKNOWN):
            return "place unknown" if place else "Cambodia"
        last = {code: name for code, _, _, name in self._spans}
        return self.units(period).get(place) or last.get(place, place)

    @cached_property
    def _spans(self) -> list[tuple[str, ...]]:
        """Code, first day, last day and English name of every unit of ``geometry``, in the order of codes and days."""
        columns = ["adm1_code", "valid_from", "valid_to", "name_en"]
        if isinstance(self.boundaries, Path):
            features = json.loads(self.boundaries.read_text(encoding="utf-8"))["features"]
            rows = [feature["properties"] for feature in features]
        else:
            rows = [] if self.boundaries is None else self.boundaries[columns].to_dict("records")
        return sorted(tuple(row[name] or "" for name in columns) for row in rows)

    @cached_property
    def residents(self) -> dict[tuple[str, int], float]:
        """Residents by place (P-code, zone, or "" for the country) and calendar year."""
        return look_up.residents(self)
