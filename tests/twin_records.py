"""A record folder whose confidential values are marked, and its twin: other people and days, the same counts.

What the twin may change was thought through table by table. A day stays in its month where a table is monthly, else
in its calendar and fiscal year; a court case moves as a whole, by days that leave each stage in its year and its age
at every year's end in its class. What a cell could show of the person behind it (partner) stays with its row.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]
Tables = dict[str, list[Row]]

MARK = "ZZMARK"
AMOUNTS = (
    "7351942",
    "8462053",
)  # a number of the records' own that is in no cell, of the folder and of its twin
NUMBER_MARKS = [text for amount in AMOUNTS for text in (amount, f"{int(amount):,}")]
ENDS = [date(2003, 9, 30), date(2003, 12, 31), date(2004, 9, 30), date(2004, 12, 31)]
STAGES = ["referred_date", "investigated_date", "charged_date", "tried_date", "judgment_date"]
# Columns that name a thing, in every table that has them; the columns of a tuple hold the same names.
NAMES = ["client_id", "service_id", "operation_id", "case_id", "participant_key", "event_id", "training_id",
         "structure_id", "subgrant_id"]  # fmt: skip
WORDS = {"campaign_events": ["district", "commune"], "trainings": ["topic"], "partners": ["name"],
         "obligations": ["agency", "recipient", "source"]}  # fmt: skip
NUMBERS = {"services": ["amount_usd"], "structures": ["members_n"], "cases": ["n_accused", "n_victims"]}


def read(folder: Path) -> Tables:
    """Every record table as rows of text."""
    return {
        path.stem: list(csv.DictReader(path.open(encoding="utf-8", newline="")))
        for path in sorted(folder.glob("*.csv"))
        if path.stem != "expect"
    }


def write(tables: Tables, folder: Path, beside: Path) -> Path:
    """Write *tables* into *folder*, with the ``expect.csv`` of the folder *beside*."""
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            out = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)
    return Path(shutil.copy(beside / "expect.csv", folder)).parent


def marked(tables: Tables, amount: str, seed: int) -> Tables:
    """The same rows with a marked value in every confidential column that takes any text or number."""
    draw = random.Random(seed)
    new: dict[tuple[str, str], str] = {}
    made: Tables = {}
    for name, rows in tables.items():
        made[name] = [dict(row) for row in rows]
        for row in made[name]:
            for column in NAMES:
                if row.get(column):
                    new.setdefault((column, row[column]), f"{MARK}{draw.randrange(10**9):09d}")
                    row[column] = new[column, row[column]]
            for column in WORDS.get(name, []):
                row[column] = f"{MARK} {draw.randrange(10**6):06d}"
            for column in NUMBERS.get(name, []):
                row[column] = amount
    return made


def twin(tables: Tables, seed: int) -> Tables:
    """Other people, names, days and an other order of the rows, with every cell as it was."""
    draw = random.Random(seed)
    made = marked(tables, AMOUNTS[1], seed)
    _move(made["campaign_events"], "event_date", _in_month, draw)
    _move(made["trainings"], "start_date", _in_month, draw, "end_date")
    _move(made["structures"], "established_date", _in_years, draw)
    _move(made["clients"], "intake_date", _in_years, draw)
    _move(made["services"], "start_date", _in_years, draw, "end_date")
    _move(made["rescues"], "op_date", _in_years, draw)
    _move(made["subgrants"], "start_date", _in_years, draw, "end_date")
    for case in made["cases"]:
        _move_case(case, draw)
    _shuffle(made["campaign_events"], ["partner_id"], [], draw)
    _shuffle(made["training_roster"], ["sex"], [], draw)
    _shuffle(made["structures"], ["active"], [], draw)
    of_a_client = ["intake_date", "age_band", "client_type", "consent_to_share", "partner_id"]
    _shuffle(made["clients"], ["adm1_origin"], of_a_client, draw)
    _shuffle(made["clients"], ["exploitation_type"], ["client_type"], draw)
    _shuffle(made["services"], ["adm1_code"], [], draw)
    _shuffle(made["services"], ["outcome"], ["service_type"], draw)
    _shuffle(made["rescues"], ["adm1_code"], [], draw)
    of_a_case = ["partner_id", "partner_role", "case_kind", "referred_date", "judgment_date", "n_convictions"]
    _shuffle(made["cases"], ["adm1_code"], of_a_case, draw)
    for course in made["trainings"]:
        if course["n_female"]:
            course["n_female"] = str(int(course["n_participants"]) - int(course["n_female"]))
    for event in made["campaign_events"]:
        event["attendance_female"], event["attendance_male"] = (
            event["attendance_male"],
            event["attendance_female"],
        )
    for rows in made.values():
        draw.shuffle(rows)
    return made


def _part(day: date) -> tuple[int, bool]:
    """Calendar and fiscal year."""
    return day.year, day.month >= 10


def _in_month(day: date, draw: random.Random) -> date:
    return day.replace(day=draw.randint(1, 28))


def _in_years(day: date, draw: random.Random) -> date:
    return day.replace(
        month=draw.randint(10, 12) if day.month >= 10 else draw.randint(1, 9), day=draw.randint(1, 28)
    )


def _move(
    rows: list[Row],
    column: str,
    moved: Callable[[date, random.Random], date],
    draw: random.Random,
    end: str = "",
) -> None:
    """Give each day another one, and leave as long as it was what has an *end*."""
    for row in rows:
        if not row[column]:
            continue
        day = date.fromisoformat(row[column])
        row[column] = moved(day, draw).isoformat()
        if end and row[end]:
            row[end] = (date.fromisoformat(row[end]) + (date.fromisoformat(row[column]) - day)).isoformat()


def _move_case(case: Row, draw: random.Random) -> None:
    days = {stage: date.fromisoformat(case[stage]) for stage in STAGES if case[stage]}
    for _ in range(50):
        by = timedelta(draw.randint(-40, 40))
        moved = {stage: day + by for stage, day in days.items()}
        if by and _standing(moved) == _standing(days):
            case.update({stage: day.isoformat() for stage, day in moved.items()})
            return


def _standing(days: dict[str, date]) -> list[object]:
    """What is counted of a case: the years of its stages, and at each year's end whether judged and how old."""
    standing: list[object] = [(stage, _part(day)) for stage, day in days.items()]
    for end in ENDS if "referred_date" in days else []:
        judged = "judgment_date" in days and days["judgment_date"] <= end
        months = ((days["judgment_date"] if judged else end) - days["referred_date"]).days / 30.4375
        standing.append((judged, min(months // 6, 4)))
    return standing


def _shuffle(rows: list[Row], columns: Sequence[str], within: Sequence[str], draw: random.Random) -> None:
    """Deal the values of *columns* anew among rows that agree in *within*; of a day in it, in its years."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        key = (row[column] for column in within)
        groups[
            tuple(
                _part(date.fromisoformat(text)) if text[:2] == "20" and "-" in text else text for text in key
            )
        ].append(row)
    for group in groups.values():
        values = [[row[column] for column in columns] for row in group]
        draw.shuffle(values)
        for row, given in zip(group, values, strict=True):
            row.update(zip(columns, given, strict=True))
