"""A PDF as an attacker reads it: every revision, every stream inflated, what is attached and what is hidden.

The project makes no PDF yet, so a number in one stands at no fact: it is a finding.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from ctip_analysis.audit.text import Finding, in_text

_STREAM = re.compile(rb"(<<(?:(?!endobj).)*?>>)\s*stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_INFO = re.compile(
    rb"/(Title|Author|Subject|Keywords|Creator|Company|Manager|SourceModified)\s*(\(\)|\(|<[^<>]*>)"
)
_MARKS = {
    "PDF attachment": (rb"/EmbeddedFile|/Filespec|/FileAttachment", "a file is attached"),
    "PDF XMP": (rb"<x:xmpmeta|<\?xpacket|/Type\s*/Metadata", "XMP metadata"),
    "script": (rb"/JavaScript|/JS\s*[(<]|/Launch\b", "a script or command"),
    "PDF annotation": (rb"/Subtype\s*/(?:Text|FreeText|Popup|Stamp)\b|/AcroForm\b", "a note or form field"),
    "hidden element": (rb"/OCProperties|(?<!\d)3\s+Tr\b", "a layer or text that is not shown"),
    "external address": (rb"/GoToR\b|/URI\s*\(\s*(?!https?:)", "refers to another file"),
    "encrypted": (rb"/Encrypt\b", "is encrypted, so it can't be read whole"),
}
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)\s*(?:Tj|'|\")|\[((?:[^\]\\]|\\.)*)\]\s*TJ", re.DOTALL)
_CODED = re.compile(rb"<[0-9A-Fa-f\s]+>\s*Tj|<[0-9A-Fa-f\s]+>[^\[\]]*\]\s*TJ")


def pdf(file: str, content: bytes) -> Iterator[Finding]:
    """What a PDF holds besides its pages, and the numbers on its pages."""
    if not content.startswith(b"%PDF-"):
        yield Finding(file, "", "unreadable", "is not a PDF")
        return
    revisions = content.count(b"%%EOF")
    if revisions > 1:
        yield Finding(file, "", "PDF revision", f"holds {revisions - 1} older state(s) of itself")
    last = content.rfind(b"%%EOF")
    if last < 0 or content[last + 5 :].strip():
        yield Finding(file, "", "bytes after the end", "bytes follow the PDF's end mark, or it has none")
    streams = [_inflated(head, body) for head, body in _STREAM.findall(content)]
    if any(opened is None for opened in streams):
        yield Finding(file, "", "unreadable", "a stream that can't be opened")
    opened = [one for one in streams if one is not None]
    everything = b"\n".join([_STREAM.sub(rb"\1", content), *opened])
    yield from _marks(file, everything)
    for number, one in enumerate(opened, start=1):
        yield from _text(file, one, f"stream {number}")


def _inflated(head: bytes, body: bytes) -> bytes | None:
    """A stream as text; pictures and fonts as nothing; None where it can't be opened."""
    if re.search(rb"/Subtype\s*/Image|/FontFile|/Length1\b", head):
        return b""
    if b"/FlateDecode" not in head:
        return body if b"/Filter" not in head else None
    try:
        return zlib.decompressobj().decompress(body)
    except zlib.error:
        return None


def _marks(file: str, everything: bytes) -> Iterator[Finding]:
    told = {name.decode() for name, value in _INFO.findall(everything) if value not in (b"()", b"<>")}
    if told:
        yield Finding(file, "document information", "PDF metadata", f"{', '.join(sorted(told))} filled in")
    for channel, (pattern, what) in _MARKS.items():
        if re.search(pattern, everything):
            yield Finding(file, "", channel, what)
    yield from in_text(file, everything.decode("latin-1"), "its streams")


def _text(file: str, stream: bytes, place: str) -> Iterator[Finding]:
    """Words drawn on a page: nothing ties their numbers to a fact."""
    if _CODED.search(stream):
        yield Finding(
            file, place, "unchecked numbers", "text written as codes of a font, which can't be read"
        )
    for whole, parts in _SHOWN.findall(stream):
        words = whole or b"".join(re.findall(rb"\(((?:\\.|[^\\()])*)\)", parts))
        if re.search(rb"\d", re.sub(rb"\b(?:19|20)\d\d\b", b"", words)):
            yield Finding(file, place, "number outside a fact", "a number drawn as text, with no fact's id")
            return
