"""An edition is opened from its folder, whose files its data package describes."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_edition import small_edition, write_small_edition

from ctip_analysis.base import reference
from ctip_analysis.base.errors import ChangedFileError, DataError, MissingFileError
from ctip_analysis.edition import content_id, group_label, group_labels, open_edition
from ctip_analysis.edition.cells import CELL_COLUMNS, KEYS
from ctip_analysis.edition.folder import data_package, described_column


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
        read.path == folder and read.fact("performances_held:2004").value == made.fact("performances_held:2004").value
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
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    monkeypatch.chdir("/")
    assert open_edition("2004").year == 2004 and open_edition("../2004").year == 2004


def test_a_folder_without_an_edition_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingFileError, match="no edition in 2004: run `make report`, or `ctip release`, first"):
        open_edition(tmp_path / "2004")


def test_a_changed_file_stops_the_reader(folder):
    with (folder / "cells.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(ChangedFileError, match="edition 2004 was changed after it was released"):
        open_edition(folder)


@pytest.mark.parametrize("text", ["{", "{}", "[]", ""])
def test_a_damaged_description_is_named(folder, text):
    (folder / "edition.json").write_text(text)
    with pytest.raises(ChangedFileError, match=r"edition\.json of edition \w+ is damaged: release it again"):
        open_edition(folder)


def test_an_edition_of_a_later_format_is_refused(folder):
    info = json.loads((folder / "edition.json").read_text())
    (folder / "edition.json").write_text(json.dumps(info | {"format": 4}))
    with pytest.raises(DataError, match="edition 2004 is of format 4, and this version of the package reads up to 3"):
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


def test_targets_of_an_older_format_are_due_by_the_end_of_their_year(folder):
    targets = open_edition(folder).targets.drop(columns=["period", "kind"]).assign(year="2005")
    targets.to_csv(folder / "targets.csv", index=False)
    row = open_edition(resealed(folder)).targets.iloc[0]
    assert (row["period"], row["kind"]) == ("2003-01-01/2005-12-31", "published")


def test_an_edition_of_the_first_format_has_no_zones(folder):
    frame = pd.read_csv(folder / "cells.csv", dtype=str, keep_default_na=False)
    frame[frame["zone"].eq("")].drop(columns="zone").to_csv(folder / "cells.csv", index=False)
    old = open_edition(resealed(folder))
    assert (old.frame["zone"] == "").all() and old.fact("performances_held:2004:KH12").value == 8


def test_one_synthetic_cell_makes_an_edition_synthetic(folder):
    info = json.loads((folder / "edition.json").read_text())
    (folder / "edition.json").write_text(json.dumps(info | {"is_synthetic": False}))
    assert open_edition(folder).is_synthetic


def test_every_column_of_an_edition_is_described():
    tables = {"cells": CELL_COLUMNS, "changes": [*KEYS, "old", "new", "reason"]}
    for name in ("published", "context", "population", "indicators", "targets"):
        tables[name] = list(getattr(small_edition(), name).columns)
    fields = [described_column(table, column) for table, columns in tables.items() for column in columns]
    assert all(len(field["description"]) > 5 for field in fields)
    assert all("unit" in field for field in fields if field["type"] == "number")


def test_the_dictionary_of_synthetic_cells_says_so():
    info = {"is_synthetic": True, "period": "2004", "id": "0"}
    made = data_package(info, {"cells": small_edition().frame, "population": small_edition().population})
    assert made["title"].startswith("SYNTHETIC") and made["resources"][0]["description"].startswith("SYNTHETIC")
    assert made["resources"][1]["description"] == "population of this edition"


def test_every_group_of_an_edition_has_words():
    frame = small_edition().frame
    for column in ("sex", "age_band"):
        assert set(frame[column]) - {""} <= set(group_labels(column))
    assert group_label("partner", "IJM") == "IJM"
