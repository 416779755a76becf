"""Run a notebook on an edition and lay down a page that can be handed over, or leave everything as it was.

The notebook is an ordinary papermill notebook. It runs in a private folder; page, facts and data appear
by rename only when every cell ran, so that a failed run never touches the last good report.
"""

from __future__ import annotations

import difflib
import logging
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from papermill.exceptions import PapermillExecutionError

from ctip_analysis import periods
from ctip_analysis.edition import Released, read_edition
from ctip_analysis.errors import CtipError, MissingFileError, NotShareableError, ParameterError
from ctip_analysis.handover import hand_over
from ctip_analysis.reference import ROOT

NOTEBOOKS = ROOT / "notebooks"
ANNUAL, PROFILE = "90_annual_report", "60_province_profile"
NO_MAPS = "Maps are not drawn: the province boundaries were missing when this edition was made."


class ReportFailedError(CtipError):
    """A cell of the notebook failed; nothing was written but the log."""


@dataclass(frozen=True)
class Finished:
    """What a run left: the page, what it lacks (""), and the operator's log."""

    page: Path
    degraded: str
    log: Path


def find_notebook(name: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook *name* (with or without number and ``.ipynb``); ParameterError names near ones."""
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    wanted = name.removesuffix(".ipynb")
    matches = [stem for stem in known if wanted in (stem, stem.partition("_")[0], stem.partition("_")[2])]
    if not matches:
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.3)
        raise ParameterError(f"there is no notebook {name!r}; there are {', '.join(known)}" + (f"; nearest is {near[0]}" if near else ""))
    return known[matches[0]]


def report(
    edition: Path, *, year: int, notebook: str = "", province: str = "", basis: str = "calendar", language: str = "en", out: Path
) -> Finished:
    """Make the report *notebook* of *year* from the edition in folder *edition*.

    Raises
    ------
    ParameterError
        A parameter is not one the notebook has, or not a value the edition holds: nothing was started.
    NotShareableError
        The edition is of real records, or the notebook is internal.
    ReportFailedError
        A cell failed; what lay in *out* is as it was.
    """
    source = find_notebook(notebook or (PROFILE if province else ANNUAL))
    wanted = nbformat.read(source, as_version=4)
    released = read_edition(edition)
    _refuse_sharing(released, wanted, source)
    settings = _settings(wanted, source, edition=edition, year=year, basis=basis, province=province, language=language)
    _check(released, settings)
    name = file_name(wanted, source, released, year, basis, province, language)
    log = _log_path(out, name)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=out) as private:
        page, degraded = _make(source, settings, released, Path(private), name, language, log)
        data = hand_over(edition, released, Path(private) / "data")
        return Finished(_lay_down(page, data, out, periods.year_code(year, basis)), degraded, log)


def _refuse_sharing(released: Released, notebook: nbformat.NotebookNode, source: Path) -> None:
    if notebook.metadata.get("audience") != "donor":
        raise NotShareableError(f"{source.stem} is internal: it shows records. Open it in JupyterLab (make lab); it is never made into a report")
    if not released.is_synthetic:
        raise NotShareableError(
            "this edition counts real records. It can be made and kept, but until protection over all tables "
            "and earlier editions has landed no report is made from it (METHODS.md, what is withheld)"
        )


def parameters(notebook: nbformat.NotebookNode) -> list[str]:
    """Names that the cell tagged ``parameters`` declares, one ``name: type = value  # meaning`` a line."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    lines = cells[0].source.splitlines() if cells else []
    return [line.partition("=")[0].partition(":")[0].strip() for line in lines if "=" in line and not line.startswith("#")]


def _settings(notebook: nbformat.NotebookNode, source: Path, **given: object) -> dict[str, object]:
    """The parameters to run with; one that was given a value and is not declared stops the run."""
    declared = parameters(notebook)
    unknown = [name for name, value in given.items() if name not in declared and value not in ("", "en")]
    if unknown:
        raise ParameterError(f"{source.stem} has no parameter {', '.join(unknown)}; it has {', '.join(declared)}")
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in given.items() if name in declared}
    settings["edition"] = str(Path(str(given["edition"])).resolve())
    if "province" in declared and not settings.get("province"):
        del settings["province"]
    return settings


def _check(released: Released, settings: dict[str, object]) -> None:
    """The same checks a notebook makes, before a kernel is started."""
    from ctip_analysis.page import open_page  # opening an edition for a page imports the drawing library

    open_page(
        str(settings["edition"]),
        year=int(str(settings["year"])),
        basis=str(settings.get("basis", released.basis)),
        province=str(settings.get("province", "")),
        language=str(settings.get("language", "en")),
    )


def file_name(
    notebook: nbformat.NotebookNode, source: Path, released: Released, year: int, basis: str, province: str, language: str
) -> str:
    """Stem of the page: cambodia_ctip_annual_2004_en_SYNTHETIC."""
    kind = notebook.metadata.get("report_name") or source.stem.partition("_")[2]
    parts = ["cambodia_ctip", kind, province, periods.year_code(year, basis), language]
    return "_".join(filter(None, parts)) + ("_SYNTHETIC" if released.is_synthetic else "")


def _log_path(out: Path, name: str) -> Path:
    folder = out.parent / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _make(
    source: Path, settings: dict[str, object], released: Released, private: Path, name: str, language: str, log: Path
) -> tuple[Path, str]:
    """Execute and render in the *private* folder; the page, and what it lacks."""
    from ctip_analysis.render import render

    started = time.monotonic()
    executed = execute(source, settings, private / "executed.ipynb", log)
    degraded = NO_MAPS if released.geometry is None else ""
    page = private / f"{name}{'_DRAFT' if degraded else ''}.html"
    render(executed, out=page, released=released, language=language, degraded=degraded)
    state = "degraded" if degraded else "done"
    log.write_text(f"{state}: {page.name}, {time.monotonic() - started:.1f} s\n{degraded}\n".rstrip() + "\n", encoding="utf-8")
    return page, degraded


def execute(source: Path, settings: dict[str, object], executed: Path, log: Path) -> Path:
    """Run notebook *source* under papermill into *executed*; ReportFailedError, with a log, if a cell fails."""
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    quiet = {"progress_bar": False, "log_output": False, "kernel_name": "python3", "extra_arguments": ["--IPKernelApp.log_level=40"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill's own, about libraries it was written for
        try:
            papermill.execute_notebook(source, executed, parameters=settings, cwd=str(NOTEBOOKS), **quiet)
        except PapermillExecutionError as error:
            log.write_text(f"failed: {source.name}, cell {error.exec_count}\n{error.ename}: {error.evalue}\n", encoding="utf-8")
            raise ReportFailedError(_failure(source, error)) from None
    return executed


def _failure(source: Path, error: PapermillExecutionError) -> str:
    """Our own sentences as they are; a library's error by its name only, because its text may quote data."""
    ours = error.ename.endswith("Error") and error.ename in {each.__name__ for each in _ours(CtipError)}
    what = error.evalue if ours else f"a cell ended with {error.ename}"
    return f"{source.stem}, cell {error.exec_count}: {what}; the last good report is as it was"


def _ours(kind: type) -> list[type]:
    return [kind, *(each for sub in kind.__subclasses__() for each in _ours(sub))]


def _lay_down(page: Path, data: list[Path], out: Path, period: str) -> Path:
    """Move everything into *out* by rename, the page last."""
    beside = out / "data" / period
    beside.mkdir(parents=True, exist_ok=True)
    for path in data:
        os.replace(path, beside / path.name)
    for stale in {path.name for path in beside.iterdir()} - {path.name for path in data}:
        (beside / stale).unlink()
    os.replace(page.with_name(f"{page.stem}.facts.json"), out / f"{page.stem}.facts.json")
    os.replace(page, out / page.name)
    return out / page.name


def editions_folder(data: Path) -> Path:
    """Where editions of the record folder *data* go: ``build/editions``, or ``build/editions-NAME``."""
    build = ROOT / "build"
    return build / "editions" if data.resolve() == (ROOT / "data" / "sample").resolve() else build / f"editions-{data.resolve().name}"


def require_edition(folder: Path) -> Path:
    """*folder*, if it holds an edition."""
    if not (folder / "edition.json").is_file():
        raise MissingFileError(f"there is no edition in {folder.name}: make one with `ctip release`, or leave --edition out")
    return folder
