"""A rendered page as a tagged PDF (PDF/UA-1) by WeasyPrint: what the page shows, without the data under its figures.

Everything it needs is in the page; the same page gives the same bytes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import logging
import re
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote_to_bytes

from ctip_analysis.base.errors import MissingFileError
from ctip_analysis.page import picture

STYLE = Path(__file__).parent / "templates" / "pdf.css"
MISSING = (
    "no PDF was made, because a system library of WeasyPrint is missing: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
_DATA = re.compile(r'<details class="data">.*?</details>', re.DOTALL)
_BESIDE = re.compile(r' href="data/[^"]*"')  # a PDF is handed over without them
_FOLDED = re.compile(r"<details(?: class=\"[\w ]*\")?>\s*<summary>(.*?)</summary>", re.DOTALL)
_SHORT = re.compile(r'<div class="scroll short".*?</table>', re.DOTALL)
_WHOLE = 5  # rows of a table that is not broken; longer ones repeat their heads
_URL = re.compile(r"data:(?P<kind>[\w/+.-]*)(?P<coded>;base64)?,(?P<body>.*)", re.DOTALL)


def to_pdf(page: str) -> bytes:
    """The HTML *page* as a PDF with tags, language, title, bookmarks, embedded fonts and fixed identifiers.

    MissingFileError: a system library of WeasyPrint is missing; the message names what to install.
    """
    printer = library()
    document = printer.HTML(string=_printed(page), url_fetcher=_fetcher(printer)())
    identifier = hashlib.sha256(page.encode()).digest()[:16]
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return made


@cache
def lacks() -> str:
    """Why no PDF can be made, in a sentence; "" if it can."""
    try:
        library()
    except MissingFileError as error:
        return str(error)
    return ""


@cache
def library() -> ModuleType:
    """WeasyPrint; MissingFileError where pango or another of its system libraries is missing."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # CSS of screens that it does not know
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint
    except (OSError, ImportError):
        raise MissingFileError(MISSING) from None
    return weasyprint


def _printed(page: str) -> str:
    """*page* without the data of figures; other folded parts are open under their summary; short tables are whole."""
    alone = _BESIDE.sub("", picture.as_images(page))
    shown = _FOLDED.sub(lambda found: f"<details>{_opened(found[1])}", _DATA.sub("", alone))
    shown = _SHORT.sub(lambda found: found[0].replace("short", "whole") if _is_whole(found[0]) else found[0], shown)
    return shown.replace("</style>", f"{STYLE.read_text(encoding='utf-8')}</style>", 1)


def _opened(summary: str) -> str:
    return summary if "<h2" in summary else f'<p class="summary">{summary}</p>'


def _is_whole(table: str) -> bool:
    return table.count("<tr") <= _WHOLE


@cache
def _fetcher(printer: ModuleType) -> Any:
    """A fetcher of what is inside the page, and of nothing else."""

    class Embedded(printer.URLFetcher):
        """Decodes ``data:`` addresses; urllib would ask the guard of a report for the network."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The content of a ``data:`` address; ValueError for any other."""
            found = _URL.fullmatch(url)
            if not found:
                raise ValueError("a page has everything in itself")
            body = unquote_to_bytes(found["body"])
            content = base64.b64decode(body) if found["coded"] else body
            return printer.urls.URLFetcherResponse(url, content, {"Content-Type": found["kind"]})

    return Embedded
