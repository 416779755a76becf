"""A whole hand-over is cleared or not: kinds of files, names, copies that agree, and what all give away together."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from small_hand_over import CELLS, NAME, copy_data, write_edition, write_hand_over

from ctip_analysis.audit import Finding, audit, folder, together
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.edition import KEYS, open_edition

MARKED = "SokDara4711"


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory) -> Path:
    work = tmp_path_factory.mktemp("handed")
    return write_hand_over(work / "out", write_edition(work / "2004"))


@pytest.fixture
def made(tmp_path, handed_over) -> Path:
    """A copy of a hand-over to plant things in."""
    return shutil.copytree(handed_over, tmp_path / "out")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(together, "CACHE", tmp_path / "attacks")


@pytest.fixture
def without_attack(monkeypatch):
    monkeypatch.setattr(folder, "together", lambda shown: [])


def kinds(found: list[Finding]) -> set[str]:
    assert not any(MARKED in str(one) for one in found), "a finding quotes what it found"
    return {one.kind for one in found}


def data(made: Path, name: str) -> Path:
    return made / "data" / "2004" / name


def test_a_right_hand_over_has_no_finding(handed_over):
    assert audit([handed_over]) == []


def test_an_edition_itself_is_cleared_under_its_plain_names(tmp_path, without_attack):
    assert audit([write_edition(tmp_path / "2004")]) == []


def test_a_page_is_compared_with_an_edition_that_is_given(tmp_path, made, without_attack):
    shutil.rmtree(made / "data")
    assert "number" in kinds(audit([made]))
    assert audit([made], [write_edition(tmp_path / "2004")]) == []


def test_a_path_that_does_not_exist_and_an_empty_folder_are_wrong_arguments(tmp_path):
    with pytest.raises(ParameterError, match="no such file or folder"):
        audit([tmp_path / "none"])
    with pytest.raises(ParameterError, match="no file to audit"):
        audit([tmp_path])


@pytest.mark.parametrize(
    "name", ["a.docx", "a.ipynb", "a.svg", "a.png", "a.jpg", "a.zip", "a.json", "a.parquet", "a.htm", "a"]
)
def test_a_kind_of_file_that_is_not_known_is_refused(made, name, without_attack):
    (made / name).write_bytes(b"{}")
    assert "unknown kind" in kinds(audit([made]))


@pytest.mark.parametrize(
    "name", ["clients.csv", "services_SYNTHETIC.xlsx", "training_roster.parquet", "data/2004/a.run-record.json"]
)
def test_records_and_the_operators_record_of_a_run_are_found_by_name(made, name, without_attack):
    (made / name).write_text(f"client_id,name\nCL-0000001,{MARKED}\n")
    assert "record file" in kinds(audit([made]))


def test_run_records_and_locks_beside_the_reports_are_the_operators(made, without_attack):
    (made / f"{NAME}.run-record.json").write_text("{}")
    for name in (".batch.lock", ".batch.since", ".yearly.lock", ".yearly.since"):
        (made / name).write_text("")
    assert audit([made]) == []


@pytest.mark.parametrize("name", ["kep_7_clients.csv", "CL-0000001.csv", "client_id.csv", "a7.csv"])
def test_a_file_name_has_no_number_or_id_of_its_own(tmp_path, name):
    (tmp_path / name).write_text("a\nb\n")
    assert {one.where for one in audit([tmp_path / name])} == {"file name"}


def test_a_file_beside_synthetic_ones_says_synthetic_too(made, without_attack):
    data(made, "extra.csv").write_text("a\n1\n")
    assert "no SYNTHETIC mark" in kinds(audit([made]))


def test_text_that_is_not_written_in_utf_8_is_not_cleared(made, without_attack):
    data(made, "extra_SYNTHETIC.csv").write_bytes(b"a\n\xff\n")
    assert "unreadable" in kinds(audit([made]))


def change_cells(made: Path, indicator: str, **values: str) -> None:
    """Write *values* into the national cell of *indicator* for 2004, and make the edition's id fit."""
    path = data(made, "cells_SYNTHETIC.csv")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    total = frame[["adm1_code", "sex", "age_band", "partner"]].eq("").all(axis=1)
    at = frame.index[frame["indicator"].eq(indicator) & frame["period"].eq("2004") & total][0]
    frame.loc[at, list(values)] = list(values.values())
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def test_data_that_are_not_those_of_their_edition_are_found(made, without_attack):
    change_cells(made, "performances_held", value="111")
    assert {"unreadable", "number"} <= kinds(audit([made]))


def test_a_data_package_of_another_edition_is_found(made, without_attack):
    path = data(made, "datapackage_SYNTHETIC.json")
    path.write_text(re.sub(r"[0-9a-f]{64}", "0" * 64, path.read_text()))
    assert kinds(audit([made])) == {"disagreeing copies"}


def test_a_workbook_is_compared_with_the_csv_cell_by_cell(made, without_attack):
    path = data(made, "edition_2004_SYNTHETIC.xlsx")
    book = load_workbook(path)
    book["cells"]["K4"] = 4711
    book.save(path)
    found = [(one.where, one.detail) for one in audit([made]) if one.where.startswith("sheet2")]
    assert found == [("sheet2, row 1", "the CSV files beside it say something else")]


@pytest.mark.parametrize(
    "cell, expected",
    [
        (("clients_assisted", "2004", "KH12", "", "", 7), {"small count"}),
        (("clients_assisted", "2004", "KH12", "", "", 11), set()),
        (("performances_held", "2004", "KH24", "", "", 1), set()),
    ],
    ids=["seven clients", "eleven", "one performance"],
)
def test_a_small_count_in_the_data_is_found(tmp_path, cell, expected, without_attack):
    edition = write_edition(tmp_path / "2004", [*CELLS, cell])
    assert kinds(audit([copy_data(edition, tmp_path / "data" / "2004")])) == expected


@pytest.mark.parametrize(
    "old, new, is_found",
    [("40", "37", True), ("7", "40", True), ("40", "", True), ("40", "60", False)],
    ids=["difference", "old", "withdrawn", "large"],
)
def test_a_correction_that_gives_few_away_is_found(tmp_path, monkeypatch, old, new, is_found, without_attack):
    head = "indicator,period,period_basis,adm1_code,zone,sex,age_band,partner,old,new,reason"
    row = f"clients_assisted,2004,calendar,,,,,,{old},{new},records_corrected"
    monkeypatch.setitem(write_edition.__globals__["_TABLES"], "changes", f"{head}\n{row}\n")
    found = audit([write_edition(tmp_path / "2004")])
    assert [(one.file, one.where) for one in found] == ([("2004/changes", "row 2")] if is_found else [])


def test_a_column_that_is_not_described_is_found(made, without_attack):
    package = data(made, "datapackage_SYNTHETIC.json")
    described = json.loads(package.read_text())
    described["resources"][0]["schema"]["fields"].pop()
    package.write_text(json.dumps(described))
    assert kinds(audit([made])) == {"unknown column", "disagreeing copies"}  # the dictionary in the workbook has it


def test_facts_without_their_page_and_a_page_without_its_facts_are_found(made, without_attack):
    (made / f"{NAME}.facts.json").rename(made / "other_SYNTHETIC.facts.json")
    found = {(one.file, one.kind) for one in audit([made])}
    assert found == {
        (f"out/{NAME}.html", "disagreeing copies"),
        ("out/other_SYNTHETIC.facts.json", "disagreeing copies"),
    }


GIVEN_AWAY = [cell if cell[2] != "KH12" or cell[0] != "cases_referred_ngo" else (*cell[:5], 37) for cell in CELLS]


def test_a_withheld_number_that_the_others_give_away_is_found(tmp_path):
    """40 in all, 37 in one of two provinces: the other has 3."""
    found = audit([write_edition(tmp_path / "2004", GIVEN_AWAY)])
    assert [(one.where, one.kind) for one in found] == [("cases_referred_ngo:2004:KH23::::", "derivable")]


def test_what_two_pages_show_together_is_joined(tmp_path):
    """The total and one of two parts on one page, that the other is withheld on the other page."""
    cells = pd.read_csv(write_edition(tmp_path / "2004", GIVEN_AWAY) / "cells.csv", dtype=str, keep_default_na=False)
    cells = cells[cells["indicator"].eq("cases_referred_ngo")].assign(value=lambda rows: pd.to_numeric(rows["value"]))
    pages = [cells[cells["adm1_code"].ne("KH23")], cells[cells["adm1_code"].eq("KH23")], cells]
    found = [kinds(together.together([page[[*KEYS, "value", "status"]]])) for page in pages]
    assert found == [set(), set(), {"derivable"}]


def test_editions_in_which_the_attack_found_nothing_are_not_attacked_again(tmp_path, monkeypatch):
    safe = open_edition(write_edition(tmp_path / "2004"))
    other = open_edition(write_edition(tmp_path / "2005", GIVEN_AWAY))
    assert together.together([safe]) == []
    monkeypatch.setattr(together, "attack", lambda shown: pytest.fail("attacked"))
    assert together.together([safe]) == []
    for shown in ([other], [safe, other], [other, safe], [safe.frame]):
        with pytest.raises(pytest.fail.Exception, match="attacked"):
            together.together(shown)


def test_other_code_attacks_again(tmp_path, monkeypatch):
    safe = open_edition(write_edition(tmp_path / "2004"))
    assert together.together([safe]) == []
    monkeypatch.setattr(together, "_code", lambda: "other code")
    monkeypatch.setattr(together, "attack", lambda shown: pytest.fail("attacked"))
    with pytest.raises(pytest.fail.Exception, match="attacked"):
        together.together([safe])
