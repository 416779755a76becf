"""What is planted in a page is found where it stands, by its channel, and never quoted."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from small_handover import NAME, write_edition, write_handover

from ctip_analysis.audit.alt import alt_numbers
from ctip_analysis.audit.editions import cells_of, data_of, read_copy
from ctip_analysis.audit.html import markup, soup_of
from ctip_analysis.audit.known import Known, plain
from ctip_analysis.audit.marks import unmarked
from ctip_analysis.audit.numbers import numbers, sidecar
from ctip_analysis.audit.scan import page_findings
from ctip_analysis.audit.text import Finding
from ctip_analysis.charts import figures

MARKED = "Sok Dara Ñ"
FILE = f"{NAME}.html"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    work = tmp_path_factory.mktemp("handed")
    return write_handover(write_edition(work / "2004"), work / "out")


@pytest.fixture(scope="module")
def page(folder) -> str:
    return (folder / FILE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known(folder) -> Known:
    return Known(read_copy(folder / "data" / "2004").until("2004"))


def channels(found: list[Finding]) -> set[str]:
    assert not any(MARKED in str(one) for one in found), "a finding quotes what it found"
    return {one.channel for one in found}


def planted(page: str, what: str, before: str = "</main>") -> str:
    assert page.count(before) >= 1
    return page.replace(before, what + before, 1)


def picture_with_text() -> str:
    text, out = PngInfo(), io.BytesIO()
    text.add_text("Comment", MARKED)
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=text)
    return base64.b64encode(out.getvalue()).decode()


def test_a_page_as_it_is_rendered_hides_nothing(page):
    assert list(markup(FILE, page)) == []


@pytest.mark.parametrize(
    "what, channel",
    [
        ("<!-- Sok Dara Ñ -->", "HTML comment"),
        ("<?php Sok Dara Ñ ?>", "HTML comment"),
        ('<p data-name="Sok Dara Ñ">x</p>', "data-* attribute"),
        ('<p title="Sok Dara Ñ">x</p>', "tooltip"),
        ("<p hidden>Sok Dara Ñ</p>", "hidden element"),
        ('<p style="display: none">Sok Dara Ñ</p>', "hidden element"),
        ('<p style="position:absolute;left:-9999px">Sok Dara Ñ</p>', "hidden element"),
        ('<p style="font-size:0">Sok Dara Ñ</p>', "hidden element"),
        ('<p aria-hidden="true">Sok Dara Ñ</p>', "hidden element"),
        ("<details><p>Sok Dara Ñ</p></details>", "unknown element"),
        ("<template>Sok Dara Ñ</template>", "script"),
        ("<script>var x = 'Sok Dara Ñ'</script>", "script"),
        ('<script type="application/json">{"name": "Sok Dara Ñ"}</script>', "script"),
        ("<p onclick=\"x('Sok Dara Ñ')\">x</p>", "script"),
        ('<img alt="" src="https://example.org/x.png?n=Sok">', "external address"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "external address"),
        ("<style>@import 'https://example.org/x.css';</style>", "external address"),
        ("<style>p{background:url(https://example.org/x.png)}</style>", "external address"),
        ('<p style="background:url(https://example.org/x)">x</p>', "external address"),
        ("<style>.period{display:none}</style>", "style"),
        ('<a href="javascript:1">x</a>', "external address"),
        ("<pre>Sok Dara Ñ</pre>", "stream or traceback"),
        ('<div class="jp-InputArea">rows = 1</div>', "cell source or stream"),
        ('<div class="output_stderr">Sok Dara Ñ</div>', "cell source or stream"),
        ("<p>Traceback (most recent call last)</p>", "traceback"),
        ("<p>UserWarning: Sok Dara Ñ</p>", "warning"),
        ("<p>Categories (2, object): ['Sok Dara Ñ', 'b']</p>", "unused categories"),
        ("<select><option>Sok Dara Ñ</option></select>", "unused categories"),
        ("<p>/" + "home/dara/records</p>", "machine path"),
        ("<p>C:" + "\\records\\clients</p>", "machine path"),
        ("<p>postgresql" + "://dara:secret@db/ctip</p>", "password in an address"),
        ("<p>client_id</p>", "column of records"),
        ("<p>CL-0000031</p>", "record id"),
        ("<p>INTERNAL</p>", "INTERNAL mark"),
        ('<p id="sok-dara">x</p>', "unknown attribute"),
        ('<p class="sok-dara">x</p>', "unknown attribute"),
        ('<meta name="author" content="Sok Dara Ñ">', "metadata"),
        (f'<img alt="" src="data:image/png;base64,{picture_with_text()}">', "PNG text"),
        (f'<a href="data:text/csv;base64,{base64.b64encode(MARKED.encode()).decode()}">x</a>', "attachment"),
        ('<a href="data:text/csv,Sok">x</a>', "attachment"),
        ("<p>a\U000e0041b</p>", "invisible characters"),
        ('<p class="note" class="Sok Dara Ñ">x</p>', "data-* attribute"),
        ("<p>x</p Sok Dara Ñ>", "HTML comment"),
        ('<ol start="7"><li>x</li></ol>', "unknown attribute"),
        ('<table><tr><td colspan="7">x</td></tr></table>', "unknown attribute"),
        ('<h3 id="held-7">Held</h3>', "unknown attribute"),
        ('<img alt="" src="data:image/png;base64,AAAA">', "unchecked picture"),
    ],
)
def test_what_a_reader_does_not_see_is_found(page, what, channel):
    assert channel in channels(list(markup(FILE, planted(page, what))))


def test_words_after_the_page_and_another_alphabet_are_found(page):
    assert channels(list(markup(FILE, page + "<p>Sok Dara Ñ</p>"))) == {"unknown element"}
    assert "metadata" in channels(list(markup(FILE, page.replace('charset="utf-8"', 'charset="utf-16"'))))


def test_a_picture_says_its_own_size(page):
    changed = re.sub(r' width="\d+"', ' width="4711"', page, count=1)
    assert channels(list(markup(FILE, changed))) == {"unknown attribute"}


def test_a_source_may_be_linked(page):
    linked = planted(page, '<p><a href="https://example.org/fact-sheet">fact sheet</a></p>')
    assert list(markup(FILE, linked)) == []


def test_numbers_of_a_rendered_page_are_its_facts(folder, page, known):
    assert list(numbers(FILE, page, known)) == []
    assert list(sidecar(FILE, page, folder / f"{NAME}.facts.json", known)) == []


@pytest.mark.parametrize(
    "what",
    [
        "<p>12 clients from Kep</p>",
        "<p>១២ នាក់</p>",
        "<p>twelve clients</p>",
        "<p>2004 clients</p>",
        "<ul><li>Kep: 7</li></ul>",
        "<h2>7 in Kep</h2>",
        "<table><caption>Kep, 7</caption></table>",
        "<table><tr><td>7</td></tr></table>",
        "<table><tr><th>Kep (7)</th></tr></table>",
        '<span class="period">2004: 7</span>',
        '<span class="name">7</span>',
        '<p class="source">Source: 7 records.</p>',
        "<p>½ of them</p>",
        "<code>7</code>",
    ],
)
def test_a_number_outside_any_fact_is_found(page, known, what):
    found = list(numbers(FILE, planted(page, what), known))
    assert channels(found) == {"number outside a fact"}


@pytest.mark.parametrize(
    "what",
    [
        "<h2>In January–March 2004</h2>",
        "<table><caption>Held, 2004</caption></table>",
        "<p>Since 31 December 2004</p>",
    ],
)
def test_periods_may_be_named(page, known, what):
    assert list(numbers(FILE, planted(page, what), known)) == []


@pytest.mark.parametrize(
    "alt",
    [
        "Performances held, 2004. Highest: Kep (77,777). Synthetic data.",
        "Attendance at performances, 2004. Highest: Kandal (10,560). Synthetic data.",
        "Cases tried: 7. Synthetic data.",
        "7 clients. Synthetic data.",
        "Map: Attendance at performances, 2004. 2,000 or more: 5 provinces; none: 10 provinces. Synthetic data.",
        "Map: Attendance at performances, 2004. Withheld to protect people, 3 provinces. Synthetic data.",
        "Attendance at performances, 2004. Highest: Phnom Penh (10,560) (January–March 2004). Synthetic data.",
    ],
    ids=[
        "a number of no cell",
        "the number of another province",
        "of no cell of that kind",
        "of nothing",
        "a class",
        "the withheld",
        "another period",
    ],
)
def test_a_number_in_alternative_text_stands_for_a_shown_cell_of_its_place(page, known, alt):
    assert "Phnom Penh (10,560)" in page
    found = list(numbers(FILE, planted(page, f'<img alt="{alt}" src="data:">'), known))
    assert channels(found) == {"number outside a fact"}


@pytest.mark.parametrize("said, wrong", [("240", 0), ("60", 1), ("0", 1)], ids=["hers", "his", "none"])
def test_a_number_by_sex_and_age_is_that_of_the_sex_and_age(known, said, wrong):
    """Girls of 15 to 17: four times 60; boys: 60."""
    alt = f"Bars by sex and age: Clients assisted, people, 2004. Female: Under 15 120; 15 to 17 {said}. Synthetic data."
    assert alt_numbers(alt, known.released, known.left_over) == wrong


@pytest.mark.parametrize("said, wrong", [("250", 0), ("251", 1)])
def test_the_year_of_a_target_is_no_period_of_what_was_reached(known, said, wrong):
    """By the end of 2004 there were 250, and the target is one of 2004."""
    frame = known.released.frame.copy()
    to_date = frame["period_basis"].eq("to_date") & frame["indicator"].eq("performances_held")
    frame.loc[to_date & frame["adm1_code"].eq(""), "value"] = 250.0
    alt = (
        f"Bars of what was reached. Performances held: {said} performances · target 90 by 2004 · no baseline."
    )
    assert alt_numbers(alt, replace(known.released, frame=frame), known.left_over) == wrong


def one_fact(page: str) -> str:
    return str(soup_of(page).select("data.fact:not(.withheld)")[0])


@pytest.mark.parametrize("said", ["110 performance", "111 performances", "", "0", "withheld"])
def test_a_fact_says_what_the_edition_says_at_its_id(page, known, said):
    fact = one_fact(page)
    assert ">110 performances<" in fact
    changed = page.replace(fact, fact.replace("110 performances", said), 1)
    assert channels(list(numbers(FILE, changed, known))) == {"number that is not its fact"}


@pytest.mark.parametrize("said", ["7", "0", ""])
def test_a_withheld_fact_shows_no_number_and_no_gap(page, known, said):
    fact = str(soup_of(page).select("data.withheld")[0])
    changed = page.replace(fact, fact.replace(">withheld<", f">{said}<"), 1)
    assert channels(list(numbers(FILE, changed, known))) == {"number in a withheld place"}


@pytest.mark.parametrize(
    "old, new",
    [
        ("performances_held:2004::::", "performances_held:2004:KH99:::"),
        ("performances_held:2004::::", MARKED),
        ("fact synthetic", "fact published"),
    ],
    ids=["no such cell", "no id", "another mark"],
)
def test_a_fact_has_an_id_and_the_mark_of_its_kind(page, known, old, new):
    changed = page.replace(fact := one_fact(page), fact.replace(old, new), 1)
    assert channels(list(numbers(FILE, changed, known))) == {"number that is not its fact"}


@pytest.mark.parametrize("change", ["order", "text", "source", "one more", "gone"])
def test_the_facts_beside_a_page_are_its_own(tmp_path, folder, page, known, change):
    listed = json.loads((folder / f"{NAME}.facts.json").read_text())
    changed = {
        "order": listed[::-1],
        "text": [{**listed[0], "text": "111 performances"}, *listed[1:]],
        "source": [{**listed[0], "source": MARKED}, *listed[1:]],
        "one more": [*listed, listed[0]],
        "gone": None,
    }[change]
    beside = tmp_path / f"{NAME}.facts.json"
    if changed is not None:
        beside.write_text(json.dumps(changed))
    assert channels(list(sidecar(FILE, page, beside, known)))


@pytest.mark.parametrize(
    "mark",
    [
        '<p class="mark synthetic">',
        " · SYNTHETIC</title>",
        "<p>SYNTHETIC. Edition",
        ' <strong class="mark">SYNTHETIC</strong></caption>',
        " <strong>SYNTHETIC</strong></span></figcaption>",
    ],
    ids=["head", "title", "footer", "table", "figure"],
)
def test_a_synthetic_page_says_so_everywhere(page, mark):
    assert list(unmarked(FILE, soup_of(page))) == []
    assert mark in page
    without = page.replace(mark, mark.replace("SYNTHETIC", "").replace("synthetic", ""), 1)
    assert channels(list(unmarked(FILE, soup_of(without)))) == {"missing SYNTHETIC mark"}


def test_a_synthetic_page_says_so_in_its_name(page):
    assert [one.place for one in unmarked("cambodia_ctip_small_2004_en.html", soup_of(page))] == ["file name"]


def test_a_page_without_its_data_is_not_cleared(tmp_path, folder):
    alone = Path(shutil.copy(folder / FILE, tmp_path))
    assert data_of(alone) is None
    assert "unchecked numbers" in channels(list(page_findings(alone, FILE)))


def test_a_page_beside_the_data_of_another_edition_is_found(tmp_path, folder, page):
    made = shutil.copytree(folder, tmp_path / "made")
    edition = read_copy(folder / "data" / "2004").id
    (made / FILE).write_text(page.replace(edition, "0" * 64), encoding="utf-8")
    assert "disagreeing copies" in channels(
        page_findings(made / FILE, FILE, read_copy(made / "data" / "2004"))
    )


def test_the_cells_of_a_page_are_those_of_its_tables(page, known):
    cells = cells_of(page)
    edition = known.released.frame.set_index(
        ["indicator", "period", "adm1_code", "sex", "age_band", "partner"]
    )
    assert len(cells) > 25 and set(cells["status"]) == {"shown", "withheld"}
    for row in cells.itertuples():
        cell = edition.loc[(row.indicator, row.period, row.adm1_code, row.sex, row.age_band, row.partner)]
        assert row.status == cell["status"] and (row.value == cell["value"] or row.status == "withheld")


@pytest.mark.parametrize(
    "first, highest, last, wrong",
    [("1", "3", "0", 0), ("1", "3", "2", 1), ("0", "3", "0", 1), ("1", "0", "0", 1), ("4", "4", "4", 3)],
)
def test_each_number_in_a_sentence_is_that_of_the_period_behind_it(known, first, highest, last, wrong):
    """Phnom Penh: 1 and 3 performances in the first and third quarter of 2003, none in the last of 2004.

    The digits of each period's code hold a 0, a 2, a 3 and a 4 that stand for nothing.
    """
    frame = known.released.frame.copy()
    quarters = frame["indicator"].eq("performances_held") & frame["adm1_code"].eq("KH12")
    for period, value in {"2003Q1": 1, "2003Q3": 3, "2004Q4": 0}.items():
        frame.loc[quarters & frame["period"].eq(period), "value"] = float(value)
    alt = (
        "Line: Performances held, Phnom Penh, by quarter. "
        f"First {first} (2003Q1), highest {highest} (2003Q3), last {last} (2004Q4). Synthetic data."
    )
    assert alt_numbers(alt, known.released.with_parts(frame=frame), known.left_over) == wrong


PROVINCES = [f"KH{number:02d}" for number in range(1, 25)]


@pytest.fixture(scope="module")
def sample(released) -> Known:
    return Known(released)


@pytest.mark.parametrize("province", PROVINCES)
def test_what_the_trend_of_a_province_says_in_words_is_cleared(sample, province):
    ax = figures.trend(sample.released, "performances_held", grain="quarter", adm1_code=province)
    plt.close(ax.get_figure())
    alt = plain(ax.ctip.alt)
    assert alt_numbers(alt, sample.released, sample.left_over) == 0
    if said := re.search(r"last (\d+) \(", alt):
        at = said.start(1)
        wrong = f"{alt[:at]}{int(said[1]) + 47}{alt[said.end(1) :]}"
        assert alt_numbers(wrong, sample.released, sample.left_over) == 1
