"""A new user's way: a workbook of five sheets with the faults of partners' files, checked and mended until it is clean.

Each mend does what its message says and nothing else.
"""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from record_folder import MINIMAL

from ctip_analysis.inside.records.intake import assess

EVENTS, TRAININGS, CLIENTS, SERVICES, CASES = (
    MINIMAL[name].splitlines()[0].split(",")
    for name in ("campaign_events", "trainings", "clients", "services", "cases")
)
TITLES = [name.replace("adm1_code", "Province").replace("_", " ").title() for name in EVENTS]
N, DAY = "NGO01", dt.date(2004, 2, 20)
SHEETS = {
    "Activities": [
        ["NGO01, first quarter of 2004"], [], TITLES,
        ["EV-01", N, DAY, 1, "Siem Reap", "", "A", "performance", 1200, 700, 500, 300, "crowd_estimate", True],
        ["EV-02", N, "03/02/2004", 1, "Siem Riep", "", "B", "performance", "1.100", 600, 500, 250, "register", True],
        ["EV-03", N, DAY, 1, "Batambang", "", "C", "performance", "about 300", 180, 160, 90, "register", True],
        ["EV-03", N, DAY, 1, "KH02", "", "D", "performance", 900, 500, 400, 200, "register", True],
        ["Total", *[None] * 7, 3500, 1980, 1560, 840],
    ],
    "Trainings": [
        TRAININGS,
        ["TR-01", N, DAY, DAY, "Phnom Penh", "police", "law", 25, 6, 25, True],
        ["TR-02", N, DAY, dt.date(2004, 2, 8), "Kandal", "judges", "law", 18, 20, 18, True],
    ],
    "Clients": [
        [*CLIENTS[:3], "Name", *CLIENTS[3:]],
        ["CL-0001", N, DAY, "Sok Dara", "F", "18+", "victim", "Forced labour", "Prey Veng", "yes", True],
        ["CL-0002", N, DAY, "Chan Sophea", "F", "15-17", "at risk", "", "Svay Rieng", "no", True],
    ],
    "Services": [
        SERVICES,
        ["SV-1", "CL-0001", N, "scholarship", DAY, None, "ongoing", "$120", "Prey Veng", True],
        ["SV-2", "CL-0003", N, "job placement", DAY, DAY, "completed", None, "Prey Veng", True],
    ],
    "Cases": [
        CASES,
        ["CA-1", N, "referred", "trafficking", DAY, None, DAY, None, None, "convicted", 2, "=K2-1", 1, "KH12", True],
    ],
}  # fmt: skip


@pytest.fixture
def sent(tmp_path):
    """The workbook as it was sent, with a hidden sheet of the year before."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in SHEETS.items():
        for row in [book.create_sheet(title), *rows][1:]:
            book[title].append(row)
    book.copy_worksheet(book["Cases"]).sheet_state = "hidden"
    return book, tmp_path / "NGO01 Q1 2004.xlsx"


def found(book, path):
    """Sheet, cells or rows, rule and mend of every fault."""
    book.save(path)
    return {(fault.sheet, ", ".join(fault.cells or map(str, fault.rows)), fault.rule): fault.mend
            for fault in assess(str(path)).faults}  # fmt: skip


def test_a_workbook_with_fourteen_faults_is_clean_after_two_rounds(sent):
    book, path = sent
    first = found(book, path)
    assert set(first) == {
        ("Activities", "", "the table has no such column"),
        ("Activities", "C5", "must be a date written YYYY-MM-DD"),
        ("Activities", "I5", "is ambiguous: the point can mean thousands or decimals"),
        ("Activities", "I6, J6, K6", "breaks “Women and men together are not more than the total”"),
        ("Activities", "A6, A7", "must be in one row only"),
        ("Trainings", "F3", "must be one of police, prosecutor_judge, teacher, community_member, migrant_worker, "
                            "peer_educator, social_worker"),
        ("Trainings", "C3, D3", "breaks “A course starts on or before its last day”"),
        ("Trainings", "I3, H3", "breaks “Women are not more than all participants”"),
        ("Clients", "", "the column looks as if it identified people: the table is refused"),
        ("Services", "B3", "must be a client_id of clients"),
        ("Cases", "L2", "the cell has a formula without a stored value"),
    }  # fmt: skip
    assert "did you mean adm1_code" in first["Activities", "", "the table has no such column"]
    assert "Sok" not in str(first)

    for cell, value in {"E3": "adm1_code", "C5": "2004-02-03", "I5": "1100", "I6": 340, "A7": "EV-04"}.items():
        book["Activities"][cell] = value
    for cell, value in {"F3": "prosecutor_judge", "D3": dt.date(2004, 3, 1), "I3": 8}.items():
        book["Trainings"][cell] = value
    book["Clients"].delete_cols(4)
    book["Services"]["B3"] = "CL-0002"
    book["Cases"]["L2"] = 1
    second = found(book, path)
    assert {key: mend.split(";")[0] for key, mend in second.items()} == {
        ("Activities", "8", "the row is a total that is not the sum of the rows above it"):
            "look for rows that are missing or were not read, and delete the row: totals are computed here",
        ("Activities", "E6", "must be a province of Cambodia"): "for “Batambang” perhaps Battambang",
        ("Cases", "I2, J2, L2", "breaks “A conviction has the date of its judgment”"):
            "fill judgment_date, or correct outcome and n_convictions",
    }  # fmt: skip

    book["Activities"]["E6"] = "Battambang"
    book["Activities"].delete_rows(8)
    book["Cases"]["I2"] = DAY
    assert found(book, path) == {}
