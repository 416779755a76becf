"""`ctip audit`: a whole hand-over is cleared or not, copies agree, nothing withheld can be worked out."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from small_handover import NAME, write_edition, write_handover
from small_notebook import write_notebook

from ctip_analysis import cli
from ctip_analysis.audit import scan as auditing
from ctip_analysis.audit.copies import data_findings
from ctip_analysis.audit.scan import Finding, audit, file_findings
from ctip_analysis.base.errors import ParameterError, ReportFailedError
from ctip_analysis.runs.batch import report
from ctip_analysis.runs.report import wanted

MARKED = "SokDara4711"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    work = tmp_path_factory.mktemp("handed")
    return write_handover(write_edition(work / "2004"), work / "out")


@pytest.fixture
def made(tmp_path, folder) -> Path:
    """A copy of a hand-over to plant things in."""
    return shutil.copytree(folder, tmp_path / "out")


def channels(found: list[Finding]) -> set[str]:
    return {one.channel for one in found}


@pytest.fixture
def ctip(monkeypatch, capsys):
    """Run `ctip audit`; exit code, what it printed, its errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ctip", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def without_attack(monkeypatch) -> None:
    monkeypatch.setattr(auditing, "derivable", lambda editions, *, withstood: [])


def test_a_report_and_its_data_hold_nothing_that_must_not_leave(folder, monkeypatch):
    without_attack(monkeypatch)
    assert audit([folder]) == []


def test_an_edition_itself_is_cleared_under_its_plain_names(tmp_path, monkeypatch):
    without_attack(monkeypatch)
    assert audit([write_edition(tmp_path / "2004")]) == []


def test_the_command_says_where_and_of_what_kind_and_never_what(ctip, tmp_path):
    (tmp_path / "clean.csv").write_text("province,held\nKep,14\n")
    assert ctip(tmp_path / "clean.csv") == (0, "nothing found\n", "")
    (tmp_path / "clients.csv").write_text(f"client_id,name\nCL-0000001,{MARKED}\n")
    code, printed, said = ctip(tmp_path)
    assert (code, printed) == (1, "")
    assert "clients.csv: record file: a table of records" in said and MARKED not in said
    assert said.splitlines()[-1].endswith("finding(s): not to be shared")


@pytest.mark.parametrize(
    "name, said", [("none", "no such file or folder"), ("a.docx", "a.docx: can't be read")]
)
def test_what_is_not_there_or_can_not_be_read_is_a_wrong_argument(ctip, tmp_path, name, said):
    (tmp_path / "a.docx").write_bytes(b"x")
    code, printed, told = ctip(tmp_path / name)
    assert (code, printed) == (2, "") and said in told and "Traceback" not in told


def test_an_empty_folder_is_a_wrong_argument(tmp_path):
    with pytest.raises(ParameterError, match="no file to audit"):
        audit([tmp_path])


@pytest.mark.parametrize(
    "name",
    ["clients.csv", "services_SYNTHETIC.xlsx", "training_roster.parquet", "2004.run-record.json"],
)
def test_records_and_the_operators_record_of_a_run_are_found_by_name(made, name):
    (made / name).write_bytes(b"{}")
    assert "record file" in channels(file_findings(made / name, name))


@pytest.mark.parametrize("name", ["kep_7_clients.csv", "CL-0000001.csv", "client_id.csv"])
def test_a_file_name_carries_no_number_of_its_own(tmp_path, name):
    (tmp_path / name).write_text("a\n1\n")
    assert file_findings(tmp_path / name, name)


def test_a_file_beside_synthetic_ones_says_synthetic_too(made):
    plain = made / "data" / "2004" / "extra.csv"
    plain.write_text("a\n1\n")
    assert "missing SYNTHETIC mark" in channels(file_findings(plain, plain.name))


def cells_file(made: Path) -> Path:
    return made / "data" / "2004" / "cells_SYNTHETIC.csv"


def change_a_cell(made: Path, indicator: str, **values: str) -> None:
    """Write *values* into the national cell of *indicator* for 2004."""
    path = cells_file(made)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    total = frame[["adm1_code", "sex", "age_band", "partner"]].eq("").all(axis=1)
    at = frame.index[frame["indicator"].eq(indicator) & frame["period"].eq("2004") & total][0]
    for column, value in values.items():
        frame.loc[at, column] = value
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def test_copies_that_disagree_are_found(made):
    assert not list(data_findings("2004", made / "data" / "2004"))
    change_a_cell(made, "performances_held", value="111")
    assert channels(list(data_findings("2004", made / "data" / "2004"))) == {
        "changed edition",
        "disagreeing copies",
    }


def test_a_page_is_held_against_the_data_beside_it(made):
    change_a_cell(made, "performances_held", value="111")
    page = made / f"{NAME}.html"
    assert "number that is not its fact" in channels(file_findings(page, page.name))


def test_a_workbook_is_held_against_the_csv_cell_by_cell(made):
    path = made / "data" / "2004" / "edition_2004_SYNTHETIC.xlsx"
    book = load_workbook(path)
    book["cells"]["I10"] = 4711
    book.save(path)
    found = list(data_findings("2004", path.parent))
    assert [(one.place, one.channel) for one in found] == [("sheet cells, row 10", "disagreeing copies")]


@pytest.mark.parametrize(
    "values, channel",
    [
        ({"value": "7", "status": "shown"}, "small count"),
        ({"value": "7", "status": "withheld"}, "withheld value"),
    ],
)
def test_a_small_count_in_the_data_is_found(made, values, channel):
    change_a_cell(made, "cases_judged", **values)
    assert channel in channels(list(data_findings("2004", made / "data" / "2004")))


@pytest.mark.parametrize(
    "old, new, channel",
    [
        ("40", "37", "small count"),
        ("7", "40", "small count"),
        ("40", "", "withheld value"),
        ("40", "60", None),
    ],
    ids=["difference", "old", "withdrawn", "large"],
)
def test_a_correction_that_tells_of_few_is_found(made, old, new, channel):
    path = made / "data" / "2004" / "changes_SYNTHETIC.csv"
    path.write_text(f"indicator,old,new,reason\nclients_assisted,{old},{new},records_corrected\n")
    found = [
        one.channel
        for one in data_findings("2004", path.parent)
        if one.place == "row 2" and "changes" in one.file
    ]
    assert found == ([channel] if channel else [])


def test_a_column_that_is_not_described_is_found(made):
    path = made / "data" / "2004" / "changes_SYNTHETIC.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    path.write_text(",".join([*rows[0], "note"]) + "\n", encoding="utf-8-sig")
    assert "undeclared column" in channels(list(data_findings("2004", path.parent)))


def test_an_archive_is_opened(tmp_path, made):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("clients.csv", "client_id\n")
        archive.writestr("a.json", json.dumps({"case_id": 1}))
    assert {"record file", "column of records"} <= channels(audit([tmp_path / "all.zip"]))


def test_a_file_that_is_not_what_its_name_says_is_not_cleared(tmp_path):
    for ending in ("png", "svg", "xlsx", "ipynb", "json", "geojson", "pdf", "zip", "jpg"):
        (tmp_path / f"a.{ending}").write_bytes(b"x,y\n")
        assert "unreadable" in channels(audit([tmp_path / f"a.{ending}"])), ending


def test_what_two_pages_show_together_is_joined(made):
    """A withheld total in one page, its parts in the other."""
    page = (made / f"{NAME}.html").read_text(encoding="utf-8")
    shutil.rmtree(made / "data")
    fact = '<data class="fact synthetic{}" value="cases_referred_ngo:2004:{}:::">{}</data>'
    first, second = (
        fact.format("", "", 40) + fact.format("", "KH12", 37),
        fact.format(" withheld", "KH23", "withheld"),
    )
    for number, facts in ((2003, first), (2004, second)):
        text = re.sub(r"<main.*</main>", f"<main>{facts}</main>", page, flags=re.DOTALL)
        (made / f"small_{number}_SYNTHETIC.html").write_text(text, encoding="utf-8")
    pages = [made / "small_2003_SYNTHETIC.html", made / "small_2004_SYNTHETIC.html"]
    assert "derivable" not in channels(audit(pages[:1]))
    assert "derivable" in channels(audit(pages))


def every_byte(folder: Path) -> bytes:
    """All files of *folder* with what they embed decoded, and the parts of their archives."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += [path.name.encode(), content]
        found += [base64.b64decode(body) for body in re.findall(rb";base64,([A-Za-z0-9+/=]+)", content)]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(found)


def test_a_notebook_that_fails_half_way_leaves_nothing_of_what_it_knew(tmp_path, made, monkeypatch):
    without_attack(monkeypatch)
    before = every_byte(made)
    cells = (
        f"import sys, warnings\nprint('{MARKED}')\nprint('{MARKED}', file=sys.stderr)\nwarnings.warn('{MARKED}')",
        f"# {MARKED}\npage.say('{MARKED}')",
        f"raise ValueError('{MARKED}')",
    )
    write_notebook(tmp_path / "notebooks" / "90_small.ipynb", *cells)
    asked = wanted("90_small", {"year": 2004}, folder=tmp_path / "notebooks")
    with pytest.raises(ReportFailedError) as failed:
        report(write_edition(tmp_path / "2004"), asked, made)
    assert MARKED not in f"{failed.value}{failed.value.where}"
    assert MARKED.encode() not in every_byte(made)
    for record in made.glob("*.run-record.json"):
        record.unlink()
    assert every_byte(made) == before
    assert audit([made]) == []
