"""The annual report as it is handed over holds nothing that must not leave, nor does it give it away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ctip_analysis.attacker.attack import attack, opened
from ctip_analysis.audit.alt import alt_numbers
from ctip_analysis.audit.editions import read_copy
from ctip_analysis.audit.html import soup_of
from ctip_analysis.audit.known import Known, plain
from ctip_analysis.audit.scan import audit
from ctip_analysis.edition.read import KEYS, read_edition
from ctip_analysis.inside.counting.count import count
from ctip_analysis.runs.batch import report
from ctip_analysis.runs.handover import hand_over
from ctip_analysis.runs.report import wanted


@pytest.fixture(scope="module")
def page(tmp_path_factory, edition_2004) -> Path:
    return report(
        edition_2004, wanted("90_annual_report", {"year": 2004}), tmp_path_factory.mktemp("annual") / "out"
    ).page


def test_the_annual_report_of_the_sample_is_cleared(page):
    assert audit([page.parent]) == []


def test_every_value_in_its_alternative_texts_is_tied_to_its_place(page):
    """A value before its period in brackets, or behind the province it belongs to, can't be another one."""
    known = Known(read_copy(page.parent / "data" / "2004").until("2004"))
    changed = 0
    for image in soup_of(page.read_text(encoding="utf-8")).find_all("img"):
        alt = plain(str(image["alt"]))
        assert alt_numbers(alt, known.released, known.left_over) == 0
        for value in re.finditer(
            r"(?:First|highest|last) (\d[\d,]*) \(|(?:Highest|lowest above zero): [^(;]+\((\d[\d,]*)\)", alt
        ):
            at = value.span(1 if value[1] else 2)
            changed += 1
            assert alt_numbers(f"{alt[: at[0]]}47,110{alt[at[1] :]}", known.released, known.left_over)
    assert changed >= 5


def test_a_fiscal_edition_read_back_from_the_data_handed_over_is_not_opened(
    edition_fy2004, records, tmp_path
):
    """Its quarters and years end elsewhere than those of the calendar, and so do its spans to date."""
    hand_over(edition_fy2004, read_edition(edition_fy2004), tmp_path / "FY2004")
    read = read_copy(tmp_path / "FY2004")
    truth = count(records, year=2004, basis="fiscal")
    found = attack([read])
    assert set(found["period_basis"]) == {"fiscal", "to_date"} and len(found) > 500
    assert opened(found, truth[[*KEYS, "value"]]).empty
