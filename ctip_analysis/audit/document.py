"""A PDF, read by pypdf: its text, properties, attachments, scripts, notes and older states."""

from __future__ import annotations

import html
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from ctip_analysis.audit.embedded import printed
from ctip_analysis.audit.markup import soup_of
from ctip_analysis.audit.text import Finding, Found, in_text, plain

_XMP = re.compile(  # that it is PDF/UA, program and title: what WeasyPrint writes, and nothing more
    r'<\?xpacket begin="" id="\w+"\?>\s*<x:xmpmeta[^<>]*>\s*<rdf:RDF[^<>]*>'
    r'<rdf:Description rdf:about="" pdfuaid:part="1" />'
    r'<rdf:Description rdf:about="" pdf:Producer="WeasyPrint [\d.]+" />'
    r'(?:<rdf:Description rdf:about=""><dc:title><rdf:Alt><rdf:li xml:lang="x-default">(?P<title>[^<>]*)</rdf:li>'
    r'</rdf:Alt></dc:title></rdf:Description>)?</rdf:RDF>\s*</x:xmpmeta>\s*<\?xpacket end="r"\?>\s*'
)
_COUNTER = re.compile(r"(?:Figure|Table) \d+\. ")  # written by the style of a page, not in its text
_PROPERTIES = {"/Title", "/Producer", "/CreationDate", "/ModDate", "/Lang"}
_ACTIVE = {"/JavaScript", "/JS", "/Launch", "/OpenAction", "/AA", "/AcroForm", "/XFA"}
_HIDDEN = {"/OCProperties", "/EmbeddedFiles", "/Collection"}
_NUMBER = re.compile(r"\d[\d.,]*")
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote what it reads


def document(content: bytes, page: str | None) -> Iterator[Found]:
    """What a PDF holds besides its pages, and numbers in it that the text of the same report as *page* lacks."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            yield "", "unreadable", "is encrypted, so it can't be read whole"
            return
        found = [*_envelope(content), *_properties(reader), *_catalogue(reader)]
        for number, one in enumerate(reader.pages, start=1):
            found += _notes(f"page {number}", one)
            found += _text(number, len(reader.pages), one.extract_text(), page)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        yield "", "unreadable", "is not a PDF, or is damaged"
        return
    yield from found


def findings_of_document(content: bytes, page: str, name: str) -> list[Finding]:
    """Everything in the PDF *content*, called *name*, that must not leave or that the HTML *page* does not say."""
    return sorted({Finding(name, *one) for one in document(content, text_of(page))})


def text_of(page: str) -> str:
    """What a reader sees of the HTML *page* when it is printed: its words, and its running header and footer."""
    soup = soup_of(page)
    return " ".join([soup.get_text(" "), *printed(soup)])


def _envelope(content: bytes) -> Iterator[Found]:
    if content.count(b"%%EOF") > 1:
        yield "", "hidden text", "holds an older state of itself"
    if not content.startswith(b"%PDF-") or content.rpartition(b"%%EOF")[2].strip():
        yield "", "hidden text", "bytes before the PDF, or after its end mark"


def _properties(reader: PdfReader) -> Iterator[Found]:
    given: dict[str, object] = dict(reader.metadata or {})
    yield from in_text(" ".join(map(str, given.values())), "document properties")
    if set(given) - _PROPERTIES or not _is_plain_xmp(reader):
        yield "document properties", "metadata", "more than title, day and program: author, XMP, …"


def _is_plain_xmp(reader: PdfReader) -> bool:
    """Whether the XMP, if there is any, says no more than PDF/UA, program and the title of the document."""
    if "/Metadata" not in reader.root_object:
        return True
    xmp = reader.root_object["/Metadata"].get_object().get_data().decode("utf-8", "replace")  # type: ignore[union-attr]
    found = _XMP.fullmatch(xmp)
    title = reader.metadata.title if reader.metadata else ""
    return found is not None and html.unescape(found["title"] or "") == (title or "")


def _catalogue(reader: PdfReader) -> Iterator[Found]:
    root = reader.root_object
    names = set(root) | set(root["/Names"].get_object() if "/Names" in root else ())  # type: ignore[arg-type]
    if names & _ACTIVE:
        yield "", "script", "a script, form or action"
    if names & _HIDDEN or reader.attachments:
        yield "", "attachment", "an attached file, or a layer that can be hidden"


def _notes(where: str, page: PageObject) -> Iterator[Found]:
    """Annotations other than links inside the document and to the web."""
    for note in page.get("/Annots") or []:
        read = note.get_object()
        action = read["/A"].get_object() if "/A" in read else {}
        is_link = read.get("/Subtype") == "/Link" and action.get("/S", "/GoTo") in ("/GoTo", "/URI")
        if not is_link or not str(action.get("/URI", "https:")).startswith(("http:", "https:", "mailto:")):
            yield where, "hidden text", "a note, form field, attached file or link to another file"


def _text(number: int, pages: int, text: str, page: str | None) -> Iterator[Found]:
    """Words drawn on a page. A PDF has no ids of facts, so its numbers are compared with those of the report."""
    yield from in_text(text, f"page {number}")
    written = Counter(_numbers(_COUNTER.sub("", text))) - Counter([str(number), str(pages)])  # "3 of 12" in the margin
    if page is None and written:
        yield f"page {number}", "number", "no report of the same name is beside it to compare with"
    elif page is not None and set(written) - set(_numbers(page)):
        yield f"page {number}", "number", "a number that the report of the same name does not have"


def _numbers(text: str) -> list[str]:
    return [number.rstrip(".,") for number in _NUMBER.findall(plain(text))]
