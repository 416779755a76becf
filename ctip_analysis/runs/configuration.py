"""Files of configuration: YAML read as text, validated by a pydantic model, every fault a sentence.

Values are read as text, so that 03 stays 03 until a model makes a number of it. The list of reports that a batch makes,
``reports.yml``, is one: each entry names a notebook and, if wanted, a ``matrix`` of parameter values, combinations to
``include`` and to ``exclude``, time ``limits`` in seconds, what the page must show at least (``expect``), and whether
there is a ``pdf`` too (a notebook whose metadata says so has one anyway).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ctip_analysis.base.errors import ParameterError, suggestion

ALL = "all"
EXAMPLE = "notebooks/reports.yml"
_EXPECTED = {
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "string_type": "one value",
    "int_type": "a whole number",
    "list_type": "a list",
    "too_short": "a list with at least one entry",
    "tuple_type": "a list",
    "dict_type": "a mapping such as {year: 2004}",
    "model_type": "a mapping of keys to values",
}


class Strict(BaseModel):
    """A frozen model that knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


class _Text(yaml.BaseLoader):
    """Reads every value as text and refuses a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]:
            if key.value in seen:
                problem = f"the key {key.value} is written twice; keep one"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path, model: type[Model], example: str, /, **known: Any) -> Model:
    """The file at *path* as *model*, with what is *known* besides; *example* names a file to start from.

    Raises
    ------
    ParameterError
        The file is missing or not YAML, or any of its keys and values is wrong: all faults are listed.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Text)
    except FileNotFoundError:
        raise ParameterError(f"{path.name}: there is no such file; {example} is an example") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ParameterError(f"{path.name}, line {line}: is not YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ParameterError(f"{path.name}: is not YAML: it is not text in UTF-8") from None
    try:
        return model.model_validate(content | known if isinstance(content, dict) else content)
    except ValidationError as error:
        raise refused(path.name, [worded(one, model) for one in error.errors()]) from None


def refused(file: str, faults: Iterable[str]) -> ParameterError:
    """The error that lists the *faults* of a *file*."""
    lines = [f"  - {fault}" for fault in dict.fromkeys(faults)]
    count = f"{len(lines)} fault{'s' if len(lines) > 1 else ''}"
    return ParameterError("\n".join([f"{file}: {count}; nothing was started", *lines]))


def worded(error: Any, model: type[BaseModel]) -> str:
    """One of pydantic's errors as a sentence that names the key, what was expected and what was found."""
    kind, where = (
        error["type"],
        [f"entry {part + 1}" if isinstance(part, int) else part for part in error["loc"]],
    )
    if kind == "extra_forbidden":
        known = [key for key in _model_at(model, error["loc"][:-1]).model_fields if key != "path"]
        return f"{', '.join(where)}: there is no such key{suggestion(str(where[-1]), known)}"
    if kind == "missing":
        said = "is missing"
    elif kind == "value_error":
        said = str(error["ctx"]["error"])
    else:
        said = f"must be {_expected(error)}; found {_found(error['input'])}"
    return f"{', '.join(where) or 'the file'}: {said}"


def _expected(error: Any) -> str:
    if error["type"] == "literal_error":
        return str(error["ctx"]["expected"]).replace("'", "")
    for limit, words in (("gt", "above"), ("ge", "at least")):
        if limit in error.get("ctx", {}):
            return f"{words} {error['ctx'][limit]:g}"
    message = str(error["msg"])
    return _EXPECTED.get(error["type"], message[:1].lower() + message[1:])


def _found(value: object) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return repr(value) if value not in ("", None) else "nothing"


def _model_at(model: type[BaseModel], place: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that describes the mapping at *place* inside *model*."""
    for part in [part for part in place if isinstance(part, str)]:
        kind: Any = model.model_fields[part].annotation
        while not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            kind = next(inner for inner in get_args(kind) if inner is not Ellipsis)
        model = kind
    return model


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | dict) else [value]


Values = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


class Limits(Strict):
    """Seconds after which a report, or one of its cells, is ended."""

    run: Seconds = 600.0
    cell: Seconds = 300.0


class Expect(Strict):
    """What a page must show at least: figures, and tables with rows."""

    figures: int = Field(default=0, ge=0)
    tables: int = Field(default=0, ge=0)


class Entry(Strict):
    """One notebook, the combinations of parameters it is run with, and its limits."""

    notebook: str
    matrix: dict[str, Values] = Field(default_factory=dict)
    include: tuple[dict[str, str], ...] = ()
    exclude: tuple[dict[str, str], ...] = ()
    audience: Literal["donor", "internal"] = "donor"
    limits: Limits = Limits()
    expect: Expect = Expect()
    pdf: bool = False

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination of the matrix, then those to include."""
        if self.matrix or not self.include:
            for values in itertools.product(*self.matrix.values()):
                yield dict(zip(self.matrix, values, strict=True))
        yield from self.include

    def excluded(self, combination: dict[str, str]) -> list[dict[str, str]]:
        """The exclusions that match *combination*."""
        return [one for one in self.exclude if one.items() <= combination.items()]


class ReportsFile(Strict):
    """All entries of the file."""

    reports: Annotated[list[Entry], Field(min_length=1)]

    def last_year(self) -> tuple[int, str]:
        """The last year that an entry names, with its basis: the edition of that year has all of them."""
        named = [one for entry in self.reports for one in entry.combinations() if one.get("year", "").isdigit()]
        if not named:
            raise ParameterError("no report names a year: give --edition, or a year in each matrix")
        last = max(named, key=lambda one: int(one["year"]))
        return int(last["year"]), last.get("basis", "calendar")


def read_reports(path: Path) -> ReportsFile:
    """The file at *path*; ParameterError lists every fault."""
    return read(path, ReportsFile, EXAMPLE)
