"""A page of the small edition, and what it showed."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from small_edition import small_edition

from ctip_analysis.page import Page
from ctip_analysis.page import page as module


@pytest.fixture
def page() -> Page:
    return Page(small_edition(), 2004)


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Outputs that a page displayed, as a notebook file has them."""
    shown: list[dict] = []

    def kept(data: dict, *, raw: bool, metadata: dict) -> None:
        assert raw
        shown.append({"output_type": "display_data", "data": data, "metadata": metadata})

    monkeypatch.setattr(module, "display", kept)
    monkeypatch.setattr(module, "get_ipython", object)
    return shown


@pytest.fixture
def shown(outputs: list[dict]):
    """The last output, as elements."""
    return lambda: BeautifulSoup(outputs[-1]["data"]["text/html"], "html.parser")


@pytest.fixture(autouse=True)
def no_figure_is_left_open() -> Iterator[None]:
    yield
    left = plt.get_fignums()
    plt.close("all")
    assert not left
