"""What a notebook lets be set: declared once, in its parameters cell, and checked before a kernel starts.

A declaration is a line ``name: type = default  # meaning``. What papermill only warns about, or turns into
something else (``03`` into 3), is refused here with the nearest valid value.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import nbformat

from ctip_analysis.base.errors import ParameterError

_LINE = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s*(:\s*(?P<type>\w+)\s*)?=\s*(?P<value>[^=]+?)\s*(#\s*(?P<meaning>.*))?"
)
_WHOLE = r"-?(0|[1-9][0-9]*)"
_DECIMAL = r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?"
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Parameter:
    """One parameter as its notebook declares it; ``default`` is its value when nothing is set."""

    name: str
    type: type
    default: object
    meaning: str

    def described(self) -> dict[str, object]:
        """What a form or a help text needs: name, type, default, meaning."""
        return {
            "name": self.name, "type": self.type.__name__, "default": self.default, "meaning": self.meaning,
        }  # fmt: skip


def declared(notebook: nbformat.NotebookNode) -> dict[str, Parameter]:
    """Parameters by name, in the order of the cell tagged ``parameters``; none where there is no such cell.

    Raises
    ------
    ParameterError
        A line of the cell declares nothing, so that papermill would pass over it.
    """
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    lines = cells[0].source.splitlines() if cells else []
    found = [_parameter(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {each.name: each for each in found}


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

    Raises
    ------
    ParameterError
        A name is not declared, or a value is of another type.
    """
    faults, values = [], {}
    for name, value in given.items():
        if name not in known:
            faults.append(f"{notebook} has no parameter {name}{listed(name, known)}")
            continue
        try:
            values[name] = _typed(known[name], value)
        except ValueError:
            faults.append(f"{name} must be {_WORDS[known[name].type]}; found {value!r}")
    if faults:
        raise ParameterError("; ".join(faults))
    return values


def _typed(parameter: Parameter, value: object) -> object:
    wanted = parameter.type
    if isinstance(value, str) and wanted is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str) and wanted in (int, float):
        if not re.fullmatch(_WHOLE if wanted is int else _DECIMAL, value):
            raise ValueError(value)
        return wanted(value)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(value)
    return value


def listed(found: object, among: Iterable[object]) -> str:
    """``; it has a, b; nearest is a``, for the end of a sentence about something unknown."""
    names = [str(one) for one in among]
    return (f"; it has {', '.join(names)}" if names else "") + close_to(found, names)


def close_to(found: object, among: Iterable[object]) -> str:
    """``; nearest is a``, or nothing where nothing is near."""
    near = difflib.get_close_matches(str(found), [str(one) for one in among], n=1, cutoff=0.3)
    return f"; nearest is {near[0]}" if near else ""
