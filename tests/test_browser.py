"""What a browser makes of a report: nothing fetched, nothing that shuts a reader out, printable."""

from __future__ import annotations

import json
import os
import re
import shutil

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image
from small_hand_over import NAME, page_of, write_edition, write_hand_over
from test_questions import QUESTIONS

from ctip_analysis import charts
from ctip_analysis.base.reference import ROOT
from ctip_analysis.charts import theme
from ctip_analysis.edition import open_edition
from ctip_analysis.page import picture
from ctip_analysis.places import load_provinces

pytestmark = [pytest.mark.long, pytest.mark.browser]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("CTIP_REQUIRE_ALL") == "1":
            pytest.fail("CTIP_REQUIRE_ALL=1, but no Chromium was found on the path")
        pytest.skip("no Chromium on the path: install one to run the browser tests")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report with pictures, charts, an interactive map and a table, as a file."""
    work = tmp_path_factory.mktemp("report")
    edition = write_edition(work / "2004")
    page = write_hand_over(work / "out", edition) / f"{NAME}.html"
    page.write_text(page_of(open_edition(edition), *figures()), encoding="utf-8")
    return page


def figures():
    """A map by year and a chart in both of its forms, each with the frame of a figure."""
    years = [load_provinces(year).assign(period=str(year), unit="performances") for year in (2004, 2014)]
    rows = pd.concat(years).assign(value=lambda frame: frame["adm1_code"].str[2:].astype(float))
    trend = charts.trend(
        pd.DataFrame({"period": ["2003", "2004"], "value": [21, 29], "unit": "performances"})
    )
    chart = picture.to_html(trend.figure, theme.narrow(trend.figure), "Performances by year.")
    plt.close("all")
    explored = charts.interactive_map(rows, breaks=[5, 10, 20])
    explored = explored.markup("Performances by province and year.", ["SYNTHETIC"])
    plt.close("all")
    number = '<data class="fact synthetic shown" value="performances_held:2004::::">29</data>'
    table = f'<table class="cells"><tr><th scope="col">Year</th></tr><tr><td>{number}</td></tr></table>'
    data = f'<details class="data"><summary>Data</summary><div class="scroll">{table}</div></details>'
    annex = '<div class="say"><h2>Annex: rules</h2><p>What is withheld is absent.</p></div>'
    captioned = ((chart, "Performances by year"), (explored, "Performances by province and year"))
    plots = (f"{plot}<figcaption>{said} <strong>SYNTHETIC</strong></figcaption>{data}" for plot, said in captioned)
    return [*(f'<figure class="plot">{one}</figure>' for one in plots), annex]


def opened(browser, report, **context):
    """The report in a new tab, with every address it asked for."""
    tab = browser.new_context(**context).new_page()
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(report.as_uri())
    return tab, [url for url in asked if not url.startswith(("file:", "data:"))], said


def test_a_report_fetches_nothing_and_breaks_no_policy_of_its_own(browser, report):
    tab, asked, said = opened(browser, report)
    tab.wait_for_load_state("networkidle")
    assert asked == []
    assert said == []
    assert tab.evaluate("document.fonts.check('16px \"CTIP Sans\"')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390], ids=["desktop", "phone"])
def test_axe_finds_no_violation(browser, report, width, scheme):
    axe_core = pytest.importorskip("axe_core_python.sync_playwright")
    # axe is injected as a script, which the report's own policy would refuse
    size = {"width": width, "height": 900}
    tab, _, _ = opened(browser, report, viewport=size, color_scheme=scheme, bypass_csp=True)
    rules = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = axe_core.Axe().run(tab, options={"runOnly": rules})
    assert len(result["passes"]) > 10
    assert [(broken["id"], broken["nodes"][0]["html"][:120]) for broken in result["violations"]] == []


@pytest.mark.parametrize("width", [390, 640, 320], ids=["phone", "zoomed to 200%", "zoomed to 400%"])
def test_a_phone_or_a_zoomed_page_does_not_scroll_sideways(browser, report, width):
    tab, _, _ = opened(browser, report, viewport={"width": width, "height": 512})  # 1280 by 1024, zoomed
    assert tab.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_the_contents_open_the_annex_they_lead_to(browser, report, width):
    tab, _, _ = opened(browser, report, viewport={"width": width, "height": 800})
    rules = tab.get_by_text("What is withheld is absent.")
    assert not rules.is_visible()
    tab.get_by_role("link", name="Annex: rules").click()
    assert rules.is_visible()
    assert tab.get_by_role("heading", name="Annex: rules").bounding_box()["y"] >= 0  # not scrolled past


def test_forced_colours_leave_figures_their_own_on_white(browser, report):
    tab, _, _ = opened(browser, report, forced_colors="active")
    ground = tab.locator("svg.wide").first.evaluate("one => getComputedStyle(one).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def saved(tab, at, to):
    """The figure that its button saves, and the name of its file."""
    figure = tab.locator("figure.plot").nth(at)
    if not figure.locator("details.data[open]").count():
        figure.locator("details.data summary").click()
    with tab.expect_download() as made:
        figure.get_by_role("button", name="Download as PNG").click()
    made.value.save_as(to)
    return Image.open(to).convert("RGB"), made.value.suggested_filename


def test_a_figure_is_saved_as_a_png_offline(browser, report, tmp_path):
    tab, asked, said = opened(browser, report, accept_downloads=True)
    drawn, name = saved(tab, 1, tmp_path / "figure.png")
    assert name == "figure-2_SYNTHETIC.png" and drawn.width == 2000
    assert len(drawn.getcolors(2**24)) > 20 and asked == said == []  # not an empty sheet


def test_an_interactive_map_is_saved_with_the_chosen_year_and_its_key(browser, report, tmp_path):
    tab, asked, said = opened(browser, report, accept_downloads=True)
    last, name = saved(tab, 2, tmp_path / "2014.png")
    tab.get_by_role("button", name="2004").click()
    first, _ = saved(tab, 2, tmp_path / "2004.png")
    assert name == "figure-3_SYNTHETIC.png" and asked == said == []
    key = (0, 1850, 2000, last.height)  # the drawing is 1,797 high
    assert last.height > 2000 and len(last.crop(key).getcolors(2**24)) > 20  # colours of classes, and words
    kampong_cham = (1240, 950, 1420, 1180)
    assert last.crop(kampong_cham).tobytes() != first.crop(kampong_cham).tobytes()  # smaller since 2014


def test_the_first_stop_of_the_tab_key_skips_to_the_report(browser, report):
    tab, _, _ = opened(browser, report)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#content"


def test_a_report_prints_as_a4(browser, report):
    tab, _, _ = opened(browser, report)
    printed = tab.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed


SIZES = """() => {
    const shown = [...document.querySelectorAll("figure text")].filter((one) => one.getClientRects().length);
    return shown.map((one) => {
    const {a, b} = one.getScreenCTM();
    return parseFloat(getComputedStyle(one).fontSize) * Math.hypot(a, b);
})}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 760, 390, 320])
def test_no_text_of_a_figure_is_under_ten_pixels(browser, report, width, scheme):
    tab, _, _ = opened(browser, report, viewport={"width": width, "height": 900}, color_scheme=scheme)
    sizes = tab.evaluate(SIZES)
    assert len(sizes) > 5
    assert min(sizes) >= 9.9  # a tenth for rounding


def test_text_of_a_figure_can_be_selected_in_the_font_of_the_page(browser, report):
    tab, _, _ = opened(browser, report)
    label = tab.locator("svg.wide text", has_text="performances").first
    assert "CTIP Sans" in label.evaluate("one => getComputedStyle(one).fontFamily")
    tab.evaluate("getSelection().selectAllChildren(document.querySelector('svg.wide'))")
    assert "performances" in tab.evaluate("getSelection().toString()")


REACH_ALL = """() => {
    const seen = new Map(), todo = [document.activeElement];
    while (todo.length) {
        const unit = todo.pop(), label = unit.getAttribute("aria-label");
        if (seen.has(label)) continue;
        unit.focus();
        seen.set(label, document.querySelector(".said").textContent);
        for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
            unit.focus();
            unit.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
            todo.push(document.activeElement);
        }
    }
    return [...seen];
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_every_province_of_a_map_and_reads_its_value(browser, report, width):
    tab, _, said = opened(browser, report, viewport={"width": width, "height": 900})
    for year, provinces in (("2014", 25), ("2004", 24)):
        tab.get_by_role("button", name=year).press("Enter")
        tab.locator(".map button").last.focus()
        tab.keyboard.press("Tab")
        reached = tab.evaluate(REACH_ALL)
        assert len(reached) == provinces
        assert all(label == read and f", {year}: " in read for label, read in reached)
        assert f"Takeo, {year}: 21 performances" in dict(reached)
    assert said == []


def test_a_pointer_reads_a_province_and_enter_reads_all_years(browser, report):
    tab, _, _ = opened(browser, report)
    tab.locator('.layer:not(.off) use[aria-label^="Pursat"]').hover()
    assert tab.inner_text(".said") == "Pursat, 2014: 15 performances"
    tab.locator(".map button").last.focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    every = tab.inner_text(".every").split("; ")
    assert [one.partition(": ")[0] for one in every] == ["Banteay Meanchey, 2004", "Banteay Meanchey, 2014"]


def test_without_its_script_a_map_shows_the_last_year_and_no_buttons(browser, report):
    tab, _, _ = opened(browser, report, java_script_enabled=False)
    assert not tab.locator(".map button").first.is_visible()
    assert tab.locator(".layer:not(.off) use").count() == 25


REPORTS = {
    "20_campaign_reach": {}, "60_province_profile": {"province": "KH12"}, "80_fact_sheet": {}, "90_annual_report": {},
}  # fmt: skip
SCREENS = pytest.mark.parametrize("width, height", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
SMALLEST = """() => Math.min(...[...document.querySelectorAll("body *:not(script)")]
    .filter((one) => !one.closest("svg") && one.checkVisibility() && [...one.childNodes].some(
        (part) => part.nodeType === Node.TEXT_NODE && part.textContent.trim()))
    .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""


@pytest.fixture(params=REPORTS)
def real(request, report_2004):
    """A report of the shipped sample."""
    return report_2004(request.param, **REPORTS[request.param])


@SCREENS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_report_asks_for_nothing_shuts_nobody_out_and_is_legible(browser, real, width, height, scheme):
    size = {"width": width, "height": height}
    tab, asked, _ = opened(browser, real, viewport=size, color_scheme=scheme, bypass_csp=True)
    assert asked == []
    assert min(tab.evaluate(SIZES)) >= 9.9 and tab.evaluate(SMALLEST) >= 10
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    axe_core = pytest.importorskip("axe_core_python.sync_playwright")
    rules = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = axe_core.Axe().run(tab, options={"runOnly": rules})
    assert [(broken["id"], broken["nodes"][0]["html"][:120]) for broken in result["violations"]] == []


@SCREENS
def test_the_first_screen_of_a_real_report_holds_its_tiles_and_on_a_desktop_its_map(browser, real, width, height):
    tab, _, said = opened(browser, real, viewport={"width": width, "height": height})
    assert said == []  # its policy refuses nothing of its own
    ends = [box["y"] + box["height"] for box in (one.bounding_box() for one in tab.locator(".lead .tile").all())]
    assert len(ends) >= 3 and max(ends) <= height
    drawn = tab.locator(".lead figure.plot svg:visible").first.bounding_box()
    assert width < 1280 or drawn["y"] + drawn["height"] <= height
    assert drawn["y"] < 2 * height
    named = " ".join(tab.locator(".lead figure.plot svg:visible text").all_text_contents())
    assert "Phnom Penh" in named  # as the provinces with the largest circles are


# What answers a question that no number answers, or that cannot be answered: words of the report, chosen by hand.
WORDS = {
    "U03": "Which provinces the real campaign planned and reached is not public",
    "U04": "Neither comes with a list of cases",
    "U06": "Baseline, target and actual",
    "U07": "Can it be reported?",
    "U08": "No follow-up is on record",
    "U09": "count other units",
    "U10": "Published figures are printed by a named source",
}
IN_SIGHT = """screens => [...document.querySelectorAll("main :is(data.fact, p, th, caption)")].filter((one) => {
    const {top, height} = one.getBoundingClientRect();
    return height && top >= 0 && top < screens * innerHeight;
}).map((one) => one.matches("data") ? one.value : one.textContent.replace(/\\s+/g, " "))"""


def heading_of(cell: str) -> re.Pattern[str]:
    """The headings that a cell of the annual report may write, its numbers and names left open."""
    notebook = json.loads((ROOT / "notebooks" / "90_annual_report.ipynb").read_text(encoding="utf-8"))
    (source,) = ("".join(one["source"]) for one in notebook["cells"] if one["id"] == cell)
    found = [re.split(r"\{[^{}]*\}", one) for one in re.findall(r"#{2,3} (\S[^\"]*?)\s*(?:\"|\n|$)", source)]
    return re.compile("|".join(".*".join(map(re.escape, parts)) for parts in found))


@SCREENS
@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in QUESTIONS if row["id"].startswith("U")])
def test_a_donor_reads_the_answer_one_click_from_the_first_two_screens(
    browser, report_2004, edition, row, width, height
):
    page = report_2004("90_annual_report")
    tab, _, _ = opened(browser, page, viewport={"width": width, "height": height})
    link = tab.locator("nav a").filter(has_text=heading_of(row["where"].partition("#")[2])).first
    assert tab.locator("nav").bounding_box()["y"] < 2 * height
    link.click()
    read = tab.evaluate(IN_SIGHT, 1)
    if row["answered_by"] == "fact":
        assert {edition.fact(name).id for name in row["answer"].split()} <= set(read)
    else:
        assert any(WORDS[row["id"]] in one for one in read)
