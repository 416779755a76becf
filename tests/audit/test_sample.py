"""What is handed over of the shipped sample gives nothing away to somebody who knows the true numbers' relations."""

from __future__ import annotations

import pytest

from ctip_analysis.attacker.attack import attack, opened
from ctip_analysis.edition import KEYS, open_edition
from ctip_analysis.edition.copies import read_copy, write_copy
from ctip_analysis.inside import count


@pytest.mark.long
def test_a_fiscal_edition_read_back_from_the_data_handed_over_is_not_opened(edition_fy2004, records, tmp_path):
    """Its quarters and years end elsewhere than those of the calendar, and so do its spans to date."""
    write_copy(edition_fy2004, open_edition(edition_fy2004), tmp_path / "FY2004")
    found = attack([read_copy(tmp_path / "FY2004")])
    assert set(found["period_basis"]) == {"fiscal", "to_date"} and len(found) > 200
    truth = count(records, year=2004, basis="fiscal")
    assert opened(found, truth[[*KEYS, "value"]]).empty
