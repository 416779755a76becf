"""The copy of an edition that goes out beside reports: its files, tables for readers, state of issue and licence.

Tables for readers (key figures, one row a province, results with HXL tags) rearrange cells and add names; no number is
new. An audit reads a copy back, makes them again and compares.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import pandas as pd

from ctip_analysis.base import files, periods, reference
from ctip_analysis.base.errors import DataError, MissingFileError
from ctip_analysis.edition import workbook
from ctip_analysis.edition.edition import Edition
from ctip_analysis.edition.fact import STATUS_WORDS
from ctip_analysis.edition.folder import GEOMETRY, open_edition
from ctip_analysis.edition.workbook import KEY, TAGGED, WIDE
from ctip_analysis.places.provinces import units

SYNTHETIC = "SYNTHETIC"
COUNTRY = "KHM"  # ISO 3166-1
_GROUPS = ["zone", "sex", "age_band", "partner"]
_ABOUT = {
    KEY: "national results, one row an indicator and one column a period",
    WIDE: "results of the last year, one row a province and one column an indicator",
    TAGGED: "results by year with names beside codes; the second row has HXL tags",
}
_NUMBER = "a number, or in words why there is none"
_BOM = "utf-8-sig"  # the mark by which Excel knows Khmer


def write_copy(folder: Path, edition: Edition, out: Path) -> list[Path]:
    """Copy the *edition* in *folder* into *out* for people: CSV with BOM for Excel, a workbook, a dictionary.

    A synthetic edition says SYNTHETIC in every file name, in each row (``kind``) and on every sheet.
    Returns the files written. The columns are described in ``datapackage….json``.
    """
    mark = f"_{SYNTHETIC}" if edition.is_synthetic else ""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    made: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    for resource in package["resources"]:
        texts[resource["name"]] = (folder / resource["path"]).read_text(encoding="utf-8")
        resource["path"] = f"{resource['name']}{mark}.csv"
    for_readers = tables(texts)
    made |= {f"{name}{mark}.csv": text.encode(_BOM) for name, text in (texts | for_readers).items()}
    package["resources"] += [_resource(name, text, mark) for name, text in for_readers.items()]
    package |= {"licenses": _licences(edition), "citation": _citation(edition)}
    if (folder / GEOMETRY).is_file():
        made[f"provinces{mark}.geojson"] = (folder / GEOMETRY).read_bytes()
    made[f"edition{mark}.json"] = (folder / "edition.json").read_bytes()
    made[f"datapackage{mark}.json"] = (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
    out.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (out / name).write_bytes(content)
    book = f"edition_{edition.info['period']}{mark}.xlsx"
    (out / book).write_bytes(workbook_of(out))
    return [out / name for name in (*made, book)]


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


def workbook_of(folder: Path) -> bytes:
    """The content of the workbook of the copy in *folder*, made from the files beside it.

    OSError, ValueError, KeyError: the data package or one of its tables is missing, or is none.
    """
    package = package_of(folder)
    tables = {each["name"]: (folder / each["path"]).read_text(encoding=_BOM) for each in package["resources"]}
    return workbook.made(tables, package, is_synthetic=bool(mark_of(folder)))


def package_of(folder: Path) -> dict[str, Any]:
    """The data package in *folder*; OSError or ValueError where there is none that can be read."""
    return dict(json.loads((folder / f"datapackage{mark_of(folder)}.json").read_text(encoding="utf-8")))


def mark_of(folder: Path) -> str:
    """What ends the names of the files in *folder*: "_SYNTHETIC", or nothing."""
    return f"_{SYNTHETIC}" if (folder / f"cells_{SYNTHETIC}.csv").is_file() else ""


def read_copy(folder: Path) -> Edition:
    """The edition in *folder*, an edition itself or its copy for people, whose CSV files have a byte-order mark.

    CtipError: a file is missing or can't be read, or the files are not those of the edition's id.
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


def tables(given: Mapping[str, str]) -> dict[str, str]:
    """CSV texts by name, made from those of an edition: its cells and indicators."""
    cells = pd.read_csv(io.StringIO(given["cells"]), dtype=str, keep_default_na=False)
    names = pd.read_csv(io.StringIO(given["indicators"]), dtype=str, keep_default_na=False)
    known = dict(zip(names["id"], names["name_en"], strict=True))
    grain = cells["period"].map(periods.grain)
    usual = cells.loc[grain.eq("year"), "period_basis"].mode()  # of a calendar edition, no fiscal years
    cells = cells[grain.eq("to_date") | (grain.eq("year") & cells["period_basis"].isin(usual))]
    cells = cells.assign(indicator_name=cells["indicator"].map(known).fillna(cells["indicator"]))
    whole = cells[cells[_GROUPS].eq("").all(axis=1)]
    made = {KEY: _key_figures(whole), WIDE: _by_province(whole), TAGGED: tagged(cells, known)}
    return {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in made.items()}


def _resource(name: str, text: str, mark: str) -> dict[str, Any]:
    """How a data package describes the table *name* for readers; *mark* ends the name of its file."""
    known = {"name": "Name of the indicator", "province": "Name of the province", **tags()["meaning"]}
    fields = [
        {"name": column, "type": "string", "description": known.get(column, f"{column}: {_NUMBER}")}
        for column in pd.read_csv(io.StringIO(text), dtype=str, nrows=0).columns
    ]
    return {
        "name": name, "path": f"{name}{mark}.csv", "profile": "tabular-data-resource", "format": "csv",
        "encoding": "utf-8", "description": _ABOUT[name], "schema": {"fields": fields, "missingValues": [""]},
    }  # fmt: skip


def _provinces(cells: pd.DataFrame) -> list[str]:
    """Name of each row's province at the end of its period; "" for the country, a zone and an unknown place."""
    ends = {code: periods.span(code)[1] for code in cells["period"].unique()}
    known = {code: dict(units(end)[["adm1_code", "name_en"]].to_numpy()) for code, end in ends.items()}
    return [known[period].get(code, "") for period, code in zip(cells["period"], cells["adm1_code"], strict=True)]


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """*rows* whose value says in words why it is missing."""
    return rows.assign(value=rows["value"].where(rows["status"].eq("shown"), rows["status"].map(STATUS_WORDS)))


def _key_figures(whole: pd.DataFrame) -> pd.DataFrame:
    rows = _written(whole[whole["adm1_code"].eq("")])
    order = [str(code) for code in periods.in_order(rows["period"].unique())]
    keys = ["indicator", "indicator_name", "unit", "kind"]
    wide = rows.pivot(index=keys, columns="period", values="value").reindex(columns=order).fillna("")
    return wide.reset_index().rename(columns={"indicator_name": "name"})


def _by_province(whole: pd.DataFrame) -> pd.DataFrame:
    years = [str(code) for code in periods.in_order(whole["period"].unique()) if periods.grain(code) == "year"]
    rows = _written(whole[whole["adm1_code"].ne("") & whole["period"].eq(years[-1] if years else "")])
    named = [name or code for name, code in zip(_provinces(rows), rows["adm1_code"], strict=True)]
    heads = rows["indicator_name"] + ", " + rows["period"] + " (" + rows["unit"] + ")"
    rows = rows.assign(province=named, head=heads)
    wide = rows.pivot(index=["adm1_code", "province", "kind"], columns="head", values="value").fillna("")
    return wide.reset_index()


def tags() -> pd.DataFrame:
    """The hashtag (``tag``) and the ``meaning`` of each ``column``, in order; from ``hxl_tags.csv``."""
    return reference.table("hxl_tags").set_index("column")


def tagged(cells: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Every row of *cells* under a row of HXL hashtags (:func:`tags`); all columns text. *names* are of indicators.

    A number that is withheld or missing is blank, and ``status`` says why.

    >>> names = edition.indicators["name_en"]
    >>> tagged(edition.frame, names).loc[0, ["adm1_code", "value"]].tolist()
    ['#adm1+code+v_pcode', '#indicator+value+num']
    """
    spans = {code: periods.span(code) for code in cells["period"].unique()}
    made = cells.assign(
        indicator_name=cells["indicator"].map(names).fillna(cells["indicator"]),
        start=[f"{spans[code][0]}" for code in cells["period"]],
        end=[f"{spans[code][1]}" for code in cells["period"]],
        country=COUNTRY,
        adm1_name=_provinces(cells),
        value=[f"{value:.12g}" if pd.notna(value) else "" for value in pd.to_numeric(cells["value"])],
    )
    known = tags()["tag"]
    return pd.concat([known.to_frame().T, made[known.index].astype(str)], ignore_index=True)


def write_tagged(edition: Edition, out: Path) -> Path:
    """Write the tagged cells of *edition* into the folder *out*; the file's path."""
    mark = "_SYNTHETIC" if edition.is_synthetic else ""
    path = out / f"cambodia_ctip_{edition.info['period']}_HXL{mark}.csv"
    table = tagged(edition.frame, edition.indicators["name_en"])
    files.write(path, table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return path


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
