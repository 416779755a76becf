"""An old report is made anew from its edition, and what differs is said in the reader's terms."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from small_batch import edition_in, lay_data
from small_edition import write_small_edition
from small_notebook import write_notebook

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs.batch import report
from ctip_analysis.runs.report import wanted
from ctip_analysis.runs.verify import Verified, verify

NAME = "cambodia_ctip_small_2004_en_SYNTHETIC"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a small notebook, an edition in history, and a report made from it."""
    work = tmp_path_factory.mktemp("verified")
    write_notebook(work / "notebooks" / "90_small.ipynb")
    edition = write_small_edition(work / "editions" / "history" / "2004.r1")
    lay_data(work / "out", edition_in(edition))
    report(edition, wanted("small", {"year": 2004}, folder=work / "notebooks"), work / "out")
    return work


def copy_of(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "copy")


def verified(work: Path) -> Verified:
    return next(verify([work / "out" / f"{NAME}.html"], work / "editions", work / "notebooks"))


def test_a_report_of_a_superseded_edition_is_the_same_again_byte_for_byte(made):
    before = (made / "out" / f"{NAME}.html").read_bytes()
    assert verified(made) == Verified(f"{NAME}.html", ())
    assert (made / "out" / f"{NAME}.html").read_bytes() == before


def test_a_number_that_was_changed_is_named_by_its_fact(made, tmp_path):
    work = copy_of(made, tmp_path)
    page = work / "out" / f"{NAME}.html"
    text = page.read_text()
    fact = re.search(r'(<data class="fact [^>]*value="(performances_held:2004[^"]*)">)([^<]*)(</data>)', text)
    page.write_text(text.replace(fact[0], f"{fact[1]}999{fact[4]}"))
    assert verified(work).differs[0] == f"1 number(s): {fact[2]}"


def test_words_that_were_changed_are_told_from_numbers(made, tmp_path):
    work = copy_of(made, tmp_path)
    page = work / "out" / f"{NAME}.html"
    page.write_text(page.read_text().replace("Small</h1>", "Smaller</h1>"))
    assert verified(work).differs[0] == "words"


def test_what_was_otherwise_when_the_page_was_made_is_named(made, tmp_path):
    work = copy_of(made, tmp_path)
    page, beside = work / "out" / f"{NAME}.html", work / "out" / f"{NAME}.run-record.json"
    page.write_text(page.read_text().replace("Small</h1>", "Smaller</h1>"))
    record = json.loads(beside.read_text())
    record["provenance"] |= {
        "lock": "0" * 64,
        "packages": {**record["provenance"]["packages"], "pandas": "2.0"},
    }
    beside.write_text(json.dumps(record))
    said = "; ".join(verified(work).differs)
    assert "the lock file of packages" in said and "pandas 2.0 then, " in said


@pytest.mark.parametrize(
    "lost, said",
    [
        ("out/cambodia_ctip_small_2004_en_SYNTHETIC.run-record.json", "no run record of a good report lies beside it"),
        ("editions/history/2004.r1/edition.json", "does not lie below the folder of editions"),
        ("notebooks/90_small.ipynb", "there is no notebook"),
    ],
)  # fmt: skip
def test_a_report_that_can_not_be_rebuilt_is_said_to_be_so(made, tmp_path, lost, said):
    work = copy_of(made, tmp_path)
    (work / lost).unlink()
    (differs,) = verified(work).differs
    assert differs.startswith("can't be rebuilt: ") and said in differs


def test_a_report_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"none\.html: there is no such report"):
        next(verify([tmp_path / "none.html"], tmp_path))
