"""The engine leaves what papermill's own leaves, in whatever way it runs the cells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs.cell_engine import needs_kernel
from ctip_analysis.runs.warm_parent import warm_context

DONOR = [
    path
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    if json.loads(path.read_text(encoding="utf-8"))["metadata"]["audience"] == "donor"
]
DRAWING = "from matplotlib import pyplot\n"
TORTURE = [
    "year: int = 2004",
    "print('one'); print('two', end=''); print(' three')",
    "import sys\nprint('aloud', file=sys.stderr)",
    "import sys\nprint('out'); sys.stdout.flush(); print('err', file=sys.stderr)",
    "for n in range(300): print(n)",
    "import time\nfor n in range(3): print(n, flush=True); time.sleep(0.05)",
    "year",
    "year; None",
    "1 + 1;",
    "",
    "_ + 1, __, sorted(Out)",
    "import pandas\npandas.DataFrame({'a': [1, 2]})",
    "from IPython.display import display, HTML, Markdown, JSON, Image, SVG\ndisplay(HTML('<b>x</b>'), Markdown('*y*'))",
    "display(JSON({'a': [1]}), metadata={'own': 1})\ndisplay({'text/plain': 'raw', 'x/y': 'z'}, raw=True)",
    "handle = display('first', display_id='here')\nhandle.update('second')",
    "handle.update('third, from a later cell')",
    "handle2 = display(HTML('a'), display_id=True); handle2.update(HTML('b')); print('after')",
    "from IPython.display import clear_output\nprint('gone'); clear_output(); print('stays')",
    "print('gone too'); clear_output(wait=True); print('stays too')",
    "print('stays, nothing follows'); clear_output(wait=True)",
    "display('a'); print('b'); display('c')",
    DRAWING + "pyplot.figure(figsize=(1, 1)); pyplot.plot([1, 2]);",
    "figure, axes = pyplot.subplots(figsize=(1, 1)); axes.set_title('x'); display(figure); pyplot.close(figure)",
    "%matplotlib inline\npyplot.figure(figsize=(1, 1))\npyplot.plot([1])",
    "import warnings\nwarnings.warn('mind')",
    "import logging\nlogging.getLogger('x').warning('logged')",
    "class Two:\n  def _repr_mimebundle_(self, **_): return {'text/plain': 'two', 'text/html': '<i>two</i>'}\nTwo()",
    ("raises-exception", "class Bad:\n  def _repr_html_(self): raise ValueError('x')\nBad()"),
    "%%time\nx = 1",
    "%%capture kept\nprint('caught')",
    "kept.stdout",
    "%precision 3\n3.14159",
    "get_ipython().user_ns['year'], __name__, 'In' in globals()",
    "import threading\nt = threading.Thread(target=lambda: print('from a thread')); t.start(); t.join()",
    "def f():\n    yield from range(3)\nlist(f())",
    "print('\\x1b[31mred\\x1b[0m', 'ខេត្ត', '\\u200b')",
    "print('x' * 5000)",
    "import os\nos.getcwd() == os.path.realpath('.')",
    ("skip-execution", "print('never')"),
    ("raises-exception", "print('before'); {}['no such key']"),
    ("raises-exception", "import sys; sys.exit('words')"),
    ("raises-exception", "def broken(:\n  pass"),
    ("raises-exception", "raise KeyboardInterrupt"),
    ("raises-exception", "eval('inp' + 'ut()')"),  # nobody is there to be asked
    "'still here'",
]  # fmt: skip


def torture(*more: str) -> NotebookNode:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for code in [*TORTURE, *more]:
        tags, source = ([code[0]], code[1]) if isinstance(code, tuple) else ([], code)
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    notebook.cells[0].metadata["tags"] = ["parameters"]
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("# words"))
    return notebook


def in_own_process(source: Path, executed: Path, parameters: dict[str, object]) -> None:
    """What a report's process does, without the guard."""
    try:
        papermill.execute_notebook(
            source, executed, parameters=parameters, cwd=str(executed.parent), kernel_name="python3",
            engine_name="ctip", progress_bar=False, request_save_on_cell_execute=False, own_process=True,
        )  # fmt: skip
    except papermill.PapermillExecutionError:
        return


def run(way: str, source: Path, executed: Path, parameters: dict[str, object]) -> NotebookNode:
    """Execute *source*: in a forked ``process``, by the ``command`` with our engine, or by ``ordinary`` papermill."""
    if way == "process":
        process = warm_context().Process(target=in_own_process, args=(source, executed, parameters))
        process.start()
        process.join()
    else:
        engine = ["--engine", "ctip"] if way == "command" else []
        given = [part for name, value in parameters.items() for part in ("-p", name, str(value))]
        folder = ["--cwd", executed.parent, "--no-progress-bar", "--no-request-save-on-cell-execute"]
        command = [sys.executable, "-m", "papermill", source, executed, *engine, *given, *folder]
        subprocess.run([str(part) for part in command], capture_output=True, check=False)
    return nbformat.read(executed, as_version=4)


# What differs from run to run whoever runs it: ids, times, and where a stream is broken into pieces.
_VARIES = [
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"ipykernel_\d+/\d+\.py"), "cell.py"),
    (re.compile(r"CPU times: .*|Wall time: .*"), "some time"),
]


def without_what_varies(value: object) -> object:
    if isinstance(value, str):
        for pattern, instead in _VARIES:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, list):
        return [without_what_varies(one) for one in value]
    return {key: without_what_varies(one) for key, one in value.items()} if isinstance(value, dict) else value


def outputs(cell: NotebookNode) -> list[object]:
    """Outputs of a cell; the text of each stream in one piece, at its first place."""
    joined: list[dict] = []
    for output in cell.get("outputs", []):
        same = [one for one in joined if "name" in one and one["name"] == output.get("name")]
        if same:
            same[0]["text"] += output.text
        else:
            joined.append(json.loads(json.dumps(output)))
    return [without_what_varies(one) for one in joined]


def papers(cell: NotebookNode) -> tuple[object, ...]:
    """What papermill and the kernel write down about a cell, but for times."""
    about = cell.metadata.get("papermill", {})
    timing = sorted(cell.metadata.get("execution", {}))
    count = cell.get("execution_count")
    return cell.source, count, cell.metadata.get("tags"), about.get("status"), about.get("exception"), timing


def assert_equal(ours: NotebookNode, ordinary: NotebookNode) -> None:
    assert [cell.cell_type for cell in ours.cells] == [cell.cell_type for cell in ordinary.cells]
    for number, (cell, other) in enumerate(zip(ours.cells, ordinary.cells, strict=True)):
        assert outputs(cell) == outputs(other), f"cell {number}: {cell.source}"
        assert papers(cell) == papers(other), f"cell {number}: {cell.source}"
    about = [dict(one.metadata.papermill) for one in (ours, ordinary)]
    assert about[0]["parameters"] == about[1]["parameters"] and about[0]["exception"] == about[1]["exception"]
    assert ours.metadata.language_info == ordinary.metadata.language_info
    assert ours.metadata.kernelspec == ordinary.metadata.kernelspec


def side_by_side(folder: Path, asked: list[tuple[str, Path]], given: dict[str, object]) -> list[NotebookNode]:
    """Each notebook run in its way, two at once; figures are drawn without a window, as in every report."""

    def one(asked: tuple[str, Path]) -> NotebookNode:
        way, source = asked
        place = folder / f"{source.stem}-{way}"
        place.mkdir()
        return run(way, source, place / "executed.ipynb", given)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setenv("MPLBACKEND", "Agg")
        return list(pool.map(one, asked))


def test_a_notebook_that_does_everything_leaves_what_papermill_leaves(tmp_path):
    """Errors that are allowed let it go on to the last cell but one, which fails; the last is never run."""
    source = tmp_path / "torture.ipynb"
    nbformat.write(torture("print('before')\n1 / 0", "'never'"), source)
    asked = [(way, source) for way in ("ordinary", "process", "command")]
    ordinary, process, command = side_by_side(tmp_path, asked, {"year": 2003})
    cells = [cell for cell in ordinary.cells if cell.cell_type == "code"]
    assert cells[-2].execution_count and not cells[-1].execution_count
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds == {"stream", "display_data", "execute_result", "error"}
    assert_equal(process, ordinary)
    assert_equal(command, ordinary)


def test_every_donor_notebook_leaves_what_papermill_leaves(tmp_path, edition_2004):
    asked = [(way, path) for path in DONOR for way in ("ordinary", "process")]
    done = side_by_side(tmp_path, asked, {"edition": str(edition_2004), "year": 2004})
    for path, ordinary, process in zip(DONOR, done[::2], done[1::2], strict=True):
        assert any(cell.get("outputs") for cell in process.cells), path.stem
        assert_equal(process, ordinary)


@pytest.mark.parametrize("name", [path.stem for path in DONOR])
def test_no_donor_notebook_needs_a_kernel(name):
    assert not needs_kernel(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4))


@pytest.mark.parametrize(
    "code, needs",
    [
        ("name = input('who? ')", True),
        ("import getpass", True),
        ("import ipywidgets as w", True),
        ("from ipywidgets import interact", True),
        ("from tqdm import tqdm", True),
        ("from tqdm.auto import trange", True),
        ("%%bash\nls", True),
        ("%%html\n<b>x</b>", True),
        ("\n%%javascript\n1", True),
        ("pandas.read_csv?", True),
        ("?print", True),
        ("x = 1\nprint??", True),
        ("await something()", True),
        ("%%time\nx = 1", False),
        ("%%capture kept\nx = 1", False),
        ("%matplotlib inline", False),
        ("output(1); user_input = 2; inputs(3)", False),
        ("print('why? ')", False),
        ("a = 7 % 2", False),
        ("tables.by_period(page.released, ['x'], 'year')", False),
    ],
)
def test_what_a_process_can_not_do_as_a_kernel_does_is_detected(code, needs):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell(code)]
    )
    assert needs_kernel(notebook) == needs


def test_words_about_it_need_no_kernel_and_a_notebook_can_say_that_it_does():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("call input() with tqdm, see x?")]
    )
    assert not needs_kernel(notebook)
    notebook.metadata["kernel"] = "full"
    assert needs_kernel(notebook)


def test_papermill_finds_the_engine_by_its_name_and_says_when_a_cell_fails(tmp_path, monkeypatch):
    """As a person would call it, with what needs a kernel; no process of it is left."""
    monkeypatch.delenv("MPLBACKEND", raising=False)
    code = "# tqdm\nfrom matplotlib import pyplot\npyplot.plot([1])\n"
    code += "import os; print(os.getpid(), type(get_ipython()).__name__)"
    source = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (code, "1 / 0")])
    source.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(source, tmp_path / "source.ipynb")
    command = [sys.executable, "-m", "papermill", "--engine", "ctip", "source.ipynb", "out.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    said, drawn = next(cell.outputs for cell in cells if "getpid" in cell.source)
    assert "image/png" in drawn.data, "as in a kernel whose figures are shown"
    kernel, shell = said.text.split()
    assert shell == "ZMQInteractiveShell", "and not the one of a report's own process"
    listed = subprocess.run(["ps", "-p", kernel, "-o", "stat="], capture_output=True, text=True, check=False)
    assert listed.stdout.strip() in ("", "Z")
