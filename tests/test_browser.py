"""What a browser makes of a report: nothing fetched, nothing that shuts a reader out, printable."""

from __future__ import annotations

import os
import shutil

import pytest
from small_hand_over import NAME, write_edition, write_hand_over

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
    """A report with a figure and a table, as a file."""
    work = tmp_path_factory.mktemp("report")
    return write_hand_over(work / "out", write_edition(work / "2004")) / f"{NAME}.html"


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
    result = axe_core.Axe().run(tab)
    assert len(result["passes"]) > 10
    assert [(broken["id"], broken["nodes"][0]["html"][:120]) for broken in result["violations"]] == []


def test_a_phone_does_not_scroll_sideways(browser, report):
    tab, _, _ = opened(browser, report, viewport={"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_the_first_stop_of_the_tab_key_skips_to_the_report(browser, report):
    tab, _, _ = opened(browser, report)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#content"


def test_a_report_prints_as_a4(browser, report):
    tab, _, _ = opened(browser, report)
    printed = tab.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed
