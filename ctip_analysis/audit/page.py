"""One page of a report: everything in it that must not leave, and the cells that a reader can take from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from bs4 import BeautifulSoup, Tag

from ctip_analysis.audit.known import known_of
from ctip_analysis.audit.markup import markup, printed, soup_of
from ctip_analysis.audit.numbers import numbers
from ctip_analysis.audit.text import Finding, has_number
from ctip_analysis.base import periods
from ctip_analysis.base.errors import CtipError
from ctip_analysis.edition import KEYS, Edition, FactId

_SOURCES = ("published", "derived")  # kinds of facts that no record is behind, made up or real
_COUNTS = {"counted", "synthetic"}  # kinds of facts that records are behind
_STATES = ("withheld", "no_data", "not_applicable")
_UNMARKED = "made-up records that do not say SYNTHETIC"


def findings_of_page(html: str, edition: Edition | None, name: str = "page") -> list[Finding]:
    """Everything in a rendered page that must not leave, compared with the edition it was made from.

    *name* is how findings call it; a page whose name ends in ``.html`` says SYNTHETIC in it too.

    Examples
    --------
    >>> "number" in [finding.kind for finding in findings_of_page("<main><p>7 clients</p></main>", edition)]
    True
    """
    soup, found = soup_of(html), list(markup(html))
    if edition is not None:
        found += numbers(html, known_of(edition))
        if edition.id not in html:
            found.append(("footer", "disagreeing copies", "does not name the edition beside it"))
    elif has_number(soup.get_text()):
        found.append(("", "number", "its edition is not beside it, so no number can be checked"))
    if edition.is_synthetic if edition is not None else "SYNTHETIC" in html:
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


def cells_of(html: str) -> pd.DataFrame:
    """Cells that a reader can take from a page, from the ids of its facts: KEYS, value, status.

    Derived and published numbers and own calculations are no cells of the edition and left out.
    """
    rows = [row for data in soup_of(html).select("data.fact") if (row := _cell(data))]
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
