"""A page as an attacker reads it: every element, attribute, comment, style and embedded file.

Only what render.py writes is known here; whatever else stands in a page is a finding, because nothing
has checked it. Numbers and facts are read in audit_numbers.py.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from bs4 import BeautifulSoup, Doctype, Tag
from bs4.element import PreformattedString
from fontTools.ttLib import TTFont, TTLibError

from ctip_analysis.audit.pictures import picture, size_of
from ctip_analysis.audit.text import Finding, in_text, without_embedded
from ctip_analysis.charts.picture import DPI

_TEMPLATE = Path(__file__).parents[1] / "page" / "templates" / "page.css"
_PLAIN = {"class", "id"}
_BARE = (  # elements that a report has without attributes of their own
    "head", "title", "style", "body", "header", "footer", "h1", "h2", "h3", "h4", "p", "em", "strong", "ul", "ol", "li",
    "dl", "dt", "dd", "span", "code", "table", "caption", "thead", "tbody", "tr", "figure", "figcaption", "br", "hr",
    "blockquote", "sub", "sup",
)  # fmt: skip
_ELEMENTS: dict[str, set[str]] = {
    **{name: set() for name in _BARE},
    "html": {"lang"},
    "meta": {"charset", "http-equiv", "content", "name"},
    "a": {"href"},
    "nav": {"aria-label"},
    "main": {"tabindex"},
    "div": {"tabindex", "role", "aria-labelledby"},
    "th": {"scope", "colspan"},
    "td": {"colspan"},
    "data": {"value"},
    "img": {"alt", "width", "height", "src"},
}
_META = {
    "viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark", "robots": "noindex",
}  # fmt: skip
_POLICY = re.compile(
    r"default-src 'none'; img-src data:; font-src data:; style-src 'sha256-[\w+/=]+'; "
    r"base-uri 'none'; form-action 'none'"
)
_FIXED = {
    "lang": {"en", "km"}, "role": {"region"}, "tabindex": {"0", "-1"}, "aria-label": {"Contents"},
    "scope": {"col", "row", "rowgroup"},
}  # fmt: skip
_CLASSES = {
    "about", "below", "codes", "columns", "contact", "counted", "derived", "draft", "edition", "fact", "group", "id",
    "internal", "issue", "key", "mark", "n", "name", "narrow", "no_data", "not", "not_applicable", "note", "period",
    "plot", "published", "quote", "quotes", "records", "report-head", "scroll", "short", "skip", "source", "subtitle",
    "synthetic", "table", "total", "withheld", "words",
}  # fmt: skip
_SCRIPTS = {
    "script",
    "noscript",
    "template",
    "object",
    "embed",
    "iframe",
    "canvas",
    "form",
    "input",
    "button",
}
_STREAMS = {"pre": "stream or traceback", "textarea": "hidden element", "select": "unused categories"}
_NOTEBOOK = re.compile(r"^(?:jp-|input|prompt|output|cell|highlight|celltag|code_cell|traitlets|lm-|widget)")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0*\.?0+\s*(?:;|$)|font-size\s*:\s*0|clip|transparent"
    r"|(?:left|top|right|text-indent)\s*:\s*-\d{3,}|(?:height|width)\s*:\s*0",
    re.IGNORECASE,
)
_FETCHES = {"src", "srcset", "href", "data", "action", "poster", "background", "xlink:href", "cite", "ping"}
_DATA = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]+)")
# Names of a font that say how its letters look.
_STYLES = {"Regular", "Thin", "ExtraLight", "Light", "Bold", "Italic", "Roman", "Normal", "Weight", "Width"}
_FONT_RULE = re.compile(r"@font-face\{[^{}]*\}\n?")
_STRING = r'"(?:[^"\\\n]|\\.)*"'


def markup(file: str, text: str, *, whole: bool = True) -> Iterator[Finding]:
    """What stands in the HTML *text* besides words and facts; *whole* pages have a style, a part has none."""
    soup = soup_of(text)
    yield from in_text(file, without_embedded(text))
    for string in soup.find_all(string=True):
        if isinstance(string, PreformattedString) and not (isinstance(string, Doctype) and string == "html"):
            yield Finding(file, _at(string.parent), "HTML comment", "a comment or instruction nobody sees")
    if re.search(r"</\w+[\s/]+[^>\s]", text):
        yield Finding(file, "", "HTML comment", "words inside an end tag, which nobody sees")
    for element in soup.find_all(True):
        yield from _element(file, element)
    yield from _links(file, soup)
    yield from _ids(file, soup)
    yield from _embedded(file, text)
    if whole:
        yield from _style(file, soup)
        yield from _pictures(file, soup)
        if not re.fullmatch(r"\s*<!DOCTYPE html>.*</html>\s*", text, re.DOTALL):
            yield Finding(file, "", "unknown element", "something before or after the page")


@lru_cache(maxsize=2)  # a page is read for what it hides, for its numbers and for its cells
def soup_of(text: str) -> BeautifulSoup:
    """*text* as elements. Treat it as read-only: it is shared."""
    return BeautifulSoup(text, "html.parser", on_duplicate_attribute=_twice)


def _twice(attributes: dict[str, str], key: str, value: str) -> None:
    """Keep an attribute that stands twice: a browser drops the second, a reader of the file does not."""
    attributes[f"data-second-{key}"] = value


def _at(element: Tag | None) -> str:
    return f"line {element.sourceline}" if element is not None and element.sourceline else "line 1"


def _element(file: str, element: Tag) -> Iterator[Finding]:
    place, name = _at(element), element.name
    if name in _SCRIPTS:
        yield Finding(file, place, "script", f"an element <{name}>")
    elif name in _STREAMS:
        yield Finding(file, place, _STREAMS[name], f"an element <{name}>")
    elif name == "link":
        yield Finding(file, place, "external address", "an element <link>")
    elif name not in _ELEMENTS:
        yield Finding(file, place, "unknown element", "an element that no report has")
    for key, value in element.attrs.items():
        for channel, what in _attribute(name, key, value):
            yield Finding(file, place, channel, what)


def _attribute(name: str, key: str, value: object) -> Iterator[tuple[str, str]]:
    words = [str(word) for word in value] if isinstance(value, list) else [str(value)]
    if key.startswith("data-"):
        yield "data-* attribute", "data beside what is shown"
    elif key in ("title", "aria-description", "summary", "label", "placeholder"):
        yield "tooltip", "text that shows only under the pointer"
    elif key == "hidden" or (key == "aria-hidden" and words != ["false"]):
        yield "hidden element", "an element nobody sees"
    elif key == "style":
        hides = _HIDING.search(words[0])
        fetches = "url(" in words[0]
        channel = "hidden element" if hides else "external address" if fetches else "style attribute"
        yield channel, "a style of its own"
    elif key.startswith("on"):
        yield "script", "an attribute that runs a script"
    elif key == "class":
        yield from _classes(words)
    elif key in _FETCHES and key not in _ELEMENTS.get(name, set()):
        yield "external address", "an attribute that fetches"
    elif key not in _ELEMENTS.get(name, set()) | _PLAIN:
        yield "unknown attribute", "an attribute that no report has"
    elif words[0] not in _FIXED.get(key, {words[0]}) or (key in _NUMERIC and not words[0].isdigit()):
        yield "unknown attribute", f"a value of {key} that no report has"


_NUMERIC = {"colspan", "width", "height"}


def _classes(words: list[str]) -> Iterator[tuple[str, str]]:
    if any(_NOTEBOOK.match(word) for word in words):
        yield "cell source or stream", "a part of a notebook that a report leaves out"
    elif set(words) - _CLASSES:
        yield "unknown attribute", "a class that no report has"


def _links(file: str, soup: BeautifulSoup) -> Iterator[Finding]:
    """Addresses and ids: a source may be linked, nothing may be fetched, an id says no more than its heading."""
    ids = [str(element["id"]) for element in soup.find_all(id=True)]
    for link in soup.find_all("a", href=True):
        where = str(link["href"])
        if where.startswith("#") and where[1:] not in ids:
            yield Finding(file, _at(link), "unknown attribute", "a link to nothing on the page")
        elif not where.startswith(("#", "https://", "http://", "mailto:")) and re.match(r"\w+:|/", where):
            yield Finding(file, _at(link), "external address", "a link to something else than a source")
    for image in soup.find_all("img"):
        if not str(image.get("src", "")).startswith("data:image/"):
            yield Finding(file, _at(image), "external address", "a picture that is not in the page")
    labelled = {str(element["aria-labelledby"]) for element in soup.find_all(attrs={"aria-labelledby": True})}
    if labelled - set(ids) or len(ids) != len(set(ids)):
        yield Finding(file, "", "unknown attribute", "ids that name nothing or stand twice")
    for meta in soup.find_all("meta"):
        if not _is_own_meta(meta):
            yield Finding(file, _at(meta), "metadata", "metadata in the head of the page")


def _ids(file: str, soup: BeautifulSoup) -> Iterator[Finding]:
    """Ids that are not those a report gives its headings and tables, and spans of columns that don't fit."""
    taken: set[str] = set()
    for element in soup.find_all(["h2", "h3", "h4"], id=True):
        slug = re.sub(r"[^a-z0-9]+", "-", element.get_text().lower()).strip("-")[:60] or "section"
        made = next(one for one in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if one not in taken)
        taken.add(made)
        if element["id"] != made:
            yield Finding(file, _at(element), "unknown attribute", "an id that is not made from its heading")
    captions = {id(table.caption): f"table-{at}" for at, table in enumerate(soup.find_all("table"), start=1)}
    for element in soup.find_all(id=True):
        own = "content" if element.name == "main" else captions.get(id(element))
        if element.name not in ("h2", "h3", "h4") and element["id"] != own:
            yield Finding(file, _at(element), "unknown attribute", "an id that no report has")
    for element in soup.find_all(colspan=True):
        head = element.find_parent("table").select("thead th") if element.find_parent("table") else []
        if element["colspan"] != str(len(head)):
            yield Finding(file, _at(element), "unknown attribute", "a cell wider or narrower than its table")


def _pictures(file: str, soup: BeautifulSoup) -> Iterator[Finding]:
    """Figures that nothing can be held against, or whose stated size says something else than their own."""
    for image in soup.find_all("img"):
        if not str(image.get("alt", "")).strip():
            yield Finding(file, _at(image), "unchecked picture", "a figure without alternative text")
        embedded = _DATA.match(str(image.get("src", "")))
        size = size_of(base64.b64decode(embedded[2])) if embedded else None
        stated = [str(image.get(side, "")) for side in ("width", "height")]
        if size is not None and stated != [str(side * 100 // DPI) for side in size]:
            yield Finding(file, _at(image), "unknown attribute", "a size that is not the picture's")


def _is_own_meta(meta: Tag) -> bool:
    if meta.get("charset"):
        return len(meta.attrs) == 1 and meta["charset"] == "utf-8"
    if meta.get("http-equiv"):
        return bool(_POLICY.fullmatch(str(meta.get("content"))))
    return _META.get(str(meta.get("name"))) == meta.get("content")


def _embedded(file: str, text: str) -> Iterator[Finding]:
    """Files inside the page, decoded."""
    counted = 0
    for found in _DATA.finditer(text):
        counted += 1
        place = f"embedded file {counted}"
        try:
            content = base64.b64decode(found[2], validate=False)
        except binascii.Error:
            yield Finding(file, place, "unreadable", "can't be decoded")
            continue
        if found[1].startswith("image/"):
            yield from picture(file, content, place)
        elif found[1] == "font/woff":
            yield from _font(file, content, place)
        else:
            yield Finding(file, place, "attachment", "is neither a picture nor a font")
    if len(re.findall(r"data:[\w/]+[;,]", text)) > counted:
        yield Finding(file, "", "attachment", "an embedded file that is not written as base64")


def _font(file: str, content: bytes, place: str) -> Iterator[Finding]:
    """A font holds glyphs, and neither names nor blocks of its maker."""
    try:
        (length,), blocks = struct.unpack(">I", content[8:12]), struct.unpack(">5I", content[24:44])
        names = {str(name) for name in TTFont(io.BytesIO(content))["name"].names}
    except (struct.error, TTLibError, KeyError):
        yield Finding(file, place, "unreadable", "is not a font")
        return
    if content[:4] != b"wOFF" or length != len(content) or any(blocks) or names - _STYLES:
        yield Finding(file, place, "attachment", "a font that holds more than glyphs")


def _style(file: str, soup: BeautifulSoup) -> Iterator[Finding]:
    """The one style element, which must be the report's own and the one its policy names."""
    styles = soup.find_all("style")
    if len(styles) != 1:
        yield Finding(file, "", "style", f"{len(styles)} style elements; a report has one")
    for element in styles:
        text, place = element.get_text(), _at(element)
        sheet = _FONT_RULE.sub("", text).strip()
        if re.search(r"@import|url\(\s*[\"']?(?!data:)", text):
            yield Finding(file, place, "external address", "a style that fetches")
        if not _own_sheet().fullmatch(sheet):
            yield Finding(
                file, place, "style", "is not the style of this version's reports: it may hide text"
            )
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        if f"'sha256-{digest}'" not in str(soup.find("meta", attrs={"http-equiv": True})):
            yield Finding(file, place, "style", "is not the style that the page's policy names")


@cache
def _own_sheet() -> re.Pattern[str]:
    """The style of a report, with any text in its running header."""
    parts = re.split(r"\{\{ \w+ \}\}", _TEMPLATE.read_text(encoding="utf-8").strip())
    return re.compile(_STRING.join(re.escape(part) for part in parts))


def printed_strings(soup: BeautifulSoup) -> list[str]:
    """The texts that the running header of a printed page shows."""
    style = "\n".join(element.get_text() for element in soup.find_all("style"))
    return [text[1:-1] for text in re.findall(rf"@(?:top|bottom)-\w+\{{content:({_STRING});", style)]
