"""A report with its facts and data as a donor gets them, made without a kernel, for tests to plant things in."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pandas as pd
from small_edition import write_small_edition

from ctip_analysis.charts import figures
from ctip_analysis.edition import dictionary
from ctip_analysis.edition.reading import content_id, open_edition
from ctip_analysis.inside import companions
from ctip_analysis.page import tables
from ctip_analysis.page.page import open_page
from ctip_analysis.page.render import render
from ctip_analysis.runs.handover import hand_over

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"


def write_edition(folder: Path) -> Path:
    """The small edition as a release would write it: small counts withheld, its tables described."""
    write_small_edition(folder)
    info = json.loads((folder / "edition.json").read_text())
    tables = {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(folder.glob("*.csv"))
    }
    known = companions.indicators()
    tables["indicators"] = known[known["id"].isin(tables["indicators"]["id"])]
    cells = tables["cells"]
    small = cells["indicator"].str.startswith(("clients", "cases")) & pd.to_numeric(cells["value"]).lt(11)
    cells.loc[small, ["value", "status"]] = ["", "withheld"]
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    info["id"] = content_id(folder)
    (folder / "edition.json").write_text(json.dumps(info))
    (folder / "datapackage.json").write_text(json.dumps(dictionary.package(info, tables)))
    return folder


def write_handover(edition: Path, out: Path) -> Path:
    """Write page, facts and data of a small report of *edition* into *out*, and return *out*."""
    released = open_edition(edition)
    page = open_page(edition, year=2004)
    shown = page.released
    said = page.sentence("In {period_label} {held:unit} were held.", held="performances_held:{period}")
    parts = [
        ("text/html", page.head("Small report")),
        ("text/markdown", f"## What was held\n\n{said}"),
        (
            "text/html",
            page.figure(
                figures.trend(shown, "performances_held", grain="quarter"), "Performances by quarter."
            ),
        ),
        (
            "text/html",
            page.figure(figures.province_map(shown, "performance_attendance", "2004"), "Attendance."),
        ),
        ("text/html", tables.by_province(shown, ["performances_held"], "2004").html()),
        ("text/html", tables.by_period(shown, ["performances_held", "cases_tried"], "year").html()),
    ]
    made = nbformat.v4.new_notebook(metadata={"audience": "donor"})
    made.cells = [
        nbformat.v4.new_code_cell(
            outputs=[nbformat.v4.new_output("display_data", data={form: content}, metadata={"ctip": True})]
        )
        for form, content in parts
    ]
    render(made, out=out / f"{NAME}.html", released=released)
    hand_over(edition, released, out / "data" / "2004")
    return out
