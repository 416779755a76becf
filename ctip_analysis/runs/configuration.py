"""Files of configuration: YAML read as text, validated by a pydantic model, every fault a sentence.

Values are read as text, so that 03 stays 03 until a model makes a number of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ctip_analysis.base.errors import ParameterError, suggestion

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
