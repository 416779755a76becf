"""What an edition leaves to choose for a report: its years, its basis, the provinces of a year, its languages.

Checked before a kernel is started, and once more when a notebook opens its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError, UnknownNameError, suggestion
from ctip_analysis.places import names

if TYPE_CHECKING:
    from ctip_analysis.edition.edition import Edition

LANGUAGES = {"en": "English", "km": "Khmer"}
_AVAILABLE = ("en",)


def provinces(edition: Edition, year: int) -> list[str]:
    """P-codes of the provinces that existed on 1 July of *year*, as the edition has them."""
    code = periods.year_code(year, edition.basis)
    if edition.geometry is not None:
        return list(edition.provinces(code)["adm1_code"])
    held = edition.frame.loc[edition.frame["period"].eq(code), "adm1_code"]
    return sorted(set(held) - {"", names.UNKNOWN})


def check(edition: Edition, settings: Mapping[str, object]) -> dict[str, object]:
    """*settings* in their own types, if the edition has what they ask for: language, basis, year and province.

    A year may be text ("2004"), a province any spelling ("Phnom Penh"); they come back as 2004 and "KH12".

    Raises
    ------
    ParameterError
        The edition does not have a value; the message names what it has, and the nearest.
    """
    check_language(str(settings.get("language", "en")))
    basis = settings.get("basis", edition.basis)
    if basis != edition.basis:
        raise ParameterError(
            f"this edition counts {edition.basis} years; basis must be {edition.basis!r}, found {basis!r}"
        )
    checked = {**settings, "year": _year(edition, settings.get("year", edition.year))}
    if province := settings.get("province"):
        checked["province"] = _province(edition, int(str(checked["year"])), str(province))
    return checked


def check_language(language: str) -> None:
    """Stop unless pages can be written in *language*."""
    if language not in _AVAILABLE:
        tongue = LANGUAGES.get(language, repr(language))
        raise ParameterError(f"{tongue} is not available yet; write language en, or leave it out")


def _year(edition: Edition, asked: object) -> int:
    held = [int(code.removeprefix("FY")) for code in edition.years]
    if isinstance(asked, bool) or not str(asked).isdigit():
        raise ParameterError(f"year must be a number such as {held[-1]}, found {asked!r}")
    year = int(str(asked))
    if year not in held:
        close = min(held, key=lambda one: abs(one - year))
        raise ParameterError(
            f"year {year} is not in this edition, which has {held[0]} to {held[-1]}; nearest is {close}"
        )
    return year


def _province(edition: Edition, year: int, asked: str) -> str:
    existing, period = provinces(edition, year), periods.year_code(year, edition.basis)
    named = {code: edition.place_name(code, period) for code in existing}
    try:
        code = str(names.province_codes(asked).iloc[0])
    except UnknownNameError:
        near = suggestion(asked, [*named.values(), *existing])
        raise ParameterError(f"there is no province {asked!r}{near}") from None
    if code not in existing:
        listed = ", ".join(f"{one} {name}" for one, name in named.items())
        raise ParameterError(f"there was no province {asked!r} in {period}; there were {listed}")
    return code
