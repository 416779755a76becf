"""One source of dependencies, locks that agree, and an install that says what is missing and resumes."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ctip_analysis.base import provenance

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = {"report": "requirements.lock", "test": "requirements-test.lock", "lab": "requirements-lab.lock"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")


def declared(group: str) -> list[Requirement]:
    """What pyproject.toml asks for in *group*; every group includes the report's and what installs us."""
    extra = PROJECT["project"]["optional-dependencies"].get(group, [])
    return [
        Requirement(text)
        for text in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"] + extra
    ]


def locked(group: str) -> list[Requirement]:
    text = (ROOT / GROUPS[group]).read_text(encoding="utf-8")
    return [Requirement(line.rstrip(" \\")) for line in text.splitlines() if re.match(r"\w", line)]


def pins(group: str) -> set[tuple[str, str, str]]:
    return {(canonicalize_name(pin.name), str(pin.specifier), str(pin.marker or "")) for pin in locked(group)}


def test_environment_yml_is_what_pyproject_gives(tmp_path):
    arguments = re.search(r"pyproject2conda (yaml .*?) -o environment\.yml", MAKEFILE)[1]
    made = tmp_path / "environment.yml"
    command = [sys.executable, "-m", "pyproject2conda", *shlex.split(arguments), "-o", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert made.read_text() == (ROOT / "environment.yml").read_text(), "run `make environment`"


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_holds_everything_its_group_declares(group):
    versions: dict[str, list[str]] = {}
    for pin in locked(group):
        versions.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    for wanted in declared(group):
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not in {GROUPS[group]}: run `make lock`"
        assert all(wanted.specifier.contains(version) for version in found), (
            f"{wanted} but {found}: run `make lock`"
        )


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_is_hashed_and_holds_no_address(group):
    text = (ROOT / GROUPS[group]).read_text(encoding="utf-8")
    assert "://" not in text and "index-url" not in text
    for entry in re.split(r"\n(?=\w)", text.split("\n", 2)[2]):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("group", ["test", "lab"])
def test_every_group_agrees_with_the_report_group(group):
    """A package may be needed on more systems in a larger group, but never in another version."""
    report = {(package, version) for package, version, _ in pins("report")}
    assert report <= {(package, version) for package, version, _ in pins(group)}


def test_test_and_lab_agree_where_they_overlap():
    test, lab = ({(name, version) for name, version, _ in pins(group)} for group in ("test", "lab"))
    both = {name for name, _ in test} & {name for name, _ in lab}
    assert {pin for pin in test if pin[0] in both} == {pin for pin in lab if pin[0] in both}


def test_everything_the_package_imports_is_declared():
    imported: set[str] = set()
    fonts = ROOT / "ctip_analysis" / "charts" / "fonts"  # whose script needs the group of that name
    for path in set((ROOT / "ctip_analysis").rglob("*.py")) - set(fonts.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    names = {canonicalize_name(wanted.name) for wanted in declared("report")}
    brought_along = {
        "duckdb",
        "IPython",
        "traitlets",  # in whose terms ipykernel is set
        "ctip_analysis",
    }  # by ibis-framework[duckdb] and by ipykernel, on purpose
    homes = packages_distributions()
    missing = [
        module
        for module in sorted(imported - set(sys.stdlib_module_names) - brought_along)
        if not names & {canonicalize_name(home) for home in homes.get(module, [])}
    ]
    assert not missing, f"imported, but not in pyproject.toml: {', '.join(missing)}"


def test_a_run_record_names_packages_that_every_report_has():
    installed = {package for package, _, _ in pins("report")}
    assert set(provenance.known()["packages"]) <= installed


def test_the_versions_agree():
    import ctip_analysis

    assert ctip_analysis.__version__ == PROJECT["project"]["version"]


def test_make_without_a_target_lists_every_target():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^make ([\w-]+)", shown, flags=re.MULTILINE)
    assert listed[:9] == ["help", "report", "test", "test-all", "test-long", "bench", "lab", "check", "clean"]
    assert set(listed) == set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


# A stand-in interpreter: new enough, makes an environment by copying itself, notes what pip is asked for.
INTERPRETER = """#!/bin/sh
case "$*" in
*ensurepip*) exit {venv} ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"pip install"*) echo "$*" >>asked; [ ! -e offline ] || {{ echo "no network" >&2; exit 1; }} ;;
esac
"""


@pytest.fixture
def bare(tmp_path):
    """A copy of what an install reads, on a machine that has nothing but the usual commands."""
    for name in ("environment.sh", "pyproject.toml", *GROUPS.values()):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "cat", "cksum", "dirname", "mkdir", "cp"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def give_python(folder: Path, venv: int = 0) -> None:
    path = folder / "bin" / "python3.12"
    path.write_text(INTERPRETER.format(venv=venv))
    path.chmod(0o755)


def install(folder: Path, group: str = "report", **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": str(folder / "bin"), **environment}
    return subprocess.run(
        ["sh", "environment.sh", group],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_no_python_is_said_in_a_sentence(bare):
    done = install(bare)
    assert done.returncode == 1
    assert done.stderr == (
        "No Python 3.11 or newer was found: install one with its venv module, "
        "or name it with PYTHON=/path/to/python3.\n"
    )


def test_a_python_that_was_named_and_does_not_fit_is_not_replaced_by_another(bare):
    give_python(bare)
    assert "PYTHON=nosuch is not a Python 3.11 or newer" in install(bare, PYTHON="nosuch").stderr


def test_a_missing_venv_module_is_named(bare):
    give_python(bare, venv=1)
    done = install(bare)
    assert (done.returncode, "python3.12 has no venv module" in done.stderr) == (1, True)


def test_an_interrupted_install_resumes_and_a_finished_one_is_not_repeated(bare):
    give_python(bare)
    (bare / "offline").touch()
    failed = install(bare)
    assert failed.returncode == 1
    assert "network or the package index cannot be reached" in failed.stderr
    (bare / "offline").unlink()
    assert install(bare).returncode == 0
    assert len(asked(bare)) == 3  # the packages twice, the project itself once
    assert install(bare).stdout == ""
    assert len(asked(bare)) == 3


def test_a_changed_lock_is_installed(bare):
    give_python(bare)
    install(bare)
    with (bare / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    before = len(asked(bare))
    assert install(bare).returncode == 0
    assert len(asked(bare)) == before + 2


def test_packages_are_compared_with_their_hashes_and_never_built(bare):
    give_python(bare)
    install(bare, "lab")
    packages, itself = asked(bare)
    assert "--require-hashes -r requirements-lab.lock" in packages and "--only-binary :all:" in packages
    assert "--no-deps --no-build-isolation --no-index -e ." in itself


def test_an_unknown_group_is_refused(bare):
    assert install(bare, "everything").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="there is no execute bit on Windows")
def test_ci_runs_the_checks_and_tests_with_nothing_skipped():
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    needed = ["export CTIP_REQUIRE_ALL=1", "make report", "make check", "make test-all"]
    assert [line for line in text.splitlines() if line in needed] == needed
