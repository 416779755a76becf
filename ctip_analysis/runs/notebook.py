"""Notebook files: found by name, read, refused where no report may be made of them, and their parameters.

A parameter is declared in the parameters cell by a line ``name: type = default  # meaning``; what papermill only warns
about, or turns into something else (``03`` into 3), is refused with the nearest valid value.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ctip_analysis.base import files
from ctip_analysis.base.errors import NotShareableError, ParameterError, suggestion
from ctip_analysis.base.reference import ROOT

NOTEBOOKS = ROOT / "notebooks"
TEMPLATE = ROOT / "recipes" / "new_notebook.ipynb"
_ASKS = {"input", "getpass"}  # functions that wait for a person
_WIDGETS = {"ipywidgets", "getpass"}
_NUMBER = {int: r"-?(0|[1-9][0-9]*)", float: r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?"}
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_LINE = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(:\s*(?P<type>\w+)\s*)?=\s*(?P<value>[^=]+?)\s*(#\s*(?P<meaning>.*))?")


def find_notebook(name: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook *name*, with or without number, or a file ``….ipynb`` anywhere; ParameterError names the nearest."""
    if name.endswith(".ipynb") and Path(name).is_file():
        return Path(name).resolve()
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    wanted = Path(name).name.removesuffix(".ipynb")
    for stem, path in known.items():
        if wanted in (stem, stem.partition("_")[0], stem.partition("_")[2]):
            return path
    raise ParameterError(f"there is no notebook {name!r}{suggestion(wanted, known)}")


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook at *path* as its JSON; ParameterError if the file is no notebook, such as one written in part."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] == 4 and isinstance(content["cells"], list):
            return dict(content)
    except (ValueError, KeyError, TypeError):
        pass
    raise ParameterError(f"{path.name} is not a notebook of format 4: save it again in JupyterLab, or restore it")


def write(name: str) -> Path:
    """Write the notebook *name* into the folder of notebooks, or to a file ``….ipynb``; its path.

    ParameterError: the name can't be that of a file, or such a notebook exists.
    """
    path = Path(name) if name.endswith(".ipynb") else NOTEBOOKS / f"{name}.ipynb"
    if not re.fullmatch(r"[A-Za-z0-9_]+", path.stem):
        raise ParameterError(
            f"a notebook's name has letters, digits and underscores, as 80_school_visits; found {path.stem!r}"
        )
    if path.exists():
        raise ParameterError(f"there is a notebook {path.name} already: choose another name")
    kind = re.sub(r"^\d+_", "", path.stem)
    text = TEMPLATE.read_text(encoding="utf-8").replace('"new_notebook"', f'"{kind}"')
    files.write(path, text.replace("New notebook", kind.replace("_", " ").capitalize()))
    return path


@lru_cache(maxsize=32)  # a batch asks for one notebook many times
def runnable(path: Path, changed: int) -> dict[str, Any]:
    """The notebook at *path* as it was *changed* last, which may be shared and waits for nobody. Treat as read-only."""
    read = read_notebook(path)
    _refuse_internal(path.stem, read["metadata"].get("audience"))
    _refuse_questions(path.stem, read)
    return read


def _refuse_internal(notebook: str, stated: object) -> None:
    if stated is None:
        raise NotShareableError(
            f'{notebook} does not say who may see it: add "audience": "donor" to its metadata (in JupyterLab under '
            "Property Inspector, Advanced Tools), or start from `ctip new-notebook NAME`"
        )
    if stated != "donor":
        raise NotShareableError(
            f"{notebook} is internal, it shows records, so no report is made from it: open it in JupyterLab (make lab)"
        )


def _refuse_questions(notebook: str, content: Mapping[str, Any]) -> None:
    """Stop at a cell that needs a person: ``input()``, ``getpass``, widgets."""
    for number, cell in enumerate(content["cells"], start=1):
        if cell["cell_type"] == "code" and (what := next(_questions(source_of(cell)), "")):
            raise ParameterError(
                f"{notebook}, cell {number}, uses {what}, which needs a person: run it in JupyterLab, or with plain "
                f"papermill (papermill {notebook}.ipynb out.ipynb), or take it out"
            )


def _questions(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(re.sub(r"(?m)^\s*[%!].*", "", source))
    except SyntaxError:  # the run will say so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield from [f"{name}()"] if name in _ASKS else []
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            yield from [one for one in modules if one.partition(".")[0] in _WIDGETS]


@dataclass(frozen=True)
class Parameter:
    """One parameter as its notebook declares it; ``default`` is its value when nothing is set."""

    name: str
    type: type
    default: object
    meaning: str


def declared(notebook: Mapping[str, Any]) -> dict[str, Parameter]:
    """Parameters by name, in the order of the cell tagged ``parameters``; none where there is no such cell.

    ParameterError: a line of the cell declares nothing, so that papermill would pass over it.
    """
    cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    lines = source_of(cells[0]).splitlines() if cells else []
    found = [_parameter(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {each.name: each for each in found}


def source_of(cell: Mapping[str, Any]) -> str:
    """Source of a cell, which a notebook file keeps as text or as a list of lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _parameter(line: str) -> Parameter:
    try:
        parts = _LINE.fullmatch(line.strip())
        default = ast.literal_eval(parts["value"]) if parts else None
        kind = _TYPES[parts["type"]] if parts and parts["type"] else type(default)
        if parts is None or kind not in _WORDS:
            raise ValueError(line)
    except (ValueError, SyntaxError, KeyError):
        raise ParameterError(
            f"the parameters cell has the line {line.strip()!r}, which declares nothing; write it like "
            "year: int = 2004  # reporting year"
        ) from None
    return Parameter(parts["name"], kind, default, parts["meaning"] or "")


def checked(known: Mapping[str, Parameter], given: Mapping[str, object], notebook: str) -> dict[str, object]:
    """*given* as the notebook's types want it; every fault at once.

    Text from a command line becomes the declared type; a number never becomes text, because its leading
    zeros would be lost already.

    ParameterError: a name is not declared, or a value is of another type.
    """
    faults, values = [], {}
    for name, value in given.items():
        if name not in known:
            faults.append(f"{notebook} has no parameter {name}{suggestion(name, known)}")
            continue
        try:
            values[name] = _typed(known[name].type, value)
        except ValueError:
            faults.append(f"{name} must be {_WORDS[known[name].type]}; found {value!r}")
    if faults:
        raise ParameterError("; ".join(faults))
    return values


def _typed(wanted: type, value: object) -> object:
    if isinstance(value, str) and wanted is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str) and wanted in _NUMBER and re.fullmatch(_NUMBER[wanted], value):
        return wanted(value)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(value)
    return value
