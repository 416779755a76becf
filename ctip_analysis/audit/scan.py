"""What must not leave, looked for in the files themselves: `ctip audit`.

Every file is read the way an attacker would (unzipped, decoded, inflated), every visible number is held
against the fact at its place, and what all the files show together is given to the attacker.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import pandas as pd

from ctip_analysis.audit import editions as audit_edition
from ctip_analysis.audit.copies import csv_file, data_findings
from ctip_analysis.audit.html import markup, soup_of
from ctip_analysis.audit.known import Known, has_number
from ctip_analysis.audit.marks import is_synthetic, unmarked
from ctip_analysis.audit.notebook import notebook
from ctip_analysis.audit.numbers import numbers, sidecar
from ctip_analysis.audit.office import workbook
from ctip_analysis.audit.pdf import pdf
from ctip_analysis.audit.pictures import picture
from ctip_analysis.audit.specs import json_file
from ctip_analysis.audit.text import Finding, in_text, record_tables
from ctip_analysis.audit.together import derivable
from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.lock import BATCH
from ctip_analysis.edition.read import KEYS, Released

__all__ = ["Finding", "audit"]
_READERS: dict[str, Callable[[str, bytes], Iterator[Finding]]] = {
    ".html": lambda file, content: _page(file, content),
    ".png": picture,
    ".jpg": picture,
    ".jpeg": picture,
    ".svg": picture,
    ".csv": lambda file, content: _table(file, content),
    ".xlsx": workbook,
    ".ipynb": notebook,
    ".json": json_file,
    ".geojson": json_file,
    ".pdf": pdf,
    ".zip": lambda file, content: _archive(file, content),
}
_RUN_RECORD = ".run-record.json"
_NAMED = re.compile(  # numbers that a file name of a hand-over has: period, province, notebook, revision
    r"(?:FY)?(?:19|20)\d\d(?:Q\d|H\d|-\d\d)?(?!\d)|(?<![A-Za-z])KH\d\d|^\d\d(?=_[a-z])|\.r\d+$"
)


def audit(paths: Iterable[Path | str], *, withstood: Collection[str] = ()) -> list[Finding]:
    """Everything in *paths*, files or folders, that must not leave; empty where all is well.

    A page is held against the data handed over beside it. Nothing found is quoted: it may name a person. Editions
    that *withstood* the attack (:func:`audit_together.withstood`) need not stand it again.

    Raises
    ------
    ParameterError
        A path is not there, or a file is of a kind that can't be read.
    """
    files = _files([Path(path) for path in paths])
    found: list[Finding] = []
    for path, name in files.items():
        found += file_findings(path, name)
    folders = {path.parent: str(Path(name).parent) for path, name in files.items() if _is_cells(path)}
    for folder, name in folders.items():
        found += data_findings(folder.name if name == "." else name, folder)
    found += derivable(_shown(files, list(folders)), withstood=withstood)
    return sorted(set(found))


def _files(paths: list[Path]) -> dict[Path, str]:
    """Every file below *paths*, with the name by which a finding calls it."""
    found: dict[Path, str] = {}
    for path in paths:
        if not path.exists():
            raise ParameterError(f"{path.name or path}: there is no such file or folder")
        inside = sorted(_inside(path)) if path.is_dir() else [path]
        for one in inside:
            found.setdefault(one, one.relative_to(path.parent).as_posix() if path.is_dir() else one.name)
    if not found:
        raise ParameterError("there is no file to audit: give a report, or the folder it lies in")
    unknown = [name for one, name in found.items() if _kind(one) not in _READERS and not _forbidden(one)]
    if unknown:
        raise ParameterError(
            f"{', '.join(unknown[:5])}{' and more' if len(unknown) > 5 else ''}: can't be read, so it can't be "
            f"cleared; take it out of the hand-over. What can be read: {', '.join(_READERS)}"
        )
    return found


def _inside(folder: Path) -> Iterator[Path]:
    """Files below *folder* but the operator's records of runs and lock, which lie beside reports and never go out."""
    own = {path for path in folder.iterdir() if path.name.endswith(_RUN_RECORD) or path.name == BATCH}
    return (path for path in folder.rglob("*") if path.is_file() and path not in own)


def _kind(path: Path) -> str:
    return ".html" if path.suffix.lower() == ".htm" else path.suffix.lower()


def _is_cells(path: Path) -> bool:
    return path.name in ("cells.csv", f"cells_{audit_edition.SYNTHETIC}.csv")


def _forbidden(path: Path) -> bool:
    stem = path.stem.lower().removesuffix("_synthetic")
    return path.name.endswith(_RUN_RECORD) or stem in record_tables() or ".run-record" in path.name


def file_findings(path: Path, name: str) -> list[Finding]:
    """What must not leave in one file, and in its name."""
    found = [*in_text(name, path.name, "file name")]
    if any(re.search(r"\d", _NAMED.sub("", part)) for part in (*Path(name).parts[1:-1], path.stem)):
        found.append(
            Finding(name, "file name", "file name", "a number that is no period, province or notebook")
        )
    if _forbidden(path):
        found.append(Finding(name, "", "record file", "a table of records or the operator's record of a run"))
    if _kind(path) in _READERS:
        found += _READERS[_kind(path)](name, path.read_bytes())
    if _kind(path) == ".html":
        found += _held_against(path, name, _edition_of(path, audit_edition.data_of(path)))
    elif _is_unmarked(path):
        found.append(
            Finding(name, "file name", "missing SYNTHETIC mark", "made-up records that do not say so")
        )
    return found


def page_findings(path: Path, name: str, released: Released | None = None) -> list[Finding]:
    """Everything that must not leave in one page, held against *released* and the facts that lie beside it."""
    found = [*in_text(name, path.name, "file name"), *_page(name, path.read_bytes())]
    return sorted({*found, *_held_against(path, name, released and _until(path, released))})


def _held_against(path: Path, name: str, released: Released | None) -> Iterator[Finding]:
    """What a page shows, held against an edition and the facts that lie beside it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if released is not None:
        known = Known(released)
        yield from numbers(name, text, known)
        if released.id not in text:
            yield Finding(name, "footer", "disagreeing copies", "the data beside it are of another edition")
        yield from sidecar(name, text, path.with_name(f"{path.stem}.facts.json"), known)
    elif has_number(soup_of(text).get_text()):
        yield Finding(
            name, "", "unchecked numbers", "no edition lies beside it in data/, so no number can be checked"
        )
    if is_synthetic(soup_of(text), released):
        yield from unmarked(path.name, soup_of(text))


def _edition_of(path: Path, folder: Path | None) -> Released | None:
    """The edition beside a page, up to the page's period."""
    if folder is None:
        return None
    try:
        released = audit_edition.read_copy(folder)
    except (CtipError, ValueError, KeyError):
        return None
    return _until(path, released)


def _until(path: Path, released: Released) -> Released:
    """*released* up to the period in a page's name."""
    period = re.search(r"_((?:FY)?\d{4})_", path.stem)
    return released.until(period[1]) if period else released


def _is_unmarked(path: Path) -> bool:
    """A file of a synthetic hand-over without SYNTHETIC in its name; an edition itself has plain names."""
    is_handed_over = any(path.parent.glob(f"*_{audit_edition.SYNTHETIC}*"))
    return is_handed_over and audit_edition.SYNTHETIC not in path.name


def _table(file: str, content: bytes) -> Iterator[Finding]:
    yield from in_text(file, content.decode("utf-8-sig", "replace"))
    yield from csv_file(file, content)


def _archive(file: str, content: bytes) -> Iterator[Finding]:
    """Every member of an archive as if it lay there by itself."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        yield Finding(file, "", "unreadable", "is not an archive")
        return
    if opened.comment:
        yield Finding(file, "archive", "comment", "the archive carries a comment")
    for name in opened.namelist():
        path = Path(name)
        if _forbidden(path):
            yield Finding(f"{file}/{name}", "", "record file", "a table of records or the record of a run")
        elif _kind(path) in _READERS:
            yield from _READERS[_kind(path)](f"{file}/{name}", opened.read(name))
        elif not name.endswith("/"):
            yield Finding(f"{file}/{name}", "", "unreadable", "is of a kind that can't be cleared")


def _page(file: str, content: bytes) -> Iterator[Finding]:
    try:
        yield from markup(file, content.decode("utf-8"))
    except UnicodeDecodeError:
        yield Finding(file, "", "unreadable", "is not written in UTF-8")


def _shown(files: dict[Path, str], folders: list[Path]) -> list[Released | pd.DataFrame]:
    """What the files show of each edition: its data where they are given, else the facts of its pages."""
    shown: list[Released | pd.DataFrame] = []
    for folder in folders:
        try:
            shown.append(audit_edition.read_copy(folder))
        except (CtipError, ValueError, KeyError):
            continue  # said among the findings of that folder
    held = {one.id for one in shown if isinstance(one, Released)}
    pages: dict[str, list[pd.DataFrame]] = {}
    for path in (path for path in files if _kind(path) == ".html"):
        edition = audit_edition.named_in(path)
        if edition not in held:
            pages.setdefault(edition, []).append(_taken(path))
    for frames in pages.values():
        joined = (
            pd.concat(frames).sort_values("value").drop_duplicates(KEYS, ignore_index=True)
        )  # a number stays
        if len(joined):
            shown.append(joined)
    return shown


def _taken(path: Path) -> pd.DataFrame:
    try:
        return audit_edition.cells_of(path)
    except CtipError:  # an id that is none: said where the page's facts are read
        return pd.DataFrame(columns=[*KEYS, "value", "status"])
