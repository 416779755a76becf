"""Which report is asked for: its notebook, its parameters checked, the name of its page.

What is wrong is said before an edition is made and before a kernel is started.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat

from ctip_analysis.base import periods
from ctip_analysis.base.errors import MissingFileError, NotShareableError, ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.edition import choices
from ctip_analysis.edition.read import Internal, Released
from ctip_analysis.places import geography
from ctip_analysis.runs.parameters import checked, declared
from ctip_analysis.runs.task import Limits

NOTEBOOKS = ROOT / "notebooks"
LOG = ROOT / "build" / "logs" / "report.log"
ANNUAL, PROFILE = "90_annual_report", "60_province_profile"
NO_MAPS = "Maps are not drawn: the province boundaries were missing when this edition was made."
_USUAL = {"basis": "calendar", "language": "en"}  # what a notebook need not declare


@dataclass(frozen=True)
class Wanted:
    """A report that can be started: ``settings`` are typed and declared, and hold year, basis and language."""

    source: Path
    kind: str
    settings: Mapping[str, object]
    declares: frozenset[str]
    limits: Limits = field(default=Limits())

    @property
    def year(self) -> int:
        """Reporting year."""
        return int(str(self.settings["year"]))

    @property
    def period(self) -> str:
        """2004 or FY2004."""
        return periods.year_code(self.year, str(self.settings["basis"]))

    def for_notebook(self, edition: Path) -> dict[str, object]:
        """What papermill sets: of our parameters those that the notebook declares."""
        given = {"edition": str(edition.resolve()), **self.settings}
        return {name: value for name, value in given.items() if name in self.declares and value != ""}


def find_notebook(name: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook *name* (with or without number and ``.ipynb``); ParameterError names near ones."""
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    wanted = name.removesuffix(".ipynb")
    for stem in known:
        if wanted in (stem, stem.partition("_")[0], stem.partition("_")[2]):
            return known[stem]
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.3)
    nearest = f"; nearest is {near[0]}" if near else ""
    raise ParameterError(f"there is no notebook {name!r}; there are {', '.join(known)}{nearest}")


def wanted(
    notebook: str, given: Mapping[str, object], *, folder: Path = NOTEBOOKS, audience: str = "donor",
    limits: Limits = Limits(),  # noqa: B008  frozen
) -> Wanted:  # fmt: skip
    """The report *notebook* with the parameters *given*, of which the year must be one.

    Raises
    ------
    ParameterError
        There is no such notebook, parameter, province or language, or a value is of another type.
    NotShareableError
        The notebook is internal.
    """
    choices.check_language(str(given.get("language", "en")))
    source = find_notebook(notebook, folder)
    read = nbformat.read(source, as_version=4)
    if read.metadata.get("audience") != "donor" or audience != "donor":
        raise NotShareableError(
            f"{source.stem} is internal, it shows records, so no report is made from it: "
            "open it in JupyterLab (make lab)"
        )
    known = declared(read)
    asked = {name: value for name, value in given.items() if name in known or not _is_usual(name, value)}
    settings = {**_USUAL, "year": given.get("year"), **checked(known, asked, source.stem)}
    if province := settings.get("province"):
        _check_province(str(province), int(str(settings["year"])))
    kind = read.metadata.get("report_name") or source.stem.partition("_")[2]
    return Wanted(source, kind, settings, frozenset(known), limits)


def _is_usual(name: str, value: object) -> bool:
    return name == "year" or value == _USUAL.get(name)


def _check_province(province: str, year: int) -> None:
    if province not in (existing := _provinces(year)):
        named = ", ".join(f"{code} {name}" for code, name in existing.items())
        raise ParameterError(f"there was no province {province!r} in {year}; there were {named}")


@cache
def _provinces(year: int) -> dict[str, str]:
    """Names of the provinces of a year, by code."""
    units = geography.units(year)
    return dict(zip(units["adm1_code"], units["name_en"], strict=True))


def lacking(released: Released) -> str:
    """What every report of an edition must say it lacks; "" if nothing. Such a report is a draft."""
    parts = [released.info.get("draft", ""), NO_MAPS if released.geometry is None else ""]
    return " ".join(filter(None, parts))


def check(asked: Wanted, source: Released | Internal) -> None:
    """Stop unless the edition *source* holds what was *asked* for."""
    settings = dict(asked.settings)
    if source.geometry is None:
        settings.pop("province", None)
    choices.check(source, settings)


def file_name(asked: Wanted, released: Released | Internal) -> str:
    """Stem of the page: cambodia_ctip_annual_2004_en_SYNTHETIC."""
    province, language = (str(asked.settings.get(name, "")) for name in ("province", "language"))
    parts = ["cambodia_ctip", asked.kind, province, asked.period, language]
    return "_".join(filter(None, parts)) + ("_SYNTHETIC" if released.is_synthetic else "")


def note(what: str, outcome: str, seconds: float, where: str = "") -> bool:
    """Add one run to the operator's log; False if that can't be written (a full disk).

    Nothing read from records may stand in it.
    """
    lines = f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {what}: {outcome} ({seconds:.1f} s)\n"
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(lines + (f"  at {where}\n" if where else ""))
    except OSError:  # what was said on the terminal stands
        return False
    return True


def editions_folder(data: Path) -> Path:
    """Where editions of the record folder *data* go: ``build/editions``, or ``build/editions-NAME``."""
    build, sample = ROOT / "build", ROOT / "data" / "sample"
    same = data.resolve() == sample.resolve()
    return build / "editions" if same else build / f"editions-{data.resolve().name}"


def require_edition(folder: Path) -> Path:
    """*folder*, if it holds an edition."""
    if not (folder / "edition.json").is_file():
        raise MissingFileError(
            f"there is no edition in {folder.name}: give a folder that `ctip release` made, such as "
            "build/editions/2004, or leave --edition out"
        )
    return folder
