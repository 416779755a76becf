"""Whether a page of made-up records says SYNTHETIC wherever it has to."""

from __future__ import annotations

from collections.abc import Iterator

from bs4 import BeautifulSoup

from ctip_analysis.audit.html import printed_strings
from ctip_analysis.audit.text import Finding
from ctip_analysis.edition.read import Released


def unmarked(file: str, page: BeautifulSoup) -> Iterator[Finding]:
    """Where a page of made-up records does not say SYNTHETIC."""
    wanted = {
        "title": page.title is not None and "SYNTHETIC" in page.title.get_text(),
        "head": page.select_one("header.report-head p.mark.synthetic") is not None,
        "footer": page.footer is not None and "SYNTHETIC" in page.footer.get_text(),
        "file name": "_SYNTHETIC" in file,
        "printed header": any("SYNTHETIC" in text for text in printed_strings(page)),
    }
    for place, is_there in wanted.items():
        if not is_there:
            yield Finding(file, place, "missing SYNTHETIC mark", "made-up records that do not say so")
    for number, table in enumerate(page.find_all("table"), start=1):
        said = table.caption.get_text() if table.caption is not None else ""
        if table.select("data.synthetic") and "SYNTHETIC" not in said:
            yield Finding(
                file, f"table {number}", "missing SYNTHETIC mark", "made-up records that do not say so"
            )
    for number, figure in enumerate(page.find_all("figure"), start=1):
        alt = str(figure.img.get("alt", "")) if figure.img is not None else ""
        said = figure.figcaption.get_text() if figure.figcaption is not None else ""
        if "SYNTHETIC" not in said and not alt.endswith(
            ("Published figures.", "Derived from published figures.")
        ):
            yield Finding(
                file, f"figure {number}", "missing SYNTHETIC mark", "made-up records that do not say so"
            )


def is_synthetic(page: BeautifulSoup, released: Released | None) -> bool:
    """Whether a page rests on made-up records: by its edition, or by any mark on it."""
    if released is not None:
        return released.is_synthetic
    return bool(page.select(".synthetic")) or "SYNTHETIC" in page.get_text()
