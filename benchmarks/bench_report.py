"""One report from an edition: the whole command, beside the plain papermill and nbconvert commands.

python benchmarks/bench_report.py [--notebook 20_campaign_reach] [--edition build/editions/2004] [--rounds 3]
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path

import measure

LIBRARIES = ("pandas", "geopandas", "matplotlib", "papermill", "nbconvert")
OURS = "ctip report: page, facts, data, XLSX, audit"
PLAIN = "papermill, then jupyter nbconvert --to html"


def ours(notebook: Path, edition: Path, work: Path) -> measure.Run:
    """One `ctip report` into a new folder."""
    out = tempfile.mkdtemp(dir=work)
    given = ["--year", year_of(edition), "--notebook", notebook, "--edition", edition, "--out", out]
    return measure.command([measure.COMMANDS / "ctip", "report", *given], folder=work)


def plain(notebook: Path, edition: Path, work: Path) -> measure.Run:
    """The two commands that people use, one after the other."""
    executed = Path(tempfile.mkdtemp(dir=work)) / "executed.ipynb"
    given = [notebook, executed, "-p", "edition", edition, "-p", "year", year_of(edition)]
    return measure.command(
        [measure.COMMANDS / "papermill", *given],
        [measure.COMMANDS / "jupyter", "nbconvert", "--to", "html", executed],
        folder=notebook.parent,
    )


def lab() -> str:
    """Whether JupyterLab is installed, which makes the plain commands import twice as much."""
    return "installed" if importlib.util.find_spec("jupyterlab") else "not installed"


def year_of(edition: Path) -> str:
    """Reporting year of the edition in a folder of that name."""
    return edition.name.removeprefix("FY")


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--notebook", type=Path, default=measure.ROOT / "notebooks" / "20_campaign_reach.ipynb"
    )
    asked.add_argument("--edition", type=Path, default=measure.ROOT / "build" / "editions" / "2004")
    asked.add_argument("--rounds", type=int, default=3)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as folder:
        given = (chosen.notebook.resolve(), chosen.edition.resolve(), Path(folder))
        runs = measure.in_turns({OURS: lambda: ours(*given), PLAIN: lambda: plain(*given)}, chosen.rounds)
    measure.report("One report", runs, dict.fromkeys(runs, PLAIN), LIBRARIES)
    print(
        "\nProcessor seconds are those of every process that was started. Goal: at most half of the commands."
    )
    print(f"JupyterLab is {lab()}.")


if __name__ == "__main__":
    main()
