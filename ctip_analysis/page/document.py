"""An executed notebook as one self-contained HTML page.

The page has what :class:`~ctip_analysis.page.Page` showed and the notebook's prose, and nothing else: no code, prompt,
printed text, metadata, address to fetch from, or script but that of an interactive map. A table or figure shown in
another way stops it.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.base.periods import Period
from ctip_analysis.charts import interactive
from ctip_analysis.edition import Edition
from ctip_analysis.edition.copies import Issue
from ctip_analysis.page import frames, picture, template, text
from ctip_analysis.page.page import LEFT, OURS, REPORT

KINDS = {
    "published": "printed by a named source",
    "derived": "calculated from published figures",
    "counted": "counted from programme records",
    "synthetic": "counted from made-up records",
    "own": "calculated for this report",
}
_BANNER = re.compile(r'<header class="report-head">.*?</header>', re.DOTALL)
_BANNER_TITLE = re.compile(r'<p class="title"><strong>(.*?)</strong></p>', re.DOTALL)
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_CITED = re.compile(r"<(?:h1|p class=\"subtitle\")>(.*?)</(?:h1|p)>", re.DOTALL)
_HEADING = re.compile(r'<h([1-6])>(.*?)</h\1>(</summary><div class="say")?', re.DOTALL)
_FINDING = re.compile(
    r'<div class="(?P<source>say|prose)">\s*<h\d>(?P<heading>.*?)</h\d>|'
    r'(?P<name>(?:role="(?:img|group)" aria-label|<img alt))="(?P<alt>[^"]*)"',
    re.DOTALL,
)
_SCROLL = re.compile(r'<div class="scroll">(<table class="cells">.*?</table>)</div>', re.DOTALL)
_FACT = re.compile(
    r'<data class="fact (?P<kind>\w+) (?P<status>\w+)" value="(?P<id>[^"]*)"[^>]*>(?P<text>.*?)</data>', re.DOTALL
)
_END = "<!-- end of the first screen -->"
_ANNEX = re.compile(r'<div class="(?:say|prose)">\s*(<h2>Annex.*?</h2>)(.*)', re.DOTALL)
_WHOLE = 32  # rows that fit one printed page: such a table is not broken
INJECTED = "injected-parameters"  # the tag of papermill's own cell, which the notebook's author never wrote
_OF_A_FIGURE = "a figure", "give it to page.show(ax, caption, data=frame), or close it with plt.close()"
_OF_A_VALUE = "a table or text", "show it with page.table or page.say, or end the line with a semicolon"
_SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "image/svg+xml", "application/javascript")


def render(executed: Path | Mapping[str, Any], edition: Edition, *, language: str = "en", degraded: str = "") -> str:
    """One HTML page of the *executed* notebook (its path, or the notebook itself), made from *edition*.

    *degraded* says in a sentence what is missing; the page is then marked DRAFT.

    DataError: a cell shows something that did not come through a Page, or the notebook has not one banner.
    """
    notebook = json.loads(executed.read_text(encoding="utf-8")) if isinstance(executed, Path) else executed
    _refuse_foreign(notebook)
    draft = degraded or ("not approved for circulation" if Issue.of(edition).is_draft else "")
    parts = list(_parts(notebook))
    head, parts = _apart(parts, draft)
    body, contents = _with_ids(_with_regions(picture.linked(_with_findings(picture.inlined(_laid_out(parts))))))
    lead, _, rest = body.partition(_END)
    layout = str(notebook.get("metadata", {}).get("layout", ""))
    return _page((head, lead, rest), contents, edition, language, _marks(edition, degraded), layout)


def facts_of(page: str, edition: Edition) -> list[dict[str, Any]]:
    """The facts of a rendered *page* in order, repeats included: id, text, value, status, kind, unit and source."""
    return [_described(found, edition) for found in _FACT.finditer(page)]


def _described(found: re.Match[str], edition: Edition) -> dict[str, Any]:
    name, words = html.unescape(found["id"]), text.plain(found["text"])
    fact = frames.known_fact(edition, name)
    value, unit, source = (fact.value, fact.unit, fact.source) if fact is not None else (None, "", "own calculation")
    return {"id": name, "text": words, "value": value, "status": found["status"], "kind": found["kind"],
            "unit": unit, "source": source}  # fmt: skip


def _refuse_foreign(notebook: Mapping[str, Any]) -> None:
    """Stop at what a reader would see and no Page showed: rows of a frame, a figure, a number in a cell of text."""
    faults = []
    own = [cell for cell in notebook["cells"] if INJECTED not in cell.get("metadata", {}).get("tags", [])]
    for number, cell in enumerate(own, start=1):
        if cell["cell_type"] == "markdown" and (near := text.typed(_joined(cell["source"]))):
            mend = "say it in a code cell with page.say, whose numbers are facts"
            faults.append(Fault(f"cell {number}", f"has a number typed by hand near “{near}”", mend=mend))
        for output in cell.get("outputs", []):
            kinds = [kind for kind in _SHOWN if kind in output.get("data", {})]
            if kinds and not output.get("metadata", {}).get(OURS):
                is_figure = any(kind.startswith("image") for kind in kinds)
                what, mend = _OF_A_FIGURE if is_figure else _OF_A_VALUE
                faults.append(Fault(f"cell {number}", f"shows {what} that did not come through the page", mend=mend))
    if faults:
        raise DataError("this notebook shows what can't go into a report", faults)


def _parts(notebook: Mapping[str, Any]) -> Iterator[str]:
    """HTML of the prose cells and of what a Page showed, in order."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            prose = _TITLE.sub("", text.to_html(_joined(cell["source"])))  # the title is the banner's
            yield f'<div class="prose">{prose}</div>'
        for output in cell.get("outputs", []):
            if output.get("metadata", {}).get(OURS):
                yield _joined(output["data"].get(REPORT) or output["data"]["text/html"]).replace(LEFT, "")


def _joined(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _apart(parts: list[str], draft: str) -> tuple[str, list[str]]:
    """The banner, whose title becomes the only heading of the first level, and the other parts of the page."""
    banners = [part for part in parts if _BANNER.search(part)]
    if len(banners) != 1:
        raise DataError(f"a report has one banner, this notebook shows {len(banners)}: call page.banner(title) once")
    mark = f'<p class="mark draft"><strong>DRAFT</strong> {html.escape(draft)}</p>' if draft else ""
    head = _BANNER_TITLE.sub(lambda found: f"<h1>{found[1]}</h1>", banners[0])
    return head.replace("</header>", f"{mark}</header>"), [part for part in parts if part not in banners]


def _laid_out(parts: list[str]) -> str:
    """The sections of a page, each with a heading of the second level: the first screen, the rest, folded annexes."""
    heads = [at for at, part in enumerate(parts) if "<h2>" in part]
    bounds = [0, *heads[1:], len(parts)]
    first, *rest = ("\n".join(parts[start:end]) for start, end in itertools.pairwise(bounds))
    is_wide = '<figure class="plot">' in first and 'class="tiles"' in first
    lead = f'<section class="{"lead" if is_wide else "lead plain"}">{first}</section>'
    return "\n".join([lead, _END, *map(_section, rest)])


def _section(body: str) -> str:
    """*body* as a section; as folded details if it is an annex."""
    if annex := _ANNEX.fullmatch(body):
        return f'<details class="annex"><summary>{annex[1]}</summary><div class="say">{annex[2]}</details>'
    return f"<section>{body}</section>"


def _with_findings(body: str) -> str:
    """*body* whose figures begin their alternative text with the heading that ``page.say`` computed before them."""
    lead, end, rest = body.partition(_END)
    finding = ""

    def told(found: re.Match[str]) -> str:
        nonlocal finding
        if found["heading"] is None:
            return f'{found["name"]}="{html.escape(finding)}{found["alt"]}"'
        finding = f"{text.plain(found['heading'])}. " if found["source"] == "say" else ""
        return found[0]

    return lead + end + _FINDING.sub(told, rest)


def _with_regions(body: str) -> str:
    """*body* with tables that scroll by keyboard, each named by its caption or that of its figure."""
    numbers, captions, figures = itertools.count(1), itertools.count(1), itertools.count(1)
    body = re.sub("<figcaption>", lambda _: f'<figcaption id="caption-{next(captions)}">', body)

    def region(found: re.Match[str]) -> str:
        length = " short" if found[0].count("<tr") <= _WHOLE else ""
        name = f"table-{next(numbers)}" if "<caption>" in found[0] else f"caption-{next(figures)}"
        table = found[1].replace("<caption>", f'<caption id="{name}">', 1)
        return f'<div class="scroll{length}" tabindex="0" role="region" aria-labelledby="{name}">{table}</div>'

    return _SCROLL.sub(region, body)


def _with_ids(body: str) -> tuple[str, list[dict[str, str]]]:
    """*body* with an id on each heading and no gap in their levels, and those of two levels for the contents.

    The id of an annex is inside it, so that a browser opens the one to which a link leads.
    """
    taken: set[str] = set()
    contents: list[dict[str, str]] = []
    level = 1

    def named(found: re.Match[str]) -> str:
        nonlocal level
        level = min(max(int(found[1]), 2), level + 1)
        slug = re.sub(r"[^a-z0-9]+", "-", text.plain(found[2]).lower()).strip("-")[:60] or "section"
        slug = "section-1" if found[3] else slug
        stem = "section" if found[3] else slug
        name = next(one for one in (slug, *(f"{stem}-{n}" for n in range(2, 1000))) if one not in taken)
        taken.add(name)
        if level <= 3:
            contents.append({"id": name, "text": found[2], "level": str(level)})
        if found[3]:
            return f'<h{level}>{found[2]}</h{level}>{found[3]} id="{name}"'
        return f'<h{level} id="{name}">{found[2]}</h{level}>'

    return _HEADING.sub(named, body), contents


def _marks(edition: Edition, degraded: str) -> list[str]:
    marks = {"DRAFT": bool(degraded), "INTERNAL": edition.is_internal, "SYNTHETIC": edition.is_synthetic}
    return [mark for mark, holds in marks.items() if holds]


def _page(
    parts: tuple[str, str, str], contents: list[dict[str, str]], edition: Edition, language: str, marks: list[str],
    layout: str,
) -> str:  # fmt: skip
    head, lead, body = parts
    title = text.plain(next(iter(_TITLE.findall(head)), ""))
    state = Issue.of(edition)
    return template.page(
        "page.html.j2", head + lead + body, marks, (f"Edition {edition.id[:12]}", f"Contact: {state.contact}"),
        language=language, title=html.escape(" · ".join([title, *marks])),
        classes=" ".join(filter(None, [layout, *(mark.lower() for mark in marks)])),
        head=head, lead=lead, contents=contents, body=body, about=_about(edition, state, marks, head, lead + body),
        scripts=[(one, template.digest(one)) for one in _scripts(lead + body)],
    )  # fmt: skip


def _scripts(body: str) -> list[str]:
    """The scripts that *body* needs: of figures, to save them as PNG, and of interactive maps."""
    needed = {'<figure class="plot">': picture.SCRIPT, '<section class="map">': interactive.SCRIPT}
    return [script for mark, script in needed.items() if mark in body]


def _about(edition: Edition, state: Issue, marks: list[str], head: str, body: str) -> dict[str, Any]:
    """What the foot of the page says of the edition."""
    info = {key: html.escape(str(edition.info.get(key, ""))) for key in ("id", "commit", "package_version")}
    kinds = {kind: words for kind, words in KINDS.items() if f'class="fact {kind} ' in body}
    credit = str(edition.info.get("boundaries", ""))
    span = edition.info.get("to_date")
    return {
        **info, "marks": marks, "state": html.escape(state.state), "contact": html.escape(state.contact),
        "kinds": kinds, "records": f"{Period(span):label}" if span else "",
        "credit": html.escape(credit[:1].upper() + credit[1:]), "licence": html.escape(state.licence),
        "data": _data(edition, "DRAFT" in marks),
        "cite": ". ".join([*(found[1] for found in _CITED.finditer(head)), *(mark.lower() for mark in marks)]),
    }  # fmt: skip


def _data(edition: Edition, is_draft: bool) -> list[tuple[str, str]]:
    """Addresses of the data beside a report, those of a draft apart, and what they are; none of an internal page."""
    period, mark = str(edition.info["period"]), "_SYNTHETIC" if edition.is_synthetic else ""
    files = {
        f"edition_{period}{mark}.xlsx": "workbook", f"by_province{mark}.csv": "by province (CSV)",
        f"results_hxl{mark}.csv": "results with HXL tags (CSV)", f"datapackage{mark}.json": "description",
    }  # fmt: skip
    folder = f"data/{period}{'_DRAFT' if is_draft else ''}"
    return [] if edition.is_internal else [(f"{folder}/{name}", words) for name, words in files.items()]
