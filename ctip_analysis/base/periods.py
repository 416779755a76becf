"""Period codes: what span of days each means, how it is worded, and how periods nest.

=========================  ==============================================
``2004``                   calendar year
``2004Q1``, ``2004-03``    calendar quarter, month
``FY2004``, ``FY2004Q1``   US fiscal year and quarter: FY2004 is 1 October 2003 to 30 September 2004
``2004H1``                 calendar half year
``PY1``                    first campaign year, as the partner's own record numbers it
``2003-01-01/2004-12-31``  from one day to another: "to date"
=========================  ==============================================

Periods of unequal basis are never joined into one line.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import cache

from ctip_analysis.base.errors import ParameterError

GRAINS = {
    "year": r"\d{4}|FY\d{4}",
    "quarter": r"\d{4}Q[1-4]|FY\d{4}Q[1-4]",
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "half_year": r"\d{4}H[12]",
    "programme_year": r"PY\d+",
    "to_date": r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d",
}
BASES = ("calendar", "fiscal")
UNSTATED = "unstated"  # the period of a published figure whose source gives none


@cache
def grain(code: str) -> str:
    """Grain of a period code: year, quarter, month, half_year, programme_year or to_date."""
    for name, pattern in GRAINS.items():
        if re.fullmatch(pattern, code):
            return name
    raise ParameterError(
        f"{code!r} is not a period; write it like 2004, 2004Q1, 2004-03, FY2004 or 2003-01-01/2004-12-31"
    )


def basis(code: str) -> str:
    """Basis of a period code: calendar, fiscal, programme, half_year or to_date."""
    kind = grain(code)
    if kind in ("to_date", "half_year"):
        return kind
    if kind == "programme_year":
        return "programme"
    return "fiscal" if code.startswith("FY") else "calendar"


def year_code(year: int, basis: str) -> str:
    """Code of a reporting year: 2004 or FY2004."""
    return f"FY{year}" if basis == "fiscal" else str(year)


@cache
def span(code: str) -> tuple[date, date]:
    """First and last day of a period. A programme year has no days of its own and is refused."""
    kind = grain(code)
    if kind == "programme_year":
        raise ParameterError(f"{code} is a campaign year: which days it covers is not recorded")
    if kind == "to_date":
        first, last = code.split("/")
        return date.fromisoformat(first), date.fromisoformat(last)
    fiscal, plain = code.startswith("FY"), code.removeprefix("FY")
    year = int(plain[:4])
    first_month, months = {"year": (1, 12), "month": (int(plain[5:] or 1) if kind == "month" else 1, 1)}.get(
        kind, ((int(plain[-1]) - 1) * (3 if kind == "quarter" else 6) + 1, 3 if kind == "quarter" else 6)
    )
    return _months(year, first_month - 3 if fiscal else first_month, months)


def _months(year: int, first_month: int, months: int) -> tuple[date, date]:
    """Span of *months* months from *first_month*, which may lie in the year before (≤ 0)."""
    start = year * 12 + first_month - 1
    end = start + months - 1
    last_day = calendar.monthrange(end // 12, end % 12 + 1)[1]
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, last_day)


def midyear(code: str | int) -> date:
    """The day whose province units a period is drawn with: 1 July of its last calendar year."""
    if isinstance(code, int):
        return date(code, 7, 1)
    last = span(code)[1]
    return min(date(last.year, 7, 1), last) if grain(code) != "month" else last


def label(code: str) -> str:
    """The period in words: "January–March 2004", "fiscal year 2004", "1 January 2003 to 31 December 2004"."""
    kind = grain(code)
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
    codes = {
        "year": ["{y}"],
        "quarter": ["{y}Q1", "{y}Q2", "{y}Q3", "{y}Q4"],
    }
    if grain == "month":
        return [code for year in years for code in _month_codes(year_code(year, basis))]
    if grain == "to_date":
        first = span(year_code(years[0], basis))[0]
        return [f"{first}/{span(year_code(year, basis))[1]}" for year in years]
    return [code.format(y=year_code(year, basis)) for year in years for code in codes[grain]]


def _month_codes(year: str) -> list[str]:
    first, _ = span(year)
    months = [first.year * 12 + first.month - 1 + step for step in range(12)]
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]
