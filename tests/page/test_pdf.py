"""PDFs: tagged, in a language, with a title and alternative texts, and the same bytes twice."""

from __future__ import annotations

import io
import re
import sys

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from ctip_analysis.audit.document import findings_of_document
from ctip_analysis.base.errors import MissingFileError
from ctip_analysis.page import Page, pdf, render

pytestmark = pytest.mark.long

PROSE = '## Places\n\n<span lang="km">ភ្នំពេញ</span> is the capital.'


@pytest.fixture
def printed(page: Page, outputs: list[dict]) -> str:
    """A page with tiles, a figure, a table and Khmer prose."""
    import seaborn as sns

    held = page.edition.cells("performances_held", by="province", period="2004")
    page.banner("Annual report")
    page.say(f"## In short\n\n{page.edition.fact('performances_held:2004'):unit} in {page.period:label}.")
    page.tiles(["performances_held", "performance_attendance"])
    page.show(sns.barplot(held, x="value", y="province"), "Performances.", data=held)
    page.table(held, "Performances by province")
    cells = [
        {"cell_type": "code", "source": [], "metadata": {}, "outputs": list(outputs)},
        {"cell_type": "markdown", "source": PROSE.splitlines(keepends=True), "metadata": {}},
    ]
    return render({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, page.edition)


def kinds(element: object) -> list[DictionaryObject]:
    """Every structure element below *element*."""
    read = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(read, list):
        return [one for part in read for one in kinds(part)]
    if not isinstance(read, DictionaryObject) or ("/S" not in read and "/K" not in read):
        return []
    return [read, *kinds(read.get("/K"))]


def test_a_report_is_tagged_and_names_its_language_title_and_pictures(printed):
    content = pdf.to_pdf(printed)
    reader = PdfReader(io.BytesIO(content))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Annual report · SYNTHETIC"
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data()
    tags = kinds(root["/StructTreeRoot"])
    found = {str(one.get("/S")) for one in tags}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/L"} <= found
    pictures = [one for one in tags if one.get("/S") == "/Figure" and "/Alt" in one]
    alts = [alt for alt in re.findall(r'(?:alt|img" aria-label)="([^"]+)"', printed)]
    assert sorted(str(one["/Alt"]) for one in pictures) == sorted(alts)


def test_every_sheet_has_the_mark_and_the_edition_and_no_data_of_figures(printed):
    reader = PdfReader(io.BytesIO(pdf.to_pdf(printed)))
    texts = [sheet.extract_text() for sheet in reader.pages]
    assert all("SYNTHETIC ·" in text and "Edition 000000000000" in text for text in texts)
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, start=1))
    assert "About this report" in texts[-1]
    assert len([text for text in texts if "Performances by province" in text]) == 1
    assert reader.outline[0]["/Title"] == "Annual report"


def test_every_font_is_embedded(printed):
    reader = PdfReader(io.BytesIO(pdf.to_pdf(printed)))
    fonts = {
        str(name): font.get_object()
        for sheet in reader.pages
        for name, font in sheet["/Resources"]["/Font"].items()
    }
    parts = [part.get_object() for font in fonts.values() for part in font["/DescendantFonts"]]
    assert parts
    for part in parts:
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(part["/FontDescriptor"])
        assert "CTIP" in part["/BaseFont"] or "Source" in part["/BaseFont"] or "Noto" in part["/BaseFont"]


def test_khmer_is_drawn_and_its_letters_can_be_extracted(printed):
    reader = PdfReader(io.BytesIO(pdf.to_pdf(printed)))
    text = "".join(sheet.extract_text() for sheet in reader.pages)
    assert set(re.findall("[\u1780-\u17ff]", text)) <= set("ភ្នំពេញ")
    assert len(re.findall("[\u1780-\u17ff]", text)) >= 4  # marks are reordered by the shaping


def test_the_same_page_gives_the_same_bytes_and_another_page_another_identifier(printed):
    made = pdf.to_pdf(printed)
    assert made == pdf.to_pdf(printed)
    other = PdfReader(io.BytesIO(pdf.to_pdf(printed.replace("Annual report", "Other report"))))
    assert PdfReader(io.BytesIO(made)).trailer["/ID"] != other.trailer["/ID"]


def test_the_audit_reads_a_pdf_back_and_finds_a_number_that_the_page_lacks(printed):
    assert findings_of_document(pdf.to_pdf(printed), printed, "report.pdf") == []
    more = pdf.to_pdf(printed.replace("is the capital", "has 4711 people"))
    assert [one.kind for one in findings_of_document(more, printed, "report.pdf")] == ["number"]


def test_nothing_is_fetched(printed, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"not to be read")
    made = pdf.to_pdf(printed.replace("<main", f'<img alt="x" src="file://{secret}"><main'))
    assert b"not to be read" not in made


def test_without_pango_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # an import of it fails
    monkeypatch.setattr(pdf, "library", pdf.library.__wrapped__)
    monkeypatch.setattr(pdf, "lacks", pdf.lacks.__wrapped__)
    with pytest.raises(MissingFileError, match=r"apt-get install libpango-1\.0-0"):
        pdf.library()
    assert pdf.lacks() == pdf.MISSING
