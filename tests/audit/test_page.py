"""What is planted in a page is found where it is, by its kind, and never quoted; a right page has no finding."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest
from PIL.PngImagePlugin import PngInfo
from small_hand_over import CELLS, figure, page_of, picture, write_edition

from ctip_analysis.audit import findings_of_page
from ctip_analysis.audit.known import Known
from ctip_analysis.audit.numbers import sidecar
from ctip_analysis.audit.page import cells_of
from ctip_analysis.charts.interactive import SCRIPT
from ctip_analysis.edition import calculated, open_edition, quoted
from ctip_analysis.page import facts_of

MARKED = "Sok Dara Ñ"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return open_edition(write_edition(tmp_path_factory.mktemp("edition") / "2004"))


@pytest.fixture(scope="module")
def page(edition) -> str:
    return page_of(edition)


def kinds(found) -> set[str]:
    listed = list(found)
    assert not any(MARKED in str(one) for one in listed), "a finding quotes what it found"
    return {one.kind if hasattr(one, "kind") else one[1] for one in listed}


def planted(page: str, what: str, before: str = "</main>") -> str:
    assert page.count(before) == 1
    return page.replace(before, what + before)


def test_a_right_page_has_no_finding(page, edition):
    assert findings_of_page(page, edition) == []


def drawing(inside: str) -> str:
    return f'<svg class="wide" role="img" aria-label="A figure.">{inside}</svg>'


def with_words() -> str:
    words = PngInfo()
    words.add_text("Comment", MARKED)
    return base64.b64encode(picture(pnginfo=words)).decode()


@pytest.mark.parametrize(
    "what, kind",
    [
        ("<!-- Sok Dara Ñ -->", "hidden text"),
        ("<?php Sok Dara Ñ ?>", "hidden text"),
        ('<p data-name="Sok Dara Ñ">x</p>', "hidden text"),
        ('<p title="Sok Dara Ñ">x</p>', "hidden text"),
        ("<p hidden>Sok Dara Ñ</p>", "hidden text"),
        ('<p style="display: none">Sok Dara Ñ</p>', "hidden text"),
        ('<p aria-hidden="true">Sok Dara Ñ</p>', "hidden text"),
        ('<p class="note" class="Sok Dara Ñ">x</p>', "hidden text"),
        ("<p>x</p Sok Dara Ñ>", "hidden text"),
        ("<p>a\U000e0041b</p>", "hidden text"),
        ("<style>.period{display:none}</style>", "hidden text"),
        ("<template>Sok Dara Ñ</template>", "script"),
        ("<script>var x = 'Sok Dara Ñ'</script>", "script"),
        ('<script type="application/json">{"name": "Sok Dara Ñ"}</script>', "script"),
        ("<p onclick=\"x('Sok Dara Ñ')\">x</p>", "script"),
        ("<style>@import 'https://example.org/x.css';</style>", "external address"),
        ('<img alt="x" src="https://example.org/x.png?n=Sok">', "external address"),
        ('<img alt="x" src="data:image/svg+xml;base64,AAAA">', "external address"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "script"),
        ('<a href="javascript:1">x</a>', "external address"),
        ("<pre>Sok Dara Ñ</pre>", "unknown markup"),
        ("<select><option>Sok Dara Ñ</option></select>", "unknown markup"),
        ("<svg><text>Sok Dara Ñ</text></svg>", "unknown markup"),
        ("<text>Sok Dara Ñ</text>", "unknown markup"),
        (drawing("<title>Sok Dara Ñ</title>"), "unknown markup"),
        (drawing("<foreignObject>Sok Dara Ñ</foreignObject>"), "unknown markup"),
        (drawing("<script>x</script>"), "script"),
        (f"<script>{SCRIPT} </script>", "script"),
        ("<button>Sok Dara Ñ</button>", "script"),
        ('<section class="map"><button onclick="x">x</button></section>', "script"),
        ('<svg aria-hidden="true"><text>Sok Dara Ñ</text></svg>', "unknown markup"),
        (drawing('<path d="M0 0Sok Dara"/>'), "hidden text"),
        (drawing('<path style="fill:red" d="M0 0"/>'), "hidden text"),
        (drawing('<use href="https://example.org/x.svg#sok"/>'), "hidden text"),
        (drawing('<text opacity="0">Sok Dara Ñ</text>'), "hidden text"),
        (drawing("<defs><text>Sok Dara Ñ</text></defs>"), "hidden text"),
        ('<div class="jp-OutputArea output_stderr">Sok Dara Ñ</div>', "unknown markup"),
        ('<p id="sok-dara">x</p>', "unknown markup"),
        ('<p class="sok-dara">x</p>', "unknown markup"),
        ('<td colspan="Sok">x</td>', "unknown markup"),
        ('<img alt="" src="data:image/png;base64,AAAA">', "unknown markup"),
        ("<p>Traceback (most recent call last)</p>", "error output"),
        ("<p>UserWarning: Sok Dara Ñ</p>", "error output"),
        ("<p>/" + "home/dara/records</p>", "machine path"),
        ("<p>C:" + "\\records\\clients</p>", "machine path"),
        ("<p>postgresql" + "://dara:secret@db/ctip</p>", "password"),
        ("<p>client_id</p>", "record column"),
        ("<p>CL-0000031</p>", "record id"),
        ("<p>INTERNAL</p>", "internal"),
        ('<meta name="author" content="Sok Dara Ñ">', "metadata"),
        (f'<img alt="x" src="data:image/png;base64,{with_words()}">', "metadata"),
        (f'<a href="data:text/csv;base64,{base64.b64encode(MARKED.encode()).decode()}">x</a>', "disagreeing copies"),
        ('<a href="data/../../secret.csv">x</a>', "external address"),
        ('<a download="Sok Dara Ñ.csv" href="#content">x</a>', "unknown markup"),
        ('<a href="data:text/csv,Sok">x</a>', "attachment"),
    ],
)
def test_what_a_reader_does_not_see_is_found(page, edition, what, kind):
    assert kind in kinds(findings_of_page(planted(page, what), edition))


@pytest.mark.parametrize(
    "words, kind",
    [
        ("Phnom Penh: 9", set()),  # a fact of the figure
        ("9.0", set()),
        ("2004Q1", {"number"}),  # no period of this edition
        ("2004", set()),
        ("Kep: 28", {"number"}),
        ("129", {"number"}),
    ],
)
def test_a_number_in_a_drawing_is_a_fact_of_its_figure_a_period_or_a_scale_mark(page, edition, words, kind):
    placed = page.replace("<img ", drawing(f"<text>{words}</text>") + "<img ", 1)
    assert kinds(findings_of_page(placed, edition)) == kind
    scale = page.replace("<img ", drawing(f'<text class="scale">{words}</text>') + "<img ", 1)
    assert findings_of_page(scale, edition) == []


def test_a_csv_in_the_page_is_the_table_of_its_figure(page, edition):
    link = re.search(r'href="(data:text/csv;base64,[^"]*)"', page)[1]
    other = base64.b64encode(base64.b64decode(link.partition(",")[2]).replace(b",9,", b",8,")).decode()
    assert kinds(findings_of_page(page.replace(link, f"data:text/csv;base64,{other}"), edition)) == {
        "disagreeing copies"
    }


def test_words_after_the_page_are_found(page, edition):
    assert kinds(findings_of_page(page + "<p>Sok Dara Ñ</p>", edition)) == {"unknown markup"}


@pytest.mark.parametrize(
    "what",
    [
        "<p>12 clients from Kep</p>",
        "<p>១២ នាក់</p>",
        "<p>½ of them</p>",
        "<p>2004 clients</p>",
        "<p>Since 2004</p>",
        "<p>29 performances</p>",
        "<ul><li>Kep: 7</li></ul>",
        "<h2>7 in Kep</h2>",
        "<table><tr><td>7</td></tr></table>",
        "<code>7</code>",
        '<p><span class="source">Source: 7 records.</span></p>',
        "<details><summary>7</summary></details>",
        '<div aria-label="7 clients">x</div>',
        '<p><a href="https://example.org">7</a></p>',
        quoted("7"),
        figure("Performances, 2004. Highest: Kep (7)."),
        figure("Performances, 2004. Highest: Phnom Penh (9).", "<tr><td>none</td></tr>"),
    ],
)
def test_a_number_that_is_no_fact_is_found(page, edition, what):
    assert kinds(findings_of_page(planted(page, what), edition)) == {"number"}


@pytest.mark.parametrize(
    "what",
    [
        '<p><data class="period" value="2003">2003</data></p>',
        '<p><data class="period" value="2004Q1">January–March 2004</data></p>',
        f"<p>{quoted('90 shows planned, July 2004')}, {quoted('2003-2006')}</p>",
        "<p>Counts of 1 to 10 about persons are withheld.</p>",
        "<p>Clients of 15 to 17 and under 15; boundaries: Open Database Licence 1.0</p>",
        '<p><span class="source">Source: press report of July 2004; TIP report of 2004.</span></p>',
        "<code>performances_held:2004::::</code>",
        figure("Performances, 2003 and 2004."),
    ],
)
def test_periods_quotations_labels_and_ids_are_no_numbers(page, edition, what):
    assert findings_of_page(planted(page, what), edition) == []


def one_fact(page: str) -> str:
    return re.search(r"<data [^>]*>29 performances</data>", page)[0]


@pytest.mark.parametrize("said", ["29 performance", "30 performances", "", "0", "withheld", "<b>29</b>"])
def test_a_fact_reads_as_the_edition_says_at_its_id(page, edition, said):
    fact = one_fact(page)
    assert ">29 performances<" in fact
    changed = page.replace(fact, fact.replace("29 performances", said), 1)
    assert "wrong fact" in kinds(findings_of_page(changed, edition))


@pytest.mark.parametrize(
    "old, new",
    [
        ("performances_held:2004::::", "performances_held:2004:KH24:::"),
        ("performances_held:2004::::", "performances_held:2003::::"),
        ("performances_held:2004::::", MARKED),
        ("fact synthetic shown", "fact published shown"),
        ("fact synthetic shown", "fact synthetic withheld"),
        ('title="performances_held:2004::::"', f'title="{MARKED}"'),
        ("fact synthetic", "fact own"),
    ],
    ids=["no such cell", "another cell", "no id", "another kind", "another status", "another title", "own"],
)
def test_a_fact_has_the_id_title_kind_and_status_of_the_edition(page, edition, old, new):
    changed = page.replace(fact := one_fact(page), fact.replace(old, new), 1)
    assert "wrong fact" in kinds(findings_of_page(changed, edition))


@pytest.mark.parametrize("said", ["7", "0", ""])
def test_a_withheld_fact_shows_no_number_and_no_gap(page, edition, said):
    words = "a number withheld to protect people"
    assert f">{words}<" in page
    assert "wrong fact" in kinds(findings_of_page(page.replace(f">{words}<", f">{said}<", 1), edition))


@pytest.mark.parametrize("code, said", [("2004", "2003"), ("2004", "29"), ("Sok", "Sok"), ("7", "7")])
def test_a_period_reads_as_its_code(page, edition, code, said):
    changed = planted(page, f'<data class="period" value="{code}">{said}</data>')
    assert kinds(findings_of_page(changed, edition)) == {"wrong fact"}


def test_an_own_calculation_may_have_any_number_if_it_says_so(page, edition):
    own = f"{calculated(7.5, 'shows', of=[]):unit}"
    assert findings_of_page(planted(page, f"<p>{own}</p>"), edition) == []
    unmarked = own.replace('title="own calculation"', 'title="x"')
    assert kinds(findings_of_page(planted(page, f"<p>{unmarked}</p>"), edition)) == {"wrong fact", "number"}


def test_a_small_count_about_persons_is_found_even_if_an_edition_shows_it(tmp_path):
    cells = [*CELLS, ("clients_assisted", "2004", "KH12", "", "", 7)]
    edition = open_edition(write_edition(tmp_path / "2004", cells))
    page = page_of(edition, f"<p>{edition.fact('clients_assisted:2004:KH12')}</p>")
    assert kinds(findings_of_page(page, edition)) == {"small count"}


@pytest.mark.parametrize(
    "said",
    [
        "1 map of Cambodia",  # the first year has one map, and a number in words of ours
        "Attendance per 1,000 residents, under 1: 2 provinces",
    ],
)
def test_how_a_text_is_worded_plays_no_part(page, edition, said):
    """Cases 37 and 38: only the number counts, wherever it is written."""
    assert kinds(findings_of_page(planted(page, figure(said)), edition)) == {"number"}
    words = re.sub(r"\d", "", said)
    assert findings_of_page(planted(page, figure(words)), edition) == []


@pytest.mark.parametrize("change", ["order", "text", "value", "source", "one more", "twice", "none"])
def test_the_facts_beside_a_page_are_its_own(page, edition, change):
    listed = facts_of(page, edition)
    known = Known(edition)
    assert list(sidecar(page, json.dumps(listed), known)) == []
    changed = {
        "order": listed[::-1],
        "text": [{**listed[0], "text": "111 performances"}, *listed[1:]],
        "value": [{**listed[0], "value": 7}, *listed[1:]],
        "source": [{**listed[0], "source": MARKED}, *listed[1:]],
        "one more": [*listed, listed[0]],
        "none": {"facts": MARKED},
    }
    text = json.dumps(changed[change]) if change in changed else '[{"id": "Sok Dara Ñ", "id": "a:2004", "text": ""}]'
    assert kinds(sidecar(page, text, known))


@pytest.mark.parametrize(
    "mark, place",
    [
        ('<p class="mark synthetic"><strong>', "head"),
        (" · SYNTHETIC</title>", "title"),
        ('<strong class="mark">SYNTHETIC</strong></caption>', "table"),
        (". <strong>SYNTHETIC</strong></span></figcaption>", "figure"),
    ],
)
def test_a_synthetic_page_says_so_everywhere(page, edition, mark, place):
    assert mark in page
    changed = page.replace(mark, re.sub("SYNTHETIC|synthetic", "x", mark), 1)
    marks = [one for one in findings_of_page(changed, edition) if one.kind == "no SYNTHETIC mark"]
    assert [one.where.split()[0] for one in marks] == [place]


def test_a_synthetic_page_says_so_in_its_name(page, edition):
    found = findings_of_page(page, edition, "cambodia_ctip_small_2004_en.html")
    assert [(one.where, one.kind) for one in found] == [("file name", "no SYNTHETIC mark")]


def test_a_page_of_another_edition_is_found(page, edition):
    other = replace(edition, info={**edition.info, "id": "0" * 64})
    assert "disagreeing copies" in kinds(findings_of_page(page, other))


def test_the_cells_of_a_page_are_read_from_the_ids_of_its_facts(page, edition):
    cells = cells_of(page).set_index(["indicator", "period", "adm1_code"])
    assert cells["value"].dropna().to_dict() == {
        ("performances_held", "2004", ""): 29.0,
        ("performances_held", "2004", "KH12"): 9.0,
        ("performances_held", "2004", "KH23"): 0.0,
    }
    assert cells.loc[("cases_referred_ngo", "2004", "KH23"), "status"] == "withheld"
