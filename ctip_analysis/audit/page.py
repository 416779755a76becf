"""A page of a report, or the index of a folder of them: what must not leave, and the cells a reader can take of it."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup, Tag

from ctip_analysis.audit.embedded import printed
from ctip_analysis.audit.known import known_of
from ctip_analysis.audit.markup import markup, soup_of
from ctip_analysis.audit.numbers import numbers
from ctip_analysis.audit.text import Finding, Found, has_number, plain
from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import KEYS, Edition, FactId

INDEX = "index.html"  # the page that links the reports of a folder
_LINK = re.compile(r'href="(?!#|https?:|mailto:)([^"]*)"')
_NUMBER = re.compile(r"\d[\d.,]*")
_SOURCES = ("published", "derived")  # kinds of facts that no record is behind, made up or real
_COUNTS = {"counted", "synthetic"}  # kinds of facts that records are behind
_STATES = ("withheld", "no_data", "not_applicable")
_UNMARKED = "made-up records that do not say SYNTHETIC"


def findings_of_page(page: str, edition: Edition | None, name: str = "page") -> list[Finding]:
    """Everything in a rendered page that must not leave, compared with the edition it was made from.

    *name* is how findings call it; a page whose name ends in ``.html`` says SYNTHETIC in it too.

    Examples
    --------
    >>> "number" in [finding.kind for finding in findings_of_page("<main><p>7 clients</p></main>", edition)]
    True
    """
    soup, found = soup_of(page), list(markup(page))
    if edition is not None:
        found += numbers(page, known_of(edition))
        if edition.id not in page:
            found.append(("footer", "disagreeing copies", "does not name the edition beside it"))
    elif has_number(soup.get_text()):
        found.append(("", "number", "its edition is not beside it, so no number can be checked"))
    if edition.is_synthetic if edition is not None else "SYNTHETIC" in page:
        found += ((where, "no SYNTHETIC mark", _UNMARKED) for where in unmarked(name, soup))
    return sorted({Finding(name, *one) for one in found})


def unmarked(name: str, soup: BeautifulSoup) -> Iterator[str]:
    """Where a page of made-up records does not say SYNTHETIC."""
    marked = {
        "title": soup.title is not None and "SYNTHETIC" in soup.title.get_text(),
        "head": soup.select_one("header.report-head p.mark.synthetic strong") is not None,
        "footer": soup.footer is not None and "SYNTHETIC" in soup.footer.get_text(),
        "printed header": any("SYNTHETIC" in text for text in printed(soup)),
        "file name": "_SYNTHETIC" in name or not name.endswith(".html"),
    }
    yield from (where for where, is_there in marked.items() if not is_there)
    for number, figure in enumerate(soup.find_all("figure"), start=1):
        if not _is_public(figure) and not _says(figure.figcaption):
            yield f"figure {number}"
    for number, table in enumerate(soup.find_all("table"), start=1):
        if table.select("data.synthetic") and not table.find_parent("figure") and not _says(table.caption):
            yield f"table {number}"


def _says(element: Tag | None) -> bool:
    return element is not None and "SYNTHETIC" in element.get_text()


def _is_public(figure: Tag) -> bool:
    """Whether a figure shows published figures, and nothing else."""
    facts = figure.select("data.fact")
    return bool(facts) and all(set(_SOURCES) & set(fact["class"]) for fact in facts)


def cells_of(page: str) -> pd.DataFrame:
    """Cells that a reader can take from a page, from the ids of its facts: KEYS, value, status.

    Derived and published numbers and own calculations are no cells of the edition and left out.
    """
    rows = [row for data in soup_of(page).select("data.fact") if (row := _cell(data))]
    frame = pd.DataFrame(rows, columns=[*KEYS, "value", "status"])
    return frame.sort_values("value").drop_duplicates(KEYS, ignore_index=True)


def _cell(data: Tag) -> dict[str, object] | None:
    """One cell as its element shows it; None for what is no cell of an edition."""
    try:
        known = FactId.parse(str(data.get("value", "")))
        basis = periods.basis(known.period)
    except CtipError:  # a finding among the page's numbers
        return None
    is_rounded = data.get_text().lower().startswith("about ")  # an estimate, whose exact value is beside it
    if known.derivation or is_rounded or not _COUNTS & set(data["class"]):
        return None
    status = next((state for state in _STATES if state in data["class"]), "shown")
    number = re.search(r"\d[\d,]*(?:\.\d+)?", data.get_text())
    value = float(number[0].replace(",", "")) if number and status == "shown" else float("nan")
    is_code = re.fullmatch(r"KH\d\d|unknown|", known.place) is not None
    places = {"adm1_code": known.place if is_code else "", "zone": "" if is_code else known.place}
    return {
        "indicator": known.indicator, "period": known.period, "period_basis": basis, **places, "sex": known.sex,
        "age_band": known.age_band, "partner": known.partner, "value": value, "status": status,
    }  # fmt: skip


def findings_of_index(page: str, folder: Path, name: str) -> list[Finding]:
    """Everything in the index *page* of *folder* that is not about files in it."""
    linked, found = [], []
    for address in dict.fromkeys(map(html.unescape, _LINK.findall(page))):
        path = folder / address
        if ".." in Path(address).parts or address.startswith("/") or not path.is_file():
            found.append(("", "external address", "a link to what is no file of this folder"))
        linked.append(path)
    found += markup(_LINK.sub('href="#content"', page))
    found += _numbers(page, linked, folder)
    if any("_SYNTHETIC" in path.name for path in linked):
        found += ((where, "no SYNTHETIC mark", "made-up records that do not say SYNTHETIC")
                  for where in unmarked("index", soup_of(page)))  # fmt: skip
    return sorted({Finding(name, *one) for one in found})


def _numbers(page: str, linked: list[Path], folder: Path) -> Iterator[Found]:
    """Numbers that are no period, size of a linked file, or restated number."""
    known = {number for words in _words(linked, folder) for number in _NUMBER.findall(plain(words))}
    for text in soup_of(page).find_all(string=True):
        if text.parent.name != "style" and set(_NUMBER.findall(plain(text))) - known:
            yield f"line {text.parent.sourceline}", "number", "no period, size of a linked file or restated number"


def _words(linked: list[Path], folder: Path) -> Iterator[str]:
    for path in linked:
        if path.is_file():
            yield size(path)
        if found := re.search(r"_((?:FY)?\d{4})_", path.name):
            yield from (found[1], periods.label(found[1]))
    for path in folder.glob("data/*/changes*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as rows:
            yield from (value for row in csv.DictReader(rows) for value in row.values() if value)


def size(path: Path) -> str:
    """The size of a file in words: "340 kB", "1.2 MB"."""
    kilobytes = max(round(path.stat().st_size / 1000), 1)
    return f"{kilobytes} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"
