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

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.stem != "__init__")
SEES_BOTH = {"__main__", "cli", "cli_reports", "cli_runs", "runs.yearly", "runs.verify"}


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def by_stem(path: Path) -> str:
    return path.stem


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def own_imports(code: str) -> set[str]:
    """Names of our modules that *code* imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ctip_analysis":
            package = (node.module or "").partition(".")[2]
            found |= {f"{package}.{alias.name}".strip(".") for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found |= {name.partition(".")[2] for name in names if name.startswith("ctip_analysis.")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_commands_see_both_sides_of_the_wall(path):
    """Nothing outside ``inside`` imports from it."""
    if name_of(path).startswith("inside") or name_of(path) in SEES_BOTH:
        return
    across = {name for name in own_imports(path.read_text(encoding="utf-8")) if name.startswith("inside.")}
    assert not across, f"{name_of(path)} imports {', '.join(sorted(across))} from inside the wall"


def test_imports_inside_functions_are_seen_too():
    inside = "def f():\n from ctip_analysis import count\n from ctip_analysis.inside.protect import protect"
    code = f"import ctip_analysis.load\n{inside}"
    assert own_imports(code) == {"load", "count", "inside.protect.protect"}


@pytest.mark.parametrize("path", MODULES, ids=by_stem)
def test_only_protect_and_edition_make_a_released(path):
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    names = {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}
    assert "Released" not in names or name_of(path) in {"inside.protection.protect", "edition.read"}


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
        across = sorted(name for name in own_imports(code) if name.startswith("inside"))
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
