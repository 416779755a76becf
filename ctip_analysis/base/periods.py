"""Period codes: which days each covers, its name in words, and how periods nest.

=========================  ==============================================
``2004``                   calendar year
``2004Q1``, ``2004-03``    calendar quarter, month
``2004H1``                 calendar half year
``FY2004``, ``FY2004Q1``   US fiscal year and quarter: FY2004 is 1 October 2003 to 30 September 2004
``PY1``                    first campaign year, as the partner's own records number it
``2003-01-01/2004-12-31``  first and last day: "to date"
``unstated``               a published figure whose source names no period
=========================  ==============================================

Periods of unequal basis never share a line of a chart.
"""

from __future__ import annotations

import calendar
import html
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Self

from ctip_analysis.base.errors import ParameterError

GRAINS = {
    "year": r"\d{4}|FY\d{4}",
    "quarter": r"\d{4}Q[1-4]|FY\d{4}Q[1-4]",
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "half_year": r"\d{4}H[12]",
    "programme_year": r"PY\d+",
    "to_date": r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d",
    "unstated": r"unstated",
}
BASES = ("calendar", "fiscal")
UNSTATED = "unstated"
_MONTHS = {"year": 12, "half_year": 6, "quarter": 3, "month": 1}


class Period(str):
    """A period code that is text, and that formats itself in an f-string.

    ``f"{period}"`` is the code, for ids. ``f"{period:label}"`` is the period in words, as an HTML element that
    ``page.say`` recognises.

    >>> f"{Period('2004')} {Period('2004Q1'):label}"
    '2004 <data class="period" value="2004Q1">January–March 2004</data>'
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        """The period *code*; raises ParameterError for text that is no period code."""
        grain(str(code))
        return super().__new__(cls, code)

    @property
    def label(self) -> str:
        """The period in words, as plain text."""
        return label(str(self))

    @property
    def start(self) -> date:
        """First day."""
        return span(str(self))[0]

    @property
    def end(self) -> date:
        """Last day."""
        return span(str(self))[1]

    def __format__(self, spec: str) -> str:
        if spec == "label":
            return f'<data class="period" value="{html.escape(self)}">{html.escape(self.label)}</data>'
        try:
            return super().__format__(spec)
        except ValueError:
            raise ParameterError(f"a period is written as {{period}} or {{period:label}}, not :{spec}") from None


@cache
def grain(code: str) -> str:
    """Grain of a period code: year, quarter, month, half_year, programme_year, to_date or unstated."""
    for name, pattern in GRAINS.items():
        if re.fullmatch(pattern, code):
            return name
    raise ParameterError(
        f"{code!r} is not a period; write it like 2004, 2004Q1, 2004-03, FY2004 or 2003-01-01/2004-12-31"
    )


def basis(code: str) -> str:
    """Basis of a period code: calendar, fiscal, programme, half_year or to_date."""
    kind = grain(code)
    if kind in ("to_date", "half_year", "unstated"):
        return kind
    if kind == "programme_year":
        return "programme"
    return "fiscal" if code.startswith("FY") else "calendar"


def year_code(year: int, basis: str) -> str:
    """Code of a reporting year: 2004 or FY2004."""
    return f"FY{year}" if basis == "fiscal" else str(year)


@cache
def span(code: str) -> tuple[date, date]:
    """First and last day of a period; raises ParameterError for a period whose days are not recorded."""
    kind = grain(code)
    if kind == "programme_year":
        raise ParameterError(f"{code} is a campaign year: which days it covers is not recorded")
    if kind == UNSTATED:
        raise ParameterError("the source of this figure names no period: it has no place on a time axis")
    if kind == "to_date":
        first, last = code.split("/")
        return _day(first, code), _day(last, code)
    return _months(*_first_month(code, kind), _MONTHS[kind])


def _day(text: str, code: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{code!r} is not a period: {text} is no day of the calendar") from None


def _first_month(code: str, kind: str) -> tuple[int, int]:
    """Calendar year and month in which a period begins; months before January are 0, -1, -2."""
    year, rest = int(code.removeprefix("FY")[:4]), code.removeprefix("FY")[4:]
    if kind == "month":
        return year, int(rest[1:])
    part = int(rest[1:]) - 1 if rest else 0
    return year, part * _MONTHS[kind] + (-2 if code.startswith("FY") else 1)


def _months(year: int, first_month: int, months: int) -> tuple[date, date]:
    """First and last day of *months* months from *first_month*, which may be in the year before (≤ 0)."""
    start = year * 12 + first_month - 1
    end = start + months - 1
    last_day = calendar.monthrange(end // 12, end % 12 + 1)[1]
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, last_day)


def contains(outer: str, inner: str) -> bool:
    """Whether all days of *inner* are days of *outer*; False where the days are not recorded."""
    try:
        (first, last), (begin, end) = span(outer), span(inner)
    except ParameterError:
        return False
    return first <= begin and end <= last


def previous(code: str) -> Period:
    """The period of the same length just before *code*.

    >>> previous("2004Q1"), previous("FY2004"), previous("2004-03")
    ('2003Q4', 'FY2003', '2004-02')
    """
    kind = grain(code)
    if kind not in _MONTHS:
        raise ParameterError(f"{code} has no period before it: only years, half years, quarters and months do")
    fiscal, plain = "FY" * code.startswith("FY"), code.removeprefix("FY")
    year, rest = int(plain[:4]), plain[4:]
    if not rest:
        return Period(f"{fiscal}{year - 1}")
    part, width = int(rest[1:]) - 1, len(rest) - 1
    if part == 0:
        year, part = year - 1, 12 // _MONTHS[kind]
    return Period(f"{fiscal}{year}{rest[0]}{part:0{width}d}")


def midyear(code: str | int) -> date:
    """The day whose province units a period is drawn with: 1 July of its last calendar year.

    A month or quarter of a later half year, and a span that ends before July, take their last day instead.
    """
    if isinstance(code, int):
        return date(code, 7, 1)
    last = span(code)[1]
    return min(date(last.year, 7, 1), last) if grain(code) != "month" else last


def label(code: str) -> str:
    """A period in words.

    >>> label("2004Q1"), label("FY2004"), label("2003-01-01/2004-12-31")
    ('January–March 2004', 'fiscal year 2004', '1 January 2003 to 31 December 2004')
    """
    kind = grain(code)
    if kind == UNSTATED:
        return "period not stated"
    if kind == "programme_year":
        return f"campaign year {code[2:]}"
    first, last = span(code)
    if kind == "to_date":
        return f"{day_words(first)} to {day_words(last)}"
    if kind == "year":
        return f"fiscal year {code[2:]}" if code.startswith("FY") else code
    if kind == "month":
        return f"{calendar.month_name[first.month]} {first.year}"
    months = f"{calendar.month_name[first.month]}–{calendar.month_name[last.month]} {last.year}"
    return f"{months} ({code})" if code.startswith("FY") else months


def day_words(day: date) -> str:
    """A day as people write it: "31 December 2004"."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def inside(years: range, grain: str, basis: str) -> list[str]:
    """Codes of every period of *grain* in the reporting *years*, in time order."""
    if grain == "month":
        return [code for year in years for code in _month_codes(year_code(year, basis))]
    if grain == "to_date":
        first = span(year_code(years[0], basis))[0]
        return [f"{first}/{span(year_code(year, basis))[1]}" for year in years]
    parts = {"year": [""], "quarter": ["Q1", "Q2", "Q3", "Q4"], "half_year": ["H1", "H2"]}[grain]
    return [year_code(year, basis) + part for year in years for part in parts]


def _month_codes(year: str) -> list[str]:
    first, _ = span(year)
    months = [first.year * 12 + first.month - 1 + step for step in range(12)]
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]


def in_order(codes: Iterable[str]) -> list[Period]:
    """Period codes by first day, then by last; those without days come last."""
    return [Period(code) for code in sorted(codes, key=_place_in_time)]


def _place_in_time(code: str) -> tuple[date, date, str]:
    try:
        return (*span(code), code)
    except ParameterError:
        return date.max, date.max, code
