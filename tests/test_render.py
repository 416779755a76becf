"""Rendering: what a donor gets holds what the page showed and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise

import nbformat.v4 as nb
import pytest
from bs4 import BeautifulSoup
from small_edition import small_edition

from ctip_analysis.base.errors import DataError, NotReleasedError
from ctip_analysis.page import tables, webfonts
from ctip_analysis.page.page import Page
from ctip_analysis.page.render import facts_in, render


def output(content: str, form: str = "text/html", **metadata: object):
    return nb.new_output("display_data", {form: content, "text/plain": "<IPython.core>"}, metadata=metadata)


def code(*outputs, source="secret_code = 'records/clients.csv'  # a comment"):
    return nb.new_code_cell(source, outputs=list(outputs), execution_count=7)


@pytest.fixture
def page():
    return Page(small_edition(), 2004, "calendar")


def notebook(page: Page, *cells):
    """A banner, a sentence and a table as an executed notebook; more cells behind."""
    banner = page.head("Annual report")
    said = page.sentence(
        "## {a:unit} held\n\nIn {period_label} {a} were held.", a="performances_held:{period}"
    )
    table = tables.by_province(page.released, ["performance_attendance"], "2004").html()
    given = nb.new_notebook(
        cells=[
            code(output(banner, ctip=True)),
            code(output(said, "text/markdown", ctip=True)),
            nb.new_markdown_cell("### A note\n\nPlain prose."),
            code(output(table, ctip=True)),
            *cells,
        ]
    )
    given.metadata["papermill"] = {
        "input_path": "/home/somebody/notebooks/90.ipynb",
        "parameters": {"year": 2004},
    }
    return given


def rendered(page, tmp_path, *cells, **more) -> str:
    done = render(notebook(page, *cells), out=tmp_path / "report.html", released=page.released, **more)
    return done.path.read_text(encoding="utf-8")


def test_no_code_prompt_stream_error_or_metadata_is_in_the_page(page, tmp_path):
    noisy = code(
        nb.new_output("stream", name="stdout", text="printed 4711"),
        nb.new_output("stream", name="stderr", text="warned 4712"),
        nb.new_output("error", ename="KeyError", evalue="Sok 4713", traceback=["row 4714"]),
        nb.new_output("execute_result", {"text/plain": "<Axes: 4715>"}, execution_count=3),
    )
    text = rendered(page, tmp_path, noisy)
    for hidden in (
        "secret_code",
        "a comment",
        "4711",
        "4712",
        "4713",
        "4714",
        "4715",
        "papermill",
        "/home/",
        "In&nbsp;[",
    ):
        assert hidden not in text


def test_nothing_can_be_fetched_or_run(page, tmp_path):
    text = rendered(page, tmp_path)
    soup = BeautifulSoup(text, "html.parser")
    assert not soup.select("script, link, iframe, object")
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "default-src 'none'" in soup.select_one("meta[http-equiv]")["content"]


def test_the_policy_lets_exactly_the_page_s_own_style_through(page, tmp_path):
    text = rendered(page, tmp_path)
    soup = BeautifulSoup(text, "html.parser")
    (style,) = re.findall(r"<style>(.*?)</style>", text, flags=re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in soup.select_one("meta[http-equiv]")["content"]
    assert not soup.select("[style]")


def test_an_output_that_did_not_come_through_a_page_is_refused_with_its_cell(page, tmp_path):
    with pytest.raises(DataError, match="cell 5: shows text/html"):
        rendered(page, tmp_path, code(output("<table><tr><td>Sok</td></tr></table>")))
    assert not (tmp_path / "report.html").exists()


def test_a_notebook_without_a_banner_is_refused(page, tmp_path):
    bare = nb.new_notebook(cells=[nb.new_markdown_cell("# Report")])
    with pytest.raises(DataError, match="one banner"):
        render(bare, out=tmp_path / "report.html", released=page.released)


def test_a_page_of_anything_but_an_edition_is_refused(page, tmp_path):
    with pytest.raises(NotReleasedError):
        render(notebook(page), out=tmp_path / "report.html", released="an edition")


def test_the_same_notebook_gives_the_same_bytes(page, tmp_path):
    assert rendered(page, tmp_path / "a") == rendered(page, tmp_path / "b")


def test_facts_are_listed_in_order_with_text_status_kind_source_and_label(page, tmp_path):
    text = rendered(page, tmp_path)
    entries = json.loads((tmp_path / "report.facts.json").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in entries] == facts_in(text)
    assert entries[0] == {
        "id": "performances_held:2004::::",
        "text": "110 performances", "status": "shown", "kind": "synthetic",
        "source": "synthetic sample of programme records", "label": "Performances held",
    }  # fmt: skip
    kep = next(entry for entry in entries if entry["id"].startswith("performance_attendance:2004:KH23"))
    assert (kep["status"], kep["text"]) == ("withheld", "withheld")


def test_contents_lead_to_headings_and_keep_their_facts(page, tmp_path):
    soup = BeautifulSoup(rendered(page, tmp_path), "html.parser")
    (link,) = soup.select("nav a")
    heading = soup.find(id=link["href"].removeprefix("#"))
    assert heading.name == "h2"
    assert link.get_text() == heading.get_text() == "110 performances held"
    assert link.data["value"] == "performances_held:2004::::"


def test_headings_are_in_order_and_there_is_one_title(page, tmp_path):
    soup = BeautifulSoup(rendered(page, tmp_path), "html.parser")
    levels = [int(heading.name[1]) for heading in soup.find_all(re.compile(r"^h[1-6]$"))]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_the_notebook_s_own_title_gives_way_to_the_banner(page, tmp_path):
    soup = BeautifulSoup(
        rendered(page, tmp_path, nb.new_markdown_cell("# For JupyterLab\n\nProse.")), "html.parser"
    )
    assert [title.get_text() for title in soup.find_all("h1")] == ["Annual report"]


def test_a_synthetic_report_says_so_in_title_banner_caption_and_print_header(page, tmp_path):
    text = rendered(page, tmp_path)
    soup = BeautifulSoup(text, "html.parser")
    assert "SYNTHETIC" in soup.title.get_text()
    assert "SYNTHETIC" in soup.select_one("header").get_text()
    assert "SYNTHETIC" in soup.caption.get_text()
    assert re.search(r"@top-left\{content:\"SYNTHETIC", text)


def test_a_degraded_report_says_draft_and_what_is_missing(page, tmp_path):
    text = rendered(page, tmp_path, degraded="No map could be drawn.")
    soup = BeautifulSoup(text, "html.parser")
    assert "DRAFT" in soup.title.get_text()
    assert soup.select_one(".mark.draft").get_text() == "DRAFT No map could be drawn."


def test_the_footer_names_edition_and_package_and_credits_the_boundaries(page, tmp_path):
    words = BeautifulSoup(rendered(page, tmp_path), "html.parser").footer.get_text()
    assert "0" * 64 in words
    assert "0.1.0" in words
    assert "© OpenStreetMap contributors" in words


def test_a_khmer_font_is_embedded_only_where_khmer_occurs(page, tmp_path):
    assert 'CTIP Khmer";font-weight' not in rendered(page, tmp_path)
    khmer = nb.new_markdown_cell('<span lang="km">កម្ពុជា</span>')
    assert 'CTIP Khmer";font-weight' in rendered(page, tmp_path, khmer)


def test_each_embedded_font_is_small():
    faces = webfonts.faces("plain")
    sizes = [len(base64.b64decode(data)) for data in re.findall(r"base64,([^)]+)", faces)]
    assert len(sizes) == 2
    assert all(size < 20_000 for size in sizes)
