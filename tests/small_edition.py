"""A small edition for tests: a handful of indicators whose numbers can be followed by hand.

Thirteen of eighteen planned provinces are reached. In ``performance_attendance`` Kep and Pailin are
withheld, Mondul Kiri has no data, Otdar Meanchey is not applicable, and eleven provinces are zero.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition.read import CELL_COLUMNS, GEOMETRY, TABLES, Released, content_id
from ctip_analysis.inside import companions
from ctip_analysis.places import geography

SOURCE = "synthetic sample of programme records"
REACHED = [f"KH{n:02d}" for n in (1, 2, 3, 4, 6, 8, 11, 12, 14, 17, 21, 23, 24)]
PLANNED = [*REACHED, "KH05", "KH07", "KH10", "KH15", "KH20"]
WITHHELD, NO_DATA, NOT_APPLICABLE = ("KH23", "KH24"), ("KH11",), ("KH22",)
STAGES = {"cases_investigated": 41, "cases_charged": 33, "cases_tried": 24, "cases_judged": 21}


def units(year: int) -> list[str]:
    """The units of 1 July: 24 until 2013, 25 from 2014."""
    return [f"KH{n:02d}" for n in range(1, 26 if year >= 2014 else 25)]


def held(code: str, month: str) -> int:
    """Performances in a province and month: one to three in every third month, none elsewhere."""
    number, serial = int(code[2:]), int(month[:4]) * 12 + int(month[5:])
    touring = code in REACHED or code == "KH25"
    return (number + serial // 3) % 3 + 1 if touring and (number + serial) % 3 == 0 else 0


def attendance(code: str, month: str) -> int:
    """Attendance: 100 to 340 at each performance, more in the capital."""
    return held(code, month) * (100 + 10 * int(code[2:])) * (6 if code == "KH12" else 1)


@cache
def small_edition(year: int = 2004, synthetic: bool = True) -> Released:
    """An edition of *year* and the year before, in memory. Treat it as read-only: it is shared."""
    indicators = pd.read_csv(reference.DATA / "reference/indicators.csv", dtype=str, keep_default_na=False)
    indicators = indicators.set_index("id", drop=False)
    cells = _cells(year, indicators, "synthetic" if synthetic else "counted")
    return Released(
        cells,
        indicators=indicators[indicators.index.isin(cells["indicator"])],
        published=_published(),
        context=_context(),
        population=_population(year),
        targets=pd.DataFrame(
            [("performances_held", str(year), "", "90", "", "press report of July 2004", "")],
            columns=["indicator", "year", "baseline", "target", "assessed_on", "source", "note"],
        ),
        geometry=_geometry(),
        info={
            "id": "0" * 64, "year": year, "basis": "calendar", "is_synthetic": synthetic, "period": str(year),
            "to_date": f"{year - 1}-01-01/{year}-12-31",
            "periods": periods.inside(range(year - 1, year + 1), "year", "calendar"),
            "rules": ["Counts of people under 11 are withheld."], "thresholds": {"people": 11},
            "package_version": "0.1.0", "commit": "",
        },
    )  # fmt: skip


def _geometry() -> gpd.GeoDataFrame:
    """Vintages with open ends as "", the way an edition is read."""
    vintages = geography.vintages()
    text = [column for column in vintages.columns if column not in ("geometry", "area_km2")]
    return vintages.assign(**{column: vintages[column].fillna("").astype(str) for column in text})


def write_small_edition(folder: Path, year: int = 2004, synthetic: bool = True) -> Path:
    """The same edition as a folder that ``read_edition`` reads."""
    edition = small_edition(year, synthetic)
    folder.mkdir(parents=True, exist_ok=True)
    edition.frame.to_csv(folder / "cells.csv", index=False)
    for name in TABLES:
        getattr(edition, name).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    if edition.geometry is not None:
        edition.geometry.to_file(folder / GEOMETRY, driver="GeoJSON")
    pd.DataFrame(columns=["old", "new", "reason"]).to_csv(folder / "changes.csv", index=False)
    info = {**edition.info, "id": content_id(folder)}
    (folder / "edition.json").write_text(json.dumps(info, indent=1), encoding="utf-8")
    return folder


def _cells(year: int, indicators: pd.DataFrame, kind: str) -> pd.DataFrame:
    years = range(year - 1, year + 1)
    rows = [*_campaign(years), *_plan(years), *_trainings(years), *_persons(years), *_cases(years)]
    cells = pd.DataFrame(
        rows, columns=["indicator", "period", "adm1_code", "sex", "age_band", "partner", "value", "status"]
    )
    cells["value"] = cells["value"].where(cells["status"].eq("shown")).astype(float)
    cells["period_basis"] = cells["period"].map(periods.basis)
    cells["table"], cells["qualifier"], cells["kind"], cells["source"] = "small", "", kind, SOURCE
    cells["unit"] = cells["indicator"].map(indicators["unit"])
    return cells[CELL_COLUMNS]


def _spans(years: range) -> dict[str, list[str]]:
    """Every period with the months it covers."""
    months = periods.inside(years, "month", "calendar")
    codes = [
        code
        for grain in ("month", "quarter", "year", "to_date")
        for code in periods.inside(years, grain, "calendar")
    ]
    days = {code: periods.span(code) for code in codes}
    return {
        code: [month for month in months if first <= periods.span(month)[0] <= last]
        for code, (first, last) in days.items()
    }


def _campaign(years: range) -> list[tuple]:
    rows = []
    for period, months in _spans(years).items():
        codes = units(periods.midyear(period).year)
        shows = {code: sum(held(code, month) for month in months) for code in codes}
        came = {code: sum(attendance(code, month) for month in months) for code in codes}
        for code in codes:
            rows.append(("performances_held", period, code, "", "", "", shows[code], "shown"))
            rows.append(
                ("campaign_provinces_reached", period, code, "", "", "", int(shows[code] > 0), "shown")
            )
            rows.append(("performance_attendance", period, code, "", "", "", came[code], _status(code)))
        reached = sum(count > 0 for count in shows.values())
        total = sum(came.values())
        rows.append(("performances_held", period, "", "", "", "", sum(shows.values()), "shown"))
        rows.append(("campaign_provinces_reached", period, "", "", "", "", reached, "shown"))
        rows.append(("performance_attendance", period, "", "", "", "", total, "shown"))
        rows.append(("performance_attendance_registered", period, "", "", "", "", total // 4, "shown"))
        rows.append(("performance_attendance_estimated", period, "", "", "", "", total - total // 4, "shown"))
    return rows


def _status(code: str) -> str:
    named = {**dict.fromkeys(WITHHELD, "withheld"), **dict.fromkeys(NO_DATA, "no_data")}
    return {**named, **dict.fromkeys(NOT_APPLICABLE, "not_applicable")}.get(code, "shown")


def _plan(years: range) -> list[tuple]:
    rows = []
    for period in periods.inside(years, "to_date", "calendar"):
        codes = units(periods.midyear(period).year)
        for code in codes:
            rows.append(
                ("campaign_provinces_planned", period, code, "", "", "", int(code in PLANNED), "shown")
            )
        rows.append(("campaign_provinces_planned", period, "", "", "", "", len(PLANNED), "shown"))
    return rows


def _trainings(years: range) -> list[tuple]:
    rows = []
    for year in years:
        by_partner = {"IJM": 161, "CDP": 50} if year == years[-1] else {"IJM": 0, "CDP": 40}
        for partner, completed in by_partner.items():
            rows.append(("police_training_completions", str(year), "", "", "", partner, completed, "shown"))
        rows.append(
            ("police_training_completions", str(year), "", "", "", "", sum(by_partner.values()), "shown")
        )
    return rows


def _persons(years: range) -> list[tuple]:
    """Clients by sex, age and province; small provinces and the unknown sex are withheld."""
    rows = []
    for year in years:
        for number, code in enumerate(units(year), start=1):
            small = number % 2 == 0
            rows.append(
                (
                    "clients_assisted",
                    str(year),
                    code,
                    "",
                    "",
                    "",
                    12 + 3 * number,
                    "withheld" if small else "shown",
                )
            )
        for sex, share in (("female", 4), ("male", 1), ("unknown", 0)):
            for age, count in (("under_15", 30), ("15_17", 60), ("18_plus", 90), ("unknown", 0)):
                status = "withheld" if sex == "unknown" or age == "unknown" else "shown"
                rows.append(("clients_assisted", str(year), "", sex, age, "", share * count, status))
            rows.append(
                (
                    "clients_assisted",
                    str(year),
                    "",
                    sex,
                    "",
                    "",
                    share * 180,
                    "shown" if share else "withheld",
                )
            )
        rows.append(("clients_assisted", str(year), "", "", "", "", 900, "shown"))
    return rows


def _cases(years: range) -> list[tuple]:
    """Stages: all shown in the last year, all withheld in the year before."""
    rows = []
    for year in years:
        status = "shown" if year == years[-1] else "withheld"
        for stage, count in STAGES.items():
            rows.append((stage, str(year), "", "", "", "", count, status))
        for number, code in enumerate(units(year), start=1):
            rows.append(
                (
                    "cases_referred_ngo",
                    str(year),
                    code,
                    "",
                    "",
                    "",
                    number % 5,
                    "withheld" if number % 5 else "shown",
                )
            )
    return rows


def _published() -> pd.DataFrame:
    printed = pd.read_csv(
        reference.DATA / "published/published_results.csv", dtype=str, keep_default_na=False
    )
    printed = printed.assign(
        period=printed["period_start"].where(printed["period_start"].ne(""), "unstated"), kind="published"
    )
    columns = [
        "indicator",
        "id",
        "period",
        "period_as_stated",
        "value",
        "unit",
        "qualifier",
        "numeral_as_printed",
        "kind",
        "source",
    ]
    return printed[columns].assign(meaning="", label=printed["indicator"].str.replace("_", " "))


def _context() -> pd.DataFrame:
    """The national series as an edition carries them."""
    return companions.context().astype(str)


def _population(year: int) -> pd.DataFrame:
    """Residents between two censuses, on a straight line and rounded; 2008 stands for what comes after."""
    census = pd.read_csv(reference.DATA / "reference/population.csv", dtype=str, keep_default_na=False)
    counted = census[census["residents"].ne("")].assign(residents=lambda rows: rows["residents"].astype(int))
    at = counted.pivot(index="adm1_code", columns="census_year", values="residents")
    rows = []
    for now in (year - 1, year):
        low, high = ("1998", "2008") if now <= 2008 else ("2008", "2019")
        part = (now - int(low)) / (int(high) - int(low))
        for code in units(now):
            first, last = at.at[code, low], at.at[code, high]
            first = last if pd.isna(first) else first
            rows.append(
                (
                    code,
                    str(now),
                    str(round(first + part * (last - first))),
                    "interpolated",
                    "unchecked",
                    "census",
                )
            )
    return pd.DataFrame(rows, columns=["adm1_code", "year", "residents", "method", "status", "source"])
