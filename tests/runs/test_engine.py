"""What a cell leaves in the report's own process: the outputs that a kernel would leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

pytestmark = pytest.mark.long
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
FAILS = {
    "1 / 0": "n, cell 2, line 1: ended with ZeroDivisionError; run it in JupyterLab to read why",
    "x =": "n, cell 2, line 1: ended with SyntaxError",
    "%nomagic": "n, cell 2: ended with UsageError",
    "from ctip_analysis.base import periods; periods.grain('x')": "n, cell 2: 'x' is not a period; write it like",
    "from ctip_analysis.base import periods; periods.span(object())": "n, cell 2, line 1: ended with TypeError",
    "raise OSError(28, 'No space', 'x')": "[Errno 28] No space left on device",
}
SCRIPT = """
import json, sys
from pathlib import Path
from ctip_analysis.base.errors import CtipError
from ctip_analysis.runs import engine
found = []
for path in map(Path, sys.argv[1:]):
    told = []
    try:
        made = engine.execute(path, {"year": 2005}, path.parent, lambda *one: told.append(one))
        found.append({"cells": made.cells, "told": told})
    except (CtipError, OSError) as error:
        found.append({"error": str(error), "where": getattr(error, "where", ""), "told": told})
sys.stdout.write(json.dumps(found))
"""


def write(path: Path, cells: list[str]) -> Path:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell("year: int = 2004  # year", metadata={"tags": ["parameters"]})]
    made.cells += [nbformat.v4.new_code_cell(code) for code in cells]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> list[dict]:
    """What became of a notebook with all the cells, then of one for each failure, in a process of their own."""
    folder = tmp_path_factory.mktemp("engine")
    paths = [write(folder / "n.ipynb", list(CELLS.values()))]
    for at, code in enumerate(FAILS):
        (folder / str(at)).mkdir()
        paths.append(write(folder / str(at) / "n.ipynb", [code, "print('never')"]))
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> list[dict]:
    """Outputs of the same cells in papermill's own engine, with a kernel."""
    path = write(tmp_path_factory.mktemp("kernel") / "n.ipynb", list(CELLS.values()))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # a kernel draws inline unless it is told otherwise
        made = papermill.execute_notebook(path, None, {"year": 2005}, kernel_name="python3", progress_bar=False)
    return made.cells[2:]


@pytest.mark.parametrize("at", range(len(CELLS)), ids=list(CELLS))
def test_a_cell_leaves_what_a_kernel_leaves(ran, kernel, at):
    own, expected = ran[0]["cells"][2:][at], kernel[at]
    assert own["execution_count"] == expected["execution_count"]
    assert [alike(one) for one in own["outputs"]] == [alike(one) for one in expected["outputs"]]


def alike(output: dict) -> dict:
    """An output without what differs by machine: the bytes of a picture."""
    made = json.loads(json.dumps(output))
    if "<Figure" in str(made.get("data", {}).get("text/plain")):
        made["data"]["image/png"] = "picture"
    return made


@pytest.mark.parametrize("at", range(len(FAILS)), ids=list(FAILS))
def test_a_cell_that_fails_is_named_and_the_rest_does_not_run(ran, at):
    found, said = ran[at + 1], list(FAILS.values())[at]
    assert found["error"].startswith(said)
    assert found["told"][-1] == [2, False]
    if "span(object" in list(FAILS)[at]:
        assert "periods.py line " in found["where"]
