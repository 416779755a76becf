"""Rows of records on a page: marked INTERNAL, and never from an edition."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from small_edition import small_edition

from ctip_analysis.base.errors import NotReleasedError
from ctip_analysis.edition.edition import Internal
from ctip_analysis.page.listing import listing

ROWS = pd.DataFrame(
    {
        "event_date": [date(2004, 3, 26), None],
        "attendance_total": [7400, None],
        "count_method": ["register", "unknown"],
    }
)


def internal() -> Internal:
    edition = small_edition()
    return Internal(edition.frame, indicators=edition.indicators, info=edition.info)


def test_a_listing_says_internal_and_synthetic_in_its_caption():
    page = listing(internal(), ROWS, "Two events").html()
    assert page.index("INTERNAL") < page.index("</caption>") and "SYNTHETIC" in page


def test_values_read_as_people_write_them_and_blanks_as_a_dash():
    table = listing(internal(), ROWS, "Two events", {"attendance_total": "attendances"})
    assert table.rows == (("2004-03-26", "7,400", "register"), ("–", "–", "unknown"))
    assert table.columns == ("Event date", "Attendance total\nattendances", "Count method")


def test_an_edition_is_refused_because_it_holds_no_records():
    with pytest.raises(NotReleasedError, match="takes an Internal table, got Released"):
        listing(small_edition(), ROWS, "Two events")
