"""Editions of a folder of records: where they go by default, and whether one can be used again.

What is known of the records, their hashes and place, is kept in ``build/confidential`` and never in an edition.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ctip_analysis.base import files, periods, provenance
from ctip_analysis.base.errors import MissingFileError, NotShareableError, ParameterError
from ctip_analysis.base.reference import ROOT, described_path, sha256
from ctip_analysis.runs.guard import CONFIDENTIAL

BUILD = ROOT / "build"
SAMPLE = ROOT / "data" / "sample"


class Origin(BaseModel):
    """Which records the editions of one folder are made from, and what each edition was made of."""

    records: str  # fingerprint of the folder's absolute path
    made_of: dict[str, str] = {}
    ids: dict[str, str] = {}


def default_folder(data: Path) -> Path:
    """Where editions of the records in *data* go: ``build/editions`` for the sample, else ``build/editions-NAME``.

    NotShareableError: as of :func:`refuse_others`.
    """
    is_sample = data.resolve() == SAMPLE.resolve()
    editions = BUILD / ("editions" if is_sample else f"editions-{data.resolve().name}")
    refuse_others(editions, data)
    return editions


def refuse_others(editions: Path, data: Path) -> None:
    """Stop where the folder *editions* below ``build`` has editions of other records than those in *data*.

    NotShareableError: a reader would take numbers of the one for corrections of the other's.
    """
    origin = _origin(editions) if _is_bound(editions, data) else None
    if origin is not None and origin.records != _fingerprint(data) and editions.is_dir():
        raise NotShareableError(
            f"{described_path(editions)} has editions of another folder of records than {data.resolve().name!r}. Give "
            "this one another name or place; or, if it is the same folder that was moved, remove "
            f"{described_path(_note(editions))} and run again"
        )


def _is_bound(editions: Path, data: Path) -> bool:
    """Whether a folder of editions belongs to one folder of records: those that commands make by default."""
    return editions.resolve().parent == BUILD.resolve() and data.is_dir()


def edition_of(data: Path, year: int, basis: str, say: Callable[[str], None], release: Callable[..., Path]) -> Path:
    """Folder of the edition of *year*: the one that is there if records and code are the same, else a new one.

    *say* is called with a line about what is done; *release* writes an edition (``ctip_analysis.inside.release``).
    """
    editions, period = default_folder(data), periods.year_code(year, basis)
    made_of, there = _made_of(data), editions / period
    origin = _origin(editions) or Origin(records=_fingerprint(data))
    if made_of and origin.made_of.get(period) == made_of and _id(there) == origin.ids.get(period, "-"):
        say(f"edition {period}: used again, the records are unchanged")
        return there
    say(f"edition {period}: releasing it from {data.name}, which can take a minute")
    made = release(data, year=year, basis=basis, out=editions, progress=say)
    bind(editions, data, period)
    return made


def bind(editions: Path, data: Path, period: str) -> None:
    """Note that the edition of *period* was made from the records in *data*, as they are now; below ``build`` only."""
    if not _is_bound(editions, data):
        return
    origin = _origin(editions) or Origin(records=_fingerprint(data))
    origin.made_of[period], origin.ids[period] = _made_of(data), _id(editions / period)
    files.write(_note(editions), origin.model_dump_json(indent=1) + "\n")


@dataclass(frozen=True)
class Source:
    """What reports are made from: the *edition* in a folder, or else the records in *data*, by default the sample.

    *say* is called with a line about what is done; *release* writes an edition (``ctip_analysis.inside.release``).
    """

    edition: Path | None
    data: Path | None
    say: Callable[[str], None]
    release: Callable[..., Path]

    def folder(self, wanted: Callable[[], tuple[int, str]]) -> Path:
        """Folder of the edition; of records, that of the year and basis *wanted*, released if need be."""
        if self.edition and self.data:
            raise ParameterError("give --data or --edition, not both: an edition was made from its records")
        if self.edition and not (self.edition / "edition.json").is_file():
            raise MissingFileError(
                f"there is no edition in {self.edition.name}: give a folder that `ctip release` made, such as "
                "build/editions/2004, or leave --edition out"
            )
        return self.edition or edition_of(self.data or SAMPLE, *wanted(), self.say, self.release)


def _made_of(data: Path) -> str:
    """Hash over the files of records, the package and the boundaries; "" where there is no such folder."""
    if not data.is_dir():
        return ""
    lines = [f"{path.name} {sha256(path)}" for path in sorted(data.iterdir()) if path.is_file()]
    return provenance.hashed("\n".join([*lines, provenance.code(), provenance.boundaries()]))


def _fingerprint(data: Path) -> str:
    return provenance.hashed(str(data.resolve()))


def _id(folder: Path) -> str:
    try:
        return str(json.loads((folder / "edition.json").read_text(encoding="utf-8"))["id"])
    except (OSError, ValueError, KeyError):
        return ""


def _origin(editions: Path) -> Origin | None:
    try:
        return Origin.model_validate_json(_note(editions).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _note(editions: Path) -> Path:
    return Path(CONFIDENTIAL) / f"{editions.name}.origin.json"
