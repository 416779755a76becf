"""Look for a text in bytes as somebody would who takes a file apart: unpacked, decoded, in every usual encoding."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import re
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

DEEPEST = 6
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_BROKEN_LINES = re.compile(rb"(?<=[A-Za-z0-9+/]{16})(?:\r?\n|\\n)[ \t]*(?=[A-Za-z0-9+/]{4})")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_HEX_PAIRS = re.compile(rb"[0-9a-fA-F]{2}(?:[\s:,-][0-9a-fA-F]{2}){5,}")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_PNG = b"\x89PNG\r\n\x1a\n"


def find(data: bytes, marks: Sequence[str]) -> list[str]:
    """Where one of *marks* is in *data*, in capitals or not: the steps that lead there; [] if nowhere."""
    wanted = {mark.lower().encode(code): mark for mark in marks for code in _ENCODINGS}
    found = []
    for steps, layer in layers(data):
        small = layer.lower()
        found += [f"{' > '.join(steps) or 'plain'}: {mark}" for text, mark in wanted.items() if text in small]
    return found


def search(paths: Iterable[Path], marks: Sequence[str]) -> list[str]:
    """The same for files, and for every file below the folders among *paths*, with their names."""
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    found = [f"{file.name}: its name" for file in files if find(str(file).encode(), marks)]
    for file in filter(Path.is_file, files):
        found += [f"{file.name}: {where}" for where in find(file.read_bytes(), marks)]
    return found


def layers(data: bytes, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """*data*, and all that can be unpacked or decoded from it, each with the steps that lead there."""
    yield steps, data
    if len(steps) < DEEPEST:
        seen = {data}
        for step, inner in _opened(data):
            if inner not in seen and len(inner) >= 3:
                seen.add(inner)
                yield from layers(inner, (*steps, step))


def _opened(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(_PNG):
        yield from _png(data)  # its pixels are no text, and nothing else of it is packed
        return
    if data.startswith(b"PK\x03\x04"):
        yield from _zip(data)
        return
    if data.startswith(b"\x1f\x8b"):
        yield "gzip", gzip.decompress(data)
        return
    if len(data) > 4:
        yield from _inflated(data)
    yield from _decoded(data)


def _png(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = len(_PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind not in (b"IDAT", b"IHDR"):
            yield f"PNG {kind.decode('latin-1')}", body
        at += 12 + length
        if kind == b"IEND":
            break
    yield "after the PNG", data[at:]


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        yield "zip comment", packed.comment
        for member in packed.infolist():
            yield "zip", member.filename.encode() + b"\n" + member.comment + b"\n" + member.extra
            yield f"zip {member.filename}", packed.read(member)


def _inflated(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Streams of zlib wherever one begins, as in a PDF or a font."""
    for begin in _ZLIB.finditer(data):
        try:
            yield "zlib", zlib.decompressobj().decompress(data[begin.start() :], 50_000_000)
        except zlib.error:
            continue


def _decoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    joined = _BROKEN_LINES.sub(b"", data)
    for run in {found.group() for text in (data, joined) for found in _BASE64.finditer(text)}:
        text = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        for skipped in range(4):  # a letter before it may belong to something else
            part = text[skipped:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            yield "base64", base64.b64decode(part + b"=" * (-len(part) % 4))
    for run in {found.group() for found in _HEX.finditer(data)}:
        yield "hex", binascii.unhexlify(run)
        yield "hex", binascii.unhexlify(run[1:-1])
    for run in {found.group() for found in _HEX_PAIRS.finditer(data)}:
        yield "hex", binascii.unhexlify(re.sub(rb"[\s:,-]", b"", run))
    if b"%" in data:
        yield "url", urllib.parse.unquote_to_bytes(data)
    if b"&" in data:
        yield "entities", html.unescape(data.decode("utf-8", "replace")).encode()
    if b"\\" in data:
        yield (
            "escapes",
            _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)).encode("utf-8", "replace"), data),
        )
