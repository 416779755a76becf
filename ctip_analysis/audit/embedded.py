"""What is embedded in a page: pictures with nothing but pixels, and the style and typefaces of the package."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator
from functools import cache

from bs4 import BeautifulSoup

from ctip_analysis.audit.text import Found
from ctip_analysis.base.reference import sha256
from ctip_analysis.charts import interactive
from ctip_analysis.page import template
from ctip_analysis.page.picture import SCRIPT

EMBEDDED = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]+)")
_FONT_RULE = re.compile(r"@font-face\s*\{[^{}]*\}\n?")
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_PNG = b"\x89PNG\r\n\x1a\n"
_DRAWING = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"bKGD"}


SCRIPTS = (SCRIPT, interactive.SCRIPT)
_ALLOWED = "|".join(re.escape(template.digest(one)) for one in SCRIPTS)
POLICY = re.compile(
    r"default-src 'none'; img-src data:; font-src data:; style-src 'sha256-[\w+/=]+'; "
    rf"(?:script-src(?: 'sha256-(?:{_ALLOWED})')+; )?base-uri 'none'; form-action 'none'"
)


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
    return frozenset(sha256(path) for path in template.FONTS.glob("*.woff2"))


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


def style(soup: BeautifulSoup) -> Iterator[Found]:
    """The one style element: the report's own, and the one that the page's policy names."""
    styles = [element.get_text() for element in soup.find_all("style")]
    if len(styles) != 1 or not _is_own_style(_FONT_RULE.sub("", styles[0]).strip()):
        yield "style", "hidden text", "is not the style of this version's reports: it may hide text"
    for text in styles:
        if re.search(r"@import|url\(\s*[\"']?(?!data:)", text):
            yield "style", "external address", "a style that fetches"
        if f"'sha256-{template.digest(text)}'" not in str(soup.find("meta", attrs={"http-equiv": True})):
            yield "style", "hidden text", "is not the style that the page's policy names"


def _is_own_style(style: str) -> bool:
    """Whether *style* is that of a report, with any text in its running header."""
    at = 0
    for number, part in enumerate(re.split(r"\{\{ \w+ \}\}", template.sheet().strip())):
        written = re.compile(_STRING).match(style, at) if number else None
        at = written.end() if written else at
        if (number and not written) or not style.startswith(part, at):
            return False
        at += len(part)
    return at == len(style)


@cache
def classes() -> frozenset[str]:
    """Classes that an element of a report may have: those the style sheet names, and the marks of facts."""
    named = re.findall(r"\.([a-z][\w-]*)", template.sheet())
    facts = "fact period own shown withheld no_data not_applicable published derived counted synthetic internal"
    plain = "say prose source plot data cells scroll short number quoted mark draft report-head issue contact scale"
    return frozenset([*named, *facts.split(), *plain.split()])


def printed(soup: BeautifulSoup) -> list[str]:
    """Texts that the running header of a printed page shows."""
    style = "\n".join(element.get_text() for element in soup.find_all("style"))
    return [text[1:-1] for text in re.findall(rf"@(?:top|bottom)-\w+\{{content:\s*({_STRING});", style)]
