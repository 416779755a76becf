"""What is planted in valid files is found, each and nothing else; and no bytes end in anything but a sentence."""

from __future__ import annotations

import random
import re
import time
import warnings
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from record_folder import MINIMAL, write_minimal
from table_files import FORMATS, Cell, write

from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import load_records

HEADER, FIRST, _ = (line.split(",") for line in MINIMAL["campaign_events"].splitlines())
WRONG: dict[str, tuple[str, ...]] = {
    "event_date": ("#REF!", "03/04/2004", "31/12/2004", "2004-13-01", "yesterday", "2548", "FY04", "1897-01-01"),
    "campaign_year": ("9", "KH12", "second"),
    "adm1_code": ("Nowhere", "KH26", "-9", "13 provinces", "Tbong Khmum", ""),
    "event_type": ("show + bike", "1", ""),
    "attendance_total": ("#N/A", "#DIV/0!", "3.000", "-5", "12.5", "45000", "<5", "50%", "300-500", "many", "2E+99"),
    "count_method": ("guess", "0"),
    "is_synthetic": ("perhaps", "2"),
    "partner_id": ("UNKNOWN1", "iom!"),
}
CELLS = [(column, text) for column, texts in WRONG.items() for text in texts]
N_ROWS = 12
SECRET = "Qzxwvk"  # a placeholder for what a sensitive cell may have


def own(nth: int) -> dict[str, str]:
    """What no other event has, so that no two may be one event that was reported twice."""
    day = f"2004-{1 + nth // 28:02d}-{1 + nth % 28:02d}"
    return {
        "event_id": f"EV-{nth}",
        "event_date": day,
        "commune": f"Commune {nth}",
        "attendance_total": f"{100 + nth}",
    }


def valid() -> list[list[Cell]]:
    event = dict(zip(HEADER, FIRST, strict=True))
    event |= dict.fromkeys(("attendance_female", "attendance_male", "attendance_under18"), "")
    return [
        list(HEADER),
        *(list((event | own(nth)).values()) for nth in range(N_ROWS)),
    ]


def found_in(folder: Path) -> set[tuple[str, int]]:
    """Column and row of each fault."""
    with pytest.raises(DataError) as caught:
        load_records(folder)
    return {(fault.column, row) for fault in caught.value.faults for row in fault.rows or (0,)}


@pytest.mark.long
@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    planted=st.lists(
        st.tuples(st.integers(1, N_ROWS), st.sampled_from(CELLS)),
        min_size=1, max_size=3, unique_by=lambda cell: (cell[0], cell[1][0]),
    )
)  # fmt: skip
def test_as_many_faults_are_found_as_were_planted(tmp_path_factory, form, planted):
    folder = write_minimal(tmp_path_factory.mktemp("planted"))
    rows = valid()
    for row, (column, text) in planted:
        rows[row][HEADER.index(column)] = text
    write(folder, "campaign_events", rows, form)
    assert found_in(folder) == {(column, row + 1) for row, (column, _) in planted}


def test_each_kind_of_cell_is_found_where_every_kind_is_planted(tmp_path):
    """One row a kind; every row is refused in its column and in no other."""
    folder = write_minimal(tmp_path / "records")
    event = dict(zip(*[valid()[0], valid()[1]], strict=True))
    rows = [event | own(nth) | {column: text} for nth, (column, text) in enumerate(CELLS)]
    write(folder, "campaign_events", [HEADER, *(list(row.values()) for row in rows)], "csv")
    assert found_in(folder) == {(column, nth) for nth, (column, _) in enumerate(CELLS, start=2)}


# Anything at all


def only_a_sentence(folder: Path) -> None:
    """The folder is read, or refused in words without a secret, and in bounded time."""
    began = time.process_time()
    try:
        load_records(folder)
    except DataError as error:
        assert error.faults and SECRET not in str(error)
    assert time.process_time() - began < 20


CELL = st.one_of(
    st.sampled_from(["", "=1+1", "#N/A", "NaN", "inf", "-", "1e309", "\u200b", "TOTAL", "'", '"', "\\", "២០០៤"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x17FF, exclude_categories=["Cs"]), max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.dates().map(str),
)  # fmt: skip


@pytest.mark.long
@settings(max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(form=st.sampled_from(FORMATS), cells=st.lists(st.lists(CELL, min_size=10, max_size=10), max_size=4))
def test_cells_of_any_text_end_in_a_sentence(tmp_path_factory, form, cells):
    folder = write_minimal(tmp_path_factory.mktemp("fuzzed"))
    header, first, _ = (line.split(",") for line in MINIMAL["clients"].splitlines())
    secret = [SECRET if name in ("client_id", "sex", "exploitation_type") else cell
              for name, cell in zip(header, first, strict=True)]  # fmt: skip
    unwritable = dict.fromkeys([*range(32), *range(127, 160)], " ")
    rows = [
        header,
        secret,
        *([cell.translate(unwritable).replace("<table:", "") for cell in row] for row in cells),
    ]
    write(folder, "clients", rows, form)
    only_a_sentence(folder)


@pytest.mark.long
@pytest.mark.parametrize("form", FORMATS)
def test_bytes_changed_anywhere_end_in_a_sentence(tmp_path, form):
    draw = random.Random(form)
    folder = write_minimal(tmp_path / "records")
    header, first, other = (line.split(",") for line in MINIMAL["clients"].splitlines())
    whole = write(folder, "clients", [header, [SECRET, *first[1:]], other], form).read_bytes()
    for _ in range(5):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 20)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        if draw.random() < 0.3:
            del content[draw.randrange(len(content)) :]
        (folder / f"clients.{form}").write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            only_a_sentence(folder)


def memory(what: str) -> int:
    """Megabytes that this process has (VmRSS), or had at most (VmHWM)."""
    return int(re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024


@pytest.mark.parametrize("place, said", [
    ("A1048576", "row 1048576: the row has one filled cell"),
    ("XFD3", "row 3: the row has a value in column XFD, where the header has no name"),
    ("XFD1048576", "row 1048576: the row has a value in column XFD, where the header has no name"),
])  # fmt: skip
def test_a_stray_cell_costs_less_than_three_seconds_and_200_megabytes(tmp_path, place, said):
    folder = write_minimal(tmp_path / "records")
    book = openpyxl.Workbook()
    for row in valid():
        book.active.append(row)
    book.active[place] = "x"
    (folder / "campaign_events.csv").unlink()
    book.save(folder / "campaign_events.xlsx")
    Path("/proc/self/clear_refs").write_text("5")  # what it had at most is counted from here on
    began, had = time.process_time(), memory("VmRSS")
    with pytest.raises(DataError) as caught:
        load_records(folder)
    assert time.process_time() - began < 3 and memory("VmHWM") - had < 200
    assert said in str(caught.value.faults[0])
    assert {row for fault in caught.value.faults for row in fault.rows} == {int(place.lstrip("AXFD"))}
