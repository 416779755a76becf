"""An edition is opened from its folder, and knows its periods and provinces."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_edition import cell, cells, edition_of, small_edition, write_small_edition

from ctip_analysis.base.errors import ChangedFileError, DataError, MissingFileError
from ctip_analysis.edition import Edition, content_id, open_edition, reading


@pytest.fixture
def folder(tmp_path):
    return write_small_edition(tmp_path / "2004")


def resealed(folder):
    """The folder with the id of its present files, as a release would have written it."""
    info = json.loads((folder / "edition.json").read_text())
    (folder / "edition.json").write_text(json.dumps(info | {"id": content_id(folder)}))
    return folder


def test_an_edition_is_read_as_it_was_written(folder):
    read, made = open_edition(folder), small_edition(2004)
    pd.testing.assert_frame_equal(read.frame, made.frame, check_dtype=False)
    assert (read.year, read.basis, read.is_synthetic, read.is_internal) == (2004, "calendar", True, False)
    assert (
        read.path == folder
        and read.fact("performances_held:2004").value == made.fact("performances_held:2004").value
    )


def test_an_edition_opens_as_itself(folder):
    edition = open_edition(folder)
    assert open_edition(edition) is edition


def test_what_one_reader_changes_no_other_sees(folder):
    first = open_edition(folder)
    first.frame["value"] = 0.0
    assert open_edition(folder).frame["value"].sum() > 0


def test_a_relative_path_is_also_looked_for_from_the_projects_root(folder, tmp_path, monkeypatch):
    """The default of a notebook is relative to notebooks/, wherever papermill is started."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(reading, "ROOT", tmp_path)
    monkeypatch.chdir("/")
    assert open_edition("2004").year == 2004 and open_edition("../2004").year == 2004


def test_a_folder_without_an_edition_says_how_to_make_one(tmp_path):
    with pytest.raises(
        MissingFileError, match="no edition in 2004: run `make report`, or `ctip release`, first"
    ):
        open_edition(tmp_path / "2004")


def test_a_changed_file_stops_the_reader(folder):
    with (folder / "cells.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(ChangedFileError, match="edition 2004 was changed after it was released"):
        open_edition(folder)


def test_a_missing_table_is_named(folder):
    (folder / "targets.csv").unlink()
    with pytest.raises(MissingFileError, match=r"edition 2004 has no targets\.csv"):
        open_edition(resealed(folder))


@pytest.mark.parametrize("spoil, said", [
    (lambda frame: pd.concat([frame, frame.iloc[:1]]), "two rows of cells.csv have the same keys"),
    (lambda frame: frame.replace({"status": {"no_data": "missing"}}), "has the status missing"),
    (lambda frame: frame.drop(columns="unit"), "has no column unit"),
], ids=["twice", "status", "column"])  # fmt: skip
def test_cells_that_break_their_description_are_refused(folder, spoil, said):
    frame = pd.read_csv(folder / "cells.csv", dtype=str, keep_default_na=False)
    spoil(frame).to_csv(folder / "cells.csv", index=False)
    with pytest.raises(DataError, match=said):
        open_edition(resealed(folder))


def test_an_edition_of_the_first_format_has_no_zones(folder):
    frame = pd.read_csv(folder / "cells.csv", dtype=str, keep_default_na=False)
    frame[frame["zone"].eq("")].drop(columns="zone").to_csv(folder / "cells.csv", index=False)
    old = open_edition(resealed(folder))
    assert (old.frame["zone"] == "").all() and old.fact("performances_held:2004:KH12").value == 8


def test_one_synthetic_cell_makes_an_edition_synthetic(folder):
    info = json.loads((folder / "edition.json").read_text())
    (folder / "edition.json").write_text(json.dumps(info | {"is_synthetic": False}))
    assert open_edition(folder).is_synthetic


def test_until_a_period_nothing_later_is_there():
    """Of 2003 remain 12 months, 4 quarters, the year and the span that ends with it."""
    until = small_edition(2004).until("2003")
    assert len(until.periods) == 18 and until.periods[-1] == "2003-12"
    assert list(until.cells("performances_held")["period"]) == ["2003"]
    assert not until.context.empty and until.context["period"].le("2003").all()


def test_a_figure_published_later_has_no_data_yet():
    fact = small_edition(2004).until("2003").fact("people_directly_exposed:unstated")
    assert (fact.status, fact.value) == ("no_data", None)


def test_until_the_end_of_everything_an_edition_stays_itself():
    edition = edition_of(cell("performances_held", "2004", 1))
    assert edition.until("2004") is edition


def test_corrections_of_a_later_period_are_left_out_too():
    changes = cells([cell("performances_held", "2003", 1), cell("performances_held", "2004", 2)])
    edition = edition_of(
        cell("performances_held", "2003", 1), cell("performances_held", "2004", 2), changes=changes
    )
    assert list(edition.until("2003").changes["period"]) == ["2003"]


@pytest.mark.parametrize(
    "period, number", [("2013", 24), ("2014", 25), ("2013Q4", 24), ("2013-12", 25), (2014, 25)]
)
def test_the_provinces_are_those_of_the_period(period, number):
    units = small_edition(2014).provinces(period)
    assert len(units) == number and units["adm1_code"].is_unique
    assert list(units.columns) == ["adm1_code", "name_en", "name_km", "type", "area_km2", "geometry"]


def test_a_province_is_named_as_it_was_then():
    assert small_edition(2004).place_name("KH18", "2004") == "Sihanoukville"
    assert small_edition(2014).place_name("KH18", "2014") == "Preah Sihanouk"
    assert [small_edition().place_name(place, "2004") for place in ("", "unknown", "Plain")] == [
        "Cambodia", "place unknown", "Plain",
    ]  # fmt: skip


def test_years_are_those_of_the_editions_own_basis():
    edition = edition_of(cell("performances_held", "2004", 1), cell("obligations_usd", "FY2003", 1))
    assert edition.years == ["2004"] and edition.periods == ["FY2003", "2004"]


def test_unprotected_cells_make_an_internal_edition():
    frame = cells([cell("clients_assisted", "2004", 3)]).drop(columns="zone")
    inside = Edition.internal(frame, {"year": 2004, "basis": "calendar", "is_synthetic": False})
    assert (
        inside.is_internal
        and not inside.is_synthetic
        and inside.fact("clients_assisted:2004").words == "3 people"
    )
