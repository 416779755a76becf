"""What a yearly run is told: a YAML file whose every fault is said at once, before anything starts.

Every value is read as the text that stands there (03 stays 03); folders count from the folder of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from ctip_analysis.base import periods
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs.parameters import close_to

LAST = "last"
STOP, DRAFT = "stop", "draft"
DATES = {  # tables of which a partner's rows can be expected in a year: the dates that put a row into it
    "campaign_events": ("event_date",),
    "trainings": ("start_date",),
    "structures": ("established_date",),
    "clients": ("intake_date",),
    "services": ("start_date",),
    "rescues": ("op_date",),
    "cases": ("referred_date", "investigated_date", "charged_date", "tried_date", "judgment_date"),
}
_BUILD = ROOT / "build"
_FOLDERS = ("data", "editions", "out", "hand_over")
_GIVEN = ("reports", "notebooks")


@dataclass(frozen=True)
class Expected:
    """Rows that must be there for a year: of a partner in a table, in each year from the first to the last."""

    partner: str
    table: str
    years: tuple[int, int] = (0, 9999)


@dataclass(frozen=True)
class Config:
    """A yearly run as it was asked for. ``year`` None is the one that has ended; ``due`` is month and day."""

    path: Path
    data: Path
    editions: Path
    reports: Path
    out: Path
    hand_over: Path
    notebooks: Path
    year: int | None = None
    basis: str = "calendar"
    due: tuple[int, int] | None = None
    expect: tuple[Expected, ...] = ()
    when_missing: str = STOP
    first: int | None = None
    workers: int | None = None
    on_failure: str = ""
    keep: int | None = None

    def year_at(self, now: datetime) -> int:
        """The reporting year of a run at *now*."""
        if self.year is not None:
            return self.year
        this = now.year
        return this if periods.span(periods.year_code(this, self.basis))[1] < now.date() else this - 1


def slot(due: tuple[int, int], now: datetime) -> datetime:
    """The last moment up to *now* at which a run was due: midnight of the day *due* (month, day), of now's zone."""
    this = datetime(now.year, *due, tzinfo=now.tzinfo)
    return this if this <= now else this.replace(year=now.year - 1)


def read_config(path: Path) -> Config:
    """The yearly run that the file at *path* describes.

    Raises
    ------
    ParameterError
        The file is not there, is no YAML, or anything in it is wrong: every fault is listed.
    """
    found, faults = _parsed(path)
    known = [*_READERS, *_FOLDERS, *_GIVEN, "expect"]
    faults += [
        f"{key}: there is no such key{close_to(key, known)}; there are {', '.join(known)}"
        for key in found
        if key not in known
    ]
    faults += [f"{key}: is missing" for key in ("data", "year") if key not in found]
    given: dict[str, Any] = {}
    for key, reader in _READERS.items():
        if key in found:
            _take(given, key, found[key], reader, faults)
    for key in (*_FOLDERS, *_GIVEN):
        if key in found:
            _take(given, key, found[key], path.resolve().parent.joinpath, faults)
    given["expect"] = tuple(_expected(found.get("expect", []), faults))
    places = _places(given)
    faults += _nested(places)
    if not places["reports"].is_file():
        faults.append(f"reports: there is no file {places['reports'].name}; name the list of reports")
    if faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise ParameterError(
            "\n".join([f"{path.name}: {count}; nothing was started", *(f"  - {f}" for f in faults)])
        )
    return Config(path=path.resolve(), **{**given, **places})


def _parsed(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The keys of the file, and which stand twice."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    except FileNotFoundError:
        raise ParameterError(f"there is no file {path.name}: give the YAML file of a yearly run") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ParameterError(f"{path.name}{where}: is not YAML; write one `key: value` a line") from None
    if not isinstance(node, yaml.MappingNode):
        raise ParameterError(f"{path.name}: must be lines of `key: value`, such as `year: 2004`")
    keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    twice = [f"{key}: stands twice; keep one" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader), twice


def _take(
    given: dict[str, Any], key: str, value: object, read: Callable[[str], object], faults: list[str]
) -> None:
    try:
        given[key] = read(_text(value))
    except ValueError as error:
        faults.append(f"{key}: {error}")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be one value; found {'nothing' if value in ('', [], {}) else 'a list'}")
    return value


def _year(text: str) -> int:
    if not re.fullmatch(r"\d{4}", text):
        raise ValueError(f"must be four digits such as 2004; found {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise ValueError(f"must be a whole number from 1; found {text!r}")
    return int(text)


def _day(text: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(
            f"2001-{text}"
        )  # a year without 29 February: a slot that is there every year
    except ValueError:
        raise ValueError(
            f"must be a month and a day that every year has, such as 03-15; found {text!r}"
        ) from None
    return day.month, day.day


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be {' or '.join(allowed)}; found {text!r}{close_to(text, allowed)}")
        return text

    return read


_READERS: dict[str, Callable[[str], object]] = {
    "year": lambda text: None if text == LAST else _year(text),
    "basis": _one_of(*periods.BASES),
    "due": _day,
    "when_missing": _one_of(STOP, DRAFT),
    "first": _year,
    "workers": _count,
    "on_failure": str,
    "keep": _count,
}


def _expected(found: object, faults: list[str]) -> list[Expected]:
    """What each entry of ``expect`` asks for; entries are numbered from 1 in what is said about them."""
    if not isinstance(found, list):
        faults.append("expect: must be a list of entries such as `- {partner: NGO04, tables: [clients]}`")
        return []
    made: list[Expected] = []
    for number, entry in enumerate(found, 1):
        where = f"expect, entry {number}"
        if not isinstance(entry, dict):
            faults.append(f"{where}: must be written like {{partner: NGO04, tables: [clients]}}")
            continue
        made += _entry(where, entry, faults)
    return made


def _entry(where: str, entry: dict[str, object], faults: list[str]) -> list[Expected]:
    known = ("partner", "tables", "years")
    faults += [
        f"{where}, {key}: there is no such key{close_to(key, known)}" for key in entry if key not in known
    ]
    partner, years = str(entry.get("partner", "")), str(entry.get("years", "0000-9999"))
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", partner):
        faults.append(f"{where}, partner: must be an id of partners.csv, such as NGO04; found {partner!r}")
    if not (span := re.fullmatch(r"(\d{4})(?:-(\d{4}))?", years)):
        faults.append(f"{where}, years: must be written like 2003-2005 or 2004; found {years!r}")
    tables = entry.get("tables", [])
    if not isinstance(tables, list) or not tables:
        faults.append(f"{where}, tables: must be a list such as [clients, services]")
        return []
    faults += [
        f"{where}, tables: no rows are expected by year in {table!r}{close_to(str(table), DATES)}; "
        f"there are {', '.join(DATES)}"
        for table in tables
        if table not in DATES
    ]
    until = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
    return [Expected(partner, str(table), until) for table in tables]


def _places(given: dict[str, Any]) -> dict[str, Path]:
    """Folders and files of the run; where none is named, those of this copy of the project."""
    data = given.get("data", ROOT / "data" / "sample").resolve()
    is_sample = data == (ROOT / "data" / "sample").resolve()
    usual = {
        "data": data,
        "editions": _BUILD / ("editions" if is_sample else f"editions-{data.name}"),
        "out": _BUILD / "reports",
        "hand_over": _BUILD / "hand-over",
        "reports": ROOT / "notebooks" / "reports.yml",
        "notebooks": ROOT / "notebooks",
    }
    return {key: Path(given.get(key, place)).resolve() for key, place in usual.items()}


def _nested(places: dict[str, Path]) -> list[str]:
    """Folders that lie in one another: records or editions would be handed over, or be taken for reports."""
    return [
        f"{inner}: must not lie in the folder of {outer}"
        for inner in _FOLDERS
        for outer in _FOLDERS
        if inner != outer and places[inner].is_relative_to(places[outer])
    ]
