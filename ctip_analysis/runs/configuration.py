"""Files of configuration: YAML read as text, validated by a pydantic model, every fault a sentence; the yearly run's.

Values are read as text, so that 03 stays 03 until a model makes a number of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import pydantic
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.base.reference import ROOT, dates_of_tables
from ctip_analysis.runs import editions

_FOLDERS = ("data", "editions", "out", "hand_over")
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

    ParameterError: the file is missing or not YAML, or any of its keys and values is wrong: all faults are listed.
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
    kind, where = error["type"], [f"entry {one + 1}" if isinstance(one, int) else one for one in error["loc"]]
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


def _written(pattern: str, words: str, make: Callable[..., Any]) -> BeforeValidator:
    """Text that has the *pattern*, whose groups *make* a value; *words* say how it is written."""

    def read(text: Any) -> Any:
        if not (found := re.fullmatch(pattern, str(text))):
            raise ValueError(f"must be {words}; found {text!r}")
        return make(*found.groups())

    return BeforeValidator(read)


def _day(text: Any) -> Any:
    try:
        day = date.fromisoformat(f"2001-{text}")  # a year without 29 February: a day that every year has
    except ValueError:
        raise ValueError(f"must be a month and a day that every year has, such as 03-15; found {text!r}") from None
    return day.month, day.day


Year = Annotated[int, _written(r"(\d{4})", "four digits such as 2004", int)]
Partner = Annotated[str, _written(r"([A-Z][A-Z0-9_]*)", "an id of partners.csv, such as NGO04", str)]
_YEARS = r"(\d{4})(?:-(\d{4}))?", "written like 2003-2005 or 2004"
Years = Annotated[tuple[int, int], _written(*_YEARS, lambda one, other: (int(one), int(other or one)))]


def _tables(given: Any) -> Any:
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list such as [clients, services]")
    for table in given:
        if table not in (known := dates_of_tables()):
            raise ValueError(f"no rows are expected by year in {table!r}{suggestion(str(table), known)}")
    return given


class Expected(Strict):
    """Rows that must be there for a year: of a partner in tables, in each year from the first to the last."""

    partner: Partner
    tables: Annotated[list[str], BeforeValidator(_tables)]
    years: Years = (0, 9999)


class Config(Strict):
    """A yearly run as it was asked for. ``year`` None is the one that has ended; ``due`` is month and day."""

    path: Path
    data: Path
    year: Annotated[Year | None, BeforeValidator(lambda text: None if text == "last" else text)]
    basis: Literal["calendar", "fiscal"] = "calendar"
    editions: Path = Path()
    reports: Path = ROOT / "notebooks" / "reports.yml"
    notebooks: Path = ROOT / "notebooks"
    out: Path = ROOT / "build" / "reports"
    hand_over: Path = ROOT / "build" / "hand-over"
    due: Annotated[tuple[int, int] | None, BeforeValidator(_day)] = None
    expect: tuple[Expected, ...] = ()
    when_missing: Literal["stop", "draft"] = "stop"
    first: Year | None = None
    workers: int | None = Field(default=None, ge=1)
    on_failure: str = ""
    keep: int | None = Field(default=None, ge=1)

    @pydantic.field_validator("data", "editions", "reports", "notebooks", "out", "hand_over", mode="before")
    @classmethod
    def _from_the_file(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, str | Path) or not str(given):
            raise ValueError(f"must be one path; found {'nothing' if not given else 'a list'}")
        return (info.data["path"].parent / given).resolve()

    @pydantic.field_validator("reports")
    @classmethod
    def _is_there(cls, reports: Path) -> Path:
        if not reports.is_file():
            raise ValueError(f"there is no file {reports.name}; name the list of reports")
        return reports

    @pydantic.model_validator(mode="before")
    @classmethod
    def _default_editions(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("data"), str):
            data = (given["path"].parent / given["data"]).resolve()
            given.setdefault("editions", editions.default_folder(data))
        return given

    @pydantic.model_validator(mode="after")
    def _apart(self) -> Config:
        """Folders inside one another: records or editions would be handed over, or be taken for reports."""
        for inner in _FOLDERS:
            for outer in _FOLDERS:
                if inner != outer and getattr(self, inner).is_relative_to(getattr(self, outer)):
                    raise ValueError(f"{inner} must not be inside the folder of {outer}")
        return self

    def year_at(self, now: datetime) -> int:
        """The reporting year of a run at *now*."""
        if self.year is not None:
            return self.year
        has_ended = periods.span(periods.year_code(now.year, self.basis))[1] < now.date()
        return now.year if has_ended else now.year - 1

    def due_at(self, now: datetime) -> datetime:
        """The last moment up to *now* at which a run was due: midnight in now's zone. ParameterError without a day."""
        if self.due is None:
            raise ParameterError(f"--due needs a day in {self.path.name}, such as `due: 03-15`")
        this = datetime(now.year, *self.due, tzinfo=now.tzinfo)
        return this if this <= now else this.replace(year=now.year - 1)


def read_config(path: Path) -> Config:
    """The yearly run that the file at *path* describes; ParameterError lists every fault."""
    return read(path, Config, "recipes/sample.yml", path=path.resolve())
