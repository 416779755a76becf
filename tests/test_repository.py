"""What the repository holds, and what must never be in it."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 1_000_000  # bytes
BINARY = {".png", ".ttf", ".woff2", ".shp", ".shx", ".dbf", ".xlsx", ".parquet"}
# Written in two parts so that this file does not hold what it looks for.
MACHINE = re.compile(
    r"(?<![\w.~-])/(?:"
    + "|".join(["work", "tmp", "root", r"home/(?!somebody)\w+", r"Users/\w+"])
    + r")(?:/|\b)"
)
REGISTRY = re.compile("|".join(re.escape(a + b) for a, b in [
    ("pypi", ".org"), ("pythonhosted", ".org"), ("registry.npmjs", ".org"), ("npmjs", ".com"),
    ("npmmirror", ".com"), ("conda.anaconda", ".org"), ("jsdelivr", ".net"), ("unpkg", ".com"),
]))  # fmt: skip
SECRET = re.compile("|".join([
    r"-----BEGIN [A-Z ]*PRIVATE" + " KEY", r"\bAKIA[0-9A-Z]{16}\b", r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    r"postgres(?:ql)?://[^\s:]+:[^\s@]+@",
]))  # fmt: skip


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return tuple(path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    texts = ((path, path.read_text(encoding="utf-8")) for path in files() if path.suffix not in BINARY)
    return [
        f"{name(path)}:{number}"
        for path, text in texts
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize(
    "pattern", [MACHINE, REGISTRY, SECRET], ids=["path of a machine", "registry host", "secret"]
)
def test_no_file_holds_a(pattern):
    assert lines_with(pattern) == []


@pytest.mark.parametrize(
    "line, found",
    [
        pytest.param("see /" + "tmp/x", True, id="a temporary folder"),
        pytest.param("/" + "home/dara/records", True, id="somebody's home"),
        pytest.param("../" + "tmp/x and data/work/", False, id="relative paths are no machine's"),
    ],
)
def test_a_path_of_a_machine_differs_from_others(line, found):
    assert bool(MACHINE.search(line)) is found


def test_no_file_is_larger_than_a_megabyte():
    assert [name(path) for path in files() if path.stat().st_size > LARGEST] == []


def test_nothing_computed_is_kept():
    made = ("build/", ".venv/", "__pycache__/", ".ipynb_checkpoints/")
    assert [name(path) for path in files() if any(part in f"{name(path)}/" for part in made)] == []


def test_records_of_real_people_cannot_be_added_by_accident():
    checked = subprocess.run(
        ["git", "check-ignore", "data/records/clients.csv", "data/sample/clients.csv"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert checked.split() == ["data/records/clients.csv"]


def described(folder: Path) -> set[str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {resource["path"] for resource in package["resources"]}


@pytest.mark.parametrize(
    "folder, about_itself",
    [
        ("data", {"datapackage.json", "README.md", "make_sample.py", "pin.py", "sample/expect.csv"}),
        ("shapefiles", {"datapackage.json", "README.md", "build_label_points.py", "build_shapefiles.py"}),
    ],
)
def test_every_data_file_is_described_and_every_description_has_its_file(folder, about_itself):
    inside = ROOT / folder
    held = {path.relative_to(inside).as_posix() for path in files() if path.is_relative_to(inside)}
    assert held - about_itself == described(inside)


def test_the_licence_is_there_and_the_boundaries_are_credited():
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    for document in ("README.md", "shapefiles/README.md"):
        assert "© OpenStreetMap contributors, ODbL 1.0" in (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(ROOT.glob("decisions/*.md")), ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_why(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence"))
    assert len(text.splitlines()) <= 45  # a page


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md")]), ids=name)
def test_links_between_documents_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_decisions_named_in_text_exist():
    known = {path.name[:4] for path in ROOT.glob("decisions/*.md")}
    texts = [path.read_text(encoding="utf-8") for path in files() if path.suffix in {".md", ".py"}]
    assert {number for text in texts for number in re.findall(r"decision (\d{4})\b", text)} <= known
