"""`ctip audit`: every file of a hand-over, also what a reader does not see of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from ctip_analysis.audit.copies import boundaries, copy_findings, is_cells, table_of_csv, workbook
from ctip_analysis.audit.known import known_of
from ctip_analysis.audit.numbers import sidecar
from ctip_analysis.audit.page import INDEX, cells_of, findings_of_index, findings_of_page
from ctip_analysis.audit.text import Finding, Found, in_text
from ctip_analysis.audit.together import together
from ctip_analysis.base import reference
from ctip_analysis.base.errors import CtipError, MissingFileError, ParameterError
from ctip_analysis.edition import KEYS, Edition
from ctip_analysis.edition.copies import SYNTHETIC, read_copy

_KINDS = re.compile(  # every kind of file that leaves
    r"\.(?:html|csv|xlsx|geojson|pdf)$|\.facts\.json$|^(?:datapackage|edition)(?:_SYNTHETIC)?\.json$"
)
_FACTS = ".facts.json"
_RUN_RECORD = Path(".run-record.json")
_NAMED = re.compile(  # numbers that the name of a file may hold: period, province, notebook, revision
    r"(?:FY)?(?:19|20)\d\d(?:Q\d|H\d|-\d\d)?(?!\d)|(?<![A-Za-z])KH\d\d|^\d\d(?=_[a-z])|\.r\d+$"
)


def audit(paths: Iterable[Path | str], editions: Iterable[Edition | Path | str] = ()) -> list[Finding]:
    """Everything in *paths*, files or folders, that must not leave; empty if all is well.

    A page is compared with the copy of its edition among the files, or with one of *editions*. Nothing found is
    quoted, because it may name a person.

    ParameterError: a path does not exist, or no file is in it.
    """
    files = _files([Path(path) for path in paths])
    found: list[Finding] = []
    shown: dict[str, Edition] = {}
    for path, name in files.items():
        if is_cells(path):
            inside = Path(name).parent
            found += _edition(path.parent, inside.as_posix() if inside.name else path.parent.name, shown)
    known = {each.id: each for each in map(_opened, editions)} | shown
    for path, name in files.items():
        found += (Finding(name, *one) for one in _file(path, name, known))
        if path.name == INDEX:
            found += findings_of_index(_read(path), path.parent, name)
        elif _is_report(path):
            found += _page(path, name, known)
    pages = (path for path in files if _is_report(path) and _edition_id(path) not in shown)
    found += together([*shown.values(), *_taken(pages)])
    return sorted(set(found))


def _is_report(path: Path) -> bool:
    return path.suffix == ".html" and path.name != INDEX


def _files(paths: list[Path]) -> dict[Path, str]:
    """Every file below *paths*, with the name by which a finding calls it."""
    found: dict[Path, str] = {}
    for path in paths:
        if not path.exists():
            raise ParameterError(f"{path.name or path}: there is no such file or folder")
        for one in sorted(_inside(path)) if path.is_dir() else [path]:
            found.setdefault(one, one.relative_to(path.parent).as_posix() if path.is_dir() else one.name)
    if not found:
        raise ParameterError("there is no file to audit: give a report, or the folder it is in")
    return found


def _inside(folder: Path) -> Iterator[Path]:
    """Files below *folder*, without run records and locks directly in it: the operator's, and never handed over."""
    own = {path for path in folder.iterdir() if path.name.endswith((_RUN_RECORD.name, ".lock", ".since"))}
    return (path for path in folder.rglob("*") if path.is_file() and path not in own)


def _opened(edition: Edition | Path | str) -> Edition:
    return edition if isinstance(edition, Edition) else read_copy(Path(edition))


def _edition(folder: Path, name: str, shown: dict[str, Edition]) -> Iterator[Finding]:
    """What is wrong with the edition in *folder*; it joins *shown* if it can be read."""
    try:
        edition = read_copy(folder)
    except MissingFileError as error:
        yield Finding(name, "", "unreadable", str(error))
        return
    except (CtipError, ValueError, KeyError):
        yield Finding(name, "", "unreadable", "the files are not those that the edition's id was made from")
        return
    shown[edition.id] = edition
    yield from copy_findings(name, folder, edition)


def _file(path: Path, name: str, known: dict[str, Edition]) -> Iterator[Found]:
    """What must not leave in one file, and in its name."""
    yield from in_text(path.name, "file name")
    if any(re.search(r"\d", _NAMED.sub("", part)) for part in (*Path(name).parts[1:-1], path.stem)):
        yield "file name", "number", "a number that is no period, province or notebook"
    if any(path.parent.glob(f"*_{SYNTHETIC}*")) and SYNTHETIC not in path.name and path.name != INDEX:
        yield "file name", "no SYNTHETIC mark", "made-up records that do not say SYNTHETIC"
    if path.stem.lower().removesuffix("_synthetic") in reference.closed_tables() or _RUN_RECORD.stem in path.name:
        yield "", "record file", "a table of records, or the operator's record of a run"
    elif not _KINDS.search(path.name):
        yield "", "unknown kind", "can't be read, so it can't be cleared: take it out"
    elif path.suffix == ".xlsx":
        yield from workbook(path)
    elif path.suffix == ".pdf":
        page = path.with_suffix(".html")
        from ctip_analysis.audit.document import document, text_of  # a third of a second, for a PDF alone

        yield from document(path.read_bytes(), text_of(_read(page)) if page.is_file() else None)
    else:
        yield from _text(path, known)


def _text(path: Path, known: dict[str, Edition]) -> Iterator[Found]:
    """What must not leave in a file of text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        yield "", "unreadable", "is not written in UTF-8"
        return
    if path.suffix != ".html":
        yield from in_text(text)
    if path.suffix == ".csv":
        yield from table_of_csv(text)
    elif path.suffix == ".geojson":
        yield from boundaries(text)
    elif path.name.endswith(_FACTS):
        page = path.with_name(f"{path.name.removesuffix(_FACTS)}.html")
        edition = known.get(_edition_id(page)) if page.is_file() else None
        if edition is None:
            yield "", "disagreeing copies", "its page, or the edition of the page, is not beside it"
        else:
            yield from sidecar(_read(page), text, known_of(edition))


def _page(path: Path, name: str, known: dict[str, Edition]) -> list[Finding]:
    """A page compared with the edition that it names, up to the page's own period."""
    edition = known.get(_edition_id(path))
    period = re.search(r"_((?:FY)?\d{4})_", path.name)
    if edition is not None and period and period[1] != str(edition.info.get("period")):
        edition = edition.until(period[1])
    found = findings_of_page(_read(path), edition, name)
    if not path.with_name(f"{path.stem}{_FACTS}").is_file():
        found.append(Finding(name, "", "disagreeing copies", "the list of its facts is not beside it"))
    return found


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8", errors="replace")


def _edition_id(page: Path) -> str:
    """Id of the edition that *page* names in its footer; "" if it names none."""
    found = re.search(r"<code>([0-9a-f]{64})</code>", _read(page).rpartition("<footer")[2])
    return found[1] if found else ""


def _taken(pages: Iterable[Path]) -> list[pd.DataFrame]:
    """What pages without their edition show of it, joined by the edition that they name."""
    taken: dict[str, list[pd.DataFrame]] = {}
    for path in pages:
        taken.setdefault(_edition_id(path), []).append(cells_of(_read(path)))
    joined = (pd.concat(frames).sort_values("value").drop_duplicates(KEYS) for frames in taken.values())
    return [cells.reset_index(drop=True) for cells in joined if len(cells)]
