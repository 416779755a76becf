"""A notebook file as an attacker reads it: what JupyterLab hides is all there.

A report is an HTML page; a notebook that lies in a hand-over brings its code, parameters and outputs along.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from ctip_analysis.audit.html import markup
from ctip_analysis.audit.pictures import picture, svg
from ctip_analysis.audit.specs import spec
from ctip_analysis.audit.text import Finding, in_text

_KNOWN = {"kernelspec", "language_info", "audience", "report_name", "tags"}
_TWINS = {"text/plain", "text/latex", "text/markdown", "application/vnd.dataresource+json"}
_COMMENT = re.compile(r"(?m)(?:^|\s)#")


def notebook(file: str, content: bytes) -> Iterator[Finding]:
    """What a notebook holds besides the words of its Markdown cells."""
    try:
        read = json.loads(content)
        cells = list(read["cells"])
    except (ValueError, KeyError, TypeError):
        yield Finding(file, "", "unreadable", "is not a notebook")
        return
    yield from _metadata(file, "notebook metadata", read.get("metadata", {}))
    yield from in_text(file, json.dumps(read.get("metadata", {}), ensure_ascii=False), "notebook metadata")
    for number, cell in enumerate(cells, start=1):
        yield from _cell(file, f"cell {number}", cell)


def _metadata(file: str, place: str, metadata: dict[str, Any]) -> Iterator[Finding]:
    for key in metadata:
        if key == "papermill":
            yield Finding(file, place, "papermill parameters", "parameters and paths of the run")
        elif key == "widgets":
            yield Finding(file, place, "widget state", "the state of widgets, with their data")
        elif key not in _KNOWN:
            yield Finding(file, place, "metadata", "metadata that no reader sees")


def _cell(file: str, place: str, cell: dict[str, Any]) -> Iterator[Finding]:
    source = "".join(cell.get("source", ""))
    yield from _metadata(file, place, {key: 0 for key in cell.get("metadata", {}) if key not in _SCROLL})
    if "injected-parameters" in cell.get("metadata", {}).get("tags", []):
        yield Finding(file, place, "papermill parameters", "parameters of the run in a cell")
    if cell.get("attachments"):
        yield Finding(file, place, "attachment", "files attached to the cell")
    yield from in_text(file, source, place)
    if cell.get("cell_type") == "code":
        if source.strip():
            yield Finding(file, place, "cell source", "code")
        if _COMMENT.search(source):
            yield Finding(file, place, "cell comment", "a comment in code")
    elif "<!--" in source:
        yield Finding(file, place, "HTML comment", "a comment nobody sees")
    if cell.get("cell_type") != "code" and re.search(r"\d", re.sub(r"\b(?:19|20)\d\d\b", "", source)):
        yield Finding(file, place, "number outside a fact", "a number typed into the text")
    for at, output in enumerate(cell.get("outputs", []), start=1):
        yield from _output(file, f"{place}, output {at}", output)


_SCROLL = {"collapsed", "scrolled", "editable", "slideshow", "trusted", "jupyter"}


def _output(file: str, place: str, output: dict[str, Any]) -> Iterator[Finding]:
    kind = output.get("output_type")
    if kind == "stream":
        yield Finding(file, place, f"stream {output.get('name', '')}".strip(), "what the run printed")
        yield from in_text(file, "".join(output.get("text", "")), place)
    elif kind == "error":
        yield Finding(file, place, "traceback", "the trace of an error, which quotes data")
    if set(output.get("metadata", {})) - {"ctip", "needs_background", "image/png"}:
        yield Finding(file, place, "metadata", "metadata that no reader sees")
    data = output.get("data", {})
    for mime, content in data.items():
        yield from _shown(file, place, mime, content, alone=len(data) == 1)


def _shown(file: str, place: str, mime: str, content: Any, *, alone: bool) -> Iterator[Finding]:
    text = content if isinstance(content, str) else "".join(content) if isinstance(content, list) else ""
    if mime in _TWINS:
        what = "plain rows" if alone else "a plain twin of what is shown, with all of its values"
        yield Finding(file, place, "text twin", what)
    elif mime in ("image/png", "image/jpeg"):
        try:
            yield from picture(file, base64.b64decode(text, validate=False), place)
        except binascii.Error:
            yield Finding(file, place, "unreadable", "a picture that can't be decoded")
    elif mime == "image/svg+xml":
        yield from svg(file, text, place)
    elif mime == "text/html":
        yield from _fragment(file, place, text)
    elif "widget" in mime:
        yield Finding(file, place, "widget state", "a widget, with its data")
    elif mime.endswith("json"):
        yield from spec(file, content if isinstance(content, dict) else json.loads(text or "{}"), place)
    else:
        yield Finding(file, place, "script" if "javascript" in mime else "unknown output", "can't be checked")
    yield from in_text(file, text or json.dumps(content, ensure_ascii=False), place)


def _fragment(file: str, place: str, text: str) -> Iterator[Finding]:
    for one in markup(file, text, whole=False):
        yield Finding(one.file, f"{place}, {one.place}", one.channel, one.what)
