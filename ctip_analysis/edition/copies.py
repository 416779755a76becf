"""The copy of an edition that goes out beside reports: files, state of issue and licence; and reading it back."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError, MissingFileError
from ctip_analysis.edition import takeaway, workbook
from ctip_analysis.edition.edition import Edition
from ctip_analysis.edition.folder import GEOMETRY, open_edition

SYNTHETIC = "SYNTHETIC"
_BOM = "utf-8-sig"  # the mark by which Excel knows Khmer


def write_copy(folder: Path, edition: Edition, out: Path) -> list[Path]:
    """Copy the *edition* in *folder* into *out* for people: CSV with BOM for Excel, a workbook, a dictionary.

    A synthetic edition says SYNTHETIC in every file name, in each row (``kind``) and on every sheet.
    Returns the files written. The columns are described in ``datapackage….json``.
    """
    mark = f"_{SYNTHETIC}" if edition.is_synthetic else ""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    files: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    for resource in package["resources"]:
        text = (folder / resource["path"]).read_text(encoding="utf-8")
        resource["path"] = f"{resource['name']}{mark}.csv"
        files[resource["path"]] = text.encode(_BOM)
        texts[resource["name"]] = text
    made = takeaway.tables(texts)
    files |= {f"{name}{mark}.csv": text.encode(_BOM) for name, text in made.items()}
    package["resources"] += takeaway.resources(made, mark)
    package |= {"licenses": _licences(edition), "citation": _citation(edition)}
    if (folder / GEOMETRY).is_file():
        files[f"provinces{mark}.geojson"] = (folder / GEOMETRY).read_bytes()
    files[f"edition{mark}.json"] = (folder / "edition.json").read_bytes()
    files[f"datapackage{mark}.json"] = (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    book = f"edition_{edition.info['period']}{mark}.xlsx"
    (out / book).write_bytes(workbook.written(workbook_parts(out)))
    return [out / name for name in (*files, book)]


def _licences(edition: Edition) -> list[dict[str, str]]:
    """Under which licences the copy may be passed on: that of its numbers, and that of the boundaries."""
    numbers = {"name": "other", "title": f"Numbers: {Issue.of(edition).licence}"}
    if "Open Database Licence" not in str(edition.info.get("boundaries", "")):
        return [numbers]
    address = "https://opendatacommons.org/licenses/odbl/1-0/"
    return [numbers, {"name": "ODbL-1.0", "title": f"Map: {edition.info['boundaries']}", "path": address}]


def _citation(edition: Edition) -> str:
    """How to name the data in print."""
    mark = f"{SYNTHETIC}: made-up records. " if edition.is_synthetic else ""
    period = periods.label(str(edition.info["period"]))
    return f"{mark}Counter-trafficking programme in Cambodia: results of {period}. Edition {edition.id[:12]}."


def workbook_parts(folder: Path) -> dict[str, str]:
    """What the workbook of the copy in *folder* consists of, made from the files beside it.

    Raises
    ------
    OSError, ValueError, KeyError
        The data package or one of its tables is missing, or is none.
    """
    package = package_of(folder)
    tables = {each["name"]: (folder / each["path"]).read_text(encoding=_BOM) for each in package["resources"]}
    return workbook.parts(tables, package, is_synthetic=bool(mark_of(folder)))


def package_of(folder: Path) -> dict[str, Any]:
    """The data package in *folder*; OSError or ValueError where there is none that can be read."""
    return dict(json.loads((folder / f"datapackage{mark_of(folder)}.json").read_text(encoding="utf-8")))


def mark_of(folder: Path) -> str:
    """What ends the names of the files in *folder*: "_SYNTHETIC", or nothing."""
    return f"_{SYNTHETIC}" if (folder / f"cells_{SYNTHETIC}.csv").is_file() else ""


def read_copy(folder: Path) -> Edition:
    """The edition in *folder*, an edition itself or its copy for people, whose CSV files have a byte-order mark.

    Raises
    ------
    CtipError
        A file is missing or can't be read, or the files are not those of the edition's id.
    """
    mark = mark_of(folder)
    with tempfile.TemporaryDirectory(prefix="ctip-audit-") as made:
        work = Path(made) / folder.name
        work.mkdir()
        for path in folder.iterdir():
            if path.suffix in (".csv", ".json", ".geojson") and path.stem.endswith(mark):
                name = f"{path.stem.removesuffix(mark)}{path.suffix}"
                (work / name).write_bytes(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        if not (work / "edition.json").is_file():
            raise MissingFileError(f"{folder.name} has no edition{mark}.json, so its edition can't be read")
        there = folder / f"provinces{mark}.geojson"
        return replace(open_edition(work), boundaries=there if there.is_file() else None)


@dataclass(frozen=True)
class Issue:
    """State of issue of one edition, in words, whom to ask, and under which licence it may be passed on.

    ``data/reference/issues.csv`` has it, as a person entered it: one row per issued edition, the first row for all
    others. So the day of issue is never the day of a run, and two runs give the same page.
    """

    state: str
    contact: str
    licence: str
    is_draft: bool

    @classmethod
    def of(cls, edition: Edition) -> Self:
        """The issue of *edition*; DataError where a final one lacks the day or the person who approved it."""
        rows = reference.table("issues")
        own = rows[rows["edition_id"].ne("") & rows["edition_id"].map(edition.id.startswith)]
        row = own.iloc[-1] if len(own) else rows[rows["edition_id"].eq("")].iloc[0]
        if row["state"] != "final":
            return cls("Draft, not approved for circulation; not issued yet", row["contact"], row["licence"], True)
        if not row["issued_on"] or not row["approved_by"]:
            raise DataError("data/reference/issues.csv: a final edition needs the day of issue and who approved it")
        day = periods.day_words(date.fromisoformat(row["issued_on"]))
        words = f"Final, issued {day}, approved by {row['approved_by']}"
        return cls(words, row["contact"], row["licence"], False)
