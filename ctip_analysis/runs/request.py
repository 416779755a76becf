"""Which report is asked for: its notebook, its checked parameters, the name of its page.

What is wrong is said before an edition is made and before a notebook is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ctip_analysis.base import periods
from ctip_analysis.runs.configuration import Expect, Limits
from ctip_analysis.runs.notebook import NOTEBOOKS, checked, declared, find_notebook, runnable

if TYPE_CHECKING:
    from ctip_analysis.edition import Edition

ANNUAL, PROFILE = "90_annual_report", "60_province_profile"
_USUAL = {"basis": "calendar", "language": "en"}  # what a notebook need not declare


@dataclass(frozen=True)
class Request:
    """A report that can be started; ``settings`` are typed and have year, basis and language."""

    notebook: Path
    kind: str
    settings: Mapping[str, object]
    declares: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    expect: Expect = field(default_factory=Expect)
    pdf: bool = False

    @property
    def period(self) -> str:
        """2004 or FY2004."""
        return periods.year_code(int(str(self.settings["year"])), str(self.settings["basis"]))

    def for_notebook(self, edition: Path) -> dict[str, object]:
        """What papermill sets: of our parameters those that the notebook declares."""
        given = {"edition": str(edition.resolve()), **self.settings}
        return {name: value for name, value in given.items() if name in self.declares and value != ""}

    def page_name(self, is_synthetic: bool) -> str:
        """Stem of the page: cambodia_ctip_annual_2004_en_SYNTHETIC."""
        province, language = (str(self.settings.get(name, "")) for name in ("province", "language"))
        parts = ["cambodia_ctip", self.kind, province, self.period, language]
        return "_".join(filter(None, parts)) + ("_SYNTHETIC" if is_synthetic else "")


def request(
    notebook: str, given: Mapping[str, object], *, folder: Path = NOTEBOOKS, audience: str = "donor",
    limits: Limits = Limits(), expect: Expect = Expect(), pdf: bool = False,  # noqa: B008  frozen
) -> Request:  # fmt: skip
    """The report of *notebook* with the parameters *given*, of which the year must be one; *pdf* asks for a PDF too.

    Raises
    ------
    ParameterError
        There is no such notebook or parameter, a value is of another type, or the notebook waits for a person.
    NotShareableError
        The notebook is internal.
    """
    path = find_notebook(notebook, folder)
    read = runnable(path, path.stat().st_mtime_ns, audience)
    known = declared(read)
    asked = {name: value for name, value in given.items() if name in known or not _is_usual(name, value)}
    settings = {**_USUAL, "year": given.get("year"), **checked(known, asked, path.stem)}
    if settings.get("province"):
        from ctip_analysis.page import parameters

        year = int(str(settings["year"]))
        settings["province"] = parameters.province_of(_units(year), settings["province"], str(year))
    kind = read["metadata"].get("report_name") or re.sub(r"^\d+_", "", path.stem)
    with_pdf = pdf or read["metadata"].get("pdf") is True
    return Request(path, kind, settings, frozenset(known), limits, expect, with_pdf)


def _is_usual(name: str, value: object) -> bool:
    return name == "year" or value == _USUAL.get(name)


def _units(year: int) -> dict[str, str]:
    """Names of the provinces of *year* by code."""
    from ctip_analysis.places import units

    there = units(on=year)
    return dict(zip(there["adm1_code"], there["name_en"], strict=True))


def check(asked: Request, edition: Edition) -> None:
    """Stop unless *edition* has the year, basis, province and language that are *asked* for."""
    from ctip_analysis.page import parameters

    settings = asked.settings
    parameters.language_of(settings["language"])
    parameters.basis_of(edition, settings["basis"])
    parameters.year_of(edition, settings["year"])
    parameters.province_of(edition.units(asked.period), settings.get("province", ""), asked.period)
