"""Errors are sentences: what, where, expected, found, what to do."""

from __future__ import annotations

import pytest

from ctip_analysis.base.errors import CtipError, DataError, Fault, ParameterError, mistake, suggestion


def test_a_fault_names_file_column_rows_finding_and_remedy():
    fault = Fault(
        "events.csv", "must be a day", column="event_date", rows=(4, 9), found="'soon'", mend="write 2004-03-01"
    )
    assert str(fault) == "events.csv, column event_date, row 4, 9: must be a day; found 'soon' → write 2004-03-01"


def test_many_rows_are_counted_after_five():
    assert str(Fault("a.csv", "x", rows=tuple(range(2, 1_010)))) == "a.csv, row 2, 3, 4, 5, 6 and 1,003 more: x"


def test_every_fault_of_a_file_is_in_one_error():
    error = DataError("2 faults", [Fault("a.csv", "one"), Fault("b.csv", "two")])
    assert str(error).splitlines() == ["2 faults", "  - a.csv: one", "  - b.csv: two"]


def test_a_wrong_argument_has_exit_code_two_and_anything_else_one():
    assert (ParameterError.exit_code, CtipError.exit_code, DataError.exit_code) == (2, 1, 1)


def test_a_mistake_of_our_own_never_quotes_the_error():
    try:
        raise KeyError("Sok Dara")
    except KeyError as error:
        said = mistake(error)
    assert "KeyError at test_errors.py line" in said and "Sok" not in said


@pytest.mark.parametrize("name, known, said", [
    pytest.param("mnth", ["month", "year"], "; did you mean month?", id="one is near"),
    pytest.param("xyz", ["month", "year"], "; there are month, year", id="none is near, few there are"),
    pytest.param("xyz", [str(n) for n in range(30)], "; there are 0, 1, 2, 3, 4, 5, 6, 7 and 22 more", id="many"),
    pytest.param("xyz", [], "", id="none at all"),
])  # fmt: skip
def test_an_unknown_name_is_answered_with_the_nearest(name, known, said):
    assert suggestion(name, known) == said
