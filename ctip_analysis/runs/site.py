"""`ctip site`: reports and their data in one folder with an index page, for any web server or for a folder on a disk.

Nothing runs in the index and nothing is fetched. Run records and drafts are left out.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ctip_analysis.audit.page import INDEX, size
from ctip_analysis.base import files, periods, reference
from ctip_analysis.base.errors import MissingFileError, NotShareableError, ParameterError
from ctip_analysis.base.html import table
from ctip_analysis.base.periods import Period
from ctip_analysis.page import template, text
from ctip_analysis.runs import outputs, run_record
from ctip_analysis.runs.run_record import State

_PERIOD = re.compile(r"_((?:FY)?\d{4})_")
_PLACE = re.compile(r'<p class="subtitle">(?:([^<]*), )?<data class="period"')
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_DATA = {"edition_*.xlsx": "workbook", "cells*.csv": "CSV", "datapackage*.json": "description"}


@dataclass(frozen=True)
class Report:
    """One page of a folder of reports: what it is about and what became of its last run."""

    path: Path
    title: str
    place: str
    period: str
    state: str

    @property
    def is_annual(self) -> bool:
        """Whether it is the report on a whole year."""
        return "_annual_" in self.path.name

    @property
    def links(self) -> str:
        """Links to its page, its PDF and the list of its facts, each with its size."""
        there = (self.path, self.path.with_suffix(outputs.PDF), self.path.with_suffix(outputs.FACTS))
        words = ("HTML", "PDF", "facts")
        return " · ".join(_link(one, one.name, word) for one, word in zip(there, words, strict=True) if one.is_file())


def build(reports: Path, out: Path) -> Path:
    """Copy what may be shared of *reports* into *out* with an index page; the path of that page.

    MissingFileError: there is no report in *reports*.
    ParameterError: *out* is *reports*, or a folder with something else in it.
    """
    is_other = out.is_dir() and any(out.iterdir()) and not (out / INDEX).is_file()
    if is_other or reports.resolve() in (out.resolve(), *out.resolve().parents):
        raise ParameterError(f"{out.name} has other files in it: give an empty folder, or one made by ctip site")
    found = list(_reports(reports))
    if not found:
        raise MissingFileError(f"{reports.name}: there is no report in it; make some with ctip batch")
    with files.private_folder(out.absolute().parent, ".site-") as private:
        made = private / out.name
        outputs.gather(reports, [one.path.stem for one in found], made)
        files.write(made / INDEX, render(found, reports))
        made.chmod(0o755)
        files.put_folder(made, out)
    return out / INDEX


def _period(stem: str) -> str:
    found = _PERIOD.search(stem)
    return found[1] if found else ""


def _reports(folder: Path) -> Iterator[Report]:
    """The good pages in *folder*."""
    for path in sorted(folder.glob("*_*.html")):
        if outputs.DRAFT in path.stem or not _period(path.stem):
            continue
        page = path.read_text(encoding="utf-8")
        if "INTERNAL" in (page.partition("</title>")[0]).rpartition("<title>")[2]:
            raise NotShareableError(f"{path.name} is marked INTERNAL and is never shared: take it out")
        heading, place = _HEADING.search(page), _PLACE.search(page)
        title = text.plain(heading[1]) if heading else path.stem
        where = html.unescape(place[1] or "") if place else ""
        yield Report(path, title, where or "Cambodia", _period(path.stem), _state(path))


def _state(page: Path) -> str:
    record = run_record.of(page.stem, page.parent)
    if record is None:
        return "handed over"
    return "done" if record.state == State.DONE else f"earlier version; its last run: {record.state}"


def render(reports: list[Report], folder: Path) -> str:
    """The index page of *reports* in *folder*: the annual report of the last year large, then year by year."""
    newest = sorted(reports, key=lambda one: (periods.span(one.period)[1], not one.place), reverse=True)
    first = next((one for one in newest if one.is_annual), newest[0])
    by_period = groupby(newest, key=lambda one: one.period)
    years = [(f"{Period(code):label}", _year(list(found), folder)) for code, found in by_period]
    marks = ["SYNTHETIC"] if any("_SYNTHETIC" in one.path.name for one in reports) else []
    parts = {"first": first, "period": f"{Period(first.period):label}", "years": years}
    return template.page("index.html.j2", str(parts), marks, ("Reports", ""), **parts)


def _year(reports: list[Report], folder: Path) -> dict[str, str]:
    """HTML of one year: its reports, its data, and what changed in it since the edition before."""
    ordered = sorted(reports, key=lambda one: (not one.is_annual, one.place != "Cambodia", one.place, one.title))
    rows = [(_anchor(one.path.name, one.title), html.escape(one.place), one.state, one.links) for one in ordered]
    linked = sorted({name for one in reports if (name := outputs.data_of(one.path))})
    found = [path for name in linked for kind in _DATA for path in sorted((folder / "data" / name).glob(kind))]
    words = {path: words for path in found for kind, words in _DATA.items() if path.match(kind)}
    links = [_link(path, f"data/{path.parent.name}/{path.name}", words[path]) for path in found]
    shown = table(["Report", "Place", "Status", "Files"], rows)
    changes = _changes(folder / "data" / linked[-1]) if linked else ""
    return {"reports": shown, "data": " · ".join(links), "changes": changes}


def _changes(data: Path) -> str:
    """The table of restated numbers in the folder *data*; "" where there are none."""
    known = reference.table("provinces")
    names = dict(zip(known["adm1_code"], known["name_en"], strict=True))
    made = []
    for path in sorted(data.glob("changes*.csv"))[:1]:
        for row in csv.DictReader(path.open(encoding="utf-8-sig", newline="")):
            place = names.get(row["adm1_code"], row["adm1_code"] or row["zone"] or "Cambodia")
            indicator, reason = (row[name].replace("_", " ") for name in ("indicator", "reason"))
            cells = [indicator, row["period"], place, row["old"] or "–", row["new"] or "–", reason]
            made.append([html.escape(cell) for cell in cells])
    return table(["Indicator", "Period", "Place", "Old", "New", "Reason"], made, numbers=[3, 4]) if made else ""


def _anchor(address: str, words: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(words)}</a>'


def _link(path: Path, address: str, words: str) -> str:
    """A link to *path*, and its size."""
    return f'{_anchor(address, words)} <span class="size">({size(path)})</span>'
