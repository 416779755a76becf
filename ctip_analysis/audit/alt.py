"""Numbers in a figure's alternative text, held against the cells of the places and periods it names."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from functools import cached_property

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import rates
from ctip_analysis.edition.facts import STATUS_WORDS, written
from ctip_analysis.edition.read import Released
from ctip_analysis.page.tables import AGES, SEXES

_NUMBER = re.compile(r"(?<![\w.,])[−-]?\d[\d,]*(?:\.\d+)?%?(?![\w]|[.,]\d)")
_SENTENCE = re.compile(r"\. (?=[A-Z])")
_CLAUSE = re.compile(r"[.;] |, (?=[A-Z])| and (?=[A-Z])")
_PERIOD = re.compile(r"\(@([^)]*)\)")  # a period in brackets, once its words are made a code
_CLASS = re.compile(  # a class of a map: its bounds, and how many provinces are in it
    r"\b(?:(?P<none>none)|(?P<under>under )?(?P<low>\d[\d,.]*)%?(?: to (?:under )?(?P<high>\d[\d,.]*)%?)?(?: or more)?)"
    r": (?P<count>\d{1,2})(?: provinces?)?(?=[;.])"
)
_STATUS = re.compile(rf"\b({'|'.join(STATUS_WORDS.values())}): (\d{{1,2}})(?: provinces?)?(?=[;.])")
_LIST = re.compile(r"\b(\d{1,2}) provinces?: ((?:[A-Z][\w' ]+(?:, | and )?)+)")
_UNITS = re.compile(r"\b(\d\d) units\b")
_PARTS = (  # how much a figure is made of, and names that hold a number
    re.compile(r"\b\d{1,2} (?:values? shown|parts|stages|small panels|maps|years|bars|lines)\b"),
    re.compile(r"\bon one scale from 0 to \d[\d,]*"),
    re.compile(r"\bper 1,000 residents\b|\bTier \d\b|\b95% interval\b"),
    re.compile(rf"\b\d{{1,2}} (?:{'|'.join(calendar.month_name[1:])})\b(?! \d)"),
)
_YEAR = re.compile(r"(?<![\w.,])(?:FY|CTIP )?(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?(?:Q[1-4])?(?![\w%]|[.,]\d)")
_AIMED = re.compile(r"\b(?:target|baseline) (?P<value>\d[\d,.]*) (?:by|in) (?:19|20)\d\d")


def alt_numbers(alt: str, released: Released, left_over: Callable[[str], str]) -> int:
    """How many numbers of *alt* no shown fact has, at the place and period that the text names.

    *left_over* takes away texts and periods that may be said anywhere.
    """
    if not re.search(r"\d", alt):
        return 0
    subject = _Subject(alt, released)
    text = subject.without_counts(_coded(alt, released))
    wrong = 0
    for sentence in _SENTENCE.split(text):
        sex = next((code for code, words in SEXES.items() if sentence.startswith(f"{words}: ")), "")
        for clause in _CLAUSE.split(sentence):
            rest = _YEAR.sub(" ", left_over(_PERIOD.sub(" ", clause)))
            behind = clause
            for number in _NUMBER.findall(rest):
                behind = _behind(number, behind)
                wrong += not subject.explains(number, clause, behind, sex)
    return wrong


def _behind(number: str, text: str) -> str:
    """What stands in *text* behind *number*, where it is no part of another one."""
    return re.split(rf"(?<![\w.,]){re.escape(number)}(?![\w]|[.,]\d)", text, maxsplit=1)[-1]


def _coded(alt: str, released: Released) -> str:
    """*alt* with each period in brackets as "(@code)", and each age as "[code]"."""
    codes = {str(code) for frame in (released.frame, released.context) for code in frame["period"].unique()}
    for code in codes - {"", periods.UNSTATED}:
        try:
            words = {code, periods.label(code)}
        except (CtipError, ValueError):
            continue
        for word in words:
            alt = alt.replace(f"({word})", f"(@{code})")
    for band, name in AGES.items():
        alt = alt.replace(f"{name} ", f"[{band}] ")
    return alt


class _Subject:
    """What a figure is about: the indicators, places, periods and kind of number that its text names."""

    def __init__(self, alt: str, released: Released) -> None:
        names = released.indicators["name_en"]
        told = [name for name in names.index if str(names[name]).lower() in alt.lower()]
        grains = _grains(_AIMED.sub(" ", alt), released)  # the year of a target is no period of the figure
        self.cells = released.frame[
            released.frame["indicator"].isin(told) & released.frame["period"].map(grains)
        ]
        self.rows = self.cells[self.cells["status"].eq("shown")]
        self.released = released
        self.places = _places(released)
        named = {
            code
            for name, code in self.places.items()
            if code != "unknown" and re.search(rf"\b{re.escape(name)}\b", alt)
        }
        self.named = {""} | (named if len(named) == 1 else set())
        self.partners = {
            code for code in released.frame["partner"].unique() if code in alt
        }  # "" is in every text
        self.is_rate = "per 1,000" in alt
        self.is_public = alt.endswith(("Published figures.", "Derived from published figures."))
        self.aims = _targets(released, told)
        self.alt = alt

    def without_counts(self, text: str) -> str:
        """*text* without counts of provinces that are right, and without what tells how much is drawn."""
        text = _CLASS.sub(lambda found: " " if self._is_class(found) else found[0], text)
        text = _STATUS.sub(lambda found: " " if self._is_status(found) else found[0], text)
        text = _LIST.sub(lambda found: found[2] if len(_names(found[2])) == int(found[1]) else found[0], text)
        text = _UNITS.sub(lambda found: " " if int(found[1]) in self._units() else found[0], text)
        text = _AIMED.sub(lambda found: " " if found["value"] in self.aims else found[0], text)
        for pattern in _PARTS:
            text = pattern.sub(" ", text)
        return text

    def _units(self) -> set[int]:
        """How many provinces there were in the years of the edition."""
        if self.released.geometry is None:
            return set()
        years = {periods.span(code)[1].year for code in self.released.frame["period"].unique()}
        return {
            sum(_is_on(periods.midyear(year).isoformat(), *unit[1:3]) for unit in self.released.unit_names)
            for year in years
        }

    def _is_class(self, found: re.Match[str]) -> bool:
        """Whether as many provinces as it says lie between the bounds of a class, in a period of the figure."""
        low = 0.0 if found["none"] or found["under"] else _value(found["low"])
        high = (
            _value(found["low"])
            if found["under"]
            else _value(found["high"])
            if found["high"]
            else float("inf")
        )
        return int(found["count"]) in self._counts(low, 0.0 if found["none"] else high)

    def _is_status(self, found: re.Match[str]) -> bool:
        """Whether as many provinces as it says are withheld, without data or not applicable."""
        code = next(code for code, words in STATUS_WORDS.items() if words == found[1])
        rows = self.cells[~self.cells["adm1_code"].isin(["", "unknown"])]
        counted = rows["status"].eq(code).groupby([rows["indicator"], rows["period"]]).sum()
        return int(found[2]) in set(counted)

    def _counts(self, low: float, high: float) -> Iterator[int]:
        """Provinces between two bounds, for each indicator and period."""
        for values in self._by_province:
            bounded = values[values > 0] if low == 0 < high else values  # zero is a class of its own
            yield int(bounded.between(low, high).sum())

    @cached_property
    def _by_province(self) -> list[pd.Series]:
        """The provinces' values as they are written, for each indicator and period."""
        whole = self.rows[["sex", "age_band", "partner"]].eq("").all(axis=1)
        rows = self.rows[whole & ~self.rows["adm1_code"].isin(["", "unknown"])]
        derivation, decimals = ("per_1000_residents", 1) if self.is_rate else ("", 0)
        groups = rows.groupby(["indicator", "period"])
        return [self._derived(each, derivation)["value"].round(decimals) for _, each in groups]

    def explains(self, number: str, clause: str, behind: str, sex: str) -> bool:
        """Whether a shown fact at the place that *clause* and the period that *behind* names is written *number*."""
        when = _PERIOD.search(behind)
        if self.is_public:
            return when is not None and number in _public(self.released, when[1])
        here = {code for name, code in self.places.items() if re.search(rf"\b{re.escape(name)}\b", clause)}
        age = next((band for band in AGES if f"[{band}]" in clause), "")
        rows = self.rows[
            self.rows["adm1_code"].isin(here or self.named) & self.rows["partner"].isin(self.partners)
        ]
        rows = rows[rows["sex"].eq(sex) & rows["age_band"].eq(age)]
        if when is not None:
            rows = rows[rows["period"].eq(when[1])]
        if self.is_rate and number in _written(self._derived(rows, "per_1000_residents")):
            return True
        if number.endswith("%"):
            return self._is_share(number, clause, rows)
        return not self.is_rate and number in _written(rows)

    def _is_share(self, number: str, clause: str, rows: pd.DataFrame) -> bool:
        """Whether a share stands behind the part it is a share of: "343 (42%)"."""
        parts = [_value(one) for one in re.findall(r": (\d[\d,]*) \(\d+%\)", self.alt)]
        part = re.search(rf"(\d[\d,]*) \({re.escape(number)}\)", clause)
        if part and sum(parts):
            return f"{100 * _value(part[1]) / sum(parts):.0f}%" == number
        return number in _written(rows) | _written(self._derived(rows, "share"))

    def _derived(self, rows: pd.DataFrame, derivation: str) -> pd.DataFrame:
        made = []
        for _, each in rows.groupby(["indicator", "period"]):
            try:
                one = rates.derive(self.released, each.reset_index(drop=True), derivation)
            except (CtipError, ValueError, KeyError):
                continue
            made.append(one[one["status"].eq("shown")])
        return pd.concat(made) if made else rows.iloc[:0]


def _grains(alt: str, released: Released) -> dict[str, bool]:
    """Of each period, whether the text names one of its length; if it names none, years and spans."""
    kinds = {str(code): periods.grain(str(code)) for code in released.frame["period"].unique()}
    told = {kind for code, kind in kinds.items() if periods.label(code) in alt or f"({code})" in alt}
    return {code: kind in (told or {"year", "to_date"}) for code, kind in kinds.items()}


def _is_on(day: str, begun: str, ended: str) -> bool:
    return begun <= day and (not ended or day <= ended)


def _names(listed: str) -> list[str]:
    return [name for name in re.split(r", | and ", listed) if name.strip()]


def _places(released: Released) -> dict[str, str]:
    """Codes of provinces by every English name they had."""
    if released.geometry is None:
        return {}
    named = dict(zip(released.geometry["name_en"], released.geometry["adm1_code"], strict=True))
    return named | {"no province on record": "unknown", "place unknown": "unknown"}


def _value(text: str) -> float:
    return float(text.replace(",", ""))


def _written(rows: pd.DataFrame) -> set[str]:
    pairs = rows[["value", "unit"]].drop_duplicates().itertuples(index=False, name=None)
    return {
        written(float(value), str(unit)).removeprefix("USD ") for value, unit in pairs if not pd.isna(value)
    }


def _public(released: Released, period: str) -> set[str]:
    """Numbers of the national series for *period*, as a page writes them."""
    rows = released.context[released.context["period"].eq(period)]
    return _written(rows.assign(value=pd.to_numeric(rows["value"], errors="coerce")))


def _targets(released: Released, indicators: list[str]) -> set[str]:
    rows = released.targets[released.targets["indicator"].isin(indicators)]
    values = pd.concat([pd.to_numeric(rows[part], errors="coerce") for part in ("baseline", "target")])
    return {written(float(value), "") for value in values.dropna()}
