"""A page as elements and attributes: whatever a reader does not see, or a browser would fetch or run.

Only elements, attributes and classes of our own pages are allowed, so that every other channel is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bs4 import BeautifulSoup, Doctype, Tag
from bs4.element import PreformattedString

from ctip_analysis.audit.embedded import EMBEDDED, POLICY, SCRIPTS, classes, embedded, style
from ctip_analysis.audit.text import Found, in_text
from ctip_analysis.page import picture

_PLAIN = {"class", "id"}
_BARE = """head title style body header footer section h1 h2 h3 h4 p em strong small ul li dl dt dd span code table
    caption thead tbody tfoot tr figure figcaption br hr blockquote sub sup details summary abbr"""
_DRAWN_BY = """d x y width height transform fill stroke opacity fill-opacity stroke-opacity stroke-width stroke-linecap
    stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit fill-rule font-size font-weight text-anchor
    clip-path patternunits href cx cy r"""
_LOOKS = set(_DRAWN_BY.split())  # attributes of a drawing, as html.parser writes them
_PARTS = "g defs path text tspan use rect pattern clippath image circle"
_ELEMENTS: dict[str, set[str]] = {
    **{name: set() for name in _BARE.split()},
    "html": {"lang"}, "meta": {"charset", "http-equiv", "content", "name"}, "a": {"href", "download"}, "ol": {"start"},
    "nav": {"aria-label"}, "main": {"tabindex"}, "div": {"tabindex", "role", "aria-labelledby", "aria-label"},
    "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}, "data": {"value", "title"},
    "img": {"alt", "width", "height", "src", "loading", "decoding"},
    "svg": {"viewbox", "width", "height", "role", "aria-label", "stroke-linejoin", "aria-hidden"}, "p": {"role"},
    "button": {"type", "aria-pressed"}, "script": set(),
    **{name: _LOOKS for name in _PARTS.split()}, "use": {*_LOOKS, "tabindex", "role", "aria-label"},
}  # fmt: skip
_META = {
    "viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark", "robots": "noindex",
}  # fmt: skip


_RUNS = {"script", "noscript", "template", "object", "embed", "iframe", "form", "input", "button", "link", "base"}
_FETCHES = {"src", "srcset", "href", "data", "action", "poster", "background", "xlink:href", "cite", "ping"}
_NAMED = {"img": "alt", "svg": "aria-label"}
_CODE_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)*")  # values of role, scope, lang, …: a word, or a number
_DRAWN = re.compile(  # a number, path, colour, transformation, or a reference to a part of the page
    r"(?:[MLCQHVZlcqhvz\d\s.,e+-]|rotate|translate|scale|matrix|[()])*|#[0-9a-f]{6}|#figure-\d+|url\(#figure-\d+\)"
    r"|none|miter|round|bevel|square|butt|start|middle|end|bold|normal|evenodd|nonzero|userSpaceOnUse|figure-\d+|scale"
)
_UNKNOWN = "unknown markup"


def markup(page: str) -> Iterator[Found]:
    """What is in the HTML *page* besides words, facts and pictures."""
    soup = soup_of(page)
    yield from in_text(EMBEDDED.sub("data:", page))
    if not re.fullmatch(r"\s*<!DOCTYPE html>.*</html>\s*", page, re.DOTALL):
        yield "", _UNKNOWN, "something before or after the page"
    if re.search(r"</\w+[\s/]+[^>\s]", page):
        yield "", "hidden text", "words inside an end tag, which nobody sees"
    for string in soup.find_all(string=True):
        if isinstance(string, PreformattedString) and not (isinstance(string, Doctype) and string == "html"):
            yield _at(string.parent), "hidden text", "a comment or instruction nobody sees"
    for element in soup.find_all(True):
        for kind, detail in _element(element):
            yield _at(element), kind, detail
    yield from _ids(soup)
    yield from style(soup)
    yield from embedded(page)


@lru_cache(maxsize=2)  # a page is read for what it hides, for its numbers and for its cells
def soup_of(page: str) -> BeautifulSoup:
    """*page* as elements. Treat it as read-only: it is shared."""
    return BeautifulSoup(page, "html.parser", on_duplicate_attribute=_keep_second)


def _keep_second(attributes: dict[str, str], name: str, value: str) -> None:
    """Keep an attribute that is given twice: a browser drops the second, a reader of the file does not."""
    attributes[f"second-{name}"] = value


def _at(element: Tag | None) -> str:
    return f"line {element.sourceline}" if element is not None and element.sourceline else "line 1"


def _element(element: Tag) -> Iterator[tuple[str, str]]:
    name = element.name
    if name in _RUNS and not _is_ours(element):
        yield "script", f"an element <{name}>, which may run or fetch something"
    elif name not in _ELEMENTS:
        yield _UNKNOWN, "an element that no report has, such as the output of a cell"
    for key, value in element.attrs.items():
        yield from _attribute(element, key, " ".join(value) if isinstance(value, list) else str(value))
    if name == "meta" and not _is_own_meta(element):
        yield "metadata", "metadata in the head of the page"
    if name in _NAMED and not _is_bare(element) and not str(element.get(_NAMED[name], "")).strip():
        yield _UNKNOWN, "a figure without alternative text"
    if name in _PARTS.split() and element.find_parent("svg") is None:
        yield _UNKNOWN, "a part of a drawing outside it"
    if name == "title" and element.parent is not None and element.parent.name != "head":
        yield _UNKNOWN, "a title that is not the page's"
    if name == "text" and (element.find_parent("defs") or re.match(r"0?\.?0*$", str(element.get("opacity", "1")))):
        yield "hidden text", "words of a drawing that nobody sees"


def _csv(link: Tag, href: str) -> Iterator[tuple[str, str]]:
    """A CSV inside the page that is not the table of the figure it is in."""
    figure = link.find_parent("figure")
    table = figure.find("table") if figure is not None else None
    if table is None or picture.address(table) != href:
        yield "disagreeing copies", "a CSV that is not the table of its figure"


def _is_bare(element: Tag) -> bool:
    """Whether *element* is a drawing without words beside words that say the same: the colour of a key."""
    return element.get("aria-hidden") == "true" and not element.get_text().strip()


def _is_ours(element: Tag) -> bool:
    """Whether *element* is a script of figures or interactive maps, or a button of one."""
    if element.name == "script":
        return not element.attrs and element.get_text() in SCRIPTS
    return element.name == "button" and element.find_parent("section", class_="map") is not None


def _attribute(element: Tag, key: str, value: str) -> Iterator[tuple[str, str]]:
    if key in _PLAIN | _ELEMENTS.get(element.name, set()):
        if key == "class" and set(value.split()) - classes():
            yield _UNKNOWN, "a class that the style of a report does not have"
        elif key == "src" and not value.startswith("data:image/png;base64,"):
            yield "external address", "a picture that is not a PNG inside the page"
        elif key == "href" and value.startswith("data:text/csv;base64,"):
            yield from _csv(element, value)
        elif key == "download" and not re.fullmatch(r"figure-\d+(?:_SYNTHETIC)?\.csv", value):
            yield _UNKNOWN, "a download that no report has"
        elif key == "href" and element.name == "image" and value.startswith("data:image/png;base64,"):
            return  # its pixels are read with the other pictures
        elif element.name in _PARTS.split() and key not in ("class", "aria-label", "role", "tabindex"):
            if not _DRAWN.fullmatch(value):
                yield "hidden text", "a part of a drawing that says more than how it is drawn"
        elif key == "href" and not re.match(r"#|https?://|mailto:|data/\w+/\w+\.(?:xlsx|csv|json)$", value):
            yield "external address", "a link to something other than a source"
        elif key in _CODED and not (_CODE_WORDS.fullmatch(value) or value.lstrip("-").isdigit()):
            yield _UNKNOWN, f"a value of {key} that no report has"
    elif key.startswith("on"):
        yield "script", "an attribute that runs a script"
    elif key in _FETCHES:
        yield "external address", "an attribute that fetches"
    else:
        yield "hidden text", "an attribute that no report has: data-…, hidden, style, title, …"


_CODED = {
    "lang", "tabindex", "role", "scope", "type", "aria-pressed", "aria-hidden", "colspan", "rowspan", "width", "height",
    "start", "loading", "decoding",
}  # fmt: skip


def _is_own_meta(meta: Tag) -> bool:
    if meta.get("charset"):
        return len(meta.attrs) == 1 and meta["charset"] == "utf-8"
    if meta.get("http-equiv"):
        return bool(POLICY.fullmatch(str(meta.get("content"))))
    return _META.get(str(meta.get("name"))) == meta.get("content")


def _ids(soup: BeautifulSoup) -> Iterator[Found]:
    """Ids that say more than the words of their own element, and references to none."""
    ids = [str(element["id"]) for element in soup.find_all(id=True)]
    for element in soup.find_all(id=True):
        words = re.sub(r"[^a-z0-9]+", "-", element.get_text().lower()).strip("-")
        stem = re.sub(r"-\d+$", "", str(element["id"]))
        is_numbered = stem in ("content", "section", "table", "figure", "caption")
        if not (is_numbered or words.startswith((stem, str(element["id"])))):
            yield _at(element), _UNKNOWN, "an id that is not made from its heading"
    named = {str(link["href"])[1:] for link in soup.select("a[href^='#']")}
    named |= {str(element["aria-labelledby"]) for element in soup.select("[aria-labelledby]")}
    if named - set(ids) or len(ids) != len(set(ids)):
        yield "", _UNKNOWN, "an id that is given twice, or a reference to none"
