"""The configuration of a yearly run: a YAML file. Folders count from the folder of the file."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import configuration, editions
from ctip_analysis.runs.configuration import Strict

EXAMPLE = "recipes/sample.yml"
DATES = {  # tables of which a partner's rows can be expected in a year: the dates that put a row into it
    "campaign_events": ("event_date",),
    "trainings": ("start_date",),
    "structures": ("established_date",),
    "clients": ("intake_date",),
    "services": ("start_date",),
    "rescues": ("op_date",),
    "cases": ("referred_date", "investigated_date", "charged_date", "tried_date", "judgment_date"),
}
_FOLDERS = ("data", "editions", "out", "hand_over")


def _year(text: Any) -> Any:
    if not re.fullmatch(r"\d{4}", str(text)):
        raise ValueError(f"must be four digits such as 2004; found {text!r}")
    return int(text)


def _year_or_last(text: Any) -> Any:
    return None if text == "last" else _year(text)


def _day(text: Any) -> Any:
    try:
        day = date.fromisoformat(f"2001-{text}")  # a year without 29 February: a day that every year has
    except ValueError:
        raise ValueError(f"must be a month and a day that every year has, such as 03-15; found {text!r}") from None
    return day.month, day.day


def _span(text: Any) -> Any:
    if not (found := re.fullmatch(r"(\d{4})(?:-(\d{4}))?", str(text))):
        raise ValueError(f"must be written like 2003-2005 or 2004; found {text!r}")
    return int(found[1]), int(found[2] or found[1])


def _partner(text: Any) -> Any:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", str(text)):
        raise ValueError(f"must be an id of partners.csv, such as NGO04; found {text!r}")
    return text


def _tables(given: Any) -> Any:
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list such as [clients, services]")
    for table in given:
        if table not in DATES:
            raise ValueError(f"no rows are expected by year in {table!r}{suggestion(str(table), DATES)}")
    return given


class Expected(Strict):
    """Rows that must be there for a year: of a partner in tables, in each year from the first to the last."""

    partner: Annotated[str, BeforeValidator(_partner)]
    tables: Annotated[list[str], BeforeValidator(_tables)]
    years: Annotated[tuple[int, int], BeforeValidator(_span)] = (0, 9999)


class Config(Strict):
    """A yearly run as it was asked for. ``year`` None is the one that has ended; ``due`` is month and day."""

    path: Path
    data: Path
    year: Annotated[int | None, BeforeValidator(_year_or_last)]
    basis: Literal["calendar", "fiscal"] = "calendar"
    editions: Path = Path()
    reports: Path = ROOT / "notebooks" / "reports.yml"
    notebooks: Path = ROOT / "notebooks"
    out: Path = ROOT / "build" / "reports"
    hand_over: Path = ROOT / "build" / "hand-over"
    due: Annotated[tuple[int, int] | None, BeforeValidator(_day)] = None
    expect: tuple[Expected, ...] = ()
    when_missing: Literal["stop", "draft"] = "stop"
    first: Annotated[int | None, BeforeValidator(_year)] = None
    workers: int | None = Field(default=None, ge=1)
    on_failure: str = ""
    keep: int | None = Field(default=None, ge=1)

    @field_validator("data", "editions", "reports", "notebooks", "out", "hand_over", mode="before")
    @classmethod
    def _from_the_file(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, str | Path) or not str(given):
            raise ValueError(f"must be one path; found {'nothing' if not given else 'a list'}")
        return (info.data["path"].parent / given).resolve()

    @field_validator("reports")
    @classmethod
    def _is_there(cls, reports: Path) -> Path:
        if not reports.is_file():
            raise ValueError(f"there is no file {reports.name}; name the list of reports")
        return reports

    @model_validator(mode="before")
    @classmethod
    def _default_editions(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("data"), str):
            data = (given["path"].parent / given["data"]).resolve()
            given.setdefault("editions", editions.default_folder(data))
        return given

    @model_validator(mode="after")
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


def slot(due: tuple[int, int], now: datetime) -> datetime:
    """The last moment up to *now* at which a run was due: midnight of the day *due* (month, day), of now's zone."""
    this = datetime(now.year, *due, tzinfo=now.tzinfo)
    return this if this <= now else this.replace(year=now.year - 1)


def due_day(config: Config, now: datetime) -> datetime:
    """The last moment at which the run was due; ParameterError where the file names no day."""
    if config.due is None:
        raise ParameterError(f"--due needs a day in {config.path.name}, such as `due: 03-15`")
    return slot(config.due, now)


def read_config(path: Path) -> Config:
    """The yearly run that the file at *path* describes; ParameterError lists every fault."""
    return configuration.read(path, Config, EXAMPLE, path=path.resolve())
