"""The thirty questions of those who read the reports: each has a real answer, or says why it has none."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from ctip_analysis.cli import app

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = list(csv.DictReader((ROOT / "data/reference/audience_questions.csv").open(encoding="utf-8")))


def answered_by(kind: str) -> list[object]:
    return [pytest.param(row, id=row["id"]) for row in QUESTIONS if row["answered_by"] == kind]


def test_there_are_ten_questions_of_each_audience():
    assert [row["id"] for row in QUESTIONS] == [
        f"{who}{number:02d}" for who in "MOU" for number in range(1, 11)
    ]


def test_every_question_has_an_answer_and_a_place_where_it_is_read():
    assert {row["answered_by"] for row in QUESTIONS} <= {"fact", "command", "notebook", "cannot"}
    assert all(row["answer"] and "#" in row["where"] for row in QUESTIONS)


@pytest.mark.parametrize("row", answered_by("fact"))
def test_every_fact_that_answers_is_shown_in_the_shipped_edition(row, edition):
    found = [edition.fact(fact_id) for fact_id in row["answer"].split()]
    assert found and all(fact.status == "shown" for fact in found)
    assert row["in_words"]


@pytest.mark.parametrize("row", answered_by("command"))
def test_every_command_that_answers_can_be_given(row):
    program, name, *rest = shlex.split(row["answer"])
    if program == "make":
        assert re.search(rf"^{name}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    assert program == "ctip"
    typer.main.get_command(app).commands[name].make_context(name, rest)  # refuses an option that is not there


@pytest.mark.parametrize("row", answered_by("cannot"))
def test_what_cannot_be_answered_says_why(row):
    assert re.match(r"can't be answered because .{20,}\.$", row["answer"])


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in QUESTIONS])
def test_the_place_where_an_answer_is_read_exists(row):
    name, _, place = row["where"].partition("#")
    if name.endswith(".md"):
        headings = re.findall(r"^#+ (.+)$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert place in [re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings]
    else:
        notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert place in [cell["id"] for cell in notebook["cells"]]


def test_a_question_of_the_donor_is_answered_in_the_annual_report():
    assert all(row["where"].startswith("90_annual_report#") for row in QUESTIONS if row["id"].startswith("U"))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in QUESTIONS if row["id"].startswith("U")])
def test_a_question_of_the_donor_is_one_click_from_the_first_screen(row):
    """The contents beside it lead to each heading of two levels, and open an annex."""
    notebook = json.loads((ROOT / "notebooks" / "90_annual_report.ipynb").read_text(encoding="utf-8"))
    (cell,) = [one for one in notebook["cells"] if one["id"] == row["where"].partition("#")[2]]
    assert re.search(r"#{2,3} \S", "".join(cell["source"]))
