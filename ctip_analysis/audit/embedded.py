"""Files inside a page: pictures with nothing but pixels, and typefaces that ship with the package."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ctip_analysis.audit.text import Found
from ctip_analysis.base.reference import sha256

EMBEDDED = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]+)")
_FONTS = Path(__file__).parents[1] / "charts" / "fonts"
_PNG = b"\x89PNG\r\n\x1a\n"
_DRAWING = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"bKGD"}


def embedded(page: str) -> Iterator[Found]:
    """Pictures and fonts inside the page, decoded; anything else is a finding."""
    found = list(EMBEDDED.finditer(page))
    if len(re.findall(r"data:[\w/+.-]+[;,]", page)) > len(found):
        yield "", "attachment", "an embedded file that is not written as base64"
    for number, (kind, body) in enumerate((one.groups() for one in found), start=1):
        where = f"embedded file {number}"
        try:
            content = base64.b64decode(body)
        except binascii.Error:
            yield where, "unreadable", "can't be decoded"
            continue
        if kind == "text/csv":  # compared with the table of its figure
            continue
        if kind == "image/png":
            yield from picture(content, where)
        elif kind != "font/woff2" or hashlib.sha256(content).hexdigest() not in _typefaces():
            yield where, "attachment", "is neither a PNG picture nor one of our typefaces"


@cache
def _typefaces() -> frozenset[str]:
    """Hashes of the typefaces that ship with the package."""
    return frozenset(sha256(path) for path in _FONTS.glob("*.woff2"))


def picture(content: bytes, where: str = "") -> Iterator[Found]:
    """What is in the PNG *content* besides its pixels."""
    chunks, rest = chunks_of(content)
    if not chunks or chunks[-1][0] != b"IEND":
        yield where, "unreadable", "is not a whole PNG picture"
        return
    if rest:
        yield where, "hidden text", f"{len(rest)} bytes follow the end of the picture"
    if any(kind not in _DRAWING or (kind == b"IEND" and body) for kind, body in chunks):
        yield where, "metadata", "a chunk of the picture that draws nothing"


def chunks_of(content: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Kind and body of each chunk of a PNG up to its end mark, and the bytes after it; none if it is no PNG."""
    chunks: list[tuple[bytes, bytes]] = []
    at = len(_PNG) if content.startswith(_PNG) else len(content)
    while at + 12 <= len(content) and (not chunks or chunks[-1][0] != b"IEND"):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        chunks.append((kind, content[at + 8 : at + 8 + size]))
        at += 12 + size
    return chunks, content[at:]
