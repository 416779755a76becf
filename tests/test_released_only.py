"""Nothing that draws, prints or works out a number takes anything but an edition, or records that say INTERNAL.

The functions are found by their signatures, so that a new one is held to it without a word here.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from small_edition import small_edition
from test_architecture import OPEN

from ctip_analysis.base.errors import NotReleasedError
from ctip_analysis.edition.issue import Issue
from ctip_analysis.edition.read import Cells
from ctip_analysis.page.page import Page, open_page

SOURCES = {"Released | Internal", "Released", "Internal"}
READERS = ("attack", "audit", "report")  # they read files and frames that anybody holds, or name them
DOORS = [  # what a notebook calls
    "evidence", "explain", "fact_sheet", "facts", "figures", "findings", "funding", "methods", "pillars", "pipeline",
    "quotes", "rates", "tables", "targets",
]  # fmt: skip
FRAMES = ("DataFrame", "Series")
PARTS = {("facts", "history_id")}  # the id of a row of a published table, without its number


def public(module: str) -> Iterator[tuple[str, Callable]]:
    """Functions that *module* itself defines and offers."""
    held = importlib.import_module(f"ctip_analysis.{module}")
    for name, one in vars(held).items():
        if inspect.isfunction(one) and one.__module__ == held.__name__ and not name.startswith("_"):
            yield name, one


def annotations(function: Callable) -> dict[str, str]:
    return {name: str(one.annotation) for name, one in inspect.signature(function).parameters.items()}


TAKERS = {
    f"{module}.{name}": (function, taken)
    for module in sorted(OPEN - {"warm"})  # to import it makes this process a warm parent
    if not module.startswith(READERS)
    for name, function in public(module)
    if (
        taken := [
            part
            for part, text in annotations(function).items()
            if re.search(r"\b(Released|Internal|Cells)\b", text)
        ]
    )
}  # fmt: skip


def test_the_functions_are_found():
    assert {"figures.trend", "tables.by_province", "facts.fact", "rates.derive", "render.render", "findings.highest",
            "pillars.results", "pipeline.life_table", "trends.series", "style.stamp"} <= set(TAKERS)  # fmt: skip
    assert len(TAKERS) > 60


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize(
    "given", [pd.DataFrame({"value": [3]}), Cells(pd.DataFrame())], ids=["frame", "cells"]
)
def test_a_bare_table_is_refused_before_anything_is_done_with_it(name, given):
    function, taken = TAKERS[name]
    required = [
        part
        for part, one in inspect.signature(function).parameters.items()
        if one.default is inspect.Parameter.empty and one.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    with pytest.raises(NotReleasedError, match=type(given).__name__):
        function(**{part: given if part in taken else None for part in [*required, *taken]})
    assert not plt.get_fignums()


@pytest.mark.parametrize("name", TAKERS)
def test_a_source_is_called_by_its_types(name):
    function, taken = TAKERS[name]
    assert {annotations(function)[part].removesuffix(" | None") for part in taken} <= SOURCES


@pytest.mark.parametrize("module", DOORS)
def test_no_door_takes_a_frame_beside_or_without_an_edition(module):
    """rates.derive works on rows of the edition it is given; everything else takes ids and codes."""
    loose = {
        (module, name)
        for name, function in public(module)
        for text in annotations(function).values()
        if any(word in text for word in FRAMES)
    }
    assert loose <= {("rates", "derive"), ("rates", "residents"), *PARTS}


def test_a_page_is_opened_over_an_edition_only():
    with pytest.raises(NotReleasedError, match="DataFrame"):
        Page(pd.DataFrame(), 2004, "calendar")
    with pytest.raises(NotReleasedError, match="DataFrame"):
        open_page(internal=pd.DataFrame())
    with pytest.raises(NotReleasedError, match="DataFrame"):
        Issue.of(pd.DataFrame())


def test_a_page_shows_only_what_was_drawn_or_made_from_an_edition():
    page = Page(small_edition(), 2004, "calendar")
    figure, axes = plt.subplots()
    with pytest.raises(NotReleasedError, match="figures"):
        page.show(axes)
    plt.close(figure)
    with pytest.raises(NotReleasedError, match="tables"):
        page.table(pd.DataFrame({"value": [3]}))
