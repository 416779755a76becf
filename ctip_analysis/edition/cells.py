"""The cells of an edition: their columns, the words of their groups, an index to find them by, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CountingRuleError, ParameterError, suggestion
from ctip_analysis.edition.fact import WORST_FIRST
from ctip_analysis.places import zones

PLACES = ["adm1_code", "zone", "sex", "age_band", "partner"]
KEYS = ["indicator", "period", "period_basis", *PLACES]
CELL_COLUMNS = [
    "indicator", "table", "period", "period_basis", *PLACES, "value", "status", "unit", "qualifier", "kind", "source",
]  # fmt: skip
STATUSES = ("shown", "withheld", "no_data", "not_applicable")

TIDY_COLUMNS = [
    "indicator", "period", "start", "end", "adm1_code", "province", "zone", "sex", "age_band", "partner",
    "value", "low", "high", "status", "unit", "kind", "id",
]  # fmt: skip

BREAKDOWNS = {"province": "adm1_code", "zone": "zone", "sex": "sex", "age": "age_band", "partner": "partner"}
GRAINS = ("month", "quarter", "year")

Key = tuple[str, str, str, str, str, str]  # indicator, period, place, sex, age band, partner
Rows = dict[str, np.ndarray]  # cells by column, as plain arrays


def group_label(dimension: str, value: str) -> str:
    """Words of one *value* of a column of the cells; the value itself where it has no other words.

    >>> group_label("age_band", "15_17"), group_label("sex", "female"), group_label("partner", "IJM")
    ('15 to 17', 'female', 'IJM')
    """
    return group_labels(dimension).get(value, value)


@cache
def group_labels(dimension: str) -> dict[str, str]:
    """Words of each value of a column of the cells (indicator, sex, age_band, adm1_code, zone, partner), in order."""
    if dimension == "indicator":
        return dict(reference.table("indicators").set_index("id")["name_en"])
    table = reference.table("groups")
    rows = table[table["dimension"].eq(dimension)]
    return dict(zip(rows["value"], rows["label_en"], strict=True))


class CellIndex:
    """Cells sorted by indicator, time and code, as plain arrays: ten times as fast to compare as a frame's columns."""

    def __init__(self, frame: pd.DataFrame) -> None:
        order = ["indicator", "period", *PLACES]
        self.frame = frame.sort_values(order, kind="stable", ignore_index=True)
        self.columns = {str(name): _plain(column) for name, column in self.frame.items()}

    @cached_property
    def _slices(self) -> dict[str, slice]:
        names = self.columns["indicator"]
        bounds = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
        return {names[first]: slice(first, end) for first, end in pairwise(bounds) if end > first}

    @cached_property
    def _positions(self) -> dict[Key, int]:
        # of an unknown zone and an unknown province the latter is kept: it comes later in this order
        return {key: position for position, key in enumerate(keys(self.columns))}

    def rows(self, indicator: str) -> slice:
        """Where the cells of *indicator* are."""
        return self._slices.get(indicator, slice(0, 0))

    def at(self, key: Key) -> int:
        """Position of the cell at *key*, -1 if there is none."""
        return self._positions.get(key, -1)

    def take(self, positions: np.ndarray | list[int]) -> Rows:
        """The cells at *positions* by column."""
        return {name: column[positions] for name, column in self.columns.items()}

    def find(self, indicator: str, places: Mapping[str, str | None]) -> np.ndarray:
        """Positions of the cells of *indicator* at *places*: a value picks exactly it, None all but the total."""
        rows = self.rows(indicator)
        kept = np.ones(rows.stop - rows.start, dtype=bool)
        for column, wanted in places.items():
            values = self.columns[column][rows]
            kept &= values != "" if wanted is None else values == wanted
        return rows.start + np.flatnonzero(kept)


def places(rows: Rows) -> np.ndarray:
    """The place of each row as ids write it: its P-code, or its zone, or "" for the country."""
    return np.where(rows["adm1_code"] == "", rows["zone"], rows["adm1_code"])


def keys(rows: Rows) -> list[Key]:
    """The key of each row."""
    parts = [rows["indicator"], rows["period"], places(rows), rows["sex"], rows["age_band"], rows["partner"]]
    return list(zip(*parts, strict=True))


def _plain(column: pd.Series) -> np.ndarray:
    """*column* as an array; a text that occurs twice is one object, or it would take ten times the memory."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    places, found = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(found, dtype=object)[places]


def breakdowns(by: str | Sequence[str]) -> list[str]:
    """*by* as a list of names; raises ParameterError for a name that is none."""
    by = () if by is None else by
    asked, known = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by), [*BREAKDOWNS, *GRAINS]
    columns = {column: name for name, column in BREAKDOWNS.items()}
    for name in asked:
        if name not in known:
            raise ParameterError(f"cells are not split by {name!r}{suggestion(columns.get(name, str(name)), known)}")
    return asked


def need_cells(frame: pd.DataFrame, function: str) -> None:
    """Raise ParameterError with a sentence where *frame* is not as ``edition.cells`` gives it."""
    columns = getattr(frame, "columns", ())
    if absent := [column for column in TIDY_COLUMNS if column not in columns]:
        few = ", ".join(absent[:4]) + (" and others" if len(absent) > 4 else "")
        way = '; write merge(…, suffixes=("", "_other"))' if f"{absent[0]}_x" in columns else ""
        raise ParameterError(f"{function} needs the frame as edition.cells gives it; it has no column {few}{way}")
    if frame[["indicator", "period", "id", "status"]].isna().any(axis=None):
        raise ParameterError(f'{function} needs cells, and a join added rows that are none: dropna(subset="indicator")')


def total(frame: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Sums of a frame of ``edition.cells`` over all it is split by except *by*; one row each, the same columns.

    A sum has no value where a part is withheld or has no data; its status says which. It is no cell of the
    edition, so its ``id`` is empty and pages call it an own calculation.

    CountingRuleError: what does not add up: persons of two years, rates and shares, a row that occurs twice, totals
    and their parts, periods that overlap.
    ParameterError: *by* is none of province, zone, month, quarter, year, sex, age, partner, or a column is missing.

    >>> total(edition.cells("performances_held", by=["year", "province"]), by="year")["value"].tolist()
    [21.0, 29.0]
    """
    need_cells(frame, "total")
    asked = breakdowns(by)
    if "zone" in asked:  # provinces have one each
        frame = frame.assign(zone=frame["zone"].where(frame["zone"].ne(""), frame["adm1_code"].map(zones()).fillna("")))
    kept = {BREAKDOWNS.get(name, "period") for name in asked}
    _check_grains(frame, asked)
    for indicator, rows in frame.groupby("indicator", sort=False):
        _check_additive(str(indicator), rows, kept)
    dimensions = [*BREAKDOWNS.values(), "period"]
    labels = [column for column in dimensions if column in kept]
    sums = [_sum(rows, kept) for _, rows in frame.groupby(["indicator", *labels], sort=False, dropna=False)]
    return pd.DataFrame(sums, columns=TIDY_COLUMNS).reset_index(drop=True)


def _check_grains(frame: pd.DataFrame, asked: list[str]) -> None:
    found = {periods.grain(code) for code in frame["period"].unique()}
    for name in asked:
        if name in GRAINS and found - {name}:
            raise ParameterError(f"these rows are by {' and '.join(sorted(found))}, not by {name}")


def _check_additive(indicator: str, rows: pd.DataFrame, kept: set[str]) -> None:
    definitions = reference.table("indicators").set_index("id")
    if indicator not in definitions.index:
        raise ParameterError(f"no indicator {indicator!r}: nobody knows what it adds up over")
    rule = definitions.loc[indicator]
    _check_apart(indicator, rows, kept)
    for column in [*BREAKDOWNS.values(), "period"]:
        values = set(rows[column])
        if column in kept or len(values) <= 1:
            continue
        if "" in values:
            raise CountingRuleError(f"the rows mix totals and parts of {column}: keep one or the other")
        if {"zone": "adm1_code"}.get(column, column) not in rule["additive_over"].split():
            raise CountingRuleError(
                f"{indicator} does not add up over {column}: its rule is {rule['counting_rule']}, and it adds up over "
                f"{rule['additive_over'] or 'nothing'}; ask edition.cells for the total"
            )


def _check_apart(indicator: str, rows: pd.DataFrame, kept: set[str]) -> None:
    """Stop at rates and shares, at a row that occurs twice, and at periods that overlap."""
    derivations = {name.split(":", 6)[6].partition("=")[0] for name in rows["id"] if name.count(":") > 5}
    for derivation in derivations - {"change"}:
        raise CountingRuleError(
            f"{derivation} does not add up: take ctip.total of the counts, and divide with ctip.calculated"
        )
    if rows.duplicated(["period", *PLACES]).any():
        raise CountingRuleError(f"rows of {indicator} occur twice: frame.drop_duplicates() removes them")
    spans = rows[["start", "end"]].drop_duplicates().sort_values("start")
    if "period" not in kept and (spans["start"] <= spans["end"].cummax().shift()).any():
        raise CountingRuleError(f"periods of {indicator} overlap: take months, quarters or years, and not several")


def _sum(rows: pd.DataFrame, kept: set[str]) -> pd.Series:
    """One row for all *rows*; the first row gives what they have in common."""
    first = rows.iloc[0].copy()
    for column in [*BREAKDOWNS.values()]:
        is_within = column == "adm1_code" and "zone" in kept  # the one province of a zone is the zone here
        if column not in kept and (is_within or rows[column].nunique() > 1):
            first[column] = ""
    if not first["adm1_code"]:
        first["province"] = ""
    is_lost = rows["status"].eq("shown") & rows["value"].isna()
    statuses = set(rows["status"].mask(is_lost, "no_data"))
    first["status"] = next(status for status in WORST_FIRST if status in statuses)
    first["value"] = rows["value"].sum() if first["status"] == "shown" else float("nan")
    first["low"] = first["high"] = float("nan")
    first["start"], first["end"] = rows["start"].min(), rows["end"].max()
    if rows["period"].nunique() > 1:
        first["period"] = f"{first['start']:%Y-%m-%d}/{first['end']:%Y-%m-%d}"
    first["kind"], first["id"] = "synthetic" if rows["kind"].eq("synthetic").any() else first["kind"], ""
    return first
