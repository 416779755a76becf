"""What a partner or the analyst is asked to mend: one plain text file for each partner and table.

Confidential: they lie in ``build/confidential/rejected/`` until the folder of records is in order. They can be
sent as they are: a fault quotes nothing that may name a person, and a partner sees rows of its own alone.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.files import private_folder
from ctip_analysis.inside import confidential
from ctip_analysis.inside.records import sheets

ANALYST = "analyst"
_PARTNER = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_HEAD = """\
{count} in {file} of the records called {records}

Please mend each in the file and send it again. Rows are numbered as a spreadsheet shows them: the header is
row 1. Nothing is quoted here that may name a person, so look the cell up in your file.
"""


def folder_of(data: Path) -> Path:
    """Where the files about the record folder *data* lie."""
    return confidential.FOLDER / "rejected" / data.resolve().name


def write(data: Path, faults: Iterable[Fault]) -> list[Path]:
    """Write a file for each partner and table with a fault, and one of the analyst for what is no partner's.

    What an earlier run wrote about *data* goes. Returns the files.
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
        parts.append(
            "\n".join([f"{number}.", *(f"  {name}: {said}" for name, said in lines.items() if said)]) + "\n"
        )
    return "\n".join(parts)


class _PartnersOf:
    """Whose row a row is, as its file says; a file that can't be read is the analyst's."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._of_rows: dict[str, dict[int, str]] = {}
        self._known = set(self._column("partners").values())

    def split(self, fault: Fault) -> list[tuple[str, Fault]]:
        """*fault* by partner. What was found is left out where it may stand in another partner's row."""
        rows: dict[str, list[int]] = defaultdict(list)
        owners = self._owners(Path(fault.file).stem) if fault.rows else {}
        for row in fault.rows:
            rows[owners.get(row, ANALYST)].append(row)
        if len(rows) < 2:
            return [(next(iter(rows), ANALYST), fault)]
        return [
            (partner, dataclasses.replace(fault, rows=tuple(held), found=""))
            for partner, held in sorted(rows.items())
        ]

    def _owners(self, table: str) -> dict[int, str]:
        if table not in self._of_rows:
            named = self._column(table).items() if table != "partners" else ()
            self._of_rows[table] = {row: partner for row, partner in named if partner in self._known}
        return self._of_rows[table]

    def _column(self, table: str) -> dict[int, str]:
        """Partner's id by row of the file of *table*; only what is written like an id, for a row may be shifted."""
        paths = [path for path in self._data.glob(f"{table}.*") if path.suffix.lower() in sheets.SUFFIXES]
        try:
            sheet = sheets.read(paths[0], table) if paths else None
        except (DataError, OSError):
            return {}
        if sheet is None or "partner_id" not in sheet.columns:
            return {}
        pairs = zip(
            sheet.text[sheets.FILE_ROW].to_pylist(), sheet.text["partner_id"].to_pylist(), strict=True
        )
        return {row: partner for row, partner in pairs if partner and _PARTNER.fullmatch(partner)}
