"""What is planted in a workbook, PDF, picture or CSV is found by its kind, and never quoted."""

from __future__ import annotations

import io
import shutil
import zipfile
import zlib

import openpyxl
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from small_hand_over import copy_data, picture, write_edition

from ctip_analysis.audit import copies, embedded
from ctip_analysis.audit.document import document

MARKED = "Sok Dara"


def kinds(found) -> set[str]:
    listed = list(found)
    assert not any(MARKED in str(one) for one in listed), "a finding quotes what it found"
    return {kind for _, kind, _ in listed}


def with_chunk(kind: bytes, body: bytes) -> bytes:
    made = picture()
    chunk = len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
    return made[:-12] + chunk + made[-12:]


def with_text(keyword: str) -> bytes:
    text = PngInfo()
    text.add_itxt(keyword, MARKED)
    return picture(pnginfo=text)


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = MARKED
    return made


@pytest.mark.parametrize(
    "content, kind",
    [
        pytest.param(picture(), None, id="plain"),
        pytest.param(with_text("Comment"), "metadata", id="text"),
        pytest.param(with_text("XML:com.adobe.xmp"), "metadata", id="XMP"),
        pytest.param(picture(exif=exif()), "metadata", id="EXIF"),
        pytest.param(with_chunk(b"prVt", MARKED.encode()), "metadata", id="private chunk"),
        pytest.param(picture() + MARKED.encode(), "hidden text", id="after the end"),
        pytest.param(picture()[:-12], "unreadable", id="cut off"),
        pytest.param(MARKED.encode(), "unreadable", id="no picture"),
    ],
)
def test_a_picture_with_more_than_pixels_is_found(content, kind):
    assert kinds(embedded.picture(content)) == ({kind} if kind else set())


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The data of a small edition as they are handed over."""
    work = tmp_path_factory.mktemp("copy")
    return copy_data(write_edition(work / "2004"), work / "data" / "2004")


@pytest.fixture
def book(tmp_path, copy):
    """The workbook of a copy, to plant things in."""
    return shutil.copytree(copy, tmp_path / "2004") / "edition_2004_SYNTHETIC.xlsx"


def rezip(book, change) -> None:
    """Write the workbook again with the parts that *change* makes of its own."""
    with zipfile.ZipFile(book) as old:
        parts = {name: old.read(name).decode() for name in old.namelist()}
    with zipfile.ZipFile(book, "w") as new:
        for name, text in change(parts).items():
            new.writestr(name, text)


def test_the_workbook_of_an_edition_has_no_finding(book):
    assert kinds(copies.workbook(book)) == set()


CELLS = "xl/worksheets/sheet2.xml"


@pytest.mark.parametrize(
    "part, old, new",
    [
        ("xl/workbook.xml", "<sheet ", '<sheet state="hidden" '),
        (CELLS, '<row r="4"', '<row r="4" hidden="1"'),
        (CELLS, "<sheetData>", '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'),
        (CELLS, "</worksheet>", f"<extLst><ext>{MARKED}</ext></extLst></worksheet>"),
        (CELLS, "</worksheet>", f"<!-- {MARKED} --></worksheet>"),
        (CELLS, "</sheetData>", f'</sheetData><headerFooter><oddHeader>{MARKED}</oddHeader></headerFooter>'),
        (CELLS, "<v>29</v>", "<f>20+9</f><v>29</v>"),
        (CELLS, "<v>29</v>", "<v>30</v>"),
        ("xl/styles.xml", '<sz val="11"/>', '<sz val="11"/><color rgb="FFFFFFFF"/>'),
        ("xl/workbook.xml", "</workbook>", f"<definedNames>{MARKED}</definedNames></workbook>"),
    ],
    ids=["sheet", "row", "column", "text beside cells", "XML comment", "printed header", "formula", "number",
         "white letters", "name"],
)  # fmt: skip
def test_what_a_workbook_has_more_than_the_csv_beside_it_is_found(book, part, old, new):
    def planted(parts):
        assert old in parts[part]
        return parts | {part: parts[part].replace(old, new, 1)}

    rezip(book, planted)
    assert kinds(copies.workbook(book)) == {"disagreeing copies"}


@pytest.mark.parametrize(
    "name", ["docProps/custom.xml", "xl/media/image1.png", "xl/comments1.xml", "notes.txt", "xl/vbaProject.bin"]
)
def test_a_part_of_a_workbook_that_is_no_sheet_is_found(book, name):
    rezip(book, lambda parts: parts | {name: f"<x>{MARKED}</x>"})
    assert kinds(copies.workbook(book)) == {"hidden text"}


def test_a_row_that_says_something_else_than_the_csv_is_named(book):
    """Of the key figures: the mark, the heads, then three indicators, of which performances are the last."""
    rezip(book, lambda parts: parts | {CELLS: parts[CELLS].replace('s="2"><v>29</v>', 's="2"><v>30</v>', 1)})
    assert [where for where, _, _ in copies.workbook(book)] == ["sheet2, row 5"]


def test_a_workbook_that_was_saved_again_elsewhere_is_found(book):
    openpyxl.load_workbook(book).save(book)
    assert kinds(copies.workbook(book)) == {"disagreeing copies"}


def test_what_the_archive_of_a_workbook_carries_is_found(book):
    with zipfile.ZipFile(book, "a") as archive:
        archive.comment = MARKED.encode()
    assert kinds(copies.workbook(book)) == {"hidden text"}


def test_a_part_that_is_in_a_workbook_twice_is_found(book):
    with zipfile.ZipFile(book, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(CELLS, archive.read(CELLS))
    assert kinds(copies.workbook(book)) == {"hidden text"}


def test_a_workbook_of_ones_own_is_not_cleared(tmp_path):
    """Nothing says which numbers it may have; a CSV can be read by anybody."""
    pd.DataFrame({"province": ["Kep"], "held": [3]}).to_excel(tmp_path / "held.xlsx", index=False)
    assert kinds(copies.workbook(tmp_path / "held.xlsx")) == {"unknown kind"}


def test_what_is_no_workbook_or_pdf_is_not_cleared(book):
    for content in (b"x,y\n", book.read_bytes()[:-30]):
        book.write_bytes(content)
        assert kinds(copies.workbook(book)) == {"unreadable"}
    assert "unreadable" in kinds(document(b"x,y\n", None))


def pdf(*words: str) -> PdfWriter:
    """A PDF with one page for each of *words*."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for said in words:
        content = f"BT /F1 12 Tf 72 700 Td ({said}) Tj ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 1} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>")  # fmt: skip
        kids.append(f"{len(objects) + 1} 0 R")
    objects.insert(1, f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>")
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
    return PdfWriter(clone_from=PdfReader(io.BytesIO(body)))


def written(made: PdfWriter, *, producer: str = "WeasyPrint") -> bytes:
    made.add_metadata({"/Producer": producer})
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


PAGE = "In all 29 performances were held in 2004."


@pytest.mark.parametrize(
    "said, page, kind",
    [
        ("29 performances in 2004, page 1 of 1", PAGE, None),
        ("Performances", None, None),
        ("7 clients", PAGE, "number"),
        ("29 performances", None, "number"),
        ("/" + "home/dara/records", PAGE, "machine path"),
    ],
)
def test_numbers_of_a_pdf_are_those_of_its_page(said, page, kind):
    assert kinds(document(written(pdf(said)), page)) == ({kind} if kind else set())


def attached(made: PdfWriter) -> None:
    made.add_attachment("sok.txt", MARKED.encode())


def script(made: PdfWriter) -> None:
    made.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})


def note(made: PdfWriter) -> None:
    said = {"/Type": "/Annot", "/Subtype": "/Text"}
    read = DictionaryObject({NameObject(key): NameObject(value) for key, value in said.items()})
    read[NameObject("/Contents")] = TextStringObject(MARKED)
    made.pages[0][NameObject("/Annots")] = ArrayObject([read])


def titled(made: PdfWriter) -> None:
    made.add_metadata({"/Author": MARKED})


def xmp(made: PdfWriter) -> None:
    made.xmp_metadata = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{MARKED}</x:xmpmeta>'.encode()


@pytest.mark.parametrize(
    "plant, kind",
    [(attached, "attachment"), (script, "script"), (note, "hidden text"), (titled, "metadata"), (xmp, "metadata")],
)
def test_what_a_pdf_carries_is_found(plant, kind):
    made = pdf("Performances")
    plant(made)
    assert kind in kinds(document(written(made), ""))


def test_an_older_state_of_a_pdf_and_bytes_after_its_end_are_found():
    plain = written(pdf("Performances"))
    assert kinds(document(plain + MARKED.encode(), "")) == {"hidden text"}
    assert "hidden text" in kinds(document(plain + plain[9:], ""))


def test_an_encrypted_pdf_is_not_cleared():
    made = pdf("Performances")
    made.encrypt("x", algorithm="RC4-128")
    assert kinds(document(written(made), "")) == {"unreadable"}


@pytest.mark.parametrize(
    "text, kind",
    [
        ("a,b\n1,2\n", None),
        ("client_id,b\n1,2\n", "record column"),
        ("a,b\n1,2,Sok Dara\n", "unknown column"),
        ('a,b\n1,"2\n', "unreadable"),
    ],
    ids=["plain", "column of records", "longer row", "broken"],
)
def test_a_csv_holds_its_columns_and_no_more(text, kind):
    assert kinds(copies.table_of_csv(text)) == ({kind} if kind else set())


SHAPE = '{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {}, "geometry": null}}]}}'


@pytest.mark.parametrize(
    "text, kind",
    [
        (SHAPE.format('{"adm1_code": "KH23", "name_en": "Kep"}'), None),
        (SHAPE.format('{"adm1_code": "KH23", "clients": "7"}'), "unknown column"),
        ('{"data": [{"x": [1]}]}', "unreadable"),
        ("[1]", "unreadable"),
    ],
    ids=["plain", "a property", "a chart", "a list"],
)
def test_boundaries_have_no_other_properties(text, kind):
    assert kinds(copies.boundaries(text)) == ({kind} if kind else set())
