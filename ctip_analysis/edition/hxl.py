"""Cells of an edition as a table with HXL hashtags and P-codes, which humanitarian data platforms read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ctip_analysis.base import files, periods, reference
from ctip_analysis.edition.edition import Edition
from ctip_analysis.places.units import units

COUNTRY = "KHM"  # ISO 3166-1


def tagged(edition: Edition) -> pd.DataFrame:
    """Every cell of *edition*, one row each under a row of HXL hashtags (``hxl_tags.csv``); all columns text.

    A number that is withheld or missing is blank, and ``status`` says why.

    >>> tagged(edition).loc[0, ["adm1_code", "value"]].tolist()
    ['#adm1+code+v_pcode', '#indicator+value+num']
    """
    tags = reference.table("hxl_tags").set_index("column")["tag"]
    cells = edition.frame
    spans = {code: periods.span(code) for code in cells["period"].unique()}
    names = {code: units(last).set_index("adm1_code")["name_en"].to_dict() for code, (_, last) in spans.items()}
    made = cells.assign(
        indicator_name=cells["indicator"].map(reference.table("indicators").set_index("id")["name_en"]),
        start=[f"{spans[code][0]}" for code in cells["period"]],
        end=[f"{spans[code][1]}" for code in cells["period"]],
        country=COUNTRY,
        adm1_name=[
            names[period].get(code, "") for period, code in zip(cells["period"], cells["adm1_code"], strict=True)
        ],
        value=[f"{value:.12g}" if pd.notna(value) else "" for value in cells["value"].astype(float)],
    )
    return pd.concat([tags.to_frame().T, made[tags.index].astype(str)], ignore_index=True)


def write(edition: Edition, out: Path) -> Path:
    """Write the tagged cells of *edition* into the folder *out*; the file's path."""
    mark = "_SYNTHETIC" if edition.is_synthetic else ""
    path = out / f"cambodia_ctip_{edition.info['period']}_HXL{mark}.csv"
    files.write(path, tagged(edition).to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return path
