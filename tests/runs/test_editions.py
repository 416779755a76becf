"""An edition is used again while its records and the code are the same, and never mixed with another folder's."""

from __future__ import annotations

import json
import shutil

import pytest
from record_folder import write_minimal
from small_edition import write_small_edition
from typer.testing import CliRunner

from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.cli import app
from ctip_analysis.runs import editions


@pytest.fixture
def build(tmp_path, monkeypatch):
    """The folders build and build/confidential are those of the test."""
    monkeypatch.setattr(editions, "BUILD", tmp_path / "build")
    monkeypatch.setattr(editions, "CONFIDENTIAL", str(tmp_path / "build" / "confidential"))
    return tmp_path / "build"


@pytest.fixture
def released(build, tmp_path):
    """Records with an edition of 2004 that was made from them; its folder."""
    records = write_minimal(tmp_path / "a" / "records")
    folder = write_small_edition(build / "editions-records" / "2004")
    editions.bind(folder.parent, records, "2004")
    return records


def test_the_sample_has_the_folder_editions_and_others_one_of_their_own(build, tmp_path):
    assert editions.default_folder(editions.SAMPLE) == build / "editions"
    assert editions.default_folder(tmp_path / "field") == build / "editions-field"


def test_an_edition_of_the_same_records_is_used_again(released, build):
    said: list[str] = []
    found = editions.edition_of(released, 2004, "calendar", said.append, release=None)
    assert found == build / "editions-records" / "2004"
    assert said == ["edition 2004: used again, the records are unchanged"]


@pytest.mark.parametrize("change", ["records", "code", "edition", "year"])
def test_an_edition_is_made_anew_where_anything_changed(released, build, monkeypatch, change):
    made: list[int] = []
    year = 2003 if change == "year" else 2004
    if change == "records":
        (released / "clients.csv").write_text((released / "clients.csv").read_text() + "\n")
    elif change == "code":
        monkeypatch.setattr(editions.provenance, "code", lambda: "other")
    elif change == "edition":
        (build / "editions-records" / "2004" / "edition.json").write_text(json.dumps({"id": "other"}))

    def release(data, **given):
        made.append(given["year"])
        return given["out"] / str(given["year"])

    editions.edition_of(released, year, "calendar", lambda text: None, release)
    assert made == [year]


def test_a_second_folder_of_one_name_is_refused(released, build, tmp_path):
    """Its numbers would be taken for corrections of the first one's."""
    other = shutil.copytree(released, tmp_path / "b" / "records")
    with pytest.raises(NotShareableError, match="has editions of another folder of records than 'records'") as refused:
        editions.default_folder(other)
    assert "editions-records.origin.json" in str(refused.value)
    assert editions.default_folder(released) == build / "editions-records"


def test_release_into_the_editions_of_another_folder_is_refused_and_elsewhere_it_is_not(released, build, tmp_path):
    other = shutil.copytree(released, tmp_path / "b" / "field")
    said = CliRunner().invoke(app, ["release", str(other), "--year", "2004", "--out", str(build / "editions-records")])
    assert isinstance(said.exception, NotShareableError)
    assert editions.refuse_others(tmp_path / "elsewhere", other) is None


def test_what_is_known_of_records_is_kept_from_the_edition(released, build):
    note = (build / "confidential" / "editions-records.origin.json").read_text()
    assert str(released) not in note
    assert [path.name for path in build.iterdir()] and not list((build / "editions-records").glob("*.origin.json"))


def test_a_folder_without_an_edition_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="there is no edition in none"):
        editions.Source(tmp_path / "none", None, print, NotImplemented).folder(lambda: (2004, "calendar"))
