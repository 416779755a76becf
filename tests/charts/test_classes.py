"""Classes of a map: rounded first, in words, without gaps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.charts.classes import breaks_for, class_names, classify


def frame(values, unit="", status=None):
    found = pd.DataFrame({"value": values, "unit": unit})
    return found if status is None else found.assign(status=status)


def test_a_number_is_rounded_as_printed_before_it_is_classified():
    found = classify(frame([39.96, 69.96, 12.0], "cases per 1,000 residents"), "value", [40, 70])
    assert list(found) == ["40 to 69.9", "70 or more", "under 40"]


def test_zero_withheld_no_data_and_not_applicable_are_classes_of_their_own():
    status = ["shown", "shown", "withheld", "no_data", "not_applicable"]
    found = classify(frame([0, 5, np.nan, np.nan, np.nan], "cases", status), "value", [10])
    assert list(found) == ["none", "under 10", "withheld to protect people", "no data", "not applicable"]


def test_a_missing_value_without_a_status_has_no_data():
    assert list(classify(frame([np.nan, 12]), "value", [10])) == ["no data", "10 or more"]


@pytest.mark.parametrize(
    "breaks, unit, values, names",
    [
        ([500, 1_000], "attendances", [3, 1_200], ["under 500", "500 to 999", "1,000 or more"]),
        ([2], "cases", [1, 2], ["1", "2 or more"]),
        ([2, 3], "cases", [1, 2, 3], ["1", "2", "3 or more"]),
        ([50], "percent of clients", [12.5, 60.0], ["under 50%", "50% or more"]),
        ([10, 20], "cases", [2.5, 15], ["under 10", "10 to 19.9", "20 or more"]),
        ([], "cases", [4, 4], ["4"]),
        ([], "cases", [], ["more than 0"]),
    ],
)
def test_classes_are_named_in_words(breaks, unit, values, names):
    assert class_names(breaks, unit, pd.Series(values, dtype=float)) == names


@pytest.mark.parametrize("breaks", [[3, 2], [0, 4], [-1, 5], [2, 2]])
def test_breaks_that_do_not_ascend_are_refused(breaks):
    with pytest.raises(ParameterError, match="breaks must be positive and ascend; found"):
        classify(frame([1, 2]), "value", breaks)


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_breaks_ascend_and_part_the_numbers_into_at_most_five_classes(values):
    breaks = breaks_for(frame(pd.Series(values, dtype=float)))
    assert breaks == sorted(set(breaks)) and len(breaks) <= 4
    above = [value for value in values if value > 0]
    assert all(min(above) < cut <= max(above) for cut in breaks)


def test_what_is_not_shown_moves_no_break():
    shown = frame([1.0, 2.0, 3.0], status="shown")
    hidden = frame([900.0], status="withheld")
    assert breaks_for(pd.concat([shown, hidden])) == breaks_for(shown)
