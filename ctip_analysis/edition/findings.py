"""Words for a heading: where a number is highest, which way it went, whether that is more than chance."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import CountingRuleError, ParameterError
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import groups, intervals
from ctip_analysis.edition.columns import TIDY_COLUMNS
from ctip_analysis.edition.fact import WITHHELD, Fact, quoted
from ctip_analysis.edition.fact_ids import FactId

NO_EARLIER = "can't be compared with an earlier period: there is none"
HIDDEN = {
    "withheld": f"can't be compared: a number is {WITHHELD}",
    "no_data": "can't be compared: for one of the two there is no data",
    "not_applicable": "can't be compared: a number is not applicable",
}
MOST_NAMED = 3
_SPELLED = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_SHOWN_ONLY = " (of those shown)"


class Periods(str):
    """Periods as one text; ``:label`` gives them in words, as HTML elements."""

    __slots__ = ("_ending", "_words")

    def __new__(cls, codes: Sequence[str], grain: str, ending: str) -> Self:
        """The periods *codes*; more than three are counted instead of named."""
        made = super().__new__(cls, _named(codes, grain) + ending)
        made._words = _named([f"{Period(code):label}" for code in codes], grain) + ending
        return made

    def __format__(self, spec: str) -> str:
        return self._words if spec == "label" else super().__format__(spec)


@dataclass(frozen=True)
class Highest(Fact):
    """The highest number of a frame: a :class:`Fact` that knows whose it is.

    ``province``, ``zone``, ``sex``, ``age`` and ``partner`` are names as text; ``when`` is the period or periods,
    which ``{top.when:label}`` puts into words. Names of a tie are joined, more than three are counted.
    """

    province: str = ""
    zone: str = ""
    sex: str = ""
    age: str = ""
    partner: str = ""
    when: str = ""


def highest(frame: pd.DataFrame) -> Highest:
    """The highest shown number of a frame of ``edition.cells``, as a fact that also names whose it is.

    Rows of the category unknown never win. If some rows are not shown the name ends in "(of those shown)". If
    nothing above zero is shown, the name is "no province" (or "no partner" …), and the fact is that of a row that
    says why. Raises ParameterError for a frame with no row, or without the columns of ``edition.cells``.

    >>> top = highest(edition.cells("performances_held", by="province", period="2004"))
    >>> print(top.province, top)
    Phnom Penh 6
    """
    _check_columns(frame)
    rows = frame[~frame[["adm1_code", "zone", "sex", "age_band", "partner"]].eq("unknown").any(axis=1)]
    if rows.empty:
        raise ParameterError("highest needs at least one row that is not of the category unknown")
    is_shown = rows["status"].eq("shown")
    positive = rows[is_shown & rows["value"].gt(0)]
    if positive.empty:
        row = rows[~is_shown].iloc[0] if (~is_shown).any() else rows.iloc[0]
        nobody = {name: f"no {name}" for name in ("province", "zone", "sex", "age", "partner")}
        return Highest(**_fact_of(row), **nobody, when="no period")
    top = positive[positive["value"].eq(positive["value"].max())]
    ending = "" if is_shown.all() else _SHOWN_ONLY
    return Highest(**_fact_of(top.iloc[0]), **_whose(top, ending))


def _check_columns(frame: pd.DataFrame) -> None:
    if absent := [column for column in TIDY_COLUMNS if column not in frame]:
        raise ParameterError(
            f"this needs the frame as edition.cells gives it; it has no column {', '.join(absent)}"
        )


def _fact_of(row: pd.Series) -> dict[str, object]:
    wanted = FactId.parse(row["id"])
    definitions = reference.table("indicators").set_index("id")
    known = wanted.indicator in definitions.index
    return {
        "id": row["id"],
        "value": float(row["value"]) if row["status"] == "shown" else None,
        **{name: row[name] for name in ("status", "unit", "kind", "period")},
        "qualifier": definitions.at[wanted.indicator, "qualifier"] if known and not wanted.derivation else "",
        "place": row["province"] or row["zone"] or "Cambodia",
        "label": definitions.at[wanted.indicator, "name_en"] if known else wanted.indicator,
    }


def _whose(top: pd.DataFrame, ending: str) -> dict[str, str]:
    """Names of the rows by breakdown; those with digits are marked as quoted."""
    words: dict[str, Callable[[str], str]] = {
        "sex": lambda value: groups.label("sex", value),
        "age": lambda value: groups.label("age_band", value),
    }
    columns = {"province": "province", "zone": "zone", "sex": "sex", "age": "age_band", "partner": "partner"}
    named = {}
    for name, column in columns.items():
        values = [_safe(words.get(name, str)(value)) for value in dict.fromkeys(top[column])]
        named[name] = _named(values, name) + ending if any(values) else ""
    codes = list(dict.fromkeys(top["period"]))
    return {**named, "when": Periods(codes, periods.grain(codes[0]), ending)}


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
    return _SPELLED[count] if count < len(_SPELLED) else "more than a dozen"


def direction(before: Fact | None, now: Fact) -> str:
    """Which way a number went: "rose since the year before", "did not clearly change …", or why nobody can say.

    Of independent events a change is clear where two Poisson counts would differ as much less than once in twenty
    times; of the rest the words give the direction only (see :func:`beyond_chance`). *before* is None where there
    is no earlier period. Raises CountingRuleError where the two are not one indicator at two equal periods.

    >>> direction(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'did not clearly change since the year before'
    """
    if before is None:
        return NO_EARLIER
    _check_pair(before, now)
    if hidden := _hidden(before, now):
        return HIDDEN[hidden]
    return f"{_way(before, now)} since {_since(before, now)}"


def _check_pair(before: Fact, now: Fact) -> None:
    one, other = FactId.parse(before.id), FactId.parse(now.id)
    if one.indicator != other.indicator:
        raise CountingRuleError(
            f"{one.indicator} and {other.indicator} are two indicators: no change is given"
        )
    if (periods.grain(one.period), periods.basis(one.period)) != (
        periods.grain(other.period),
        periods.basis(other.period),
    ):
        raise CountingRuleError(
            f"{one.period} and {other.period} are periods of unequal length or basis: no change is given"
        )


def _hidden(before: Fact, now: Fact) -> str:
    """The status that keeps two facts from being compared, "" if both are shown."""
    return next((status for status in HIDDEN if status in (before.status, now.status)), "")


def _way(before: Fact, now: Fact) -> str:
    one, other = float(before), float(now)
    if one == other:
        return "did not change"
    if now.unit in intervals.ONE_BY_ONE and not intervals.is_clear(one, other):
        return "did not clearly change"
    return "rose" if other > one else "fell"


def _since(before: Fact, now: Fact) -> str:
    grain = periods.grain(now.period)
    if grain in ("year", "quarter", "month") and periods.previous(now.period) == before.period:
        return f"the {grain} before"
    return f"{Period(before.period):label}"


def beyond_chance(before: Fact | None, now: Fact) -> str:
    """A sentence: whether a change is more than chance, or that nobody can say. Empty where nothing is compared.

    >>> beyond_chance(edition.fact("performances_held:2003"), edition.fact("performances_held:2004"))
    'Two such counts would often differ as much by chance alone.'
    """
    if before is None or _hidden(before, now):
        return ""
    _check_pair(before, now)
    if now.unit not in intervals.ONE_BY_ONE:
        return f"Whether that is more than chance can't be said: {now.unit} do not come one by one."
    if float(before) == float(now):
        return "The two numbers are the same."
    if not intervals.is_clear(float(before), float(now)):
        return "Two such counts would often differ as much by chance alone."
    return "By chance alone two such counts would differ as much less than once in twenty times."
