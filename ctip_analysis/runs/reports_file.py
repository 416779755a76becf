"""``reports.yml``: which reports a batch makes, as data.

A list under ``reports:``, each with ``notebook`` and, if wanted, ``matrix`` (parameter → values), ``include``,
``exclude``, ``audience``, ``limits`` (``run`` and ``cell``, in seconds) and ``expect`` (at least so many
``figures``, non-empty ``tables``). Values are read as text, so that no code loses its leading zeros.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.runs.parameters import listed
from ctip_analysis.runs.task import Limits

ALL = "all"
_KEYS = ("notebook", "matrix", "include", "exclude", "audience", "limits", "expect")
_LIMITS, _EXPECT = ("run", "cell"), ("figures", "tables")


@dataclass(frozen=True)
class Entry:
    """One entry of the file: a notebook, the combinations of parameters it is made with, limits, audience.

    In a combination ``province`` may be ``all``: those that existed in its year.
    """

    place: str  # where in the file, for a message
    notebook: str
    combinations: tuple[dict[str, str], ...]
    exclude: tuple[dict[str, str], ...]
    audience: str
    limits: Limits


class _Text(yaml.BaseLoader):
    """Reads every value as text; a key that stands twice is no YAML, and not the last one of both."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for at, key in enumerate(keys):
            if key.value in [one.value for one in keys[:at]]:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                )
        return super().construct_mapping(node, deep)


def read(path: Path) -> list[Entry]:
    """The entries of the file *path*.

    Raises
    ------
    MissingFileError
        There is no such file.
    ParameterError
        It is no YAML, or an entry has an unknown key or a value of another form; every fault at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFileError(
            f"{path.name}: there is no such file; notebooks/reports.yml is an example"
        ) from None
    except UnicodeDecodeError:
        raise ParameterError(f"{path.name}: is not YAML: it is not written in UTF-8") from None
    try:
        content = yaml.load(text, Loader=_Text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ParameterError(f"{path.name}, line {line}: is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ParameterError(f"{path.name}: is not YAML: it holds a character that is no text") from None
    faults: list[str] = []
    if (
        not isinstance(content, dict)
        or set(content) != {"reports"}
        or not isinstance(content["reports"], list)
    ):
        raise ParameterError(f"{path.name}: a list under reports: is expected, and nothing else beside it")
    entries = [
        _entry(f"report {number}", one, faults) for number, one in enumerate(content["reports"], start=1)
    ]
    if not entries:
        faults.append("the list under reports: is empty")
    if faults:
        raise ParameterError(
            "\n".join([f"{path.name}: {len(faults)} fault(s)", *(f"  - {one}" for one in faults)])
        )
    return entries


def _entry(place: str, given: Any, faults: list[str]) -> Entry:
    if not isinstance(given, dict) or not isinstance(given.get("notebook"), str):
        faults.append(f"{place}: notebook: NAME is missing")
        given = {}
    faults += [f"{place}: unknown key {key}{listed(key, _KEYS)}" for key in given if key not in _KEYS]
    limits = _numbers(place, "limits", given.get("limits", {}), _LIMITS, faults)
    expect = _numbers(place, "expect", given.get("expect", {}), _EXPECT, faults)
    usual = Limits()
    return Entry(
        place=f"{place} ({given.get('notebook', '')})",
        notebook=given.get("notebook", ""),
        combinations=tuple(_combinations(place, given, faults)),
        exclude=tuple(_settings(f"{place}: exclude", given.get("exclude", []), faults)),
        audience=_audience(place, given.get("audience", "donor"), faults),
        limits=Limits(
            limits.get("run", usual.run), limits.get("cell", usual.cell),
            int(expect.get("figures", 0)), int(expect.get("tables", 0)),
        ),
    )  # fmt: skip


def _audience(place: str, given: object, faults: list[str]) -> str:
    if given not in ("donor", "internal"):
        faults.append(f"{place}: audience must be donor or internal; found {given!r}")
    return str(given)


def _numbers(place: str, key: str, given: Any, known: tuple[str, ...], faults: list[str]) -> dict[str, float]:
    """Numbers above zero by name."""
    if not isinstance(given, dict):
        faults.append(f"{place}: {key} must be a mapping such as {{{known[0]}: 5}}")
        return {}
    faults += [f"{place}: unknown {key} {name}{listed(name, known)}" for name in given if name not in known]
    wrong = [
        name for name, text in given.items() if not re.fullmatch(r"\d+(\.\d+)?", str(text)) or not float(text)
    ]
    faults += [f"{place}: {key} {name} must be a number above 0; found {given[name]!r}" for name in wrong]
    return {name: float(text) for name, text in given.items() if name in known and name not in wrong}


def _combinations(place: str, given: dict[str, Any], faults: list[str]) -> Iterator[dict[str, str]]:
    """Every combination of the matrix, then those to include besides."""
    matrix = given.get("matrix", {})
    if not isinstance(matrix, dict):
        faults.append(f"{place}: matrix must be a mapping such as {{year: [2003, 2004]}}")
        matrix = {}
    values = {name: one if isinstance(one, list) else [one] for name, one in matrix.items()}
    nested = [
        name for name, some in values.items() if not all(isinstance(one, str) for one in some) or not some
    ]
    faults += [f"{place}: matrix {name} must be a value or a list of values" for name in nested]
    include = _settings(f"{place}: include", given.get("include", []), faults)
    if matrix or not include:
        for combination in itertools.product(*values.values()):
            yield dict(zip(values, combination, strict=True))
    yield from include


def _settings(place: str, given: Any, faults: list[str]) -> list[dict[str, str]]:
    """A list of mappings parameter → value."""
    good = isinstance(given, list) and all(
        isinstance(one, dict) and one and all(isinstance(value, str) for value in one.values())
        for one in given
    )
    if not good:
        faults.append(f"{place} must be a list of mappings such as [{{year: 2003, province: KH12}}]")
    return given if good else []
