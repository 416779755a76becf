"""papermill and our engine know each other, whichever is imported first."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest

from ctip_analysis.runs import cell_engine, engine

OURS = ["engine", "cell_engine", "kernel", "worker", "forked_kernel"]
LOOK = "from papermill.engines import papermill_engines as known; assert known.get_engine('ctip')"


@pytest.mark.parametrize("module", OURS)
def test_each_module_may_be_the_first_to_import_papermill(module):
    done = subprocess.run(
        [sys.executable, "-c", f"import ctip_analysis.{module}; {LOOK}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_engine_answers_what_papermill_asks_as_the_one_behind_it():
    notebook = {"metadata": {"kernelspec": {"name": "python3", "language": "python"}}}
    read = nbformat.from_dict({**notebook, "cells": [], "nbformat": 4, "nbformat_minor": 5})
    asked = engine.CtipEngine
    assert (asked.nb_kernel_name(read), asked.nb_language(read)) == ("python3", "python")
    assert engine._engine() is cell_engine.CellEngine
