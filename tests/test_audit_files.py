"""What is planted in a picture, workbook, notebook, PDF or chart is found by its channel, and never quoted."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib

import matplotlib.pyplot as plt
import nbformat
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ctip_analysis.audit.copies import csv_file
from ctip_analysis.audit.notebook import notebook
from ctip_analysis.audit.office import workbook
from ctip_analysis.audit.pdf import pdf
from ctip_analysis.audit.pictures import picture
from ctip_analysis.audit.specs import json_file
from ctip_analysis.charts.picture import png

MARKED = "Sok Dara"


def channels(found) -> set[str]:
    listed = list(found)
    assert not any(MARKED in str(one) for one in listed), "a finding quotes what it found"
    return {one.channel for one in listed}


def plain_png(**given) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, "PNG", **given)
    return out.getvalue()


def with_chunk(kind: bytes, body: bytes) -> bytes:
    made = plain_png()
    chunk = len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
    return made[:-12] + chunk + made[-12:]


def with_text(keyword: str) -> bytes:
    text = PngInfo()
    text.add_itxt(keyword, MARKED)
    return plain_png(pnginfo=text)


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = MARKED
    return made


def swollen_png() -> bytes:
    """A picture whose compressed pixels go on after its last row."""
    row = bytes(1 + 2 * 3)
    header = b"IHDR" + (2).to_bytes(4) + (1).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    chunks = [header, b"IDAT" + zlib.compress(row + MARKED.encode()), b"IEND"]
    body = b"".join((len(one) - 4).to_bytes(4) + one + zlib.crc32(one).to_bytes(4) for one in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_figure_as_it_is_drawn_holds_only_pixels():
    figure, ax = plt.subplots(figsize=(2, 2))
    ax.bar([1, 2], [3, 4])
    assert channels(picture("a.png", png(figure)[0])) == set()
    plt.close(figure)


@pytest.mark.parametrize(
    "content, channel",
    [
        pytest.param(with_text("Comment"), "PNG text", id="text"),
        pytest.param(with_text("XML:com.adobe.xmp"), "picture XMP", id="XMP"),
        pytest.param(plain_png(exif=exif()), "picture EXIF", id="EXIF"),
        pytest.param(with_chunk(b"prVt", MARKED.encode()), "unknown PNG chunk", id="private chunk"),
        pytest.param(plain_png() + MARKED.encode(), "bytes after the picture", id="after the end"),
        pytest.param(swollen_png(), "bytes after the picture", id="after the last row"),
        pytest.param(MARKED.encode(), "unreadable", id="no picture"),
    ],
)
def test_a_png_with_more_than_pixels_is_found(content, channel):
    assert channels(picture("a.png", content)) == {channel}


@pytest.mark.parametrize(
    "given, after, channel",
    [
        ({}, b"", None),
        ({"exif": exif()}, b"", "picture EXIF"),
        ({"comment": MARKED}, b"", "JPEG comment"),
        ({}, MARKED.encode(), "bytes after the picture"),
    ],
    ids=["plain", "EXIF", "comment", "after the end"],
)
def test_a_jpeg_with_more_than_pixels_is_found(given, after, channel):
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, "JPEG", **given)
    assert channels(picture("a.jpg", out.getvalue() + after)) == ({channel} if channel else set())


def svg(inside: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">{inside}</svg>'.encode()


@pytest.mark.parametrize(
    "inside, channel",
    [
        ("<text x='10' y='10'>Kep</text>", None),
        ("<!-- Sok Dara -->", "SVG comment"),
        ("<metadata>Sok Dara</metadata>", "SVG metadata"),
        ("<g id='sok_dara_7'/>", "SVG id"),
        ("<path d='M0 0' data-name='Sok Dara'/>", "data-* attribute"),
        ("<title>Sok Dara</title>", "tooltip"),
        ("<text x='500' y='10'>Sok Dara</text>", "text outside the frame"),
        ("<g transform='translate(0 -90)'><text x='5' y='10'>Sok Dara</text></g>", "text outside the frame"),
        ("<text x='5' y='10' style='display:none'>Sok Dara</text>", "hidden element"),
        ("<text x='5' y='10' opacity='0'>Sok Dara</text>", "hidden element"),
        ("<rect x='1' y='1' width='4' height='21'/>", "unlabelled bar"),
        ("<text x='5' y='10'>7</text>", "number outside a fact"),
        ("<image href='https://example.org/x.png'/>", "external address"),
        ("<script>1</script>", "script"),
    ],
)
def test_an_svg_with_more_than_its_drawing_is_found(inside, channel):
    assert channels(picture("a.svg", svg(inside))) == ({channel} if channel else set())


def test_a_bar_chart_of_matplotlib_as_svg_gives_its_numbers_away():
    figure, ax = plt.subplots()
    ax.bar(["Kep", "Pailin"], [3, 4])
    out = io.BytesIO()
    figure.savefig(out, format="svg")
    plt.close(figure)
    assert {"SVG metadata", "SVG comment", "unlabelled bar"} <= channels(picture("a.svg", out.getvalue()))


def book() -> Workbook:
    made = Workbook()
    made.active.append(["province", "held"])
    made.active.append(["Kep", 3])
    return made


def bytes_of(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_plain_workbook_hides_nothing():
    assert channels(workbook("a.xlsx", bytes_of(book()))) == set()


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


def defined_name(made: Workbook) -> None:
    made.defined_names["sok"] = DefinedName("sok", attr_text="Sheet!$A$1")


def properties(made: Workbook) -> None:
    made.properties.lastModifiedBy = MARKED


def white_text(made: Workbook) -> None:
    made.active["A3"] = MARKED
    made.active["A3"].font = Font(color="FFFFFF")


def quoting_format(made: Workbook) -> None:
    made.active["B2"].number_format = f'0" ({MARKED})"'


def formula(made: Workbook) -> None:
    made.active["A3"] = "=1+2"


def path(made: Workbook) -> None:
    made.active["A3"] = "/" + "home/dara/records.csv"


def record_column(made: Workbook) -> None:
    made.active["C1"] = "exploitation_type"


@pytest.mark.parametrize(
    "plant, channel",
    [
        (hidden_sheet, "hidden sheet"),
        (very_hidden_sheet, "very hidden sheet"),
        (hidden_row, "hidden row"),
        (hidden_column, "hidden column"),
        (comment, "comment"),
        (defined_name, "defined name"),
        (properties, "document properties"),
        (white_text, "hidden text"),
        (quoting_format, "hidden text"),
        (formula, "formula"),
        (path, "machine path"),
        (record_column, "column of records"),
    ],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_what_a_workbook_hides_is_found(plant, channel):
    made = book()
    plant(made)
    assert channel in channels(workbook("a.xlsx", bytes_of(made)))


def rezipped(content: bytes, name: str, more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part) if part != name else more)
        if name not in old.namelist():
            new.writestr(name, more)
    return out.getvalue()


def test_a_part_that_stands_twice_and_text_beside_cells_are_found_in_a_workbook():
    content = bytes_of(book())
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    more = sheet.replace("</worksheet>", f"<extLst><ext>{MARKED}</ext></extLst></worksheet>")
    assert "hidden text" in channels(
        workbook("a.xlsx", rezipped(content, "xl/worksheets/sheet1.xml", more.encode()))
    )
    out = io.BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    assert channels(workbook("a.xlsx", out.getvalue())) == {"hidden text"}


def test_json_that_says_something_twice_is_not_cleared():
    assert channels(json_file("a.json", b'[{"id": "Sok Dara", "id": "a:2004"}]')) == {"unreadable"}


def test_a_text_that_no_cell_shows_is_found_in_a_workbook():
    shared = f"<sst><si><t>{MARKED}</t></si></sst>"
    made = rezipped(bytes_of(book()), "xl/sharedStrings.xml", shared.encode())
    assert load_workbook(io.BytesIO(made)).active["A2"].value == "Kep"
    assert channels(workbook("a.xlsx", made)) == {"hidden text"}


@pytest.mark.parametrize(
    "name, channel",
    [
        ("docProps/custom.xml", "document properties"),
        ("xl/media/image1.png", "attachment"),
        ("notes.txt", "unknown part"),
    ],
)
def test_a_part_of_a_workbook_that_is_no_sheet_is_found(name, channel):
    assert channel in channels(
        workbook("a.xlsx", rezipped(bytes_of(book()), name, f"<x>{MARKED}</x>".encode()))
    )


def ipynb(*cells: nbformat.NotebookNode, **metadata: object) -> bytes:
    return nbformat.writes(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)).encode()


def code(source: str = "", *outputs: nbformat.NotebookNode, **metadata: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def display(**data: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_output(
        "display_data", data={key.replace("__", "/"): value for key, value in data.items()}
    )


@pytest.mark.parametrize(
    "content, channel",
    [
        pytest.param(ipynb(nbformat.v4.new_markdown_cell("Words only.")), None, id="clean"),
        pytest.param(ipynb(code("x = 'Sok Dara'")), "cell source", id="source"),
        pytest.param(ipynb(code("x  # Sok Dara")), "cell comment", id="comment"),
        pytest.param(
            ipynb(papermill={"parameters": {"db": "postgresql" + "://a:b@c/d"}}),
            "papermill parameters",
            id="papermill",
        ),
        pytest.param(
            ipynb(papermill={"parameters": {"db": "postgresql" + "://a:b@c/d"}}),
            "password in an address",
            id="password",
        ),
        pytest.param(ipynb(papermill={"input_path": "/" + "srv/records/x"}), "machine path", id="path"),
        pytest.param(ipynb(code("", tags=["injected-parameters"])), "papermill parameters", id="injected"),
        pytest.param(ipynb(widgets={"state": {"a": MARKED}}), "widget state", id="widgets"),
        pytest.param(ipynb(author=MARKED), "metadata", id="metadata"),
        pytest.param(
            ipynb(nbformat.v4.new_markdown_cell("x", attachments={"a.png": {}})),
            "attachment",
            id="attachment",
        ),
        pytest.param(ipynb(nbformat.v4.new_markdown_cell("7 clients")), "number outside a fact", id="number"),
        pytest.param(
            ipynb(nbformat.v4.new_markdown_cell("<!-- Sok Dara -->")), "HTML comment", id="markdown comment"
        ),
        pytest.param(
            ipynb(code("", nbformat.v4.new_output("stream", name="stdout", text=MARKED))),
            "stream stdout",
            id="stdout",
        ),
        pytest.param(
            ipynb(code("", nbformat.v4.new_output("stream", name="stderr", text=MARKED))),
            "stream stderr",
            id="stderr",
        ),
        pytest.param(
            ipynb(code("", nbformat.v4.new_output("stream", name="stderr", text="a.py:1: UserWarning: x"))),
            "warning",
            id="warning",
        ),
        pytest.param(
            ipynb(code("", nbformat.v4.new_output("error", ename="E", evalue=MARKED, traceback=[MARKED]))),
            "traceback",
            id="traceback",
        ),
        pytest.param(
            ipynb(code("", display(text__plain=MARKED, text__html="<p>x</p>"))), "text twin", id="twin"
        ),
        pytest.param(
            ipynb(code("", display(text__html="<p data-n='7'>x</p>"))), "data-* attribute", id="HTML"
        ),
        pytest.param(
            ipynb(code("", display(image__png=base64.b64encode(with_text("Comment")).decode()))),
            "PNG text",
            id="picture",
        ),
        pytest.param(
            ipynb(code("", display(**{"application__vnd.jupyter.widget-view+json": {"model_id": "a"}}))),
            "widget state",
            id="widget",
        ),
        pytest.param(
            ipynb(
                code("", display(**{"application__vnd.plotly.v1+json": {"data": [{"customdata": [MARKED]}]}}))
            ),
            "undeclared column",
            id="plotly",
        ),
    ],
)
def test_what_a_notebook_carries_is_found(content, channel):
    found = channels(notebook("a.ipynb", content))
    assert channel in found if channel else not found


def vega(rows: list[dict], **more: object) -> dict:
    return {"$schema": "vega-lite", "data": {"values": rows}, "encoding": {"x": {"field": "held"}}, **more}


def boundaries(**properties: str) -> dict:
    shape = {"type": "Feature", "properties": properties, "geometry": None}
    return {"type": "FeatureCollection", "features": [shape]}


@pytest.mark.parametrize(
    "read, channel",
    [
        pytest.param(boundaries(adm1_code="KH23", name_en="Kep"), None, id="boundaries"),
        pytest.param(boundaries(adm1_code="KH23", clients="7"), "undeclared column", id="a property"),
        pytest.param(vega([{"held": 3, "name": MARKED}]), "undeclared column", id="vega"),
        pytest.param(
            vega([{"held": "a"}], encoding={"x": {"field": "held", "scale": {"domain": ["a", MARKED]}}}),
            "unused categories",
            id="levels",
        ),
        pytest.param(
            {"data": [{"x": [1], "hovertext": [MARKED]}], "layout": {}}, "undeclared column", id="plotly"
        ),
        pytest.param(
            {"data": [{"x": [1], "visible": False}], "layout": {}}, "hidden element", id="hidden trace"
        ),
        pytest.param([{"id": "a:2004", "text": "3", "name": MARKED}], "undeclared column", id="facts"),
        pytest.param({"client_id": "x"}, "column of records", id="a key of records"),
        pytest.param({"anything": MARKED}, "unknown JSON", id="anything"),
    ],
)
def test_what_json_carries_besides_its_kind_is_found(read, channel):
    found = channels(json_file("a.json", json.dumps(read).encode()))
    assert channel in found if channel else not found


def document(*objects: bytes, more: bytes = b"") -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer <<>>\n%%EOF\n" + more


def stream(content: bytes, head: bytes = b"/Filter /FlateDecode") -> bytes:
    return b"<< %s >>\nstream\n%s\nendstream" % (head, zlib.compress(content))


@pytest.mark.parametrize(
    "content, channel",
    [
        pytest.param(document(stream(b"BT (Performances) Tj ET")), None, id="clean"),
        pytest.param(document(b"<< /Title (Sok Dara) >>"), "PDF metadata", id="information"),
        pytest.param(document(stream(b"<x:xmpmeta>Sok Dara</x:xmpmeta>")), "PDF XMP", id="XMP"),
        pytest.param(
            document(stream(b"Sok Dara", b"/Type /EmbeddedFile /Filter /FlateDecode")),
            "PDF attachment",
            id="file",
        ),
        pytest.param(document(b"<<>>", more=b"trailer <<>>\n%%EOF\n"), "PDF revision", id="revision"),
        pytest.param(document(b"<<>>", more=b"Sok Dara"), "bytes after the end", id="after the end"),
        pytest.param(document(b"<< /S /JavaScript /JS (1) >>"), "script", id="script"),
        pytest.param(document(b"<< /Subtype /Text /Contents (Sok Dara) >>"), "PDF annotation", id="note"),
        pytest.param(document(stream(b"BT 3 Tr (Sok Dara) Tj ET")), "hidden element", id="unseen text"),
        pytest.param(document(stream(b"BT (7 clients) Tj ET")), "number outside a fact", id="number"),
        pytest.param(
            document(stream(b"BT [(7) 20 ( clients)] TJ ET")), "number outside a fact", id="number in parts"
        ),
        pytest.param(document(stream(b"BT <0037> Tj ET")), "unchecked numbers", id="codes of a font"),
        pytest.param(document(stream(b"% /" + b"home/dara/records")), "machine path", id="path in a stream"),
        pytest.param(
            document(b"<< /Filter /FlateDecode >>\nstream\nxx\nendstream"), "unreadable", id="broken stream"
        ),
    ],
)
def test_what_a_pdf_carries_is_found(content, channel):
    assert channels(pdf("a.pdf", content)) == ({channel} if channel else set())


@pytest.mark.parametrize(
    "content, channel",
    [
        (b"a,b\n1,2\n", None),
        (b"client_id,b\n1,2\n", "column of records"),
        (b"a,b\n1,2,Sok Dara\n", "undeclared column"),
        (b"a,b\n1,\xff\n", "unreadable"),
    ],
    ids=["plain", "column of records", "longer row", "other letters"],
)
def test_a_csv_holds_its_columns_and_no_more(content, channel):
    assert channels(csv_file("a.csv", content)) == ({channel} if channel else set())
