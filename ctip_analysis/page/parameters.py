"""Parameters of a notebook, as :func:`open_page` takes them: each checked, a mistake ends in a sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError, UnknownNameError, suggestion
from ctip_analysis.edition import CELL_COLUMNS, Edition, open_edition
from ctip_analysis.places import names

LANGUAGES = {"en": "English", "km": "Khmer"}
_AVAILABLE = ("en",)
_INJECTED = "# Parameters"  # first line of the cell that papermill adds


def check_injected(cells: Iterable[str] | None = None) -> None:
    """Stop if papermill set a parameter that the notebook does not have: papermill itself only warns.

    *cells* are the sources of the cells that ran so far, by default those of the running notebook.

    ParameterError: the message names the parameter and the nearest of the notebook's own.
    """
    known: set[str] = set()
    for source in _executed() if cells is None else cells:
        names = set(_assigned(source))
        if source.lstrip().partition("\n")[0].rstrip() == _INJECTED and known:
            for name in sorted(names - known):
                raise ParameterError(f"there is no parameter {name!r}{suggestion(name.lower(), known)}")
        known |= names


def _executed() -> list[str]:
    """Sources of the cells that the running notebook executed; empty outside a notebook."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:  # pragma: no cover
        return []
    shell = get_ipython()
    return list(shell.user_ns.get("In", [])) if shell is not None else []


def _assigned(source: str) -> Iterator[str]:
    """Names that the cell sets to a value, one a line, as a parameters cell does."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic or a shell command
        return
    for statement in statements:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def edition_of(source: object, year: object) -> Edition:
    """The edition of *source*; an internal one where it is a frame of cells, or records."""
    if isinstance(source, str | Path | Edition):
        return open_edition(source)
    if isinstance(source, pd.DataFrame) or hasattr(source, "table"):
        cells = _cells(source)
        years = [int(code[-4:]) for code in cells["period"].unique() if periods.grain(code) == "year"]
        if not years and year is None:
            raise ParameterError("open_page needs the year of a page of records: open_page(records, year=2004)")
        info = {
            "year": max(years, default=year),
            "basis": "fiscal" if cells["period"].str.startswith("FY").any() else "calendar",
            "is_synthetic": bool(getattr(source, "is_synthetic", cells["kind"].eq("synthetic").any())),
        }
        return Edition.internal(cells, info)
    raise ParameterError(
        f"open_page takes the folder of an edition, an Edition, cells or records; found {type(source).__name__}"
    )


def _cells(source: object) -> pd.DataFrame:
    """The cells in *source*; none where it has records."""
    if isinstance(source, pd.DataFrame) and {"indicator", "period", "value", "status"} <= set(source.columns):
        return source
    return pd.DataFrame(columns=CELL_COLUMNS, dtype=object)


def basis_of(edition: Edition, basis: object) -> str:
    """*basis*, if it is that of *edition*; the edition's own where none is given."""
    if basis not in ("", None, *periods.BASES):
        raise ParameterError(f"basis is calendar or fiscal, found {basis!r}")
    if basis and basis != edition.basis:
        raise ParameterError(
            f"this edition counts {edition.basis} years: basis must be {edition.basis!r}, found {basis!r}"
        )
    return edition.basis


def year_of(edition: Edition, year: object) -> int:
    """*year* as a number that *edition* has; its last year where none is given."""
    if year is None:
        return edition.year
    text = str(year).strip().removeprefix("FY")
    if isinstance(year, bool) or not (text.isascii() and text.isdigit()):
        raise ParameterError(f"year is a whole number, as {edition.year}; found {year!r}")
    known = [int(code.removeprefix("FY")) for code in edition.years]
    if known and int(text) not in known:
        near = min(known, key=lambda one: abs(one - int(text)))
        raise ParameterError(
            f"year {text} is not in this edition, which has {known[0]} to {known[-1]}; nearest is {near}"
        )
    return int(text)


def province_of(units: Mapping[str, str], province: object, period: str) -> str:
    """P-code of *province* ("Kampot", "kh07", Khmer) if it is one of *units*, names by code; "" where none is given.

    Without *units*, as in an edition without boundaries, any province will do.
    """
    if province in ("", None):
        return ""
    if not isinstance(province, str):
        raise ParameterError(f"province is a name or a code, as 'Kampot' or 'KH07'; found {province!r}")
    if (code := _code(province)) in units or not units:
        return code
    if near := [] if code else names.nearest(province):
        raise ParameterError(f"there was no province {province!r} in {period}; did you mean {' or '.join(near)}?")
    listed = ", ".join(f"{code} {name}" for code, name in units.items())
    raise ParameterError(f"there was no province {province!r} in {period}; there were {listed}")


def _code(province: str) -> str:
    """P-code of any spelling of a province; "" if it has none."""
    try:
        return str(names.province_codes(province).iloc[0])
    except UnknownNameError:
        return ""


def language_of(language: object) -> str:
    """*language*, if pages can be written in it."""
    if language not in _AVAILABLE:
        named = LANGUAGES.get(str(language), repr(language))
        raise ParameterError(f"{named} is not available yet: write language 'en', or leave it out")
    return str(language)
