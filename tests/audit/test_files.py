"""What is planted in a workbook, PDF, picture or CSV is found by its kind, and never quoted."""

from __future__ import annotations

import io
import zipfile
import zlib

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from small_hand_over import picture

from ctip_analysis.audit import copies, embedded
from ctip_analysis.audit.document import document
from ctip_analysis.audit.workbook import workbook

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


def book() -> Workbook:
    made = Workbook()
    made.active.append(["province", "held"])
    made.active.append(["Kep", 3])
    return made


def bytes_of(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def frame_bytes() -> bytes:
    out = io.BytesIO()
    pd.DataFrame({"province": ["Kep", "Pailin"], "held": [3, 4]}).to_excel(out, index=False)
    return out.getvalue()


@pytest.mark.parametrize("content", [bytes_of(book()), frame_bytes()], ids=["openpyxl", "pandas"])
def test_a_plain_workbook_hides_nothing(content):
    assert kinds(workbook(content)) == set()


def hidden_sheet(made: Workbook) -> None:
    made.create_sheet("more").sheet_state = "hidden"


def very_hidden_sheet(made: Workbook) -> None:
    made.create_sheet("more").sheet_state = "veryHidden"


def hidden_row(made: Workbook) -> None:
    made.active.row_dimensions[2].hidden = True


def hidden_column(made: Workbook) -> None:
    made.active.column_dimensions["B"].hidden = True


def comment(made: Workbook) -> None:
    made.active["A2"].comment = Comment(MARKED, "x")


def link(made: Workbook) -> None:
    made.active["A2"].hyperlink = "https://example.org/Sok"


def page_header(made: Workbook) -> None:
    made.active.oddHeader.left.text = MARKED


def filtered(made: Workbook) -> None:
    made.active.auto_filter.ref = "A1:B2"


def defined_name(made: Workbook) -> None:
    made.defined_names["sok"] = DefinedName("sok", attr_text="Sheet!$A$1")


def white_text(made: Workbook) -> None:
    made.active["A3"] = MARKED
    made.active["A3"].font = Font(color="FFFFFF")


def quoting_format(made: Workbook) -> None:
    made.active["B2"].number_format = f'0" ({MARKED})"'


def formula(made: Workbook) -> None:
    made.active["A3"] = "=1+2"


def author(made: Workbook) -> None:
    made.properties.lastModifiedBy = MARKED


def creator(made: Workbook) -> None:
    made.properties.creator = MARKED


def path(made: Workbook) -> None:
    made.active["A3"] = "/" + "home/dara/records.csv"


def record_column(made: Workbook) -> None:
    made.active["C1"] = "exploitation_type"


HIDDEN = (hidden_sheet, very_hidden_sheet, hidden_row, hidden_column, comment, link, page_header, filtered,
          defined_name, white_text, quoting_format, formula)  # fmt: skip
KINDS = {**dict.fromkeys(HIDDEN, "hidden text"), author: "hidden text", creator: "metadata", path: "machine path",
         record_column: "record column"}  # fmt: skip


@pytest.mark.parametrize("plant", KINDS, ids=lambda plant: plant.__name__)
def test_what_a_workbook_hides_is_found(plant):
    made = book()
    plant(made)
    assert KINDS[plant] in kinds(workbook(bytes_of(made)))


def rezipped(content: bytes, name: str, more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part) if part != name else more)
        if name not in old.namelist():
            new.writestr(name, more)
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["docProps/custom.xml", "xl/media/image1.png", "notes.txt", "xl/vbaProject.bin"]
)
def test_a_part_of_a_workbook_that_is_no_sheet_is_found(name):
    assert kinds(workbook(rezipped(bytes_of(book()), name, b"<x>Sok Dara</x>"))) == {"hidden text"}


def test_text_beside_the_cells_of_a_workbook_is_found():
    content = bytes_of(book())
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    more = sheet.replace("</worksheet>", f"<extLst><ext>{MARKED}</ext></extLst></worksheet>")
    assert kinds(workbook(rezipped(content, "xl/worksheets/sheet1.xml", more.encode()))) == {"hidden text"}
    noted = sheet.replace("</worksheet>", f"<!-- {MARKED} --></worksheet>")
    assert kinds(workbook(rezipped(content, "xl/worksheets/sheet1.xml", noted.encode()))) == {"hidden text"}
    shared = (
        f"<sst><si><t>province</t></si><si><t>held</t></si><si><t>Kep</t></si><si><t>{MARKED}</t></si></sst>"
    )
    made = rezipped(content, "xl/sharedStrings.xml", shared.encode())
    assert load_workbook(io.BytesIO(made)).active["A2"].value == "Kep"
    assert kinds(workbook(made)) == {"hidden text"}


def test_a_part_that_is_in_a_workbook_twice_is_found():
    out = io.BytesIO(bytes_of(book()))
    sheet = zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    assert kinds(workbook(out.getvalue())) == {"hidden text"}


def test_what_is_no_workbook_or_pdf_is_not_cleared():
    assert kinds(workbook(b"x,y\n")) == {"unreadable"}
    assert kinds(workbook(rezipped(bytes_of(book()), "xl/workbook.xml", b"<x"))) == {"unreadable"}
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
    made.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript")}
    )


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
    [
        (attached, "attachment"),
        (script, "script"),
        (note, "hidden text"),
        (titled, "metadata"),
        (xmp, "metadata"),
    ],
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


SHAPE = (
    '{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {}, "geometry": null}}]}}'
)


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
