"""A report is made again when something it is made of changed, as far as it must be, and else left alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from small_batch import edition_in, lay_data, read_anew
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.base import provenance
from ctip_analysis.edition.reading import content_id
from ctip_analysis.runs import run_record, stale
from ctip_analysis.runs.batch import make
from ctip_analysis.runs.plan import Planned, only_stale, plan
from ctip_analysis.runs.report import wanted
from ctip_analysis.runs.stale import NOTHING, RENDER, RUN, WORDS
from ctip_analysis.runs.task import DONE

BEFORE = dict.fromkeys(WORDS, "as it was")


@pytest.mark.parametrize(
    "parts, work, why",
    [
        ([], NOTHING, ""),
        (["notebook"], RUN, "its notebook was changed"),
        (["code"], RUN, "the code it uses was changed"),
        (["parameters"], RUN, "its parameters were changed"),
        (["packages"], RUN, "packages were changed"),
        (["page"], RENDER, "the code that renders it was changed"),
        (["edition"], RENDER, "it is of another edition"),
        (["page", "edition"], RENDER, "the code that renders it was changed, it is of another edition"),
        (["code", "edition"], RUN, "the code it uses was changed, it is of another edition"),
    ],
)
def test_what_changed_says_what_has_to_be_done_and_why(parts, work, why):
    assert stale.reason(BEFORE, {**BEFORE, **dict.fromkeys(parts, "another")}) == (work, why)


@dataclass
class Made:
    """A report that was made, and all it was made of, in a place where it can be changed."""

    folder: Path
    settings: dict[str, object]

    def plan(self, edition: str = "2004") -> Planned:
        """What has to be done about it now, with everything read anew."""
        read_anew()
        source = edition_in(self.folder / edition)
        asked = wanted("small", self.settings, folder=self.folder / "nb")
        (planned,) = only_stale(plan([asked], source), source, self.folder / "out")
        return planned

    def make(self, planned: Planned, edition: str = "2004") -> str:
        """Do what is planned; the page."""
        source = edition_in(self.folder / edition)
        lay_data(self.folder / "out", source)
        progress = make([planned], source, self.folder / "out")
        assert progress.states == {planned.name: DONE}, progress.outcomes[planned.name].sentence
        return (self.folder / "out" / f"{planned.page}.html").read_text(encoding="utf-8")

    @property
    def kept(self) -> Path:
        (path,) = (self.folder / "kept").iterdir()
        return path

    @property
    def record(self) -> dict:
        (path,) = (self.folder / "out").glob("cambodia*.run-record.json")
        return run_record.read(path)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Iterator[Made]:
    """Made once: a table of performances by year in the whole country. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("first")
    write_small_edition(folder / "2004")
    write_notebook(folder / "nb" / "90_small.ipynb")
    made = Made(folder, {"year": 2004})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stale, "KEPT", folder / "kept")
        planned = made.plan()
        assert (planned.work, planned.why) == (RUN, "it was never made")
        made.make(planned)
    yield made


@pytest.fixture
def made(first, tmp_path, monkeypatch) -> Iterator[Made]:
    """The same in a folder of the test, with code and lock of its own."""
    folder = Path(shutil.copytree(first.folder, tmp_path / "made"))
    shutil.copytree(stale.PACKAGE, folder / "code", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(provenance.LOCK, folder / "requirements.lock")
    monkeypatch.setattr(stale, "KEPT", folder / "kept")
    monkeypatch.setattr(stale, "PACKAGE", folder / "code")
    monkeypatch.setattr(provenance, "LOCK", folder / "requirements.lock")
    yield Made(folder, dict(first.settings))
    read_anew()


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def another_edition(made: Made, adm1_code: str) -> None:
    """The edition 2005: one more performance in *adm1_code* in 2004, nothing else."""
    folder = shutil.copytree(made.folder / "2004", made.folder / "2005")
    cells = pd.read_csv(folder / "cells.csv", dtype=str, keep_default_na=False)
    at = cells.index[
        cells["indicator"].eq("performances_held")
        & cells["period"].eq("2004")
        & cells["adm1_code"].eq(adm1_code)
    ]
    (row,) = at
    cells.loc[row, "value"] = str(float(cells.loc[row, "value"]) + 1)
    cells.to_csv(folder / "cells.csv", index=False)
    info = json.loads((folder / "edition.json").read_text())
    (folder / "edition.json").write_text(json.dumps({**info, "id": content_id(folder)}))


def test_nothing_is_made_where_nothing_changed(made):
    assert (made.plan().work, made.plan().why) == (NOTHING, "")


def test_a_changed_notebook_runs_again(made):
    path = made.folder / "nb" / "90_small.ipynb"
    path.write_text(path.read_text().replace('page.banner(\\"Small\\")', 'page.banner(\\"Little\\")'))
    assert (made.plan().work, made.plan().why) == (RUN, "its notebook was changed")


@pytest.mark.parametrize("module", ["tables", "page", "table_html", "periods"])
def test_a_changed_module_it_uses_runs_it_again_however_far_below(made, module):
    add(made.folder / "code" / f"{module}.py", "# changed\n")
    planned = made.plan()
    assert planned.work == RUN and planned.why.startswith("the code it uses was changed")


@pytest.mark.parametrize("module", ["funding", "release", "protect", "batch", "cli"])
def test_a_changed_module_it_does_not_use_is_nothing(made, module):
    add(made.folder / "code" / f"{module}.py", "# changed\n")
    assert made.plan().work == NOTHING


@pytest.mark.parametrize("what", ["render.py", "worker.py", "a template"])
def test_what_only_makes_the_page_renders_it_again(made, what):
    template = next(
        path for path in sorted((made.folder / "code" / "templates").rglob("*")) if path.suffix == ".css"
    )
    add(template if what == "a template" else made.folder / "code" / what, "\n")
    planned = made.plan()
    assert (planned.work, planned.why) == (RENDER, "the code that renders it was changed")
    assert planned.kept == made.kept


def test_other_packages_run_it_again(made):
    add(made.folder / "requirements.lock", "# newer\n")
    assert (made.plan().work, made.plan().why) == (RUN, "packages were changed")


def test_another_value_of_a_parameter_is_another_report(made):
    made.settings["year"] = 2003
    assert (made.plan().work, made.plan().why) == (RUN, "it was never made")


def test_a_default_that_changed_is_a_change_of_the_notebook(made):
    path = made.folder / "nb" / "90_small.ipynb"
    path.write_text(path.read_text().replace("year: int = 2004", "year: int = 2003"))
    assert made.plan().work == RUN


def test_a_cell_it_shows_runs_it_again(made):
    another_edition(made, "")
    assert (made.plan("2005").work, made.plan("2005").why) == (RUN, "it is of another edition")


def test_another_cell_renders_the_page_of_a_run_from_the_notebook_that_was_kept(made):
    another_edition(made, "KH12")
    planned = made.plan("2005")
    assert (planned.work, planned.why) == (RENDER, "it is of another edition")
    before = edition_in(made.folder / "2004").released.id
    after = edition_in(made.folder / "2005").released.id
    page = made.make(planned, "2005")
    assert after in page and before not in page and before != after
    assert made.record["was_rendered_only"] and made.record["edition"] == after
    assert made.plan("2005").work == NOTHING
    assert made.make(replace(planned, work=RUN, kept=None), "2005") == page


def test_a_page_that_is_gone_or_was_changed_is_rendered_again(made):
    (page,) = (made.folder / "out").glob("*.html")
    as_it_was = page.read_bytes()
    page.write_bytes(as_it_was + b" ")
    assert (made.plan().work, made.plan().why) == (RENDER, "its page was changed or is gone")
    page.unlink()
    assert made.plan().work == RENDER
    assert made.make(made.plan()).encode() == as_it_was


def test_a_report_whose_last_run_failed_is_rendered_or_run_again(made):
    (path,) = (made.folder / "out").glob("cambodia*.run-record.json")
    run_record.write(path, {**made.record, "state": "timed out"})
    assert (made.plan().work, made.plan().why) == (RENDER, "it is timed out")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def tampered(path: Path) -> None:
    """Somebody changed a number in a kept notebook."""
    executed = nbformat.read(path, as_version=4)
    executed.cells[-1].outputs[-1].data["text/html"] += "<p>110</p>"
    nbformat.write(executed, path)


def of_other_code(path: Path) -> None:
    executed = nbformat.read(path, as_version=4)
    executed.metadata["ctip_kept"]["made_of"]["code"] = "0" * 64
    nbformat.write(executed, path)


@pytest.mark.parametrize("harm", [cut_off, tampered, of_other_code, Path.unlink])
def test_a_kept_notebook_that_is_not_as_it_was_kept_is_not_used(made, harm):
    another_edition(made, "KH12")
    harm(made.kept)
    planned = made.plan("2005")
    assert (planned.work, planned.kept) == (RUN, None)


@pytest.mark.parametrize("harm", [cut_off, tampered, Path.unlink])
def test_a_kept_notebook_that_another_batch_replaced_after_the_plan_is_not_rendered(made, harm):
    another_edition(made, "KH12")
    planned = made.plan("2005")
    assert planned.work == RENDER
    harm(made.kept)
    assert "47,110" not in made.make(planned, "2005") and not made.record["was_rendered_only"]


def test_a_notebook_that_was_kept_holds_nothing_of_a_page(made):
    note = nbformat.read(made.kept, as_version=4).metadata["ctip_kept"]
    assert set(note["made_of"]) == {"notebook", "code", "parameters", "packages"}
    assert ["frame", "2004"] in [read[:2] for read in note["reads"]]


def test_a_draft_is_never_left_as_it_is(made):
    source = edition_in(made.folder / "2004")
    asked = wanted("small", made.settings, folder=made.folder / "nb")
    (planned,) = only_stale(plan([asked], source, degraded="late"), source, made.folder / "out")
    assert planned.work == RENDER and replace(planned, degraded="").work == RENDER


def test_the_code_of_a_notebook_that_is_no_python_is_all_of_it(tmp_path):
    source = write_notebook(tmp_path / "90_small.ipynb", "%%bash\nif true; then ls; fi")
    assert set(stale._imports(source.read_text())) == {path.stem for path in stale.PACKAGE.glob("*.py")}


def test_a_magic_line_hides_no_import(tmp_path):
    source = write_notebook(tmp_path / "90_small.ipynb", "%matplotlib inline\nfrom ctip_analysis import maps")
    assert stale._imports(source.read_text()) == ("maps", "page", "tables")
