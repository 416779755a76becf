"""Write an edition: check, count, protect, and write files that hold only what may be shown.

The folder appears by one rename; an earlier edition of the year moves to ``history`` and is never lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ctip_analysis
from ctip_analysis.base import periods, provenance, reference
from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.base.files import private_folder, put, settle
from ctip_analysis.edition.cells import KEYS
from ctip_analysis.edition.edition import Edition
from ctip_analysis.edition.folder import FORMAT, GEOMETRY, content_id, data_package, open_edition
from ctip_analysis.inside import companions, confidential
from ctip_analysis.inside.counting import count
from ctip_analysis.inside.protection import FEWEST_CASES, LARGEST_PARTNER, LARGEST_TWO, THRESHOLD
from ctip_analysis.inside.records import Records, load_records
from ctip_analysis.inside.records.inputs import lacks
from ctip_analysis.inside.safeguard import Safe, safe
from ctip_analysis.places import boundaries

HISTORY = "history"
WORKSPACE = ".release-"
RULES = [
    f"Counts of 1 to {THRESHOLD - 1} about persons are withheld, and zeros where a zero could identify somebody.",
    f"A count about persons with fewer than {FEWEST_CASES} cases behind it is withheld, and one of which "
    f"two cases make up more than {LARGEST_TWO:.0%} or one of several partners more than {LARGEST_PARTNER:.0%}.",
    "A group that holds everyone of its total is withheld.",
    "Further figures are withheld, so that no withheld one can be worked out from any figures shown, in this "
    "edition or an earlier one; an independent attack on all editions together proves it.",
    f"A corrected number {THRESHOLD - 1} or less off the one shown before is withheld.",
    "Clients and victims are shown by zone or province of origin, never by partner or shelter; cases for the "
    "whole country.",
    "Figures about clients count only clients who consented to share, "
    "except the one national to-date total of all clients.",
]


def release(
    data: Path | str,
    *,
    year: int,
    out: Path | str,
    basis: str = "calendar",
    first: bool = False,
    draft: str = "",
    quarantine: bool = False,
    incomplete: bool = False,
    progress: Callable[[str], None] = lambda step: None,
) -> Path:
    """Write the edition of *year* from *data*, a folder or the address of a database, into the folder *out*.

    Returns the edition's folder. The same content supersedes nothing. *first* says of real records that
    no earlier edition was ever shared; without it, and without one in *out*, nothing is written. *draft* says
    what the records still lack: every report made from the edition is then a draft and says so. With *quarantine*
    rows with a fault are set aside, with *incomplete* expected submissions may be missing: the edition is a draft too.
    *progress* is called with each step.

    Raises
    ------
    DataError
        The records have faults, or break a reconciliation rule their ``expect.csv`` declares exact.
    ParameterError
        No record is dated in *year*.
    NotShareableError
        Synthetic and real records would meet in one folder of editions, or no safe edition is possible.
    """
    editions = Path(out)
    progress("reading and checking records")
    records = load_records(data, quarantine=quarantine)
    until = periods.span(periods.year_code(year, basis))[1]
    lacking = lacks(records, until, quarantine=quarantine, incomplete=incomplete)
    draft = " ".join(filter(None, [draft, lacking]))
    if records.set_aside:  # how many is in the operator's note
        progress(f"rows were set aside of {', '.join(records.set_aside)}")
    progress("counting")
    cells = count(records, year=year, basis=basis)
    previous = earlier_editions(editions)
    _refuse_mixing(records.is_synthetic, previous, editions, first)
    made = safe(cells, [edition.frame for edition in previous], progress=progress)
    progress("writing the edition")
    info = _info(cells, year, basis, records.is_synthetic) | ({"draft": draft} if draft else {})
    with private_folder(editions, WORKSPACE) as folder:
        warnings = _write(folder, made.decision.frame, records, info, previous)
        _compare(folder, made.decision.frame)
        target = _put_in_place(folder, editions, info["period"])
    _note_for_operator(target, records, made, warnings)
    return target


def earlier_editions(editions: Path) -> list[Edition]:
    """Every edition under *editions*, superseded ones too: all of them are in readers' hands."""
    superseded = sorted((editions / HISTORY).glob("*/edition.json"), key=lambda path: path.stat().st_mtime_ns)
    current = sorted(path for path in editions.glob("*/edition.json") if not path.parent.name.startswith("."))
    return [open_edition(path.parent) for path in [*superseded, *current]]


def _refuse_mixing(is_synthetic: bool, previous: Sequence[Edition], editions: Path, first: bool) -> None:
    if any(edition.is_synthetic != is_synthetic for edition in previous):
        held, new = ("real", "synthetic") if is_synthetic else ("synthetic", "real")
        raise NotShareableError(
            f"{editions.name} holds editions of {held} records; {new} ones never go beside them: "
            "give --out another folder"
        )
    if not is_synthetic and not previous and not first:
        raise NotShareableError(
            f"{editions.name} holds no earlier edition of these records. If one was ever shared, put it there "
            "first, so that the two can't be subtracted from each other; if none was, say so with "
            "`ctip release … --first`"
        )


def _write(
    folder: Path, cells: pd.DataFrame, records: Records, info: dict[str, Any], previous: Sequence[Edition]
) -> list[str]:
    """Write the edition's files into *folder*; return warnings for the operator."""
    first_year, year, basis = info["first_year"], info["year"], info["basis"]
    warnings = []
    tables = {
        "cells": cells,
        "published": companions.published(),
        "context": companions.context(),
        "population": companions.population(companions.reporting_years(first_year, year, basis)),
        "indicators": companions.indicators(),
        "targets": companions.targets(records),
        "changes": companions.changes(cells, [edition.frame for edition in previous]),
    }
    for name, frame in tables.items():
        _text(frame).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    try:
        shapes = companions.provinces(companions.reporting_years(first_year, year, basis)[0], year)
        (folder / GEOMETRY).write_text(
            json.dumps(shapes, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
        )
    except MissingFileError as error:
        warnings.append(f"no boundaries, so no maps: {error}")
    info["id"] = content_id(folder)
    _write_json(folder / "edition.json", info)
    _write_json(folder / "datapackage.json", data_package(info, tables))
    return warnings


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as the shortest text that reads back the same, whole ones without a point; missing as ""."""
    made = frame.copy()
    for column in made.columns:
        kind = made[column].dtype
        if pd.api.types.is_bool_dtype(kind):
            made[column] = made[column].map({True: "true", False: "false"}).fillna("")
        elif pd.api.types.is_numeric_dtype(kind):
            made[column] = (
                made[column].map(lambda number: f"{float(number):.12g}", na_action="ignore").astype(object).fillna("")
            )
    return made


def _compare(folder: Path, cells: pd.DataFrame) -> None:
    """Stop unless the file of cells, read back, says what was attacked."""
    written, attacked = (
        frame[[*KEYS, "status"]].assign(value=frame["value"].astype(float).fillna(-1.0)).to_numpy()
        for frame in (open_edition(folder).frame, cells)
    )
    if not np.array_equal(written, attacked):
        raise NotShareableError(
            "no edition was written: the file of cells differs from the cells that were proved safe"
        )


def _info(cells: pd.DataFrame, year: int, basis: str, is_synthetic: bool) -> dict[str, Any]:
    codes = cells["period"].unique()
    years = [code for code in codes if periods.grain(code) == "year" and periods.basis(code) == basis]
    first = min(int(code.removeprefix("FY")) for code in years)
    return {
        "format": FORMAT,
        "year": year,
        "basis": basis,
        "period": periods.year_code(year, basis),
        "first_year": first,
        "to_date": periods.inside(range(first, year + 1), "to_date", basis)[-1],
        "is_synthetic": is_synthetic,
        "rules": RULES,
        "thresholds": {"smallest_count_shown": THRESHOLD, "fewest_cases": FEWEST_CASES},
        "package_version": ctip_analysis.__version__,
        "boundaries": boundaries.credit(),
        "commit": provenance.commit(),
    }


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _put_in_place(folder: Path, editions: Path, name: str) -> Path:
    """Move *folder* to its name; an edition of other content there goes to history first."""
    target = editions / name
    if target.exists():
        if (target / "edition.json").is_file() and open_edition(target).id == content_id(folder):
            if _draft(folder) != _draft(target):  # the numbers were right, what was said of them is no longer
                put(folder / "edition.json", target / "edition.json")
            return target
        (editions / HISTORY).mkdir(exist_ok=True)
        numbers = [int(path.name.rpartition(".r")[2]) for path in (editions / HISTORY).glob(f"{name}.r*")]
        os.rename(target, editions / HISTORY / f"{name}.r{max(numbers, default=0) + 1}")
    folder.chmod(0o755)
    put(folder, target)
    settle(editions)
    return target


def _draft(edition: Path) -> str:
    """What an edition says its records still lack; "" where it is no draft."""
    return str(json.loads((edition / "edition.json").read_text(encoding="utf-8")).get("draft", ""))


def _note_for_operator(target: Path, records: Records, made: Safe, warnings: list[str]) -> None:
    """What an operator needs and no reader may have: hashes of the record files, what protection cost, warnings."""
    info = json.loads((target / "edition.json").read_text(encoding="utf-8"))
    files = {path.name: reference.sha256(path) for path in sorted(records.path.iterdir()) if path.is_file()}
    content = {
        "edition": info["id"],
        "records": records.name,
        "sha256": files,
        "set_aside": records.set_aside,
        "cells_about_persons": made.decision.planned,
        "withheld_for_themselves": made.decision.small,
        "withheld": made.decision.withheld,
        "withheld_besides": made.rung,
        "already_public": made.already_public,
        "warnings": warnings,
    }
    confidential.note(info["id"][:16], content)
