"""What a partner or the analyst is asked to mend: one plain text file for each partner and table.

They are in ``build/confidential/rejected/`` until the folder of records is in order, and can be sent as they
are: a fault quotes nothing that may name a person, and a partner sees only rows of its own.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.files import private_folder
from ctip_analysis.inside import confidential
from ctip_analysis.inside.records import files
from ctip_analysis.inside.records.engine import SPILL
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet
from ctip_analysis.inside.records.tables import record_tables

ANALYST = "analyst"
_PARTNER = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_HEAD = """\
{count} in {file} of the records called {records}

Please mend each in the file and send it again. Rows are numbered as a spreadsheet shows them: the header is
row 1. Nothing is quoted here that may name a person, so look the cell up in your file.
"""


def folder_of(data: Path) -> Path:
    """The folder of the files about the record folder *data*."""
    return confidential.FOLDER / "rejected" / data.resolve().name


def write(data: Path, faults: Iterable[Fault]) -> list[Path]:
    """Write a file for each partner and table with a fault, the analyst's for what is no partner's; return them.

    What an earlier run wrote about *data* is removed.
    """
    grouped: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    partners = _PartnersOf(data)
    for fault in faults:
        for partner, part in partners.split(fault):
            grouped[partner, fault.file].append(part)
    target = folder_of(data)
    with private_folder(target.parent, ".rejected-") as private:
        for (partner, file), held in sorted(grouped.items()):
            made = private / "made" / f"{partner}_{Path(file).stem}.txt"
            made.parent.mkdir(exist_ok=True)
            made.write_text(_letter(data, file, held), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        (private / "made").rename(target)
    return sorted(target.iterdir())


def clear(data: Path) -> None:
    """Remove what was asked for about *data*: it was mended."""
    shutil.rmtree(folder_of(data), ignore_errors=True)


def _letter(data: Path, file: str, faults: list[Fault]) -> str:
    count = f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to mend"
    parts = [_HEAD.format(count=count, file=file, records=data.resolve().name)]
    for number, fault in enumerate(faults, 1):
        lines = {
            "sheet": fault.sheet, "column": fault.column, "row": ", ".join(map(str, fault.rows)),
            "what is wrong": fault.rule, "found": fault.found, "how to mend it": fault.mend,
        }  # fmt: skip
        parts.append("\n".join([f"{number}.", *(f"  {name}: {said}" for name, said in lines.items() if said)]) + "\n")
    return "\n".join(parts)


class _PartnersOf:
    """The partner of each row, as the row's file says; the analyst's where it can't be read."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._of_rows: dict[str, dict[tuple[str, int], str]] = {}
        self._known = set(self._column("partners").values())

    def split(self, fault: Fault) -> list[tuple[str, Fault]]:
        """*fault* by partner. What was found is left out where it may be in another partner's row."""
        rows: dict[str, list[int]] = defaultdict(list)
        owners = self._owners(files.table_of(Path(fault.file))[0]) if fault.rows else {}
        for row in fault.rows:
            rows[owners.get((fault.sheet, row), ANALYST)].append(row)
        if len(rows) < 2:
            return [(next(iter(rows), ANALYST), fault)]
        return [
            (partner, dataclasses.replace(fault, rows=tuple(held), found="")) for partner, held in sorted(rows.items())
        ]

    def _owners(self, table: str) -> dict[tuple[str, int], str]:
        if table not in self._of_rows:
            named = self._column(table).items() if table != "partners" else ()
            self._of_rows[table] = {row: partner for row, partner in named if partner in self._known}
        return self._of_rows[table]

    def _column(self, table: str) -> dict[tuple[str, int], str]:
        """Partner's id by sheet and row of *table*; only what is written like an id, for a row may be shifted."""
        found: dict[tuple[str, int], str] = {}
        for sheet in self._sheets(table):
            if "partner_id" in sheet.columns:
                columns = (sheet.text[name].to_pylist() for name in (SHEET, FILE_ROW, "partner_id"))
                found |= {(name, row): partner.strip() for name, row, partner in zip(*columns, strict=True) if partner}
        return {place: partner for place, partner in found.items() if _PARTNER.fullmatch(partner)}

    def _sheets(self, table: str) -> list[Sheet]:
        if table not in record_tables() or not self._data.is_dir():
            return []
        known = record_tables()[table].fields
        try:
            with private_folder(Path(tempfile.gettempdir()), SPILL) as spill:
                paths = [path for path in sorted(self._data.iterdir()) if files.table_of(path)[0] == table][:1]
                return [sheet for path in paths for sheet in files.read(files.unpacked(path, spill), known, path.name)]
        except (DataError, OSError):
            return []
