"""Records to edition, and edition to page beside papermill and nbconvert on the same notebook."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from measure import COMMANDS, MAKE_SAMPLE, ROOT, Run, command, in_turns, report

CTIP = COMMANDS / "ctip"
NOTEBOOK = ROOT / "notebooks" / "20_campaign_reach.ipynb"
SHIPPED = ROOT / "data" / "sample"
ROUNDS = 2
SAMPLE = "sample 2003–2005 → edition 2004"
LONG = "sample 2003–2016 → edition 2014"
PAGE = "edition 2004 → page, facts, data, XLSX: ctip report, notebook 20"
COMMANDS_PAGE = "baseline: the commands papermill, then jupyter nbconvert --to html"
_numbers = itertools.count()


def main() -> None:
    """Print seconds and memory; everything is made in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name:
        folder = Path(name)
        command([*MAKE_SAMPLE, "long", "--years", "2003-2016"], folder=folder)
        command([CTIP, "release", SHIPPED, "--year", "2004", "--out", "editions"], folder=folder)
        cases = {
            SAMPLE: lambda: release(SHIPPED, 2004, folder),
            LONG: lambda: release(folder / "long", 2014, folder),
            PAGE: lambda: our_page(folder),
            COMMANDS_PAGE: lambda: page_by_commands(folder),
        }
        runs = in_turns(cases, ROUNDS)
    libraries = ["pandas", "geopandas", "matplotlib", "duckdb", "papermill", "nbconvert"]
    report("Reports", runs, {PAGE: COMMANDS_PAGE, COMMANDS_PAGE: COMMANDS_PAGE}, libraries)


def release(data: Path, year: int, folder: Path) -> Run:
    """Write the edition of *year* where there is none yet."""
    out = folder / f"editions-{next(_numbers)}"
    return command([CTIP, "release", data, "--year", str(year), "--out", out], folder=folder)


def our_page(folder: Path) -> Run:
    """The page with its alternative texts, facts, data and XLSX."""
    options = ["--year", "2004", "--edition", "editions/2004", "--out", "reports"]
    return command([CTIP, "report", "--notebook", NOTEBOOK.stem, *options], folder=folder)


def page_by_commands(folder: Path) -> Run:
    """The same cells run and turned into HTML, nothing else; the kernel starts in the notebooks' folder."""
    executed = folder / "executed.ipynb"
    parameters = ["-p", "edition", folder / "editions" / "2004", "-p", "year", "2004"]
    return command(
        [COMMANDS / "papermill", NOTEBOOK, executed, *parameters, "--cwd", NOTEBOOK.parent],
        [COMMANDS / "jupyter", "nbconvert", "--to", "html", executed],
        folder=folder,
    )


if __name__ == "__main__":
    main()
