"""Every donor notebook makes a report of the first and the second year; each reads as an argument."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from statistics import median

import pytest

from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import one_report

pytestmark = pytest.mark.long

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[str]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def audience(path: Path) -> str:
    return json.loads(path.read_text(encoding="utf-8"))["metadata"]["audience"]


DONOR = [path for path in NOTEBOOKS if audience(path) == "donor"]


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", DONOR, ids=stem)
def test_a_donor_notebook_makes_a_report(path, edition_2004, tmp_path):
    given = {"year": 2004, "basis": "calendar", "language": "en"}
    code, page = one_report.make(str(path), given, edition_2004, tmp_path, tmp_path / "out", print, release=None)
    assert code == 0 and Path(page).is_file()


@pytest.mark.parametrize("name", ["20_campaign_reach", "30_trends", "60_province_profile", "90_annual_report"])
def test_the_first_year_has_a_report_too(name, edition_2004, tmp_path):
    given = {"year": 2003, "basis": "calendar", "language": "en"}
    code, _ = one_report.make(name, given, edition_2004, tmp_path, tmp_path / "out", print, release=None)
    assert code == 0


@pytest.mark.long
@pytest.mark.parametrize("name", ["20_campaign_reach", "30_trends", "90_annual_report"])
def test_a_fiscal_year_has_a_report_too(name, edition_fy2004, tmp_path):
    given = {"year": 2004, "basis": "fiscal", "language": "en"}
    code, _ = one_report.make(name, given, edition_fy2004, tmp_path, tmp_path / "out", print, release=None)
    assert code == 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)
def test_a_notebook_is_short_and_its_cells_too(path):
    code = cells(path, "code")
    lines = [len(source.splitlines()) for source in code]
    assert len(code) + len(cells(path, "markdown")) <= 27
    assert median(lines) <= 7 and max(lines) <= 17
    assert max(len(line) for source in code for line in source.splitlines()) <= 165  # a sentence runs on


@pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)
def test_a_notebook_defines_and_catches_nothing(path):
    kinds = {type(node) for source in cells(path, "code") for node in ast.walk(ast.parse(source))}
    assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Try}
