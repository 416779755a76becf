"""An executed notebook as one self-contained HTML page for a donor.

The page holds what :mod:`ctip_analysis.page.page` showed and nothing else: no code, prompt, stream, metadata,
script or address to fetch from. Where a cell shows what did not come through a Page, rendering stops.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter, TemplateExporter

from ctip_analysis.base.errors import DataError, Fault, ParameterError
from ctip_analysis.edition import facts, issue
from ctip_analysis.edition.read import Internal, Released, require
from ctip_analysis.page import webfonts
from ctip_analysis.page.table_html import OURS, SYNTHETIC
from ctip_analysis.places.geography import OPEN_BOUNDARIES

TEMPLATES = Path(__file__).parent / "templates"
PROGRAMME = "Counter-trafficking in persons, Cambodia"
_WHOLE = {"numbers": 32, "words": 14}  # rows that surely fit one printed page: such a table is never broken
_SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "image/svg+xml", "application/javascript")


@dataclass(frozen=True)
class Rendered:
    """A page that was written: where, its facts beside it, and the ids in order of appearance."""

    path: Path
    facts_path: Path
    facts: list[str]
    bytes: int


def render(
    executed: Path | nbformat.NotebookNode,
    *,
    out: Path,
    released: Released | Internal,
    language: str = "en",
    degraded: str = "",
) -> Rendered:
    """Write *executed* as one HTML file *out*, and its facts beside it as ``.facts.json``.

    *degraded* says in a sentence what is missing from the report; the page then says DRAFT throughout.

    Raises
    ------
    DataError
        A cell shows something that did not come through a Page, or nothing shows a banner.
    """
    require(released, "render")
    notebook = (
        executed if isinstance(executed, nbformat.NotebookNode) else nbformat.read(executed, as_version=4)
    )
    _refuse_foreign(notebook)
    body = BeautifulSoup(_body(notebook), "html.parser")
    for styled in body.find_all(style=True):  # styles for JupyterLab; the page's policy refuses them
        del styled["style"]
    head = _head(body, released, degraded)
    for title in body.find_all("h1"):  # the notebook's own, for JupyterLab; the banner holds the report's
        title.decompose()
    _scrollable(body)
    page = _page(body, head, _headings(body), released, language, bool(degraded))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8", newline="\n")
    beside = out.with_name(f"{out.stem}.facts.json")
    found = _described(_facts(head, body), released)
    beside.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return Rendered(out, beside, [entry["id"] for entry in found], len(page.encode()))


def facts_in(page: str) -> list[str]:
    """Ids of the facts of a rendered page, in order of appearance, repeats included."""
    return [str(data["value"]) for data in BeautifulSoup(page, "html.parser").select("data.fact")]


def _refuse_foreign(notebook: nbformat.NotebookNode) -> None:
    """Stop at outputs a reader would see that no Page made: a data frame's rows, a bare picture."""
    faults = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            kinds = [kind for kind in _SHOWN if kind in output.get("data", {})]
            if kinds and not output.get("metadata", {}).get(OURS):
                what = f"shows {kinds[0]} that did not come through a Page"
                mend = "use page.say, page.show or page.table, or end the line with a semicolon"
                faults.append(Fault(f"cell {number}", what, mend=mend))
    if faults:
        raise DataError("this notebook shows what can't go into a report", faults)


def _body(notebook: nbformat.NotebookNode) -> str:
    # HTMLExporter's own step after this one parses the page for parts that our template doesn't have
    return str(TemplateExporter.from_notebook_node(_exporter(), notebook)[0])


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(
        template_name="report", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True,
        mathjax_url="", require_js_url="",
    )  # fmt: skip


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined)


def _head(body: BeautifulSoup, released: Released | Internal, degraded: str) -> Tag:
    """The banner, taken out of the body to stand above the columns; it names the edition that is rendered now."""
    banners = body.select("header.report-head")
    if len(banners) != 1:
        raise DataError(
            f"a report has one banner, this notebook shows {len(banners)}: call page.banner(title) once"
        )
    head = banners[0].extract()
    told = head.select_one("dl.issue")
    if told is not None and (up_to := told.select_one("dd.records")) is not None:
        told.replace_with(BeautifulSoup(issue.listed(released, up_to.get_text()), "html.parser"))
    if degraded:
        mark = body.new_tag("p", attrs={"class": "mark draft"})
        mark.append(BeautifulSoup(f"<strong>DRAFT</strong> {html.escape(degraded)}", "html.parser"))
        head.h1.insert_after(mark)
    return head


def _headings(body: BeautifulSoup) -> list[dict[str, str]]:
    """Second-level headings for the contents; every heading gets an id of its own."""
    taken: set[str] = set()
    contents = []
    for heading in body.find_all(["h2", "h3", "h4"]):
        slug = re.sub(r"[^a-z0-9]+", "-", heading.get_text().lower()).strip("-")[:60] or "section"
        name = next(one for one in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if one not in taken)
        taken.add(name)
        heading["id"] = name
        if heading.name == "h2":
            contents.append({"id": name, "text": heading.decode_contents()})
    return contents


def _scrollable(body: BeautifulSoup) -> None:
    """Wrap each table so that a narrow screen scrolls it, by keyboard too; mark the short ones."""
    for number, table in enumerate(body.find_all("table"), start=1):
        caption = table.caption
        wrapper = body.new_tag("div", attrs={"class": "scroll", "tabindex": "0", "role": "region"})
        if caption:
            caption["id"] = f"table-{number}"
            wrapper["aria-labelledby"] = f"table-{number}"
        block = table.find_parent("div", class_="table")
        kind = "words" if block is not None and "words" in block["class"] else "numbers"
        if block is not None and len(table.find_all("tr")) <= _WHOLE[kind]:
            block["class"] = [*block["class"], "short"]
        table.wrap(wrapper)


def _page(
    body: BeautifulSoup,
    head: Tag,
    headings: list[dict[str, str]],
    released: Released | Internal,
    language: str,
    draft: bool,
) -> str:
    marks = [mark for mark, on in _marks(released, draft).items() if on]
    environment = _templates()
    contact = head.select_one(".contact")
    style = environment.get_template("page.css").render(
        running=_css_string(" · ".join([*marks, PROGRAMME])),
        edition=_css_string(f"Edition {released.id[:12]}"),
        contact=_css_string(f"Contact: {contact.get_text()}" if contact else ""),
    )
    above, below = str(head), str(body).strip()
    style = f"{webfonts.faces(above + below)}\n{style}"
    credit = str(released.info.get("boundaries", OPEN_BOUNDARIES))
    ids = {key: html.escape(str(released.info.get(key, ""))) for key in ("id", "commit", "package_version")}
    page = environment.get_template("page.html.j2").render(
        language=language,
        title=html.escape(" · ".join([head.h1.get_text(), *marks])),
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        classes=" ".join(mark.lower() for mark in marks),
        head=above,
        headings=headings,
        body=below,
        marks="".join(f"{mark}. " for mark in marks),
        info=ids,
        credit=html.escape(credit[:1].upper() + credit[1:]),
    )
    return f"{page}\n"


def _marks(released: Released | Internal, draft: bool) -> Mapping[str, bool]:
    return {"DRAFT": draft, "INTERNAL": released.is_internal, SYNTHETIC: released.is_synthetic}


def _css_string(text: str) -> str:
    """*text* as a CSS string that can't end the style element or itself."""
    return '"' + re.sub(r'["\\<>\n]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'


def _facts(head: Tag, body: BeautifulSoup) -> list[Tag]:
    """The facts of a page in order: the banner's, those of headings again in the contents, the body's."""
    contents = [data for heading in body.find_all("h2") for data in heading.select("data.fact")]
    return [*head.select("data.fact"), *contents, *body.select("data.fact")]


def _described(shown: list[Tag], released: Released | Internal) -> list[dict[str, Any]]:
    """The facts of a page, each with what a reader needs to trace it."""
    sources: dict[str, dict[str, str]] = {}
    for fact_id in dict.fromkeys(str(data["value"]) for data in shown):
        try:
            known = facts.fact(released, fact_id)
            sources[fact_id] = {"source": known.source, "label": known.label}
        except ParameterError:  # a target or baseline: its source stands beside it in the table
            sources[fact_id] = {"source": "", "label": fact_id}
    return [{**_printed(data), **sources[str(data["value"])]} for data in shown]


def _printed(data: Tag) -> dict[str, Any]:
    """One fact as it stands in the page."""
    states = {"withheld", "no_data", "not_applicable"} & set(data["class"])
    kind = next((name for name in data["class"] if name not in ("fact", *states)), "")
    state = next(iter(states), "shown")
    return {"id": str(data["value"]), "text": data.get_text(), "status": state, "kind": kind}
