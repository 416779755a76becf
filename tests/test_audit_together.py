"""What all files give away together is found, and what withstood the attack once need not stand it again."""

from __future__ import annotations

import pandas as pd
import pytest
from record_folder import write_minimal

from ctip_analysis.audit import together as audit_together
from ctip_analysis.audit.scan import audit
from ctip_analysis.audit.together import derivable, key, note, withstood
from ctip_analysis.edition.read import KEYS, Released, read_edition
from ctip_analysis.inside import release as releasing
from ctip_analysis.runs import stale
from ctip_analysis.runs.handover import hand_over

ALL, SOME = 40.0, 37.0


@pytest.fixture(autouse=True)
def _noted(tmp_path, monkeypatch):
    monkeypatch.setattr(audit_together, "NOTED", tmp_path / "noted")
    monkeypatch.setattr(releasing, "CONFIDENTIAL", tmp_path / "confidential")


def cases(*values: tuple[str, float | None], period: str = "2004") -> pd.DataFrame:
    """Cases of *period* by province, as an edition shows them; no value is a withheld one."""
    rows = [
        ("cases_referred_ngo", period, "calendar", place, "", "", "", value,
         "withheld" if value is None else "shown")
        for place, value in values
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEYS, "value", "status"])


TOLD = cases(("", ALL), ("KH23", None), ("KH12", SOME))
SAFE = cases(("", None), ("KH23", None), ("KH12", SOME))


def test_a_withheld_cell_that_the_others_give_away_is_found():
    """40 in all, 37 in one of two provinces: the other has 3, if each client is of one province."""
    found = derivable([TOLD])
    assert [(one.place, one.channel) for one in found] == [("cases_referred_ngo:2004:KH23:::", "derivable")]


def test_only_what_was_noted_is_not_attacked_again():
    """Were the attack made on it, the edition noted here would not come through."""
    assert derivable([TOLD], withstood={key([SAFE])})
    assert not derivable([TOLD], withstood={key([TOLD])})


@pytest.mark.parametrize(
    "other",
    [
        cases(("", ALL + 1), ("KH23", None), ("KH12", SOME)),
        cases(("", ALL), ("KH23", None), ("KH12", None)),
        cases(("", ALL), ("KH12", SOME)),
        cases(("", ALL), ("KH23", None), ("KH12", SOME), period="2003"),
    ],
    ids=["a number", "a mark", "a cell less", "a period"],
)
def test_whatever_an_edition_shows_otherwise_is_attacked(other):
    assert key([other]) != key([TOLD])


def test_the_order_of_rows_is_no_difference_and_the_order_of_editions_is():
    assert key([TOLD.iloc[::-1]]) == key([TOLD])
    assert key([TOLD, SAFE]) != key([SAFE, TOLD]) != key([SAFE])


@pytest.mark.parametrize("changed", [("other code", "packages"), ("code", "other packages")])
def test_changed_code_or_packages_attack_again(monkeypatch, changed):
    monkeypatch.setattr(stale, "of_code", lambda module: ("code", "packages"))
    note([SAFE])
    assert withstood() == {key([SAFE])}
    monkeypatch.setattr(stale, "of_code", lambda module: changed)
    assert not withstood()


def test_a_cell_that_is_skipped_is_not_asked_about():
    assert not derivable([TOLD], skip=TOLD[TOLD["status"].eq("withheld")])
    assert derivable([TOLD], skip=TOLD[TOLD["adm1_code"].eq("KH12")])


@pytest.fixture
def edition(tmp_path):
    return releasing.release(write_minimal(tmp_path / "records"), year=2004, out=tmp_path / "editions")


def test_a_released_edition_is_noted_and_so_is_its_copy_for_people(edition, tmp_path, monkeypatch):
    """The hash is taken of what is read back from the files that go out, not of what was meant."""
    noted = withstood()
    assert noted == {key([read_edition(edition)])}
    hand_over(edition, read_edition(edition), tmp_path / "data" / "2004")
    monkeypatch.setattr(
        "ctip_analysis.attacker.attack.attack", lambda *ignored, **also: pytest.fail("attacked")
    )
    assert audit([tmp_path / "data"], withstood=noted) == []


def test_what_only_an_earlier_edition_made_public_is_not_noted(edition, monkeypatch, tmp_path):
    """Alone, the edition would seem to give that cell away: whoever audits it is to hear of it."""
    monkeypatch.setattr(audit_together, "derivable", lambda editions, skip: ["a finding"])
    releasing.release(tmp_path / "records", year=2004, out=tmp_path / "others")
    assert withstood() == {key([read_edition(edition)])}


def test_an_edition_in_memory_and_a_frame_of_its_cells_differ_by_name_only(edition):
    read = read_edition(edition)
    assert isinstance(read, Released)
    nameless = read.frame[[*KEYS, "value", "status"]]
    assert key([nameless]) != key([read])
