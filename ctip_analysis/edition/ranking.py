"""Words for a sentence: the highest number of a frame and whose it is, and which way a number went."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition.cells import group_label, need_cells
from ctip_analysis.edition.derivations import comparable
from ctip_analysis.edition.fact import CALCULATED, WITHHELD, Fact, FactId, quoted
from ctip_analysis.edition.ratios import ONE_BY_ONE, is_clear
from ctip_analysis.places import names

MOST_NAMED = 3
INCOMPARABLE = "can't be compared"
NO_EARLIER = f"{INCOMPARABLE} with an earlier period: there is none"
HIDDEN = {
    "withheld": f"{INCOMPARABLE}: a number is {WITHHELD}",
    "no_data": f"{INCOMPARABLE}: for one of the two there is no data",
    "not_applicable": f"{INCOMPARABLE}: a number is not applicable",
    "split": f"{INCOMPARABLE}: the province was split in between",
}
SPELLED = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_COLUMNS = {"province": "province", "zone": "zone", "sex": "sex", "age": "age_band", "partner": "partner"}
_SHOWN_ONLY = " (of those shown)"


class Periods(str):
    """Periods as one text; ``:label`` gives them in words, as HTML elements."""

    _words: str

    def __new__(cls, codes: Sequence[str], grain: str, ending: str) -> Self:
        """The periods *codes*; more than three are counted instead of named, and none is "no period"."""
        made = super().__new__(cls, (_named(codes, grain) or f"no {grain}") + ending)
        made._words = (_named([f"{Period(code):label}" for code in codes], grain) or f"no {grain}") + ending
        return made

    def __format__(self, spec: str) -> str:
        return self._words if spec == "label" else super().__format__(spec)


@dataclass(frozen=True)
class Highest(Fact):
    """The highest number of a frame: a :class:`Fact` that knows whose it is.

    ``province``, ``zone``, ``sex``, ``age`` and ``partner`` are names as text, ``period`` is the period or periods,
    which ``{top.period:label}`` puts into words. Names of a tie are joined, more than three are counted.
    """

    province: str = ""
    zone: str = ""
    sex: str = ""
    age: str = ""
    partner: str = ""


def highest(frame: pd.DataFrame) -> Highest:
    """The highest shown number of a frame of ``edition.cells``, as a fact that also names whose it is.

    Rows of the category unknown never win. If some rows are not shown the name ends in "(of those shown)". If
    nothing above zero is shown, the name is "no province" (or "no partner" …), and the fact is that of a row that
    says why. Raises ParameterError for a frame with no row, or without the columns of ``edition.cells``;
    CountingRuleError where rows are of several indicators or lengths of time, or totals and their parts.

    >>> top = highest(edition.cells("performances_held", by="province", period="2004"))
    >>> print(top.province, top)
    Preah Vihear 4
    """
    need_cells(frame, "highest")
    _check_comparable(frame)
    rows = frame[~frame[["adm1_code", "zone", "sex", "age_band", "partner"]].eq("unknown").any(axis=1)]
    if rows.empty:
        raise ParameterError("highest needs at least one row that is not of the category unknown")
    is_shown = rows["status"].eq("shown")
    positive = rows[is_shown & rows["value"].gt(0)]
    if positive.empty:
        row = rows[~is_shown].iloc[0] if (~is_shown).any() else rows.iloc[0]
        return _made(row, {name: f"no {name}" for name in _COLUMNS} | {"period": Periods([], "period", "")})
    top = positive[positive["value"].eq(positive["value"].max())]
    return _made(top.iloc[0], _whose(top, "" if is_shown.all() else _SHOWN_ONLY))


def _check_comparable(frame: pd.DataFrame) -> None:
    """Stop where one row may be a part of another, or is another indicator."""
    if (kinds := frame["indicator"].unique()).size > 1:
        raise CountingRuleError(f"highest compares numbers of one indicator; these are {listed(kinds)}")
    for column in _COLUMNS.values():
        if 0 < frame[column].eq("").sum() < len(frame):
            raise CountingRuleError(f"the rows mix totals and parts of {column}: keep one or the other")
    if len(lengths := {periods.grain(code) for code in frame["period"]}) > 1:
        raise CountingRuleError(f"highest compares periods of one length; these are {listed(sorted(lengths))}")


def _made(row: pd.Series, whose: dict[str, str]) -> Highest:
    """The fact of one row of a tidy frame, as ``edition.fact`` gives it for the row's id."""
    wanted = FactId.parse(row["id"]) if row["id"] else FactId(row["indicator"])
    definitions = reference.table("indicators").set_index("id")
    known = wanted.indicator in definitions.index
    return Highest(
        id=row["id"] or CALCULATED,
        value=float(row["value"]) if row["status"] == "shown" else None,
        status=row["status"],
        unit=row["unit"],
        qualifier=definitions.at[wanted.indicator, "qualifier"] if known and not wanted.derivation else "",
        kind=row["kind"] if row["id"] else "own",
        place=row["province"] or row["zone"] or "Cambodia",
        label=definitions.at[wanted.indicator, "name_en"] if known else wanted.indicator,
        **whose,
    )


def _whose(top: pd.DataFrame, ending: str) -> dict[str, str]:
    """Names of the rows by breakdown, "" for those they are not split by; with digits they are marked as quoted."""
    named = {}
    for name, column in _COLUMNS.items():
        values = [_safe(group_label(column, value)) for value in dict.fromkeys(top[column])]
        named[name] = _named(values, name) + ending if any(values) else ""
    codes = list(dict.fromkeys(top["period"]))
    return {**named, "period": Periods(codes, periods.grain(codes[0]).replace("_", " "), ending)}


def _safe(name: str) -> str:
    return quoted(name) if re.search(r"\d", name) else html.escape(name)


def _named(names: Sequence[str], noun: str) -> str:
    """Up to three names, else how many there are."""
    return listed(names) if len(names) <= MOST_NAMED else f"{spelled(len(names))} {noun}s alike"


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them.

    >>> listed(["Kep", "Pailin", "Takeo"])
    'Kep, Pailin and Takeo'
    """
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def spelled(count: int) -> str:
    """A small number in letters; "more than a dozen" from thirteen on."""
    return SPELLED[count] if count < len(SPELLED) else "more than a dozen"


def direction(before: Fact | str | None, now: Fact) -> str:
    """Which way a number went: "rose since the year before", "did not clearly change …", or why nobody can say.

    Of independent events a change is clear where two Poisson counts would differ as much less than once in twenty
    times; of the rest the words give the direction only (see :func:`beyond_chance`). *before* is None or "" where
    there is no earlier period, as in ``page.previous and edition.fact(...)``.

    Raises CountingRuleError where the two are not one indicator at two equal periods.

    >>> direction(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'did not clearly change since the year before'
    """
    if not isinstance(now, Fact) or (before and not isinstance(before, Fact)):
        raise ParameterError("direction compares two facts of edition.fact, such as that of the year before and now")
    if not isinstance(before, Fact):
        return NO_EARLIER
    _check_pair(before, now)
    if hidden := _hidden(before, now):
        return HIDDEN[hidden]
    return f"{_way(before, now)} since {_since(before, now)}"


def _check_pair(before: Fact, now: Fact) -> None:
    one, other = FactId.parse(before.id), FactId.parse(now.id)
    if one.indicator != other.indicator:
        raise CountingRuleError(f"{one.indicator} and {other.indicator} are two indicators: no change is given")
    comparable(one.period, other.period)


def _hidden(before: Fact, now: Fact) -> str:
    """What keeps two facts from being compared, a status or a split; "" if both are shown, of one area."""
    same = names.is_same_area(FactId.parse(now.id).place, before.period, now.period)
    return next((why for why in HIDDEN if why in (before.status, now.status, "" if same else "split")), "")


def _way(before: Fact, now: Fact) -> str:
    one, other = float(before), float(now)
    if one == other:
        return "did not change"
    if now.unit in ONE_BY_ONE and not is_clear(one, other):
        return "did not clearly change"
    return "rose" if other > one else "fell"


def _since(before: Fact, now: Fact) -> str:
    grain = periods.grain(now.period)
    if grain in ("year", "quarter", "month") and periods.previous(now.period) == before.period:
        return f"the {grain} before"
    return f"{Period(before.period):label}"


def beyond_chance(before: Fact | str | None, now: Fact) -> str:
    """A sentence: whether a change is more than chance, or that nobody can say. Empty where nothing is compared.

    >>> beyond_chance(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'Two such counts would often differ as much by chance alone.'
    """
    if not isinstance(before, Fact) or _hidden(before, now):
        return ""
    _check_pair(before, now)
    if now.unit not in ONE_BY_ONE:
        return f"Whether that is more than chance can't be said: {now.unit} do not come one by one."
    if float(before) == float(now):
        return "The two numbers are the same."
    if not is_clear(float(before), float(now)):
        return "Two such counts would often differ as much by chance alone."
    return "By chance alone two such counts would differ as much less than once in twenty times."
