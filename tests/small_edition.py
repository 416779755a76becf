"""A small edition for tests: a handful of indicators whose numbers can be followed by hand.

Thirteen of eighteen planned provinces are reached. In ``performance_attendance`` Kep and Pailin are
withheld, Mondul Kiri has no data, Otdar Meanchey is not applicable, and eleven provinces are zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.edition import CELL_COLUMNS, Edition, content_id
from ctip_analysis.edition.folder import GEOMETRY, TABLES
from ctip_analysis.places import vintages, zones

SOURCE = "synthetic sample of programme records"
REACHED = [f"KH{n:02d}" for n in (1, 2, 3, 4, 6, 8, 11, 12, 14, 17, 21, 23, 24)]
PLANNED = [*REACHED, "KH05", "KH07", "KH10", "KH15", "KH20"]
NOT_SHOWN = {"KH23": "withheld", "KH24": "withheld", "KH11": "no_data", "KH22": "not_applicable"}
STAGES = {"cases_investigated": 41, "cases_charged": 33, "cases_tried": 24, "cases_judged": 21}
PLACES = ("adm1_code", "zone", "sex", "age_band", "partner")


def units(year: int) -> list[str]:
    """The units of 1 July: 24 until 2013, 25 from 2014."""
    return [f"KH{n:02d}" for n in range(1, 26 if year >= 2014 else 25)]


def held(code: str, month: str) -> int:
    """Performances in a province and month: one to three in every third month, none elsewhere."""
    number, serial = int(code[2:]), int(month[:4]) * 12 + int(month[5:])
    touring = code in REACHED or code == "KH25"
    return (number + serial // 3) % 3 + 1 if touring and (number + serial) % 3 == 0 else 0


def attendance(code: str, month: str) -> int:
    """Attendance: 110 to 340 at each performance, six times that in the capital."""
    return held(code, month) * (100 + 10 * int(code[2:])) * (6 if code == "KH12" else 1)


def cell(
    indicator: str, period: str, value: float | None, status: str = "shown", **places: str
) -> dict[str, object]:
    """One cell as a row; None is withheld."""
    status = "withheld" if value is None else status
    number = float(value) if value is not None and status == "shown" else float("nan")
    return {"indicator": indicator, "period": period, "value": number, "status": status, **places}


def cells(rows: Iterable[dict[str, object]], kind: str = "synthetic") -> pd.DataFrame:
    """Rows of :func:`cell` as the frame of an edition."""
    frame = pd.DataFrame(
        ({**dict.fromkeys(PLACES, ""), **row} for row in rows),
        columns=["indicator", "period", "value", "status", *PLACES],
    )
    definitions = reference.table("indicators").set_index("id")
    return frame.assign(
        table="small",
        period_basis=frame["period"].map(periods.basis),
        unit=frame["indicator"].map(definitions["unit"]),
        qualifier=frame["indicator"].map(definitions["qualifier"]),
        kind=kind,
        source=SOURCE,
    )[CELL_COLUMNS]


def edition_of(*rows: dict[str, object], year: int = 2004, **parts: object) -> Edition:
    """An edition of only these cells, with the provinces, residents and definitions of :func:`small_edition`."""
    known = small_edition(year)
    held = {"population": known.population, "boundaries": known.boundaries, "indicators": _indicators(), **parts}
    return Edition(cells(rows), info=known.info, **held)


@cache
def small_edition(year: int = 2004, synthetic: bool = True) -> Edition:
    """An edition of *year* and the year before, in memory. Treat it as read-only: it is shared."""
    years = range(year - 1, year + 1)
    rows = [*_campaign(years), *_plan(years), *_trainings(years), *_persons(years), *_cases(years)]
    frame = cells(rows, "synthetic" if synthetic else "counted")
    target = ("performances_held", f"{year - 1}-01-01/{year}-12-31", "", "90", "", "press report of July 2004", "")
    return Edition(
        frame,
        indicators=_indicators().loc[lambda table: table.index.isin(frame["indicator"])],
        published=_published(),
        context=_context(),
        population=_population(years),
        targets=pd.DataFrame([target], columns=list(reference.table("published_targets"))).assign(kind="published"),
        boundaries=vintages(),
        info={
            "id": "0" * 64, "year": year, "basis": "calendar", "is_synthetic": synthetic, "period": str(year),
            "first_year": year - 1, "to_date": f"{year - 1}-01-01/{year}-12-31",
            "rules": ["Counts of people under 11 are withheld."], "thresholds": {"people": 11},
            "package_version": "0.1.0", "commit": "",
        },
    )  # fmt: skip


def write_small_edition(folder: Path, year: int = 2004, synthetic: bool = True) -> Path:
    """The same edition as a folder that ``open_edition`` reads."""
    edition = small_edition(year, synthetic)
    folder.mkdir(parents=True, exist_ok=True)
    edition.frame.to_csv(folder / "cells.csv", index=False)
    for name in TABLES:
        getattr(edition, name).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    edition.geometry.to_file(folder / GEOMETRY, driver="GeoJSON")
    pd.DataFrame(columns=["old", "new", "reason"]).to_csv(folder / "changes.csv", index=False)
    info = {**edition.info, "id": content_id(folder)}
    (folder / "edition.json").write_text(json.dumps(info, indent=1), encoding="utf-8")
    return folder


def _indicators() -> pd.DataFrame:
    return reference.table("indicators").astype(str).set_index("id", drop=False)


def _spans(years: range) -> dict[str, list[str]]:
    """Every period with the months it covers."""
    months = periods.inside(years, "month", "calendar")
    codes = [
        code
        for grain in ("month", "quarter", "year", "to_date")
        for code in periods.inside(years, grain, "calendar")
    ]
    return {code: [month for month in months if periods.contains(code, month)] for code in codes}


def _campaign(years: range) -> Iterable[dict[str, object]]:
    for period, months in _spans(years).items():
        codes = units(periods.midyear(period).year)
        shows = {code: sum(held(code, month) for month in months) for code in codes}
        came = {code: sum(attendance(code, month) for month in months) for code in codes}
        for code in codes:
            yield cell("performances_held", period, shows[code], adm1_code=code)
            yield cell("campaign_provinces_reached", period, int(shows[code] > 0), adm1_code=code)
            yield cell(
                "performance_attendance", period, came[code], NOT_SHOWN.get(code, "shown"), adm1_code=code
            )
        for zone in sorted(set(zones().values())):
            yield cell(
                "performances_held",
                period,
                sum(shows[one] for one in codes if zones()[one] == zone),
                zone=zone,
            )
        total = sum(came.values())
        yield cell("performances_held", period, sum(shows.values()))
        yield cell("campaign_provinces_reached", period, sum(count > 0 for count in shows.values()))
        yield cell("performance_attendance", period, total)
        yield cell("performance_attendance_registered", period, total // 4)
        yield cell("performance_attendance_estimated", period, total - total // 4)


def _plan(years: range) -> Iterable[dict[str, object]]:
    for period in periods.inside(years, "to_date", "calendar"):
        yield cell("campaign_provinces_planned", period, len(PLANNED))
        for code in units(periods.midyear(period).year):
            yield cell("campaign_provinces_planned", period, int(code in PLANNED), adm1_code=code)


def _trainings(years: range) -> Iterable[dict[str, object]]:
    for year in years:
        by_partner = {"IJM": 161, "CDP": 50} if year == years[-1] else {"IJM": 0, "CDP": 40}
        yield cell("police_training_completions", str(year), sum(by_partner.values()))
        for partner, completed in by_partner.items():
            yield cell("police_training_completions", str(year), completed, partner=partner)


def _persons(years: range) -> Iterable[dict[str, object]]:
    """Clients by sex, age and province; every second province and the unknown groups are withheld."""
    for year in map(str, years):
        yield cell("clients_assisted", year, 900)
        for number, code in enumerate(units(int(year)), start=1):
            yield cell("clients_assisted", year, 12 + 3 * number if number % 2 else None, adm1_code=code)
        for sex, share in (("female", 4), ("male", 1), ("unknown", 0)):
            yield cell("clients_assisted", year, share * 180 or None, sex=sex)
            for age, count in (("under_15", 30), ("15_17", 60), ("18_plus", 90), ("unknown", 0)):
                yield cell("clients_assisted", year, share * count or None, sex=sex, age_band=age)


def _cases(years: range) -> Iterable[dict[str, object]]:
    """Stages: all shown in the last year, all withheld in the year before."""
    for year in years:
        for stage, count in STAGES.items():
            yield cell(stage, str(year), count if year == years[-1] else None)
        for number, code in enumerate(units(year), start=1):
            yield cell("cases_referred_ngo", str(year), None if number % 5 else 0, adm1_code=code)


def _published() -> pd.DataFrame:
    printed = reference.table("published_results").astype(str)
    stated = printed["period_as_stated"].eq("In 2004")
    label = printed["indicator"].str.replace("_", " ").str.capitalize()
    value = printed["value"].str.removesuffix(".0")
    period = stated.map({True: "2004", False: periods.UNSTATED})
    return _with_columns(
        "published", printed.assign(value=value, period=period, kind="published", meaning="", label=label)
    )


def _context() -> pd.DataFrame:
    series = reference.table("national_series").astype(str)
    series = series[series["year"].str.isdigit() & series["year_basis"].eq("calendar year")]
    slug = series["reporter"].map(lambda name: re.sub(r"\W+", "_", name).strip("_").lower())
    return _with_columns("context", series.assign(period=series["year"], reporter_slug=slug))


def _with_columns(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """*frame* with the columns that an edition's *table* has."""
    described = reference.table("edition_columns")
    return frame[list(described.loc[described["table"].eq(table), "column"])].reset_index(drop=True)


def _population(years: range) -> pd.DataFrame:
    """Residents between two censuses, on a straight line and rounded."""
    census = reference.table("population").dropna(subset="residents")
    at = (
        census.pivot(index="adm1_code", columns="census_year", values="residents").astype(float).bfill(axis=1)
    )
    rows = []
    for year in years:
        low, high = (1998, 2008) if year <= 2008 else (2008, 2019)
        people = (at[low] + (year - low) / (high - low) * (at[high] - at[low])).round()
        own = people.reindex(units(year)).fillna(0)
        rows += [
            (code, str(year), str(int(number)), "interpolated", "unchecked", "census")
            for code, number in own.items()
        ]
        rows.append(("", str(year), str(int(own.sum())), "interpolated", "unchecked", "census"))
    return pd.DataFrame(rows, columns=["adm1_code", "year", "residents", "method", "status", "source"])
