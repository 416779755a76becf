"""Which reports are asked for, each a notebook with checked parameters, and why each has to be made.

``reports.yml`` has an entry a notebook: a ``matrix`` of parameter values, combinations to ``include`` and to
``exclude``, time ``limits`` in seconds, what the page must show at least (``expect``), and whether there is a ``pdf``
too (a notebook whose metadata says so has one anyway). What is wrong is said before anything runs.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field

from ctip_analysis.base import periods, provenance
from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.reference import sha256
from ctip_analysis.runs import configuration, outputs, run_record
from ctip_analysis.runs.configuration import Strict
from ctip_analysis.runs.notebook import NOTEBOOKS, checked, declared, find_notebook, runnable
from ctip_analysis.runs.run_record import ReportRecord, State

if TYPE_CHECKING:
    from ctip_analysis.edition import Edition

ANNUAL, PROFILE = "90_annual_report", "60_province_profile"
NO_MAPS = "Maps are not drawn: the province boundaries were missing when this edition was made."
_USUAL = {"basis": "calendar", "language": "en"}  # what a notebook need not declare
_PARTS = {
    "notebook": "its notebook was changed", "parameters": "its parameters were changed",
    "edition": "it is of another edition", "code": "the code was changed", "packages": "packages were changed",
    "boundaries": "the boundaries were changed",
}  # fmt: skip
_listed = BeforeValidator(lambda one: one if isinstance(one, list | dict) else [one])
Values = Annotated[list[str], _listed, Field(min_length=1)]


class Limits(Strict):
    """Seconds after which a report, or one of its cells, is ended."""

    run: float = Field(default=600.0, gt=0)
    cell: float = Field(default=300.0, gt=0)


class Expect(Strict):
    """What a page must show at least: figures, and tables with rows."""

    figures: int = Field(default=0, ge=0)
    tables: int = Field(default=0, ge=0)


class Entry(Strict):
    """One notebook, the combinations of parameters it is run with, and its limits."""

    notebook: str
    matrix: dict[str, Values] = Field(default_factory=dict)
    include: tuple[dict[str, str], ...] = ()
    exclude: tuple[dict[str, str], ...] = ()
    limits: Limits = Limits()
    expect: Expect = Expect()
    pdf: bool = False

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination of the matrix, then those to include."""
        if self.matrix or not self.include:
            for values in itertools.product(*self.matrix.values()):
                yield dict(zip(self.matrix, values, strict=True))
        yield from self.include


class ReportsFile(Strict):
    """All entries of ``reports.yml``."""

    reports: Annotated[list[Entry], Field(min_length=1)]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The file at *path*; ParameterError lists every fault."""
        return configuration.read(path, cls, "notebooks/reports.yml")

    def last_year(self) -> tuple[int, str]:
        """The last year that an entry names, with its basis: the edition of that year has all of them."""
        named = [one for entry in self.reports for one in entry.combinations() if one.get("year", "").isdigit()]
        if not named:
            raise ParameterError("no report names a year: give --edition, or a year in each matrix")
        last = max(named, key=lambda one: int(one["year"]))
        return int(last["year"]), last.get("basis", "calendar")


@dataclass(frozen=True)
class Report:
    """A report that can be made. ``settings`` are typed and have year, basis and language; ``plan`` fills the rest.

    ``name`` is the stem of its page, ``why`` says why it is made ("" if it is not), ``degraded`` why it is a draft.
    """

    notebook: Path
    kind: str
    settings: Mapping[str, object]
    declares: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    expect: Expect = field(default_factory=Expect)
    pdf: bool = False
    name: str = ""
    made_of: Mapping[str, str] = field(default_factory=dict)
    why: str = "asked for"
    degraded: str = ""

    @property
    def period(self) -> str:
        """2004 or FY2004."""
        return periods.year_code(int(str(self.settings["year"])), str(self.settings["basis"]))

    @property
    def page(self) -> str:
        """Stem of the page: a draft has its own, beside the last good one."""
        return f"{self.name}{outputs.DRAFT if self.degraded else ''}"

    def for_notebook(self, edition: Path) -> dict[str, object]:
        """What papermill sets: of our parameters those that the notebook declares."""
        given = {"edition": str(edition.resolve()), **self.settings}
        return {name: value for name, value in given.items() if name in self.declares and value != ""}


def request(notebook: str, given: Mapping[str, object], *, folder: Path = NOTEBOOKS, **more: Any) -> Report:
    """The report of *notebook* with the parameters *given*, among them the year; *more* are limits, expect and pdf.

    ParameterError where there is no such notebook or parameter, a value is of another type, or a cell waits for a
    person; NotShareableError where the notebook is internal.
    """
    path = find_notebook(notebook, folder)
    read = runnable(path, path.stat().st_mtime_ns)
    known, usual = declared(read), {**_USUAL, "year": given.get("year")}
    if absent := {"edition", "year"} - known.keys():
        raise ParameterError(
            f"{path.stem} has no parameter {' and '.join(sorted(absent))}: write each in a cell with the tag "
            "parameters, as `ctip new-notebook NAME` makes it"
        )
    asked = {name: value for name, value in given.items() if name in known or value != usual.get(name)}
    settings = {**usual, **checked(known, asked, path.stem)}
    if settings.get("province"):
        from ctip_analysis.page import parameters
        from ctip_analysis.places import units

        year = int(str(settings["year"]))
        there = dict(units(on=year)[["adm1_code", "name_en"]].itertuples(index=False))
        settings["province"] = parameters.province_of(there, settings["province"], str(year))
    kind = read["metadata"].get("report_name") or re.sub(r"^\d+_", "", path.stem)
    more["pdf"] = more.get("pdf") or read["metadata"].get("pdf") is True
    return Report(path, kind, settings, frozenset(known), **more)


def check(asked: Report, edition: Edition) -> None:
    """Stop unless *edition* has the year, basis, province and language that are *asked* for."""
    from ctip_analysis.page import parameters

    parameters.language_of(asked.settings["language"])
    parameters.basis_of(edition, asked.settings["basis"])
    parameters.year_of(edition, asked.settings["year"])
    parameters.province_of(edition.units(asked.period), asked.settings.get("province", ""), asked.period)


def from_file(path: Path, edition: Edition, notebooks: Path = NOTEBOOKS) -> list[Report]:
    """Every report that the file *path* asks for, checked with *edition*; ParameterError has every fault at once."""
    asked: list[Report] = []
    faults: list[str] = []
    for number, entry in enumerate(ReportsFile.read(path).reports, start=1):
        place = f"reports, entry {number} ({entry.notebook})"
        try:
            asked += _of_entry(place, entry, edition, notebooks, faults)
        except CtipError as error:
            faults.append(f"{place}: {error}")
    names = [_name(one, edition) for one in asked]
    faults += [f"{name} would be made twice" for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise configuration.refused(path.name, faults)
    return asked


def _of_entry(place: str, entry: Entry, edition: Edition, folder: Path, faults: list[str]) -> Iterator[Report]:
    used, more = [], {name: getattr(entry, name) for name in ("limits", "expect", "pdf")}
    for combination in _expanded(entry, edition):
        if out := [one for one in entry.exclude if one.items() <= combination.items()]:
            used += out
            continue
        try:
            asked = request(entry.notebook, combination, folder=folder, **more)
            check(asked, edition)
            yield asked
        except ParameterError as error:
            faults.append(f"{place}: {error}")
    faults += [f"{place}: exclude {one} takes nothing out" for one in entry.exclude if one not in used]


def _expanded(entry: Entry, edition: Edition) -> Iterator[dict[str, str]]:
    """Each combination with its year and basis; ``province: all`` once for every province of its year."""
    from ctip_analysis.page import parameters

    for given in entry.combinations():
        one = {"year": str(edition.year), "basis": edition.basis, **given}
        if one.get("province") != "all":
            yield one
            continue
        year = periods.year_code(parameters.year_of(edition, one["year"]), edition.basis)
        held = edition.frame.loc[edition.frame["period"].eq(year), "adm1_code"]  # where there are no boundaries
        yield from ({**one, "province": code} for code in edition.units(year) or sorted({*held} - {"", "unknown"}))


def plan(asked: Iterable[Report], edition: Edition, *, degraded: str = "") -> list[Report]:
    """The reports that are *asked* for, all to be made; drafts if *degraded* or the edition says why."""
    lacks = [str(edition.info.get("draft", "")), NO_MAPS if edition.boundaries is None else ""]
    why = degraded or " ".join(filter(None, lacks))
    shared = {
        "edition": edition.id, "code": provenance.code(), "packages": provenance.packages(),
        "boundaries": provenance.boundaries(),
    }  # fmt: skip
    return [replace(one, name=_name(one, edition), made_of=_own(one) | shared, degraded=why) for one in asked]


def _own(asked: Report) -> dict[str, str]:
    settings = json.dumps(dict(asked.settings), sort_keys=True, default=str)
    return {"notebook": sha256(asked.notebook), "parameters": provenance.hashed(settings)}


def _name(asked: Report, edition: Edition) -> str:
    """Stem of the good page: cambodia_ctip_annual_2004_en_SYNTHETIC."""
    province, language = (str(asked.settings.get(name, "")) for name in ("province", "language"))
    parts = ["cambodia_ctip", asked.kind, province, asked.period, language, "SYNTHETIC" if edition.is_synthetic else ""]
    return "_".join(filter(None, parts))


def only_stale(planned: Iterable[Report], out: Path) -> list[Report]:
    """*planned*, with nothing to do for pages in *out* that are as they would be made now."""
    return [replace(one, why=_why_stale(one, run_record.of(one.name, out), out)) if one.why else one for one in planned]


def _why_stale(planned: Report, record: ReportRecord | None, out: Path) -> str:
    if record is None:
        return "it was never made"
    if planned.degraded or record.state != State.DONE:
        return f"it is {record.state}"
    if outputs.hashes(out, planned.name) != record.outputs:
        return "its page was changed or is gone"
    return ", ".join(words for part, words in _PARTS.items() if record.made_of.get(part) != planned.made_of[part])


def only_failed(planned: Iterable[Report], out: Path) -> list[Report]:
    """*planned*, with nothing to do for reports whose last run was done."""
    records = [(one, run_record.of(one.name, out)) for one in planned]
    return [replace(one, why="") if record and record.state == State.DONE else one for one, record in records]
