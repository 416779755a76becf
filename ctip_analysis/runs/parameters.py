"""The parameters of a notebook, declared in its parameters cell and checked before anything runs.

A declaration is a line ``name: type = default  # meaning``. What papermill only warns about, or turns into
something else (``03`` into 3), is refused here with the nearest valid value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctip_analysis.base.errors import ParameterError, suggestion

_LINE = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s*(:\s*(?P<type>\w+)\s*)?=\s*(?P<value>[^=]+?)\s*(#\s*(?P<meaning>.*))?"
)
_NUMBER = {int: r"-?(0|[1-9][0-9]*)", float: r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?"}
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Parameter:
    """One parameter as its notebook declares it; ``default`` is its value when nothing is set."""

    name: str
    type: type
    default: object
    meaning: str


def declared(notebook: Mapping[str, Any]) -> dict[str, Parameter]:
    """Parameters by name, in the order of the cell tagged ``parameters``; none where there is no such cell.

    Raises
    ------
    ParameterError
        A line of the cell declares nothing, so that papermill would pass over it.
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

    Raises
    ------
    ParameterError
        A name is not declared, or a value is of another type.
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
