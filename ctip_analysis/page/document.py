"""An executed notebook as one self-contained HTML page.

The page has what :class:`~ctip_analysis.page.Page` showed and the notebook's prose, and nothing else: no code, prompt,
printed text, metadata, script or address to fetch from. A table or figure shown in another way stops it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from bs4 import BeautifulSoup, Tag

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.periods import Period
from ctip_analysis.edition import Edition
from ctip_analysis.page import fonts, frames, issue, text
from ctip_analysis.page.page import OURS

TEMPLATES = Path(__file__).parent / "templates"
PROGRAMME = "Counter-trafficking in persons, Cambodia"
KINDS = {
    "published": "printed by a named source",
    "derived": "calculated from published figures",
    "counted": "counted from programme records",
    "synthetic": "counted from made-up records",
    "own": "calculated for this report",
}
_WHOLE = 32  # rows that fit one printed page: such a table is not broken
_SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "image/svg+xml", "application/javascript")


def render(
    executed: Path | Mapping[str, Any], edition: Edition, *, language: str = "en", degraded: str = ""
) -> str:
    """One HTML page of the *executed* notebook (its path, or the notebook itself), made from *edition*.

    *degraded* says in a sentence what is missing; the page is then marked DRAFT.

    Raises
    ------
    DataError
        A cell shows something that did not come through a Page, or the notebook has not one banner.
    """
    notebook = json.loads(executed.read_text(encoding="utf-8")) if isinstance(executed, Path) else executed
    _refuse_foreign(notebook)
    body = BeautifulSoup("\n".join(_parts(notebook)), "html.parser")
    head = _head(body, degraded)
    _tidy(body)
    contents = _contents(body)
    return _page(head, body, contents, edition, language, _marks(edition, degraded))


def facts_of(page: str, edition: Edition) -> list[dict[str, Any]]:
    """The facts of a rendered *page* in order, repeats included: id, text, value, status, kind, unit and source."""
    found = BeautifulSoup(page, "html.parser").select("data.fact")
    known = {str(data["value"]): frames.known_fact(edition, str(data["value"])) for data in found}
    return [_described(data, known[str(data["value"])]) for data in found]


def _described(data: Tag, fact: Any) -> dict[str, Any]:
    classes = [name for name in data["class"] if name != "fact"]
    kind, status = (*classes, "shown")[:2]
    value, unit, source = (fact.value, fact.unit, fact.source) if fact else (None, "", "own calculation")
    return {"id": str(data["value"]), "text": data.get_text(), "value": value, "status": status, "kind": kind,
            "unit": unit, "source": source}  # fmt: skip


def _refuse_foreign(notebook: Mapping[str, Any]) -> None:
    """Stop at what a reader would see and no Page showed: the rows of a frame, a figure of its own."""
    faults = []
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            kinds = [kind for kind in _SHOWN if kind in output.get("data", {})]
            if kinds and not output.get("metadata", {}).get(OURS):
                what = "a figure" if any(kind.startswith("image") for kind in kinds) else "a table or text"
                mend = "show it with page.show, page.table or page.say, or end the line with a semicolon"
                faults.append(Fault(f"cell {number}", f"shows {what} that did not come through the page", mend=mend))
    if faults:
        raise DataError("this notebook shows what can't go into a report", faults)


def _parts(notebook: Mapping[str, Any]) -> Iterator[str]:
    """HTML of the prose cells and of what a Page showed, in order."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield f'<div class="prose">{text.to_html(_joined(cell["source"]))}</div>'
        for output in cell.get("outputs", []):
            if output.get("metadata", {}).get(OURS):
                yield _joined(output["data"]["text/html"])


def _joined(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _head(body: BeautifulSoup, degraded: str) -> Tag:
    """The banner, taken out of the body; its title becomes the page's only heading of the first level."""
    banners = body.select("header.report-head")
    if len(banners) != 1:
        raise DataError(f"a report has one banner, this notebook shows {len(banners)}: call page.banner(title) once")
    head = banners[0].extract()
    for title in body.select(".prose h1"):  # the notebook's own, for JupyterLab
        title.decompose()
    title = head.select_one(".title")
    made = body.new_tag("h1")
    made.string = title.get_text()
    title.replace_with(made)
    if degraded:
        mark = f'<p class="mark draft"><strong>DRAFT</strong> {html.escape(degraded)}</p>'
        made.insert_after(BeautifulSoup(mark, "html.parser"))
    return head


def _tidy(body: BeautifulSoup) -> None:
    """Headings without gaps in their levels, no style of a notebook, tables that scroll by keyboard."""
    for styled in body.find_all(style=True):
        del styled["style"]
    last = 1
    for heading in body.find_all(re.compile("^h[1-6]$")):
        heading.name = f"h{min(max(int(heading.name[1]), 2), last + 1)}"
        last = int(heading.name[1])
    for number, scroll in enumerate(body.select("div.scroll"), start=1):
        caption = scroll.select_one("caption")
        scroll.attrs |= {"tabindex": "0", "role": "region"}
        if caption is None:
            scroll["aria-label"] = "Data of the figure"
            continue
        caption["id"] = scroll["aria-labelledby"] = f"table-{number}"
        if len(scroll.find_all("tr")) <= _WHOLE:
            scroll["class"] = ["scroll", "short"]


def _contents(body: BeautifulSoup) -> list[dict[str, str]]:
    """Headings of the second level for the contents; every heading gets an id."""
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


def _marks(edition: Edition, degraded: str) -> list[str]:
    marks = {"DRAFT": bool(degraded), "INTERNAL": edition.is_internal, "SYNTHETIC": edition.is_synthetic}
    return [mark for mark, holds in marks.items() if holds]


def _page(
    head: Tag, body: BeautifulSoup, contents: list[dict[str, str]], edition: Edition, language: str, marks: list[str]
) -> str:
    above, below = str(head), str(body).strip()
    state = issue.of(edition)
    style = _templates().get_template("page.css").render(
        running=_css_string(" · ".join([*marks, PROGRAMME])),
        edition=_css_string(f"Edition {edition.id[:12]}"),
        contact=_css_string(f"Contact: {state.contact}"),
    )
    style = f"{fonts.faces(above + below)}\n{style}"
    page = _templates().get_template("page.html.j2").render(
        language=language,
        title=html.escape(" · ".join([head.h1.get_text(), *marks])),
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        classes=" ".join(mark.lower() for mark in marks),
        head=above,
        contents=contents,
        body=below,
        about=_about(edition, state, marks, below),
    )
    return f"{page}\n"


def _about(edition: Edition, state: issue.Issue, marks: list[str], body: str) -> dict[str, Any]:
    """What the foot of the page says of the edition."""
    info = {key: html.escape(str(edition.info.get(key, ""))) for key in ("id", "commit", "package_version")}
    kinds = {kind: words for kind, words in KINDS.items() if f'class="fact {kind} ' in body}
    credit = str(edition.info.get("boundaries", ""))
    span = edition.info.get("to_date")
    return {
        **info, "marks": marks, "state": html.escape(state.state), "contact": html.escape(state.contact),
        "kinds": kinds, "records": f"{Period(span):label}" if span else "",
        "credit": html.escape(credit[:1].upper() + credit[1:]),
    }  # fmt: skip


def _css_string(words: str) -> str:
    """*words* as a CSS string that can't end the style element or itself."""
    return '"' + re.sub(r'["\\<>\n]', lambda found: f"\\{ord(found[0]):x} ", words) + '"'


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined)
