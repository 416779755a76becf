"""Documents: links lead somewhere, commands are described, the dictionary is current, every recipe runs."""

import importlib.util
import json
import os
import re
import shutil
import subprocess

import matplotlib.pyplot as plt
import pytest
import typer

from ctip_analysis.base.reference import ROOT
from ctip_analysis.cli import app

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
READER_DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("decisions/*.md"), *ROOT.glob("data/*.md")]
)
COOKBOOK, GUIDE = ROOT / "docs" / "cookbook.md", ROOT / "docs" / "operator-guide.md"


def blocks(document, language):
    """The code blocks of a document in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 90


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_links_and_pictures_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_command_is_described_with_its_arguments():
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    commands = typer.main.get_command(app).commands
    assert [name for name in commands if f"`ctip {name} " not in text] == []
    described = set(re.findall(r"`ctip ([a-z-]+) ", text))
    assert described <= set(commands)


def test_options_named_in_the_guide_exist():
    commands = typer.main.get_command(app).commands
    known = {
        option
        for command in commands.values()
        for p in command.params
        for option in [*p.opts, *p.secondary_opts]
    }
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE.read_text(encoding="utf-8")))
    assert (
        named - known - {"--help", "--years", "--seed", "--scale"} == set()
    )  # the last three are make_sample's


def test_the_data_dictionary_is_current():
    script = ROOT / "docs" / "make_data_dictionary.py"
    spec = importlib.util.spec_from_file_location("make_data_dictionary", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    package = json.loads(module.PACKAGE.read_text(encoding="utf-8"))
    assert module.DICTIONARY.read_text(encoding="utf-8") == module.dictionary(package), (
        "run python docs/make_data_dictionary.py"
    )


@pytest.fixture
def project(tmp_path, edition_2004, monkeypatch):
    """A folder with the 2004 edition where ``make report`` puts it, as the working folder."""
    (tmp_path / "build" / "editions").mkdir(parents=True)
    shutil.copytree(edition_2004, tmp_path / "build" / "editions" / "2004")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    plt.close("all")


def test_every_recipe_has_five_lines_and_runs(project):
    recipes = blocks(COOKBOOK, "python")
    assert len(recipes) >= 11
    names = {}
    for number, recipe in enumerate(recipes):
        assert len(recipe.strip().splitlines()) <= 5, recipe
        exec(compile(recipe, f"cookbook.md, block {number}", "exec"), names)
    assert {path.name for path in project.glob("attendance*")} == {
        "attendance_2004_SYNTHETIC.png",
        "attendance_2004_SYNTHETIC.xlsx",
    }
    assert names["joined"]["shelters"].notna().sum() == 3


def test_the_example_of_the_readme_runs(project):
    (example,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 12
    exec(compile(example, "README.md", "exec"), {})


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock")
@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_cron_line_passes_the_exit_code_on_and_ends_with_the_log(tmp_path, code):
    (line,) = re.findall(
        r"^[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+ (.+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert not re.search(r"(?<!\\)%", line), "cron ends the command at a bare %"
    stub = tmp_path / ".venv" / "bin" / "ctip"
    stub.parent.mkdir(parents=True)
    (tmp_path / "build").mkdir()
    stub.write_text(f'#!/bin/sh\necho "$@" >asked\necho page.html\necho log: report.log >&2\nexit {code}\n')
    stub.chmod(0o755)
    command = line.replace(r"\%", "%").replace("/srv/ctip", str(tmp_path))
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, "page.html\n")
    assert done.stderr.splitlines()[-1] == "log: report.log"
    assert (tmp_path / "asked").read_text().startswith("report --year ")


ODD = re.compile(
    r"held against|holds? (good|against)|what (lies|stands)|stands? (where|there|beside)|lies? (there|beside)"
    r"|tells? of|hears? of|is told of|no more of|the house|the wall\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", READER_DOCUMENTS, ids=lambda path: path.stem)
def test_documents_are_in_plain_technical_english(path):
    text = path.read_text(encoding="utf-8")
    assert [found.group() for found in ODD.finditer(text)] == []
