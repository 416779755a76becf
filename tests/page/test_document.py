"""Reports: what a donor gets has what the page showed and nothing else."""

from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import json
import re
from itertools import pairwise

import pytest
import seaborn as sns
from bs4 import BeautifulSoup
from small_edition import small_edition, write_small_edition

from ctip_analysis.base.errors import DataError
from ctip_analysis.edition import open_edition
from ctip_analysis.edition.copies import Issue
from ctip_analysis.page import Page, facts_of, picture, render
from ctip_analysis.page import page as module

NOISE = [
    {"output_type": "stream", "name": "stdout", "text": ["printed 4711"]},
    {"output_type": "error", "ename": "KeyError", "evalue": "Sok 4713", "traceback": ["row 4714"]},
    {
        "output_type": "execute_result",
        "data": {"text/plain": ["<Axes: 4715>"]},
        "metadata": {},
        "execution_count": 3,
    },
]


def output(data: dict, metadata: dict) -> dict:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def code(*outputs: dict) -> dict:
    return {
        "cell_type": "code",
        "source": ["secret_code = 'records/clients.csv'"],
        "metadata": {},
        "outputs": list(outputs),
    }


def prose(text: str) -> dict:
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True), "metadata": {}}


@pytest.fixture(scope="module")
def executed() -> dict:
    """A title, a banner, a sentence, a figure and a table as an executed notebook."""
    page, outputs = Page(small_edition(), 2004), []
    held = page.edition.cells("performances_held", by="province", period="2004")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            module, "display", lambda data, *, raw, metadata: outputs.append(output(data, metadata))
        )
        patch.setattr(module, "get_ipython", object)
        page.banner("Annual report")
        page.say(f"## {page.edition.fact('performances_held:2004'):unit} held\n\n#### In {page.period:label}")
        page.show(sns.barplot(held, x="value", y="province"), "Performances.", data=held)
        page.table(page.edition.cells("performance_attendance", by="province", period="2004"), "Attendance")
    return {
        "cells": [prose("# For JupyterLab\n\nProse."), *(code(one) for one in outputs)],
        "metadata": {"papermill": {"input_path": "/home/somebody/90.ipynb"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip


@pytest.fixture
def notebook(executed) -> dict:
    return copy.deepcopy(executed)


@pytest.fixture
def report(notebook, page) -> BeautifulSoup:
    return BeautifulSoup(render(notebook, page.edition), "html.parser")


def test_no_code_stream_error_or_metadata_is_in_the_page(notebook, page):
    notebook["cells"].append(code(*NOISE))
    text = render(notebook, page.edition)
    for hidden in ("secret_code", "4711", "4713", "4714", "4715", "papermill", "/home/"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("data", "what", "way"),
    [
        ({"image/png": "iVBOR"}, "a figure", r"page.show\(ax, caption, data=frame\), or close it"),
        ({"text/html": "<table><tr><td>Sok</td></tr></table>"}, "a table or text", "page.table.*semicolon"),
    ],
)
def test_a_figure_or_table_that_did_not_come_through_the_page_is_refused_with_its_cell(
    data, what, way, notebook, page
):
    notebook["cells"].append(code({"output_type": "display_data", "data": data, "metadata": {}}))
    refused = f"cell {{}}: shows {what} that did not come through the page → .*{way}"
    with pytest.raises(DataError, match=refused.format(6)):
        render(notebook, page.edition)
    notebook["cells"].insert(1, code() | {"metadata": {"tags": ["injected-parameters"]}})
    with pytest.raises(DataError, match=refused.format(6)):  # as its author counts
        render(notebook, page.edition)


def test_a_number_in_a_cell_of_text_is_refused_with_its_cell_and_what_to_do(notebook, page):
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "There were 99 people."})
    with pytest.raises(DataError, match=r"cell 6: has a number typed by hand near “There were 99 people.”.*page.say"):
        render(notebook, page.edition)


@pytest.mark.parametrize("kept", [[0, 2], [0, 1, 1]], ids=["none", "two"])
def test_a_notebook_without_one_banner_is_refused(kept, notebook, page):
    notebook["cells"] = [notebook["cells"][at] for at in kept]
    with pytest.raises(DataError, match="one banner"):
        render(notebook, page.edition)


def test_a_notebook_may_be_given_by_its_path(notebook, page, tmp_path):
    path = tmp_path / "executed.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert render(path, page.edition) == render(notebook, page.edition)


def test_there_is_one_title_and_headings_skip_no_level(report):
    assert [title.get_text() for title in report.find_all("h1")] == ["Annual report"]
    levels = [int(heading.name[1]) for heading in report.find_all(re.compile(r"^h[1-6]$"))]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert "For JupyterLab" not in report.get_text() and "Prose." in report.get_text()


def test_contents_lead_to_headings_and_keep_their_facts(report):
    link, below = report.select("nav a")
    assert below.get_text() == "In 2004" and "sub" in below.parent["class"]
    heading = report.find(id=link["href"].removeprefix("#"))
    assert heading.name == "h2"
    assert link.get_text() == heading.get_text() == "110 performances held"
    assert link.data["value"] == "performances_held:2004::::"


def test_nothing_can_be_fetched_or_run_and_only_the_page_s_own_style_applies(notebook, page):
    text = render(notebook, page.edition)
    soup = BeautifulSoup(text, "html.parser")
    assert not soup.select("link, iframe, object, [style]")
    assert [script.get_text() for script in soup.select("script")] == [picture.SCRIPT]  # the policy has its hash too
    assert not re.search(r"(src|href)=\"(?!data:|#|data/)", text)  # files beside the page
    (style,) = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = soup.select_one("meta[http-equiv]")["content"]
    assert policy.startswith("default-src 'none'") and f"sha256-{digest}" in policy
    script = base64.b64encode(hashlib.sha256(picture.SCRIPT.encode()).digest()).decode()
    assert f"script-src 'sha256-{script}';" in policy


def test_a_figure_says_the_finding_before_it_and_prose_is_none(notebook, page):
    _, _, finding, figure, _ = notebook["cells"]
    notebook["cells"] += [finding, figure, prose("## Sources"), figure]
    drawn = BeautifulSoup(render(notebook, page.edition), "html.parser").select("figure svg, figure img")
    first, found, after_prose = (one.get("aria-label") or one["alt"] for one in drawn)
    assert found == f"110 performances held. {first}" and after_prose == first


def test_a_synthetic_report_says_so_in_title_banner_captions_and_print_header(notebook, page, report):
    for place in (report.title, report.header, report.figcaption, report.caption, report.footer):
        assert "SYNTHETIC" in place.get_text()
    assert re.search(r"@top-left\{content:\"SYNTHETIC", render(notebook, page.edition))


def test_a_degraded_report_says_draft_once_under_its_title(notebook, page):
    soup = BeautifulSoup(render(notebook, page.edition, degraded="No map could be drawn."), "html.parser")
    assert "DRAFT" in soup.title.get_text()
    assert [mark.get_text() for mark in soup.select(".mark.draft")] == ["DRAFT No map could be drawn."]
    assert soup.select_one("header.report-head > .mark.draft")


def test_a_report_that_nobody_approved_says_draft_once_and_one_that_was_approved_does_not(
    notebook, page, monkeypatch
):
    marks = BeautifulSoup(render(notebook, page.edition), "html.parser").select(".mark.draft")
    assert [mark.get_text() for mark in marks] == ["DRAFT not approved for circulation"]
    final = Issue("Final, issued 1 March 2005, approved by A", "B", "C", is_draft=False)
    monkeypatch.setattr(Issue, "of", lambda _: final)
    assert "DRAFT" not in render(notebook, page.edition)


def test_the_first_section_with_tiles_and_figure_is_the_first_screen_and_annexes_are_folded(notebook, page):
    said, figure, table = notebook["cells"][2:]
    tiles = copy.deepcopy(said)
    tiles["outputs"][0]["data"]["text/html"] = '<ul class="tiles"><li class="tile">Tile</li></ul>'
    notebook["cells"] = [
        *notebook["cells"][:2],
        said,
        tiles,
        figure,
        prose("## Then"),
        prose("## Annex: A"),
        table,
    ]
    soup = BeautifulSoup(render(notebook, page.edition), "html.parser")
    lead = soup.select_one("main > section.lead")
    assert lead["class"] == ["lead"] and lead.select(".tiles") and lead.select("figure.plot")
    assert [heading.get_text() for heading in soup.select(".body > section > .prose h2")] == ["Then"]
    (annex,) = soup.select(".body > details.annex")
    assert (
        annex.summary.h2.get_text() == "Annex: A"
        and annex.select("table.cells")
        and not annex.has_attr("open")
    )
    assert annex.select_one("div.say")["id"] in [link["href"][1:] for link in soup.select("nav a")]


def test_the_foot_says_how_to_cite_the_report_and_under_which_licence(report):
    words = report.footer.get_text()
    assert "To cite: Annual report. Cambodia, 2004, calendar year. synthetic. Edition" in words
    assert "all rights are reserved" in words


def test_the_foot_names_edition_issue_contact_and_kinds_and_the_first_screen_does_not(report):
    foot, head = report.select_one("footer details").get_text(" "), report.header.get_text()
    for words in (
        "0" * 64,
        "Draft, not approved",
        "Monitoring and evaluation officer",
        "made-up records",
        "0.1.0",
    ):
        assert words in foot and words not in head.replace("made-up records", "")


def test_tables_scroll_and_are_named_for_those_who_do_not_see_them(report):
    regions = report.select("div.scroll[tabindex='0'][role=region]")
    assert len(regions) == 2
    assert [report.find(id=region["aria-labelledby"]).name for region in regions] == ["figcaption", "caption"]


def test_facts_are_listed_in_order_with_value_status_kind_unit_and_source(notebook, page):
    text = render(notebook, page.edition)
    found = facts_of(text, page.edition)
    assert [one["id"] for one in found] == [
        one["value"] for one in BeautifulSoup(text, "html.parser").select("data.fact")
    ]
    assert found[0] == {
        "id": "performances_held:2004::::", "text": "110 performances", "value": 110.0, "status": "shown",
        "kind": "synthetic", "unit": "performances", "source": "synthetic sample of programme records",
    }  # fmt: skip
    kep = next(one for one in found if one["id"].startswith("performance_attendance:2004:KH23"))
    assert (kep["status"], kep["value"], kep["text"]) == ("withheld", None, "withheld to protect people")


def test_the_same_notebook_gives_the_same_bytes(notebook, page):
    assert render(notebook, page.edition) == render(notebook, page.edition)


def test_the_language_is_that_of_the_page_and_the_credit_that_of_the_edition(notebook, page):
    credited = dataclasses.replace(
        page.edition, info={**page.edition.info, "boundaries": "boundaries © Someone"}
    )
    soup = BeautifulSoup(render(notebook, credited, language="en"), "html.parser")
    assert soup.html["lang"] == "en"
    assert "Boundaries © Someone" in soup.footer.get_text()


def test_khmer_letters_bring_their_font(notebook, page):
    assert 'font-family:"CTIP Khmer"' not in render(notebook, page.edition)
    notebook["cells"].append(prose('<span lang="km">កម្ពុជា</span>'))
    text = render(notebook, page.edition)
    assert 'font-family:"CTIP Khmer"' in text
    sizes = [len(base64.b64decode(data)) for data in re.findall(r"font/woff2;base64,([^)]+)", text)]
    assert len(sizes) == 4 and max(sizes) < 20_000


def test_opening_the_first_page_of_a_notebook_loads_neither_nbformat_nor_nbconvert(tmp_path):
    import subprocess
    import sys

    folder = write_small_edition(tmp_path / "2004")
    line = (
        "import sys, ctip_analysis as ctip; ctip.open_page(sys.argv[1], year=2004); "
        "print([name for name in ('nbformat', 'nbconvert', 'scipy.stats') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", line, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_report_of_the_small_edition_passes_the_audit(tmp_path, outputs):
    from ctip_analysis.audit import findings_of_page

    edition = open_edition(write_small_edition(tmp_path / "2004"))
    page = Page(edition, 2004)
    page.banner("Report")
    for name in (
        "rules",
        "assumptions",
        "fact_sheet",
        "unplaced",
        "quotable",
        "targets",
        "standards",
        "money_history",
    ):
        page.table(getattr(page, name)(), name.replace("_", " ").capitalize())
    page.say(page.withheld())
    notebook = {"cells": [code(*outputs)]}
    assert not findings_of_page(render(notebook, edition), edition, "report_SYNTHETIC.html")
