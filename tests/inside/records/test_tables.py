"""The little language that says which rows count."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from ctip_analysis.base.errors import DataError
from ctip_analysis.inside.records import tables

ROWS = ibis.memtable(
    pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "kind": ["play", "video", None],
            "n": pd.array([1, 2, None], dtype="Int64"),
            "on": pd.to_datetime(["2003-12-31", "2004-01-01", None]),
            "done": [True, False, False],
        }
    )
).mutate(on=ibis._.on.cast("date"))


@pytest.mark.parametrize(
    "text, ids",
    [
        pytest.param("", "abc", id="nothing said, all rows"),
        pytest.param("kind=play", "a", id="equal"),
        pytest.param("kind=play|video", "ab", id="one of several"),
        pytest.param("kind!=play", "b", id="a blank is not unequal"),
        pytest.param("n>=2", "b", id="compared as a number"),
        pytest.param("n=1|2; done=false", "b", id="clauses all hold"),
        pytest.param("kind=play or n is blank", "ac", id="or"),
        pytest.param("kind is not blank; year(on)=2004", "b", id="year of a date"),
        pytest.param("on<=2003-12-31 or on is blank", "ac", id="date"),
    ],
)
def test_rows_kept(text, ids):
    assert "".join(sorted(tables.filtered(ROWS, text).to_pandas()["id"])) == ids


@pytest.mark.parametrize(
    "text, said",
    [
        pytest.param("kind", "can't be read", id="no comparison"),
        pytest.param("sort=play", "names a column 'sort'; the table has id, kind", id="unknown column"),
        pytest.param("n=two", "'two' is no int64", id="wrong type"),
        pytest.param("done=yes", "'yes' is no boolean", id="no boolean"),
        pytest.param("n<1|2", "must have one value", id="order with several values"),
        pytest.param("year(kind)=2004", "kind is no date", id="year of a text"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(text, said):
    with pytest.raises(DataError, match=said.replace("(", r"\(")):
        tables.filtered(ROWS, text)
