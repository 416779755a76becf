"""Cells of an edition as a table with HXL hashtags and P-codes, which humanitarian data platforms read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ctip_analysis.base import files, periods, reference
from ctip_analysis.edition.edition import Edition
from ctip_analysis.places.provinces import units

COUNTRY = "KHM"  # ISO 3166-1


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
    provinces = {code: units(last).set_index("adm1_code")["name_en"].to_dict() for code, (_, last) in spans.items()}
    made = cells.assign(
        indicator_name=cells["indicator"].map(names).fillna(cells["indicator"]),
        start=[f"{spans[code][0]}" for code in cells["period"]],
        end=[f"{spans[code][1]}" for code in cells["period"]],
        country=COUNTRY,
        adm1_name=[
            provinces[period].get(code, "") for period, code in zip(cells["period"], cells["adm1_code"], strict=True)
        ],
        value=[f"{value:.12g}" if pd.notna(value) else "" for value in pd.to_numeric(cells["value"])],
    )
    known = tags()["tag"]
    return pd.concat([known.to_frame().T, made[known.index].astype(str)], ignore_index=True)


def write(edition: Edition, out: Path) -> Path:
    """Write the tagged cells of *edition* into the folder *out*; the file's path."""
    mark = "_SYNTHETIC" if edition.is_synthetic else ""
    path = out / f"cambodia_ctip_{edition.info['period']}_HXL{mark}.csv"
    table = tagged(edition.frame, edition.indicators["name_en"])
    files.write(path, table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return path
