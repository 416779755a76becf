"""Which file of a folder has which record table, and its reading: text, Excel, Parquet, packed by gzip or zip."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import formats, text_files, workbooks
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet, refused
from ctip_analysis.inside.records.tables import record_tables
from ctip_analysis.inside.records.values import literal, quoted

EXPECT = "expect.csv"  # which reconciliation rules must be kept; read by reconcile.py
TEXT, WORKBOOK, PARQUET = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm", ".xls", ".ods"), (".parquet",)
READ = (*TEXT, *WORKBOOK, *PARQUET)
PACKED = (".gz", ".zip")
_TABLE_LIKE = {
    *READ, *PACKED, ".xlsb", ".numbers", ".feather", ".arrow", ".json", ".jsonl", ".sav",
    ".dta", ".mdb", ".accdb", ".sqlite", ".bz2", ".xz", ".7z", ".rar", ".zst",
}  # fmt: skip
CORRECTIONS, EXPECTED = "corrections.csv", "expected_submissions.csv"
_NOT_TABLES = {EXPECT, CORRECTIONS, EXPECTED, formats.FILE, "datapackage.json", "readme.txt"}
_KINDS = "save it as .xlsx, .csv or .parquet"
LARGE_PARQUET = 8 * 2**20  # bytes from which DuckDB reads first
_THREE_DECIMALS = r"-?[1-9][0-9]{0,2}\.[0-9]{3}"  # as text it may be thousands; as a number it is not
_ZIP = b"PK\x03\x04"


def nearest(found: str, allowed: Iterable[str]) -> str:
    """The one of *allowed* that is spelt most like *found*, "" if none is near."""
    options = {option.casefold(): option for option in allowed}
    matches = get_close_matches(found.casefold(), options, n=1, cutoff=0.6)
    return options[matches[0]] if matches else ""


def table_of(path: Path) -> tuple[str, str]:
    """Table and kind of a file by its name: ("clients", ".csv") for clients.csv and clients.csv.gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        inner = suffixes[-2] if len(suffixes) > 1 and suffixes[-2] in READ else ""
        name = path.name[: -len(path.suffix)]
        return (name[: -len(inner)], inner) if inner else (name, suffixes[-1])
    return path.stem, path.suffix.lower()


def files_of(folder: Path) -> tuple[dict[str, Path], list[Fault]]:
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
    files: dict[str, Path] = {}
    faults = formats.faults(folder)
    present = [path for path in sorted(folder.iterdir()) if _is_table_like(path)]
    for path in present:
        table, kind = table_of(path)
        if table not in described:
            near = nearest(table, described)
            mend = f"did you mean {near}{path.suffix.lower()}?" if near else f"tables are {', '.join(described)}"
            faults.append(Fault(path.name, "no record table has this name", mend=mend))
        elif kind not in (*READ, ".zip"):
            faults.append(Fault(path.name, "this kind of file is not read", mend=_KINDS))
        elif table in files:
            rule = f"the table {table} has two files, this and {files[table].name}"
            faults.append(Fault(path.name, rule, mend="keep one"))
        else:
            files[table] = path
    absent = set(described) - {table_of(path)[0] for path in present}
    faults += [
        Fault(f"{name}.csv", "the table is missing", mend="add it as .csv, .xlsx or .parquet")
        for name, table in described.items()
        if name in absent and not table.is_optional
    ]
    return files, faults


def _is_table_like(path: Path) -> bool:
    """Not the hidden and lock files that spreadsheets leave ("~$clients.xlsx"), nor a note."""
    hidden = path.name.startswith((".", "~$"))
    is_note = path.name.lower() in _NOT_TABLES
    return path.is_file() and not hidden and not is_note and path.suffix.lower() in _TABLE_LIKE


def read(path: Path, known: Mapping[str, Mapping[str, Any]], file: str = "") -> list[Sheet]:
    """The records in *path*, one sheet each: a workbook can have several.

    *known* are the descriptions of the table's columns by name; *file* is what messages call the file.

    Raises
    ------
    DataError
        The file is empty, damaged or protected, or its rows can't be told; all faults are listed.
    """
    file, kind = file or path.name, path.suffix.lower()
    with path.open("rb") as stream:
        first = stream.read(4)
    if not first:
        raise refused(file, "the file is empty (0 bytes)", "save it again from its source, with its header row")
    if kind in TEXT:
        if first == _ZIP:
            raise refused(
                file, "the file is a workbook or an archive, not text", "give it its right ending, .xlsx or .zip"
            )
        return text_files.read(path, file, known)
    if kind in WORKBOOK:
        return workbooks.read(path, file, table_of(Path(file))[0], known)
    return [_parquet(path, file)]


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
            if len(members) != 1 or kinds[0] not in READ:
                raise refused(path.name, "the archive must have one table in it and nothing else", _KINDS)
            target = into / f"{table}{kinds[0]}"
            with archive.open(members[0]) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 2**20)
            return target
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise refused(path.name, "the archive is damaged, or protected by a password", _KINDS) from None


def fast(path: Path, known: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], str] | None:
    """Columns of a large file and the SQL that reads them as text; None for one that is read row by row."""
    if path.suffix.lower() in TEXT:
        return text_files.fast(path, known)
    if path.suffix.lower() not in PARQUET or path.stat().st_size < LARGE_PARQUET:
        return None
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        return None
    if any(pa.types.is_nested(field.type) for field in schema):
        return None
    texts = ", ".join(f"{_sql_text(field)} AS {quoted(field.name)}" for field in schema)
    return schema.names, f"SELECT {texts} FROM read_parquet({literal(str(path))})"


def _sql_text(field: pa.Field) -> str:
    text = f"{quoted(field.name)}::VARCHAR"
    if not pa.types.is_floating(field.type):
        return text
    is_thousands = f"regexp_full_match({text}, {literal(_THREE_DECIMALS)})"
    return f"CASE WHEN isnan({quoted(field.name)}) THEN NULL WHEN {is_thousands} THEN {text} || '0' ELSE {text} END"


def _parquet(path: Path, file: str) -> Sheet:
    try:
        stored = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise refused(file, "the file is no Parquet file, or a damaged one", "write it again") from None
    columns = [_as_text(file, name, stored[name]) for name in stored.column_names]
    numbers = pa.array(range(2, len(stored) + 2), pa.int64())
    sheet = pa.array([""] * len(stored), pa.string())
    return Sheet(file, "", pa.table([*columns, numbers, sheet], names=[*stored.column_names, FILE_ROW, SHEET]))


def _as_text(file: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):  # three decimals of a number are no thousands
        text = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
        is_thousands = pc.match_substring_regex(text, f"^{_THREE_DECIMALS}$")
        return pc.if_else(is_thousands, pc.binary_join_element_wise(text, "0", ""), text)
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataError(f"{file} can't be read", [Fault(
            file, f"the column must have text, numbers or dates, not {column.type}", column=name,
            mend="write one value in a cell")]) from None  # fmt: skip
