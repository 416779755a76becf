"""What an edition lets a report be made of: its years, its basis, the provinces of a year, its languages.

Checked before a kernel is started, and once more when a notebook opens its page.
"""

from __future__ import annotations

from collections.abc import Mapping

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import facts
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.runs.parameters import close_to

LANGUAGES = {"en": "English", "km": "Khmer"}
_AVAILABLE = ("en",)


def years(source: Released | Internal) -> list[str]:
    """Codes of the years an edition holds on its own basis."""
    require(source, "years")
    held = source.periods_held()
    return sorted(
        code for code in held if periods.grain(code) == "year" and periods.basis(code) == source.basis
    )


def provinces(source: Released | Internal, year: int) -> list[str]:
    """Codes of the provinces that existed on 1 July of *year*, as the edition holds them."""
    require(source, "provinces")
    code = periods.year_code(year, source.basis)
    if source.geometry is not None:
        return list(source.names(code).index)
    return sorted(set(source.rows(period=code)["adm1_code"]) - {"", "unknown"})


def check(source: Released | Internal, settings: Mapping[str, object]) -> None:
    """Stop unless the edition holds what *settings* ask for: language, basis, year and province.

    Raises
    ------
    ParameterError
        A value is not held; the message names what is, and the nearest.
    """
    require(source, "check")
    check_language(str(settings.get("language", "en")))
    basis = settings.get("basis", source.basis)
    if basis != source.basis:
        raise ParameterError(
            f"this edition counts {source.basis} years; basis must be {source.basis!r}, found {basis!r}"
        )
    year = int(str(settings.get("year", source.year)))
    _check_year(source, year)
    if province := settings.get("province"):
        _check_province(source, year, str(province))


def check_language(language: str) -> None:
    """Stop unless pages can be written in *language*."""
    if language not in _AVAILABLE:
        tongue = LANGUAGES.get(language, repr(language))
        raise ParameterError(f"{tongue} is not available yet; write language en, or leave it out")


def _check_year(source: Released | Internal, year: int) -> None:
    held = [int(code.removeprefix("FY")) for code in years(source)]
    if year not in held:
        close = min(held, key=lambda one: abs(one - year))
        raise ParameterError(
            f"year {year} is not in this edition, which holds {held[0]} to {held[-1]}; nearest is {close}"
        )


def _check_province(source: Released | Internal, year: int, province: str) -> None:
    existing = provinces(source, year)
    if province not in existing:
        code = periods.year_code(year, source.basis)
        named = ", ".join(f"{one} {facts.place_name(source, one, code)}" for one in existing)
        raise ParameterError(
            f"there was no province {province!r} in {code}; there were {named}{close_to(province, existing)}"
        )
