"""Run a notebook on an edition and lay down a page that can be handed over, or leave everything as it was.

The notebook is an ordinary papermill notebook. It runs in a private folder; page, facts and data appear
by rename only when every cell ran, so that a failed run never touches the last good report.
"""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from ctip_analysis import geography, periods
from ctip_analysis.edition import Released, read_edition
from ctip_analysis.errors import MissingFileError, NotShareableError, ParameterError
from ctip_analysis.handover import hand_over
from ctip_analysis.kernel import execute
from ctip_analysis.placing import DRAFT, lay_down, of_other_editions
from ctip_analysis.reference import ROOT
from ctip_analysis.workspace import private_folder

NOTEBOOKS = ROOT / "notebooks"
LOG = ROOT / "build" / "logs" / "report.log"
ANNUAL, PROFILE = "90_annual_report", "60_province_profile"
NO_MAPS = "Maps are not drawn: the province boundaries were missing when this edition was made."


@dataclass(frozen=True)
class Wanted:
    """A report that can be started: what the notebook itself says was checked."""

    source: Path
    notebook: nbformat.NotebookNode = field(repr=False)
    year: int
    basis: str
    province: str
    language: str

    @property
    def period(self) -> str:
        """2004 or FY2004."""
        return periods.year_code(self.year, self.basis)


@dataclass(frozen=True)
class Finished:
    """What a run left: the page, what it lacks ("" if nothing), and pages beside it from other editions."""

    page: Path
    degraded: str
    outdated: list[str]


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
    notebook: str = "", *, year: int, basis: str = "calendar", province: str = "", language: str = "en",
    folder: Path = NOTEBOOKS,
) -> Wanted:  # fmt: skip
    """The report that was asked for, before an edition is made or read for it.

    Raises
    ------
    ParameterError
        There is no such notebook, parameter, province or language.
    NotShareableError
        The notebook is internal.
    """
    if language != "en":
        raise ParameterError("Khmer is not available yet; leave --language out, or write --language en")
    source = find_notebook(notebook or (PROFILE if province else ANNUAL), folder)
    read = nbformat.read(source, as_version=4)
    if read.metadata.get("audience") != "donor":
        raise NotShareableError(
            f"{source.stem} is internal, it shows records, so no report is made from it: "
            "open it in JupyterLab (make lab)"
        )
    if province:
        _check_province(province, year)
        if "province" not in parameters(read):
            raise ParameterError(
                f"{source.stem} has no parameter province: leave --province out, or take {PROFILE}"
            )
    return Wanted(source, read, year, str(basis), province, str(language))


def _check_province(province: str, year: int) -> None:
    units = geography.units(year)
    if province not in set(units["adm1_code"]):
        named = ", ".join(units["adm1_code"] + " " + units["name_en"])
        raise ParameterError(f"there was no province {province!r} in {year}; there were {named}")


def parameters(notebook: nbformat.NotebookNode) -> list[str]:
    """Names that the cell tagged ``parameters`` declares, one ``name: type = value  # meaning`` a line."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    lines = cells[0].source.splitlines() if cells else []
    declared = [line for line in lines if "=" in line and not line.startswith("#")]
    return [line.partition("=")[0].partition(":")[0].strip() for line in declared]


def report(edition: Path, asked: Wanted, out: Path) -> Finished:
    """Make the report that was *asked* for from the edition in folder *edition*, and put it into *out*.

    Raises
    ------
    ParameterError
        A parameter has a value that the edition doesn't hold.
    ReportFailedError
        A cell failed; what lay in *out* is as it was.
    """
    released = read_edition(edition)
    _check(released, edition, asked)
    degraded = NO_MAPS if released.geometry is None else ""
    with private_folder(out, ".report-") as private:
        page = _make(edition, released, asked, private, degraded)
        hand_over(edition, released, private / "data")
        placed = lay_down(page, private / "data", out, asked.period)
    outdated = [] if degraded else of_other_editions(out, asked.period, released.id)
    return Finished(placed, degraded, outdated)


def _check(released: Released, edition: Path, asked: Wanted) -> None:
    """The same checks a notebook makes, before a kernel is started."""
    from ctip_analysis.page import open_page  # opening an edition for a page imports the drawing library

    province = asked.province if released.geometry is not None else ""
    open_page(edition, year=asked.year, basis=asked.basis, province=province, language=asked.language)


def _make(edition: Path, released: Released, asked: Wanted, private: Path, degraded: str) -> Path:
    """Execute and render in the *private* folder; the page, its facts beside it."""
    from ctip_analysis.render import render  # imports that a wrong parameter need not wait for

    executed = execute(asked.source, _settings(edition, asked), private / "executed.ipynb")
    page = private / f"{file_name(asked, released)}{DRAFT if degraded else ''}.html"
    render(executed, out=page, released=released, language=asked.language, degraded=degraded)
    return page


def _settings(edition: Path, asked: Wanted) -> dict[str, object]:
    """What papermill sets: of our parameters those that the notebook declares; no province keeps its own."""
    given = {
        "edition": str(edition.resolve()),
        "year": asked.year,
        "basis": asked.basis,
        "province": asked.province,
        "language": asked.language,
    }
    declared = parameters(asked.notebook)
    return {name: value for name, value in given.items() if name in declared and value != ""}


def file_name(asked: Wanted, released: Released) -> str:
    """Stem of the page: cambodia_ctip_annual_2004_en_SYNTHETIC."""
    kind = asked.notebook.metadata.get("report_name") or asked.source.stem.partition("_")[2]
    parts = ["cambodia_ctip", kind, asked.province, asked.period, asked.language]
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
