"""Which room may import which, how large things may grow, and what every public thing says about itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ctip_analysis as ctip

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ctip_analysis"

# Each room and the rooms it may import; only commands, the yearly run and the lazy names of the package see all.
MAY_IMPORT = {
    "base": [],
    "places": ["base"],
    "edition": ["base", "places"],
    "charts": ["base", "places", "edition"],
    "page": ["base", "places", "edition", "charts"],
    "attacker": ["base", "places", "edition"],
    "audit": ["base", "places", "edition", "charts", "page", "attacker"],
    "runs": ["base", "places", "edition", "charts", "page", "attacker", "audit"],
    "inside": ["base", "places", "edition", "attacker"],
}
SEES_BOTH = re.compile(r"__init__|__main__|cli.*|runs\.yearly.*")
LINES_OF_A_MODULE, LINES_OF_A_FUNCTION = 265, 40

MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def name_of(path: Path) -> str:
    """A module as the package names it: "edition.fact"."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def own_imports(code: str) -> set[str]:
    """Modules and names of ours that *code* imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ctip_analysis":
            module = (node.module or "").partition(".")[2]
            found |= {f"{module}.{alias.name}".strip(".") for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found |= {name.partition(".")[2] for name in names if name.startswith("ctip_analysis.")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path):
    name, room = name_of(path), name_of(path).split(".")[0]
    if SEES_BOTH.fullmatch(name):
        return
    assert room in MAY_IMPORT, f"{name} is in no room; there are {', '.join(MAY_IMPORT)}"
    allowed = {room, *MAY_IMPORT[room]}
    wrong = {
        other for other in own_imports(path.read_text(encoding="utf-8")) if other.split(".")[0] not in allowed
    }
    assert not wrong, (
        f"{name} imports {', '.join(sorted(wrong))}; {room} may import {', '.join(MAY_IMPORT[room])}"
    )


def test_imports_inside_functions_are_seen_too():
    code = "import ctip_analysis.page\ndef f():\n from ctip_analysis.inside.records import load\n import json"
    assert own_imports(code) == {"page", "inside.records.load"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_and_its_functions_stay_small(path):
    code = path.read_text(encoding="utf-8")
    lines = len(code.splitlines())
    assert lines <= LINES_OF_A_MODULE, (
        f"{name_of(path)} has {lines} lines: a second noun wants a module of its own"
    )
    functions = (
        node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long = [f"{node.name} ({size})" for node in functions if (size := lines_of(node)) > LINES_OF_A_FUNCTION]
    assert not long, f"longer than {LINES_OF_A_FUNCTION} lines without its docstring: {', '.join(long)}"


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    whole = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    text = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    return whole - ((first.end_lineno or 0) - first.lineno + 1 if text else 0)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_public_thing_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path.name} does not say what it is for"
    silent = [node.name for node in public(tree) if not ast.get_docstring(node)]
    assert not silent, f"no docstring: {', '.join(silent)}"


def public(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """Functions, classes, methods; not properties (their name says it) and overrides (their base says it)."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    top = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    methods = [
        part for node in top if isinstance(node, ast.ClassDef) and not node.bases for part in node.body
    ]
    plain = [part for part in methods if isinstance(part, ast.FunctionDef) and not part.decorator_list]
    return top + [part for part in plain if not part.name.startswith("_")]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_says_in_a_paragraph_what_it_does(room):
    said = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert len(said.split()) >= 25, f"{room}/__init__.py says too little"


# --- the public interface


def test_tab_completion_shows_the_public_names_and_no_others():
    assert dir(ctip) == [
        "bars", "beyond_chance", "calculated", "change", "direction", "highest", "interactive_map", "load_provinces",
        "load_records", "locate", "mark_gaps", "open_edition", "open_page", "province_codes", "province_map", "quoted",
        "small_multiples", "total", "trend",
    ]  # fmt: skip


@pytest.mark.parametrize("name", dir(ctip))
def test_a_public_name_says_what_it_returns_and_has_annotations(name):
    function = getattr(ctip, name)
    assert function.__doc__ and "return" in function.__annotations__, name


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(AttributeError, match=r"no name 'open_editon'; it has bars, beyond_chance"):
        ctip.open_editon  # noqa: B018


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_public_name_of_a_room_is_never_a_module_in_it(room):
    names = getattr(importlib.import_module(f"ctip_analysis.{room}"), "__all__", [])
    for name in [name for name in names if (PACKAGE / room / f"{name}.py").exists()]:
        importlib.import_module(f"ctip_analysis.{room}.{name}")  # which also puts the module into the room
    assert not [
        name for name in names if inspect.ismodule(getattr(sys.modules[f"ctip_analysis.{room}"], name))
    ]


def test_to_import_the_package_loads_no_library():
    code = "import sys, ctip_analysis; print(*{'pandas', 'numpy', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- notebooks


def read(notebook: Path) -> dict[str, object]:
    return json.loads(notebook.read_text(encoding="utf-8"))


def code_of(cell: dict[str, object]) -> str:
    lines = "".join(cell["source"]).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!", "?")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_for_whom_it_is(path):
    assert read(path)["metadata"].get("audience") in {"donor", "internal"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells), (
        "run nbstripout on it"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_has_a_comment_and_a_literal_value(path):
    """papermill shows the comment as help; it skips a line with a second equals sign."""
    tagged = [cell for cell in read(path)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1, "exactly one cell has the tag parameters"
    for line in "".join(tagged[0]["source"]).splitlines():
        declared = re.fullmatch(r"(\w+)(: \w+)? = ([^=]+?)  # \S.*", line)
        assert declared, f"{line!r} is not written like: year: int = 2004  # reporting year"
        ast.literal_eval(declared[3])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_a_donor_notebook_sees_no_records(path):
    notebook = read(path)
    code = "\n".join(code_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
    kinds = {type(node) for node in ast.walk(ast.parse(code))}
    assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try}
    if notebook["metadata"].get("audience") == "donor":
        across = {name for name in own_imports(code) if name.startswith("inside")}
        assert not across and "load_records" not in code, "a donor notebook opens an edition, never records"


# --- commands


def commands() -> dict[str, object]:
    import typer.main

    from ctip_analysis.cli import app

    return typer.main.get_command(app).commands


def test_every_command_and_option_has_help():
    silent = [name for name, command in commands().items() if not command.help]
    silent += [
        f"{name} {p.name}" for name, command in commands().items() for p in command.params if not p.help
    ]
    assert not silent


def test_every_command_is_in_the_documents():
    written = "".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    )
    assert not [name for name in commands() if f"ctip {name}" not in written]
