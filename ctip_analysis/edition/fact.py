"""A fact: one number with its id, unit, qualifier, kind and source, which writes itself into a sentence."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import pandas as pd

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.places import names

WITHHELD = "withheld to protect people"
STATUS_WORDS = {"withheld": WITHHELD, "no_data": "no data", "not_applicable": "not applicable"}
NOUNS = {**STATUS_WORDS, "withheld": f"a number {WITHHELD}"}  # as a sentence needs them
QUALIFIER_WORDS = {
    "approximately": "about",
    "over": "over",
    "estimated": "an estimated",
    "average": "on average",
    "at least": "at least",
    "at_least": "at least",
}
WORST_FIRST = ["withheld", "no_data", "not_applicable", "shown"]  # the first that any part has is the result's
CALCULATED = "calculated"  # in place of the id, where a number is no cell of an edition
_ROUNDED = 100  # the least number that loses a digit in an estimate
_FORMS = {"": "text", "n": "number", "unit": "words", "delta": "delta"}


@dataclass(frozen=True)
class Fact:
    """One number of an edition. ``value`` is None unless ``status`` is "shown"; a fact is true only if it is shown.

    In an f-string it becomes an HTML ``<data>`` element with its id: ``{fact}`` has qualifier and number,
    ``{fact:n}`` the number alone, ``{fact:unit}`` the unit too, ``{fact:delta}`` a sign. ``{fact!s}`` is plain
    text. A number that is not shown reads as a noun: "a number withheld to protect people".
    """

    id: str
    value: float | str | None
    status: str
    unit: str
    qualifier: str = ""
    kind: str = "counted"
    source: str = ""
    period: str = ""
    place: str = ""
    label: str = ""

    @property
    def number(self) -> str:
        """The number alone, or the words in its place: "150,000", "a number withheld to protect people"."""
        if self.value is None:
            return NOUNS[self.status]
        return self.value if isinstance(self.value, str) else written(self.value, self.unit)

    @property
    def text(self) -> str:
        """Qualifier and number: "an estimated 150,000" as a source prints it. A zero is never estimated.

        An estimate from records is given as one: "about 82,000"; ``value`` and ``{fact:n}`` are exact.
        """
        if self._is_estimate:
            return f"about {written(_as_estimate(float(self)), self.unit)}"
        qualifier = QUALIFIER_WORDS.get(self.qualifier, "") if self.value else ""
        return f"{qualifier} {self.number}".strip()

    @property
    def _is_estimate(self) -> bool:
        is_counted = self.qualifier == "estimated" and self.kind in ("counted", "synthetic", "own")
        return is_counted and isinstance(self.value, float | int) and abs(self.value) >= _ROUNDED

    @property
    def words(self) -> str:
        """Qualifier, number and unit: "an estimated 150,000 people"."""
        unitless = self.unit == "USD" or self.unit.startswith("percent")
        if self.value is None or isinstance(self.value, str) or unitless:
            return self.text
        return f"{self.text} {unit_of(self.value, self.unit)}".strip()

    @property
    def delta(self) -> str:
        """The number with its sign, as for a change: "+1,200", "−3", "about +14,500"."""
        text = self.text if self._is_estimate else self.number
        is_more = isinstance(self.value, float | int) and self.value > 0
        return re.sub(r"(?=USD|\d)", "+", text, count=1) if is_more else text

    def __bool__(self) -> bool:
        return self.status == "shown"

    def __float__(self) -> float:
        return float("nan") if self.value is None else float(self.value)

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        if spec not in _FORMS:
            raise ParameterError(
                f"a fact is written as {{fact}}, {{fact:n}}, {{fact:unit}} or {{fact:delta}}, not :{spec}"
            )
        title = "own calculation" if self.kind == "own" else self.id
        return (
            f'<data class="fact {self.kind} {self.status}" value="{html.escape(self.id)}" '
            f'title="{html.escape(title)}">{html.escape(getattr(self, _FORMS[spec]))}</data>'
        )

    def _repr_html_(self) -> str:
        return f"{self:unit}"


@dataclass(frozen=True)
class FactId:
    """The seven parts of a fact id; ``str()`` gives the canonical form.

    >>> str(FactId.parse("performance_attendance:2004:Siem Reap"))
    'performance_attendance:2004:KH17:::'
    """

    indicator: str
    period: str = ""
    place: str = ""
    sex: str = ""
    age_band: str = ""
    partner: str = ""
    derivation: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The parts of *text*; trailing empty parts may be left off.

        A place may be a P-code, a zone, or any spelling of a province. Raises ParameterError for text that is no
        id, and UnknownNameError for a place that is not known.
        """
        parts = text.strip().split(":", 6)
        if not parts[0] or ":" in parts[-1] * (len(parts) == 7):
            raise ParameterError(
                f"{text!r} is not a fact id; write indicator:period:place:sex:age:partner[:derivation]"
            )
        if len(parts) > 2:
            parts[2] = names.place(parts[2])
        return cls(*parts)

    def __str__(self) -> str:
        plain = ":".join([self.indicator, self.period, self.place, self.sex, self.age_band, self.partner])
        return f"{plain}:{self.derivation}" if self.derivation else plain


def written(value: float, unit: str) -> str:
    """A number as people read it: thousands separated, no more decimals than it can bear, a true minus.

    A small number is not written as zero: numbers below one have two digits, percentages below 0.1 have one.

    >>> written(150000, "attendances"), written(9.16, "percent of clients"), written(-3, "cases"), written(0.0166, "")
    ('150,000', '9.2%', '−3', '0.017')
    """
    text = f"{abs(value):,.{decimals(value, unit)}f}" + ("%" if unit.startswith("percent") else "")
    sign = "−" if round(value, decimals(value, unit)) < 0 else ""
    return f"{sign}USD {text}" if unit == "USD" else sign + text


def decimals(value: float, unit: str) -> int:
    """How many decimals ``written`` gives *value*."""
    percent = unit.startswith("percent")
    if float(value).is_integer() and "per 1,000" not in unit and not percent:
        return 0
    if 1e-6 <= abs(value) < 1:  # less is the rounding error of a computation
        return max(1, (0 if percent else 1) - math.floor(math.log10(abs(value))))
    return 0 if abs(value) >= 100 and not percent else 1


def _as_estimate(value: float) -> float:
    """*value* rounded by at most one part in forty: 82,307 is 82,000 and 104,985 is 105,000."""
    step = 10 ** (math.floor(math.log10(abs(value))) - 1)
    step = step / 2 if abs(value) < 20 * step else step
    return round(value / step) * step


def unit_of(value: float, unit: str) -> str:
    """*unit* as it follows *value*: "performance" after one, "performances" after two."""
    if value != 1 or " per " in unit or unit.startswith("of "):
        return unit
    return re.sub(r"ies$", "y", unit) if unit.endswith("ies") else unit.replace("people", "person").removesuffix("s")


def calculated(value: float, unit: str, of: pd.DataFrame | Fact | Iterable[Fact]) -> Fact:
    """A number of your own, worked out from the rows (or facts) *of*; withheld if one of them is.

    Pages print it as "own calculation", never as a number of the edition. *of* is a frame of
    ``edition.cells``, with its column ``status``. Raises ParameterError for a frame without that column.

    >>> frame = pd.DataFrame({"value": [20.0, 29.0], "status": ["shown", "shown"]})
    >>> print(calculated(frame["value"].mean(), "performances a year", of=frame))
    24.5
    """
    if not (value is None or value is pd.NA or pd.api.types.is_number(value)):
        raise ParameterError(f"calculated takes one number; found {type(value).__name__}")
    found = {"shown", *_statuses(of)}
    if found - set(WORST_FIRST):
        raise ParameterError('a row behind this number has no status, as after a merge: dropna(subset="status")')
    worst = next(status for status in WORST_FIRST if status in found)
    if worst == "shown" and pd.isna(value):
        worst = "not_applicable"
    return Fact(
        CALCULATED, float(value) if worst == "shown" else None, worst, unit, kind="own", source="own calculation"
    )


def _statuses(of: pd.DataFrame | Fact | Iterable[Fact]) -> set[str]:
    if isinstance(of, Fact):
        return {of.status}
    if isinstance(of, Iterable) and not isinstance(of, pd.DataFrame):
        of = list(of)
        if all(isinstance(fact, Fact) for fact in of):
            return {fact.status for fact in of}
    if not isinstance(of, pd.DataFrame) or "status" not in of:
        raise ParameterError(
            "calculated needs the rows as edition.cells gives them, with the column status: without it nobody "
            "knows whether a number behind them is withheld"
        )
    return set(of["status"])


def quoted(text: str) -> str:
    """*text* marked as a quotation or a name, so that a page may print digits that are in it.

    >>> quoted("the 2009 audit")
    '<span class="quoted">the 2009 audit</span>'
    """
    return f'<span class="quoted">{html.escape(text)}</span>'
