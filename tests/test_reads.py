"""What a report read of an edition: a change in it is seen, a change in the rest is not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_edition import small_edition

from ctip_analysis.base import periods
from ctip_analysis.edition import reads
from ctip_analysis.edition.read import CELL_COLUMNS, KEYS, Released
from ctip_analysis.edition.reads import Contents, Read, conditions
from ctip_analysis.runs.plan import Edition

VALUES = {
    "indicator": ["held", "came"],
    "period": ["2003", "2003-12", "2004Q1", "2004", "2003-01-01/2004-12-31"],
    "adm1_code": ["", "KH01", "KH12"],
    "sex": ["", "female"],
}
FRAME = pd.DataFrame(
    [
        {
            **dict.fromkeys(CELL_COLUMNS, ""),
            **dict(zip(VALUES, row, strict=True)),
            "value": 1.0,
            "status": "shown",
        }
        for row in itertools.product(*VALUES.values())
    ]
)


def some(values: list[str]) -> st.SearchStrategy[str | list[str] | None]:
    """Any value, one, or several, one of which no cell may have."""
    return st.none() | st.sampled_from(values) | st.lists(st.sampled_from([*values, "other"]), min_size=1)


wanted_cells = st.fixed_dictionaries({column: some(values) for column, values in VALUES.items()})
last_periods = st.sampled_from(["", "2003", "2003-12", "2004Q1", "2004"])


def is_wanted(row: dict, wanted: dict, last: str) -> bool:
    """By hand: every column has a value that is wanted, and the period has ended by then."""
    for column, value in wanted.items():
        if value is not None and row[column] not in ([value] if isinstance(value, str) else value):
            return False
    return not last or periods.span(row["period"])[1] <= periods.span(last)[1]


def digest(frame: pd.DataFrame, read: Read) -> str:
    return Contents({"frame": frame}).digest(read)


@settings(max_examples=60, deadline=None)
@given(
    wanted_cells, last_periods, st.integers(0, len(FRAME) - 1), st.sampled_from(["value", "status", "kind"])
)
def test_a_change_of_a_cell_is_seen_exactly_by_whom_it_was_read(wanted, last, at, column):
    read = Read("frame", last, conditions(wanted))
    changed = FRAME.copy()
    changed.loc[at, column] = 2.0 if column == "value" else "other"
    is_seen = digest(changed, read) != digest(FRAME, read)
    assert is_seen == is_wanted(FRAME.loc[at].to_dict(), wanted, last)


@settings(max_examples=40, deadline=None)
@given(wanted_cells, last_periods, st.integers(0, len(FRAME) - 1))
def test_a_cell_that_goes_or_comes_is_seen_exactly_by_whom_it_was_read(wanted, last, at):
    read = Read("frame", last, conditions(wanted))
    is_seen = digest(FRAME.drop(index=at).reset_index(drop=True), read) != digest(FRAME, read)
    assert is_seen == is_wanted(FRAME.loc[at].to_dict(), wanted, last)


@settings(max_examples=20, deadline=None)
@given(wanted_cells, last_periods, st.randoms(use_true_random=False))
def test_the_order_of_cells_is_no_change(wanted, last, random):
    read, order = Read("frame", last, conditions(wanted)), list(FRAME.index)
    random.shuffle(order)
    assert digest(FRAME.loc[order].reset_index(drop=True), read) == digest(FRAME, read)


def test_two_cells_that_change_places_are_a_change():
    """The national figure and that of a province: the same numbers, and another table."""
    frame = FRAME.assign(value=range(len(FRAME)))
    swapped = frame.copy()
    first, other = frame.index[frame["adm1_code"].eq("")][0], frame.index[frame["adm1_code"].eq("KH12")][0]
    swapped.loc[[first, other], "value"] = frame.loc[[other, first], "value"].to_numpy()
    read = Read("frame")
    assert digest(swapped, read) != digest(frame, read)


@pytest.mark.parametrize("last, seen", [("", True), ("2003", False), ("2004", True)])
def test_a_new_period_is_seen_unless_the_report_ends_before(last, seen):
    held = FRAME[FRAME["period"].ne("2004Q1")].reset_index(drop=True)
    assert (digest(FRAME, Read("periods", last)) != digest(held, Read("periods", last))) == seen


@pytest.fixture
def noted() -> Iterator[list[Read]]:
    """Nothing was read yet; nothing stays noted."""
    reads.forget()
    yield reads.noted
    reads.forget()


def contents(edition: Released) -> Contents:
    return Edition.of(None, edition).contents


def with_cell(edition: Released, at: int) -> Released:
    """The same edition with one more of what the cell *at* counts."""
    frame = vars(edition)["frame"].copy()
    frame.loc[at, "value"] = (0 if pd.isna(frame.loc[at, "value"]) else frame.loc[at, "value"]) + 1
    return edition.with_parts(frame=frame)


AT = small_edition().rows(period="2003", adm1_code="KH03")[KEYS]
LOOKS = {
    "a place": lambda edition: edition.select("performances_held", period="2004", adm1_code="KH12"),
    "all places": lambda edition: edition.select("performances_held", grain="year", adm1_code=None),
    "a total": lambda edition: edition.select("clients_assisted"),
    "rows": lambda edition: edition.rows(period="2004", adm1_code=["KH01", "KH12"], partner=""),
    "until": lambda edition: edition.until("2003").select("performances_held", adm1_code=None),
    "rows until": lambda edition: edition.until("2003").rows(adm1_code="KH12"),
    "beside": lambda edition: AT.merge(edition.beside(AT), on=KEYS, validate="one_to_one"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_whatever_a_figure_was_given_is_noted(noted, look):
    """One cell after the other is changed by one: where what the look gives is another, so is the digest."""
    edition = small_edition()
    given = look(edition)
    read = reads.noted()
    before = contents(edition).of(read)
    for at in range(0, len(vars(edition)["frame"]), 197):
        changed = with_cell(edition, at)
        if not look(changed).reset_index(drop=True).equals(given.reset_index(drop=True)):
            assert contents(changed).of(read) != before
    assert len(given)


def test_another_province_is_not_read(noted):
    edition = small_edition()
    edition.select("performances_held", period="2004", adm1_code="KH12")
    frame, before = vars(edition)["frame"], contents(edition).of(reads.noted())
    own = (
        frame["indicator"].eq("performances_held")
        & frame["period"].eq("2004")
        & frame["adm1_code"].eq("KH12")
    )
    assert contents(with_cell(edition, int(own.idxmax()))).of(reads.noted()) != before
    assert contents(with_cell(edition, int((~own).idxmax()))).of(reads.noted()) == before


@pytest.mark.parametrize("part", ["published", "context", "population", "targets", "indicators"])
def test_a_table_is_read_as_a_whole(noted, part):
    edition = small_edition()
    assert len(getattr(edition, part))
    table = vars(edition)[part].astype(object).copy()
    table.iloc[-1, -1] = "another"
    assert [one.part for one in reads.noted()] == [part]
    assert contents(edition.with_parts(**{part: table})).of(reads.noted()) != contents(edition).of(
        reads.noted()
    )


def test_a_boundary_that_moves_is_a_change_for_whom_draws_a_map(noted):
    edition = small_edition()
    edition.provinces("2004")
    moved = edition.geometry.assign(geometry=edition.geometry.translate(0.001))
    assert contents(edition.with_parts(geometry=moved)).of(reads.noted()) != contents(edition).of(
        reads.noted()
    )


@pytest.mark.parametrize("key, is_change", [("id", False), ("commit", False), ("package_version", False),
                                            ("rules", True), ("basis", True), ("is_synthetic", True)])  # fmt: skip
def test_of_what_an_edition_says_of_itself_only_its_number_is_no_content(noted, key, is_change):
    edition = small_edition()
    assert edition.info
    other = edition.with_parts(info={**edition.info, key: "another"})
    assert (contents(other).of(reads.noted()) != contents(edition).of(reads.noted())) == is_change


def test_what_is_taken_along_is_not_read(noted):
    edition = small_edition()
    reads.forget()
    edition.until("2003").with_parts(last_period="2003")
    assert reads.noted() == []
