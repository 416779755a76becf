"""A small hand-over as a donor gets it, for tests to plant things in: edition, page, list of facts, copy of the data.

Forty cases in the country; Kep's are withheld; Phnom Penh's are withheld too, unless a test gives them away.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
from PIL import Image
from shapely.geometry import box

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import CELL_COLUMNS, Edition, calculated, content_id, open_edition, quoted
from ctip_analysis.edition.copies import write_copy
from ctip_analysis.page import facts_of, render

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"
SOURCE = 'Synthetic records; USAID Cambodia fact sheet "The safe return home", undated (about early 2005)'
CELLS = [  # indicator, period, place, sex, age, value
    ("performances_held", "2003", "", "", "", 21),
    ("performances_held", "2004", "", "", "", 29),
    ("performances_held", "2004", "KH12", "", "", 9),
    ("performances_held", "2004", "KH23", "", "", 0),
    ("cases_referred_ngo", "2004", "", "", "", 40),
    ("cases_referred_ngo", "2004", "KH12", "", "", None),
    ("cases_referred_ngo", "2004", "KH23", "", "", None),
    ("clients_assisted", "2004", "", "", "", 900),
    ("clients_assisted", "2004", "", "female", "15_17", 240),
]
_TABLES = {
    "published": (
        "indicator,id,period,period_as_stated,value,unit,qualifier,numeral_as_printed,kind,label,meaning,source\n"
        "people_directly_exposed,P08,unstated,first year,150000,people,estimated,150 000,published,Exposed,,a source\n"
    ),
    "context": (
        "series_id,indicator,period,year,year_basis,value,unit,qualifier,reporter,reporter_slug,source\n"
        "tier,tip_tier,2004,2004,TIP report,Tier 2,category,exact,State Department,us_state,TIP report of 2004\n"
    ),
    "population": "adm1_code,year,residents,method,status,source\nKH12,2004,1200000,interpolated,checked,census\n",
    "targets": (
        "indicator,year,baseline,target,assessed_on,source,note\n"
        "performances_held,2005,,90,,press report of July 2004,five in each of 18 provinces\n"
    ),
    "changes": f"{','.join(CELL_COLUMNS[:1] + CELL_COLUMNS[2:9])},old,new,reason\n",
}


def write_edition(folder: Path, cells: list[tuple] = CELLS, year: int = 2004) -> Path:
    """The small edition as a release would write it."""
    folder.mkdir(parents=True)
    known = reference.table("indicators").loc[:, :"published_id"].assign(source="project's definitions")
    texts = _TABLES | {
        "cells": _frame(cells).to_csv(index=False),
        "indicators": known[known["id"].isin({cell[0] for cell in cells})].to_csv(index=False),
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    provinces = {"adm1_code": ["KH12", "KH23"], "name_en": ["Phnom Penh", "Kep"], "name_km": "", "type": "province",
                 "area_km2": 1.0, "valid_from": "", "valid_to": "", "predecessor": ""}  # fmt: skip
    shapes = [box(0, 0, 1, 1), box(1, 0, 2, 1)]
    gpd.GeoDataFrame(provinces, geometry=shapes, crs=4326).to_file(folder / "provinces.geojson", driver="GeoJSON")
    info = {
        "id": content_id(folder), "year": year, "basis": "calendar", "period": str(year), "is_synthetic": True,
        "to_date": f"{year}-01-01/{year}-12-31", "rules": ["Counts of 1 to 10 about persons are withheld."],
        "package_version": "0.1.0", "commit": "a35620d", "boundaries": "boundaries: Open Database Licence 1.0",
    }  # fmt: skip
    (folder / "edition.json").write_text(json.dumps(info), encoding="utf-8")
    heads = {path: next(csv.reader(io.StringIO(path.read_text()))) for path in sorted(folder.glob("*.csv"))}
    tables = [
        {"name": path.stem, "path": path.name, "schema": {"fields": [{"name": name} for name in head]}}
        for path, head in heads.items()
    ]
    package = {"id": info["id"], "resources": tables}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def _frame(cells: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["indicator", "period", "adm1_code", "sex", "age_band", "value"])
    units = reference.table("indicators").set_index("id")["unit"]
    shown = frame["value"].notna()
    made = frame.assign(
        table="small", zone="", partner="", qualifier="", kind="synthetic", source=SOURCE,
        period_basis=frame["period"].map(periods.basis), unit=frame["indicator"].map(units),
        status=shown.map({True: "shown", False: "withheld"}), value=frame["value"].astype("Int64"),
    )  # fmt: skip
    return made[CELL_COLUMNS]


def copy_data(edition: Path, out: Path) -> Path:
    """The edition as it is handed over: SYNTHETIC in every name, CSV for Excel, and one workbook."""
    write_copy(edition, open_edition(edition), out)
    return out


def picture(**given: object) -> bytes:
    """A small PNG; *given* are options of Pillow's writer."""
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, "PNG", **given)
    return out.getvalue()


def figure(alt: str, rows: str = "") -> str:
    """A figure with its data as a table, as ``page.show`` makes it."""
    data = base64.b64encode(picture()).decode()
    return (
        f'<figure class="plot"><img alt="{alt}" src="data:image/png;base64,{data}" width="4" height="3"><figcaption>'
        'Performances. <span class="source">Source: press. <strong>SYNTHETIC</strong></span></figcaption>'
        '<details class="data"><summary>Data</summary><div class="scroll"><table class="cells"><thead><tr>'
        f'<th scope="col">Place</th></tr></thead><tbody>{rows}</tbody></table></div></details></figure>'
    )


def page_of(edition: Edition, *more: str) -> str:
    """A rendered page of *edition* with a banner, a sentence, a figure, a table, and *more*."""
    fact = edition.fact
    held, cases = fact("performances_held:2004"), fact("cases_referred_ngo:2004:KH23")
    year = '<data class="period" value="2004">2004</data>'
    rows = "".join(
        f'<tr><th scope="row">{place}</th><td class="number">{fact(f"performances_held:2004:{code}"):n}</td></tr>'
        for place, code in (("Phnom Penh", "KH12"), ("Kep", "KH23"))
    )
    mean = calculated(14.5, "performances a province", of=[held])
    shown = [
        f'<header class="report-head"><p class="title"><strong>Small report</strong></p><p class="subtitle">{year}, '
        'calendar year</p><p class="mark synthetic"><strong>SYNTHETIC</strong> made-up records</p></header>',
        f'<div class="say"><h2>{held:unit} in {year}</h2><p>In Kep {cases} came to court, {mean:unit}; '
        f"{quoted('the 2009 audit')} and girls of 15 to 17. {fact('people_directly_exposed:unstated')} saw them. "
        f'<a href="https://example.org/2004">source</a></p><ol><li>{fact("national.tip_tier:2004")}</li></ol></div>',
        figure("Performances by province, 2004. Highest: Phnom Penh (9). Synthetic data.", rows),
        '<div class="scroll"><table class="cells"><caption>Held <strong class="mark">SYNTHETIC</strong></caption>'
        f'<thead><tr><th scope="col">Place</th><th scope="col">{year}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f'<p><span class="source">Source: {SOURCE}.</span></p>',
        *more,
    ]
    outputs = [{"metadata": {"ctip": True}, "data": {"text/html": html}} for html in shown]
    return render({"cells": [{"cell_type": "code", "source": "", "outputs": outputs}]}, edition)


def write_hand_over(out: Path, edition: Path) -> Path:
    """Page, facts and data of a small report of *edition*, in the folder *out*."""
    opened = open_edition(edition)
    page = page_of(opened)
    copy_data(edition, out / "data" / edition.name)
    (out / f"{NAME}.html").write_text(page, encoding="utf-8")
    (out / f"{NAME}.facts.json").write_text(json.dumps(facts_of(page, opened)), encoding="utf-8")
    return out
