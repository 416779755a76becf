"""Numbers, dates and words as people write them, brought into the one form that columns are typed from.

Nothing is guessed. "3.000", "03/04/2004" and an Excel number of days in a text file can mean two things: they stay
as they are, and the typing refuses them, unless the folder's ``formats.csv`` says how they are meant. Where a form
says more than its value ("over 5,700", "161*"), the value comes with a note.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ctip_analysis.base import reference

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # break Khmer lines, mean nothing
SERIALS = "excel_1900"  # numbers of days as Excel has them: 1 is 1 January 1900
DIGITS = {"០១២៣៤៥៦៧៨៩": "Khmer", "٠١٢٣٤٥٦٧٨٩": "Arabic", "۰۱۲۳۴۵۶۷۸۹": "Persian", "๐๑๒๓๔๕๖๗๘๙": "Thai"}
DAY_FIRST, MONTH_FIRST, SERIALS_1904 = "day_first", "month_first", "excel_1904"
COMMA, POINT = "comma", "point"
SEMICOLONS = "semicolons"  # of a file that separates cells by them: its decimals may have a comma
TOTAL = (  # a cell that says that its row is a total
    r"(?i)((grand|sub|overall)[ -]?)?totals?\b[ :(]*(\S+ ?){0,3}|(\S+ ){0,2}(sub[ -]?)?totals?\s*:?|"
    r"sum( of .*)?\s*:?|overall\s*:?|all (agencies|clients|events|partners|provinces|recipients)\s*:?|សរុប.*"
)

_LATIN = str.maketrans("".join(DIGITS), "0123456789" * len(DIGITS))
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
_EPOCHS = {SERIALS: dt.date(1899, 12, 30), SERIALS_1904: dt.date(1904, 1, 1)}
_FIRST_SERIAL, _LAST_SERIAL = 30_000, 60_000  # days: 1982 to 2064, or four years later

_NUMBER = r"[+-]?(?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d+)?"
_FOOTNOTE = re.compile(rf"({_NUMBER})\s*(?:[*†‡]+|[¹²³⁴⁵⁶⁷⁸⁹]|\([a-z]\)|\[[a-z0-9]\])")
_BEFORE = (
    r"over|about|approx(?:\.|imately)?|around|more than|at least|ca\.?|circa|est(?:\.|imated)?|"
    r"[~≈>≥]|>=|ប្រហែល|ជាង|លើសពី"
)
_AFTER = r"\+|or more|approx(?:\.|imately)?|est(?:\.|imated)?"
_MORE = re.compile(rf"(?:{_BEFORE})\s*({_NUMBER})|({_NUMBER})\s*(?:{_AFTER})", re.IGNORECASE)
_POWER = re.compile(r"[+-]?\d+(?:\.\d+)?[eE]\+?\d{1,2}")
_DOLLARS = re.compile(rf"(?:US\s?\$|USD|\$)\s*({_NUMBER})|({_NUMBER})\s*(?:US\s?\$|USD|\$)", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([\d, .]+)\)")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:[. ]\d{3})+|\d+)(?:,\d+)?")

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})((?:[T ]\d{2}:\d{2}.*)?)")
_ZONED = re.compile(r"[T ].*(?:Z|[+-]\d{2}:?\d{2})")  # the end of a time that names its zone
_CAMBODIA = dt.timezone(dt.timedelta(hours=7))
_ORDINAL = re.compile(r"(\d{1,4})(?:st|nd|rd|th)?", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_KHMER_DATE_WORDS = re.compile(r"ថ្ងៃទី|ថ្ងៃ|ទី|ខែ|ឆ្នាំ|គ\.ស\.?|ព\.ស\.?|\bB\.?E\.?(?!\w)|\bA\.?D\.?(?!\w)", re.IGNORECASE)
_OFF = 543  # Buddhist years minus common years, until the year turns in April or May; then 544
_TURNS = ((4, 15), (5, 31))  # the turn, at full moon, is between these days
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")  # as text it may be thousands; as a number it is not


@dataclass(frozen=True)
class Formats:
    """How a column is written, where its folder says so: ``dates``, ``decimals``, and words for a missing value."""

    dates: str = ""
    decimals: str = ""
    missing: tuple[str, ...] = ()


UNSAID = Formats()


def seen(text: str) -> str:
    """*text* without what can't be seen and without blanks at its ends, composed (NFC)."""
    return unicodedata.normalize("NFC", text).translate(_UNSEEN).replace("\u00a0", " ").strip()


def latin(text: str) -> str:
    """*text* with the digits 0 to 9 for those of other scripts."""
    return text.translate(_LATIN)


def as_typed(value: object) -> str | None:
    """The value of a cell as a person would type it: 12 for 12.0, 2004-03-01 for a date; None for no value.

    A number of more than 15 digits is no longer exact in a workbook and is written with its power of ten.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) >= 1e15:
        return f"{value:e}"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else repr(value)
        return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)


def plain(text: str, field: Mapping[str, Any], formats: Formats, *, is_place: bool = False) -> tuple[str | None, str]:
    """*text* in the form that the column's type is read from, and a note where something was left out.

    Text that means no value gives None. Text that is not understood is returned as it is.

    >>> plain("over 5,700", {"type": "integer"}, Formats())
    ('5700', 'a word about the number was left out')
    >>> plain("15 កក្កដា 2004", {"type": "date"}, Formats())
    ('2004-07-15', '')
    """
    kind = field["type"]
    listed = "boolean" if kind == "boolean" else field.get("vocabulary", "")
    cell = seen(text)
    if cell in formats.missing:
        return None, "the text means a missing value, as formats.csv says"
    if kind == "string" and not listed and not is_place:
        return text, ""
    if kind in ("integer", "number", "date"):
        cell = latin(cell)
    if _folded(cell) in words("missing") and _folded(cell) not in words(listed):
        return None, "the text means a missing value"
    if is_place:
        return (None, "the text names no province") if _folded(cell) in words("no_place") else (text, "")
    if kind in ("integer", "number"):
        return _number(cell, field, formats)
    if kind == "date":
        return _date(cell, formats)
    return words(listed).get(_folded(cell), text), ""


@cache
def words(vocabulary: str) -> dict[str, str]:
    """The word of a list for each form it is written in, both folded; {} for no list."""
    table = reference.table("vocabularies")
    table = table[table["vocabulary"].eq(vocabulary)]
    forms = table["also_written"].fillna("").str.split("|")
    return {
        _folded(form): word for word, also in zip(table["value"], forms, strict=True) for form in (word, *also) if form
    }


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word.casefold()).strip() or word


def _number(text: str, field: Mapping[str, Any], formats: Formats) -> tuple[str, str]:
    note = ""
    text = re.sub(r"[\u2009\u202f]", " ", text).replace("−", "-")
    for prefix in field.get("writtenWith", ()):
        text = re.sub(rf"^{re.escape(prefix)}[\s.:-]*(?=\d)", "", text, flags=re.IGNORECASE)
    if formats.decimals == COMMA and _COMMA.fullmatch(text):
        return re.sub("[. ]", "", text).replace(",", "."), ""
    if formats.decimals == SEMICOLONS and re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        return text.replace(",", "."), ""  # as ambiguous as that
    if formats.decimals == POINT and re.fullmatch(_NUMBER, text):
        return re.sub("[, ]", "", text) + ("0" if "." in text else ""), ""
    if field.get("unit") == "USD" and (found := _DOLLARS.fullmatch(text)):
        text = found[1] or found[2]
    if found := _BRACKETS.fullmatch(text):
        return f"-{found[1]}", "a number in brackets was read as negative"
    if found := _FOOTNOTE.fullmatch(text):
        text, note = found[1], "the mark of a footnote was left out"
    elif found := _MORE.fullmatch(text):
        text, note = found[1] or found[2], "a word about the number was left out"
    if _POWER.fullmatch(text) and float(text).is_integer() and abs(float(text)) < 1e15:
        return str(int(float(text))), "a number with a power of ten may have lost digits"
    if (value := _in_words(text)) is not None:
        return str(value), "a number in words was read"
    return (re.sub(r"[, ](?=\d{3})", "", text) if note else text), note


def _in_words(text: str) -> int | None:
    """0 to 99 in English words; None for other text."""
    found = re.fullmatch(r"([a-z]+)(?:[ -]([a-z]+))?", text.casefold())
    numbers = [int(words("number").get(part, -1)) for part in found.groups() if part] if found else [-1]
    is_one = len(numbers) == 1 or 0 < numbers[1] < 10 <= numbers[0] - 10
    return sum(numbers) if is_one and min(numbers) >= 0 else None


def _date(text: str, formats: Formats) -> tuple[str, str]:
    """A date as YYYY-MM-DD, a month as YYYY-MM; what may be two days stays as it is."""
    if (epoch := _EPOCHS.get(formats.dates)) and re.fullmatch(r"\d{5}(\.\d+)?", text):
        days = int(float(text))
        return (str(epoch + dt.timedelta(days)) if _FIRST_SERIAL <= days <= _LAST_SERIAL else text), ""
    if (found := _YEAR_FIRST.fullmatch(text)) and _ZONED.fullmatch(found[4]):
        with contextlib.suppress(ValueError):
            return dt.datetime.fromisoformat(text).astimezone(_CAMBODIA).date().isoformat(), ""
    shorter = " ".join(_KHMER_DATE_WORDS.sub(" ", text).split())
    if found := _YEAR_FIRST.fullmatch(shorter):
        return _in_common_years(text, int(found[1]), int(found[2]), int(found[3]), found[4])
    if (found := _YEAR_LAST.fullmatch(shorter)) and formats.dates in (DAY_FIRST, MONTH_FIRST):
        one, two = int(found[1]), int(found[2])
        month, day = (two, one) if formats.dates == DAY_FIRST else (one, two)
        return _in_common_years(text, int(found[3]), month, day)
    return _with_named_month(text, [part for part in re.split(r"[\s,./-]+", shorter) if part])


def _with_named_month(text: str, parts: list[str]) -> tuple[str, str]:
    """A date of which one of the *parts* is the name of a month, in any order of day, month and year."""
    numbers = [int(found[1]) for part in parts if (found := _ORDINAL.fullmatch(part))]
    named = [words("month").get(_folded(part), "") for part in parts if not _ORDINAL.fullmatch(part)]
    if len(named) != 1 or not named[0] or not 1 <= len(numbers) <= 2 or not 1900 < max(numbers) < 2600:
        return text, ""
    month, year = int(named[0]), max(numbers)
    if len(numbers) == 1:  # a Buddhist year without a day is two common ones
        return (f"{year}-{month:02d}" if year < 2400 else text), ""
    return _in_common_years(text, year, month, min(numbers))


def _in_common_years(text: str, year: int, month: int, day: int, rest: str = "") -> tuple[str, str]:
    """A day with its year in the common era; a Buddhist year at its turn stays as it is."""
    note = ""
    if 2500 < year < 2600:
        if _TURNS[0] <= (month, day) <= _TURNS[1]:
            return text, ""
        year -= _OFF if (month, day) < _TURNS[0] else _OFF + 1
        note = "a Buddhist year was brought into the common era (543 less until April, 544 less from June)"
    return f"{year:04d}-{month:02d}-{day:02d}{rest}", note
