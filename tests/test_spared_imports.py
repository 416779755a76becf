"""What our processes have no use for is not imported, and only there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ctip_analysis.runs.spared_imports import without_grammars

SPARED = "rfc3987_syntax"


def test_inside_the_grammars_are_missing_and_afterwards_all_is_as_before():
    before = sys.modules.get(SPARED)
    with without_grammars(), pytest.raises(ImportError):
        __import__(SPARED)
    assert sys.modules.get(SPARED) is before


def test_grammars_that_are_there_already_stay(monkeypatch):
    there = type(sys)(SPARED)
    monkeypatch.setitem(sys.modules, SPARED, there)
    with without_grammars():
        assert __import__(SPARED) is there
    assert sys.modules[SPARED] is there


@pytest.mark.parametrize("started", ["from ctip_analysis import warm", "from ctip_analysis.cli import app"])
def test_a_notebook_of_the_warm_parent_and_a_user_of_the_package_may_import_them(started):
    """The name is only ever gone for a moment, in one process."""
    told = f"import sys; {started}; print({SPARED!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
