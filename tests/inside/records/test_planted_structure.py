"""Every kind of dirt that is more than a wrong cell, alone and three at a time: N planted is N found, no more."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from record_folder import MINIMAL, write_minimal
from table_files import FORMATS, Cell, Layout, write

from ctip_analysis.inside.records.intake import Intake

HEADER, FIRST, _ = (line.split(",") for line in MINIMAL["campaign_events"].splitlines())
PLACE = {name: place for place, name in enumerate(HEADER)}
EACH = 4  # rows that one kind may change
WORKBOOKS = ("xlsx", "xlsm", "xls", "ods")
ROWED = tuple(form for form in FORMATS if form != "parquet")  # a program writes Parquet: it has no titles or remarks
Row = list[Cell]


@dataclass
class Sent:
    """A table on its way into a file, and what must be found in it; rows are objects, for they move."""

    rows: list[Row]
    above: list[Row] = field(default_factory=list)
    hidden: list[Row] = field(default_factory=list)
    flat: list[Row] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    merged: list[tuple[Row, Row, int]] = field(default_factory=list)
    days: int = 0
    old: list[Row] = field(default_factory=list)
    faults: list[tuple[str, Row | None]] = field(default_factory=list)
    doubts: list[tuple[str, Row | None]] = field(default_factory=list)
    left_out: list[Row | None] = field(default_factory=list)

    def number(self, row: Row | None) -> int:
        """The row as a person sees it; 0 for the whole sheet or column."""
        return 0 if row is None else next(n for n, one in enumerate([*self.above, *self.rows], 1) if one is row)

    def write(self, folder: Path, form: str) -> None:
        places = {name: [self.number(row) for row in getattr(self, name)] for name in ("hidden", "flat")}
        merged = [(self.number(one), at + 1, self.number(last), at + 1) for one, last, at in self.merged]
        layout = Layout(**places, unseen=self.unseen, merged=merged, days=self.days, old=self.old)
        write(folder, "campaign_events", [*self.above, *self.rows], form, layout=layout)


def event(nth: int) -> Row:
    own = {"event_id": f"EV-{nth}", "event_date": f"2004-{1 + nth // 28:02d}-{1 + nth % 28:02d}",
           "commune": f"Commune {nth}", "attendance_total": 100 + nth, "attendance_female": "",
           "attendance_male": "", "attendance_under18": ""}  # fmt: skip
    return list((dict(zip(HEADER, FIRST, strict=True)) | own).values())


def titles(sent: Sent, rows: list[Row]) -> None:
    sent.above += [["Campaign of 2004", *[""] * 13], [""] * 14]


def header_again(sent: Sent, rows: list[Row]) -> None:
    again: Row = [name.upper() for name in HEADER]
    sent.rows.insert(sent.number(rows[1]) - 1 - len(sent.above), again)
    sent.left_out.append(again)


def total(sent: Sent, rows: list[Row]) -> None:
    """Computed when everything else is planted, over what is seen."""
    sent.rows.append(["Total", *[""] * 13])
    sent.left_out.append(sent.rows[-1])


def twice(sent: Sent, rows: list[Row]) -> None:
    rows[1][1:] = rows[0][1:]
    rows[1][PLACE["partner_id"]] = "NGO01"
    columns = "event_date, adm1_code, event_type"
    sent.faults += [(columns, rows[0]), (columns, rows[1])]


def id_again(sent: Sent, rows: list[Row]) -> None:
    rows[1][0] = f"{rows[0][0]}".lower()
    sent.faults += [("event_id", rows[0]), ("event_id", rows[1])]


def id_with_what_is_not_seen(sent: Sent, rows: list[Row]) -> None:
    rows[1][0] = f"\u200b{rows[0][0]}\u00a0"
    sent.faults += [("event_id", rows[0]), ("event_id", rows[1])]


def missing_code(sent: Sent, rows: list[Row]) -> None:
    rows[0][PLACE["attendance_total"]] = "N/A"
    sent.left_out.append(rows[0])


def code_that_nobody_declared(sent: Sent, rows: list[Row]) -> None:
    rows[0][PLACE["attendance_total"]] = "-9"
    sent.faults.append(("attendance_total", rows[0]))


def error_in_a_cell(sent: Sent, rows: list[Row]) -> None:
    rows[0][PLACE["event_date"]] = "#N/A"
    sent.faults.append(("event_date", rows[0]))


def formula(sent: Sent, rows: list[Row]) -> None:
    rows[0][PLACE["attendance_total"]] = "=1+1"
    sent.faults.append(("attendance_total", rows[0]))


def open_formula(sent: Sent, rows: list[Row]) -> None:
    element = '<table:table-cell table:formula="of:=1+1" office:value-type="float"/>'
    rows[0][PLACE["attendance_total"]] = element
    sent.faults.append(("attendance_total", rows[0]))


def name_of_a_person(sent: Sent, rows: list[Row]) -> None:
    rows[0][PLACE["district"]] = "Sok Dara"
    sent.faults.append(("district", None))


def remark(sent: Sent, rows: list[Row]) -> None:
    sent.rows.append(["checked by the field office", *[""] * 13])
    sent.faults.append(("", sent.rows[-1]))


def quarters_that_only_grow(sent: Sent, rows: list[Row]) -> None:
    for row, day in zip(rows, ("03-31", "06-30", "09-30", "12-31"), strict=True):
        row[PLACE["partner_id"]], row[PLACE["event_date"]], row[PLACE["adm1_code"]] = "NGO01", f"2004-{day}", "KH17"
    sent.doubts += [("attendance_total", row) for row in rows]


def text_merged_downwards(sent: Sent, rows: list[Row]) -> None:
    rows[1][PLACE["adm1_code"]] = ""
    sent.merged.append((rows[0], rows[1], PLACE["adm1_code"]))


def number_merged_downwards(sent: Sent, rows: list[Row]) -> None:
    rows[1][PLACE["attendance_total"]] = ""
    sent.merged.append((rows[0], rows[1], PLACE["attendance_total"]))
    sent.faults += [("attendance_total", rows[0]), ("attendance_total", rows[1])]


def hidden_sheet(sent: Sent, rows: list[Row]) -> None:
    sent.old = [HEADER, event(900)]
    sent.left_out.append(None)


def hidden_row(sent: Sent, rows: list[Row]) -> None:
    sent.hidden.append(rows[0])
    sent.left_out.append(rows[0])


def row_without_height(sent: Sent, rows: list[Row]) -> None:
    sent.flat.append(rows[0])
    sent.left_out.append(rows[0])


def hidden_column(sent: Sent, rows: list[Row]) -> None:
    sent.unseen.append(PLACE["commune"] + 1)
    sent.doubts.append(("commune", None))


def days_since_1904(sent: Sent, rows: list[Row]) -> None:
    sent.days = PLACE["event_date"] + 1


Kind = Callable[[Sent, list[Row]], None]
KINDS: dict[Kind, tuple[str, ...]] = {
    **dict.fromkeys([twice, id_again, id_with_what_is_not_seen, missing_code, code_that_nobody_declared,
                     error_in_a_cell, name_of_a_person, quarters_that_only_grow, total], FORMATS),
    **dict.fromkeys([titles, header_again, remark], ROWED),
    **dict.fromkeys([text_merged_downwards, number_merged_downwards, hidden_sheet, hidden_row, hidden_column],
                    WORKBOOKS),
    days_since_1904: ("xlsx", "xlsm", "xls"), row_without_height: ("xlsx", "xlsm", "xls"),
    formula: ("xlsx", "xlsm"), open_formula: ("ods",),
}  # fmt: skip
ALONE = [(kind, form) for kind, forms in KINDS.items() for form in forms]


def planted(kinds: list[Kind]) -> Sent:
    rows = [event(nth) for nth in range(EACH * (len(kinds) + 1))]
    sent = Sent([list(HEADER), *rows])
    for at, kind in enumerate(kinds):
        kind(sent, rows[EACH * at : EACH * (at + 1)])
    if total in kinds:
        seen = [row for row in sent.rows if not any(row is one for one in sent.hidden + sent.flat)]
        numbers = [row[PLACE["attendance_total"]] for row in seen]
        last = next(row for row in sent.rows if row[0] == "Total")
        last[PLACE["attendance_total"]] = sum(one for one in numbers if isinstance(one, int))
    return sent


def found_in(folder: Path) -> tuple[list[tuple[str, int]], ...]:
    """Column and row of each fault, of each doubt, and the row of each thing left out."""
    intake = Intake(folder)
    faults, doubts = (
        sorted((fault.column, row) for fault in found for row in fault.rows or (0,))
        for found in (intake.faults, intake.warnings)
    )
    left_out = sorted(("", row) for note in intake.notes for row in note.rows or (0,))
    intake.close()
    return faults, doubts, left_out


def is_found(folder: Path, kinds: list[Kind], form: str) -> None:
    sent = planted(kinds)
    sent.write(write_minimal(folder), form)
    faults, doubts = (
        sorted((column, sent.number(row)) for column, row in meant) for meant in (sent.faults, sent.doubts)
    )
    left_out = sorted(("", sent.number(row)) for row in sent.left_out)
    assert found_in(folder) == (faults, doubts, left_out)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "form"), ALONE, ids=lambda one: getattr(one, "__name__", one))
def test_a_kind_that_is_planted_alone_is_found_and_nothing_else(tmp_path, kind, form):
    is_found(tmp_path, [kind], form)


@pytest.mark.long
@pytest.mark.parametrize("form", FORMATS)
def test_three_kinds_that_are_planted_together_are_found_each(tmp_path, form):
    able = [kind for kind, forms in KINDS.items() if form in forms]
    for nth, kinds in enumerate(random.Random(form).sample(list(itertools.combinations(able, 3)), 8)):
        is_found(tmp_path / str(nth), list(kinds), form)


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_a_table_without_its_header_is_one_fault_that_repeats_no_cell(tmp_path, form):
    sent = planted([])
    del sent.rows[0]
    sent.write(write_minimal(tmp_path), form)
    (fault,) = Intake(tmp_path).faults
    assert not fault.rows and not any(str(cell) in str(fault) for row in sent.rows for cell in row[:3] if cell != "IOM")
