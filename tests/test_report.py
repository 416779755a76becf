"""A report appears whole under its name, or the last good one stays as it was and a sentence says why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from small_edition import small_edition, write_small_edition
from small_notebook import write_notebook

from ctip_analysis.base.errors import MissingFileError, NotShareableError, ParameterError, ReportFailedError
from ctip_analysis.charts import figures
from ctip_analysis.edition.reading import content_id, open_edition
from ctip_analysis.runs.batch import report
from ctip_analysis.runs.report import (
    NO_MAPS,
    Wanted,
    editions_folder,
    file_name,
    find_notebook,
    require_edition,
    wanted,
)

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"


def small(folder: Path, *cells: str) -> Wanted:
    write_notebook(folder / "90_small.ipynb", *cells)
    return wanted("90_small", {"year": 2004}, folder=folder)


def contents(out: Path) -> dict[str, bytes]:
    """What lies there for others: the operator's run records are left out."""
    files = [path for path in out.rglob("*") if path.is_file() and not path.name.endswith(".run-record.json")]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def without_boundaries(edition: Path, folder: Path) -> Path:
    """The edition as it is made where the boundary files are absent."""
    shutil.copytree(edition, folder)
    (folder / "provinces.geojson").unlink()
    for name in ("edition.json", "datapackage.json"):
        info = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**info, "id": content_id(folder)}))
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory, edition_2004) -> Path:
    """A folder with one good report."""
    work = tmp_path_factory.mktemp("done")
    report(edition_2004, small(work / "notebooks"), work / "out")
    return work / "out"


def test_page_facts_and_data_lie_there_under_their_names(done):
    data = sorted(path.name for path in (done / "data" / "2004").iterdir())
    handed = [path.name for path in done.iterdir() if not path.name.endswith(".run-record.json")]
    assert sorted(handed) == [f"{NAME}.facts.json", f"{NAME}.html", "data"]
    assert {"cells_SYNTHETIC.csv", "edition_2004_SYNTHETIC.xlsx", "datapackage_SYNTHETIC.json"} <= set(data)


def test_page_and_data_name_the_same_edition(done, edition_2004):
    edition_id = open_edition(edition_2004).id
    assert edition_id in (done / f"{NAME}.html").read_text()
    assert json.loads((done / "data/2004/datapackage_SYNTHETIC.json").read_text())["id"] == edition_id


def test_two_runs_give_the_same_bytes_whatever_the_order_of_sets(tmp_path, done, edition_2004, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    report(edition_2004, small(tmp_path / "notebooks"), tmp_path / "out")
    assert contents(tmp_path / "out") == contents(done)


def test_a_cell_that_fails_leaves_the_last_good_report_as_it_was(tmp_path, done, edition_2004):
    before = contents(done)
    with pytest.raises(ReportFailedError, match="ended with ZeroDivisionError"):
        report(edition_2004, small(tmp_path / "notebooks", "1 / 0"), done)
    assert contents(done) == before
    assert not list(done.glob(".*"))


def test_without_boundaries_a_draft_is_made_beside_the_last_good_report(tmp_path, done, edition_2004):
    out = shutil.copytree(done, tmp_path / "out")
    edition = without_boundaries(edition_2004, tmp_path / "2004")
    made = report(edition, small(tmp_path / "notebooks"), out)
    assert (made.page.name, made.degraded) == (f"{NAME}_DRAFT.html", NO_MAPS)
    page = made.page.read_text()
    assert "<strong>DRAFT</strong> Maps are not drawn" in page and "<table" in page
    after = contents(out)
    assert {name: after[name] for name in contents(done)} == contents(done)


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"year": 2009}, "year 2009 is not in this edition, which holds 2003 to 2004; nearest is 2004"),
        ({"year": 2004, "basis": "fiscal"}, "basis must be 'calendar', found 'fiscal'"),
    ],
    ids=["year", "basis"],
)
def test_what_an_edition_does_not_hold_is_said_before_a_kernel_is_started(tmp_path, asked, said):
    write_notebook(tmp_path / "90_small.ipynb")
    with pytest.raises(ParameterError, match=said):
        edition = write_small_edition(tmp_path / "2004")
        report(edition, wanted("small", asked, folder=tmp_path), tmp_path / "out")


@pytest.mark.parametrize(
    "asked, said",
    [
        (("small", {"language": "km"}), "not available yet"),
        (("smal", {}), "there is no notebook 'smal'; there are 90_small; nearest is 90_small"),
        (("small", {"province": "KH12"}), "90_small has no parameter province"),
        (("small", {"yaer": "2003"}), "90_small has no parameter yaer; .*nearest is year"),
        (("small", {"year": "03"}), "year must be a whole number; found '03'"),
    ],
    ids=["language", "notebook", "province", "misspelt", "leading zero"],
)
def test_a_wrong_parameter_is_refused(tmp_path, asked, said):
    write_notebook(tmp_path / "90_small.ipynb")
    notebook, given = asked
    with pytest.raises(ParameterError, match=said):
        wanted(notebook, {"year": 2004, **given}, folder=tmp_path)


@pytest.mark.parametrize(
    "province, said",
    [("KH99", "no province 'KH99' in 2004; there were KH01 B"), ("KH25", "no province 'KH25' in 2004")],
    ids=["no such code", "not yet a province"],
)
def test_a_province_that_did_not_exist_is_refused(province, said):
    with pytest.raises(ParameterError, match=said):
        wanted("60_province_profile", {"year": 2004, "province": province})


def test_an_internal_notebook_is_never_made_into_a_report(tmp_path):
    write_notebook(tmp_path / "70_records.ipynb", audience="internal")
    with pytest.raises(NotShareableError, match="70_records is internal"):
        wanted("70", {"year": 2004}, folder=tmp_path)


@pytest.mark.parametrize("name", ["90_small", "90_small.ipynb", "90", "small"])
def test_a_notebook_is_found_by_number_or_name(tmp_path, name):
    write_notebook(tmp_path / "90_small.ipynb")
    assert find_notebook(name, tmp_path).name == "90_small.ipynb"


@pytest.mark.parametrize(
    "asked, name",
    [
        (("90", {"year": 2004}), "cambodia_ctip_annual_2004_en_SYNTHETIC"),
        (("90", {"year": 2004, "basis": "fiscal"}), "cambodia_ctip_annual_FY2004_en_SYNTHETIC"),
        (("60", {"year": 2004, "province": "KH12"}), "cambodia_ctip_province_profile_KH12_2004_en_SYNTHETIC"),
    ],
)
def test_a_page_is_named_after_what_it_reports(asked, name):
    assert file_name(wanted(*asked), small_edition()) == name


def test_a_page_from_real_records_has_no_synthetic_mark():
    assert (
        file_name(wanted("90", {"year": 2004}), small_edition(2004, False)) == "cambodia_ctip_annual_2004_en"
    )


def test_editions_of_other_records_have_a_folder_of_their_own(tmp_path):
    assert editions_folder(Path("data/sample")).name == "editions"
    assert editions_folder(tmp_path / "field").name == "editions-field"


def test_a_folder_that_is_no_edition_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="there is no edition in sample"):
        require_edition(tmp_path / "sample")


@pytest.mark.parametrize("year, units", [(2013, 24), (2014, 25)])
def test_a_map_has_the_units_of_its_year(year, units):
    released = small_edition(2014)
    assert len(released.provinces(str(year))) == units
    ax = figures.province_map(released, "performance_attendance", str(year))
    assert f"by province, {units} units:" in ax.ctip.alt
    plt.close(ax.get_figure())
