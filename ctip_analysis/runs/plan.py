"""What a batch will do: every report that is asked for, and why it has to be made.

A report is stale when its notebook, its parameters, the edition, a file of the package, the packages installed, or the
analyst's own boundaries differ from what its last good page was made of.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ctip_analysis.base import periods, provenance
from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.reference import DATA, ROOT, sha256
from ctip_analysis.edition import Edition
from ctip_analysis.runs import configuration, outputs, run_record
from ctip_analysis.runs.configuration import ALL, Entry
from ctip_analysis.runs.notebook import NOTEBOOKS
from ctip_analysis.runs.outputs import DRAFT
from ctip_analysis.runs.request import Request, check, request
from ctip_analysis.runs.run_record import ReportRecord, State
from ctip_analysis.runs.worker import Task

NO_MAPS = "Maps are not drawn: the province boundaries were missing when this edition was made."
PACKAGE = Path(__file__).parents[1]
_WORDS = {
    "notebook": "its notebook was changed",
    "parameters": "its parameters were changed",
    "edition": "it is of another edition",
    "code": "the code was changed",
    "packages": "packages were changed",
    "boundaries": "the boundaries were changed",
}


@dataclass(frozen=True)
class Planned:
    """One report of a batch: the stem of its page, what it is made of, ``why`` it is made ("" if it is not)."""

    asked: Request
    name: str
    made_of: Mapping[str, str]
    why: str = "asked for"
    degraded: str = ""

    @property
    def page(self) -> str:
        """Stem of the page: a draft has its own, beside the last good one."""
        return f"{self.name}{DRAFT if self.degraded else ''}"

    def task(self, edition: Path, place: Path) -> Task:
        """What is sent to a worker; *place* is a private folder for the result."""
        asked = self.asked
        return Task(
            notebook=asked.notebook.resolve(), settings=asked.for_notebook(edition), edition=edition.resolve(),
            name=self.page, period=asked.period, place=place, limits=asked.limits, expect=asked.expect,
            degraded=self.degraded, pdf=asked.pdf,
        )  # fmt: skip


def from_file(path: Path, edition: Edition, notebooks: Path = NOTEBOOKS) -> list[Request]:
    """Every report that the file *path* asks for, in its order, checked with *edition*.

    Raises
    ------
    ParameterError
        A notebook, parameter or value is unknown, or two reports would have one name; every fault at once.
    """
    asked: list[Request] = []
    faults: list[str] = []
    for number, entry in enumerate(configuration.read_reports(path).reports, start=1):
        place = f"reports, entry {number} ({entry.notebook})"
        try:
            asked += _of_entry(place, entry, edition, notebooks, faults)
        except CtipError as error:
            faults.append(f"{place}: {error}")
    names = [one.page_name(edition.is_synthetic) for one in asked]
    twice = sorted({one for one in names if names.count(one) > 1})
    faults += [f"{name} would be made twice" for name in twice]
    if faults:
        raise configuration.refused(path.name, faults)
    return asked


def _of_entry(place: str, entry: Entry, edition: Edition, folder: Path, faults: list[str]) -> Iterator[Request]:
    used: list[dict[str, str]] = []
    for combination in _expanded(entry, edition):
        if out := entry.excluded(combination):
            used += out
            continue
        try:
            asked = request(
                entry.notebook, combination, folder=folder, audience=entry.audience, limits=entry.limits,
                expect=entry.expect, pdf=entry.pdf,
            )  # fmt: skip
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
        if one.get("province") != ALL:
            yield one
            continue
        year = periods.year_code(parameters.year_of(edition, one["year"]), edition.basis)
        yield from ({**one, "province": code} for code in _provinces(edition, year))


def _provinces(edition: Edition, year: str) -> list[str]:
    """Codes of the provinces of *year*, also where the edition has no boundaries."""
    if units := edition.units(year):
        return list(units)
    codes = edition.frame.loc[edition.frame["period"].eq(year), "adm1_code"]
    return sorted(set(codes) - {"", "unknown"})


def plan(asked: Iterable[Request], edition: Edition, *, degraded: str = "") -> list[Planned]:
    """The reports that are *asked* for, all to be made; *degraded* makes drafts of all of them and says why."""
    lacking = degraded or lacks(edition)
    return [
        Planned(
            one, one.page_name(edition.is_synthetic), made_of(one.notebook, one.settings, edition.id),
            degraded=lacking,
        )
        for one in asked
    ]  # fmt: skip


def lacks(edition: Edition) -> str:
    """What every report of an edition must say it lacks; "" if nothing. Such a report is a draft."""
    parts = [str(edition.info.get("draft", "")), NO_MAPS if edition.boundaries is None else ""]
    return " ".join(filter(None, parts))


def only_stale(planned: Iterable[Planned], out: Path) -> list[Planned]:
    """*planned*, with nothing to do for pages that are as they would be made now."""
    return [replace(one, why=_why_stale(one, out)) if one.why else one for one in planned]


def _why_stale(planned: Planned, out: Path) -> str:
    record = run_record.read(run_record.path_of(out, planned.name), ReportRecord)
    if record is None:
        return "it was never made"
    if planned.degraded or record.state != State.DONE:
        return f"it is {record.state}"
    if outputs.hashes(out, planned.name) != record.outputs:
        return "its page was changed or is gone"
    return reason(record.made_of, planned.made_of)


def only_failed(planned: Iterable[Planned], out: Path) -> list[Planned]:
    """*planned*, with nothing to do for reports whose last run was done."""
    return [replace(one, why="") if _is_done(one, out) else one for one in planned]


def _is_done(planned: Planned, out: Path) -> bool:
    record = run_record.read(run_record.path_of(out, planned.name), ReportRecord)
    return record is not None and record.state == State.DONE


def made_of(notebook: Path, settings: Mapping[str, object], edition_id: str) -> dict[str, str]:
    """Hashes of what a report is made of, part by part; the edition by its id."""
    return {
        "notebook": sha256(notebook),
        "parameters": _hash(json.dumps(dict(settings), sort_keys=True, default=str)),
        "edition": edition_id,
        "code": code(),
        "packages": _packages(),
        "boundaries": boundaries(),
    }


def reason(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Why a report that was made of *before* is stale; "" if it is not."""
    return ", ".join(words for part, words in _WORDS.items() if before.get(part) != now[part])


@cache
def code() -> str:
    """One hash over the files of the package, the pinned tables and the shapes."""
    paths = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lines = [f"{path.relative_to(PACKAGE)} {sha256(path)}" for path in paths]
    pinned = [folder / "datapackage.json" for folder in (DATA, ROOT / "shapefiles")]
    return _hash("\n".join([*lines, *(sha256(path) for path in pinned if path.is_file())]))


def boundaries() -> str:
    """Hash of the analyst's own boundaries and the column they name; "" where none are given."""
    given = os.environ.get("CTIP_BOUNDARIES", "").strip()
    path = Path(given.partition("::")[0])
    return _hash(f"{given} {sha256(path)}") if given and path.is_file() else given


def _packages() -> str:
    known = provenance.known()
    return _hash(json.dumps([known["lock"], known["python"], known["packages"]]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
