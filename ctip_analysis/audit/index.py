"""The index page of a folder of reports: it names and links files of the folder, and says nothing more."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

from ctip_analysis.audit.markup import markup, soup_of
from ctip_analysis.audit.page import unmarked
from ctip_analysis.audit.text import Finding, Found, plain
from ctip_analysis.base import periods

NAME = "index.html"
_LINK = re.compile(r'href="(?!#|https?:|mailto:)([^"]*)"')
_NUMBER = re.compile(r"\d[\d.,]*")


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
            yield (
                f"line {text.parent.sourceline}",
                "number",
                "no period, size of a linked file or restated number",
            )


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
