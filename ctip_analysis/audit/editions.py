"""The edition read back from the files that lie beside a report, and the cells read back from a page.

Nothing is taken on trust: the edition's id is computed again from the bytes of its copy.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from ctip_analysis.audit.html import soup_of
from ctip_analysis.base import periods
from ctip_analysis.base.errors import MissingFileError
from ctip_analysis.edition.facts import FactId
from ctip_analysis.edition.read import GEOMETRY, KEYS, PLACES, TABLES, Released, content_id, read_edition

SYNTHETIC = "SYNTHETIC"
_COPIED = ["cells", *TABLES, "changes"]
_OTHERS = ("national.", "history.", "baseline.", "target.", "residents")


def data_of(page: Path) -> Path | None:
    """Folder of the data handed over with *page*; None if there is none.

    The one whose description names the edition that the page names, else that of the page's period.
    """
    text = page.read_text(encoding="utf-8", errors="replace")
    folders = sorted(path.parent for path in page.parent.glob("data/*/datapackage*.json"))
    for folder in folders:
        if (edition := described_in(folder).get("id")) and str(edition) in text:
            return folder
    period = re.search(r"_((?:FY)?\d{4})_", page.stem)
    named = [folder for folder in folders if period and folder.name.startswith(period[1])]
    return named[0] if named else None


def named_in(page: Path) -> str:
    """Id of the edition that *page* says it was made from; "" if it says none."""
    footer = soup_of(page.read_text(encoding="utf-8", errors="replace")).footer
    found = re.search(r"\bEdition ([0-9a-f]{64})\b", footer.get_text() if footer is not None else "")
    return found[1] if found else ""


def described_in(folder: Path) -> dict[str, Any]:
    """The data package in *folder*; empty where there is none that can be read."""
    for path in sorted(folder.glob("datapackage*.json")):
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, UnicodeDecodeError):
            continue
        if isinstance(read, dict):
            return read
    return {}


def read_copy(folder: Path) -> Released:
    """The edition in *folder*, an edition itself or its copy for people.

    Raises
    ------
    CtipError
        A file of the edition is missing, or can't be read.
    """
    mark = f"_{SYNTHETIC}" if (folder / f"cells_{SYNTHETIC}.csv").is_file() else ""
    with tempfile.TemporaryDirectory(prefix="ctip-audit-") as made:
        work = Path(made) / folder.name
        work.mkdir()
        for name in _COPIED:
            path = folder / f"{name}{mark}.csv"
            if not path.is_file():
                raise MissingFileError(f"{folder.name} has no {path.name}, so its edition can't be read")
            (work / f"{name}.csv").write_bytes(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        stem, _, ending = GEOMETRY.partition(".")
        if (shapes := folder / f"{stem}{mark}.{ending}").is_file():
            (work / GEOMETRY).write_bytes(shapes.read_bytes())
        (work / "edition.json").write_text(json.dumps(_info(folder, work)), encoding="utf-8")
        return read_edition(work)


def _info(folder: Path, work: Path) -> dict[str, object]:
    """What the copy doesn't say outright: year and basis from its cells, the id from its bytes."""
    cells = pd.read_csv(work / "cells.csv", dtype=str, keep_default_na=False, usecols=["period", "kind"])
    codes = list(cells["period"].unique())
    spans = [code for code in codes if "/" in code]
    title = re.search(r"(?:FY)?\d{4}$", str(described_in(folder).get("title", folder.name)))
    years = sorted(code for code in codes if re.fullmatch(r"\d{4}", code))
    period = title[0] if title else years[-1]
    ends = periods.span(period)[1].isoformat()
    to_date = min((code for code in spans if code.endswith(ends)), default=f"{ends[:4]}-01-01/{ends}")
    return {
        "id": content_id(work),
        "year": int(period.removeprefix("FY")),
        "basis": periods.basis(period),
        "period": period,
        "to_date": to_date,
        "is_synthetic": bool(cells["kind"].eq("synthetic").any()),
    }


def cells_of(page: Path | str) -> pd.DataFrame:
    """Cells that a reader can take from *page* (a file, or its HTML): KEYS, value, status.

    Derived numbers, published figures and national context are not cells of the edition and left out.
    """
    text = page.read_text(encoding="utf-8") if isinstance(page, Path) else page
    rows = []
    for data in soup_of(text).select("data.fact"):
        known = FactId.parse(str(data.get("value", "")))
        if (
            known.derivation
            or known.indicator.startswith(_OTHERS)
            or {"published", "derived"} & set(data["class"])
        ):
            continue
        states = {"withheld", "no_data", "not_applicable"} & set(data["class"])
        number = re.search(r"\d[\d,]*(?:\.\d+)?", data.get_text())
        value = float(number[0].replace(",", "")) if number and not states else float("nan")
        places = {column: getattr(known, column) for column in PLACES}
        basis = periods.basis(known.period) if known.period else ""
        status = next(iter(states), "shown")
        rows.append({"indicator": known.indicator, "period": known.period, "period_basis": basis, **places,
                     "value": value, "status": status})  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEYS, "value", "status"]).drop_duplicates(KEYS, ignore_index=True)
