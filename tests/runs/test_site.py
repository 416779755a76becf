"""The index page of a folder of reports: what it lists, links and leaves out."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from ctip_analysis.audit.page import findings_of_index
from ctip_analysis.base.errors import MissingFileError, ParameterError
from ctip_analysis.runs import outputs, run_record, site
from ctip_analysis.runs.run_record import ReportRecord

HEAD = "indicator,period,period_basis,adm1_code,zone,sex,age_band,partner,old,new,reason\n"
RESTATED = "clients_assisted,2003,calendar,KH12,,,,,51,48,records_corrected\n"


def report(folder, kind, period, title, place="", with_pdf=False, data=""):
    """A page with its facts, data and perhaps a PDF in *folder*."""
    stem = f"cambodia_ctip_{kind}_{period}_en_SYNTHETIC"
    where = f"{place}, " if place else ""
    data = data or period
    folder.mkdir(exist_ok=True)
    (folder / f"{stem}.html").write_text(
        f'<title>{title} · SYNTHETIC</title><h1>{title}</h1><p class="subtitle">{where}'
        f'<data class="period" value="{period}">{period}</data></p><a href="data/{data}/cells.csv">CSV</a>',
        encoding="utf-8",
    )  # fmt: skip
    (folder / f"{stem}{outputs.FACTS}").write_text("[]\n")
    if with_pdf:
        (folder / f"{stem}{outputs.PDF}").write_bytes(b"%PDF" + 1_234_000 * b" ")
    there = folder / "data" / data
    there.mkdir(parents=True, exist_ok=True)
    (there / f"edition_{data}_SYNTHETIC.xlsx").write_bytes(5_000 * b" ")
    (there / "changes_SYNTHETIC.csv").write_text(HEAD + (RESTATED if period == "2004" else ""))
    return stem


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    report(folder, "annual", "2003", "Annual report")
    report(folder, "annual", "2004", "Annual report", with_pdf=True)
    late = report(folder, "province_profile_KH12", "2004", "Phnom Penh: profile", "Phnom Penh")
    (folder / "cambodia_ctip_annual_2004_en_SYNTHETIC_DRAFT.html").write_text("draft")
    record = ReportRecord(report=late, notebook="60.ipynb", parameters={}, period="2004", state="failed")
    run_record.write(run_record.path_of(folder, late), record)
    return folder


def index(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_the_annual_report_of_the_last_year_is_first_then_the_years(reports, tmp_path):
    soup = index(site.build(reports, tmp_path / "site"))
    assert soup.select_one(".first a")["href"] == "cambodia_ctip_annual_2004_en_SYNTHETIC.html"
    assert [heading.get_text() for heading in soup.find_all("h2")] == ["2004", "2003"]
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.table.tbody.find_all("tr")]
    assert [row[:3] for row in rows] == [
        ["Annual report", "Cambodia", "handed over"],
        ["Phnom Penh: profile", "Phnom Penh", "earlier version; its last run: failed"],
    ]
    assert "PDF (1.2 MB)" in rows[0][3] and "PDF" not in rows[1][3]


def test_links_lead_to_files_of_the_folder_and_nothing_is_fetched_or_run(reports, tmp_path):
    path = site.build(reports, tmp_path / "site")
    soup = index(path)
    addresses = [link["href"] for link in soup.select("a") if not link["href"].startswith("#")]
    assert addresses and all((path.parent / address).is_file() for address in addresses)
    assert not soup.select("script, link, img, iframe")
    assert soup.select_one("meta[http-equiv]")["content"].startswith("default-src 'none'")
    assert findings_of_index(path.read_text(encoding="utf-8"), path.parent, "index.html") == []


def test_a_report_of_an_earlier_year_has_the_data_of_its_edition_beside_it(tmp_path):
    report(tmp_path / "reports", "annual", "2003", "Annual report", data="2004")
    path = site.build(tmp_path / "reports", tmp_path / "site")
    assert [one.name for one in (path.parent / "data").iterdir()] == ["2004"]
    assert index(path).find("a", string="workbook")["href"] == "data/2004/edition_2004_SYNTHETIC.xlsx"


def test_drafts_and_run_records_are_left_out(reports, tmp_path):
    path = site.build(reports, tmp_path / "site")
    names = [one.name for one in path.parent.rglob("*")]
    assert not [name for name in names if "DRAFT" in name or name.endswith(run_record.SUFFIX)]


def test_what_was_restated_is_listed_with_both_numbers(reports, tmp_path):
    soup = index(site.build(reports, tmp_path / "site"))
    (row,) = soup.find("h3").find_next("table").tbody.find_all("tr")
    words = [cell.get_text() for cell in row.find_all(["th", "td"])]
    assert words == ["clients assisted", "2003", "Phnom Penh", "51", "48", "records corrected"]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("</main>", "<p>4711 clients</p></main>", "number"),
        ('href="cambodia', 'href="../cambodia', "external address"),
        ("<main", '<script src="x.js"></script><main', "script"),
        ("<strong>SYNTHETIC</strong> made-up", "made-up", "no SYNTHETIC mark"),
    ],
)
def test_the_audit_finds_what_is_not_about_the_files(old, new, kind, reports, tmp_path):
    path = site.build(reports, tmp_path / "site")
    changed = path.read_text(encoding="utf-8").replace(old, new)
    assert kind in {one.kind for one in findings_of_index(changed, path.parent, "index.html")}


def test_building_again_gives_the_same_bytes_and_another_folder_is_never_replaced(reports, tmp_path):
    first = site.build(reports, tmp_path / "site").read_bytes()
    assert site.build(reports, tmp_path / "site").read_bytes() == first
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    for refused in (other, reports, reports / "site"):
        with pytest.raises(ParameterError, match=re.escape(refused.name)):
            site.build(reports, refused)


def test_a_folder_without_reports_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="empty"):
        site.build(tmp_path / "empty", tmp_path / "site")
