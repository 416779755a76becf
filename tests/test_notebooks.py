"""Every donor notebook makes a report of any year, which says nothing later; each reads as an argument."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pypdf
import pytest
from bs4 import BeautifulSoup

from ctip_analysis.base.reference import ROOT
from ctip_analysis.inside import release
from ctip_analysis.runs import batch_run
from ctip_analysis.runs.editions import Source

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


@pytest.fixture(scope="session")
def long_edition(tmp_path_factory) -> Path:
    """The 2016 edition of a sample of fourteen years; ``CTIP_TEST_EDITIONS`` may have it as long-2016."""
    ready = Path(os.environ.get("CTIP_TEST_EDITIONS", "")) / "long-2016"
    if (ready / "edition.json").is_file():
        return ready
    work = tmp_path_factory.mktemp("long")
    sample = [sys.executable, str(ROOT / "data" / "make_sample.py"), str(work / "long"), "--years", "2003-2016"]
    subprocess.run(sample, check=True)
    return release(work / "long", year=2016, out=work / "editions")


def report(notebook: Path, edition: Path, year: int, out: Path, basis: str = "calendar") -> BeautifulSoup:
    """The page that ``ctip report`` makes, which its audit let pass."""
    given = {"year": year, "basis": basis, "language": "en"}
    source = Source(edition, None, print, release=NotImplemented)
    code, page = batch_run.report(str(notebook), given, source, out / "out")
    assert code == 0
    return BeautifulSoup(Path(page).read_text(encoding="utf-8"), "html.parser")


def text_of(page: BeautifulSoup, kinds: str) -> list[str]:
    """Texts of the elements that are read, without sources, quotations, targets and censuses, which may be later."""
    body = BeautifulSoup(str(page.main or page.body), "html.parser")
    for element in body.select("script, style, svg, .quoted, .source, .sources"):
        element.decompose()
    for caption in body.select("caption"):
        if caption.get_text().startswith(("Baseline, target", "Target and", "Residents by province")):  # plans
            caption.find_parent("table").decompose()
    return [" ".join(element.get_text(" ").split()) for element in body.select(kinds)]


def reads_well(page: BeautifulSoup, year: int) -> None:
    """Nothing later than *year*, and no heading or sentence about what isn't there."""
    read = text_of(page, "h1, h2, h3, p, li, td, th, figcaption, caption")
    later = [one for one in read if any(int(found) > year for found in re.findall(r"\b(?:19|20)\d\d\b", one))]
    assert not later
    said = [" ".join(one.get_text().split()) for one in page.select("h1, h2, h3, .say p")]
    assert not [one for one in said if re.search(r"\bno data\b|there is none|not given", one)]
    headings = [one.get_text() for one in page.select("h1, h2, h3")]
    assert not [one for one in headings if "withheld" in one]
    assert len(set(headings)) == len(headings)


def prints_well(folder: Path) -> None:
    """A fact sheet on two pages; no page of a PDF but the last ends above its middle, none with a heading."""
    for path in folder.glob("*.pdf"):
        reader = pypdf.PdfReader(path)
        assert len(reader.pages) == 2 or "_fact_sheet_" not in path.name
        assert reader.root_object["/MarkInfo"]["/Marked"] and reader.root_object["/Lang"] == "en"
        headings = [str(one["/Title"]) for one in titles(reader.outline)]
        assert reader.metadata.title.startswith(headings[0]) and len(headings) > 3
        for sheet in reader.pages[:-1]:
            height, words = min(lines(sheet))
            assert height < float(sheet.mediabox.height) / 2, f"{path.name}: a page ends with “{words}”"
            assert words not in headings


def is_short(page: Path) -> None:
    """No more bytes than are sent; an annual report has 2,500 words outside annexes and folds, and 4,500 in all."""
    assert page.stat().st_size < 1_500_000
    body = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").body
    for element in body.select("script, svg, nav"):
        element.decompose()
    assert len(body.get_text(" ").split()) <= 4_500 or "_annual_" not in page.name
    for element in body.select("details"):
        element.decompose()
    assert len(body.get_text(" ").split()) <= 2_500 or "_annual_" not in page.name


def titles(outline: list) -> list:
    return [each for one in outline for each in (titles(one) if isinstance(one, list) else [one])]


def lines(sheet: pypdf.PageObject) -> list[tuple[float, str]]:
    """Height above the foot of the sheet and words of each text, without the footer."""
    found = []

    def note(text, cm, tm, font, size):
        height = tm[5] * cm[3] + cm[5]
        if text.strip() and height > 30:  # points: below is the footer
            found.append((height, text.strip()))

    sheet.extract_text(visitor_text=note)
    return found


@pytest.mark.parametrize("path", DONOR, ids=stem)
def test_a_donor_notebook_makes_a_report(path, report_2004):
    page = report_2004(path.stem)
    reads_well(BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser"), 2004)
    prints_well(page.parent)
    is_short(page)


@pytest.mark.parametrize("name", ["20_campaign_reach", "90_annual_report"])
def test_the_first_year_has_a_report_too(name, edition_2004, tmp_path):
    reads_well(report(ROOT / "notebooks" / f"{name}.ipynb", edition_2004, 2003, tmp_path), 2003)


@pytest.mark.long
@pytest.mark.parametrize("path", DONOR, ids=stem)
@pytest.mark.parametrize("year", [2003, 2013, 2014, 2016])
def test_every_year_has_its_report(path, year, long_edition, tmp_path):
    reads_well(report(path, long_edition, year, tmp_path), year)
    prints_well(tmp_path / "out")
    is_short(next((tmp_path / "out").glob("*.html")))


@pytest.mark.long
@pytest.mark.parametrize("path", DONOR, ids=stem)
def test_a_fiscal_year_has_a_report_too(path, edition_fy2004, tmp_path):
    reads_well(report(path, edition_fy2004, 2004, tmp_path, "fiscal"), 2004)
    prints_well(tmp_path / "out")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)
def test_a_notebook_is_short_and_its_cells_too(path):
    code = cells(path, "code")
    lines = [len(source.splitlines()) for source in code]
    assert len(code) + len(cells(path, "markdown")) <= 27
    assert median(lines) <= 9 and max(lines) <= 17
    assert [line for source in code for line in source.splitlines() if len(line) > 100 and "## " not in line] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)
def test_a_notebook_defines_and_catches_nothing(path):
    kinds = {type(node) for source in cells(path, "code") for node in ast.walk(ast.parse(source))}
    assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Try}
