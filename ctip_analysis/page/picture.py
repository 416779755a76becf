"""Pictures of figures: an image in a notebook, because JupyterLab drops inline SVG, and inline SVG in a report.

A figure is drawn wide, for a page, and slim, for a phone; a reader gets the one that fits. A figure of too many shapes
is a PNG. A reader can save a figure as PNG and its numbers as CSV, offline and from a copy of the page alone.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import itertools
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from matplotlib.figure import Figure
from PIL import Image

from ctip_analysis.charts import svg
from ctip_analysis.page import template

SCRIPT = (Path(__file__).parent / "templates" / "picture.js").read_text(encoding="utf-8")
DPI = 200  # of a PNG: two dots a CSS pixel
MOST = 400_000  # letters of an SVG
LEAST_WIDTH = 648  # pixels: at this width and above, no text of a wide figure is under 10 pixels
_SPACE = ' xmlns="http://www.w3.org/2000/svg"'
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_IMAGE = r'src(?:set)?="data:image/svg\+xml;base64,([^"]*)"'
_PICTURE = re.compile(rf'<picture>(?:<source[^>]*? {_IMAGE}>)?<img alt="([^"]*)" {_IMAGE} [^>]*></picture>')
_MAP = re.compile(r'<section class="map">.*?</section>', re.DOTALL)
NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?")
_DATA = re.compile(r'<details class="data">(<summary>Data</summary>)(.*?)</details></figure>', re.DOTALL)
_INLINE = re.compile(r'<svg class="([\w ]+)" role="img" aria-label="([^"]*)"(.*?)</svg>', re.DOTALL)


def to_html(figure: Figure, slim: Figure | None, alt: str) -> str:
    """*figure* as an image with *alt*, and *slim*, if there is one, for a narrow screen."""
    drawn, width, height = svg.drawn(figure)
    if len(drawn) > MOST:
        picture, width, height = png(figure)
        return _image("png", picture, alt, width, height)
    other = _address(svg.drawn(slim)[0]) if slim is not None else ""
    source = f'<source media="(max-width: {LEAST_WIDTH - 1}px)" srcset="{other}">' if other else ""
    return f"<picture>{source}{_image('svg+xml', _document(drawn), alt, width, height)}</picture>"


def _image(kind: str, content: bytes, alt: str, width: int, height: int) -> str:
    data = base64.b64encode(content).decode()
    size = f'width="{width}" height="{height}"'
    return f'<img alt="{html.escape(alt)}" src="data:image/{kind};base64,{data}" {size}>'


def _address(drawn: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(_document(drawn)).decode()}"


def _document(drawn: str) -> bytes:
    """An SVG as an image: with its fonts, which it can't take from the page, and on white in any theme."""
    style = f'<style>svg{{background:#fff}}{template.faces(drawn)}text{{font-family:"CTIP Sans","CTIP Khmer"}}</style>'
    return re.sub(r"<svg([^>]*)>", rf"<svg{_SPACE}\1>{style}", drawn, count=1).encode()


def inlined(body: str) -> str:
    """*body* with its SVG images as inline SVG, whose text can be selected."""
    number = 1

    def inline(found: re.Match[str]) -> str:
        nonlocal number
        slim, alt, wide = found.groups()
        made = ""
        for kind, data in (("wide" if slim else "whole", wide), ("slim", slim)):
            if data:
                drawn, number = svg.numbered(_STYLE.sub("", base64.b64decode(data).decode(), count=1), number)
                made += _classed(drawn.replace(_SPACE, "", 1), kind, alt)
        return made if slim else f'<div class="scroll">{made}</div>'

    def explored(found: re.Match[str]) -> str:
        nonlocal number
        made, number = svg.numbered(found[0], number)
        return made

    return _MAP.sub(explored, _PICTURE.sub(inline, body))


def _classed(drawn: str, kind: str, alt: str) -> str:
    """*drawn* with one more class, and its *alt* as the name of an image."""
    drawn = drawn.replace("<svg ", '<svg class="" ', 1) if not drawn.startswith("<svg class=") else drawn
    return re.sub(r'class="([^"]*)"', lambda known: f'class="{f"{known[1]} {kind}".strip()}" role="img" '
                  f'aria-label="{alt}"', drawn, count=1)  # fmt: skip


def as_images(page: str) -> str:
    """*page* with its SVG as images, which a PDF has tags and alternative texts for; its style shows one of two."""

    def image(found: re.Match[str]) -> str:
        kind, alt, rest = found.groups()
        return f'<img class="{kind}" alt="{alt}" src="{_address(f"<svg{rest}</svg>")}">'

    return _INLINE.sub(image, page)


def png(figure: Figure) -> tuple[bytes, int, int]:
    """*figure* as PNG in at most 256 colours and without metadata, and its size in CSS pixels."""
    drawn, small = io.BytesIO(), io.BytesIO()
    plain = {"compress_level": 0}  # is read again at once
    figure.savefig(drawn, format="png", dpi=DPI, bbox_inches="tight", facecolor="white", pil_kwargs=plain)
    full = Image.open(drawn).convert("RGB")
    few = full.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(small, format="PNG", compress_level=7)
    return small.getvalue(), full.width * 100 // DPI, full.height * 100 // DPI


def linked(body: str) -> str:
    """*body* with a link to a CSV in the data of each figure."""
    number = itertools.count(1)

    def link(found: re.Match[str]) -> str:
        table = BeautifulSoup(found[2], "html.parser").table
        if table is None:
            return found[0]
        mark = "_SYNTHETIC" if table.select_one("data.synthetic") else ""
        name = f"figure-{next(number)}{mark}.csv"
        made = f'<p><a download="{name}" href="{address(table)}">Download as CSV</a></p>'
        return f'<details class="data">{found[1]}{made}{found[2]}</details></figure>'

    return _DATA.sub(link, body)


def address(table: Tag) -> str:
    """The ``data:`` address of the CSV of an HTML *table*."""
    return f"data:text/csv;base64,{base64.b64encode(to_csv(table).encode('utf-8-sig')).decode()}"


def to_csv(table: Tag) -> str:
    """An HTML *table* as CSV: numbers without separators, nothing for a dash; made-up numbers say so in each row."""
    made = io.StringIO()
    is_synthetic = table.select_one("data.synthetic") is not None
    rows = [[_plain(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    for at, row in enumerate(rows):
        more = ["kind" if at == 0 else "synthetic"] if is_synthetic else []
        csv.writer(made, lineterminator="\n").writerow([*row, *more])
    return made.getvalue()


def _plain(cell: Tag) -> str:
    words = " ".join(cell.get_text().split())
    if words == "–":
        return ""
    return words.replace(",", "").replace("−", "-") if NUMBER.fullmatch(words) else words
