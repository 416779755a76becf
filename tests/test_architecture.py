"""Which module may know which, and what every public thing has to say about itself."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import typer.main

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ctip_analysis"

# Below both sides, and behind the wall; the sample's parts go with sample. Every other module is open.
BELOW = {
    "errors",
    "reference",
    "periods",
    "harmonise",
    "geography",
    "dictionary",
    "companions",
    "workspace",
    "environment",
    "provenance",
}
CONFIDENTIAL = {
    "sheets", "checks", "filters", "load", "validate", "reconcile", "sample", "planning", "count", "explore",
    "relations", "disclosure", "deviation", "suppression", "optimum", "corrections", "protect", "safeguard", "release",
    "stages", "lineage", "inputs", "rejected",
}  # fmt: skip
# commands, and the run that goes from the records to the hand-over
SEES_BOTH = {"__main__", "cli", "cli_reports", "cli_runs", "yearly"}
DOOR = {
    "edition",
    "attacker",
    "audit_together",
}  # what the confidential side knows of the open one: Released, who tries to open it, and what withstood that

MODULES = sorted(path for path in PACKAGE.glob("*.py") if path.stem != "__init__")
OPEN = {path.stem for path in MODULES if not path.stem.startswith("sample_")}
OPEN -= BELOW | CONFIDENTIAL | SEES_BOTH
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def by_stem(path: Path) -> str:
    return path.stem


def row_of(module: str) -> set[str]:
    module = "sample" if module.startswith("sample_") else module
    return next(row for row in (BELOW, CONFIDENTIAL, OPEN, SEES_BOTH) if module in row)


def own_imports(code: str) -> set[str]:
    """Names of our modules that *code* imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, module = node.module.partition(".")
            if package == "ctip_analysis":
                found |= {module.split(".")[0]} if module else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {name[1] for name in names if name[0] == "ctip_analysis" and len(name) > 1}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("path", MODULES, ids=by_stem)
def test_imports_point_one_way(path):
    row = row_of(path.stem)
    if row is SEES_BOTH:
        return
    allowed = {id(BELOW): [BELOW], id(OPEN): [BELOW, OPEN], id(CONFIDENTIAL): [BELOW, CONFIDENTIAL, DOOR]}[
        id(row)
    ]
    imported = own_imports(path.read_text(encoding="utf-8"))
    across = sorted(name for name in imported if not any(name in r or row_of(name) is r for r in allowed))
    assert not across, f"{path.stem} imports {', '.join(across)} from across the wall"


def test_imports_inside_functions_are_seen_too():
    inside = "def f():\n from ctip_analysis import count\n from ctip_analysis.protect import protect"
    code = f"import ctip_analysis.load\n{inside}"
    assert own_imports(code) == {"load", "count", "protect"}


@pytest.mark.parametrize("path", MODULES, ids=by_stem)
def test_only_protect_and_edition_make_a_released(path):
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    names = {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}
    assert "Released" not in names or path.stem in {"protect", "edition"}


@pytest.mark.parametrize("path", [PACKAGE / "__init__.py", *MODULES], ids=by_stem)
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


def fields() -> list[tuple[str, dict[str, object]]]:
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return [
        (resource["name"], field)
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
    ]


def test_every_column_is_described_once_and_numbers_have_a_unit():
    silent = [
        f"{table}.{field['name']}"
        for table, field in fields()
        if not str(field.get("description", "")).strip()
    ]
    assert not silent, f"no description: {', '.join(silent)}"
    numeric = [(table, field) for table, field in fields() if field["type"] in ("integer", "number")]
    bare = [f"{table}.{field['name']}" for table, field in numeric if not field.get("unit")]
    assert not bare, f"no unit: {', '.join(bare)}"
    names = [(table, field["name"]) for table, field in fields()]
    assert len(names) == len(set(names))


def read(notebook: Path) -> dict[str, object]:
    return json.loads(notebook.read_text(encoding="utf-8"))


def code_of(cell: dict[str, object]) -> str:
    lines = "".join(cell["source"]).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!", "?")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_stem)
def test_a_notebook_says_for_whom_it_is(path):
    assert read(path)["metadata"].get("audience") in {"donor", "internal"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_stem)
def test_a_notebook_is_kept_without_outputs(path):
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells), (
        "run nbstripout on it"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_stem)
def test_every_parameter_has_a_comment_and_a_literal_value(path):
    """papermill shows the comment as help; it skips a line with a second equals sign."""
    tagged = [cell for cell in read(path)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1, "exactly one cell has the tag parameters"
    for line in "".join(tagged[0]["source"]).splitlines():
        declared = re.fullmatch(r"(\w+)(: \w+)? = ([^=]+?)  # \S.*", line)
        assert declared, f"{line!r} is not written like: year: int = 2004  # reporting year"
        ast.literal_eval(declared[3])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_stem)
def test_a_notebook_holds_no_code_of_its_own(path):
    """Definitions and error handling live in modules; a donor notebook knows the open ones only."""
    notebook = read(path)
    code = "\n".join(code_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
    kinds = {type(node) for node in ast.walk(ast.parse(code))}
    assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try}
    if notebook["metadata"].get("audience") == "donor":
        across = sorted(own_imports(code) - OPEN - BELOW)
        assert not across, f"a donor notebook imports {', '.join(across)}"
        assert "Internal" not in code


def commands() -> dict[str, typer.core.TyperCommand]:
    from ctip_analysis.cli import app

    return typer.main.get_command(app).commands


def test_every_command_and_option_has_help():
    silent = [name for name, command in commands().items() if not command.help]
    silent += [
        f"{name} {p.name}" for name, command in commands().items() for p in command.params if not p.help
    ]
    assert not silent


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [name for name in commands() if f"`ctip {name} " not in readme]
