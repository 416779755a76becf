"""Every example in a docstring gives what it says. ``edition`` is the sample's 2004 edition, ``page`` a page of it."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import ctip_analysis as ctip

PACKAGE = Path(ctip.__file__).parent
SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
WITH_EXAMPLES = [name for name, source in SOURCES.items() if ">>>" in source]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_are_right(name, request):
    known = {"pd": pd, "ctip": ctip}
    names = " ".join(line for line in SOURCES[name].splitlines() if ">>>" in line)
    if re.search(r"\b(edition|page)\b", names):
        known["edition"] = request.getfixturevalue("edition")
    if re.search(r"\bpage\b", names):
        known["page"] = ctip.open_page(known["edition"], year=2004)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = doctest.testmod(importlib.import_module(name), extraglobs=known, optionflags=options)
    plt.close("all")
    assert not found.failed, "the failed example is printed above"
