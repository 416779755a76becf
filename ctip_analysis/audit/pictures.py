"""Pictures as an attacker reads them: PNG chunk by chunk, JPEG segment by segment, SVG element by element."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from PIL import Image

from ctip_analysis.audit.text import Finding, in_text

_PNG = b"\x89PNG\r\n\x1a\n"
_DRAWING = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"bKGD"}
_WRITTEN = {b"tEXt", b"zTXt", b"iTXt"}
_CHANNELS = {1: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples a pixel by PNG colour type; 0 has one as well
_HAS_LENGTH = range(0xC0, 0xFF)
_GENERATED = re.compile(
    r"(?:figure|axes|patch|line2d|text|matplotlib\.axis|[xy]tick|legend|\w*Collection|image|table)_\d+"
    r"|[a-z]?[0-9a-f]{8,}\w*|[\w-]+-[0-9a-f]{2,}"
)
_SVG_SHAPES = {"rect", "path"}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0*\.?0+(?![.\d])|font-size\s*:\s*0"
)
_BOX = re.compile(r"\s*M\s*[-\d.]+[ ,]+[-\d.]+\s*(?:L\s*[-\d.]+[ ,]+[-\d.]+\s*){3,4}z?\s*", re.IGNORECASE)


def picture(file: str, content: bytes, place: str = "") -> Iterator[Finding]:
    """What is in the picture *content* besides its pixels, whatever its name says it is."""
    if content.startswith(_PNG):
        yield from _png(file, content, place)
    elif content.startswith(b"\xff\xd8"):
        yield from _jpeg(file, content, place)
    elif b"<svg" in content[:2000].lower():
        yield from svg(file, content.decode("utf-8", "replace"), place)
    else:
        yield Finding(file, place, "unreadable", "is not a PNG, JPEG or SVG picture")


def _png(file: str, content: bytes, place: str) -> Iterator[Finding]:
    at, pixels, header, ended = len(_PNG), b"", b"", False
    while at + 12 <= len(content) and not ended:
        (size,), kind = struct.unpack(">I", content[at : at + 4]), content[at + 4 : at + 8]
        body = content[at + 8 : at + 8 + size]
        at += 12 + size
        header = body if kind == b"IHDR" else header
        pixels += body if kind == b"IDAT" else b""
        ended = kind == b"IEND"
        if (ended and size) or kind not in _DRAWING:
            yield Finding(file, place, *_chunk(kind, body))
    if not ended:
        yield Finding(file, place, "unreadable", "the PNG ends before its end mark")
    elif at < len(content):
        yield Finding(
            file, place, "bytes after the picture", f"{len(content) - at} bytes follow the PNG's end"
        )
    yield from _hidden_rows(file, place, header, pixels)


def _chunk(kind: bytes, body: bytes) -> tuple[str, str]:
    if kind in _WRITTEN:
        is_xmp = body.startswith(b"XML:com.adobe.xmp")
        return ("picture XMP" if is_xmp else "PNG text"), "text beside the pixels"
    if kind == b"eXIf":
        return "picture EXIF", "EXIF data beside the pixels"
    return "unknown PNG chunk", "a chunk that draws nothing"


def _hidden_rows(file: str, place: str, header: bytes, pixels: bytes) -> Iterator[Finding]:
    """Bytes inside the compressed pixels that belong to no row of the picture."""
    try:
        width, height, depth, colour, _, _, laced = struct.unpack(">IIBBBBB", header)
        opened = zlib.decompressobj()
        rows = opened.decompress(pixels) + opened.flush()
    except (struct.error, zlib.error):
        yield Finding(file, place, "unreadable", "the PNG's pixels can't be read")
        return
    expected = height * (1 + (width * depth * _CHANNELS.get(colour, 1) + 7) // 8)
    if opened.unused_data or (not laced and len(rows) != expected):
        yield Finding(file, place, "bytes after the picture", "the PNG's pixel data hold more than its rows")


def _jpeg(file: str, content: bytes, place: str) -> Iterator[Finding]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] in _HAS_LENGTH:
        marker, (size,) = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])
        body = content[at + 4 : at + 2 + size]
        at += 2 + size
        if marker == 0xE1:
            is_exif = body.startswith(b"Exif")
            yield Finding(
                file, place, "picture EXIF" if is_exif else "picture XMP", "metadata beside the pixels"
            )
        elif marker == 0xFE:
            yield Finding(file, place, "JPEG comment", "a comment beside the pixels")
        elif 0xE2 <= marker <= 0xEF or (
            marker == 0xE0 and (not body.startswith(b"JFIF\0") or body[12:14] != b"\0\0")
        ):
            yield Finding(file, place, "unknown JPEG segment", "a segment that draws nothing")
        if marker == 0xDA:
            break
    end = content.find(b"\xff\xd9", at)
    if end < 0:
        yield Finding(file, place, "unreadable", "the JPEG ends before its end mark")
    elif end + 2 < len(content):
        yield Finding(file, place, "bytes after the picture", "bytes follow the JPEG's end")


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height of a picture in pixels, None where it is none that can be opened."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return opened.size
    except (OSError, ValueError):
        return None


def svg(file: str, text: str, place: str = "") -> Iterator[Finding]:
    """What an SVG holds besides what it draws, and what its drawing gives away."""
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", text):
        yield Finding(file, place, "SVG entity", "declares entities, which may hold or fetch text")
        return
    try:
        maker = ElementTree.TreeBuilder(insert_comments=True, insert_pis=True)
        root = ElementTree.fromstring(text, ElementTree.XMLParser(target=maker))
    except ElementTree.ParseError:
        yield Finding(file, place, "unreadable", "the SVG is not well-formed")
        return
    yield from in_text(file, text, place)
    referred = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", text))
    for element in root.iter():
        for channel, what in _svg_element(element, referred):
            yield Finding(file, place, channel, what)
    yield from _svg_drawing(file, root, place)


def _svg_element(element: ElementTree.Element, referred: set[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(element.tag, str):
        yield "SVG comment", "a comment or instruction nobody sees"
        return
    name = element.tag.rpartition("}")[2]
    if name == "metadata":
        yield "SVG metadata", "metadata beside the drawing"
    elif name in ("title", "desc"):
        yield "tooltip", "text that shows only under the pointer"
    elif name in ("script", "foreignObject", "set", "animate"):
        yield "script", f"an element <{name}>"
    elif name == "style" and re.search(r"@import|url\(\s*[\"']?(?!#)", element.text or ""):
        yield "external address", "a style that fetches"
    for key, value in element.attrib.items():
        yield from _svg_attribute(key.rpartition("}")[2], value, referred)


def _svg_attribute(key: str, value: str, referred: set[str]) -> Iterator[tuple[str, str]]:
    if key == "id" and value not in referred and not _GENERATED.fullmatch(value):
        yield "SVG id", "an id that nothing refers to and no drawing library makes"
    elif key.startswith("data-"):
        yield "data-* attribute", "data beside the drawing"
    elif key.startswith("on"):
        yield "script", "an attribute that runs a script"
    elif key in ("aria-label", "class") and re.search(r"\d", value):
        yield "SVG id", "a label or class that holds a number"
    elif key == "href" and not value.startswith(("#", "data:")):
        yield "external address", "fetches from elsewhere"
    elif _HIDING.search(value if key == "style" else f"{key}:{value}"):
        yield "hidden element", "is drawn so that nobody sees it"


def _svg_drawing(file: str, root: ElementTree.Element, place: str) -> Iterator[Finding]:
    frame = [float(number) for number in re.findall(r"-?[\d.]+", root.get("viewBox", ""))]
    if len(frame) != 4:
        sides = [re.match(r"[\d.]+", root.get(side, "")) for side in ("width", "height")]
        frame = [0.0, 0.0, *(float(side[0]) if side else float("inf") for side in sides)]
    bars, labels = 0, 0
    for element, (x, y), in_defs in _placed(root, (0.0, 0.0), False):
        name = element.tag.rpartition("}")[2]
        words = " ".join("".join(element.itertext()).split())
        if name in ("text", "tspan") and words:
            labels += bool(re.search(r"\d", words)) and name == "text"
            if not (frame[0] <= x <= frame[0] + frame[2] and frame[1] <= y <= frame[1] + frame[3]):
                yield Finding(file, place, "text outside the frame", "text that the drawing does not show")
            if name == "text" and re.search(r"\d", re.sub(r"\b(?:19|20)\d\d\b", "", words)):
                yield Finding(
                    file, place, "number outside a fact", "a number drawn as text, with no fact's id"
                )
        bars += not in_defs and name in _SVG_SHAPES and _is_bar(element, frame)
    if bars > labels:
        yield Finding(
            file, place, "unlabelled bar", f"{bars - labels} bars tell their number by their length"
        )


def _placed(
    element: ElementTree.Element, origin: tuple[float, float], in_defs: bool
) -> Iterator[tuple[ElementTree.Element, tuple[float, float], bool]]:
    """Every element with the place of its text, moved as its groups move it."""
    if not isinstance(element.tag, str):
        return
    x, y = origin
    for moved in re.findall(r"translate\(\s*(-?[\d.]+)(?:[ ,]+(-?[\d.]+))?", element.get("transform", "")):
        x, y = x + float(moved[0]), y + float(moved[1] or 0)
    at = tuple(float((re.match(r"-?[\d.]+", element.get(axis, "")) or ["0"])[0]) for axis in ("x", "y"))
    yield element, (x + at[0], y + at[1]), in_defs
    inside = in_defs or element.tag.rpartition("}")[2] in ("defs", "clipPath", "mask", "pattern", "symbol")
    for child in element:
        yield from _placed(child, (x, y), inside)


def _is_bar(element: ElementTree.Element, frame: list[float]) -> bool:
    """A rectangle that is not the ground of the picture; matplotlib clips bars, and not its grounds."""
    if element.tag.rpartition("}")[2] == "path":
        return bool(element.get("clip-path") and _BOX.fullmatch(element.get("d", "")))
    sides = [element.get(side, "0") for side in ("width", "height")]
    if any(side.endswith("%") for side in sides):
        return "100%" not in sides
    width, height = (float((re.match(r"[\d.]+", side) or ["0"])[0]) for side in sides)
    return 0 < width * height < 0.98 * frame[2] * frame[3]
