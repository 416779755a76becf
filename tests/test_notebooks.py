"""Every notebook runs, shows what came through a page, and reads as an argument."""

from __future__ import annotations

import ast
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
import pandas as pd
import pytest
from ctip_analysis.page.table_html import OURS
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from ctip_analysis.base.reference import ROOT
from ctip_analysis.edition import facts
from ctip_analysis.edition.reading import content_id
from ctip_analysis.runs.parameters import declared as parameters

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROSE = 4  # words from which a text in the code is prose and no name


@dataclass(frozen=True)
class Ran:
    """What a notebook showed: HTML and Markdown in order, and whether a page made each of them."""

    shown: list[str]
    ours: list[bool]

    def __contains__(self, text: str) -> bool:
        return any(text in one for one in self.shown)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def cells(path: Path, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == kind]


def is_internal(path: Path) -> bool:
    return read(path)["metadata"]["audience"] == "internal"


def run(path: Path, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Ran:
    """Run *path* from top to bottom in this process, as Jupyter would in its folder; its error is raised."""
    monkeypatch.chdir(path.parent)
    shown = []
    shell = InteractiveShell.instance()
    try:
        for cell in read(path)["cells"]:
            if cell["cell_type"] != "code":
                continue
            injected = settings if "parameters" in cell["metadata"].get("tags", []) else {}
            source = "".join(cell["source"]) + "".join(
                f"\n{name} = {value!r}" for name, value in injected.items()
            )
            with capture_output() as captured:
                result = shell.run_cell(source, store_history=False)
            result.raise_error()
            shown += captured.outputs
    finally:
        InteractiveShell.clear_instance()  # no other test finds what was run, or a shell at all
    texts = [output.data.get("text/html") or output.data.get("text/markdown", "") for output in shown]
    return Ran(texts, [bool(output.metadata.get(OURS)) for output in shown])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_sample_and_shows_something(path, edition_2004, monkeypatch):
    declared = parameters(nbformat.read(path, as_version=4))
    ran = run(path, monkeypatch, **({"edition": str(edition_2004)} if "edition" in declared else {}))
    assert "<table" in ran or "<figure" in ran
    assert all(ran.ours), "something is shown that did not come through a page"
    assert "SYNTHETIC" in ran
    assert ("INTERNAL" in ran) == is_internal(path)


@pytest.mark.parametrize("name, settings", [
    pytest.param("20_campaign_reach", {"year": 2003}, id="reach in a first year"),
    pytest.param("60_province_profile", {"province": "KH23", "year": 2003}, id="Kep in a first year"),
])  # fmt: skip
def test_a_notebook_runs_where_there_is_little_to_tell(name, settings, edition_2004, monkeypatch):
    ran = run(ROOT / "notebooks" / f"{name}.ipynb", monkeypatch, edition=str(edition_2004), **settings)
    assert "<table" in ran and "nan" not in " ".join(ran.shown).lower().split()


def test_trends_of_a_fiscal_year_name_it_and_test_the_change(edition_fy2004, monkeypatch):
    path = ROOT / "notebooks" / "30_trends.ipynb"
    ran = run(path, monkeypatch, edition=str(edition_fy2004), basis="fiscal")
    assert "fiscal year 2004" in ran
    assert "performances_held:FY2004" in ran


def test_a_first_year_says_that_there_is_nothing_to_compare_with(edition_2004, monkeypatch):
    ran = run(ROOT / "notebooks" / "30_trends.ipynb", monkeypatch, edition=str(edition_2004), year=2003)
    assert "There is no earlier year to compare with" in ran
    assert "no year before" not in ran


def test_a_province_without_a_performance_has_zeros_and_says_where_persons_are_withheld(
    edition_2004, monkeypatch
):
    """Kampong Chhnang was planned and not reached."""
    path = ROOT / "notebooks" / "60_province_profile.ipynb"
    ran = run(path, monkeypatch, edition=str(edition_2004), province="KH04")
    text = "".join(ran.shown)
    assert "planned, and not reached so far" in text
    assert 'value="performances_held:2004:KH04:::">0 performances<' in text
    persons = r'<data class="([^"]*)" value="(?:clients|cases|convictions)_\w+:[^":]*:KH\d\d:[^>]*>([^<]*)<'
    found = set(re.findall(persons, text))
    assert {words for state, words in found if state == "fact synthetic withheld"} <= {
        facts.WITHHELD,
        "withheld",
    }
    shown = {words for state, words in found if state == "fact synthetic"}
    assert all(int(number) >= 11 for number in shown)


def withheld_everywhere(edition: Path, out: Path) -> Path:
    """The same edition with every number about persons withheld."""
    shutil.copytree(edition, out)
    cells, known = (
        pd.read_csv(out / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("cells", "indicators")
    )
    persons = cells["indicator"].isin(known.loc[known["concerns_persons"].eq("true"), "id"])
    cells.loc[persons, ["value", "status"]] = ["", "withheld"]
    cells.to_csv(out / "cells.csv", index=False)
    info = json.loads((out / "edition.json").read_text()) | {"id": content_id(out)}
    (out / "edition.json").write_text(json.dumps(info))
    return out


@pytest.mark.parametrize(
    "name", ["30_trends", "40_protection_prosecution", "60_province_profile", "90_annual_report"]
)
def test_headings_hold_when_every_number_about_persons_is_withheld(name, edition_2004, tmp_path, monkeypatch):
    edition = withheld_everywhere(edition_2004, tmp_path / "edition")
    ran = run(ROOT / "notebooks" / f"{name}.ipynb", monkeypatch, edition=str(edition))
    headings = [line for text in ran.shown for line in text.splitlines() if line.startswith("#")]
    bare = [re.sub(r"<[^>]+>", "", line) for line in headings]
    # the mark stands at the end or between commas, never where a sentence needs its number
    assert not [line for line in bare if re.search(r"(?i)withheld to protect people (?!$)", line)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_link_within_the_page_leads_to_one_of_its_headings(path):
    texts = [*cells(path, "markdown"), *cells(path, "code")]
    titles = [
        line.strip(' "') for text in texts for line in re.findall(r"(?:^|\")#{2,3} (.*)", text, re.MULTILINE)
    ]
    slugs = {re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] for title in titles}
    assert {link for text in texts for link in re.findall(r"\]\(#([\w-]+)\)", text)} <= slugs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short(path):
    code = cells(path, "code")
    assert len(read(path)["cells"]) <= 30
    assert max(len(source.splitlines()) for source in code) <= 10
    assert median(len(without_prose(source).splitlines()) for source in code) <= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_more_prose_than_code(path):
    """Prose is Markdown and the sentences in the code; code is every other word."""
    code = cells(path, "code")
    sentences = [text for source in code for text in prose(source)]
    words = sum(len(text.split()) for text in [*cells(path, "markdown"), *sentences])
    assert words >= 1.5 * sum(len(re.findall(r"\w+", without_prose(source))) for source in code)


def prose(source: str) -> list[str]:
    """Texts in code that are sentences and not names."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and len(text.split()) >= PROSE]


def without_prose(source: str) -> str:
    """Code with its sentences taken out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and len(node.value.split()) >= PROSE
        ):
            node.value = ""
    return "\n".join(ast.unparse(statement) for statement in tree.body)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_number_is_typed_into_prose(path):
    """Digits belong to facts; in names (KH01) and in code they may stand, and before the items of a list."""
    for text in cells(path, "markdown"):
        bare = re.sub(r"`[^`]*`|^\s*\d+\.\s", "", text, flags=re.MULTILINE)
        assert not re.search(r"(?<![A-Za-z.\d-])\d", bare), bare


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_its_title_and_is_kept_as_jupyterlab_writes_it(path):
    kept = read(path)
    assert (kept["nbformat"], kept["nbformat_minor"]) == (4, 5)
    assert "".join(kept["cells"][0]["source"]).startswith("# ")
    assert len({cell["id"] for cell in kept["cells"]}) == len(kept["cells"])
    written = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    assert path.read_text(encoding="utf-8") == written
