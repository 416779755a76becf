"""What a cell leaves in the report's own process: the outputs that a kernel would leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

CELLS = {
    "streams": "import sys\nprint('a'); print('e', file=sys.stderr)",
    "a result": "{'year': year}",
    "no result": "1 + 1;",
    "a display": "from IPython.display import display, Markdown\ndisplay(Markdown('*x*'), metadata={'ctip': True})",
    "an update": "shown = display('one', display_id='same')\nshown.update('two')",
    "bytes": "display({'image/png': b'\\x89PNG'}, raw=True)",
    "a figure left open": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "a figure closed": "plt.close(plt.figure())",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "a magic": "%matplotlib inline",
    "cleared": "print('gone')\nfrom IPython.display import clear_output\nclear_output()\nprint('stays')",
}
SCRIPT = """
import json, sys
from pathlib import Path
from ctip_analysis.base.errors import CtipError
from ctip_analysis.runs import engine
told = []
try:
    made = engine.execute(Path(sys.argv[1]), {"year": 2005}, Path(sys.argv[1]).parent, lambda *one: told.append(one))
    found = {"cells": made.cells, "told": told}
except (CtipError, OSError) as error:
    found = {"error": str(error), "where": getattr(error, "where", ""), "told": told}
sys.stdout.write(json.dumps(found))
"""


def write(path: Path, cells: list[str]) -> Path:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell("year: int = 2004  # year", metadata={"tags": ["parameters"]})]
    made.cells += [nbformat.v4.new_code_cell(code) for code in cells]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def run(path: Path) -> dict:
    done = subprocess.run([sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[list[dict], list[dict]]:
    """Outputs of the cells in our engine, and in papermill's own with a kernel."""
    path = write(tmp_path_factory.mktemp("engine") / "n.ipynb", list(CELLS.values()))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # a kernel draws inline unless it is told otherwise
        kernel = papermill.execute_notebook(path, None, {"year": 2005}, kernel_name="python3", progress_bar=False)
    return run(path)["cells"][2:], kernel.cells[2:]


@pytest.mark.parametrize("at", range(len(CELLS)), ids=list(CELLS))
def test_a_cell_leaves_what_a_kernel_leaves(both, at):
    own, kernel = (cells[at] for cells in both)
    assert own["execution_count"] == kernel["execution_count"]
    assert [alike(one) for one in own["outputs"]] == [alike(one) for one in kernel["outputs"]]


def alike(output: dict) -> dict:
    """An output without what differs by machine: the bytes of a picture."""
    made = json.loads(json.dumps(output))
    if "<Figure" in str(made.get("data", {}).get("text/plain")):
        made["data"]["image/png"] = "picture"
    return made


@pytest.mark.parametrize(
    "code, said",
    [
        ("1 / 0", "n, cell 2: ended with ZeroDivisionError"),
        ("x =", "n, cell 2: ended with SyntaxError"),
        ("%nomagic", "n, cell 2: ended with UsageError"),
        (
            "from ctip_analysis.base import periods; periods.grain('x')",
            "n, cell 2: 'x' is not a period; write it like",
        ),
        ("raise OSError(28, 'No space', 'x')", "[Errno 28] No space left on device"),
    ],
)
def test_a_cell_that_fails_is_named_and_the_rest_does_not_run(tmp_path, code, said):
    found = run(write(tmp_path / "n.ipynb", [code, "print('never')"]))
    assert found["error"].startswith(said)
    assert found["told"][-1] == [2, False]


def test_a_failure_names_lines_of_ours(tmp_path):
    found = run(write(tmp_path / "n.ipynb", ["from ctip_analysis.base import periods; periods.span(object())"]))
    assert "periods.py line " in found["where"]
