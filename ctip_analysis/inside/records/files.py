"""Which file has which record table, in a folder or as a partner sent it, and its reading, packed or not."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.reference import PACKED, RECORD_KINDS
from ctip_analysis.inside.records import flat_files, statements
from ctip_analysis.inside.records.flat_files import TEXT
from ctip_analysis.inside.records.grids import Grid, header_of, refused
from ctip_analysis.inside.records.sheets import Sheet
from ctip_analysis.inside.records.tables import record_tables

WORKBOOK = (".xlsx", ".xlsm", ".xls", ".ods")
_TABLE_LIKE = {
    *RECORD_KINDS, *PACKED, ".xlsb", ".numbers", ".feather", ".arrow", ".json", ".jsonl", ".sav",
    ".dta", ".mdb", ".accdb", ".sqlite", ".bz2", ".xz", ".7z", ".rar", ".zst",
}  # fmt: skip
_NOT_TABLES = {*statements.FILES, "datapackage.json", "readme.txt"}
_KINDS = "save it as .xlsx, .csv or .parquet"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """The file of a record table; ``sheets`` are those of a workbook that have it, () for all that are visible."""

    path: Path
    sheets: tuple[str, ...] = ()


def nearest(found: str, allowed: Iterable[str]) -> str:
    """The one of *allowed* that is spelt most like *found*, "" if none is near."""
    options = {option.casefold(): option for option in allowed}
    matches = get_close_matches(found.casefold(), options, n=1, cutoff=0.6)
    return options[matches[0]] if matches else ""


def table_of(path: Path) -> tuple[str, str]:
    """Table and kind of a file by its name: ("clients", ".csv") for clients.csv and clients.csv.gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        inner = suffixes[-2] if len(suffixes) > 1 and suffixes[-2] in RECORD_KINDS else ""
        name = path.name[: -len(path.suffix)]
        return (name[: -len(inner)], inner) if inner else (name, suffixes[-1])
    return path.stem, path.suffix.lower()


def of_folder(folder: Path) -> tuple[dict[str, Source], list[Fault]]:
    """The file of each record table in *folder*, and what is wrong with the folder as such.

    Raises
    ------
    DataError
        There is no such folder.
    """
    described = record_tables()
    if not folder.is_dir():
        rule = "must be a folder of record tables" if folder.exists() else "there is no such folder"
        name = folder.resolve().name
        raise refused(name, rule, "give the folder that has partners.csv and the other tables")
    files: dict[str, Source] = {}
    faults = statements.faults_of_formats(folder)
    present = [path for path in sorted(folder.iterdir()) if _is_table_like(path)]
    for path in present:
        table, kind = table_of(path)
        if table not in described:
            near = nearest(table, described)
            mend = f"did you mean {near}{path.suffix.lower()}?" if near else f"tables are {', '.join(described)}"
            faults.append(Fault(path.name, "no record table has this name", mend=mend))
        elif kind not in (*RECORD_KINDS, ".zip"):
            faults.append(Fault(path.name, "this kind of file is not read", mend=_KINDS))
        elif table in files:
            rule = f"the table {table} has two files, this and {files[table].path.name}"
            faults.append(Fault(path.name, rule, mend="keep one"))
        else:
            files[table] = Source(path)
    absent = set(described) - {table_of(path)[0] for path in present}
    for name, path in _elsewhere(folder, absent).items():
        rule, mend = "this kind of file is not read", _KINDS
        if path.parent != folder:
            rule, mend = "the table is in a folder below, which is not read", "put it beside the other tables"
        faults.append(Fault(path.relative_to(folder).as_posix(), rule, mend=mend))
        absent.remove(name)
    faults += [
        Fault(f"{name}.csv", "the table is missing", mend="add it as .csv, .xlsx or .parquet")
        for name, table in described.items()
        if name in absent and not table.is_optional
    ]
    return files, faults


def left_out(folder: Path, found: Iterable[str]) -> list[Fault]:
    """Notes of other files in *folder* that have the name of a table of which a file was *found*."""
    return [
        Fault(path.relative_to(folder).as_posix(), "another file of the table is read", mend="it was left out")
        for path in _elsewhere(folder, found).values()
    ]


def _elsewhere(folder: Path, tables: Iterable[str]) -> dict[str, Path]:
    """By table, a file that has its name and is of no kind that is read, or in a folder below."""
    paths = [*folder.glob("*/[!.~]*"), *folder.glob("[!.~]*")]
    named = {path.name.partition(".")[0]: path for path in sorted(paths, reverse=True)
             if path.is_file() and not (path.parent == folder and _is_table_like(path))}  # fmt: skip
    return {name: named[name] for name in tables if name in named}


def _is_table_like(path: Path) -> bool:
    """Not the hidden and lock files that spreadsheets leave ("~$clients.xlsx"), nor a note."""
    hidden = path.name.startswith((".", "~$"))
    is_note = path.name.lower() in _NOT_TABLES
    return path.is_file() and not hidden and not is_note and path.suffix.lower() in _TABLE_LIKE


def in_file(path: Path, private: Path) -> tuple[dict[str, Source], list[Fault]]:
    """The record tables in one file as a partner sent it, by its columns; faults of sheets with no record table.

    What is packed is unpacked into the folder *private*.

    Raises
    ------
    DataError
        The file has no record table, or is of no kind that is read.
    """
    name, kind = table_of(path)
    if kind not in (*RECORD_KINDS, ".zip"):
        raise refused(path.name, "this kind of file is not read", _KINDS)
    plain = unpacked(path, private)
    _look_at_first_bytes(plain, path.name)
    if plain.suffix.lower() in WORKBOOK:
        return _in_workbook(path, plain)
    if name in record_tables():
        return {name: Source(path)}, []
    every = [column for table in record_tables().values() for column in table.fields]
    if table := _table_with(Grid(path.name, name, [(1, [*flat_files.columns(plain, path.name, every)])])):
        return {table: Source(path)}, []
    raise _no_table(path)


def _in_workbook(path: Path, plain: Path) -> tuple[dict[str, Source], list[Fault]]:
    from ctip_analysis.inside.records import workbooks  # openpyxl, a tenth of the start, which other files don't need

    sheets: dict[str, list[str]] = defaultdict(list)
    others = []
    for grid in workbooks.grids(plain, path.name)[0]:
        if table := _table_with(grid):
            sheets[table].append(grid.name)
        elif workbooks.has_rows(grid):
            others.append(grid.name)
    if not sheets:
        raise _no_table(path)
    mend = f"write the columns of a table in row 1, or hide the sheet; tables are {', '.join(record_tables())}"
    rule = "the sheet has the columns of no record table"
    faults = [Fault(path.name, rule, other, mend=mend) for other in others]
    return {table: Source(path, tuple(kept)) for table, kept in sheets.items()}, faults


def _table_with(grid: Grid) -> str:
    """The record table with most of the columns that *grid* names; its name decides between two; "" for none."""
    scores = {}
    for name, table in record_tables().items():
        if header := header_of(grid.rows, table.fields):
            is_named = name in grid.name.casefold()
            scores[name] = sum(column in table.fields for column in header.names) + is_named / 2
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] >= 2 else ""


def _no_table(path: Path) -> DataError:
    mend = f"name the file after its table and write its columns in row 1; tables are {', '.join(record_tables())}"
    return refused(path.name, "the file has the columns of no record table", mend)


def read(path: Path, known: Mapping[str, Mapping[str, Any]], file: str = "", sheets: Sequence[str] = ()) -> list[Sheet]:
    """The records in *path*, one sheet each: a workbook can have several, of which *sheets* are read, () for all.

    *known* are the descriptions of the table's columns by name; *file* is what messages call the file.

    Raises
    ------
    DataError
        The file is empty, damaged or protected, or its rows can't be separated; all faults are listed.
    """
    file = file or path.name
    _look_at_first_bytes(path, file)
    if path.suffix.lower() in WORKBOOK:
        from ctip_analysis.inside.records import workbooks

        return workbooks.read(path, file, table_of(Path(file))[0], known, sheets)
    return flat_files.read(path, file, known)


def _look_at_first_bytes(path: Path, file: str) -> None:
    """Refuse a file without a byte, and a workbook that is called a text."""
    with path.open("rb") as stream:
        first = stream.read(4)
    if not first:
        raise refused(file, "the file is empty (0 bytes)", "save it again from its source, with its header row")
    if first == _ZIP and path.suffix.lower() in TEXT:
        mend = "give it its right ending, .xlsx or .zip"
        raise refused(file, "the file is a workbook or an archive, not text", mend)


def unpacked(path: Path, into: Path) -> Path:
    """*path* itself, or the one file packed in it, put into the private folder *into*.

    Raises
    ------
    DataError
        The archive is damaged or protected, or has more than one file.
    """
    if path.suffix.lower() not in PACKED:
        return path
    table, kind = table_of(path)
    try:
        if path.suffix.lower() == ".gz":
            target = into / f"{table}{kind}"
            with gzip.open(path) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 2**20)
            return target
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir() and "__MACOSX" not in each.filename]
            kinds = [Path(each.filename).suffix.lower() for each in members]
            if len(members) != 1 or kinds[0] not in RECORD_KINDS:
                raise refused(path.name, "the archive must have one table in it and nothing else", _KINDS)
            target = into / f"{table}{kinds[0]}"
            with archive.open(members[0]) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 2**20)
            return target
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise refused(path.name, "the archive is damaged, or protected by a password", _KINDS) from None
